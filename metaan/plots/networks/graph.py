"""The network graph: which treatments were compared directly, and by how much evidence."""

from __future__ import annotations

from typing import Unpack

from matplotlib.axes import Axes

from metaan.plots.networks.graph_diagram import network_diagram
from metaan.plots.networks.graph_evidence import PARTICIPANTS, STUDIES, Network
from metaan.plots.networks.graph_options import GraphOptions
from metaan.plots.networks.graph_page import draw_graph, graph_page
from metaan.plots.networks.graph_places import DEFAULT_GRAPH_LAYOUT
from metaan.plots.networks.graph_record import NetworkDiagram
from metaan.plots.pages.page import open_page
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme


def network_graph(
    net: Network,
    *,
    layout: str = DEFAULT_GRAPH_LAYOUT,
    size: str = PARTICIPANTS,
    width: str = STUDIES,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **options: Unpack[GraphOptions],
) -> Plot[NetworkDiagram]:
    """Return the graph of a network: a circle per treatment, a line per direct comparison.

    Parameters
    ----------
    net : NetworkFit, ComponentFit, NetworkRegressionFit, SparseNetworkFit, NetworkEffects or \
NetworkCounts
        What was compared; contrasts and counts need not be connected: parts stand beside each
        other. Of a fit of sparse counts the studies that entered.
    layout : {"circle", "spring"}
        Treatments on a circle, in the order whose lines cross least, or as far apart as they are
        steps apart in the network.
    size : {"participants", "studies", "equal"}
        What areas of circles show. Participants are those of counts, or of the columns ``n1``
        and ``n2``; without them areas show studies, and a footnote says so.
    width : {"studies", "precision", "equal"}
        What widths of lines show: the number of studies that compare two treatments, or the
        precision of what these studies say, ``sum 1 / (v + tau²)`` with tau² of the fit (0
        without); of a fit of sparse counts that of their odds ratio by its method.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **options
        Described in `GraphOptions`; every one may be left out: ``polygons`` (areas of studies
        with three or more arms, shown by default), ``counts`` (numbers of studies on the lines),
        ``color`` (a class for each treatment), ``order`` (around the circle), ``rng`` (seed of
        the spring layout), ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of NetworkDiagram
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes`` (points
        from the upper left corner of the graph).

    Raises
    ------
    InputError
        If ``net`` is something else or empty, or an option does not fit (ChoiceError: there is
        no such layout, size, width, option or treatment).

    Notes
    -----
    Names stand clear of all lines, circles and each other: the graph grows until they do. Where a
    spring layout has too many lines for that, treatments stand on a circle, and a footnote says
    so. Areas of circles and widths of lines are in proportion to what they show, as far as
    they can be seen: the smallest have a least size.

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.NetworkEffects.from_arrays(
    ...     [-0.5, -0.3, 0.1], se=[0.2, 0.25, 0.3], study=["Ann", "Bo", "Cy"],
    ...     treat1=["true", "sham", "true"], treat2=["sham", "usual", "usual"])
    >>> plot = network_graph(effects)
    >>> plot.record.title, [edge.studies for edge in plot.record.edges]
    ('Network of 3 treatments in 3 studies', [1, 1, 1])
    """
    record = network_diagram(net, layout=layout, size=size, width=width, **options)
    return draw_network_graph(record, ax=ax, theme=theme)


def draw_network_graph(
    record: NetworkDiagram, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[NetworkDiagram]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    colors = find_theme(theme)
    with styled():
        opened = open_page(lambda least: graph_page(record, colors, least), ax, colors)
        draw_graph(opened, record)
    return Plot(figure=opened.figure, axes=opened.panel, record=record)
