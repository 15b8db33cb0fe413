"""contrasts: which arms may be set against each other, and what becomes of the others."""

from __future__ import annotations

import pytest

import metaan as ma
from tests.tolerance import EXACT, close
from tests.trials.builders import arm, chosen, contrast, counted, evidence, reasons, sham, shipped

SHARED = "shares its comparator with row {}, which is in: one study does not enter twice"


@pytest.mark.parametrize(
    ("study", "outcome", "control", "row", "extra"),
    [
        ("zaringhalam2010", "pain", "no_treatment", "344", "baclofen"),
        ("jcmp2022", "pain", "physical", "168", "medicine"),
        ("zeng2005", "pain", "physical", "351", "cupping"),
        ("jang2015", "pain", "physical", "162", "exercise"),
        ("jang2015", "function", "physical", "156", "exercise"),
        ("tsukayama2002", "adverse_event", "physical", "291", "poultice"),
    ],
)
def test_pairs_that_differ_by_more(study, outcome, control, row, extra):
    """An arm that got something else besides is left out, and the message names what."""
    pairs = chosen(outcome, study=study).contrasts("acupuncture", control)
    reason = reasons(pairs)[row,]
    assert reason.endswith(f": differs from its comparator by more than the treatment ({extra})")
    assert pairs.k == (study == "zaringhalam2010")


def test_the_clean_arm_of_a_study_stays():
    """zaringhalam2010 enters with acupuncture alone, 20 against 20."""
    pairs = chosen("pain", study="zaringhalam2010").contrasts("acupuncture", "no_treatment")
    row = pairs.pairs.iloc[0]
    assert (row["rows"], row["n1"], row["n2"]) == (("343", "341"), 20, 20)
    assert (row["mean1"], row["mean2"]) == (47, 64.3)


def test_an_addition_is_clean_against_what_it_is_added_to():
    """Acupuncture with baclofen differs from baclofen by acupuncture alone."""
    pairs = chosen("pain", study="zaringhalam2010").contrasts("acupuncture", "drug")
    assert pairs.pairs["rows"][0] == ("343", "344", "342")
    assert pairs.left_out == ()
    added = chosen("pain", study="leibing2002").contrasts("acupuncture", "physical")
    assert added.pairs["rows"][0] == ("201", "203")


@pytest.mark.parametrize(
    ("first", "second", "clean"),
    [
        ("acupuncture+exercise", "sham_penetrating", False),
        ("acupuncture", "sham_penetrating+exercise", False),
        ("acupuncture+exercise", "sham_penetrating+exercise", True),
        ("acupuncture+auricular_acupuncture", "sham_penetrating+sham_tens", True),
        ("acupuncture+usual_care", "sham_penetrating+usual_care", True),
        ("acupuncture+usual_care", "sham_penetrating", False),
        ("acupuncture+exercise", "sham_penetrating+manual_therapy", False),
    ],
)
def test_component_by_component(tmp_path, first, second, clean):
    """Background that both arms got is no difference; anything else is."""
    rows = [arm(components=first), sham(components=second)]
    pairs = evidence(tmp_path, rows).select(outcome="pain").contrasts("acupuncture", "sham")
    assert pairs.k == clean
    assert (pairs.left_out == ()) == clean


def test_a_factorial_trial_is_not_lost(tmp_path):
    """Needles or sham, with or without exercise: two clean pairs, so one can be made."""
    rows = [
        arm(),
        arm(arm="3", components="acupuncture+exercise"),
        sham(),
        sham(arm="4", components="sham_penetrating+exercise"),
    ]
    pairs = evidence(tmp_path, rows).select(outcome="pain").contrasts("acupuncture", "sham")
    listed = {row for item in pairs.left_out for row in item.rows}
    assert pairs.k == 1
    assert listed | set(pairs.pairs["rows"][0]) == {"line2", "line3", "line4", "line5"}


def test_a_reason_names_what_is_lacking():
    """An arm whose only comparator lacks its SD is not called unclean with nothing named."""
    pairs = chosen("function", "long", study="cherkin2001").contrasts("acupuncture", "physical")
    assert pairs.k == 0
    assert reasons(pairs)["59",] == "massage: sd not reported"
    assert all("()" not in item.reason for item in pairs.left_out)


@pytest.mark.parametrize(
    ("term", "control", "kept", "lost"),
    [
        ("immediate", "sham", "c24", "c26"),
        ("immediate", "usual_care", "c25", "c27"),
        ("long", "sham", "c29", "c31"),
        ("long", "usual_care", "c30", "c32"),
    ],
)
def test_never_twice_with_one_control(term, control, kept, lost):
    """cherkin2009: individualized is in, standardized against the same arm is listed."""
    pairs = chosen("pain", term, study="cherkin2009").contrasts("acupuncture", control)
    assert list(pairs.pairs["rows"]) == [(kept,)]
    assert pairs.pairs["kind"][0] == "printed"
    assert reasons(pairs)[lost,].startswith(SHARED.format(kept))


def test_printed_figures_of_later_terms_are_listed():
    """What does not enter is listed: the long-term figures of a study that is in already."""
    trials = chosen("pain", ["immediate", "long"], study="cherkin2009")
    pairs = trials.contrasts("acupuncture", "sham")
    listed = {row for item in pairs.left_out for row in item.rows}
    assert list(pairs.pairs["rows"]) == [("c24",)]
    assert {"c26", "c29", "c31"} <= listed


def test_printed_figures_of_several_terms_need_an_order_too():
    """Without a term the first one in the file would be chosen by chance."""
    trials = shipped().select(outcome="pain", study="cherkin2009")
    with pytest.raises(ma.InputError, match=r"select\(term=.*cherkin2009"):
        trials.contrasts("acupuncture", "sham")


def test_arms_come_before_a_printed_difference():
    """Where arms give the comparison, the printed one stays out."""
    trials = chosen("responder", "intermediate", study="haake2007", preferred=None)
    row = trials.contrasts("acupuncture", "sham").pairs.iloc[0]
    assert (row["kind"], row["rows"]) == ("events", ("149", "150"))


def test_a_printed_difference_stands_in(tmp_path):
    """Where an arm lacks its SD, the printed difference enters, and nothing is listed."""
    trials = evidence(tmp_path, [arm(sd=""), sham()], [contrast()]).select(outcome="pain")
    pairs = trials.contrasts("acupuncture", "sham")
    row = pairs.pairs.iloc[0]
    assert (row["kind"], row["rows"], row["estimate"]) == ("printed", ("c1",), -10)
    assert row["note"] == "printed difference: the arms do not give the comparison"
    assert pairs.left_out == ()


def test_a_printed_difference_of_unclean_arms(tmp_path):
    """The components of its arms rule a printed difference out too."""
    rows = [arm(sd="", components="acupuncture+exercise"), sham()]
    pairs = evidence(tmp_path, rows, [contrast()]).select(outcome="pain")
    found = pairs.contrasts("acupuncture", "sham")
    assert found.k == 0
    assert reasons(found)["c1",] == "its arms differ by more than the treatment (exercise)"


def test_a_difference_printed_the_other_way_round(tmp_path):
    """Sham minus acupuncture 10 (2, 18) is acupuncture minus sham -10 (-18, -2)."""
    turned = contrast(arm1="2", arm2="1", treat1="sham_penetrating", treat2="acupuncture",
                      n1="21", n2="20", estimate="10", ci_low="2", ci_high="18")  # fmt: skip
    trials = evidence(tmp_path, [], [turned]).select(outcome="pain")
    row = trials.contrasts("acupuncture", "sham").pairs.iloc[0]
    assert [row["estimate"], row["ci_low"], row["ci_high"]] == [-10, -18, -2]
    assert (row["n1"], row["n2"]) == (20, 21)
    assert row["treatment_label"] == "Acupuncture"
    assert row["control_label"] == "Penetrating sham"


RATIO = {"outcome": "responder", "instrument": "GLOBAL_IMPROVED", "measure": "RR",
         "treat1": "sham_tens", "treat2": "acupuncture", "arm1": "", "arm2": ""}  # fmt: skip


def test_a_ratio_printed_the_other_way_round(tmp_path):
    """Sham against acupuncture 0.5 (0.25, 1) is acupuncture against sham 2 (1, 4)."""
    turned = contrast(**RATIO, estimate="0.5", ci_low="0.25", ci_high="1")
    trials = evidence(tmp_path, [], [turned]).select(outcome="responder")
    pairs = trials.contrasts("acupuncture", "sham")
    row = pairs.pairs.iloc[0]
    assert close([row["estimate"], row["ci_low"], row["ci_high"]], [2, 1, 4], EXACT)
    effects = ma.effect_sizes(pairs, "RR")
    assert close(effects.scale.inverse(effects.y), [2], EXACT)


def test_a_ratio_with_a_limit_of_zero(tmp_path):
    """Printed 0.4 (0.0, 3.1) has no standard error: left out with the reason, either way."""
    turned = contrast(**RATIO, estimate="0.4", ci_low="0.0", ci_high="3.1")
    trials = evidence(tmp_path, [], [turned]).select(outcome="responder")
    for treatment, control in (("sham", "acupuncture"), ("acupuncture", "sham")):
        pairs = trials.contrasts(treatment, control)
        assert pairs.k == 0
        assert pairs.left_out[0].reason == "a ratio or its limit is not positive"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"estimate": ""}, "no estimate printed"),
        ({"ci_low": "", "ci_high": ""}, "no interval printed"),
        ({"ci_low": "-20"}, "printed interval is not centered on the estimate"),
    ],
)
def test_printed_differences_without_an_error(tmp_path, cells, reason):
    """No standard error is made of an interval that is not what it seems."""
    trials = evidence(tmp_path, [], [contrast(**cells)]).select(outcome="pain")
    pairs = trials.contrasts("acupuncture", "sham")
    assert pairs.k == 0
    assert reasons(pairs) == {("c1",): reason}


def test_rounding_of_printed_limits_is_no_asymmetry(tmp_path):
    """-10 (-17.7, -2.4) is as symmetric as one decimal allows."""
    trials = evidence(tmp_path, [], [contrast(ci_high="-2.4")]).select(outcome="pain")
    assert trials.contrasts("acupuncture", "sham").k == 1


def test_by_node():
    """Nodes name single styles; the labels are those of treatments.csv."""
    pairs = chosen("pain").contrasts("acupuncture", "sham_penetrating", by="node")
    assert list(pairs.pairs["study_id"]) == ["brinkhaus2006", "molsberger2002"]
    assert (pairs.treatment, pairs.control) == ("Acupuncture", "Penetrating sham")
    styles = shipped().select(
        outcome="pain", preferred=None, study="pach2013", term="intermediate"
    )
    inside = styles.contrasts("acupuncture_individualized", "acupuncture_standardized", by="node")
    assert inside.k == 1


def test_several_names_on_a_side():
    """Two groups make one side, with a label that says so."""
    pairs = chosen("pain").contrasts("acupuncture", ["no_treatment", "usual_care"])
    assert pairs.control.casefold() == "no treatment or usual care"
    assert set(pairs.pairs["study_id"]) >= {"brinkhaus2006", "meng2003"}


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("acupunture", "sham"), ma.ChoiceError, r"treatment='acupunture' is not a group of "),
        (("acupuncture", "shame"), ma.ChoiceError, r"control='shame'.* Did you mean \"sham\"\?"),
        (("sham_tens", "sham"), ma.ChoiceError, r"treatment='sham_tens' is not a group"),
        (("acupuncture", ["sham", "acupuncture"]), ma.InputError, "as treatment and as control"),
        (("acupuncture", []), ma.InputError, "control is empty; name a group such as"),
    ],
)
def test_names_of_the_sides(arguments, error, message):
    """Unknown, twice, none: each is refused."""
    with pytest.raises(error, match=message):
        chosen("pain").contrasts(*arguments)


def test_the_way_to_name_the_sides():
    """by= has two values, and names from the other are refused."""
    with pytest.raises(ma.ChoiceError, match=r"by='nodes'.* choose one of group, node"):
        chosen("pain").contrasts("acupuncture", "sham", by="nodes")
    with pytest.raises(ma.ChoiceError, match=r"control='sham' is not a node of treatments.csv"):
        chosen("pain").contrasts("acupuncture", "sham", by="node")


def test_two_outcomes():
    """Rows of several outcomes are no one comparison."""
    trials = shipped().select(study="haake2007", term="intermediate")
    assert trials.contrasts("acupuncture", "sham").k == 1
    with pytest.raises(ma.InputError, match=r"6 outcomes \(function, pain, .*select\(outcome"):
        shipped().contrasts("acupuncture", "sham")


@pytest.mark.parametrize(
    "selection",
    [{"term": "immediate", "preferred": None}, {"study": ["leibing2002", "molsberger2002"],
                                                "preferred": None}, {}],
)  # fmt: skip
def test_ambiguous_rows(selection):
    """Several figures of one arm: every such study is named, and what to select by."""
    trials = shipped().select(outcome="pain", **selection)
    with pytest.raises(ma.InputError, match=r"several figures for one arm; select") as raised:
        trials.contrasts("acupuncture", "sham")
    text = str(raised.value)
    assert "molsberger2002 (" in text
    assert "VAS_0_100" in text


def test_nothing_to_compare():
    """A selection without such arms gives no pair, no remark, and an empty table of its kind."""
    pairs = chosen("pain", study="haake2007").contrasts("acupuncture", "sham")
    assert (pairs.k, pairs.left_out) == (0, ())
    assert list(pairs.to_frame().columns) == list(chosen("pain").contrasts(
        "acupuncture", "sham").pairs.columns)  # fmt: skip
    assert str(pairs) == "Acupuncture against Sham: 0 studies, 0 figures left out"
    assert list(pairs.left_out_frame().columns) == ["study", "rows", "reason"]
    assert "<p>" in pairs._repr_html_()


def test_what_travels_with_a_pair(tmp_path):
    """Row ids, labels, kind of sham, condition and year come along."""
    row = chosen("pain", study="molsberger2002").contrasts("acupuncture", "sham").pairs.iloc[0]
    assert row["study"] == "Molsberger 2002"
    assert (row["sham_type"], row["condition"], row["year"]) == (
        "penetrating", "chronic LBP", "2002")  # fmt: skip
    assert row["timepoint_weeks"] == 4
    rows = [counted(), counted(arm="2", treatment="sham_tens", events="3")]
    own = evidence(tmp_path, rows).select(outcome="responder").contrasts("acupuncture", "sham")
    assert own.pairs.loc[0, ["study", "condition", "year", "sham_type"]].tolist() == [
        "new2030", "", "", "device"]  # fmt: skip
