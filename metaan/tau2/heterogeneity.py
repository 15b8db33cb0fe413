"""The typical sampling variance, I² and H²."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats
from metaan.numerics.projection import trace
from metaan.tau2.curves import inverse_variances
from metaan.tau2.studies import Studies


def typical_variance(studies: Studies) -> Floats:
    """Return the typical sampling variance, shape (n,); NaN where no degree of freedom is left.

    Notes
    -----
    ``s² = df / tr P`` with w = 1 / v; for a mean that is Higgins and Thompson's [1]_, eq. 9,
    ``(k - 1) sum w / ((sum w)² - sum w²)``.

    References
    ----------
    .. [1] Higgins JPT, Thompson SG (2002). Stat Med 21:1539. doi:10.1002/sim.1186
    """
    freedom = studies.freedom
    whole = trace(inverse_variances(studies), studies.x)
    if studies.enough and studies.x is None:
        return np.asarray(freedom / whole)
    with np.errstate(divide="ignore"):
        return np.asarray(freedom / np.where(freedom > 0.0, whole, np.nan))


def i_squared(tau2: Floats, typical: Floats) -> Floats:
    """Return I² in percent: ``100 tau² / (tau² + s²)``."""
    return np.asarray(100.0 * tau2 / (tau2 + typical))


def i_squared_from_q(q: Floats, freedom: Floats) -> Floats:
    """Return I² in percent from Q: ``100 max(0, (Q - df) / Q)``; 0 for Q = 0, NaN for df = 0."""
    excess = np.maximum(q - freedom, 0.0)
    return np.asarray(100.0 * excess / np.where(freedom > 0.0, np.maximum(q, freedom), np.nan))
