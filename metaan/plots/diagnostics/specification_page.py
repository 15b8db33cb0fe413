"""The page of a specification curve: estimates above, a row for each option below; points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from metaan.core.numbers import compact, printed
from metaan.diagnostics.specifications.shares import share
from metaan.plots.diagnostics.specification_record import SpecificationCurve
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import AXIS_WEIGHT, TICK_GAP, TICK_LENGTH
from metaan.plots.pages.legend_block import legend_block
from metaan.plots.pages.page import (
    HALF_CAP,
    Page,
    Rule,
    Word,
    footnotes,
    stack,
    titles,
    widest,
)
from metaan.plots.pages.typesetting import wrap

WIDE, CURVE_HIGH = 370.0, 165.0
UNDER_CURVE, BETWEEN, ROW_PAD = 9.0, 5.0, 1.5
MOST_NAME = 165.0  # points that names of options may take before they are broken
INDENT, MEDIAN_GAP, COLUMN_GAP = 6.0, 6.0, 7.0
STRIP = 7.0
NAME, NUMBER = themes.TICK, themes.TICK
HEAD = replace(themes.TICK, bold=True)
MEDIAN, EXCLUDING = "Median", "Excl."


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the dashboard: where it lies under the panel's upper edge, points.

    Attributes
    ----------
    top, high : float
        Upper edge and height.
    lines : tuple of str
        Its name.
    row : int
        Position of the option; -1 for the head of a choice.
    """

    top: float
    high: float
    lines: tuple[str, ...]
    row: int

    @property
    def strip(self) -> tuple[float, float]:
        """Upper and lower edge of the strip of an option."""
        middle = self.top + self.high / 2
        return middle - STRIP / 2, middle + STRIP / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """The lines under the curve.

    Attributes
    ----------
    lines : tuple of Line
        From above.
    names : float
        Width of the widest name.
    medians, excluding : tuple of str
        Median of each option, and share of its intervals that exclude no effect.
    excluding_head : str
        Over the latter; empty if there are none.
    high : float
        Height of the panel: curve and lines.
    """

    lines: tuple[Line, ...]
    names: float
    medians: tuple[str, ...]
    excluding: tuple[str, ...]
    excluding_head: str
    high: float


def dashboard(record: SpecificationCurve) -> Dashboard:
    """Return where the lines under the curve lie."""
    lines: list[Line] = []
    top = CURVE_HIGH + UNDER_CURVE
    before, heads = "", iter(record.heads)
    for i, row in enumerate(record.rows):
        if row.choice != before or not lines:
            top += BETWEEN if lines else 0.0
            told = tuple(wrap(next(heads), HEAD, MOST_NAME + INDENT))
            lines.append(Line(top=top, high=len(told) * HEAD.leading, lines=told, row=-1))
            top += lines[-1].high
            before = row.choice
        told = tuple(wrap(row.option, NAME, MOST_NAME))
        high = max(len(told), 1) * NAME.leading + ROW_PAD
        lines.append(Line(top=top, high=high, lines=told, row=i))
        top += high
    names = max(
        [
            widest([text for line in lines if line.row < 0 for text in line.lines], HEAD),
            widest([text for line in lines if line.row >= 0 for text in line.lines], NAME)
            + INDENT,
        ]
    )
    return Dashboard(
        lines=tuple(lines),
        names=names if lines else 0.0,
        medians=_medians(record),
        excluding=tuple(
            "" if row.excluding != row.excluding else share(row.excluding) for row in record.rows
        ),
        excluding_head=_excluding_head(record),
        high=top if lines else CURVE_HIGH,
    )


def _excluding_head(record: SpecificationCurve) -> str:
    known = any(row.excluding == row.excluding for row in record.rows)
    return f"{EXCLUDING} {compact(record.scale.reading_null)}" if known else ""


def _medians(record: SpecificationCurve) -> tuple[str, ...]:
    read = [float(record.scale.inverse(row.median)) for row in record.rows]
    ends = [float(record.scale.inverse(end)) for end in (record.axis.low, record.axis.high)]
    return printed(*read, *ends, ratio=record.scale.is_log)[: len(read)]


def specification_page(record: SpecificationCurve, board: Dashboard, least: float = 0.0) -> Page:
    """Return the page of a specification curve that is at least ``least`` points wide."""
    style = themes.TICK
    label = wrap(record.axis.label, style, CURVE_HIGH)
    deep = len(label) * style.leading + TICK_GAP
    ticks = widest(record.axis.tick_labels, style) + TICK_GAP + TICK_LENGTH
    left = themes.MARGIN + max(deep + ticks, board.names + TICK_GAP + TICK_LENGTH)
    last = _last_column(board)
    after = widest((*board.medians, MEDIAN), NUMBER) + MEDIAN_GAP + last if board.lines else 0.0
    page = max(least, left + WIDE + after + themes.MARGIN)
    right = page - themes.MARGIN - after
    room = page - 2 * themes.MARGIN
    words, top = titles(record.title, record.subtitle, room)
    top += style.leading / 2
    bottom = top + board.high
    words += _axis_words(record, label, (left, top), left - ticks)
    words += _line_words(board, (left, top), (page - themes.MARGIN - last, page - themes.MARGIN))
    under = wrap(record.below_label, style, room)
    words += stack(under, style, (left + right) / 2, bottom + TICK_GAP, "center")
    end = bottom + TICK_GAP + len(under) * style.leading
    legend = legend_block(record.legend, room, end + themes.BLOCK_GAP)
    notes, end = footnotes(record.notes, room, legend.end)
    return Page(
        width=page,
        height=end + themes.MARGIN,
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        words=(*words, *legend.words, *notes),
        rules=(*_rules(record, board, (left, right), top), *legend.rules),
        shapes=legend.shapes,
    )


def _axis_words(
    record: SpecificationCurve, label: Sequence[str], corner: tuple[float, float], before: float
) -> Iterator[Word]:
    left, top = corner
    style = themes.TICK
    for tick, text in zip(record.axis.ticks, record.axis.tick_labels, strict=True):
        y = top + _deep(record, tick) + HALF_CAP * style.size
        x = left - TICK_LENGTH - TICK_GAP
        yield Word(x=x, y=y, text=text, style=style, align="right")
    for i, text in enumerate(label):
        x = before - (len(label) - i) * style.leading + style.leading / 2 + HALF_CAP * style.size
        yield Word(x=x, y=top + CURVE_HIGH / 2, text=text, style=style, align="center", angle=90.0)


def _last_column(board: Dashboard) -> float:
    """Return the width of the column of shares, with the gap before it; 0 without one."""
    if not board.excluding_head:
        return 0.0
    return widest((*board.excluding, board.excluding_head), NUMBER) + COLUMN_GAP


def _line_words(
    board: Dashboard, corner: tuple[float, float], edges: tuple[float, float]
) -> Iterator[Word]:
    top = corner[1]
    for i, line in enumerate(board.lines):
        style, shift = (HEAD, 0.0) if line.row < 0 else (NAME, INDENT)
        first = top + line.top + (0.0 if line.row < 0 else ROW_PAD / 2)
        yield from stack(line.lines, style, themes.MARGIN + shift, first)
        if line.row >= 0:
            y = top + line.top + line.high / 2 - NUMBER.leading / 2
            texts = (board.medians[line.row], board.excluding[line.row])
        elif i == 0:
            y, texts = top + line.top, (MEDIAN, board.excluding_head)
        else:
            continue
        for text, edge in zip(texts, edges, strict=True):
            if text:
                yield from stack([text], NUMBER, edge, y, "right")


def _deep(record: SpecificationCurve, value: float) -> float:
    """Return how far under the upper edge of the panel an estimate stands."""
    return CURVE_HIGH * (record.axis.high - value) / (record.axis.high - record.axis.low)


def _rules(
    record: SpecificationCurve, board: Dashboard, sides: tuple[float, float], top: float
) -> Iterator[Rule]:
    left, right = sides
    for tick in record.axis.ticks:
        y = top + _deep(record, tick)
        yield Rule(start=(left - TICK_LENGTH, y), end=(left, y), color=themes.INK)
    yield Rule(
        start=(left - AXIS_WEIGHT / 2, top),
        end=(left - AXIS_WEIGHT / 2, top + CURVE_HIGH),
        color=themes.INK,
        weight=AXIS_WEIGHT,
    )
    for line in board.lines:
        if line.row >= 0:
            y = top + line.strip[1] + AXIS_WEIGHT / 2
            yield Rule(start=(left, y), end=(right, y), color=themes.RULE, weight=0.4)
