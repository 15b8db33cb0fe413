"""docs/networks.md: every key of the tables and every call stands there, and exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import metaan as ma
from metaan.networks.consistency.split_methods import SPLITS

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "networks.md").read_text(encoding="utf-8")
TABLES = {
    "SPLITS": SPLITS,
    "CONTRIBUTIONS": ma.CONTRIBUTIONS,
    "HAT_MATRICES": ma.HAT_MATRICES,
    "SPARSE_METHODS": ma.SPARSE_METHODS,
}


@pytest.mark.parametrize("name", TABLES)
def test_every_key_has_a_line_with_its_source(name: str) -> None:
    """Keys and DOIs as the tables have them."""
    lines = TEXT.splitlines()
    for key, row in TABLES[name].items():
        (line,) = [each for each in lines if each.startswith(f"| `{key}` |")]
        assert f"(https://doi.org/{row.doi})" in line


def test_every_call_exists() -> None:
    """Verbs of the face, and methods and fields of a fit."""
    assert {*re.findall(r"\bma\.(\w+)", TEXT)} <= {*ma.FACE}
    asked = {*re.findall(r"\bnet\.(\w+)", TEXT)}
    assert len(asked) > 20
    assert [name for name in asked if not hasattr(ma.NetworkFit, name)] == []


def test_the_example_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As it stands on the page."""
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    exec(code, {})
    assert (tmp_path / "network.svg").stat().st_size > 0
