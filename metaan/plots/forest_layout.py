"""Where everything in a forest plot stands: points from the top left corner of the page.

The layout is arithmetic on text widths. Columns are as wide as their text, rows as high as their
lines, and the page is as large as both, so nothing has to be drawn to find out whether it fits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from metaan.plots import theme
from metaan.plots.forest_columns import Columns, confined, forest_columns, indent, row_style
from metaan.plots.forest_record import ForestRow, ForestRows
from metaan.plots.theme import Align, TypeStyle
from metaan.plots.typesetting import wrap

# Half the height of figures and capitals of the type, in ems: centers a line on its row.
HALF_CAP = 0.365
TITLE_GAP = 1.5
AXIS_GAP = 4.0
TICK_LENGTH = 3.5
FAVORS_GAP = 7.0
FAVORS_WIDTH = 170.0
NOTE_PAD = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A line of text: anchor on its baseline, points; how it is set."""

    x: float
    y: float
    text: str
    style: TypeStyle
    align: Align = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A straight line, points."""

    start: tuple[float, float]
    end: tuple[float, float]
    color: str = theme.RULE
    weight: float = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestLayout:
    """A page: its size, its texts and rules, the panel of the effects and the row centers.

    Attributes
    ----------
    width, height : float
        Of the page, points.
    left, right, top, bottom : float
        Sides of the panel, points from the left and from the top.
    centers : tuple of float
        Center of each row, points from the top.
    words, rules : tuple
        Everything outside of the panel.
    """

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    centers: tuple[float, ...]
    words: tuple[Word, ...]
    rules: tuple[Rule, ...]


def forest_layout(record: ForestRows, *, width: float = 0.0) -> ForestLayout:
    """Return the page of a forest plot.

    Parameters
    ----------
    record : ForestRows
        What to set.
    width : float
        Least width of the page, points; the panel takes what the text leaves.
    """
    columns = forest_columns(record, width)
    words, top = _titles(record, columns)
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
    return ForestLayout(
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


def _stack(
    lines: Sequence[str], style: TypeStyle, x: float, top: float, align: Align = "left"
) -> list[Word]:
    """Return lines under each other, the first one's box beginning at ``top``."""
    first = top + style.leading / 2 + HALF_CAP * style.size
    return [
        Word(x=x, y=first + i * style.leading, text=line, style=style, align=align)
        for i, line in enumerate(lines)
    ]


def _titles(record: ForestRows, columns: Columns) -> tuple[list[Word], float]:
    """Return title and subtitle, and where the next thing begins."""
    room = columns.width - 2 * theme.MARGIN
    words: list[Word] = []
    top = theme.MARGIN
    for text, style in ((record.title, theme.TITLE), (record.subtitle, theme.SUBTITLE)):
        lines = wrap(text, style, room)
        words += _stack(lines, style, theme.MARGIN, top)
        top += len(lines) * style.leading + (TITLE_GAP if lines else 0.0)
    return words, top + (theme.BLOCK_GAP if words else 0.0)


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
        words += _stack(over.lines, style, (over.left + over.right) / 2, start, "center")
        rules.append(Rule(start=(over.left, base + 1.5), end=(over.right, base + 1.5)))
    base += 3.0 if overs else 0.0
    heads: list[tuple[tuple[str, ...], float, Align]] = [
        ((record.label_head,), theme.MARGIN, "left"),
        (columns.effect_head, columns.effect[-1], "right"),
        ((record.weight_head,), columns.weight, "right"),
    ]
    for column, (x, align) in zip(record.columns, columns.cells, strict=True):
        heads.append(((column.head,), x, align))
    bottom = base + max(len(lines) for lines, _, _ in heads) * style.leading
    for lines, x, align in heads:
        words += _stack(lines, style, x, bottom - len(lines) * style.leading, align)
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
    yield from _stack(
        lines, style, theme.MARGIN + indent(row), center - len(lines) * style.leading / 2
    )
    y = center + HALF_CAP * style.size
    for text, (x, align) in zip(row.cells, columns.cells if row.cells else (), strict=True):
        if text:
            yield Word(x=x, y=y, text=text, style=style, align=align)
    places = columns.effect if len(row.effect) == len(columns.effect) else columns.effect[-1:]
    for text, x in zip(row.effect, places if row.effect else (), strict=True):
        if text:
            yield Word(x=x, y=y, text=text, style=style, align="right")
    if row.weight_text:
        yield Word(x=columns.weight, y=y, text=row.weight_text, style=style, align="right")


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
        words += _stack([label], theme.TICK, x, bottom + TICK_LENGTH + 1.0, "center")
    top = bottom + TICK_LENGTH + 1.0 + theme.TICK.leading
    sides = _favors(record, columns, top)
    words += sides
    top = max((word.y for word in sides), default=top - 3.0) + 4.0
    middle = (columns.left + columns.right) / 2
    lines = wrap(record.axis_label, theme.TICK, columns.right - columns.left)
    words += _stack(lines, theme.TICK, middle, top, "center")
    top += len(lines) * theme.TICK.leading
    room = columns.width - 2 * theme.MARGIN
    if record.notes:
        top += theme.BLOCK_GAP
    for note in record.notes:
        lines = wrap(note, theme.SMALL, room)
        words += _stack(lines, theme.SMALL, theme.MARGIN, top)
        top += len(lines) * theme.SMALL.leading
    return words, rules, top


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
        words += _stack(lines, theme.TICK, x, top, align)
    return words
