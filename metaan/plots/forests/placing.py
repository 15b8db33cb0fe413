"""Where everything in a forest plot stands: points from the top left corner of the page.

The layout is arithmetic on text widths. Columns are as wide as their text, rows as high as their
lines, and the page is as large as both, so nothing has to be drawn to find out whether it fits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from metaan.plots.forests.columns import Columns, confined, forest_columns, indent, row_style
from metaan.plots.forests.record import ForestRow, ForestRows
from metaan.plots.pages import theme
from metaan.plots.pages.page import HALF_CAP, Page, Rule, Word, footnotes, stack, titles
from metaan.plots.pages.theme import Align
from metaan.plots.pages.typesetting import wrap

AXIS_GAP = 4.0
TICK_LENGTH = 3.5
FAVORS_GAP = 7.0
FAVORS_WIDTH = 170.0
NOTE_PAD = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestPage(Page):
    """A page with the center of each row, points from the top."""

    centers: tuple[float, ...]


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
    heads, rules, top = _heads(record, columns, top)
    words += heads
    centers, bottom = [], top + AXIS_GAP
    before: ForestRow | None = None
    for row in record.rows:
        lines = _label_lines(row, columns)
        bottom += _space_before(row, before)
        pad = NOTE_PAD if row.kind == "note" else theme.ROW_PAD
        height = max(len(lines), 1) * row_style(row).leading + pad
        centers.append(bottom + height / 2)
        words += _row_words(row, lines, columns, centers[-1])
        bottom += height
        before = row
    bottom += AXIS_GAP
    under, under_rules, end = _under(record, columns, bottom)
    return ForestPage(
        width=columns.width,
        height=end + theme.MARGIN,
        left=columns.left,
        right=columns.right,
        top=top,
        bottom=bottom,
        centers=tuple(centers),
        words=(*words, *under),
        rules=(*rules, *under_rules),
    )


def _heads(
    record: ForestRows, columns: Columns, top: float
) -> tuple[list[Word], list[Rule], float]:
    """Return the heads of all columns, bottoms aligned, over one rule."""
    style = theme.HEAD
    words: list[Word] = []
    rules: list[Rule] = []
    overs = columns.overs
    base = top + max((len(over.lines) for over in overs), default=0) * style.leading
    for over in overs:
        start = base - len(over.lines) * style.leading
        words += stack(over.lines, style, (over.left + over.right) / 2, start, "center")
        rules.append(Rule(start=(over.left, base + 1.5), end=(over.right, base + 1.5)))
    base += 3.0 if overs else 0.0
    heads: list[tuple[tuple[str, ...], float, Align]] = [
        ((record.label_head,), theme.MARGIN, "left"),
        *((each.head, each.anchor, each.column.align) for each in columns.placed),
    ]
    bottom = base + max(len(lines) for lines, _, _ in heads) * style.leading
    for lines, x, align in heads:
        words += stack(lines, style, x, bottom - len(lines) * style.leading, align)
    bottom += 2.5
    ends = (theme.MARGIN, bottom), (columns.width - theme.MARGIN, bottom)
    rules.append(Rule(start=ends[0], end=ends[1], color=theme.INK, weight=0.8))
    return [word for word in words if word.text], rules, bottom


def _label_lines(row: ForestRow, columns: Columns) -> tuple[str, ...]:
    """Return the label; it may run through the arm columns where the row has none."""
    right = columns.label_right if confined(row) else columns.text_right
    return wrap(row.label, row_style(row), right - theme.MARGIN - indent(row))


def _space_before(row: ForestRow, before: ForestRow | None) -> float:
    """Return the space over a row that begins something new."""
    if before is None:
        return 0.0
    if row.kind == "header" or row.group != before.group:
        return theme.BLOCK_GAP
    if row.kind == "published" and before.kind not in ("published", "header"):
        return theme.BLOCK_GAP
    return theme.ROW_PAD if row.kind in ("pool", "total") else 0.0


def _row_words(
    row: ForestRow, lines: Sequence[str], columns: Columns, center: float
) -> Iterator[Word]:
    """Yield the texts of a row, all of them centered on it."""
    style = row_style(row)
    yield from stack(
        lines, style, theme.MARGIN + indent(row), center - len(lines) * style.leading / 2
    )
    y = center + HALF_CAP * style.size
    for each in columns.placed:
        cell = row.cell(each.column)
        if len(cell) == len(each.pieces):
            yield from (
                Word(x=x, y=y, text=text, style=style, align="right")
                for text, x in zip(cell, each.pieces, strict=True)
                if text
            )
        elif cell:
            text = " ".join(cell)
            yield Word(x=each.anchor, y=y, text=text, style=style, align=each.column.align)


def _under(
    record: ForestRows, columns: Columns, bottom: float
) -> tuple[list[Word], list[Rule], float]:
    """Return axis, its texts and the footnotes under the panel, and where they end."""
    axis = record.axis
    rules = [Rule(start=(columns.left, bottom), end=(columns.right, bottom), color=theme.INK)]
    words: list[Word] = []
    for tick, label in zip(axis.ticks, axis.tick_labels, strict=True):
        x = columns.place(tick, axis)
        rules.append(Rule(start=(x, bottom), end=(x, bottom + TICK_LENGTH), color=theme.INK))
        words += stack([label], theme.TICK, x, bottom + TICK_LENGTH + 1.0, "center")
    top = bottom + TICK_LENGTH + 1.0 + theme.TICK.leading
    sides = _favors(record, columns, top)
    words += sides
    top = max((word.y for word in sides), default=top - 3.0) + 4.0
    middle = (columns.left + columns.right) / 2
    lines = wrap(record.axis_label, theme.TICK, columns.right - columns.left)
    words += stack(lines, theme.TICK, middle, top, "center")
    top += len(lines) * theme.TICK.leading
    notes, end = footnotes(record.notes, columns.width - 2 * theme.MARGIN, top)
    return [*words, *notes], rules, end


def _favors(record: ForestRows, columns: Columns, top: float) -> list[Word]:
    """Return the texts for the two sides of no effect, growing away from it.

    Without a null on the axis they stand at its ends.
    """
    null = record.axis.null
    if math.isnan(null):
        room = (columns.right - columns.left) / 2 - FAVORS_GAP
        anchors: tuple[tuple[float, Align, float], ...] = (
            (columns.left, "left", room),
            (columns.right, "right", room),
        )
    else:
        x = columns.place(null, record.axis)
        anchors = (
            (x - FAVORS_GAP, "right", x - FAVORS_GAP - theme.MARGIN),
            (x + FAVORS_GAP, "left", columns.width - theme.MARGIN - x - FAVORS_GAP),
        )
    arrowed = [
        f"{before}{text}{after}" if text else ""
        for text, before, after in zip(record.favors, ("← ", ""), ("", " →"), strict=True)
    ]
    words: list[Word] = []
    for text, (x, align, room) in zip(arrowed, anchors, strict=True):
        lines = wrap(text, theme.TICK, min(room, FAVORS_WIDTH))
        words += stack(lines, theme.TICK, x, top, align)
    return words
