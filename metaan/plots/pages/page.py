"""A page: texts, lines and shapes at measured places around one panel; and how it is drawn.

Lengths are points from the top left corner. The panel is the part that has a data axis; what
stands in it is drawn afterwards, by the plot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.transforms import TransformedPatchPath

from metaan.core.errors import InputError
from metaan.plots.pages import theme as themes
from metaan.plots.pages.contrast import ink_on
from metaan.plots.pages.marks import Paint, Point, add_lines, add_polygons
from metaan.plots.pages.theme import Align, Theme, TypeStyle
from metaan.plots.pages.typesetting import properties, width, wrap

INCH = 72.0
WORD_ORDER = 6.0  # over the panel, whose order matplotlib sets to 5
LEADER_ORDER = 5.5
GROUND_ORDER = 0.0
RECTILINEAR = "rectilinear"
# Half the height of figures and capitals of the type, in ems: centers a line on its row.
HALF_CAP = 0.365
TITLE_GAP = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A line of text: anchor on its baseline, points; how it is set; degrees it is turned.

    ``on`` is the color name of the ground, for a text that is black or white, whichever is read
    better on it; empty for the color of its style.
    """

    x: float
    y: float
    text: str
    style: TypeStyle
    align: Align = "left"
    angle: float = 0.0
    on: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A straight line, points; ``color`` is a name of the theme; ``over`` what is in the panel."""

    start: Point
    end: Point
    color: str = themes.RULE
    weight: float = 0.7
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A filled polygon, points; colors are names of the theme."""

    points: tuple[Point, ...]
    fill: str
    edge: str = "none"
    weight: float = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page: its size, the sides of its panel, and everything outside of the panel.

    Attributes
    ----------
    width, height : float
        Of the page.
    left, right, top, bottom : float
        Sides of the panel, from the left and from the top.
    words, rules, shapes : tuple
        Shapes lie under rules, rules under words.
    """

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    words: tuple[Word, ...]
    rules: tuple[Rule, ...]
    shapes: tuple[Shape, ...] = ()


Kind = TypeVar("Kind", bound=Page)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Opened(Generic[Kind]):
    """A page that has been drawn, but for what stands in its panel.

    Attributes
    ----------
    figure : Figure
        Whose it is.
    panel : Axes
        Empty, without spines or ticks; the caller sets its limits and draws in it.
    page : Page
        What was drawn, made as wide as the place it was given.
    theme : Theme
        Colors.
    scale : float
        Factor of all type sizes and line weights: 1 for a page of natural size.
    """

    figure: Figure
    panel: Axes
    page: Kind
    theme: Theme
    scale: float

    def paint(self, named: Paint) -> Paint:
        """Return a paint of names in the colors of the theme, its weight scaled."""
        return Paint(
            fill=self.theme.color(named.fill),
            edge=self.theme.color(named.edge),
            weight=named.weight * self.scale,
        )


def open_page(page_of: Callable[[float], Kind], ax: Axes | None, theme: Theme) -> Opened[Kind]:
    """Draw a page and return it with its empty panel; call it within ``saving.styled()``.

    Parameters
    ----------
    page_of : callable
        From a least width in points (0 for the natural one) to the page.
    ax : Axes or None
        Draw into the area of these axes, scaled down (never up) to fit both ways; None for a
        figure of its own, which pyplot does not know.
    theme : Theme
        Colors.
    """
    if ax is None:
        page, scale = page_of(0.0), 1.0
        height = page.height
        figure = Figure(figsize=(page.width / INCH, height / INCH), dpi=100)
        figure.set_facecolor(theme.paper)
        FigureCanvasAgg(figure)
        sheet = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    else:
        _check_axes(ax)
        figure = figure_of(ax)
        box, points = ax.get_window_extent(), INCH / figure.dpi
        wide, high = box.width * points, box.height * points
        # Axes within the axes: limits of its own squash no neighbor that shares theirs.
        ax.set_axis_off()
        sheet = ax.inset_axes((0.0, 0.0, 1.0, 1.0))
        ground = Rectangle((0.0, 0.0), 1.0, 1.0, transform=sheet.transAxes)
        ground.set(facecolor=theme.paper, edgecolor="none", zorder=GROUND_ORDER)
        sheet.add_patch(ground)
        natural = page_of(0.0)
        scale = min(1.0, wide / natural.width, high / natural.height)
        page, height = page_of(wide / scale), high / scale
    sheet.set_axis_off()
    sheet.set(xlim=(0.0, page.width), ylim=(height, 0.0))
    _draw_outside(sheet, page, theme, scale)
    panel = sheet.inset_axes(
        (
            page.left / page.width,
            1.0 - page.bottom / height,
            (page.right - page.left) / page.width,
            (page.bottom - page.top) / height,
        )
    )
    panel.set_axis_off()
    return Opened(figure=figure, panel=panel, page=page, theme=theme, scale=scale)


def _check_axes(ax: Axes) -> None:
    """Raise ``InputError`` if these are no axes that a page can be drawn into."""
    if not isinstance(ax, Axes):
        what = f"got {type(ax).__name__}"
    elif ax.name != RECTILINEAR:
        what = f"got {ax.name} axes"
    else:
        return
    raise InputError(f"ax must be ordinary matplotlib Axes, as figure.subplots() makes; {what}")


def figure_of(ax: Axes) -> Figure:
    """Return the figure that holds the axes, also through a subfigure."""
    return ax.figure if isinstance(ax.figure, Figure) else ax.figure.figure


def stack(
    lines: Sequence[str], style: TypeStyle, x: float, top: float, align: Align = "left"
) -> list[Word]:
    """Return lines under each other, the first one's box beginning at ``top``."""
    first = top + style.leading / 2 + HALF_CAP * style.size
    return [
        Word(x=x, y=first + i * style.leading, text=line, style=style, align=align)
        for i, line in enumerate(lines)
    ]


def titles(title: str, subtitle: str, room: float) -> tuple[list[Word], float]:
    """Return title and subtitle in lines of ``room`` points, and where what follows begins."""
    words: list[Word] = []
    top = themes.MARGIN
    for text, style in ((title, themes.TITLE), (subtitle, themes.SUBTITLE)):
        lines = wrap(text, style, room)
        words += stack(lines, style, themes.MARGIN, top)
        top += len(lines) * style.leading + (TITLE_GAP if lines else 0.0)
    return words, top + (themes.BLOCK_GAP if words else 0.0)


def footnotes(notes: Sequence[str], room: float, top: float) -> tuple[list[Word], float]:
    """Return the footnotes from ``top`` on, and where they end."""
    words: list[Word] = []
    top += themes.BLOCK_GAP if notes else 0.0
    for note in notes:
        lines = wrap(note, themes.SMALL, room)
        words += stack(lines, themes.SMALL, themes.MARGIN, top)
        top += len(lines) * themes.SMALL.leading
    return words, top


def widest(texts: Sequence[str], style: TypeStyle) -> float:
    """Return the width of the widest text; 0 for none."""
    return max((width(text, style) for text in texts), default=0.0)


def _draw_outside(sheet: Axes, page: Page, theme: Theme, scale: float) -> None:
    paints = [
        Paint(fill=theme.color(each.fill), edge=theme.color(each.edge), weight=each.weight * scale)
        for each in page.shapes
    ]
    add_polygons(sheet, [each.points for each in page.shapes], paints)
    for over in (False, True):
        rules = [rule for rule in page.rules if rule.over == over]
        lines = add_lines(
            sheet,
            [[rule.start, rule.end] for rule in rules],
            [theme.color(rule.color) for rule in rules],
            [rule.weight * scale for rule in rules],
        )
        if lines is not None and over:
            lines.set_zorder(LEADER_ORDER)
    # Nothing is clipped, but matplotlib makes a path per text unless it is given one.
    clip = TransformedPatchPath(sheet.patch)
    for word in page.words:  # set literally: no mathematics in ``$``, no TeX
        sheet.text(
            word.x,
            word.y,
            word.text,
            fontproperties=properties(word.style.bold),
            fontsize=word.style.size * scale,
            color=ink_on(theme.color(word.on)) if word.on else theme.color(word.style.color),
            horizontalalignment=word.align,
            verticalalignment="baseline",
            rotation=word.angle,
            rotation_mode="anchor",
            parse_math=False,
            clip_path=clip,
            zorder=WORD_ORDER,
        )
