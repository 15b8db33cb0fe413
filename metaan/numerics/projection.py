"""Weighted least squares and the traces of its residual projection, a whole batch at once.

With weights w (diagonal W) and design X, ``P = W - W X (X'W X)^-1 X'W`` takes effects to weighted
residuals. No k x k matrix is ever made: everything comes from sums over the studies and p x p
matrices. ``x=None`` is the intercept alone, where the p x p matrices are numbers.

Letters: y effects ``(n, k)``; w weights ``(n, k)``, 0 for an absent study; x design ``(n, k, p)``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Floats

DOMINATING = 0.9  # share of all weights


class WeightedFit(NamedTuple):
    """Coefficients ``(n, p)``, ``(X'W X)^-1`` ``(n, p, p)`` and residuals ``(n, k)``."""

    beta: Floats
    bread: Floats
    residual: Floats


def fit_weighted(y: Floats, w: Floats, x: Floats | None) -> WeightedFit:
    """Return the weighted least-squares fit; see the module for the letters.

    The design's columns must be independent where w > 0; orthonormal ones lose no digits.
    """
    if x is None:
        total = np.add.reduce(w, axis=-1)
        mu = (np.vecdot(w, y) / total)[:, None]
        residual = y - mu
        # One more round: what rounding left in a precise study's residual would weigh heavily.
        left = (np.vecdot(w, residual) / total)[:, None]
        return WeightedFit(mu + left, (1.0 / total)[:, None, None], residual - left)
    bread: Floats = np.linalg.inv(gram(w, x)).astype(np.float64, copy=False)
    across = np.swapaxes(x, -1, -2)
    beta = np.matmul(bread, np.matmul(across, (w * y)[..., None]))
    residual = y - np.matmul(x, beta)[..., 0]
    left = np.matmul(bread, np.matmul(across, (w * residual)[..., None]))
    residual = residual - np.matmul(x, left)[..., 0]
    return WeightedFit(np.asarray((beta + left)[..., 0]), bread, residual)


def gram(w: Floats, x: Floats) -> Floats:
    """Return ``X'W X``, shape (n, p, p)."""
    return np.asarray(np.matmul(np.swapaxes(x * w[..., None], -1, -2), x))


def trace(w: Floats, x: Floats | None) -> Floats:
    """Return tr P, shape (n,)."""
    if x is not None:
        return trace_with(w, np.ones_like(w), x)
    total = np.add.reduce(w, axis=-1)
    if _one_dominates(w, total):
        return np.asarray(np.add.reduce(w * _others(w), axis=-1) / total)
    return np.asarray(total - np.vecdot(w, w) / total)


def trace_with(w: Floats, d: Floats, x: Floats | None) -> Floats:
    """Return tr(P D) for a diagonal D, ``(n, k)``: ``sum w d - tr((X'WX)^-1 X'W D W X)``.

    With a design, digits are lost as the leverage of one study nears 1.
    """
    wd = w * d
    if x is None:
        return np.asarray(np.add.reduce(wd * _others(w), axis=-1) / np.add.reduce(w, axis=-1))
    inner = np.linalg.solve(gram(w, x), gram(w * wd, x))
    return np.asarray(np.add.reduce(wd, axis=-1) - np.trace(inner, axis1=-2, axis2=-1))


def power_sums(w: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the sums of w, its squares and its cubes, shape (n,)."""
    return np.add.reduce(w, axis=-1), np.add.reduce(w**2, axis=-1), np.add.reduce(w**3, axis=-1)


def power_traces(w: Floats, x: Floats) -> tuple[Floats, Floats, Floats]:
    """Return tr P, tr P² and tr P³ of a design, shape (n,)."""
    first, second, third = power_sums(w)
    own = gram(w, x)
    g, g2, g3 = (np.linalg.solve(own, gram(w**power, x)) for power in (2, 3, 4))
    gg = np.matmul(g, g)
    mixed = np.einsum("npq,nqp->n", g, 3 * g2 - gg)
    return (
        np.asarray(first - np.trace(g, axis1=-2, axis2=-1)),
        np.asarray(second - np.trace(2 * g2 - gg, axis1=-2, axis2=-1)),
        np.asarray(third - 3 * np.trace(g3, axis1=-2, axis2=-1) + mixed),
    )


def trace_square(w: Floats, d: Floats | None, x: Floats | None) -> Floats:
    """Return tr(P D P D) for a diagonal D, shape (n,); None is the identity."""
    wd = w if d is None else w * d
    if x is None:
        return _mean_trace_square(w, wd)
    second = np.add.reduce(wd * wd, axis=-1)
    s = gram(w, x)
    once, twice = np.linalg.solve(s, gram(w * wd, x)), np.linalg.solve(s, gram(w * wd * wd, x))
    cross = np.einsum("npq,nqp->n", once, once)
    return np.asarray(second - 2 * np.trace(twice, axis1=-2, axis2=-1) + cross)


def _mean_trace_square(w: Floats, wd: Floats) -> Floats:
    """Return the same for a mean: the squares of P's diagonal, and of the rest of it in pairs."""
    total = np.add.reduce(w, axis=-1)
    pairs = w * wd
    if _one_dominates(w, total):
        own = wd * _others(w)
        both = np.add.reduce(own * own, axis=-1) + np.add.reduce(pairs * _others(pairs), axis=-1)
        return np.asarray(both / total / total)
    once, twice = np.add.reduce(pairs, axis=-1) / total, np.vecdot(pairs, wd) / total
    return np.asarray(np.vecdot(wd, wd) - 2.0 * twice + once * once)


def _one_dominates(w: Floats, total: Floats) -> bool:
    """Whether in any analysis one weight is so large that the textbook's sums would cancel."""
    return bool(np.count_nonzero(np.maximum.reduce(w, axis=-1) > DOMINATING * total))


def _others(w: Floats) -> Floats:
    """Return the sum of the other weights for each, shape (n, k), the largest's summed itself."""
    rest: Floats = np.add.reduce(w, axis=-1)[:, None] - w
    row, largest = np.arange(len(w)), np.argmax(w, axis=-1)
    without = w.copy()
    without[row, largest] = 0.0
    rest[row, largest] = np.add.reduce(without, axis=-1)
    return rest


def residual_square(u: Floats, w: Floats, x: Floats | None) -> Floats:
    """Return ``u'P u``, shape (n,): the weighted residual sum of squares of u."""
    residual = fit_weighted(u, w, x).residual
    return np.asarray(np.vecdot(w * residual, residual))
