"""Weighted least squares for a mean, a whole batch at once.

Letters: y effects, w weights (0 for an absent study), mu weighted mean, all ``(..., k)`` or
``(...)``.
"""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats


def weighted_mean(y: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Return the weighted mean and the sum of the weights.

    Parameters
    ----------
    y, w : ndarray, shape (..., k)
        Values and weights; not all weights of an analysis are 0.

    Returns
    -------
    mu, total : ndarray, shape (...)
        ``sum(w y) / sum(w)`` and ``sum(w)``.
    """
    total = np.sum(w, axis=-1)
    return np.sum(w * y, axis=-1) / total, total


def residual_sum(y: Floats, w: Floats, mu: Floats) -> Floats:
    """Return ``sum(w (y - mu)²)``, shape (...): Cochran's Q when w are inverse variances."""
    residuals = y - mu[..., None]
    return np.asarray(np.sum(w * residuals * residuals, axis=-1))


def sum_products(a: Floats, b: Floats) -> Floats:
    """Return ``sum(a b)`` over the first axis of (k, n) arrays, along rows of memory.

    Arrays of more studies than analyses are transposed ones.
    """
    if len(a) > a.shape[-1]:
        return np.asarray(np.vecdot(a.T, b.T))
    return np.asarray(np.add.reduce(a * b, axis=0))


def binary_scale(v: Floats, present: Floats) -> Floats:
    """Return a power of two near the typical standard error of each analysis, shape (..., 1).

    Dividing y by it and v by its square is exact in floating point and brings any unit, from
    1e-150 to 1e150, to numbers near 1, where nothing under- or overflows.
    """
    if np.count_nonzero(present) == present.size:
        mean = np.add.reduce(np.log2(v), axis=-1, keepdims=True) / v.shape[-1]
    else:
        logs = np.where(present > 0, np.log2(np.where(present > 0, v, 1.0)), 0.0)
        counts = np.add.reduce(present, axis=-1, keepdims=True)
        mean = np.add.reduce(logs, axis=-1, keepdims=True) / counts
    return np.asarray(np.exp2(np.rint(mean / 2.0)))
