"""All 8,191 subsets of the BCG trials against metafor 5.1.0, row by row."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from metaan.core.effects import Effects
from metaan.diagnostics.subsets.gosh import gosh
from metaan.univariate.inference import WALD
from metaan.univariate.pooling import pool
from tests.reference.pinned import columns
from tests.tolerance import Tolerance, close

PINS = Path(__file__).parents[1] / "reference" / "pins" / "gosh_bcg.npz"
CLOSED = Tolerance(relative=1e-10, absolute=1e-13, reason="a closed form on both sides")
STOPPED = Tolerance(
    absolute=2e-4, reason="R's scoring stops at 1e-5; rows farther off than 1e-6 are proven"
)
NOT_FOUND = (7442, 7507)  # rows where R's scoring does not converge


@cache
def pinned(model):
    """Return R's columns, by name, and our rows."""
    common = model == "common"
    names = ("estimate", "q", "i2", "h2") if common else ("estimate", "tau2", "i2")
    with np.load(PINS) as file:
        table = file["ee"] if common else [*file["reml"], file["reml_i2"].astype(float)]
    inference = None if common else WALD
    found = gosh(pool(bcg(), model=model, inference=inference))
    return dict(zip(names, table, strict=True)), found


@cache
def bcg():
    """Return the log risk ratios as R's escalc has them."""
    table = columns("dat.bcg")
    events1, events2 = table["tpos"], table["cpos"]
    n1, n2 = events1 + table["tneg"], events2 + table["cneg"]
    return Effects.from_arrays(
        np.log(events1 / n1 / (events2 / n2)), 1 / events1 - 1 / n1 + 1 / events2 - 1 / n2
    )


def restricted_likelihood(tau2, mask):
    """Return the restricted log-likelihood as a textbook has it, one subset after the other."""
    y, v = bcg().y, bcg().v
    found = []
    for each, held in zip(tau2.tolist(), mask, strict=True):
        w = 1 / (v[held] + each)
        mean = np.sum(w * y[held]) / np.sum(w)
        spread = np.sum(w * (y[held] - mean) ** 2)
        found.append(0.5 * (np.sum(np.log(w)) - np.log(np.sum(w)) - spread))
    return np.array(found)


def test_common_effect():
    """Every column of every row; R writes I² = 0 and H² = 1 for one study, which has neither."""
    theirs, ours = pinned("common")
    several = ours.k > 1
    assert len(ours) == 8191
    assert close(ours.value, theirs["estimate"], CLOSED)
    assert close(ours.q, theirs["q"], CLOSED)
    assert close(ours.i2[several], theirs["i2"][several], CLOSED)
    assert close(ours.h2[several], theirs["h2"][several], CLOSED)
    assert np.isnan(ours.i2[~several]).all()
    assert set(theirs["i2"][~several]) == {0.0}
    assert not ours.tau2.any()


def test_restricted_likelihood():
    """R's tau² within what it stops at; where it is farther off, its likelihood is lower."""
    theirs, ours = pinned("random")
    lost = np.isnan(theirs["tau2"])
    assert np.flatnonzero(lost).tolist() == list(NOT_FOUND)
    assert close(ours.tau2[~lost], theirs["tau2"][~lost], STOPPED)
    assert close(ours.value[~lost], theirs["estimate"][~lost], STOPPED)
    off = np.flatnonzero(np.abs(ours.tau2 - theirs["tau2"]) > 1e-6)
    assert len(off) == 1699
    mask = ours.membership()[off]
    gain = restricted_likelihood(ours.tau2[off], mask)
    gain -= restricted_likelihood(theirs["tau2"][off], mask)
    assert gain.min() > 0


def test_heterogeneity_follows_tau2():
    """Where tau² agrees to 1e-6, so does I²; Q is the common effect's in every row."""
    theirs, ours = pinned("random")
    near = (np.abs(ours.tau2 - theirs["tau2"]) <= 1e-6) & (ours.k > 1)
    rounded = Tolerance(relative=5e-5, absolute=2e-3, reason="tau² to 1e-6, where v is near 1e-3")
    assert close(ours.i2[near], theirs["i2"][near], rounded)
    assert close(ours.h2[near], 100 / (100 - ours.i2[near]), CLOSED)
    assert close(ours.q, pinned("common")[1].q, CLOSED)


def test_where_scoring_does_not_converge_the_maximum_is_at_zero():
    """R has NA; the restricted likelihood falls from tau² = 0 on."""
    _, ours = pinned("random")
    assert ours.tau2[list(NOT_FOUND)].tolist() == [0.0, 0.0]
    for row in NOT_FOUND:
        held = np.repeat(ours.membership()[row][None], 60, axis=0)
        heights = restricted_likelihood(np.append(0.0, np.geomspace(1e-6, 10, 59)), held)
        assert (np.diff(heights) < 0).all()
