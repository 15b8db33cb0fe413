"""Between-study variance by maximum and restricted maximum likelihood: the global maximum.

The likelihood can have several maxima, and scoring can stop at the wrong one. Its score is
``a - t`` of ``curves``, a difference of two falling convex functions. Its sign is looked at on a
grid even in log(v_min + tau²), beyond whose end it is provably negative: with S the unweighted
residual sum, ``a <= S / (v_min + tau²)²`` and ``t >= df / (v_max + tau²)``. Between two points
of one sign, chords and prolonged chords bound a and t from both sides; where the bounds leave
room for a change of sign the interval is looked at again, 16 times as closely. Every fall
through zero brackets a maximum, solved by Halley's method on t / a (a line in tau² where the
variances are equal) inside its bracket; the highest one wins, 0 included.
"""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.numerics.projection import gram
from metaan.tau2.curves import Curves, curves, spread
from metaan.tau2.found import Found
from metaan.tau2.studies import Studies

GRID_STEP = 0.35  # in log(v_min + tau²)
CLOSER = 16  # parts of an interval that is looked at again
MOST_STEPS = 200
ERROR = 1e-13  # that a step may leave, relative to v_min + tau²
BEYOND = 1e-9  # the grid ends this much beyond its bound: rounding must not reach the root

AROUND = np.arange(-1, 3)[:, None]  # two points of the grid before a fall, two after
ITSELF = np.diag_indices(4)


def log_likelihood(studies: Studies, tau2: Floats, *, restricted: bool) -> Floats:
    """Return the log-likelihood of tau² with the coefficients profiled out, constants dropped.

    Parameters
    ----------
    studies : Studies
        n analyses.
    tau2 : ndarray, shape (n,)
        Where to look.
    restricted : bool
        REML instead of ML.

    Returns
    -------
    ndarray, shape (n,)
        ``-½ [sum log(v + tau²) + Q(tau²) (+ log det X'WX for REML)]``.
    """
    total_v = studies.v + tau2[:, None]
    w = studies.present / total_v
    value = np.add.reduce(studies.present * np.log(total_v), axis=-1)
    value = value + curves(studies).q_and_slope(tau2)[0]
    if restricted and studies.x is None:
        value = value + np.log(np.add.reduce(w, axis=-1))
    elif restricted and studies.x is not None:
        value = value + np.linalg.slogdet(gram(w, studies.x))[1]
    return np.asarray(-0.5 * value)


def score(studies: Studies, tau2: Floats, *, restricted: bool) -> Floats:
    """Return twice the derivative of the log-likelihood in tau², shape (n,)."""
    found = curves(studies).sums(tau2, restricted=restricted)
    return np.asarray(found.a - found.t)


def maximum_likelihood(studies: Studies) -> Found:
    """Return the ML estimate of tau²; see the module for how it is found.

    References
    ----------
    .. [1] Hardy RJ, Thompson SG (1996). Stat Med 15:619.
       doi:10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A
    """
    return _global_maximum(studies, restricted=False)


def restricted_maximum_likelihood(studies: Studies) -> Found:
    """Return the REML estimate of tau²; see the module for how it is found.

    References
    ----------
    .. [1] Viechtbauer W (2005). J Educ Behav Stat 30:261. doi:10.3102/10769986030003261
    """
    return _global_maximum(studies, restricted=True)


def _global_maximum(studies: Studies, *, restricted: bool) -> Found:
    along = curves(studies)
    n = studies.n
    freedom = studies.freedom if restricted else studies.count
    reach = _reach(studies, along, freedom)
    points = np.ceil(reach / GRID_STEP)
    high = int(np.maximum.reduce(points, initial=0.0))
    if high > 0 and (n == 1 or np.minimum.reduce(points) > high // 1.5):
        return _highest(studies, along, _grid(along.smallest, reach, high), restricted)
    tau2, steps, maxima = np.zeros(n), np.zeros(n, dtype=int), np.ones(n, dtype=int)
    while high > 0:  # from long grids to short ones, so that none is half again too fine
        low = high // 1.5
        rows = ((points > low) & (points <= high)).nonzero()[0]
        own, part = studies.take(rows), along.take(rows)
        tau2[rows], steps[rows], maxima[rows] = _highest(
            own, part, _grid(part.smallest, reach[rows], high), restricted
        )
        high = int(np.maximum.reduce(points[points <= low], initial=0.0))
    return Found(tau2, steps, maxima)


def _reach(studies: Studies, along: Curves, freedom: Floats) -> Floats:
    """Return log((v_min + bound) / v_min) of the bound beyond which the score is negative."""
    s, width = spread(studies)[0], along.largest - along.smallest
    free = np.maximum(freedom, 1.0)
    end = (s + np.sqrt(s * s + 4.0 * free * s * width)) / (2.0 * free) * (1 + BEYOND)
    if not studies.enough:
        end = np.where(freedom > 0.0, end, 0.0)
    return np.asarray(np.log(np.maximum(end / along.smallest, 1.0)))


def _grid(smallest: Floats, reach: Floats, points: int) -> Floats:
    """Return tau² from 0 to the bound with a point more on either side, (points + 3, n)."""
    steps = np.arange(-1, points + 2) / points
    return np.asarray(smallest * np.expm1(steps[:, None] * reach))


def _highest(studies: Studies, along: Curves, grid: Floats, restricted: bool) -> Found:
    a, t = along.score(grid, restricted=restricted)
    at, row = _falls(a, t).nonzero()
    n = along.y.shape[1]
    best, steps = np.zeros(n), np.zeros(n, dtype=int)
    at_border = a[1] <= t[1]
    # A start from nowhere is replaced, doubts about NaN are none, a step to nowhere is bisected.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ends = _start(grid, a, t, at, row)
        again, which = _doubtful(grid, a, t)
        if again.size:
            row, ends = _look_closer(along, grid, (again, which), (row, ends), restricted)
        maxima = np.bincount(row, minlength=n) + at_border
        if not row.size:
            return Found(best, steps, maxima)
        each = len(row) == n and np.count_nonzero(row != np.arange(n)) == 0
        peaks, taken = _climb(along if each else along.take(row), ends, restricted)
    best[row], steps[row] = peaks, taken
    rivals = (maxima > 1).nonzero()[0]
    if rivals.size:
        own = np.isin(row, rivals)
        best[rivals] = _best_of(studies, (row[own], peaks[own]), rivals, at_border, restricted)
    return Found(best, steps, maxima)


def _falls(a: Floats, t: Floats) -> Booleans:
    """Return, for each interval of the grid proper, whether the score falls through zero."""
    up = a > t
    falls = up[:-1] & ~up[1:]
    falls[0] = falls[-1] = False
    return np.asarray(falls)


def _doubtful(grid: Floats, a: Floats, t: Floats) -> tuple[Integers, Integers]:
    """Return which intervals and analyses leave room for a change of sign between two of one sign.

    The higher of a and t is convex: it lies above its neighbors' chords, prolonged, which meet at
    ``apex`` below its own chord; the lower one lies below its own chord.
    """
    step = grid[1:] - grid[:-1]
    d = a - t
    up = d > 0.0
    upper, left, right = up[1:-2], d[1:-2], d[2:-1]
    slope_a, slope_t = (a[1:] - a[:-1]) / step, (t[1:] - t[:-1]) / step
    bend_a, bend_t = slope_a[1:] - slope_a[:-1], slope_t[1:] - slope_t[:-1]
    before = np.where(upper, bend_a[:-1], bend_t[:-1])
    after = np.where(upper, bend_a[1:], bend_t[1:])
    share = after / (before + after)
    apex = step[1:-1] * before * share
    between = np.abs(left + share * (right - left))
    at, row = ((upper == up[2:-1]) & (apex >= between)).nonzero()
    return at + 1, row


def _look_closer(
    along: Curves,
    grid: Floats,
    places: tuple[Integers, Integers],
    found: tuple[Integers, tuple[Floats, Floats, Floats]],
    restricted: bool,
) -> tuple[Integers, tuple[Floats, Floats, Floats]]:
    at, which = places
    part = along.take(which)
    low, high = grid[at, which] + part.smallest, grid[at + 1, which] + part.smallest
    share = np.arange(CLOSER + 1)[:, None] / CLOSER
    finer = np.maximum(low * (high / low) ** share - part.smallest, 0.0)
    a, t = part.score(finer, restricted=restricted)
    up = a > t
    i, j = np.nonzero(up[:-1] & ~up[1:])
    row, (start, left, right) = found
    middle = (finer[i, j] + finer[i + 1, j]) / 2
    return np.concatenate([row, which[j]]), (
        np.concatenate([start, middle]),
        np.concatenate([left, finer[i, j]]),
        np.concatenate([right, finer[i + 1, j]]),
    )


def _start(
    grid: Floats, a: Floats, t: Floats, at: Integers, row: Integers
) -> tuple[Floats, Floats, Floats]:
    """Return where t / a = 1 by the cubic through tau² as a function of t / a, and its bracket.

    Four points of the grid, two on either side; the secant where the cubic leaves the bracket.
    """
    near = at + AROUND
    x = grid[near, row]
    f = (t / a - 1.0)[near, row]
    apart = f - f[:, None]
    apart[ITSELF] = 1.0
    shares = np.multiply.reduce(f) / (f * np.multiply.reduce(apart, axis=1))
    start: Floats = np.add.reduce(x * shares)
    inside = (start > x[1]) & (start < x[2])
    if np.count_nonzero(inside) < len(row):
        start = np.where(inside, start, x[1] - (x[2] - x[1]) * f[1] / (f[2] - f[1]))
    return start, x[1], x[2]


def _climb(
    along: Curves, ends: tuple[Floats, Floats, Floats], restricted: bool
) -> tuple[Floats, Integers]:
    """Return the root of t / a - 1 from a start in each bracket (low, high), and the steps."""
    here, low, high = ends
    peaks, steps = here.copy(), np.zeros(len(here), dtype=int)
    active, open_, count = np.arange(len(here)), np.ones(len(here), dtype=bool), steps.copy()
    for _ in range(MOST_STEPS):
        s = along.sums(here, restricted=restricted)
        rising = s.a > s.t
        low, high = np.where(rising, here, low), np.where(rising, high, here)
        slope = 2.0 * s.t * s.b - s.u * s.a
        newton = (s.a - s.t) * s.a / slope
        bend = newton * ((s.h * s.a - 3.0 * s.t * s.c) / slope + 2.0 * s.b / s.a)
        new = here + newton / (1.0 + bend)
        inside = (new >= low) & (new <= high)
        if np.count_nonzero(inside) < len(inside):
            new = np.where(inside, new, low + (high - low) / 2)
            bend = np.where(inside, bend, 1.0)  # half of a bracket may be all that is left
        count += open_  # those already there move by rounding, and are not counted
        # The series that begins with Newton's step and the bend's share goes on with its square.
        share = np.abs(new - here) / (along.smallest + here)
        open_ &= ~(share * np.maximum(share, np.abs(bend)) ** 2 <= ERROR)
        here = new
        left = np.count_nonzero(open_)
        if left == 0:
            break
        if left < 0.75 * len(open_):  # smaller arrays for the few
            peaks[active], steps[active] = here, count
            keep = np.flatnonzero(open_)
            active, along, here = active[keep], along.take(keep), here[keep]
            low, high, open_, count = low[keep], high[keep], open_[keep], count[keep]
    peaks[active], steps[active] = here, count
    return peaks, steps


def _best_of(
    studies: Studies,
    peaks: tuple[Integers, Floats],
    rivals: Integers,
    at_border: Booleans,
    restricted: bool,
) -> Floats:
    """Return the tau² of the highest likelihood for the analyses that have several maxima."""
    row, tau2 = peaks
    row = np.concatenate([row, rivals[at_border[rivals]]])
    tau2 = np.concatenate([tau2, np.zeros(len(row) - len(tau2))])
    height = log_likelihood(studies.take(row), tau2, restricted=restricted)
    order = np.lexsort((height, row))
    last = np.append(np.diff(row[order]) > 0, True)
    return np.asarray(tau2[order][last])
