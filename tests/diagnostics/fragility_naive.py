"""Pools of 2x2 tables and the search for turned outcomes, one at a time, in plain Python."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import combinations_with_replacement, product

Z = 1.959963984540054

Table = tuple[float, float, float, float]  # events1, n1, events2, n2
Move = tuple[int, int, int]


def effect(table: Table, measure: str) -> tuple[float, float]:
    """Return y and v, 0.5 added to each cell where one is 0."""
    e1, n1, e2, n2 = table
    a, b, c, d = e1, n1 - e1, e2, n2 - e2
    if min(a, b, c, d) == 0:
        a, b, c, d = a + 0.5, b + 0.5, c + 0.5, d + 0.5
    if measure == "OR":
        return math.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d
    p1, p2, n1, n2 = a / (a + b), c / (c + d), a + b, c + d
    if measure == "RR":
        return math.log(p1 / p2), 1 / a - 1 / n1 + 1 / c - 1 / n2
    return p1 - p2, p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2


def limits(tables: list[Table], measure: str, *, varying: bool) -> tuple[float, float]:
    """Return Wald's limits of the pool, tau² by DerSimonian and Laird's formula or 0."""
    pairs = [effect(table, measure) for table in tables]
    tau2 = 0.0
    if varying:
        w = [1 / v for _, v in pairs]
        mean = sum(x * y for x, (y, _) in zip(w, pairs, strict=True)) / sum(w)
        q = sum(x * (y - mean) ** 2 for x, (y, _) in zip(w, pairs, strict=True))
        c = sum(w) - sum(x * x for x in w) / sum(w)
        tau2 = max(0.0, (q - (len(pairs) - 1)) / c) if len(pairs) > 1 else 0.0
    w = [1 / (v + tau2) for _, v in pairs]
    mean = sum(x * y for x, (y, _) in zip(w, pairs, strict=True)) / sum(w)
    half = Z / math.sqrt(sum(w))
    return mean - half, mean + half


def side(low: float, high: float) -> int:
    """Return 1, -1 or 0 for an interval above, below or including 0."""
    return 1 if low > 0 else -1 if high < 0 else 0


def moved(tables: list[Table], move: Move) -> list[Table] | None:
    """Return the tables after one turned outcome, or None if that is impossible."""
    i, j, change = move
    new = [list(table) for table in tables]
    new[i][2 * j] += change
    if not 0 <= new[i][2 * j] <= new[i][2 * j + 1]:
        return None
    return [(a, b, c, d) for a, b, c, d in new]


def directions(tables: list[Table], measure: str, *, varying: bool) -> list[int]:
    """Return where the effect has to go for another conclusion."""
    now = side(*limits(tables, measure, varying=varying))
    return [-now] if now else [1, -1]


def iterative(tables: list[Table], measure: str, *, varying: bool, most: int = 60) -> int | None:
    """Return the index of the published search."""
    now = side(*limits(tables, measure, varying=varying))
    found = [
        _walk(tables, measure, way, now=now, varying=varying, most=most)
        for way in directions(tables, measure, varying=varying)
    ]
    done = [each for each in found if each is not None]
    return min(done) if done else None


def _walk(
    tables: list[Table], measure: str, way: int, *, now: int, varying: bool, most: int
) -> int | None:
    for step in range(1, most + 1):
        tried = [
            (_room(new, measure, way, now=now, varying=varying), i)
            for i, new in enumerate(_stepped(tables, way))
        ]
        if not tried:
            return None
        (_, where), place = min(tried, key=lambda each: (each[0][0], each[1]))
        tables = _stepped(tables, way)[place]
        if where != now:
            return step
    return None


def _stepped(tables: list[Table], way: int) -> list[list[Table]]:
    """Return the tables after each move that can be made."""
    moves = [(i, *each) for i in range(len(tables)) for each in ((0, way), (1, -way))]
    return [new for move in moves if (new := moved(tables, move)) is not None]


def _room(
    tables: list[Table], measure: str, way: int, *, now: int, varying: bool
) -> tuple[float, int]:
    """Return how far the conclusion is from another, and which it is."""
    low, high = limits(tables, measure, varying=varying)
    room = (low if now > 0 else -high) if now else (-low if way > 0 else high)
    return room, side(low, high)


def smallest(tables: list[Table], measure: str, *, varying: bool, most: int) -> int | None:
    """Return the true minimum of the same moves, by trying every set of up to so many."""
    now = side(*limits(tables, measure, varying=varying))
    ways = directions(tables, measure, varying=varying)
    for size, way in product(range(1, most + 1), ways):
        moves = [(i, j, way * (1, -1)[j]) for i in range(len(tables)) for j in range(2)]
        for chosen in combinations_with_replacement(moves, size):
            new = _all_of(tables, chosen)
            if new is not None and side(*limits(new, measure, varying=varying)) != now:
                return size
    return None


def _all_of(tables: list[Table], moves: Iterable[tuple[int, int, int]]) -> list[Table] | None:
    """Return the tables after all these moves; None if one cannot be made."""
    new: list[Table] | None = tables
    for move in moves:
        new = moved(new, move) if new is not None else None
    return new
