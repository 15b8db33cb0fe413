"""The marks of a caterpillar plot, drawn into its panel; the record decides everything."""

from __future__ import annotations

import math
from collections.abc import Iterable

from metaan.plots.charts.caterpillar_record import CaterpillarRow, CaterpillarRows
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import ChartAxis
from metaan.plots.pages.marks import (
    POLYGONS,
    Paint,
    Point,
    add_lines,
    add_polygons,
    arrow,
    bar,
    capped,
    diamond,
)
from metaan.plots.pages.page import Opened, Page

WHISKER, THINNEST = 1.0, 0.25
RADIUS, LEAST_RADIUS = 2.6, 0.7
ARROW_STEP = 8.0  # studies nearer to each other than this get no arrow heads
FAR = 50.0  # infinite limits are drawn as if this many lengths of the axis away


def draw_marks(opened: Opened[Page], record: CaterpillarRows) -> None:
    """Draw band, null, studies and pool."""
    axis = record.frame.x
    unit = (axis.high - axis.low) / (opened.page.right - opened.page.left)
    _draw_pool_band(opened, record, axis)
    studies = [row for row in record.rows if row.kind == "study"]
    for color in dict.fromkeys(row.color for row in studies):
        own = [row for row in studies if row.color == color]
        _draw_studies(opened, own, color, (record.step, unit))
    for row in record.rows:
        if row.kind != "study":
            _draw_end(opened, row, axis, unit)


def _draw_pool_band(opened: Opened[Page], record: CaterpillarRows, axis: ChartAxis) -> None:
    """Draw the interval of the pool behind the studies, its point and no effect as lines."""
    panel, paint, bottom = opened.panel, opened.theme.color, record.frame.height
    for row in record.rows:
        if row.kind == "pool":
            low, high = max(row.low, axis.low), min(row.high, axis.high)
            if low < high:
                box = [(low, 0.0), (high, 0.0), (high, row.y), (low, row.y)]
                look = Paint(fill=paint("shade 1"), edge="none", weight=0.0)
                add_polygons(panel, [box], look)
            line = [[(row.value, 0.0), (row.value, row.y)]]
            add_lines(panel, line, paint(row.color), 0.8 * opened.scale)
    if not math.isnan(record.null):
        null = [[(record.null, 0.0), (record.null, bottom)]]
        add_lines(panel, null, paint(themes.INK), 0.7 * opened.scale)


def _draw_studies(
    opened: Opened[Page], rows: Iterable[CaterpillarRow], color: str, size: tuple[float, float]
) -> None:
    """Draw studies of one color: whiskers as thin as their distance asks, and points."""
    step, unit = size
    left, right = opened.panel.get_xlim()
    rows = list(rows)
    weight = min(WHISKER, max(THINNEST, 0.5 * step)) * opened.scale
    radius = min(RADIUS, max(LEAST_RADIUS, 0.42 * step))
    edge = opened.theme.color(color)
    point = opened.theme.color(themes.OURS if color == themes.STUDY else color)
    lines = [
        [(max(row.low, left), row.y), (min(row.high, right), row.y)]
        for row in rows
        if row.high >= left and row.low <= right
    ]
    add_lines(opened.panel, lines, edge, weight)
    points = [
        [(row.value + radius * unit * a, row.y + radius * b) for a, b in POLYGONS[row.marker]]
        for row in rows
        if left <= row.value <= right
    ]
    add_polygons(opened.panel, points, Paint(fill=point, edge=point, weight=0.0))
    if step >= ARROW_STEP:
        heads = [head for row in rows for head in _heads(row, (left, right), unit)]
        add_polygons(opened.panel, heads, Paint(fill=edge, edge=edge, weight=0.0))


def _heads(row: CaterpillarRow, ends: tuple[float, float], unit: float) -> list[list[Point]]:
    left, right = ends
    heads = [arrow(left, row.y, unit, -1)] if row.low < left else []
    return heads + ([arrow(right, row.y, unit, 1)] if row.high > right else [])


def _draw_end(opened: Opened[Page], row: CaterpillarRow, axis: ChartAxis, unit: float) -> None:
    """Draw the diamond of the pool, or the bar of the prediction interval."""
    length = FAR * (axis.high - axis.low)
    low, high = max(row.low, axis.low - length), min(row.high, axis.high + length)
    edge = opened.theme.color(themes.OURS)
    paint = Paint(fill=opened.theme.color(row.color), edge=edge, weight=0.7 * opened.scale)
    is_pool = row.kind == "pool"
    shape = diamond(row.value, low, high, row.y) if is_pool else bar(low, high, row.y)
    if math.isnan(row.low) or math.isnan(row.high):
        add_lines(opened.panel, capped(row.low, row.high, row.y), edge, opened.scale)
        return
    add_polygons(opened.panel, [shape], paint)
    heads = _heads(row, (axis.low, axis.high), unit)
    add_polygons(opened.panel, heads, Paint(fill=edge, edge=edge, weight=0.0))
