"""The GOSH plot: heterogeneity against the estimate in all subsets of the studies."""

from __future__ import annotations

import math
from typing import Unpack

from matplotlib.axes import Axes

from metaan.core.counts_fit import CountsFit
from metaan.core.fit import PooledFit
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.subsets.record import Gosh
from metaan.plots.diagnostics.gosh_points import (
    FIT_COLOR,
    FIT_EDGE,
    FIT_MARKER,
    NULL_COLOR,
    gosh_points,
)
from metaan.plots.diagnostics.gosh_record import GoshCell, GoshGroup, GoshPoints
from metaan.plots.networks.heat_colors import mixed
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import marker_polygons, open_chart
from metaan.plots.pages.marks import Paint, add_lines, add_polygons
from metaan.plots.pages.page import Opened, Page
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts
from metaan.plots.pages.theme import DEFAULT_THEME, Theme, find_theme

FAINTEST, DARKEST = 0.16, 0.92  # strength of color of a cell with one subset, of the fullest
RISE = 0.45  # power of the share of subsets that strength follows
POINT_RADIUS, FIT_RADIUS = 2.4, 4.6
OUTLINE_WEIGHT, CURVE_WEIGHT, EDGE_WEIGHT, FIT_WEIGHT, NULL_WEIGHT = 1.1, 0.9, 0.4, 0.8, 0.7
UNDER_CURVE = 0.25  # strength of color under a density
SEAM = 0.25  # weight of the edges of cells, of their own color, that leaves no gaps


def gosh_plot(
    found: Gosh | PooledFit | CountsFit | SubgroupFit,
    *,
    color: str | int | None = None,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[GoshPoints]:
    """Return a GOSH plot: I² against the pooled effect in many subsets of the studies.

    Parameters
    ----------
    found : Gosh, PooledFit, CountsFit or SubgroupFit
        What `gosh` gave, or a pool of up to 20 studies, all of whose subsets are looked at.
    color : str or int, optional
        What subsets are told apart by: a study, by label or place from 0 (subsets with it,
        without it); "clusters" (those of ``gosh(fit).clusters()``); nothing by default.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of GoshPoints
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes``.

    Raises
    ------
    InputError
        If this is neither, a fit has more than 20 studies, no subset has an I², or the color is
        no study's (ChoiceError).

    Notes
    -----
    Effects of one kind give one cloud; several clouds are a sign of studies, or groups of them,
    that differ [1]_. Up to 400 subsets are points. More are counted in cells, so that a file of a
    million subsets is as small as one of a thousand: the stronger its color, the more subsets in
    a cell; where groups mix, so do their colors, and outlines hold the densest 90% of each. The
    curves above and at the right are densities along each axis, of one scale for all groups. The
    ends of the horizontal axis leave out at most 0.1% of the subsets, and a footnote counts them.

    References
    ----------
    .. [1] Olkin I, Dahabreh IJ, Trikalinos TA (2012). Res Synth Methods 3:214.
       doi:10.1002/jrsm.1053

    Examples
    --------
    >>> from metaan.core.effects import Effects
    >>> from metaan.univariate.pooling import pool
    >>> effects = Effects.from_arrays([0.10, 0.30, 0.55, 0.95], se=[0.12, 0.20, 0.18, 0.15])
    >>> plot = gosh_plot(pool(effects, model="common"), color="Study 4")
    >>> [(group.name, group.count) for group in plot.record.groups]
    [('With Study 4', 7), ('Without Study 4', 4)]
    """
    return draw_gosh_plot(gosh_points(found, color=color, **texts), ax=ax, theme=theme)


def draw_gosh_plot(
    record: GoshPoints, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[GoshPoints]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_chart(record.frame, ax, find_theme(theme))
        if record.size[0]:
            _draw_cells(opened, record)
        _draw_null(opened, record)
        if not record.size[0]:
            _draw_points(opened, record)
        _draw_curves(opened, record)
        _draw_fit(opened, record)
    return Plot(figure=opened.figure, axes=opened.panel, record=record)


def cell_color(cell: GoshCell, groups: tuple[GoshGroup, ...], most: int, look: Theme) -> str:
    """Return the color of a cell: a mixture of its groups', stronger for more subsets."""
    hue, so_far = "", 0
    for group, count in zip(groups, cell.counts, strict=True):
        if count:
            so_far += count
            own = look.color(group.color)
            hue = mixed(hue, own, count / so_far) if hue else own
    strength = FAINTEST + (DARKEST - FAINTEST) * (cell.count / most) ** RISE
    return mixed(look.paper, hue, strength)


def _draw_null(opened: Opened[Page], record: GoshPoints) -> None:
    if math.isnan(record.null):
        return
    low, high = record.frame.y.ends
    color = opened.theme.color(NULL_COLOR)
    line = [(record.null, low), (record.null, high)]
    artist = add_lines(opened.panel, [line], color, NULL_WEIGHT * opened.scale)
    if artist is not None:
        artist.set_linestyle([(0, (3.0, 2.0))])


def _draw_cells(opened: Opened[Page], record: GoshPoints) -> None:
    half, up = record.size[0] / 2, record.size[1] / 2
    most = record.most
    shapes, paints = [], []
    for cell in record.cells:
        x, y = cell.x, cell.y
        shapes.append(
            [(x - half, y - up), (x + half, y - up), (x + half, y + up), (x - half, y + up)]
        )
        color = cell_color(cell, record.groups, most, opened.theme)
        paints.append(Paint(fill=color, edge=color, weight=SEAM * opened.scale))
    add_polygons(opened.panel, shapes, paints)


def _draw_points(opened: Opened[Page], record: GoshPoints) -> None:
    for i, group in enumerate(record.groups):
        places = [(cell.x, cell.y) for cell in record.cells if cell.counts[i]]
        paint = Paint(fill=group.color, edge=themes.PAPER, weight=EDGE_WEIGHT)
        shapes = marker_polygons(opened, places, group.marker, POINT_RADIUS)
        add_polygons(opened.panel, shapes, opened.paint(paint))


def _draw_curves(opened: Opened[Page], record: GoshPoints) -> None:
    """Draw outlines of the groups, and densities along the axes."""
    look, scale = opened.theme, opened.scale
    for group in record.groups:
        color = look.color(group.color)
        curves = [line for line in (group.above, group.beside) if line]
        under = mixed(look.paper, color, UNDER_CURVE)
        if len(record.groups) == 1:
            add_polygons(opened.panel, curves, Paint(fill=under, edge="none", weight=0.0))
        for lines, weight in ((curves, CURVE_WEIGHT), (group.outlines, OUTLINE_WEIGHT)):
            artist = add_lines(opened.panel, lines, color, weight * scale)
            if artist is not None and group.dashes:
                artist.set_linestyle([(0, group.dashes)])


def _draw_fit(opened: Opened[Page], record: GoshPoints) -> None:
    if math.isnan(record.x) or math.isnan(record.y):
        return
    shapes = marker_polygons(opened, [(record.x, record.y)], FIT_MARKER, FIT_RADIUS)
    paint = Paint(fill=FIT_COLOR, edge=FIT_EDGE, weight=FIT_WEIGHT)
    add_polygons(opened.panel, shapes, opened.paint(paint))
