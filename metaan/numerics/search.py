"""Bracketed roots, a whole batch at once, to machine precision.

The method is Chandrupatla's (1997, Adv Eng Softw 28:145, doi:10.1016/S0965-9978(96)00051-8):
inverse quadratic interpolation where it is safe, bisection where it is not. scipy's
``optimize.elementwise.find_root`` does the same and is what the tests compare with; its
array-API machinery costs more per step than a whole fit of ours, hence this file.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers

MAX_STEPS = 200
EPS = float(np.finfo(np.float64).eps)

BatchFunction = Callable[[Floats, Integers], Floats]


def bracketed_root(function: BatchFunction, low: Floats, high: Floats) -> Floats:
    """Return a root of each function of a batch inside its bracket.

    Parameters
    ----------
    function : callable
        ``function(x, which)`` returns the values at ``x`` (shape (m,)) of the functions numbered
        ``which`` (shape (m,)); it is called with those that have not converged yet.
    low, high : ndarray, shape (n,)
        Brackets; the function changes sign (or is 0) between them.

    Returns
    -------
    ndarray, shape (n,)
        Roots, to within a few units in the last place of ``max(|low|, |high|)`` of the final
        bracket.
    """
    n = len(low)
    root = np.array(low, dtype=np.float64)
    which = np.arange(n)
    a, b = np.array(high, dtype=np.float64), np.array(low, dtype=np.float64)
    fa, fb = function(a, which), function(b, which)
    c, fc, t = a.copy(), fa.copy(), np.full(n, 0.5)
    for _ in range(MAX_STEPS):
        best = np.where(np.abs(fa) < np.abs(fb), a, b)
        root[which] = best
        done = _converged(a, b, fa, fb)
        if done.all():
            break
        if done.any():
            keep = ~done
            a, b, c, fa, fb, fc, t = (z[keep] for z in (a, b, c, fa, fb, fc, t))
            which = which[keep]
        # keep the trial point a hair inside the bracket, so that it always shrinks
        edge = 2 * EPS * np.maximum(np.abs(a), np.abs(b)) / np.abs(b - a)
        t = np.clip(t, np.minimum(edge, 0.5), np.maximum(1 - edge, 0.5))
        x = a + t * (b - a)
        fx = function(x, which)
        same = np.sign(fx) == np.sign(fa)
        c, fc = np.where(same, a, b), np.where(same, fa, fb)
        b, fb = np.where(same, b, a), np.where(same, fb, fa)
        a, fa = x, fx
        t = _next_fraction((a, b, c), (fa, fb, fc))
    return root


def _converged(a: Floats, b: Floats, fa: Floats, fb: Floats) -> Booleans:
    width = np.abs(b - a)
    tight = width <= 4 * EPS * np.maximum(np.abs(a), np.abs(b))
    return np.asarray(tight | (fa == 0) | (fb == 0) | (width < np.finfo(np.float64).tiny))


def _next_fraction(x: tuple[Floats, ...], f: tuple[Floats, ...]) -> Floats:
    """Return where between a and b to look next: interpolated if safe, else the middle."""
    (a, b, c), (fa, fb, fc) = x, f
    with np.errstate(divide="ignore", invalid="ignore"):
        xi = (a - b) / (c - b)
        phi = (fa - fb) / (fc - fb)
        safe = (1 - np.sqrt(1 - xi) < phi) & (phi < np.sqrt(xi))
        inverse = fa / (fb - fa) * fc / (fb - fc)
        inverse = inverse + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
    return np.where(safe & np.isfinite(inverse), inverse, 0.5)
