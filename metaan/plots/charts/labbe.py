"""The L'Abbé plot: the risk under treatment against the risk of the controls."""

from __future__ import annotations

from typing import Any, Unpack

from matplotlib.axes import Axes

from metaan.plots.charts.bubble import CURVE_WEIGHT, draw_dashed
from metaan.plots.charts.bubble_marks import draw_bubbles
from metaan.plots.charts.labbe_counts import Subject
from metaan.plots.charts.labbe_points import AREA, LabbePoints, labbe_points
from metaan.plots.charts.names import Names
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import open_chart
from metaan.plots.pages.marks import Paint, add_lines, add_polygons
from metaan.plots.pages.page import Opened
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme


def labbe(
    fit: Subject,
    *,
    size: str = "",
    color: str = "",
    names: Names = None,
    most: float | None = None,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[LabbePoints]:
    """Return a L'Abbé plot: each study's risk under treatment against that of its controls.

    Parameters
    ----------
    fit : PooledFit, SubgroupFit, CountsFit, GlmmFit, RobustFit, Effects or Counts
        A fit of counts, or of effects whose columns hold ``events1 n1 events2 n2`` (or ``time1``
        and ``time2``: rates): the studies and the curve of the pooled effect, of subgroups the
        overall one. Effects or counts: the studies alone.
    size : str
        What areas are in proportion to, a row of ``BUBBLE_SIZES``: "weight" (in the analysis),
        "precision" (inverse variance), "n" (participants) or "time" (person-time); the weight
        in the fit by default, else the precision of effects or the size of counts.
    color : str
        Column whose values get colors and markers; that of the subgroups by default.
    names : {"all", "none"} or sequence of str, optional
        Studies to name; by default all of up to 40. A name that has no free place beside its
        bubble is left out, and a footnote counts them.
    most : float, optional
        End of both axes; by default 1 where a risk exceeds 0.6, else a little above the largest.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of LabbePoints
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes``.

    Raises
    ------
    InputError
        If there are no counts of two groups (the text names the columns that are needed and
        those that are there), or ``most`` would cut off studies.

    Notes
    -----
    Risks are those of the counts as they are: nothing is added to cells of 0 [1]_. The curve is
    what the pooled effect makes of each risk of the controls, and the band what the limits of its
    interval make of it: with odds ratio OR, ``t / (1 - t) = OR c / (1 - c)``; with a risk ratio
    ``t = RR c``; with a difference ``t = c + RD``; with an arcsine difference ``asin √t =
    asin √c + AS``; rates likewise (``LABBE_CURVES``). It is cut where t leaves the axis. Other
    measures have no curve, and a footnote says so.

    References
    ----------
    .. [1] L'Abbé KA, Detsky AS, O'Rourke K (1987). Meta-analysis in clinical research. Ann Intern
       Med 107:224. doi:10.7326/0003-4819-107-2-224

    Examples
    --------
    Made-up numbers:

    >>> import metaan as ma
    >>> import pandas as pd
    >>> from metaan.plots.charts.labbe import labbe
    >>> table = pd.DataFrame(
    ...     {"events1": [4, 6, 0], "n1": [50, 90, 20], "events2": [9, 11, 2], "n2": [52, 88, 21]})
    >>> plot = labbe(ma.mantel_haenszel(ma.counts(table), "OR"))
    >>> [round(mark.y, 3) for mark in plot.record.bubbles]
    [0.08, 0.067, 0.0]
    """
    record = labbe_points(fit, size=size, color=color, names=names, most=most, **texts)
    return draw_labbe(record, ax=ax, theme=theme)


def draw_labbe(
    record: LabbePoints, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[LabbePoints]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_chart(record.frame, ax, find_theme(theme))
        _draw_lines(opened, record)
        draw_bubbles(opened, record.bubbles)
    return Plot(figure=opened.figure, axes=opened.panel, record=record)


def _draw_lines(opened: Opened[Any], record: LabbePoints) -> None:
    """Draw the band of the pooled effect, the line of equality and the pooled curve."""
    colors = opened.theme.color
    if record.band:
        paint = Paint(fill=colors(AREA), edge="none", weight=0.0)
        add_polygons(opened.panel, [list(record.band)], paint)
    draw_dashed(opened, (0.0, 0.0), (record.most, record.most), themes.QUIET)
    if record.curve:
        weight = CURVE_WEIGHT * opened.scale
        add_lines(opened.panel, [list(record.curve)], colors(themes.OURS), weight)
