"""Which measure is meant, and what a table may say besides columns."""

from __future__ import annotations

import pytest

import metaan as ma

COUNTS = {"study": ["Ann"], "events1": [3], "n1": [10], "events2": [3], "n2": [10]}


@pytest.mark.parametrize(
    ("measure", "offered"),
    [
        ("smd", r'Did you mean "SMD" \(Standardized mean difference\)\?'),
        ("risk ratio", r'Did you mean "RR" \(Risk ratio\)\?'),
        ("Odds  Ratio", r'Did you mean "OR" \(Odds ratio\)\?'),
        ("SMDX", r'Did you mean "SMD'),
        ("HR", r'Did you mean GEN, with y the logarithm of the ratio, its se and scale="log"\?'),
        (7, r"docs/measures\.md tells what each is"),
    ],
)
def test_words_for_measures(measure, offered):
    """Another case, the name in words, a slip, a measure that no table gives."""
    with pytest.raises(ma.ChoiceError, match=offered):
        ma.effect_sizes(COUNTS, measure)


def test_texts_for_the_figure():
    """Names of the groups and of the effect; they are no columns."""
    effects = ma.effect_sizes(COUNTS, "RR", treatment="BCG", control="None", label="RR of tb")
    assert (effects.treatment, effects.control, effects.label) == ("BCG", "None", "RR of tb")
    with pytest.raises(ma.InputError, match="treatment= takes a text"):
        ma.effect_sizes(COUNTS, "RR", treatment=3)


def test_a_variance_and_an_error_that_disagree():
    """Neither is chosen silently; one that is named is used; rounding is no disagreement."""
    table = {"y": [0.8], "se": [0.1], "v": [0.5]}
    with pytest.raises(ma.DataError, match="v is not se²"):
        ma.effect_sizes(table, "GEN")
    assert ma.effect_sizes(table, "GEN", se="se").v[0] == pytest.approx(0.01)
    assert ma.effect_sizes(table | {"v": [0.0099]}, "GEN").k == 1


@pytest.mark.parametrize("labels", [["Ann", "ann "], ["Ann", "A nn"], ["Ann", None], ["Ann", ""]])
def test_labels_that_look_alike_or_lack(labels):
    """A study twice in two spellings, or without a name, is a fault; other names are not."""
    table = {"study": labels, "y": [0.1, 0.2], "v": [0.1, 0.2]}
    if labels == ["Ann", "A nn"]:
        assert ma.effect_sizes(table, "GEN").k == 2
        return
    with pytest.raises(ma.DataError, match=r"in another spelling|study label is missing"):
        ma.effect_sizes(table, "GEN")


def test_four_cells():
    """Events and non-events are a table, too."""
    cells = {"tpos": [4], "tneg": [119], "cpos": [11], "cneg": [128]}
    effects = ma.effect_sizes(cells, "RR", events1="tpos", nonevents1="tneg", events2="cpos",
                              nonevents2="cneg")  # fmt: skip
    assert round(float(effects.y[0]), 6) == -0.889311


def test_a_dash_is_no_minus():
    """What was not reported stays empty."""
    with pytest.raises(ma.DataError, match="A dash is not a number: leave the cell empty"):
        ma.effect_sizes(COUNTS | {"events1": ["–"]}, "RR")


def test_the_margins_of_pairs_have_zero_rules():
    """What is added to a marginal table is said, and double zeros are warned of."""
    table = {"events1": [0, 3], "n1": [20, 20], "events2": [0, 5], "n2": [20, 20], "r": [0.2, 0.3]}
    with pytest.warns(ma.NoInformationWarning, match="Study 1"):
        effects = ma.effect_sizes(table, "MPORM")
    assert any("0.5 added to each cell" in remark for remark in effects.remarks)
    with pytest.warns(ma.LeftOutWarning, match="no events in either group"):
        assert ma.effect_sizes(table, "MPORM", drop_double_zero=True).k == 1


def test_what_is_added_to_rates():
    """Only their events change."""
    table = {"events1": [0], "time1": [20.0], "events2": [4], "time2": [21.0]}
    (remark,) = ma.effect_sizes(table, "IRR").remarks
    assert "0.5 added to the events" in remark


def test_a_level_that_is_none():
    """95 is 0.95."""
    effects = ma.effect_sizes(COUNTS, "RR")
    with pytest.raises(ma.InputError, match=r"did you mean 0\.95\?"):
        effects.limits(95)


def test_names_that_are_taken():
    """A moderator called low is not lost from the table of effects."""
    frame = ma.effect_sizes(COUNTS | {"low": [7]}, "RR").to_frame()
    assert frame["low (given)"].tolist() == [7]
    assert frame["low"][0] < 1
