"""copas_plot: studies, selections, effects and tests of a Copas analysis in four panels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import numpy as np
from matplotlib.axes import Axes

from metaan.diagnostics.selection.copas_record import CopasModel
from metaan.plots.charts.funnel_frame import radius_of
from metaan.plots.diagnostics.copas_page import Cell, CopasPage, copas_page
from metaan.plots.diagnostics.copas_panels import (
    BAND,
    CONTOUR,
    PATH,
    POOL,
    CopasPanels,
    copas_panels,
)
from metaan.plots.pages import theme as themes
from metaan.plots.pages.labels import PanelText
from metaan.plots.pages.legend import DASHES
from metaan.plots.pages.marks import POLYGONS, Paint, Point, add_lines, add_polygons
from metaan.plots.pages.page import Opened, open_page
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme
from metaan.plots.pages.typesetting import width

PATH_WEIGHT, LINE_WEIGHT, CONTOUR_WEIGHT, EDGE_WEIGHT = 1.5, 0.9, 0.7, 0.5
RADIUS = 2.0
GAP = 1.5  # points between a label and its contour
SMALLER = 0.75  # marks of studies, in a panel that is smaller than a funnel of its own


def copas_plot(
    found: CopasModel,
    *,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[CopasPanels]:
    """Return a Copas analysis in four panels: studies, selections, effects, tests.

    Parameters
    ----------
    found : CopasModel
        What ``copas`` gave.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of CopasPanels
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes`` (points
        from the upper left corner of the page).

    Raises
    ------
    InputError
        If it is no Copas analysis.

    Notes
    -----
    The funnel with the effect without and under the strongest selection; contours of the mean
    effect over (gamma0, gamma1) with the assumptions of the analysis as points; the effect with
    its interval, and the p-value of the selection that is left, against the assumed probability
    that a study as imprecise as the least precise one is published [1]_.

    References
    ----------
    .. [1] Copas JB, Shi JQ (2001). Stat Methods Med Res 10:251. doi:10.1177/096228020101000402

    Examples
    --------
    Made-up numbers:

    >>> import metaan as ma
    >>> from metaan.diagnostics.selection.copas import copas
    >>> from metaan.plots.diagnostics.copas_plot import copas_plot
    >>> effects = ma.Effects.from_arrays(
    ...     [0.21, 0.18, 0.40, 0.30, 0.12, 0.62], se=[0.07, 0.10, 0.15, 0.12, 0.06, 0.20]
    ... )
    >>> plot = copas_plot(copas(ma.pool(effects), probabilities=[0.8, 0.4]))
    >>> [frame.subtitle for frame in plot.record.frames][:2]
    ['Studies', 'Effect by selection']
    """
    return draw_copas(copas_panels(found, **texts), ax=ax, theme=theme)


def draw_copas(
    record: CopasPanels, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[CopasPanels]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_page(lambda least: copas_page(record, least), ax, find_theme(theme))
        opened.panel.set(xlim=(0.0, opened.page.width), ylim=(opened.page.height, 0.0))
        studies, selections, effects, tests = opened.page.cells
        _draw_studies(opened, record.found, studies)
        _draw_selections(opened, record, selections)
        _draw_effects(opened, record.found, effects)
        _draw_tests(opened, record.found, tests)
    return Plot(figure=opened.figure, axes=opened.panel, record=record)


def _line(
    opened: Opened[CopasPage],
    points: Sequence[Point],
    role: str,
    weight: float,
    *,
    dashed: bool = False,
) -> None:
    color = opened.theme.color(role)
    artist = add_lines(opened.panel, [points], color, weight * opened.scale)
    if artist is not None and dashed:
        artist.set_linestyle([(0, DASHES[1])])


def _dots(opened: Opened[CopasPage], places: Sequence[Point], radius: float, fill: str) -> None:
    circle = POLYGONS["circle"]
    shapes = [[(x + radius * a, y + radius * b) for a, b in circle] for x, y in places]
    paint = opened.paint(Paint(fill=fill, edge=themes.PAPER, weight=EDGE_WEIGHT))
    add_polygons(opened.panel, shapes, paint)


def _draw_studies(opened: Opened[CopasPage], found: CopasModel, cell: Cell) -> None:
    y = cell.frame.y
    for row, role, dashed in ((0, POOL, False), (found.m - 1, PATH, True)):
        at = float(found.value[row])
        ends = [cell.at(at, y.low), cell.at(at, y.high)]
        _line(opened, ends, role, LINE_WEIGHT, dashed=dashed)
    pairs = zip(found.effects.y.tolist(), found.effects.se.tolist(), strict=True)
    places = [cell.at(*pair) for pair in pairs]
    _dots(opened, places, SMALLER * radius_of(found.k), themes.STUDY)


def _draw_selections(opened: Opened[CopasPage], record: CopasPanels, cell: Cell) -> None:
    lines = [[cell.at(*point) for point in line] for _, line in record.contours]
    color = opened.theme.color(CONTOUR)
    add_lines(opened.panel, lines, color, CONTOUR_WEIGHT * opened.scale)
    gaps = [_gap(cell.at(text.x, text.y), text) for text in cell.frame.texts]
    add_polygons(
        opened.panel, gaps, opened.paint(Paint(fill=themes.PAPER, edge="none", weight=0.0))
    )
    found = record.found
    pairs = zip(found.gamma0[1:].tolist(), found.gamma1[1:].tolist(), strict=True)
    path = [cell.at(*pair) for pair in pairs]
    _line(opened, path, PATH, PATH_WEIGHT)
    _dots(opened, path, RADIUS, PATH)


def _gap(at: Point, text: PanelText) -> list[Point]:
    """Return the room of a label on its contour, which is interrupted there."""
    wide = width(text.text, text.style) / 2 + GAP
    high = text.style.size / 2 + GAP
    (x, y) = at
    return [(x - wide, y - high), (x + wide, y - high), (x + wide, y + high), (x - wide, y + high)]


def _draw_effects(opened: Opened[CopasPage], found: CopasModel, cell: Cell) -> None:
    p = found.probability.tolist()
    upper = [cell.at(*pair) for pair in zip(p, found.high.tolist(), strict=True)]
    lower = [cell.at(*pair) for pair in zip(p, found.low.tolist(), strict=True)]
    if np.isfinite(found.se).all():
        paint = opened.paint(Paint(fill=BAND, edge="none", weight=0.0))
        add_polygons(opened.panel, [[*upper, *reversed(lower)]], paint)
    null, y = found.effects.scale.null, cell.frame.y
    if y.low < null < y.high:
        x = cell.frame.x
        _line(opened, [cell.at(x.low, null), cell.at(x.high, null)], themes.RULE, LINE_WEIGHT)
    middle = [cell.at(*pair) for pair in zip(p, found.value.tolist(), strict=True)]
    _line(opened, middle, PATH, PATH_WEIGHT)
    _dots(opened, middle, RADIUS, PATH)


def _draw_tests(opened: Opened[CopasPage], found: CopasModel, cell: Cell) -> None:
    x, level = cell.frame.x, found.significance
    ends = [cell.at(x.low, level), cell.at(x.high, level)]
    _line(opened, ends, themes.QUIET, LINE_WEIGHT, dashed=True)
    heights = np.exp(found.log_residual).tolist()
    curve = [cell.at(*pair) for pair in zip(found.probability.tolist(), heights, strict=True)]
    _line(opened, curve, PATH, PATH_WEIGHT)
    _dots(opened, curve, RADIUS, PATH)
