"""The proof: two runs give the same bytes, and a check names what changed, and why."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from metaan.core.errors import InputError
from metaan.report.proof.check import (
    CHANGED,
    EDITED,
    GONE,
    NEW,
    SAME_BYTES,
    SAME_NUMBERS,
    Check,
)
from metaan.report.proof.checking import check_report
from metaan.report.proof.comparing import compare
from metaan.report.proof.differing import differences, sentences
from metaan.report.proof.recorded import read_report
from metaan.report.proof.versions import SOURCE
from metaan.report.results.evidence import load_evidence
from tests.report.small_review import AFTER, BEFORE, LONE, POOL, ROW, changed

Copy = Callable[[Path], Path]
# As a command does it, but for the fewest figures that several processes are started for; then
# again, interrupted.
BUILD = """
import os, signal, sys
from multiprocessing import active_children
from pathlib import Path
from metaan.report import build
from metaan.report.results.evidence import load_evidence

def interrupt(*_):
    assert len(active_children()) == 2
    os.kill(os.getpid(), signal.SIGINT)

if __name__ == "__main__":
    # a shell lets what it starts in the background ignore Ctrl-C, the tests too
    signal.signal(signal.SIGINT, signal.default_int_handler)
    build.FEWEST_FOR_WORKERS = 1
    mine, out = load_evidence(sys.argv[1]), Path(sys.argv[2])
    build.build_report(mine, out, workers=2)
    try:
        build.build_report(mine, out, workers=2, progress=interrupt)
    except KeyboardInterrupt:
        print("interrupted;", len(active_children()), "processes left")
"""


@pytest.fixture
def copied(tmp_path: Path) -> Copy:
    """Return how a folder is copied to be changed."""
    return lambda folder: Path(shutil.copytree(folder, tmp_path / folder.name))


@pytest.fixture
def again(small_report: Path, copied: Copy) -> Path:
    """Return a copy of the report to be changed."""
    return copied(small_report)


def beside(folder: Path, small_report: Path) -> Check:
    """Return a report beside what was made of the same review."""
    return compare(read_report(folder), read_report(small_report), folder="report")


def verdicts(check: Check) -> dict[str, str]:
    """Return the verdicts by figure."""
    return {one.figure: one.verdict for one in check.figures}


def edit_manifest(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change what a report has on record."""
    path = folder / "manifest.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    edit(told)
    path.write_text(json.dumps(told), encoding="utf-8")


def test_two_runs_are_the_same_bytes(small: Path, again: Path, tmp_path: Path) -> None:
    """In this process, and in three others with another order of hashes, interrupted then."""
    script = tmp_path / "build.py"
    script.write_text(BUILD, encoding="utf-8")
    answer = subprocess.run(
        [sys.executable, str(script), str(small), str(tmp_path / "made" / "report")],
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (answer.stdout, answer.stderr) == ("interrupted; 0 processes left\n", "")
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["report"]
    made, first = contents(tmp_path / "made" / "report"), contents(again)
    assert {name for name in {*made, *first} if made.get(name) != first.get(name)} == set()


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a report; a source that is edited during a test is no difference."""
    edit_manifest(folder, lambda told: told["versions"].pop(SOURCE, None))
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_a_check_derives_everything_again(small: Path, small_report: Path) -> None:
    """Identical bytes, figure by figure, and every other file; the report is not touched."""
    before = {path: path.stat().st_mtime_ns for path in small_report.rglob("*")}
    steps: list[tuple[int, int]] = []
    check = check_report(
        load_evidence(small), small_report, progress=lambda i, n, _: steps.append((i, n))
    )
    assert verdicts(check) == {POOL: SAME_BYTES, LONE: SAME_BYTES}
    assert check.identical
    assert check.compared > 10
    assert {path: path.stat().st_mtime_ns for path in small_report.rglob("*")} == before
    assert [done for done, _ in steps] == list(range(1, len(steps) + 1))
    assert steps[-1][0] == steps[-1][1]
    lines = check.summary().splitlines()
    assert f"{POOL}  identical bytes" in lines
    assert lines[-1].endswith("the same. 2 figures: 2 identical bytes.")


def test_a_changed_number_is_named(small: Path, small_report: Path, copied: Copy) -> None:
    """Study, number, from and to; file, row and column; the other figure is what it was."""
    folder = changed(copied(small), "trials.csv", BEFORE, AFTER)
    check = check_report(load_evidence(folder), small_report)
    assert verdicts(check) == {POOL: CHANGED, LONE: SAME_BYTES}
    figure = check.figures[0]
    assert figure.reasons == (f"because trials.csv row {ROW} (leibing2002): mean 21 → 22",)
    assert figure.changes[0].startswith('Leibing 2002: effect "−0.49 (−0.96, −0.03)" → "−0.45')
    assert "value -0.494842 → -0.449857" in figure.changes[0]
    assert figure.changes[1].startswith("Total (k = 3): effect")
    assert check.files["index.html"] == "differs from what is made now"
    assert f"tables/{LONE}.csv" not in check.files
    assert not check.same
    assert json.loads(json.dumps(check.to_dict()))["figures"][0]["verdict"] == CHANGED


def test_a_changed_option_is_named_and_what_came_and_went(
    small: Path, small_report: Path, copied: Copy
) -> None:
    """An option as it was declared or by default; another name is a figure that is new."""
    option = '[[analysis.figure]]\nname = "forest_small"\n'
    folder = changed(copied(small), "analyses.toml", option, f'{option}tau2 = "DL"\n')
    changed(folder, "analyses.toml", f'name = "{LONE}"', 'name = "forest_other"')
    check = check_report(load_evidence(folder), small_report)
    assert verdicts(check) == {POOL: CHANGED, LONE: GONE, "forest_other": NEW}
    (reason,) = check.figures[0].reasons
    assert reason.startswith("because option tau2: ")
    assert reason.endswith(" → DL")
    assert "analyses.toml is another file" in check.summary()
    assert check.files[f"tables/{LONE}.csv"] == "would not be written now"
    assert "tables/forest_other.csv" in check.files
    assert not check.same


def test_another_version_that_writes_other_bytes(again: Path, small_report: Path) -> None:
    """The numbers are the same, the version is named, and that is the same report."""
    svg = again / "figures" / f"{POOL}.svg"
    svg.write_bytes(svg.read_bytes() + b"<!-- another writer -->")

    def older(told: dict[str, Any]) -> None:
        told["versions"]["matplotlib"] = "3.9.0"
        told["files"][f"figures/{POOL}.svg"] = sha256(svg.read_bytes()).hexdigest()

    edit_manifest(again, older)
    check = beside(again, small_report)
    assert verdicts(check) == {POOL: SAME_NUMBERS, LONE: SAME_BYTES}
    assert check.figures[0].reasons[0].startswith("matplotlib 3.9.0 → ")
    assert "matplotlib 3.9.0 → " in check.summary()
    assert check.same
    assert not check.identical


def test_other_bytes_that_nothing_explains(again: Path, small_report: Path) -> None:
    """Same data, options and versions, another page: not the same report."""
    page = again / "index.html"
    page.write_text("another", encoding="utf-8")
    checksum = sha256(page.read_bytes()).hexdigest()
    edit_manifest(again, lambda told: told["files"].update({"index.html": checksum}))
    check = beside(again, small_report)
    assert check.files == {"index.html": "differs from what is made now"}
    assert not check.same


def test_what_was_edited_lost_or_added_by_hand(again: Path, small_report: Path) -> None:
    """A figure, a table, a page, and a file of somebody else's."""
    figures = again / "figures"
    (figures / f"{POOL}.svg").write_text("mine")
    (figures / f"{LONE}.png").unlink()
    (again / "tables" / f"{POOL}.csv").write_text("mine")
    (again / "index.html").unlink()
    (again / "thesis.txt").write_text("mine")
    check = beside(again, small_report)
    assert verdicts(check) == {POOL: EDITED, LONE: EDITED}
    told = [one.changes[0] for one in check.figures]
    assert told == [
        f"figures/{POOL}.svg: edited since it was written",
        f"figures/{LONE}.png: missing",
    ]
    assert check.files == {
        f"tables/{POOL}.csv": "edited since it was written",
        "index.html": "missing",
        "thesis.txt": "not a file of the report",
    }
    assert not check.same


def test_numbers_that_are_lost_are_told_by_their_checksum(again: Path, small_report: Path) -> None:
    """Without figures/NAME.json it is known that they differ, and not which."""
    (again / "figures" / f"{POOL}.json").unlink()
    assert verdicts(beside(again, small_report))[POOL] == EDITED

    def other(told: dict[str, Any]) -> None:
        told["figures"][0]["numbers"] = "0" * 64

    edit_manifest(again, other)
    figure = beside(again, small_report).figures[0]
    assert figure.verdict == CHANGED
    assert "which ones is not known" in figure.changes[0]


@pytest.mark.parametrize(
    "without",
    [("edition",), ("edition", "cells", "versions"), ("figures",), ("edition", "figures", "data")],
)
def test_a_manifest_of_an_older_metaan(
    again: Path, small_report: Path, without: tuple[str, ...]
) -> None:
    """Bytes can still be compared; what cannot be told is said."""
    edit_manifest(again, lambda told: [told.pop(key) for key in without])
    check = beside(again, small_report)
    assert set(verdicts(check).values()) == {SAME_BYTES}
    assert any("older metaan" in text for text in check.remarks) == ("edition" in without)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (None, "holds no report: manifest.json is not there; make the report again"),
        ("{", "cannot be read"),
        ("[]", "was not written by metaan"),
        ('{"manifest_version": 3}', "was not written by metaan"),
    ],
)
def test_what_is_no_report_is_refused(
    small: Path, tmp_path: Path, text: str | None, rule: str
) -> None:
    """Named, with what to do."""
    if text is not None:
        (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=rule):
        check_report(load_evidence(small), tmp_path)


@pytest.mark.parametrize("value", ["x", 3, [1], {"fonts": 2}, None])
@pytest.mark.parametrize("key", ["versions", "cells", "figures", "files", "part", "data"])
def test_no_manifest_is_met_with_a_traceback(
    again: Path, small_report: Path, key: str, value: object
) -> None:
    """Whatever stands in it."""
    edit_manifest(again, lambda told: told.update({key: value}))
    assert beside(again, small_report).summary()


def test_a_row_that_came_and_one_that_went(again: Path, small_report: Path) -> None:
    """Rows are told by their ids."""

    def other(told: dict[str, Any]) -> None:
        rows = told["cells"]["trials.csv"]["rows"]
        rows["9999"] = rows.pop(ROW)
        told["figures"][0]["numbers"] = ""
        told["files"][f"figures/{POOL}.svg"] = "0" * 64

    edit_manifest(again, other)
    text = beside(again, small_report).summary()
    assert f"trials.csv row {ROW} (leibing2002) is new" in text
    assert "trials.csv row 9999 (leibing2002) is gone" in text


def test_the_plotted_numbers_are_whole(small_report: Path) -> None:
    """Every digit of the fit, the row ids, the texts."""
    told = json.loads((small_report / "figures" / f"{POOL}.json").read_text(encoding="utf-8"))
    manifest = json.loads((small_report / "manifest.json").read_text(encoding="utf-8"))
    (record,) = told["records"]
    total = next(row for row in record["values"]["rows"] if row["kind"] == "total")
    figure = manifest["figures"][0]
    assert (total["value"], total["low"]) == (figure["pooled"]["value"], figure["pooled"]["low"])
    assert told["rows"] == figure["rows"]
    assert set(told["rows"]) >= {ROW}
    assert "3 studies" in told["alt"]
    assert figure["options"]["level"] == 0.95


def test_differences_are_by_study_and_beyond_rounding() -> None:
    """Rounding is no difference; studies are told apart by name, sentences by place."""
    old = {"rows": [{"label": "A", "y": 1.0}, {"label": "B", "y": 0.0, "rows": ["1"]}]}
    new = {"rows": [{"label": "B", "y": 1e-15, "rows": ["1"]}, {"label": "A", "y": 1 + 1e-12}]}
    assert differences(old, new) == ()
    new["rows"].pop(0)
    (gone,) = differences(old, new)
    assert (gone.item, gone.before, gone.after) == ("B", "drawn", "nothing")
    old, new = {"study": ["A", "B"], "y": [1.0, 2.0]}, {"study": ["A", "B"], "y": [1.0, None]}
    assert sentences(differences(old, new), set()) == ["B: y 2 → none"]
    old, new = ({"x": {"k": [1, 2]}}, {"x": {"k": [1, 2, 3, 4]}})
    assert sentences(differences(old, new), set()) == ["the figure: x k 1, 2 → 4 of them"]
