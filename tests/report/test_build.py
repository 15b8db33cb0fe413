"""The report as files: complete, reproducible, never half written, never over something else."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import shutil
import signal
from dataclasses import replace
from errno import ENOSPC
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from metaan.core.errors import InputError, MetaanError
from metaan.report import build
from metaan.report.build import all_results
from metaan.report.drawing import writing
from metaan.report.drawing.drawing import records
from metaan.report.drawing.writing import draw_records
from metaan.report.results.evidence import Evidence, load_evidence
from metaan.report.results.recipes import AnyResult
from tests.report.small_review import LONE, POOL


class _Tags(HTMLParser):
    """Collects tags with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag."""
        self.tags.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def bare(evidence: Evidence) -> Evidence:
    """Return the shipped evidence without a figure: made in a moment."""
    return replace(evidence, analyses=())


@pytest.fixture(scope="module")
def made_of_it(bare: Evidence, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of its report."""
    return build.build_report(bare, tmp_path_factory.mktemp("bare") / "report").parent


@pytest.fixture
def out(made_of_it: Path, tmp_path: Path) -> Path:
    """Return a folder with an earlier report."""
    return Path(shutil.copytree(made_of_it, tmp_path / "report"))


FOREIGN = {
    "a file among a report's": None,
    "a manifest of something else": {"manifest_version": 3},
    "a list": [],
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_not_the_reports_is_never_deleted(bare: Evidence, out: Path, name: str) -> None:
    """A manifest.json alone makes no report, and a report with a stranger in it is refused."""
    if FOREIGN[name] is not None:
        (out / "manifest.json").write_text(json.dumps(FOREIGN[name]))
    (out / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="files that are not the report's"):
        build.build_report(bare, out)
    assert (out / "thesis.txt").read_text() == "mine"


def test_a_place_that_cannot_be_written_is_named(bare: Evidence, tmp_path: Path) -> None:
    """An error of the system becomes one line."""
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(InputError, match="cannot be written to"):
        build.build_report(bare, tmp_path / "file" / "report")


@pytest.fixture(scope="module")
def tags(report: Path) -> list[tuple[str, dict[str, str | None]]]:
    """Return the tags of the page."""
    parser = _Tags()
    parser.feed((report / "index.html").read_text(encoding="utf-8"))
    return parser.tags


def test_everything_is_written_in_every_format(small_report: Path) -> None:
    """Figures with their numbers, tables, page, Word file, methods, manifest."""
    heads = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG", "json": b"{", "csv": b"",
             "xlsx": b"PK", "docx": b"PK", "tex": b""}  # fmt: skip
    for name in (POOL, LONE):
        for kind in ("svg", "pdf", "png", "json"):
            data = (small_report / "figures" / f"{name}.{kind}").read_bytes()
            assert data.startswith(heads[kind])
        for kind in ("csv", "xlsx", "docx", "tex"):
            data = (small_report / "tables" / f"{name}.{kind}").read_bytes()
            assert data.startswith(heads[kind])
    for name in ("index.html", "report.docx", "methods.md", "manifest.json"):
        assert (small_report / name).stat().st_size > 500


def test_pictures_are_light_and_look_as_drawn(small_report: Path, small: Path) -> None:
    """A palette: white is white, and no color moves farther than the eye can see."""
    result = all_results(load_evidence(small))[0]
    plot = draw_records(records(result))
    plot.save(small_report.parent / "whole.png", dpi=writing.DPI)
    with (
        Image.open(small_report / "figures" / f"{POOL}.png") as lean,
        Image.open(small_report.parent / "whole.png") as whole,
    ):
        assert (lean.mode, lean.size) == ("P", whole.size)
        assert lean.info["Description"] == whole.info["Description"]
        assert lean.info["dpi"] == pytest.approx(whole.info["dpi"])
        ours, theirs = (np.asarray(one.convert("RGB")).astype(int) for one in (lean, whole))
    assert np.abs(ours - theirs).max() <= 16
    assert (ours[theirs.min(axis=2) == 255] == 255).all()


def test_the_page_shows_every_figure_with_its_files(
    report: Path, in_report: dict[str, AnyResult], tags: list[tuple[str, dict[str, str | None]]]
) -> None:
    """One section each, and links that lead somewhere."""
    ids = {attrs.get("id") for _, attrs in tags}
    assert set(in_report) <= ids
    links = [str(attrs["href"]) for tag, attrs in tags if tag == "a" and "href" in attrs]
    for link in links:
        place = link.partition("#")[0]
        away = link.startswith(("https://", "http://"))
        there = (report / place).is_file() if place else link.removeprefix("#") in ids
        assert there or away, link


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
    pools = [figure for figure in manifest["figures"] if not figure["beside"]]
    assert {figure["name"] for figure in pools} == set(in_report)
    assert len(manifest["data"]["trials.csv"]) == 64
    assert manifest["cells"]["trials.csv"]["rows"]["201"][0] == "leibing2002"
    assert "figures/forest_sham_pain.svg" in manifest["files"]
    assert {"metaan", "python", "numpy", "matplotlib", "fonts"} <= set(manifest["versions"])
    assert len(text) < 1_000_000
    assert str(report) not in text
    assert not re.search(r"20\d\d-\d\d-\d\dT", text)


def test_an_earlier_report_is_replaced_as_a_whole(
    bare: Evidence, out: Path, tmp_path: Path
) -> None:
    """Files of the earlier one do not linger."""
    before = (out / "index.html").stat().st_ino
    build.build_report(bare, out)
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


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


STEPS = ("tables", "methods.md", "index.html", "report.docx", "manifest.json")


@pytest.mark.parametrize(
    ("number", "step"),
    [*((signal.SIGINT, step) for step in STEPS), (signal.SIGTERM, STEPS[0])],
)
def test_an_interrupted_run_leaves_the_earlier_report(
    bare: Evidence, out: Path, tmp_path: Path, number: signal.Signals, step: str
) -> None:
    """Ctrl-C and SIGTERM, real ones, at every step: the old report is whole, and no litter."""
    before = contents(out)

    def interrupt(_: int, __: int, what: str) -> None:
        if what == step:
            os.kill(os.getpid(), number)

    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises((KeyboardInterrupt, SystemExit)) as caught:
            build.build_report(bare, out, progress=interrupt)
    finally:
        signal.signal(signal.SIGINT, usual)
    assert getattr(caught.value, "code", 143) == 143
    assert contents(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["report"]
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


FAILURES = {
    "an error": (InputError("no page"), "no page"),
    "a full disk": (OSError(ENOSPC, "No space left on device"), "written to .*No space left"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_half_way_leaves_the_earlier_report(
    bare: Evidence, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What is there stays until everything new is there."""
    error, words = FAILURES[name]
    before = contents(out)

    def fail(*_: object) -> str:
        raise error

    monkeypatch.setattr(build, "page", fail)
    with pytest.raises(InputError, match=words):
        build.build_report(bare, out)
    assert contents(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_failure_while_it_is_swapped_in_brings_the_earlier_one_back(
    bare: Evidence, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old report is out of its place for a moment."""
    before = contents(out)
    usual = Path.replace

    def fail(path: Path, target: Path) -> Path:
        if target == out and path.name == "report":
            raise KeyboardInterrupt
        return usual(path, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(KeyboardInterrupt):
        build.build_report(bare, out)
    assert contents(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_process_that_is_killed_is_named(small: Path, tmp_path: Path) -> None:
    """Out of memory, say; nothing waits for it forever."""
    pages = records(all_results(load_evidence(small))[0])

    def draw() -> None:
        with writing.Drawers(tmp_path, workers=2) as drawers:
            for process in multiprocessing.active_children():
                process.kill()
            drawers.add(POOL, pages)
            drawers.finish(lambda _: None)

    with pytest.raises(MetaanError, match=r"ended from outside .*workers=1"):
        draw()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def drawn_as_svg(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw in one format, and write no Word file."""
    monkeypatch.setattr(writing, "FORMATS", ("svg",))
    monkeypatch.setattr(build, "report_docx", lambda _: b"")


@pytest.mark.usefixtures("drawn_as_svg")
def test_a_part_says_that_it_is_one(small: Path, tmp_path: Path) -> None:
    """On the page and in the manifest; it never takes the place of a whole report."""
    mine = load_evidence(small)
    out = tmp_path / "report"
    page = build.build_report(mine, out, only=[LONE]).read_text(encoding="utf-8")
    assert "A small review (a part: 1 of 2 figures)" in page
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["part"] == [LONE]
    assert not (out / "figures" / f"{POOL}.svg").exists()
    build.build_report(mine, out, only=[LONE])
    build.build_report(mine, out, only=["small"])  # the analysis: everything
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["part"] is None
    with pytest.raises(InputError, match=r"a whole report.*such as report_part\), or"):
        build.build_report(mine, out, only=[POOL])
    with pytest.raises(InputError, match="Did you mean"):
        build.build_report(mine, out, only=["forest_smal"])
