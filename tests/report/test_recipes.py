"""What each declared figure holds: coverage in the title, no pool of one, pools as printed."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest

from metaan.core.errors import InputError
from metaan.report.declaring.declared import find_figure
from metaan.report.declaring.words import words_of
from metaan.report.r_calls.calling import calls_of
from metaan.report.results.diagnosing import (
    can_be_diagnosed,
    drawings_beside,
    nothing_to_diagnose,
)
from metaan.report.results.evidence import Evidence, load_evidence
from metaan.report.results.recipes import Result, make_result
from metaan.report.results.sentences import paragraph
from metaan.report.results.tables import figure_table, missing_table

NAMES = [spec.name for part in load_evidence().analyses for spec in part.figure]


def test_the_five_analyses_are_there(evidence: Evidence) -> None:
    """The cited analyses, in their order."""
    names = [analysis.name for analysis in evidence.analyses]
    assert names == ["13rct", "33study", "63rct", "sham_vs_true", "umbrella"]


@pytest.mark.parametrize("name", NAMES)
def test_titles_say_how_many_of_how_many(results: dict[str, Result], name: str) -> None:
    """``k of K studies on file``, with the k that is shown and the declared K."""
    result = results[name]
    found = re.search(r"(\d+) of (\d+) (studies|published results) on file", result.title)
    assert found is not None, result.title
    declared = {"13rct": 13, "33study": 33, "63rct": 63, "sham_vs_true": 26, "umbrella": 137}
    expected = 3 if name == "forest_sham_backinaction" else declared[result.analysis.name]
    assert int(found.group(2)) == result.of == expected
    known = 0 if result.analysis.name == "63rct" else result.k
    assert int(found.group(1)) == known


@pytest.mark.parametrize("name", NAMES)
def test_fewer_than_two_trials_are_not_pooled(results: dict[str, Result], name: str) -> None:
    """One trial is shown as it is; two and more are pooled."""
    result = results[name]
    pooled = result.effects is not None and result.effects.k > 1
    assert (result.fit is not None) == pooled


@pytest.mark.parametrize("name", NAMES)
def test_every_member_is_in_or_listed_as_missing(
    results: dict[str, Result], evidence: Evidence, name: str
) -> None:
    """Nothing is lost: members that are not in the figure are in its table, with a reason."""
    result = results[name]
    column = result.analysis.members if result.spec.members is None else result.spec.members
    if not column:
        return
    labels = {str(evidence.trials.studies.at[i, "label"]) for i in evidence.trials.members(column)}
    shown = set(result.effects.study) if result.effects is not None else set()
    listed = {item.study for item in result.missing if item.reason}
    assert labels <= shown | listed
    declared, _ = evidence.declared_size(result.analysis.review)
    if not math.isnan(declared) and declared > len(labels):
        assert f"{declared - len(labels):.0f} further member" in result.missing[-1].study


def test_acute_pain_shows_the_one_trial_beside_the_published_pool(
    results: dict[str, Result],
) -> None:
    """Shin 2013's printed difference, Su 2021's pool, no pool of ours."""
    result = results["forest_13rct_pain"]
    assert result.effects is not None
    assert result.effects.study == ("Shin 2013",)
    assert result.effects.rows == (("c54",),)
    assert [pool.pool_id for pool in result.published] == ["su2021_01"]
    assert result.subtitle.endswith("one usable trial: nothing is pooled")


def test_no_trial_leaves_the_published_pool_alone(results: dict[str, Result]) -> None:
    """RMDQ in acute back pain: nothing on file, said so."""
    result = results["forest_13rct_function_rmdq"]
    assert result.effects is None
    assert result.k == 0
    assert "no usable trial on file" in result.subtitle


def test_backinaction_stands_against_usual_care(results: dict[str, Result]) -> None:
    """The trial without a sham arm is in no sham figure."""
    inside = {
        name
        for name, result in results.items()
        if result.effects is not None and "debar2025" in result.effects.columns["study_id"]
    }
    assert "forest_sham_backinaction" in inside
    assert not {"forest_sham_pain", "forest_sham_function", "forest_sham_responder"} & inside


def test_a_figure_that_the_measure_cannot_use_gives_way_to_the_next(
    results: dict[str, Result],
) -> None:
    """Shin 2013: the immediate figure is a printed MD, so its short-term arms enter the SMD."""
    result = results["forest_63rct_pain_drug"]
    assert result.effects is not None
    at = result.effects.study.index("Shin 2013")
    assert result.effects.rows[at] == ("269", "270")
    assert result.effects.columns["term"][at] == "short"


def test_what_a_caution_rules_out_is_listed(results: dict[str, Result]) -> None:
    """Jiang 2013 printed the same figures for both arms: out, and said so."""
    reasons = {x.study: x.reason for x in results["forest_63rct_pain_drug"].left_out}
    assert "identical_arms" in reasons["Jiang 2013"]


def test_no_reason_says_that_a_left_out_row_is_in(results: dict[str, Result]) -> None:
    """A row that another one gave way to has entered."""
    for result in results.values():
        rows = {row for ids in result.effects.rows for row in ids} if result.effects else set()
        for item in result.left_out:
            found = re.search(r"row (\w+), which is in", item.reason)
            assert found is None or found.group(1) in rows
            assert "already in" not in item.reason or item.study in result.effects.study


@pytest.mark.parametrize(
    ("name", "study", "reason"),
    [
        ("forest_sham_pain", "Weiner 2008", "on other scales only"),
        ("forest_sham_pain", "Shin 2015", "do not compare acupuncture against sham"),
        ("forest_sham_pain", "Cho 2013", "no pain figures on file"),
        ("forest_sham_pain", "Carlsson 2001", "at other times only"),
        ("forest_33study_pain_none", "Cherkin 2009", "do not compare acupuncture against no"),
    ],
)
def test_missing_members_get_the_true_reason(
    results: dict[str, Result], name: str, study: str, reason: str
) -> None:
    """What is on file, on another scale, at another time or of another comparison."""
    reasons = {item.study: item.reason for item in results[name].missing}
    assert reason in reasons[study]


def test_inferred_members_are_footnoted(results: dict[str, Result]) -> None:
    """A figure that is copied alone still says it."""
    assert "Membership inferred, not confirmed: Leibing 2002." in (
        results["forest_33study_pain_sham"].notes
    )


def test_the_umbrella_leaves_out_what_is_no_result_of_its_own(results: dict[str, Result]) -> None:
    """Re-expressions and differences between pools are out, and listed with the reason."""
    result = results["forest_umbrella"]
    shown = {pool.pool_id for pool in result.pools}
    out = {item.rows[0]: item.reason for item in result.left_out}
    assert shown | set(out) == set(load_evidence().pools)
    assert out["mu2020_03"] == "re-expression of another pool of the same review"
    assert out["vickers2018_21"] == "difference between two pools"
    assert not any("SMD_difference" in pool.measure for pool in result.pools)


def test_asymmetric_intervals_stay_as_printed(results: dict[str, Result]) -> None:
    """The two misprints are shown as they stand."""
    pools = {pool.pool_id: pool for pool in results["forest_umbrella"].pools}
    fei, yu = pools["fei2023_07"], pools["yu2023_02"]
    assert (fei.value, fei.low, fei.high) == (-3.06, -4.5, -2.7)
    assert (yu.value, yu.low, yu.high) == (-1.56, -2.8, -0.95)


def test_same_numbers_of_other_outcomes_are_no_quotation(results: dict[str, Result]) -> None:
    """Two rounded SMDs may agree by accident; only the same outcome and scale make it likely."""
    twice = [note for note in results["forest_umbrella"].notes if "The same numbers" in note]
    assert len(twice) == 1
    assert "Lee 2013" in twice[0]


def test_an_unknown_subgroup_column_is_refused(evidence: Evidence) -> None:
    """A slip in a declaration is answered with the columns, not with a traceback."""
    analysis = evidence.analyses[3]
    spec = replace(analysis.figure[0], subgroups="sham_tpye")
    with pytest.raises(InputError, match='Did you mean "sham_type"'):
        make_result(evidence, analysis, spec)


def _made(evidence: Evidence, name: str, **changes: object) -> Result:
    part, spec = find_figure(evidence.analyses, name)
    found = make_result(evidence, part, replace(spec, **changes))
    assert isinstance(found, Result)
    return found


def test_a_given_tau2_is_pooled_and_not_diagnosed(evidence: Evidence) -> None:
    """In words; with its R call, but without the checks that need an estimate."""
    for subgroups in ("", "sham_type"):
        found = _made(evidence, "forest_sham_pain", tau2=0.05, subgroups=subgroups)
        assert not can_be_diagnosed(found)
        assert drawings_beside(found) == ()
        assert "tau² given, interval by" in paragraph(found)
        assert "tau² = 0.05 was given, not estimated" in paragraph(found)
        assert "a tau² that was given" in nothing_to_diagnose([found])
    zero = paragraph(_made(evidence, "forest_sham_pain", tau2=0, subgroups=""))
    assert "is estimated as 0" not in zero


def test_a_common_effect_has_no_tau2(evidence: Evidence) -> None:
    """Neither in the paragraph nor in the numbers; its interval is named in words."""
    found = _made(evidence, "forest_sham_pain", model="common", inference="", subgroups="")
    text = paragraph(found)
    assert "; common effect, interval by Wald (normal distribution). " in text
    assert "tau²" not in text
    table = figure_table(found)
    assert table.loc[table["row"] == "pool", "tau2"].isna().all()


def test_a_declared_regression_has_its_call(evidence: Evidence) -> None:
    """Beside that of the pool."""
    found = _made(evidence, "forest_sham_pain_smd", moderators="~ year", subgroups="")
    assert found.regression is not None
    pool, regression = calls_of(found)
    assert "mods" in regression.code
    assert "mods" not in pool.code


def test_controls_that_are_no_sham_have_no_type_of_sham(evidence: Evidence) -> None:
    """It is not that nobody reported it; and what `where` takes, subgroups take as well."""
    drugs = _made(evidence, "forest_63rct_pain_drug", subgroups="sham_type")
    assert drugs.effects is not None
    assert {*drugs.effects.columns["sham_type"]} == {"no sham"}
    kinds = _made(evidence, "forest_sham_pain_smd", subgroups="measure_type")
    assert set(kinds.fit.levels) == {"change", "endpoint"}
    assert "measure_type" in words_of(evidence.trials, ()).columns


def test_trials_that_a_published_pool_has_too_are_named(
    evidence: Evidence, results: dict[str, Result]
) -> None:
    """Furlan 2005 names its four; what a review does not name stays open."""
    told = results["forest_sham_pain"].shared
    assert told.startswith("all of the 4 trials of Furlan 2005")
    assert "(Kerr 2003, Leibing 2002, Mendelson 1983 and Molsberger 2002)" in told
    assert told.endswith("trials may be in both")
    fewer = _made(evidence, "forest_sham_pain", without_study=["kerr2003"]).shared
    assert fewer.startswith("3 of the 4 trials of Furlan 2005")
    assert results["forest_33study_pain_sham"].shared == "trials may be in both"


def test_readers_get_no_keys_and_no_code(results: dict[str, Result]) -> None:
    """In footnotes, reasons and paragraphs: words for instruments, reasons by their kind."""
    told = [note for result in results.values() for note in result.notes]
    assert not any("contrast_sd" in note or "VAS_0" in note for note in told)
    assert "Bothersomeness 0–10 carried to VAS 0–100, factor 10: Cherkin 2009." in told
    assert not any("a difference without an SD" in note for note in told)
    group = results["network_63rct_responder_group_graph"].notes
    assert "Not in: DeBar 2025 (only a printed RR, no events)." in group
    for result in results.values():
        reasons = missing_table(result)["reason"]
        assert not reasons.str.contains("contrast_sd").any(), result.spec.name
        assert "t(k - p)" not in paragraph(result)


def test_a_figure_can_be_made_from_any_evidence(evidence: Evidence) -> None:
    """The same declaration gives the same content twice."""
    analysis = evidence.analyses[1]
    one, two = (make_result(evidence, analysis, analysis.figure[0]) for _ in range(2))
    assert one.title == two.title
    assert one.left_out == two.left_out
