"""The texts for the two sides of no effect: never over each other, never beyond their room."""

from __future__ import annotations

import math
from dataclasses import dataclass

from metaan.plots.forests.columns import Columns
from metaan.plots.forests.record import ForestRows
from metaan.plots.pages import theme
from metaan.plots.pages.page import widest
from metaan.plots.pages.theme import Align
from metaan.plots.pages.typesetting import BREAK, width, wrap

GAP = 7.0  # points between no effect and either text
MOST = 170.0
LEAST = 70.0  # that a longer text gets, though no effect lies near an end
ARROWS = (("← ", ""), ("", " →"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The text of a side: its lines, where they are anchored, and how they are set."""

    lines: tuple[str, ...]
    x: float
    align: Align


def side_texts(
    record: ForestRows, columns: Columns, ends: tuple[float, float]
) -> tuple[Side, ...]:
    """Return the texts of both sides that there are.

    Parameters
    ----------
    record : ForestRows
        Texts, axis and layout.
    columns : Columns
        Where the panel is.
    ends : (float, float)
        What they must keep within, points from the left.

    Notes
    -----
    They grow away from no effect. Where it lies so near an end that one of them had no room, both
    are moved together; without no effect on the axis they stand at the ends of the panel.
    """
    before, after = (
        f"{marks[0]}{text}{marks[1]}" if text and record.layout.arrows else text
        for text, marks in zip(record.favors, ARROWS, strict=True)
    )
    if math.isnan(record.axis.null):
        room = (columns.right - columns.left) / 2 - GAP
        return _shown(before, (columns.left, "left", room), after, (columns.right, "right", room))
    low, high = ends[0] + GAP + _least(before), ends[1] - GAP - _least(after)
    x = columns.place(record.axis.null, record.axis)
    x = min(max(x, low), high) if low <= high else (ends[0] + ends[1]) / 2
    left, right = x - GAP, x + GAP
    return _shown(before, (left, "right", left - ends[0]), after, (right, "left", ends[1] - right))


def _shown(
    before: str,
    first: tuple[float, Align, float],
    after: str,
    second: tuple[float, Align, float],
) -> tuple[Side, ...]:
    return tuple(
        Side(lines=wrap(text, theme.TICK, min(room, MOST)), x=x, align=align)
        for text, (x, align, room) in ((before, first), (after, second))
        if text
    )


def _least(text: str) -> float:
    """Return the room that a text needs to be read."""
    longest = widest(BREAK.split(text), theme.TICK)
    return max(longest, min(width(text, theme.TICK), LEAST))
