"""The head of a forest plot: names of columns over one rule, and what stands over the panel."""

from __future__ import annotations

from dataclasses import dataclass

from metaan.plots.forests.columns import Columns, Over
from metaan.plots.forests.record import ForestRows
from metaan.plots.forests.sides import Side, side_texts
from metaan.plots.pages import theme
from metaan.plots.pages.page import Rule, Shape, Word, stack
from metaan.plots.pages.theme import Align, TypeStyle
from metaan.plots.pages.typesetting import wrap

OVER = "over"
OVER_GAP = 1.5
RULE_GAP = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Words, rules and shapes of a part of the page, and where it ends."""

    words: tuple[Word, ...]
    rules: tuple[Rule, ...]
    shapes: tuple[Shape, ...] = ()
    end: float


def head_block(record: ForestRows, columns: Columns, top: float) -> Block:
    """Return the heads of all columns and of the panel, bottoms aligned, over one rule."""
    style = theme.HEAD
    words: list[Word] = []
    rules: list[Rule] = []
    heads: list[tuple[tuple[str, ...], float, Align]] = [
        ((record.label_head,), theme.MARGIN, "left"),
        *((each.head, each.anchor, each.column.align) for each in columns.placed),
    ]
    middle = (columns.left + columns.right) / 2
    title, sides = _title(record, columns), _sides(record, columns)
    deep = max((len(side.lines) for side in sides), default=0) * theme.TICK.leading
    high = [len(lines) * style.leading for lines, _, _ in heads]
    high += [_height(over) for over in columns.overs]
    bottom = top + max(*high, len(title) * style.leading + deep)
    for lines, x, align in heads:
        words += stack(lines, style, x, bottom - len(lines) * style.leading, align)
    for over in columns.overs:
        middle_of, start = (over.left + over.right) / 2, bottom - _height(over)
        words += stack(over.lines, style, middle_of, start, "center")
        under = start + len(over.lines) * style.leading + OVER_GAP
        rules.append(Rule(start=(over.left, under), end=(over.right, under)))
    words += stack(title, style, middle, bottom - deep - len(title) * style.leading, "center")
    for side in sides:
        start = bottom - len(side.lines) * theme.TICK.leading
        words += stack(side.lines, theme.TICK, side.x, start, side.align)
    bottom += RULE_GAP
    ends = (theme.MARGIN, bottom), (columns.width - theme.MARGIN, bottom)
    rules.append(Rule(start=ends[0], end=ends[1], color=theme.INK, weight=0.8))
    shown = tuple(word for word in words if word.text)
    return Block(words=shown, rules=tuple(rules), end=bottom)


def _height(over: Over) -> float:
    """Return how high a group's head stands over the bottom of its columns' heads."""
    return (len(over.lines) + over.below) * theme.HEAD.leading + 2 * OVER_GAP


def paragraphs(text: str, style: TypeStyle, room: float) -> tuple[str, ...]:
    """Return the lines of a text whose own breaks stay."""
    return tuple(line for part in text.split("\n") for line in wrap(part, style, room))


def _title(record: ForestRows, columns: Columns) -> tuple[str, ...]:
    """Return the lines of the name of the axis, if it stands over the panel."""
    if record.layout.axis_title != OVER:
        return ()
    return paragraphs(record.axis_label, theme.HEAD, columns.right - columns.left)


def _sides(record: ForestRows, columns: Columns) -> tuple[Side, ...]:
    """Return the texts of the sides, if they stand over the panel; they keep to its width."""
    if record.layout.favors != OVER:
        return ()
    return side_texts(record, columns, (columns.left, columns.right))
