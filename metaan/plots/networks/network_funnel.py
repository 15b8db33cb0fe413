"""The comparison-adjusted funnel plot: whether small studies of a network see other effects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Unpack

from matplotlib.axes import Axes

from metaan.networks.fits.network_fit import NetworkFit
from metaan.networks.sensitivity.small_studies import SmallStudies
from metaan.plots.charts.bubble_colors import Look
from metaan.plots.networks.adjusted_points import (
    OTHERS,
    AdjustedPoint,
    AdjustedPoints,
    adjusted_points,
)
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import marker_polygons, open_chart
from metaan.plots.pages.marks import Paint, Point, add_lines, add_polygons
from metaan.plots.pages.page import Opened, Page
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme

CENTER_WEIGHT, LIMIT_WEIGHT, LINE_WEIGHT = 0.8, 0.9, 1.6
EDGE_WEIGHT, OPEN_WEIGHT = 0.5, 1.1
DASHES = (0.0, (4.0, 2.5))


def network_funnel(
    net: NetworkFit | SmallStudies,
    *,
    order: Sequence[str] | None = None,
    names: Sequence[str] | bool = False,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[AdjustedPoints]:
    """Return a comparison-adjusted funnel plot: contrasts around the means of their comparisons.

    Parameters
    ----------
    net : NetworkFit or SmallStudies
        A network; or its ``small_studies(order=...)``, which knows its order.
    order : sequence of str
        All treatments from the earliest to the latest: oldest to newest, or inactive to active.
        It decides which side small studies may favor.
    names : bool or sequence of str
        Studies to name: none (the default), all, or these. A name without a free place is left
        out, and a footnote says how many are.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of AdjustedPoints
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes``.

    Raises
    ------
    InputError
        If ``net`` is neither, or the order is missing or not that of all treatments (ChoiceError:
        there is no such study).

    Notes
    -----
    Each contrast stands at the later treatment's effect against the earlier one less the mean of
    its comparison by direct evidence [1]_, and at its standard error. Dashed: ``-/+ z SE``, where
    studies lie if nothing but chance moves them. Thick: the line that Egger's test looks at, ``y
    = a + b SE`` with weights ``1 / SE²``. Contrasts that are alone in their comparison lie at 0
    by construction and are drawn open. The 20 comparisons with most contrasts have looks of their
    own; the others share one.

    References
    ----------
    .. [1] Chaimani A, Salanti G (2012). Using network meta-analysis to evaluate the existence of
       small-study effects in a network of interventions. Res Synth Methods 3:161.
       doi:10.1002/jrsm.57

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.NetworkEffects.from_arrays(
    ...     [-0.5, -0.3, -0.9, 0.1], se=[0.2, 0.25, 0.5, 0.3],
    ...     study=["Ann", "Bo", "Cy", "Di"], treat1=["true", "sham", "sham", "true"],
    ...     treat2=["sham", "usual", "usual", "usual"])
    >>> fit = ma.network(effects, model="common")
    >>> plot = network_funnel(fit, order=["usual", "sham", "true"])
    >>> [(point.study, round(point.x, 2)) for point in plot.record.points]
    [('Ann', 0.0), ('Bo', 0.12), ('Cy', -0.48), ('Di', 0.0)]
    """
    record = adjusted_points(net, order=order, names=names, **texts)
    return draw_network_funnel(record, ax=ax, theme=theme)


def draw_network_funnel(
    record: AdjustedPoints, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[AdjustedPoints]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_chart(record.frame, ax, find_theme(theme))
        _draw_lines(opened, record)
        for paint, marker, points in _looks(record):
            places = [(point.x, point.se) for point in points]
            shapes = marker_polygons(opened, places, marker, record.radius)
            add_polygons(opened.panel, shapes, opened.paint(paint))
    return Plot(figure=opened.figure, axes=opened.panel, record=record)


def _draw_lines(opened: Opened[Page], record: AdjustedPoints) -> None:
    """Draw the center, the limits from their apex on, and the line of the test."""
    colors, scale, panel = opened.theme.color, opened.scale, opened.panel
    low = record.frame.y.low
    center: list[Point] = [(0.0, low), (0.0, 0.0)]
    add_lines(panel, [center], colors(themes.QUIET), CENTER_WEIGHT * scale)
    sides: list[list[Point]] = [[(0.0, 0.0), (side * record.z * low, low)] for side in (-1.0, 1.0)]
    limits = add_lines(panel, sides, colors(themes.QUIET), LIMIT_WEIGHT * scale)
    if limits is not None:
        limits.set_linestyle(DASHES)
    if record.line:
        add_lines(panel, [record.line], colors(themes.OURS), LINE_WEIGHT * scale)


def _looks(record: AdjustedPoints) -> Iterator[tuple[Paint, str, list[AdjustedPoint]]]:
    """Yield each look with its points: open ones first, which lie on each other."""
    found: dict[tuple[bool, Look], list[AdjustedPoint]] = {}
    for point in sorted(record.points, key=lambda point: not point.alone):
        found.setdefault((point.alone, point.look), []).append(point)
    for (alone, look), points in found.items():
        if alone:
            edge = themes.QUIET if look == OTHERS else look.fill  # pale lines are not seen
            paint = Paint(fill=themes.PAPER, edge=edge, weight=OPEN_WEIGHT)
        else:
            paint = Paint(fill=look.fill, edge=themes.INK, weight=EDGE_WEIGHT)
        yield paint, look.marker, points
