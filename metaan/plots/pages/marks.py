"""Squares, diamonds, bars, whiskers and arrows: polygons and lines in a panel.

Heights are points, horizontal places are analysis-scale numbers; ``unit`` is the length of one
point on the horizontal axis. Everything of one look becomes one artist.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection

Point = tuple[float, float]

# Area of the heaviest study's square: 8.5 points a side.
LARGEST_SQUARE = 8.5
SMALLEST_SQUARE = 0.08  # of the area of the largest
DIAMOND_HALF = 5.0
BAR_HALF = 2.0
CAP_HALF = 3.2
ARROW_LENGTH = 5.0
ARROW_HALF = 2.7
# One layer for lines and polygons, so that what is added later lies on top.
MARK_ORDER = 2.0


def _around(corners: int, turn: float = 0.0) -> tuple[Point, ...]:
    """Return a regular polygon in the unit circle; ``turn`` moves it by parts of a corner."""
    angles = [2 * math.pi * (i + turn) / corners for i in range(corners)]
    return tuple((math.sin(angle), -math.cos(angle)) for angle in angles)


# Markers by name, about as heavy as each other, in a circle of about one around 0; y downwards.
POLYGONS: Mapping[str, tuple[Point, ...]] = MappingProxyType(
    {
        "square": ((-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)),
        "circle": _around(40),
        "diamond": tuple((1.2 * x, 1.2 * y) for x, y in _around(4)),
        "triangle": tuple((1.2 * x, 1.2 * y) for x, y in _around(3)),
        "triangle_down": tuple((1.2 * x, -1.2 * y) for x, y in _around(3)),
        "pentagon": tuple((1.1 * x, 1.1 * y) for x, y in _around(5)),
        "hexagon": _around(6),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint:
    """How a mark looks: fill and edge colors, and the weight of the edge in points."""

    fill: str
    edge: str
    weight: float = 0.7


def square(x: float, y: float, size: float, unit: float) -> list[Point]:
    """Return a square centered on (x, y) with an area of ``size`` times the largest.

    A study of next to no weight keeps a square that can be seen.
    """
    half = LARGEST_SQUARE * math.sqrt(max(size, SMALLEST_SQUARE)) / 2
    dx = half * unit
    return [(x - dx, y - half), (x + dx, y - half), (x + dx, y + half), (x - dx, y + half)]


def diamond(value: float, low: float, high: float, y: float) -> list[Point]:
    """Return a diamond on its row; only one half of it where the other limit is NaN."""
    left = [] if math.isnan(low) else [(low, y)]
    right = [] if math.isnan(high) else [(high, y)]
    return [*left, (value, y - DIAMOND_HALF), *right, (value, y + DIAMOND_HALF)]


def bar(low: float, high: float, y: float) -> list[Point]:
    """Return a flat bar from ``low`` to ``high``."""
    return [(low, y - BAR_HALF), (high, y - BAR_HALF), (high, y + BAR_HALF), (low, y + BAR_HALF)]


def arrow(edge: float, y: float, unit: float, side: int) -> list[Point]:
    """Return an arrow head whose tip touches the end of the axis; ``side`` -1 left, 1 right."""
    back = edge - side * ARROW_LENGTH * unit
    return [(edge, y), (back, y - ARROW_HALF), (back, y + ARROW_HALF)]


def capped(low: float, high: float, y: float) -> list[list[Point]]:
    """Return an interval without a point as a line with a cap at each limit that is known."""
    known = [x for x in (low, high) if not math.isnan(x)]
    caps = [[(x, y - CAP_HALF), (x, y + CAP_HALF)] for x in known]
    return [[(low, y), (high, y)], *caps] if len(known) == 2 else caps


def add_polygons(panel: Axes, shapes: Sequence[list[Point]], paint: Paint) -> None:
    """Draw polygons of one look as one artist; nothing where there is none."""
    if shapes:
        artist = PolyCollection(
            shapes, facecolors=paint.fill, edgecolors=paint.edge, linewidths=paint.weight
        )
        artist.set_zorder(MARK_ORDER)
        panel.add_collection(artist, autolim=False)


def add_lines(
    panel: Axes,
    lines: Sequence[Sequence[Point]],
    color: str | Sequence[str],
    weight: float | Sequence[float],
) -> LineCollection | None:
    """Draw lines as one artist; nothing where there is none."""
    if not lines:
        return None
    artist = LineCollection(lines, colors=color, linewidths=weight, capstyle="butt")
    artist.set_zorder(MARK_ORDER)
    panel.add_collection(artist, autolim=False)
    return artist
