"""The BCG trials under every combination of some choices, for the tests of the multiverse."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from metaan.core.effects import Effects
from metaan.trials.effects import effect_sizes
from tests.reference.pinned import columns, texts

BCG = columns("dat.bcg")
NAMES = [f"{a} {int(y)}" for a, y in zip(texts("dat.bcg", "author"), BCG["year"], strict=True)]
ALLOCATION = np.array(texts("dat.bcg", "alloc"))


def bcg(measure: str = "RR", shift: float = 0.0) -> Effects:
    """Return the effects of the BCG trials, shifted."""
    table = {
        "study": NAMES,
        "events1": BCG["tpos"],
        "n1": BCG["tpos"] + BCG["tneg"],
        "events2": BCG["cpos"],
        "n2": BCG["cpos"] + BCG["cneg"],
        "alloc": ALLOCATION,
    }
    effects = effect_sizes(table, measure)
    return replace(effects, y=effects.y + shift)


def randomized(effects: Effects) -> np.ndarray:
    """Return which trials allocated at random."""
    return np.array([each == "random" for each in effects.columns["alloc"]])


CHOICES: dict[str, Any] = {
    "shift": [0.0, 0.2],
    "studies": {"all studies": None, "random": randomized, "no Madras": ["TPT Madras 1980"]},
    "model": ["random", "common"],
    "tau2": ["REML", "DL", "PM", "SJ", "HE", 0.1],
    "inference": ["HKSJ", "WALD", "KR", "HC"],
}
