"""Probability of superiority: the common language effect size and the area under the curve.

Two names for one number: the chance that someone of group 1 has a higher value than someone of
group 2, ties counted half.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from scipy.special import ndtr

from metaan.core.arrays import Floats
from metaan.core.lookup import look_up
from metaan.core.scale import IDENTITY
from metaan.measures.corrections import UNCORRECTED
from metaan.measures.defined import defined, nan_where_undefined
from metaan.measures.row import AREA, MEANS, PAIRED, Measure, Pair, Swap, at
from metaan.measures.standardized import difference_by_average_sd, standardized_mean_difference
from metaan.numerics.normal import normal_density


def _newcombe(a: Floats, n1: Floats, n2: Floats) -> Floats:
    """Return Hanley and McNeil's variance with the mean size for both sizes above the line.

    ``a (1 - a) (1 + m (1 - a) / (2 - a) + m a / (1 + a)) / ((n1 - 1) (n2 - 1))``, m the mean size
    less 1 (Newcombe's method 4).
    """
    m = (n1 + n2) / 2 - 1
    return a * (1 - a) * (1 + m * (1 - a) / (2 - a) + m * a / (1 + a)) / ((n1 - 1) * (n2 - 1))


def _hanley(a: Floats, n1: Floats, n2: Floats) -> Floats:
    """Return Hanley and McNeil's variance, which is that of exponential outcomes.

    ``(a (1 - a) + (n1 - 1) (q1 - a²) + (n2 - 1) (q2 - a²)) / ((n1 - 1) (n2 - 1))`` with
    ``q1 = a / (2 - a)`` and ``q2 = 2 a² / (1 + a)``: two of one group beat one of the other.
    """
    m1, m2 = n1 - 1, n2 - 1
    # q1 - a² and q2 - a², written so that they do not cancel as a nears 1
    excess1, excess2 = a * (1 - a) ** 2 / (2 - a), a * a * (1 - a) / (1 + a)
    return (a * (1 - a) + m1 * excess1 + m2 * excess2) / (m1 * m2)


AREA_VARIANCES: Mapping[str, Callable[[Floats, Floats, Floats], Floats]] = MappingProxyType(
    {"LS": _newcombe, "LS2": _hanley}
)
DEFAULT_VARIANCE = next(iter(AREA_VARIANCES))


@nan_where_undefined
def given_superiority(
    auc: Floats, n1: Floats, n2: Floats, *, variance: str = DEFAULT_VARIANCE
) -> Pair:
    """Return the printed probability of superiority and its variance, any shape.

    Parameters
    ----------
    auc : ndarray
        Between 0 and 1: the area under the curve, or U / (n1 n2) of Mann and Whitney.
    n1, n2 : ndarray
        Numbers of participants; group 1 has the higher values where auc > 0.5.
    variance : {"LS", "LS2"}
        Newcombe's form [2]_ or Hanley and McNeil's [1]_, both over ``(n1 - 1) (n2 - 1)`` [3]_.
        Row of ``AREA_VARIANCES``.

    Returns
    -------
    y, v : ndarray
        v is 0 at an area of 0 or 1; NaN outside, and for a group of one.

    Notes
    -----
    Both suppose exponential outcomes and [3]_'s line below makes them a little larger than the
    spread of normal ones (``n1 n2`` is [1]_'s). The first is the same with the sizes exchanged,
    as that of normal outcomes is. metafor's LS and LS2.

    References
    ----------
    .. [1] Hanley JA, McNeil BJ (1982). Radiology 143:29. doi:10.1148/radiology.143.1.7063747
    .. [2] Newcombe RG (2006). Stat Med 25:559. doi:10.1002/sim.2324
    .. [3] Cho H, Matthews GJ, Harel O (2019). Int Stat Rev 87:152. doi:10.1111/insr.12277
    """
    spread = look_up(AREA_VARIANCES, variance, argument="variance", what="a variance of the area")
    a = np.where((auc >= 0) & (auc <= 1), auc, np.nan)
    return defined(a, spread(a, n1, n2))


_Standardized = Callable[[Floats, Floats, Floats, Floats, Floats, Floats], Pair]


def _unequal_spreads(
    mean1: Floats, sd1: Floats, n1: Floats, mean2: Floats, sd2: Floats, n2: Floats
) -> Pair:
    """Return d over the root of the mean variance and its variance: the spreads may differ."""
    return difference_by_average_sd(mean1, sd1, n1, mean2, sd2, n2, correction=UNCORRECTED)


def _one_spread(
    mean1: Floats, sd1: Floats, n1: Floats, mean2: Floats, sd2: Floats, n2: Floats
) -> Pair:
    """Return d over the pooled SD and its variance: both groups have one spread."""
    return standardized_mean_difference(mean1, sd1, n1, mean2, sd2, n2, correction=UNCORRECTED)


# The difference in SDs and its variance, of which the probability is a function.
SPREADS: Mapping[str, _Standardized] = MappingProxyType(
    {"LS": _unequal_spreads, "HO": _one_spread}
)


@nan_where_undefined
def normal_superiority(
    mean1: Floats,
    sd1: Floats,
    n1: Floats,
    mean2: Floats,
    sd2: Floats,
    n2: Floats,
    *,
    variance: str = DEFAULT_VARIANCE,
) -> Pair:
    """Return the probability of superiority of normal outcomes and its variance, any shape.

    Parameters
    ----------
    mean1, sd1, n1, mean2, sd2, n2 : ndarray
        Means, standard deviations, numbers of participants.
    variance : {"LS", "HO"}
        The spreads may differ, or are one (which changes y too). Row of ``SPREADS``.

    Returns
    -------
    y, v : ndarray
        ``Phi(d / sqrt(2))`` with d the difference over the root of the mean variance, or over
        the pooled SD; v by the delta method, ``phi(d / sqrt(2))² / 2`` times the variance of d
        ([2]_, which makes it [3]_'s with n - 1 for n; or Hedges' 1982). It ends as 0 for groups
        some 40 SDs apart.

    References
    ----------
    .. [1] McGraw KO, Wong SP (1992). Psychol Bull 111:361. doi:10.1037/0033-2909.111.2.361
    .. [2] Bonett DG (2008). Psychol Methods 13:99. doi:10.1037/1082-989X.13.2.99
    .. [3] Goddard MJ, Hinberg I (1990). Stat Med 9:325. doi:10.1002/sim.4780090315
    """
    standardize = look_up(
        SPREADS, variance, argument="variance", what="a variance of the probability"
    )
    d, v = standardize(mean1, sd1, n1, mean2, sd2, n2)
    z = d / np.sqrt(2)
    return defined(ndtr(z), normal_density(z) ** 2 * v / 2)


@nan_where_undefined
def paired_normal_superiority(
    mean1: Floats, sd1: Floats, mean2: Floats, sd2: Floats, r: Floats, n: Floats
) -> Pair:
    """Return the probability of superiority of two correlated measurements, any shape.

    Parameters
    ----------
    mean1, sd1, mean2, sd2 : ndarray
        Means and standard deviations of the two measurements.
    r, n : ndarray
        Their correlation, number of participants.

    Returns
    -------
    y, v : ndarray
        ``y = Phi(z)``, ``z = (mean1 - mean2) / s``, ``s² = sd1² + sd2²``: of a first measurement
        over a second one *of someone else*, so r enters v alone, the squared normal density at z
        times ``(s² - 2 r sd1 sd2) / (m s²)`` +
        ``z² (sd1⁴ + sd2⁴ + 2 r² sd1² sd2²) / (2 m s⁴)``, m = n - 1.

    References
    ----------
    .. [1] McGraw KO, Wong SP (1992). Psychol Bull 111:361. doi:10.1037/0033-2909.111.2.361
    """
    var1, var2, m = sd1 * sd1, sd2 * sd2, n - 1
    total, shared = var1 + var2, np.where(np.abs(r) <= 1, r * sd1 * sd2, np.nan)
    z = (mean1 - mean2) / np.sqrt(total)
    of_means = (total - 2 * shared) / (m * total)
    of_spreads = z * z * (var1**2 + var2**2 + 2 * shared**2) / (2 * m * total**2)
    return defined(ndtr(z), normal_density(z) ** 2 * (of_means + of_spreads))


_SUPERIORITY, _AREA = "Common language effect size", "Area under the curve"
_SCALE = IDENTITY.with_null(0.5)
_AREA_OPTIONS = {"variance": tuple(AREA_VARIANCES)}
_MEANS_OPTIONS = {"variance": tuple(SPREADS)}
_AREA_POINT = at(AREA, 0.7, 58.0, 60.0)
_MEANS_POINT = at(MEANS, 44.0, 19.0, 58.0, 36.0, 21.0, 60.0)

ROWS = (
    Measure(
        key="CLES",
        name=_SUPERIORITY,
        inputs=AREA,
        function=given_superiority,
        options=_AREA_OPTIONS,
        scale=_SCALE,
        swap=Swap.COMPLEMENT,
        turn=Swap.COMPLEMENT,
        zero_variance=True,
        design_point=_AREA_POINT,
        doi="10.1037/0033-2909.111.2.361",
    ),
    Measure(
        key="AUC",
        name=_AREA,
        inputs=AREA,
        function=given_superiority,
        options=_AREA_OPTIONS,
        scale=_SCALE,
        swap=Swap.COMPLEMENT,
        turn=Swap.COMPLEMENT,
        zero_variance=True,
        design_point=_AREA_POINT,
        doi="10.1148/radiology.143.1.7063747",
    ),
    Measure(
        key="CLESN",
        name=f"{_SUPERIORITY} (normal outcomes)",
        inputs=MEANS,
        function=normal_superiority,
        options=_MEANS_OPTIONS,
        scale=_SCALE,
        swap=Swap.COMPLEMENT,
        turn=Swap.COMPLEMENT,
        zero_variance=True,
        design_point=_MEANS_POINT,
        doi="10.1037/0033-2909.111.2.361",
    ),
    Measure(
        key="AUCN",
        name=f"{_AREA} (normal outcomes)",
        inputs=MEANS,
        function=normal_superiority,
        options=_MEANS_OPTIONS,
        scale=_SCALE,
        swap=Swap.COMPLEMENT,
        turn=Swap.COMPLEMENT,
        zero_variance=True,
        design_point=_MEANS_POINT,
        doi="10.1002/sim.4780090315",
    ),
    Measure(
        key="CLESCN",
        name=f"{_SUPERIORITY} (paired normal outcomes)",
        inputs=PAIRED,
        function=paired_normal_superiority,
        scale=_SCALE,
        swap=Swap.COMPLEMENT,
        turn=Swap.COMPLEMENT,
        zero_variance=True,
        design_point=at(PAIRED, 44.0, 19.0, 36.0, 21.0, 0.6, 80.0),
        doi="10.1037/0033-2909.111.2.361",
    ),
)
