"""The upper tail of the F distribution, in logarithms."""

from __future__ import annotations

import numpy as np
from scipy import special

from metaan.core.arrays import ArrayLike, Floats
from metaan.numerics.tails import TINY

FRACTIONS = 300  # of the continued fraction, which far in the tail needs a few dozen


def log_f_tail(f: ArrayLike, df1: ArrayLike, df2: ArrayLike) -> Floats:
    """Return log P(F with ``df1`` and ``df2`` degrees of freedom > f).

    Parameters
    ----------
    f, df1, df2 : array_like, broadcastable
        Statistic (>= 0) and finite degrees of freedom (> 0).

    Returns
    -------
    ndarray
        Natural logarithm of the upper tail; finite where the tail itself underflows.

    Notes
    -----
    ``I_x(df2 / 2, df1 / 2)`` with ``x = df2 / (df2 + df1 f)``; where that underflows, the
    logarithm of its continued fraction (Abramowitz and Stegun 26.5.8).
    """
    stat, m, n = np.broadcast_arrays(*(np.asarray(z, float) for z in (f, df1, df2)))
    direct = np.asarray(special.fdtrc(m, n, stat))
    far = np.asarray(direct <= TINY)
    with np.errstate(divide="ignore"):
        tail = np.array(np.log(direct))
    if far.any():
        tail[far] = _log_far(stat[far], m[far], n[far])
    return tail


def _log_far(f: Floats, m: Floats, n: Floats) -> Floats:
    a, b = n / 2, m / 2
    with np.errstate(over="ignore"):
        ratio = m / n * f
    beyond = np.log(m / n) + np.log(f)  # log(1 + ratio) where the ratio itself would overflow
    grown = np.where(ratio < 1e15, np.log1p(np.minimum(ratio, 1e15)), beyond)
    x = np.exp(-grown)
    front = -a * grown + b * np.log1p(-x) - np.log(a) - special.betaln(a, b)
    value = front + np.log(_fraction(a, b, x))
    return np.asarray(np.where(np.isposinf(f), -np.inf, value))


def _fraction(a: Floats, b: Floats, x: Floats) -> Floats:
    """Return the continued fraction of the incomplete beta function, from its far end."""
    value = np.ones_like(x)
    for i in range(FRACTIONS, 0, -1):
        h = i // 2
        if i % 2:
            d = -(a + h) * (a + b + h) * x / ((a + 2 * h) * (a + 2 * h + 1))
        else:
            d = h * (b - h) * x / ((a + 2 * h - 1) * (a + 2 * h))
        value = 1 + d / value
    return np.asarray(1 / value)
