"""Results drawn, and written in every format, on as many cores as there are."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from metaan.core.errors import InputError
from metaan.plots.forest import Forest, draw_forest
from metaan.plots.forest_record import ForestRows
from metaan.plots.forest_rows import forest_rows
from metaan.report.recipes import Result

FORMATS = ("svg", "pdf", "png")
FEWEST_FOR_WORKERS = 6  # below, starting a process costs more than it saves


def drawable(result: Result) -> bool:
    """Return whether there is anything to draw: a trial or a published result."""
    return bool(result.effects is not None or result.published or result.groups)


def record(result: Result) -> ForestRows:
    """Return every number and string of a result's forest plot.

    Raises
    ------
    InputError
        If there is neither a trial nor a published result; the text says what is missing.
    """
    if not drawable(result):
        reasons = "; ".join(f"{item.study}: {item.reason}" for item in result.missing)
        raise InputError(f"{result.title}: there is nothing to draw. {reasons}")
    favors = (result.spec.favors[0], result.spec.favors[1]) if result.spec.favors else None
    subject = result.fit or result.effects or result.groups or result.published
    own = result.effects is not None
    return forest_rows(
        subject,
        title=result.title,
        subtitle=result.subtitle,
        published=result.published if own else (),
        favors=favors,
        notes=result.notes,
    )


def draw(result: Result) -> Forest:
    """Return the forest plot of a result; raises as ``record`` does."""
    return draw_forest(record(result))


def write_figures(records: Mapping[str, ForestRows], folder: Path) -> dict[str, dict[str, Path]]:
    """Write figures in every format and return the paths by name and format."""
    jobs = [(rows, folder / name) for name, rows in records.items()]
    workers = min(os.cpu_count() or 1, len(jobs) // FEWEST_FOR_WORKERS)
    if workers < 2:
        written = [_write(job) for job in jobs]
    else:
        # spawned, not forked: a fork copies the locks of whatever threads the caller runs
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            written = list(pool.map(_write, jobs))
    return dict(zip(records, written, strict=True))


def _write(job: tuple[ForestRows, Path]) -> dict[str, Path]:
    rows, stem = job
    plot = draw_forest(rows)
    return {kind: plot.save(stem.with_suffix(f".{kind}")) for kind in FORMATS}
