"""Squares, diamonds, bars, whiskers and arrows: polygons and lines in a panel.

Heights are points, horizontal places are analysis-scale numbers; ``unit`` is the length of one
point on the horizontal axis. Everything of one look becomes one artist.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection

from metaan.plots.pages.polygons import POLYGONS as POLYGONS
from metaan.plots.pages.polygons import Point as Point
from metaan.plots.pages.polygons import polygon_area

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint:
    """How a mark looks: fill and edge colors, and the weight of the edge in points."""

    fill: str
    edge: str
    weight: float = 0.7


def marker(shape: str, x: float, y: float, size: float, unit: float) -> list[Point]:
    """Return a marker centered on (x, y) whose area is ``size`` times the largest square's.

    Parameters
    ----------
    shape : str
        Key of ``POLYGONS``; all shapes of one size have one area.
    x, y : float
        Center: analysis scale, points.
    size : float
        0 to 1. A study of next to no weight keeps a mark that can be seen.
    unit : float
        Length of one point on the horizontal axis.
    """
    shown = size if size > SMALLEST_SQUARE else SMALLEST_SQUARE  # also where the size is NaN
    reach = LARGEST_SQUARE * math.sqrt(shown / polygon_area(shape))
    return [(x + reach * a * unit, y + reach * b) for a, b in POLYGONS[shape]]


def diamond(value: float, low: float, high: float, y: float) -> list[Point]:
    """Return a diamond on its row; only one half of it where the other limit is NaN."""
    left = [] if math.isnan(low) else [(low, y)]
    right = [] if math.isnan(high) else [(high, y)]
    return [*left, (value, y - DIAMOND_HALF), *right, (value, y + DIAMOND_HALF)]


def bar(low: float, high: float, y: float) -> list[Point]:
    """Return a flat bar from ``low`` to ``high``."""
    return [(low, y - BAR_HALF), (high, y - BAR_HALF), (high, y + BAR_HALF), (low, y + BAR_HALF)]


def arrow(edge: float, y: float, unit: float, side: int, half: float = ARROW_HALF) -> list[Point]:
    """Return an arrow head whose tip touches the end of the axis; ``side`` -1 left, 1 right.

    ``half`` is half of its height, with which its length grows.
    """
    back = edge - side * ARROW_LENGTH * half / ARROW_HALF * unit
    return [(edge, y), (back, y - half), (back, y + half)]


def capped(low: float, high: float, y: float) -> list[list[Point]]:
    """Return an interval without a point as a line with a cap at each limit that is known."""
    known = [x for x in (low, high) if not math.isnan(x)]
    caps = [[(x, y - CAP_HALF), (x, y + CAP_HALF)] for x in known]
    return [[(low, y), (high, y)], *caps] if len(known) == 2 else caps


def add_polygons(
    panel: Axes, shapes: Sequence[Sequence[Point]], paint: Paint | Sequence[Paint]
) -> None:
    """Draw polygons as one artist, the first lowest; nothing where there is none.

    ``paint`` is that of all of them, or one for each.
    """
    if not shapes:
        return
    paints = [paint] if isinstance(paint, Paint) else list(paint)
    artist = PolyCollection(
        shapes,
        facecolors=[each.fill for each in paints],
        edgecolors=[each.edge for each in paints],
        linewidths=[each.weight for each in paints],
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
