"""The plot of selection functions: its record as numbers, its drawing by its extents."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.diagnostics.selection.model import selection_model
from metaan.diagnostics.selection.record import SelectionFit
from metaan.plots.diagnostics.selection_axes import P_AXES
from metaan.plots.diagnostics.selection_plot import selection_plot
from metaan.plots.pages.theme import THEMES
from metaan.univariate.pooling import pool
from tests.plots.looking import misplaced, overlaps
from tests.reference.pinned import pins

LONG = " ".join(["A title that is much longer than any page is wide"] * 5)
SEVERAL = ("STEP", "BETA", "HALF_NORMAL", "POWER", "LOGISTIC")


@cache
def bcg(key: str = "STEP", **options: Any) -> SelectionFit:
    """Return a model of the BCG trials."""
    record = pins("selection")["fits"]["dat.bcg/uni_logRR"]
    effects = Effects.from_arrays(record["yi"], record["vi"], scale="log", label="Risk ratio")
    return selection_model(pool(effects), key, **options)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("axis", "bands"), [*zip(P_AXES, [False, True], strict=True)])
def test_nothing_overlaps_and_nothing_is_cut(theme: str, axis: str, bands: bool) -> None:
    """Several models with long names and many steps."""
    fits = [*(bcg(key) for key in SEVERAL), bcg(delta="SEVERE_TWO")]
    plot = selection_plot(*fits, axis=axis, bands=bands, theme=theme, title=LONG, subtitle=LONG)
    assert misplaced(plot) == ([], [])


@pytest.mark.parametrize(
    ("k", "key"), [(3, "STEP"), (3, "BETA"), (300, "STEP"), (100, "BETA"), (3, "LOGISTIC")]
)
def test_few_and_many_studies(k: int, key: str) -> None:
    """From three studies on."""
    rng = np.random.default_rng(8)
    y = [0.6, 0.1, 0.5] if k == 3 else rng.normal(0.3, 0.3, k)
    effects = Effects.from_arrays(y, se=rng.uniform(0.1, 0.3, k))
    plot = selection_plot(selection_model(pool(effects), key, steps=None))
    assert misplaced(plot) == ([], [])
    assert len(plot.record.rug) == k


def test_the_record_is_the_fit() -> None:
    """Corners of steps, their limits, studies, ticks at the steps."""
    fit = bcg(steps=(0.025, 0.5))
    plot = selection_plot(fit)
    line, values = plot.record.lines[0], [each.value for each in fit.delta]
    assert line.p == (0, 0.025, 0.025, 0.5, 0.5, 1)
    np.testing.assert_allclose(line.weight, np.repeat(values, 2))
    limits = fit.weights([0.01, 0.1, 0.9])
    np.testing.assert_allclose(line.high, np.repeat(limits.high, 2))
    assert plot.record.rug == tuple(sorted(fit.p_values))
    assert {"0.025", "0.5"} <= set(plot.record.frame.x.tick_labels)
    assert list(plot.data.columns) == ["name", "p", "weight", "low", "high"]
    assert len(plot.data) == 6


def test_functions_have_the_place_where_they_are_1() -> None:
    """The beta density at 0.025, which a note says; others at p = 0."""
    plot = selection_plot(bcg("BETA"), bcg("HALF_NORMAL"), names=["first", "second"])
    first, second = plot.record.lines
    at = int(np.argmin(np.abs(np.array(first.p) - 0.025)))
    assert first.weight[at] == pytest.approx(1, abs=0.02)
    assert second.weight[0] == pytest.approx(1)
    assert [each.label.split(":")[0] for each in plot.record.frame.legend] == ["first", "second"]
    assert "relative to its value at p = 0.025" in " ".join(plot.record.frame.notes)


def test_artists_are_the_record() -> None:
    """One band, the line, a tick for each study; all within the axes."""
    plot = selection_plot(bcg())
    (band,) = (each for each in plot.axes.collections if isinstance(each, PolyCollection))
    lines = [each for each in plot.axes.collections if isinstance(each, LineCollection)]
    assert [len(each.get_segments()) for each in lines] == [1, 13, 1]
    (low, high), inside = plot.axes.get_ylim(), band.get_paths()[0].vertices
    assert low <= inside[:, 1].min() <= inside[:, 1].max() <= high
    heights = lines[-1].get_segments()[0][:, 1]
    np.testing.assert_allclose(np.exp(heights), plot.record.lines[0].weight)


def test_chances_next_to_0_are_not_drawn() -> None:
    """A function that ends at 0 leaves the panel; a note says so."""
    plot = selection_plot(bcg("POWER", delta=(2.0,)))
    line = plot.axes.collections[-1]
    heights = np.exp(line.get_segments()[0][:, 1])  # type: ignore[attr-defined]
    end = np.exp(plot.axes.get_ylim()[0])
    assert min(plot.record.lines[0].weight) < end <= heights.min() * (1 + 1e-9)
    assert np.count_nonzero(heights < end * 1.0001) <= 1
    assert "beyond the axis are not drawn" in " ".join(plot.record.frame.notes)


def test_an_axes_of_the_caller_is_filled() -> None:
    """Two plots beside each other."""
    figure = Figure(figsize=(9, 4))
    plots = [selection_plot(bcg(), ax=ax) for ax in figure.subplots(1, 2)]
    assert overlaps(plots[0]) == []
    assert all(plot.figure is figure for plot in plots)


def test_the_figure_describes_itself() -> None:
    """In one sentence."""
    assert selection_plot(bcg()).record.alt == (
        "Selection function, chance of publication against the p-value; risk ratio: Step "
        "function, 0.54 (95% CI 0.32 to 0.90; p = 0.018)."
    )


def test_what_cannot_be_drawn() -> None:
    """Fits of effects, other alternatives, too many, none, no fits."""
    with pytest.raises(InputError, match="got none"):
        selection_plot()
    with pytest.raises(InputError, match="got PooledFit"):
        selection_plot(bcg().fit)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"TRUNCATED weighs effects.*alternatives"):
        selection_plot(bcg("TRUNCATED"), bcg("BETA", alternative="greater"))
    with pytest.raises(InputError, match="more than 6"):
        selection_plot(*[bcg()] * 7)
    with pytest.raises(InputError, match="one for each of 1 fits"):
        selection_plot(bcg(), names=["a", "b"])
    with pytest.raises(InputError, match="choose one of ROOT_P, P"):
        selection_plot(bcg(), axis="LOG")
    with pytest.raises(InputError, match="has no argument 'titel'"):
        selection_plot(bcg(), titel="x")  # type: ignore[call-arg]
