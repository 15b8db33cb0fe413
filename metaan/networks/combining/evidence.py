"""What a network's studies say, as arrays: contrasts with the first arm, and rows without ties.

A study with a arms says a - 1 independent things. Its contrasts with its first arm have a known
covariance V, and a heterogeneity tau² S with S = (I + J) / 2 (every contrast of two arms varies by
tau², and contrasts that share an arm by tau² / 2). ``V = C diag(v) C'`` and ``S = C C'`` hold for
one matrix C, so that ``C^-1 y`` are a - 1 independent rows with variances ``v + tau²`` whatever
tau² is: ordinary meta-regression, with all its estimators, fits the network.

k studies, a arms, b = a - k rows, n treatments.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.core.network_effects import NetworkEffects
from metaan.core.network_layout import Layout
from metaan.core.network_rules import ManyArmed, by_arms, covariances

LEAST = 1e-30  # precision beside the largest of a study below which a row is nothing but rounding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """The s studies of one size.

    Attributes
    ----------
    studies : ndarray of int, shape (s,)
        Numbers of the studies.
    treatments : ndarray of int, shape (s, a)
        Their arms; the first is what the others are compared with.
    rows : ndarray of int, shape (s, a - 1)
        Where their rows stand in `Evidence`.
    y : ndarray, shape (s, a - 1)
        Contrasts with the first arm.
    v : ndarray, shape (s, a - 1, a - 1)
        Their covariance.
    turn : ndarray, shape (s, a - 1, a - 1)
        ``C^-1``: takes contrasts to independent rows.
    """

    studies: Integers
    treatments: Integers
    rows: Integers
    y: Floats
    v: Floats
    turn: Floats

    @property
    def arms(self) -> int:
        """Arms of each of these studies."""
        return int(self.treatments.shape[1])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """A network as independent rows.

    Attributes
    ----------
    layout : Layout
        Studies, treatments and arms.
    y, v : ndarray, shape (b,)
        Rows and their sampling variances; with heterogeneity the variances are ``v + tau²``.
    x : ndarray, shape (b, n)
        Design: what each row is of the n treatments; every row adds up to 0.
    study : ndarray of int, shape (b,)
        Study of each row.
    blocks : tuple of Block
        The studies by their number of arms.
    """

    layout: Layout
    y: Floats
    v: Floats
    x: Floats
    study: Integers
    blocks: tuple[Block, ...]

    @property
    def n(self) -> int:
        """Number of treatments."""
        return len(self.layout.treatments)

    @property
    def k(self) -> int:
        """Number of studies."""
        return len(self.layout.studies)


def gather_evidence(effects: NetworkEffects) -> Evidence:
    """Return the contrasts of a network as independent rows."""
    layout = effects.layout
    arms = layout.arms
    first_row = layout.start - np.arange(len(layout.start))
    b, n = int(first_row[-1]), len(layout.treatments)
    y, v, x = np.empty(b), np.empty(b), np.zeros((b, n))
    blocks = []
    for group in by_arms(layout, effects.y, effects.v):
        a = group.y.shape[-1]
        near = _from_the_most_precise(group)
        rows = first_row[group.studies][:, None] + np.arange(a - 1)
        turn, variances = _untied(covariances(near))
        y[rows] = np.matmul(turn, near.y[:, 1:, 0, None])[..., 0]
        v[rows] = variances
        # row r of C^-1 applied to "arm - most precise arm"
        own = layout.arm_treatment[near.arms]
        np.add.at(x, (rows[:, :, None], own[:, None, 1:]), turn)
        np.add.at(x, (rows, np.broadcast_to(own[:, :1], rows.shape)), -turn.sum(axis=-1))
        blocks.append(
            Block(
                studies=group.studies,
                treatments=layout.arm_treatment[group.arms],
                rows=rows,
                y=group.y[:, 1:, 0],
                v=covariances(group),
                turn=np.matmul(turn, _differences(group, near)),
            )
        )
    study = np.repeat(np.arange(len(arms)), arms - 1)
    return Evidence(layout=layout, y=y, v=v, x=x, study=study, blocks=tuple(blocks))


def _from_the_most_precise(group: ManyArmed) -> ManyArmed:
    """Return the studies with the arm first whose contrasts are the most precise.

    Against an arm of a small trial, or of a wild one, the digits of the others would be lost.
    """
    if group.y.shape[-1] == 2:
        return group
    a = np.arange(group.y.shape[-1])
    base = np.argmin(group.v.sum(axis=-1), axis=-1)[:, None]
    order = np.argsort(np.where(a == base, -1, a), axis=-1, kind="stable")
    s = np.arange(len(order))[:, None, None]
    places = (s, order[:, :, None], order[:, None, :])
    return ManyArmed(
        studies=group.studies,
        arms=np.take_along_axis(group.arms, order, axis=-1),
        y=group.y[places],
        v=group.v[places],
    )


def _differences(group: ManyArmed, near: ManyArmed) -> Floats:
    """Return what makes contrasts with the first arm of one order those of another, (s, p, p)."""
    arms = np.eye(group.y.shape[-1])[near.arms - group.arms[:, :1]]
    return np.asarray((arms[:, 1:] - arms[:, :1])[:, :, 1:])


def _untied(v: Floats) -> tuple[Floats, Floats]:
    """Return C^-1, shape (s, p, p), and the variances, shape (s, p), of covariances (s, p, p)."""
    p = v.shape[-1]
    if p == 1:
        return np.ones_like(v), v[:, :, 0]
    # in the metric of V, the rows that rounding spoils are those without weight
    back = np.linalg.inv(np.linalg.cholesky(v))
    across = np.swapaxes(back, -1, -2)
    values, vectors = np.linalg.eigh(back @ ((np.eye(p) + 1) / 2) @ across)
    precisions = np.maximum(values, LEAST * values[:, -1:])
    turn = np.swapaxes(vectors, -1, -2) @ back / np.sqrt(precisions)[..., None]
    return np.asarray(turn), np.asarray(1 / precisions)
