"""Limits of single studies: normal, Wilson, Clopper-Pearson."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import betaincinv, expit, ndtri

import metaan as ma
from tests.reference.pinned import columns, numbers, pins
from tests.tolerance import EXACT, Tolerance, close

QUANTILES = Tolerance(
    relative=1e-10,
    absolute=1e-12,
    reason="quantiles of the beta distribution by two libraries, compared on the logit scale",
)

PUT_BACK = Tolerance(relative=1e-10, reason="a quadratic solved and put back")


def proportions(measure="PLO"):
    """Return the 14 proportions of Pritz 1997."""
    table = columns("dat.pritz1997")
    return ma.effect_sizes({"events": table["xi"], "n": table["ni"]}, measure)


@pytest.mark.parametrize(("interval", "pin"), [("WILSON", "WS"), ("CLOPPER_PEARSON", "CP")])
def test_limits_are_those_of_the_package_meta(interval, pin):
    """Read through the logit, as meta prints them for PLOGIT."""
    frame = proportions().to_frame(interval=interval)
    expected = pins("proportions")["study_ci"][pin]
    for side, ours in (("lower", frame["low"]), ("upper", frame["high"])):
        theirs = expit(numbers([float(x) for x in expected[side]]))
        assert close(ours, theirs, QUANTILES)


def test_limits_by_their_definitions():
    """Wilson inverts the score test; Clopper-Pearson's are beta quantiles."""
    effects = ma.effect_sizes({"events": [3.0], "n": [20.0]}, "PR")
    z = ndtri(0.95)
    wilson = effects.to_frame(interval="WILSON", level=0.9)
    for p in (wilson["low"][0], wilson["high"][0]):
        assert close((0.15 - p) ** 2, z**2 * p * (1 - p) / 20, PUT_BACK)
    exact = effects.to_frame(interval="CLOPPER_PEARSON", level=0.9)
    expected = [betaincinv(3, 18, 0.05), betaincinv(4, 17, 0.95)]
    assert close([exact["low"][0], exact["high"][0]], expected, QUANTILES)


def test_normal_limits_and_level():
    """Y plus and minus z standard errors, read."""
    effects = ma.effect_sizes({"events": [3.0], "n": [20.0]}, "PLO")
    frame = effects.to_frame(level=0.8)
    half = ndtri(0.9) * effects.se
    assert close(frame["low"], expit(effects.y - half), EXACT)
    assert close(frame["high"], expit(effects.y + half), EXACT)


def test_intervals_of_counts_need_counts():
    """A difference has no Wilson interval; an unknown one is answered with the rows."""
    effects = ma.Effects.from_arrays([0.1], [0.2])
    with pytest.raises(ma.InputError, match='choose interval="NORMAL"'):
        effects.to_frame(interval="WILSON")
    with pytest.raises(ma.ChoiceError, match=r'Did you mean "WILSON"\?'):
        effects.to_frame(interval="WILSN")


@pytest.mark.parametrize("measure", ["PR", "PLN", "PLO", "PRZ", "PAS", "PFT"])
def test_every_proportion_is_read_as_itself(measure):
    """What a study found is read back as events over n, on every scale (no zero was added to)."""
    table = {"events": [3.0, 7.0], "n": [20.0, 31.0]}
    effects = ma.effect_sizes(table, measure)
    assert close(effects.to_frame()["estimate"], np.array([3 / 20, 7 / 31]), EXACT)
