"""The drapery plot: p-value functions of studies and their pool."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Unpack

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from metaan.core.effects import Effects
from metaan.plots.charts.bubble import draw_dashed
from metaan.plots.charts.drapery_axes import DEFAULT_AXIS
from metaan.plots.charts.drapery_curves import PCurve
from metaan.plots.charts.drapery_looks import LineLook, named_look, part_look
from metaan.plots.charts.drapery_record import DraperyCurves, drapery_curves
from metaan.plots.charts.names import Names
from metaan.plots.charts.subjects import Pool
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import add_point_targets, open_chart
from metaan.plots.pages.marks import Paint, Point, add_lines, add_polygons
from metaan.plots.pages.page import Opened
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme

STUDY_WEIGHT, FINE_WEIGHT, NAMED_WEIGHT, PART_WEIGHT, POOL_WEIGHT = 0.8, 0.45, 1.3, 1.8, 2.4
MANY = 40  # studies whose lines are finer
NULL_WEIGHT = 0.8


def drapery(
    fit: Pool | Effects,
    *,
    axis: str = DEFAULT_AXIS,
    levels: Sequence[float] | None = None,
    names: Names = None,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[DraperyCurves]:
    """Return a drapery plot: the p-value functions of the studies and of their pool.

    Parameters
    ----------
    fit : PooledFit, SubgroupFit, CountsFit, GlmmFit, RobustFit or Effects
        A fit: studies as thin lines, the pool as a thick one, and, for random effects, the
        prediction region shaded. A subgroup fit: a line for each subgroup and one for all. A
        robust fit of a pool: the pool with the robust limits. Effects: the studies alone.
    axis : {"P", "LOG_P", "Z"}
        Heights: the p-value, its logarithm, or the absolute normal z of the same p-value.
    levels : sequence of float, optional
        Levels of confidence to mark with dashed lines; by default that of the fit and common
        ones. One too near to another to be written is left out.
    names : {"none", "all"} or sequence of str, optional
        Studies with lines of their own colors and dashes, named in the legend: none (the
        default), all of a few, or these.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of DraperyCurves
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes``.

    Raises
    ------
    InputError
        If the pool's interval is not made of its standard error and a t or normal quantile
        (inference="HC" has a distribution of its own), a level is none, or more studies are
        named, or there are more subgroups, than lines can be told apart (ChoiceError: there is no
        such axis or study).

    Notes
    -----
    The p-value function of an estimate m with standard error s is ``p(t) = 2 (1 - F(|m - t| /
    s))`` over the effects t [1]_: F is the normal distribution for studies, and for the pool the
    distribution of the fit's own inference. So it is 1 at m, and at height 0.05 as wide as the
    95% interval; likewise the prediction region at the level of the prediction interval. It is
    left out where the degrees of freedom of that interval are not known to the fit.

    References
    ----------
    .. [1] Rücker G, Schwarzer G (2021). Beyond the forest plot: the drapery plot. Res Synth
       Methods 12:13. doi:10.1002/jrsm.1410

    Examples
    --------
    Made-up numbers:

    >>> import metaan as ma
    >>> from metaan.plots.charts.drapery import drapery
    >>> effects = ma.Effects.from_arrays([0.1, 0.3, 0.55], se=[0.12, 0.2, 0.18])
    >>> plot = drapery(ma.pool(effects, model="common"), axis="LOG_P")
    >>> plot.record.lines[2].text
    '95% CI 0.09 to 0.43'
    """
    record = drapery_curves(fit, axis=axis, levels=levels, names=names, **texts)
    return draw_drapery(record, ax=ax, theme=theme)


def draw_drapery(
    record: DraperyCurves, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[DraperyCurves]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_chart(record.frame, ax, find_theme(theme))
        _draw_prediction(opened, record)
        _draw_studies(opened, record)
        _draw_guides(opened, record)
        _draw_pools(opened, record)
        _clip(opened, record)
        tops = [(curve.low[0], record.height(curve.p[0])) for curve in record.studies]
        add_point_targets(opened, tops)
    return Plot(figure=opened.figure, axes=opened.panel, record=record)


def outline(curve: PCurve, record: DraperyCurves) -> list[Point]:
    """Return a curve from its left foot over its top to its right foot."""
    heights = [record.height(p) for p in curve.p]
    rising = list(zip(reversed(curve.low), reversed(heights), strict=True))
    falling = list(zip(curve.high[1:], heights[1:], strict=True))
    if record.ends:
        return [*rising, *falling]
    # where the axis ends at 0, a curve runs on along it
    left, right = min(record.frame.x.low, rising[0][0]), max(record.end, falling[-1][0])
    return [(left, heights[-1]), *rising, *falling, (right, heights[-1])]


def _draw_prediction(opened: Opened[Any], record: DraperyCurves) -> None:
    if record.prediction is None:
        return
    line = outline(record.prediction, record)
    bottom = record.frame.y.low
    around = [(line[0][0], bottom), *line, (line[-1][0], bottom)]
    color = opened.theme.color(themes.PREDICTION)
    add_polygons(opened.panel, [around], Paint(fill=color, edge="none", weight=0.0))


def _draw_studies(opened: Opened[Any], record: DraperyCurves) -> None:
    colors = opened.theme.color
    weight = FINE_WEIGHT if len(record.studies) > MANY else STUDY_WEIGHT
    plain = [outline(curve, record) for curve in record.studies if curve.name not in record.named]
    add_lines(opened.panel, plain, colors(themes.STUDY), weight * opened.scale)
    for i, name in enumerate(record.named):
        lines = [outline(curve, record) for curve in record.studies if curve.name == name]
        _add_dashed(opened, lines, named_look(i, len(record.pools)), NAMED_WEIGHT)


def _add_dashed(
    opened: Opened[Any], lines: list[list[Point]], look: LineLook, weight: float
) -> None:
    """Draw curves of one look."""
    artist = add_lines(opened.panel, lines, opened.theme.color(look.color), weight * opened.scale)
    if artist is not None and look.dashes:
        artist.set_linestyle([(0, look.dashes)])


def _draw_guides(opened: Opened[Any], record: DraperyCurves) -> None:
    """Draw the marked levels, and the line of no effect."""
    x, y = record.frame.x, record.frame.y
    for line in record.lines:
        draw_dashed(opened, (x.low, line.height), (record.end, line.height), themes.QUIET)
    if not math.isnan(record.null):
        upright = [(record.null, y.low), (record.null, y.high)]
        color = opened.theme.color(themes.INK)
        add_lines(opened.panel, [upright], color, NULL_WEIGHT * opened.scale)


def _draw_pools(opened: Opened[Any], record: DraperyCurves) -> None:
    parts = [curve for curve in record.pools if curve.kind != "pool"]
    colors, scale = opened.theme.color, opened.scale
    for i, curve in enumerate(parts):
        _add_dashed(opened, [outline(curve, record)], part_look(i), PART_WEIGHT)
    pools = [outline(curve, record) for curve in record.pools if curve.kind == "pool"]
    add_lines(opened.panel, pools, colors(themes.OURS), POOL_WEIGHT * scale)


def _clip(opened: Opened[Any], record: DraperyCurves) -> None:
    """Let nothing run into the room at the right, where the levels are written."""
    x, y = record.frame.x, record.frame.y
    low, high = sorted((y.low, y.high))
    # the tops of lines, and what lies on the bottom, are as thick as elsewhere
    area = Rectangle(
        (x.low, low), record.end - x.low, high - low, transform=opened.panel.transData
    )
    artists: list[Artist] = list(opened.panel.collections)
    for artist in artists:
        artist.set_clip_path(area)
