"""Differences and ratios of means and of spreads in two groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.lookup import look_up
from metaan.core.scale import IDENTITY, LOG
from metaan.measures.defined import defined, nan_where_undefined
from metaan.measures.row import AVERAGE, MEANS, SDS, Measure, Pair, Swap, Unit, at

Variance = Callable[[Floats, Floats, Floats, Floats, Floats, Floats], Floats]


def pooled_variance(sd1: Floats, n1: Floats, sd2: Floats, n2: Floats) -> Floats:
    """Return ``((n1 - 1) sd1² + (n2 - 1) sd2²) / (n1 + n2 - 2)``; NaN for two participants."""
    df = n1 + n2 - 2
    return ((n1 - 1) * sd1 * sd1 + (n2 - 1) * sd2 * sd2) / np.where(df > 0, df, np.nan)


def mean_by_size(values: Floats, n: Floats) -> Floats:
    """Return the mean over the studies weighted by n, shape (..., 1); NaN and infinity skipped."""
    known = np.isfinite(values) & (n > 0)
    total = np.where(known, n, 0.0).sum(axis=-1, keepdims=True)
    weighted = np.where(known, n * values, 0.0).sum(axis=-1, keepdims=True)
    return np.asarray(weighted / total)


def _own_spreads(
    mean1: Floats, sd1: Floats, n1: Floats, mean2: Floats, sd2: Floats, n2: Floats
) -> Floats:
    """Return ``sd1² / n1 + sd2² / n2``: each group has its own spread."""
    del mean1, mean2
    return sd1 * sd1 / n1 + sd2 * sd2 / n2


def _one_spread(
    mean1: Floats, sd1: Floats, n1: Floats, mean2: Floats, sd2: Floats, n2: Floats
) -> Floats:
    """Return ``s² (1 / n1 + 1 / n2)`` with the pooled s²."""
    del mean1, mean2
    return pooled_variance(sd1, n1, sd2, n2) * (1 / n1 + 1 / n2)


DIFFERENCE_VARIANCES: Mapping[str, Variance] = MappingProxyType(
    {"LS": _own_spreads, "HO": _one_spread}
)
DEFAULT_VARIANCE = next(iter(DIFFERENCE_VARIANCES))


@nan_where_undefined
def mean_difference(
    mean1: Floats,
    sd1: Floats,
    n1: Floats,
    mean2: Floats,
    sd2: Floats,
    n2: Floats,
    *,
    variance: str = DEFAULT_VARIANCE,
) -> Pair:
    """Return the mean difference and its variance, any shape, in the instrument's unit.

    Parameters
    ----------
    mean1, sd1, n1, mean2, sd2, n2 : ndarray
        Means and standard deviations in the instrument's unit, and numbers of participants.
    variance : {"LS", "HO"}
        ``sd1² / n1 + sd2² / n2``, or with the pooled variance in both places, which assumes that
        the groups spread alike. Row of ``DIFFERENCE_VARIANCES``.

    Returns
    -------
    y, v : ndarray
        In the unit and the squared unit.

    References
    ----------
    .. [1] Higgins JPT, Li T, Deeks JJ (2019). Cochrane Handbook, chapter 6.
       doi:10.1002/9781119536604.ch6
    """
    spread = look_up(
        DIFFERENCE_VARIANCES, variance, argument="variance", what="a variance of the difference"
    )
    return defined(mean1 - mean2, spread(mean1, sd1, n1, mean2, sd2, n2))


def _own_variations(
    mean1: Floats, sd1: Floats, n1: Floats, mean2: Floats, sd2: Floats, n2: Floats
) -> Floats:
    """Return ``CV1² / n1 + CV2² / n2`` with CV = sd / mean (Hedges 1999, eq. 1)."""
    return (sd1 / mean1) ** 2 / n1 + (sd2 / mean2) ** 2 / n2


def _one_spread_of_logs(
    mean1: Floats, sd1: Floats, n1: Floats, mean2: Floats, sd2: Floats, n2: Floats
) -> Floats:
    """Return ``s² (1 / (n1 mean1²) + 1 / (n2 mean2²))`` with the pooled s² (Hedges 1999).

    Too large where the group of the lower mean also has the lower SD, as most outcomes have it.
    """
    pooled = pooled_variance(sd1, n1, sd2, n2)
    return pooled * (1 / (n1 * mean1**2) + 1 / (n2 * mean2**2))


def _second_order(
    mean1: Floats, sd1: Floats, n1: Floats, mean2: Floats, sd2: Floats, n2: Floats
) -> Floats:
    """Return the sum of ``q + q² / 2`` over the groups, q = CV² / n (Lajeunesse 2015).

    The variance of the logarithm's parabola; the cubic term would add ``2 q²`` more.
    """
    q1, q2 = (sd1 / mean1) ** 2 / n1, (sd2 / mean2) ** 2 / n2
    return q1 + q1**2 / 2 + q2 + q2**2 / 2


def _variations(mean1: Floats, sd1: Floats, mean2: Floats, sd2: Floats) -> tuple[Floats, Floats]:
    """Return the coefficients of variation, NaN in a study that has no ratio of means."""
    # A mean below 0 has the spread of its mirror image; R lets it cancel the others' CVs.
    ratio = np.where(mean1 / mean2 > 0, 1.0, np.nan)
    return ratio * sd1 / np.abs(mean1), ratio * sd2 / np.abs(mean2)


def _mean_variations(
    mean1: Floats, sd1: Floats, n1: Floats, mean2: Floats, sd2: Floats, n2: Floats
) -> Floats:
    """Return ``CV1² / n1 + CV2² / n2``, each CV the mean of that group over the studies."""
    cv1, cv2 = _variations(mean1, sd1, mean2, sd2)
    return mean_by_size(cv1, n1) ** 2 / n1 + mean_by_size(cv2, n2) ** 2 / n2


def _one_mean_variation(
    mean1: Floats, sd1: Floats, n1: Floats, mean2: Floats, sd2: Floats, n2: Floats
) -> Floats:
    """Return ``CV² (1 / n1 + 1 / n2)`` with the mean CV of all groups of all studies."""
    cv1, cv2 = _variations(mean1, sd1, mean2, sd2)
    both = np.broadcast_arrays(cv1, n1, cv2, n2)
    cv, n = np.concatenate([both[0], both[2]], axis=-1), np.concatenate(both[1::2], axis=-1)
    return mean_by_size(cv, n) ** 2 * (1 / n1 + 1 / n2)


COMMON_AVERAGE = f"{AVERAGE}HO"
RATIO_VARIANCES: Mapping[str, Variance] = MappingProxyType(
    {
        "LS": _own_variations,
        "HO": _one_spread_of_logs,
        "LS2": _second_order,
        AVERAGE: _mean_variations,
        COMMON_AVERAGE: _one_mean_variation,
    }
)


def _ratio_bias(
    mean1: Floats, sd1: Floats, n1: Floats, mean2: Floats, sd2: Floats, n2: Floats
) -> Floats:
    """Return ``(CV1² / n1 - CV2² / n2) / 2``, which a log ratio of means lacks (Lajeunesse)."""
    return 0.5 * ((sd1 / mean1) ** 2 / n1 - (sd2 / mean2) ** 2 / n2)


@nan_where_undefined
def ratio_of_means(
    mean1: Floats,
    sd1: Floats,
    n1: Floats,
    mean2: Floats,
    sd2: Floats,
    n2: Floats,
    *,
    variance: str = DEFAULT_VARIANCE,
    correct: bool = True,
) -> Pair:
    """Return ``log(mean1 / mean2)``, the log response ratio, and its variance, shape (..., k).

    Parameters
    ----------
    mean1, sd1, n1, mean2, sd2, n2 : ndarray, shape (..., k)
        Means, standard deviations, numbers of participants. The outcome needs a true zero.
    variance : {"LS", "HO", "LS2", "AV", "AVHO"}
        With the study's own coefficients of variation; with its pooled standard deviation; to
        the second order; with the mean coefficient of variation of each group over the studies,
        weighted by participants; with that of both groups. Row of ``RATIO_VARIANCES``.
    correct : bool
        Add ``(sd1² / (n1 mean1²) - sd2² / (n2 mean2²)) / 2``, what the logarithms of the means
        lack [2]_.

    Returns
    -------
    y, v : ndarray
        NaN where the means have opposite signs or one is 0.

    Notes
    -----
    "AV" and "AVHO" square the mean of the coefficients of variation, as metafor does. They take
    its absolute value where both means of a study are negative; metafor lets it cancel others.
    A study that lacks an SD is NaN here, though [3]_ would let it borrow that too.

    References
    ----------
    .. [1] Hedges LV, Gurevitch J, Curtis PS (1999). Ecology 80:1150.
       doi:10.1890/0012-9658(1999)080[1150:TMAORR]2.0.CO;2
    .. [2] Lajeunesse MJ (2015). Ecology 96:2056. doi:10.1890/14-2402.1
    .. [3] Nakagawa S, Noble DWA, Lagisz M, et al (2023). Ecol Lett 26:232. doi:10.1111/ele.14144
    """
    spread = look_up(
        RATIO_VARIANCES, variance, argument="variance", what="a variance of the ratio of means"
    )
    bias = _ratio_bias(mean1, sd1, n1, mean2, sd2, n2)
    y = np.log(mean1 / mean2) + correct * bias
    return defined(y, spread(mean1, sd1, n1, mean2, sd2, n2))


def _first_order_spread(n1: Floats, n2: Floats) -> Floats:
    """Return ``1 / (2 (n1 - 1)) + 1 / (2 (n2 - 1))`` (Nakagawa 2015)."""
    return 1 / (2 * (n1 - 1)) + 1 / (2 * (n2 - 1))


def _second_order_spread(n1: Floats, n2: Floats) -> Floats:
    """Return ``n1 / (2 (n1 - 1)²) + n2 / (2 (n2 - 1)²)`` (Senior 2020)."""
    return n1 / (2 * (n1 - 1) ** 2) + n2 / (2 * (n2 - 1) ** 2)


SPREAD_VARIANCES: Mapping[str, Callable[[Floats, Floats], Floats]] = MappingProxyType(
    {"LS": _first_order_spread, "LS2": _second_order_spread}
)


def _first_order_variation(
    mean1: Floats, sd1: Floats, n1: Floats, mean2: Floats, sd2: Floats, n2: Floats
) -> Floats:
    """Return the LS of the log ratio of SDs plus the LS of that of means."""
    return _first_order_spread(n1, n2) + _own_variations(mean1, sd1, n1, mean2, sd2, n2)


def _second_order_variation(
    mean1: Floats, sd1: Floats, n1: Floats, mean2: Floats, sd2: Floats, n2: Floats
) -> Floats:
    """Return the LS2 of the log ratio of SDs plus the LS2 of that of means."""
    return _second_order_spread(n1, n2) + _second_order(mean1, sd1, n1, mean2, sd2, n2)


VARIATION_VARIANCES: Mapping[str, Variance] = MappingProxyType(
    {"LS": _first_order_variation, "LS2": _second_order_variation}
)


def _spread_ratio(sd1: Floats, n1: Floats, sd2: Floats, n2: Floats, correct: bool) -> Floats:
    bias = 1 / (2 * (n1 - 1)) - 1 / (2 * (n2 - 1))
    return np.log(sd1 / sd2) + correct * bias


@nan_where_undefined
def variability_ratio(
    sd1: Floats,
    n1: Floats,
    sd2: Floats,
    n2: Floats,
    *,
    variance: str = DEFAULT_VARIANCE,
    correct: bool = True,
) -> Pair:
    """Return ``log(sd1 / sd2)`` and its variance for normal outcomes, any shape.

    Parameters
    ----------
    sd1, n1, sd2, n2 : ndarray
        Standard deviations and numbers of participants.
    variance : {"LS", "LS2"}
        ``1 / (2 (n1 - 1)) + 1 / (2 (n2 - 1))``, or to the second order [2]_, which adds
        ``1 / (2 (n1 - 1)²) + 1 / (2 (n2 - 1)²)``. Row of ``SPREAD_VARIANCES``.
    correct : bool
        Add ``1 / (2 (n1 - 1)) - 1 / (2 (n2 - 1))``, the bias of the logarithms.

    Returns
    -------
    y, v : ndarray
        NaN for a single participant or an SD of 0.

    References
    ----------
    .. [1] Nakagawa S, Poulin R, Mengersen K, et al (2015). Methods Ecol Evol 6:143.
       doi:10.1111/2041-210X.12309
    .. [2] Senior AM, Viechtbauer W, Nakagawa S (2020). Res Synth Methods 11:553.
       doi:10.1002/jrsm.1423
    """
    spread = look_up(
        SPREAD_VARIANCES, variance, argument="variance", what="a variance of a ratio of SDs"
    )
    return defined(_spread_ratio(sd1, n1, sd2, n2, correct), spread(n1, n2))


@nan_where_undefined
def variation_ratio(
    mean1: Floats,
    sd1: Floats,
    n1: Floats,
    mean2: Floats,
    sd2: Floats,
    n2: Floats,
    *,
    variance: str = DEFAULT_VARIANCE,
    correct: bool = True,
) -> Pair:
    """Return ``log((sd1 / mean1) / (sd2 / mean2))`` and its variance, any shape.

    Parameters
    ----------
    mean1, sd1, n1, mean2, sd2, n2 : ndarray
        Means, standard deviations, numbers of participants. The outcome needs a true zero.
    variance : {"LS", "LS2"}
        Of the log ratio of SDs plus that of the log ratio of means, both to the first or both to
        the second order: for normal outcomes mean and SD are independent, so the terms with
        their correlation in eq. 12 of [1]_ fall away. Row of ``VARIATION_VARIANCES``.
    correct : bool
        The bias of the log ratio of SDs less that of the log ratio of means [2]_; [1]_ has the
        first alone.

    Returns
    -------
    y, v : ndarray
        NaN where the means have opposite signs, one is 0 or an SD is 0.

    References
    ----------
    .. [1] Nakagawa S, Poulin R, Mengersen K, et al (2015). Methods Ecol Evol 6:143.
       doi:10.1111/2041-210X.12309
    .. [2] Senior AM, Viechtbauer W, Nakagawa S (2020). Res Synth Methods 11:553.
       doi:10.1002/jrsm.1423
    """
    spread = look_up(
        VARIATION_VARIANCES, variance, argument="variance", what="a variance of a ratio of CVs"
    )
    bias = _ratio_bias(mean1, sd1, n1, mean2, sd2, n2)
    y = _spread_ratio(sd1, n1, sd2, n2, correct) - np.log(mean1 / mean2)
    return defined(y - correct * bias, spread(mean1, sd1, n1, mean2, sd2, n2))


_POINT = at(MEANS, 36.0, 19.0, 58.0, 44.0, 21.0, 60.0)

ROWS = (
    Measure(
        key="MD",
        name="Mean difference",
        inputs=MEANS,
        function=mean_difference,
        options={"variance": tuple(DIFFERENCE_VARIANCES)},
        scale=IDENTITY,
        unit=Unit.SCALES,
        swap=Swap.SIGN,
        turn=Swap.SIGN,
        design_point=_POINT,
        doi="10.1002/9781119536604.ch6",
    ),
    Measure(
        key="ROM",
        name="Ratio of means",
        inputs=MEANS,
        function=ratio_of_means,
        options={"variance": tuple(RATIO_VARIANCES), "correct": ()},
        scale=LOG,
        swap=Swap.SIGN,
        across=(AVERAGE, COMMON_AVERAGE),
        design_point=_POINT,
        doi="10.1890/0012-9658(1999)080[1150:TMAORR]2.0.CO;2",
    ),
    Measure(
        key="VR",
        name="Ratio of standard deviations",
        inputs=SDS,
        function=variability_ratio,
        options={"variance": tuple(SPREAD_VARIANCES), "correct": ()},
        scale=LOG,
        swap=Swap.SIGN,
        turn=Swap.NONE,
        design_point=at(SDS, 19.0, 58.0, 21.0, 60.0),
        doi="10.1111/2041-210X.12309",
    ),
    Measure(
        key="CVR",
        name="Ratio of coefficients of variation",
        inputs=MEANS,
        function=variation_ratio,
        options={"variance": tuple(VARIATION_VARIANCES), "correct": ()},
        scale=LOG,
        swap=Swap.SIGN,
        design_point=_POINT,
        doi="10.1111/2041-210X.12309",
    ),
)
