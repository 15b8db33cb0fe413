"""The figure of influence: what each study, or cluster, does to a fit, measure by measure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from matplotlib.axes import Axes

from metaan.core.fit import PooledFit
from metaan.core.regression_fit import RegressionFit
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.influence.record import Influence
from metaan.plots.diagnostics.influence_page import draw_panels, influence_page
from metaan.plots.diagnostics.influence_panels import InfluencePanels, influence_panels
from metaan.plots.pages.page import open_page
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme


def influence_plot(
    fit: PooledFit | RegressionFit | SubgroupFit | Influence,
    *,
    by: str | None = None,
    measures: Sequence[str] | None = None,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[InfluencePanels]:
    """Return a figure of influence: a row for each study, a panel for each measure.

    Parameters
    ----------
    fit : PooledFit, RegressionFit, SubgroupFit or Influence
        A fit (of subgroups: the pool of all), or its measures.
    by : str, optional
        Column of clusters that are deleted together; see `metaan.influence`.
    measures : sequence of str, optional
        Rows of ``PANELS``, from the left; by default all but weights, and DFBETAS where there
        are several coefficients.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of InfluencePanels
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes`` (points
        from the upper left corner of the panels).

    Raises
    ------
    InputError
        If it is neither a fit nor its measures, or the measures cannot be had (see
        `metaan.influence`; ChoiceError: there is no such measure).

    Notes
    -----
    Stems start where nothing happens: at 0, at 1 for the covariance ratio, at the value of all
    studies for tau² and Q. Dashed lines are the cut-offs of Viechtbauer and Cheung [1]_, and
    ±1.96 for studentized residuals; points beyond a cut-off are filled, and names of influential
    studies bold.

    References
    ----------
    .. [1] Viechtbauer W, Cheung MW-L (2010). Res Synth Methods 1:112. doi:10.1002/jrsm.11

    Examples
    --------
    >>> from metaan.core.effects import Effects
    >>> from metaan.univariate.pooling import pool
    >>> effects = Effects.from_arrays([0.10, 0.30, 0.25, 1.40], se=[0.12, 0.20, 0.18, 0.22])
    >>> plot = influence_plot(pool(effects, tau2="DL"))
    >>> [panel.head for panel in plot.record.panels][:3]
    ['Studentized', 'DFFITS', "Cook's distance"]
    """
    record = influence_panels(fit, by=by, measures=measures, **texts)
    return draw_influence_plot(record, ax=ax, theme=theme)


def draw_influence_plot(
    record: InfluencePanels, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[InfluencePanels]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_page(lambda least: influence_page(record, least), ax, find_theme(theme))
        draw_panels(opened, record)
    return Plot(figure=opened.figure, axes=opened.panel, record=record)
