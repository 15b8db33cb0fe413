"""A file of somebody's own trials: the report is about them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from metaan.core.errors import DataError
from metaan.report.build import all_results, build_report
from metaan.report.results.coverage import coverage_table
from metaan.report.results.evidence import Evidence, load_evidence
from metaan.report.results.trail import trace
from tests.tolerance import EXACT, close

NRS = "NRS_0_10,immediate,endpoint,{},{},{}"
HEAD = (
    "study_id,arm,treatment,outcome,instrument,term,measure_type,n,mean,sd,events,"
    "source_doi,source_citation\n"
)
ROWS = (
    "a2001,1,acupuncture,pain,VAS_0_100,immediate,endpoint,30,35,20,,,A 2001 Table 2\n"
    "a2001,2,sham_penetrating,pain,VAS_0_100,immediate,endpoint,30,45,22,,,A 2001 Table 2\n"
    "b2005,1,acupuncture,pain,VAS_0_100,immediate,endpoint,25,30,18,,,B 2005 <b>Table</b> 3\n"
    "b2005,2,sham_nonpenetrating,pain,VAS_0_100,immediate,endpoint,26,38,21,,,B 2005 Table 3\n"
    "b2005,1,acupuncture,responder,GLOBAL_IMPROVED,short,events,25,,,12,,B 2005 Table 4\n"
    "b2005,2,sham_nonpenetrating,responder,GLOBAL_IMPROVED,short,events,26,,,9,,B 2005 Table 4\n"
)


@pytest.fixture
def own(tmp_path: Path) -> Evidence:
    """Return the evidence of a file of two trials."""
    path = tmp_path / "mine.csv"
    path.write_text(HEAD + ROWS, encoding="utf-8")
    return load_evidence(path)


def test_every_comparison_gets_a_figure(own: Evidence) -> None:
    """Means on one scale are a mean difference, counts a risk ratio; k of K is the file's."""
    titles = {result.spec.name: result.title for result in all_results(own)}
    assert titles == {
        "own_pain_acupuncture_sham": "Pain, acupuncture vs sham: 2 of 2 studies on file",
        "own_responder_acupuncture_sham": "Responder, acupuncture vs sham: 1 of 1 studies on file",
    }
    pain, responder = all_results(own)
    assert pain.effects is not None
    assert close(pain.effects.y, [-10.0, -8.0], EXACT)
    assert responder.effects is not None
    assert close(responder.effects.y, np.log([12 / 25 / (9 / 26)]), EXACT)


def test_the_report_is_about_the_file(own: Evidence, tmp_path: Path) -> None:
    """Its title, its coverage, its rows; no mark-up of a source gets into the page."""
    page = build_report(own, tmp_path / "out").read_text(encoding="utf-8")
    assert "<h1>Report on mine.csv</h1>" in page
    assert "<b>Table" not in page
    table = coverage_table(own)
    assert list(table["usable_pain"]) == [2]
    assert "A 2001 Table 2" in trace(own, all_results(own)[0], "a2001")


def test_scales_of_one_outcome_are_standardized(tmp_path: Path) -> None:
    """Two instruments: a standardized mean difference, oriented."""
    path = tmp_path / "mine.csv"
    rows = ROWS.replace("VAS_0_100,immediate,endpoint,25,30,18", NRS.format(25, 3, 1.8))
    rows = rows.replace("VAS_0_100,immediate,endpoint,26,38,21", NRS.format(26, 3.8, 2.1))
    path.write_text(HEAD + rows, encoding="utf-8")
    result = all_results(load_evidence(path))[0]
    assert result.effects is not None
    assert (result.effects.measure, result.effects.k) == ("SMD", 2)


def test_a_file_without_rows_makes_no_report(tmp_path: Path) -> None:
    """A header alone is a fault."""
    path = tmp_path / "mine.csv"
    path.write_text(HEAD, encoding="utf-8")
    with pytest.raises(DataError, match="has no rows"):
        load_evidence(path)


def test_no_pair_of_groups_is_passed_over(tmp_path: Path) -> None:
    """Two treatments that are nobody's control are compared as well."""
    path = tmp_path / "mine.csv"
    path.write_text(HEAD + ROWS.replace("sham_penetrating", "laser_acupuncture"), encoding="utf-8")
    names = [result.spec.name for result in all_results(load_evidence(path))]
    assert "own_pain_laser_acupuncture" in names
