"""The marks of a forest plot, drawn into its panel; the record decides everything."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from metaan.plots.forests.placing import ForestPage
from metaan.plots.forests.record import ForestAxis, ForestRow, ForestRows, Kind
from metaan.plots.pages import theme
from metaan.plots.pages.marks import (
    Paint,
    Point,
    add_lines,
    add_polygons,
    arrow,
    bar,
    capped,
    diamond,
    square,
)
from metaan.plots.pages.page import Opened

# Infinite limits are drawn as if this many lengths of the axis away: renderers need numbers.
FAR = 50.0
WHISKER = 1.0

PAINTS: Mapping[Kind, Paint] = MappingProxyType(
    {
        "study": Paint(fill=theme.STUDY, edge=theme.OURS, weight=0.0),
        "pool": Paint(fill=theme.OURS, edge=theme.OURS),
        "total": Paint(fill=theme.OURS, edge=theme.OURS),
        "prediction": Paint(fill=theme.PREDICTION, edge=theme.OURS),
        "published": Paint(fill=theme.PUBLISHED, edge=theme.PUBLISHED_EDGE),
    }
)


def draw_panel(opened: Opened[ForestPage], record: ForestRows) -> None:
    """Draw the marks of every row and the lines of no effect and of the total.

    Parameters
    ----------
    opened : Opened
        The page with its empty panel: analysis scale across, points from the top of the page
        down.
    record : ForestRows
        What to draw.
    """
    axis, page, panel, scale = record.axis, opened.page, opened.panel, opened.scale
    panel.set(xlim=(axis.low, axis.high), ylim=(page.bottom, page.top))
    unit = (axis.high - axis.low) / (page.right - page.left)
    placed = [(_near(row, axis), y) for row, y in zip(record.rows, page.centers, strict=True)]
    _reference_lines(opened, record)
    for kind, named in PAINTS.items():
        rows = [(row, y) for row, y in placed if row.kind == kind]
        paint = opened.paint(named)
        add_polygons(panel, [shape for row, y in rows for shape in _shapes(row, y, unit)], paint)
        lines = [line for row, y in rows for line in _lines(row, y)]
        add_lines(panel, lines, paint.edge, WHISKER * scale)
        heads = [head for row, y in rows for head in _arrows(row, y, axis, unit)]
        solid = paint.fill == paint.edge  # a head of the mark's own color would not be seen
        fill = opened.theme.paper if solid and kind != "study" else paint.edge
        add_polygons(panel, heads, Paint(fill=fill, edge="none", weight=0.0))


def _near(row: ForestRow, axis: ForestAxis) -> ForestRow:
    """Return the row with its infinite numbers brought back to where a renderer can go."""
    reach = FAR * (axis.high - axis.low)
    value, low, high = (
        min(max(x, axis.low - reach), axis.high + reach) if math.isinf(x) else x
        for x in (row.value, row.low, row.high)
    )
    return replace(row, value=value, low=low, high=high)


def _reference_lines(opened: Opened[ForestPage], record: ForestRows) -> None:
    """Draw no effect as a full line and the total as a dotted one, down to its diamond."""
    page, panel, weight = opened.page, opened.panel, 0.8 * opened.scale
    null = record.axis.null
    if not math.isnan(null):
        ends = [(null, page.top), (null, page.bottom)]
        add_lines(panel, [ends], opened.theme.rule, weight)
    for row, y in zip(record.rows, page.centers, strict=True):
        if row.kind == "total" and math.isfinite(row.value):
            ends = [(row.value, page.top), (row.value, y)]
            dotted = add_lines(panel, [ends], opened.theme.study, weight)
            if dotted is not None:
                dotted.set_linestyle((0, (1.2, 2.2)))


def _shapes(row: ForestRow, y: float, unit: float) -> list[list[Point]]:
    """Return the polygons of a row, none where its numbers make only a line."""
    value, low, high = row.value, row.low, row.high
    if row.kind == "study":
        return [square(value, y, row.size, unit)]
    if row.kind == "prediction":
        return [bar(low, high, y)]
    if math.isnan(value) or (math.isnan(low) and math.isnan(high)):
        return []
    return [diamond(value, low, high, y)]


def _lines(row: ForestRow, y: float) -> Sequence[list[Point]]:
    """Return whiskers, and what stands for a pool of which the source gives only a part."""
    if row.kind == "study":
        return [[(row.low, y), (row.high, y)]]
    if row.kind == "published" and math.isnan(row.value):
        return capped(row.low, row.high, y)
    if row.kind == "published" and math.isnan(row.low) and math.isnan(row.high):
        return capped(row.value, math.nan, y)
    return []


def _arrows(row: ForestRow, y: float, axis: ForestAxis, unit: float) -> list[list[Point]]:
    """Return an arrow head at each end of the axis that the row runs over."""
    left, right = axis.cuts(row)
    heads = [arrow(axis.low, y, unit, -1)] if left else []
    return [*heads, arrow(axis.high, y, unit, 1)] if right else heads
