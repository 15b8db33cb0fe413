"""Straight lines through funnels, many analyses at once: multiplicative or additive spread."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.numerics.tails import log_two_sided, statistic_of, t_quantile
from metaan.tau2.studies import make_studies
from metaan.univariate.kernel import Plan
from metaan.univariate.regression_kernel import regress_arrays

LEAST = 3  # points of a line that leave a degree of freedom
# Spread of the predictor, relative to its largest value, below which all are taken as equal.
EQUAL = 1e-10
ROUNDING = 16 * np.finfo(float).eps  # of a residual, relative to the terms it is the sum of


class Lines(NamedTuple):
    """Lines ``y = intercept + slope x`` of n analyses; NaN where there is no line.

    Arrays have the shape (n,); the coefficients' have (n, 2), intercept first.

    Attributes
    ----------
    value, se, low, high, statistic, log_p_value : ndarray, shape (n, 2)
        The coefficients, their limits and two-sided tests against 0.
    df : ndarray, shape (n, 2)
        Degrees of freedom of the tests; ``inf`` for the normal distribution.
    dispersion : ndarray
        Factor of the sampling variances, ``sum w r² / (k - 2)``; 1 for an additive spread.
    tau2 : ndarray
        Between-study variance that was added; 0 for a multiplicative spread.
    """

    value: Floats
    se: Floats
    low: Floats
    high: Floats
    statistic: Floats
    log_p_value: Floats
    df: Floats
    dispersion: Floats
    tau2: Floats


def weighted_lines(
    y: Floats, x: Floats, w: Floats, present: Floats | None = None, *, level: float
) -> Lines:
    """Return weighted least-squares lines whose spread is estimated: Egger's regression.

    Parameters
    ----------
    y, x, w : ndarray, shape (n, k)
        Effects, predictors and weights (> 0).
    present : ndarray, shape (n, k), optional
        Mask of ones and zeros; all present by default.
    level : float
        Coverage of the limits.

    Returns
    -------
    Lines
        NaN for fewer than three points, and where all predictors are equal.

    Notes
    -----
    ``sum w (y - a - b x)²`` is least; the covariance is ``s² (X'W X)^-1`` with
    ``s² = sum w r² / (k - 2)``, and tests are by t(k - 2). With x the standard error and
    w = 1 / x² this is the regression of y / x on 1 / x whose intercept, here b, Egger [1]_ tests.
    Points that lie on a line but for rounding have standard errors of 0.

    References
    ----------
    .. [1] Egger M, Davey Smith G, Schneider M, Minder C (1997). BMJ 315:629.
       doi:10.1136/bmj.315.7109.629

    Examples
    --------
    >>> import numpy as np
    >>> se = np.array([[0.1, 0.2, 0.3, 0.4]])
    >>> y = np.array([[0.2, 0.5, 0.5, 0.9]])
    >>> weighted_lines(y, se, 1 / se**2, level=0.95).value.round(3)
    array([[-0.005,  2.128]])
    """
    here = np.ones(y.shape, dtype=bool) if present is None else np.asarray(present) > 0
    w, heaviest = _scaled(np.where(here, w, 0.0))
    (y, start, y_unit), (x, zero, x_unit) = _centered(y, here), _centered(x, here)
    total = np.add.reduce(w, axis=-1)
    mean_x, mean_y = np.vecdot(w, x) / total, np.vecdot(w, y) / total
    apart = np.where(here, x - mean_x[:, None], 0.0)
    off = np.where(here, y - mean_y[:, None], 0.0)
    about = np.vecdot(w, apart * apart)
    df = np.add.reduce(here, axis=-1) - 2.0
    defined = (df >= 1) & ~flat(x * x_unit[:, None] + zero[:, None], here)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(defined, np.vecdot(w, apart * off) / about, np.nan)
        fitted = slope[:, None] * apart
        rest = off - fitted
        spread = np.vecdot(w, rest * rest)
        noise = ROUNDING * (np.abs(y) + np.abs(fitted))
        spread = np.where(spread <= np.vecdot(w, noise * noise), 0.0, spread) / df
        far = mean_x + zero / x_unit
        intercept = start + y_unit * (mean_y - slope * far)
        value = np.stack([intercept, slope * y_unit / x_unit], axis=-1)
        size = np.stack([y_unit * np.sqrt(1 / total + far * far / about),
                         y_unit / x_unit * np.sqrt(1 / about)], axis=-1)  # fmt: skip
        se = size * np.sqrt(spread)[:, None]
    freedom = np.where(defined[:, None], np.stack([df, df], axis=-1), np.nan)
    half = t_quantile(level, freedom) * se
    statistic = np.where(np.isnan(se), np.nan, statistic_of(value, se))
    return Lines(
        value=value,
        se=se,
        low=value - half,
        high=value + half,
        statistic=statistic,
        log_p_value=log_two_sided(statistic, freedom),
        df=freedom,
        dispersion=spread * (y_unit * heaviest) * y_unit,
        tau2=np.zeros(len(y)),
    )


def mixed_lines(
    y: Floats, x: Floats, v: Floats, present: Floats | None = None, *, plan: Plan
) -> Lines:
    """Return meta-regressions on one predictor: the spread is a between-study variance.

    Parameters
    ----------
    y, x, v : ndarray, shape (n, k)
        Effects, predictors and sampling variances.
    present : ndarray, shape (n, k), optional
        Mask of ones and zeros; all present by default.
    plan : Plan
        Estimator of tau², inference and level.

    Returns
    -------
    Lines
        NaN for fewer than three points, and where all predictors are equal.
    """
    here = np.ones(y.shape, dtype=bool) if present is None else np.asarray(present) > 0
    lost = np.asarray((np.add.reduce(here, axis=-1) < LEAST) | flat(x, here))
    if x.shape[1] < LEAST:
        return _no_lines(len(y))
    # A line that does not exist must not spoil the batch: it goes through other numbers, unread.
    here = here | lost[:, None]
    y, v = (np.where(lost[:, None], each, values) for each, values in ((0.0, y), (1.0, v)))
    x = np.where(lost[:, None], np.arange(x.shape[1]), x)
    off, start, unit = _centered(y, here)
    design = np.stack([np.ones(x.shape), x], axis=-1)
    studies = make_studies(off * unit[:, None], v, here.astype(float), x=design)
    found = regress_arrays(studies, plan)
    shift = np.stack([start, np.zeros(len(y))], axis=-1)
    value = found.value + shift
    statistic = statistic_of(value, found.se)
    lines = Lines(
        value=value,
        se=found.se,
        low=found.low + shift,
        high=found.high + shift,
        statistic=statistic,
        log_p_value=log_two_sided(statistic, found.df),
        df=found.df,
        dispersion=np.ones(len(y)),
        tau2=found.tau2,
    )
    return Lines(*(_without(each, lost) for each in lines))


def flat(x: Floats, here: Booleans) -> Booleans:
    """Return where all predictors are equal, but for rounding; shape (n,)."""
    low = np.minimum.reduce(np.where(here, x, np.inf), axis=-1)
    high = np.maximum.reduce(np.where(here, x, -np.inf), axis=-1)
    with np.errstate(invalid="ignore"):
        return np.asarray(~(high - low > EQUAL * np.maximum(np.abs(low), np.abs(high))))


def _no_lines(n: int) -> Lines:
    nothing, pair = np.full(n, np.nan), np.full((n, 2), np.nan)
    return Lines(*(pair,) * 7, dispersion=nothing, tau2=nothing)


def _without(values: Floats, lost: Booleans) -> Floats:
    return np.where(lost.reshape(-1, *(1,) * (values.ndim - 1)), np.nan, values)


def _scaled(w: Floats) -> tuple[Floats, Floats]:
    """Return weights of at most 1, and what they were divided by, shape (n,)."""
    most = np.maximum.reduce(w, axis=-1)
    unit = np.exp2(np.floor(np.log2(np.where(most > 0, most, 1.0))))
    return w / unit[:, None], unit


def _centered(values: Floats, here: Booleans) -> tuple[Floats, Floats, Floats]:
    """Return values less the first one, of size near 1; that first one; the unit, shape (n,).

    Equal values become exact zeros, so that no line is drawn through rounding errors.
    """
    first = np.take_along_axis(values, np.argmax(here, axis=-1)[:, None], axis=-1)
    first = np.where(np.any(here, axis=-1, keepdims=True), first, 0.0)
    apart = np.where(here, values - first, 0.0)
    size = np.maximum.reduce(np.abs(apart), axis=-1)
    unit = np.exp2(np.floor(np.log2(np.where(size > 0, size, 1.0))))
    return apart / unit[:, None], first[:, 0], unit
