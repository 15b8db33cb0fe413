"""Means and spreads of one group."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.lookup import look_up
from metaan.core.scale import IDENTITY, LOG, NO_NULL
from metaan.measures.corrections import CORRECTIONS, DEFAULT_CORRECTION, small_sample_factor
from metaan.measures.defined import defined
from metaan.measures.row import ONE_MEAN, ONE_SD, Measure, Pair, Swap, Unit, at


def own_spread(sd: Floats, n: Floats) -> Floats:
    """Return ``sd² / n`` (LS)."""
    return sd * sd / n


def common_spread(sd: Floats, n: Floats) -> Floats:
    """Return ``s² / n``, s² the mean of the studies' sd² weighted by n - 1 (HO).

    Right if the participants scatter alike in all studies of the last axis.
    """
    known = ~(np.isnan(sd) | np.isnan(n))
    df = np.where(known, n - 1, 0.0)
    squares = np.where(known, (n - 1) * sd * sd, 0.0)
    total = np.sum(df, axis=-1, keepdims=True)
    pooled = np.sum(squares, axis=-1, keepdims=True) / np.where(total > 0, total, np.nan)
    return np.where(known, pooled, np.nan) / n


COMMON = "HO"
VARIANCES: Mapping[str, Callable[[Floats, Floats], Floats]] = MappingProxyType(
    {"LS": own_spread, COMMON: common_spread}
)
DEFAULT_VARIANCE = next(iter(VARIANCES))


def _possible(sd: Floats, n: Floats, least: float) -> tuple[Floats, Floats]:
    """Return SD and n, both NaN unless sd >= 0 and n is at least this."""
    good = (sd >= 0) & (n >= least)
    return np.where(good, sd, np.nan), np.where(good, n, np.nan)


def single_mean(mean: Floats, sd: Floats, n: Floats, *, variance: str = DEFAULT_VARIANCE) -> Pair:
    """Return the mean as it is and by default ``sd² / n``, shape (..., k).

    Parameters
    ----------
    mean, sd, n : ndarray, shape (..., k)
        Mean, standard deviation, number of participants; NaN comes back unless sd >= 0, n >= 1.
    variance : {"LS", "HO"}
        Row of ``VARIANCES``; HO takes one SD for all studies of the last axis.

    Returns
    -------
    y, v : ndarray
        In the unit and the squared unit; v is 0 where no one differs.

    References
    ----------
    .. [1] Cochrane Handbook for Systematic Reviews of Interventions, chapter 6.
       doi:10.1002/9781119536604.ch6
    """
    spread = look_up(VARIANCES, variance, argument="variance", what="a variance of a mean")
    sd, n = _possible(sd, n, 1)
    return defined(mean, spread(sd, n))


def log_mean(mean: Floats, sd: Floats, n: Floats) -> Pair:
    """Return ``log(mean)`` and ``sd² / (n mean²)`` (delta method), any shape; mean > 0.

    References
    ----------
    .. [1] Nakagawa S, et al. (2015). Methods Ecol Evol 6:143. doi:10.1111/2041-210X.12309
    """
    sd, n = _possible(sd, n, 1)
    mean = np.where(mean > 0, mean, np.nan)
    return defined(np.log(mean), sd * sd / (n * mean * mean))


def standardized_mean(
    mean: Floats, sd: Floats, n: Floats, *, correction: str | None = DEFAULT_CORRECTION
) -> Pair:
    """Return ``g = J mean / sd`` and ``1 / n + g² / (2 n)``, any shape, in SD units.

    Parameters
    ----------
    mean, sd, n : ndarray
        Mean, standard deviation, number of participants; NaN comes back unless sd > 0, n >= 2.
    correction : {"exact", "approximate", None}
        Small-sample correction J at n - 1 degrees of freedom. Row of ``CORRECTIONS``.

    Notes
    -----
    Without the correction the same formula takes the larger effect. At a large effect v is
    short by some 3 / n of itself: the noncentral t has about ``g² (1 + 3 / n) / (2 n)``.

    References
    ----------
    .. [1] Gibbons RD, Hedeker DR, Davis JM (1993). J Educ Stat 18:271.
       doi:10.3102/10769986018003271
    """
    sd, n = _possible(sd, n, 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        g = small_sample_factor(correction, n - 1) * mean / sd
        return defined(g, 1 / n + g * g / (2 * n))


def log_variation(mean: Floats, sd: Floats, n: Floats) -> Pair:
    """Return the log coefficient of variation, corrected for bias, any shape; mean > 0.

    ``y = log(sd / mean) + 1 / (2 (n - 1))``, ``v = 1 / (2 (n - 1)) + sd² / (n mean²)``: the
    paper's equation 27 without its correlation of mean and SD, which normal data do not have.

    References
    ----------
    .. [1] Nakagawa S, et al. (2015). Methods Ecol Evol 6:143. doi:10.1111/2041-210X.12309
    """
    log_sd, spread = log_deviation(sd, n)
    y, v = log_mean(mean, sd, n)
    return defined(log_sd - y, spread + v)


def log_deviation(sd: Floats, n: Floats) -> Pair:
    """Return ``log(sd) + 1 / (2 (n - 1))`` and ``1 / (2 (n - 1))``, any shape; sd > 0, n >= 2.

    References
    ----------
    .. [1] Raudenbush SW, Bryk AS (1987). J Educ Stat 12:241. doi:10.3102/10769986012003241
    """
    sd, n = _possible(sd, n, 2)
    half = 1 / (2 * (n - 1))
    with np.errstate(divide="ignore"):
        return defined(np.log(sd) + half, half)


_POINT = at(ONE_MEAN, 44.0, 16.0, 80.0)

ROWS: tuple[Measure, ...] = (
    Measure(
        key="MN",
        name="Mean",
        inputs=ONE_MEAN,
        function=single_mean,
        options={"variance": tuple(VARIANCES)},
        scale=IDENTITY.with_null(NO_NULL),
        unit=Unit.SCALES,
        swap=Swap.NONE,
        zero_variance=True,
        across=(COMMON,),
        design_point=_POINT,
        doi="10.1002/9781119536604.ch6",
    ),
    Measure(
        key="MNLN",
        name="Mean",
        inputs=ONE_MEAN,
        function=log_mean,
        scale=LOG.with_null(NO_NULL),
        unit=Unit.SHIFTS,
        swap=Swap.NONE,
        zero_variance=True,
        design_point=_POINT,
        doi="10.1111/2041-210X.12309",
    ),
    Measure(
        key="SMN",
        name="Standardized mean",
        inputs=ONE_MEAN,
        function=standardized_mean,
        options={"correction": tuple(CORRECTIONS)},
        scale=IDENTITY.with_null(NO_NULL),
        swap=Swap.NONE,
        design_point=_POINT,
        doi="10.3102/10769986018003271",
    ),
    Measure(
        key="CVLN",
        name="Coefficient of variation",
        inputs=ONE_MEAN,
        function=log_variation,
        scale=LOG.with_null(NO_NULL),
        swap=Swap.NONE,
        design_point=_POINT,
        doi="10.1111/2041-210X.12309",
    ),
    Measure(
        key="SDLN",
        name="Standard deviation",
        inputs=ONE_SD,
        function=log_deviation,
        scale=LOG.with_null(NO_NULL),
        unit=Unit.SHIFTS,
        swap=Swap.NONE,
        design_point=at(ONE_SD, 16.0, 80.0),
        doi="10.3102/10769986012003241",
    ),
)
