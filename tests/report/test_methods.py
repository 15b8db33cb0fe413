"""Methods paragraphs: each clause from the declaration or the fit, marks with references."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from metaan.core.citations import cite
from metaan.measures.table import MEASURES
from metaan.report.declaring.declared import NETWORK, UMBRELLA
from metaan.report.results.evidence import Evidence, load_evidence
from metaan.report.results.methods import methods_paragraph
from metaan.report.results.readable import outcome_words
from metaan.report.results.recipes import AnyResult, make_result

NAMES = [spec.name for part in load_evidence().analyses for spec in part.figure]
MARK = re.compile(r"\[(\d+)\]")


@pytest.mark.parametrize("name", NAMES)
def test_marks_and_references_agree(results: dict[str, AnyResult], name: str) -> None:
    """Every mark has its reference, every reference its mark; sentences are whole."""
    text, references = methods_paragraph(results[name])
    marks = {int(mark) for mark in MARK.findall(text)}
    assert marks == set(range(1, len(references) + 1))
    assert len(set(references)) == len(references)
    assert text.endswith(".")
    assert "_" not in MARK.sub("", re.sub(r"\(.*?\)|by [a-z]+_[a-z]+", "", text))


@pytest.mark.parametrize("name", NAMES)
def test_clauses_are_those_of_the_declaration(results: dict[str, AnyResult], name: str) -> None:
    """Outcome, times, cautions, measure with its source, importance, and how the fit was made."""
    result = results[name]
    spec = result.spec
    text, references = methods_paragraph(result)
    if spec.kind == UMBRELLA:
        return
    assert f"outcome was {outcome_words(spec.outcome)}" in text
    assert "responder" not in text.partition(" Sensitivity analyses")[0]
    assert all(f"the {term} term" in text for term in spec.term)
    assert ("cautions were left out" in text) == bool(spec.without_flags)
    assert cite([MEASURES[spec.measure].doi])[0] == references[0]
    done = [] if result.effects is None else result.effects.remarks
    assert ("carried from" in text) == any(" carried to " in remark for remark in done)
    kinds = set() if result.effects is None else {*result.effects.columns["kind"]}
    assert ("endpoints shared" in text) == ({"change", "endpoint"} <= kinds)
    assert ("All intervals computed here are 95%" in text) == (result.effects is not None)
    assert ("one network" in text) == (spec.kind == NETWORK)
    if result.fit is None:
        assert "nothing was pooled" in text
        return
    own = MARK.sub("", result.fit.methods_sentence()).replace("sham_type", "sham type")
    assert own in MARK.sub("", text)
    assert set(result.fit.references) <= set(references)
    assert ("taken as important" in text) == bool(spec.important)
    assert spec.important_source in text
    assert all(each.label in text for each in spec.sensitivity)


def test_marks_of_the_fit_are_renumbered(results: dict[str, AnyResult]) -> None:
    """The fit's first reference follows that of the measure."""
    result = results["forest_63rct_pain_sham"]
    text, references = methods_paragraph(result)
    assert result.fit is not None
    first = result.fit.references[0]
    assert references[1] == first
    assert "restricted maximum likelihood [2]" in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"where": {"condition": "chronic LBP"}}, "Only rows with condition chronic LBP"),
        ({"without_study": ["cherkin2009"]}, "All but Cherkin 2009 entered"),
        (
            {"contrast_sd": {"BOTHERSOMENESS_0_10": 2.5}},
            "differences of Cherkin 2009 were divided by an SD of 2.5 (bothersomeness 0–10)",
        ),
        ({"moderators": "~ year"}, "meta-regression of"),
        ({"level": 0.9, "model": "common"}, "common-effect"),
        ({"level": 0.9}, "All intervals computed here are 90% intervals"),
        ({"subgroups": "sham_type"}, "by sham type"),
    ],
)
def test_further_choices_are_told(
    evidence: Evidence, results: dict[str, AnyResult], changes: dict[str, Any], words: str
) -> None:
    """Filters, studies left out, SDs of one's own, a regression, another model."""
    result = results["forest_sham_pain_smd"]
    spec = replace(result.spec, **{"subgroups": "", "inference": "", **changes})
    other = make_result(evidence, result.analysis, spec)
    text, references = methods_paragraph(other, evidence)
    assert words in text
    assert {int(mark) for mark in MARK.findall(text)} == set(range(1, len(references) + 1))


def test_what_was_declared_and_not_done_is_not_told(
    evidence: Evidence, results: dict[str, AnyResult]
) -> None:
    """Scales that no trial has, an SD that divides nothing; the trials carried are named."""
    result = results["forest_33study_pain_usual"]
    text, _ = methods_paragraph(result, evidence)
    assert "Figures of Cherkin 2009 were carried from bothersomeness 0–10 to VAS 0–100" in text
    assert "VAS 0–10 to" not in text
    idle = replace(result.spec, contrast_sd={"NRS_0_10": 2.5}, measure="SMD", better="lower")
    again, _ = methods_paragraph(make_result(evidence, result.analysis, idle))
    assert "divided by an SD" not in again
    assert "members of Mu 2020 Cochrane CD013814" in text
    physical, _ = methods_paragraph(results["forest_63rct_pain_physical"], evidence)
    assert "Acupuncture versus Physical treatment" in physical
    assert "printed as SD but looks like an SE; SD very small" in physical


def test_counts_are_told_by_their_method(
    evidence: Evidence, results: dict[str, AnyResult]
) -> None:
    """Mantel and Haenszel, with their reference; the paragraph of results has no marks."""
    result = results["forest_63rct_responder_usual"]
    spec = replace(result.spec, method="MH", model="common", inference="")
    other = make_result(evidence, result.analysis, spec)
    text, references = methods_paragraph(other)
    assert "Mantel-Haenszel" in text
    assert any("10.1093/jnci/22.4.719" in each for each in references)
