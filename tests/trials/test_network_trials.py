"""Networks of the trials on file: which arms, which printed differences, which direction."""

from __future__ import annotations

import numpy as np
import pytest

import metaan as ma
from metaan.trials.network_making import network_effects
from tests.tolerance import EXACT, close
from tests.trials.builders import arm, chosen, contrast, counted, evidence, people, sham, shipped
from tests.trials.networks import by_pair

TERMS = {"immediate": "immediate", "first": ["immediate", "short"], "intermediate": "intermediate",
         "long": "long"}  # fmt: skip
CAUTIONS = ("sd_suspected_se", "sd_implausible", "identical_arms")
# Parts of each network, counted by other means: treatments/trials/trials with three or more.
COUNTED = (
    ("pain", "immediate", "node", "20/20/5 2/1/0", "19/17/5 2/1/0"),
    ("pain", "first", "node", "20/22/5 2/1/0", "19/19/5 2/1/0"),
    ("pain", "first", "group", "6/21/5 2/1/0", "6/18/5 2/1/0"),
    ("pain", "intermediate", "node", "3/2/0 2/1/0 2/1/0", "3/2/0 2/1/0 2/1/0"),
    ("pain", "intermediate", "group", "3/3/0", "3/3/0"),
    ("pain", "long", "node", "6/3/1", "6/3/1"),
    ("pain", "long", "group", "3/3/1", "3/3/1"),
    ("function", "immediate", "node", "13/12/2 2/1/0", "11/8/2 2/1/0"),
    ("function", "first", "group", "6/13/2", "6/9/2"),
    ("function", "intermediate", "node", "7/4/1 2/1/0 2/1/0", "7/4/1 2/1/0 2/1/0"),
    ("function", "intermediate", "group", "5/6/1", "5/6/1"),
    ("function", "long", "node", "2/1/0 4/1/1", "2/1/0 4/1/1"),
    ("function", "long", "group", "3/2/1", "3/2/1"),
    ("responder", "immediate", "node", "6/5/0", "6/5/0"),
    ("responder", "first", "group", "5/5/0", "5/5/0"),
    ("responder", "intermediate", "node", "4/3/1", "4/3/1"),
    ("responder", "intermediate", "group", "3/3/1", "3/3/1"),
)


def everything(trials, by="node"):
    """Return all contrasts of some trials: mixed types, printed differences by an SD of 10."""
    if set(trials.arms["outcome"]) == {"responder"}:
        return network_effects(trials, "RR", by=by)
    sds = dict.fromkeys(trials.contrast_rows["instrument"], 10.0)
    return network_effects(trials, "SMD", by=by, better="lower", mix_types=True, contrast_sd=sds)


@pytest.mark.parametrize("case", COUNTED, ids=lambda case: " ".join(case[:3]))
def test_what_the_trials_on_file_connect(case):
    """Treatments, trials and multi-arm trials of every part, with and without cautions."""
    outcome, term, by, *known = case
    for flags, parts in zip(((), CAUTIONS), known, strict=True):
        trials = shipped().select(outcome=outcome, term=TERMS[term], without_flags=flags)
        found = everything(trials, by).parts()
        shown = [f"{len(p.treatments)}/{p.k}/{(p.layout.arms > 2).sum()}" for p in found]
        assert " ".join(shown) == parts


def test_every_figure_is_in_or_named():
    """Each preferred row is behind a contrast or left out with a reason, never both."""
    trials = shipped().select(outcome="pain", term=TERMS["first"])
    effects = network_effects(trials, "SMD", better="lower", mix_types=True)
    inside = {row for rows in effects.rows for row in rows}
    outside = {row for item in effects.left_out for row in item.rows}
    assert not inside & outside
    assert inside | outside >= set(trials.arms["row_id"])
    assert effects.k_left_out > 0
    assert set(effects.columns) >= {"n1", "n2", "mean1", "sd2", "instrument", "term", "year"}


def test_a_mean_difference_is_one_instrument(tmp_path):
    """Arms of one instrument with row ids, the label with its unit; others are refused."""
    third = sham(arm="3", treatment="usual_care", mean="45", n="19")
    trials = evidence(tmp_path, [arm(row_id="x1"), sham(row_id="x2"), third | {"row_id": "x3"}])
    effects = network_effects(trials, "MD")
    pairs = by_pair(effects)
    study = effects.studies[0]
    known = (-10.0, 12**2 / 20 + 13**2 / 21)
    assert close(pairs[study, "acupuncture", "sham_penetrating"], known, EXACT)
    assert close(pairs[study, "sham_penetrating", "usual_care"][0], -5.0, EXACT)
    assert effects.rows == (("x1", "x2"), ("x1", "x3"), ("x2", "x3"))
    assert effects.label == "Mean difference (mm, VAS 0–100)"
    assert effects.columns["n2"] == (21.0, 19.0, 19.0)
    with pytest.raises(ma.InputError, match="a MD needs one instrument"):
        network_effects(chosen("pain"), "MD", better="lower", mix_types=True)
    with pytest.raises(ma.InputError, match="do not share a SMD"):
        network_effects(chosen("pain"), "SMD", better="lower")
    with pytest.raises(ma.InputError, match="the rows hold"):
        network_effects(shipped(), "SMD")


def test_arms_of_one_node_or_group_are_one(tmp_path):
    """Combined as if their participants had been one arm; a study of one group stays out."""
    arms = [arm(row_id="1"), arm(row_id="2", arm="4", mean="36", sd="9", n="17"),
            sham(row_id="3"),
            arm(study_id="old", row_id="4"),
            arm(study_id="old", row_id="5", arm="2", treatment="electroacupuncture")]  # fmt: skip
    trials = evidence(tmp_path, arms)
    effects = network_effects(trials, "MD", by="group")
    everyone = np.concatenate([people(20, 30, 12), people(17, 36, 9)])
    v = everyone.var(ddof=1) / 37 + 13**2 / 21
    assert close([effects.y[0], effects.v[0]], [everyone.mean() - 40, v], EXACT)
    assert effects.rows == (("1", "2", "3"),)
    assert "arms of one treatment combined" in effects.remarks[0]
    (lost,) = effects.left_out
    assert (lost.rows, lost.study) == (("4", "5"), "old")
    assert "its arms are one treatment here (acupuncture)" in lost.reason
    nodes = network_effects(trials, "MD")
    assert nodes.treatments == ("acupuncture", "electroacupuncture", "sham_penetrating")
    with pytest.raises(ma.ChoiceError, match="by='nodes' is not a way to name the arms"):
        network_effects(trials, "MD", by="nodes")


def test_add_on_designs_by_group():
    """By group they share an edge with head-to-head trials, which is said; not by components."""
    trials = shipped().select(outcome="pain", term="immediate")
    said = [text for text in everything(trials, "group").remarks if "and more" in text]
    assert any("acupuncture and physical" in text and "Leibing 2002" in text for text in said)
    parts = everything(trials, "components")
    assert not any("and more" in text for text in parts.remarks)
    assert "acupuncture+physiotherapy" in parts.treatments


def test_direction():
    """Instruments of opposite direction turn when asked, whole studies at once."""
    trials = shipped().select(outcome="pain", term="long", study=["cherkin2009", "thomas2006"])
    sds = {"BOTHERSOMENESS_0_10": 2.0, "SF36_BP_0_100": 20.0}
    with pytest.raises(ma.InputError, match="instruments of opposite direction"):
        network_effects(trials, "SMD", contrast_sd=sds)
    effects = network_effects(trials, "SMD", better="lower", contrast_sd=sds)
    thomas = effects.study.index("Thomas 2006")
    assert close(effects.y[thomas], -5.6 / 20, EXACT)
    assert close(effects.se[thomas], 2.959 / 20, EXACT)
    assert "sign turned so that lower is better: Thomas 2006" in effects.remarks
    with pytest.raises(ma.ChoiceError, match="better='down' is not a direction"):
        network_effects(trials, "SMD", better="down")


def test_five_printed_differences_of_four_arms():
    """Cherkin 2009 prints five; arms are independent, so their variances say the sixth."""
    trials = shipped().select(outcome="pain", term="immediate", study="cherkin2009")
    effects = network_effects(trials, "MD")
    pairs = by_pair(effects)
    one, two = "acupuncture_individualized", "acupuncture_standardized"
    assert len(effects.y) == 6
    assert close(pairs["Cherkin 2009", one, two], (0.2, 0.28**2), EXACT, typical=1)
    assert close(
        pairs["Cherkin 2009", "sham_nonpenetrating", "usual_care"], (-1.39, 0.28**2), EXACT
    )
    assert "from 5 printed differences, arms taken as independent" in effects.remarks[0]
    groups = by_pair(network_effects(trials, "MD", by="group"))
    mean = -(157 * 1.05 + 158 * 1.25) / 315
    v = (157**2 + 158**2) / 315**2 * 0.28**2 / 2 + 0.28**2 / 2
    assert close(groups["Cherkin 2009", "acupuncture", "usual_care"], (mean, v), EXACT)


def test_printed_differences(tmp_path):
    """One stands in where arms lack numbers; those that do not say all arms do not enter all."""
    bare = {"sd": "", "mean": "", "n": ""}
    arms = [arm(**bare), sham(**bare), sham(arm="3", treatment="usual_care", **bare)]
    usual = {"arm2": "3", "treat2": "usual_care", "n2": "19"}
    other = {"arm1": "2", "treat1": "sham_penetrating", "n1": "21"} | usual
    printed = [
        contrast(),
        contrast(row_id="c2", estimate="-16", ci_low="-24", ci_high="-8", **usual),
    ]
    effects = network_effects(evidence(tmp_path, arms, printed), "MD")
    assert effects.rows == (("c1",),)
    assert close(effects.y, -10.0, EXACT)
    assert effects.columns["kind"] == ("printed",)
    reasons = {item.rows: item.reason for item in effects.left_out}
    assert (
        "row c1 is in; printed differences of several arms enter together only" in reasons["c2",]
    )
    third = contrast(row_id="c3", estimate="-6", ci_low="-14", ci_high="2", **other)
    effects = network_effects(evidence(tmp_path, arms, [*printed, third]), "MD")
    assert sorted(effects.rows) == [("c1",), ("c2",), ("c3",)]
    wrong = third | {"estimate": "6", "ci_low": "-2", "ci_high": "14"}
    effects = network_effects(evidence(tmp_path, arms, [*printed, wrong]), "MD")
    assert effects.rows == (("c1",),)
    effects = network_effects(evidence(tmp_path, arms, printed), "SMD")
    assert effects.k == 0
    assert 'contrast_sd={"VAS_0_100": ...}' in {i.rows: i.reason for i in effects.left_out}["c1",]


def test_terms_in_order_of_preference(tmp_path):
    """The first term with two arms; several figures for one arm are named."""
    short = {"term": "short", "timepoint_weeks": "20"}
    arms = [arm(row_id="1"), sham(row_id="2", sd=""), arm(row_id="3", **short),
            sham(row_id="4", **short)]  # fmt: skip
    trials = evidence(tmp_path, arms)
    effects = network_effects(trials.select(term=["immediate", "short"]), "MD")
    assert effects.rows == (("3", "4"),)
    assert effects.columns["term"] == ("short",)
    assert {item.rows for item in effects.left_out} == {("1",), ("2",)}
    with pytest.raises(ma.InputError, match="several figures for one arm"):
        network_effects(trials, "MD")


def test_what_does_not_go_together(tmp_path):
    """Counts in a mean difference, arguments of tables, columns; no trial at all."""
    trials = evidence(tmp_path, [counted(row_id="1"), counted(row_id="2", arm="2", events="4",
                                 treatment="sham_penetrating")])  # fmt: skip
    assert network_effects(trials, "OR").rows == (("1", "2"),)
    lost = network_effects(trials, "MD")
    assert lost.k == 0
    assert "its figures are counts: no MD" in lost.left_out[0].reason
    for words, more in (
        ("combine= is for a table", {"combine": True}),
        ("disagreeing= is for a table", {"disagreeing": "repair"}),
        ("'n' is neither a column nor an option", {"n": "n"}),
    ):
        with pytest.raises(ma.InputError, match=words):
            network_effects(trials, "OR", **more)
    with pytest.raises(ma.InputError, match="HR is not one quantity of each arm"):
        network_effects(trials, "HR")
    with pytest.raises(ma.ChoiceError, match="contrast_sd='VAS' is not an instrument"):
        network_effects(trials, "SMD", contrast_sd={"VAS": 3})
