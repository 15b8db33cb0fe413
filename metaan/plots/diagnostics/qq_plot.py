"""The normal quantile plot of a fit's residuals, with a band for chance."""

from __future__ import annotations

from typing import Unpack

import numpy as np
from matplotlib.axes import Axes

from metaan.core.fit import PooledFit
from metaan.core.regression_fit import RegressionFit
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.influence.quantiles import STANDARDIZED
from metaan.plots.charts.funnel_frame import radius_of
from metaan.plots.charts.names import Names
from metaan.plots.diagnostics.qq_points import BAND, LINE, LOOKS, QQPoints, qq_points
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import marker_polygons, open_chart
from metaan.plots.pages.marks import Paint, add_lines, add_polygons
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme

EDGE_WEIGHT, LINE_WEIGHT = 0.5, 0.9


def qq_plot(
    fit: PooledFit | RegressionFit | SubgroupFit,
    *,
    residual: str = STANDARDIZED,
    level: float | None = None,
    rng: np.random.Generator | int | None = None,
    names: Names = None,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[QQPoints]:
    """Return a normal quantile plot of residuals, with a band for chance.

    Parameters
    ----------
    fit : PooledFit, RegressionFit or SubgroupFit
        What ``pool`` or ``regress`` gave; of subgroups it is the pool of all.
    residual : {"standardized", "studentized"}
        Residuals over their standard errors, or those of each study from the fit without it.
    level : float, optional
        Of the band; that of the fit by default.
    rng : Generator or int, optional
        Source of randomness, or a seed, for a band that is simulated from the model; by default
        it is the exact one of independent residuals, and nothing is random.
    names : {"none", "outside", "all"} or sequence of str, optional
        Studies to name: those outside of the band by default. A name without a free place is
        left out, and a footnote says how many are.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of QQPoints
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes``.

    Raises
    ------
    InputError
        If it is no fit, or fewer than two studies have a residual (ChoiceError: there are no such
        residuals, or a name is no study's).

    Notes
    -----
    Plotting positions are those of R's ``qqnorm``, and points those of metafor's [1]_. The
    default band is pointwise: the i-th smallest of n independent normal deviates lies in it with
    the probability of the level, by the beta distribution of its distribution function. One point
    in twenty lies outside of a 95% band by chance.

    References
    ----------
    .. [1] Viechtbauer W (2010). J Stat Softw 36(3). doi:10.18637/jss.v036.i03

    Examples
    --------
    >>> from metaan.core.effects import Effects
    >>> from metaan.univariate.pooling import pool
    >>> effects = Effects.from_arrays([0.10, 0.30, 0.25, 1.40], se=[0.12, 0.20, 0.18, 0.22])
    >>> qq_plot(pool(effects, model="common")).record.alt
    'Normal quantile plot of 4 standardized residuals; 2 outside of the 95% band.'
    """
    record = qq_points(fit, residual=residual, level=level, rng=rng, names=names, **texts)
    return draw_qq_plot(record, ax=ax, theme=theme)


def draw_qq_plot(
    record: QQPoints, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[QQPoints]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_chart(record.frame, ax, find_theme(theme))
        band = Paint(fill=BAND, edge="none", weight=0.0)
        add_polygons(opened.panel, [list(record.band)], opened.paint(band))
        color = opened.theme.color(LINE)
        add_lines(opened.panel, [record.line], color, LINE_WEIGHT * opened.scale)
        radius = radius_of(len(record.points))
        for out, (fill, marker) in LOOKS.items():
            places = [(each.x, each.y) for each in record.points if each.outside == out]
            paint = Paint(fill=fill, edge=themes.PAPER, weight=EDGE_WEIGHT)
            shapes = marker_polygons(opened, places, marker, radius)
            add_polygons(opened.panel, shapes, opened.paint(paint))
    return Plot(figure=opened.figure, axes=opened.panel, record=record)
