"""The radial (Galbraith) plot: standardized effects against precision, read on an arc."""

from __future__ import annotations

from typing import Unpack

from matplotlib.axes import Axes

from metaan.core.effects import Effects
from metaan.plots.charts.funnel_frame import radius_of
from metaan.plots.charts.funnel_record import STUDY_EDGE, STUDY_LOOK
from metaan.plots.charts.names import Names
from metaan.plots.charts.radial_points import BAND_COLOR, LINE_COLOR, radial_points
from metaan.plots.charts.radial_record import RadialPoints
from metaan.plots.charts.subjects import Pool
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import add_point_targets, marker_polygons, open_chart
from metaan.plots.pages.marks import Paint, add_lines, add_polygons
from metaan.plots.pages.page import Opened, Page
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme

LINE_WEIGHT, ARC_WEIGHT, INTERVAL_WEIGHT, EDGE_WEIGHT = 1.2, 0.7, 3.0, 0.5
ZERO_WEIGHT = 0.7


def radial(
    fit: Pool | Effects,
    *,
    names: Names = None,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[RadialPoints]:
    """Return a radial (Galbraith) plot: standardized effects against precision.

    Parameters
    ----------
    fit : PooledFit, SubgroupFit, CountsFit, GlmmFit, RobustFit or Effects
        A pool and its studies; of subgroups, the overall one; of a robust fit of a pool, the pool
        with the robust interval. Effects: studies alone, no line and no band.
    names : {"none", "outside", "all"} or sequence of str, optional
        Studies to name: none (the default), those outside of the band, all, or these. A name
        without a free place is left out, and a footnote says how many are.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of RadialPoints
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes``.

    Raises
    ------
    InputError
        If ``fit`` is a regression, empty or none of the above, or a name is no study's
        (ChoiceError).

    Notes
    -----
    A study of effect y and variance v stands at ``x = 1 / sqrt(v + tau²)`` and
    ``y / sqrt(v + tau²)``, with tau² of the fit (0 for a common effect) [1]_. All have the same
    standard deviation 1 in height; the slope of the ray from (0, 0) through a study is its
    effect, which is read on the arc. The line has the pooled effect as slope, and of the studies
    that the model describes, those in the band of height ``± z`` around it are expected in the
    proportion of the level. The thick part of the arc is the interval of the pooled effect.

    References
    ----------
    .. [1] Galbraith RF (1988). Stat Med 7:889. doi:10.1002/sim.4780070807

    Examples
    --------
    >>> from metaan.core.effects import Effects
    >>> from metaan.univariate.pooling import pool
    >>> effects = Effects.from_arrays([0.10, 0.30, 0.95], se=[0.125, 0.20, 0.18])
    >>> plot = radial(pool(effects, model="common"), names="outside")
    >>> plot.record.points[0].x, plot.record.points[0].y
    (8.0, 0.8)
    """
    return draw_radial(radial_points(fit, names=names, **texts), ax=ax, theme=theme)


def draw_radial(
    record: RadialPoints, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[RadialPoints]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_chart(record.frame, ax, find_theme(theme))
        _draw_model(opened, record)
        _draw_arc(opened, record)
        _draw_points(opened, record)
        add_point_targets(opened, [(point.x, point.y) for point in record.points])
    return Plot(figure=opened.figure, axes=opened.panel, record=record)


def _draw_model(opened: Opened[Page], record: RadialPoints) -> None:
    """Draw the band, the height 0 and the line of the pooled effect."""
    if record.band:
        band = Paint(fill=BAND_COLOR, edge="none", weight=0.0)
        add_polygons(opened.panel, [list(record.band)], opened.paint(band))
    end = record.frame.x.ends[1]
    rule = opened.theme.color(themes.RULE)
    add_lines(opened.panel, [[(0.0, 0.0), (end, 0.0)]], rule, ZERO_WEIGHT * opened.scale)
    if record.line:
        color = opened.theme.color(LINE_COLOR)
        add_lines(opened.panel, [record.line], color, LINE_WEIGHT * opened.scale)


def _draw_arc(opened: Opened[Page], record: RadialPoints) -> None:
    ink, ours = opened.theme.color(themes.INK), opened.theme.color(LINE_COLOR)
    lines = [record.arc.line, *record.arc.marks]
    add_lines(opened.panel, lines, ink, ARC_WEIGHT * opened.scale)
    if record.arc.interval:
        add_lines(opened.panel, [record.arc.interval], ours, INTERVAL_WEIGHT * opened.scale)


def _draw_points(opened: Opened[Page], record: RadialPoints) -> None:
    places = [(point.x, point.y) for point in record.points]
    shapes = marker_polygons(opened, places, STUDY_LOOK.marker, radius_of(len(places)))
    paint = Paint(fill=STUDY_LOOK.fill, edge=STUDY_EDGE, weight=EDGE_WEIGHT)
    add_polygons(opened.panel, shapes, opened.paint(paint))
