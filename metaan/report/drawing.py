"""Results drawn, and written in every format, by several processes if asked."""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from metaan.core.errors import InputError
from metaan.plots.forests.forest import draw_forest
from metaan.plots.forests.record import ForestRows
from metaan.plots.forests.rows import forest_rows
from metaan.plots.forests.stack import ForestStack, draw_stack
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import FORMATS as WRITERS
from metaan.report.recipes import Result

FORMATS = tuple(WRITERS)

FEWEST_FOR_WORKERS = 6  # below, starting a process costs more than it saves
Records = tuple[ForestRows, ...]


def drawable(result: Result) -> bool:
    """Return whether there is anything to draw: a trial or a published result."""
    return bool(result.effects is not None or result.pools)


def records(result: Result) -> Records:
    """Return every number and string of a result's forest plot; several for an umbrella.

    Raises
    ------
    InputError
        If there is neither a trial nor a published result; the text says what is missing.
    """
    if not drawable(result):
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


def draw(result: Result) -> Plot[ForestRows] | Plot[ForestStack]:
    """Return the forest plot of a result; raises as ``records`` does."""
    return draw_records(records(result))


def draw_records(pages: Records) -> Plot[ForestRows] | Plot[ForestStack]:
    """Return records drawn: one as it is, several under each other."""
    return draw_forest(pages[0]) if len(pages) == 1 else draw_stack(pages)


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
        jobs.sort(key=lambda job: -sum(len(rows.rows) for rows in job[0]))  # long ones first
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            written = list(pool.map(_write, jobs))
    return {stem.name: paths for (_, stem), paths in zip(jobs, written, strict=True)}


def _write(job: tuple[Records, Path]) -> dict[str, Path]:
    pages, stem = job
    plot = draw_records(pages)
    return {kind: plot.save(stem.with_suffix(f".{kind}")) for kind in FORMATS}
