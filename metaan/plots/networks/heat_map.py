"""Matrices in color: cells with texts, names beside and over them, bars of color under them.

A heat map's record holds a `HeatFrame`; `draw_heat_map` draws it. Lengths are points; the panel
has its origin at the upper left corner of the cells.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from metaan.plots.networks.heat_colors import DIVERGING, PALETTES, mixed, on_cell
from metaan.plots.networks.heat_legend import (
    HeatBar,
    SquareKey,
    heat_legend,
    label_width,
    legend_width,
    square,
)
from metaan.plots.pages import theme as themes
from metaan.plots.pages.marks import Paint, Point, add_polygons
from metaan.plots.pages.page import (
    HALF_CAP,
    Opened,
    Page,
    Word,
    footnotes,
    open_page,
    stack,
    titles,
)
from metaan.plots.pages.theme import Theme, TypeStyle
from metaan.plots.pages.typesetting import width, wrap

LEAST_WIDTH = 300.0
NAME_ROOM = 215.0  # longest line of a name beside the cells
LABEL_GAP, HEAD_GAP, LABEL_PAD = 5.0, 4.0, 2.0
GROUP_HEIGHT = 18.0  # of a line between the rows that names a group of them
CELL_EDGE, OUTLINE = 0.5, 1.1
FAINT = 0.55  # of the color of lines, for those between cells
INNER_PART = 0.92  # of a cell's side, that of its largest square


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatCell:
    """A cell.

    Attributes
    ----------
    row, column : int
        Where it stands.
    share : float
        Which color of the palette it has; NaN for that of the paper.
    lines : tuple of str
        Its text.
    bold : bool
        How it is set.
    fill : str
        Name of a color, in place of one of the palette; may be empty.
    outlined : bool
        Whether a strong line runs around it.
    inner : float
        Area of the square in it as a share of its own.
    """

    row: int
    column: int
    share: float = math.nan
    lines: tuple[str, ...] = ()
    bold: bool = False
    fill: str = ""
    outlined: bool = False
    inner: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatFrame:
    """Cells and what surrounds them.

    Attributes
    ----------
    shape : tuple of int
        Number of rows and columns.
    cells : tuple of HeatCell
        Those that are drawn.
    wide, high : float
        Of each cell, points.
    style, label_style : TypeStyle
        How cells and names are set.
    rows, columns : tuple of str
        Names at the left, and names over the columns, turned; empty for none.
    heads : tuple of str
        What rows and columns are; may be empty.
    groups : tuple of (int, str)
        Rows over which a line names those that follow.
    palette : str
        Row of ``PALETTES``.
    bars : tuple of HeatBar
        What colors stand for.
    squares : SquareKey or None
        What squares stand for.
    title, subtitle : str
        Above the figure; may be empty.
    notes : tuple of str
        Footnotes.
    """

    shape: tuple[int, int]
    cells: tuple[HeatCell, ...]
    wide: float
    high: float
    style: TypeStyle = themes.TICK
    label_style: TypeStyle = themes.TICK
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    heads: tuple[str, str] = ("", "")
    groups: tuple[tuple[int, str], ...] = ()
    palette: str = DIVERGING
    bars: tuple[HeatBar, ...] = ()
    squares: SquareKey | None = None
    title: str = ""
    subtitle: str = ""
    notes: tuple[str, ...] = field(default_factory=tuple)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of all cells with the lines between them."""
        rows, columns = self.shape
        return columns * self.wide, rows * self.high + len(self.groups) * GROUP_HEIGHT

    def corner(self, row: int, column: int) -> Point:
        """Return the upper left corner of a cell."""
        before = sum(first <= row for first, _ in self.groups)
        return column * self.wide, row * self.high + before * GROUP_HEIGHT


def least_pitch(labels: Sequence[str], style: TypeStyle) -> float:
    """Return how far names must stand from each other, for those of several lines."""
    deep = max((len(wrap(text, style, NAME_ROOM)) for text in labels), default=1)
    return deep * style.leading + LABEL_PAD


def draw_heat_map(frame: HeatFrame, ax: Axes | None, colors: Theme) -> tuple[Figure, Axes]:
    """Return figure and panel of a heat map; call it within ``saving.styled()``."""
    opened = open_page(lambda least: heat_page(frame, colors, least), ax, colors)
    wide, high = frame.size
    opened.panel.set(xlim=(0.0, wide), ylim=(high, 0.0))
    _draw_cells(opened, frame)
    return opened.figure, opened.panel


def heat_page(frame: HeatFrame, colors: Theme, least: float = 0.0) -> Page:
    """Return the page of a heat map that is at least ``least`` points wide; it is centered."""
    wide, high = frame.size
    beside = label_width(frame.rows, frame.label_style, NAME_ROOM)
    beside = max(beside, width(frame.heads[0], themes.HEAD) if frame.rows else 0.0)
    beside += LABEL_GAP if frame.rows else 0.0
    over = label_width(frame.columns, frame.label_style, NAME_ROOM)
    over += LABEL_GAP if frame.columns else 0.0
    head = themes.HEAD.leading + HEAD_GAP if frame.heads[1] else 0.0
    block = beside + max(wide, width(frame.heads[1], themes.HEAD))
    natural = max(block, LEAST_WIDTH, legend_width(frame.bars, frame.squares))
    page = max(least, natural + 2 * themes.MARGIN)
    room = page - 2 * themes.MARGIN
    words, top = titles(frame.title, frame.subtitle, room)
    left = (page - block) / 2 + beside
    words += stack([frame.heads[1]] if head else [], themes.HEAD, left, top)
    top += head + over
    legend = heat_legend(
        frame.bars, frame.squares, colors, room=room, top=top + high + 1.4 * themes.BLOCK_GAP
    )
    notes, end = footnotes(frame.notes, room, legend.end)
    return Page(
        width=page,
        height=end + themes.MARGIN,
        left=left,
        right=left + wide,
        top=top,
        bottom=top + high,
        words=(
            *words,
            *_row_words(frame, left, top, beside),
            *_column_words(frame, left, top),
            *_cell_words(frame, colors, left, top),
            *legend.words,
            *notes,
        ),
        rules=legend.rules,
        shapes=legend.shapes,
    )


def _row_words(frame: HeatFrame, left: float, top: float, beside: float) -> Iterator[Word]:
    style = frame.label_style
    for i, text in enumerate(frame.rows):
        lines = wrap(text, style, NAME_ROOM)
        middle = top + frame.corner(i, 0)[1] + frame.high / 2
        first = middle - len(lines) * style.leading / 2
        yield from stack(lines, style, left - LABEL_GAP, first, "right")
    if frame.rows and frame.heads[0]:
        above = top - LABEL_GAP - themes.HEAD.leading
        yield from stack([frame.heads[0]], themes.HEAD, left - LABEL_GAP, above, "right")
    for row, text in frame.groups:
        y = top + frame.corner(row, 0)[1] - themes.HEAD.leading - HEAD_GAP / 2
        yield from stack([text], themes.HEAD, left - beside, y)


def _column_words(frame: HeatFrame, left: float, top: float) -> Iterator[Word]:
    """Yield names over the columns, read upwards."""
    style = frame.label_style
    for j, text in enumerate(frame.columns):
        lines = wrap(text, style, NAME_ROOM)
        middle = left + (j + 0.5) * frame.wide
        first = middle - (len(lines) - 1) / 2 * style.leading
        for k, line in enumerate(lines):
            x = first + k * style.leading + HALF_CAP * style.size
            yield Word(x=x, y=top - LABEL_GAP, text=line, style=style, angle=90.0)


def _cell_words(frame: HeatFrame, colors: Theme, left: float, top: float) -> Iterator[Word]:
    plain = frame.style
    strong = TypeStyle(size=plain.size, leading=plain.leading, bold=True)
    for cell in frame.cells:
        style = strong if cell.bold else plain
        x, y = frame.corner(cell.row, cell.column)
        first = top + y + (frame.high - len(cell.lines) * style.leading) / 2
        ground = fill_of(cell, frame.palette, colors)
        for word in stack(cell.lines, style, left + x + frame.wide / 2, first, "center"):
            yield Word(x=word.x, y=word.y, text=word.text, style=style, align="center", on=ground)


def fill_of(cell: HeatCell, palette: str, colors: Theme) -> str:
    """Return the color of a cell as ``#rrggbb``."""
    return colors.color(cell.fill) if cell.fill else PALETTES[palette].color(colors, cell.share)


def _draw_cells(opened: Opened[Page], frame: HeatFrame) -> None:
    """Draw cells, those with strong lines on top, and the squares in them."""
    colors, scale = opened.theme, opened.scale
    faint = mixed(colors.paper, colors.rule, FAINT)
    for outlined in (False, True):
        chosen = [cell for cell in frame.cells if cell.outlined == outlined]
        paints = [
            Paint(
                fill=fill_of(cell, frame.palette, colors),
                edge=colors.ink if outlined else faint,
                weight=(OUTLINE if outlined else CELL_EDGE) * scale,
            )
            for cell in chosen
        ]
        add_polygons(opened.panel, [_outline(frame, cell) for cell in chosen], paints)
    inner = [cell for cell in frame.cells if cell.inner > 0]
    grays = [on_cell(fill_of(cell, frame.palette, colors)) for cell in inner]
    add_polygons(
        opened.panel,
        [_square(frame, cell) for cell in inner],
        [Paint(fill=gray, edge="none", weight=0.0) for gray in grays],
    )
    for artist in opened.panel.collections:  # whole lines at the edge
        artist.set_clip_on(False)


def _outline(frame: HeatFrame, cell: HeatCell) -> list[Point]:
    x, y = frame.corner(cell.row, cell.column)
    right, low = x + frame.wide, y + frame.high
    return [(x, y), (right, y), (right, low), (x, low)]


def _square(frame: HeatFrame, cell: HeatCell) -> Sequence[Point]:
    x, y = frame.corner(cell.row, cell.column)
    side = INNER_PART * min(frame.wide, frame.high) * min(cell.inner, 1.0) ** 0.5
    return square(x + frame.wide / 2, y + frame.high / 2, side)
