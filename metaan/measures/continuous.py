"""Effects from means, standard deviations and numbers of participants in two groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from scipy.special import gammaln

from metaan.core.arrays import Floats
from metaan.core.lookup import look_up

Pair = tuple[Floats, Floats]


def mean_difference(
    mean1: Floats, sd1: Floats, n1: Floats, mean2: Floats, sd2: Floats, n2: Floats
) -> Pair:
    """Return the mean difference and its variance ``sd1² / n1 + sd2² / n2``, any shape.

    Parameters
    ----------
    mean1, sd1, n1, mean2, sd2, n2 : ndarray
        Means and standard deviations in the instrument's unit, and numbers of participants.

    Returns
    -------
    y, v : ndarray
        In the unit and the squared unit.
    """
    return mean1 - mean2, sd1 * sd1 / n1 + sd2 * sd2 / n2


def exact_correction(df: Floats) -> Floats:
    """Return Hedges' J: ``gamma(m / 2) / (sqrt(m / 2) gamma((m - 1) / 2))``, m = df >= 2.

    References
    ----------
    .. [1] Hedges LV (1981). J Educ Stat 6:107, eq. 6e. doi:10.3102/10769986006002107
    """
    usable = df > 1
    m = np.where(usable, df, 2.0)
    value = np.exp(gammaln(m / 2) - gammaln((m - 1) / 2)) / np.sqrt(m / 2)
    return np.where(usable, value, np.nan)


def approximate_correction(df: Floats) -> Floats:
    """Return ``1 - 3 / (4 df - 1)``, which is 1 - 3 / (4 N - 9) for two groups (RevMan's)."""
    return 1 - 3 / (4 * df - 1)


def no_correction(df: Floats) -> Floats:
    """Return 1: Cohen's d, biased away from 0 in small studies."""
    return np.ones_like(df)


def large_sample(g: Floats, n1: Floats, n2: Floats, j: Floats) -> Floats:
    """Return ``1/n1 + 1/n2 + g² / (2 N)`` (Hedges 1982, as metafor's LS)."""
    del j
    return 1 / n1 + 1 / n2 + g * g / (2 * (n1 + n2))


def large_sample_uncorrected(g: Floats, n1: Floats, n2: Floats, j: Floats) -> Floats:
    """Return ``J² (1/n1 + 1/n2 + d² / (2 N))`` (Borenstein 2009, as metafor's LS2)."""
    d = g / j
    return j * j * (1 / n1 + 1 / n2 + d * d / (2 * (n1 + n2)))


def unbiased(g: Floats, n1: Floats, n2: Floats, j: Floats) -> Floats:
    """Return ``1/n1 + 1/n2 + (1 - (m - 2) / (m J²)) g²`` with m = N - 2 (Hedges 1983, UB)."""
    del j  # the formula holds with the exact J, whichever one g was corrected with
    m = n1 + n2 - 2
    exact = exact_correction(m)
    return 1 / n1 + 1 / n2 + (1 - (m - 2) / (m * exact * exact)) * g * g


def revman(g: Floats, n1: Floats, n2: Floats, j: Floats) -> Floats:
    """Return ``N / (n1 n2) + g² / (2 (N - 3.94))`` (RevMan 5 statistical methods)."""
    del j
    total = n1 + n2
    return total / (n1 * n2) + g * g / (2 * (total - 3.94))


CORRECTIONS: Mapping[str, Callable[[Floats], Floats]] = MappingProxyType(
    {"exact": exact_correction, "approximate": approximate_correction, "none": no_correction}
)
DEFAULT_CORRECTION, UNCORRECTED = next(iter(CORRECTIONS)), list(CORRECTIONS)[-1]

VARIANCES: Mapping[str, Callable[[Floats, Floats, Floats, Floats], Floats]] = MappingProxyType(
    {"LS": large_sample, "LS2": large_sample_uncorrected, "UB": unbiased, "REVMAN": revman}
)
DEFAULT_VARIANCE = next(iter(VARIANCES))


def standardized_mean_difference(
    mean1: Floats,
    sd1: Floats,
    n1: Floats,
    mean2: Floats,
    sd2: Floats,
    n2: Floats,
    *,
    correction: str | None = DEFAULT_CORRECTION,
    variance: str = DEFAULT_VARIANCE,
) -> Pair:
    """Return the standardized mean difference and its variance, any shape, in SD units.

    Parameters
    ----------
    mean1, sd1, n1, mean2, sd2, n2 : ndarray
        Means, standard deviations, numbers of participants.
    correction : {"exact", "approximate", None}
        Small-sample correction J: the exact one by the gamma function, ``1 - 3 / (4 N - 9)``, or
        none (Cohen's d). Row of ``CORRECTIONS``.
    variance : {"LS", "LS2", "UB", "REVMAN"}
        Row of ``VARIANCES``; the formula stands in each row's function.

    Returns
    -------
    y, v : ndarray
        ``g = J (mean1 - mean2) / s_pooled``; NaN for fewer than three participants.

    Raises
    ------
    ChoiceError
        If a name is not in its table.

    References
    ----------
    .. [1] Hedges LV (1981). J Educ Stat 6:107. doi:10.3102/10769986006002107
    """
    name = UNCORRECTED if correction is None else correction
    correct = look_up(CORRECTIONS, name, argument="correction", what="a small-sample correction")
    spread = look_up(VARIANCES, variance, argument="variance", what="a variance of the SMD")
    df = n1 + n2 - 2
    pooled = ((n1 - 1) * sd1 * sd1 + (n2 - 1) * sd2 * sd2) / np.where(df > 0, df, np.nan)
    j = correct(df)
    g = j * (mean1 - mean2) / np.sqrt(pooled)
    return g, spread(g, n1, n2, j)


def combine_groups(n: Floats, mean: Floats, sd: Floats) -> tuple[Floats, Floats, Floats]:
    """Return n, mean and SD of several groups taken together, exactly.

    Parameters
    ----------
    n, mean, sd : ndarray, shape (..., groups)
        Numbers, means and standard deviations (with n - 1 in the denominator).

    Returns
    -------
    n, mean, sd : ndarray, shape (...)
        As if the participants had been one group:
        ``SD² = [sum (n_i - 1) sd_i² + sum n_i (mean_i - mean)²] / (N - 1)``.

    References
    ----------
    .. [1] Cochrane Handbook for Systematic Reviews of Interventions, 6.5.2.10 (two groups).
    """
    total = np.sum(n, axis=-1)
    center = np.sum(n * mean, axis=-1) / total
    within = np.sum((n - 1) * sd * sd, axis=-1)
    between = np.sum(n * (mean - center[..., None]) ** 2, axis=-1)
    return total, center, np.sqrt((within + between) / (total - 1))
