"""One group measured twice: normal pairs."""

from __future__ import annotations

import numpy as np

from metaan.measures.row import EARLIER_SD, PAIRED, PAIRED_SDS
from tests.laws.draws.correlation import bivariate


def draw_paired_spreads(point, rng, size):
    """Return SDs and correlations of normal pairs."""
    n, r = point["n"], point["r"]
    first, product, second = bivariate(r, n - 1, rng, size)
    return {
        "sd1": point["sd1"] * np.sqrt(first / (n - 1)),
        "sd2": point["sd2"] * np.sqrt(second / (n - 1)),
        "r": product / np.sqrt(first * second),
        "n": np.full(size, n),
    }


def draw_paired(point, rng, size):
    """Return means too: as correlated as the measurements, independent of their spreads."""
    n, r = point["n"], point["r"]
    first = rng.normal(size=size)
    second = r * first + np.sqrt(1 - r**2) * rng.normal(size=size)
    return {
        "mean1": point["mean1"] + point["sd1"] / np.sqrt(n) * first,
        "mean2": point["mean2"] + point["sd2"] / np.sqrt(n) * second,
        **draw_paired_spreads(point, rng, size),
    }


def draw_by_earlier(point, rng, size):
    """Return the same without the later SD, which is 18 where the earlier one is 19."""
    return draw_paired({**point, "sd1": point["sd2"] * 18 / 19}, rng, size)


DRAWERS = {PAIRED: draw_paired, EARLIER_SD: draw_by_earlier, PAIRED_SDS: draw_paired_spreads}
RATIOS = {
    # LS is for a corrected effect: LS2, and LS at an uncorrected one, are some 2 / n short of it.
    # H0 leaves out the effect's part, g² / (2 n), which is 10% of 1 / n at d = 0.455.
    "SMCC:none": 1.021,
    "SMCC:LS2": 1.021,
    "SMCC:H0": 1.108,
    # These take both spreads for the same. The design point's later one is smaller: the change
    # has 0.855 of the earlier variance, not 2 (1 - r) = 0.9 of it: 0.955 with the effect's part
    # g² / (2 n) on both sides, 1.05 where H0 leaves that out, and the rest is as above.
    "SMCR": 0.954,
    "SMCR:none": 0.970,
    "SMCR:LS2": 0.970,
    "SMCR:UB": 0.955,
    "SMCR:H0": 1.053,
    # n - 1 where n is nearer, and the ratio of two sampled variances is too large on average.
    "SMCRH": 0.974,
    "SMCRH:none": 0.991,
    "SMCRPH": 0.980,
    "SMCRPH:none": 0.991,
    # Of log SDs LS is the first order; LS2 adds the second and hits.
    "VRC:LS": 1.022,
}
