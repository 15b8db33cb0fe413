"""extended_funnel: a funnel plot with what the pool would conclude with one further trial."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Unpack

import numpy as np
from matplotlib.axes import Axes

from metaan.core.fit import PooledFit
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.fragility.conclusion import CONCLUSIONS, INTERVAL, Limits
from metaan.plots.charts.bubble import draw_dashed
from metaan.plots.charts.funnel_frame import radius_of
from metaan.plots.charts.funnel_record import STUDY_EDGE, STUDY_LOOK
from metaan.plots.charts.names import Names
from metaan.plots.diagnostics.fragility_extended_record import (
    ABOVE_COLOR,
    BELOW_COLOR,
    NULL_COLOR,
    POOL_COLOR,
    ExtendedFunnel,
    extended_funnel_points,
)
from metaan.plots.diagnostics.fragility_important import IMPORTANT_COLOR
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import marker_polygons, open_chart
from metaan.plots.pages.marks import MARK_ORDER, Paint, add_lines, add_polygons
from metaan.plots.pages.page import Opened, Page
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme

LINE_WEIGHT, EDGE_WEIGHT, CONTOUR_WEIGHT = 1.2, 0.5, 0.7


def extended_funnel(
    fit: PooledFit | SubgroupFit,
    *,
    conclusion: str = INTERVAL,
    against: float | None = None,
    important: float | Sequence[float] | None = None,
    names: Names = None,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[ExtendedFunnel]:
    """Return a funnel plot, shaded by what the pool would conclude with one further trial there.

    Parameters
    ----------
    fit : PooledFit or SubgroupFit
        A pool; of subgroups it is the pool of all. Its model is fitted again at each place.
    conclusion : {"interval", "estimate"}
        On which side of ``against`` the interval (significance), or the estimate, lies. Row of
        ``CONCLUSIONS``.
    against : float, optional
        Reading scale; no effect by default. A minimal important difference shows which further
        trials would settle whether the effect matters.
    important : float or pair of float, optional
        Minimal important effect, reading scale: dashed lines as far on both sides of no effect
        (0.8 for 0.8 and 1.25), or at the two ends given.
    names : {"none", "all"} or sequence of str, optional
        Studies to name.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of ExtendedFunnel
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes``.

    Raises
    ------
    InputError
        If this is no pool, has weights of the caller's own, or a number cannot be an effect.

    Notes
    -----
    The statistical significance contours of Langan et al. [1]_, for any estimator and interval:
    the conclusion is computed on a grid of 201 results by 121 standard errors and drawn through
    linear interpolation of the limits.

    References
    ----------
    .. [1] Langan D, Higgins JPT, Gregory W, Sutton AJ (2012). J Clin Epidemiol 65:511.
       doi:10.1016/j.jclinepi.2011.10.009

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.plots.diagnostics.fragility_extended import extended_funnel
    >>> effects = ma.Effects.from_arrays([0.4, 0.6, 0.1], se=[0.2, 0.2, 0.3])
    >>> plot = extended_funnel(ma.pool(effects, model="common"))
    >>> sorted(set(plot.record.map.side.ravel().tolist()))
    [-1, 0, 1]
    """
    record = extended_funnel_points(
        fit, conclusion=conclusion, against=against, important=important, names=names, **texts
    )
    return draw_extended_funnel(record, ax=ax, theme=theme)


def draw_extended_funnel(
    record: ExtendedFunnel, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[ExtendedFunnel]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_chart(record.frame, ax, find_theme(theme))
        _draw_regions(opened, record)
        _draw_verticals(opened, record)
        _draw_points(opened, record)
    return Plot(figure=opened.figure, axes=opened.panel, record=record)


def _draw_regions(opened: Opened[Page], record: ExtendedFunnel) -> None:
    """Shade where the pool would lie above the value, and where below it."""
    own = record.map
    ends = CONCLUSIONS[own.conclusion.kind].ends(Limits(own.value, own.low, own.high))
    for field, color in (
        (ends[0] - record.against, ABOVE_COLOR),
        (record.against - ends[1], BELOW_COLOR),
    ):
        if not (field > 0).any():
            continue
        top = float(field.max()) + 1.0
        shade = opened.theme.color(color)
        limits = opened.panel.axis()
        opened.panel.contourf(
            own.effects, own.errors, field, levels=[0.0, top], colors=[shade],
            zorder=MARK_ORDER,
        )  # fmt: skip
        if (field < 0).any():
            opened.panel.contour(
                own.effects, own.errors, field, levels=[0.0],
                colors=[opened.theme.color(themes.RULE)],
                linewidths=[CONTOUR_WEIGHT * opened.scale], zorder=MARK_ORDER,
            )  # fmt: skip
        opened.panel.axis(limits)


def _draw_verticals(opened: Opened[Page], record: ExtendedFunnel) -> None:
    y = record.frame.y
    for at, color in ((record.against, NULL_COLOR), (record.center, POOL_COLOR)):
        if math.isfinite(at):
            line = [(at, y.low), (at, y.high)]
            weight = LINE_WEIGHT * opened.scale
            add_lines(opened.panel, [line], opened.theme.color(color), weight)
    for at in record.important:
        draw_dashed(opened, (at, y.low), (at, y.high), IMPORTANT_COLOR)


def _draw_points(opened: Opened[Page], record: ExtendedFunnel) -> None:
    places = np.column_stack([record.x, record.se]).tolist()
    shapes = marker_polygons(
        opened, [(x, y) for x, y in places], STUDY_LOOK.marker, radius_of(len(places))
    )
    paint = Paint(fill=STUDY_LOOK.fill, edge=STUDY_EDGE, weight=EDGE_WEIGHT)
    add_polygons(opened.panel, shapes, opened.paint(paint))
