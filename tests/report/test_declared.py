"""Declarations: every fault of analyses.toml is named at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from metaan.core.errors import ChoiceError, DataError
from metaan.report.declaring.declared import find_figure, load_analyses
from metaan.report.results.evidence import Evidence

GOOD = """
[[analysis]]
name = "a"
title = "A"
about = "."
unknown = "."
[[analysis.figure]]
name = "forest_a"
heading = "Pain"
"""


def _load(folder: Path, text: str) -> object:
    path = folder / "analyses.toml"
    path.write_text(text, encoding="utf-8")
    return load_analyses(path)


def test_every_fault_is_named(tmp_path: Path) -> None:
    """An unknown key, a missing one and a repeated name come in one error."""
    more = GOOD.replace('heading = "Pain"', 'headign = "Pain"')
    with pytest.raises(DataError) as caught:
        _load(tmp_path, more + more.replace("forest_a", "forest_b"))
    text = str(caught.value)
    assert text.count('Did you mean "heading"?') == 2
    assert "forest_b, heading: is missing" in text
    assert "a, name: stands twice" in text


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('name = "forest_a"', 'name = "../../evil"', "it names files"),
        ('heading = "Pain"', 'heading = "Pain"\nkind = "umbrela"', "must be one of forest, umbr"),
        ('heading = "Pain"', 'heading = "Pain"\nterm = "short"', "must be a list"),
        ('heading = "Pain"', 'heading = "Pain"\nfavors = ["one"]', "must be two texts"),
        ('heading = "Pain"', "heading = 3", "must be a text"),
        ('heading = "Pain"', 'heading = "Pain"\npanels = [{ measures = ["MD"] }]', "with heading"),
    ],
)
def test_values_have_their_type(tmp_path: Path, old: str, new: str, rule: str) -> None:
    """A name that leads out of the report's folder, above all, is refused."""
    with pytest.raises(DataError, match=rule):
        _load(tmp_path, GOOD.replace(old, new))


def test_broken_toml_is_named(tmp_path: Path) -> None:
    """A file that is not TOML says where."""
    with pytest.raises(DataError, match=r"analyses\.toml: is not readable TOML.*line 1"):
        _load(tmp_path, "= 1")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """So is a file that is not there."""
    with pytest.raises(DataError, match="is not readable"):
        load_analyses(tmp_path / "analyses.toml")


def test_an_unknown_figure_has_a_nearest(evidence: Evidence) -> None:
    """The error lists the figures."""
    with pytest.raises(ChoiceError, match='Did you mean "forest_sham_pain"'):
        find_figure(evidence.analyses, "forest_sham_pian")
