"""docs/diagnostics.md and its section of README: every key and call stands there, and runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import metaan as ma
from metaan.batch.statistics import STATISTICS
from metaan.diagnostics.asymmetry.asymmetry_making import RANK_DISTRIBUTIONS
from metaan.diagnostics.asymmetry.asymmetry_points import PREDICTORS
from metaan.diagnostics.asymmetry.pet_peese import PET_MODELS
from metaan.diagnostics.asymmetry.pet_record import PET_ESTIMATORS
from metaan.diagnostics.certainty.domains import CONCERNS, DESIGNS, DOMAINS
from metaan.diagnostics.conclusion.diagnosis import CHECKS
from metaan.diagnostics.fragility.conclusion import CONCLUSIONS
from metaan.diagnostics.fragility.events import MOVES
from metaan.diagnostics.influence.cutoffs import CUTOFFS
from metaan.diagnostics.selection.tables import ALTERNATIVES, PRECISIONS
from tests.laws.pooling_page import source_of

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "diagnostics.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
# Heading of a section, its table, and the fields of a row that its line has, without the source.
TABLES: dict[str, tuple[Mapping[str, Any], tuple[str, ...]]] = {
    "What would change the conclusion": (CHECKS, ("question",)),
    "Influence": (CUTOFFS, ("rule",)),
    "Tests of funnel asymmetry": (ma.ASYMMETRY_TESTS, ("name", "only_for")),
    "Trim and fill": (ma.MISSING_ESTIMATORS, ("name",)),
    "Selection models": (ma.SELECTIONS, ("name", "formula")),
    "Fail-safe N": (ma.FAIL_SAFE_METHODS, ("name",)),
    "Power and excess significance": (ma.EXCESS_TESTS, ("name",)),
    "Bootstrap": (ma.BOOTSTRAPS, ("name",)),
    "Intervals of the bootstrap": (ma.BOOTSTRAP_INTERVALS, ("name",)),
    "Statistics of the bootstrap": (STATISTICS, ("name", "alternative")),
    "GRADE": (DOMAINS, ("name",)),
}
# Heading of a section, and what its prose lists.
LISTS: dict[str, tuple[Mapping[str, Any], ...]] = {
    "Tests of funnel asymmetry": (PREDICTORS, RANK_DISTRIBUTIONS),
    "PET-PEESE": (PET_ESTIMATORS, PET_MODELS),
    "Selection models": (ALTERNATIVES, PRECISIONS, ma.VEVEA_WOODS),
    "Fragility": (CONCLUSIONS, MOVES, ma.E_KINDS),
    "GRADE": (CONCERNS, DESIGNS),
}


def section(heading: str) -> str:
    """Return the text of the one section whose heading starts so."""
    (found,) = [part for part in TEXT.split("\n## ") if part.startswith(heading)]
    return found


def cells(heading: str) -> dict[str, str]:
    """Return the lines of a section's table by key, without the key."""
    lines = re.findall(r"^\| `([^`]+)` \| (.*) \|$", section(heading), flags=re.MULTILINE)
    assert len(lines) == len(dict(lines)), "a key stands twice"
    return dict(lines)


@pytest.mark.parametrize("heading", TABLES)
def test_every_key_has_its_line(heading: str) -> None:
    """Keys in the order of the table, with what the row says and its source."""
    table, fields = TABLES[heading]
    found = cells(heading)
    assert [*found] == [*table]
    for key, row in table.items():
        missing = [name for name in fields if getattr(row, name) not in found[key]]
        assert missing == [], key
        if getattr(row, "doi", ""):
            assert found[key].endswith(f"| {source_of(row)}"), key


def test_what_is_computed_and_what_a_person_judges() -> None:
    """The last column of the domains, and what tests of asymmetry ask for."""
    for key, line in cells("GRADE").items():
        assert ("computed" in line) == DOMAINS[key].computed
    for key, line in cells("Tests of funnel asymmetry").items():
        row = ma.ASYMMETRY_TESTS[key]
        assert ("| two-by-two tables" in line, "| group sizes" in line) == (row.events, row.sizes)


@pytest.mark.parametrize("heading", LISTS)
def test_every_option_is_named(heading: str) -> None:
    """Keys of the small tables, in the prose of their section."""
    text = section(heading)
    asked = [key for table in LISTS[heading] for key in table]
    assert [key for key in asked if f"`{key}`" not in text and f'"{key}"' not in text] == []


def test_every_call_exists() -> None:
    """Verbs of the face; and no verb of this part of the library is missing."""
    called = {*re.findall(r"\bma\.(\w+)", TEXT)}
    assert called <= {*ma.FACE}
    rooms = ("metaan.diagnostics.", "metaan.plots.diagnostics.", "metaan.batch.permutation")
    verbs = {name for name, room in ma.FACE.items() if room.startswith(rooms) and name.islower()}
    assert verbs - called - {"cumulative"} == set()


def test_every_block_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """One after the other, as they stand on the page."""
    blocks = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, "docs/diagnostics.md", "exec"), names)
        assert not re.search(r"\b(nan|None)\b", capsys.readouterr().out)
    assert names["found"].side == -1
    assert len(blocks) == TEXT.count("```python")


def test_the_section_of_readme_prints_what_it_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """After the five lines that README opens with."""
    monkeypatch.chdir(tmp_path)
    (part,) = [each for each in README.split("\n## ") if each.startswith("How far can it be")]
    opening = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)[0]
    code, shown = re.findall(r"```(?:python|text)\n(.*?)```", part, flags=re.DOTALL)
    exec(compile(opening + code, "README.md", "exec"), {})
    assert capsys.readouterr().out == shown
