"""Where everything in a forest plot stands: points from the top left corner of the page.

The layout is arithmetic on text widths. Columns are as wide as their text, rows as high as their
lines, and the page is as large as both, so nothing has to be drawn to find out whether it fits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from metaan.plots.forests.columns import (
    LIGHT,
    Columns,
    forest_columns,
    indent,
    row_style,
)
from metaan.plots.forests.foot import foot_block
from metaan.plots.forests.heads import head_block
from metaan.plots.forests.lights import light_role, light_sign
from metaan.plots.forests.record import MARKED, Cell, ForestRow, ForestRows
from metaan.plots.pages import theme
from metaan.plots.pages.marks import POLYGONS
from metaan.plots.pages.page import HALF_CAP, Page, Shape, Word, stack, titles
from metaan.plots.pages.theme import TypeStyle
from metaan.plots.pages.typesetting import wrap

AXIS_GAP = 4.0
NOTE_PAD = 1.0
BEGINNING = ("pool", "total", "model")
STRIPE, STRIPE_REACH = "shade 0", 4.0
LIGHT_SIGN = TypeStyle(size=7.5, leading=9.0, bold=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestPage(Page):
    """A page with center and height of each row, points; NaN for lines under the axis."""

    centers: tuple[float, ...]
    heights: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Texts:
    """A row's label and cells in lines."""

    label: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]

    @property
    def lines(self) -> int:
        """How many lines high the row is."""
        return max(1, len(self.label), *map(len, self.cells))


def forest_page(record: ForestRows, *, width: float = 0.0) -> ForestPage:
    """Return the page of a forest plot.

    Parameters
    ----------
    record : ForestRows
        What to set.
    width : float
        Least width of the page, points; the panel takes what the text leaves.
    """
    columns = forest_columns(record, width)
    words, top = titles(record.title, record.subtitle, columns.width - 2 * theme.MARGIN)
    head = head_block(record, columns, top)
    centers, heights, bottom = [], [], head.end + AXIS_GAP
    shapes: list[Shape] = []
    before: ForestRow | None = None
    striped = False
    for row in record.rows:
        if record.is_below(row):
            centers.append(math.nan)
            heights.append(math.nan)
            continue
        texts = _row_texts(row, columns)
        bottom += _space_before(row, before)
        height = texts.lines * row_style(row).leading + _pad(row)
        centers.append(bottom + height / 2)
        heights.append(height)
        words += _row_words(row, texts, columns, centers[-1])
        striped = row.kind in MARKED and not striped
        if striped and record.layout.zebra:
            shapes.append(_stripe(columns, bottom, bottom + height))
        shapes += _row_lights(row, columns, centers[-1])
        bottom += height
        before = row
    bottom += AXIS_GAP
    foot = foot_block(record, columns, bottom)
    return ForestPage(
        width=columns.width,
        height=foot.end + theme.MARGIN,
        left=columns.left,
        right=columns.right,
        top=head.end,
        bottom=bottom,
        centers=tuple(centers),
        heights=tuple(heights),
        words=(*head.words, *words, *foot.words),
        rules=(*head.rules, *foot.rules),
        shapes=(*shapes, *foot.shapes),
    )


def _row_texts(row: ForestRow, columns: Columns) -> _Texts:
    """Return the texts of a row in lines; its label may run on where no cells follow it."""
    room = columns.label_end(row) - theme.MARGIN - indent(row)
    label = wrap(row.label, row_style(row), room)
    cells = tuple(each.cell_lines(row) for each in columns.placed)
    return _Texts(label=label, cells=cells)


def _pad(row: ForestRow) -> float:
    return NOTE_PAD if row.kind == "note" else theme.ROW_PAD


def _stripe(columns: Columns, top: float, bottom: float) -> Shape:
    """Return the faint band under a row."""
    left, right = theme.MARGIN - STRIPE_REACH, columns.width - theme.MARGIN + STRIPE_REACH
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return Shape(points=corners, fill=STRIPE)


def _row_lights(row: ForestRow, columns: Columns, center: float) -> Iterator[Shape]:
    """Yield the discs under the signs of a row's judgments."""
    for each in columns.placed:
        for key in row.cell(each.column) if each.column.lights else ():
            x = (each.left + each.right) / 2
            disc = tuple((x + LIGHT * a, center + LIGHT * b) for a, b in POLYGONS["circle"])
            yield Shape(points=disc, fill=light_role(key), edge=theme.RULE, weight=0.5)


def _space_before(row: ForestRow, before: ForestRow | None) -> float:
    """Return the space over a row that begins something new."""
    if before is None:
        return 0.0
    if row.kind == "header" or row.group != before.group:
        return theme.BLOCK_GAP
    if row.kind == "published" and before.kind not in ("published", "header"):
        return theme.BLOCK_GAP
    begins = row.kind in BEGINNING and before.kind != row.kind
    ends = row.kind == "note" and before.kind in MARKED  # no pool parts the lines from studies
    return theme.ROW_PAD if begins or ends else 0.0


def _row_words(row: ForestRow, texts: _Texts, columns: Columns, center: float) -> Iterator[Word]:
    """Yield the texts of a row, all of them centered on it."""
    style = row_style(row)
    top = center - len(texts.label) * style.leading / 2
    yield from stack(texts.label, style, theme.MARGIN + indent(row), top)
    y = center + HALF_CAP * style.size
    for each, lines in zip(columns.placed, texts.cells, strict=True):
        cell = row.cell(each.column)
        if each.column.lights:
            yield from _signs(cell, (each.left + each.right) / 2, center)
        elif len(cell) == len(each.pieces):
            yield from (
                Word(x=x, y=y, text=text, style=style, align="right")
                for text, x in zip(cell, each.piece_ends(row), strict=True)
                if text
            )
        else:
            top = center - len(lines) * style.leading / 2
            yield from stack(lines, style, each.anchor, top, each.column.align)


def _signs(cell: Cell, x: float, center: float) -> Iterator[Word]:
    """Yield the sign of a judgment on its disc."""
    y = center + HALF_CAP * LIGHT_SIGN.size
    for key in cell:
        ground, text = light_role(key), light_sign(key)
        yield Word(x=x, y=y, text=text, style=LIGHT_SIGN, align="center", on=ground)
