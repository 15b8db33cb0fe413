"""Colors and markers by columns of the effects, and lights of a risk of bias."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from metaan.core.bias import RiskOfBias, find_tool
from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.plots.forests.categories import MARKERS, MOST_COLORS, categories
from metaan.plots.forests.lights import (
    bias_columns,
    bias_legend,
    bias_notes,
    bias_texts,
    check_bias,
)
from metaan.plots.forests.options import Asked, asked
from metaan.plots.forests.record import ForestRow
from metaan.plots.forests.rows import forest_rows
from metaan.plots.pages.marks import LARGEST_SQUARE, POLYGONS, marker
from tests.plots import builders as make


def studies(**columns: Any) -> Effects:
    """Return five studies with these columns."""
    return make.effects([0.0] * 5, [1.0] * 5, columns=columns)


def test_values_get_colors_in_the_order_they_come() -> None:
    """Words in the order of the table, what is missing last; one entry each."""
    effects = studies(sham=["needle", "laser", "", "needle", "none"])
    made = categories(effects, Asked(color="sham"), "light")
    assert made.series == (0, 1, 3, 0, 2)
    assert made.markers == ("square",) * 5
    told = [(entry.label, entry.fill, entry.marker) for entry in made.legend]
    assert told == [
        ("needle", "series 0", "square"),
        ("laser", "series 1", "square"),
        ("none", "series 2", "square"),
        ("not stated", "series 3", "square"),
    ]


def test_numbers_are_sorted_and_named_with_their_column() -> None:
    """A year says nothing without its head, which stands before the first."""
    effects = studies(entry_year=[2020.0, 1999.0, float("nan"), 2020.0, 2001.0])
    made = categories(effects, Asked(marker="entry_year"), "light")
    assert made.series == (-1,) * 5
    assert made.markers == tuple(MARKERS[i] for i in (2, 0, 3, 2, 1))
    assert [(entry.head, entry.label) for entry in made.legend] == [
        ("Entry year", "1999"),
        ("", "2001"),
        ("", "2020"),
        ("", "not stated"),
    ]


def test_two_columns_give_colors_and_markers_of_their_own() -> None:
    """The legend tells which is which."""
    effects = studies(sham=list("aabba"), risk=["low", "high", "low", "high", "low"])
    made = categories(effects, Asked(color="sham", marker="risk"), "light")
    assert made.series == (0, 0, 1, 1, 0)
    assert made.markers == tuple(MARKERS[i] for i in (0, 1, 0, 1, 0))
    told = [(entry.head, entry.label) for entry in made.legend]
    assert told == [("Sham", "a"), ("", "b"), ("Risk", "low"), ("", "high")]


@pytest.mark.parametrize(
    ("wish", "layout_theme"),
    [(Asked(color="sham"), "gray"), (Asked(color="sham", theme="gray"), "")],
)
def test_grays_come_with_markers(wish: Asked, layout_theme: str) -> None:
    """Without hues the shape tells; the legend stays one."""
    made = categories(studies(sham=list("aabba")), wish, layout_theme)
    assert made.markers == tuple(MARKERS[i] for i in (0, 0, 1, 1, 0))
    assert [entry.marker for entry in made.legend] == list(MARKERS[:2])
    assert [entry.head for entry in made.legend] == ["Sham", ""]


def test_nothing_asked_is_nothing_changed() -> None:
    """The usual squares, no legend."""
    made = categories(studies(), Asked(), "gray")
    assert (made.series, made.markers, made.legend) == ((-1,) * 5, ("square",) * 5, ())


def test_unknown_columns_and_too_many_values_are_named() -> None:
    """The nearest name is offered; more values than colors are an error, not a repetition."""
    with pytest.raises(ChoiceError, match=r'color=.shams. is not a column.*Did you mean "sham"'):
        categories(studies(sham=list("aabba")), Asked(color="shams"), "light")
    many = make.effects([0.0] * 9, [1.0] * 9, columns={"site": [f"s{i}" for i in range(9)]})
    with pytest.raises(InputError, match=f"color='site' has 9 values, but {MOST_COLORS} can"):
        categories(many, Asked(color="site"), "light")


@pytest.mark.parametrize("shape", POLYGONS)
@pytest.mark.parametrize("size", [1.0, 0.5, 0.08])
def test_markers_of_one_size_have_one_area(shape: str, size: float) -> None:
    """Area is weight, whatever the shape; the center of area is the point."""
    unit = 0.01
    points = np.array(marker(shape, 3.0, 7.0, size, unit))
    x, y = points[:, 0] / unit, points[:, 1]
    twice = x * np.roll(y, -1) - np.roll(x, -1) * y
    assert abs(twice.sum()) / 2 == pytest.approx(size * LARGEST_SQUARE**2, rel=1e-9)
    middle = ((x + np.roll(x, -1)) * twice).sum() / (3 * twice.sum())
    height = ((y + np.roll(y, -1)) * twice).sum() / (3 * twice.sum())
    assert (middle, height) == pytest.approx((300.0, 7.0), abs=1e-9)


@pytest.mark.parametrize("size", [0.0, 1e-9, float("nan")])
def test_a_study_without_weight_keeps_a_mark(size: float) -> None:
    """A small one, that can be seen."""
    points = np.array(marker("square", 0.0, 0.0, size, 1.0))
    assert np.ptp(points[:, 0]) == pytest.approx(LARGEST_SQUARE * 0.08**0.5)


def judged(*rows: tuple[str, ...]) -> RiskOfBias:
    """Return RoB 2 judgments of studies named Trial 1, Trial 2, ..."""
    return RiskOfBias(
        tool="RoB2",
        study=tuple(f"Trial {i + 1}" for i in range(len(rows))),
        domains=find_tool("RoB2").domains,
        judgments=rows,
    )


def test_judgments_become_cells_columns_legend_and_a_footnote() -> None:
    """One column per domain; what nobody judged is empty; only what occurs is in the legend."""
    bias = judged(("low", "some", "", "high", "low"), ("low",) * 5)
    columns = bias_columns(bias)
    assert [column.head for column in columns] == ["D1", "D2", "D3", "D4", "D5"]
    assert {(column.over, column.lights, column.side) for column in columns} == {
        ("Risk of bias", True, "right")
    }
    texts = bias_texts(bias, "Trial 1")
    assert [texts.get(column.key, ()) for column in columns] == [
        ("low",), ("some",), (), ("high",), ("low",)
    ]  # fmt: skip
    assert bias_texts(bias, "Trial 9") == {}
    shown = [ForestRow(kind="study", label="Trial 1", texts=texts)]
    assert [(entry.label, entry.symbol) for entry in bias_legend(bias, shown)] == [
        ("Low", "+"),
        ("Some concerns", "!"),
        ("High", "×"),
    ]
    assert bias_legend(bias, []) == ()
    (note,) = bias_notes(bias)
    assert note.startswith("Risk of bias by Revised Cochrane risk-of-bias tool")
    assert "D2: Bias due to deviations from intended interventions;" in note


def test_judgments_of_other_studies_are_an_error() -> None:
    """Of all of them it is a mistake; of some the table may not tell."""
    bias = judged(("low",) * 5, ("low",) * 5)
    check_bias(bias, make.effects([0.0, 1.0], [1.0, 1.0], study=["Trial 2", "Other"]))
    with pytest.raises(InputError, match=r"none of the studies: they are A, B ..., .*Trial 1"):
        check_bias(bias, make.effects([0.0, 1.0], [1.0, 1.0], study=["A", "B"]))


def test_studies_without_judgments_are_named_under_the_figure() -> None:
    """The legend has what is drawn alone, though the table holds more studies."""
    bias = judged(("low",) * 5, ("high",) * 5, ("some",) * 5)
    names = ["Trial 1", *(f"Other {i}" for i in range(9)), "Trial 3"]
    record = forest_rows(make.effects([0.0] * 11, [1.0] * 11, study=names), bias=bias)
    assert [entry.label for entry in record.legend] == ["Low", "Some concerns"]
    assert record.notes[-1] == f"No judgment: {', '.join(names[1:10])}."
    more = [*names, "Other 9", "Other 10"]
    record = forest_rows(make.effects([0.0] * 13, [1.0] * 13, study=more), bias=bias)
    assert record.notes[-1] == f"No judgment: {', '.join(names[1:9])}, and 3 others."


@pytest.mark.parametrize(
    ("shown", "given", "same"),
    [
        ("Ferguson & Simes 1949", "Ferguson and Simes 1949", True),
        ("Frimodt-Moller et al 1973", "Frimodt-Møller et al. 1973", True),
        ("Rosenthal et al 1960", "ROSENTHAL 1960", True),
        ("Vandiviere 1973", "Vandivere 1973", True),
        ("Li 2010", "Liu 2010", False),
        ("Rosenthal et al 1960", "Rosenthal et al 1961", False),
        ("Comstock 1974a", "Comstock 1974b", False),
        ("Comstock & Webster 1969", "Comstock 1969", False),
    ],
)
def test_another_spelling_of_a_study_is_a_slip(shown: str, given: str, *, same: bool) -> None:
    """A light would be lost in silence; other years and short names are other studies."""
    bias = RiskOfBias(
        tool="RoB2",
        study=("A", given),
        domains=find_tool("RoB2").domains,
        judgments=(("low",) * 5,) * 2,
    )
    effects = make.effects([0.0, 1.0], [1.0, 1.0], study=["A", shown])
    if same:
        with pytest.raises(InputError) as told:
            check_bias(bias, effects)
        assert repr(given) in str(told.value)
        assert repr(shown) in str(told.value)
    else:
        assert forest_rows(effects, bias=bias).notes[-1] == f"No judgment: {shown}."


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"colour": "sham"}, 'no option .colour.*Did you mean "color"'),
        ({"favours": ("a", "b")}, 'favors, notes, layout, ax.*Did you mean "favors"'),
        ({"figsize": (3, 4)}, r"the page measures itself: save it with save\(path, dpi="),
        ({"width": 3}, "the page measures itself"),
        ({"xlim": (0, 1)}, 'Did you mean "axis"'),
        ({"xticks": [1]}, 'Did you mean "ticks"'),
        ({"titel": "A"}, 'Did you mean "title"'),
        ({"prediction": 1}, "prediction must be True or False; got 1"),
        ({"theme": "dork"}, 'Did you mean "dark"'),
        ({"digits": -1}, "digits must be a whole number, 0 to 10; got -1"),
        ({"digits": 1.5}, "got 1.5"),
        ({"digits": True}, "got True"),
        ({"bias": {"a": "low"}}, "bias must be the judgments that risk_of_bias reads; got dict"),
    ],
)
def test_options_that_do_not_exist_or_fit_are_named(wish: Any, told: str) -> None:
    """Before anything is drawn."""
    with pytest.raises(InputError, match=told):
        asked(wish)
