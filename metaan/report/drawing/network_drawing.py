"""Networks drawn: graph, effects against a reference, league table, ranks, node splits."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from metaan.core.errors import InputError
from metaan.networks.fits.network_fit import NetworkFit
from metaan.plots.forests.record import ForestRows
from metaan.plots.forests.rows import forest_rows
from metaan.plots.networks.graph_diagram import network_diagram
from metaan.plots.networks.graph_record import NetworkDiagram
from metaan.plots.networks.league_cells import league_cells
from metaan.plots.networks.league_record import LeagueCells
from metaan.plots.networks.rank_curves import RankCurves, rank_curves
from metaan.report.declaring.declared import AGAINST, CONSISTENCY, GRAPH, LEAGUE, RANKING
from metaan.report.results.network_recipes import NetworkResult

NetworkRecord = NetworkDiagram | ForestRows | LeagueCells | RankCurves


def nothing_of_network(result: NetworkResult) -> str:
    """Return why there is nothing to draw; empty if there is something."""
    fit = result.fit
    if fit is None:
        return "no trial on file is usable"
    if result.drawing == CONSISTENCY and not fit.node_splits().tested.any():
        return "no comparison has both direct and indirect evidence"
    return ""


def network_record(result: NetworkResult) -> NetworkRecord:
    """Return every number and string of a network's drawing.

    Raises
    ------
    InputError
        If there is nothing to draw; the text says why.
    """
    reason = nothing_of_network(result)
    fit = result.fit
    if reason or fit is None:
        raise InputError(f"{result.title}: there is nothing to draw: {reason}")
    return RECORDS[result.drawing](result, fit)


def _graph(result: NetworkResult, _: NetworkFit) -> NetworkDiagram:
    color = {name: result.groups[name] for name in result.whole.treatments if result.groups}
    return network_diagram(
        result.whole,
        color=color,
        counts=True,
        title=result.title,
        subtitle=result.subtitle,
        notes=result.notes,
    )


def _against(result: NetworkResult, fit: NetworkFit) -> ForestRows:
    favors = result.spec.favors
    return forest_rows(
        fit,
        title=result.title,
        subtitle=result.subtitle,
        published=result.published,
        favors=(favors[0], favors[1]) if favors else None,
        notes=result.notes,
        better=result.spec.better if result.ranked else "",
    )


def _league(result: NetworkResult, fit: NetworkFit) -> LeagueCells:
    return league_cells(
        fit,
        order=None if result.ranked else fit.treatments,
        better=result.spec.better or None,
        title=result.title,
        subtitle=result.subtitle,
        notes=result.notes,
    )


def _ranking(result: NetworkResult, fit: NetworkFit) -> RankCurves:
    return rank_curves(
        fit,
        better=result.spec.better or None,
        title=result.title,
        subtitle=result.subtitle,
        notes=result.notes,
    )


def _consistency(result: NetworkResult, fit: NetworkFit) -> ForestRows:
    return forest_rows(
        fit.node_splits(), title=result.title, subtitle=result.subtitle, notes=result.notes
    )


RECORDS: Mapping[str, Callable[[NetworkResult, NetworkFit], NetworkRecord]] = {
    GRAPH: _graph,
    AGAINST: _against,
    LEAGUE: _league,
    RANKING: _ranking,
    CONSISTENCY: _consistency,
}
