"""What stands under the rows of a forest plot: axis, its texts, legend and footnotes."""

from __future__ import annotations

from metaan.plots.forests.columns import Columns
from metaan.plots.forests.heads import OVER, Block, paragraphs
from metaan.plots.forests.record import ForestRows
from metaan.plots.forests.sides import side_texts
from metaan.plots.pages import theme
from metaan.plots.pages.legend_block import legend_block
from metaan.plots.pages.page import Rule, Word, footnotes, stack
from metaan.plots.pages.typesetting import width

TICK_LENGTH = 3.5
TICK_GAP = 1.0
LABEL_GAP = 3.0  # between the labels of two ticks, at least
LINE_GAP = 4.0


def foot_block(record: ForestRows, columns: Columns, bottom: float) -> Block:
    """Return what stands under the panel, which ends at ``bottom``."""
    room = columns.width - 2 * theme.MARGIN
    words, rules, top = _axis(record, columns, bottom)
    if record.layout.favors != OVER:
        ends = (theme.MARGIN, columns.width - theme.MARGIN)
        sides = side_texts(record, columns, ends)
        for side in sides:
            words += stack(side.lines, theme.TICK, side.x, top, side.align)
        top += max((len(side.lines) for side in sides), default=0) * theme.TICK.leading
        top += 1.0 if sides else 0.0
    if record.layout.axis_title != OVER:
        middle = (columns.left + columns.right) / 2
        lines = paragraphs(record.axis_label, theme.TICK, columns.right - columns.left)
        words += stack(lines, theme.TICK, middle, top + 1.0, "center")
        top += len(lines) * theme.TICK.leading + 1.0
    legend = legend_block(record.legend, room, top + (theme.BLOCK_GAP if record.legend else 0.0))
    told = [row.label for row in record.rows if record.is_below(row)]
    notes, end = footnotes((*told, *record.notes), room, legend.end)
    return Block(
        words=(*words, *legend.words, *notes),
        rules=(*rules, *legend.rules),
        shapes=legend.shapes,
        end=end,
    )


def _axis(
    record: ForestRows, columns: Columns, bottom: float
) -> tuple[list[Word], list[Rule], float]:
    """Return the axis with its ticks, and where its labels end.

    Labels that would touch the one before them are left out; their ticks stay.
    """
    axis, style = record.axis, theme.TICK
    rules = [Rule(start=(columns.left, bottom), end=(columns.right, bottom), color=theme.INK)]
    words: list[Word] = []
    free = theme.MARGIN
    for tick, label in zip(axis.ticks, axis.tick_labels, strict=True):
        x, wide = columns.place(tick, axis), width(label, style)
        rules.append(Rule(start=(x, bottom), end=(x, bottom + TICK_LENGTH), color=theme.INK))
        start = min(x - wide / 2, columns.width - theme.MARGIN - wide)
        if start >= free:
            middle = start + wide / 2
            words += stack([label], style, middle, bottom + TICK_LENGTH + TICK_GAP, "center")
            free = start + wide + LABEL_GAP
    return words, rules, bottom + TICK_LENGTH + TICK_GAP + style.leading
