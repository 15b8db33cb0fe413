"""What a report takes over from the one before: the same bytes, and nothing that differs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from metaan.report import build
from metaan.report.build import build_report
from metaan.report.drawing import writing
from metaan.report.files import tables
from metaan.report.results.evidence import load_evidence
from tests.report.small_review import AFTER, BEFORE, LONE, POOL, ROW

Made = Callable[..., tuple[list[str], list[str]]]


@pytest.fixture
def there(small_report: Path, tmp_path: Path) -> Path:
    """Return a copy of a report."""
    return Path(shutil.copytree(small_report, tmp_path / "report"))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    """Return a function that makes a report and says what was drawn, and which tables written."""
    drawn: list[str] = []
    written: list[str] = []
    draw, word = writing.write_figure, tables.TABLE_FORMATS["docx"]

    def drawing(job: writing.Job) -> writing.Written:
        drawn.append(job.name)
        return draw(job)

    def typed(table: tables.Table, columns: object) -> bytes:
        written.append(table.name)
        return word(table, columns)  # type: ignore[arg-type]

    monkeypatch.setattr(writing, "write_figure", drawing)
    monkeypatch.setattr(tables, "TABLE_FORMATS", {**tables.TABLE_FORMATS, "docx": typed})

    def make(review: Path, out: Path, **options: bool) -> tuple[list[str], list[str]]:
        drawn.clear()
        written.clear()
        build_report(load_evidence(review), out, **options)
        return list(drawn), list(written)

    return make


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a report."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*")}


def test_nothing_is_drawn_twice_and_every_byte_is_the_same(
    small: Path, small_report: Path, there: Path, made: Made
) -> None:
    """Unless it is asked for."""
    assert made(small, there) == ([], [])
    assert contents(there) == contents(small_report)
    drawn, written = made(small, there, fresh=True)
    assert set(drawn) == {POOL, LONE}
    assert len(written) > len(drawn)
    assert contents(there) == contents(small_report)


def test_what_changed_is_drawn_and_no_more(
    small: Path, there: Path, made: Made, tmp_path: Path
) -> None:
    """The figure that a number enters, as a report made from nothing has it."""
    review = Path(shutil.copytree(small, tmp_path / "review"))
    table = review / "trials.csv"
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    edited = [x.replace(BEFORE, AFTER) if x.startswith(f"{ROW},") else x for x in lines]
    assert edited != lines
    table.write_text("".join(edited), encoding="utf-8")
    drawn, written = made(review, there)
    assert drawn == [POOL]
    assert POOL in written
    assert LONE not in written
    made(review, tmp_path / "anew")
    assert contents(there) == contents(tmp_path / "anew")


def test_a_file_that_was_edited_or_lost_is_made_again(
    small: Path, small_report: Path, there: Path, made: Made
) -> None:
    """Its bytes are not those on record."""
    (there / "figures" / f"{POOL}.svg").write_text("<svg/>")
    (there / "tables" / f"{LONE}.xlsx").unlink()
    drawn, written = made(small, there)
    assert drawn == [POOL]
    assert written == [LONE]
    assert contents(there) == contents(small_report)


@pytest.mark.parametrize("key", ["matplotlib", "source of metaan", "fonts"])
def test_another_version_takes_nothing_over(
    small: Path, there: Path, made: Made, key: str
) -> None:
    """Of a library, of metaan's own source, or of a font."""
    path = there / build.MANIFEST
    told = json.loads(path.read_text(encoding="utf-8"))
    if key == "fonts":
        told["versions"][key] = dict.fromkeys(told["versions"][key], "another")
    else:
        told["versions"][key] = "another"
    path.write_text(json.dumps(told), encoding="utf-8")
    assert set(made(small, there)[0]) == {POOL, LONE}


def test_a_figure_that_warns_of_its_letters_is_drawn_each_time() -> None:
    """Or the warning would be heard once."""
    job = writing.Job(name="x", pages=(), rows=(), folder=Path())
    seen: list[str] = []

    def taker(numbers: str, *_: object) -> bool:
        seen.append(numbers)
        return True

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "numbers_of", lambda _: "")
        for name, taken in (("Łódź", True), ("\ue000", False), ("كوهين", False)):
            patch.setattr(writing, "plotted", lambda *_, name=name: {"name": name})
            assert (writing.take_over(job, taker) is not None) == taken
    assert len(seen) == 1
