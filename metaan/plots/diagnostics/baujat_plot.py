"""The Baujat plot: contribution to heterogeneity against influence on the overall result."""

from __future__ import annotations

from typing import Unpack

from matplotlib.axes import Axes

from metaan.core.fit import PooledFit
from metaan.core.regression_fit import RegressionFit
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.influence.record import Influence
from metaan.plots.charts.funnel_frame import radius_of
from metaan.plots.charts.names import Names
from metaan.plots.diagnostics.baujat_points import LOOKS, baujat_points
from metaan.plots.diagnostics.baujat_record import BaujatPoints
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import add_point_targets, marker_polygons, open_chart
from metaan.plots.pages.marks import Paint, add_polygons
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme

EDGE_WEIGHT = 0.5


def baujat_plot(
    fit: PooledFit | RegressionFit | SubgroupFit | Influence,
    *,
    by: str | None = None,
    names: Names = None,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[BaujatPoints]:
    """Return a Baujat plot: which studies make the heterogeneity, and which move the result.

    Parameters
    ----------
    fit : PooledFit, RegressionFit, SubgroupFit or Influence
        A fit (of subgroups: the pool of all), or its measures of influence.
    by : str, optional
        Column of clusters that are deleted together; see `metaan.influence`.
    names : {"none", "all"} or sequence of str, optional
        Studies to name; by default all of up to 20, and of more the influential ones and those
        furthest from the corner. A name without a free place is left out, and a footnote says so.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of BaujatPoints
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes``.

    Raises
    ------
    InputError
        If it is neither a fit nor its measures, or the measures cannot be had (see
        `metaan.influence`; ChoiceError: a name is no study's).

    Notes
    -----
    Across: the squared Pearson residual ``(y - x'b)² / (v + tau²)``, for a common effect the
    study's part of Q. Up: the squared difference of the fitted effect with and without the
    study, over the variance of that without [1]_. Studies to the right make the heterogeneity;
    those that stand high as well move the result.

    References
    ----------
    .. [1] Baujat B, Mahé C, Pignon JP, Hill C (2002). Stat Med 21:2641. doi:10.1002/sim.1221

    Examples
    --------
    >>> from metaan.core.effects import Effects
    >>> from metaan.univariate.pooling import pool
    >>> effects = Effects.from_arrays([0.10, 0.30, 0.25, 1.40], se=[0.12, 0.20, 0.18, 0.22])
    >>> baujat_plot(pool(effects, model="common")).record.alt
    'Baujat plot of 4 studies; Study 4 contributes most to heterogeneity, Study 1 moves the ...'
    """
    record = baujat_points(fit, by=by, names=names, **texts)
    return draw_baujat_plot(record, ax=ax, theme=theme)


def draw_baujat_plot(
    record: BaujatPoints, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[BaujatPoints]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_chart(record.frame, ax, find_theme(theme))
        radius = radius_of(len(record.points))
        for flag, (fill, marker) in LOOKS.items():
            places = [(each.x, each.y) for each in record.points if each.influential == flag]
            paint = Paint(fill=fill, edge=themes.PAPER, weight=EDGE_WEIGHT)
            shapes = marker_polygons(opened, places, marker, radius)
            add_polygons(opened.panel, shapes, opened.paint(paint))
        add_point_targets(opened, [(each.x, each.y) for each in record.points])
    return Plot(figure=opened.figure, axes=opened.panel, record=record)
