"""Diagnostics timed beside metafor's in one run: ``python -m benchmarks.diagnostics``.

metafor is timed inside R, its start and the fit not counted. What takes it many seconds is run
once, the rest three times. The multiverse has no peer.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

import metaan as ma
from benchmarks.timing import HERE, Timing, clock
from tests.reference.pinned import fits

PEER = "metafor (in R)"
ONE_K = 63
DRAWS = 1_000
WRITING = HERE.parent / "tests" / "papers" / "data" / "bangertdrowns2004.csv"


class Task(NamedTuple):
    """What is timed: its name, metafor's task with how often it is run, and ours."""

    name: str
    peer: str
    effects: ma.Effects
    repeats: int
    call: Callable[[ma.PooledFit], object]


class Target(NamedTuple):
    """What was asked for: so many times metafor's speed, or at most so many seconds."""

    times: float = 0.0
    seconds: float = 0.0


GOSH = "GOSH, k = 13, REML, all 8,191 subsets"
PERMUTATION = f"permutation test, k = {ONE_K}, {DRAWS:,} draws"
INFLUENCE = f"influence, k = {ONE_K}"
MULTIVERSE = "multiverse, sham trials"
TARGETS = {
    GOSH: Target(times=500),
    PERMUTATION: Target(times=300),
    INFLUENCE: Target(times=300),
    MULTIVERSE: Target(seconds=2.0),
}


def tasks() -> list[Task]:
    """Return what metafor does, too; the data are the BCG trials, drawn ones, and real ones."""
    trials = bcg()
    many, real = drawn(), writing()
    return [
        Task(GOSH, "gosh", trials, 1, ma.gosh),
        Task(PERMUTATION, "permutation", many, 1, permutation),
        Task(INFLUENCE, "influence", many, 3, ma.influence),
        Task(f"leave-one-out, k = {ONE_K}", "leave_one_out", many, 3, ma.leave_one_out),
        Task(f"trim and fill, k = {ONE_K}", "trim_and_fill", many, 3, ma.trim_and_fill),
        Task(f"selection model BETA, k = {real.k}", "selection", real, 1, selection),
        Task(
            f"parametric bootstrap, k = {ONE_K}, {DRAWS:,} draws", "bootstrap", many, 1, bootstrap
        ),
    ]


def permutation(fit: ma.PooledFit) -> object:
    """Return the p-value from random signs."""
    return ma.permutation_test(fit, rng=1, draws=DRAWS)


def selection(fit: ma.PooledFit) -> object:
    """Return the selection model with a beta density of p."""
    return ma.selection_model(fit, "BETA")


def bootstrap(fit: ma.PooledFit) -> object:
    """Return the bootstrap of tau²."""
    return ma.bootstrap(fit, "tau2", rng=1, draws=DRAWS)


def bcg() -> ma.Effects:
    """Return the log risk ratios of 13 trials of the BCG vaccine."""
    record = fits()["dat.bcg/uni_logRR"]
    return ma.Effects.from_arrays(record["yi"], record["vi"])


def drawn() -> ma.Effects:
    """Return made-up effects of 63 studies."""
    rng = np.random.default_rng(20240)
    v = rng.uniform(0.02, 0.4, ONE_K)
    return ma.Effects.from_arrays(rng.normal(0.3, np.sqrt(v + 0.1)), v)


def writing() -> ma.Effects:
    """Return 48 studies of writing to learn (metadat's dat.bangertdrowns2004)."""
    with WRITING.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = ([float(row[name]) for row in rows] for name in ("yi", "vi"))
    return ma.Effects.from_arrays(*columns)


def diagnostics() -> list[Timing]:
    """Time every diagnostic, and metafor's where it is installed."""
    timings = []
    for task in tasks():
        fit = ma.pool(task.effects, inference="WALD")
        timings.append(clock(task.name, "metaan", lambda t=task, f=fit: t.call(f), 9))  # type: ignore[misc]
        if shutil.which("Rscript"):
            timings += peer(task)
    return [*timings, multiverse()]


def peer(task: Task) -> list[Timing]:
    """Time metafor's; nothing if it is not installed."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "effects.csv"
        pairs = zip(task.effects.y.tolist(), task.effects.v.tolist(), strict=True)
        rows = "\n".join(f"{y!r},{v!r}" for y, v in pairs)
        file.write_text(f"yi,vi\n{rows}\n", encoding="utf-8")
        done = subprocess.run(
            ["Rscript", str(HERE / "diagnostics.R"), task.peer, str(file), str(task.repeats)],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        return []
    return [Timing(task=task.name, who=PEER, seconds=float(done.stdout))]


def multiverse() -> Timing:
    """Time every defensible model of every data set of the trials against sham, data included."""
    trials = ma.load_trials()

    def call() -> ma.Multiverse:
        question = ma.specify(trials, outcome="pain", treatment="acupuncture", control="sham")
        return ma.multiverse(question)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ma.MetaanWarning)
        count = call().n
        return clock(f"{MULTIVERSE}, {count:,}", "metaan", call, 3)


def asked(timings: list[Timing]) -> list[str]:
    """Return a line for each target: what was asked for and what was measured."""
    lines = []
    for name, target in TARGETS.items():
        found = {each.who: each.seconds for each in timings if each.task.startswith(name)}
        own, other = found["metaan"], found.get(PEER)
        if target.seconds:
            lines.append(f"{name}: asked for <= {target.seconds:g} s, took {own:.3f} s")
        elif other is None:
            lines.append(f"{name}: asked for >= {target.times:g} times metafor, not installed")
        else:
            times = other / own
            lines.append(f"{name}: asked for >= {target.times:g} times metafor, was {times:,.0f}")
    return lines


def main() -> None:
    """Time the diagnostics alone and print them beside what was asked for."""
    timings = diagnostics()
    for timing in timings:
        sys.stdout.write(f"{timing.task:<48} {timing.who:<16} {1000 * timing.seconds:>12.2f} ms\n")
    sys.stdout.write("\n".join(asked(timings)) + "\n")


if __name__ == "__main__":
    main()
