"""Small networks for the tests, and naive ways to their contrasts."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from metaan.core.network_effects import NetworkEffects
from metaan.trials.network_making import network_effects

PINS = Path(__file__).parent.parent / "reference" / "pins"


def table(name: str) -> dict[str, list[str]]:
    """Return a data set of metadat as it is on file, column by column."""
    with (PINS / f"dat.{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {column: [row[column] for row in rows] for column in rows[0]}


FRANCHINI: Mapping[str, object] = {
    "study": "Study",
    "treatment": ["Treatment1", "Treatment2", "Treatment3"],
    "mean": ["y1", "y2", "y3"],
    "sd": ["sd1", "sd2", "sd3"],
    "n": ["n1", "n2", "n3"],
}


def made(name: str) -> NetworkEffects:
    """Return our contrasts of one of the pinned networks."""
    if name == "senn2013":
        return network_effects(table(name), "MD", n="ni", mean="mi", sd="sdi")
    if name == "woods2010":
        return network_effects(table(name), "OR", study="author", events="r", n="N")
    return network_effects(table(name), "MD", **FRANCHINI)


def by_pair(effects: NetworkEffects) -> dict[tuple[str, ...], tuple[float, float]]:
    """Return y and v of each contrast, both ways round."""
    found = {}
    lines = zip(effects.study, effects.treat1, effects.treat2, effects.y, effects.v, strict=True)
    for study, one, other, y, v in lines:
        found[study, one, other] = (float(y), float(v))
        found[study, other, one] = (-float(y), float(v))
    return found


def between(effects: NetworkEffects, study: str, arms: Sequence[str]) -> tuple[list[float], ...]:
    """Return y and v of the contrasts of some arms of a study with the first of them."""
    pairs = by_pair(effects)
    base, *others = arms
    return tuple(list(each) for each in zip(*(pairs[study, o, base] for o in others), strict=True))


def covariance(effects: NetworkEffects, study: str, arms: Sequence[str]) -> np.ndarray:
    """Return the covariance of a study's contrasts with its first arm, from all variances."""
    pairs = by_pair(effects)
    base, *others = arms
    v = {
        (one, other): pairs[study, one, other][1] for one in arms for other in arms if one != other
    }
    return np.array(
        [
            [v[i, base] if i == j else (v[i, base] + v[j, base] - v[i, j]) / 2 for j in others]
            for i in others
        ]
    )


def long(arms: Iterable[tuple[object, ...]], *names: str) -> dict[str, list[object]]:
    """Return arms as a long table: study, treatment, then the numbers that are named."""
    rows = list(arms)
    return {
        name: [row[i] for row in rows] for i, name in enumerate(("study", "treatment", *names))
    }
