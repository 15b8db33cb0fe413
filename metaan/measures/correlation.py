"""Correlations: simple, partial and semi-partial."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.lookup import look_up
from metaan.core.scale import FISHER, IDENTITY
from metaan.measures.defined import defined, nan_where_undefined
from metaan.measures.differences import mean_by_size
from metaan.measures.row import (
    AVERAGE,
    CORRELATION,
    PARTIAL,
    SEMI_PARTIAL,
    Measure,
    Pair,
    Route,
    Swap,
    at,
)
from metaan.numerics.hypergeometric import gauss
from metaan.numerics.tails import t_of_signed_p

Regression = tuple[Floats, Floats, Floats]
Variance = Callable[[Floats, Floats, Floats], Floats]


def _possible(r: Floats, n: Floats, least: float) -> Pair:
    """Return both, NaN unless -1 <= r <= 1 and n is at least this."""
    r, n = np.broadcast_arrays(r, n)
    good = (np.abs(r) <= 1) & (n >= least)
    return np.where(good, r, np.nan), np.where(good, n, np.nan)


def large_sample(y: Floats, r: Floats, n: Floats) -> Floats:
    """Return ``(1 - y²)² / (n - 1)`` (LS)."""
    del r
    return ((1 - y) * (1 + y)) ** 2 / (n - 1)


def average_correlation(y: Floats, r: Floats, n: Floats) -> Floats:
    """Return LS with the mean y of the studies, weighted by n, in each (AV)."""
    return large_sample(mean_by_size(y, n), r, n)


def without_correlation(y: Floats, r: Floats, n: Floats) -> Floats:
    """Return ``(1 - r²) / (n - 2)``, as the t-test has it: unbiased without a correlation (H0).

    With one it is too large, by the factor ``1 / (1 - r²)``.
    """
    del y
    return (1 - r) * (1 + r) / np.where(n > 2, n - 2, np.nan)


def unbiased_variance(y: Floats, r: Floats, n: Floats) -> Floats:
    """Return ``y²`` less the unbiased estimate of the squared correlation (UB, Hedges 1989).

    That is ``1 - (n - 3) / (n - 2) (1 - r²) F(1, 1; n / 2; 1 - r²)``, F the hypergeometric
    function (Olkin and Pratt 1958): exact, not its approximation.
    """
    rest = (1 - r) * (1 + r)
    return y * y - 1 + (n - 3) / (n - 2) * rest * gauss(1.0, 1.0, n / 2, rest)


VARIANCES: Mapping[str, Variance] = MappingProxyType(
    {"LS": large_sample, AVERAGE: average_correlation, "H0": without_correlation}
)
UNBIASED_VARIANCES: Mapping[str, Variance] = MappingProxyType(
    {"LS": large_sample, AVERAGE: average_correlation, "UB": unbiased_variance}
)
DEFAULT_VARIANCE = next(iter(VARIANCES))


@nan_where_undefined
def unbiased(r: Floats, n: Floats) -> Floats:
    """Return ``r F(1/2, 1/2; (n - 2) / 2; 1 - r²)``, any shape; NaN for n < 4.

    The unbiased estimate of a correlation of normal variables, by the hypergeometric function
    itself, not by the approximation ``r (1 + (1 - r²) / (2 (n - 4)))``. At n = 3 it is the sign
    of r whatever r is, which says nothing of how strong; we give NaN, as metafor does.

    References
    ----------
    .. [1] Olkin I, Pratt JW (1958). Ann Math Stat 29:201, eq. 2.3. doi:10.1214/aoms/1177706717
    """
    r, n = _possible(r, n, 4)
    return r * gauss(0.5, 0.5, (n - 2) / 2, (1 - r) * (1 + r))


@nan_where_undefined
def correlation(r: Floats, n: Floats, *, variance: str = DEFAULT_VARIANCE) -> Pair:
    """Return the correlation as it is and by default ``(1 - r²)² / (n - 1)``, shape (..., k).

    Parameters
    ----------
    r, n : ndarray, shape (..., k)
        Correlation and number of participants; NaN comes back unless -1 <= r <= 1, n >= 2.
    variance : {"LS", "AV", "H0"}
        Row of ``VARIANCES``; the formula stands in each row's function. "AV" borrows from the
        other studies, "H0" holds only without a correlation.

    Returns
    -------
    y, v : ndarray
        v is 0 at r = -1 and 1 ("AV" apart).

    Notes
    -----
    LS is some 2% too small at n = 80, r = 0.35, and more so in small studies.

    References
    ----------
    .. [1] Hotelling H (1953). J R Stat Soc B 15:193. doi:10.1111/j.2517-6161.1953.tb00135.x
    """
    spread = look_up(VARIANCES, variance, argument="variance", what="a variance of r")
    r, n = _possible(r, n, 2)
    return defined(r, spread(r, r, n))


@nan_where_undefined
def unbiased_correlation(r: Floats, n: Floats, *, variance: str = DEFAULT_VARIANCE) -> Pair:
    """Return Olkin and Pratt's unbiased correlation and its variance, shape (..., k).

    Parameters
    ----------
    r, n : ndarray, shape (..., k)
        As for ``correlation``, but n >= 4, see ``unbiased``.
    variance : {"LS", "AV", "UB"}
        Row of ``UNBIASED_VARIANCES``: LS and AV at the unbiased y, or the unbiased estimate of
        the variance. "AV" borrows from the other studies.

    Returns
    -------
    y, v : ndarray
        See ``unbiased`` for y; it may not exist at r = 0 for n < 5.

    References
    ----------
    .. [1] Olkin I, Pratt JW (1958). Ann Math Stat 29:201. doi:10.1214/aoms/1177706717
    .. [2] Hedges LV (1989). J Appl Psychol 74:469. doi:10.1037/0021-9010.74.3.469
    """
    spread = look_up(
        UNBIASED_VARIANCES, variance, argument="variance", what="a variance of the unbiased r"
    )
    r, n = _possible(r, n, 4)
    y = unbiased(r, n)
    return defined(y, spread(y, r, n))


@nan_where_undefined
def fisher_z(r: Floats, n: Floats) -> Pair:
    """Return ``atanh(r)`` and ``1 / (n - 3)``, any shape; NaN unless -1 < r < 1, n >= 4.

    References
    ----------
    .. [1] Fisher RA (1921). Metron 1:3. hdl:2440/15169
    .. [2] Fisher RA (1915). Biometrika 10:507. doi:10.1093/biomet/10.4.507
    """
    r, n = _possible(r, n, 4)
    return defined(np.arctanh(r), 1 / (n - 3))


def _residual_df(n: Floats, predictors: Floats) -> Floats:
    """Return ``n - predictors - 1``, NaN unless positive with at least one predictor."""
    df = n - predictors - 1
    return np.where((df > 0) & (predictors >= 1), df, np.nan)


@nan_where_undefined
def partial_correlation(t: Floats, n: Floats, predictors: Floats) -> Pair:
    """Return ``r = t / sqrt(t² + df)`` and ``(1 - r²)² / (df + 1)``, any shape.

    Parameters
    ----------
    t, n, predictors : ndarray
        Test statistic of a regression coefficient, number of participants, and number of
        predictors in the model, this one included; df = n - predictors - 1.

    Returns
    -------
    y, v : ndarray
        The variance of a correlation of n - (predictors - 1) participants: so many are left when
        the other predictors are held.

    References
    ----------
    .. [1] Aloe AM, Thompson CG (2013). J Soc Social Work Res 4:390. doi:10.5243/jsswr.2013.24
    """
    df = _residual_df(n, predictors)
    r = t / np.hypot(t, np.sqrt(df))
    return defined(r, (df / (t * t + df)) ** 2 / (df + 1))


@nan_where_undefined
def fisher_z_of_partial(t: Floats, n: Floats, predictors: Floats) -> Pair:
    """Return ``atanh(r) = asinh(t / sqrt(df))`` and ``1 / (df - 1)``, any shape.

    See ``partial_correlation`` for the parameters; NaN for df < 2.

    References
    ----------
    .. [1] Aloe AM (2014). J Gen Psychol 141:47. doi:10.1080/00221309.2013.853021
    """
    df = _residual_df(n, predictors)
    return defined(np.arcsinh(t / np.sqrt(df)), 1 / np.where(df > 1, df - 1, np.nan))


@nan_where_undefined
def semi_partial_correlation(t: Floats, n: Floats, predictors: Floats, r2: Floats) -> Pair:
    """Return ``s = t sqrt((1 - R²) / df)`` and its variance, any shape.

    Parameters
    ----------
    t, n, predictors : ndarray
        As for ``partial_correlation``.
    r2 : ndarray
        R² of the whole model, NaN unless 0 <= R² < 1.

    Returns
    -------
    y, v : ndarray
        v is ``((1 - R²)² + q (1 - q)) / n`` with q = R² - s², the R² without the predictor.

    Notes
    -----
    No least-squares fit has s² > R². As printed numbers are rounded, and as metafor does, q may
    be negative here; NaN comes back only where v would be negative or s beyond -1 and 1. v is
    too small by the factor ``df / n``, about.

    References
    ----------
    .. [1] Aloe AM, Becker BJ (2012). J Educ Behav Stat 37:278. doi:10.3102/1076998610396901
    """
    left = np.where((r2 >= 0) & (r2 < 1), 1 - r2, np.nan)
    s = t * np.sqrt(left / _residual_df(n, predictors))
    without = r2 - s * s
    v = (left * left + without * (1 - without)) / n
    return defined(np.where(np.abs(s) <= 1, s, np.nan), v)


@nan_where_undefined
def fisher_z_of_semi_partial(t: Floats, n: Floats, predictors: Floats, r2: Floats) -> Pair:
    """Return ``atanh(s)`` and the variance of s over ``(1 - s²)²``, any shape.

    See ``semi_partial_correlation`` for the parameters. The transform does not stabilize the
    variance of a semi-partial correlation.

    References
    ----------
    .. [1] Aloe AM, Becker BJ (2012). J Educ Behav Stat 37:278. doi:10.3102/1076998610396901
    """
    s, v = semi_partial_correlation(t, n, predictors, r2)
    return defined(np.arctanh(s), v / ((1 - s) * (1 + s)) ** 2)


@nan_where_undefined
def _from_t(t: Floats, n: Floats) -> Pair:
    t, n = np.broadcast_arrays(t, n)
    return t / np.hypot(t, np.sqrt(np.where(n > 2, n - 2, np.nan))), n


def _from_signed_p(p: Floats, n: Floats) -> Pair:
    return _from_t(t_of_signed_p(p, n - 2), n)


def _partial_from_signed_p(p: Floats, n: Floats, predictors: Floats) -> Regression:
    return t_of_signed_p(p, _residual_df(n, predictors)), n, predictors


@nan_where_undefined
def _partial_from_itself(r: Floats, n: Floats, predictors: Floats) -> Regression:
    return r * np.sqrt(_residual_df(n, predictors) / ((1 - r) * (1 + r))), n, predictors


_SIGNED_P = "from the two-sided p-value with the sign of the correlation"
_ROUTES = (
    Route(
        inputs=("t", "n"),
        convert=_from_t,
        says="from the t-test of the correlation and the number of participants",
    ),
    Route(
        inputs=("p", "n"),
        convert=_from_signed_p,
        says=f"{_SIGNED_P} and the number of participants",
    ),
)
_PARTIAL_ROUTES = (
    Route(
        inputs=("p", "n", "predictors"),
        convert=_partial_from_signed_p,
        says=f"{_SIGNED_P} and the numbers of participants and predictors",
    ),
    Route(
        inputs=("r", "n", "predictors"),
        convert=_partial_from_itself,
        says="from the partial correlation and the numbers of participants and predictors",
    ),
)
_POINT = at(CORRELATION, 0.35, 80.0)
_PARTIAL_POINT = at(PARTIAL, 2.9, 90.0, 4.0)
_SEMI_PARTIAL_POINT = at(SEMI_PARTIAL, 2.9, 90.0, 4.0, 0.3)

ROWS = (
    Measure(
        key="COR",
        name="Correlation",
        inputs=CORRELATION,
        function=correlation,
        options={"variance": tuple(VARIANCES)},
        scale=IDENTITY,
        swap=Swap.NONE,
        turn=Swap.SIGN,
        zero_variance=True,
        across=(AVERAGE,),
        routes=_ROUTES,
        design_point=_POINT,
        doi="10.1111/j.2517-6161.1953.tb00135.x",
    ),
    Measure(
        key="UCOR",
        name="Correlation (unbiased)",
        inputs=CORRELATION,
        function=unbiased_correlation,
        options={"variance": tuple(UNBIASED_VARIANCES)},
        scale=IDENTITY,
        swap=Swap.NONE,
        turn=Swap.SIGN,
        zero_variance=True,
        across=(AVERAGE,),
        routes=_ROUTES,
        design_point=_POINT,
        doi="10.1214/aoms/1177706717",
    ),
    Measure(
        key="ZCOR",
        name="Correlation",
        inputs=CORRELATION,
        function=fisher_z,
        scale=FISHER,
        swap=Swap.NONE,
        turn=Swap.SIGN,
        routes=_ROUTES,
        design_point=_POINT,
        doi="10.1093/biomet/10.4.507",
    ),
    Measure(
        key="PCOR",
        name="Partial correlation",
        inputs=PARTIAL,
        function=partial_correlation,
        scale=IDENTITY,
        swap=Swap.NONE,
        turn=Swap.SIGN,
        routes=_PARTIAL_ROUTES,
        design_point=_PARTIAL_POINT,
        doi="10.5243/jsswr.2013.24",
    ),
    Measure(
        key="ZPCOR",
        name="Partial correlation",
        inputs=PARTIAL,
        function=fisher_z_of_partial,
        scale=FISHER,
        swap=Swap.NONE,
        turn=Swap.SIGN,
        routes=_PARTIAL_ROUTES,
        design_point=_PARTIAL_POINT,
        doi="10.1080/00221309.2013.853021",
    ),
    Measure(
        key="SPCOR",
        name="Semi-partial correlation",
        inputs=SEMI_PARTIAL,
        function=semi_partial_correlation,
        scale=IDENTITY,
        swap=Swap.NONE,
        turn=Swap.SIGN,
        design_point=_SEMI_PARTIAL_POINT,
        doi="10.3102/1076998610396901",
    ),
    Measure(
        key="ZSPCOR",
        name="Semi-partial correlation",
        inputs=SEMI_PARTIAL,
        function=fisher_z_of_semi_partial,
        scale=FISHER,
        swap=Swap.NONE,
        turn=Swap.SIGN,
        design_point=_SEMI_PARTIAL_POINT,
        doi="10.3102/1076998610396901",
    ),
)
