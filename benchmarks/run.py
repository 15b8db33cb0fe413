"""metaan beside its peers, timed in one run on one machine: ``make bench``.

Only ratios within one run mean anything; see README.md beside this file.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tracemalloc
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

import metaan as ma
from benchmarks.diagnostics import asked, diagnostics
from benchmarks.effects import effects, memory
from benchmarks.networks import LARGE, networks
from benchmarks.networks import drawn as drawn_network
from benchmarks.timing import HERE, Timing, clock
from metaan.core.arrays import Floats
from metaan.tau2.interval import q_profile
from metaan.tau2.studies import Studies, make_studies
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.many import BLOCK

ONE_K = 63
BATCH = (100_000, 20)
LONG_K = 100_000
FIGURE_KS = (63, 200)
LEVEL = 0.95


def drawn(n: int, k: int) -> tuple[Floats, Floats]:
    """Return effects and variances of n analyses of k studies."""
    rng = np.random.default_rng(20240)
    v = rng.uniform(0.02, 0.4, size=(n, k))
    return rng.normal(0.3, np.sqrt(v + 0.1)), v


def one_pool() -> list[Timing]:
    """Time one analysis: REML, Hartung-Knapp, Q, I², Q-profile, prediction interval."""
    task = f"one pool, k = {ONE_K}"
    y, v = (array[0] for array in drawn(1, ONE_K))
    effects = ma.Effects.from_arrays(y, v)
    timings = [clock(task, "metaan", lambda: ma.pool(effects), 200)]
    if find_spec("statsmodels"):
        from statsmodels.stats.meta_analysis import combine_effects

        call = clock(task, "statsmodels (PM only)", lambda: peer_fit(combine_effects, y, v), 200)
        timings.append(call)
    if find_spec("pymare"):
        timings.append(clock(task, "PyMARE (no prediction)", lambda: pymare_one(y, v), 20))
    if shutil.which("Rscript"):
        timings += metafor_one(task, y, v)
    return timings


def peer_fit(combine_effects: Callable[..., object], y: Floats, v: Floats) -> object:
    """Return statsmodels' fit with its table; it has no REML, no Q-profile, no prediction."""
    fit = combine_effects(y, v, method_re="iterated")
    return fit.summary_frame()  # type: ignore[attr-defined]


def pymare_one(y: Floats, v: Floats) -> object:
    """Return PyMARE's REML fit with its table, Q, I² and Q-profile interval of tau²."""
    summary = pymare_fit(y[:, None], v[:, None], "REML")
    summary.get_heterogeneity_stats()  # type: ignore[attr-defined]
    summary.get_re_stats()  # type: ignore[attr-defined]
    return summary


def pymare_fit(y: Floats, v: Floats, method: str) -> object:
    """Return PyMARE's summary of (k, n) effects, one analysis a column."""
    from pymare import Dataset
    from pymare.estimators import DerSimonianLaird, VarianceBasedLikelihoodEstimator

    closed = method == "DL"
    estimator = DerSimonianLaird() if closed else VarianceBasedLikelihoodEstimator(method=method)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        summary = estimator.fit_dataset(Dataset(y, v)).summary()
        summary.get_fe_stats()
    return summary


def metafor_one(task: str, y: Floats, v: Floats) -> list[Timing]:
    """Time metafor inside R, its start not counted; nothing if metafor is not installed."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "effects.csv"
        rows = "\n".join(f"{a!r},{b!r}" for a, b in zip(y.tolist(), v.tolist(), strict=True))
        file.write_text(f"yi,vi\n{rows}\n", encoding="utf-8")
        done = subprocess.run(
            ["Rscript", str(HERE / "pool.R"), str(file), "7"],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        return []
    return [Timing(task=task, who="metafor (in R)", seconds=float(done.stdout))]


def batches() -> list[Timing]:
    """Time 100,000 analyses of 20 studies: tau², Q-profile limits, and every pooled quantity."""
    timings = []
    y, v = drawn(*BATCH)
    size = f"{BATCH[0]:,} x {BATCH[1]}"
    parts = blocks(y, v)
    calls: dict[str, Callable[[], object]] = {
        "DL, tau²": lambda: [ESTIMATORS["DL"].function(part) for part in parts],
        "REML, tau²": lambda: [ESTIMATORS["REML"].function(part) for part in parts],
        "Q-profile": lambda: [q_profile(part, LEVEL) for part in parts],
        "DL, all": lambda: ma.pool_many(y, v, tau2="DL"),
        "REML, all": lambda: ma.pool_many(y, v, tau2="REML"),
    }
    for what, call in calls.items():
        timings.append(clock(f"{size}, {what}", "metaan", call, 5))
        if what.endswith("all") and find_spec("pymare"):
            who, key = "PyMARE (mean and limits)", what.split(",")[0]
            timings.append(clock(timings[-1].task, who, lambda k=key: pymare_fit(y.T, v.T, k), 2))
    return timings


def blocks(y: Floats, v: Floats) -> list[Studies]:
    """Return the batch in the blocks that ``pool_many`` makes of it."""
    rows = BLOCK // y.shape[1]
    return [make_studies(y[i : i + rows], v[i : i + rows]) for i in range(0, len(y), rows)]


def long_one() -> list[Timing]:
    """Time one analysis of 100,000 studies, every pooled quantity."""
    y, v = (array[0] for array in drawn(1, LONG_K))
    timings = []
    for key in ("DL", "REML"):
        task = f"k = {LONG_K:,}, {key}, all"
        timings.append(clock(task, "metaan", lambda k=key: ma.pool_many(y, v, tau2=k), 7))
    if find_spec("statsmodels"):
        from statsmodels.stats.meta_analysis import combine_effects

        who = "statsmodels (PM, mean alone)"
        timings.append(clock(task, who, lambda: combine_effects(y, v, method_re="iterated"), 3))
    return timings


def figures() -> list[Timing]:
    """Time forest plots with arm columns, drawn and saved as SVG."""
    timings = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "forest.svg"
        for k in FIGURE_KS:
            fit = ma.pool(means(k))
            task = f"forest to SVG, k = {k}"
            timings.append(clock(task, "metaan", lambda f=fit: ma.forest(f).save(file), 7))  # type: ignore[misc]
    return timings


def means(k: int) -> ma.Effects:
    """Return mean differences of k trials with the numbers of both arms."""
    rng = np.random.default_rng(k)
    table: dict[str, object] = {"study": [f"Author {i + 1}" for i in range(k)]}
    for arm, mean in (("1", 40.0), ("2", 48.0)):
        table[f"mean{arm}"] = rng.normal(mean, 9.0, k).round(1).tolist()
        table[f"sd{arm}"] = rng.normal(20.0, 2.0, k).round(1).tolist()
        table[f"n{arm}"] = rng.integers(9, 300, k).tolist()
    return ma.effect_sizes(table, "MD")


def pooling_memory() -> list[str]:
    """Return lines on the peak memory of the large poolings, beside the size of their input."""
    lines = []
    for n, k in (BATCH, (1, LONG_K)):
        y, v = drawn(n, k)
        for key in ("DL", "REML"):
            peak = peak_of(lambda y=y, v=v, k=key: ma.pool_many(y, v, tau2=k))  # type: ignore[misc]
            times = peak / (y.nbytes + v.nbytes)
            lines.append(
                f"{n:,} x {k:,}, {key}, all: peak {peak / 1e6:.0f} MB, {times:.1f} x input"
            )
    return lines


def network_memory() -> str:
    """Return a line on the peak memory of a large network's fit."""
    effects = drawn_network(*LARGE)
    peak = peak_of(lambda: ma.network(effects))
    return f"network {LARGE[0]:,} x {LARGE[1]}, REML: peak {peak / 1e6:.0f} MB"


def peak_of(call: Callable[[], object]) -> int:
    """Return the bytes that a call had allocated at its peak, its result included."""
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def imports() -> list[Timing]:
    """Time imports in fresh interpreters that may write and read compiled bytecode."""
    task = "import, fresh interpreter"
    programs = {
        "metaan": "import metaan",
        "metaan, with pool": "import metaan; metaan.pool",
        "numpy + scipy.special": "import numpy, scipy.special",
        "numpy + scipy.special + pandas": "import numpy, scipy.special, pandas",
        "nothing": "pass",
    }
    child = {k: x for k, x in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    child["PYTHONPATH"] = str(HERE.parent)

    def start(program: str) -> None:
        subprocess.run([sys.executable, "-c", program], env=child, check=True)

    return [
        clock(task, who, lambda p=program: start(p), 7)  # type: ignore[misc]
        for who, program in programs.items()
    ]


def table(timings: list[Timing]) -> str:
    """Return the timings as text; the ratio is to metaan's time of the same task."""
    ours: dict[str, float] = {}
    for timing in timings:
        if timing.who == "metaan":
            ours[timing.task] = timing.seconds
    wide = max(len(timing.task) for timing in timings)
    lines = [f"{'task':<{wide}} {'who':<32} {'ms':>10} {'ratio':>8}"]
    for timing in timings:
        ratio = timing.seconds / ours[timing.task]
        lines.append(
            f"{timing.task:<{wide}} {timing.who:<32} {1000 * timing.seconds:>10.2f} {ratio:>8.2f}"
        )
    return "\n".join(lines)


def main() -> None:
    """Run everything and print it."""
    missing = [name for name in ("statsmodels", "pymare") if not find_spec(name)]
    if missing:
        sys.stdout.write(f"not installed, left out: {', '.join(missing)}\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ma.EmptyIntervalWarning)
        checked = diagnostics()
        timings = [
            *effects(),
            *one_pool(),
            *long_one(),
            *batches(),
            *networks(),
            *checked,
            *figures(),
            *imports(),
        ]
        sys.stdout.write(table(timings) + "\n")
        lines = [*asked(checked), *memory(), *pooling_memory(), network_memory()]
        sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
