"""The bubble plot of a meta-regression: studies, the expected effect and its bands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from matplotlib.axes import Axes

from metaan.core.regression_fit import RegressionFit
from metaan.core.robust_fit import RobustFit
from metaan.plots.charts.bubble_curve import CurvePoint
from metaan.plots.charts.bubble_levels import LEVEL_HALF
from metaan.plots.charts.bubble_marks import draw_bubbles
from metaan.plots.charts.bubble_points import (
    CONFIDENCE,
    PREDICTED,
    BubblePoints,
    bubble_points,
)
from metaan.plots.charts.names import Names
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import ChartAxis, open_chart
from metaan.plots.pages.marks import Paint, Point, add_lines, add_polygons
from metaan.plots.pages.page import Opened
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme

CURVE_WEIGHT, EDGE_WEIGHT, NULL_WEIGHT = 1.8, 0.7, 0.8
DASH, GAP = 5.0, 3.5  # points of a dashed line
NARROWER = 0.8  # a prediction interval of a category, of the width of the confidence interval


def bubble(
    fit: RegressionFit | RobustFit,
    x: str,
    *,
    at: Mapping[str, Any] | None = None,
    size: str = "",
    color: str = "",
    names: Names = None,
    important: float | Sequence[float] | None = None,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[BubblePoints]:
    """Return a bubble plot: the studies' effects by a moderator, and what the model expects.

    Parameters
    ----------
    fit : RegressionFit or RobustFit
        A meta-regression, or robust standard errors of one (whose band is then drawn).
    x : str
        A moderator of its formula. The curve of a number runs over the range of the studies,
        whatever the formula makes of it (logarithms, splines, interactions); categories stand
        side by side, each with its expected effect.
    at : mapping of str to value, optional
        Where other moderators are held, ``{"year": 2000}``; numbers are at the mean of the
        studies otherwise, categories at the one that others are compared with. A footnote says
        so.
    size : str
        What areas are in proportion to, a row of ``BUBBLE_SIZES``: "weight" (in the analysis),
        "precision" (inverse variance), "n" (participants) or "time" (person-time); the weight by
        default.
    color : str
        Column whose values get colors and markers.
    names : {"all", "none"} or sequence of str, optional
        Studies to name; by default all of up to 40. A name that has no free place beside its
        bubble is left out, and a footnote counts them.
    important : float or two of them, optional
        Reading scale: the smallest important effect as a dashed line, or two effects between
        which differences are too small to matter as a band.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of BubblePoints
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes``.

    Raises
    ------
    InputError
        If the fit is no meta-regression or has no moderator, ``x`` is none of its moderators
        (ChoiceError, which lists them), a value of ``at`` is none, or no such column, size or
        study is there.

    Notes
    -----
    Expected effects and both intervals are those of ``fit.predict``. Areas are in proportion to
    what they show, but for marks that would be too small to be seen. Bands are cut where they
    would make the axis more than three times as long as the effects need.

    References
    ----------
    .. [1] Thompson SG, Higgins JPT (2002). How should meta-regression analyses be undertaken and
       interpreted? Stat Med 21:1559. doi:10.1002/sim.1187

    Examples
    --------
    Made-up numbers:

    >>> import metaan as ma
    >>> from metaan.plots.charts.bubble import bubble
    >>> effects = ma.Effects.from_arrays(
    ...     [-0.9, -0.6, -0.4, 0.1], se=[0.2, 0.3, 0.2, 0.3], columns={"dose": [40, 30, 20, 10]})
    >>> plot = bubble(ma.regress(effects, "~ dose"), "dose", title="Four trials")
    >>> len(plot.record.bubbles), plot.record.curve[-1].x
    (4, 40.0)
    """
    record = bubble_points(
        fit,
        x,
        at=at,
        size=size,
        color=color,
        names=names,
        important=important,
        **texts,
    )
    return draw_bubble(record, ax=ax, theme=theme)


def draw_bubble(
    record: BubblePoints, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[BubblePoints]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_chart(record.frame, ax, find_theme(theme))
        _draw_important(opened, record)
        if record.levels:
            _draw_levels(opened, record)
        else:
            _draw_curve(opened, record)
        draw_bubbles(opened, record.bubbles)
    return Plot(figure=opened.figure, axes=opened.panel, record=record)


def _draw_important(opened: Opened[Any], record: BubblePoints) -> None:
    """Draw what lies under everything: the band of small effects, its edges, and no effect."""
    x, colors = record.frame.x, opened.theme.color
    if len(record.important) == 2:
        low, high = record.important
        paint = Paint(fill=colors(themes.BAND), edge="none", weight=0.0)
        add_polygons(opened.panel, [_box(x.low, x.high, low, high)], paint)
    for height in record.important:
        draw_dashed(opened, (x.low, height), (x.high, height), themes.PUBLISHED_EDGE)
    if not math.isnan(record.null):
        line = [(x.low, record.null), (x.high, record.null)]
        add_lines(opened.panel, [line], colors(themes.RULE), NULL_WEIGHT * opened.scale)


def draw_dashed(opened: Opened[Any], start: Point, end: Point, role: str) -> None:
    """Draw a dashed line through the panel in a color of the theme."""
    weight = 0.9 * opened.scale
    line = add_lines(opened.panel, [[start, end]], opened.theme.color(role), weight)
    if line is not None:
        line.set_linestyle([(0, (DASH, GAP))])


def _draw_curve(opened: Opened[Any], record: BubblePoints) -> None:
    curve, y, colors = record.curve, record.frame.y, opened.theme.color
    predicted = [(p.x, p.prediction_low, p.prediction_high) for p in curve]
    weight = EDGE_WEIGHT * opened.scale
    around = band(predicted, y)
    if around:
        paint = Paint(fill=colors(PREDICTED), edge="none", weight=0.0)
        add_polygons(opened.panel, [around], paint)
        half = len(around) // 2
        add_lines(opened.panel, [around[:half], around[half:]], colors(themes.PREDICTION), weight)
    mean = band([(p.x, p.low, p.high) for p in curve], y)
    if mean:
        paint = Paint(fill=colors(CONFIDENCE), edge="none", weight=0.0)
        add_polygons(opened.panel, [mean], paint)
    _draw_null_again(opened, record)
    line = [(p.x, p.estimate) for p in curve]
    add_lines(opened.panel, [line], colors(themes.OURS), CURVE_WEIGHT * opened.scale)


def _draw_null_again(opened: Opened[Any], record: BubblePoints) -> None:
    """Draw no effect over the bands, in which it would be lost."""
    if math.isnan(record.null):
        return
    x = record.frame.x
    line = [(x.low, record.null), (x.high, record.null)]
    color = opened.theme.color(themes.RULE)
    add_lines(opened.panel, [line], color, NULL_WEIGHT * opened.scale)


def band(limits: Sequence[tuple[float, float, float]], y: ChartAxis) -> list[Point]:
    """Return the outline of a band from (x, low, high), forth below and back above.

    What is not known is left out, what is far outside of the axis is brought near to it.
    """
    known = [each for each in limits if not any(math.isnan(value) for value in each)]
    far = abs(y.high - y.low)
    least, most = min(y.low, y.high) - far, max(y.low, y.high) + far
    low = [(x, min(max(value, least), most)) for x, value, _ in known]
    high = [(x, min(max(value, least), most)) for x, _, value in known]
    return [*low, *reversed(high)]


def _draw_levels(opened: Opened[Any], record: BubblePoints) -> None:
    """Draw a box for each category: its intervals, and a line at its expected effect."""
    colors, y = opened.theme.color, record.frame.y
    for fill, edge, half, limits in (
        (PREDICTED, themes.PREDICTION, NARROWER * LEVEL_HALF, _predictions(record.curve)),
        (CONFIDENCE, CONFIDENCE, LEVEL_HALF, _confidences(record.curve)),
    ):
        boxes = [
            band([(x - half, low, high), (x + half, low, high)], y) for x, low, high in limits
        ]
        weight = EDGE_WEIGHT * opened.scale
        paint = Paint(fill=colors(fill), edge=colors(edge), weight=weight)
        add_polygons(opened.panel, [box for box in boxes if box], paint)
    _draw_null_again(opened, record)
    lines = [
        [(p.x - LEVEL_HALF, p.estimate), (p.x + LEVEL_HALF, p.estimate)] for p in record.curve
    ]
    add_lines(opened.panel, lines, colors(themes.OURS), CURVE_WEIGHT * opened.scale)


def _confidences(curve: Sequence[CurvePoint]) -> list[tuple[float, float, float]]:
    return [(p.x, p.low, p.high) for p in curve]


def _predictions(curve: Sequence[CurvePoint]) -> list[tuple[float, float, float]]:
    return [(p.x, p.prediction_low, p.prediction_high) for p in curve]


def _box(left: float, right: float, low: float, high: float) -> list[Point]:
    return [(left, low), (right, low), (right, high), (left, high)]
