"""What is wrong with anyone's table: every fault in one error, with its place and remedy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import metaan as ma
from tests.tolerance import EXACT, close

COUNTS = {"study": ["Ann", "Bo"], "events1": [3, 4], "n1": [10, 10], "events2": [3, 5],
          "n2": [10, 11]}  # fmt: skip
MEANS = {"study": ["Ann", "Bo"], "mean1": [5.0, 6.0], "sd1": [1.0, 2.0], "n1": [10, 12],
         "mean2": [4.0, 7.5], "sd2": [1.5, 2.5], "n2": [11, 13]}  # fmt: skip


def faults(table, measure, **columns):
    """Return the faults of a table as (row, column, value, rule)."""
    with pytest.raises(ma.DataError) as raised:
        ma.effect_sizes(table, measure, **columns)
    return {(f.row, f.column, f.value, f.rule) for f in raised.value.faults}


def test_everything_at_once():
    """Range, text, order, duplicates, a column for two inputs: one error, nothing lost."""
    table = MEANS | {"study": ["Ann", "Ann"], "n1": [-1, 12], "sd1": [1.0, 0.0],
                     "mean2": ["12,5", 7.5], "spread": [1.5, 2.5]}  # fmt: skip
    told = faults(table, "MD", sd2="spread", mean1="spread")
    assert told == {
        ("header", "spread", "", "column is mapped twice, as sd2 and mean1"),
        ("row 2 (Ann)", "study", "Ann", "study label stands twice (first in row 1)"),
        ("row 1 (Ann)", "n1", "-1", "must be greater than 0"),
        ("row 2 (Ann)", "sd1", "0", "must be greater than 0"),
        ("row 1 (Ann)", "mean2", "12,5", "must be a number"),
    }


@pytest.mark.parametrize(
    ("cell", "remedy"),
    [
        ("12,5", "12.5"),
        ("<0.001", "A bound is not a number"),
        ("n.s.", "Write digits only"),
        ("1\u00a0200", "Write it without spaces: 1200"),
        ("\u22124.2", "Write an ASCII minus: -4.2"),
    ],
)
def test_text_in_a_column_of_numbers(cell, remedy):
    """Each spelling has its own remedy; none is guessed."""
    with pytest.raises(ma.DataError) as raised:
        ma.effect_sizes(MEANS | {"mean1": [cell, 6.0]}, "MD")
    (fault,) = raised.value.faults
    assert (fault.row, fault.column, fault.value) == ("row 1 (Ann)", "mean1", cell)
    assert remedy in fault.remedy


@pytest.mark.parametrize(
    ("measure", "table", "column", "rule"),
    [
        ("COR", {"r": [1.2], "n": [30]}, "r", "must be at most 1"),
        ("IR", {"events": [3], "time": [0.0]}, "time", "must be greater than 0"),
        ("PLO", {"events": [13], "n": [12]}, "events", "must not exceed n = 12"),
        ("ARAW", {"alpha": [1.0], "items": [5], "n": [40]}, "alpha", "must be less than 1"),
        ("ARAW", {"alpha": [0.8], "items": [1], "n": [40]}, "items", "must be at least 2"),
        ("R2", {"r2": [-0.1], "n": [50], "predictors": [3]}, "r2", "must be at least 0"),
        ("GEN", {"y": [0.1], "v": [0.0]}, "v", "must be greater than 0"),
    ],
)
def test_ranges_of_further_inputs(measure, table, column, rule):
    """Every input of every measure has its range."""
    ((_, where, _, what),) = faults(table, measure)
    assert (where, what) == (column, rule)


def test_a_standard_error_that_no_study_has():
    """A thousand times the median, or ten on a log scale, is a slip."""
    table = {"y": [0.1, 0.2, 0.3, 0.4], "se": [0.1, 0.12, 0.09, 150.0]}
    ((row, column, value, rule),) = faults(table, "GEN")
    assert (row, column, value) == ("row 4 (Study 4)", "se", "150")
    assert rule == "must be plausible: the median of the table is 0.11"
    ((_, _, _, rule),) = faults({"y": [0.1], "se": [12.0]}, "GEN", scale="log")
    assert rule == "must be plausible: at most 10 for a logarithm"
    assert ma.effect_sizes({"y": [10.0], "se": [12.0]}, "GEN").k == 1


def test_several_unknown_names_are_told_together():
    """One error, each with its nearest."""
    with pytest.raises(ma.ChoiceError, match=r"'evnts1'.*\"events1\".*'nn2'.*\"n2\""):
        ma.effect_sizes(COUNTS, "RR", evnts1="a", nn2="b")


def test_faults_do_not_depend_on_what_was_left_out():
    """A row with a gap is still checked."""
    told = faults(MEANS | {"mean1": [None, 6.0], "sd1": [-1.0, 2.0]}, "MD")
    assert told == {("row 1 (Ann)", "sd1", "-1", "must be greater than 0")}


def test_what_carries_no_information_is_left_out_on_request():
    """drop_double_zero takes the study out and says why."""
    table = COUNTS | {"events1": [0, 4], "events2": [0, 5]}
    with pytest.warns(ma.LeftOutWarning, match="Ann: no events in either group"):
        effects = ma.effect_sizes(table, "OR", drop_double_zero=True)
    assert effects.study == ("Bo",)
    (lost,) = effects.left_out
    assert lost.reason == "no events in either group (drop_double_zero)"


def test_a_variance_of_zero_is_named():
    """A study without spread would get all the weight: it stays out, with that reason."""
    table = {"events": [0, 5], "n": [20, 20]}
    with pytest.warns(ma.LeftOutWarning, match="variance of its PR is 0"):
        effects = ma.effect_sizes(table, "PR", to="none")
    assert effects.study == ("Study 2",)


def test_directions_of_a_table():
    """Opposite directions are an error; better= turns them, and only them."""
    table = pd.DataFrame(MEANS | {"way": ["lower", "higher"]})
    with pytest.raises(ma.InputError, match=r"opposite direction \(higher is better: Bo; lower"):
        ma.effect_sizes(table, "SMD", direction="way")
    plain = ma.effect_sizes(table, "SMD")
    turned = ma.effect_sizes(table, "SMD", direction="way", better="lower")
    assert close(turned.y, plain.y * [1, -1], EXACT)
    assert close(turned.v, plain.v, EXACT)
    assert turned.remarks == ("turned round so that lower is better: Bo",)
    same = ma.effect_sizes(table.iloc[:1], "SMD", direction="way")
    assert close(same.y, plain.y[:1], EXACT)


def test_what_cannot_be_turned():
    """A ratio of means of a score turned round is no ratio of means."""
    table = MEANS | {"direction": ["lower", "higher"]}
    with pytest.raises(ma.InputError, match="ROM cannot be turned round"):
        ma.effect_sizes(table, "ROM", better="lower")
    with pytest.raises(ma.InputError, match="better= needs to know"):
        ma.effect_sizes(MEANS, "SMD", better="lower")
    with pytest.raises(ma.DataError, match="must be lower or higher"):
        ma.effect_sizes(MEANS | {"direction": ["lower", "up"]}, "SMD", better="lower")
    plain = ma.effect_sizes(MEANS | {"direction": ["east", "west"]}, "SMD")
    assert plain.columns["direction"] == ("east", "west")
    with pytest.raises(ma.InputError, match="direction= needs 2 values; got 1"):
        ma.effect_sizes(MEANS, "SMD", direction=["lower"], better="lower")
    told = faults(MEANS, "SMD", direction="way")
    assert {rule for _, _, _, rule in told} == {"column is missing (needed as direction)"}


def test_superiority_turns_into_its_complement():
    """The probability that the treated score higher becomes that they score lower."""
    table = MEANS | {"direction": ["higher", "higher"]}
    plain = ma.effect_sizes(table, "CLESN")
    turned = ma.effect_sizes(table, "CLESN", better="lower")
    assert close(turned.y, 1 - np.asarray(plain.y), EXACT)
