"""The small pictures of a legend: what a color, a marker or a line stands for."""

from __future__ import annotations

from collections.abc import Iterator

from metaan.plots.pages.legend import LegendEntry as LegendEntry
from metaan.plots.pages.marks import POLYGONS
from metaan.plots.pages.page import Rule, Shape

SWATCH_WIDTH = 16.0
MARKER_HALF = 3.6
AREA_HALF = 4.0
DASHES = 3
LINE_WEIGHT = 1.3


def swatch(entry: LegendEntry, x: float, y: float) -> tuple[list[Shape], list[Rule]]:
    """Return the picture of an entry, its left end at ``x``, centered on ``y``; points."""
    end = x + SWATCH_WIDTH
    if entry.kind == "area":
        corners = (
            (x, y - AREA_HALF),
            (end, y - AREA_HALF),
            (end, y + AREA_HALF),
            (x, y + AREA_HALF),
        )
        return [Shape(points=corners, fill=entry.fill, edge=entry.edge, weight=0.5)], []
    if entry.kind == "marker":
        points = POLYGONS[entry.marker]
        middle = x + SWATCH_WIDTH / 2
        placed = tuple((middle + MARKER_HALF * a, y + MARKER_HALF * b) for a, b in points)
        return [Shape(points=placed, fill=entry.fill, edge=entry.edge)], []
    if entry.kind == "line":
        return [], [
            Rule(start=(first, y), end=(last, y), color=entry.edge, weight=LINE_WEIGHT)
            for first, last in _strokes(x, entry.dashes)
        ]
    step = SWATCH_WIDTH / (2 * DASHES - 1)
    return [], [
        Rule(
            start=(x + 2 * i * step, y),
            end=(x + (2 * i + 1) * step, y),
            color=entry.edge,
            weight=LINE_WEIGHT,
        )
        for i in range(DASHES)
    ]


def _strokes(x: float, dashes: tuple[float, ...]) -> Iterator[tuple[float, float]]:
    """Yield where the strokes of a line begin and end, as far as the picture goes."""
    at, end = x, x + SWATCH_WIDTH
    if not dashes:
        yield x, end
    while dashes and at < end:
        for stroke, gap in zip(dashes[::2], dashes[1::2], strict=True):
            if at < end:
                yield at, min(at + stroke * LINE_WEIGHT, end)
            at += (stroke + gap) * LINE_WEIGHT
