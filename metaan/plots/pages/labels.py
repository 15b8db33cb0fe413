"""Texts in the panel: names beside points, each in the first free place, and texts that stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from metaan.core.arrays import Floats
from metaan.plots.pages import theme
from metaan.plots.pages.leaders import FAR, NEAR, Box, Mark, led_place
from metaan.plots.pages.marks import Point
from metaan.plots.pages.page import HALF_CAP, Rule, Word, stack
from metaan.plots.pages.theme import Align, TypeStyle
from metaan.plots.pages.typesetting import width, wrap

AWAY = 2.5  # points between a point's edge and its name
FEW = 20  # names of which none is left out only because it would stand far away
WIDEST_NAME = 120.0  # points; a longer name is broken into lines
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
    """A name for the point at (x, y) with a mark of this radius (points).

    Attributes
    ----------
    x, y, radius : float
        Center and radius of the mark.
    text : str
        The name.
    style : TypeStyle
        How it is set.
    must : bool
        Whether the caller asked for this very name: it chooses first, and may stand far away
        however many there are.
    spare : bool
        Whether a legend says the same: then nobody misses it.
    also : tuple of points
        Other places (x, y) that it may name as well, along a curve.
    """

    x: float
    y: float
    text: str
    radius: float = 3.0
    style: TypeStyle = theme.SMALL
    must: bool = False
    spare: bool = False
    also: tuple[Point, ...] = ()


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
    """Names that have found a place, as words on the page, and those that have not.

    Attributes
    ----------
    words : tuple of Word
        Names.
    left_out : tuple of str
        Names without a free place that no legend has.
    leaders : tuple of Rule
        Lines between points and names that stand away from them.
    """

    words: tuple[Word, ...]
    left_out: tuple[str, ...]
    leaders: tuple[Rule, ...] = ()


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
        In points of the page. Labels that were asked for choose first, then earlier ones; a long
        one is broken into lines.
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
    leaders: list[Rule] = []
    taken = np.array([*(_around(dot) for dot in dots), *(_under(text) for text in texts)])
    taken = taken.reshape(-1, 4)
    crossed = np.array([_around(dot) for dot in lines]).reshape(-1, 4)
    for label in sorted(labels, key=lambda each: not each.must):
        found = _best_place(label, taken, crossed, box, far=label.must or len(labels) <= FEW)
        if found is None:
            left_out += [] if label.spare else [label.text]
            continue
        place, written, line = found
        words += written
        leaders += line
        taken = np.vstack([taken, place])
    return Placed(words=tuple(words), left_out=tuple(left_out), leaders=tuple(leaders))


Found = tuple[Floats, list[Word], list[Rule]]  # rectangles that are no longer free, what is drawn


def _best_place(
    label: PointLabel, taken: Floats, crossed: Floats, box: Box, *, far: bool
) -> Found | None:
    """Return a place beside the point or a little away from it, clear of lines if one is.

    If not, one beside the point over lines, and at last one far away.
    """
    both, none = np.vstack([taken, crossed]), crossed[:0]
    away = FAR if far else NEAR
    tries: list[Callable[[], Found | None]] = [
        lambda: _beside(label, both, box),
        lambda: _led(label, (both, none), box, NEAR),
        lambda: _beside(label, taken, box),
        lambda: _led(label, (taken, crossed), box, away),
        lambda: _led(label, (taken, none), box, away),
    ]
    if label.spare:
        tries = tries[::2][:2]
    return next((found for each in tries if (found := each()) is not None), None)


def _beside(label: PointLabel, taken: Floats, box: Box) -> Found | None:
    """Return the first free place beside one of the spots that the label may name."""
    for spot in (label, *(replace(label, x=x, y=y) for x, y in label.also)):
        found = _free_place(spot, taken, box)
        if found is not None:
            return found[0][None], found[1], []
    return None


def _led(
    label: PointLabel, held: tuple[Floats, Floats], box: Box, distances: Sequence[float]
) -> Found | None:
    """Return a place away from the point, with the line that leads there."""
    style = label.style
    lines = wrap(label.text, style, WIDEST_NAME)
    mark = Mark(
        x=label.x,
        y=label.y,
        radius=label.radius,
        long=max((width(line, style) for line in lines), default=0.0),
        high=len(lines) * style.leading,
    )
    led = led_place(mark, held[0], box, lines=held[1], distances=distances)
    if led is None:
        return None
    left, top, right, _ = led.place.tolist()
    x = left + SHARES[led.align] * (right - left)
    return np.vstack([led.place, led.keep]), stack(lines, style, x, top, led.align), [led.leader]


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
