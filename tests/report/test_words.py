"""Coverage, paragraphs, tables and trails: the numbers that readers see."""

from __future__ import annotations

import re

import numpy as np
import pytest

from metaan.core.errors import ChoiceError
from metaan.diagnostics.conclusion.diagnosis import CHECKS
from metaan.diagnostics.conclusion.diagnosis_record import UNKNOWN
from metaan.report.declaring.declared import NETWORK
from metaan.report.document.assembling import cited
from metaan.report.document.conventions import conventions
from metaan.report.results.coverage import coverage_table
from metaan.report.results.diagnosing import Diagnosed
from metaan.report.results.evidence import Evidence, load_evidence
from metaan.report.results.membership import title_of
from metaan.report.results.recipes import Result
from metaan.report.results.sentences import paragraph
from metaan.report.results.tables import figure_table, missing_table
from metaan.report.results.trail import trace, trails
from tests.tolerance import EXACT, close

SPECS = [spec for part in load_evidence().analyses for spec in part.figure]
NAMES = [spec.name for spec in SPECS]


def test_coverage_counts(evidence: Evidence) -> None:
    """The counts that were made by hand when the table was collected."""
    table = coverage_table(evidence).set_index("evidence")
    counts = table[["usable_pain", "usable_function", "usable_responder"]].to_numpy().tolist()
    assert counts == [[1, 1, 0], [4, 3, 2], [0, 0, 0], [10, 4, 3], [25, 17, 8]]
    assert list(table["members"])[:3] == [
        "0 confirmed, 3 inferred",
        "14 confirmed, 1 inferred",
        "0 confirmed, 0 inferred",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_one_square_of_each_forest_can_be_traced(
    results: dict[str, Result], evidence: Evidence, name: str
) -> None:
    """As reported, table and DOI of the first trial, or of the first published pool."""
    result = results[name]
    if result.effects is not None:
        text = trace(evidence, result, str(result.effects.columns["study_id"][0]))
        for row_id in result.effects.rows[0]:
            tables = (evidence.trials.arms, evidence.trials.contrast_rows)
            rows = [t[t["row_id"] == row_id] for t in tables]
            row = next(found.iloc[0] for found in rows if len(found))
            assert f"as reported: {row['as_reported']}" in text
            assert row["source_locus"] in text
            assert f"DOI: {row['source_doi'] or 'not on file'}" in text
    else:
        one = result.pools[0]
        text = trace(evidence, result, one.pool_id)
        assert f"as reported: {one.as_reported}" in text
        assert f"DOI: {one.doi or 'not on file'}" in text


def test_a_study_can_be_traced_by_its_label(
    results: dict[str, Result], evidence: Evidence
) -> None:
    """Id and label, any case."""
    result = results["forest_33study_pain_sham"]
    by_id, by_label = (trace(evidence, result, name) for name in ("LEIBING2002", "leibing 2002"))
    assert by_id == by_label
    assert "10.1002/14651858.CD001351.pub2" in by_id


def test_a_study_that_is_not_in_the_figure_is_explained(
    results: dict[str, Result], evidence: Evidence
) -> None:
    """The error lists what is in it, and why the asked one is not."""
    with pytest.raises(
        ChoiceError, match=r"(?s)it holds shin2013.*Hasegawa 2014: no pain figures on file"
    ):
        trace(evidence, results["forest_13rct_pain"], "hasegawa2014")


@pytest.mark.parametrize("name", [spec.name for spec in SPECS if spec.kind != NETWORK])
def test_paragraphs_and_tables_agree(results: dict[str, Result], name: str) -> None:
    """The pooled numbers of the table are those of the fit, and stand in the paragraph."""
    result = results[name]
    table, text = figure_table(result), paragraph(result)
    assert text.endswith(".")
    assert len(table) > 0
    if result.fit is None:
        return
    total = table[(table["row"] == "pool") & (table["label"] == "all")].iloc[0]
    whole = getattr(result.fit, "overall", result.fit)
    read = whole.estimate.read()
    assert close([total["estimate"], total["low"], total["high"]],
                 [read.value, read.low, read.high], EXACT)  # fmt: skip
    assert re.search(r"pooled (MD|SMD|RR) is .*I² = \d+%", text)
    weights = table.loc[table["row"] == "trial", "weight_percent"].to_numpy(float)
    assert close(np.sum(weights), 100.0, EXACT)


def test_missing_tables_name_each_study_once_per_reason(results: dict[str, Result]) -> None:
    """No line stands twice."""
    for result in results.values():
        table = missing_table(result)
        assert not table.duplicated().any()
        assert (table["reason"] != "").all()


def test_conventions_claim_what_was_judged(
    results: dict[str, Result], trusted: dict[str, Diagnosed]
) -> None:
    """Of how many pools each question could be answered; I² of a common effect is from Q."""
    diagnoses = [each.diagnosis for each in trusted.values()]
    *_, told = conventions(list(results.values()), diagnoses)
    assert f"was asked of {len(diagnoses)} pools" in told
    for row in CHECKS.values():
        checks = [check for each in diagnoses for check in each.checks if check.key == row.key]
        judged = sum(check.verdict != UNKNOWN for check in checks)
        assert f"{row.question} ({judged})" in told
    assert "was asked" not in conventions([])[-1]
    assert "for a common effect, and for counts" in conventions([])[0]


def test_only_checks_with_an_answer_are_cited(trusted: dict[str, Diagnosed]) -> None:
    """Small-study effects of fewer than ten studies were not looked for."""
    for each in trusted.values():
        found = " ".join(cited(each.diagnosis))
        for check in each.diagnosis.checks:
            if check.doi:
                assert (check.doi in found) == (check.verdict != UNKNOWN)


def test_known_members_alone_need_no_count_of_others(evidence: Evidence) -> None:
    """And a title that nobody read is followed by no empty journal."""
    part = next(part for part in evidence.analyses if part.name == "63rct")
    assert title_of("Pain", part, 3, 63, 3) == "Pain: 3 of 63 studies on file"
    assert title_of("Pain", part, 3, 63, 2).endswith("(1 trial not known as members)")


def test_trails_have_no_empty_places(results: dict[str, Result], evidence: Evidence) -> None:
    """Neither title nor journal on file: nothing stands for them."""
    told = [trail.about for name in ("forest_sham_pain", "forest_63rct_pain_drug")
            for trail in trails(evidence, results[name])]  # fmt: skip
    assert any(about.startswith("title not read.") for about in told)
    assert not any(". ." in about or ".." in about for about in told)


def test_the_63_rct_paragraph_claims_nothing(evidence: Evidence) -> None:
    """Its size is all that is said of it."""
    analysis = next(part for part in evidence.analyses if part.name == "63rct")
    assert "Its size is all that is known" in analysis.about
    assert evidence.declared_size("gao2025_63rct") == (63.0, 9454.0)
