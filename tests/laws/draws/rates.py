"""Poisson events over a given person-time."""

from __future__ import annotations

import numpy as np

from metaan.measures.row import ONE_RATE, RATES


def draw_rate(point, rng, size):
    """Return Poisson events of one group."""
    return {
        "events": rng.poisson(point["events"], size).astype(float),
        "time": np.full(size, point["time"]),
    }


def draw_rates(point, rng, size):
    """Return Poisson events of two groups."""
    drawn = {}
    for group in "12":
        drawn[f"events{group}"] = rng.poisson(point[f"events{group}"], size).astype(float)
        drawn[f"time{group}"] = np.full(size, point[f"time{group}"])
    return drawn


DRAWERS = {ONE_RATE: draw_rate, RATES: draw_rates}
RATIOS: dict[str, float] = {}
