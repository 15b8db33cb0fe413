"""effect_sizes of anyone's table: names, faults, what is missing, what is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import metaan as ma
from tests.tolerance import EXACT, close

# Colditz 1994: three of the 13 trials of BCG vaccine against tuberculosis.
BCG = {
    "trial": ["Aronson 1948", "Ferguson 1949", "Hart 1977"],
    "tpos": [4, 6, 62],
    "tneg": [119, 300, 13536],
    "cpos": [11, 29, 248],
    "cneg": [128, 274, 12619],
    "ablat": [44, 55, 52],
}
NAMES = {"study": "trial", "events1": "tpos", "n1": "n_t", "events2": "cpos", "n2": "n_c"}
MEANS = {"mean1": [5.0, 6.0], "sd1": [1.0, 2.0], "n1": [10, 12], "mean2": [4.0, 7.5],
         "sd2": [1.5, 2.5], "n2": [11, 13]}  # fmt: skip
COUNTS = {"events1": [0, 4], "n1": [10, 10], "events2": [3, 5], "n2": [10, 11]}


def vaccine():
    """Return the table with the numbers of participants."""
    table = pd.DataFrame(BCG)
    return table.assign(n_t=table["tpos"] + table["tneg"], n_c=table["cpos"] + table["cneg"])


def changed(**cells):
    """Return the table of means with some columns changed."""
    return pd.DataFrame(MEANS | cells)


def test_ratios_by_hand():
    """Log risk ratios and variances of three trials, from the four cells."""
    table = vaccine()
    effects = ma.effect_sizes(table, "RR", **NAMES)
    a, b, c, d = (table[name].to_numpy(float) for name in ("tpos", "tneg", "cpos", "cneg"))
    assert close(effects.y, np.log(a / (a + b)) - np.log(c / (c + d)), EXACT)
    assert close(effects.v, 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d), EXACT)
    assert close(np.round(effects.y, 4), [-0.8893, -1.5854, -1.4416], EXACT)
    assert close(np.round(effects.v, 4), [0.3256, 0.1946, 0.0200], EXACT)
    assert (effects.measure, effects.label) == ("RR", "Risk ratio")


def test_labels_and_moderators_are_kept():
    """Study labels, arm numbers by canonical name, and every further column."""
    effects = ma.effect_sizes(vaccine(), "RR", **NAMES)
    assert effects.study == tuple(BCG["trial"])
    assert effects.columns["ablat"] == (44, 55, 52)
    assert effects.columns["n1"] == (123, 306, 13598)
    assert set(effects.columns) == {"events1", "n1", "events2", "n2", "tneg", "cneg", "ablat"}
    assert effects.to_frame()["study"].tolist() == BCG["trial"]


def test_a_canonical_name_keeps_the_mapped_numbers():
    """A table that also has a column n1 of its own does not overwrite what was analyzed."""
    table = changed(n_analyzed=[8, 9])
    effects = ma.effect_sizes(table, "MD", n1="n_analyzed")
    assert close(effects.v[0], 1 / 8 + 1.5**2 / 11, EXACT)
    assert effects.columns["n1"] == (8, 9)


@pytest.mark.parametrize("make", [dict, pd.DataFrame, lambda m: pd.DataFrame(m, index=[7, 7])])
def test_a_mapping_is_a_table(make):
    """Dictionaries of lists, DataFrames and any index give the same; labels are numbered."""
    effects = ma.effect_sizes(make(MEANS), "MD")
    assert close(effects.y, [1.0, -1.5], EXACT)
    assert effects.study == ("Study 1", "Study 2")


def test_the_table_is_not_changed():
    """The caller's frame and dictionary are as before."""
    table = vaccine()
    before = table.copy()
    effects = ma.effect_sizes(table, "OR", **NAMES)
    table.loc[0, "tpos"] = 100
    assert effects.columns["events1"][0] == 4
    pd.testing.assert_frame_equal(table.drop(index=0), before.drop(index=0))
    plain = {name: list(values) for name, values in MEANS.items()}
    ma.effect_sizes(plain, "SMD")
    assert plain == MEANS


@pytest.mark.parametrize(("given", "v"), [({"v": [0.04]}, 0.04), ({"se": [0.2]}, 0.04)])
def test_given_effects(given, v):
    """GEN takes y with v or with se."""
    effects = ma.effect_sizes({"y": [0.5], **given}, "GEN")
    assert close([effects.y[0], effects.v[0]], [0.5, v], EXACT)


def test_given_effects_by_other_names():
    """A mapped se is used even where the table has a column v."""
    table = {"b": [0.5], "stderr": [0.2], "v": [9.0]}
    effects = ma.effect_sizes(table, "GEN", y="b", se="stderr")
    assert close(effects.v, [0.04], EXACT)


def test_every_fault_at_once():
    """One error names each cell, with its row, study, column, value and rule."""
    table = changed(study=["Ann", "Bo"], sd1=["0", 2.0], n2=[11, "13,5"], mean1=["x", 6.0])
    with pytest.raises(ma.DataError) as raised:
        ma.effect_sizes(table.drop(columns="sd2"), "SMD")
    told = {(f.row, f.column, f.value, f.rule) for f in raised.value.faults}
    assert told == {
        ("row 1 (Ann)", "mean1", "x", "must be a number"),
        ("row 1 (Ann)", "sd1", "0", "must be greater than 0"),
        ("row 2 (Bo)", "n2", "13,5", "must be a number"),
        ("header", "sd2", "", "column is missing (needed as sd2)"),
    }
    assert all(fault.file == "the table" for fault in raised.value.faults)


@pytest.mark.parametrize(
    ("cells", "column", "rule"),
    [
        ({"n1": [0, 12]}, "n1", "must be greater than 0"),
        ({"sd2": [-1.0, 2.5]}, "sd2", "must be greater than 0"),
        ({"mean1": [np.inf, 6.0]}, "mean1", "must be a number"),
        ({"mean1": [True, 6.0]}, "mean1", "must be a number"),
        ({"mean2": ["−4", 7.5]}, "mean2", "must be a number"),
    ],
)
def test_each_rule(cells, column, rule):
    """A cell that breaks a rule is one fault."""
    with pytest.raises(ma.DataError) as raised:
        ma.effect_sizes(changed(**cells), "MD")
    (fault,) = raised.value.faults
    assert (fault.column, fault.rule) == (column, rule)


def test_events_within_their_number():
    """More events than participants, and fewer than none."""
    with pytest.raises(ma.DataError) as raised:
        ma.effect_sizes(COUNTS | {"events1": [11, 4], "events2": [3, -1]}, "OR")
    assert {(f.column, f.value, f.rule) for f in raised.value.faults} == {
        ("events1", "11", "must not exceed n1 = 10"),
        ("events2", "-1", "must be at least 0"),
    }


def test_a_missing_column_offers_the_nearest():
    """The remedy shows how to name one's own column."""
    table = changed().rename(columns={"sd1": "SD_1"})
    with pytest.raises(ma.DataError, match=r'name yours: sd1="\.\.\."\. Did you mean "SD_1"\?'):
        ma.effect_sizes(table, "MD")


@pytest.mark.parametrize("empty", [None, np.nan, "", pd.NA])
def test_missing_numbers_are_left_out(empty):
    """The row goes, a warning names it, the list says which number was missing."""
    table = changed(study=["Ann", "Bo"], sd1=pd.Series([1.0, empty], dtype=object))
    with pytest.warns(ma.LeftOutWarning, match="1 of 2 rows left out: Bo: sd1 missing") as seen:
        effects = ma.effect_sizes(table, "MD")
    assert Path(seen[0].filename) == Path(__file__)
    assert effects.study == ("Ann",)
    assert [(item.study, item.reason) for item in effects.left_out] == [("Bo", "sd1 missing")]


def test_every_missing_number_of_a_row_is_named():
    """One line for the row, by the table's own names."""
    table = vaccine().astype({"tpos": float, "n_c": float})
    table.loc[1, ["tpos", "n_c"]] = np.nan
    with pytest.warns(ma.LeftOutWarning, match="Ferguson 1949: tpos, n_c missing"):
        effects = ma.effect_sizes(table, "RR", **NAMES)
    assert effects.columns["ablat"] == (44, 52)


def test_what_is_not_defined_is_left_out():
    """One participant in each group has no SMD."""
    with pytest.warns(ma.LeftOutWarning, match="Study 1: SMD is not defined for its numbers"):
        effects = ma.effect_sizes(changed(n1=[1, 12], n2=[1, 13]), "SMD")
    assert effects.study == ("Study 2",)


def test_zero_cells():
    """By default 0.5 is added to the cells of that study alone, and a remark names it."""
    effects = ma.effect_sizes(COUNTS | {"study": ["Ann", "Bo"]}, "OR")
    assert close(effects.y[0], np.log(0.5 / 10.5) - np.log(3.5 / 7.5), EXACT)
    assert close(effects.y[1], np.log(4 / 6) - np.log(5 / 6), EXACT)
    assert effects.remarks == ("zero cells in Ann: 0.5 added to each cell (rule only0)",)


@pytest.mark.parametrize("measure", ["RR", "OR"])
def test_without_a_correction_nothing_was_added(measure):
    """Rule none leaves the study out, and no remark claims that something was added."""
    with pytest.warns(ma.LeftOutWarning, match="not defined"):
        effects = ma.effect_sizes(COUNTS, measure, to="none")
    assert effects.study == ("Study 2",)
    assert not any("added" in remark for remark in effects.remarks)


@pytest.mark.parametrize(("rule", "events"), [("all", [1, 4]), ("if0all", [0, 4])])
def test_what_was_added_to_every_study_is_said(rule, events):
    """Where the rule reaches studies without a zero, the remark does not name the zeros alone."""
    effects = ma.effect_sizes(COUNTS | {"events1": events}, "OR", to=rule)
    assert close(effects.y[1], np.log(4.5 / 6.5) - np.log(5.5 / 6.5), EXACT)
    assert any("Study 2" in remark or "every" in remark for remark in effects.remarks)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"evnts1": "x"}, r"'evnts1' .* Did you mean \"events1\"\?"),
        ({"study": "trail"}, r"study='trail' is not a column of the table"),
        ({"to": "only"}, r"to='only' is not a zero-cell rule; .* Did you mean \"only0\"\?"),
    ],
)
def test_unknown_names(columns, message):
    """Names of columns and options are checked."""
    with pytest.raises(ma.ChoiceError, match=message):
        ma.effect_sizes(COUNTS, "RR", **columns)


@pytest.mark.parametrize("only", [{"mix_types": True}, {"contrast_sd": {"VAS_0_10": 2.0}}])
def test_what_belongs_to_contrasts(only):
    """A table knows no types of figures and no instruments."""
    with pytest.raises(ma.InputError, match="belong to contrasts"):
        ma.effect_sizes(changed(), "SMD", **only)


@pytest.mark.parametrize(
    ("data", "columns"),
    [
        ({"y": [1.0, 2.0], "v": [1.0]}, {}),
        ({"y": 1.0, "v": 1.0}, {}),
        (pd.DataFrame([[1.0, 2.0, 3.0]], columns=["y", "y", "v"]), {}),
        ({"y": [1.0], "v": [1.0]}, {"y": [1.0, 2.0]}),
        (ma.load_trials(), {}),
    ],
    ids=["lengths", "one number", "column twice", "too many values", "trials"],
)
def test_what_is_no_table_is_refused_in_our_words(data, columns):
    """Every refusal is a MetaanError that says what to do, not a message of pandas."""
    with pytest.raises(ma.MetaanError):
        ma.effect_sizes(data, "GEN", **columns)


def test_no_rows():
    """An empty table has no effects."""
    effects = ma.effect_sizes({name: [] for name in MEANS}, "MD")
    assert (effects.k, effects.left_out) == (0, ())


def test_double_zeros_are_warned_of():
    """A study without events says next to nothing about a ratio: a warning and a remark."""
    table = {"events1": [0, 3], "n1": [20, 20], "events2": [0, 5], "n2": [20, 20]}
    with pytest.warns(ma.NoInformationWarning, match="Study 1: .* drop_double_zero=True") as seen:
        effects = ma.effect_sizes(table, "OR")
    assert Path(seen[0].filename) == Path(__file__)
    said = "no events in either group of Study 1: next to no information about a ratio"
    assert said in effects.remarks


def test_what_is_added_is_not_negative():
    """Nor is it a text."""
    for add in (-0.5, "x"):
        with pytest.raises(ma.InputError, match="must be a number of at least 0"):
            ma.effect_sizes(COUNTS, "OR", add=add)
