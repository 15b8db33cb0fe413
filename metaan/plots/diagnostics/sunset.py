"""The sunset funnel: a funnel plot whose ground shows the power of the studies."""

from __future__ import annotations

from typing import Unpack

from matplotlib.axes import Axes

from metaan.core.fit import PooledFit
from metaan.core.subgroup_fit import SubgroupFit
from metaan.plots.charts.funnel_frame import radius_of
from metaan.plots.charts.funnel_record import (
    CENTER_COLOR,
    FOUND_COLOR,
    NULL_COLOR,
    STUDY_EDGE,
    STUDY_LOOK,
)
from metaan.plots.charts.names import Names
from metaan.plots.diagnostics.sunset_points import EFFECT_DASHES, TICK, sunset_points
from metaan.plots.diagnostics.sunset_record import PowerRegion, SunsetPoints
from metaan.plots.networks.heat_colors import mixed
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import AXIS_WEIGHT, add_point_targets, marker_polygons, open_chart
from metaan.plots.pages.marks import Paint, Point, add_lines, add_polygons
from metaan.plots.pages.page import Opened, Page
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts
from metaan.plots.pages.theme import DEFAULT_THEME, Theme, find_theme
from metaan.univariate.planning import DEFAULT_LEVEL

LINE_WEIGHT, LIMIT_WEIGHT, EDGE_WEIGHT = 1.2, 0.9, 0.5
DASHED = (4.0, 2.5)
PALEST, STRONGEST = 0.25, 0.6  # share of color in the ground


def sunset_funnel(
    fit: PooledFit | SubgroupFit,
    effect: float | None = None,
    *,
    level: float = DEFAULT_LEVEL,
    names: Names = None,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[SunsetPoints]:
    """Return a sunset (power-enhanced) funnel plot: effects, standard errors and power.

    Parameters
    ----------
    fit : PooledFit or SubgroupFit
        Pool of k studies; of subgroups it is the pool of all.
    effect : float, optional
        True effect that the studies were to find, reading scale (0.8 for a risk ratio): the pooled
        one by default, better the smallest that matters.
    level : float
        Tests of the studies at ``1 - level``, two-sided.
    names : {"none", "all"} or sequence of str, optional
        Studies to name: none (the default), all, or these.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of SunsetPoints
        ``.save(path)``, ``.record`` (with ``.power``, the `StudyPower`), ``.data``, ``.figure``,
        ``.axes``.

    Raises
    ------
    InputError
        If this is no pool of effects, nothing means "no effect" on its scale, the effect is no
        effect, or a number or name is out of range.

    Notes
    -----
    A study's power depends on its standard error alone, so that regions of power are bands:
    below 20%, to 40%, 60% and 80% in color, above 80% without [1]_. The second axis reads power;
    outside of the dashed lines a study is significant. A significant study in a strong color
    had little chance to be so. Footnotes give the median power, the R-index and how many
    significant studies were observed and expected; see `power_of_studies`.

    References
    ----------
    .. [1] Kossmeier M, Tran US, Voracek M (2020). Z Psychol 228:43. doi:10.1027/2151-2604/a000392

    Examples
    --------
    >>> from metaan.core.effects import Effects
    >>> from metaan.plots.diagnostics.sunset import sunset_funnel
    >>> from metaan.univariate.pooling import pool
    >>> effects = Effects.from_arrays([0.10, 0.30, 0.95], se=[0.12, 0.20, 0.18])
    >>> plot = sunset_funnel(pool(effects, model="common"), 0.5)
    >>> [f"{region.low:.0%}" for region in plot.record.regions]
    ['80%', '60%']
    """
    record = sunset_points(fit, effect, level=level, names=names, **texts)
    return draw_sunset_funnel(record, ax=ax, theme=theme)


def draw_sunset_funnel(
    record: SunsetPoints, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[SunsetPoints]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_chart(record.frame, ax, find_theme(theme))
        for region in record.regions:
            _draw_region(opened, record, region)
        _draw_significance(opened, record)
        if record.power.given:
            _draw_vertical(opened, record.effect, FOUND_COLOR, EFFECT_DASHES)
        _draw_vertical(opened, record.pooled, CENTER_COLOR)
        _draw_power_axis(opened, record)
        _draw_points(opened, record)
        add_point_targets(opened, [(point.x, point.y) for point in record.points])
    return Plot(figure=opened.figure, axes=opened.panel, record=record)


def region_color(theme: Theme, shade: float) -> str:
    """Return the ground of a region: paper, then from the color of some to that of high risk."""
    if shade == 0:
        return theme.paper
    hue = mixed(theme.some, theme.high, shade)
    return mixed(theme.paper, hue, PALEST + (STRONGEST - PALEST) * shade)


def _draw_region(opened: Opened[Page], record: SunsetPoints, region: PowerRegion) -> None:
    left, right = record.ends
    corners = [
        (left, region.top), (right, region.top), (right, region.bottom), (left, region.bottom)
    ]  # fmt: skip
    fill = region_color(opened.theme, region.shade)
    add_polygons(opened.panel, [corners], Paint(fill=fill, edge="none", weight=0.0))


def _draw_significance(opened: Opened[Page], record: SunsetPoints) -> None:
    """Draw the lines of p as far as the effects go."""
    left, right = record.ends
    lines = [_cut(line, left, right) for line in record.significance]
    drawn = add_lines(
        opened.panel, lines, opened.theme.color(NULL_COLOR), LIMIT_WEIGHT * opened.scale
    )
    if drawn is not None:
        drawn.set_linestyle((0.0, DASHED))


def _cut(line: tuple[Point, ...], left: float, right: float) -> list[Point]:
    """Return a line from its first point to its last, or to where it leaves the effects."""
    (x, y), (end_x, end_y) = line
    at = min(max(end_x, left), right)
    share = (at - x) / (end_x - x)
    return [(x, y), (at, y + share * (end_y - y))]


def _draw_vertical(
    opened: Opened[Page], x: float, color: str, dashes: tuple[float, ...] = ()
) -> None:
    line = [(x, end) for end in opened.panel.get_ylim()]
    drawn = add_lines(opened.panel, [line], opened.theme.color(color), LINE_WEIGHT * opened.scale)
    if drawn is not None and dashes:
        drawn.set_linestyle((0.0, dashes))


def _draw_power_axis(opened: Opened[Page], record: SunsetPoints) -> None:
    right, (first, last) = record.ends[1], opened.panel.get_xlim()
    tick = TICK * (last - first) / (opened.page.right - opened.page.left)
    line = [(right, end) for end in opened.panel.get_ylim()]
    lines = [line, *([(right, se), (right + tick, se)] for _, se in record.ticks)]
    add_lines(opened.panel, lines, opened.theme.color(themes.INK), AXIS_WEIGHT * opened.scale)


def _draw_points(opened: Opened[Page], record: SunsetPoints) -> None:
    places = [(point.x, point.y) for point in record.points]
    shapes = marker_polygons(opened, places, STUDY_LOOK.marker, radius_of(len(places)))
    paint = Paint(fill=STUDY_LOOK.fill, edge=STUDY_EDGE, weight=EDGE_WEIGHT)
    add_polygons(opened.panel, shapes, opened.paint(paint))
