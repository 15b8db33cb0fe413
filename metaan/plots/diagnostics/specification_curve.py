"""The specification curve: all estimates in their order, and the choices behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Unpack

from matplotlib.axes import Axes

from metaan.diagnostics.specifications.multiverse_record import Multiverse
from metaan.plots.diagnostics.specification_columns import (
    SIDES,
    Marked,
    specification_columns,
)
from metaan.plots.diagnostics.specification_page import (
    CURVE_HIGH,
    STRIP,
    WIDE,
    Dashboard,
    dashboard,
    specification_page,
)
from metaan.plots.diagnostics.specification_record import SpecificationCurve, SpecificationRow
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import marker_polygons
from metaan.plots.pages.marks import Paint, Point, add_lines, add_polygons
from metaan.plots.pages.page import Opened, Page, open_page
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme

LINE_WEIGHT, NULL_WEIGHT, MARK_WEIGHT, BAND_WEIGHT = 1.1, 0.8, 0.8, 0.5
GAP = 0.25  # of the width of a column that is one specification
WIDEST = 11.0  # of its bar, points
EDGE_WEIGHT = 0.4
LARGEST_DOT, MARK_RADIUS = 2.0, 3.4


def specification_curve(
    multiverse: Multiverse,
    *,
    label: str | None = None,
    mark: Marked = None,
    choices: Sequence[str] | None = None,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[SpecificationCurve]:
    """Return a specification curve: all estimates in their order over the choices behind them.

    Parameters
    ----------
    multiverse : Multiverse
        What ``multiverse`` gave.
    label : str, optional
        Effect, where there are several.
    mark : mapping of str to str, sequence of these, or mapping of names to these, optional
        Specifications to mark, by choice and option; choices that are not named are those of the
        main analysis. The main analysis by default; an empty sequence for none.
    choices : sequence of str, optional
        Choices that have rows, in this order; all with several options by default.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of SpecificationCurve
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes`` (across,
        positions in the order of the estimates; up, the analysis scale).

    Raises
    ------
    InputError
        If this is no multiverse, it has several effects and none is named, or a marked
        specification does not exist (ChoiceError for an unknown choice, option or effect).

    Notes
    -----
    After Simonsohn, Simmons and Nelson [1]_. Up to 150 specifications have a column each. More
    of them share 150 columns: a column shows the medians of its estimates and limits, and the
    share of its specifications with each option as the height in that option's row; its color
    is where more than half of its intervals lie. Behind the name of a choice is its part of the
    variance between the estimates, to which a kind of interval adds nothing; at the right end
    of a row are the median estimate with that option and the share of intervals with it that
    exclude no effect. The few longest intervals are cut at the edge of the panel, which a
    footnote counts.

    References
    ----------
    .. [1] Simonsohn U, Simmons JP, Nelson LD (2020). Nat Hum Behav 4:1208.
       doi:10.1038/s41562-020-0912-z

    Examples
    --------
    >>> from metaan.core.effects import Effects
    >>> from metaan.diagnostics.specifications.multiverse import multiverse
    >>> effects = Effects.from_arrays([0.10, 0.30, 0.55, 0.71], se=[0.12, 0.20, 0.18, 0.25])
    >>> found = multiverse(lambda: effects, {"tau2": ["REML", "DL"], "inference": ["HKSJ", "T"]})
    >>> plot = specification_curve(found)
    >>> [row.option for row in plot.record.rows], plot.record.columns[0].side
    (['REML', 'DL', 'HKSJ', 'T'], 'holds')
    """
    record = specification_columns(multiverse, label=label, mark=mark, choices=choices, **texts)
    return draw_specification_curve(record, ax=ax, theme=theme)


def draw_specification_curve(
    record: SpecificationCurve, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[SpecificationCurve]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        board = dashboard(record)
        opened = open_page(
            lambda least: specification_page(record, board, least), ax, find_theme(theme)
        )
        axis = record.axis
        point = (axis.high - axis.low) / CURVE_HIGH  # of height, in numbers of the axis
        opened.panel.set(
            xlim=(0.0, float(record.n)), ylim=(axis.high - board.high * point, axis.high)
        )
        _draw_band(opened, record)
        _draw_intervals(opened, record)
        _draw_null(opened, record)
        _draw_estimates(opened, record)
        _draw_rows(opened, record, board, point)
        _draw_marks(opened, record, board, point)
    return Plot(figure=opened.figure, axes=opened.panel, record=record)


def _draw_band(opened: Opened[Page], record: SpecificationCurve) -> None:
    """Draw the band of unimportant effects."""
    end = float(record.n)
    if record.band:
        paint = Paint(fill=themes.BAND, edge=themes.RULE, weight=BAND_WEIGHT)
        low, high = record.band
        add_polygons(
            opened.panel, [[(0.0, low), (end, low), (end, high), (0.0, high)]], opened.paint(paint)
        )


def _draw_null(opened: Opened[Page], record: SpecificationCurve) -> None:
    """Draw the line of no effect over the intervals, which hold it or not."""
    if record.scale.has_null:
        end, null = float(record.n), record.scale.null
        color = opened.theme.color(themes.INK)
        add_lines(opened.panel, [[(0.0, null), (end, null)]], color, NULL_WEIGHT * opened.scale)


def _draw_intervals(opened: Opened[Page], record: SpecificationCurve) -> None:
    gap = _gap(record)
    shapes, paints = [], []
    for column in record.columns:
        low, high = (_inside(record, value) for value in (column.low, column.high))
        left, right = column.start + gap, column.stop - gap
        shapes.append([(left, low), (right, low), (right, high), (left, high)])
        fill, edge = SIDES[column.side]
        paints.append(opened.paint(Paint(fill=fill, edge=edge, weight=EDGE_WEIGHT)))
    add_polygons(opened.panel, shapes, paints)


def _gap(record: SpecificationCurve) -> float:
    """Return what is free on either side of the bar of one specification, in columns."""
    if record.n > len(record.columns):
        return 0.0
    return (1.0 - min(1.0 - GAP, WIDEST * record.n / WIDE)) / 2


def _inside(record: SpecificationCurve, value: float) -> float:
    return min(max(value, record.axis.low), record.axis.high)


def _draw_estimates(opened: Opened[Page], record: SpecificationCurve) -> None:
    """Draw a dot for each estimate, or a line of steps through those of many."""
    if record.n == len(record.columns):
        wide = (opened.page.right - opened.page.left) / record.n
        places = [((c.start + c.stop) / 2, c.estimate) for c in record.columns]
        shapes = marker_polygons(opened, places, "circle", min(LARGEST_DOT, 0.45 * wide))
        dot = Paint(fill=themes.INK, edge="none", weight=0.0)
        add_polygons(opened.panel, shapes, opened.paint(dot))
        return
    line: list[Point] = []
    for column in record.columns:
        line += [(float(column.start), column.estimate), (float(column.stop), column.estimate)]
    color = opened.theme.color(themes.INK)
    add_lines(opened.panel, [line], color, LINE_WEIGHT * opened.scale)


def _draw_rows(
    opened: Opened[Page], record: SpecificationCurve, board: Dashboard, point: float
) -> None:
    shapes: list[list[Point]] = []
    for line in board.lines:
        if line.row >= 0:
            floor = record.axis.high - line.strip[1] * point
            shapes += _strips(record, record.rows[line.row], floor, STRIP * point)
    paint = Paint(fill=themes.OURS, edge="none", weight=0.0)
    add_polygons(opened.panel, shapes, opened.paint(paint))


def _strips(
    record: SpecificationCurve, row: SpecificationRow, floor: float, high: float
) -> Iterator[list[Point]]:
    """Yield one polygon for each run of columns with the option, stepped by its share."""
    single = record.n == len(record.columns)
    gap = _gap(record)
    path: list[Point] = []
    last = 0.0
    for column, part in zip(record.columns, row.shares, strict=True):
        if path and (single or part == 0.0):
            yield [*path, (path[-1][0], floor)]
            path = []
        if part == 0.0:
            continue
        top = floor + part * high
        if path and part == last:
            path[-1] = (float(column.stop), top)
        else:
            start = [] if path else [(column.start + gap, floor)]
            path += [*start, (column.start + gap, top), (column.stop - gap, top)]
        last = part
    if path:
        yield [*path, (path[-1][0], floor)]


def _draw_marks(
    opened: Opened[Page], record: SpecificationCurve, board: Dashboard, point: float
) -> None:
    """Draw the marked specifications: a line through all rows, its interval, a diamond."""
    if not record.marks:
        return
    ink = opened.theme.color(themes.INK)
    foot = record.axis.high - board.high * point
    lines = []
    for mark in record.marks:
        x = mark.place + 0.5
        lines.append([(x, _inside(record, mark.low)), (x, _inside(record, mark.high))])
        lines.append([(x, record.axis.low), (x, foot)])
    add_lines(opened.panel, lines, ink, MARK_WEIGHT * opened.scale)
    shapes = [
        shape
        for mark in record.marks
        for shape in marker_polygons(
            opened, [(mark.place + 0.5, mark.estimate)], mark.marker, MARK_RADIUS
        )
    ]
    paint = Paint(fill=themes.PAPER, edge=themes.INK, weight=MARK_WEIGHT)
    add_polygons(opened.panel, shapes, opened.paint(paint))
