"""CORRECTIONS: factors that take the small-sample bias out of a standardized effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.polynomial.polynomial import polyval
from scipy.special import gamma

from metaan.core.arrays import Floats
from metaan.core.lookup import look_up

LARGE = 30.0  # of df: from here the series is good to the last digit
# of w^0, w^-2, w^-4 ...: (B(1/4) - B(3/4)) / (k (k + 1)), B Bernoulli's polynomials of k + 1
LOG_RATIO = (
    0.0,
    1 / 64,
    -5 / 2048,
    61 / 49152,
    -1385 / 1048576,
    50521 / 20971520,
    -2702765 / 402653184,
)


def exact_correction(df: Floats) -> Floats:
    """Return Hedges' J: ``gamma(m / 2) / (sqrt(m / 2) gamma((m - 1) / 2))``, m = df >= 2.

    References
    ----------
    .. [1] Hedges LV (1981). J Educ Stat 6:107 (p. 111). doi:10.3102/10769986006002107
    """
    usable = df > 1
    large = df >= LARGE
    few, many = np.where(usable & np.logical_not(large), df, 2.0), np.where(large, df, LARGE)
    value = gamma(few / 2) / gamma((few - 1) / 2) / np.sqrt(few / 2)
    series = np.sqrt(1 - 1.5 / many) * np.exp(_log_ratio(many))
    return np.where(usable, np.where(large, series, value), np.nan)


def unbiased_share(df: Floats) -> Floats:
    """Return ``1 - (m - 2) / (m J²)``, m = df > 1: that of g² in its unbiased variance.

    About ``1 / (2 m)``: from the logarithm of its second part, as 1 less that would cancel.
    """
    large = df >= LARGE
    many = np.where(large, df, LARGE)
    # (m - 2) / m over 1 - 1.5 / m is 1 - 0.5 / (m - 1.5)
    series = -np.expm1(np.log1p(-0.5 / (many - 1.5)) - 2 * _log_ratio(many))
    few = np.where((df > 1) & ~large, df, 2.0)
    j = gamma(few / 2) / gamma((few - 1) / 2) / np.sqrt(few / 2)
    share = np.where(large, series, 1 - (few - 2) / (few * j * j))
    return np.where(df > 1, share, np.nan)


def _log_ratio(df: Floats) -> Floats:
    """Return the logarithm of ``gamma(w + 3/4) / gamma(w + 1/4) / sqrt(w)``, w = (m - 1.5) / 2.

    A series in w^-2 (DLMF 5.11.8); differences of log-gammas lose as many digits as m has.
    """
    inverse = (2 / (df - 1.5)) ** 2
    return np.asarray(polyval(inverse, LOG_RATIO))


def approximate_correction(df: Floats) -> Floats:
    """Return ``1 - 3 / (4 df - 1)``, which is 1 - 3 / (4 N - 9) for two groups (RevMan's)."""
    usable = df > 1
    return np.where(usable, 1 - 3 / (4 * np.where(usable, df, 2.0) - 1), np.nan)


def no_correction(df: Floats) -> Floats:
    """Return 1: Cohen's d, biased away from 0 in small studies."""
    return np.ones_like(df)


UNCORRECTED = "none"  # None says the same
CORRECTIONS: Mapping[str, Callable[[Floats], Floats]] = MappingProxyType(
    {"exact": exact_correction, "approximate": approximate_correction, UNCORRECTED: no_correction}
)
DEFAULT_CORRECTION = next(iter(CORRECTIONS))


def small_sample_factor(correction: str | None, df: Floats) -> Floats:
    """Return J at these degrees of freedom; NaN where there are none."""
    name = UNCORRECTED if correction is None else correction
    chosen = look_up(CORRECTIONS, name, argument="correction", what="a small-sample correction")
    return np.where(df > 0, chosen(df), np.nan)
