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
    assert [(entry.label, entry.symbol) for entry in bias_legend(bias)] == [
        ("Low", "+"),
        ("Some concerns", "!"),
        ("High", "×"),
    ]
    (note,) = bias_notes(bias)
    assert note.startswith("Risk of bias by Revised Cochrane risk-of-bias tool")
    assert "D2: Bias due to deviations from intended interventions;" in note


def test_judgments_of_other_studies_are_an_error() -> None:
    """A misspelled name in one row is a gap; in all rows it is a mistake."""
    bias = judged(("low",) * 5, ("low",) * 5)
    check_bias(bias, make.effects([0.0, 1.0], [1.0, 1.0], study=["Trial 2", "Other"]))
    with pytest.raises(InputError, match=r"none of the studies: they are A, B ..., .*Trial 1"):
        check_bias(bias, make.effects([0.0, 1.0], [1.0, 1.0], study=["A", "B"]))


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"colour": "sham"}, 'no option .colour.*Did you mean "color"'),
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
