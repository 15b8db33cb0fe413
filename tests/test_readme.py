"""README is true: its example prints what it says, its table is the coverage table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from metaan.report.results.coverage import coverage_table
from metaan.report.results.evidence import load_evidence

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_prints_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first Python block, run as it stands."""
    code = re.findall(r"```python\n(.*?)```", README, re.S)[0]
    shown = re.findall(r"```text\n(.*?)```", README, re.S)[0]
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(f"{code}\nprint(fit)", "README.md", "exec"), names)
    assert capsys.readouterr().out == shown
    assert (tmp_path / "pain.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_the_coverage_table_is_the_real_one() -> None:
    """Cell by cell."""
    part = README.split("## How far the data reach")[1]
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    shown = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    real = coverage_table(load_evidence())
    assert shown == [[str(value) for value in row] for row in real.itertuples(index=False)]


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "data/README.md"])
def test_files_that_are_named_exist(name: str) -> None:
    """Links, and code words that look like a path of the project."""
    text = (ROOT / name).read_text(encoding="utf-8")
    here = (ROOT / name).parent
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    paths = re.findall(r"`((?:data|notebooks|tests|metaan|docs)/[\w./]*)`", text)
    for path in [*(here / link for link in links), *(ROOT / path for path in paths)]:
        if path.name not in ("thing.py",):
            assert path.exists(), path
