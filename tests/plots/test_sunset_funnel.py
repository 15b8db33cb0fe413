"""The sunset funnel: regions of power, the second axis, texts that stay apart."""

from __future__ import annotations

import math

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from scipy.stats import norm

from metaan.core.errors import ChoiceError, InputError
from metaan.plots.diagnostics.sunset import region_color, sunset_funnel
from metaan.plots.diagnostics.sunset_points import sunset_points
from metaan.plots.pages.contrast import ink_on
from metaan.plots.pages.theme import THEMES
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from tests.plots import builders as make
from tests.plots.looking import misplaced, texts


def test_regions_end_where_the_power_does() -> None:
    """At each edge a study would have just this power; the regions fill the axis."""
    fit = pool(make.bcg_effects(), model="common")
    record = sunset_points(fit, 0.5)
    z = norm.isf(0.025)
    for region in record.regions[:-1]:
        ratio = math.log(2) / region.bottom
        assert norm.sf(z - ratio) + norm.cdf(-z - ratio) == pytest.approx(region.low, rel=1e-10)
    tops = [region.top for region in record.regions]
    bottoms = [region.bottom for region in record.regions]
    assert tops[1:] == bottoms[:-1]
    assert (bottoms[-1], tops[0]) == (record.frame.y.low, record.frame.y.high)
    for power, se in record.ticks:
        ratio = math.log(2) / se
        assert norm.sf(z - ratio) + norm.cdf(-z - ratio) == pytest.approx(power, rel=1e-10)


def test_points_and_power_are_those_of_the_studies() -> None:
    """Effects, standard errors, power in the order of the fit."""
    fit = pool(make.bcg_effects())
    record = sunset_points(fit)
    assert [point.study for point in record.points] == list(fit.effects.study)
    np.testing.assert_array_equal([point.x for point in record.points], fit.effects.y)
    frame = record.to_frame()
    ratio = abs(fit.estimate.value) / fit.effects.se
    expected = norm.sf(1.959963984540054 - ratio) + norm.cdf(-1.959963984540054 - ratio)
    np.testing.assert_allclose(frame["power"], expected, rtol=1e-10)
    assert any(note.startswith("Median power") for note in record.frame.notes)
    assert "R-index" in record.alt


def test_a_study_on_the_line_is_just_significant() -> None:
    """The lines leave no effect by z standard errors."""
    fit = pool(make.bcg_effects())
    for line in sunset_points(fit, level=0.9).significance:
        (x, y), (far, deep) = line
        assert (x, y) == (0.0, 0.0)
        assert abs(far) / deep == pytest.approx(norm.isf(0.05))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("k", [2, 40])
def test_nothing_overlaps(theme: str, k: int) -> None:
    """Whatever the number of studies and however small the effect."""
    fit = pool(make.many(k, "binary", long_labels=True), model="common")
    for effect in (1.01, 1.6, 1e13):
        plot = sunset_funnel(fit, effect, names="all", theme=theme, title="A title " * 20)
        assert misplaced(plot) == ([], [])


def test_a_region_has_one_color() -> None:
    """One polygon per region, from the paper to the strongest."""
    plot = sunset_funnel(pool(make.bcg_effects(), model="common"))
    polygons = [each for each in plot.axes.collections if isinstance(each, PolyCollection)]
    assert len(polygons) == len(plot.record.regions) + 1
    for theme in THEMES.values():
        colors = [region_color(theme, shade / 4) for shade in range(5)]
        assert colors[0] == theme.paper
        assert len(set(colors)) == 5
        assert {ink_on(color) for color in colors[:1]} == {ink_on(theme.paper)}


def test_the_effect_asked_for_has_its_own_line() -> None:
    """Beside the pooled one; without it there is one line."""
    fit = pool(make.bcg_effects())
    labels = [entry.label for entry in sunset_points(fit, 0.8).frame.legend]
    assert labels[0] == "Effect to be found 0.80"
    assert labels[1].startswith("Pooled risk ratio")
    assert len(sunset_points(fit).frame.legend) == len(labels) - 1


def test_an_axes_of_the_caller_is_filled() -> None:
    """It stays in its half."""
    figure = Figure(figsize=(9, 4))
    left, _ = figure.subplots(1, 2)
    plot = sunset_funnel(pool(make.bcg_effects()), ax=left)
    assert all(box[2] < 9 * 72 / 2 for _, box in texts(plot))


def test_faults_are_named() -> None:
    """No effect, no pool, no such study."""
    fit = pool(make.bcg_effects())
    with pytest.raises(InputError, match="the effect is no effect"):
        sunset_funnel(fit, 1.0)
    moderated = make.effects([0.1, 0.9, 0.2, 1.6], [0.1] * 4, columns={"dose": [1.0, 2, 3, 4]})
    with pytest.raises(InputError, match="power_of_studies needs a pool"):
        sunset_funnel(regress(moderated, "~ dose"))  # type: ignore[arg-type]
    with pytest.raises(ChoiceError, match="no study of these"):
        sunset_funnel(fit, names=["Nobody 1900"])
