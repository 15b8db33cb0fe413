"""to_wide: one row per arm to one row per study."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

import metaan as ma
from tests.tolerance import EXACT, close

LONG = {
    "trial": ["A", "A", "B", "B", "B", "C"],
    "group": ["drug", "sham", "sham", "usual", "drug", "drug"],
    "cases": [3, 7, 9, 8, 4, 1],
    "total": [30, 31, 40, 41, 42, 9],
    "year": [1999, 1999, 2004, 2004, 2004, 2010],
    "dose": [10, 0, 0, 0, 20, 10],
}
NAMES = {"study": "trial", "arm": "group", "events": "cases", "n": "total"}


def wide(table, control="sham"):
    """Return the drug against something, with the single-armed study warned about."""
    with pytest.warns(ma.LeftOutWarning, match="without both drug and"):
        return ma.to_wide(table, treatment="drug", control=control, **NAMES)


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame])
def test_numbers_stand_side_by_side(make):
    """Treatment is 1, control 2; what is constant within studies is kept, the rest is not."""
    table = wide(make(LONG))
    assert table.to_dict("list") == {
        "study": ["A", "B"],
        "events1": [3, 4], "n1": [30, 42], "events2": [7, 9], "n2": [31, 40],
        "year": [1999, 2004],
    }  # fmt: skip
    effects = ma.effect_sizes(table, "RD")
    assert close(effects.y, [3 / 30 - 7 / 31, 4 / 42 - 9 / 40], EXACT)


def test_another_control():
    """Only the study that has the arm."""
    with pytest.warns(ma.LeftOutWarning, match="2 of 3 studies left out, .*: A, C"):
        table = ma.to_wide(LONG, treatment="drug", control="usual", **NAMES)
    assert table["study"].tolist() == ["B"]


def test_an_arm_twice():
    """Every row that repeats an arm is a fault, with its place."""
    table = pd.DataFrame(LONG)
    table.loc[5, "trial"] = "A"
    with pytest.raises(ma.DataError, match=r"row 6 \(A\), group: the study has this arm twice"):
        ma.to_wide(table, treatment="drug", control="sham", **NAMES)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"control": "shm"}, ma.ChoiceError, r"arms are drug, sham, usual\. Did you mean"),
        ({"control": "drug"}, ma.InputError, "drug cannot be treatment and control both"),
        ({"events": "casses"}, ma.DataError, r'Did you mean "cases"\?'),
        ({"evnts": "cases"}, ma.ChoiceError, r'Did you mean "events"\?'),
        ({"n": "cases"}, ma.InputError, "named twice"),
        ({"study": "tral"}, ma.DataError, r"needed as study"),
    ],
)
def test_what_is_wrong_is_said(change, error, message):
    """Unknown arms, columns and roles."""
    with pytest.raises(error, match=message):
        ma.to_wide(LONG, **({"treatment": "drug", "control": "sham"} | NAMES | change))


def test_no_numbers():
    """A table without an arm's numbers cannot be turned into anything."""
    with pytest.raises(ma.DataError, match="no column holds an arm's numbers"):
        ma.to_wide({"study": ["A"], "arm": ["x"]}, treatment="x", control="y")


def test_arms_on_neither_side_are_named():
    """A third arm is not dropped without a word."""
    with pytest.warns(ma.LeftOutWarning, match=r"arms on neither side: B \(usual\)"):
        ma.to_wide(LONG, treatment="drug", control="sham", **NAMES)


def test_several_arms_of_a_side_become_one():
    """Counts are added; means and SDs are those of all participants together."""
    counts = wide(LONG, control=["sham", "usual"])
    assert counts.loc[1, ["events2", "n2"]].tolist() == [17, 81]
    rng = np.random.default_rng(3)
    first, second, other = rng.normal(4, 2, 20), rng.normal(6, 3, 31), rng.normal(5, 2, 25)
    table = {
        "study": ["A"] * 3,
        "arm": ["low", "high", "none"],
        "mean": [x.mean() for x in (first, second, other)],
        "sd": [x.std(ddof=1) for x in (first, second, other)],
        "n": [len(x) for x in (first, second, other)],
    }
    row = ma.to_wide(table, treatment=["low", "high"], control="none").iloc[0]
    everybody = np.concatenate([first, second])
    assert close(row["mean1"], everybody.mean(), EXACT)
    assert close(row["sd1"], everybody.std(ddof=1), EXACT)
    assert row["n1"] == 51


def test_medians_of_several_arms_cannot_become_one():
    """It says which number and which rows."""
    table = {"study": ["A"] * 3, "arm": ["low", "high", "none"], "median": [4.0, 5.0, 6.0],
             "n": [20, 21, 22]}  # fmt: skip
    with pytest.raises(ma.DataError, match="median of several arms cannot become one"):
        ma.to_wide(table, treatment=["low", "high"], control="none")


def test_a_name_that_the_result_needs():
    """A spare column mean1 is not written over what was computed."""
    table = pd.DataFrame(LONG).assign(n1=5)
    with pytest.raises(ma.DataError, match="n1: the result needs this name"):
        ma.to_wide(table, treatment="drug", control="sham", **NAMES)


def test_many_studies():
    """A hundred thousand arms are no matter."""
    k = 50_000
    table = {"study": np.repeat(np.arange(k), 2), "arm": np.tile(["a", "b"], k),
             "events": np.ones(2 * k), "n": np.full(2 * k, 9)}  # fmt: skip
    assert len(ma.to_wide(table, treatment="a", control="b")) == k


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"sd": [-5.0, 1.0, 1.0]}, "sd: must be greater than 0"),
        ({"mean": ["4", "x", "5"]}, "mean: must be a number"),
        ({"events": [12, 2, 1]}, "events: must not exceed n = 10"),
        ({"study": ["A", None, "A"]}, "study: study label is missing"),
        ({"arm": ["low", None, "none"]}, "arm: arm label is missing"),
    ],
)
def test_what_is_combined_is_checked_first(cells, rule):
    """An impossible number does not vanish in a sum of squares."""
    table = {"study": ["A"] * 3, "arm": ["low", "high", "none"], "mean": [4.0, 5.0, 6.0],
             "sd": [1.0, 2.0, 1.0], "n": [10, 20, 9]}  # fmt: skip
    with pytest.raises(ma.DataError, match=rule):
        ma.to_wide(table | cells, treatment=["low", "high"], control="none")


@pytest.mark.parametrize("treatment", [20, [20], "20", ["20", "20"], np.int64(20)])
def test_labels_that_are_numbers(treatment):
    """Doses name arms as well as words do."""
    table = {"study": [1, 1], "arm": [20, 0], "mean": [4.0, 5.0], "sd": [1.0, 1.0], "n": [9, 9]}
    wide_table = ma.to_wide(table, treatment=treatment, control=0)
    assert wide_table[["study", "mean1", "mean2"]].values.tolist() == [[1, 4.0, 5.0]]


def test_no_arm_at_all():
    """Each side needs one."""
    with pytest.raises(ma.InputError, match="at least one arm"):
        ma.to_wide(LONG, treatment=[], control="sham", **NAMES)
