"""Profile-likelihood limits of tau²: all values whose log-likelihood is near the global maximum.

The set can fall in parts where the likelihood has several maxima; its hull is reported. The
outermost point of it is looked for on a grid even in log(v_min + tau²), with bounds between the
points: the score is half the difference of two falling functions (``curves``), so that between x0
and x1 it lies between ``(a1 - t0) / 2`` and ``(a0 - t1) / 2``. Where the bounds leave room for a
point of the set outside the outermost point found, or for more than one crossing beside it, the
place is looked at again, more closely.
"""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.core.errors import InputError
from metaan.numerics.projection import residual_square
from metaan.numerics.search import bracketed_root
from metaan.numerics.tails import chi2_quantile
from metaan.tau2.curves import curves
from metaan.tau2.likelihood import (
    log_likelihood,
    maximum_likelihood,
    restricted_maximum_likelihood,
)
from metaan.tau2.limits import Limits
from metaan.tau2.studies import Studies

STEP = 0.35  # of the first grid, in log(v_min + tau²)
FINER = 4  # parts of each interval that is looked at again
MOST_ZOOMS = 20
GROWTH = 4.0
MOST_GROWTHS = 600


def profile_likelihood(studies: Studies, level: float, restricted: bool | None) -> Limits:
    """Return the hull of ``{tau2: 2 (l_max - l(tau2)) <= chi2_1(level)}``, cut at 0.

    Parameters
    ----------
    studies : Studies
        n analyses.
    level : float
        Coverage.
    restricted : bool
        Whether the likelihood is the restricted one; None, where the estimate of tau² maximizes
        neither, raises ``InputError``.

    Returns
    -------
    low, high : ndarray, shape (n,)
        Limits; NaN where no degree of freedom is left.
    empty : ndarray of bool, shape (n,)
        Never.

    References
    ----------
    .. [1] Hardy RJ, Thompson SG (1996). Stat Med 15:619.
       doi:10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A
    """
    if restricted is None:
        raise InputError(
            'a profile-likelihood interval ("PL") is for a tau² that maximizes a likelihood; '
            'estimate it with tau2="REML" or tau2="ML", or ask for another interval, e.g. "QP"'
        )
    low, high = np.full(studies.n, np.nan), np.full(studies.n, np.nan)
    rows = np.flatnonzero(studies.freedom > 0)
    if rows.size:
        part = studies.take(rows)
        best = restricted_maximum_likelihood if restricted else maximum_likelihood
        peak = best(part).tau2
        drop = float(chi2_quantile(1 - level, np.ones(1))[0]) / 2
        floor = log_likelihood(part, peak, restricted=restricted) - drop
        end = _end(part, peak, floor, restricted)
        low[rows] = _outermost(part, (np.zeros_like(peak), peak), floor, restricted)
        high[rows] = _outermost(part, (end, peak), floor, restricted)
    return Limits(low, high, np.zeros(studies.n, dtype=bool))


def _end(studies: Studies, peak: Floats, floor: Floats, restricted: bool) -> Floats:
    """Return a tau² from which on the likelihood falls, and lies below the floor."""
    along = curves(studies)
    free = studies.freedom if restricted else studies.count
    spread = residual_square(studies.y, studies.present, studies.x)
    smallest, largest = along.smallest, along.largest
    end = 2 * peak + largest
    active = np.arange(len(end))
    for _ in range(MOST_GROWTHS):
        here = end[active]
        low = smallest[active] + here
        falling = spread[active] * ((largest[active] + here) / low) < free[active] * low
        below = log_likelihood(studies.take(active), here, restricted=restricted) < floor[active]
        active = active[~(falling & below)]
        if not active.size:
            break
        end[active] *= GROWTH
    return end


def _outermost(
    studies: Studies, ends: tuple[Floats, Floats], floor: Floats, restricted: bool
) -> Floats:
    """Return where the likelihood first reaches the floor on the way from the first end."""
    answer = ends[0].copy()
    rows = np.flatnonzero(log_likelihood(studies, answer, restricted=restricted) < floor)
    part, level = studies.take(rows), floor[rows]
    outer, inner = (end[rows] for end in ends)
    smallest = curves(part).smallest
    active = np.arange(len(rows))
    reach = np.abs(np.log((smallest + inner) / (smallest + outer)))
    points = int(np.ceil(np.max(reach, initial=0.0) / STEP)) + 1
    for _ in range(MOST_ZOOMS):
        if not active.size:
            break
        own = smallest[active]
        grid = _even_grid(own, outer[active], inner[active], points)
        start, first, doubt = _first_reached(part.take(active), grid, level[active], restricted)
        column = np.arange(len(active))
        outer[active], inner[active] = grid[start, column], grid[first, column]
        active = active[doubt]
        points = FINER * int(np.max((first - start)[doubt], initial=1))

    def above(here: Floats, which: Integers) -> Floats:
        value = log_likelihood(part.take(which), here, restricted=restricted)
        return value - level[which]

    if rows.size:
        answer[rows] = bracketed_root(above, outer, inner)
    return answer


def _even_grid(smallest: Floats, outer: Floats, inner: Floats, points: int) -> Floats:
    """Return a grid even in log(v_min + tau²), shape (points + 1, n)."""
    share = np.arange(points + 1)[:, None] / points
    base = smallest + outer
    grid = np.maximum(base * ((smallest + inner) / base) ** share - smallest, 0.0)
    grid[0], grid[-1] = outer, inner
    return grid


def _first_reached(
    studies: Studies, grid: Floats, floor: Floats, restricted: bool
) -> tuple[Integers, Integers, Booleans]:
    """Return grid points around the first crossing, and where more may lie between them.

    The second is the first grid point at the floor or above; the first lies before any interval
    that may reach the floor.
    """
    heights = np.array([log_likelihood(studies, row, restricted=restricted) for row in grid])
    heights[-1] = np.maximum(heights[-1], floor)  # the peak, or found to be above it before
    a, t = curves(studies).score(grid, restricted=restricted)
    outward = np.sign(grid[-1] - grid[0])  # 1 where tau² grows along the grid, else -1
    most, least = outward * (a[:-1] - t[1:]) / 2, outward * (a[1:] - t[:-1]) / 2
    top = _highest_possible(heights, np.abs(np.diff(grid, axis=0)), most, least)
    first = np.argmax(heights >= floor, axis=0)
    start = np.argmax(top >= floor, axis=0)
    alone = (start == first - 1) & (least[start, np.arange(len(first))] > 0)
    return start, first, np.asarray(~alone)


def _highest_possible(heights: Floats, width: Floats, most: Floats, least: Floats) -> Floats:
    """Return a bound of a function over each interval from its ends and bounds of its slope."""
    left, right = heights[:-1], heights[1:]
    rise, fall = np.maximum(most, 0.0), np.maximum(-least, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        where = np.clip((right - left + fall * width) / (rise + fall), 0.0, width)
        bound = np.where(rise + fall > 0, left + rise * where, left)
    return np.maximum(bound, np.maximum(left, right))
