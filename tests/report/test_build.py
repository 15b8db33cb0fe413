"""The report as files: complete, reproducible, never half written, never over something else."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from metaan.core.errors import InputError
from metaan.report import build
from metaan.report.results.evidence import Evidence
from metaan.report.results.recipes import AnyResult


class _Tags(HTMLParser):
    """Collects tags with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag."""
        self.tags.append((tag, dict(attrs)))


FOREIGN = {
    "a file among a report's": None,
    "a manifest of something else": {"manifest_version": 3},
    "a list": [],
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_not_the_reports_is_never_deleted(
    evidence: Evidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A manifest.json alone makes no report, and a report with a stranger in it is refused."""
    monkeypatch.setattr(build, "all_results", lambda _: [])
    out = tmp_path / "report"
    if FOREIGN[name] is None:
        build.build_report(evidence, out)
    else:
        out.mkdir()
        (out / "manifest.json").write_text(json.dumps(FOREIGN[name]))
    (out / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="files that are not the report's"):
        build.build_report(evidence, out)
    assert (out / "thesis.txt").read_text() == "mine"


def test_a_place_that_cannot_be_written_is_named(evidence: Evidence, tmp_path: Path) -> None:
    """An error of the system becomes one line."""
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(InputError, match="cannot be written to"):
        build.build_report(evidence, tmp_path / "file" / "report")


@pytest.fixture(scope="module")
def tags(report: Path) -> list[tuple[str, dict[str, str | None]]]:
    """Return the tags of the page."""
    parser = _Tags()
    parser.feed((report / "index.html").read_text(encoding="utf-8"))
    return parser.tags


def test_every_figure_is_written_in_every_format(
    report: Path, in_report: dict[str, AnyResult]
) -> None:
    """SVG, PDF, PNG and two tables each."""
    for name in in_report:
        for kind, head in (("svg", b"<?xml"), ("pdf", b"%PDF"), ("png", b"\x89PNG")):
            assert (report / "figures" / f"{name}.{kind}").read_bytes().startswith(head)
        assert (report / "tables" / f"{name}.csv").stat().st_size > 0
        assert (report / "tables" / f"{name}_missing.csv").stat().st_size > 0


def test_the_page_needs_nothing_else(tags: list[tuple[str, dict[str, str | None]]]) -> None:
    """Every image is inside; no script, style sheet or font is fetched."""
    images = [attrs for tag, attrs in tags if tag == "img"]
    assert all(str(each["src"]).startswith("data:image/svg+xml;base64,") for each in images)
    assert all(each["alt"] for each in images)
    assert not [tag for tag, _ in tags if tag in ("script", "link", "iframe")]


def test_the_page_shows_every_figure_with_its_files(
    report: Path, in_report: dict[str, AnyResult], tags: list[tuple[str, dict[str, str | None]]]
) -> None:
    """One section each, and links that lead somewhere."""
    ids = [attrs.get("id") for tag, attrs in tags if tag == "section"]
    assert ids == list(in_report)
    links = [str(attrs["href"]) for tag, attrs in tags if tag == "a"]
    for link in links:
        place = link.partition("#")[0]
        target = report / place if place else None
        anchor = link.removeprefix("#") in {attrs.get("id") for _, attrs in tags}
        assert target.is_file() if target is not None else anchor


def test_the_page_says_what_is_missing(report: Path) -> None:
    """The 63-RCT review and the members that are not identified."""
    page = (report / "index.html").read_text(encoding="utf-8")
    assert "neither its results nor its trials could be read" in page
    assert "18 further members of 33" in page


def test_the_manifest_says_what_it_was_made_from(
    report: Path, in_report: dict[str, AnyResult]
) -> None:
    """Rows, checksums, versions; no time, no path."""
    text = (report / "manifest.json").read_text(encoding="utf-8")
    manifest = json.loads(text)
    assert {figure["name"] for figure in manifest["figures"]} == set(in_report)
    assert len(manifest["data"]["trials.csv"]) == 64
    assert "figures/forest_sham_pain.pdf" in manifest["files"]
    assert str(report) not in text
    assert not re.search(r"20\d\d-\d\d-\d\dT", text)


def test_two_reports_are_the_same_bytes(
    report: Path, evidence: Evidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Figures included; drawn in one process and in several."""
    few = {"forest_13rct_pain", "forest_sham_pain", "network_63rct_pain_group_ranking"}
    every = build.all_results(evidence)
    chosen = [result for result in every if result.spec.name in few]
    monkeypatch.setattr(build, "all_results", lambda _: chosen)
    again = build.build_report(evidence, tmp_path / "again").parent
    for name in few:
        for kind in ("svg", "pdf"):
            path = f"figures/{name}.{kind}"
            assert (report / path).read_bytes() == (again / path).read_bytes()


def test_an_earlier_report_is_replaced_as_a_whole(
    evidence: Evidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of the earlier one do not linger."""
    monkeypatch.setattr(build, "all_results", lambda _: [])
    out = tmp_path / "report"
    build.build_report(evidence, out)
    before = (out / "index.html").stat().st_ino
    build.build_report(evidence, out)
    assert (out / "index.html").stat().st_ino != before
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_folder_of_somebody_elses_is_refused(evidence: Evidence, tmp_path: Path) -> None:
    """Nothing that is no report is overwritten."""
    (tmp_path / "thesis.docx").write_text("mine")
    with pytest.raises(
        InputError, match="holds no report, or files that are not the report's; choose another"
    ):
        build.build_report(evidence, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_a_failure_half_way_leaves_the_earlier_report(
    evidence: Evidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there stays until everything new is there."""
    monkeypatch.setattr(build, "all_results", lambda _: [])
    out = tmp_path / "report"
    build.build_report(evidence, out)
    before = (out / "index.html").read_bytes()

    def fail(*_: object, title: str) -> str:
        raise InputError(f"no page for {title}")

    monkeypatch.setattr(build, "page", fail)
    with pytest.raises(InputError, match="no page"):
        build.build_report(evidence, out)
    assert (out / "index.html").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["report"]
