"""Columns of the effects beside the plot: any of them, by name or with a head of one's own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import metaan as ma
from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.plots.forests.forest import forest
from metaan.plots.forests.frame import Words
from metaan.plots.forests.layout import Shown
from metaan.plots.forests.layouts import LAYOUTS, find_layout
from metaan.plots.forests.options import Asked
from metaan.plots.forests.record import ForestRow, ForestRows
from metaan.plots.forests.rows import forest_rows
from tests.plots import builders as make
from tests.plots.looking import misplaced
from tests.plots.reading import heads


def studies() -> Effects:
    """Return three studies with made-up columns of every kind."""
    columns: dict[str, list[Any]] = {
        "year": [1990, 2001, 2015],
        "dose": [5.0, 12.5, None],
        "country": ["Norway", "", "Côte d'Ivoire"],
        "n1": [10, 20, 30],
        "n2": [11, 21, 31],
        "events1": [1, 2, 3],
        "events2": [4, 5, float("nan")],
    }
    return make.effects([-0.5, 0.1, -1.25], [0.04, 0.09, 0.25], columns=columns)


def texts(record: ForestRows, row: ForestRow, side: str) -> list[str]:
    """Return the cells of a row at one side of the panel."""
    return [" ".join(row.cell(column)) for column in record.columns if column.side == side]


def test_any_column_by_its_name() -> None:
    """Numbers have their decimals and stand right, words left; nothing is an en dash."""
    record = forest_rows(studies(), left=["year", "dose", "country"], right=["effect"])
    left = [column for column in record.columns if column.side == "left"]
    assert [column.head for column in left] == ["Year", "Dose", "Country"]
    assert [column.align for column in left] == ["right", "right", "left"]
    assert [texts(record, row, "left") for row in record.rows] == [
        ["1990", "5.0", "Norway"],
        ["2001", "12.5", "–"],
        ["2015", "–", "Côte d'Ivoire"],
    ]


def test_participants_events_and_standard_errors() -> None:
    """They are sums of both arms; a pool shows their totals where every study has the number."""
    fit = make.fit(studies(), mean=(-0.5, -1.0, 0.0))
    record = forest_rows(fit, left=["n", "events", "se"])
    assert heads(record) == ["n", "Events", "SE"]
    assert texts(record, record.rows[1], "left") == ["41", "7", "0.300"]
    assert texts(record, record.rows[3], "left") == ["123", "", ""]
    assert heads(record, "right")[-1] == "Weight"


def test_one_group_has_its_own_counts() -> None:
    """The columns of a proportion are meant where they stand."""
    counts = {"study": ["A", "B"], "events": [16.0, 5.0], "n": [17.0, 30.0]}
    record = forest_rows(ma.pool(ma.effect_sizes(counts, "PLO")), left=["events", "n"])
    assert [texts(record, row, "left") for row in record.rows[:3]] == [
        ["16", "17"],
        ["5", "30"],
        ["21", "47"],
    ]


def test_heads_formats_and_groups_of_ones_own() -> None:
    """What is asked of a column decides over what would be done by itself."""
    dose = Shown(column="dose", head="Dose", over="Drug", format="{:.2f} mg", align="left")
    year = Shown(column="year", head="Since", over="Drug")
    weight = Shown(column="weight")
    record = forest_rows(
        make.fit(studies(), mean=(-0.5, -1.0, 0.0)), left=[dose, year], right=[weight, "effect"]
    )
    first, second = record.columns[:2]
    assert (first.over, first.head, first.align, second.over) == ("Drug", "Dose", "left", "Drug")
    assert texts(record, record.rows[1], "left") == ["12.50 mg", "2001"]
    assert texts(record, record.rows[2], "left")[0] == "–"
    assert heads(record, "right") == ["Weight", "MD (95% CI)"]


def test_negative_numbers_have_a_true_minus() -> None:
    """In a format of one's own too."""
    columns = {"change": [-1.5, 2.0], "raw": [-3.0, 1.0]}
    effects = make.effects([0.0, 1.0], [1.0, 1.0], columns=columns)
    record = forest_rows(effects, left=["raw", Shown(column="change", format="{:+.1f}")])
    assert texts(record, record.rows[0], "left") == ["−3", "−1.5"]
    assert texts(record, record.rows[1], "left") == ["1", "+2.0"]


def test_what_a_figure_does_not_have_is_not_shown() -> None:
    """Weights of studies that nobody pooled, arms without numbers, no lights: no column."""
    bare = replace(studies(), columns={})
    record = forest_rows(bare, left=["arms", "n", "events"], right=["effect", "weight", "bias"])
    assert heads(record) == []
    assert heads(record, "right") == ["MD (95% CI)"]


def test_nothing_at_a_side() -> None:
    """An empty list is an answer."""
    record = forest_rows(make.bcg_fit(), left=[], right=())
    assert record.columns == ()
    assert record.rows[0].effect_text == "0.41 (0.13, 1.26)"


@pytest.mark.parametrize(
    ("layout", "asked", "left", "right"),
    [
        ("plain", {"right": ["year"]}, ["arms"], ["effect", "year"]),
        ("plain", {"left": ["year"]}, ["year"], ["effect", "weight"]),
        ("plain", {"left": ["effect"]}, ["effect"], ["weight"]),
        ("plain", {"left": ["year"], "right": []}, ["year"], ["effect"]),
        ("RevMan", {"left": ["year", "n"]}, ["year", "n", "effect"], []),
        ("RevMan", {"left": [], "right": ["weight"]}, ["effect"], ["weight"]),
        ("RevMan", {"left": ["year"], "right": ["effect"]}, ["year"], ["effect"]),
        ("BMJ", {"right": ["year"]}, ["arms"], ["year", "effect"]),
        ("JAMA", {"right": ["effect"]}, ["arms"], ["effect"]),
        ("plain", {"right": ["arms"]}, [], ["effect", "arms"]),
        ("JAMA", {"left": ["year"]}, ["year", "effect"], ["weight"]),
        ("JAMA", {"left": [], "right": []}, [], []),
        ({"right": ["weight"]}, {}, ["arms"], ["weight"]),
        ({"right": ["weight"]}, {"left": ["year"]}, ["year"], ["weight"]),
    ],
)
def test_the_effect_is_never_lost_by_naming_others(
    layout: Any, asked: dict[str, Any], left: list[str], right: list[str]
) -> None:
    """It keeps its place in the layout; both sides empty, or a layout without it, leave it out."""
    words = Words(
        title="",
        subtitle="",
        favors=("", ""),
        notes=(),
        layout=find_layout(layout),
        asked=Asked(**asked),
    )
    found = list(words.columns())
    assert [name for side, name in found if side == "left"] == left
    assert [name for side, name in found if side == "right" and name != "bias"] == right


def test_a_row_of_sums_goes_with_its_columns() -> None:
    """RevMan's events under the total stand in the columns of the arms, or nowhere."""
    fit = make.bcg_fit()
    assert "Total events" in [row.label for row in forest_rows(fit, layout="RevMan").rows]
    record = forest_rows(fit, layout="RevMan", left=["weight"])
    assert heads(record) == ["Weight", "IV, Random, 95% CI"]
    assert "Total events" not in [row.label for row in record.rows]


def test_wrong_columns_say_what_there_is() -> None:
    """An unknown name lists the names; other mistakes say how it is written."""
    with pytest.raises(ChoiceError, match=r'no column .yaer.*arms, effect.*year.*mean "year"'):
        forest_rows(studies(), left=["yaer"])
    with pytest.raises(InputError, match=r"left must be a sequence of columns"):
        forest_rows(studies(), left="year")
    with pytest.raises(InputError, match=r"right takes names and Shown columns; got 3"):
        forest_rows(studies(), right=[3])  # type: ignore[list-item]
    with pytest.raises(InputError, match=r"left names the column 'year' twice"):
        forest_rows(studies(), left=["year", Shown(column="year")])
    with pytest.raises(InputError, match=r"column 'country': 'Norway' cannot be written as"):
        forest_rows(studies(), left=[Shown(column="country", format="{:.1f}")])


def test_the_columns_of_an_umbrella() -> None:
    """Published pools offer their own: instrument, time, k and n."""
    pools = [make.published(-1.0, -2.0, 0.0)]
    assert heads(forest_rows(pools, left=["k"])) == ["k"]
    assert heads(forest_rows(pools, left=["n", "arms"])) == ["n", "Instrument", "Time", "k"]
    with pytest.raises(ChoiceError, match=r"no column 'dose' to show.*instrument, time"):
        forest_rows(pools, left=["dose"])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("k", [1, 3, 63])
def test_nothing_overlaps(layout: str, k: int) -> None:
    """Many columns of one's own, long words among them, at both sides."""
    made = make.many(k, "continuous", long_labels=True)
    words = [f"a word {'and another ' * (i % 4)}" for i in range(k)]
    effects = replace(
        made, columns={**made.columns, "words": words, "dose": [i + 0.5 for i in range(k)]}
    )
    fit = make.fit(effects, mean=(-0.5, -0.9, -0.1))
    plot = forest(
        fit,
        layout=layout,
        left=["n", Shown(column="dose", head="A head of many words over few numbers", over="X")],
        right=["words", "effect", "se", "weight"],
    )
    assert misplaced(plot) == ([], [])
