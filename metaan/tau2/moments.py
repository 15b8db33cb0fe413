"""Between-study variance by matching Cochran's Q to its expectation."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats
from metaan.numerics.linalg import residual_sum, weighted_mean


def dersimonian_laird(y: Floats, v: Floats, present: Floats) -> Floats:
    """Return the DerSimonian-Laird estimate of tau².

    Parameters
    ----------
    y, v, present : ndarray, shape (..., k)
        Effects, variances, mask.

    Returns
    -------
    ndarray, shape (...)
        ``max(0, (Q - (k - 1)) / (sum w - sum w² / sum w))`` with w = 1 / v; 0 for one study.

    References
    ----------
    .. [1] DerSimonian R, Laird N (1986). Control Clin Trials 7:177.
       doi:10.1016/0197-2456(86)90046-2
    """
    w = present / v
    mu, total = weighted_mean(y, w)
    freedom = np.sum(present, axis=-1) - 1
    q = residual_sum(y, w, mu)
    spread = total - np.sum(w * w, axis=-1) / total
    alone = freedom < 1
    return np.where(alone, 0.0, np.maximum(0.0, (q - freedom) / np.where(alone, 1.0, spread)))
