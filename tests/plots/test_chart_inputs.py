"""What is wrong with an input is said by every chart in the same way."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.core.scale import IDENTITY, LOG
from metaan.plots.charts.bias_summary import bias_summary
from metaan.plots.charts.bias_traffic import traffic_light
from metaan.plots.charts.bubble import bubble
from metaan.plots.charts.caterpillar import caterpillar
from metaan.plots.charts.drapery import drapery
from metaan.plots.charts.funnel import funnel
from metaan.plots.charts.labbe import labbe
from metaan.plots.charts.orchard import orchard
from metaan.plots.charts.prisma import prisma
from metaan.plots.charts.radial import radial
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.ticks import nice_ticks
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from tests.plots import builders as make
from tests.plots.looking import misplaced, overlaps
from tests.plots.subjects import judged, subjects

Chart = Callable[..., Plot[Any]]
OF_POOLS: dict[str, Chart] = {
    "funnel": funnel, "radial": radial, "caterpillar": caterpillar, "orchard": orchard,
    "labbe": labbe, "drapery": drapery,
}  # fmt: skip


def bubbles(fit: Any, **options: Any) -> Plot[Any]:
    """Return bubbles along the moderator that the regression has."""
    return bubble(fit, "alloc", **options)


CALLS: dict[str, tuple[Chart, Any]] = {
    **{name: (verb, "PooledFit") for name, verb in OF_POOLS.items()},
    "bubble": (bubbles, "RegressionFit"),
    "traffic_light": (traffic_light, "RiskOfBias"),
    "bias_summary": (bias_summary, "RiskOfBias"),
}


def effects(k: int, *, v: float | None = None) -> Effects:
    """Return the first k of the BCG trials."""
    made = make.some(make.bcg_effects(), range(k))
    return made if v is None else replace(made, v=np.full(k, v))


@pytest.mark.parametrize("chart", OF_POOLS)
def test_empty_effects_are_refused(chart: str) -> None:
    """With what to do; a pool of nothing there is not."""
    some = make.fit(effects(3), mean=(0.0, -1.0, 1.0))
    empty = replace(some, effects=make.effects([], []), weights=np.array([]))
    with pytest.raises(InputError, match=r"no study|columns events1"):
        OF_POOLS[chart](empty)


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("chart", OF_POOLS)
def test_one_study_can_be_drawn(chart: str, k: int) -> None:
    """And two, with the same variances."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # what pooling so few says is no matter here
        made = pool(effects(k, v=0.04), model="common")
    plot = OF_POOLS[chart](made, title="Few")
    assert misplaced(plot) == ([], [])


@pytest.mark.parametrize("limits", [(-math.inf, math.inf), (math.nan, math.nan), (-1.0, math.nan)])
@pytest.mark.parametrize("chart", [name for name in OF_POOLS if name != "drapery"])
def test_limits_may_be_infinite_or_unknown(chart: str, limits: tuple[float, float]) -> None:
    """What can be drawn of them is drawn."""
    made = make.fit(effects(13), mean=(-0.7, *limits), prediction=limits)
    plot = OF_POOLS[chart](made)
    assert misplaced(plot) == ([], [])
    assert plot.record.alt.endswith(".")


@pytest.mark.parametrize("chart", OF_POOLS)
def test_a_pool_that_is_not_defined_is_no_obstacle(chart: str) -> None:
    """Its studies are drawn."""
    nothing = make.fit(effects(13), mean=(math.nan,) * 3, prediction=(math.nan, math.nan))
    plot = OF_POOLS[chart](nothing)
    assert misplaced(plot) == ([], [])
    assert any("not defined" in note or "not finite" in note for note in plot.record.frame.notes)


def test_a_pool_without_an_error_has_no_curve() -> None:
    """A drapery says so."""
    with pytest.raises(InputError, match="interval is not the estimate and its standard error"):
        drapery(make.fit(effects(13), mean=(0.1, -math.inf, math.inf)))


@pytest.mark.parametrize("chart", CALLS)
def test_axes_and_themes_that_are_none_are_refused(chart: str) -> None:
    """By one error each."""
    verb, name = CALLS[chart]
    fit = subjects()[name]
    for wrong in (Figure(), 3, "left", Figure().add_subplot(projection="polar")):
        with pytest.raises(InputError, match="ax must be ordinary matplotlib Axes"):
            verb(fit, ax=wrong)
    with pytest.raises(ChoiceError, match="light, dark, gray"):
        verb(fit, theme="blue")


def test_prisma_refuses_them_too() -> None:
    """Its keywords are counts: an unknown one is named with all other faults."""
    with pytest.raises(InputError, match="ax must be ordinary"):
        prisma(screened=10, ax=3)  # type: ignore[arg-type]
    with pytest.raises(ChoiceError, match="light, dark, gray"):
        prisma(screened=10, theme="blue")
    with pytest.raises(InputError, match="notes must be a sequence"):
        prisma(screened=10, notes=3)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("chart", "options", "told"),
    [
        ("funnel", {"y": "weight"}, "SE, variance"),
        ("funnel", {"color": "labs"}, "events1, n1"),
        ("drapery", {"axis": "p"}, 'Did you mean "P"'),
        ("labbe", {"size": "weights"}, 'Did you mean "weight"'),
        ("labbe", {"color": "labs"}, "events1, n1"),
        ("bubble", {"size": "weights"}, 'Did you mean "weight"'),
        ("bubble", {"color": "labs"}, 'Did you mean "lab"'),
        ("bubble", {"at": {"year": 3}}, "another moderator"),
    ],
)  # fmt: skip
def test_unknown_keys_are_choices(chart: str, options: dict[str, Any], told: str) -> None:
    """The text lists them, or names the nearest."""
    verb, name = CALLS[chart]
    with pytest.raises(ChoiceError, match=told):
        verb(subjects()[name], **options)


@pytest.mark.parametrize("chart", [*(name for name in OF_POOLS if name != "orchard"), "bubble"])
def test_names_have_one_rule(chart: str) -> None:
    """All, none, a sequence; a lone name and an unknown one are told what to do."""
    verb, name = CALLS[chart]
    fit = subjects()[name]
    for fault, kind, told in (
        ("Aronson 1948", InputError, r"write \('Aronson 1948',\)"),
        (["Aronson 1949"], ChoiceError, 'Did you mean "Aronson 1948"'),
        ("al", ChoiceError, "choose one of all, none"),
        (3, InputError, "names must be one of 'all', 'none'"),
    ):
        with pytest.raises(kind, match=told):
            verb(fit, names=fault)
    unnamed = told_by(verb(fit, names="none"))
    for nobody in (False, ()):
        assert told_by(verb(fit, names=nobody)) == unnamed
    assert told_by(verb(fit, names=["Aronson 1948"])) != unnamed
    assert told_by(verb(fit, names=True)) == told_by(verb(fit, names="all"))


def told_by(plot: Any) -> str:
    """Return everything in the record of a plot; a NaN equals itself as text."""
    return repr(plot.record)


def test_more_lines_than_can_be_told_apart_cannot_be_had() -> None:
    """A drapery names what has a line of its own."""
    with pytest.raises(InputError, match="25 studies with lines of their own, but 24 can"):
        drapery(make.many(25, "none"), names="all")


@pytest.mark.parametrize("levels", [0.95, "0.95", ["a"], [None], [1.5]])
def test_levels_of_a_drapery_are_levels(levels: Any) -> None:
    """Named errors, no raw ones."""
    with pytest.raises(InputError, match="level"):
        drapery(effects(3), levels=levels)


def test_columns_and_values_that_are_no_numbers_are_named() -> None:
    """The column, or the argument, and what it holds."""
    made = make.effects([0.1, 0.2], [0.1] * 2, columns={"n": ["12", "abc"], "dose": [1, 2]})
    with pytest.raises(InputError, match="column n must hold numbers"):
        funnel(made, "n")
    assert funnel(replace(made, columns={"n": (12, pd.NA)}), "n").record.points[0].y == 12
    counted = pool(make.bcg_effects())
    for most in ("a", True, [1]):
        with pytest.raises(InputError, match="most must be above 0"):
            labbe(counted, most=most)  # type: ignore[arg-type]
    line = regress(make.effects([0.1, 0.2, 0.4], [0.1] * 3, columns={"d": [1.0, 2, 3]}), "~ d")
    for verb in (bubble, orchard):
        with pytest.raises(InputError, match=r"at must hold values by moderator.*\[1\]"):
            verb(line, "d", at=[1]) if verb is bubble else verb(line, at=[1])  # type: ignore


@pytest.mark.parametrize("dpi", ["a", None, True, float("nan")])
def test_dots_per_inch_are_a_number(dpi: Any, tmp_path: Path) -> None:
    """A named error, and no file."""
    with pytest.raises(InputError, match="dpi must give"):
        funnel(effects(3)).save(tmp_path / "a.png", dpi=dpi)
    assert not list(tmp_path.iterdir())


def test_a_caterpillar_of_many_names_a_few() -> None:
    """Two of two hundred, without making the figure as high as for all of them."""
    made = make.many(200, "none")
    plot = caterpillar(made, names=["Trial 5", "Trial 99"])
    labels = plot.record.frame.y.tick_labels
    assert sorted(labels) == ["Trial 5", "Trial 99"]
    assert overlaps(plot) == []
    assert plot.figure.get_figheight() < 12
    named = [row.label for row in plot.record.rows if row.named]
    assert sorted(named) == ["Trial 5", "Trial 99"]


def test_an_axis_that_cuts_off_studies_is_refused() -> None:
    """The end of a L'Abbé plot."""
    with pytest.raises(InputError, match="would cut off studies: the largest"):
        labbe(subjects()["PooledFit"], most=0.001)


@pytest.mark.parametrize(
    ("low", "high", "scale", "labels"),
    [
        (0.0, 3e-7, IDENTITY, ("0", "5 × 10⁻⁸", "10⁻⁷", "1.5 × 10⁻⁷", "2 × 10⁻⁷", "2.5 × 10⁻⁷",
                               "3 × 10⁻⁷")),
        (0.0, 3e7, IDENTITY, ("0", "5 × 10⁶", "10⁷", "1.5 × 10⁷", "2 × 10⁷", "2.5 × 10⁷",
                              "3 × 10⁷")),
        (math.log(1e-9), math.log(1e9), LOG, ("10⁻⁶", "0.001", "1", "1000", "10⁶")),
        (1234566.0, 1234571.0, IDENTITY, ("1234566", "1234567", "1234568", "1234569", "1234570",
                                          "1234571")),
    ],
)  # fmt: skip
def test_very_small_and_very_large_ticks_are_powers_of_ten(
    low: float, high: float, scale: Any, labels: tuple[str, ...]
) -> None:
    """As a reader writes them, and no two the same."""
    assert nice_ticks(low, high, scale)[1] == labels


def test_a_page_with_powers_of_ten_has_all_their_letters() -> None:
    """No warning of a missing letter, nothing over each other."""
    plot = funnel(make.effects([1e-8, 3e-8, 5e-8], [1e-16, 4e-16, 9e-16]))
    assert any("10⁻⁸" in label for label in plot.record.frame.x.tick_labels)
    assert misplaced(plot) == ([], [])


def test_a_regression_of_few_studies_can_be_drawn() -> None:
    """Three studies in two groups of equal weights."""
    made = make.effects([0.1, 0.3, 0.2], [0.04] * 3, columns={"arm": ["a", "b", "a"]})
    fit = regress(made, "~ arm", model="common")
    for plot in (bubble(fit, "arm", color="arm", names="all"), orchard(fit), funnel(fit)):
        assert misplaced(plot) == ([], [])


def test_judgments_of_no_study_are_refused() -> None:
    """By both charts of them."""
    for verb in (traffic_light, bias_summary):
        with pytest.raises(InputError, match="draws a RiskOfBias"):
            verb([1])
    with pytest.raises(InputError, match="study must be a sequence"):
        traffic_light(judged(), study="Aronson 1948")
    with pytest.raises(InputError, match="weights must be numbers"):
        bias_summary(judged(), weights={"Aronson 1948": "much"})  # type: ignore[dict-item]
