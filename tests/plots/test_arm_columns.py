"""Arm numbers as columns: which are shown, how they are written, what a total sums."""

from __future__ import annotations

from dataclasses import replace

from metaan.plots.forests.arms import arm_table
from metaan.plots.forests.layouts import LAYOUTS
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


def test_separate_counts_have_their_events_in_a_row_of_their_own() -> None:
    """A layout with such a row: totals sum the participants, the row the events."""
    columns = {"events1": (4, 6), "n1": (123, 306), "events2": (11, None), "n2": (139, 303)}
    table = arm_table(make.effects([1.0] * 2, [1.0] * 2, columns=columns), LAYOUTS["RevMan"])
    assert [column.head for column in table.columns] == ["Events", "Total"] * 2
    assert table.cells == (("4", "123", "11", "139"), ("6", "306", "–", "303"))
    assert table.totals([0, 1]) == ("", "429", "", "442")
    assert list(table.total_events([0, 1]).values()) == [("10",)]
    assert list(table.total_events([0]).values()) == [("4",), ("11",)]
    assert arm_table(make.bcg_effects()).total_events([0]) == {}


def test_separate_counts_without_that_row_are_summed_in_the_total() -> None:
    """Nothing is lost where a layout has no row of events."""
    layout = replace(LAYOUTS["plain"], arms="separate")
    table = arm_table(make.bcg_effects(), layout)
    assert table.totals(range(13)) == ("1065", "191064", "1510", "166283")


def test_arms_under_one_head() -> None:
    """With one column for each arm its name can be the head, and the numbers' name over both."""
    table = arm_table(make.bcg_effects(), LAYOUTS["BMJ"])
    assert {column.over for column in table.columns} == {"No of events / total"}
    assert [column.head for column in table.columns] == ["BCG vaccine", "No vaccine"]
    several = arm_table(make.many(2, "continuous"), LAYOUTS["BMJ"])
    assert several.columns[0].over == "Acupuncture"


def test_person_years() -> None:
    """Rates show events over time, with heads of the layout."""
    columns = {"events1": (4,), "time1": (120.4,), "events2": (11,), "time2": (139,)}
    effects = make.effects([1.0], [1.0], columns=columns)
    assert arm_table(effects).columns[0].head == "Events/time"
    assert arm_table(effects).cells == (("4/120.4", "11/139"),)
    assert [c.head for c in arm_table(effects, LAYOUTS["RevMan"]).columns[:2]] == [
        "Events",
        "Time",
    ]
