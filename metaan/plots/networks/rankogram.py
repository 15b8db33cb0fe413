"""The rankogram: how probable each rank is for each treatment, also cumulatively."""

from __future__ import annotations

from typing import Unpack

import numpy as np
from matplotlib.axes import Axes

from metaan.plots.networks.rank_curves import (
    SEED,
    Better,
    RankCurves,
    Rankings,
    rank_curves,
)
from metaan.plots.networks.rankogram_page import draw_panels, rank_grid, rankogram_page
from metaan.plots.networks.rankogram_together import draw_together
from metaan.plots.pages.page import open_page
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme


def rankogram(
    net: Rankings,
    *,
    better: Better = None,
    cumulative: bool = False,
    kind: str | None = None,
    together: bool = False,
    rng: np.random.Generator | int = SEED,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[RankCurves]:
    """Return a rankogram: how probable each rank is for each treatment, a panel for each.

    Parameters
    ----------
    net : NetworkFit, another fit of a network, RankProbabilities, or mapping of str to these
        Whose ranks; a mapping of names of outcomes to up to four of them draws one color each.
    better : {"lower", "higher"}, or sequence of str
        Which effects are better, of all outcomes or of each; not for rank probabilities, which
        know it.
    cumulative : bool
        Whether heights are the probabilities of a rank or a better one.
    kind : {"bars", "curves"}, optional
        How probabilities are drawn; bars by default, curves if cumulative.
    together : bool
        Whether the curves of all treatments stand in one panel.
    rng : Generator or int
        Source of the draws, or a seed; the same seed gives the same figure.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of RankCurves
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes`` (points
        from the upper left corner of the panels; ranks and probabilities if together).

    Raises
    ------
    InputError
        If ``net`` is none of these, ``better`` is missing or not one for each outcome, or one
        panel cannot show it all (ChoiceError: there is no such kind or direction).

    Notes
    -----
    Panels stand in the order of SUCRA, the area under the cumulative ranking curve [1]_, which
    is written over each: exact for a fit, as in ``net.ranking()``. Probabilities are those of
    ``net.rank_probabilities`` with its default number of draws; give that record itself for
    another number, and areas are those of its draws.

    References
    ----------
    .. [1] Salanti G, Ades AE, Ioannidis JPA (2011). Graphical methods and numerical summaries for
       presenting results from multiple-treatment meta-analysis. J Clin Epidemiol 64:163.
       doi:10.1016/j.jclinepi.2010.03.016

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.NetworkEffects.from_arrays(
    ...     [-0.5, -0.3, 0.1], se=[0.2, 0.25, 0.3], study=["Ann", "Bo", "Cy"],
    ...     treat1=["true", "sham", "true"], treat2=["sham", "usual", "usual"])
    >>> fit = ma.network(effects, model="common")
    >>> plot = rankogram(fit.rank_probabilities(better="lower", rng=1, draws=1024))
    >>> best = plot.record.curves[0]
    >>> best.treatment, [round(height, 1) for height in best.heights]
    ('true', [0.9, 0.1, 0.0])
    """
    record = rank_curves(
        net,
        better=better,
        cumulative=cumulative,
        kind=kind,
        together=together,
        rng=rng,
        **texts,
    )
    return draw_rankogram(record, ax=ax, theme=theme)


def draw_rankogram(
    record: RankCurves, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[RankCurves]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    colors = find_theme(theme)
    with styled():
        if record.together:
            opened = draw_together(record, ax, colors)
        else:
            grid = rank_grid(record)
            opened = open_page(lambda least: rankogram_page(record, grid, least), ax, colors)
            draw_panels(opened, record, grid)
    return Plot(figure=opened.figure, axes=opened.panel, record=record)
