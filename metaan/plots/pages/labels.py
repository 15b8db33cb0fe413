"""Names beside points: each in the first place around its point that is free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metaan.core.arrays import Floats
from metaan.plots.pages import theme
from metaan.plots.pages.page import HALF_CAP, Word
from metaan.plots.pages.theme import Align
from metaan.plots.pages.typesetting import width

AWAY = 2.5  # points between a point's edge and its name
# Where a name may stand: to the right first, then left, above, below, and the four corners.
SIDES: tuple[tuple[float, float, Align], ...] = (
    (1, 0, "left"), (-1, 0, "right"), (0, -1, "center"), (0, 1, "center"),
    (0.7, -0.7, "left"), (0.7, 0.7, "left"), (-0.7, -0.7, "right"), (-0.7, 0.7, "right"),
)  # fmt: skip
SHARES = {"left": 0.0, "center": 0.5, "right": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A mark that labels keep clear of: its center, and its radius in points."""

    x: float
    y: float
    radius: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PointLabel:
    """A name for the point at (x, y) with a mark of this radius (points)."""

    x: float
    y: float
    text: str
    radius: float = 3.0


def place_labels(
    labels: Sequence[PointLabel], dots: Sequence[Dot], box: tuple[float, float, float, float]
) -> list[Word]:
    """Return the labels as words on the page, each clear of the others, of all dots and inside.

    Parameters
    ----------
    labels, dots : sequence
        In points of the page. Earlier labels choose first.
    box : tuple of float
        Left, right, top and bottom of the area they must stay in, points.

    Returns
    -------
    list of Word
        A label without a free place is left out.
    """
    style, words = theme.SMALL, []
    taken = np.array(
        [(d.x - d.radius, d.y - d.radius, d.x + d.radius, d.y + d.radius) for d in dots]
    ).reshape(-1, 4)
    for label in labels:
        long = width(label.text, style)
        for dx, dy, align in SIDES:
            reach = label.radius + AWAY
            x, middle = label.x + dx * reach, label.y + dy * (reach + style.leading * 0.4)
            left = x - SHARES[align] * long
            mine = np.array(
                [left, middle - style.leading / 2, left + long, middle + style.leading / 2]
            )
            if _inside(mine, box) and not _touches(mine, taken):
                y = middle + HALF_CAP * style.size
                words.append(Word(x=x, y=y, text=label.text, style=style, align=align))
                taken = np.vstack([taken, mine])
                break
    return words


def _inside(mine: Floats, box: tuple[float, float, float, float]) -> bool:
    left, right, top, bottom = box
    return bool(mine[0] >= left and mine[2] <= right and mine[1] >= top and mine[3] <= bottom)


def _touches(mine: Floats, taken: Floats) -> bool:
    across = (mine[0] < taken[:, 2]) & (taken[:, 0] < mine[2])
    return bool((across & (mine[1] < taken[:, 3]) & (taken[:, 1] < mine[3])).any())
