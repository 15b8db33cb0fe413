"""Where a study stands in a figure: an area that nothing paints, named in the SVG.

A page that shows the SVG can point at ``study-0``, ``study-1`` ... and tell what is behind each.
They are numbered through a figure in the order of its record; PNG and PDF look the same without.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from metaan.plots.pages.marks import Point
from metaan.plots.pages.page import figure_of

TARGET = "study-"
OVER = 7.0  # over everything: what lies under it cannot be pointed at


class Target(Polygon):
    """An area without a color."""


def target_name(place: int) -> str:
    """Return what the area of a study is called, by its place among those of the figure."""
    return f"{TARGET}{place}"


def add_targets(panel: Axes, areas: Iterable[Sequence[Point]]) -> None:
    """Add an area for each study, in the numbers of the panel, numbered on from those there."""
    first = len(figure_of(panel).findobj(Target))
    for place, corners in enumerate(areas, first):
        area = Target(list(corners), fill=False, linewidth=0.0, edgecolor="none", clip_on=False)
        area.set(gid=target_name(place), zorder=OVER, in_layout=False)
        panel.add_artist(area)


def box(left: float, right: float, low: float, high: float) -> list[Point]:
    """Return the corners of a rectangle."""
    return [(left, low), (right, low), (right, high), (left, high)]
