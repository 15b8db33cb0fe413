"""Ratios of two paired means and of two paired spreads.

1 is the later measurement (or the treatment), 2 the earlier one (or the control); r is the
correlation between the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.lookup import look_up
from metaan.core.scale import LOG
from metaan.measures.defined import defined, nan_where_undefined
from metaan.measures.paired_inputs import change_variance, possible
from metaan.measures.row import PAIRED, PAIRED_SDS, Measure, Pair, Swap, at

MeanVariance = Callable[[Floats, Floats, Floats, Floats, Floats, Floats], Floats]
SpreadVariance = Callable[[Floats, Floats, Floats, Floats], Floats]


def of_means(
    mean1: Floats, sd1: Floats, mean2: Floats, sd2: Floats, r: Floats, n: Floats
) -> Floats:
    """Return ``(CV1² + CV2² - 2 r CV1 CV2) / n``, CV = sd / mean (LS, Lajeunesse 2011)."""
    return change_variance(sd1 / mean1, sd2 / mean2, r) / n


def of_means_second_order(
    mean1: Floats, sd1: Floats, mean2: Floats, sd2: Floats, r: Floats, n: Floats
) -> Floats:
    """Return LS and ``(CV1⁴ + CV2⁴ + r² sd1² sd2² (1/mean1⁴ + 1/mean2⁴)) / (2 n²)`` (LS2).

    As published (Senior 2020). A Taylor series has ``-2 r² CV1² CV2²`` in place of the last
    term, so that equal measurements would cancel; the difference is of the order 1 / n².
    """
    q1, q2 = (sd1 / mean1) ** 2, (sd2 / mean2) ** 2
    last = (r * sd1 * sd2) ** 2 * (1 / mean1**4 + 1 / mean2**4)
    return of_means(mean1, sd1, mean2, sd2, r, n) + (q1 * q1 + q2 * q2 + last) / (2 * n * n)


def of_spreads(sd1: Floats, sd2: Floats, r: Floats, n: Floats) -> Floats:
    """Return ``(1 - r²) / (n - 1)`` (LS)."""
    del sd1, sd2
    return (1 - r) * (1 + r) / (n - 1)


def of_spreads_second_order(sd1: Floats, sd2: Floats, r: Floats, n: Floats) -> Floats:
    """Return LS and ``(2 + r⁴ (sd1⁴ / sd2⁴ + sd2⁴ / sd1⁴)) / (2 (n - 1)²)`` (LS2).

    As published (Senior 2020). A Taylor series has ``-2 r⁴`` in place of the last term: the ratio
    of two SDs over its true value does not depend on the spreads; the difference is of the order
    1 / n².
    """
    ratio = (sd1 / sd2) ** 4
    last = r**4 * (ratio + 1 / ratio)
    return of_spreads(sd1, sd2, r, n) + (2 + last) / (2 * (n - 1) ** 2)


MEAN_VARIANCES: Mapping[str, MeanVariance] = MappingProxyType(
    {"LS": of_means, "LS2": of_means_second_order}
)
SPREAD_VARIANCES: Mapping[str, SpreadVariance] = MappingProxyType(
    {"LS": of_spreads, "LS2": of_spreads_second_order}
)


def of_variations(
    mean1: Floats, sd1: Floats, mean2: Floats, sd2: Floats, r: Floats, n: Floats
) -> Floats:
    """Return the LS of the log ratio of SDs plus the LS of that of means (LS)."""
    return of_spreads(sd1, sd2, r, n) + of_means(mean1, sd1, mean2, sd2, r, n)


def of_variations_second_order(
    mean1: Floats, sd1: Floats, mean2: Floats, sd2: Floats, r: Floats, n: Floats
) -> Floats:
    """Return the LS2 of the log ratio of SDs plus the LS2 of that of means (LS2)."""
    means = of_means_second_order(mean1, sd1, mean2, sd2, r, n)
    return of_spreads_second_order(sd1, sd2, r, n) + means


VARIATION_VARIANCES: Mapping[str, MeanVariance] = MappingProxyType(
    {"LS": of_variations, "LS2": of_variations_second_order}
)
DEFAULT_VARIANCE = next(iter(MEAN_VARIANCES))
_OF_RATIO = "a variance of a ratio of paired measurements"


def _mean_bias(mean1: Floats, sd1: Floats, mean2: Floats, sd2: Floats, n: Floats) -> Floats:
    """Return ``(CV1² - CV2²) / (2 n)``: log(mean) is too low by CV² / (2 n)."""
    return ((sd1 / mean1) ** 2 - (sd2 / mean2) ** 2) / (2 * n)


@nan_where_undefined
def ratio_of_means(
    mean1: Floats,
    sd1: Floats,
    mean2: Floats,
    sd2: Floats,
    r: Floats,
    n: Floats,
    *,
    correct: bool = True,
    variance: str = DEFAULT_VARIANCE,
) -> Pair:
    """Return the log ratio of the later to the earlier mean and its variance, any shape.

    Parameters
    ----------
    mean1, sd1, mean2, sd2, r, n : ndarray
        Means and standard deviations of the later and the earlier measurement, their
        correlation, number of participants (or pairs). NaN comes back unless the means have one
        sign, SDs >= 0, -1 <= r <= 1 and n >= 2.
    correct : bool
        Add ``(CV1² - CV2²) / (2 n)``, which takes the bias of the logarithms away.
    variance : {"LS", "LS2"}
        Row of ``MEAN_VARIANCES``; the formula stands in each row's function.

    Returns
    -------
    y, v : ndarray
        ``log(mean1 / mean2)``, corrected, and its variance.

    References
    ----------
    .. [1] Lajeunesse MJ (2011). Ecology 92:2049. doi:10.1890/11-0423.1
    .. [2] Senior AM, Viechtbauer W, Nakagawa S (2020). Res Synth Methods 11:553.
       doi:10.1002/jrsm.1423
    """
    spread = look_up(MEAN_VARIANCES, variance, argument="variance", what=_OF_RATIO)
    sd1, sd2, r, n = possible(sd1, sd2, r, n)
    y = np.log(mean1 / mean2)
    if correct:
        y = y + _mean_bias(mean1, sd1, mean2, sd2, n)
    return defined(y, spread(mean1, sd1, mean2, sd2, r, n))


@nan_where_undefined
def ratio_of_deviations(
    sd1: Floats, sd2: Floats, r: Floats, n: Floats, *, variance: str = DEFAULT_VARIANCE
) -> Pair:
    """Return ``log(sd1 / sd2)`` and its variance, any shape.

    Parameters
    ----------
    sd1, sd2, r, n : ndarray
        As for ``ratio_of_means``. The biases of the two logarithms are the same and cancel.
    variance : {"LS", "LS2"}
        Row of ``SPREAD_VARIANCES``; the formula stands in each row's function.

    Returns
    -------
    y, v : ndarray
        NaN where an SD is 0; v ("LS") is 0 at r = -1 and 1.

    References
    ----------
    .. [1] Nakagawa S, et al. (2015). Methods Ecol Evol 6:143. doi:10.1111/2041-210X.12309
    .. [2] Senior AM, Viechtbauer W, Nakagawa S (2020). Res Synth Methods 11:553.
       doi:10.1002/jrsm.1423
    """
    spread = look_up(SPREAD_VARIANCES, variance, argument="variance", what=_OF_RATIO)
    sd1, sd2, r, n = possible(sd1, sd2, r, n)
    return defined(np.log(sd1 / sd2), spread(sd1, sd2, r, n))


@nan_where_undefined
def ratio_of_variations(
    mean1: Floats,
    sd1: Floats,
    mean2: Floats,
    sd2: Floats,
    r: Floats,
    n: Floats,
    *,
    correct: bool = True,
    variance: str = DEFAULT_VARIANCE,
) -> Pair:
    """Return the log ratio of the coefficients of variation and its variance, any shape.

    Parameters
    ----------
    mean1, sd1, mean2, sd2, r, n : ndarray
        As for ``ratio_of_means``.
    correct : bool
        Subtract ``(CV1² - CV2²) / (2 n)``, which takes the bias of the logarithms away.
    variance : {"LS", "LS2"}
        Row of ``VARIATION_VARIANCES``: the variances of the other two ratios are added, as means
        and SDs of normal data are independent.

    Returns
    -------
    y, v : ndarray
        ``log((sd1 / mean1) / (sd2 / mean2))``, corrected, and its variance.

    References
    ----------
    .. [1] Nakagawa S, et al. (2015). Methods Ecol Evol 6:143. doi:10.1111/2041-210X.12309
    .. [2] Senior AM, Viechtbauer W, Nakagawa S (2020). Res Synth Methods 11:553.
       doi:10.1002/jrsm.1423
    """
    spread = look_up(VARIATION_VARIANCES, variance, argument="variance", what=_OF_RATIO)
    sd1, sd2, r, n = possible(sd1, sd2, r, n)
    y = np.log((sd1 / mean1) / (sd2 / mean2))
    if correct:
        y = y - _mean_bias(mean1, sd1, mean2, sd2, n)
    return defined(y, spread(mean1, sd1, mean2, sd2, r, n))


_POINT = at(PAIRED, 44.0, 18.0, 52.0, 19.0, 0.55, 80.0)

ROWS = (
    Measure(
        key="ROMC",
        name="Ratio of means (paired)",
        inputs=PAIRED,
        function=ratio_of_means,
        options={"correct": (), "variance": tuple(MEAN_VARIANCES)},
        scale=LOG,
        swap=Swap.SIGN,
        zero_variance=True,
        design_point=_POINT,
        doi="10.1890/11-0423.1",
    ),
    Measure(
        key="VRC",
        name="Variability ratio (paired)",
        inputs=PAIRED_SDS,
        function=ratio_of_deviations,
        options={"variance": tuple(SPREAD_VARIANCES)},
        scale=LOG,
        swap=Swap.SIGN,
        turn=Swap.NONE,
        zero_variance=True,
        design_point=at(PAIRED_SDS, 18.0, 19.0, 0.55, 80.0),
        doi="10.1002/jrsm.1423",
    ),
    Measure(
        key="CVRC",
        name="Coefficient of variation ratio (paired)",
        inputs=PAIRED,
        function=ratio_of_variations,
        options={"correct": (), "variance": tuple(VARIATION_VARIANCES)},
        scale=LOG,
        swap=Swap.SIGN,
        zero_variance=True,
        design_point=_POINT,
        doi="10.1002/jrsm.1423",
    ),
)
