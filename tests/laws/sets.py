"""Random sets of effects for the laws, ragged and not."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats

Sets = tuple[Floats, Floats, Floats]


def ragged(n: int = 60, k: int = 12, seed: int = 7) -> Sets:
    """Return (y, v, present), (n, k): 3 to k studies, variances over four decades, outliers."""
    rng = np.random.default_rng(seed)
    v = 10 ** rng.uniform(-3, 1, size=(n, k))
    tau = rng.choice([0.0, 0.3, 2.0], size=(n, 1))
    y = rng.normal(0.4, np.sqrt(v + tau**2))
    y[::7, 0] += 8.0
    counts = rng.integers(3, k + 1, size=(n, 1))
    present = (np.arange(k) < counts).astype(float)
    return np.where(present > 0, y, 0.0), np.where(present > 0, v, 1.0), present


def one(sets: Sets, i: int) -> Sets:
    """Return set ``i`` alone, without its absent cells, as a batch of one."""
    there = sets[2][i] > 0
    y, v = sets[0][i, there][None], sets[1][i, there][None]
    return y, v, np.ones_like(y)
