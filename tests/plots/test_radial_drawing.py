"""The drawing of a radial plot: texts stay apart, and artists are what the record says."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from metaan.core.scale import LOG
from metaan.plots.charts.radial import radial
from metaan.plots.pages.theme import THEMES
from tests.plots import builders as make
from tests.plots.looking import misplaced, overlaps, texts

LONG_TITLE = " ".join(["A title that is much longer than any page is wide"] * 6)


@pytest.mark.parametrize("k", [1, 3, 13, 63, 200])
@pytest.mark.parametrize("long_labels", [False, True])
@pytest.mark.parametrize("theme", THEMES)
def test_nothing_overlaps_and_nothing_is_cut(k: int, long_labels: bool, theme: str) -> None:
    """Whatever is drawn, texts stay apart and on the page."""
    studies = make.many(k, "binary", long_labels=long_labels)
    plot = radial(
        make.fit(studies, mean=(-0.5, -0.9, -0.1)),
        names="all",
        title=LONG_TITLE,
        subtitle=LONG_TITLE,
        notes=(LONG_TITLE,),
        theme=theme,
    )
    assert misplaced(plot) == ([], [])


@pytest.mark.parametrize("y", [[0.0, 0.0], [1e-6, 2e-6], [-5e5, 3e5], [-700.0, 800.0]])
@pytest.mark.parametrize("v", [[1.0, 1.0], [1e-8, 1e6]])
def test_numbers_of_any_size_can_be_drawn(y: list[float], v: list[float]) -> None:
    """Tiny, huge, equal, and steep."""
    scale = LOG if max(y) == 800 else make.IDENTITY
    plot = radial(make.effects(y, v, scale=scale), names="all")
    assert misplaced(plot) == ([], [])


def test_artists_are_the_record() -> None:
    """One mark per study, one band, and the line to the arc."""
    plot = radial(make.bcg_fit())
    record = plot.record
    band, marks = (each for each in plot.axes.collections if isinstance(each, PolyCollection))
    assert len(marks.get_paths()) == 13
    np.testing.assert_allclose(band.get_paths()[0].vertices[:4], record.band)
    middles = [
        (path.vertices[:-1].max(axis=0) + path.vertices[:-1].min(axis=0)) / 2
        for path in marks.get_paths()
    ]
    np.testing.assert_allclose(middles, [(p.x, p.y) for p in record.points], atol=1e-9)
    lines = [
        segment
        for each in plot.axes.collections
        if isinstance(each, LineCollection)
        for segment in each.get_segments()
    ]
    drawn = [tuple(map(tuple, segment)) for segment in lines]
    assert record.line in drawn
    assert record.arc.line in drawn
    assert record.arc.interval in drawn


def test_labels_of_the_arc_stand_at_their_ticks() -> None:
    """Centered on the tick's outer end, to its right."""
    plot = radial(make.bcg_fit())
    boxes = dict(texts(plot))
    points = 72 / plot.figure.dpi
    for text, mark in zip(plot.record.frame.texts, plot.record.arc.marks, strict=True):
        x, y = plot.axes.transData.transform(mark[1]) * points
        left, low, _, high = boxes[text.text]
        assert 0 < left - x < 6
        assert abs((low + high) / 2 - y) < 3


def test_an_axes_of_the_caller_is_filled() -> None:
    """Two plots beside each other stay in their own halves."""
    figure = Figure(figsize=(9, 4))
    left, right = figure.subplots(1, 2)
    plots = [radial(make.bcg_fit(), names="outside", ax=ax) for ax in (left, right)]
    assert overlaps(plots[0]) == []
    middle = 9 * 72 / 2
    assert all((box[2] < middle) or (box[0] > middle) for _, box in texts(plots[0]))


def test_the_figure_describes_itself() -> None:
    """In one sentence."""
    assert repr(radial(make.bcg_fit(), title="BCG")) == (
        "BCG: Radial plot of 13 studies: risk ratio over its standard error against precision; "
        "pooled risk ratio 0.49 (95% CI 0.33 to 0.73; p = 0.012); 6 studies outside of the 95% "
        "band."
    )
