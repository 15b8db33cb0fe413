"""p_curve_plot: how significant p-values are distributed, against no effect and low power."""

from __future__ import annotations

from typing import Unpack

from matplotlib.axes import Axes

from metaan.diagnostics.selection.p_curve_record import PCurve
from metaan.plots.diagnostics.p_curve_points import (
    LOW_DASHES,
    LOW_POWER,
    NO_DASHES,
    NO_EFFECT,
    OBSERVED,
    RADIUS,
    PCurvePoints,
    p_curve_points,
)
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import marker_polygons, open_chart
from metaan.plots.pages.marks import Paint, add_lines, add_polygons
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme

LINE_WEIGHT, OTHER_WEIGHT, EDGE_WEIGHT = 1.8, 1.2, 0.6


def p_curve_plot(
    found: PCurve,
    *,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[PCurvePoints]:
    """Return the p-curve: shares of significant p-values, and what is expected of them.

    Parameters
    ----------
    found : PCurve
        What ``p_curve`` gave.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of PCurvePoints
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes``.

    Raises
    ------
    InputError
        If it is no p-curve analysis.

    Notes
    -----
    Percent of the significant p-values up to 0.01, from there to 0.02, and so on [1]_; 20% each
    without an effect.

    References
    ----------
    .. [1] Simonsohn U, Nelson LD, Simmons JP (2014). J Exp Psychol Gen 143:534.
       doi:10.1037/a0033242

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.selection.p_curve import p_curve
    >>> from metaan.plots.diagnostics.p_curve_plot import p_curve_plot
    >>> effects = ma.Effects.from_arrays([0.5, 0.6, 0.45, 0.1], se=[0.15, 0.2, 0.2, 0.2])
    >>> [round(share, 1) for share in p_curve_plot(p_curve(effects)).record.observed]
    [66.7, 0.0, 33.3, 0.0, 0.0]
    """
    return draw_p_curve(p_curve_points(found, **texts), ax=ax, theme=theme)


def draw_p_curve(
    record: PCurvePoints, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[PCurvePoints]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_chart(record.frame, ax, find_theme(theme))
        for heights, role, dashes in (
            (record.no_effect, NO_EFFECT, NO_DASHES),
            (record.low_power, LOW_POWER, LOW_DASHES),
        ):
            color = opened.theme.color(role)
            line = add_lines(
                opened.panel, [record.line(heights)], color, OTHER_WEIGHT * opened.scale
            )
            if line is not None:
                line.set_linestyle([(0, dashes)])
        curve = record.line(record.observed)
        color = opened.theme.color(OBSERVED)
        add_lines(opened.panel, [curve], color, LINE_WEIGHT * opened.scale)
        paint = Paint(fill=OBSERVED, edge=themes.PAPER, weight=EDGE_WEIGHT)
        shapes = marker_polygons(opened, curve, "circle", RADIUS)
        add_polygons(opened.panel, shapes, opened.paint(paint))
    return Plot(figure=opened.figure, axes=opened.panel, record=record)
