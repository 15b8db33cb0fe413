"""A legend set side by side in as many lines as it takes; lengths in points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from metaan.plots.pages import theme
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.page import HALF_CAP, Rule, Shape, Word, stack, widest
from metaan.plots.pages.swatches import SWATCH_WIDTH, swatch
from metaan.plots.pages.theme import TypeStyle
from metaan.plots.pages.typesetting import width, wrap

ENTRY_GAP = 14.0
SWATCH_GAP = 4.0
HEAD_GAP = 6.0
HEAD = replace(theme.TICK, bold=True)
SIGN = TypeStyle(size=6.5, leading=8.0, bold=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegendBlock:
    """A legend on a page, and where it ends."""

    words: tuple[Word, ...]
    shapes: tuple[Shape, ...]
    rules: tuple[Rule, ...]
    end: float


def legend_block(entries: Sequence[LegendEntry], room: float, top: float) -> LegendBlock:
    """Return the legend from ``top`` on; it ends there where nothing has to be explained.

    Parameters
    ----------
    entries : sequence of LegendEntry
        From the left.
    room : float
        Width of a line from the margin on.
    top : float
        Where the first line begins.
    """
    style = theme.TICK
    words: list[Word] = []
    shapes: list[Shape] = []
    rules: list[Rule] = []
    x, deep = theme.MARGIN, 0
    for entry in entries:
        lines = wrap(entry.label, style, room - SWATCH_WIDTH - SWATCH_GAP)
        head = f"{entry.head}:" if entry.head else ""
        before = width(head, HEAD) + HEAD_GAP if head else 0.0
        wide = before + SWATCH_WIDTH + SWATCH_GAP + widest(lines, style)
        if x > theme.MARGIN and x + wide > theme.MARGIN + room:
            x, top, deep = theme.MARGIN, top + deep * style.leading + 1.0, 0
        words += stack([head] if head else [], HEAD, x, top)
        if wide > room:  # a head as long as the line has it for itself
            top, before = top + (style.leading if head else 0.0), 0.0
        x, wide = x + before, wide - before
        drawn, drawn_lines = swatch(entry, x, top + style.leading / 2)
        shapes += drawn
        rules += drawn_lines
        words += _sign(entry, x + SWATCH_WIDTH / 2, top + style.leading / 2)
        words += stack(lines, style, x + SWATCH_WIDTH + SWATCH_GAP, top)
        deep = max(deep, len(lines))
        x += wide + ENTRY_GAP
    end = top + deep * style.leading
    return LegendBlock(words=tuple(words), shapes=tuple(shapes), rules=tuple(rules), end=end)


def _sign(entry: LegendEntry, x: float, y: float) -> list[Word]:
    """Return the sign on a marker, if it has one."""
    if not entry.symbol:
        return []
    low = y + HALF_CAP * SIGN.size
    return [Word(x=x, y=low, text=entry.symbol, style=SIGN, align="center", on=entry.fill)]
