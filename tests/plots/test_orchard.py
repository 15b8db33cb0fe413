"""Orchard plots: means of the fit, points that cover nothing, areas by precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.plots.charts.orchard import CLEAR, MOST_HALF, SMALLEST_RADIUS, THICK, orchard
from metaan.plots.charts.orchard_swarm import radii, squeezed, swarm
from metaan.plots.pages.theme import THEMES
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from metaan.univariate.subgrouping import subgroups
from tests.plots.builders import LONG, bcg_effects, bcg_fit, effects, fit
from tests.plots.looking import misplaced, outside, texts

NAN = float("nan")


def seeded(k: int, scale: str = "identity") -> Effects:
    """Return k seeded studies with a category and a number."""
    rng = np.random.default_rng(k)
    return Effects.from_arrays(
        rng.normal(-0.3, 0.4, k),
        se=rng.uniform(0.05, 0.6, k),
        scale=scale,
        columns={
            "kind": [("manual", "electric", LONG)[i % 3] for i in range(k)],
            "place": [("east", "west")[i % 2] for i in range(k)],
            "year": (1990 + rng.integers(0, 30, k)).tolist(),
        },
    )


@given(
    st.lists(st.tuples(st.floats(0, 60), st.floats(0.5, 7)), min_size=1, max_size=60),
    st.floats(0, 6),
)
def test_no_point_of_a_swarm_covers_another(points: list[Any], clear: float) -> None:
    """Every pair by the distance of its centers, and the line stays free."""
    x, size = np.array(points).T
    offset = swarm(x, size, clear)
    assert (np.abs(offset) >= clear + size - 1e-9).all()
    gaps = np.hypot(x[:, None] - x, offset[:, None] - offset) - size[:, None] - size
    np.fill_diagonal(gaps, 0.0)
    assert gaps.min() >= -1e-6
    np.testing.assert_array_equal(offset, swarm(x, size, clear))


def test_a_swarm_that_is_too_wide_is_pressed_together() -> None:
    """Sides and order stay, the line stays free."""
    size = np.full(50, 2.0)
    offset = swarm(np.zeros(50), size, 3.0)
    pressed = squeezed(offset, 3.0 + size, 20.0)
    assert np.abs(pressed).max() == pytest.approx(20)
    assert np.abs(pressed).min() == pytest.approx(5)
    np.testing.assert_array_equal(np.sign(pressed), np.sign(offset))
    np.testing.assert_array_equal(np.argsort(pressed), np.argsort(offset))
    np.testing.assert_array_equal(squeezed(offset, 3.0 + size, 500.0), offset)


def test_areas_are_in_proportion_to_the_precision() -> None:
    """Down to a least size."""
    areas = radii([1.0, 0.5, 0.25], 8.0, 0.1) ** 2
    np.testing.assert_allclose(areas / areas[0], [1.0, 0.5, 0.25])
    assert radii([1.0, 1e-9], 8.0, 1.2)[1] == 1.2
    points = orchard(bcg_fit()).record.groups[0].points
    ratio = [p.radius**2 * p.se for p in points if p.radius > SMALLEST_RADIUS]
    np.testing.assert_allclose(ratio, ratio[0])


def test_the_means_are_those_of_the_fit() -> None:
    """A pool is one group; subgroups are one each, and all studies last."""
    pooled = bcg_fit()
    (group,) = orchard(pooled).record.groups
    assert (group.mean.value, group.mean.low, group.mean.high) == (-0.7145, -1.1084, -0.3206)
    assert (group.mean.prediction_low, group.mean.prediction_high) == (-1.995, 0.566)
    assert [p.value for p in group.points] == pooled.effects.y.tolist()
    split = subgroups(seeded(30), by="kind")
    record = orchard(split).record
    assert [g.name for g in record.groups] == [*split.levels, "All studies"]
    for part, shown in zip((*split.fits, split.overall), record.groups, strict=True):
        assert (shown.k, shown.mean.value, shown.mean.low) == (
            part.k, part.estimate.value, part.estimate.low,
        )  # fmt: skip
    assert record.groups[-1].points == ()
    assert sum(len(g.points) for g in record.groups) == 30


def test_expected_effects_of_a_regression_are_x_times_b() -> None:
    """Dummy coding by hand; the other moderator at its mean, which the figure says."""
    found = regress(seeded(40), "~ C(kind) + year")
    record = orchard(found, by="kind").record
    years = np.array(found.effects.columns["year"], dtype=float)
    b = {name: e.value for name, e in zip(found.names, found.coefficients, strict=True)}
    for group in record.groups:
        by_hand = b["Intercept"] + b["year"] * years.mean() + b.get(f"C(kind)[T.{group.name}]", 0)
        assert group.mean.value == pytest.approx(by_hand, rel=1e-10)
        assert group.k == sum(v == group.name for v in found.effects.columns["kind"])
    assert "mean of the studies" in record.frame.notes[1]
    at = orchard(found, by="kind", at={"year": 2001}).record
    assert at.frame.notes[1] == "Means are for year = 2001."
    step = 2001 - years.mean()
    moved = [a.mean.value - g.mean.value for a, g in zip(at.groups, record.groups, strict=True)]
    np.testing.assert_allclose(moved, b["year"] * step, rtol=1e-9)


def test_the_moderator_is_chosen_or_asked_for() -> None:
    """One needs no name; a category has no mean."""
    assert len(orchard(regress(seeded(20), "~ C(kind)")).record.groups) == 3
    two = regress(seeded(40), "~ C(kind) + C(place)")
    with pytest.raises(InputError, match="kind and place"):
        orchard(two)
    with pytest.raises(InputError, match=r"at=\{'place': 'east'\}"):
        orchard(two, by="kind")
    assert orchard(two, by="kind", at={"place": "west"}).record.frame.notes[1].endswith("west.")
    with pytest.raises(ChoiceError, match="sort"):
        orchard(two, by="sort")
    with pytest.raises(ChoiceError, match="at="):
        orchard(two, by="kind", at={"plaice": "west"})
    with pytest.raises(InputError, match="cannot be held"):
        orchard(two, by="kind", at={"kind": "manual", "place": "east"})
    rng = np.random.default_rng(1)
    many = Effects.from_arrays(rng.normal(size=50), se=[0.3] * 50, columns={"x": range(50)})
    numbers = regress(many, "~ x")
    with pytest.raises(InputError, match="bubble"):
        orchard(numbers)


def test_fits_without_groups_are_refused() -> None:
    """And arguments that a fit does not take."""
    with pytest.raises(InputError, match="got Effects"):
        orchard(seeded(3))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="for a meta-regression"):
        orchard(bcg_fit(), by="kind")


def test_the_table_is_on_the_reading_scale() -> None:
    """Ratios of the BCG trials, from their counts."""
    frame = orchard(bcg_fit()).data
    assert isinstance(frame, pd.DataFrame)
    means = frame[frame["kind"] == "mean"].iloc[0]
    assert means["estimate"] == pytest.approx(np.exp(-0.7145))
    assert means["prediction_high"] == pytest.approx(np.exp(0.566))
    first = frame.iloc[0]
    assert (first["study"], first["estimate"]) == (
        "Aronson 1948", pytest.approx((4 / 123) / (11 / 139)),
    )  # fmt: skip


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("k", [2, 3, 13, 63, 200])
def test_nothing_overlaps_and_nothing_is_cut(k: int, theme: str) -> None:
    """Few and many studies, long names, ratios."""
    studies = seeded(k, "log")
    for made in (pool(studies), subgroups(studies, by="kind")):
        plot = orchard(made, title=LONG, notes=(LONG,), theme=theme)
        assert misplaced(plot) == ([], [])


def test_points_stay_in_the_panel_and_keep_clear_of_the_mean() -> None:
    """For two thousand studies too, measured on the artists."""
    for k in (1, 40, 2000):
        plot = orchard(pool(seeded(k)))
        height = plot.record.frame.height
        for artist in plot.axes.findobj(PolyCollection):
            boxes = [path.get_extents() for path in artist.get_paths()]
            assert min(box.y0 for box in boxes) >= 0
            assert max(box.y1 for box in boxes) <= height
        (group,) = plot.record.groups
        inner = [abs(p.offset) - p.radius for p in group.points]
        assert min(inner) >= CLEAR - 1e-9
        assert max(abs(p.offset) + p.radius for p in group.points) <= MOST_HALF + 1e-9


def test_intervals_beyond_the_axis_end_in_arrows() -> None:
    """Infinite, missing and huge limits are drawn, and read as they are."""
    studies = effects([0.1, 0.2, 0.3], [0.01, 0.01, 0.01])
    infinite = fit(studies, mean=(0.2, -np.inf, np.inf), prediction=(-1e6, 1e6))
    plot = orchard(infinite)
    assert outside(plot) == []
    axis = plot.record.frame.x
    assert axis.high - axis.low < 50
    tips = {
        round(x, 6)
        for artist in plot.axes.findobj(PolyCollection)
        for path in artist.get_paths()
        if len(path.vertices) == 4
        for x in path.vertices[:, 0]
    }
    assert {round(axis.low, 6), round(axis.high, 6)} <= tips
    missing = fit(studies, mean=(0.2, NAN, NAN))
    assert "prediction" not in orchard(missing).record.frame.notes[0]


def test_it_fits_into_given_axes_and_says_what_it_shows() -> None:
    """Titles and the sentence for those who cannot see it."""
    figure = Figure(figsize=(3, 2))
    plot = orchard(bcg_fit(), title="BCG", ax=figure.subplots())
    assert outside(plot) == []
    assert "BCG" in [text for text, _ in texts(plot)]
    assert "13 studies, Risk ratio with 95% CIs: All studies 0.489" in plot.record.alt


def test_a_cut_interval_has_an_arrow_that_can_be_seen() -> None:
    """A head higher than its bar, where the bar ends; a footnote counts both."""
    made = Effects.from_arrays(
        [0.1, 0.2, 0.3, 0.1, 0.2], se=[0.1, 0.1, 0.1, 0.1, 9.0], columns={"g": list("aaaab")}
    )
    plot = orchard(subgroups(made, "g"))
    axis = plot.record.frame.x
    assert "2 intervals reach beyond the axis (arrows)." not in plot.record.frame.notes
    cut = [g for g in plot.record.groups if g.mean.low < axis.low or g.mean.high > axis.high]
    assert [group.name for group in cut] == ["b"]
    assert "1 interval reaches beyond the axis (arrows)." in plot.record.frame.notes
    heads = [
        box
        for artist in plot.axes.findobj(PolyCollection)
        for path in artist.get_paths()
        for box in [path.get_extents()]
        if len(path.vertices) == 4  # a triangle, closed
    ]
    assert {round(box.x0, 9) for box in heads} | {round(box.x1, 9) for box in heads} >= {
        round(axis.low, 9), round(axis.high, 9),
    }  # fmt: skip
    assert all(box.height > 2 * THICK for box in heads)


def test_studies_beyond_the_axis_are_counted() -> None:
    """No point goes without a word."""
    made = Effects.from_arrays([-700, 300, 0.1, 0.2], se=[0.3] * 4, scale="log")
    notes = orchard(pool(made, model="common")).record.frame.notes
    assert "2 studies of 4 lie beyond the axis and cannot be seen." in notes


def test_the_axis_is_no_longer_than_points_and_bars_need() -> None:
    """One imprecise study does not stretch it."""
    made = Effects.from_arrays([0.0, 0.1, 0.2, 0.3], se=[0.1, 0.1, 0.1, 4.0])
    axis = orchard(pool(made, model="common")).record.frame.x
    assert -0.2 < axis.low < 0 < 0.3 < axis.high < 0.5


def test_other_moderators_are_told_with_sensible_decimals() -> None:
    """Years have none, so their mean has one."""
    fit = regress(bcg_effects(), "~ 1")
    made = fit.effects
    years = [1948 + i for i in range(12)] + [1975]
    made = Effects.from_arrays(
        made.y, se=made.se, columns={"year": years, "g": [f"g{i % 2}" for i in range(13)]}
    )
    notes = " ".join(orchard(regress(made, "~ g + year"), by="g").record.frame.notes)
    assert f"year = {sum(years) / 13:.1f} (mean of the studies)" in notes
