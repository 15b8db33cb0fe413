"""A layout of one's own: a mapping, a file, a record; and everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from metaan.core.errors import ChoiceError, DataError, InputError
from metaan.plots.forests.forest import forest
from metaan.plots.forests.layout import Layout, Shown
from metaan.plots.forests.layouts import LAYOUTS, find_layout
from metaan.plots.forests.rows import forest_rows
from tests.plots import builders as make
from tests.plots.looking import misplaced
from tests.plots.reading import heads

FILE = """
based_on = "BMJ"
interval = "{value} [{low}; {high}]"
right = ["effect", {column = "events1", head = "Cases", over = "BCG"}]
p_digits = [[0.01, 4], [1.0, 2]]
zebra = true

[colors]
ours = "#aa0000"
"""


def test_a_mapping_changes_some_fields() -> None:
    """All others are those of the layout it is based on."""
    own = find_layout({"based_on": "JAMA", "digits": 3, "label_head": "Trial"})
    jama = LAYOUTS["JAMA"]
    assert own == replace(
        jama, name="own (JAMA)", about="", follows="", digits=3, label_head="Trial"
    )
    assert find_layout({}).interval == LAYOUTS["plain"].interval
    record = forest_rows(make.bcg_fit(), layout={"digits": 3, "label_head": "Trial"})
    assert (record.label_head, record.rows[0].effect_text) == ("Trial", "0.411 (0.134, 1.257)")


@pytest.mark.parametrize("kind", [str, Path])
def test_a_file(tmp_path: Path, kind: type) -> None:
    """A TOML file says the same as a mapping."""
    path = tmp_path / "ours.toml"
    path.write_text(FILE, encoding="utf-8")
    own = find_layout(kind(path))
    assert own.right == ("effect", Shown(column="events1", head="Cases", over="BCG"))
    assert (own.zebra, own.p_digits) == (True, ((0.01, 4), (1.0, 2)))
    plot = forest(make.bcg_fit(), layout=str(path))
    assert heads(plot.record, "right")[-1] == "Cases"
    assert plot.record.rows[0].effect_text == "0.41 [0.13; 1.26]"
    assert misplaced(plot) == ([], [])


WRONG: Mapping[str, tuple[Any, str]] = {
    "intervall": ("x", 'is no field of a layout.*Did you mean "interval"'),
    "theme": ("drak", 'is not a theme.*Did you mean "dark"'),
    "interval": ("{value} ({lo}, {high})", "{lo} is not filled in here.*{value}, {low}, {high}"),
    "weight": ("{weight:.1q}", "cannot be filled in"),
    "total": ("Total {", "is no text to fill in"),
    "minus": (7, "must be a text"),
    "zebra": ("yes", "must be true or false"),
    "digits": (-1, "must be a whole number, 0 or more"),
    "per": (0, "must be a whole number, 1 or more"),
    "favors": ("above", "has no such choice.*Choose one of under, over"),
    "colors": ({"our": "#000000"}, 'our is none of its names.*Did you mean "ours"'),
    "squares": ({"mean": "green"}, "mean: green is no color.*six digits"),
    "left": ("arms", "must be a list of columns"),
    "right": ([{"head": "Dose"}], "a column needs its name"),
    "models": ({"random": 3}, "random must be a text"),
    "arm_heads": ({"totl": "N", "n": "N"}, "totl is none of its names.*mean, sd, n, events, time"),
    "p_digits": ([[1.0, 2], [0.1, 3]], "pairs of a bound and of decimals"),
    "arms": ("apart", "has no such choice.*joined, separate"),
}


@pytest.mark.parametrize("field", WRONG)
def test_every_fault_has_its_rule_and_remedy(field: str) -> None:
    """The error names the field, what it says, the rule and what to do."""
    value, text = WRONG[field]
    with pytest.raises(DataError, match=rf"(?s)layout, {field}: .*{text}"):
        find_layout({field: value})


def test_all_faults_come_at_once() -> None:
    """One error for everything that is wrong, with what it is based on."""
    with pytest.raises(DataError) as caught:
        find_layout({field: value for field, (value, _) in WRONG.items()} | {"based_on": "BJM"})
    faults = caught.value.faults
    assert [fault.column for fault in faults] == ["based_on", *WRONG]
    assert 'Did you mean "BMJ"?' in faults[0].remedy


def test_a_record_is_checked_too() -> None:
    """A caller's Layout is used as it is, unless something in it has no meaning."""
    own = Layout(name="mine", digits=1)
    assert find_layout(own) is own
    with pytest.raises(DataError, match=r"layout, p_digits: must be pairs"):
        find_layout(replace(own, p_digits=()))
    with pytest.raises(DataError, match=r"layout, left: must be a text"):
        find_layout(replace(own, left=(3,)))  # type: ignore[arg-type]


def test_files_that_are_none(tmp_path: Path) -> None:
    """A file that is missing or no TOML says so."""
    with pytest.raises(InputError, match=r"none\.toml cannot be read"):
        find_layout(str(tmp_path / "none.toml"))
    bad = tmp_path / "bad.toml"
    bad.write_text("digits = = 2", encoding="utf-8")
    with pytest.raises(DataError, match=r"bad\.toml: is no TOML"):
        find_layout(bad)


def test_names_that_are_none() -> None:
    """The nearest layout is named; other things are refused."""
    with pytest.raises(ChoiceError, match=r'layout=.revman. is not a layout.*mean "RevMan"'):
        find_layout("revman")
    with pytest.raises(InputError, match=r"layout must be a name.*got int"):
        find_layout(3)  # type: ignore[arg-type]
