"""The legend of a network graph: what sizes, widths and colors stand for; lengths in points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from metaan.plots.networks.graph_record import EDGE_COLOR, NODE_EDGE, GraphScale
from metaan.plots.pages import theme
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.legend_block import HEAD, LegendBlock, legend_block
from metaan.plots.pages.marks import POLYGONS
from metaan.plots.pages.page import Rule, Shape, Word, stack
from metaan.plots.pages.typesetting import width

LINE = 17.0  # length of a line
HEAD_GAP, MARK_GAP, SCALE_GAP, ROW_GAP = 7.0, 3.5, 22.0, 3.0
ENTRY_GAP = 10.0
STYLE = theme.TICK


def graph_legend(
    scales: Sequence[GraphScale],
    entries: Sequence[LegendEntry],
    *,
    fill: str,
    room: float,
    top: float,
) -> LegendBlock:
    """Return the legend from ``top`` on.

    Parameters
    ----------
    scales : sequence of GraphScale
        Sizes and widths: side by side where there is room, else under each other.
    entries : sequence of LegendEntry
        Colors, under them.
    fill : str
        Name of the color of the circles.
    room : float
        Width of a line from the margin on, at least `least_room`.
    top : float
        Where the first line begins.
    """
    words: list[Word] = []
    shapes: list[Shape] = []
    rules: list[Rule] = []
    end = top
    for row in _rows(scales, room):
        x, high = theme.MARGIN, max(_high(scale) for scale in row)
        top = end + (ROW_GAP if rules or shapes else 0.0)
        for scale in row:
            block = _scale(scale, fill, x=x, top=top + (high - _high(scale)) / 2)
            words += block.words
            shapes += block.shapes
            rules += block.rules
            x, end = x + _width(scale) + SCALE_GAP, max(end, block.end, top + high)
    below = legend_block(entries, room, end + ROW_GAP if scales and entries else end)
    return LegendBlock(
        words=(*words, *below.words),
        shapes=(*shapes, *below.shapes),
        rules=(*rules, *below.rules),
        end=below.end,
    )


def least_room(scales: Sequence[GraphScale]) -> float:
    """Return the width of the widest scale: its head and its few marks stay on one line."""
    return max((_width(scale) for scale in scales), default=0.0)


def _rows(scales: Sequence[GraphScale], room: float) -> list[list[GraphScale]]:
    """Return the scales that stand side by side."""
    if sum(_width(scale) + SCALE_GAP for scale in scales) - SCALE_GAP <= room:
        return [list(scales)] if scales else []
    return [[scale] for scale in scales]


def _width(scale: GraphScale) -> float:
    marks = [_long(scale, mark) + ENTRY_GAP for mark in scale.marks]
    return width(scale.head, HEAD) + HEAD_GAP + sum(marks) - ENTRY_GAP


def _long(scale: GraphScale, mark: tuple[str, float]) -> float:
    """Return the width of a mark with its number."""
    text, size = mark
    return (LINE if scale.kind == "line" else 2 * size) + MARK_GAP + width(text, STYLE)


def _high(scale: GraphScale) -> float:
    sizes = [size if scale.kind == "line" else 2 * size for _, size in scale.marks]
    return max(STYLE.leading, *(size + 1.0 for size in sizes))


def _scale(scale: GraphScale, fill: str, *, x: float, top: float) -> LegendBlock:
    """Return one scale on a line: its head, then its marks."""
    high = _high(scale)
    shapes: list[Shape] = []
    rules: list[Rule] = []
    words = _centered(scale.head, x, top + high / 2, bold=True)
    x += width(scale.head, HEAD) + HEAD_GAP
    for mark in scale.marks:
        text, size = mark
        middle = top + high / 2
        if scale.kind == "line":
            ends = (x, middle), (x + LINE, middle)
            rules.append(Rule(start=ends[0], end=ends[1], color=EDGE_COLOR, weight=size))
        else:
            outline = [(x + size + size * a, middle + size * b) for a, b in POLYGONS["circle"]]
            shapes.append(Shape(points=tuple(outline), fill=fill, edge=NODE_EDGE))
        before = LINE if scale.kind == "line" else 2 * size
        words += _centered(text, x + before + MARK_GAP, middle)
        x += _long(scale, mark) + ENTRY_GAP
    return LegendBlock(
        words=tuple(words), shapes=tuple(shapes), rules=tuple(rules), end=top + high
    )


def _centered(text: str, x: float, middle: float, *, bold: bool = False) -> list[Word]:
    return stack([text], replace(STYLE, bold=bold), x, middle - STYLE.leading / 2)
