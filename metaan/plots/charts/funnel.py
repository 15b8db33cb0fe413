"""The funnel plot: effects against their precision, with limits and contours of p."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Unpack

from matplotlib.axes import Axes

from metaan.plots.charts.bubble_colors import Look
from metaan.plots.charts.funnel_axes import DEFAULT_AXIS
from metaan.plots.charts.funnel_frame import BAND_DASHES, FOUND_DASHES, radius_of
from metaan.plots.charts.funnel_important import FunnelTexts
from metaan.plots.charts.funnel_points import funnel_points
from metaan.plots.charts.funnel_record import (
    BAND_COLOR,
    BAND_EDGE,
    CENTER_COLOR,
    FOUND_COLOR,
    GROUP_EDGE,
    IMPUTED_LOOK,
    NULL_COLOR,
    STUDY_EDGE,
    FunnelBand,
    FunnelPoint,
    FunnelPoints,
)
from metaan.plots.charts.funnel_source import Subject
from metaan.plots.charts.names import Names
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import add_point_targets, marker_polygons, open_chart
from metaan.plots.pages.marks import Paint, Point, add_lines, add_polygons
from metaan.plots.pages.page import Opened, Page
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme

CENTER_WEIGHT, LIMIT_WEIGHT, EDGE_WEIGHT, OPEN_WEIGHT = 1.2, 0.9, 0.5, 1.0
DASHES = (0.0, (4.0, 2.5))
ARROW_REACH = 1.6  # radii of a mark


def funnel(
    fit: Subject,
    y: str = DEFAULT_AXIS,
    *,
    contours: Sequence[float] | None = None,
    levels: Sequence[float] | None = None,
    tau2: bool = False,
    names: Names = None,
    color: str = "",
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[FunnelTexts],
) -> Plot[FunnelPoints]:
    """Return a funnel plot: the effect of each study against its precision.

    Parameters
    ----------
    fit : any pool or regression, Effects or TrimAndFill
        A pool: its studies around its effect; of subgroups, around the overall effect, marked by
        subgroup. A regression: residuals against the standard errors they have under its model,
        around 0; those of ratios are read as ratios. A robust fit: as the fit it was made from,
        its own interval in the legend. Effects: studies alone, no center and no limits. Trim and
        fill: filled studies open, around the pool with them; the pool as found dashed.
    y : str
        Row of ``FUNNEL_AXES``: "SE" [1]_, "variance", "precision", "inverse variance", or numbers
        of participants "n", "sqrt n", "log n", "1/n", "1/sqrt n", from columns n1 and n2, or n.
        Precise studies stand at the top.
    contours : sequence of float, optional
        Levels of confidence, at most four: (0.90, 0.95, 0.99) shades p > 0.10, 0.05 < p ≤ 0.10,
        0.01 < p ≤ 0.05 and p ≤ 0.01 of each study's own two-sided z-test, around no effect
        [2]_.
    levels : sequence of float, optional
        Coverages of the limits around the center, at most three: that of the fit by default, ()
        for no limits.
    tau2 : bool
        False: limits at ``center ± z SE``, where studies of one true effect are expected. True:
        at ``center ± z sqrt(SE² + tau²)``, where studies of the fit's distribution of true
        effects are expected.
    names : {"none", "outside", "all"} or sequence of str, optional
        Studies to name: none (the default), those outside of the (narrowest) limits, all, or
        these. A name without a free place is left out, and a footnote says how many are.
    color : str
        Column whose values get colors and markers; that of the subgroups by default.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `FunnelTexts`: ``title``, ``subtitle``, ``notes``, and ``important=``, the minimal
        important difference on the reading scale: one number, or both ends of the effects that
        are too small to matter.

    Returns
    -------
    Plot of FunnelPoints
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes``.

    Raises
    ------
    InputError
        If ``fit`` is none of the above or empty, a choice is no row of its table, the axis needs
        columns that are not there, contours have no null or no standard errors to stand on, or
        levels, names or colors are impossible (ChoiceError: there is no such row, column or
        study).

    Notes
    -----
    Limits are ``center ± z SE``, or ``center ± z sqrt(SE² + tau²)`` with ``tau2=True``; z is
    the normal quantile of the level. The first is where 95% of the studies would lie if all had
    one true effect and none were missing, the second if true effects vary as the fit says. With
    fewer than ten studies a footnote warns of judging asymmetry [3]_. Axes of participants show
    the center, but no limits: standard errors do not follow from numbers of participants.

    References
    ----------
    .. [1] Sterne JAC, Egger M (2001). J Clin Epidemiol 54:1046.
       doi:10.1016/S0895-4356(01)00377-8
    .. [2] Peters JL et al (2008). J Clin Epidemiol 61:991. doi:10.1016/j.jclinepi.2007.11.010
    .. [3] Sterne JAC et al (2011). BMJ 343:d4002. doi:10.1136/bmj.d4002

    Examples
    --------
    >>> from metaan.core.effects import Effects
    >>> from metaan.univariate.pooling import pool
    >>> effects = Effects.from_arrays([0.10, 0.30, 0.95], se=[0.12, 0.20, 0.18])
    >>> plot = funnel(pool(effects, model="common"), contours=(0.95,), names="outside")
    >>> [point.study for point in plot.record.points if point.outside]
    ['Study 1', 'Study 3']
    """
    record = funnel_points(
        fit, y, contours=contours, levels=levels, tau2=tau2, names=names, color=color, **texts
    )
    return draw_funnel(record, ax=ax, theme=theme)


def draw_funnel(
    record: FunnelPoints, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[FunnelPoints]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_chart(record.frame, ax, find_theme(theme))
        _draw_important(opened, record)
        _draw_contours(opened, record)
        _draw_ends(opened, record)
        for band in record.limits:
            _draw_limits(opened, band)
        _draw_center(opened, record)
        _draw_points(opened, record)
        add_point_targets(opened, _centers(opened, record))
    return Plot(figure=opened.figure, axes=opened.panel, record=record)


def _draw_contours(opened: Opened[Page], record: FunnelPoints) -> None:
    """Draw the areas of p, the widest first; the null runs through all of them."""
    if not record.contours:
        return
    x, y = record.frame.x, record.frame.y
    corners = [(x.low, y.low), (x.high, y.low), (x.high, y.high), (x.low, y.high)]
    _fill(opened, corners, record.outer)
    for band in record.contours:
        left = [(min(max(at, x.low), x.high), up) for at, up in zip(band.low, band.y, strict=True)]
        right = [
            (min(max(at, x.low), x.high), up) for at, up in zip(band.high, band.y, strict=True)
        ]
        _fill(opened, [*left, *right[::-1]], band.color)
    _draw_vertical(opened, record.null, NULL_COLOR, LIMIT_WEIGHT)


def _fill(opened: Opened[Page], corners: list[Point], color: str) -> None:
    add_polygons(opened.panel, [corners], opened.paint(Paint(fill=color, edge="none", weight=0.0)))


def _draw_limits(opened: Opened[Page], band: FunnelBand) -> None:
    sides = [list(zip(side, band.y, strict=True)) for side in (band.low, band.high)]
    lines = add_lines(
        opened.panel, sides, opened.theme.color(band.color), LIMIT_WEIGHT * opened.scale
    )
    if lines is not None:
        lines.set_linestyle(DASHES)


def _draw_center(opened: Opened[Page], record: FunnelPoints) -> None:
    if math.isfinite(record.as_found):
        _draw_vertical(opened, record.as_found, FOUND_COLOR, CENTER_WEIGHT, FOUND_DASHES)
    if math.isfinite(record.center):
        _draw_vertical(opened, record.center, CENTER_COLOR, CENTER_WEIGHT)


def _draw_important(opened: Opened[Page], record: FunnelPoints) -> None:
    """Fill the effects too small to matter; on contours their ends alone can be seen."""
    low, high = record.important
    if math.isfinite(low) and not record.contours:
        y = record.frame.y
        _fill(opened, [(low, y.low), (high, y.low), (high, y.high), (low, y.high)], BAND_COLOR)


def _draw_ends(opened: Opened[Page], record: FunnelPoints) -> None:
    for end in record.important:
        if math.isfinite(end):
            _draw_vertical(opened, end, BAND_EDGE, LIMIT_WEIGHT, BAND_DASHES)


def _draw_vertical(
    opened: Opened[Page], x: float, color: str, weight: float, dashes: tuple[float, ...] = ()
) -> None:
    line = [(x, end) for end in opened.panel.get_ylim()]
    drawn = add_lines(opened.panel, [line], opened.theme.color(color), weight * opened.scale)
    if drawn is not None and dashes:
        drawn.set_linestyle((0.0, dashes))


def _draw_points(opened: Opened[Page], record: FunnelPoints) -> None:
    """Draw the studies, one artist per look; arrows for those beyond the axis."""
    radius = radius_of(len(record.points))
    for paint, marker, points in _looks(record):
        within = [(point.x, point.y) for point in points if not point.beyond]
        shapes = marker_polygons(opened, within, marker, radius)
        for point in points:
            if point.beyond:
                shapes.append(_pointer(opened, point, radius))
        add_polygons(opened.panel, shapes, opened.paint(paint))


def _centers(opened: Opened[Page], record: FunnelPoints) -> Iterator[Point]:
    """Yield where each study stands, the end of the axis for one beyond it."""
    ends = opened.panel.get_xlim()
    for point in record.points:
        if point.kind == "study":
            yield ends[1 if point.beyond > 0 else 0] if point.beyond else point.x, point.y


def _looks(record: FunnelPoints) -> Iterator[tuple[Paint, str, list[FunnelPoint]]]:
    """Yield each look with its points: studies, then imputed ones, drawn open."""
    edge = GROUP_EDGE if record.groups else STUDY_EDGE
    studies: dict[Look, list[FunnelPoint]] = {}
    for point in record.points:
        if point.kind == "study":
            studies.setdefault(point.look, []).append(point)
    for look, points in studies.items():
        yield Paint(fill=look.fill, edge=edge, weight=EDGE_WEIGHT), look.marker, points
    imputed = [point for point in record.points if point.kind == "imputed"]
    open_paint = Paint(fill=IMPUTED_LOOK.fill, edge=themes.INK, weight=OPEN_WEIGHT)
    yield open_paint, IMPUTED_LOOK.marker, imputed


def _pointer(opened: Opened[Page], point: FunnelPoint, radius: float) -> list[Point]:
    """Return an arrow head whose tip touches the end of the axis."""
    tip = opened.panel.get_xlim()[1 if point.beyond > 0 else 0]
    (corner,) = marker_polygons(opened, [(tip, point.y)], "square", ARROW_REACH * radius)
    (left, _), (_, low), (right, _), (_, high) = corner
    back = left if point.beyond > 0 else right
    return [(tip, point.y), (back, low), (back, high)]
