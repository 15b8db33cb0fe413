"""The likelihood of tau² for many subsets of the same studies: one grid, one matrix product.

What the score of ``tau2.likelihood`` is made of are sums over the studies of a subset, and the
terms of these sums are the same in every subset that has the study. On a grid of tau² that all
subsets share they are a matrix, and the scores of all subsets at all points are its product with
the membership of the studies. The rest is as there: signs bracket the maxima, chords bound the
score between two points of one sign. A subset is solved here only if this leaves exactly one
maximum; any other (several, room for another between two points, a sign within rounding) is
handed back, to be solved by the search of ``tau2.likelihood`` itself.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.tau2.curves import Curves
from metaan.tau2.likelihood import BEYOND, ERROR, GRID_STEP

MOST_POINTS = 96  # of a grid; longer ones, of variances that differ widely, are not shared
NEAR = 6  # points around a root from which a start is interpolated
MOST_STEPS = 30
ALONE = (
    250_000  # multiplications that OpenBLAS does in one thread; two wait long on a busy machine
)
NOISE = 2.0**-46  # share of the largest terms within which a score has no sign


class Shared(NamedTuple):
    """What all subsets of some studies share; see the module.

    Attributes
    ----------
    y, v : ndarray, shape (k, 1)
        Effects about their mean, and variances.
    grid : ndarray, shape (g,)
        tau²: a point below 0, then 0, to one beyond which no subset has a maximum.
    terms : ndarray, shape (5 g, k)
        w, w y, w², w² y and w² y² of each study at each point, w = 1 / (v + tau²).
    noise : ndarray, shape (g, 1)
        What rounding may do to a score.
    restricted : bool
        REML instead of ML.
    """

    y: Floats
    v: Floats
    grid: Floats
    terms: Floats
    noise: Floats
    restricted: bool


class Scores(NamedTuple):
    """Both sides of the score, and which is the larger, shape (g, n)."""

    a: Floats
    t: Floats
    up: Booleans


def shared_likelihood(y: Floats, v: Floats, *, restricted: bool) -> Shared | None:
    """Return what the subsets of these studies share; None where a grid would be too long.

    Parameters
    ----------
    y, v : ndarray, shape (k,)
        Effects, and variances near 1.
    restricted : bool
        REML instead of ML.

    Notes
    -----
    The sum of squares of m effects over m - 1 is at most half the square of their range, over m
    at most a quarter; with this the bound of ``tau2.likelihood`` holds for every subset.
    """
    y = y - np.vecdot(1 / v, y) / np.add.reduce(1 / v)
    smallest, width = float(v.min()), float(np.ptp(v))
    ratio = float(np.ptp(y)) ** 2 / (2.0 if restricted else 4.0)
    end = (ratio + np.sqrt(ratio * ratio + 4.0 * ratio * width)) / 2.0 * (1 + BEYOND)
    reach = float(np.log(max(end / smallest, 1.0)))
    points = max(NEAR, int(np.ceil(reach / GRID_STEP)))
    if points > MOST_POINTS:
        return None
    steps = np.arange(-1, points + 2) / points * max(reach, GRID_STEP)
    grid = smallest * np.expm1(steps)
    grid[1] = 0.0
    w = 1 / (v + grid[:, None])
    wy, w2 = w * y, w * w
    bound = float(np.max(np.abs(y)))
    noise = NOISE * np.add.reduce(4.0 * bound * bound * w2 + w, axis=1)
    terms = np.concatenate([w, wy, w2, w2 * y, wy * wy])
    return Shared(y[:, None], v[:, None], grid, terms, noise[:, None], restricted)


def subset_maxima(shared: Shared, present: Floats, count: Floats) -> tuple[Floats, Integers]:
    """Return tau² of the highest likelihood for subsets, and the rows it was not found for.

    Parameters
    ----------
    shared : Shared
        From `shared_likelihood`.
    present : ndarray, shape (n, k)
        Membership, 1 or 0.
    count : ndarray, shape (n,)
        Studies in each subset.

    Returns
    -------
    tau2 : ndarray, shape (n,)
        The global maximum.
    left : ndarray of int
        Rows for which it is not known that there is only one maximum; their tau² is 0.
    """
    tau2 = np.zeros(len(present))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        scores, doubt = _scores(shared, present)
        falls = scores.up[1:-2] & ~scores.up[2:-1]
        maxima = np.add.reduce(falls, axis=0) + ~scores.up[1]
        doubt |= _room_for_more(shared.grid, scores)
        doubt |= maxima != 1
        if shared.restricted:  # of one study the restricted likelihood is flat
            doubt &= count > 1
        inside = (scores.up[1] & ~doubt & (count > 1)).nonzero()[0]
        if len(inside):
            at = np.argmax(falls[:, inside], axis=0) + 1
            found, sure = _climb(shared, present, inside, _start(shared.grid, scores, at, inside))
            tau2[inside] = np.where(sure, found, 0.0)
            doubt[inside[~sure]] = True
    return tau2, doubt.nonzero()[0]


def _scores(shared: Shared, present: Floats) -> tuple[Scores, Booleans]:
    """Return the scores of subsets on the grid, and where rounding could turn a sign."""
    g = len(shared.grid)
    sums = _product(shared.terms, present)
    w, wy, w2, w2y, w2y2 = (sums[i : i + g] for i in range(0, 5 * g, g))
    mean = wy / w
    a = w2y2 - mean * (2.0 * w2y - mean * w2)
    t = w - w2 / w if shared.restricted else w
    apart = a - t
    up = apart > 0.0
    unsure = np.abs(apart, out=apart) <= shared.noise
    return Scores(a, t, up), np.logical_or.reduce(unsure, axis=0)


def _product(terms: Floats, present: Floats) -> Floats:
    """Return ``terms @ present.T``, in parts so small that BLAS does each in one thread."""
    across, n = present.T, len(present)
    found = np.empty((len(terms), n))
    step = max(8, ALONE // terms.size)
    for i in range(0, n, step):
        np.matmul(terms, across[:, i : i + step], out=found[:, i : i + step])
    return found


def _room_for_more(grid: Floats, scores: Scores) -> Booleans:
    """Return whether a score could turn twice between two points, shape (n,).

    The higher of a and t is convex: it lies above its neighbors' chords, prolonged, which meet at
    ``apex`` below its own chord; the lower one lies below its own chord.
    """
    step = (grid[1:] - grid[:-1])[:, None]
    a, t, up = scores
    upper = up[1:-2]
    higher, lower = np.where(up, a, t), np.where(up, t, a)
    # Where two neighbors have other signs there is a fall or a rise, and nothing to be looked at.
    before = np.where(upper, a[:-3], t[:-3])
    after = np.where(upper, a[3:], t[3:])
    left, right = higher[1:-2], higher[2:-1]
    own = (right - left) / step[1:-1]
    first, last = own - (left - before) / step[:-2], (after - right) / step[2:] - own
    share = last / (first + last)
    apex = step[1:-1] * first * share
    gap = left - lower[1:-2]
    between = gap + share * (right - lower[2:-1] - gap)
    return np.asarray(np.logical_or.reduce((upper == up[2:-1]) & ~(apex < between), axis=0))


def _start(
    grid: Floats, scores: Scores, at: Integers, rows: Integers
) -> tuple[Floats, Floats, Floats]:
    """Return where t / a = 1 by a polynomial through the points around a fall, and its bracket."""
    first = np.clip(at - NEAR // 2 + 1, 0, len(grid) - NEAR)
    near = first + np.arange(NEAR)[:, None]
    x = grid[near]
    f = scores.t[near, rows] / scores.a[near, rows] - 1.0
    apart = f - f[:, None]
    apart[np.diag_indices(NEAR)] = 1.0
    shares = np.multiply.reduce(f) / (f * np.multiply.reduce(apart, axis=1))
    start = np.add.reduce(x * shares)
    low, high = grid[at], grid[at + 1]
    return np.where((start > low) & (start < high), start, low + (high - low) / 2), low, high


def _climb(
    shared: Shared, present: Floats, rows: Integers, ends: tuple[Floats, Floats, Floats]
) -> tuple[Floats, Booleans]:
    """Return the root of t / a - 1 in each bracket by Halley's method, and whether it is found."""
    here, low, high = ends
    found, sure = here.copy(), np.zeros(len(here), dtype=bool)
    smallest, active = shared.v.min(), np.arange(len(here))
    v = shared.v / (present if len(rows) == len(present) else present[rows]).T
    for _ in range(MOST_STEPS):
        whole = np.broadcast_to(smallest, here.shape)
        s = Curves(y=shared.y, v=v, design=None, smallest=whole, largest=whole).sums(
            here, restricted=shared.restricted
        )
        rising = s.a > s.t
        low, high = np.where(rising, here, low), np.where(rising, high, here)
        slope = 2.0 * s.t * s.b - s.u * s.a
        newton = (s.a - s.t) * s.a / slope
        bend = newton * ((s.h * s.a - 3.0 * s.t * s.c) / slope + 2.0 * s.b / s.a)
        new = here + newton / (1.0 + bend)
        inside = (new >= low) & (new <= high)
        new, bend = np.where(inside, new, low + (high - low) / 2), np.where(inside, bend, 1.0)
        share = np.abs(new - here) / (smallest + here)
        there = share * np.maximum(share, np.abs(bend)) ** 2 <= ERROR
        found[active], sure[active] = new, there
        keep = (~there).nonzero()[0]
        if not len(keep):
            break
        active, v, here, low, high = active[keep], v[:, keep], new[keep], low[keep], high[keep]
    return found, sure
