"""A network fitted the long way: one big covariance matrix, one big design, no tricks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.network_effects import NetworkEffects


class Dense(NamedTuple):
    """Contrasts with the first arm of every study, stacked.

    Attributes
    ----------
    y : ndarray, shape (b,)
        Contrasts.
    v, s : ndarray, shape (b, b)
        Their sampling covariance, and the covariance of a unit of heterogeneity.
    x : ndarray, shape (b, n - 1)
        Design; the last treatment in alphabetic order is the reference.
    """

    y: Floats
    v: Floats
    s: Floats
    x: Floats


def stacked(effects: NetworkEffects) -> Dense:
    """Return the contrasts of each study with its last-named arm, study by study."""
    pairs = {}
    for study, one, two, y, v in zip(
        effects.study, effects.treat1, effects.treat2, effects.y, effects.v, strict=True
    ):
        pairs[study, one, two], pairs[study, two, one] = (y, v), (-y, v)
    names = list(effects.treatments)
    rows = []
    for study in effects.studies:
        arms = sorted({t for s, one, two in pairs if s == study for t in (one, two)})
        rows += [(study, arm, arms[-1]) for arm in arms[:-1]]
    b = len(rows)
    y, v, s = np.array([pairs[row][0] for row in rows]), np.zeros((b, b)), np.zeros((b, b))
    x = np.zeros((b, len(names)))
    for i, (study, arm, base) in enumerate(rows):
        x[i, names.index(arm)], x[i, names.index(base)] = 1, -1
        for j, (other, second, _) in enumerate(rows):
            if study != other:
                continue
            between = 0.0 if i == j else pairs[study, arm, second][1]
            v[i, j] = (pairs[study, arm, base][1] + pairs[study, second, base][1] - between) / 2
            s[i, j] = 1.0 if i == j else 0.5
    return Dense(y, v, s, x[:, :-1])


def solved(dense: Dense, tau2: float) -> tuple[Floats, Floats, float]:
    """Return effects against the last treatment, their covariance, and Q."""
    w = np.linalg.inv(dense.v + tau2 * dense.s)
    covariance = np.linalg.inv(dense.x.T @ w @ dense.x)
    beta = covariance @ dense.x.T @ w @ dense.y
    residual = dense.y - dense.x @ beta
    return beta, covariance, float(residual @ w @ residual)


def moments(dense: Dense) -> float:
    """Return the generalized DerSimonian-Laird estimate of tau²."""
    w = np.linalg.inv(dense.v)
    hat = dense.x @ np.linalg.inv(dense.x.T @ w @ dense.x) @ dense.x.T @ w
    left = w @ (np.eye(len(dense.y)) - hat)
    q = dense.y @ left @ dense.y
    df = len(dense.y) - dense.x.shape[1]
    return max(0.0, float((q - df) / np.trace(left @ dense.s)))


def deviance(dense: Dense, tau2: float, *, restricted: bool) -> float:
    """Return minus twice the log-likelihood of the contrasts but for constants."""
    total = dense.v + tau2 * dense.s
    _, covariance, q = solved(dense, tau2)
    found = np.linalg.slogdet(total)[1] + q
    return float(found - np.linalg.slogdet(covariance)[1] if restricted else found)
