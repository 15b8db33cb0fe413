"""Numbers of studies on the lines of a graph: each on its own line and clear of all else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.plots.networks.graph_names import PlacedName, Spread
from metaan.plots.networks.graph_room import (
    NO_BOXES,
    boxes_meet,
    circles_meet,
    lines_meet,
)
from metaan.plots.pages import theme
from metaan.plots.pages.typesetting import width

STYLE = replace(theme.SMALL, color=theme.INK, leading=9.0)
PAD = 1.6  # beside the figures
CLEAR = 0.6
# Where on its line a number may stand, the middle first.
SHARES = (0.5, 0.44, 0.56, 0.38, 0.62, 0.33, 0.67, 0.28, 0.72, 0.24, 0.76)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A number on its line.

    Attributes
    ----------
    text : str
        The number.
    box : tuple of float
        Its ground: left, top, right, bottom.
    """

    text: str
    box: tuple[float, float, float, float]


def place_tallies(
    spread: Spread, counts: Integers, names: Sequence[PlacedName]
) -> list[Tally | None]:
    """Return the number of each line where it stands, None for one without a free place."""
    taken = np.array([name.box for name in names]).reshape(-1, 4)
    leaders = np.array([name.leader for name in names if name.leader]).reshape(-1, 2, 2)
    found: dict[int, Tally] = {}
    held = NO_BOXES
    lines = spread.lines
    long = np.linalg.norm(lines[:, 1] - lines[:, 0], axis=1)
    for i in np.argsort(long, kind="stable").tolist():  # short lines have the fewest places
        text = str(int(counts[i]))
        boxes = _boxes(lines[i], text)
        others = np.arange(len(lines)) != i
        met = lines_meet(boxes, lines[others], spread.half[others] + CLEAR).any(axis=1)
        met |= circles_meet(boxes, spread.centers, spread.radii + CLEAR).any(axis=1)
        met |= boxes_meet(boxes, np.vstack([taken, held])).any(axis=1)
        met |= lines_meet(boxes, leaders, np.full(len(leaders), CLEAR)).any(axis=1)
        if not met.all():
            box = boxes[int(np.argmin(met))]
            found[i] = Tally(text=text, box=tuple(box.tolist()))
            held = np.vstack([held, box])
    return [found.get(i) for i in range(len(lines))]


def _boxes(line: Floats, text: str) -> Floats:
    """Return where the number may stand on its line, shape (c, 4)."""
    half = np.array([width(text, STYLE) / 2 + PAD, STYLE.leading / 2])
    middle = line[0] + np.array(SHARES)[:, None] * (line[1] - line[0])
    return np.column_stack([middle - half, middle + half])
