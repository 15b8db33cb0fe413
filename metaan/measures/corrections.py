"""CORRECTIONS: factors that take the small-sample bias out of a standardized effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from scipy.special import gammaln

from metaan.core.arrays import Floats
from metaan.core.lookup import look_up


def exact_correction(df: Floats) -> Floats:
    """Return Hedges' J: ``gamma(m / 2) / (sqrt(m / 2) gamma((m - 1) / 2))``, m = df >= 2.

    References
    ----------
    .. [1] Hedges LV (1981). J Educ Stat 6:107 (p. 111). doi:10.3102/10769986006002107
    """
    usable = df > 1
    m = np.where(usable, df, 2.0)
    value = np.exp(gammaln(m / 2) - gammaln((m - 1) / 2)) / np.sqrt(m / 2)
    return np.where(usable, value, np.nan)


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
