"""p-values and quantiles of the normal, t and chi-square distributions, tails in logarithms.

Every p-value is computed as an upper tail, never as ``1 - cdf``; the logarithm stays finite
where the p-value itself underflows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy import special

from metaan.core.arrays import ArrayLike, Floats

TINY = 1e-290
FEW = 0.1  # degrees of freedom


def log_two_sided(statistic: ArrayLike, df: ArrayLike) -> Floats:
    """Return log p of a two-sided z (``df = inf``) or t test.

    Parameters
    ----------
    statistic, df : array_like, broadcastable
        Test statistic and degrees of freedom.

    Returns
    -------
    ndarray
        Natural logarithm of the p-value, 0 at a statistic of 0.
    """
    size, freedom = np.abs(np.asarray(statistic, float)), np.asarray(df, float)
    endless = np.isinf(freedom)
    if np.count_nonzero(endless) == 0:
        return _log_t_tail(size, freedom)
    size, endless = np.broadcast_arrays(size, endless)
    normal = np.log(2.0) + special.log_ndtr(-size)
    if endless.all():
        return np.asarray(normal)
    return np.asarray(np.where(endless, normal, _log_t_tail(size, np.where(endless, 1, freedom))))


def _log_t_tail(size: Floats, df: Floats) -> Floats:
    direct = np.asarray(2 * special.stdtr(df, -size))
    if np.count_nonzero(direct > TINY) == direct.size:
        return np.asarray(np.log(direct))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # P(|T| > t) = I_x(df/2, 1/2) with x = df / (df + t²); its series for small x
        log_x = np.log(df) - np.log(df + size * size)
        log_x = np.where(size > 1e150, np.log(df) - 2 * np.log(size), log_x)
        x, a = np.exp(log_x), df / 2
        series = a * log_x - np.log(a) - special.betaln(a, 0.5)
        series = series + np.log(special.hyp2f1(a, 0.5, a + 1, np.minimum(x, 0.5)))
        return np.asarray(np.where(direct > TINY, np.log(direct), series))


def statistic_of(value: ArrayLike, se: ArrayLike) -> Floats:
    """Return ``value / se``; 0 where both are 0, infinite where the error alone is.

    Parameters
    ----------
    value, se : array_like, broadcastable
        Estimates less what they are tested against, and standard errors (>= 0).
    """
    value, se = np.asarray(value, float), np.asarray(se, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((value == 0) & (se == 0), 0.0, value / se)


def log_chi2_tail(q: ArrayLike, df: ArrayLike) -> Floats:
    """Return log P(chi² with ``df`` degrees of freedom > q); 0 for df = 0.

    Parameters
    ----------
    q, df : array_like, broadcastable
        Statistic (>= 0) and degrees of freedom.

    Returns
    -------
    ndarray
        Natural logarithm of the upper tail.
    """
    a, x = np.asarray(df, float) / 2.0, np.asarray(q, float) / 2.0
    direct = np.asarray(special.gammaincc(a, x))  # 0 or NaN for a = 0
    if np.count_nonzero(direct > TINY) == direct.size:
        return np.asarray(np.log(direct))
    a, x = np.broadcast_arrays(a, x)
    safe_a = np.asarray(np.where(a > 0, a, 1.0))
    direct = special.gammaincc(safe_a, x)
    far = np.asarray(direct <= TINY)
    with np.errstate(divide="ignore", invalid="ignore"):
        tail = np.array(np.log(direct))
        if far.any():  # rare, and sixty terms: only where it is needed
            a_far, x_far = safe_a[far], np.asarray(x)[far]
            log_far = a_far * np.log(x_far) - x_far - special.gammaln(a_far)
            log_far = log_far + np.log(_tail_fraction(a_far, x_far))
            tail[far] = np.where(np.isposinf(x_far), -np.inf, log_far)
    return np.asarray(np.where(a > 0, tail, 0.0))


def _tail_fraction(a: Floats, x: Floats) -> Floats:
    """Return Legendre's continued fraction of Gamma(a, x) x^-a e^x, for x far above a."""
    terms = 60
    value = x + 2 * terms + 1 - a
    for i in range(terms, 0, -1):
        value = x + 2 * i - 1 - a - i * (i - a) / value
    return np.asarray(1 / value)


@lru_cache(maxsize=256)
def normal_quantile(level: float) -> float:
    """Return the two-sided normal quantile: 1.96 for level 0.95."""
    return float(-special.ndtri((1 - level) / 2))


def t_quantile(level: float, df: ArrayLike) -> Floats:
    """Return the two-sided t quantile; the normal one for df = inf, NaN for df <= 0."""
    return _each_once(_t_quantile, level, np.asarray(df, float))


def _each_once(function: Callable[[float, Floats], Floats], tail: float, df: Floats) -> Floats:
    """Return ``function(tail, df)``, which is dear, computed once for each df, shape of df."""
    if df.size == 1 or (df.size > 1 and (df == df.flat[0]).all()):
        found = np.empty(df.shape)
        found.fill(_remembered(function, tail, float(df.flat[0])))
        return found
    values, place = np.unique(df, return_inverse=True)
    return function(tail, values)[place.reshape(df.shape)]


@lru_cache(maxsize=4096)
def _remembered(function: Callable[[float, Floats], Floats], tail: float, df: float) -> float:
    return float(function(tail, np.asarray([df]))[0])


def _t_quantile(level: float, freedom: Floats) -> Floats:
    usable = np.isfinite(freedom) & (freedom > 0)
    student = t_of_tail((1 - level) / 2, np.where(usable, freedom, 1.0))
    value = np.where(np.isinf(freedom), normal_quantile(level), student)
    return np.asarray(np.where(usable | np.isinf(freedom), value, np.nan))


def t_of_tail(tail: ArrayLike, df: ArrayLike) -> Floats:
    """Return t with this upper tail, of at most 1/2, at finite df > 0; NaN otherwise.

    That is scipy's inverse from the lower tail, which keeps the digits of a small one, and one
    Newton step: scipy before 1.17 inverts to about 1e-12 only.
    """
    tail, df = np.asarray(tail, float), np.asarray(df, float)
    tail = np.where((tail > 0) & (tail <= 0.5), tail, np.nan)
    start = -special.stdtrit(df, tail)
    log_constant = special.gammaln((df + 1) / 2) - special.gammaln(df / 2)
    log_density = log_constant - 0.5 * np.log(df * np.pi)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        log_density = log_density - (df + 1) / 2 * np.log1p(start * start / df)
        reached = special.stdtr(df, -start)
        step = (reached - tail) / np.exp(log_density)
        # with very few degrees of freedom scipy's inverse gives up; there the tail is a power
        log_far = (log_constant - 0.5 * np.log(np.pi) + (df / 2 - 1) * np.log(df)) / df
        far = np.exp(log_far - np.log(tail) / df)
        value = np.where(np.abs(step) <= 1e-6 * start, start + step, start)  # far out it overflows
        value = np.where((df < FEW) & ~(np.abs(reached - tail) <= 1e-6 * tail), far, value)
    return np.asarray(np.where(tail == 0.5, 0.0, value))


def t_of_signed_p(p: ArrayLike, df: ArrayLike) -> Floats:
    """Return Student's t of a two-sided p-value that carries the sign of the effect.

    Parameters
    ----------
    p, df : array_like, broadcastable
        p-values from -1 to 1, and degrees of freedom. NaN comes back for a p of 0, which is no
        p-value, beyond 1, and for df <= 0.
    """
    signed, freedom = np.asarray(p, float), np.asarray(df, float)
    size = np.abs(signed)
    # From the lower tail: 1 - p / 2 would lose the digits of a small p.
    tail = np.where((size > 0) & (size <= 1), size, np.nan) / 2
    t = t_of_tail(tail, np.where(freedom > 0, freedom, np.nan))
    return np.asarray(np.copysign(t, signed))


def chi2_quantile(upper_tail: float, df: ArrayLike) -> Floats:
    """Return the chi-square value with ``upper_tail`` probability above it; NaN for df <= 0."""
    return _each_once(_chi2_quantile, upper_tail, np.asarray(df, float))


def _chi2_quantile(upper_tail: float, freedom: Floats) -> Floats:
    value = special.chdtri(np.where(freedom > 0, freedom, 1.0), upper_tail)
    return np.asarray(np.where(freedom > 0, value, np.nan))
