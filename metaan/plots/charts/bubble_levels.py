"""Categories side by side: how wide they stand, what is written under them, who stands where."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats
from metaan.plots.charts.bubble_swarm import swarm
from metaan.plots.pages import theme
from metaan.plots.pages.chart import PANEL_WIDTH, ChartAxis
from metaan.plots.pages.page import widest

LEVEL_HALF = 0.42  # half the width of what belongs to a category, on an axis of 0, 1, ...
NARROWEST, WIDEST = 46.0, 150.0  # points of a category
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
GAP = 10.0  # points between the names of neighbors


def level_axis(levels: tuple[str, ...], label: str) -> ChartAxis:
    """Return the axis of categories at 0, 1, ..., each named; by letters where names are long."""
    return ChartAxis(
        low=-0.5,
        high=len(levels) - 0.5,
        ticks=tuple(float(i) for i in range(len(levels))),
        tick_labels=marks_of(levels),
        label=label,
    )


def marks_of(levels: tuple[str, ...]) -> tuple[str, ...]:
    """Return what stands under the categories: their names, or letters for long ones."""
    if widest(levels, theme.TICK) <= WIDEST - GAP:
        return levels
    return tuple(
        LETTERS[i] if i < len(LETTERS) else str(i + 1 - len(LETTERS)) for i in range(len(levels))
    )


def level_notes(levels: tuple[str, ...]) -> tuple[str, ...]:
    """Return the footnote that explains letters, if there are any."""
    marks = marks_of(levels)
    if marks == levels:
        return ()
    told = [f"{mark}: {level}" for mark, level in zip(marks, levels, strict=True)]
    return (f"{'; '.join(told)}.",)


def level_width(levels: tuple[str, ...]) -> float:
    """Return the width of a panel in which the names of the categories fit, points."""
    each = max(NARROWEST, widest(marks_of(levels), theme.TICK) + GAP)
    return max(PANEL_WIDTH, each * len(levels))


def spread_out(places: Floats, heights: Floats, radii: Floats, room: float) -> Floats:
    """Return how far each study stands from the middle of its category, points, shape (k,).

    Parameters
    ----------
    places : ndarray, shape (k,)
        The category of each.
    heights, radii : ndarray, shape (k,)
        Points.
    room : float
        Half the width that marks may take, points.
    """
    across = np.zeros(len(places))
    for place in np.unique(places):
        mine = places == place
        across[mine] = swarm(heights[mine], radii[mine], room)
    return across
