"""The plot of selection functions: the relative chance of publication against the p-value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import compress
from typing import Any, Unpack

import numpy as np
from matplotlib.axes import Axes

from metaan.diagnostics.selection.record import SelectionFit
from metaan.plots.charts.bubble import draw_dashed
from metaan.plots.diagnostics.selection_axes import DEFAULT_P_AXIS, P_AXES
from metaan.plots.diagnostics.selection_record import (
    BAND_COLOR,
    RUG_COLOR,
    RUG_SHARE,
    SelectionCurves,
    SelectionLine,
    selection_curves,
)
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import ChartAxis, open_chart
from metaan.plots.pages.marks import Paint, Point, add_lines, add_polygons
from metaan.plots.pages.page import Opened
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme

LINE_WEIGHT, LIMIT_WEIGHT, RUG_WEIGHT = 1.8, 0.6, 0.8


def selection_plot(
    *fits: SelectionFit,
    axis: str = DEFAULT_P_AXIS,
    bands: bool | None = None,
    names: Sequence[str] | None = None,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[SelectionCurves]:
    """Return a plot of selection functions: relative chance of publication against the p-value.

    Parameters
    ----------
    *fits : SelectionFit
        One to six models of one alternative, as ``selection_model`` gives them.
    axis : {"ROOT_P", "P"}
        How p-values are laid out: by their roots, which give room to small ones, or as they are.
    bands : bool, optional
        Whether to draw limits; by default for a single model.
    names : sequence of str, optional
        Names of the models in the legend.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of SelectionCurves
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes``.

    Raises
    ------
    InputError
        If a model weighs effects (TRUNCATED), alternatives differ, or there are more functions
        than can be told apart.

    Notes
    -----
    Chances are relative, and drawn on a logarithmic axis: of a step function relative to its
    first interval, of falling functions to p = 0, of the beta density to p = 0.025. With a
    measure of precision the function is that of the least precise study. Limits are those of
    ``SelectionFit.weights``, at each p-value by itself.

    Examples
    --------
    Made-up numbers:

    >>> import metaan as ma
    >>> from metaan.diagnostics.selection.model import selection_model
    >>> from metaan.plots.diagnostics.selection_plot import selection_plot
    >>> effects = ma.Effects.from_arrays(
    ...     [0.51, 0.18, 0.65, 0.10, 0.34, 0.05, 0.29, 0.80, 0.13, 0.20],
    ...     se=[0.20, 0.15, 0.28, 0.11, 0.21, 0.16, 0.13, 0.34, 0.16, 0.24],
    ... )
    >>> plot = selection_plot(selection_model(ma.pool(effects), steps=0.025))
    >>> [round(weight, 3) for weight in plot.record.lines[0].weight]
    [1.0, 1.0, 0.212, 0.212]
    """
    record = selection_curves(*fits, axis=axis, bands=bands, names=names, **texts)
    return draw_selection_plot(record, ax=ax, theme=theme)


def draw_selection_plot(
    record: SelectionCurves, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[SelectionCurves]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_chart(record.frame, ax, find_theme(theme))
        if record.bands:
            _draw_bands(opened, record)
        draw_dashed(opened, (0.0, 0.0), (1.0, 0.0), themes.QUIET)
        _draw_rug(opened, record)
        for line in record.lines:
            _draw_line(opened, record, line)
    return Plot(figure=opened.figure, axes=opened.panel, record=record)


def course(record: SelectionCurves, p: Sequence[float], weight: Sequence[float]) -> list[Point]:
    """Return a function as points of the panel, those beyond it at its ends."""
    place, y = P_AXES[record.axis].place, record.frame.y
    with np.errstate(over="ignore", divide="ignore"):
        heights = np.log(np.asarray(weight, dtype=np.float64))
    shown = np.clip(heights, y.low, y.high).tolist()
    return [(place(at), up) for at, up in zip(p, shown, strict=True) if up == up]


def inside(weight: Sequence[float], y: ChartAxis) -> list[bool]:
    """Return which places of a function are drawn: those within the axis, and one beyond."""
    fine = [math.exp(y.low) <= each <= math.exp(y.high) for each in weight]
    last = len(fine) - 1
    return [fine[i] or fine[max(i - 1, 0)] or fine[min(i + 1, last)] for i in range(len(fine))]


def _draw_bands(opened: Opened[Any], record: SelectionCurves) -> None:
    for line in record.lines:
        lower, upper = course(record, line.p, line.low), course(record, line.p, line.high)
        if not lower:
            continue
        if len(record.lines) == 1:
            color = opened.theme.color(BAND_COLOR)
            around = [*lower, *reversed(upper)]
            add_polygons(opened.panel, [around], Paint(fill=color, edge="none", weight=0.0))
        else:
            color = opened.theme.color(line.look.color)
            add_lines(opened.panel, [lower, upper], color, LIMIT_WEIGHT * opened.scale)


def _draw_rug(opened: Opened[Any], record: SelectionCurves) -> None:
    place, y = P_AXES[record.axis].place, record.frame.y
    top = y.low + RUG_SHARE * (y.high - y.low)
    ticks = [[(place(p), y.low), (place(p), top)] for p in record.rug]
    add_lines(opened.panel, ticks, opened.theme.color(RUG_COLOR), RUG_WEIGHT * opened.scale)


def _draw_line(opened: Opened[Any], record: SelectionCurves, line: SelectionLine) -> None:
    kept = inside(line.weight, record.frame.y)
    points = course(record, *(list(compress(each, kept)) for each in (line.p, line.weight)))
    color = opened.theme.color(line.look.color)
    artist = add_lines(opened.panel, [points], color, LINE_WEIGHT * opened.scale)
    if artist is not None and line.look.dashes:
        artist.set_linestyle([(0, line.look.dashes)])
