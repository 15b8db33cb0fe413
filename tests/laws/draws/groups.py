"""Two groups: normal samples, areas of normal samples, and events."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from metaan.measures.row import AREA, CONTROL_SD, EVENTS, GIVEN, MEANS, SDS

CHUNK = 20_000  # studies whose participants are held at a time


def draw_sds(point, rng, size):
    """Return SDs of normal samples of the design point's sizes."""
    drawn = {}
    for group in "12":
        n, sd = point[f"n{group}"], point[f"sd{group}"]
        drawn[f"sd{group}"] = sd * np.sqrt(rng.chisquare(n - 1, size) / (n - 1))
        drawn[f"n{group}"] = np.full(size, n)
    return drawn


def draw_means(point, rng, size):
    """Return means and SDs of normal samples of the design point's sizes."""
    drawn = draw_sds(point, rng, size)
    for group in "12":
        spread = point[f"sd{group}"] / point[f"n{group}"] ** 0.5
        drawn[f"mean{group}"] = rng.normal(point[f"mean{group}"], spread, size)
    return drawn


def draw_control_sd(point, rng, size):
    """Return means and the SD of the control; the treatment spreads as the control does."""
    return draw_means({**point, "sd1": point["sd2"]}, rng, size)


def draw_area(point, rng, size):
    """Return shares of pairs that group 1 wins; normal outcomes of one spread."""
    n1, n2 = int(point["n1"]), int(point["n2"])
    shift, areas = np.sqrt(2) * ndtri(point["auc"]), []
    for start in range(0, size, CHUNK):
        values = rng.normal(size=(min(CHUNK, size - start), n1 + n2))
        values[:, :n1] += shift
        ranks = ((values.argsort(axis=1) < n1) * np.arange(1, n1 + n2 + 1)).sum(axis=1)
        areas.append((ranks - n1 * (n1 + 1) / 2) / (n1 * n2))
    return {"auc": np.concatenate(areas), "n1": np.full(size, n1), "n2": np.full(size, n2)}


def draw_events(point, rng, size):
    """Return binomial events at the design point's risks."""
    drawn = {}
    for group in "12":
        n, events = int(point[f"n{group}"]), point[f"events{group}"]
        drawn[f"events{group}"] = rng.binomial(n, events / n, size).astype(float)
        drawn[f"n{group}"] = np.full(size, float(n))
    return drawn


def draw_given(point, rng, size):
    """Return effects that scatter with the variance they state."""
    return {"y": rng.normal(point["y"], point["v"] ** 0.5, size), "v": np.full(size, point["v"])}


DRAWERS = {
    MEANS: draw_means,
    CONTROL_SD: draw_control_sd,
    SDS: draw_sds,
    AREA: draw_area,
    EVENTS: draw_events,
    GIVEN: draw_given,
}
RATIOS = {
    # one spread for both groups, though the lower mean has the lower SD here: v is too large, by
    # 0.00881 / 0.00860 = 1.024 at the design point, and by 1% more as all of these (LS is 0.99)
    "ROM:HO": 0.966,
    # with 59 degrees of freedom d varies by 1 / J² = 1.026 times as much as g, for which the
    # large-sample formula is right; LS2 multiplies both sides by J², which cancels
    "SMD1:none": 1.026,
    "SMD1:LS2": 1.026,
    # no effect is supposed, and here it is 0.38 SDs: g² / (2 n2) = 0.0012 is missing to 0.034
    "SMD1:H0": 1.037,
    # v has n - 1 for n throughout, which suits the uncorrected effect
    "SMD1H:exact": 0.970,
    "SMD1H:approximate": 0.970,
    # exponential outcomes are supposed and normal ones drawn, and (n1 - 1) (n2 - 1) stands below
    # the line for n1 n2, which alone is 3.5%
    "CLES:LS": 0.967,
    "CLES:LS2": 0.963,
    "AUC:LS": 0.967,
    "AUC:LS2": 0.963,
    # the membership in a group is supposed to be drawn, and the sizes are fixed here
    "RPB:CS": 1.025,
    "ZPB:CS": 1.027,
    # the same: one normal sample cut in two is supposed, and here each group is normal
    "ZBIS": 1.021,
}
