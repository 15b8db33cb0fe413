"""The drawn figure: every mark in its place, measured on the artists, not on pixels."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from metaan.core.arrays import Floats
from metaan.plots.forests.forest import forest
from metaan.plots.forests.placing import forest_page
from metaan.plots.forests.record import ForestRows
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.theme import LIGHT
from tests.plots import builders as make


def polygons(plot: Plot[ForestRows], fill: str, corners: int) -> list[Floats]:
    """Return the corner points of the drawn polygons of a color with so many corners."""
    found: list[Floats] = []
    for artist in plot.axes.collections:
        if not isinstance(artist, PolyCollection):
            continue
        if color_of(artist.get_facecolor()) != fill:
            continue
        # A path repeats its first point to close itself.
        found += [np.asarray(path.vertices)[:-1] for path in artist.get_paths()]
    return [points for points in found if len(points) == corners]


def color_of(colors: object) -> str:
    """Return the first of the colors of an artist."""
    red, green, blue, _ = np.asarray(colors, dtype=np.float64)[0]
    return to_hex((red, green, blue))


def centers(plot: Plot[ForestRows], kind: str) -> list[float]:
    """Return the row centers of a kind, points from the top."""
    layout = forest_page(plot.record)
    rows = zip(plot.record.rows, layout.centers, strict=True)
    return [center for row, center in rows if row.kind == kind]


def subgrouped() -> Plot[ForestRows]:
    """Return a drawn subgroup fit with a published pool."""
    fit = make.pooled_or_split(make.many(6, "none"), split=True)
    return forest(fit, published=[make.published(-0.4, -0.9, 0.0)])


def test_each_diamond_is_centered_on_its_row() -> None:
    """Points left and right lie on the row and are the limits; the waist is the estimate."""
    plot = subgrouped()
    for kind, fill in (
        ("pool", LIGHT.ours),
        ("total", LIGHT.ours),
        ("published", LIGHT.published),
    ):
        rows = [row for row in plot.record.rows if row.kind == kind]
        middles = centers(plot, kind)
        drawn = {float(points[0, 1]): points for points in polygons(plot, fill, 4)}
        for row, middle in zip(rows, middles, strict=True):
            (low, left), (waist, top), (high, right), (again, bottom) = drawn[middle]
            assert (low, waist, high, again) == (row.low, row.value, row.high, row.value)
            assert left == right == middle
            assert (top + bottom) / 2 == pytest.approx(middle, abs=1e-9)


def test_squares_have_areas_in_proportion_to_the_weights() -> None:
    """The area on the page is weight over weight, and the center is the effect."""
    plot = forest(make.bcg_fit())
    squares = polygons(plot, LIGHT.study, 4)
    areas = np.array([np.ptp(points[:, 0]) * np.ptp(points[:, 1]) for points in squares])
    rows = plot.record.rows[:13]
    weights = np.array([row.weight for row in rows])
    assert areas / areas.max() == pytest.approx(weights / weights.max(), rel=1e-9)
    values = np.array([points[:, 0].mean() for points in squares])
    assert values == pytest.approx([row.value for row in rows], rel=1e-9)
    plot.figure.canvas.draw()
    corner = plot.axes.transData.transform(squares[0])
    assert np.ptp(corner[:, 0]) == pytest.approx(np.ptp(corner[:, 1]), rel=1e-9)


def test_the_prediction_interval_is_a_bar_of_its_own() -> None:
    """It has its own color and row, and spans its limits."""
    plot = forest(make.bcg_fit())
    (bar,) = polygons(plot, LIGHT.prediction, 4)
    assert (bar[:, 0].min(), bar[:, 0].max()) == (-1.995, 0.566)
    assert bar[:, 1].mean() == pytest.approx(centers(plot, "prediction")[0], abs=1e-9)


def test_cut_intervals_end_in_arrows() -> None:
    """One huge interval gets an arrow at each end of the axis, on its row."""
    studies = make.effects([0.0, 0.1, 0.2, 0.0], [0.1, 0.1, 0.1, 1e4])
    plot = forest(make.fit(studies, mean=(0.1, -0.2, 0.4)))
    heads = polygons(plot, LIGHT.ours, 3)
    axis = plot.record.axis
    assert sorted(float(points[0, 0]) for points in heads) == [axis.low, axis.high]
    assert {float(points[0, 1]) for points in heads} == {centers(plot, "study")[3]}
    ordinary = forest(make.bcg_fit())
    assert polygons(ordinary, LIGHT.ours, 3) == []


@pytest.mark.parametrize(
    ("numbers", "corners"),
    [((-9.55, -16.5, make.NAN), 3), ((-9.55, make.NAN, -2.0), 3), ((-9.0, -12.0, -2.0), 4)],
)
def test_a_published_pool_is_drawn_as_far_as_it_is_reported(
    numbers: tuple[float, float, float], corners: int
) -> None:
    """A missing limit leaves half a diamond; nothing is mirrored."""
    plot = forest(make.effects([-9.0], [4.0]), published=[make.published(*numbers)])
    (shape,) = polygons(plot, LIGHT.published, corners)
    known = [x for x in numbers if not np.isnan(x)]
    assert (shape[:, 0].min(), shape[:, 0].max()) == (min(known), max(known))


def test_limits_without_a_point_are_a_capped_line() -> None:
    """No estimate, no diamond: a line with two caps, nothing at all without numbers."""
    pools = [make.published(make.NAN, 2.02, 7.98), make.published(make.NAN, make.NAN, make.NAN)]
    plot = forest(make.effects([3.0], [4.0]), published=pools)
    assert polygons(plot, LIGHT.published, 4) == []
    lines = [
        np.asarray(path.vertices)
        for artist in plot.axes.collections
        if isinstance(artist, LineCollection)
        and color_of(artist.get_color()) == LIGHT.published_edge
        for path in artist.get_paths()
    ]
    assert len(lines) == 3
    assert [lines[0][0, 0], lines[0][1, 0]] == [2.02, 7.98]


def test_infinite_limits_are_drawn() -> None:
    """A ratio printed with a lower limit of 0.00 runs out of the axis."""
    studies = make.many(3, "binary")
    pool = make.published(0.5, 0.0, 2.0, measure="RR")
    plot = forest(studies, published=[pool])
    plot.figure.canvas.draw()
    assert len(polygons(plot, LIGHT.published_edge, 3)) == 1


def test_the_panel_lies_where_the_layout_says() -> None:
    """Row centers of the layout are row centers of the page."""
    plot = forest(make.bcg_fit())
    plot.figure.canvas.draw()
    layout = forest_page(plot.record)
    box = plot.axes.get_window_extent()
    points = 72 / plot.figure.dpi
    assert box.x0 * points == pytest.approx(layout.left, abs=1e-6)
    assert box.x1 * points == pytest.approx(layout.right, abs=1e-6)
    assert layout.height - box.y1 * points == pytest.approx(layout.top, abs=1e-6)
    assert layout.height - box.y0 * points == pytest.approx(layout.bottom, abs=1e-6)


def axes_of(width: float, height: float) -> Axes:
    """Return the right half of a figure of this size in inches."""
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure.add_axes((0.5, 0.1, 0.5, 0.8))


@pytest.mark.parametrize("size", [(6.0, 3.0), (30.0, 12.0)])
def test_in_axes_of_the_caller_the_size_stays(size: tuple[float, float]) -> None:
    """The page is scaled into the area of the axes; no text leaves it."""
    ax = axes_of(*size)
    area = ax.get_window_extent()
    plot = forest(make.bcg_fit(), ax=ax, title="In a corner", favors=("Favors A", "Favors B"))
    assert plot.figure is ax.figure
    assert tuple(plot.figure.get_size_inches()) == size
    plot.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.findobj(Text) if text.get_text()]
    assert min(box.x0 for box in boxes) >= area.x0
    assert max(box.x1 for box in boxes) <= area.x1
    assert min(box.y0 for box in boxes) >= area.y0
    assert max(box.y1 for box in boxes) <= area.y1


def test_pyplot_is_never_loaded() -> None:
    """No global figures, so a loop over plots leaks nothing."""
    code = (
        "import sys, metaan.plots.forests.forest as f;"
        "from metaan.core.effects import Effects;"
        "p = f.forest(Effects.from_arrays([1.0, 2.0], [1.0, 1.0]));"
        "p._repr_mimebundle_();"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
