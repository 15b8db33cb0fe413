"""The pinned figures and data sets, and which of our rows each of R's words means."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.effects import Effects
from metaan.core.fit import PooledFit
from metaan.tau2.table import DEFAULT_TAU2
from metaan.univariate.inference import FLOOR, HKSJ, WALD
from metaan.univariate.pooling import pool
from tests.tolerance import Tolerance

HERE = Path(__file__).parent
COMMON = "EE"  # R's method for the common effect
TESTS = {"z": WALD, "knha": HKSJ, "adhoc": FLOOR}

SOLVED_P = Tolerance(
    relative=1e-9,
    reason="a p-value changes by z² times as much as its statistic, which is SOLVED; |z| < 8 here",
)


@cache
def pins(name: str) -> Mapping[str, Any]:
    """Return a file of pinned figures."""
    found: Mapping[str, Any] = json.loads((HERE / "pins" / f"{name}.json").read_text("utf-8"))
    return found


def fits() -> Mapping[str, Any]:
    """Return the pinned univariate fits, by data set."""
    found: Mapping[str, Any] = pins("univariate")["fits"]
    return found


def columns(name: str) -> dict[str, Floats]:
    """Return the numerical columns of a pinned data set."""
    with (HERE / "pins" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for column in rows[0]:
        try:
            found[column] = np.array([float(row[column]) for row in rows])
        except ValueError:
            continue
    return found


def texts(name: str, column: str) -> list[str]:
    """Return a column of a pinned data set as it is written."""
    with (HERE / "pins" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [row[column] for row in csv.DictReader(file)]


def numbers(values: list[float | None]) -> Floats:
    """Return an array with NaN where R says NA."""
    return np.array([np.nan if value is None else value for value in values])


def effects(record: Mapping[str, Any]) -> Effects:
    """Return the effects a pinned fit was made from."""
    return Effects.from_arrays(record["yi"], record["vi"])


def ours(record: Mapping[str, Any], key: str, **options: Any) -> PooledFit:
    """Return our fit for a key such as ``REML:knha``."""
    method, test = key.split(":")
    common = method == COMMON
    return pool(
        effects(record),
        model="common" if common else "random",
        tau2=DEFAULT_TAU2 if common else method,
        inference=TESTS[test],
        **options,
    )


def cases(*blocks: str) -> list[tuple[str, str, str]]:
    """Return every (data set, block, key) of these blocks of the pinned fits."""
    return [
        (name, block, key)
        for name, record in fits().items()
        for block in blocks
        for key in record[block]
    ]
