"""The columns of a forest plot: as wide as their text; points from the left of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from metaan.plots.forests.pieces import most_decimals, shifts
from metaan.plots.forests.record import (
    MARKED,
    ForestAxis,
    ForestColumn,
    ForestRow,
    ForestRows,
)
from metaan.plots.pages import theme
from metaan.plots.pages.page import widest
from metaan.plots.pages.theme import TypeStyle
from metaan.plots.pages.typesetting import BREAK, width, wrap

LABEL_MOST = 200.0
LEFT_LEAST = 185.0
HEAD_MOST = 110.0
HEAD_LINES = 2  # more make the column wider, as far as HEAD_MOST
WIDER = 5.0
SHORT_HEAD = 10  # letters that stay in one line
PIECE_GAP = 4.0
GROUP_GAP = 8.0
INDENT = 8.0
PIECES = 3
CELL_MOST = 150.0  # of words; numbers are never broken
LIGHT = 5.0  # radius of the disc of a judgment
LIGHT_GAP = 4.0
CONFINED = (*MARKED, "pool", "total", "model")
# By kind of row; the others are set in BODY.
ROW_STYLES: Mapping[str, TypeStyle] = MappingProxyType(
    {
        "header": theme.STRONG,
        "pool": theme.STRONG,
        "total": theme.STRONG,
        "model": theme.STRONG,
        "note": theme.SMALL,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """The head of a group of columns: its lines, its columns, and the lines of their heads."""

    lines: tuple[str, ...]
    left: float
    right: float
    below: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedColumn:
    """A column and where it stands, points.

    Attributes
    ----------
    column : ForestColumn
        Which.
    left, right : float
        Its sides.
    pieces : tuple of float
        Right ends of the three pieces of its cells; those of one piece are set as the column is.
    head : tuple of str
        Its head, broken into lines.
    decimals : tuple of int
        Most decimals of each piece; points stand under each other.
    point : str
        The sign of decimals.
    """

    column: ForestColumn
    left: float
    right: float
    pieces: tuple[float, ...]
    head: tuple[str, ...]
    decimals: tuple[int, ...]
    point: str

    @property
    def anchor(self) -> float:
        """Where its heads and cells of one piece are anchored."""
        places = {"left": self.left, "center": (self.left + self.right) / 2}
        return places.get(self.column.align, self.right)

    def piece_ends(self, row: ForestRow) -> tuple[float, ...]:
        """Return the right ends of the three pieces of a row's cell."""
        moved = shifts(row.cell(self.column), self.decimals, self.point, row_style(row))
        return tuple(end - each for end, each in zip(self.pieces, moved, strict=True))

    def cell_lines(self, row: ForestRow) -> tuple[str, ...]:
        """Return a cell of one piece in lines; one of three pieces or a light is one line."""
        cell = row.cell(self.column)
        text = " ".join(cell)
        if self.column.align != "left" or self.column.lights or len(cell) == PIECES:
            return (text,) if text else ()
        return wrap(text, row_style(row), self.right - self.left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where the columns stand, points.

    Attributes
    ----------
    label_right : float
        Right end of the labels.
    placed : tuple of PlacedColumn
        The columns of the record, in its order.
    overs : tuple of Over
        Heads of groups of columns.
    text_right : float
        Right end of everything left of the panel.
    left, right : float
        Sides of the panel.
    width : float
        Of the page.
    """

    label_right: float
    placed: tuple[PlacedColumn, ...]
    overs: tuple[Over, ...]
    text_right: float
    left: float
    right: float
    width: float

    def label_end(self, row: ForestRow) -> float:
        """Return how far the label of a row may reach: where the first cell at its left begins."""
        if confined(row):
            return self.label_right
        cells = (
            each.left - theme.COLUMN_GAP
            for each in self.placed
            if each.column.side == "left" and row.cell(each.column)
        )
        return min(cells, default=self.text_right)

    def place(self, value: float, axis: ForestAxis) -> float:
        """Return where an analysis-scale value lies on the page."""
        share = (value - axis.low) / (axis.high - axis.low)
        return self.left + share * (self.right - self.left)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """A column and how wide its parts are."""

    column: ForestColumn
    pieces: tuple[float, ...]
    width: float
    head: tuple[str, ...]
    decimals: tuple[int, ...]
    point: str


def row_style(row: ForestRow) -> TypeStyle:
    """Return how the texts of a row are set."""
    return ROW_STYLES.get(row.kind, theme.BODY)


def indent(row: ForestRow) -> float:
    """Return how far the label of a row stands in: what belongs to a header does."""
    return INDENT if row.group and row.kind != "header" else 0.0


def confined(row: ForestRow) -> bool:
    """Return whether the label stays in its column, and makes it as wide as it is."""
    return row.kind in CONFINED or bool(row.texts)


def forest_columns(record: ForestRows, least: float) -> Columns:
    """Return the columns of a page that is at least ``least`` points wide."""
    labels = [
        indent(row) + width(row.label, row_style(row)) for row in record.rows if confined(row)
    ]
    sides: dict[str, list[_Measured]] = {"left": [], "right": []}
    for column in record.columns:
        sides[column.side].append(_measured(record, column))
    rooms = {side: _rooms(found) for side, found in sides.items()}
    label = max(min(max(labels, default=0.0), LABEL_MOST), width(record.label_head, theme.HEAD))
    beside = sum(rooms["left"])
    label = max(label, _line_room(record, label + beside) - beside)
    label_right = theme.MARGIN + label
    before, text_right = _placed(sides["left"], rooms["left"], label_right)
    left = text_right + theme.PANEL_GAP
    first = theme.PANEL_GAP - theme.COLUMN_GAP  # the gap before the first column is in its room
    outer = theme.MARGIN + (first + sum(rooms["right"]) if rooms["right"] else theme.PANEL_GAP)
    page = max(least, left + theme.PANEL_WIDTH + outer)
    after, _ = _placed(sides["right"], rooms["right"], page - outer + first)
    return Columns(
        label_right=label_right,
        placed=(*before, *after),
        overs=(*_overs(before), *_overs(after)),
        text_right=text_right,
        left=left,
        right=page - outer,
        width=page,
    )


def _line_room(record: ForestRows, least: float) -> float:
    """Return the room of lines that no column confines: as narrow as makes no more of them.

    ``LEFT_LEAST`` is enough for any of them; ``least`` is there anyway.
    """
    long = [
        (row, row_style(row))
        for row in record.rows
        if not (confined(row) or record.is_below(row))
        and indent(row) + width(row.label, row_style(row)) > least
    ]

    def lines(room: float) -> int:
        return sum(len(wrap(row.label, style, room - indent(row))) for row, style in long)

    words = [indent(row) + widest(BREAK.split(row.label), style) for row, style in long]
    low, high = max([least, *words]), LEFT_LEAST
    if not long or low >= high:
        return min(low, max(high, least))
    most = lines(high)
    if lines(low) <= most:
        return low
    while high - low > WIDER:
        middle = (low + high) / 2
        low, high = (middle, high) if lines(middle) > most else (low, middle)
    return high


def _measured(record: ForestRows, column: ForestColumn) -> _Measured:
    """Return how wide a column is, and its head broken into lines."""
    cells = [(row.cell(column), row_style(row)) for row in record.rows]
    split = [(cell, style) for cell, style in cells if len(cell) == PIECES]
    point = record.layout.point
    decimals = most_decimals([cell for cell, _ in split], point, PIECES)
    moved = [(cell, style, shifts(cell, decimals, point, style)) for cell, style in split]
    pieces = [
        max((width(cell[i], style) + more[i] for cell, style, more in moved), default=0.0)
        for i in range(PIECES)
    ]
    joined = sum(pieces) + sum(_piece_gap(each) for each in pieces[1:]) if split else 0.0
    whole = [width(" ".join(cell), style) for cell, style in cells if len(cell) != PIECES]
    words = max(whole, default=0.0)
    body = max(joined, min(words, CELL_MOST) if column.align == "left" else words)
    body = 2 * LIGHT if column.lights else body
    head = _head_lines(column.head, body)
    wide = max(body, widest(head, theme.HEAD))
    return _Measured(
        column=column,
        pieces=tuple(pieces),
        width=wide,
        head=head,
        decimals=decimals,
        point=point,
    )


def _head_lines(head: str, body: float) -> tuple[str, ...]:
    """Return a head in lines no wider than its cells, or wider where that makes fewer of them."""
    if len(head) <= SHORT_HEAD:
        return (head,)
    longest = widest(BREAK.split(head), theme.HEAD)
    room = max(body, min(longest, HEAD_MOST))
    lines = wrap(head, theme.HEAD, room)
    while len(lines) > HEAD_LINES and room < HEAD_MOST:
        room = min(room + WIDER, HEAD_MOST)
        lines = wrap(head, theme.HEAD, room)
    return lines


def _runs(columns: Sequence[ForestColumn]) -> list[tuple[str, list[int]]]:
    """Return the groups of neighboring columns with the places of their columns.

    Two arms of one name stay two groups: a head that comes back begins a new one.
    """
    runs: list[tuple[str, list[int]]] = []
    for i, column in enumerate(columns):
        seen = [columns[j].head for j in runs[-1][1]] if runs else []
        if runs and runs[-1][0] == column.over and column.head not in seen:
            runs[-1][1].append(i)
        else:
            runs.append((column.over, [i]))
    return runs


def _gap(column: ForestColumn) -> float:
    """Return the gap before a column; lights stand closer together."""
    return LIGHT_GAP if column.lights else theme.COLUMN_GAP


def _piece_gap(piece: float) -> float:
    """Return the gap before a piece of a cell; none before one that no cell has."""
    return PIECE_GAP if piece > 0 else 0.0


def _rooms(found: Sequence[_Measured]) -> list[float]:
    """Return the room of each column of a side, with the gap before it."""
    rooms = [each.width + _gap(each.column) for each in found]
    for over, places in _runs([each.column for each in found]):
        if not over:
            continue
        # A long arm name may take lines, but its longest word and a decent line must fit.
        least = max(widest(over.split(" "), theme.HEAD), min(width(over, theme.HEAD), 62.0))
        least = min(least, HEAD_MOST)
        rooms[places[0]] += GROUP_GAP
        rooms[places[0]] += theme.COLUMN_GAP - _gap(found[places[0]].column)
        have = sum(rooms[i] for i in places) - theme.COLUMN_GAP - GROUP_GAP
        rooms[places[0]] += max(0.0, least - have)
    return rooms


def _placed(
    found: Sequence[_Measured], rooms: Sequence[float], x: float
) -> tuple[list[PlacedColumn], float]:
    """Return the columns of a side from ``x`` on, and where they end."""
    placed = []
    for each, room in zip(found, rooms, strict=True):
        start, x = x, x + room
        gap = theme.COLUMN_GAP + (GROUP_GAP if each.column.over else 0.0)
        _, second, third = each.pieces
        before = x - third - _piece_gap(third)
        placed.append(
            PlacedColumn(
                column=each.column,
                left=start + min(gap, room - each.width),
                right=x,
                pieces=(before - second - _piece_gap(second), before, x),
                head=each.head,
                decimals=each.decimals,
                point=each.point,
            )
        )
    return placed, x


def _overs(placed: Sequence[PlacedColumn]) -> list[Over]:
    """Return the heads over the groups of one side."""
    overs = []
    for over, places in _runs([each.column for each in placed]):
        left, right = placed[places[0]].left, placed[places[-1]].right
        lines = wrap(over, theme.HEAD, right - left)
        below = max(len(placed[i].head) for i in places)
        overs += [Over(lines=lines, left=left, right=right, below=below)] if over else []
    return overs
