"""The bivariate normal distribution with unit variances: a corner's probability, the density.

The probability is Owen's: one T function per variable, which scipy computes to the last digits
(Patefield and Tandy 2000). Corners are turned so that both thresholds are at most 0, where no
large parts cancel; errors stay below a few 1e-16.

References
----------
.. [1] Owen DB (1956). Ann Math Stat 27:1075. doi:10.1214/aoms/1177728074
.. [2] Patefield M, Tandy D (2000). J Stat Softw 5(5):1. doi:10.18637/jss.v005.i05
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, owens_t

from metaan.core.arrays import Floats


def corner_probability(h: Floats, k: Floats, rho: Floats) -> Floats:
    """Return P(X <= h, Y <= k) of a bivariate normal with correlation rho, broadcasting.

    Parameters
    ----------
    h, k : ndarray
        Thresholds; infinite ones too.
    rho : ndarray
        Correlations from -1 to 1, both included; NaN outside.
    """
    h, k, rho = np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in (h, k, rho)))
    turned = np.where((h > 0) == (k > 0), rho, -rho)
    small = lower_corner(-np.abs(h), -np.abs(k), turned)
    # the other three corners follow from this one and the margins
    value = np.where(
        h > 0,
        np.where(k > 0, ndtr(h) - ndtr(-k) + small, ndtr(k) - small),
        np.where(k > 0, ndtr(h) - small, small),
    )
    return np.asarray(np.clip(value, 0.0, 1.0))


def lower_corner(h: Floats, k: Floats, rho: Floats) -> Floats:
    """Return P(X <= h, Y <= k) for thresholds of at most 0, any one shape."""
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt((1 - rho) * (1 + rho))
        # (k / h - rho) / root, so written that nothing cancels where h and k are near
        slope_h = (_share(k - h, h) + (1 - rho)) / root
        slope_k = (_share(h - k, k) + (1 - rho)) / root
        # 0 / 0 at rho = 1 and h = k: the limit from below
        slope_h, slope_k = (np.where(rho == 1, _limit(s), s) for s in (slope_h, slope_k))
        value = 0.5 * (ndtr(h) + ndtr(k)) - owens_t(h, slope_h) - owens_t(k, slope_k)
    value = np.where(np.isneginf(h) | np.isneginf(k), np.where(np.isnan(rho), rho, 0.0), value)
    return np.asarray(np.maximum(value, 0.0))


def _share(gap: Floats, threshold: Floats) -> Floats:
    """Return gap / threshold, 0 where there is no gap (both thresholds 0 too)."""
    return np.where(gap == 0, 0.0, gap / -np.abs(threshold))


def _limit(slope: Floats) -> Floats:
    return np.where(np.isnan(slope), 0.0, slope)


def density(h: Floats, k: Floats, rho: Floats) -> Floats:
    """Return the density of a bivariate normal with correlation -1 < rho < 1, broadcasting."""
    rest = (1 - rho) * (1 + rho)
    # h² - 2 rho h k + k², which cancels where rho is near 1 and h near k
    square = (h - k) ** 2 + 2 * h * k * (1 - rho)
    return np.asarray(np.exp(-0.5 * square / rest) / (2 * np.pi * np.sqrt(rest)))
