"""The funnel plot: effects against their precision, with limits and contours of p."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from matplotlib.axes import Axes

from metaan.plots.charts.funnel_axes import DEFAULT_AXIS
from metaan.plots.charts.funnel_frame import radius_of
from metaan.plots.charts.funnel_names import Names
from metaan.plots.charts.funnel_points import SAMPLING, funnel_points
from metaan.plots.charts.funnel_record import (
    CENTER_COLOR,
    GROUP_EDGE,
    GROUP_MARKERS,
    NULL_COLOR,
    STUDY_EDGE,
    STUDY_FILL,
    FunnelBand,
    FunnelPoint,
    FunnelPoints,
    FunnelRegion,
    series,
)
from metaan.plots.charts.funnel_source import Subject
from metaan.plots.charts.funnel_titles import Titles
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import marker_polygons, open_chart
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
    region: FunnelRegion | None = SAMPLING,
    names: Names = None,
    by: str | None = None,
    title: str | Titles = "",
    theme: str = DEFAULT_THEME,
    ax: Axes | None = None,
) -> Plot[FunnelPoints]:
    """Return a funnel plot: the effect of each study against its precision.

    Parameters
    ----------
    fit : PooledFit, SubgroupFit, CountsFit, RegressionFit, RobustFit or Effects
        A pool: its studies around its effect; of subgroups, around the overall effect, marked by
        subgroup. A regression: residuals against the standard errors they have under its model,
        around 0; those of ratios are read as ratios. A robust fit: the fit it was made from.
        Effects: studies alone, no center and no limits.
    y : str
        Row of ``FUNNEL_AXES``: "SE" [1]_, "variance", "precision", "inverse variance", or numbers
        of participants "n", "sqrt n", "log n", "1/n", "1/sqrt n", from columns n1 and n2, or n.
        Precise studies stand at the top.
    contours : sequence of float, optional
        Levels of confidence, at most four: (0.90, 0.95, 0.99) shades p > 0.10, 0.05 < p ≤ 0.10,
        0.01 < p ≤ 0.05 and p ≤ 0.01 of each study's own two-sided z-test, around no effect
        [2]_.
    region : FunnelRegion or None
        Limits around the center: their levels (of the fit by default), and whether they allow for
        tau² (by default they do not). None for no limits.
    names : {"all", "outside"} or sequence of str, optional
        Studies to name: all, those outside of the (narrowest) limits, or these. A name without a
        free place is left out, and a footnote says how many are.
    by : str, optional
        Column whose values get colors and markers, at most seven; that of the subgroups by
        default, "" for none.
    title : str or Titles
        Above the figure; ``Titles`` also holds a subtitle and footnotes of your own.
    theme : str
        Row of ``THEMES``.
    ax : Axes, optional
        Draw into the area of these axes; the page is scaled down (never up) to fit.

    Returns
    -------
    Plot of FunnelPoints
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes``.

    Raises
    ------
    InputError
        If ``fit`` is none of the above or empty, a choice is no row of its table, the axis needs
        columns that are not there, contours have no null or no standard errors to stand on, or
        levels, names or groups are impossible.

    Notes
    -----
    Limits are ``center ± z SE``, or ``center ± z sqrt(SE² + tau²)`` with ``region.tau2``; z is
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
        fit, y, contours=contours, region=region, names=names, by=by, title=title
    )
    return draw_funnel(record, ax=ax, theme=theme)


def draw_funnel(
    record: FunnelPoints, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[FunnelPoints]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_chart(record.frame, ax, find_theme(theme))
        _draw_contours(opened, record)
        for band in record.limits:
            _draw_limits(opened, band)
        _draw_center(opened, record)
        _draw_points(opened, record)
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
    if math.isfinite(record.center):
        _draw_vertical(opened, record.center, CENTER_COLOR, CENTER_WEIGHT)


def _draw_vertical(opened: Opened[Page], x: float, color: str, weight: float) -> None:
    line = [(x, end) for end in opened.panel.get_ylim()]
    add_lines(opened.panel, [line], opened.theme.color(color), weight * opened.scale)


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


def _looks(record: FunnelPoints) -> Iterator[tuple[Paint, str, list[FunnelPoint]]]:
    """Yield each look with its points: groups of studies, then imputed ones, drawn open."""
    for i, group in enumerate(record.groups or ("",)):
        studies = [p for p in record.points if p.kind == "study" and p.group == group]
        if record.groups:
            yield (
                Paint(fill=series(i), edge=GROUP_EDGE, weight=EDGE_WEIGHT),
                GROUP_MARKERS[i],
                studies,
            )
        else:
            plain = Paint(fill=STUDY_FILL, edge=STUDY_EDGE, weight=EDGE_WEIGHT)
            yield plain, GROUP_MARKERS[0], studies
    imputed = [p for p in record.points if p.kind == "imputed"]
    open_paint = Paint(fill=themes.PAPER, edge=themes.INK, weight=OPEN_WEIGHT)
    yield open_paint, GROUP_MARKERS[0], imputed


def _pointer(opened: Opened[Page], point: FunnelPoint, radius: float) -> list[Point]:
    """Return an arrow head whose tip touches the end of the axis."""
    tip = opened.panel.get_xlim()[1 if point.beyond > 0 else 0]
    (corner,) = marker_polygons(opened, [(tip, point.y)], "square", ARROW_REACH * radius)
    (left, _), (_, low), (right, _), (_, high) = corner
    back = left if point.beyond > 0 else right
    return [(tip, point.y), (back, low), (back, high)]
