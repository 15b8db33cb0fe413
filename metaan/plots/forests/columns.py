"""The columns of a forest plot: as wide as their text; points from the left of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metaan.plots.forests.record import ForestAxis, ForestColumn, ForestRow, ForestRows
from metaan.plots.pages import theme
from metaan.plots.pages.theme import Align, TypeStyle
from metaan.plots.pages.typesetting import BREAK, width, wrap

LABEL_MOST = 200.0
LEFT_LEAST = 185.0
HEAD_MOST = 110.0
PIECE_GAP = 4.0
GROUP_GAP = 8.0
INDENT = 8.0
CONFINED = ("study", "pool", "total")


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """The head of a group of columns: its lines and the columns it spans."""

    lines: tuple[str, ...]
    left: float
    right: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where the columns stand, points.

    Attributes
    ----------
    label_right : float
        Right end of the labels.
    cells : tuple of (float, str)
        Anchor and alignment of each arm column: right end, or left end for words.
    overs : tuple of Over
        Heads of groups of arm columns.
    text_right : float
        Right end of everything left of the panel.
    left, right : float
        Sides of the panel.
    effect : tuple of float
        Right ends of the three pieces of the effect text.
    effect_head : tuple of str
        Head of the effect column, broken into lines.
    weight : float
        Right end of the weights.
    width : float
        Of the page.
    """

    label_right: float
    cells: tuple[tuple[float, Align], ...]
    overs: tuple[Over, ...]
    text_right: float
    left: float
    right: float
    effect: tuple[float, ...]
    effect_head: tuple[str, ...]
    weight: float
    width: float

    def place(self, value: float, axis: ForestAxis) -> float:
        """Return where an analysis-scale value lies on the page."""
        share = (value - axis.low) / (axis.high - axis.low)
        return self.left + share * (self.right - self.left)


def row_style(row: ForestRow) -> TypeStyle:
    """Return how the texts of a row are set."""
    return theme.ROW_STYLES.get(row.kind, theme.BODY)


def indent(row: ForestRow) -> float:
    """Return how far the label of a row stands in: what belongs to a header does."""
    return INDENT if row.group and row.kind != "header" else 0.0


def confined(row: ForestRow) -> bool:
    """Return whether the label must stay in its column, since cells follow it."""
    return row.kind in CONFINED or any(row.cells)


def forest_columns(record: ForestRows, least: float) -> Columns:
    """Return the columns of a page that is at least ``least`` points wide."""
    labels = [
        indent(row) + width(row.label, row_style(row)) for row in record.rows if confined(row)
    ]
    widths, spans = _cell_widths(record)
    label = max(min(max(labels, default=0.0), LABEL_MOST), width(record.label_head, theme.HEAD))
    label = max(label, LEFT_LEAST - sum(widths))
    label_right = theme.MARGIN + label
    cells, overs, text_right = _placed_cells(record, widths, spans, label_right)
    left = text_right + theme.PANEL_GAP
    pieces, effect_width, head = _effect_widths(record)
    weight = _widest([row.weight_text for row in record.rows], theme.STRONG)
    weight = max(weight, width(record.weight_head, theme.HEAD))
    weight_room = weight + theme.COLUMN_GAP if record.weight_head else 0.0
    outer = theme.PANEL_GAP + effect_width + weight_room + theme.MARGIN
    page = max(least, left + theme.PANEL_WIDTH + outer)
    right = page - outer
    effect_right = right + theme.PANEL_GAP + effect_width
    return Columns(
        label_right=label_right,
        cells=cells,
        overs=overs,
        text_right=text_right,
        left=left,
        right=right,
        effect=(
            effect_right - pieces[2] - pieces[1] - 2 * PIECE_GAP,
            effect_right - pieces[2] - PIECE_GAP,
            effect_right,
        ),
        effect_head=head,
        weight=page - theme.MARGIN,
        width=page,
    )


def _widest(texts: Sequence[str], style: TypeStyle) -> float:
    return max((width(text, style) for text in texts), default=0.0)


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


def _cell_widths(record: ForestRows) -> tuple[list[float], list[tuple[str, list[int]]]]:
    """Return the room of each arm column with the gap before it, and the groups."""
    widths = []
    for i, column in enumerate(record.columns):
        texts = [width(row.cells[i], row_style(row)) for row in record.rows if len(row.cells) > i]
        widths.append(max([width(column.head, theme.HEAD), *texts]) + theme.COLUMN_GAP)
    runs = _runs(record.columns) if record.columns else []
    for over, places in runs:
        if not over:
            continue
        # A long arm name may take lines, but its longest word and a decent line must fit.
        least = max(_widest(over.split(" "), theme.HEAD), min(width(over, theme.HEAD), 62.0))
        least = min(least, HEAD_MOST)
        widths[places[0]] += GROUP_GAP
        have = sum(widths[i] for i in places) - theme.COLUMN_GAP - GROUP_GAP
        widths[places[0]] += max(0.0, least - have)
    return widths, runs


def _placed_cells(
    record: ForestRows, widths: Sequence[float], runs: Sequence[tuple[str, list[int]]], x: float
) -> tuple[tuple[tuple[float, Align], ...], tuple[Over, ...], float]:
    """Return the anchors of the arm columns, the heads over them, and where they end."""
    anchors: list[tuple[float, Align]] = []
    ends: list[float] = [x]
    for column, room in zip(record.columns, widths, strict=True):
        start, end = ends[-1], ends[-1] + room
        anchors.append((start + theme.COLUMN_GAP, "left") if column.left else (end, "right"))
        ends.append(end)
    overs = []
    for over, places in runs:
        left = ends[places[0]] + theme.COLUMN_GAP + GROUP_GAP
        right = ends[places[-1] + 1]
        lines = wrap(over, theme.HEAD, right - left)
        overs += [Over(lines=lines, left=left, right=right)] if over else []
    return tuple(anchors), tuple(overs), ends[-1]


def _effect_widths(record: ForestRows) -> tuple[list[float], float, tuple[str, ...]]:
    """Return the widths of the three pieces, of the whole column, and its head."""
    whole = [row for row in record.rows if len(row.effect) == 1]
    split = [row for row in record.rows if len(row.effect) == 3]
    pieces = [
        max((width(row.effect[i], row_style(row)) for row in split), default=0.0) for i in range(3)
    ]
    joined = sum(pieces) + 2 * PIECE_GAP
    longest = max((width(row.effect_text, row_style(row)) for row in whole), default=0.0)
    body = max(joined, longest)
    longest_word = _widest(BREAK.split(record.effect_head), theme.HEAD)
    head = wrap(record.effect_head, theme.HEAD, max(body, min(longest_word, HEAD_MOST)))
    return pieces, max(body, _widest(head, theme.HEAD)), head
