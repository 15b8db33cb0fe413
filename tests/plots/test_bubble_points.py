"""The record of a bubble plot against numbers computed otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.core.regression_fit import RegressionFit
from metaan.dependent.robust import robust
from metaan.plots.charts.bubble_colors import NOT_REPORTED, colored
from metaan.plots.charts.bubble_points import bubble_points
from metaan.plots.charts.bubble_swarm import swarm
from metaan.plots.pages import theme
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from tests.plots import builders as make

# Latitude, year and allocation of the BCG trials, in the order of builders.BCG (dat.bcg).
ABLAT = (44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33)
YEAR = (1948, 1949, 1960, 1977, 1973, 1953, 1973, 1980, 1968, 1961, 1974, 1969, 1976)
ALLOC = ("random",) * 4 + ("alternate",) * 2 + ("random",) * 3 + ("systematic",) * 4
LEVELS = ("alternate", "random", "systematic")


def trials() -> Effects:
    """Return the BCG trials with moderators."""
    made = make.bcg_effects()
    more = {"ablat": ABLAT, "year": YEAR, "alloc": ALLOC, "lab": ("a", "b", "c") * 4 + ("a",)}
    return replace(made, columns={**made.columns, **more})


def fitted(formula: str, **options: Any) -> RegressionFit:
    """Return a meta-regression of the BCG trials, Wald's intervals unless asked otherwise."""
    return regress(trials(), formula, **{"inference": "WALD", **options})


def test_the_curve_is_the_weighted_line_with_its_bands() -> None:
    """Normal equations, and the two variances of a prediction, written out."""
    fit = fitted("ablat", prediction="NORMAL")
    record = bubble_points(fit, "ablat")
    w = 1 / (fit.effects.v + fit.tau2)
    x = np.array(ABLAT, float)
    middle = (w * x).sum() / w.sum()
    slope = (w * (x - middle) * fit.effects.y).sum() / (w * (x - middle) ** 2).sum()
    at = np.array([point.x for point in record.curve])
    line = (w * fit.effects.y).sum() / w.sum() + slope * (at - middle)
    var = 1 / w.sum() + (at - middle) ** 2 / (w * (x - middle) ** 2).sum()
    z = stats.norm.isf(0.025)
    for name, wanted in (
        ("estimate", line),
        ("low", line - z * np.sqrt(var)),
        ("high", line + z * np.sqrt(var)),
        ("prediction_low", line - z * np.sqrt(var + fit.tau2)),
        ("prediction_high", line + z * np.sqrt(var + fit.tau2)),
    ):
        got = [getattr(point, name) for point in record.curve]
        np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-9)
    assert (at[0], at[-1]) == (13.0, 55.0)
    assert record.predicts


def test_curve_and_bands_are_those_of_metafor() -> None:
    """predict(rma(..., mods = ~ ablat + year + alloc, test = "knha")), metafor, tau² to 1e-14.

    At ablat 13, 34 and 55, the mean year and alternate allocation: the curve's beginning, middle
    and end.
    """
    record = bubble_points(
        fitted("ablat + year + C(alloc)", inference="HKSJ", prediction="K1"), "ablat"
    )
    wanted = [
        (13.0, -0.09599093167, -0.9703376837, 0.7783558204, -1.407285504, 1.2153036410),
        (34.0, -0.59070389647, -1.4034769174, 0.2220691245, -1.861770849, 0.6803630557),
        (55.0, -1.08541686126, -2.2763110015, 0.1054772790, -2.625949258, 0.4551155359),
    ]
    names = ("x", "estimate", "low", "high", "prediction_low", "prediction_high")
    for i, row in zip((0, 50, 100), wanted, strict=True):
        got = [getattr(record.curve[i], name) for name in names]
        np.testing.assert_allclose(got, row, rtol=1e-8)


def test_areas_are_weights_or_precisions() -> None:
    """A mark's area is its share of the largest, its radius the root of it."""
    fit = fitted("ablat")
    by_weight = bubble_points(fit, "ablat").bubbles
    wanted = 1 / (fit.effects.v + fit.tau2)
    np.testing.assert_allclose([b.share for b in by_weight], wanted / wanted.max(), rtol=1e-12)
    by_variance = bubble_points(fit, "ablat", size="precision").bubbles
    shares = [b.share for b in by_variance]
    np.testing.assert_allclose(shares, fit.effects.v.min() / fit.effects.v, rtol=1e-12)
    largest = max(b.radius for b in by_weight)
    np.testing.assert_allclose(
        [b.radius for b in by_weight], largest * np.sqrt([b.share for b in by_weight])
    )


@pytest.mark.parametrize(
    "formula", ["log(ablat)", "I(ablat**2) + ablat", "bs(ablat, df=4)", "ablat * C(alloc)"]
)
def test_whatever_the_formula_makes_of_it_the_curve_is_what_the_fit_predicts(formula: str) -> None:
    """Logarithms, powers, splines and interactions."""
    fit = fitted(formula, inference="HKSJ")
    record = bubble_points(fit, "ablat")
    for i in (0, 37, len(record.curve) - 1):
        point = record.curve[i]
        asked = fit.predict({"ablat": point.x, **{each.name: each.value for each in record.held}})
        wanted = (asked.estimate[0], asked.low[0], asked.prediction_high[0])
        got = (point.estimate, point.low, point.prediction_high)
        np.testing.assert_allclose(got, wanted, rtol=1e-9)
    assert (record.curve[0].x, record.curve[-1].x) == (min(ABLAT), max(ABLAT))


def test_other_moderators_are_held_and_the_footnote_says_where() -> None:
    """Means and references by default, or as asked."""
    fit = fitted('ablat + year + C(alloc, contr.treatment("systematic"))')
    record = bubble_points(fit, "ablat")
    assert [(each.name, each.value, each.why) for each in record.held] == [
        ("year", pytest.approx(sum(YEAR) / 13), "mean"),
        ("alloc", "systematic", "reference"),
    ]
    assert record.frame.notes[0].startswith("The other moderators are held at year = 1966.2 (mean")
    asked = bubble_points(fit, "ablat", at={"year": 2000, "alloc": "random"})
    assert "year = 2000 (as asked), alloc = random (as asked)" in asked.frame.notes[0]
    shift = asked.curve[5].estimate - record.curve[5].estimate
    step = next(name for name in fit.names if name.endswith("[T.random]"))
    by_hand = fit["year"].value * (2000 - sum(YEAR) / 13) + fit[step].value
    assert shift == pytest.approx(by_hand, rel=1e-9)


@pytest.mark.parametrize(
    ("x", "at", "told"),
    [
        ("ablatt", None, 'choose one of ablat, alloc. Did you mean "ablat"?'),
        ("events1", None, "not a moderator of this fit"),
        ("ablat", {"dose": 1}, "not another moderator of this fit"),
        ("ablat", {"ablat": 1}, "ablat runs along the axis"),
        ("ablat", {"alloc": ["random", "alternate"]}, "alloc must have one value"),
        ("ablat", {"alloc": None}, "alloc must have one value"),
        ("ablat", {"alloc": "by lot"}, "was not among the studies"),
    ],
)
def test_what_is_no_moderator_is_named(x: str, at: dict[str, Any] | None, told: str) -> None:
    """Errors list what there is."""
    with pytest.raises(InputError, match=told.replace("?", r"\?")):
        bubble_points(fitted("ablat + C(alloc)"), x, at=at)


def test_a_fit_without_moderators_or_of_another_kind_is_refused() -> None:
    """There is nothing to draw effects along."""
    with pytest.raises(InputError, match="no moderator to draw"):
        bubble_points(fitted("1"), "ablat")
    with pytest.raises(InputError, match=r"got PooledFit\. Put the moderator"):
        bubble_points(pool(trials()), "ablat")  # type: ignore[arg-type]


@pytest.mark.parametrize("formula", ["C(alloc)", "0 + alloc", "alloc + ablat"])
def test_categories_stand_beside_each_other_with_their_means(formula: str) -> None:
    """Each level has its expected effect; its studies stay in its column."""
    fit = fitted(formula)
    record = bubble_points(fit, "alloc")
    assert record.levels == LEVELS
    held = {"ablat": float(np.mean(ABLAT))} if "ablat" in formula else {}
    asked = fit.predict({"alloc": list(LEVELS), **held})
    np.testing.assert_allclose([p.estimate for p in record.curve], asked.estimate)
    np.testing.assert_allclose([p.low for p in record.curve], asked.low)
    columns = [round(mark.x) for mark in record.bubbles]
    assert columns == [LEVELS.index(level) for level in ALLOC]
    assert max(abs(mark.x - round(mark.x)) for mark in record.bubbles) < 0.42


def test_numbers_made_categories_are_categories() -> None:
    """C(year) has levels; a column of truth values has two."""
    old = tuple(year < 1970 for year in YEAR)
    made = trials()
    made = replace(made, columns={**made.columns, "old": old, "decade": [y // 10 for y in YEAR]})
    fit = regress(made, "C(decade)")
    assert bubble_points(fit, "decade").levels == ("194", "195", "196", "197", "198")
    assert bubble_points(regress(made, "old"), "old").levels == ("False", "True")


def test_numbers_that_came_as_text_are_numbers() -> None:
    """As regress takes them."""
    made = trials()
    made = replace(made, columns={"dose": [str(value) for value in ABLAT]})
    record = bubble_points(regress(made, "dose"), "dose")
    assert [mark.x for mark in record.bubbles] == [float(value) for value in ABLAT]


def test_robust_limits_replace_those_of_the_model() -> None:
    """The line stays, the band is the robust one, and there is no prediction interval."""
    fit = fitted("ablat")
    sturdy = robust(fit, cluster="lab")
    record, plain = bubble_points(sturdy, "ablat"), bubble_points(fit, "ablat")
    asked = sturdy.predict({"ablat": [point.x for point in record.curve]})
    np.testing.assert_allclose([p.low for p in record.curve], asked.low)
    assert [p.estimate for p in record.curve] == [p.estimate for p in plain.curve]
    assert not record.predicts
    assert [e.label for e in record.frame.legend if "prediction" in e.label] == []


def test_important_effects_are_read_on_the_reading_scale() -> None:
    """A ratio of 0.8 lies at its logarithm; the axis holds it."""
    record = bubble_points(fitted("ablat"), "ablat", important=(1.25, 0.8))
    assert record.important == pytest.approx((np.log(0.8), np.log(1.25)))
    far = bubble_points(fitted("ablat"), "ablat", important=20)
    assert far.frame.y.high > np.log(20)


@pytest.mark.parametrize("important", [0, -1.0, float("nan"), (1, 2, 3), "small", ()])
def test_an_important_effect_that_is_none_is_refused(important: Any) -> None:
    """Ratios are above 0."""
    with pytest.raises(InputError, match="important must be one or two ratios above 0"):
        bubble_points(fitted("ablat"), "ablat", important=important)


def test_the_table_is_on_the_reading_scale() -> None:
    """Studies first, then the curve."""
    record = bubble_points(fitted("ablat"), "ablat", color="alloc")
    table = record.to_frame()
    studies = table[table.kind == "study"]
    np.testing.assert_allclose(studies.estimate, np.exp(trials().y))
    assert list(studies.group) == list(ALLOC)
    curve = table[table.kind == "expected"]
    assert curve.low.iloc[-1] == pytest.approx(np.exp(record.curve[-1].low))
    assert len(curve) == len(record.curve)


def test_colors_of_texts_and_numbers_and_of_nothing() -> None:
    """A look for each text, a ramp for classes of numbers, one of its own for what is missing."""
    texts = colored("g", {"g": ["b", "a", None, "b"]}, 4)
    assert texts.groups == ("b", "a", NOT_REPORTED, "b")
    assert len(set(texts.looks)) == 3
    assert texts.looks[2].fill == theme.UNCLEAR
    assert [entry.label for entry in texts.legend] == ["b", "a", NOT_REPORTED]
    numbers = colored("year", {"year": YEAR}, 13)
    assert numbers.groups[0] == numbers.groups[1] != numbers.groups[3]
    assert {look.fill[:5] for look in numbers.looks} == {"class"}
    assert len(numbers.legend) <= 5
    edges = [entry.label for entry in numbers.legend]
    assert edges[0] == "below 1955"
    assert [entry.head for entry in numbers.legend] == ["Year", *[""] * (len(edges) - 1)]
    assert colored("", {}, 2).legend == ()


def test_too_many_colors_and_unknown_ones_are_refused() -> None:
    """What cannot be told apart is not drawn as if it could."""
    with pytest.raises(InputError, match="has 30 values"):
        colored("g", {"g": [f"lab {i}" for i in range(30)]}, 30)
    with pytest.raises(ChoiceError, match='Did you mean "alloc"'):
        bubble_points(fitted("ablat"), "ablat", color="aloc")
    with pytest.raises(ChoiceError, match="Did you mean"):
        bubble_points(fitted("ablat"), "ablat", names=["Aronson 1949"])
    with pytest.raises(InputError, match="needs the number of participants"):
        bubble_points(fitted("ablat"), "ablat", size="n")


def test_names_by_choice_and_by_number() -> None:
    """All of a few, none of many, or those asked for; the largest first."""
    fit = fitted("ablat")
    everyone = bubble_points(fit, "ablat").frame.labels
    assert len(everyone) == 13
    assert everyone[0].text == trials().study[int(np.argmax(fit.weights))]
    assert bubble_points(fit, "ablat", names=False).frame.labels == ()
    two = bubble_points(fit, "ablat", names=["Aronson 1948", "TPT Madras 1980"])
    assert {label.text for label in two.frame.labels} == {"Aronson 1948", "TPT Madras 1980"}


def test_a_swarm_keeps_its_marks_apart() -> None:
    """No two of sixty marks overlap where there is room, and nothing is random."""
    heights = np.array([(7 * i) % 60 for i in range(60)], float)
    radii = np.array([2.0 + (i % 3) for i in range(60)])
    across = swarm(heights, radii, 200.0)
    far = np.hypot(np.subtract.outer(across, across), np.subtract.outer(heights, heights))
    assert (far + np.eye(60) * 99 >= np.add.outer(radii, radii)).all()
    np.testing.assert_array_equal(across, swarm(heights, radii, 200.0))
    assert swarm(np.zeros(1), np.ones(1), 10.0).tolist() == [0.0]
