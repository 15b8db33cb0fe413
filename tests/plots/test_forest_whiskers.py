"""Whiskers on their markers: an interval that is narrower than its square is seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex

import metaan as ma
from metaan.plots.forests.forest import forest
from metaan.plots.forests.layouts import LAYOUTS
from metaan.plots.forests.panel import across
from metaan.plots.pages.contrast import contrast
from metaan.plots.pages.marks import POLYGONS, marker
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.theme import THEMES

LEAST_CONTRAST = 3.0  # of marks, WCAG 2.1, 1.4.11


def fit() -> ma.PooledFit:
    """Return the pool of two precise studies and two wide ones, made up."""
    return ma.pool(
        ma.Effects.from_arrays([-0.2, -0.3, -0.5, -0.1], se=[0.006, 0.007, 0.3, 0.5], scale="log")
    )


def within(plot: Plot[Any]) -> tuple[list[np.ndarray], str]:
    """Return the lines that lie on markers, and their color."""
    lines = [each for each in plot.axes.collections if isinstance(each, LineCollection)]
    last = lines[-1]
    (color,) = {to_hex(each) for each in np.atleast_2d(np.asarray(last.get_color()))}
    return list(last.get_segments()), color


@pytest.mark.parametrize(
    "look", [*({"layout": name} for name in LAYOUTS), {"theme": "gray"}, {"theme": "dark"}]
)
def test_an_interval_within_its_square_stands_out_from_it(look: dict[str, Any]) -> None:
    """From end to end, in a color that is seen on the square; wide ones are left alone."""
    plot = forest(fit(), axis=(0.3, 2), **look)
    rows = plot.record.rows[:2]
    segments, color = within(plot)
    assert [(x[0, 0], x[1, 0]) for x in segments] == [(row.low, row.high) for row in rows]
    shown = THEMES[look.get("theme", "light")]
    if not look.get("theme"):
        shown = shown.with_colors(plot.record.layout.colors)
    assert contrast(color, shown.study) >= LEAST_CONTRAST


def test_colors_of_the_caller_are_seen_through_too() -> None:
    """Each color has its own lines on it."""
    own = ma.Effects.from_arrays(
        [-0.2, -0.3], se=[0.008, 0.008], scale="log", columns={"kind": ["a", "b"]}
    )
    plot = forest(own, color="kind", axis=(0.4, 1.2))
    lines = [each for each in plot.axes.collections if isinstance(each, LineCollection)]
    ends = [(row.low, row.high) for row in plot.record.rows]
    assert len(lines) >= 4
    found = [tuple(each.get_segments()[0][:, 0].tolist()) for each in lines[-4:]]
    assert found == [ends[0], ends[0], ends[1], ends[1]]


@pytest.mark.parametrize("shape", POLYGONS)
def test_a_marker_is_measured_at_the_height_of_its_row(shape: str) -> None:
    """Its ends there lie on both sides of the point, and no corner lies beyond them by far."""
    points = marker(shape, 3.0, 7.0, 1.0, 0.01)
    left, right = across(points, 7.0)
    assert left < 3.0 < right
    assert min(x for x, _ in points) <= left
    assert right <= max(x for x, _ in points)
