"""How far each pool can be trusted: a sentence per pool on the page, figures and numbers."""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path

import pytest

from metaan.diagnostics.conclusion.diagnosis import diagnose
from metaan.report.declaring.figures import FIGURES, SPECIFICATIONS
from metaan.report.document.marking import MARK
from metaan.report.drawing.drawing import draw_records
from metaan.report.results.diagnosing import (
    Diagnosed,
    can_be_diagnosed,
    nothing_to_diagnose,
    whole,
)
from metaan.report.results.evidence import Evidence
from metaan.report.results.recipes import AnyResult
from tests.plots.looking import misplaced

SHAM = "forest_sham_pain_smd"
POOLS = ("forest_33study_pain_sham", "forest_63rct_pain_drug", "forest_sham_pain", SHAM)


def test_every_pool_has_its_sentence_on_the_page(
    report: Path, results: dict[str, AnyResult]
) -> None:
    """Word for word what diagnose says of the fit, and no pool without."""
    index = unescape((report / "index.html").read_text(encoding="utf-8"))
    pools = [result for result in results.values() if can_be_diagnosed(result)]
    assert len(pools) > 10
    for result in pools:
        found = diagnose(whole(result.fit), important=result.spec.important or None)
        for sentence in (found.change, found.importance):
            assert sentence in index, result.spec.name


def test_an_analysis_without_a_pool_says_why(
    report: Path, evidence: Evidence, results: dict[str, AnyResult]
) -> None:
    """The 13-RCT review has no pool of two trials."""
    index = unescape((report / "index.html").read_text(encoding="utf-8"))
    told = {}
    for analysis in evidence.analyses:
        mine = [one for one in results.values() if one.analysis.name == analysis.name]
        told[analysis.name] = nothing_to_diagnose(mine)
        assert bool(told[analysis.name]) == (not any(map(can_be_diagnosed, mine)))
        assert told[analysis.name] in index
    assert "3 figures with one" in told["13rct"]


@pytest.mark.parametrize("name", POOLS)
def test_figures_are_those_the_studies_suffice_for(
    trusted: dict[str, Diagnosed], name: str
) -> None:
    """Their titles say how many studies are on file, and nothing overlaps or is cut off."""
    each = trusted[name]
    k = each.diagnosis.fit.k
    asked = each.result.spec.figures
    rows = [row for row in FIGURES.values() if row.key in asked]
    assert list(each.drawings) == [row.key for row in rows if row.fewest <= k <= row.most]
    assert (SPECIFICATIONS in each.drawings) == (name == SHAM)
    for record in each.drawings.values():
        assert "on file" in record.title
        assert misplaced(draw_records((record,))) == ([], [])
        assert record.alt


def test_the_multiverse_is_of_the_sham_data(trusted: dict[str, Diagnosed]) -> None:
    """More than 20,000 specifications, the pool of the report among them."""
    many = trusted[SHAM].multiverse
    assert many is not None
    assert many.n > 20_000
    curve = trusted[SHAM].drawings[SPECIFICATIONS]
    assert f"up to {many.k.max()} of 26 studies on file" in curve.title
    assert many.k.max() == 9  # Cherkin 2009 by the SD that its standard error implies
    report = many.find({"inference": "HKSJ_FLOOR"})
    own = trusted[SHAM].diagnosis.fit.estimate
    assert many.value[report] == pytest.approx(own.value, rel=1e-12)
    assert (many.low[report], many.high[report]) == pytest.approx((own.low, own.high), rel=1e-9)
    assert trusted["forest_sham_pain"].multiverse is None
    assert any("specifications" in text for text, _ in trusted[SHAM].findings)
    for text, references in trusted[SHAM].findings:
        marks = [int(mark) for mark in MARK.findall(text)]
        assert set(marks) <= {*range(1, len(references) + 1)}


def test_tables_and_manifest_hold_what_the_page_says(
    report: Path, in_report: dict[str, AnyResult], trusted: dict[str, Diagnosed]
) -> None:
    """Verdicts and numbers of each check; every figure has its files."""
    manifest = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    listed = {each["pool"]: each for each in manifest["diagnostics"]}
    assert set(listed) == {name for name, one in in_report.items() if can_be_diagnosed(one)}
    for name in POOLS:
        each = trusted[name]
        checks = {check.key: [check.verdict, check.found] for check in each.diagnosis.checks}
        assert listed[name]["checks"] == checks
        assert (report / "tables" / f"{name}_diagnosis.csv").is_file()
        assert listed[name]["figures"] == [each.name_of(key) for key in each.drawings]
    for figure in listed[SHAM]["figures"]:
        assert (report / "figures" / f"{figure}.svg").is_file()
        assert f"figures/{figure}.json" in manifest["files"]
