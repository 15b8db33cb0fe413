"""Fits of the BCG trials of every kind, and their numbers computed in the plainest way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np

import metaan as ma
from metaan.core.counts import Counts
from metaan.core.effects import Effects
from metaan.diagnostics.cumulative import cumulative
from metaan.diagnostics.leaving_out import leave_one_out
from metaan.plots.forests.record import ForestRow, ForestRows
from tests.plots import builders as make

NAMES = [row[0] for row in make.BCG]
# Absolute latitude, year and allocation of metafor's dat.bcg.
LATITUDE = [44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33]
YEARS = [1948, 1949, 1960, 1977, 1973, 1953, 1973, 1980, 1968, 1961, 1974, 1969, 1976]
ALLOCATION = ["random"] * 4 + ["alternate"] * 2 + ["random"] * 3 + ["systematic"] * 4
NORMAL = 1.959963984540054
SILENT, ONE_ZERO = 0, 1  # places of studies whose counts are made 0


@cache
def bcg_counts(*, zeros: bool = False) -> Counts:
    """Return the counts; with ``zeros`` the first study has no events, the second a zero cell."""
    _, events1, n1, events2, n2 = (list(column) for column in zip(*make.BCG, strict=True))
    if zeros:
        events1[SILENT] = events2[SILENT] = events1[ONE_ZERO] = 0
    table = {
        "study": NAMES, "events1": events1, "n1": n1, "events2": events2, "n2": n2,
        "ablat": LATITUDE, "year": YEARS, "alloc": ALLOCATION,
    }  # fmt: skip
    return ma.counts(table)


@cache
def bcg() -> Effects:
    """Return the log risk ratios with their columns."""
    return bcg_counts().effects["RR"]


FITS = {
    "Mantel-Haenszel": lambda: ma.mantel_haenszel(bcg_counts(zeros=True), "RR"),
    "Peto": lambda: ma.peto(bcg_counts(zeros=True)),
    "mixed model": lambda: ma.glmm(bcg_counts(zeros=True)),
    "regression": lambda: ma.regress(bcg(), "~ ablat"),
    "regression on nothing": lambda: ma.regress(bcg(), "~ 1"),
    "robust regression": lambda: ma.robust(ma.regress(bcg(), "~ ablat"), cluster=NAMES),
    "robust pool": lambda: ma.robust(ma.pool(bcg()), cluster="alloc"),
    "leave-one-out": lambda: leave_one_out(ma.pool(bcg())),
    "cumulative": lambda: cumulative(ma.pool(bcg()), "year"),
    "refits of counts": lambda: leave_one_out(ma.mantel_haenszel(bcg_counts(), "OR")),
    "subgroups": lambda: ma.subgroups(bcg(), by="alloc", shared_tau2=True),
    "effects": bcg,
}


@cache
def bcg_fit(name: str) -> object:
    """Return a row of ``FITS``, fitted once."""
    return FITS[name]()


def of_kind(record: ForestRows, kind: str) -> list[ForestRow]:
    """Return the rows of a kind."""
    return [row for row in record.rows if row.kind == kind]


def notes_of(record: ForestRows) -> str:
    """Return the lines under the total, joined."""
    return " | ".join(row.label for row in of_kind(record, "note"))


def tables() -> list[tuple[float, ...]]:
    """Return a, n1, c, n2 of every study of the counts with zeros."""
    counts = bcg_counts(zeros=True)
    both = zip(counts.events.tolist(), counts.denominators.tolist(), strict=True)
    return [(a, n1, c, n2) for (a, c), (n1, n2) in both]


def dersimonian_laird(y: Sequence[float], v: Sequence[float]) -> tuple[float, float]:
    """Return the mean and tau² by moments, from sums written out."""
    w = [1 / each for each in v]
    mean = math.fsum(a * b for a, b in zip(w, y, strict=True)) / math.fsum(w)
    q = math.fsum(a * (b - mean) ** 2 for a, b in zip(w, y, strict=True))
    scale = math.fsum(w) - math.fsum(a * a for a in w) / math.fsum(w)
    tau2 = max(0.0, (q - len(y) + 1) / scale)
    w = [1 / (each + tau2) for each in v]
    return math.fsum(a * b for a, b in zip(w, y, strict=True)) / math.fsum(w), tau2


def weighted_line(x: Sequence[float], tau2: float) -> tuple[np.ndarray, np.ndarray]:
    """Return fitted values and their standard errors of a straight line through the effects."""
    effects = bcg()
    design = np.column_stack([np.ones(effects.k), x])
    weights = np.diag(1 / (effects.v + tau2))
    covariance = np.linalg.inv(design.T @ weights @ design)
    slope = covariance @ design.T @ weights @ effects.y
    return design @ slope, np.sqrt(np.diag(design @ covariance @ design.T))
