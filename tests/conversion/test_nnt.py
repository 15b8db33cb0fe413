"""Numbers needed to treat, and intervals through infinity."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.conversion.nnt import nnt_text, or_to_nnt, rd_to_nnt, rr_to_nnt
from metaan.core.errors import InputError
from metaan.numerics.tails import normal_quantile
from tests.tolerance import EXACT, close, printed

Z = normal_quantile(0.95)


def of_limits(low, high, **options):
    """Return the numbers of a risk difference with these limits."""
    low, high = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    return rd_to_nnt((low + high) / 2, ((high - low) / 2 / Z) ** 2, **options)


def test_altman_through_infinity():
    """An absolute reduction of 10% (-5% to 25%) is NNTB 10 (NNTH 20 to infinity to NNTB 4)."""
    found = of_limits([-0.25], [0.05])
    assert close(found["nnt"], [10.0], EXACT)
    assert close(found["nnt_low"], [4.0], EXACT)
    assert close(found["nnt_high"], [-20.0], EXACT)
    assert found.flags == ("row 1: NNTB 10 (NNTH 20 to ∞ to NNTB 4)",)


def test_on_one_side_there_is_nothing_to_say():
    """Benefit has two positive limits, harm two negative ones, in the order of benefit."""
    found = of_limits([-0.25, 0.05], [-0.05, 0.25])
    assert close(found["nnt"], [1 / 0.15, -1 / 0.15], EXACT)
    assert close(found["nnt_low"], [4.0, -20.0], EXACT)
    assert close(found["nnt_high"], [20.0, -4.0], EXACT)
    assert found.flags == ()


def test_a_desired_event_turns_the_sides():
    """More responses are a benefit; the record says which was taken."""
    found, harm = of_limits([0.05], [0.25], desired=True), of_limits([-0.25], [-0.05])
    for name in ("nnt", "nnt_low", "nnt_high"):
        assert close(found[name], harm[name], EXACT)
    assert str(found.assumptions[-1]) == "event desired (assumed)"
    assert str(harm.assumptions[-1]) == "event harmful (assumed)"


def test_no_difference_is_infinity():
    """A difference of 0, and a limit of 0, are infinite numbers; never minus infinity."""
    found = rd_to_nnt([0.0, -0.1], [0.01, (0.1 / Z) ** 2])
    assert found["nnt"][0] == np.inf
    assert found.flags[0] == "row 1: ∞ (NNTH 5 to ∞ to NNTB 5)"
    assert close(found["nnt_low"][1], 5.0, EXACT)
    exact = rd_to_nnt([-0.1], [0.0])
    assert close([exact["nnt_low"], exact["nnt_high"]], [[10.0], [10.0]], EXACT)
    assert np.isnan(rd_to_nnt([np.nan], [0.1])["nnt"]).all()


def test_examples_of_the_handbook():
    """Cochrane Handbook 15.4.4: RR 0.92 and OR 0.73 at a risk of 0.3 are NNT 41.7 and 16.2."""
    assert close(rr_to_nnt(np.log(0.92), 0.001, 0.3)["nnt"], 41.7, printed("41.7"))
    assert close(or_to_nnt(np.log(0.73), 0.001, 0.3)["nnt"], 16.2, printed("16.2"))


@pytest.mark.parametrize("function", [or_to_nnt, rr_to_nnt])
def test_limits_are_those_of_the_ratio(function):
    """Each limit of the ratio is converted, at every baseline risk of a sweep."""
    y, se, p = np.array([-0.5, 0.1]), np.array([0.1, 0.2]), np.array([0.05, 0.3])[:, None]
    found = function(y, se**2, p)
    low, high = function(y - Z * se, 0.0, p), function(y + Z * se, 0.0, p)
    assert found["nnt"].shape == (2, 2)
    assert close(found["nnt_low"], low["nnt"], EXACT)
    assert close(found["nnt_high"], high["nnt"], EXACT)
    assert [flag.split(":")[0] for flag in found.flags] == ["row (1, 2)", "row (2, 2)"]
    assert str(found.assumptions[0]) == "baseline risk 0.05, 0.3 (assumed)"


def test_a_limit_beyond_certainty_is_cut():
    """The upper limit of a risk ratio may not hold at a high risk: it is cut at 1, with a flag."""
    found = rr_to_nnt(np.log([1.2]), [0.04], [0.7])
    assert close(found["nnt_high"], [-1 / 0.3], EXACT)
    assert "takes a baseline risk of 0.7 beyond 1: cut" in found.flags[0]


def test_level_and_ranges():
    """Another level widens the interval; percentages and wrong levels are refused."""
    wide = of_limits([-0.25], [-0.05], level=0.99)
    assert wide["nnt_low"][0] < 4.0
    assert wide["nnt_high"][0] > 20.0
    with pytest.raises(InputError, match=r"row 2: v must not.*row 1: a risk difference must lie"):
        rd_to_nnt([10.0, 0.1], [0.1, -0.1])
    with pytest.raises(InputError, match=r"did you mean 0\.95\?"):
        rd_to_nnt([0.1], [0.1], level=95)
    each = of_limits([-0.25, -0.25], [-0.05, -0.05], level=[0.95, 0.99])
    assert close(each["nnt_low"], [4.0, wide["nnt_low"][0]], EXACT)


def test_texts():
    """One side, both sides, infinite limits, nothing, and decimals."""
    assert nnt_text(-10, -20, -4) == "NNTH 10 (4 to 20)"
    assert nnt_text(10, 4, np.inf) == "NNTB 10 (4 to ∞)"
    assert nnt_text(np.nan, 4, 5) == "–"
    assert nnt_text(10.25, 4, -20, digits=1) == "NNTB 10.2 (NNTH 20.0 to ∞ to NNTB 4.0)"
