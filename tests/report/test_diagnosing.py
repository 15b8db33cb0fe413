"""The pages of diagnostics: one per analysis, a sentence per pool, figures and numbers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from metaan.diagnostics.conclusion.diagnosis import diagnose
from metaan.report.declaring.declared import load_analyses
from metaan.report.drawing.drawing import draw_records
from metaan.report.pages.page import page_name
from metaan.report.results.diagnosing import (
    DIAGNOSTICS,
    SPECIFICATIONS,
    Diagnosed,
    can_be_diagnosed,
    diagnosed,
    unmarked,
    whole,
)
from metaan.report.results.evidence import Evidence
from metaan.report.results.recipes import AnyResult
from tests.plots.looking import misplaced

SHAM = "forest_sham_pain_smd"
POOLS = ("forest_33study_pain_sham", "forest_63rct_pain_drug", "forest_sham_pain", SHAM)


@pytest.fixture(scope="module")
def trusted(evidence: Evidence, results: dict[str, AnyResult]) -> dict[str, Diagnosed]:
    """Return the diagnoses of some pools."""
    return {name: diagnosed(evidence, results[name]) for name in POOLS}


def test_every_pool_has_its_sentence_on_the_page(
    report: Path, results: dict[str, AnyResult]
) -> None:
    """Word for word what diagnose says of the fit, on both pages, and no pool without."""
    index = (report / "index.html").read_text(encoding="utf-8")
    pools = [result for result in results.values() if can_be_diagnosed(result)]
    assert len(pools) > 10
    for result in pools:
        important = result.spec.important or None
        found = diagnose(whole(result.fit), important=important)
        page = (report / page_name(result.analysis.name)).read_text(encoding="utf-8")
        for text in (index, page):
            for sentence in (found.change, found.importance):
                assert sentence.replace("'", "&#39;") in text, result.spec.name
            assert f'id="{result.spec.name}"' in text
    assert index.count("What would change the conclusion") == len(pools)


def test_every_analysis_has_a_page_and_says_if_there_is_nothing(
    report: Path, evidence: Evidence
) -> None:
    """The 13-RCT review has no pool of two trials: its page says why."""
    index = (report / "index.html").read_text(encoding="utf-8")
    for analysis in evidence.analyses:
        page = (report / page_name(analysis.name)).read_text(encoding="utf-8")
        assert f'href="{page_name(analysis.name)}"' in index
        assert analysis.title in page
        assert ("Nothing to diagnose" in page) == ('<section id="' not in page)
    assert "Nothing to diagnose" in (report / page_name("13rct")).read_text(encoding="utf-8")


def test_pages_need_nothing_else(report: Path) -> None:
    """Pictures are embedded, and every link leads to a file of the report or within a page."""
    for path in report.glob("diagnostics_*.html"):
        text = path.read_text(encoding="utf-8")
        assert all(src.startswith("data:") for src in re.findall(r'src="([^"]*)"', text))
        for link in re.findall(r'href="([^"]*)"', text):
            place, _, anchor = link.partition("#")
            there = (report / place) if place else path
            assert there.is_file(), link
            assert not anchor or f'id="{anchor}"' in there.read_text(encoding="utf-8"), link


@pytest.mark.parametrize("name", POOLS)
def test_figures_are_those_the_studies_suffice_for(
    trusted: dict[str, Diagnosed], name: str
) -> None:
    """Their titles say how many studies are on file, and nothing overlaps or is cut off."""
    each = trusted[name]
    k = each.diagnosis.fit.k
    wanted = [row.key for row in DIAGNOSTICS.values() if row.fewest <= k <= row.most]
    assert list(each.drawings) == wanted + [SPECIFICATIONS] * (name == SHAM)
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
    assert any("specifications" in text for text in trusted[SHAM].sentences)


def test_tables_and_manifest_hold_what_the_page_says(
    report: Path, in_report: dict[str, AnyResult], trusted: dict[str, Diagnosed]
) -> None:
    """Verdicts and numbers of each check; every figure has its files."""
    manifest = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    listed = {each["pool"]: each for each in manifest["diagnostics"]}
    assert set(listed) == {name for name, one in in_report.items() if can_be_diagnosed(one)}
    for name, each in trusted.items():
        checks = {check.key: [check.verdict, check.found] for check in each.diagnosis.checks}
        assert listed[name]["checks"] == checks
        assert (report / "tables" / f"{name}_diagnosis.csv").is_file()
        for figure in listed[name]["figures"]:
            assert (report / "figures" / f"{figure}.png").is_file()


def test_marks_of_references_are_taken_out() -> None:
    """The page lists the references of all its methods together."""
    assert unmarked("Deleted in turn [1]. Most [2] of it [12].") == "Deleted in turn. Most of it."


def test_a_minimal_important_difference_needs_a_source(tmp_path: Path) -> None:
    """And is a number above 0; both faults are named."""
    text = (
        '[[analysis]]\nname = "a"\ntitle = "A"\nabout = ""\nunknown = ""\n'
        '[[analysis.figure]]\nname = "f"\nheading = "F"\nmeasure = "MD"\nimportant = -2\n'
    )
    path = tmp_path / "analyses.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Exception, match="number above 0") as caught:
        load_analyses(path)
    assert "important_source" in str(caught.value)
