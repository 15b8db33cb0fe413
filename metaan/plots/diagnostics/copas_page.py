"""The page of a Copas figure: four charts in two rows, each with its own axes and legend."""

from __future__ import annotations

from dataclasses import dataclass, replace

from metaan.plots.diagnostics.copas_panels import CopasPanels
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import ChartFrame, chart_page, place
from metaan.plots.pages.marks import Point
from metaan.plots.pages.page import Page, Rule, Shape, Word, footnotes, titles

COLUMNS = 2
ACROSS = 4.0  # points between charts, which have margins of their own


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One chart on the page.

    Attributes
    ----------
    frame : ChartFrame
        Its axes.
    box : tuple of float
        Left, right, upper and lower edge of its panel on the page, points.
    """

    frame: ChartFrame
    box: tuple[float, float, float, float]

    def at(self, x: float, y: float) -> Point:
        """Return where a place of the chart lies on the page; beyond its ends, at the end."""
        left, right, top, bottom = self.box
        across, down = place(self.frame, self.box, x, y)
        return min(max(across, left), right), min(max(down, top), bottom)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopasPage(Page):
    """The page with its charts."""

    cells: tuple[Cell, ...]


def copas_page(record: CopasPanels, least: float = 0.0) -> CopasPage:
    """Return the page, at least ``least`` points wide."""
    plain = [chart_page(frame) for frame in record.frames]
    wide = max(each.width for each in plain)
    page = max(least, COLUMNS * wide + (COLUMNS - 1) * ACROSS)
    wide = (page - (COLUMNS - 1) * ACROSS) / COLUMNS
    charts = [chart_page(frame, wide) for frame in record.frames]
    room = page - 2 * themes.MARGIN
    words, top = titles(record.title, record.subtitle, room)
    top -= themes.MARGIN if words else themes.MARGIN / 2
    rules: list[Rule] = []
    shapes: list[Shape] = []
    cells: list[Cell] = []
    for row in range(0, len(charts), COLUMNS):
        across = 0.0
        pairs = list(zip(record.frames, charts, strict=True))[row : row + COLUMNS]
        for frame, chart in pairs:
            words += [_word(each, across, top) for each in chart.words]
            rules += [_rule(each, across, top) for each in chart.rules]
            shapes += [_shape(each, across, top) for each in chart.shapes]
            sides = (chart.left + across, chart.right + across)
            cells.append(Cell(frame=frame, box=(*sides, chart.top + top, chart.bottom + top)))
            across += wide + ACROSS
        top += max(chart.height for _, chart in pairs) - themes.MARGIN
    notes, end = footnotes(record.notes, room, top)
    return CopasPage(
        width=page,
        height=end + themes.MARGIN,
        left=0.0,
        right=page,
        top=0.0,
        bottom=end + themes.MARGIN,
        words=(*words, *notes),
        rules=tuple(rules),
        shapes=tuple(shapes),
        cells=tuple(cells),
    )


def _word(word: Word, x: float, y: float) -> Word:
    return replace(word, x=word.x + x, y=word.y + y)


def _rule(rule: Rule, x: float, y: float) -> Rule:
    (a, b), (c, d) = rule.start, rule.end
    return replace(rule, start=(a + x, b + y), end=(c + x, d + y))


def _shape(shape: Shape, x: float, y: float) -> Shape:
    return replace(shape, points=tuple((a + x, b + y) for a, b in shape.points))
