"""The contribution heat map: of which direct evidence each estimate of a network is made."""

from __future__ import annotations

from typing import Unpack

from matplotlib.axes import Axes

from metaan.networks.fits.network_fit import NetworkFit
from metaan.networks.flow.contribution import DEFAULT_CONTRIBUTION, DEFAULT_CONTRIBUTORS
from metaan.plots.networks.contribution_cells import ContributionCells, contribution_cells
from metaan.plots.networks.heat_map import draw_heat_map
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme


def contribution_heat_map(
    net: NetworkFit,
    *,
    by: str = DEFAULT_CONTRIBUTORS,
    method: str = DEFAULT_CONTRIBUTION,
    against: str | None = None,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[ContributionCells]:
    """Return a contribution heat map: the shares of direct evidence in each estimate.

    Parameters
    ----------
    net : NetworkFit
        A network.
    by : {"comparison", "study"}
        What the columns are: comparisons with direct evidence, or studies.
    method : {"SHORTEST_PATH", "RANDOM_WALK", "PSEUDOINVERSE"}
        How the flow of evidence is split into paths; row of ``CONTRIBUTIONS``.
    against : str, optional
        Treatment whose comparisons with all others are shown; by default all comparisons of a
        small network (up to 66), and those with the reference of a larger one.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of ContributionCells
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes`` (points
        from the upper left corner of the cells).

    Raises
    ------
    ChoiceError
        If a method, a kind of columns or a treatment is unknown.
    InputError
        If ``net`` is no NetworkFit, or its evidence has no paths, see `NetworkFit.contribution`.

    Notes
    -----
    Rows of the record add up to 1; columns with less than 0.5% of every row are not drawn. Mixed
    evidence is direct and indirect: the comparison's own is outlined. Cells hold percentages as
    long as there is room for them.

    References
    ----------
    .. [1] Papakonstantinou T, Nikolakopoulou A, Rücker G, et al. (2018). Estimating the
       contribution of studies in network meta-analysis: paths, flows and streams. F1000Research
       7:610. doi:10.12688/f1000research.14770.3

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.NetworkEffects.from_arrays(
    ...     [-0.5, -0.3, 0.1], se=[0.2, 0.2, 0.2], study=["Ann", "Bo", "Cy"],
    ...     treat1=["true", "sham", "true"], treat2=["sham", "usual", "usual"])
    >>> plot = contribution_heat_map(ma.network(effects, model="common"))
    >>> plot.record.rows[0], plot.record.values[0].round(3)
    ('sham:true', array([0.667, 0.167, 0.167]))
    """
    record = contribution_cells(net, by=by, method=method, against=against, **texts)
    return draw_contribution_heat_map(record, ax=ax, theme=theme)


def draw_contribution_heat_map(
    record: ContributionCells, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[ContributionCells]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        figure, panel = draw_heat_map(record.frame, ax, find_theme(theme))
    return Plot(figure=figure, axes=panel, record=record)
