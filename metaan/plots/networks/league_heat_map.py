"""The league heat map: a league table whose cells are colored by their effects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from matplotlib.axes import Axes

from metaan.networks.fits.asked import AskedForEffects
from metaan.plots.networks.heat_map import draw_heat_map
from metaan.plots.networks.league_cells import DIGITS, league_cells
from metaan.plots.networks.league_record import LeagueCells
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme


def league_heat_map(
    net: AskedForEffects,
    *,
    order: str | Sequence[str] | None = None,
    better: str | Sequence[str] | None = None,
    direct: bool = True,
    other: AskedForEffects | None = None,
    digits: int = DIGITS,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[LeagueCells]:
    """Return a league table in color: the effect of every treatment against every other.

    Parameters
    ----------
    net : NetworkFit, or another fit of a network
        Effects of treatments.
    order : None, "ranking" or sequence of str
        Alphabetic, or the highest P-score first where ``better`` is given; or the treatments
        themselves, all or some.
    better : {"lower", "higher"} or two of them, optional
        Which effects are better, of both outcomes or of each. Cells have the first color of the
        scale where the treatment that stands earlier is better; the color of effects below no
        effect without it.
    direct : bool
        Whether the upper triangle shows direct evidence alone; it is empty otherwise, and for
        fits that do not know their studies.
    other : fit, optional
        A network of another outcome for the upper triangle, with colors of its own; the table
        has the treatments of both, in the order of the first.
    digits : int
        Decimals.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of LeagueCells
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes`` (points
        from the upper left corner of the cells).

    Raises
    ------
    ChoiceError
        If an order, a direction or a treatment is unknown.
    InputError
        If ``net`` or ``other`` is no fit of a network, their levels of confidence or the number
        of directions do not agree, a treatment stands twice, the ranking lacks ``better``,
        or ``digits`` is no whole number of at least 0.

    Notes
    -----
    Every cell is the treatment that stands earlier against the later one, as in ``net.league()``.
    Colors are symmetric around no effect on the analysis scale: an odds ratio of 2 is as strong
    as one of 0.5. Cells whose interval excludes no effect are bold. The more treatments there
    are, the smaller is the type; at last cells show the estimates alone, or colors, and names
    stand beside them; a footnote says so.

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.NetworkEffects.from_arrays(
    ...     [-0.5, -0.3, 0.1], se=[0.2, 0.25, 0.3], study=["Ann", "Bo", "Cy"],
    ...     treat1=["true", "sham", "true"], treat2=["sham", "usual", "usual"])
    >>> plot = league_heat_map(ma.network(effects, model="common"), better="lower")
    >>> [(cell.treatment, cell.control, cell.text) for cell in plot.record.cells][:1]
    [('true', 'usual', '−0.32 (−0.75, 0.11)')]
    """
    record = league_cells(
        net, order=order, better=better, direct=direct, other=other, digits=digits, **texts
    )
    return draw_league_heat_map(record, ax=ax, theme=theme)


def draw_league_heat_map(
    record: LeagueCells, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[LeagueCells]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        figure, panel = draw_heat_map(record.frame, ax, find_theme(theme))
    return Plot(figure=figure, axes=panel, record=record)
