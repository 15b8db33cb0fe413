"""L'Abbé plots: risks as counted, curves against the definition of each measure."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.figure import Figure

from metaan.core.arrays import Floats
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.plots.charts.labbe import labbe
from metaan.plots.charts.labbe_curves import LABBE_CURVES
from metaan.plots.charts.labbe_points import labbe_points
from metaan.plots.pages.theme import THEMES
from metaan.trials.counting import counts
from metaan.trials.effects import effect_sizes
from metaan.twobytwo.glmm import glmm
from metaan.twobytwo.mantel_haenszel import mantel_haenszel
from metaan.univariate.pooling import pool
from tests.plots import builders as make
from tests.plots.looking import misplaced, overlaps

PEOPLE = pd.DataFrame(
    {
        "study": ["A 2001", "B 2002", "C 2003", "D 2004"],
        "events1": [4, 6, 0, 30], "n1": [50, 90, 20, 40],
        "events2": [9, 11, 2, 25], "n2": [52, 88, 21, 40],
        "lab": ["x", "x", "y", "y"],
    }
)  # fmt: skip
ONE_GROUP = PEOPLE[["events1", "n1"]].rename(columns={"events1": "events", "n1": "n"})
TIMES = PEOPLE.rename(columns={"n1": "time1", "n2": "time2"})

# The effect of two risks or rates by the definition of the measure.
DEFINITIONS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "OR": lambda t, c: np.log(t * (1 - c) / (c * (1 - t))),
    "PETO": lambda t, c: np.log(t * (1 - c) / (c * (1 - t))),
    "RR": lambda t, c: np.log(t / c),
    "RD": lambda t, c: t - c,
    "AS": lambda t, c: np.arcsin(np.sqrt(t)) - np.arcsin(np.sqrt(c)),
    "IRR": lambda t, c: np.log(t / c),
    "IRD": lambda t, c: t - c,
    "IRSD": lambda t, c: np.sqrt(t) - np.sqrt(c),
}


@pytest.mark.parametrize("measure", list(LABBE_CURVES))
@pytest.mark.parametrize("effect", [-0.7, -0.2, 0.0, 0.2, 0.7])
@pytest.mark.parametrize("most", [1.0, 0.3])
def test_every_point_of_a_curve_has_the_pooled_effect(
    measure: str, effect: float, most: float
) -> None:
    """By the definition of the measure; and the curve ends only where an axis ends."""
    found = LABBE_CURVES[measure].points(effect, most)
    if abs(effect) >= most and measure in ("RD", "IRD"):
        assert found == ()
        return
    if not found:
        assert measure in ("AS", "IRSD")
        assert abs(effect) > math.sqrt(most)
        return
    control, treatment = np.array(found).T
    inside = (control > 1e-9) & (control < 1 - 1e-9) & (treatment > 1e-9) & (treatment < 1 - 1e-9)
    got = DEFINITIONS[measure](treatment[inside], control[inside])
    np.testing.assert_allclose(got, effect, atol=1e-8)
    assert min(control[0], treatment[0]) == pytest.approx(0.0, abs=1e-12)
    assert max(control[-1], treatment[-1]) == pytest.approx(most, rel=1e-9)
    assert 0 <= treatment.min() <= treatment.max() <= most


@pytest.mark.parametrize("effect", [-800.0, 800.0])
def test_endless_odds_ratios_hug_the_axes(effect: float) -> None:
    """No warning, no NaN."""
    for outline in (
        LABBE_CURVES["OR"].points(effect, 1.0),
        LABBE_CURVES["OR"].band(-effect, effect, 1.0),
    ):
        assert np.isfinite(np.array(outline)).all()


def test_risks_are_as_counted_and_a_zero_is_drawn_at_zero() -> None:
    """Whatever was added for the pool."""
    record = labbe_points(pool(effect_sizes(PEOPLE, "OR")))
    np.testing.assert_allclose([b.x for b in record.bubbles], PEOPLE.events2 / PEOPLE.n2)
    np.testing.assert_allclose([b.y for b in record.bubbles], PEOPLE.events1 / PEOPLE.n1)
    assert record.bubbles[2].y == 0.0
    assert any("0.5 added" in note for note in record.frame.notes)


@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
def test_counts_and_effects_give_their_own_pools(measure: str) -> None:
    """The curve of Mantel-Haenszel's estimate, and of the inverse-variance one."""
    for fit in (mantel_haenszel(counts(PEOPLE), measure), pool(effect_sizes(PEOPLE, measure))):
        record = labbe_points(fit)
        assert (record.effect, record.measure) == (fit.estimate.value, measure)
        control, treatment = np.array(record.curve[60:140]).T
        got = DEFINITIONS[measure](treatment, control)
        np.testing.assert_allclose(got, fit.estimate.value, rtol=1e-9)
        shares = [b.share for b in record.bubbles]
        np.testing.assert_allclose(shares, fit.weights / fit.weights.max())


def test_the_band_lies_between_the_curves_of_the_limits() -> None:
    """Under the lower limit's curve nothing is shaded, nor over the upper one's."""
    record = labbe_points(mantel_haenszel(counts(PEOPLE), "OR"))
    half = len(record.band) // 2
    below, above = np.array(record.band[:half]), np.array(record.band[half:])[::-1]
    control = below[1:-1, 0]
    for outline, limit in ((below, record.low), (above, record.high)):
        np.testing.assert_allclose(DEFINITIONS["OR"](outline[1:-1, 1], control), limit, rtol=1e-9)


def test_mixed_models_have_odds_ratios_or_rate_ratios() -> None:
    """By what is counted; areas show the numbers of participants, for there are no weights."""
    record = labbe_points(glmm(counts(PEOPLE), model="common"))
    assert (record.measure, record.size) == ("OR", "n")
    rates = labbe_points(glmm(counts(TIMES), model="common"))
    assert (rates.measure, rates.size) == ("IRR", "time")


def test_rates_have_axes_that_fit_them() -> None:
    """No percent, no end at 1."""
    record = labbe_points(mantel_haenszel(counts(TIMES.assign(time1=9000.0, time2=9500.0)), "IRR"))
    assert record.most == pytest.approx(1.04 * 30 / 9000)
    assert record.frame.x.label == "Events per unit of time, control"
    assert not any("%" in label for label in record.frame.y.tick_labels)


def test_axes_of_risks_are_percent_of_all_or_of_what_there_is() -> None:
    """All of 100% for large risks; small ones are not squeezed into a corner."""
    assert labbe_points(counts(PEOPLE)).frame.x.tick_labels[-1] == "100%"
    small = labbe_points(make.bcg_fit())
    assert small.most == pytest.approx(1.04 * 372 / 1451)
    assert labbe_points(make.bcg_fit(), most=1).most == 1.0


def test_effects_and_counts_alone_have_no_curve() -> None:
    """Nothing is pooled that nobody pooled."""
    for given in (counts(PEOPLE), effect_sizes(PEOPLE, "RR")):
        record = labbe_points(given)
        assert record.curve == record.band == ()
        assert math.isnan(record.effect)
        assert [entry.label for entry in record.frame.legend] == ["No difference"]


def test_a_measure_that_says_nothing_about_risks_has_no_curve_and_says_so() -> None:
    """A correlation of a table, and an estimate beyond all numbers."""
    record = labbe_points(pool(effect_sizes(PEOPLE, "PHI")))
    assert record.curve == ()
    assert any(note.startswith("No curve: the phi") for note in record.frame.notes)
    fit = mantel_haenszel(counts(PEOPLE), "OR")
    endless = replace(fit, estimate=replace(fit.estimate, value=math.inf, high=math.inf))
    assert any("not finite" in note for note in labbe_points(endless).frame.notes)


def test_studies_without_counts_are_named() -> None:
    """Effects that came with their variance have none."""
    made = effect_sizes(PEOPLE, "OR")
    columns = {name: list(values) for name, values in made.columns.items()}
    columns["events1"][1] = None
    record = labbe_points(replace(made, columns=columns))
    assert len(record.bubbles) == 3
    assert "Without counts, and not shown: B 2002." in record.frame.notes


@pytest.mark.parametrize(
    ("given", "options", "told"),
    [
        (lambda: make.effects([0.1], [0.2], columns={"n1": [3]}), {}, "there are: n1"),
        (lambda: Effects.from_arrays([0.1], [0.2]), {}, "events1, n1, events2, n2"),
        (lambda: counts(ONE_GROUP), {}, "these counts have one"),
        (lambda: 3, {}, "labbe draws a PooledFit"),
        (lambda: counts(PEOPLE), {"most": 0.5}, "would cut off studies: the largest is 0.75"),
        (lambda: counts(PEOPLE), {"most": 1.5}, "at most 1 for risks"),
        (lambda: counts(PEOPLE), {"most": float("nan")}, "most must be above 0"),
        (lambda: counts(PEOPLE), {"size": "weight"}, "choose one of n"),
        (lambda: counts(PEOPLE).take([]), {}, "nothing to draw"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(
    given: Callable[[], Any], options: dict[str, Any], told: str
) -> None:
    """Errors name what is needed and what is there."""
    with pytest.raises(InputError, match=told):
        labbe_points(given(), **options)


def test_the_table_holds_counts_and_the_curve() -> None:
    """Risks, events and people."""
    table = labbe_points(pool(effect_sizes(PEOPLE, "RR"))).to_frame()
    studies = table[table.kind == "study"]
    assert list(studies.events1) == list(PEOPLE.events1)
    assert list(studies.whole2) == list(PEOPLE.n2)
    pooled = table[table.kind == "pooled"]
    ratios = pooled.treatment[1:] / pooled.control[1:]
    assert ratios.std() < 1e-12


@pytest.mark.parametrize("k", [1, 3, 13, 63, 200])
@pytest.mark.parametrize("theme", list(THEMES))
def test_texts_stay_apart_and_on_the_page(k: int, theme: str) -> None:
    """Few and many studies, with names and colors, in every theme."""
    made = make.many(k, "binary", long_labels=True)
    fit = pool(replace(made, columns={**made.columns, "lab": [i % 5 for i in range(k)]}))
    plot = labbe(fit, color="lab", names=True, title=make.LONG * 3, theme=theme)
    assert misplaced(plot) == ([], [])


def test_marks_and_lines_are_drawn_as_recorded() -> None:
    """One artist of bubbles, the area of the interval, the diagonal and the curve."""
    plot = labbe(mantel_haenszel(counts(PEOPLE), "OR"), color="lab")
    kinds = [type(each) for each in plot.axes.collections]
    assert kinds == [PolyCollection, LineCollection, LineCollection, PathCollection]
    diagonal, curve = (each.get_segments()[0] for each in plot.axes.collections[1:3])
    np.testing.assert_allclose(diagonal, [(0, 0), (1, 1)])
    np.testing.assert_allclose(curve, plot.record.curve)
    offsets = {tuple(each) for each in plot.axes.collections[3].get_offsets().tolist()}
    assert offsets == {(b.x, b.y) for b in plot.record.bubbles}


def test_it_fits_into_axes_of_others_and_is_square_on_its_own() -> None:
    """A page of its own has a square panel."""
    box = labbe(counts(PEOPLE)).axes.get_window_extent()
    assert box.width == pytest.approx(box.height, rel=1e-6)
    figure = Figure(figsize=(8, 3))
    axes = figure.subplots(1, 2)
    plot = labbe(counts(PEOPLE), ax=axes[0])
    assert plot.figure is figure
    assert overlaps(plot) == []


def test_the_sentence_counts_who_fared_better() -> None:
    """Strictly lower risks."""
    assert labbe_points(counts(PEOPLE)).alt == (
        "L'Abbé plot of 4 studies: risks of two groups; the risk is lower with treatment in 3 of "
        "them."
    )


@pytest.mark.parametrize(("column", "value"), [("events1", 900), ("events2", -5)])
def test_impossible_counts_are_named(column: str, value: int) -> None:
    """A risk of 263% is no mark off the panel."""
    made = make.bcg_effects()
    changed = list(made.columns[column])
    changed[0] = value
    wrong = replace(made, columns={**made.columns, column: tuple(changed)})
    with pytest.raises(InputError, match=rf"Aronson 1948: {value} events of"):
        labbe(wrong)
