"""Names of treatments beside their circles: clear of every line, circle and other name.

Lengths in points, y downwards. Where no place is free, there is none: the caller gives the graph
more room and asks again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.plots.networks.graph_room import (
    NO_BOXES,
    NO_LINES,
    boxes_meet,
    circles_meet,
    lines_cross,
    lines_meet,
    lines_near,
    lines_near_boxes,
)
from metaan.plots.pages import theme
from metaan.plots.pages.letters import printable
from metaan.plots.pages.page import widest
from metaan.plots.pages.theme import Align
from metaan.plots.pages.typesetting import width, wrap

STYLE = theme.BODY
ROOM, NARROW = 96.0, 58.0  # of a line of a name
AWAY = 2.5  # from a circle to its name
CLEAR = 1.2  # around a name
LED = (11.0, 18.0, 26.0, 36.0, 48.0)  # by a leader
LED_FARTHER = (*LED, 62.0, 78.0)
LED_OUTWARD = (*LED_FARTHER, 96.0, 116.0, 138.0)  # away from a ring, where nothing else is
TURNS = 36
UPRIGHT = 0.35  # cosine below which a name is centered over or under its circle
# How soon a name stands with its corner, and not its side, at its circle or its leader.
SLANT, CORNER = 1.6, 12.0
LEADER_HALF = 0.8
OUTWARD = 1.2  # radians from the outward direction that a name on a circle may turn
BREAKS = re.compile(r"(?<=[ /+_&,;-])")
FAR_COST = 0.02  # of a point away, in radians off the best direction
NARROW_COST = 0.3  # of more lines than need be, likewise
UPRIGHT_COST = 4.0  # of turning to the top or bottom of a ring, next to turning to its sides
CROSSING_COST, MOST_CROSSED = 0.6, 3  # of a line that a leader crosses, likewise; at most
# Whether names may stand away from their circles, and whether their leaders may cross lines.
BESIDE, LED_CLEAR, LED_OVER = range(3)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spread:
    """Circles and lines of one connected part on the page.

    Attributes
    ----------
    centers : ndarray, shape (n, 2)
        Of the circles.
    radii : ndarray, shape (n,)
        Of the circles.
    pairs : ndarray of int, shape (p, 2)
        Which are joined.
    half : ndarray, shape (p,)
        Half the widths of the lines.
    outward : ndarray, shape (n, 2), or None
        Directions that names must take; None for wherever there is room.
    """

    centers: Floats
    radii: Floats
    pairs: Integers
    half: Floats
    outward: Floats | None = None

    @property
    def lines(self) -> Floats:
        """Ends of the lines, shape (p, 2, 2)."""
        return np.stack([self.centers[self.pairs[:, 0]], self.centers[self.pairs[:, 1]]], axis=1)

    def grown(self, factor: float) -> Spread:
        """Return the same with more room between the circles."""
        return replace(self, centers=self.centers * factor)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedName:
    """A name where it stands.

    Attributes
    ----------
    lines : tuple of str
        What is written.
    box : tuple of float
        Left, top, right, bottom.
    align : str
        How the lines are set in it.
    leader : tuple of points
        Line from the circle to a name that stands away from it; empty without.
    """

    lines: tuple[str, ...]
    box: tuple[float, float, float, float]
    align: Align
    leader: tuple[tuple[float, float], ...] = ()


def name_lines(name: str, room: float = ROOM) -> tuple[str, ...]:
    """Return a name in lines: broken at spaces, else after a sign, else between letters.

    Examples
    --------
    >>> name_lines("Cognitive behavioral therapy plus usual care")
    ('Cognitive behavioral', 'therapy plus usual', 'care')
    >>> name_lines("fluticasone+salmeterol")
    ('fluticasone+', 'salmeterol')
    """
    lines: list[str] = []
    for word in BREAKS.split(printable(name)):
        if lines and width((lines[-1] + word).rstrip(), STYLE) <= room:
            lines[-1] += word
        elif width(word.rstrip(), STYLE) <= room:
            lines.append(word)
        else:
            lines += wrap(word, STYLE, room)
    whole = tuple(line.strip() for line in lines if line.strip())
    return whole or ("–",)


def ways_to_break(name: str) -> list[tuple[str, ...]]:
    """Return a name in few lines, and in more and shorter ones, no word of which is cut."""
    words = [word.rstrip() for word in BREAKS.split(printable(name))]
    narrow = min(max(NARROW, widest(words, STYLE)), ROOM)
    return list(dict.fromkeys((name_lines(name), name_lines(name, narrow))))


def place_names(spread: Spread, names: Sequence[str], *, led: int) -> list[PlacedName] | None:
    """Return the names where they stand, or None where one finds no place.

    Parameters
    ----------
    spread : Spread
        Circles and lines.
    names : sequence of str
        As they are given.
    led : int
        ``BESIDE``: names touch their circles. ``LED_CLEAR``: they may stand away from them, at
        the end of a thin line. ``LED_OVER``: which may cross lines of the graph.
    """
    found: dict[int, _Tries] = {}
    degree = np.bincount(spread.pairs.ravel(), minlength=len(names))
    for i in np.argsort(-degree, kind="stable").tolist():  # who has no place is found soon
        ways = [_tries(spread, i, lines, led=led) for lines in ways_to_break(names[i])]
        found[i] = _joined(ways)
        if not len(found[i].boxes):
            return None
    tries = [found[i] for i in range(len(names))]
    placed: dict[int, PlacedName] = {}
    taken, leaders = NO_BOXES, NO_LINES
    for i in _turns(spread, tries):
        free = _free(tries[i], taken, leaders)
        if not free.any():
            return None
        j = int(np.argmin(np.where(free, tries[i].costs, np.inf)))
        leader = tries[i].leaders[j]
        is_led = bool(tries[i].led[j])
        placed[i] = PlacedName(
            lines=tries[i].lines[j],
            box=tuple(tries[i].boxes[j].tolist()),
            align=tries[i].aligns[j],
            leader=tuple((x, y) for x, y in leader.tolist()) if is_led else (),
        )
        taken = np.vstack([taken, tries[i].boxes[j]])
        leaders = np.concatenate([leaders, leader[None]]) if is_led else leaders
    return [placed[i] for i in range(len(names))]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Tries:
    """Places of one name that are clear of circles and lines, c of them.

    Attributes
    ----------
    boxes : ndarray, shape (c, 4)
        Rectangles.
    leaders : ndarray, shape (c, 2, 2)
        Lines from the circle to them.
    led : ndarray of bool, shape (c,)
        Whether the line is drawn.
    costs : ndarray, shape (c,)
        The best place has the least.
    aligns : list of str
        How the lines are set.
    lines : list of tuple of str
        The name in lines.
    """

    boxes: Floats
    leaders: Floats
    led: Booleans
    costs: Floats
    aligns: list[Align]
    lines: list[tuple[str, ...]]


def _joined(ways: Sequence[_Tries]) -> _Tries:
    """Return the places of a name that may be broken in several ways, the first the best."""
    return _Tries(
        boxes=np.concatenate([way.boxes for way in ways]),
        leaders=np.concatenate([way.leaders for way in ways]),
        led=np.concatenate([way.led for way in ways]),
        costs=np.concatenate([way.costs + NARROW_COST * i for i, way in enumerate(ways)]),
        aligns=[align for way in ways for align in way.aligns],
        lines=[lines for way in ways for lines in way.lines],
    )


def _turns(spread: Spread, tries: Sequence[_Tries]) -> list[int]:
    """Return who chooses first: at the sides of a ring, else who has the fewest places."""
    if spread.outward is not None:
        order = np.argsort(np.abs(spread.outward[:, 1]), kind="stable")
    else:
        order = np.argsort([len(each.boxes) for each in tries], kind="stable")
    return [int(i) for i in order]


def _free(tries: _Tries, taken: Floats, leaders: Floats) -> Booleans:
    """Return which places are clear of the names and leaders that are there already, (c,)."""
    half = np.full(len(leaders), LEADER_HALF + CLEAR)
    near = lines_near_boxes(leaders, half, tries.boxes)
    met = boxes_meet(tries.boxes, _wider(taken)).any(axis=1)
    met |= lines_meet(tries.boxes, leaders[near], half[near]).any(axis=1)
    own = np.full(len(tries.leaders), LEADER_HALF)
    low = (tries.leaders.min(axis=1) - LEADER_HALF).min(axis=0)
    high = (tries.leaders.max(axis=1) + LEADER_HALF).max(axis=0)
    beside = (taken[:, 2:] >= low).all(axis=1) & (taken[:, :2] <= high).all(axis=1)
    crossed = lines_meet(taken[beside], tries.leaders, own).any(axis=0)
    crossed |= lines_cross(tries.leaders, leaders).any(axis=1)
    return np.asarray(~met & ~(tries.led & crossed))


def _wider(boxes: Floats) -> Floats:
    return np.asarray(boxes + np.array([-CLEAR, -CLEAR, CLEAR, CLEAR]))


def _tries(spread: Spread, i: int, name: tuple[str, ...], *, led: int) -> _Tries:
    """Return where a name may stand, for all that circles and lines say."""
    angles, turned = _directions(spread, i)
    leds = _distances(spread, led)
    reaches = [spread.radii[i] + away for away in (AWAY, *leds)]
    far = np.repeat(reaches, len(angles))
    angles, turned = np.tile(angles, len(reaches)), np.tile(turned, len(reaches))
    toward = np.column_stack([np.cos(angles), np.sin(angles)])
    size = np.array([widest(name, STYLE), len(name) * STYLE.leading])
    middle = spread.centers[i] + far[:, None] * toward
    is_led = far > spread.radii[i] + AWAY
    # With its corner at what it names, a name leaves the way up or down to its neighbor's.
    corner = is_led | (led > BESIDE and spread.outward is not None)
    slant = np.where(corner[:, None], np.array([CORNER, SLANT]), SLANT)
    middle = middle + np.clip(slant * toward, -1.0, 1.0) * size / 2
    boxes = np.column_stack([middle - size / 2, middle + size / 2])
    start = spread.centers[i] + spread.radii[i] * toward
    leaders = np.stack([start, np.clip(start, boxes[:, :2], boxes[:, 2:])], axis=1)
    lines, half = _nearby(spread, boxes)
    met = lines_meet(boxes, lines, half).any(axis=1)
    around = _around(spread, np.minimum(boxes[:, :2], start), np.maximum(boxes[:, 2:], start))
    met |= circles_meet(boxes, spread.centers[around], spread.radii[around] + CLEAR).any(axis=1)
    others = around & (np.arange(len(spread.centers)) != i)
    over = lines_cross(leaders, lines).sum(axis=1)
    near = lines_near(leaders, spread.centers[others], spread.radii[others] + CLEAR).any(axis=1)
    near |= over > (MOST_CROSSED if led == LED_OVER else 0)
    free = ~met & ~(is_led & near)
    costs = turned + FAR_COST * (far - far[0]) + CROSSING_COST * is_led * over
    aligns: list[Align] = [
        "center" if abs(x) < UPRIGHT else "left" if x > 0 else "right" for x in toward[free, 0]
    ]
    return _Tries(
        boxes=boxes[free],
        leaders=leaders[free],
        led=is_led[free],
        costs=costs[free],
        aligns=aligns,
        lines=[name] * len(aligns),
    )


def _nearby(spread: Spread, boxes: Floats) -> tuple[Floats, Floats]:
    """Return the lines that come near any of some rectangles, and half their room."""
    lines, half = spread.lines, spread.half + CLEAR
    near = lines_near_boxes(lines, half, boxes)
    return lines[near], half[near]


def _around(spread: Spread, low: Floats, high: Floats) -> Booleans:
    """Return which circles come near any of some places, shape (n,): few of a large graph do."""
    reach = spread.radii[:, None] + CLEAR
    near = (spread.centers + reach >= low.min(axis=0)) & (
        spread.centers - reach <= high.max(axis=0)
    )
    return np.asarray(near.all(axis=1))


def _distances(spread: Spread, led: int) -> tuple[float, ...]:
    """Return how far away from its circle a name may stand."""
    if led == BESIDE:
        return ()
    if spread.outward is not None:
        return LED_OUTWARD
    return LED if led == LED_CLEAR else LED_FARTHER


def _directions(spread: Spread, i: int) -> tuple[Floats, Floats]:
    """Return angles in which a name may stand, and how far each is from the best, radians."""
    if spread.outward is not None:
        best = float(np.arctan2(spread.outward[i, 1], spread.outward[i, 0]))
        off = np.linspace(-OUTWARD, OUTWARD, TURNS // 2 + 1)
        # No name crosses the upright through the middle, and one that turns to the top or bottom
        # is in the way of those that have to go there.
        side = np.sign(round(float(np.cos(best)), 9))
        off = off[np.cos(best + off) * side >= 0]
        upright = np.abs(np.sin(best + off)) > abs(np.sin(best)) + 1e-9
        return best + off, np.abs(off) * np.where(upright, UPRIGHT_COST, 1.0)
    angles = 2 * np.pi * np.arange(TURNS) / TURNS
    lines = np.array(list(_leaving(spread, i)))
    away = np.abs((angles[:, None] - lines[None] + np.pi) % (2 * np.pi) - np.pi).min(axis=1)
    # Where two directions are as free, names stand beside their circles, to the right first.
    upright = 0.15 * np.abs(np.sin(angles)) - 0.02 * np.cos(angles)
    return angles, np.asarray(away.max() - away + upright)


def _leaving(spread: Spread, i: int) -> Iterator[float]:
    """Yield the angles of the lines that leave a circle."""
    for one, other in spread.pairs.tolist():
        if i in (one, other):
            x, y = spread.centers[other if i == one else one] - spread.centers[i]
            yield float(np.arctan2(y, x))
