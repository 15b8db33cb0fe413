"""load_revman: the effects of its tables are those RevMan printed in the same file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import metaan as ma
from metaan.core.errors import ChoiceError, DataError, InputError
from metaan.trials.revman import load_revman
from metaan.trials.revman_rows import measure_of
from tests.tolerance import EXACT, Tolerance, close

FOLDER = Path(__file__).parent / "revman"
Z = 1.959963984540054
CSV_DIGITS = Tolerance(absolute=0.5000001e-8, reason="RevMan 5 exports eight decimals")
LIBRARY_DIGITS = Tolerance(absolute=0.5000001e-6, reason="the library gives six decimals")

PRINTED_ANALYSES = [
    ("fleiss1993.rm5", "1.1", "OR", 7),
    ("cochrane.rm5", "1.5", "RR", 8),
    ("cochrane.rm5", "1.5.2", "RR", 3),
    ("cochrane.rm5", "2.4", "OR", 3),
    ("cochrane.rm5", "2.5", "OR", 4),
    ("cochrane.rm5", "3.1", "SMD", 3),
    ("cochrane.rm5", "3.2", "MD", 1),
    ("cochrane.rm5", "3.3", "SMD", 1),
    ("cochrane.rm5", "4.14", "MD", 2),
    ("cochrane.rm5", "5.1", "GEN", 3),
    ("cochrane.rm5", "6.2", "GEN", 7),
    ("synthetic.rm5", "1.1", "PETO", 3),
    ("synthetic.rm5", "1.2", "RD", 2),
    ("synthetic.rm5", "1.3", "RR", 2),
    ("synthetic.rm5", "1.4", "GEN", 2),
]


def example(name):
    """Return a review among the fixtures."""
    return load_revman(FOLDER / name)


def as_printed(effects, tolerance):
    """Check effects and limits against the columns that RevMan printed."""
    read, columns = effects.scale.inverse, effects.columns
    assert close(read(effects.y), columns["printed_effect"], tolerance)
    assert close(read(effects.y - Z * effects.se), columns["printed_low"], tolerance)
    return close(read(effects.y + Z * effects.se), columns["printed_high"], tolerance)


@pytest.mark.parametrize(("file", "key", "measure", "k"), PRINTED_ANALYSES)
def test_effects_are_the_printed_ones_to_all_digits(file, key, measure, k):
    """RevMan's own file keeps 17 digits; effects and limits agree in all of them."""
    review = example(file)
    assert review.measure(key) == measure
    effects = ma.effect_sizes(review.table(key), measure, **review.options(key))
    assert effects.k == k
    assert as_printed(effects, EXACT)
    again = review.effects(key)
    assert close(again.y, effects.y, EXACT)
    assert close(again.v, effects.v, EXACT)


@pytest.mark.parametrize("key", ["1.1", "1.2"])
def test_the_csv_export_gives_the_printed_effects(key):
    """Odds ratios and mean differences of RevMan 5's export, to its eight decimals."""
    assert as_printed(example("fleiss1993.csv").effects(key), CSV_DIGITS)


@pytest.mark.parametrize(("file", "key", "k"), [
    ("CD000143-data-rows.csv", "1.2", 4),
    ("CD000143-data-rows.csv", "3.2", 3),
    ("CD002042-data-rows.csv", "1.6", 3),
])  # fmt: skip
def test_data_rows_without_settings(file, key, k):
    """The library's rows, their measure named by the caller: printed effects to six decimals."""
    review = example(file)
    effects = ma.effect_sizes(review.table(key), "RR")
    assert effects.k == k
    assert as_printed(effects, LIBRARY_DIGITS)
    with pytest.raises(InputError, match="overall-estimates-and-settings"):
        review.measure(key)


@pytest.mark.parametrize(("key", "measure"), [
    ("1.1", "SMD"), ("1.2", "MD"), ("2.1", "GEN"), ("2.1.2", "GEN"), ("2.2", "GEN"), ("2.3", "RR"),
])  # fmt: skip
def test_a_data_package_with_its_settings(key, measure):
    """Settings beside the rows name measure, scale, swapped events and pooled results."""
    review = example("synthetic-data-rows.csv")
    assert review.measure(key) == measure
    assert as_printed(review.effects(key), LIBRARY_DIGITS)


def test_where_nobody_is_spared_revman_prints_one():
    """The known departure: 59/59 and 30/30 print RR 1; the corrected table has 1.008."""
    table = example("CD002042-data-rows.csv").table("1.2")
    with pytest.warns(ma.NoInformationWarning):
        effects = ma.effect_sizes(table, "RR")
    ours = effects.to_frame().set_index("study")
    row = ours.loc["DeZern 2016"]
    assert close(row["estimate"], (59.5 / 60) / (30.5 / 31), EXACT)
    assert row["printed_effect"] == 1
    error = np.log(row["printed_high"] / row["printed_low"]) / (2 * Z)
    assert close(error, row["se"], LIBRARY_DIGITS)
    assert as_printed(effects.take(np.array([0, 2])), LIBRARY_DIGITS)


def test_studies_that_cannot_be_estimated_are_kept_and_marked():
    """Every row stands in studies; a table leaves out what RevMan did, unless asked."""
    review = example("cochrane.rm5")
    rows = review.studies[review.studies["analysis"] == "1.5"]
    lost = ["Dagnelie 1996", "De Meyere 1992", "Zwart 2000"]
    assert rows.loc[~rows["estimable"], "study"].tolist() == lost
    assert rows.loc[~rows["estimable"], "events1"].tolist() == [0, 0, 0]
    assert rows.loc[~rows["estimable"], "n1"].tolist() == [121, 87, 358]
    assert rows.loc[~rows["estimable"], "printed_effect"].isna().all()
    assert len(review.table("1.5")) == 8
    assert len(review.table("1.5", not_estimable=True)) == 11
    left_out = review.effects("1.5").left_out
    assert [item.study for item in left_out] == lost
    assert {item.reason for item in left_out} == {"RevMan printed: not estimable"}


def test_rows_the_library_leaves_blank_are_not_estimable():
    """No events in either group: NA is printed, zeros are entered."""
    rows = example("CD002042-data-rows.csv").studies
    blank = rows[rows["study"] == "Laine 2018"].iloc[0]
    assert not blank["estimable"]
    assert (blank["events1"], blank["n2"]) == (0, 40)


def test_warnings_point_at_the_caller():
    """Both groups all events: said where effects was called, and again each time."""
    review = example("CD002042-data-rows.csv")
    for _ in range(2):
        with pytest.warns(ma.NoInformationWarning, match="nobody without an event") as caught:
            review.effects("1.2", "RR")
        assert [item.filename for item in caught] == [__file__]


def test_a_measure_may_be_named():
    """Data rows without settings need one; another one than RevMan's is said to be so."""
    review = example("CD000143-data-rows.csv")
    assert as_printed(review.effects("1.2", "RR"), LIBRARY_DIGITS)
    assert review.effects("1.2", "RR").remarks[-1].startswith("zero cells in")
    assert (review.options("1.2", "PETO"), review.options("1.2", "OR")) == ({"add": 0.0}, {})
    with pytest.raises(InputError, match=r"name the measure yourself, as in effects\('1.2', "):
        review.effects("1.2")
    with pytest.raises(ChoiceError, match='Did you mean "RR"'):
        review.effects("1.2", "rr")
    with pytest.raises(DataError, match="mean1"):
        review.effects("1.2", "SMD")
    other = example("fleiss1993.rm5").effects("1.1", "RR").remarks[-1]
    assert other.startswith("RevMan pooled these as OR by Mantel-Haenszel, fixed effect: 0.90")


@pytest.mark.parametrize(("file", "key", "said"), [
    ("fleiss1993.rm5", "1.1",
     "RevMan pooled these by Mantel-Haenszel, fixed effect: 0.90 (0.84 to 0.96)"),
    ("fleiss1993.csv", "1.1",
     "RevMan pooled these by Mantel-Haenszel, fixed effect: 0.90 (0.84 to 0.96)"),
    ("cochrane.rm5", "6.2",
     "RevMan pooled these by inverse variance, random effects: 0.75 (0.57 to 1.00)"),
    ("synthetic-data-rows.csv", "1.1",
     "RevMan pooled these by inverse variance, random effects: −0.50 (−0.90 to −0.10)"),
    ("synthetic-data-rows.csv", "2.1.1",
     "RevMan pooled these by inverse variance, random effects: 0.59 (0.43 to 0.81)"),
    ("synthetic-data-rows.csv", "1.2",
     "RevMan was set to inverse variance, fixed effect, and printed no pooled result"),
])  # fmt: skip
def test_how_revman_pooled_is_said(file, key, said):
    """So that another model or method gives no surprise."""
    assert example(file).effects(key).remarks[-1] == said


def test_subgroups_are_a_column():
    """RevMan's subgroups are what by= compares."""
    effects = example("cochrane.rm5").effects("6.2")
    fit = ma.subgroups(effects, by="subgroup_name")
    assert list(fit.levels) == list(dict.fromkeys(effects.columns["subgroup_name"]))


def test_frames_are_copies():
    """A frame that is changed changes nothing in the review."""
    review = example("fleiss1993.rm5")
    studies, analyses = review.studies, review.analyses
    studies["events1"] = 0
    studies.loc[0, "study"] = "X"
    analyses.loc["1.1", "measure"] = "RR"
    assert review.measure("1.1") == "OR"
    assert as_printed(review.effects("1.1"), EXACT)


def test_names_survive():
    """Apostrophes, ampersands, angle brackets, commas and letters beyond ASCII."""
    xml = example("synthetic.rm5").studies["study"].unique().tolist()
    assert xml == ["O'Brien & Løv 2001", "A<B 2002", "Müller 2003", "Empty 2004"]
    rows = example("synthetic-data-rows.csv").studies["study"].unique().tolist()
    assert rows[3:] == ["O'Brien & Løv, <2001>", "Müller 2003", "A<B 2002"]
    assert "Hébert 1999 (TRICC)" in set(example("CD002042-data-rows.csv").studies["study"])
    effects = example("synthetic.rm5").effects("1.1")
    assert effects.study == ("O'Brien & Løv 2001", "A<B 2002", "Müller 2003")


def test_a_study_that_is_not_listed_is_named_by_its_id():
    """RevMan's ids spell the name, with other signs as _x002d_."""
    table = example("cochrane.rm5").table("6.2.3")
    assert "Garcia-Sanz 2015" in table["study"].tolist()


def test_labels_differ_where_a_study_stands_twice():
    """The subgroup stands behind the name; the bare name has its own column."""
    table = example("CD000143-data-rows.csv").table("3.2")
    assert table["study"].tolist() == ["Chan 1993 (3.2.1)", "Davis 1998", "Chan 1993 (3.2.2)"]
    assert table["study_name"].tolist() == ["Chan 1993", "Davis 1998", "Chan 1993"]


def test_analyses_hold_what_revman_pooled():
    """Pooled results and settings, of analyses and of subgroups, by their key."""
    review = example("cochrane.rm5")
    assert review.title == "Parts of six Cochrane reviews"
    assert review.analyses.index.tolist()[:3] == ["1.5", "1.5.1", "1.5.2"]
    whole = review.analyses.loc["6.2"]
    assert close(whole["printed_effect"], 0.7546591563773377, EXACT)
    assert close(whole["tau2"], 0.05480859833719826, EXACT)
    assert (whole["q"], whole["df"]) == (10.094741475817159, 6)
    assert (whole["effect_measure"], whole["analysis_model"]) == ("Hazard Ratio", "random")
    assert (whole["group1"], whole["group2"]) == ("Bisphosphonates", "Control")
    assert bool(whole["log_scale"])
    assert whole["ci_level"] == 0.95
    part = review.analyses.loc["1.5.2"]
    assert (part["subgroup_name"], part["printed_effect"]) == ("after 1975", 0.27611118748509267)
    alone = review.analyses.loc["3.2"]
    assert (alone["totals"], bool(alone["estimable"])) == ("SUB", False)
    assert alone[["printed_effect", "q", "p_z"]].isna().all()


def test_pooling_the_effects_gives_the_printed_pool():
    """Inverse-variance weights of the read effects: RevMan's fixed-effect result and weights."""
    review = example("cochrane.rm5")
    effects = review.effects("5.1")
    weights = 1 / effects.v
    pooled = review.analyses.loc["5.1"]
    assert close(np.average(effects.y, weights=weights), pooled["printed_effect"], EXACT)
    shares = np.asarray(effects.columns["printed_weight"])
    assert close(100 * weights / weights.sum(), shares, EXACT)
    error = 1 / np.sqrt(weights.sum())
    assert close(pooled["printed_effect"] / error, pooled["z"], EXACT)


def test_the_other_pools_stand_beside_their_rows():
    """The CSV's and the package's pooled results, the subgroups' from their own file."""
    fleiss = example("fleiss1993.csv").analyses
    assert fleiss.loc["1.1", "comparison_name"] == "Fleiss 1993"
    assert (fleiss.loc["1.2", "printed_effect"], fleiss.loc["1.2", "df"]) == (-0.70938839, 4)
    assert fleiss.loc["1.1", "q"] == 9.94605598
    package = example("synthetic-data-rows.csv").analyses
    assert package.loc["2.1", "printed_effect"] == 0.7
    assert package.loc["2.1.2", "printed_effect"] == 0.9
    assert package.loc["2.1.2", "subgroup_name"] == "old"
    assert package.loc["1.1", ["ci_level", "tau2"]].tolist() == [0.95, 0.01]
    assert np.isnan(package.loc["1.2", "printed_effect"])


def test_effects_carry_labels():
    """Groups, and the file's own words for an effect that comes with its standard error."""
    effects = example("cochrane.rm5").effects("6.2")
    assert (effects.label, effects.scale.key) == ("Hazard Ratio", "log")
    assert (effects.treatment, effects.control) == ("Bisphosphonates", "Control")
    assert example("cochrane.rm5").effects("2.5").label == "Odds ratio"


def test_what_was_not_printed_stays_empty():
    """RevMan had calculated nothing for the means; the effects are made all the same."""
    review = example("fleiss1993.rm5")
    assert review.table("1.2")["printed_effect"].isna().all()
    assert review.effects("1.2").k == 5
    years = review.studies.set_index("study")["year"]
    assert years["MRC-1"] == 1974


def test_placeholders_are_no_numbers():
    """Participants never entered are 0 in the file; a year in words is none."""
    table = example("cochrane.rm5").table("6.2.3").set_index("study")
    assert np.isnan(table.loc["Garcia-Sanz 2015", "n1"])
    assert table.loc["Aviles 2007", "n1"] == 46
    synthetic = example("synthetic.rm5").studies.set_index("study")
    assert np.isnan(synthetic.loc["A<B 2002", "year"])
    rows = example("CD000143-data-rows.csv").studies
    assert rows[["mean1", "sd1", "y", "se", "o_e", "variance"]].isna().all(axis=None)


def test_swapped_events_are_counted_as_analyzed():
    """Studies keep the events entered; the table has the others."""
    review = example("synthetic.rm5")
    entered = review.studies[review.studies["analysis"] == "1.3"]
    assert entered["events1"].tolist() == [40, 52]
    assert review.table("1.3")["events1"].tolist() == [20, 28]
    assert bool(review.analyses.loc["1.3", "swapped"])


def test_observed_minus_expected():
    """The table adds (O-E)/V and its standard error to what was entered."""
    table = example("synthetic.rm5").table("1.4")
    assert table["o_e"].tolist() == [-6.2, 2.5]
    assert close(table["y"], [-6.2 / 14.75, 2.5 / 9], EXACT)
    assert close(table["se"], [14.75**-0.5, 1 / 3], EXACT)
    assert table["events1"].iloc[0] == 30
    assert np.isnan(table["n1"].iloc[1])


def test_footnotes_and_applicability_are_kept():
    """Words beside the numbers: a tag inside the row, or columns."""
    assert example("cochrane.rm5").table("4.14")["footnote"].tolist() == ["3 months"] * 2
    rows = example("synthetic-data-rows.csv").table("2.1")
    assert rows["footnote"].tolist() == ["", "6 months, unpublished", "6 months, unpublished"]
    assert rows["applicability"].tolist() == ["SUBGROUP_AND_OVERALL"] * 3


@pytest.mark.parametrize(("data_type", "words", "key"), [
    ("dichotomous", "Odds Ratio", "OR"), ("dichotomous", "Peto Odds Ratio", "PETO"),
    ("dichotomous", "Risk Ratio (Non-event)", "RR"), ("dichotomous", "RD", "RD"),
    ("dichotomous", "Risk Difference", "RD"), ("dichotomous", "PETO_OR", "PETO"),
    ("continuous", "Std. Mean Difference", "SMD"), ("continuous", "Mean Difference", "MD"),
    ("continuous", "OR", ""), ("dichotomous", "", ""), ("generic inverse variance", "x", "GEN"),
])  # fmt: skip
def test_effect_measures_in_the_words_of_files(data_type, words, key):
    """Both spellings of RevMan, those of the library, and what is none of ours."""
    assert measure_of({"data_type": data_type, "effect_measure": words}) == key


@pytest.mark.parametrize(("key", "error", "text"), [
    ("1.11", ChoiceError, 'Did you mean "1.1"?'),
    (1.1, ChoiceError, "is not an analysis"),
    ("1.5", InputError, "holds other data: text, no numbers"),
    ("1.6", InputError, "could estimate none of the 1 rows"),
])  # fmt: skip
def test_what_has_no_table(key, error, text):
    """An unknown key lists the keys; text and empty analyses say what they are."""
    with pytest.raises(error, match="(?s)" + text.replace("?", r"\?")):
        example("synthetic.rm5").table(key)


def test_a_measure_that_is_none_of_ours_is_named():
    """The file's own words stand in the message."""
    with pytest.raises(InputError, match="'NNT' is no row of MEASURES"):
        example("synthetic.rm5").measure("1.7")
