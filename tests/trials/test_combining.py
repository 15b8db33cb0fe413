"""Several arms of one side become one, exactly, in whatever order they stand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tolerance import EXACT, Tolerance, close
from tests.trials.builders import arm, chosen, counted, evidence, people, sham, shipped

RAW = Tolerance(
    relative=1e-10,
    reason="the SD of the participants' own numbers rounds with the size of their mean",
)
GROUPS = st.lists(
    st.tuples(st.integers(2, 300), st.floats(0, 100), st.floats(0.5, 30)), min_size=1, max_size=4
)


def test_two_arms_are_their_participants():
    """Both acupuncture arms of cherkin2009, person by person, against the usual numpy."""
    pairs = chosen("function", study="cherkin2009").contrasts("acupuncture", "sham")
    row = pairs.pairs.iloc[0]
    everyone = np.concatenate([people(157, 6.4, 5.3), people(158, 6.3, 5.7)])
    assert row["n1"] == len(everyone) == 315
    assert close([row["mean1"], row["sd1"]], [everyone.mean(), everyone.std(ddof=1)], RAW)
    assert (row["n2"], row["mean2"], row["sd2"]) == (162, 5.4, 4.9)
    assert row["rows"] == ("79", "80", "81")
    assert row["note"].startswith("2 arms combined: ")
    assert "second_hand" in row["flags"].split("|")


def test_two_points_by_hand(tmp_path):
    """Arms 0, 2 and 6, 10, 14 together: n 5, mean 6.4, sum of squares 131.2."""
    other = arm(arm="3", treatment="electroacupuncture", n="3", mean="10", sd="4")
    trials = evidence(tmp_path, [arm(n="2", mean="1", sd="1.4142135623730951"), sham(), other])
    row = trials.select(outcome="pain").contrasts("acupuncture", "sham").pairs.iloc[0]
    values = np.array([0, 2, 6, 10, 14])
    assert close([values.mean(), np.sum((values - 6.4) ** 2)], [6.4, 131.2], EXACT)
    assert row["n1"] == 5
    assert close([row["mean1"], row["sd1"]], [6.4, np.sqrt(131.2 / 4)], EXACT)
    assert row["treatment_label"] == "Acupuncture / Electroacupuncture"


def test_events_add_up():
    """Four acupuncture arms of zhang2022 against one drug: events and numbers are summed."""
    trials = chosen("responder", study="zhang2022")
    row = trials.contrasts("acupuncture", "drug").pairs.iloc[0]
    arms = trials.arms[trials.arms["treatment"].str.contains("acupuncture")]
    assert (row["n1"], row["events1"]) == (arms["n"].sum(), arms["events"].sum())
    assert row["n1"] == 110
    assert len(row["rows"]) == len(arms) + 1 == 4


def test_controls_are_combined_too(tmp_path):
    """Two sham arms become one control, and both kinds of sham are named."""
    third = sham(arm="3", treatment="sham_tens", n="10", mean="52", sd="9")
    trials = evidence(tmp_path, [arm(), sham(), third]).select(outcome="pain")
    row = trials.contrasts("acupuncture", "sham").pairs.iloc[0]
    everyone = np.concatenate([people(21, 40, 13), people(10, 52, 9)])
    assert close([row["mean2"], row["sd2"]], [everyone.mean(), everyone.std(ddof=1)], RAW)
    assert row["n2"] == 31
    assert row["sham_type"] == "penetrating / device"


def test_arms_that_differ_in_instrument_are_not_combined(tmp_path):
    """An arm on another scale rules the comparison out, with the reason."""
    third = arm(arm="3", treatment="electroacupuncture", instrument="VAS_0_10", mean="3", sd="1")
    trials = evidence(tmp_path, [arm(), sham(), third]).select(outcome="pain")
    pairs = trials.contrasts("acupuncture", "sham")
    assert pairs.k == 0
    assert [item.reason for item in pairs.left_out] == [
        "its arms differ in instrument, time or type of figure"
    ]


@pytest.mark.parametrize(
    ("change", "lacking"),
    [({"sd": ""}, "sd"), ({"n": ""}, "n"), ({"mean": "", "sd": ""}, "mean, sd")],
)
def test_arms_without_their_numbers(tmp_path, change, lacking):
    """An incomplete arm is listed with what it lacks; the complete ones are compared."""
    third = arm(arm="3", treatment="electroacupuncture", arm_label="electric", **change)
    trials = evidence(tmp_path, [arm(arm_label="manual"), sham(), third]).select(outcome="pain")
    pairs = trials.contrasts("acupuncture", "sham")
    assert (pairs.pairs["n1"][0], pairs.k) == (20, 1)
    (lost,) = pairs.left_out
    assert (lost.rows, lost.reason) == (("line4",), f"electric: {lacking} not reported")


def test_events_without_their_number(tmp_path):
    """A percentage without a count is no figure to compare."""
    rows = [counted(), counted(arm="2", treatment="sham_tens", events="", mean="30")]
    pairs = evidence(tmp_path, rows).select(outcome="responder").contrasts("acupuncture", "sham")
    assert pairs.k == 0
    assert pairs.left_out[0].reason.endswith("events not reported")


@settings(max_examples=40)
@given(groups=GROUPS, seed=st.integers(0, 1000))
def test_order_does_not_matter(groups, seed):
    """Arms in any order: the same n, mean and SD; n is the sum."""
    base = chosen("pain", study="molsberger2002")
    control = base.arms[base.arms["row_id"] == "231"]
    model = base.arms[base.arms["row_id"] == "230"]
    pieces = [
        model.assign(row_id=f"r{i}", arm="1", n=float(n), mean=mean, sd=sd)
        for i, (n, mean, sd) in enumerate(groups)
    ]
    order = np.random.default_rng(seed).permutation(len(pieces))
    found = [_together(base, [control, *(pieces[i] for i in turn)], len(pieces)) for turn in
             (range(len(pieces)), order)]  # fmt: skip
    assert close(found[0], found[1], RAW, typical=30.0)
    assert found[0][0] == sum(n for n, _, _ in groups)


def _together(base, frames, many):
    """Return n, mean and SD of the treated side of these arms of one study."""
    arms = pd.concat(frames, ignore_index=True)
    arms["arm"] = ["2", *(f"t{i}" for i in range(many))]
    parts = {("molsberger2002", arm_): frozenset(["acupuncture"]) for arm_ in arms["arm"]}
    parts[("molsberger2002", "2")] = frozenset(["sham_penetrating"])
    pairs = replace(base, arms=arms, parts=parts).contrasts("acupuncture", "sham")
    return [float(pairs.pairs.at[0, name]) for name in ("n1", "mean1", "sd1")]


def treated(pair):
    """Return n, mean and SD of each acupuncture arm behind a pair."""
    arms = shipped().arms.set_index("row_id")
    rows = [row for row in pair.rows if row in arms.index]
    mine = [row for row in rows if "acupuncture" in arms.at[row, "treatment"]]
    return [tuple(arms.loc[row, ["n", "mean", "sd"]]) for row in mine]


@pytest.mark.parametrize(
    ("outcome", "term", "study"),
    [
        ("function", "immediate", "cherkin2009"),
        ("function", "intermediate", "cherkin2009"),
        ("function", "long", "cherkin2009"),
        ("pain", "immediate", "zaringhalam2010"),
        ("pain", "short", "zaringhalam2010"),
    ],
)
def test_every_combination_on_file(outcome, term, study):
    """What is combined in the shipped evidence is its participants taken together."""
    pairs = chosen(outcome, term, study=study).contrasts("acupuncture", ["sham", "drug"])
    (pair,) = pairs.pairs.itertuples()
    groups = treated(pair)
    assert len(groups) == 2
    everyone = np.concatenate([people(int(n), mean, sd) for n, mean, sd in groups])
    assert close([pair.mean1, pair.sd1], [everyone.mean(), everyone.std(ddof=1)], RAW)
