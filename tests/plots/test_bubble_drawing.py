"""Bubble plots as drawn: nothing overlaps, nothing is cut, every mark is where it belongs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.figure import Figure

from metaan.core.effects import Effects
from metaan.core.regression_fit import RegressionFit
from metaan.plots.charts.bubble import bubble
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.theme import THEMES
from metaan.univariate.regression import regress
from tests.plots import builders as make
from tests.plots.looking import misplaced, outside


def fitted(k: int, *, x: str = "dose", log: bool = False, names: Sequence[str] = ()) -> Any:
    """Return a meta-regression of k seeded studies with a number and a category."""
    rng = np.random.default_rng(k)
    dose = rng.uniform(1, 90, k)
    effects = Effects.from_arrays(
        0.02 * dose + rng.normal(0, 0.5, k),
        se=rng.uniform(0.05, 0.7, k),
        study=names or [f"Trial {i + 1}" for i in range(k)],
        scale="log" if log else "identity",
        label="Odds ratio" if log else "Mean difference in pain on a scale from 0 to 100",
        columns={"dose": dose, "sham": [SHAMS[i % 3] for i in range(k)]},
    )
    return regress(effects, x)


SHAMS = (
    "no needle",
    "needle",
    "a needle that does not pass the skin, at points off the meridians",
)


def marks_of(plot: Plot[Any]) -> PathCollection:
    """Return the artist of the bubbles."""
    return next(each for each in plot.axes.collections if type(each) is PathCollection)


@pytest.mark.parametrize("k", [3, 13, 63, 200])
@pytest.mark.parametrize("theme", list(THEMES))
@pytest.mark.parametrize("x", ["dose", "sham"])
def test_texts_stay_apart_and_on_the_page(k: int, theme: str, x: str) -> None:
    """Few and many studies, numbers and categories, in every theme."""
    fit: RegressionFit = fitted(k, x=x, log=k == 13, names=[make.LONG + f" {i}" for i in range(k)])
    plot = bubble(
        fit,
        x,
        color="sham" if x == "dose" else "dose",
        names=True,
        important=(0.9, 1.1),
        title=make.LONG * 3,
        subtitle="Below",
        theme=theme,
    )
    assert misplaced(plot) == ([], [])
    assert len(marks_of(plot).get_offsets()) == k


def test_bubbles_are_where_their_record_says() -> None:
    """Offsets in data, areas as the square of radii, the largest at the bottom."""
    plot = bubble(fitted(13, log=True), "dose")
    drawn = marks_of(plot)
    ordered = sorted(plot.record.bubbles, key=lambda mark: -mark.radius)
    np.testing.assert_allclose(drawn.get_offsets(), [(m.x, m.y) for m in ordered])
    np.testing.assert_allclose(drawn.get_sizes(), [m.radius**2 for m in ordered])
    frame = plot.record.frame
    assert plot.axes.get_xlim() == (frame.x.low, frame.x.high)
    assert plot.axes.get_ylim() == (frame.y.low, frame.y.high)


def test_curve_and_bands_are_drawn() -> None:
    """Two areas under a thick line for a number; two boxes and a line for each category."""
    plot = bubble(fitted(13), "dose")
    areas = [each for each in plot.axes.collections if isinstance(each, PolyCollection)]
    assert len(areas) == 2
    curve = [(point.x, point.estimate) for point in plot.record.curve]
    lines = [each for each in plot.axes.collections if isinstance(each, LineCollection)]
    np.testing.assert_allclose(lines[-1].get_segments()[0], curve)
    boxes = bubble(fitted(13, x="sham"), "sham")
    areas = [each for each in boxes.axes.collections if isinstance(each, PolyCollection)]
    assert [len(each.get_paths()) for each in areas] == [3, 3]


def test_every_mark_lies_in_the_panel() -> None:
    """With room for its radius."""
    plot = bubble(fitted(63), "dose")
    box = plot.axes.get_window_extent()
    points = 72 / plot.figure.dpi
    for mark in plot.record.bubbles:
        x, y = plot.axes.transData.transform((mark.x, mark.y))
        room = min(x - box.x0, box.x1 - x, y - box.y0, box.y1 - y) * points
        assert room >= mark.radius


def test_bands_that_explode_are_cut() -> None:
    """Two studies beyond the coefficients leave limits of thousands; the studies stay in sight."""
    effects = Effects.from_arrays(
        [0.1, 0.2, 0.35], se=[0.2, 0.2, 0.2], columns={"dose": [1.0, 2.0, 3.0]}
    )
    plot = bubble(regress(effects, "dose", inference="T"), "dose")
    assert max(point.high for point in plot.record.curve) > 1
    assert plot.record.frame.y.high - plot.record.frame.y.low < 1.2
    assert outside(plot) == []


def test_long_names_of_categories_become_letters() -> None:
    """The footnote explains them."""
    frame = bubble(fitted(13, x="sham"), "sham").record.frame
    assert frame.x.tick_labels == ("A", "B", "C")
    assert frame.notes[0].startswith("A: a needle that does not pass the skin")


def test_it_fits_into_axes_of_others() -> None:
    """Scaled down as a whole."""
    figure = Figure(figsize=(8, 2.5))
    axes = figure.subplots(1, 2)
    plot = bubble(fitted(13), "dose", ax=axes[0], title="Left")
    assert plot.figure is figure
    natural = max(mark.radius for mark in plot.record.bubbles) ** 2
    assert marks_of(plot).get_sizes().max() < natural


def test_texts_of_users_are_literal() -> None:
    """Dollar signs are no mathematics."""
    fit = fitted(3, names=["$x^2$", "a_b", "c\nd"])
    plot = bubble(fit, "dose", title="$\\frac{1}{2}$")
    assert outside(plot) == []
    assert "c d" in {label.text for label in plot.record.frame.labels}


def test_the_sentence_says_what_is_to_be_seen() -> None:
    """Where the line begins and ends, or each category."""
    assert bubble(fitted(13), "dose").record.alt.startswith(
        "Bubble plot of 13 studies: mean difference in pain on a scale from 0 to 100 by dose; "
    )
    assert " in no needle" in bubble(fitted(13, x="sham"), "sham").record.alt
