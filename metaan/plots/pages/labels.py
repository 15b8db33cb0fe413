"""Texts in the panel: names beside points, each in the first free place, and texts that stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metaan.core.arrays import Floats
from metaan.plots.pages import theme
from metaan.plots.pages.page import HALF_CAP, Word, stack
from metaan.plots.pages.theme import Align, TypeStyle
from metaan.plots.pages.typesetting import width, wrap

AWAY = 2.5  # points between a point's edge and its name
WIDEST_NAME = 120.0  # points; a longer name is broken into lines
# Where a name may stand: to the right first, then left, above, below, and the four corners.
SIDES: tuple[tuple[float, float, Align], ...] = (
    (1, 0, "left"), (-1, 0, "right"), (0, -1, "center"), (0, 1, "center"),
    (0.7, -0.7, "left"), (0.7, 0.7, "left"), (-0.7, -0.7, "right"), (-0.7, 0.7, "right"),
)  # fmt: skip
SHARES = {"left": 0.0, "center": 0.5, "right": 1.0}

Box = tuple[float, float, float, float]  # left, right, top, bottom


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
    style: TypeStyle = theme.SMALL


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelText:
    """A line of text that stays where it is put, and that names keep clear of.

    Attributes
    ----------
    x, y : float
        Place in the numbers of the axes; the line is centered on it vertically.
    text : str
        What stands there.
    align : str
        Which end is at ``x``: "left", "center" or "right".
    shift : float
        Points to the right of ``x``.
    style : TypeStyle
        How it is set.
    """

    x: float
    y: float
    text: str
    align: Align = "left"
    shift: float = 0.0
    style: TypeStyle = theme.TICK


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Names that have found a place, as words on the page, and those that have not."""

    words: tuple[Word, ...]
    left_out: tuple[str, ...]


def place_labels(
    labels: Sequence[PointLabel],
    dots: Sequence[Dot],
    box: Box,
    texts: Sequence[Word] = (),
    lines: Sequence[Dot] = (),
) -> Placed:
    """Return the labels as words on the page, each clear of the others, of all dots and inside.

    Parameters
    ----------
    labels, dots : sequence
        In points of the page. Earlier labels choose first; a long one is broken into lines.
    box : tuple of float
        Left, right, top and bottom of the area they must stay in, points.
    texts : sequence of Word
        Texts that are there already.
    lines : sequence of Dot
        Places along lines: a label stands clear of them where it can.

    Returns
    -------
    Placed
        Words, and the labels without a free place.
    """
    words: list[Word] = []
    left_out: list[str] = []
    taken = np.array([*(_around(dot) for dot in dots), *(_under(text) for text in texts)])
    taken = taken.reshape(-1, 4)
    crossed = np.array([_around(dot) for dot in lines]).reshape(-1, 4)
    for label in labels:
        found = _free_place(label, np.vstack([taken, crossed]), box)
        found = found or _free_place(label, taken, box)
        if found is None:
            left_out.append(label.text)
            continue
        place, written = found
        words += written
        taken = np.vstack([taken, place])
    return Placed(words=tuple(words), left_out=tuple(left_out))


def _free_place(label: PointLabel, taken: Floats, box: Box) -> tuple[Floats, list[Word]] | None:
    """Return the rectangle (left, top, right, bottom) and the lines of a label, or None."""
    style = label.style
    lines = wrap(label.text, style, WIDEST_NAME)
    long = max((width(line, style) for line in lines), default=0.0)
    high = len(lines) * style.leading
    reach = label.radius + AWAY
    for dx, dy, align in SIDES:
        x, middle = label.x + dx * reach, label.y + dy * (reach + high / 2 - 0.1 * style.leading)
        left, top = x - SHARES[align] * long, middle - high / 2
        mine = np.array([left, top, left + long, top + high])
        if _inside(mine, box) and not _touches(mine, taken):
            return mine, stack(lines, style, x, top, align)
    return None


def _around(dot: Dot) -> tuple[float, float, float, float]:
    return dot.x - dot.radius, dot.y - dot.radius, dot.x + dot.radius, dot.y + dot.radius


def _under(word: Word) -> tuple[float, float, float, float]:
    """Return the rectangle that a word takes."""
    long = width(word.text, word.style)
    left, middle = word.x - SHARES[word.align] * long, word.y - HALF_CAP * word.style.size
    half = word.style.leading / 2
    return left, middle - half, left + long, middle + half


def _inside(mine: Floats, box: Box) -> bool:
    left, right, top, bottom = box
    return bool(mine[0] >= left and mine[2] <= right and mine[1] >= top and mine[3] <= bottom)


def _touches(mine: Floats, taken: Floats) -> bool:
    across = (mine[0] < taken[:, 2]) & (taken[:, 0] < mine[2])
    return bool((across & (mine[1] < taken[:, 3]) & (taken[:, 1] < mine[3])).any())
