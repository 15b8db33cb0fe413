"""Kendall's rank correlation, many analyses at once: scores, ties, exact and normal p-values."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.numerics.tails import log_two_sided

# Two values nearer than this, relative to the largest, are a tie: they differ by rounding alone.
TIE = 1e-12
EXACT_MOST = 170  # studies whose number of orders, k!, can be written down
PAIRS = 4_000_000  # of a block of analyses, so that memory does not grow with them


class Ranks(NamedTuple):
    """Kendall's correlation in n analyses, arrays of shape (n,).

    Attributes
    ----------
    score : ndarray
        Concordant less discordant pairs.
    tau : ndarray
        tau-b, the score over its largest possible value with these ties; NaN where all values of
        a side are equal.
    se : ndarray
        Standard error of the score without a correlation, given the ties.
    studies : ndarray
        How many there are.
    tied : ndarray of bool
        Whether there are ties.
    """

    score: Floats
    tau: Floats
    se: Floats
    studies: Floats
    tied: Booleans


def kendall(first: Floats, second: Floats, present: Floats | None = None) -> Ranks:
    """Return Kendall's correlation of two lists of numbers in n analyses.

    Parameters
    ----------
    first, second : ndarray, shape (n, k)
        The numbers.
    present : ndarray, shape (n, k), optional
        Mask of ones and zeros; all present by default.

    Notes
    -----
    The variance of the score with ties in both lists is Kendall's [1]_. Numbers that differ by
    rounding alone are ties.

    References
    ----------
    .. [1] Kendall MG (1970). Rank Correlation Methods, 4th ed., chapter 4. Griffin, London.

    Examples
    --------
    >>> import numpy as np
    >>> found = kendall(np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([[1.0, 3.0, 2.0, 4.0]]))
    >>> found.score, found.tau.round(3)
    (array([4.]), array([0.667]))
    """
    n, k = first.shape
    here = np.ones((n, k), dtype=bool) if present is None else np.asarray(present) > 0
    step = max(1, PAIRS // max(1, k * k))
    parts = [
        _kendall(first[i : i + step], second[i : i + step], here[i : i + step])
        for i in range(0, n, step)
    ]
    columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Ranks(*columns)


def _kendall(first: Floats, second: Floats, here: Booleans) -> Ranks:
    pairs = here[:, :, None] & here[:, None, :]
    one, other = _signs(first, here), _signs(second, here)
    score = np.add.reduce(np.where(pairs, one * other, 0.0), axis=(-2, -1)) / 2
    m = np.add.reduce(here, axis=-1).astype(float)
    ties = [np.add.reduce(pairs & (side == 0), axis=-1) * 1.0 for side in (one, other)]
    every = m * (m - 1) / 2
    variance = m * (m - 1) * (2 * m + 5)
    # A sum over groups of t tied values of t f(t) is one over the values of f(t).
    lost, second_order, third_order = [], np.ones_like(m), np.ones_like(m)
    for t in ties:
        less = np.where(here, t - 1, 0.0)
        lost.append(np.add.reduce(less, axis=-1) / 2)
        variance = variance - np.add.reduce(less * (2 * t + 5), axis=-1)
        second_order = second_order * np.add.reduce(less, axis=-1)
        third_order = third_order * np.add.reduce(less * (t - 2), axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = variance / 18 + second_order / (2 * m * (m - 1))
        variance = variance + np.where(m > 2, third_order / (9 * m * (m - 1) * (m - 2)), 0.0)
        most = np.sqrt((every - lost[0]) * (every - lost[1]))
        tau = np.where(most > 0, score / most, np.nan)
    se = np.where(most > 0, np.sqrt(np.maximum(variance, 0.0)), np.nan)
    return Ranks(score, tau, se, m, (lost[0] > 0) | (lost[1] > 0))


def _signs(values: Floats, here: Booleans) -> Floats:
    known = np.where(here, values, 0.0)
    apart = known[:, :, None] - known[:, None, :]
    limit = TIE * np.maximum.reduce(np.abs(known), axis=-1)
    return np.where(np.abs(apart) <= limit[:, None, None], 0.0, np.sign(apart))


def normal_log_p(ranks: Ranks, *, continuity: bool = False) -> tuple[Floats, Floats]:
    """Return the score over its standard error, and the logarithm of its two-sided p-value.

    Parameters
    ----------
    ranks : Ranks
        Correlations of n analyses.
    continuity : bool
        Whether the score comes one nearer to 0 first.
    """
    score = ranks.score
    if continuity:
        score = np.sign(score) * np.maximum(np.abs(score) - 1, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(ranks.se > 0, score / ranks.se, np.nan)
    return z, log_two_sided(z, np.full_like(z, np.inf))


def exact_log_p(ranks: Ranks) -> Floats:
    """Return the logarithm of the two-sided p-value over all orders, shape (n,).

    Twice the smaller tail, at most 1; NaN with ties, or more than 170 studies.
    """
    found = np.full(ranks.score.shape, np.nan)
    fit = (
        ~ranks.tied
        & np.isfinite(ranks.score)
        & (ranks.studies >= 2)
        & (ranks.studies <= EXACT_MOST)
    )
    for k in np.unique(ranks.studies[fit]).tolist():
        rows = fit & (ranks.studies == k)
        tail = lower_tail(int(k))
        # The distribution is symmetric: the smaller tail lies below minus the size of the score.
        below = (len(tail) - 1) / 2 - np.abs(ranks.score[rows]) / 2
        found[rows] = np.minimum(0.0, np.log(2 * tail[np.rint(below).astype(np.int64)]))
    return found


@lru_cache(maxsize=256)
def lower_tail(k: int) -> Floats:
    """Return P(concordant pairs <= q) for q = 0 ... k (k - 1) / 2 in a random order of k.

    The number of concordant pairs is a sum of independent uniform numbers 0 ... j - 1, j = 2
    ... k (their generating function is the Gaussian factorial).

    Examples
    --------
    >>> lower_tail(3).round(3)
    array([0.167, 0.5  , 0.833, 1.   ])
    """
    chance = np.ones(1)
    for j in range(2, k + 1):
        longer = np.zeros(len(chance) + j - 1)
        for shift in range(j):
            longer[shift : shift + len(chance)] += chance
        chance = longer / j
    tail = np.cumsum(chance)
    tail.flags.writeable = False
    return tail


def standardized(y: Floats, v: Floats, present: Floats | None = None) -> Floats:
    """Return effects less the common mean, over the standard errors of that, shape (n, k).

    Parameters
    ----------
    y, v : ndarray, shape (n, k)
        Effects and variances.
    present : ndarray, shape (n, k), optional
        Mask of ones and zeros; all present by default.

    Notes
    -----
    Begg and Mazumdar [1]_: ``(y - m) / sqrt(v - 1 / sum 1/v)`` with ``m = sum (y / v) / sum 1/v``.
    Written with the sums over the other studies, nothing cancels where one study has nearly all
    the weight.

    References
    ----------
    .. [1] Begg CB, Mazumdar M (1994). Biometrics 50:1088. doi:10.2307/2533446
    """
    here = np.ones(y.shape, dtype=bool) if present is None else np.asarray(present) > 0
    least = np.minimum.reduce(np.where(here, v, np.inf), axis=-1, keepdims=True)
    w = np.where(here, least / v, 0.0)
    first = np.take_along_axis(y, np.argmax(here, axis=-1)[:, None], axis=-1)
    y = np.where(here, y - first, 0.0)
    others, of_others = _of_others(w), _of_others(w * y)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = y - of_others / others
        share = others / (w + others)
        return np.where(here, apart * np.sqrt(share / np.where(here, v, 1.0)), 0.0)


def _of_others(values: Floats) -> Floats:
    """Return the sum over all studies but each one, shape (n, k)."""
    before, behind = np.zeros_like(values), np.zeros_like(values)
    before[:, 1:] = np.cumsum(values[:, :-1], axis=-1)
    behind[:, :-1] = np.cumsum(values[:, :0:-1], axis=-1)[:, ::-1]
    return before + behind
