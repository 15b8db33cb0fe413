"""Cochran's Q, the typical sampling variance, I² and H²."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats


def typical_variance(v: Floats, present: Floats) -> Floats:
    """Return the typical sampling variance of Higgins and Thompson, shape (...); NaN for k = 1.

    Notes
    -----
    ``s² = (k - 1) sum w / ((sum w)² - sum w²)`` with w = 1 / v [1]_, eq. 9.

    References
    ----------
    .. [1] Higgins JPT, Thompson SG (2002). Stat Med 21:1539. doi:10.1002/sim.1186
    """
    w = present / v
    total = np.sum(w, axis=-1)
    freedom = np.sum(present, axis=-1) - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        value = freedom * total / (total * total - np.sum(w * w, axis=-1))
    return np.where(freedom > 0, value, np.nan)


def i_squared(tau2: Floats, typical: Floats) -> Floats:
    """Return I² in percent: ``100 tau² / (tau² + s²)``."""
    return np.asarray(100 * tau2 / (tau2 + typical))


def i_squared_from_q(q: Floats, freedom: Floats) -> Floats:
    """Return I² in percent from Q: ``100 max(0, (Q - df) / Q)``; 0 for Q = 0, NaN for df = 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = 100 * np.maximum(0.0, (q - freedom) / q)
    return np.where(freedom > 0, np.where(q > 0, value, 0.0), np.nan)
