"""metaan beside its peers, timed in one run on one machine: ``make bench``.

Only ratios within one run mean anything; see README.md beside this file.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

import metaan as ma
from benchmarks.effects import effects, memory
from benchmarks.timing import HERE, Timing, clock
from metaan.core.arrays import Floats
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.inference import INFERENCES
from metaan.univariate.kernel import Plan, pool_arrays
from metaan.univariate.prediction import PREDICTIONS

ONE_K = 63
BATCH = (20_000, 20)
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
    """Time 20,000 analyses of 20 studies, by estimator: every pooled quantity, and tau² alone."""
    timings = []
    y, v = drawn(*BATCH)
    present = np.ones_like(y)
    for key in ("DL", "REML"):
        plan = Plan(
            estimator=ESTIMATORS[key],
            inference=INFERENCES["HKSJ"],
            prediction=PREDICTIONS["K1"],
            level=LEVEL,
        )
        whole, tau2 = (f"{BATCH[0]:,} x {BATCH[1]}, {key}, {what}" for what in ("all", "tau²"))
        timings += [
            clock(tau2, "metaan", lambda k=key: ESTIMATORS[k].function(y, v, present), 5),
            clock(whole, "metaan", lambda p=plan: pool_arrays(y, v, present, p), 5),
        ]
        if find_spec("pymare"):
            who = "PyMARE (mean and limits)"
            timings.append(clock(whole, who, lambda k=key: pymare_fit(y.T, v.T, k), 3))
    return timings


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
    lines = [f"{'task':<28} {'who':<32} {'ms':>10} {'ratio':>8}"]
    for timing in timings:
        ratio = timing.seconds / ours[timing.task]
        lines.append(
            f"{timing.task:<28} {timing.who:<32} {1000 * timing.seconds:>10.2f} {ratio:>8.2f}"
        )
    return "\n".join(lines)


def main() -> None:
    """Run everything and print it."""
    missing = [name for name in ("statsmodels", "pymare") if not find_spec(name)]
    if missing:
        sys.stdout.write(f"not installed, left out: {', '.join(missing)}\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ma.EmptyIntervalWarning)
        sys.stdout.write(table([*effects(), *one_pool(), *batches(), *imports()]) + "\n")
        sys.stdout.write("\n".join(memory()) + "\n")


if __name__ == "__main__":
    main()
