"""The net heat plot: which designs disagree with the rest of a network, and which make them."""

from __future__ import annotations

from typing import Unpack

from matplotlib.axes import Axes

from metaan.networks.consistency.inconsistency import Inconsistency
from metaan.networks.consistency.net_heat import NetHeat
from metaan.networks.fits.network_fit import NetworkFit
from metaan.plots.networks.heat_map import draw_heat_map
from metaan.plots.networks.net_heat_cells import (
    DEFAULT_HEAT_ORDER,
    NetHeatCells,
    net_heat_cells,
)
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme


def net_heat_plot(
    net: NetworkFit | Inconsistency | NetHeat,
    *,
    order: str = DEFAULT_HEAT_ORDER,
    all_designs: bool = False,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[NetHeatCells]:
    """Return a net heat plot: where the inconsistency of a network sits, and what moves it.

    Parameters
    ----------
    net : NetworkFit, Inconsistency or NetHeat
        A network (or its ``inconsistency()``), at its variance within designs;
        ``net.net_heat(tau2=...)`` for another one.
    order : {"similar", "alphabetic"}
        Designs of similar rows and columns beside each other, so that hot spots are blocks; or
        as the network lists them.
    all_designs : bool
        Whether designs that cannot disagree with any other are shown, too; their cells hold no
        color.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of NetHeatCells
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes`` (points
        from the upper left corner of the cells).

    Raises
    ------
    InputError
        If ``net`` is none of these, or no design can disagree with others: there is no closed loop
        (ChoiceError: there is no such order).

    Notes
    -----
    The color of a cell is what the row's design loses of its share of Q between designs when the
    column's design is detached: warm where the two disagree, cool where the column supports the
    row. The diagonal shows the share itself. The gray square is as large as the column's
    contribution to the network's estimate of the row's comparison [1]_. Colors end at the largest
    change and at least at 4: a design of two arms that agrees with the others has more than 3.84
    of Q (chi-square, one degree of freedom) by chance once in twenty times, so that a network
    whose designs agree is pale. A footnote has Q between all designs with its test. Similar
    designs are found by complete linkage of the sums of absolute differences between rows and
    between columns.

    References
    ----------
    .. [1] Krahn U, Binder H, König J (2013). A graphical tool for locating inconsistency in
       network meta-analyses. BMC Med Res Methodol 13:35. doi:10.1186/1471-2288-13-35

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.NetworkEffects.from_arrays(
    ...     [-0.5, -0.3, 0.1], se=[0.2, 0.25, 0.3], study=["Ann", "Bo", "Cy"],
    ...     treat1=["true", "sham", "true"], treat2=["sham", "usual", "usual"])
    >>> plot = net_heat_plot(ma.network(effects, model="common"))
    >>> plot.record.designs, plot.record.left_out
    (('true:usual', 'sham:usual', 'sham:true'), ())
    """
    record = net_heat_cells(net, order=order, all_designs=all_designs, **texts)
    return draw_net_heat_plot(record, ax=ax, theme=theme)


def draw_net_heat_plot(
    record: NetHeatCells, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[NetHeatCells]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        figure, panel = draw_heat_map(record.frame, ax, find_theme(theme))
    return Plot(figure=figure, axes=panel, record=record)
