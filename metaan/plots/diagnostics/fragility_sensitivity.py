"""sensitivity_plot: the pool over the range of one assumption, and where its conclusion turns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Unpack

from matplotlib.axes import Axes

from metaan.diagnostics.fragility.sensitivity_record import Sensitivity
from metaan.plots.charts.bubble import band, draw_dashed
from metaan.plots.diagnostics.fragility_important import IMPORTANT_COLOR
from metaan.plots.diagnostics.fragility_sensitivity_record import (
    BAND_COLOR,
    LINE_COLOR,
    TURN_COLOR,
    SensitivityCurve,
    sensitivity_curve,
)
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import open_chart
from metaan.plots.pages.marks import Paint, add_lines, add_polygons
from metaan.plots.pages.page import Opened, Page
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme

LINE_WEIGHT, NULL_WEIGHT = 1.6, 0.8


def sensitivity_plot(
    found: Sensitivity,
    *,
    important: float | Sequence[float] | None = None,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[SensitivityCurve]:
    """Return the pool and its interval over the range of one assumption.

    Parameters
    ----------
    found : Sensitivity
        What ``sensitivity`` gave.
    important : float or pair of float, optional
        Minimal important effect, reading scale: dashed lines as far on both sides of no effect
        (0.8 for 0.8 and 1.25), or at the two ends given.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of SensitivityCurve
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes``.

    Raises
    ------
    InputError
        If it is no sensitivity analysis, or an important effect cannot be read.

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.fragility.sensitivity import sensitivity
    >>> from metaan.plots.diagnostics.fragility_sensitivity import sensitivity_plot
    >>> def made(r):
    ...     return ma.Effects.from_arrays([0.5, 0.3], v=[0.1 * (1 - r), 0.2 * (1 - r)])
    >>> fit = ma.pool(made(0.5), model="common")
    >>> plot = sensitivity_plot(sensitivity(fit, made, values=[0.0, 0.5, 0.9], name="r"))
    >>> [round(at, 3) for at in plot.record.turns]
    [0.267]
    """
    return draw_sensitivity(
        sensitivity_curve(found, important=important, **texts), ax=ax, theme=theme
    )


def draw_sensitivity(
    record: SensitivityCurve, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[SensitivityCurve]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_chart(record.frame, ax, find_theme(theme))
        _draw_band(opened, record)
        _draw_references(opened, record)
        line = list(zip(record.values, record.estimate, strict=True))
        color = opened.theme.color(LINE_COLOR)
        add_lines(opened.panel, [line], color, LINE_WEIGHT * opened.scale)
    return Plot(figure=opened.figure, axes=opened.panel, record=record)


def _draw_band(opened: Opened[Page], record: SensitivityCurve) -> None:
    limits = list(zip(record.values, record.low, record.high, strict=True))
    shape = band(limits, record.frame.y)
    if shape:
        paint = Paint(fill=BAND_COLOR, edge="none", weight=0.0)
        add_polygons(opened.panel, [shape], opened.paint(paint))


def _draw_references(opened: Opened[Page], record: SensitivityCurve) -> None:
    x, y = record.frame.x, record.frame.y
    if not math.isnan(record.against):
        line = [(x.low, record.against), (x.high, record.against)]
        color = opened.theme.color(themes.INK)
        add_lines(opened.panel, [line], color, NULL_WEIGHT * opened.scale)
    for height in record.important:
        draw_dashed(opened, (x.low, height), (x.high, height), IMPORTANT_COLOR)
    for at in record.turns:
        draw_dashed(opened, (at, y.low), (at, y.high), TURN_COLOR)
