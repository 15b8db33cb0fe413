"""The marks of a forest plot, drawn into its panel; the record decides everything."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from metaan.plots.forests.placing import ForestPage
from metaan.plots.forests.record import MARKED, TRACED, ForestAxis, ForestRow, ForestRows, Kind
from metaan.plots.pages import theme
from metaan.plots.pages.contrast import contrast, luminance
from metaan.plots.pages.marks import (
    Paint,
    Point,
    add_lines,
    add_polygons,
    arrow,
    bar,
    capped,
    diamond,
    marker,
)
from metaan.plots.pages.page import Opened
from metaan.plots.pages.targets import add_targets, box
from metaan.plots.pages.theme import Theme

# Infinite limits are drawn as if this many lengths of the axis away: renderers need numbers.
FAR = 50.0
WHISKER = 1.0
LINE = 0.8
REFIT_SIZE = 0.4  # of the area of the largest square: of marks that have no weight
DOT = 1.5  # points of a whisker that are seen: on its marker it has so many at least
RULED = 0.5  # points that the rules over and under the panel reach into it
NONE = "none"

PAINTS: Mapping[Kind, Paint] = MappingProxyType(
    {
        "study": Paint(fill=theme.STUDY, edge=theme.OURS, weight=0.0),
        "refit": Paint(fill=theme.OURS, edge=theme.OURS, weight=0.0),
        "treatment": Paint(fill=theme.OURS, edge=theme.OURS, weight=0.0),
        "component": Paint(fill=theme.OURS, edge=theme.OURS, weight=0.0),
        "slope": Paint(fill=theme.OURS, edge=theme.OURS, weight=0.0),
        "evidence": Paint(fill=theme.STUDY, edge=theme.OURS, weight=0.0),
        "pool": Paint(fill=theme.OURS, edge=theme.OURS),
        "total": Paint(fill=theme.OURS, edge=theme.OURS),
        "model": Paint(fill=theme.PREDICTION, edge=theme.OURS),
        "prediction": Paint(fill=theme.PREDICTION, edge=theme.OURS),
        "published": Paint(fill=theme.PUBLISHED, edge=theme.PUBLISHED_EDGE),
    }
)
FITTED = Paint(fill=theme.PREDICTION, edge=theme.PREDICTION)
# Dashes and gaps in weights of the line.
DASHES: Mapping[str, Any] = MappingProxyType(
    {"solid": "solid", "dashed": (0, (4.0, 2.5)), "dotted": (0, (1.2, 2.2))}
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
    axis, page, panel = record.axis, opened.page, opened.panel
    panel.set(xlim=(axis.low, axis.high), ylim=(page.bottom, page.top))
    unit = (axis.high - axis.low) / (page.right - page.left)
    placed = [(_near(row, axis), y) for row, y in zip(record.rows, page.centers, strict=True)]
    _band(opened, axis)
    _reference_lines(opened, record)
    fitted = [diamond(*row.fitted, y) for row, y in placed if math.isfinite(row.fitted[0])]
    add_polygons(panel, fitted, opened.paint(FITTED))
    looks: dict[tuple[Kind, int], list[tuple[ForestRow, float]]] = {}
    for row, y in placed:
        looks.setdefault((row.kind, row.series), []).append((row, y))
    for kind, named in PAINTS.items():
        for (_, series), rows in ((key, rows) for key, rows in looks.items() if key[0] == kind):
            role = f"series {series}"
            paint = named if series < 0 else replace(named, fill=role, edge=role)
            if kind in MARKED and series < 0:
                paint = replace(paint, edge=_whisker(opened.theme))
            _draw_rows(opened, rows, opened.paint(paint), unit)
    add_targets(panel, _bands(record, page, unit))


def _bands(record: ForestRows, page: ForestPage, unit: float) -> Iterator[list[Point]]:
    """Yield the whole row of each study and each published result."""
    low = record.axis.low
    left, right = (low + (x - page.left) * unit for x in (theme.MARGIN, page.width - theme.MARGIN))
    for row, y, height in zip(record.rows, page.centers, page.heights, strict=True):
        if row.kind in TRACED:
            yield box(left, right, y - height / 2, y + height / 2)


def _whisker(colors: Theme) -> str:
    """Return the name of the color that stands out more from the paper: pools' or studies'."""
    ground = luminance(colors.paper)
    roles = (theme.OURS, theme.STUDY)
    return max(roles, key=lambda role: abs(luminance(colors.color(role)) - ground))


def _draw_rows(
    opened: Opened[ForestPage],
    rows: Sequence[tuple[ForestRow, float]],
    paint: Paint,
    unit: float,
) -> None:
    """Draw rows of one look: polygons, lines, and arrow heads where they run over an end."""
    panel = opened.panel
    ends = panel.get_xlim()
    add_polygons(panel, [shape for row, y in rows for shape in _shapes(row, y, unit)], paint)
    lines = [line for row, y in rows for line in _lines(row, y)]
    add_lines(panel, lines, paint.edge, WHISKER * opened.scale)
    within = [line for row, y in rows for line in _within(row, y, unit)]
    add_lines(panel, within, _over(opened.theme, paint.fill), WHISKER * opened.scale)
    heads = [head for row, y in rows for head in _arrows(row, y, ends, unit)]
    # A head of a diamond's own color would not be seen on it.
    hidden = paint.fill == paint.edge and rows[0][0].kind not in MARKED
    fill = opened.theme.paper if hidden else paint.edge
    add_polygons(panel, heads, Paint(fill=fill, edge=NONE, weight=0.0))


def _near(row: ForestRow, axis: ForestAxis) -> ForestRow:
    """Return the row with its infinite numbers brought back to where a renderer can go."""
    reach = FAR * (axis.high - axis.low)

    def brought(value: float) -> float:
        return min(max(value, axis.low - reach), axis.high + reach) if value == value else value

    value, low, high = (brought(x) for x in (row.value, row.low, row.high))
    first, second, third = (brought(x) for x in row.fitted)
    return replace(row, value=value, low=low, high=high, fitted=(first, second, third))


def _band(opened: Opened[ForestPage], axis: ForestAxis) -> None:
    """Fill the area of effects too small to matter, as far as it lies on the axis."""
    low, high = max(axis.band[0], axis.low), min(axis.band[1], axis.high)
    if not math.isnan(axis.band[0]) and low < high:
        top, bottom = opened.page.top + RULED, opened.page.bottom - RULED
        corners = [(low, top), (high, top), (high, bottom), (low, bottom)]
        add_polygons(opened.panel, [corners], opened.paint(Paint(fill=theme.BAND, edge=NONE)))


def _reference_lines(opened: Opened[ForestPage], record: ForestRows) -> None:
    """Draw no effect from end to end, and the total down to its diamond, as the layout says."""
    page, axis, layout = opened.page, record.axis, record.layout
    if not math.isnan(axis.null):
        ends = [(axis.null, page.top), (axis.null, page.bottom)]
        _reference_line(opened, ends, theme.RULE, layout.null_line)
    for row, y in zip(record.rows, page.centers, strict=True):
        if row.kind == "total" and axis.low <= row.value <= axis.high:
            ends = [(row.value, page.top), (row.value, y)]
            _reference_line(opened, ends, theme.STUDY, layout.total_line)


def _reference_line(opened: Opened[ForestPage], ends: list[Point], color: str, style: str) -> None:
    if style == NONE:
        return
    weight = LINE * opened.scale
    drawn = add_lines(opened.panel, [ends], opened.theme.color(color), weight)
    if drawn is not None:
        drawn.set_linestyle(DASHES[style])


def _shapes(row: ForestRow, y: float, unit: float) -> list[list[Point]]:
    """Return the polygons of a row, none where its numbers make only a line or nothing."""
    value, low, high = row.value, row.low, row.high
    if row.kind == "prediction":
        return [] if math.isnan(low) or math.isnan(high) else [bar(low, high, y)]
    if math.isnan(value):
        return []
    if row.kind in MARKED:
        size = row.size if row.kind == "study" else REFIT_SIZE
        return [marker(row.marker, value, y, size, unit)]
    if math.isnan(low) and math.isnan(high):
        return []
    return [diamond(value, low, high, y)]


def _lines(row: ForestRow, y: float) -> Sequence[list[Point]]:
    """Return whiskers, and what stands for a pool of which the source gives only a part."""
    if row.kind in MARKED:
        known = not (math.isnan(row.low) or math.isnan(row.high))
        return [[(row.low, y), (row.high, y)]] if known else []
    if row.kind == "published" and math.isnan(row.value):
        return capped(row.low, row.high, y)
    if row.kind == "published" and math.isnan(row.low) and math.isnan(row.high):
        return capped(row.value, math.nan, y)
    return []


def _within(row: ForestRow, y: float, unit: float) -> list[list[Point]]:
    """Return the part of a whisker that lies on its marker, where an end of it does (or nearly).

    There the whisker's own color might not be seen, and the interval would look like none. A
    whisker that leaves the marker well at both sides is seen anyway.
    """
    if row.kind not in MARKED or not _lines(row, y):
        return []
    for shape in _shapes(row, y, unit):
        left, right = across(shape, y)
        reach, least = DOT * unit, DOT * unit / 2
        if left - reach < row.low or row.high < right + reach:
            low, high = min(row.low, row.value - least), max(row.high, row.value + least)
            return [[(max(low, left), y), (min(high, right), y)]]
    return []


def across(shape: Sequence[Point], y: float) -> tuple[float, float]:
    """Return where a convex polygon begins and ends at a height inside of it."""
    found = []
    for (x0, y0), (x1, y1) in zip(shape, [*shape[1:], shape[0]], strict=True):
        if min(y0, y1) <= y <= max(y0, y1) and y0 != y1:
            found.append(x0 + (x1 - x0) * (y - y0) / (y1 - y0))
    return min(found), max(found)


def _over(colors: Theme, fill: str) -> str:
    """Return the color of a line on a marker: the paper's or the ink's, whichever is seen."""
    return max((colors.paper, colors.ink), key=lambda color: contrast(color, fill))


def _arrows(row: ForestRow, y: float, ends: tuple[float, float], unit: float) -> list[list[Point]]:
    """Return an arrow head at each end of the axis that the row runs over."""
    if not (_shapes(row, y, unit) or _lines(row, y)):
        return []
    marks = (row.low, row.value, row.high)
    heads = [arrow(ends[0], y, unit, -1)] if any(x < ends[0] for x in marks) else []
    return [*heads, arrow(ends[1], y, unit, 1)] if any(x > ends[1] for x in marks) else heads
