"""The drawing of a funnel plot: texts stay apart, and artists are what the record says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from metaan.plots.charts.bubble_colors import colored
from metaan.plots.charts.funnel import draw_funnel, funnel
from metaan.plots.charts.funnel_axes import DEFAULT_AXIS, FUNNEL_AXES
from metaan.plots.charts.funnel_bands import levels_of
from metaan.plots.charts.funnel_points import funnel_points, record_around
from metaan.plots.charts.funnel_record import FunnelPoint, FunnelPoints
from metaan.plots.charts.funnel_source import source_of
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.texts import Written
from metaan.plots.pages.theme import THEMES
from tests.plots import builders as make
from tests.plots.looking import misplaced, overlaps, texts

LONG_TITLE = " ".join(["A title that is much longer than any page is wide"] * 6)
CONTOURS = (0.90, 0.95, 0.99)


def polygons(plot: Plot[FunnelPoints], color: str) -> list[np.ndarray]:
    """Return the corners of every polygon of this color in the panel."""
    found = [each for each in plot.axes.collections if isinstance(each, PolyCollection)]
    own = [each for each in found if to_hex(each.get_facecolor()[0]) == color]
    return [path.vertices for each in own for path in each.get_paths()]


@pytest.mark.parametrize("k", [1, 3, 13, 63, 200])
@pytest.mark.parametrize("long_labels", [False, True])
@pytest.mark.parametrize("theme", THEMES)
def test_nothing_overlaps_and_nothing_is_cut(k: int, long_labels: bool, theme: str) -> None:
    """Whatever is drawn, texts stay apart and on the page."""
    studies = make.many(k, "binary", long_labels=long_labels)
    plot = funnel(
        make.fit(studies, mean=(-0.5, -0.9, -0.1)),
        contours=CONTOURS,
        names="all",
        title=LONG_TITLE,
        subtitle=LONG_TITLE,
        notes=(LONG_TITLE,),
        theme=theme,
    )
    assert misplaced(plot) == ([], [])


@pytest.mark.parametrize("key", FUNNEL_AXES)
def test_every_axis_can_be_drawn(key: str) -> None:
    """Also with one study, and with very small and very large ones."""
    for v in ([0.1], [1e-9, 1.0, 1e6]):
        studies = make.effects([0.0] * len(v), v, columns={"n": [10.0**i for i in range(len(v))]})
        plot = funnel(make.fit(studies, mean=(0.0, -1.0, 1.0)), key)
        assert misplaced(plot) == ([], [])


def test_marks_are_centered_on_their_studies() -> None:
    """The middle of each mark is the study's effect and standard error."""
    plot = funnel(make.bcg_fit())
    marks = polygons(plot, THEMES["light"].ours)
    found = [(mark[:-1].max(axis=0) + mark[:-1].min(axis=0)) / 2 for mark in marks]
    studies = make.bcg_effects()
    np.testing.assert_allclose(found, np.column_stack([studies.y, studies.se]), atol=1e-9)


def test_marks_are_as_high_as_wide() -> None:
    """A circle on the page, whatever the units of the axes."""
    plot = funnel(make.bcg_fit(), "inverse variance")
    mark = plot.axes.transData.transform(polygons(plot, THEMES["light"].ours)[0])
    wide, high = np.ptp(mark, axis=0)
    assert wide == pytest.approx(high, rel=0.01)


def test_limits_and_center_are_lines() -> None:
    """One solid line, two dashed ones."""
    plot = funnel(make.bcg_fit())
    lines = [each for each in plot.axes.collections if isinstance(each, LineCollection)]
    dashed, center = lines
    assert len(dashed.get_segments()) == 2
    assert dashed.get_linestyle()[0][1] is not None
    assert center.get_linestyle()[0][1] is None
    assert [x for x, _ in center.get_segments()[0]] == [-0.7145, -0.7145]


def test_contours_cover_the_panel() -> None:
    """Every area stays within the panel, and the ground fills all of it."""
    plot = funnel(make.bcg_effects(), "precision", contours=CONTOURS)
    x, y = plot.record.frame.x, plot.record.frame.y
    (ground,) = polygons(plot, THEMES["light"].shades[3])
    assert np.ptp(ground[:, 0]) == pytest.approx(x.high - x.low)
    assert np.ptp(ground[:, 1]) == pytest.approx(y.high - y.low)
    for shade in THEMES["light"].shades[1:3]:
        (area,) = polygons(plot, shade)
        assert area[:, 0].min() >= x.low
        assert area[:, 0].max() <= x.high


def test_groups_have_their_own_colors_and_markers() -> None:
    """In the legend's order, each study once."""
    studies = replace(make.bcg_effects(), columns={"risk": ["low", "high"] * 6 + ["low"]})
    plot = funnel(studies, color="risk")
    low, high = (polygons(plot, color) for color in THEMES["light"].series[:2])
    assert (len(low), len(high)) == (7, 6)
    assert len(low[0]) != len(high[0])
    assert [entry.label for entry in plot.record.frame.legend] == ["low", "high"]


def test_imputed_studies_are_open() -> None:
    """The kind of row that trim and fill will add."""
    points = funnel_points(make.bcg_fit()).points
    extra = FunnelPoint(study="Filled 1", kind="imputed", x=-1.0, y=0.3, se=0.3, estimate=0.37)
    source, axis = source_of(make.bcg_fit(), verb="funnel"), FUNNEL_AXES[DEFAULT_AXIS]
    levels, plain = levels_of(source, axis), colored("", {}, 13)
    plot = draw_funnel(record_around(source, axis, levels, ((*points, extra), plain), Written()))
    assert [entry.label for entry in plot.record.frame.legend][:2] == ["Study", "Imputed"]
    assert "Funnel plot of 13 studies" in plot.record.alt
    (mark,) = polygons(plot, THEMES["light"].paper)
    assert mark[:-1].mean(axis=0) == pytest.approx([-1.0, 0.3], abs=1e-6)


def test_names_left_out_are_counted() -> None:
    """Two hundred names do not fit; those that are drawn and those that are not make 200."""
    plot = funnel(make.many(200, "none"), names="all")
    drawn = [text for text, _ in texts(plot) if text.startswith("Trial ")]
    told = [text for text, _ in texts(plot) if "no free place" in text]
    assert told == [f"{200 - len(drawn)} of 200 names have no free place and are left out."]


def test_a_name_is_drawn_literally() -> None:
    """Dollar signs are no mathematics."""
    plot = funnel(make.effects([0.1], [0.1], study=["$x_1$ & {y}"]), names="all")
    assert "$x_1$ & {y}" in [text for text, _ in texts(plot)]
    assert overlaps(plot) == []


def test_an_axes_of_the_caller_is_filled() -> None:
    """Two plots beside each other stay in their own halves."""
    figure = Figure(figsize=(9, 4))
    left, right = figure.subplots(1, 2)
    plots = [funnel(make.bcg_fit(), names="outside", ax=ax, title="T") for ax in (left, right)]
    assert overlaps(plots[0]) == []
    middle = 9 * 72 / 2
    assert all((box[2] < middle) or (box[0] > middle) for _, box in texts(plots[0]))


def test_same_record_same_bytes(tmp_path: Path) -> None:
    """A figure can be kept under version control, with its description inside."""
    plots = [funnel(make.bcg_fit(), contours=CONTOURS, names="outside") for _ in range(2)]
    files = [plot.save(tmp_path / f"{i}.svg").read_bytes() for i, plot in enumerate(plots)]
    assert files[0] == files[1]
    assert "Funnel plot of 13 studies: risk ratio against standard error" in files[0].decode()
