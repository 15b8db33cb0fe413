"""The page of a figure with two axes: measured ticks, labels, legend, titles and footnotes.

A chart's record holds a `ChartFrame`; the plot draws its marks into the panel that `open_chart`
returns. Ticks and all other texts are set on the page, so that nothing is cut or overlaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from matplotlib.axes import Axes

from metaan.plots.pages import theme
from metaan.plots.pages.labels import Dot, PanelText, Placed, PointLabel, place_labels
from metaan.plots.pages.leaders import Box
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.legend_block import legend_block
from metaan.plots.pages.marks import POLYGONS, Point
from metaan.plots.pages.page import (
    HALF_CAP,
    Opened,
    Page,
    Rule,
    Shape,
    Word,
    footnotes,
    open_page,
    stack,
    titles,
    widest,
)
from metaan.plots.pages.targets import add_targets
from metaan.plots.pages.theme import Theme
from metaan.plots.pages.typesetting import width, wrap

PANEL_WIDTH = 330.0
PANEL_HEIGHT = 250.0
TICK_LENGTH = 3.5
TICK_GAP = 3.0
# Axes stand half their weight outside of the panel, so that no fill covers half of them.
AXIS_WEIGHT = 0.7
TARGET_RADIUS = 7.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartAxis:
    """One axis of a chart.

    Attributes
    ----------
    low, high : float
        Left and right, or lower and upper end, in the numbers that are drawn; ``low > high``
        turns the axis round.
    ticks : tuple of float
        Positions, the same numbers.
    tick_labels : tuple of str
        What stands at them (on the reading scale).
    label : str
        Name of the axis with its unit.
    grid : bool
        Whether faint lines run across the panel at the ticks.
    line : bool
        Whether the axis is drawn.
    span : tuple of float, optional
        Ends of its line, and middle of its label, where it is shorter than the panel.
    beside : bool
        Whether the label of a vertical axis stands at the panel, and not left of the ticks.
    """

    low: float
    high: float
    ticks: tuple[float, ...] = ()
    tick_labels: tuple[str, ...] = ()
    label: str = ""
    grid: bool = False
    line: bool = True
    span: tuple[float, float] | None = None
    beside: bool = False

    @property
    def ends(self) -> tuple[float, float]:
        """Where the line of the axis begins and ends."""
        return (self.low, self.high) if self.span is None else self.span

    def share(self, value: float) -> float:
        """Return where a value lies between the ends, 0 to 1."""
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartFrame:
    """What surrounds the marks of a chart.

    Attributes
    ----------
    x, y : ChartAxis
        The axes.
    title, subtitle : str
        Above the figure; may be empty.
    notes : tuple of str
        Footnotes.
    legend : tuple of LegendEntry
        Under the axis, from left to right, in as many lines as it takes.
    labels : tuple of PointLabel
        Names beside points in the panel; a footnote says how many have no free place and are
        left out.
    texts : tuple of PanelText
        Texts that stay where they are put in the panel.
    dots : tuple of Dot
        Places that labels must keep clear of, in the numbers of the axes.
    lines : tuple of Dot
        Places along lines, that labels keep clear of where they can.
    width, height : float
        Least width and height of the panel, points.
    """

    x: ChartAxis
    y: ChartAxis
    title: str = ""
    subtitle: str = ""
    notes: tuple[str, ...] = ()
    legend: tuple[LegendEntry, ...] = ()
    labels: tuple[PointLabel, ...] = ()
    texts: tuple[PanelText, ...] = ()
    dots: tuple[Dot, ...] = ()
    lines: tuple[Dot, ...] = ()
    width: float = PANEL_WIDTH
    height: float = PANEL_HEIGHT


def marker_polygons(
    opened: Opened[Page], places: Iterable[Point], marker: str, radius: float
) -> list[list[Point]]:
    """Return markers of a radius in points as polygons in the numbers of the panel.

    Parameters
    ----------
    opened : Opened
        A chart, its limits set.
    places : iterable of tuple of float
        Centers, in the numbers of the axes.
    marker : str
        Key of ``marks.POLYGONS``.
    radius : float
        Points of the page at its natural size.
    """
    (left, right), (low, high) = opened.panel.get_xlim(), opened.panel.get_ylim()
    across = radius * (right - left) / (opened.page.right - opened.page.left)
    up = radius * (high - low) / (opened.page.bottom - opened.page.top)
    outline = POLYGONS[marker]
    return [[(x + across * a, y - up * b) for a, b in outline] for x, y in places]


def add_point_targets(opened: Opened[Page], places: Iterable[Point]) -> None:
    """Add the area of each study at these centers, larger than its mark: fingers are blunt."""
    add_targets(opened.panel, marker_polygons(opened, places, "circle", TARGET_RADIUS))


def open_chart(frame: ChartFrame, ax: Axes | None, colors: Theme) -> Opened[Page]:
    """Draw the page of a chart and return it with its panel, limits set; see `open_page`.

    Call it within ``saving.styled()``. Type and line weights in the panel are to be multiplied
    by ``opened.scale``.
    """
    opened = open_page(lambda least: chart_page(frame, least), ax, colors)
    opened.panel.set(xlim=(frame.x.low, frame.x.high), ylim=(frame.y.low, frame.y.high))
    return opened


def chart_page(frame: ChartFrame, least: float = 0.0) -> Page:
    """Return the page of a chart that is at least ``least`` points wide."""
    first, last = (frame.y.share(end) for end in frame.y.ends)
    y_label = wrap(frame.y.label, theme.TICK, abs(last - first) * frame.height)
    deep = len(y_label) * theme.TICK.leading + TICK_GAP
    ticks = widest(frame.y.tick_labels, theme.TICK) + TICK_GAP + TICK_LENGTH
    left = theme.MARGIN + (max(deep, ticks) if frame.y.beside else deep + ticks)
    overhang = _overhang(frame)
    left = max(left, theme.MARGIN + overhang[0])
    outer = theme.MARGIN + max(overhang[1], 4.0)
    page = max(least, left + frame.width + outer)
    right = page - outer
    words, top = titles(frame.title, frame.subtitle, page - 2 * theme.MARGIN)
    top += theme.TICK.leading / 2
    bottom = top + frame.height
    box = (left, right, top, bottom)
    words += _y_words(frame, box, y_label)
    texts = [_panel_word(frame, box, text) for text in frame.texts]
    names = _names(frame, box, texts)
    below, shapes, lines, end = _below(frame, box, page, _lost_names(frame, names.left_out))
    words += [*below, *texts, *names.words]
    return Page(
        width=page,
        height=end + theme.MARGIN,
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        words=tuple(words),
        rules=(*_axis_rules(frame, box), *lines, *names.leaders),
        shapes=tuple(shapes),
    )


def place(frame: ChartFrame, box: Box, x: float, y: float) -> tuple[float, float]:
    """Return where a point of the panel lies on the page."""
    left, right, top, bottom = box
    return (
        left + frame.x.share(x) * (right - left),
        bottom - frame.y.share(y) * (bottom - top),
    )


def _overhang(frame: ChartFrame) -> tuple[float, float]:
    """Return how far the labels of x ticks reach beyond the panel, left and right."""
    before, after = 0.0, 0.0
    for tick, label in zip(frame.x.ticks, frame.x.tick_labels, strict=True):
        half, share = width(label, theme.TICK) / 2, frame.x.share(tick)
        before = max(before, half - share * frame.width)
        after = max(after, half - (1 - share) * frame.width)
    return before, after


def _axis_rules(frame: ChartFrame, box: Box) -> Iterator[Rule]:
    left, right, top, bottom = box
    side, foot = left - AXIS_WEIGHT / 2, bottom + AXIS_WEIGHT / 2
    for tick in frame.x.ticks:
        x, _ = place(frame, box, tick, frame.y.low)
        if frame.x.grid:
            yield Rule(start=(x, top), end=(x, bottom), color=theme.BAND)
        if frame.x.line:
            yield Rule(start=(x, foot), end=(x, bottom + TICK_LENGTH), color=theme.INK)
    for tick in frame.y.ticks:
        _, y = place(frame, box, frame.x.low, tick)
        if frame.y.grid:
            yield Rule(start=(left, y), end=(right, y), color=theme.BAND)
        if frame.y.line:
            yield Rule(start=(left - TICK_LENGTH, y), end=(side, y), color=theme.INK)
    (first, lower), (last, upper) = (
        place(frame, box, *ends) for ends in zip(frame.x.ends, frame.y.ends, strict=True)
    )
    if frame.x.line:
        yield Rule(start=(first, foot), end=(last, foot), color=theme.INK, weight=AXIS_WEIGHT)
    if frame.y.line:
        yield Rule(start=(side, upper), end=(side, lower), color=theme.INK, weight=AXIS_WEIGHT)


def _y_words(frame: ChartFrame, box: Box, label: tuple[str, ...]) -> Iterator[Word]:
    left = box[0]
    style = theme.TICK
    for tick, text in zip(frame.y.ticks, frame.y.tick_labels, strict=True):
        _, y = place(frame, box, frame.x.low, tick)
        x = left - TICK_LENGTH - TICK_GAP
        yield Word(x=x, y=y + HALF_CAP * style.size, text=text, style=style, align="right")
    start = left - TICK_GAP - len(label) * style.leading if frame.y.beside else theme.MARGIN
    middle = sum(place(frame, box, frame.x.low, end)[1] for end in frame.y.ends) / 2
    for i, text in enumerate(label):
        x = start + (i + 0.5) * style.leading + HALF_CAP * style.size
        yield Word(x=x, y=middle, text=text, style=style, align="center", angle=90.0)


def _below(
    frame: ChartFrame, box: Box, page: float, more: Sequence[str]
) -> tuple[list[Word], list[Shape], list[Rule], float]:
    """Return tick labels, axis label, legend and footnotes under the panel, and where they end."""
    bottom = box[3]
    left, right = (place(frame, box, end, frame.y.low)[0] for end in frame.x.ends)
    style, words = theme.TICK, []
    top = bottom + TICK_LENGTH + 1.0
    for tick, text in zip(frame.x.ticks, frame.x.tick_labels, strict=True):
        x, _ = place(frame, box, tick, frame.y.low)
        words += stack([text], style, x, top, "center")
    top += style.leading + 1.0 if frame.x.ticks else 0.0
    lines = wrap(frame.x.label, style, right - left)
    words += stack(lines, style, (left + right) / 2, top, "center")
    top += len(lines) * style.leading
    room = page - 2 * theme.MARGIN
    gap = theme.BLOCK_GAP if frame.legend else 0.0
    legend = legend_block(frame.legend, room, top + gap)
    notes, end = footnotes((*frame.notes, *more), room, legend.end)
    return [*words, *legend.words, *notes], list(legend.shapes), list(legend.rules), end


def _names(frame: ChartFrame, box: Box, texts: Sequence[Word]) -> Placed:
    """Return the labels where they find a place on the page."""
    labels = []
    for label in frame.labels:
        x, y = place(frame, box, label.x, label.y)
        also = tuple(place(frame, box, *spot) for spot in label.also)
        labels.append(replace(label, x=x, y=y, also=also))
    dots, lines = (
        [_moved(frame, box, dot) for dot in places] for places in (frame.dots, frame.lines)
    )
    return place_labels(labels, dots, box, texts, lines)


def _moved(frame: ChartFrame, box: Box, dot: Dot) -> Dot:
    x, y = place(frame, box, dot.x, dot.y)
    return Dot(x=x, y=y, radius=dot.radius)


def _panel_word(frame: ChartFrame, box: Box, text: PanelText) -> Word:
    """Return a text of the panel where it lies on the page."""
    x, y = place(frame, box, text.x, text.y)
    return Word(
        x=x + text.shift,
        y=y + HALF_CAP * text.style.size,
        text=text.text,
        style=text.style,
        align=text.align,
    )


def _lost_names(frame: ChartFrame, lost: Sequence[str]) -> tuple[str, ...]:
    """Return the footnote about names that have no free place; none where all have one."""
    if not lost:
        return ()
    many = sum(not label.spare for label in frame.labels)
    if many == 1:
        return ("The name of the point has no free place and is left out.",)
    verb = "has no free place and is" if len(lost) == 1 else "have no free place and are"
    return (f"{len(lost)} of {many} names {verb} left out.",)
