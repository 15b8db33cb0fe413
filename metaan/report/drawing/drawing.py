"""Results drawn, and written in every format, by several processes if asked."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from metaan.core.errors import InputError
from metaan.plots.charts.funnel import draw_funnel
from metaan.plots.charts.funnel_record import FunnelPoints
from metaan.plots.diagnostics.gosh_plot import draw_gosh_plot
from metaan.plots.diagnostics.gosh_record import GoshPoints
from metaan.plots.diagnostics.influence_panels import InfluencePanels
from metaan.plots.diagnostics.influence_plot import draw_influence_plot
from metaan.plots.diagnostics.specification_curve import draw_specification_curve
from metaan.plots.diagnostics.specification_record import SpecificationCurve
from metaan.plots.forests.forest import draw_forest
from metaan.plots.forests.record import ForestRows
from metaan.plots.forests.rows import forest_rows
from metaan.plots.forests.stack import draw_stack
from metaan.plots.networks.graph import draw_network_graph
from metaan.plots.networks.graph_record import NetworkDiagram
from metaan.plots.networks.league_heat_map import draw_league_heat_map
from metaan.plots.networks.league_record import LeagueCells
from metaan.plots.networks.rank_curves import RankCurves
from metaan.plots.networks.rankogram import draw_rankogram
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import FORMATS as WRITERS
from metaan.report.drawing.network_drawing import NetworkRecord, network_record, nothing_of_network
from metaan.report.results.diagnosing import DiagnosticRecord
from metaan.report.results.network_recipes import NetworkResult
from metaan.report.results.recipes import AnyResult, Result

FORMATS = tuple(WRITERS)

FEWEST_FOR_WORKERS = 6  # below, starting a process costs more than it saves
Record = NetworkRecord | DiagnosticRecord
Records = tuple[Record, ...]  # several for an umbrella alone
# How a record that is not a forest plot is drawn.
DRAWERS: Mapping[type[Any], Callable[[Any], Plot[Any]]] = {
    NetworkDiagram: draw_network_graph,
    LeagueCells: draw_league_heat_map,
    RankCurves: draw_rankogram,
    FunnelPoints: draw_funnel,
    GoshPoints: draw_gosh_plot,
    InfluencePanels: draw_influence_plot,
    SpecificationCurve: draw_specification_curve,
}


def nothing_to_draw(result: AnyResult) -> str:
    """Return why there is nothing to draw; empty if there is a trial or a published result."""
    if isinstance(result, NetworkResult):
        return nothing_of_network(result)
    there = result.effects is not None or result.pools
    return "" if there else "no trial on file and no published result can be shown"


def records(result: AnyResult) -> Records:
    """Return every number and string of a result's figure; several records for an umbrella.

    Raises
    ------
    InputError
        If there is neither a trial nor a published result; the text says what is missing.
    """
    if isinstance(result, NetworkResult):
        return (network_record(result),)
    if nothing_to_draw(result):
        reasons = "; ".join(f"{item.study}: {item.reason}" for item in result.missing)
        raise InputError(f"{result.title}: there is nothing to draw. {reasons}")
    if result.panels:
        return _umbrella(result)
    own = result.effects is not None
    rows = forest_rows(
        result.fit or result.effects or result.published,
        title=result.title,
        subtitle=result.subtitle,
        published=result.published if own else (),
        favors=_favors(result),
        notes=result.notes,
    )
    return (rows,)


def _umbrella(result: Result) -> Records:
    """Return one record per panel: the figure's title over the first, its notes under the last."""
    panels = [(name, groups) for name, groups in result.panels.items() if groups]
    last = len(panels) - 1
    return tuple(
        forest_rows(
            groups,
            title=result.title if i == 0 else name,
            subtitle=f"{result.subtitle}. {name}" if i == 0 else "",
            favors=_favors(result),
            notes=result.notes if i == last else (),
        )
        for i, (name, groups) in enumerate(panels)
    )


def _favors(result: Result) -> tuple[str, str] | None:
    return (result.spec.favors[0], result.spec.favors[1]) if result.spec.favors else None


def draw(result: AnyResult) -> Plot[Any]:
    """Return the figure of a result; raises as ``records`` does."""
    return draw_records(records(result))


def draw_records(pages: Records) -> Plot[Any]:
    """Return records drawn: one as it is, several forest plots under each other."""
    drawer = DRAWERS.get(type(pages[0]))
    if drawer is not None:
        return drawer(pages[0])
    forests = [page for page in pages if isinstance(page, ForestRows)]
    return draw_forest(forests[0]) if len(forests) == 1 else draw_stack(forests)


def write_figures(
    drawn: Mapping[str, Records], folder: Path, *, workers: int = 1
) -> dict[str, dict[str, Path]]:
    """Write figures in every format and return the paths by name and format."""
    jobs = [(pages, folder / name) for name, pages in drawn.items()]
    workers = min(workers, len(jobs) // FEWEST_FOR_WORKERS)
    if workers < 2:
        written = [_write(job) for job in jobs]
    else:
        # spawned, not forked: a fork copies the locks of whatever threads the caller runs
        context = multiprocessing.get_context("spawn")
        jobs.sort(key=lambda job: -sum(_length(record) for record in job[0]))  # long ones first
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            written = list(pool.map(_write, jobs))
    return {stem.name: paths for (_, stem), paths in zip(jobs, written, strict=True)}


def _length(record: Record) -> int:
    return len(record.rows) if isinstance(record, ForestRows) else len(record.to_frame())


def _write(job: tuple[Records, Path]) -> dict[str, Path]:
    pages, stem = job
    plot = draw_records(pages)
    return {kind: plot.save(stem.with_suffix(f".{kind}")) for kind in FORMATS}
