"""Designs the long way: dense refits with columns that let one design, or all, differ."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.network_effects import NetworkEffects
from tests.networks.dense import stacked


def design_labels(effects: NetworkEffects) -> list[str]:
    """Return the design of each row of the stacked network, from the names alone."""
    found = []
    for study in effects.studies:
        rows = [i for i, name in enumerate(effects.study) if name == study]
        arms = {effects.treat1[i] for i in rows} | {effects.treat2[i] for i in rows}
        found += [":".join(sorted(arms))] * (len(arms) - 1)
    return found


def refit(effects: NetworkEffects, tau2: float, free: Iterable[str] = ()) -> Floats:
    """Return fitted contrasts when some designs have effects of their own."""
    dense, labels = stacked(effects), np.array(design_labels(effects))
    columns = [dense.x, *(dense.x * (labels == name)[:, None] for name in free)]
    root = np.linalg.inv(np.linalg.cholesky(dense.v + tau2 * dense.s))
    design = root @ np.hstack(columns)
    return np.asarray(np.hstack(columns) @ (np.linalg.pinv(design, rcond=1e-11) @ root @ dense.y))


def rank(effects: NetworkEffects, free: Iterable[str] = ()) -> int:
    """Return how many effects such a model has."""
    dense, labels = stacked(effects), np.array(design_labels(effects))
    columns = [dense.x, *(dense.x * (labels == name)[:, None] for name in free)]
    return int(np.linalg.matrix_rank(np.hstack(columns)))


def distance(effects: NetworkEffects, tau2: float, off: Floats, rows: Booleans) -> float:
    """Return the weighted sum of squares of some rows."""
    dense = stacked(effects)
    w = np.linalg.inv((dense.v + tau2 * dense.s)[np.ix_(rows, rows)])
    return float(off[rows] @ w @ off[rows])
