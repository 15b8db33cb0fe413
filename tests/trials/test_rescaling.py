"""rescale: along the line between two ranges, and only where that has a meaning."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import metaan as ma
from metaan.trials.instruments import line_between, rescale_arms, rescale_contrasts
from tests.tolerance import EXACT, Tolerance, close
from tests.trials.builders import arm, chosen, contrast, counted, evidence, sham, shipped

ROUND_TRIP = Tolerance(
    relative=1e-9,
    reason="a shift by the ends of ranges up to 1000 and back loses digits of small numbers",
)
NUMBERS = ("mean", "sd", "se", "ci_low", "ci_high")
TEN_TO_HUNDRED = {"VAS_0_10": "VAS_0_100"}


def on_ten(**cells):
    """Return an arm on VAS 0 to 10."""
    plain = {"instrument": "VAS_0_10", "mean": "3", "sd": "1.2", "se": "0.3", "ci_low": "2.4"}
    return arm(**plain, ci_high="3.6", **cells)


def test_numbers_of_an_arm(tmp_path):
    """Means, limits, SD and SE times 10; n stays, what was printed stays."""
    trials = evidence(tmp_path, [on_ten(as_reported="3.0 (1.2)")]).rescale(TEN_TO_HUNDRED)
    row = trials.arms.iloc[0]
    assert close([row[name] for name in NUMBERS], [30, 12, 3, 24, 36], EXACT)
    assert (row["instrument"], row["n"], row["as_reported"]) == ("VAS_0_100", 20, "3.0 (1.2)")


def instruments(first, second):
    """Return two instruments of these ranges."""
    rows = [{"low": low, "high": high, "outcome": "pain", "better": "lower"} for low, high in
            (first, second)]  # fmt: skip
    return pd.DataFrame(rows, index=["A", "B"])


def arms_on(kind, mean, sd):
    """Return one arm on instrument A."""
    numbers = {"mean": mean, "ci_low": mean - sd, "ci_high": mean + sd, "sd": sd, "se": sd / 9}
    return pd.DataFrame([{"instrument": "A", "measure_type": kind, **numbers}])


def test_a_change_is_not_shifted():
    """From 10-20 to 0-100 an endpoint of 15 is 50, a change of -5 is -50."""
    line = line_between(instruments((10.0, 20.0), (0.0, 100.0)), "A", "B")
    assert close(line, [10, -100], EXACT)
    for kind, mean, expected in (("endpoint", 15.0, 50), ("change", -5.0, -50)):
        moved = rescale_arms(arms_on(kind, mean, 2.0), "A", "B", line).iloc[0]
        assert close([moved["mean"], moved["sd"]], [expected, 20], EXACT)
        assert close([moved["ci_low"], moved["ci_high"]], [expected - 20, expected + 20], EXACT)


RANGES = st.tuples(st.floats(-100, 100), st.floats(1, 1000)).map(lambda r: (r[0], r[0] + r[1]))


@given(
    first=RANGES,
    second=RANGES,
    kind=st.sampled_from(["endpoint", "change"]),
    mean=st.floats(-1000, 1000),
    sd=st.floats(0.01, 300),
)
def test_there_and_back_is_the_identity(first, second, kind, mean, sd):
    """Carried to another range and back, every number is what it was."""
    table = instruments(first, second)
    start = arms_on(kind, mean, sd)
    there = rescale_arms(start, "A", "B", line_between(table, "A", "B"))
    back = rescale_arms(there, "B", "A", line_between(table, "B", "A"))
    before, after = ([float(frame[name].iloc[0]) for name in NUMBERS] for frame in (start, back))
    assert close(after, before, ROUND_TRIP, typical=1000.0)
    assert start["instrument"].iloc[0] == "A"


@given(first=RANGES, second=RANGES)
def test_ends_go_to_ends(first, second):
    """The lowest value goes to the lowest, the highest to the highest."""
    factor, shift = line_between(instruments(first, second), "A", "B")
    assert close([factor * end + shift for end in first], second, ROUND_TRIP, typical=1e5)


def test_the_shipped_evidence_there_and_back():
    """PEG to bothersomeness and back leaves every number of the file as it was."""
    trials = shipped().select(instrument="PEG_0_10", preferred=None)
    there = trials.rescale({"PEG_0_10": "VAS_0_100"})
    back = there.rescale({"VAS_0_100": "PEG_0_10"})
    assert set(there.arms["instrument"]) == {"VAS_0_100"}
    for name in NUMBERS:
        assert close(back.arms[name], trials.arms[name], EXACT)


def test_printed_differences(tmp_path):
    """A printed mean difference is scaled without a shift; a standardized one stays."""
    rows = [
        contrast(instrument="VAS_0_10", estimate="-1", ci_low="-1.8", ci_high="-0.2", se="0.4"),
        contrast(row_id="c2", instrument="VAS_0_10", measure="SMD", estimate="-0.5",
                 ci_low="-0.9", ci_high="-0.1"),
    ]  # fmt: skip
    moved = evidence(tmp_path, [], rows).rescale(TEN_TO_HUNDRED).contrast_rows
    names = ["estimate", "ci_low", "ci_high", "se"]
    assert close([moved.at[0, name] for name in names], [-10, -18, -2, 4], EXACT)
    assert list(moved["instrument"]) == ["VAS_0_100", "VAS_0_10"]
    assert moved.at[1, "estimate"] == -0.5
    still = rescale_contrasts(moved, "NRS_0_10", "VAS_0_100", 10.0)
    assert still.equals(moved)


def test_events_stay(tmp_path):
    """Counts have no range to carry."""
    trials = evidence(tmp_path, [counted()])
    moved = trials.rescale({"GLOBAL_IMPROVED": "RESP_GERAC"}).arms
    assert moved[list(trials.arms.columns)].equals(trials.arms)


def test_an_smd_does_not_feel_it(tmp_path):
    """A standardized effect is the same on 0-10 and on 0-100; a difference is ten times it."""
    trials = evidence(tmp_path, [arm(), sham()]).select(outcome="pain")
    both = (trials, trials.rescale({"VAS_0_100": "VAS_0_10"}))
    pairs = [each.contrasts("acupuncture", "sham") for each in both]
    plain, moved = (ma.effect_sizes(pair, "SMD") for pair in pairs)
    assert close(moved.y, plain.y, EXACT)
    assert close(moved.v, plain.v, EXACT)
    assert close(ma.effect_sizes(pairs[1], "MD").y * 10, ma.effect_sizes(pairs[0], "MD").y, EXACT)


def test_a_common_instrument_makes_a_difference_possible():
    """Bothersomeness carried to 0-100 joins the five trials on VAS, and a remark says so."""
    trials = chosen("pain", instrument=["VAS_0_100", "BOTHERSOMENESS_0_10"])
    moved = trials.rescale({"BOTHERSOMENESS_0_10": "VAS_0_100"})
    effects = ma.effect_sizes(moved.contrasts("acupuncture", "sham"), "MD")
    at = effects.study.index("Cherkin 2009")
    assert effects.k == 6
    assert close([effects.y[at], effects.se[at]], [3.4, 2.8], EXACT)
    assert effects.remarks[0].startswith("BOTHERSOMENESS_0_10 carried to VAS_0_100, factor 10: ")
    assert "Cherkin 2009" in effects.remarks[0]


@pytest.mark.parametrize(
    ("move", "error", "message"),
    [
        ({"PAIN_UNSPECIFIED": "VAS_0_100"}, ma.InputError, "the range of one is not known"),
        ({"VAS_0_100": "PROMIS_PAIN_T"}, ma.InputError, "the range of one is not known"),
        ({"SF36_BP_0_100": "VAS_0_100"}, ma.InputError, r"better higher\) cannot be carried"),
        ({"RMDQ_0_24": "VAS_0_100"}, ma.InputError, r"\(function, .* outcome and direction must"),
        ({"VAS_0_11": "VAS_0_100"}, ma.ChoiceError, r"'VAS_0_11' is not an instrument"),
        ({"VAS_0_10": "VAS_0_1000"}, ma.ChoiceError, r"Did you mean \"VAS_0_100\"\?"),
    ],
)
def test_what_cannot_be_carried(move, error, message):
    """Unknown ranges, other directions, other outcomes and unknown names are refused."""
    with pytest.raises(error, match=message):
        shipped().rescale(move)


def remarks(trials):
    """Return what the effects of a comparison with sham say was done to them."""
    pairs = trials.select(outcome="pain").contrasts("acupuncture", "sham")
    return ma.effect_sizes(pairs, "MD").remarks


def test_what_was_carried_is_said(tmp_path):
    """A remark names the two instruments, the factor and the studies."""
    rows = [on_ten(), sham(instrument="VAS_0_10", mean="4", sd="1.3")]
    trials = evidence(tmp_path, rows).rescale(TEN_TO_HUNDRED)
    assert remarks(trials) == ("VAS_0_10 carried to VAS_0_100, factor 10: new2030",)


def test_what_was_carried_twice_is_said_twice(tmp_path):
    """From NRS over VAS 0-10 to VAS 0-100: the instrument that was used is still named."""
    rows = [
        arm(instrument="NRS_0_10", mean="3", sd="1.2"),
        sham(instrument="NRS_0_10", mean="4", sd="1.3"),
    ]
    trials = evidence(tmp_path, rows).rescale({"NRS_0_10": "VAS_0_10", **TEN_TO_HUNDRED})
    assert set(trials.arms["instrument"]) == {"VAS_0_100"}
    assert "NRS_0_10" in " ".join(remarks(trials))


def test_nothing_carried_is_not_remarked():
    """An instrument that no selected row has leaves no remark."""
    assert remarks(chosen("pain", study="kerr2003").rescale(TEN_TO_HUNDRED)) == ()
