"""GRAPH_LAYOUTS: where the treatments of a network stand, each connected part by itself.

Lengths in points, y downwards. A part is given more room until every name has a free place; then
parts stand beside each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.plots.networks.graph_names import (
    BESIDE,
    LED_CLEAR,
    LED_OVER,
    PlacedName,
    Spread,
    place_names,
)
from metaan.plots.networks.graph_orders import circle_order
from metaan.plots.networks.graph_spring import spring_places
from metaan.plots.networks.graph_tallies import Tally, place_tallies

Places: TypeAlias = tuple[Floats, Floats | None]  # centers, and directions of the names if fixed

LEAST_RING, PER_TREATMENT, MOST_RING = 58.0, 8.0, 165.0  # radius of a ring
ARC = 19.0  # along a ring from treatment to treatment, at least
STEP, STEP_LESS, LEAST_STEP = 106.0, 1.6, 72.0  # a line of a spring layout, less per treatment
APART = 7.0  # between two circles, at least
PLAIN_GROWTH = (1.0, 1.08, 1.17, 1.27)
LED_GROWTH = (1.0, 1.12, 1.25, 1.4)
OVER_GROWTH = (1.1, 1.25, 1.4, 1.6, 1.9, 2.2)
RING_GROWTH = (*OVER_GROWTH, 2.4, 3.0, 3.7, 4.5, 6.0, 8.0, 11.0, 16.0, 24.0, 36.0)
ROW = 480.0  # width that parts share
PART_GAP = 26.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphLayout:
    """A row of ``GRAPH_LAYOUTS``.

    Attributes
    ----------
    key : str
        Key.
    places : callable
        ``places(n, pairs, order, rng) -> (centers, outward or None)``, shape (n, 2).
    """

    key: str
    places: Callable[[int, Integers, Sequence[int], np.random.Generator], Places]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlacedPart:
    """A connected part on the page.

    Attributes
    ----------
    treatments, lines : ndarray of int, shapes (n,), (p,)
        Which treatments and pairs of the network it has.
    spread : Spread
        Circles and lines.
    names : tuple of PlacedName
        Of the treatments.
    tallies : tuple of Tally or None
        Numbers on the lines; None for one without a free place.
    """

    treatments: Integers
    lines: Integers
    spread: Spread
    names: tuple[PlacedName, ...]
    tallies: tuple[Tally | None, ...]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of all of it."""
        circles = np.column_stack(
            [
                self.spread.centers - self.spread.radii[:, None],
                self.spread.centers + self.spread.radii[:, None],
            ]
        )
        boxes = np.vstack([circles, np.array([name.box for name in self.names])])
        left, top = boxes[:, :2].min(axis=0).tolist()
        right, bottom = boxes[:, 2:].max(axis=0).tolist()
        return left, top, right, bottom

    def moved(self, x: float, y: float) -> PlacedPart:
        """Return the part elsewhere."""
        by = np.array([x, y])
        return replace(
            self,
            spread=replace(self.spread, centers=self.spread.centers + by),
            names=tuple(
                replace(
                    name,
                    box=_shifted(name.box, x, y),
                    leader=tuple((a + x, b + y) for a, b in name.leader),
                )
                for name in self.names
            ),
            tallies=tuple(
                tally and replace(tally, box=_shifted(tally.box, x, y)) for tally in self.tallies
            ),
        )


def _shifted(
    box: tuple[float, float, float, float], x: float, y: float
) -> tuple[float, float, float, float]:
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y


def _ring(n: int, pairs: Integers, order: Sequence[int], rng: np.random.Generator) -> Places:
    """Return places on a circle, the first at the top and the others clockwise."""
    del pairs, rng  # the order says it all
    around = unit_ring(n, order)
    radius = min(LEAST_RING + PER_TREATMENT * n, MOST_RING)
    return max(radius, ARC * n / (2 * math.pi)) * around, around


def unit_ring(n: int, order: Sequence[int]) -> Floats:
    """Return places on the unit circle, shape (n, 2); an even number leaves the top free."""
    turn = 2 * math.pi * (np.argsort(order) - (0.5 if n % 2 == 0 else 0.0)) / n
    return np.column_stack([np.sin(turn), -np.cos(turn)])


def _spring(n: int, pairs: Integers, order: Sequence[int], rng: np.random.Generator) -> Places:
    step = max(STEP - STEP_LESS * n, LEAST_STEP)
    return step * spring_places(n, pairs, unit_ring(n, order), rng), None


_ROWS = (
    GraphLayout(key="circle", places=_ring),
    GraphLayout(key="spring", places=_spring),
)
GRAPH_LAYOUTS: Mapping[str, GraphLayout] = MappingProxyType({row.key: row for row in _ROWS})
DEFAULT_GRAPH_LAYOUT = _ROWS[0].key


def ordered(n: int, pairs: Integers, asked: Sequence[int]) -> list[int]:
    """Return the order around a circle: the one asked for, or the one that crosses least."""
    return list(asked) if asked else circle_order(n, pairs)


Settled: TypeAlias = tuple[Spread, list[PlacedName], list[Tally | None]]


def settle(spread: Spread, names: Sequence[str], counts: Integers | None) -> Settled | None:
    """Return circles, names and numbers, with as much room as all of them need.

    Parameters
    ----------
    spread : Spread
        Circles and lines as a layout has them.
    names : sequence of str
        Of the treatments.
    counts : ndarray of int, shape (p,), or None
        Numbers on the lines, if they are shown. Where no room gives all of them a free place,
        most of them have one.

    Returns
    -------
    tuple or None
        None where so many lines meet that no room is enough; on a ring, some always is.
    """
    spread = spread.grown(_least_growth(spread))
    best: Settled | None = None
    for grown, led in _growths(spread):
        placed = place_names(grown, names, led=led)
        if placed is None:
            continue
        if counts is None:
            return grown, placed, [None] * len(grown.pairs)
        tallies = place_tallies(grown, counts, placed)
        if best is None or tallies.count(None) < best[2].count(None):
            best = grown, placed, tallies
        if led or None not in tallies:
            break
    return best


def _growths(spread: Spread) -> Iterator[tuple[Spread, int]]:
    """Yield the spread with more and more room, and how far names may stand from circles."""
    far = OVER_GROWTH if spread.outward is None else RING_GROWTH
    for led, factors in ((BESIDE, PLAIN_GROWTH), (LED_CLEAR, LED_GROWTH), (LED_OVER, far)):
        for factor in factors:
            yield spread.grown(factor), led


def _least_growth(spread: Spread) -> float:
    """Return how much room circles need so that none touches another."""
    away = np.linalg.norm(spread.centers[:, None] - spread.centers[None], axis=-1)
    need = spread.radii[:, None] + spread.radii[None] + APART
    i, j = np.triu_indices(len(away), k=1)
    return max(1.0, float((need[i, j] / away[i, j]).max()))


def beside(parts: Sequence[PlacedPart]) -> tuple[list[PlacedPart], float, float]:
    """Return the parts beside each other, in rows, and the width and height of all."""
    rows: list[list[PlacedPart]] = []
    room = 0.0
    for part in parts:
        left, _, right, _ = part.box
        if rows and room + PART_GAP + right - left <= ROW:
            rows[-1].append(part)
            room += PART_GAP + right - left
        else:
            rows.append([part])
            room = right - left
    wide = max(_row_width(row) for row in rows)
    found, y = [], 0.0
    for row in rows:
        high = max(part.box[3] - part.box[1] for part in row)
        x = (wide - _row_width(row)) / 2
        for part in row:
            left, top, right, bottom = part.box
            found.append(part.moved(x - left, y + (high - bottom + top) / 2 - top))
            x += right - left + PART_GAP
        y += high + PART_GAP
    return found, wide, y - PART_GAP


def _row_width(row: Sequence[PlacedPart]) -> float:
    wide = sum(part.box[2] - part.box[0] for part in row)
    return wide + PART_GAP * (len(row) - 1)
