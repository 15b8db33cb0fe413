"""What summary of escalc prints for each study: error, statistic, p-value, limits."""

from __future__ import annotations

import numpy as np

import metaan as ma
from metaan.numerics.tails import log_two_sided
from tests.reference.pinned import columns, numbers, pins
from tests.tolerance import EXACT, Tolerance, close

LOGS = Tolerance(relative=1e-11, reason="R's p-values are compared as their logarithms")


def test_every_study_as_r_summarizes_it():
    """SMD of the eight studies: limits through to_frame, p through the tail in logarithms."""
    pin = pins("escalc")["datasets"]["escalc_all"]["summary.escalc SMD"]
    table = columns("escalc_all")
    given = {ours: table[theirs] for ours, theirs in (
        ("mean1", "m1i"), ("sd1", "sd1i"), ("n1", "n1i"),
        ("mean2", "m2i"), ("sd2", "sd2i"), ("n2", "n2i"))}  # fmt: skip
    frame = ma.effect_sizes(given, "SMD").to_frame()
    for ours, theirs in (("y", "yi"), ("v", "vi"), ("se", "sei"), ("low", "ci.lb"),
                         ("high", "ci.ub")):  # fmt: skip
        assert close(frame[ours], numbers(pin[theirs]), EXACT, typical=0.1)
    z = frame["y"] / frame["se"]
    assert close(z, numbers(pin["zi"]), EXACT)
    assert close(log_two_sided(z, np.inf), np.log(numbers(pin["pval"])), LOGS)
