"""select and members: what is kept, what is refused, and that nothing is changed in place."""

from __future__ import annotations

import pandas as pd
import pytest

import metaan as ma
from metaan.trials.schema import BASELINE, TERMS
from tests.trials.builders import arm, chosen, evidence, sham, shipped


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"outcome": "pian"}, r"outcome='pian' does not occur; .* Did you mean \"pain\"\?"),
        ({"term": "imediate"}, r"term='imediate' does not occur; .* Did you mean \"immediate\"\?"),
        ({"term": ["short", "lang"]}, r"term='lang' does not occur"),
        ({"instrument": "VAS_100"}, r"instrument='VAS_100' .* Did you mean \"VAS_0_100\"\?"),
        ({"study": "haake2008"}, r"study_id='haake2008' .* Did you mean \"haake2007\"\?"),
        ({"where": {"conditon": "acute LBP"}}, r"not a column\. Did you mean \"condition\"\?"),
        ({"where": {"condition": "acute"}}, r"condition='acute' .* Did you mean \"acute LBP\"\?"),
        ({"where": {"in_sham": "sure"}}, r"in_sham='sure' does not occur"),
    ],
)
def test_unknown_names(wanted, message):
    """A name that occurs nowhere is refused, with what there is and the nearest."""
    with pytest.raises(ma.ChoiceError, match=message):
        shipped().select(**wanted)


@pytest.mark.parametrize("flags", [["sd_implausable"], "sd_implausible"])
def test_a_flag_that_rules_nothing_out_is_refused(flags):
    """A misspelled caution must not leave the doubtful figures in; one text is one flag."""
    every = shipped().select(outcome="pain")
    try:
        left = shipped().select(outcome="pain", without_flags=flags)
    except ma.ChoiceError:
        return
    assert len(left.arms) < len(every.arms), "the figures with that caution are still there"


def test_without_flags():
    """Rows that bear any of the flags go; the others stay."""
    flags = {"sd_implausible", "sd_suspected_se"}
    every, careful = chosen("pain"), chosen("pain", without_flags=sorted(flags))
    gone = set(every.arms["row_id"]) - set(careful.arms["row_id"])
    assert gone
    for row, text in zip(every.arms["row_id"], every.arms["flags"], strict=True):
        assert (row in gone) == bool(flags & set(text.split("|")))


def test_a_flag_is_a_whole_word():
    """A flag that is part of another rules out itself alone."""
    trials = shipped()
    assert len(trials.select(without_flags=["sd_derived"]).arms) < len(trials.select().arms)
    left = trials.select(without_flags=["ci_derived"]).arms
    assert left["flags"].str.contains("sd_derived").any()


def test_baseline_goes_unless_asked_for():
    """A selection of no term, or of others, has no baseline figure."""
    trials = shipped()
    assert (trials.arms["term"] == BASELINE).any()
    assert not (trials.select().arms["term"] == BASELINE).any()
    assert set(trials.select(term=BASELINE).arms["term"]) == {BASELINE}
    both = trials.select(term=[BASELINE, "short"])
    assert set(both.arms["term"]) == {BASELINE, "short"}
    assert both.terms == (BASELINE, "short")


def test_preferred():
    """True, False and None: the chosen figures, the others, both."""
    trials = shipped()
    sizes = {key: len(trials.select(preferred=key).arms) for key in (True, False, None)}
    assert sizes[True] + sizes[False] == sizes[None] == 295
    assert set(trials.select(preferred=False).arms["preferred"]) == {"0"}
    assert set(trials.select(preferred=False).contrast_rows["preferred"]) == {"0"}


def test_columns_of_the_studies():
    """A column of studies.csv restricts arms and contrasts alike."""
    acute = shipped().select(where={"condition": "acute LBP"})
    known = set(shipped().studies.index[shipped().studies["condition"] == "acute LBP"])
    assert set(acute.arms["study_id"]) <= known
    assert set(acute.contrast_rows["study_id"]) == {"shin2013"}
    both = shipped().select(where={"condition": ["acute LBP", "chronic LBP"]})
    assert len(both.arms) > len(acute.arms)


def test_columns_of_one_table_alone():
    """Rows of a table that has no such column go."""
    changes = shipped().select(outcome="pain", where={"measure_type": "change"})
    assert set(changes.arms["measure_type"]) == {"change"}
    assert changes.contrast_rows.empty


def test_columns_of_one_s_own(tmp_path):
    """A further column of a user's file can be selected by."""
    trials = evidence(tmp_path, [arm(country="Chile"), sham(country="Peru")])
    assert list(trials.select(where={"country": "Peru"}).arms["arm"]) == ["2"]


def test_selections_add_up():
    """Two selections in a row are the one of both, and keep the order of terms."""
    twice = shipped().select(outcome="pain").select(term=["short", "immediate"])
    once = shipped().select(outcome="pain", term=["short", "immediate"])
    assert twice.arms.equals(once.arms)
    assert twice.select(study="meng2003").terms == ("short", "immediate")
    assert shipped().select(outcome="pain").select(outcome="function").arms.empty


def test_nothing_is_changed_in_place():
    """Selecting, rescaling and comparing leave the tables as they were."""
    trials = shipped()
    names = ("arms", "contrast_rows", "studies", "instruments", "treatments", "components")
    before = {name: getattr(trials, name).copy() for name in names}
    part = trials.rescale({"VAS_0_10": "VAS_0_100"}).select(outcome="pain", term="immediate")
    pairs = part.contrasts("acupuncture", "sham")
    frame = pairs.to_frame()
    frame.loc[:, "n1"] = 0
    ma.effect_sizes(pairs, "SMD", mix_types=True, better="lower")
    for name, table in before.items():
        pd.testing.assert_frame_equal(getattr(trials, name), table)
    assert (pairs.pairs["n1"] > 0).all()
    assert trials.terms == ()


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (["immediate", "short"], ("immediate", 26, 36, ("233", "234"), "immediate", "short")),
        (["short", "immediate"], ("short", 23, 43, ("230", "231"), "short", "immediate")),
    ],
)
def test_terms_are_an_order_of_preference(terms, expected):
    """A study enters with the first term that it has; the other figures are listed."""
    pairs = chosen("pain", terms, study="molsberger2002").contrasts("acupuncture", "sham")
    row = pairs.pairs.iloc[0]
    assert (row["term"], row["mean1"], row["mean2"]) == expected[:3]
    (lost,) = pairs.left_out
    assert set(lost.rows) == set(expected[3])
    assert lost.reason == f"already in with its {expected[4]} figures (also has {expected[5]})"


def test_a_study_without_the_first_term_enters_with_the_second():
    """Order of preference, not a filter: carlsson2001 has pain in the short term alone."""
    pairs = chosen("pain", ["immediate", "short"]).contrasts("acupuncture", "sham").pairs
    terms = dict(zip(pairs["study_id"], pairs["term"], strict=True))
    assert terms["carlsson2001"] == terms["kong2020"] == "short"
    assert terms["molsberger2002"] == "immediate"


def test_every_word_of_the_schema_can_be_asked_for(tmp_path):
    """A term or an instrument that no row has gives nothing, and is no error."""
    trials = evidence(tmp_path, [arm()])
    assert trials.select(term=TERMS[-1]).arms.empty
    assert trials.select(instrument="ODI_0_100").arms.empty


def test_members():
    """Studies of a review, by how sure the membership is."""
    every = shipped().members("in_33study")
    sure = shipped().members("in_33study", known=["confirmed"])
    guessed = shipped().members("in_33study", known=("inferred",))
    assert (len(every), len(sure), len(guessed)) == (15, 14, 1)
    assert set(every) == {*sure, *guessed}
    assert shipped().members("in_63rct") == ()
    assert len(shipped().members("in_13rct", known=["inferred"])) == 3
    with pytest.raises(ma.ChoiceError, match=r"not a membership column.*Did you mean \"in_13rct"):
        shipped().members("in_13rcts")


@pytest.mark.parametrize("known", ["confirmed", ["confirmd"]])
def test_an_unknown_membership_is_not_no_member(known):
    """One word is one word, and a misspelled one is refused."""
    try:
        found = shipped().members("in_33study", known=known)
    except ma.ChoiceError:
        return
    assert len(found) == 14, "no member was found, and nothing was said"
