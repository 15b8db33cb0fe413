"""Figures written in every format, by several processes if asked.

Those processes import this file: it knows the plots, and nothing of trials, tables or pages.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any

from metaan.core.errors import MetaanError
from metaan.plots.charts.drapery import draw_drapery
from metaan.plots.charts.drapery_record import DraperyCurves
from metaan.plots.charts.funnel import draw_funnel
from metaan.plots.charts.funnel_record import FunnelPoints
from metaan.plots.charts.radial import draw_radial
from metaan.plots.charts.radial_record import RadialPoints
from metaan.plots.diagnostics.baujat_plot import draw_baujat_plot
from metaan.plots.diagnostics.baujat_record import BaujatPoints
from metaan.plots.diagnostics.gosh_plot import draw_gosh_plot
from metaan.plots.diagnostics.gosh_record import GoshPoints
from metaan.plots.diagnostics.influence_panels import InfluencePanels
from metaan.plots.diagnostics.influence_plot import draw_influence_plot
from metaan.plots.diagnostics.specification_curve import draw_specification_curve
from metaan.plots.diagnostics.specification_record import SpecificationCurve
from metaan.plots.diagnostics.sunset import draw_sunset_funnel
from metaan.plots.diagnostics.sunset_record import SunsetPoints
from metaan.plots.forests.forest import draw_forest
from metaan.plots.forests.record import ForestRows
from metaan.plots.forests.stack import draw_stack
from metaan.plots.networks.graph import draw_network_graph
from metaan.plots.networks.graph_record import NetworkDiagram
from metaan.plots.networks.league_heat_map import draw_league_heat_map
from metaan.plots.networks.league_record import LeagueCells
from metaan.plots.networks.rank_curves import RankCurves
from metaan.plots.networks.rankogram import draw_rankogram
from metaan.plots.pages.fonts import families, file_of, missing
from metaan.plots.pages.lean_png import save_lean_png
from metaan.plots.pages.letters import needs_shaping
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import FORMATS as WRITERS
from metaan.report.garbage import SELDOM
from metaan.report.proof.json_text import json_text
from metaan.report.proof.plotted import NUMBERS, numbers_of, plotted, texts_of

FORMATS = tuple(WRITERS)
PNG = "png"
DPI = 144.0  # one and a half of a screen's: letters are crisp on paper, and files are small
FEWEST_FOR_WORKERS = 6  # figures; below, starting a process costs more than it saves
Record = (
    ForestRows
    | NetworkDiagram
    | LeagueCells
    | RankCurves
    | FunnelPoints
    | GoshPoints
    | InfluencePanels
    | BaujatPoints
    | RadialPoints
    | DraperyCurves
    | SunsetPoints
    | SpecificationCurve
)
Records = tuple[Record, ...]  # several for an umbrella alone
# ``taker(numbers, fonts, paths)`` writes a figure's files as they were, if they would be the same.
Taker = Callable[[str, Mapping[str, str], Mapping[str, Path]], bool]
# How a record that is not a forest plot is drawn.
DRAWERS: Mapping[type[Any], Callable[..., Plot[Any]]] = {
    NetworkDiagram: draw_network_graph,
    LeagueCells: draw_league_heat_map,
    RankCurves: draw_rankogram,
    FunnelPoints: draw_funnel,
    GoshPoints: draw_gosh_plot,
    InfluencePanels: draw_influence_plot,
    BaujatPoints: draw_baujat_plot,
    RadialPoints: draw_radial,
    DraperyCurves: draw_drapery,
    SunsetPoints: draw_sunset_funnel,
    SpecificationCurve: draw_specification_curve,
}


def draw_records(pages: Sequence[Record], *, theme: str = "") -> Plot[Any]:
    """Return records drawn: one as it is, several forest plots under each other.

    ``theme`` is a row of ``THEMES``; each figure's own if empty.
    """
    drawer = DRAWERS.get(type(pages[0]))
    if drawer is not None:
        return drawer(pages[0], **({"theme": theme} if theme else {}))
    forests = [page for page in pages if isinstance(page, ForestRows)]
    if len(forests) == 1:
        return draw_forest(forests[0], theme=theme)
    return draw_stack(forests, theme=theme)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A figure to be written: its name, its records, its row ids, and the folder."""

    name: str
    pages: Records
    rows: tuple[str, ...]
    folder: Path

    def paths(self) -> dict[str, Path]:
        """Return its files by how they end."""
        kinds = (*FORMATS, NUMBERS)
        return {kind: self.folder / f"{self.name}.{kind}" for kind in kinds}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is known of a figure when its files are there.

    Attributes
    ----------
    name : str
        Of the figure.
    numbers : str
        Checksum of the plotted numbers.
    fonts : mapping of str to str
        Checksum of every font that its letters come from.
    told : tuple of (category, str)
        Warnings of a process, which nobody would see there.
    """

    name: str
    numbers: str
    fonts: Mapping[str, str]
    told: tuple[tuple[type[Warning], str], ...] = ()


def write_figure(job: Job) -> Written:
    """Draw a figure, write it in every format, and its numbers beside."""
    paths = job.paths()
    plot = draw_records(job.pages)
    for kind in FORMATS:
        if kind == PNG:
            save_lean_png(plot, paths[kind], dpi=DPI)
        else:
            plot.save(paths[kind])
    numbers = plotted(job.name, job.pages, job.rows)
    paths[NUMBERS].write_text(json_text(numbers), encoding="utf-8", newline="\n")
    return Written(name=job.name, numbers=numbers_of(numbers), fonts=_fonts(numbers))


def take_over(job: Job, earlier: Taker) -> Written | None:
    """Take the files of a figure from an earlier report; None if it has to be drawn.

    A figure that warns of its letters is drawn each time, so that the warning is heard each time.
    """
    numbers = plotted(job.name, job.pages, job.rows)
    if any(needs_shaping(text) or missing(text) for text in texts_of(numbers)):
        return None
    fonts = _fonts(numbers)
    if not earlier(json_text(numbers), fonts, job.paths()):
        return None
    return Written(name=job.name, numbers=numbers_of(numbers), fonts=fonts)


def _fonts(numbers: Mapping[str, Any]) -> dict[str, str]:
    """Return the checksums of the fonts that texts are set in."""
    used = {
        (name, bold)
        for text in {"", *texts_of(numbers)}
        for bold in (False, True)
        for name in families(text, bold=bold)
    }
    return {
        f"{name}, bold" if bold else name: _checksum(file_of(name, bold))
        for name, bold in sorted(used)
    }


@cache
def _checksum(file: str) -> str:
    return sha256(Path(file).read_bytes()).hexdigest()


def _quietly(job: Job) -> Written:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        written = write_figure(job)
    told = tuple((each.category, str(each.message)) for each in caught)
    return Written(name=job.name, numbers=written.numbers, fonts=written.fonts, told=told)


def _begin() -> None:
    """Prepare a process: it leaves Ctrl-C to its parent, and never outlives that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()  # what was imported stays
    gc.set_threshold(*SELDOM)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(parent: int) -> None:
    wait([parent])
    os._exit(1)


def _ready() -> None:
    """Do nothing: to import this file is what a new process is asked for first."""


@dataclass(slots=True)
class Drawers:
    """Those who draw: processes, at work as soon as a figure is handed in, or we, at the end.

    Attributes
    ----------
    folder : Path
        For the files.
    workers : int
        Processes; with one everything is drawn here.
    earlier : callable, optional
        Takes over figures that would be drawn just so.
    files : dict of str to dict of str to Path
        Files by the figure's name and how they end, written or to be written.
    """

    folder: Path
    workers: int = 1
    earlier: Taker | None = None
    files: dict[str, dict[str, Path]] = field(default_factory=dict)
    _jobs: list[Job] = field(default_factory=list)
    _taken: list[Written] = field(default_factory=list)
    _futures: list[Future[Written]] = field(default_factory=list)
    _pool: ProcessPoolExecutor | None = None
    _processes: list[BaseProcess] = field(default_factory=list)

    def __enter__(self) -> Drawers:
        """Start the processes: they import while the caller computes."""
        if self.workers > 1:
            # spawned, not forked: a fork copies the locks of whatever threads the caller runs
            context = multiprocessing.get_context("spawn")
            others = set(multiprocessing.active_children())
            self._pool = ProcessPoolExecutor(self.workers, mp_context=context, initializer=_begin)
            for _ in range(self.workers):
                self._pool.submit(_ready)
            self._processes = [p for p in multiprocessing.active_children() if p not in others]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the processes; after an error or Ctrl-C at once."""
        if kind is not None:
            for process in self._processes:
                process.terminate()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def add(self, name: str, pages: Records, rows: Sequence[str] = ()) -> None:
        """Hand in a figure."""
        job = Job(name=name, pages=pages, rows=tuple(rows), folder=self.folder)
        self.files[name] = job.paths()
        self._jobs.append(job)
        taken = take_over(job, self.earlier) if self.earlier is not None else None
        if taken is not None:
            self._taken.append(taken)
        elif self._pool is not None:
            try:
                self._futures.append(self._pool.submit(_quietly, job))
            except BrokenProcessPool as error:
                raise _ended() from error

    def finish(self, did: Callable[[str], None]) -> dict[str, Written]:
        """Wait until everything is drawn and return what is known of each figure.

        Parameters
        ----------
        did : callable
            Is told the name of every figure that is there.

        Raises
        ------
        MetaanError
            If a process was ended from outside.
        """
        found: dict[str, Written] = {}
        for each in self._drawn():
            found[each.name] = each
            did(each.name)
        for category, text in dict.fromkeys(
            one for job in self._jobs for one in found[job.name].told
        ):
            warnings.warn(text, category, stacklevel=2)
        return {job.name: found[job.name] for job in self._jobs}

    def _drawn(self) -> Iterator[Written]:
        yield from self._taken
        if self._pool is None:
            there = {each.name for each in self._taken}
            yield from (write_figure(job) for job in self._jobs if job.name not in there)
            return
        try:
            for future in as_completed(self._futures):
                yield future.result()
        except BrokenProcessPool as error:
            raise _ended() from error


def _ended() -> MetaanError:
    return MetaanError(
        "a process that draws figures was ended from outside (killed, or out of memory): nothing "
        "was written. Try again with more memory free, or from Python with workers=1, which draws "
        "without further processes."
    )
