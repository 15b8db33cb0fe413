"""A million 2×2 tables to log odds ratios with variances: time, memory, peers."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import tracemalloc
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import metaan as ma
from benchmarks.timing import HERE, Timing, clock
from metaan.measures.binary import odds_ratio

TABLES = 1_000_000
KERNEL, WHOLE = f"{TABLES:,} log ORs, arrays", f"{TABLES:,} log ORs, DataFrame"
ALLOWED = {KERNEL: 0.08, WHOLE: 0.35}  # seconds, what is asked of metaan
ALLOWED_BYTES = 6.0  # times those of the input


def drawn() -> pd.DataFrame:
    """Return the tables: 20 to 300 participants a group, risks of 2% to 50%."""
    rng = np.random.default_rng(20241)
    risk = rng.uniform(0.02, 0.5, TABLES)
    n1, n2 = (rng.integers(20, 300, TABLES) for _ in range(2))
    return pd.DataFrame(
        {"events1": rng.binomial(n1, risk), "n1": n1, "events2": rng.binomial(n2, risk), "n2": n2}
    )


def effects() -> list[Timing]:
    """Time the kernel and the whole road from a DataFrame, beside R's escalc and statsmodels."""
    frame = drawn()
    arrays = [frame[name].to_numpy(dtype=np.float64) for name in frame]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ma.MetaanWarning)
        timings = [
            clock(KERNEL, "metaan", lambda: odds_ratio(*arrays), 9),
            clock(WHOLE, "metaan", lambda: ma.effect_sizes(frame, "OR"), 9),
        ]
    if find_spec("statsmodels"):
        from statsmodels.stats.meta_analysis import effectsize_2proportions

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            call = clock(
                KERNEL,
                "statsmodels (zeros uncorrected)",
                lambda: effectsize_2proportions(*arrays, statistic="odds-ratio"),
                9,
            )
        timings.append(call)
    if shutil.which("Rscript"):
        timings += escalc(frame)
    return timings


def escalc(frame: pd.DataFrame) -> list[Timing]:
    """Time escalc of metafor inside R, its start not counted; nothing if it is not installed."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tables.csv"
        frame.to_csv(file, index=False)
        done = subprocess.run(
            ["Rscript", str(HERE / "effects.R"), str(file), "3"],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        return []
    return [Timing(task=WHOLE, who="metafor's escalc (in R)", seconds=float(done.stdout))]


def memory() -> list[str]:
    """Return the peak memory of both as a multiple of the input's bytes, in words."""
    frame = drawn()
    arrays = [frame[name].to_numpy(dtype=np.float64) for name in frame]
    given = int(frame.memory_usage(index=False).sum())
    calls: dict[str, Any] = {
        KERNEL: lambda: odds_ratio(*arrays),
        WHOLE: lambda: ma.effect_sizes(frame, "OR"),
    }
    lines = []
    for task, call in calls.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ma.MetaanWarning)
            tracemalloc.start()
            kept = call()
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            del kept
        lines.append(
            f"{task}: peak {peak / 1e6:.0f} MB, {peak / given:.1f} times the input's "
            f"{given / 1e6:.0f} MB (allowed: {ALLOWED_BYTES:g})"
        )
    return lines
