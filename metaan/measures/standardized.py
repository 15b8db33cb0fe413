"""Standardized mean differences of two groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.lookup import look_up
from metaan.core.scale import IDENTITY
from metaan.measures.corrections import (
    CORRECTIONS,
    DEFAULT_CORRECTION,
    small_sample_factor,
    unbiased_share,
)
from metaan.measures.defined import defined, nan_where_undefined
from metaan.measures.differences import mean_by_size, pooled_variance
from metaan.measures.row import AVERAGE, CONTROL_SD, MEANS, Measure, Pair, Route, Swap, at
from metaan.numerics.tails import t_of_signed_p

Means = tuple[Floats, Floats, Floats, Floats, Floats, Floats]
Variance = Callable[[Floats, Floats, Floats, Floats, Floats, Floats], Floats]


def large_sample(g: Floats, n1: Floats, n2: Floats, size: Floats, df: Floats, j: Floats) -> Floats:
    """Return ``1/n1 + 1/n2 + g² / (2 s)``, s = N, or n2 for one SD (Hedges 1982, metafor's LS).

    For a corrected g.
    """
    del df, j
    return 1 / n1 + 1 / n2 + g * g / (2 * size)


def large_sample_uncorrected(
    g: Floats, n1: Floats, n2: Floats, size: Floats, df: Floats, j: Floats
) -> Floats:
    """Return ``J² (1/n1 + 1/n2 + d² / (2 s))``, d = g / J (Borenstein 2009, as metafor's LS2).

    J² is right, but the bracket is that of a g: a little too small for d in small groups.
    """
    del df
    d = g / j
    return j * j * (1 / n1 + 1 / n2 + d * d / (2 * size))


def unbiased(g: Floats, n1: Floats, n2: Floats, size: Floats, df: Floats, j: Floats) -> Floats:
    """Return ``1/n1 + 1/n2 + (1 - (m - 2) / (m J²)) g²``, m the df of the SD (Hedges 1983)."""
    del size, j  # the formula holds with the exact J, whichever one g was corrected with
    return 1 / n1 + 1 / n2 + unbiased_share(df) * g * g


def average_effect(
    g: Floats, n1: Floats, n2: Floats, size: Floats, df: Floats, j: Floats
) -> Floats:
    """Return LS with the mean g of the studies, weighted by N, in each (metafor's AV)."""
    return large_sample(mean_by_size(g, n1 + n2), n1, n2, size, df, j)


def without_effect(
    g: Floats, n1: Floats, n2: Floats, size: Floats, df: Floats, j: Floats
) -> Floats:
    """Return ``J² m / (m - 2) (1/n1 + 1/n2)``, m as in UB: exact without an effect (H0).

    A scaled t distribution then; with an effect it is too small, by about ``g² / (2 size)``.
    """
    del g, size
    return j * j * df / np.where(df > 2, df - 2, np.nan) * (1 / n1 + 1 / n2)


def revman(g: Floats, n1: Floats, n2: Floats, size: Floats, df: Floats, j: Floats) -> Floats:
    """Return ``N / (n1 n2) + g² / (2 (N - 3.94))`` (RevMan 5 statistical methods)."""
    del df, j
    return size / (n1 * n2) + g * g / (2 * (size - 3.94))


# size is the number of participants behind the SD, df its degrees of freedom.
CONTROL_VARIANCES: Mapping[str, Variance] = MappingProxyType(
    {
        "LS": large_sample,
        "LS2": large_sample_uncorrected,
        "UB": unbiased,
        AVERAGE: average_effect,
        "H0": without_effect,
    }
)
VARIANCES: Mapping[str, Variance] = MappingProxyType({**CONTROL_VARIANCES, "REVMAN": revman})
DEFAULT_VARIANCE = next(iter(VARIANCES))


@nan_where_undefined
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
    """Return the standardized mean difference and its variance, shape (..., k), in SD units.

    Parameters
    ----------
    mean1, sd1, n1, mean2, sd2, n2 : ndarray, shape (..., k)
        Means, standard deviations, numbers of participants.
    correction : {"exact", "approximate", None}
        Small-sample correction J: the exact one by the gamma function, ``1 - 3 / (4 N - 9)``, or
        none (Cohen's d). Row of ``CORRECTIONS``.
    variance : {"LS", "LS2", "UB", "AV", "H0", "REVMAN"}
        Row of ``VARIANCES``; the formula stands in each row's function. "AV" borrows from the
        other studies, "H0" holds only without an effect.

    Returns
    -------
    y, v : ndarray
        ``g = J (mean1 - mean2) / s_pooled``; NaN for fewer than three participants (with a
        correction four) and for a pooled SD of 0.

    Raises
    ------
    ChoiceError
        If a name is not in its table.

    References
    ----------
    .. [1] Hedges LV (1981). J Educ Stat 6:107. doi:10.3102/10769986006002107
    .. [2] Hedges LV (1982). Psychol Bull 92:490. doi:10.1037/0033-2909.92.2.490
    .. [3] Hedges LV (1983). Psychol Bull 93:388. doi:10.1037/0033-2909.93.2.388
    """
    spread = look_up(VARIANCES, variance, argument="variance", what="a variance of the SMD")
    size = n1 + n2
    j = small_sample_factor(correction, size - 2)
    g = j * (mean1 - mean2) / np.sqrt(pooled_variance(sd1, n1, sd2, n2))
    return defined(g, spread(g, n1, n2, size, size - 2, j))


@nan_where_undefined
def difference_by_average_sd(
    mean1: Floats,
    sd1: Floats,
    n1: Floats,
    mean2: Floats,
    sd2: Floats,
    n2: Floats,
    *,
    correction: str | None = DEFAULT_CORRECTION,
) -> Pair:
    """Return the mean difference over the root of the mean variance, any shape, in SD units.

    Parameters
    ----------
    mean1, sd1, n1, mean2, sd2, n2 : ndarray
        Means, standard deviations, numbers of participants; the spreads may differ.
    correction : {"exact", "approximate", None}
        Row of ``CORRECTIONS``, with N - 2 degrees of freedom, as [1]_ and metafor have it.

    Returns
    -------
    y, v : ndarray
        ``g = J (mean1 - mean2) / s``, ``s² = (sd1² + sd2²) / 2``, and
        ``g² (sd1⁴ / m1 + sd2⁴ / m2) / (8 s⁴) + (sd1² / m1 + sd2² / m2) / s²``, m = n - 1.

    References
    ----------
    .. [1] Bonett DG (2009). Psychol Methods 14:225. doi:10.1037/a0016619
    .. [2] Bonett DG (2008). Psychol Methods 13:99. doi:10.1037/1082-989X.13.2.99
    """
    var1, var2, m1, m2 = sd1 * sd1, sd2 * sd2, n1 - 1, n2 - 1
    mean_variance = (var1 + var2) / 2
    g = small_sample_factor(correction, m1 + m2) * (mean1 - mean2) / np.sqrt(mean_variance)
    of_sd = g * g * (var1**2 / m1 + var2**2 / m2) / (8 * mean_variance**2)
    return defined(g, of_sd + (var1 / m1 + var2 / m2) / mean_variance)


@nan_where_undefined
def difference_by_control_sd(
    mean1: Floats,
    n1: Floats,
    mean2: Floats,
    sd2: Floats,
    n2: Floats,
    *,
    correction: str | None = DEFAULT_CORRECTION,
    variance: str = DEFAULT_VARIANCE,
) -> Pair:
    """Return Glass' delta, ``J (mean1 - mean2) / sd2``, and its variance, shape (..., k).

    Parameters
    ----------
    mean1, n1, mean2, sd2, n2 : ndarray, shape (..., k)
        Means, numbers of participants, standard deviation of the control group; that of the
        treatment group is taken to be the same and not needed.
    correction : {"exact", "approximate", None}
        Row of ``CORRECTIONS``, with n2 - 1 degrees of freedom.
    variance : {"LS", "LS2", "UB", "AV", "H0"}
        As for the pooled SD, with n2 in place of N and n2 - 1 degrees of freedom ("AV" weights by
        N all the same). Row of ``CONTROL_VARIANCES``.

    Returns
    -------
    y, v : ndarray
        NaN for a control group of one (with a correction two) and for an SD of 0.

    References
    ----------
    .. [1] Hedges LV (1981). J Educ Stat 6:107. doi:10.3102/10769986006002107
    """
    spread = look_up(
        CONTROL_VARIANCES, variance, argument="variance", what="a variance of Glass' delta"
    )
    j = small_sample_factor(correction, n2 - 1)
    g = j * (mean1 - mean2) / sd2
    return defined(g, spread(g, n1, n2, n2, n2 - 1, j))


@nan_where_undefined
def difference_by_control_sd_of_unequal(
    mean1: Floats,
    sd1: Floats,
    n1: Floats,
    mean2: Floats,
    sd2: Floats,
    n2: Floats,
    *,
    correction: str | None = DEFAULT_CORRECTION,
) -> Pair:
    """Return ``J (mean1 - mean2) / sd2`` and its variance where spreads differ, any shape.

    Parameters
    ----------
    mean1, sd1, n1, mean2, sd2, n2 : ndarray
        Means, standard deviations, numbers of participants.
    correction : {"exact", "approximate", None}
        Row of ``CORRECTIONS``, with n2 - 1 degrees of freedom.

    Returns
    -------
    y, v : ndarray
        v is ``(sd1 / sd2)² / (n1 - 1) + 1 / (n2 - 1) + g² / (2 (n2 - 1))``.

    References
    ----------
    .. [1] Bonett DG (2008). Psychol Methods 13:99. doi:10.1037/1082-989X.13.2.99
    """
    m1, m2 = n1 - 1, n2 - 1
    g = small_sample_factor(correction, m2) * (mean1 - mean2) / sd2
    return defined(g, (sd1 / sd2) ** 2 / m1 + 1 / m2 + g * g / (2 * m2))


def _unit_spread(d: Floats, n1: Floats, n2: Floats) -> Means:
    """Return the groups of a study whose pooled SD is the unit: means d and 0, both SDs 1."""
    d, n1, n2 = np.broadcast_arrays(d, n1, n2)
    one, none = np.ones(d.shape), np.zeros(d.shape)
    return d, one, n1, none, one, n2


@nan_where_undefined
def _from_t(t: Floats, n1: Floats, n2: Floats) -> Means:
    return _unit_spread(t * np.sqrt(1 / n1 + 1 / n2), n1, n2)


@nan_where_undefined
def _from_correlation(r: Floats, n1: Floats, n2: Floats) -> Means:
    return _from_t(r * np.sqrt((n1 + n2 - 2) / ((1 - r) * (1 + r))), n1, n2)


def _from_signed_p(p: Floats, n1: Floats, n2: Floats) -> Means:
    return _from_t(t_of_signed_p(p, n1 + n2 - 2), n1, n2)


# What two groups of one spread come down to: the pooled SD is all these need of the SDs.
ROUTES = (
    Route(
        inputs=("t", "n1", "n2"),
        convert=_from_t,
        says="from Student's t (equal variances) and the numbers of participants",
    ),
    Route(
        inputs=("d", "n1", "n2"),
        convert=_unit_spread,
        says="from Cohen's d (pooled SD, uncorrected) and the numbers of participants",
    ),
    Route(
        inputs=("r", "n1", "n2"),
        convert=_from_correlation,
        says="from the point-biserial correlation and the numbers of participants",
    ),
    Route(
        inputs=("p", "n1", "n2"),
        convert=_from_signed_p,
        says="from the signed two-sided p of Student's t and the numbers of participants",
    ),
)

_POINT = at(MEANS, 36.0, 19.0, 58.0, 44.0, 21.0, 60.0)
_CONTROL_OPTIONS = {"correction": tuple(CORRECTIONS), "variance": tuple(CONTROL_VARIANCES)}

ROWS = (
    Measure(
        key="SMD",
        name="Standardized mean difference",
        inputs=MEANS,
        function=standardized_mean_difference,
        options={"correction": tuple(CORRECTIONS), "variance": tuple(VARIANCES)},
        scale=IDENTITY,
        swap=Swap.SIGN,
        turn=Swap.SIGN,
        across=(AVERAGE,),
        routes=ROUTES,
        design_point=_POINT,
        doi="10.3102/10769986006002107",
    ),
    Measure(
        key="SMDH",
        name="Standardized mean difference (average variance)",
        inputs=MEANS,
        function=difference_by_average_sd,
        options={"correction": tuple(CORRECTIONS)},
        scale=IDENTITY,
        swap=Swap.SIGN,
        turn=Swap.SIGN,
        design_point=_POINT,
        doi="10.1037/a0016619",
    ),
    Measure(
        key="SMD1",
        name="Standardized mean difference (SD of the control group)",
        inputs=CONTROL_SD,
        function=difference_by_control_sd,
        options=_CONTROL_OPTIONS,
        scale=IDENTITY,
        swap=Swap.OTHER,
        turn=Swap.SIGN,
        across=(AVERAGE,),
        design_point=at(CONTROL_SD, 36.0, 58.0, 44.0, 21.0, 60.0),
        doi="10.3102/10769986006002107",
    ),
    Measure(
        key="SMD1H",
        name="Standardized mean difference (SD of the control group, unequal variances)",
        inputs=MEANS,
        function=difference_by_control_sd_of_unequal,
        options={"correction": tuple(CORRECTIONS)},
        scale=IDENTITY,
        swap=Swap.OTHER,
        turn=Swap.SIGN,
        design_point=_POINT,
        doi="10.1037/1082-989X.13.2.99",
    ),
)
