"""Every contrast of every study as arrays, and the labels of comparisons.

k studies have m contrasts, a (a - 1) / 2 for a study of a arms; n treatments make
N = n (n - 1) / 2 comparisons, in the order of the upper triangle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.networks.combining.combined import spread_of
from metaan.networks.combining.designs import joint_of
from metaan.networks.combining.evidence import Block, Evidence


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """The m contrasts of a network, study by study, and within a study by its arms.

    Attributes
    ----------
    study : ndarray of int, shape (m,)
        Study of each contrast.
    first, second : ndarray of int, shape (m,)
        Treatments; the first comes before the second in alphabetic order.
    y : ndarray, shape (m,)
        Effect of the first against the second.
    v : ndarray, shape (m,)
        Its variance, with tau².
    w : ndarray, shape (m,)
        Its weight beside the other contrasts of its study: ``1 / v`` in a study of two arms, less
        with more arms. It can be negative where the arms of a study are not independent.
    """

    study: Integers
    first: Integers
    second: Integers
    y: Floats
    v: Floats
    w: Floats


def pairs_of(evidence: Evidence, tau2: float = 0.0) -> Pairs:
    """Return every contrast of every study, at tau².

    Notes
    -----
    The adjusted weights are the conductances of a study's Laplacian, ``w_ij = -L_ij``: those of
    a (a - 1) / 2 independent contrasts that together say of the arms what the study says [1]_.

    References
    ----------
    .. [1] Rücker G, Schwarzer G (2014). Reduce dimension or reduce weights? Comparing two
       approaches to multi-arm studies in network meta-analysis. Stat Med 33:4353.
       doi:10.1002/sim.6236
    """
    found = []
    for block in evidence.blocks:
        s, p = block.y.shape
        effects, covariance = np.zeros((s, p + 1)), np.zeros((s, p + 1, p + 1))
        effects[:, 1:], covariance[:, 1:, 1:] = block.y, covariances_at(block, tau2)
        i, j = np.triu_indices(p + 1, k=1)
        found.append(
            (
                np.repeat(block.studies, len(i)),
                block.treatments[:, i].ravel(),
                block.treatments[:, j].ravel(),
                (effects[:, i] - effects[:, j]).ravel(),
                spread_of(covariance)[:, i, j].ravel(),
                -laplacians(block, tau2)[:, i, j].ravel(),
            )
        )
    study, first, second, y, v, w = (np.concatenate(each) for each in zip(*found, strict=True))
    order = np.lexsort((second, first, study))
    return Pairs(
        study=study[order],
        first=first[order],
        second=second[order],
        y=y[order],
        v=v[order],
        w=w[order],
    )


def covariances_at(block: Block, tau2: float) -> Floats:
    """Return the covariances of contrasts with the first arm at tau², shape (s, a - 1, a - 1)."""
    return np.asarray(block.v + tau2 * (np.eye(block.arms - 1) + 1) / 2)


def laplacians(block: Block, tau2: float) -> Floats:
    """Return the inverse covariances of the studies' arms, shape (s, a, a); rows add up to 0."""
    p = block.arms - 1
    differences = np.hstack([-np.ones((p, 1)), np.eye(p)])
    inverse = np.linalg.inv(covariances_at(block, tau2))
    return np.asarray(differences.T @ inverse @ differences)


def labels_of(treatments: Sequence[str], first: Integers, second: Integers) -> tuple[str, ...]:
    """Return the labels of comparisons between treatments that are given as numbers.

    Examples
    --------
    >>> labels_of(("sham", "true", "usual"), np.array([0, 1]), np.array([1, 2]))
    ('sham:true', 'true:usual')
    """
    joint = joint_of(treatments)
    pairs = zip(first.tolist(), second.tolist(), strict=True)
    return tuple(f"{treatments[i]}{joint}{treatments[j]}" for i, j in pairs)


def all_comparisons(n: int) -> tuple[Integers, Integers]:
    """Return the two treatments of every comparison, shape (N,): the upper triangle."""
    first, second = np.triu_indices(n, k=1)
    return first.astype(np.int64), second.astype(np.int64)


def summed(first: Integers, second: Integers, values: Floats, n: int) -> Floats:
    """Return the sums of values (m,) by comparison, symmetric, shape (n, n)."""
    found = np.bincount(first * n + second, weights=values, minlength=n * n).reshape(n, n)
    return np.asarray(found + found.T, dtype=np.float64)
