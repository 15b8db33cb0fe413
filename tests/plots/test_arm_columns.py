"""Arm numbers as columns: which are shown, how they are written, what a total sums."""

from __future__ import annotations

from metaan.plots.forests.arms import arm_table
from tests.plots import builders as make


def test_continuous_arms() -> None:
    """Means and SDs have the decimals of their column; a missing cell is an en dash."""
    columns = {
        "mean1": (10.5, None),
        "sd1": (51.234, float("nan")),
        "n1": (140, 20),
        "mean2": (-3, 4),
        "sd2": (2, 3),
        "n2": (70.5, 21),
    }
    table = arm_table(make.effects([1.0, 2.0], [1.0, 1.0], columns=columns))
    assert [column.over for column in table.columns] == ["Acupuncture"] * 3 + ["Sham"] * 3
    assert [column.head for column in table.columns[:3]] == ["Mean", "SD", "n"]
    assert table.cells[0] == ("10.5", "51.2", "140", "−3", "2", "70.5")
    assert table.cells[1] == ("–", "–", "20", "4", "3", "21")
    assert table.totals([0, 1]) == ("", "", "160", "", "", "91.5")


def test_binary_arms() -> None:
    """Events and n stand in one cell; totals exist only where every study has both."""
    columns = {
        "events1": (4, None, 6),
        "n1": (123, None, 306),
        "events2": (11, None, 29),
        "n2": (139, 40, 303),
    }
    table = arm_table(make.effects([1.0] * 3, [1.0] * 3, columns=columns))
    assert table.cells == (("4/123", "11/139"), ("–", "–/40"), ("6/306", "29/303"))
    assert table.totals([0, 2]) == ("10/429", "40/442")
    assert table.totals([0, 1]) == ("", "")


def test_counts_alone() -> None:
    """Effects that know only the sizes of the arms show these."""
    columns = {"n1": (10, 20), "n2": (11, 21), "components": ("a", "b")}
    table = arm_table(make.effects([1.0, 2.0], [1.0, 1.0], columns=columns))
    assert [column.head for column in table.columns] == ["n", "n"]
    assert table.cells == (("10", "11"), ("20", "21"))


def test_columns_without_any_number_are_not_shown() -> None:
    """A contrast-only table has no arm columns, and names fall back to the sides."""
    nothing = dict.fromkeys(("mean1", "sd1", "n1", "mean2", "sd2", "n2"), (None, None))
    table = arm_table(make.effects([1.0, 2.0], [1.0, 1.0], columns=nothing))
    assert (table.columns, table.cells, table.totals([0])) == ((), ((), ()), ())


def test_sides_without_names() -> None:
    """Unnamed arms are the treatment and the control."""
    import metaan.core.effects as core

    studies = core.Effects.from_arrays([1.0], [1.0], columns={"n1": [5], "n2": [6]})
    assert [column.over for column in arm_table(studies).columns] == ["Treatment", "Control"]
