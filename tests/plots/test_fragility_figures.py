"""Sensitivity plot and extended funnel plot: numbers of their records, texts that stay apart."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

import metaan as ma
from metaan.core.errors import ChoiceError, InputError
from metaan.diagnostics.fragility.sensitivity import sensitivity
from metaan.diagnostics.fragility.sensitivity_record import Sensitivity
from metaan.plots.diagnostics.fragility_extended import extended_funnel
from metaan.plots.diagnostics.fragility_sensitivity import sensitivity_plot
from metaan.plots.pages.theme import THEMES
from tests.plots import builders as make
from tests.plots.looking import misplaced
from tests.tolerance import EXACT, close

LONG = " ".join(["A title that is much longer than any page is wide"] * 4)


def found(size: float = 1.0, values: object = (0.0, 0.3, 0.6, 0.9)) -> Sensitivity:
    """Return a sensitivity analysis whose interval narrows."""

    def made(r: float) -> ma.Effects:
        spread = np.array([0.1, 0.2, 0.15]) * (1 - r) * size**2
        return ma.Effects.from_arrays(np.array([0.5, 0.3, 0.1]) * size, v=spread)

    return sensitivity(ma.pool(made(0.5), model="common"), made, values=values, name="correlation")  # type: ignore[arg-type]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", [1e-6, 1.0, 3e5])
def test_the_sensitivity_plot_stays_apart(theme: str, size: float) -> None:
    """Any size of effects, long words, lines of important effects."""
    plot = sensitivity_plot(
        found(size), important=(-0.2 * size, 0.2 * size), theme=theme, title=LONG, notes=LONG
    )
    assert misplaced(plot) == ([], [])


def test_the_curve_is_the_analysis() -> None:
    """Estimates, band, turn and axis as they were computed and as they are drawn."""
    analysis = found()
    plot = sensitivity_plot(analysis, important=0.2)
    record = plot.record
    assert record.important == (-0.2, 0.2)
    assert close(record.estimate, analysis.value, EXACT)
    assert record.turns == tuple(turn.at for turn in analysis.turns)
    assert record.frame.x.low == 0.0
    assert record.frame.x.high == 0.9
    (shape,) = [x for x in plot.axes.collections if isinstance(x, PolyCollection)]
    corners = shape.get_paths()[0].vertices[:8]
    assert close(corners[:4, 1], analysis.low, EXACT)
    lines = [s for x in plot.axes.collections if isinstance(x, LineCollection)
             for s in x.get_segments()]  # fmt: skip
    assert any(np.allclose(s[:, 0], record.turns[0]) for s in lines)
    assert any(len(s) == 4 and np.allclose(s[:, 1], analysis.value) for s in lines)
    assert plot.data.shape == (4, 8)
    assert "correlation" in record.alt
    assert record.title == ""


def test_a_value_of_ones_own_is_drawn() -> None:
    """The line is at what the conclusion is about, and the legend names it."""
    analysis = found()
    other = sensitivity(analysis.fit, lambda _: analysis.fit.effects, values=[0, 1], against=0.25)
    record = sensitivity_plot(other).record
    assert record.against == 0.25
    assert any(entry.label == "Compared with 0.25" for entry in record.frame.legend)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("k", [1, 3, 13, 63])
def test_the_extended_funnel_stays_apart(theme: str, k: int) -> None:
    """Few and many studies, long names, all of them asked for."""
    studies = make.many(k, "binary", long_labels=k == 13)
    fit = ma.pool(studies, model="common")
    plot = extended_funnel(fit, names="all", important=0.8, theme=theme, title=LONG)
    assert misplaced(plot) == ([], [])


def test_the_regions_are_the_map() -> None:
    """The legend has the conclusions that occur; the grid is the pools with one more study."""
    effects = ma.Effects.from_arrays([0.5, 0.2, 0.35], se=[0.2, 0.3, 0.1])
    record = extended_funnel(ma.pool(effects, model="common")).record
    sides = set(record.map.side.ravel().tolist())
    told = [entry.label for entry in record.frame.legend if entry.kind == "area"]
    assert sides == {1, 0, -1}
    assert told == ["The 95% CI would lie above 0", "The 95% CI would include 0",
                    "The 95% CI would lie below 0"]  # fmt: skip
    place = 40, 60
    more = ma.Effects.from_arrays(
        [0.5, 0.2, 0.35, record.map.effects[60]], se=[0.2, 0.3, 0.1, record.map.errors[40]]
    )
    own = ma.pool(more, model="common").estimate
    assert close(record.map.low[place], own.low, EXACT)
    assert record.to_frame().shape == (record.map.low.size, 6)
    assert record.center == ma.pool(effects, model="common").estimate.value


def test_what_matters_lies_on_both_sides() -> None:
    """One number stands for both sides of no effect, as in other figures; two are the ends."""
    fit = ma.pool(make.many(5, "binary"), model="common")
    for important, ends in ((0.8, (0.8, 1.25)), (1.25, (0.8, 1.25)), ((0.7, 1.1), (0.7, 1.1))):
        plot = extended_funnel(fit, important=important)
        assert close(np.exp(plot.record.important), ends, EXACT)
        dashed = {round(float(np.exp(s[0, 0])), 9) for x in plot.axes.collections
                  if isinstance(x, LineCollection) for s in x.get_segments()}  # fmt: skip
        assert dashed >= set(ends)
    told = [entry.label for entry in plot.record.frame.legend]
    assert "Important effects (0.7 and 1.1)" in told


def test_the_axis_of_errors_begins_at_zero() -> None:
    """With a tick there, and the shading up to it."""
    plot = extended_funnel(found().fit)
    assert plot.axes.get_ylim()[1] == 0.0
    assert plot.record.frame.y.ticks[0] == 0.0
    assert plot.record.map.errors[0] < 0.002 * plot.record.map.errors[-1]


def test_both_go_into_axes_of_ones_own() -> None:
    """``ax=`` takes the page."""
    figure = Figure(figsize=(10, 5))
    first, second = figure.subplots(1, 2)
    fit = found().fit
    assert sensitivity_plot(found(), ax=first).figure is figure
    assert extended_funnel(fit, ax=second).figure is figure


def test_faults_are_named() -> None:
    """What is no analysis, no text, no effect."""
    fit = found().fit
    with pytest.raises(InputError, match="sensitivity_plot draws what sensitivity"):
        sensitivity_plot(fit)  # type: ignore[arg-type]
    with pytest.raises(ChoiceError, match="no argument 'heading'"):
        sensitivity_plot(found(), heading="x")  # type: ignore[call-arg]
    with pytest.raises(InputError, match="extended_funnel needs a pool"):
        extended_funnel(found())  # type: ignore[arg-type]
    with pytest.raises(InputError, match="important must be"):
        extended_funnel(fit, important="small")  # type: ignore[arg-type]
