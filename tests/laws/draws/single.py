"""One group: a normal sample, its SD alone, and events among participants."""

from __future__ import annotations

import numpy as np

from metaan.measures.row import ONE_EVENTS, ONE_MEAN, ONE_SD


def draw_sd(point, rng, size):
    """Return the SDs of normal samples of the design point's size."""
    n = point["n"]
    sd = point["sd"] * np.sqrt(rng.chisquare(n - 1, size) / (n - 1))
    return {"sd": sd, "n": np.full(size, n)}


def draw_mean(point, rng, size):
    """Return means and SDs of normal samples: the two are independent."""
    return {
        "mean": rng.normal(point["mean"], point["sd"] / point["n"] ** 0.5, size),
        **draw_sd(point, rng, size),
    }


def draw_events(point, rng, size):
    """Return binomial events at the design point's risk."""
    n = int(point["n"])
    events = rng.binomial(n, point["events"] / n, size).astype(float)
    return {"events": events, "n": np.full(size, float(n))}


DRAWERS = {ONE_MEAN: draw_mean, ONE_SD: draw_sd, ONE_EVENTS: draw_events}
RATIOS = {
    # The design point's mean is 2.75 SDs: the formula is short of the noncentral t's variance by
    # about 3 / n of the term with the squared effect.
    "SMN": 1.026,
    "SMN:none": 1.030,
    # AV is the delta method at the true risk here, which leaves out the curvature of the
    # logarithm; LS at each study's own risk makes up for most of it by its own mean.
    "PLN:AV": 1.038,
    "PLO:AV": 1.026,
}
