"""Correlations and odds ratios from the means of two groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.lookup import look_up
from metaan.core.scale import FISHER, IDENTITY, LOG
from metaan.measures.corrections import UNCORRECTED
from metaan.measures.cut_outcomes import LOGISTIC_FACTOR, NORMAL_FACTOR
from metaan.measures.defined import defined, nan_where_undefined
from metaan.measures.row import MEANS, Measure, Pair, Swap, at
from metaan.measures.standardized import ROUTES, standardized_mean_difference
from metaan.numerics.normal import normal_density, quantile_of_parts


def _stratified(d: Floats, h: Floats, n1: Floats, n2: Floats) -> Floats:
    """Return ``h² (1/n1 + 1/n2 + d² / (2 N)) / (h + d²)³``, ``h = (N - 2) (1/n1 + 1/n2)``.

    That of d, by the delta method.
    """
    return h * h * (1 / n1 + 1 / n2 + d * d / (2 * (n1 + n2))) / (h + d * d) ** 3


def _cross_sectional(d: Floats, h: Floats, n1: Floats, n2: Floats) -> Floats:
    """Return ``(1 - r²)² (1 - 1.5 r² + r² / (4 p q)) / N``, p and q the shares (Tate 1954).

    The shares are drawn with the sample; where they were fixed it has no claim.
    """
    total, r2, rest = n1 + n2, d * d / (h + d * d), h / (h + d * d)
    return rest * rest * (1 - 1.5 * r2 + r2 * total * total / (4 * n1 * n2)) / total


POINT_BISERIAL_VARIANCES: Mapping[str, Callable[[Floats, Floats, Floats, Floats], Floats]] = (
    MappingProxyType({"ST": _stratified, "CS": _cross_sectional})
)
DEFAULT_VARIANCE = next(iter(POINT_BISERIAL_VARIANCES))


def _cohen_and_h(
    mean1: Floats, sd1: Floats, n1: Floats, mean2: Floats, sd2: Floats, n2: Floats
) -> Pair:
    """Return d, uncorrected, and ``h = (N - 2) (1 / n1 + 1 / n2)``, so that r² = d² / (d² + h)."""
    d, _ = standardized_mean_difference(mean1, sd1, n1, mean2, sd2, n2, correction=UNCORRECTED)
    return d, (n1 + n2 - 2) * (1 / n1 + 1 / n2)


def _variance(variance: str, d: Floats, h: Floats, n1: Floats, n2: Floats) -> Floats:
    spread = look_up(
        POINT_BISERIAL_VARIANCES,
        variance,
        argument="variance",
        what="a variance of the point-biserial correlation",
    )
    return spread(d, h, n1, n2)


@nan_where_undefined
def point_biserial(
    mean1: Floats,
    sd1: Floats,
    n1: Floats,
    mean2: Floats,
    sd2: Floats,
    n2: Floats,
    *,
    variance: str = DEFAULT_VARIANCE,
) -> Pair:
    """Return the correlation of the outcome with being in group 1 and its variance, any shape.

    Parameters
    ----------
    mean1, sd1, n1, mean2, sd2, n2 : ndarray
        Means, standard deviations, numbers of participants.
    variance : {"ST", "CS"}
        Stratified, the sizes of the groups were fixed; or cross-sectional, one sample fell into
        groups [1]_. Row of ``POINT_BISERIAL_VARIANCES``.

    Returns
    -------
    y, v : ndarray
        ``r = d / sqrt(d² + h)``, ``h = (N - 2) (1 / n1 + 1 / n2)``, which is the correlation of
        the participants' own values; d is not corrected.

    References
    ----------
    .. [1] Tate RF (1954). Ann Math Stat 25:603. doi:10.1214/aoms/1177728730
    .. [2] Jacobs P, Viechtbauer W (2017). Res Synth Methods 8:161. doi:10.1002/jrsm.1218
    """
    d, h = _cohen_and_h(mean1, sd1, n1, mean2, sd2, n2)
    return defined(d / np.sqrt(d * d + h), _variance(variance, d, h, n1, n2))


@nan_where_undefined
def fisher_point_biserial(
    mean1: Floats,
    sd1: Floats,
    n1: Floats,
    mean2: Floats,
    sd2: Floats,
    n2: Floats,
    *,
    variance: str = DEFAULT_VARIANCE,
) -> Pair:
    """Return ``atanh`` of the point-biserial correlation and its variance, any shape.

    Parameters
    ----------
    mean1, sd1, n1, mean2, sd2, n2 : ndarray
        Means, standard deviations, numbers of participants.
    variance : {"ST", "CS"}
        As for ``point_biserial``; by the delta method, over ``(1 - r²)²``.

    Returns
    -------
    y, v : ndarray
        For company with other correlations; the variance still depends on r.

    References
    ----------
    .. [1] Jacobs P, Viechtbauer W (2017). Res Synth Methods 8:161. doi:10.1002/jrsm.1218
    """
    d, h = _cohen_and_h(mean1, sd1, n1, mean2, sd2, n2)
    v = _variance(variance, d, h, n1, n2) * ((h + d * d) / h) ** 2
    return defined(np.arcsinh(d / np.sqrt(h)), v)


@nan_where_undefined
def biserial(
    mean1: Floats, sd1: Floats, n1: Floats, mean2: Floats, sd2: Floats, n2: Floats
) -> Pair:
    """Return the correlation with the normal variable that was cut into groups, any shape.

    Parameters
    ----------
    mean1, sd1, n1, mean2, sd2, n2 : ndarray
        Means, standard deviations, numbers of participants of one sample, cut in two.

    Returns
    -------
    y, v : ndarray
        ``r = r_pb sqrt(p q) / f``, p and q the shares, z the cut (``P(Z > z) = p``), f the normal
        density there; v is Soper's
        ``(p q / f² + r² (p q z² / f² + (p - q) z / f - 5/2) + r⁴) / (N - 1)``.
        By chance r may exceed 1; v is then that of 1, as in metafor.

    Notes
    -----
    Where the sizes of the groups were fixed, or each group is normal, there was no cut, and v is
    not that of r. Soper's approximation ``(sqrt(p q) / f - r²)² / (N - 1)`` is another [2]_.

    References
    ----------
    .. [1] Soper HE (1914). Biometrika 10:384. doi:10.1093/biomet/10.2-3.384
    .. [2] Jacobs P, Viechtbauer W (2017). Res Synth Methods 8:161. doi:10.1002/jrsm.1218
    """
    r_pb, _ = point_biserial(mean1, sd1, n1, mean2, sd2, n2)
    total = n1 + n2
    p, q = n1 / total, n2 / total
    z = quantile_of_parts(n2, n1)
    f = normal_density(z)
    shares, z_over_f = p * q / (f * f), z / f
    r = r_pb * np.sqrt(shares)
    by_r2 = p * q * z_over_f**2 + (p - q) * z_over_f - 2.5
    r2 = np.minimum(r * r, 1.0)  # beyond 1 the formula may fall below 0
    return defined(r, (shares + r2 * by_r2 + r2 * r2) / (total - 1))


@nan_where_undefined
def fisher_biserial(
    mean1: Floats, sd1: Floats, n1: Floats, mean2: Floats, sd2: Floats, n2: Floats
) -> Pair:
    """Return ``atanh`` of the biserial correlation and its variance, any shape.

    Parameters
    ----------
    mean1, sd1, n1, mean2, sd2, n2 : ndarray
        Means, standard deviations, numbers of participants of one sample, cut in two.

    Returns
    -------
    y, v : ndarray
        v is that of ``biserial`` over ``(1 - r²)²``; NaN where r is 1 or more.

    References
    ----------
    .. [1] Jacobs P, Viechtbauer W (2017). Res Synth Methods 8:161. doi:10.1002/jrsm.1218
    """
    r, v = biserial(mean1, sd1, n1, mean2, sd2, n2)
    return defined(np.arctanh(r), v / ((1 - r) * (1 + r)) ** 2)


def _log_odds(d: Floats, v: Floats, factor: float) -> Pair:
    return factor * d, factor * factor * v


def log_odds_of_normal(
    mean1: Floats, sd1: Floats, n1: Floats, mean2: Floats, sd2: Floats, n2: Floats
) -> Pair:
    """Return ``1.65 d``, the log odds ratio of a normal outcome cut in two, and its variance.

    Parameters
    ----------
    mean1, sd1, n1, mean2, sd2, n2 : ndarray
        Means, standard deviations, numbers of participants, any shape.

    Returns
    -------
    y, v : ndarray
        d is not corrected and v is ``1.65² (1/n1 + 1/n2 + d² / (2 N))``, as in metafor.

    References
    ----------
    .. [1] Sánchez-Meca J, Marín-Martínez F, Chacón-Moscoso S (2003). Psychol Methods 8:448.
       doi:10.1037/1082-989X.8.4.448
    """
    d, v = standardized_mean_difference(mean1, sd1, n1, mean2, sd2, n2, correction=UNCORRECTED)
    return _log_odds(d, v, NORMAL_FACTOR)


def log_odds_of_logistic(
    mean1: Floats, sd1: Floats, n1: Floats, mean2: Floats, sd2: Floats, n2: Floats
) -> Pair:
    """Return ``d pi / sqrt(3)``, the log odds ratio of a logistic outcome cut in two, and v.

    Parameters
    ----------
    mean1, sd1, n1, mean2, sd2, n2 : ndarray
        Means, standard deviations, numbers of participants, any shape.

    Returns
    -------
    y, v : ndarray
        d is not corrected and v is ``pi² / 3 (1/n1 + 1/n2 + d² / (2 N))``, as in metafor.

    References
    ----------
    .. [1] Hasselblad V, Hedges LV (1995). Psychol Bull 117:167. doi:10.1037/0033-2909.117.1.167
    .. [2] Chinn S (2000). Stat Med 19:3127.
       doi:10.1002/1097-0258(20001130)19:22<3127::AID-SIM784>3.0.CO;2-M
    """
    d, v = standardized_mean_difference(mean1, sd1, n1, mean2, sd2, n2, correction=UNCORRECTED)
    return _log_odds(d, v, LOGISTIC_FACTOR)


_POINT = at(MEANS, 36.0, 19.0, 58.0, 44.0, 21.0, 60.0)
_OPTIONS = {"variance": tuple(POINT_BISERIAL_VARIANCES)}

ROWS = (
    Measure(
        key="RPB",
        name="Point-biserial correlation",
        inputs=MEANS,
        function=point_biserial,
        options=_OPTIONS,
        scale=IDENTITY,
        swap=Swap.SIGN,
        turn=Swap.SIGN,
        routes=ROUTES,
        design_point=_POINT,
        doi="10.1214/aoms/1177728730",
    ),
    Measure(
        key="RBIS",
        name="Biserial correlation",
        inputs=MEANS,
        function=biserial,
        scale=IDENTITY,
        swap=Swap.SIGN,
        turn=Swap.SIGN,
        routes=ROUTES,
        design_point=_POINT,
        doi="10.1093/biomet/10.2-3.384",
    ),
    Measure(
        key="ZPB",
        name="Point-biserial correlation",
        inputs=MEANS,
        function=fisher_point_biserial,
        options=_OPTIONS,
        scale=FISHER,
        swap=Swap.SIGN,
        turn=Swap.SIGN,
        routes=ROUTES,
        design_point=_POINT,
        doi="10.1002/jrsm.1218",
    ),
    Measure(
        key="ZBIS",
        name="Biserial correlation",
        inputs=MEANS,
        function=fisher_biserial,
        scale=FISHER,
        swap=Swap.SIGN,
        turn=Swap.SIGN,
        routes=ROUTES,
        design_point=_POINT,
        doi="10.1002/jrsm.1218",
    ),
    Measure(
        key="D2ORN",
        name="Odds ratio (from means, normal outcomes)",
        inputs=MEANS,
        function=log_odds_of_normal,
        scale=LOG,
        swap=Swap.SIGN,
        turn=Swap.SIGN,
        routes=ROUTES,
        design_point=_POINT,
        doi="10.1037/1082-989X.8.4.448",
    ),
    Measure(
        key="D2ORL",
        name="Odds ratio (from means, logistic outcomes)",
        inputs=MEANS,
        function=log_odds_of_logistic,
        scale=LOG,
        swap=Swap.SIGN,
        turn=Swap.SIGN,
        routes=ROUTES,
        design_point=_POINT,
        doi="10.1037/0033-2909.117.1.167",
    ),
)
