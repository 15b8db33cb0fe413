"""metaan new: real rows, every key explained, a notebook that runs, a report at once."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from metaan.core.errors import InputError
from metaan.report.build import build_report
from metaan.report.declaring.declared import Analysis, FigureSpec
from metaan.report.declaring.figures import FIGURES
from metaan.report.results.evidence import load_evidence
from metaan.report.starting.new import new_review
from metaan.trials.shipped import data_folder


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a new review."""
    folder = tmp_path_factory.mktemp("a place") / "my review"
    new_review(folder)
    return folder


def test_its_rows_are_shipped_rows_with_their_source(started: Path) -> None:
    """Nothing is invented, nothing changed; each says where it was read and what is printed."""
    with (data_folder() / "trials.csv").open(encoding="utf-8", newline="") as shipped:
        known = {row["row_id"]: row for row in csv.DictReader(shipped)}
    with (started / "trials.csv").open(encoding="utf-8", newline="") as own:
        rows = list(csv.DictReader(own))
    assert len(rows) == 8
    assert all(known[row["row_id"]] == row for row in rows)
    assert all(row["source_citation"] and row["as_reported"] for row in rows)


def test_every_key_of_a_declaration_is_explained(started: Path) -> None:
    """So is every figure that can stand beside a forest plot."""
    text = (started / "analyses.toml").read_text(encoding="utf-8")
    keys = {each.name for kind in (Analysis, FigureSpec) for each in fields(kind)}
    assert sorted(key for key in keys if not re.search(rf"\b{key}\b", text)) == []
    assert [key for key in FIGURES if key not in text] == []


def test_what_is_commented_out_is_right(started: Path, tmp_path: Path) -> None:
    """Every example of a key that a figure may have is read without a fault."""
    text = (started / "analyses.toml").read_text(encoding="utf-8")
    alone = ("review =", "members =", "study =", "by =", "published =", "subgroups =")
    lines = [
        line.removeprefix("# ")
        if re.match(r"# [a-z_]+ = ", line) and not line.removeprefix("# ").startswith(alone)
        else line
        for line in text.split("# A network:")[0].splitlines()
    ]
    opened = "\n".join(lines)
    assert opened.count("\nwithout_study =") == 1
    for name in ("trials.csv", "studies.csv", "treatments.csv", "instruments.csv"):
        (tmp_path / name).write_bytes((started / name).read_bytes())
    opened = re.sub(r"^(method|model|prediction|moderators|rescale) .*\n", "", opened, flags=re.M)
    (tmp_path / "analyses.toml").write_text(opened + '\nmodel = "common"\n', encoding="utf-8")
    (figure,) = load_evidence(tmp_path).analyses[0].figure
    assert figure.contrast_sd == {"VAS_0_100": 25}


def test_its_notebook_runs(started: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cell by cell, on the files beside it; prose first, and no cell was executed before."""
    document = json.loads((started / "review.ipynb").read_text(encoding="utf-8"))
    assert document["cells"][0]["cell_type"] == "markdown"
    monkeypatch.chdir(started)
    names: dict[str, object] = {}
    for cell in document["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            exec("".join(cell["source"]), names)
    assert "4 studies" in str(names["fit"])


def test_its_report_builds_at_once(started: Path) -> None:
    """Page, figures and manifest of the folder's own analyses."""
    page = build_report(load_evidence(started), started / "report")
    text = page.read_text(encoding="utf-8")
    assert "My review" in text
    assert "4 of 4 studies on file" in text
    assert (started / "report" / "figures" / "pain_sham.svg").is_file()


def test_a_folder_that_holds_anything_is_refused(tmp_path: Path) -> None:
    """And is left as it was; so is a file of that name."""
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="is not empty; choose a new folder"):
        new_review(tmp_path)
    with pytest.raises(InputError, match="is a file; choose a new folder"):
        new_review(tmp_path / "mine.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
