"""Rows of a Hasse diagram and the order within them; no sizes but widths, no drawing.

A line that passes rows has a place in each of them, like a box of no height, so that boxes stand
aside (Sugiyama K, Tagawa S, Toda M 1981, doi:10.1109/TSMC.1981.4308636).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TypeAlias

import numpy as np

from metaan.core.arrays import Floats

LINE_WIDTH = 6.0  # of the place of a line that passes
GAP, LINE_GAP = 13.0, 8.0  # between boxes, and beside a line
SWEEPS, SETTLING = 24, 40
TIE = 1e-9  # by which the end of a row may be off
HEAVY = 6.0  # a line that passes is straightened so much more than boxes are centered

Near: TypeAlias = tuple[list[list[int]], list[list[int]]]  # neighbors above, neighbors below


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Boxes and places of passing lines, row by row; boxes come first in the numbering.

    Attributes
    ----------
    rows : tuple of tuple of int
        Numbers of what stands in each row, from the left.
    boxes : int
        Number of boxes.
    wide : tuple of float
        Width of each.
    near : tuple of two lists of lists of int
        Neighbors of each in the row above, and in the row below.
    chains : tuple of tuple of int
        For each line what it touches, from its upper box to its lower one.
    """

    rows: tuple[tuple[int, ...], ...]
    boxes: int
    wide: tuple[float, ...]
    near: Near
    chains: tuple[tuple[int, ...], ...]

    def gaps(self, row: Sequence[int]) -> list[float]:
        """Return the least distances of the middles of neighbors in a row."""
        return [
            (self.wide[one] + self.wide[other]) / 2
            + (LINE_GAP if max(one, other) >= self.boxes else GAP)
            for one, other in pairwise(row)
        ]

    def neighbors(self, item: int) -> list[int]:
        """Return what lines lead to from it, in the rows above and below."""
        return [*self.near[0][item], *self.near[1][item]]


def rows_of(
    levels: Sequence[int], edges: Sequence[tuple[int, int]], wide: Sequence[float], most: float
) -> Rows:
    """Return boxes in rows by their levels, and lines with a place in every row they pass.

    Parameters
    ----------
    levels : sequence of int
        Of each box, from 1 at the top.
    edges : sequence of (int, int)
        Upper and lower box of each line.
    wide : sequence of float
        Widths of the boxes.
    most : float
        Width beyond which a level takes several rows.
    """
    rows = _split(levels, edges, wide, most)
    row_of = {box: r for r, row in enumerate(rows) for box in row}
    number, chains = len(levels), []
    for upper, lower in edges:
        chain = [upper]
        for r in range(row_of[upper] + 1, row_of[lower]):
            rows[r].append(number)
            chain.append(number)
            number += 1
        chains.append((*chain, lower))
    near: Near = ([[] for _ in range(number)], [[] for _ in range(number)])
    for one, other in (pair for chain in chains for pair in pairwise(chain)):
        near[0][other].append(one)
        near[1][one].append(other)
    return Rows(
        rows=tuple(map(tuple, _ordered(rows, near))),
        boxes=len(levels),
        wide=(*wide, *[LINE_WIDTH] * (number - len(levels))),
        near=near,
        chains=tuple(chains),
    )


def _split(
    levels: Sequence[int], edges: Sequence[tuple[int, int]], wide: Sequence[float], most: float
) -> list[list[int]]:
    """Return boxes in rows: one for each level, more where it is too wide."""
    down = {upper for upper, _ in edges}
    rows: list[list[int]] = []
    for level in sorted(set(levels)):
        members = [i for i, each in enumerate(levels) if each == level]
        # whoever has nothing below stands higher, so that fewer lines pass
        members.sort(key=lambda i: i in down)
        ends = list(accumulate(wide[i] + GAP for i in members))
        parts = math.ceil(ends[-1] / most)
        part = [min(int(parts * end / ends[-1] - TIE), parts - 1) for end in ends]
        rows += [[i for i, at in zip(members, part, strict=True) if at == k] for k in range(parts)]
    return [row for row in rows if row]


def _ordered(rows: list[list[int]], near: Near) -> list[list[int]]:
    """Return each row in the order with the fewest crossings that sweeps find."""
    best, fewest = rows, crossings(rows, near[1])
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        rows = [list(row) for row in rows]
        for r in range(1, len(rows)) if down else range(len(rows) - 2, -1, -1):
            rows[r] = _by_middles(rows[r], rows[r - 1 if down else r + 1], near[0 if down else 1])
        rows = _swapped(rows, near)
        count = crossings(rows, near[1])
        if count < fewest:
            best, fewest = rows, count
    return best


def _by_middles(row: list[int], beside: list[int], near: list[list[int]]) -> list[int]:
    """Return a row sorted by the middles of the neighbors in the row beside it."""
    place = {item: i for i, item in enumerate(beside)}
    share = len(beside) / max(len(row), 1)
    middles = [
        (sum(place[k] for k in near[item]) / len(near[item]) if near[item] else i * share, i)
        for i, item in enumerate(row)
    ]
    return [row[i] for _, i in sorted(middles)]


def _swapped(rows: list[list[int]], near: Near) -> list[list[int]]:
    """Return the rows with neighbors exchanged as long as that takes crossings away."""
    for r in range(len(rows)):
        sides = [rows[s] if 0 <= s < len(rows) else [] for s in (r - 1, r + 1)]
        places = [{item: i for i, item in enumerate(side)} for side in sides]
        while _swap_once(rows[r], places, near):
            pass
    return rows


def _swap_once(row: list[int], places: Sequence[Mapping[int, int]], near: Near) -> bool:
    """Exchange neighbors in a row that cross less the other way; say whether any did."""
    changed = False
    for i in range(len(row) - 1):
        one, other = row[i], row[i + 1]
        if _crossed(places, near, one, other) > _crossed(places, near, other, one):
            row[i], row[i + 1] = other, one
            changed = True
    return changed


def _crossed(places: Sequence[Mapping[int, int]], near: Near, one: int, other: int) -> int:
    """Return the crossings of the lines of two neighbors, the first at the left."""
    return sum(
        place[a] > place[b]
        for side, place in zip(near, places, strict=True)
        for a in side[one]
        for b in side[other]
    )


def crossings(rows: Sequence[Sequence[int]], below: Sequence[Sequence[int]]) -> int:
    """Return how many lines cross each other between all rows."""
    total = 0
    for upper, lower in pairwise(rows):
        place = {item: i for i, item in enumerate(lower)}
        ends = [end for item in upper for end in sorted(place[k] for k in below[item])]
        total += sum(a > b for i, a in enumerate(ends) for b in ends[i + 1 :])
    return total


def settled(found: Rows) -> Floats:
    """Return the middles of all boxes and places, the left end of the diagram at 0.

    Each stands near the mean of its neighbors in other rows, at least the gaps apart.
    """
    x = np.zeros(len(found.wide))
    for row in found.rows:
        steps = np.concatenate([[0.0], np.cumsum(found.gaps(row))])
        x[list(row)] = steps - steps[-1] / 2
    weights = np.where(np.arange(len(x)) < found.boxes, 1.0, HEAVY)
    for step in range(SETTLING):
        rows = found.rows if step % 2 == 0 else found.rows[::-1]
        for row in rows:
            wanted = [_wanted(found, x, item) for item in row]
            which = list(row)
            x[which] = apart(np.array(wanted), np.array(found.gaps(row)), weights[which])
    half = np.array(found.wide) / 2
    return np.asarray(x - (x - half).min())


def _wanted(found: Rows, x: Floats, item: int) -> float:
    near = found.neighbors(item)
    return float(np.mean(x[near])) if near else float(x[item])


def apart(wanted: Floats, gaps: Floats, weights: Floats) -> Floats:
    """Return the places nearest to those wanted that keep their order and distances.

    Parameters
    ----------
    wanted, weights : ndarray, shape (n,)
        Where each would stand, and how much that counts.
    gaps : ndarray, shape (n - 1,)
        Least distances of neighbors.

    Returns
    -------
    ndarray, shape (n,)
        The least squares solution, by pooling neighbors that are too near.

    Examples
    --------
    >>> apart(np.array([0.0, 0.0]), np.array([2.0]), np.array([1.0, 1.0])).tolist()
    [-1.0, 1.0]
    """
    offset = np.concatenate([[0.0], np.cumsum(gaps)])
    blocks: list[list[float]] = []  # mean, weight, number
    for value, weight in zip((wanted - offset).tolist(), weights.tolist(), strict=True):
        blocks.append([value, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, more, number = blocks.pop()
            last = blocks[-1]
            total = last[1] + more
            blocks[-1] = [(last[0] * last[1] + mean * more) / total, total, last[2] + number]
    means = np.concatenate([np.full(int(number), mean) for mean, _, number in blocks])
    return np.asarray(means + offset)
