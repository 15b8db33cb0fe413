"""From a row of SELECTIONS and the studies' z-values to the selector of a likelihood."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from metaan.core.arrays import Floats, Integers
from metaan.diagnostics.selection.components import (
    IntervalSelector,
    SmoothSelector,
    panel_nodes,
)
from metaan.diagnostics.selection.functions import places_of
from metaan.diagnostics.selection.selections import Selection

FADED = 8.5  # beyond this z, p is 0 or 1 to the last digit
SMALLEST = 37.5  # beyond this z, p is no number
WIDEST, POINTS = 1.25, 16  # of a panel, and nodes on it
FINEST = 0.35  # panels of functions with a power, and of two sides, whose edges can be sharp
FAR_WIDEST = 3.0  # of a panel beyond which only logarithms of p change
NEAR_ZERO = (1e-4, 1e-3, 1e-2, 0.05, 0.15, 0.4)  # ends of panels where 1 - p falls to 0


class Fineness(NamedTuple):
    """How nodes are laid: times the widths of panels, and nodes on each."""

    times: float
    points: int


FINE, ROUGH = Fineness(1.0, POINTS), Fineness(3.0, 7)  # for the result, to find where it lies


class Threshold(NamedTuple):
    """The p-value up to which everything is published alike, or 0."""

    p: float

    def z(self, sides: int) -> float:
        """Return its z."""
        return float(-ndtri(self.p / sides))


def smooth_selector(
    row: Selection,
    z: Floats,
    p: Floats,
    *,
    sides: int,
    threshold: Threshold,
    factor: Floats,
    fineness: Fineness = FINE,
) -> SmoothSelector:
    """Return the selector of a smooth function.

    Parameters
    ----------
    row : Selection
        Of kind "smooth".
    z, p : ndarray, shape (k,)
        Turned z-values and p-values.
    sides : int
        1 or 2.
    threshold : Threshold
        Below which w is 1.
    factor : ndarray, shape (k, 1) or (1, 1)
        Imprecision of the studies.
    fineness : Fineness
        Of the nodes.
    """
    assert row.function is not None
    ends = ends_of(row, sides)
    breaks = _breaks(row, sides, ends, threshold, fineness.times)
    nodes, log_width = panel_nodes(breaks, fineness.points)
    outer = (float(breaks[0]), float(breaks[-1]))
    seen = np.concatenate((nodes, outer))[None]
    places, own = places_of(seen, sides, ends), places_of(z[:, None], sides, ends)
    edge, beyond = None, np.ones((1, 1))
    if threshold.p:
        at = threshold.z(sides)
        beyond = np.asarray((seen if sides == 1 else np.abs(seen)) < at, dtype=np.float64)
        edge = places_of(np.full((1, 1), at), sides, ends)
        edge = edge._replace(factor=edge.factor * factor)
    return SmoothSelector(
        function=row.function,
        nodes=nodes,
        log_width=log_width,
        ends=outer,
        places=places._replace(factor=places.factor * factor),
        own=own._replace(factor=own.factor * factor),
        edge=edge,
        beyond=beyond,
        own_beyond=np.asarray(p > threshold.p, dtype=np.float64)[:, None],
    )


def ends_of(row: Selection, sides: int) -> tuple[float, float]:
    """Return between which z p-values are told apart (two sides: |z|)."""
    least = row.censored
    high = float(-ndtri(least / sides)) if least else SMALLEST
    if sides == 1:
        return -high, high
    return (float(-ndtri((1 - least) / 2)) if least else 0.0), high


def _breaks(
    row: Selection, sides: int, ends: tuple[float, float], threshold: Threshold, times: float
) -> Floats:
    """Return the ends of the panels: where the function has a kink, and between."""
    high = min(ends[1], FADED)
    known = {-high, high, 0.0}
    if threshold.p:
        edge = threshold.z(sides)
        known |= {edge, -edge} if sides == 2 else {edge}
    if sides == 2:
        small = (ends[0], *NEAR_ZERO) if ends[0] else NEAR_ZERO
        known |= {sign * each for each in small for sign in (-1.0, 1.0)}
    # only a power of p is told apart where p is 0 to the last digit
    powered = len(row.logs) > 1 and row.logs[1]
    inside = _between(sorted(known), times * (FINEST if powered or sides == 2 else WIDEST))
    if not powered:
        return inside
    far = _between([FADED, SMALLEST], times * FAR_WIDEST)[1:]
    near = -far[::-1] if sides == 2 else far[:0]
    return np.concatenate((near, inside, far))


def _between(known: list[float], widest: float) -> Floats:
    parts = [
        np.linspace(low, high, int(np.ceil((high - low) / widest)) + 1)[:-1]
        for low, high in pairwise(known)
    ]
    return np.concatenate((*parts, known[-1:]))


def step_selector(steps: tuple[float, ...], place: Integers, sides: int) -> IntervalSelector:
    """Return the selector of a step function.

    Parameters
    ----------
    steps : tuple of float
        Ends of the intervals of p-values, increasing, without 1.
    place : ndarray, shape (k,)
        Interval of each study, from 0.
    sides : int
        1 or 2.
    """
    cuts = -ndtri(np.array(steps) / sides)[::-1]  # p-values fall where z rises
    order = tuple(range(len(steps) - 1, -2, -1))
    if sides == 2:
        cuts = np.concatenate((-cuts[::-1], cuts))
        order = (*order[:0:-1], *order)
    return IntervalSelector(cuts=cuts[None, None], parameter=order, own=place[None] - 1)


def cut_selector(se: Floats, cut: Floats, below: Integers) -> IntervalSelector:
    """Return the selector of truncated distributions.

    Parameters
    ----------
    se : ndarray, shape (k,)
        Standard errors.
    cut : ndarray, shape (n,)
        Turned effects less the null value.
    below : ndarray, shape (n, k)
        1 for a study below the cut.
    """
    return IntervalSelector(
        cuts=(cut[:, None] / se)[..., None], parameter=(0, -1), own=np.asarray(below) - 1
    )
