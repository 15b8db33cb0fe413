"""Names away from their point, at the end of a thin line; lengths in points of the page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.plots.pages import theme
from metaan.plots.pages.page import Rule
from metaan.plots.pages.theme import Align

NEAR = (7.0, 12.0, 18.0, 26.0)  # from the mark to its name
FAR = (*NEAR, 36.0, 50.0, 68.0, 90.0)  # of few names, and of those that were asked for
DIRECTIONS = 16
UPRIGHT = 0.35  # cosine below which a name is centered over or under its point
LEADER_WEIGHT = 0.5
LEADER_STEP = 1.5  # points between the places along a leader that are looked at
LEADER_HALF = 0.8  # room that other names leave it

Box = tuple[float, float, float, float]  # left, right, top, bottom


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The point that is named: its center, its radius, and the width and height of its name."""

    x: float
    y: float
    radius: float
    long: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Led:
    """Where a name stands away from its point, and the line between the two.

    Attributes
    ----------
    place : ndarray, shape (4,)
        Left, top, right and bottom of the name.
    align : str
        Which end of its lines is at the side of the point.
    leader : Rule
        The line.
    keep : ndarray, shape (n, 4)
        Rectangles along the line, of which other names keep clear.
    """

    place: Floats
    align: Align
    leader: Rule
    keep: Floats


def led_place(
    mark: Mark, taken: Floats, box: Box, *, lines: Floats, distances: Sequence[float]
) -> Led | None:
    """Return the nearest free place of a name away from its point; None if there is none.

    Parameters
    ----------
    mark : Mark
        What is named.
    taken : ndarray, shape (n, 4)
        Rectangles that are not free: left, top, right, bottom.
    box : tuple of float
        Left, right, top and bottom of the area that the name stays in.
    lines : ndarray, shape (m, 4)
        Rectangles along lines: a name keeps clear of them, its leader does not.
    distances : sequence of float
        How far from the mark it may stand, points.
    """
    tries, aligns = _tries(mark, distances)
    left, right, top, bottom = box
    free = (tries[:, 0] >= left) & (tries[:, 2] <= right)
    free &= (tries[:, 1] >= top) & (tries[:, 3] <= bottom)
    free &= ~_touching(tries, np.vstack([taken, lines]))
    own = (taken[:, 0] < mark.x) & (mark.x < taken[:, 2])
    others = taken[~(own & (taken[:, 1] < mark.y) & (mark.y < taken[:, 3]))]
    for i in np.flatnonzero(free).tolist():
        start, end = _leader(mark, tries[i])
        along = _along(start, end)
        if not _touching(along, others).any():
            rule = Rule(start=start, end=end, color=theme.QUIET, weight=LEADER_WEIGHT, over=True)
            return Led(place=tries[i], align=aligns[i], leader=rule, keep=along)
    return None


def _tries(mark: Mark, distances: Sequence[float]) -> tuple[Floats, list[Align]]:
    """Return rectangles around the mark, near ones first, and how their lines are set."""
    found = list(_around(mark, distances))
    return np.array([place for place, _ in found]), [align for _, align in found]


def _around(
    mark: Mark, distances: Sequence[float]
) -> Iterator[tuple[tuple[float, float, float, float], Align]]:
    for distance in distances:
        for turn in range(DIRECTIONS):
            angle = 2 * math.pi * turn / DIRECTIONS
            dx, dy, reach = math.cos(angle), math.sin(angle), mark.radius + distance
            align: Align = "center" if abs(dx) < UPRIGHT else "left" if dx > 0 else "right"
            before = {"left": 0.0, "center": 0.5, "right": 1.0}[align] * mark.long
            left = mark.x + dx * reach - before
            top = mark.y + dy * (reach + mark.high / 2) - mark.high / 2
            yield (left, top, left + mark.long, top + mark.high), align


def _leader(mark: Mark, place: Floats) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the line from the edge of the mark to the nearest place of its name."""
    left, top, right, bottom = place.tolist()
    x, y = min(max(mark.x, left), right), min(max(mark.y, top), bottom)
    length = math.hypot(x - mark.x, y - mark.y) or 1.0
    share = mark.radius / length
    return (mark.x + share * (x - mark.x), mark.y + share * (y - mark.y)), (x, y)


def _along(start: tuple[float, float], end: tuple[float, float]) -> Floats:
    """Return small rectangles along a line."""
    steps = max(2, math.ceil(math.dist(start, end) / LEADER_STEP))
    x, y = np.linspace(start, end, steps).T
    half = LEADER_HALF
    return np.column_stack([x - half, y - half, x + half, y + half])


def _touching(tries: Floats, taken: Floats) -> Booleans:
    """Return whether each rectangle touches one of the others, shape (n,)."""
    if not len(taken):
        return np.zeros(len(tries), dtype=bool)
    across = (tries[:, None, 0] < taken[:, 2]) & (taken[:, 0] < tries[:, None, 2])
    up = (tries[:, None, 1] < taken[:, 3]) & (taken[:, 1] < tries[:, None, 3])
    return np.asarray((across & up).any(axis=1))
