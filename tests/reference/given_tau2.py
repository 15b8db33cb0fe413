"""What make/robust.R computes at a given tau², and our fits of the same table."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from metaan.core.effects import Effects
from metaan.core.regression_fit import RegressionFit
from metaan.univariate.regression import regress
from tests.tolerance import Tolerance

MAKE = Path(__file__).parent / "make"
# Cases of robust.R: formula, and whether the weights are those of the column w.
CASES = {
    "mean": ("~ 1", False),
    "mean_weighted": ("~ 1", True),
    "slopes": ("~ x1 + x2", False),
    "slopes_weighted": ("~ x1 + x2", True),
    "one_cluster": ("~ x1 + x2 + one", False),
}
SMALL, LIVE_SMALL = 6, 5  # studies of the permutation tests; R takes seconds for the orders of 6
CLOSED = Tolerance(
    relative=1e-10,
    absolute=1e-14,
    reason="closed forms at a given tau², but with inverses and roots of matrices on both sides",
)


def ours(table: Mapping[str, Any], case: str, **options: Any) -> RegressionFit:
    """Return our fit of a case; a number for ``tau2`` among the options."""
    formula, weighted = CASES[case]
    columns = {name: table[name] for name in ("x1", "x2", "one", "w", "cluster")}
    effects = Effects.from_arrays(table["y"], table["v"], columns=columns)
    if weighted:
        options["weights"] = "w"
    return regress(effects, formula, **options)


@cache
def live() -> Mapping[str, Any]:
    """Return what the installed R makes of a random table, asked once."""
    return in_r(at_random(5), small=LIVE_SMALL)


def in_r(table: Mapping[str, Any], *, small: int) -> Mapping[str, Any]:
    """Return what robust.R makes of a table; permutation tests of so many studies, 0 for none."""
    with TemporaryDirectory() as folder:
        given, out = Path(folder) / "table.csv", Path(folder) / "robust.json"
        with given.open("w", encoding="utf-8", newline="") as file:
            rows = zip(*(np.asarray(column).tolist() for column in table.values()), strict=True)
            csv.writer(file).writerows([list(table), *rows])
        done = subprocess.run(
            ["Rscript", "robust.R", str(given), str(out), str(small)],
            cwd=MAKE,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        found: Mapping[str, Any] = json.loads(out.read_text("utf-8"))
    return found


def at_random(seed: int) -> dict[str, Any]:
    """Return a table of 23 studies in 8 clusters of different sizes."""
    rng = np.random.default_rng(seed)
    cluster = rng.permutation(np.repeat(np.arange(1, 9), [6, 4, 3, 3, 2, 2, 2, 1]))
    k = len(cluster)
    return {
        "y": np.round(rng.normal(0.3, 0.5, k), 3),
        "v": np.round(rng.uniform(0.01, 0.4, k), 4),
        "x1": np.round(rng.normal(size=k), 2),
        "x2": rng.integers(0, 2, k),
        "one": (cluster == 3).astype(int),
        "w": np.round(rng.uniform(0.1, 3, k), 2),
        "cluster": cluster,
    }
