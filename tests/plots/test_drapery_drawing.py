"""Drapery plots as drawn: texts apart, curves inside, everything there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from metaan.plots.charts.drapery import drapery, outline
from metaan.plots.charts.drapery_axes import DRAPERY_AXES
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.theme import THEMES, find_theme
from metaan.univariate.pooling import pool
from metaan.univariate.subgrouping import subgroups
from tests.plots import builders as make
from tests.plots.looking import misplaced, overlaps


def lines_of(plot: Plot[Any]) -> list[LineCollection]:
    """Return the artists of lines."""
    return [each for each in plot.axes.collections if isinstance(each, LineCollection)]


@pytest.mark.parametrize("k", [1, 3, 13, 63, 200])
@pytest.mark.parametrize("axis", list(DRAPERY_AXES))
@pytest.mark.parametrize("kind", ["none", "binary"])
def test_texts_stay_apart_and_on_the_page(k: int, axis: str, kind: str) -> None:
    """One study to many, on every axis, ratios and differences, in some theme."""
    made = make.many(k, kind, long_labels=True)
    theme = list(THEMES)[k % len(THEMES)]
    names = [made.study[0], made.study[-1]]
    plot = drapery(
        pool(made), axis=axis, names=names, title=make.LONG * 3, subtitle="Below", theme=theme
    )
    assert misplaced(plot) == ([], [])


def test_subgroups_are_named_beside_their_curves() -> None:
    """In the colors of the legend, and in words for print without color."""
    made = make.bcg_effects()
    groups = ["random", "alternate", "systematic"] * 4 + ["random"]
    fit = subgroups(replace(made, columns={**made.columns, "alloc": groups}), by="alloc")
    plot = drapery(fit, axis="LOG_P", theme="gray")
    assert overlaps(plot) == []
    assert {label.text for label in plot.record.frame.labels} == set(groups)
    parts = [each for each in plot.record.frame.legend if each.dashes]
    assert [each.label.partition(":")[0] for each in parts] == [
        "random",
        "alternate",
        "systematic",
    ]
    assert [each.head for each in parts] == ["Alloc", "", ""]


def test_curves_are_drawn_as_recorded() -> None:
    """Studies as one artist of thin lines, the pool thick and last, its region shaded."""
    plot = drapery(pool(make.bcg_effects()), axis="LOG_P")
    record, lines = plot.record, lines_of(plot)
    assert len(lines[0].get_segments()) == 13
    np.testing.assert_allclose(lines[-1].get_segments()[0], outline(record.pools[0], record))
    assert lines[-1].get_linewidths()[0] > 2 * lines[0].get_linewidths()[0]
    areas = [each for each in plot.axes.collections if isinstance(each, PolyCollection)]
    assert len(areas) == 1


def test_an_outline_rises_to_the_estimate_and_falls() -> None:
    """Once, without a jump; on the axis that ends at 0 it runs on along it."""
    record = drapery(pool(make.bcg_effects())).record
    x, y = np.array(outline(record.pools[0], record)).T
    top = int(np.argmax(y))
    assert y[top] == 1.0
    assert (np.diff(x) >= 0).all()
    assert (np.diff(y[: top + 1]) >= 0).all()
    assert (np.diff(y[top:]) <= 0).all()
    assert x[0] <= record.frame.x.low
    assert x[-1] >= record.end


def test_nothing_runs_into_the_room_of_the_levels() -> None:
    """Every artist is clipped where the axis ends."""
    plot = drapery(pool(make.bcg_effects()))
    record = plot.record
    assert record.frame.x.high > record.end
    for artist in plot.axes.collections:
        right = plot.axes.transData.transform((record.end, 0.5))[0]
        assert artist.get_clip_box().x1 == pytest.approx(right)
    for text in record.frame.texts:
        assert text.x == record.end


def test_named_studies_have_their_own_color() -> None:
    """And a place in the legend."""
    plot = drapery(pool(make.bcg_effects()), names=["TPT Madras 1980"])
    colors = find_theme("light").color
    entry = next(each for each in plot.record.frame.legend if each.label == "TPT Madras 1980")
    drawn = [each.get_edgecolor()[0][:3] for each in lines_of(plot)]
    wanted = tuple(int(colors(entry.edge)[i : i + 2], 16) / 255 for i in (1, 3, 5))
    assert any(np.allclose(each, wanted) for each in drawn)
    assert len(lines_of(plot)[0].get_segments()) == 12


def test_it_fits_into_axes_of_others() -> None:
    """Scaled down as a whole."""
    figure = Figure(figsize=(8, 2.5))
    axes = figure.subplots(1, 2)
    plot = drapery(pool(make.bcg_effects()), ax=axes[1])
    assert plot.figure is figure
    assert overlaps(plot) == []
    assert lines_of(plot)[-1].get_linewidths()[0] < 2.4


def test_the_sentence_says_what_was_pooled() -> None:
    """With its interval."""
    alt = drapery(pool(make.bcg_effects())).record.alt
    assert alt == (
        "Drapery plot of 13 studies: p-value functions of the risk ratio; pooled 0.49 (95% CI "
        "0.33 to 0.73; p = 0.002)."
    )
