"""Coverage, paragraphs, tables and trails: the numbers that readers see."""

from __future__ import annotations

import re

import numpy as np
import pytest

from metaan.core.errors import ChoiceError
from metaan.report.declaring.declared import NETWORK
from metaan.report.results.coverage import coverage_table
from metaan.report.results.evidence import Evidence, load_evidence
from metaan.report.results.recipes import Result
from metaan.report.results.sentences import paragraph
from metaan.report.results.tables import figure_table, missing_table
from metaan.report.results.trail import trace
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


def test_the_63_rct_paragraph_claims_nothing(evidence: Evidence) -> None:
    """Its size is all that is said of it."""
    analysis = next(part for part in evidence.analyses if part.name == "63rct")
    assert "Its size is all that is known" in analysis.about
    assert evidence.declared_size("gao2025_63rct") == (63.0, 9454.0)
