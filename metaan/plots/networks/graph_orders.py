"""In which order treatments stand around a circle: as few crossing lines as can be found.

All orders are tried for few treatments; else each treatment in turn moves to its best place
(sifting) until none gains, from several starts. Nothing is left to chance.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np

from metaan.core.arrays import Booleans, Integers

TRIED = 7  # treatments of which all orders are tried: 360 of them
PASSES = 30


def circle_order(n: int, pairs: Integers) -> list[int]:
    """Return the treatments clockwise, the first one first.

    Parameters
    ----------
    n : int
        Treatments.
    pairs : ndarray of int, shape (p, 2)
        Which are joined by a line.

    Notes
    -----
    Of orders with the same number of crossings, the one with the shortest lines is taken,
    measured along the circle. Sifting: Baur M, Brandes U (2004), LNCS 3353:332,
    doi:10.1007/978-3-540-30559-0_28.
    """
    if n <= 3:
        return list(range(n))
    if n <= TRIED:
        tries = np.array(
            [(0, *rest) for rest in permutations(range(1, n)) if rest[0] < rest[-1]],
            dtype=np.int64,
        )
        crossed, long = _judged(tries, pairs)
        return _turned(tries[np.lexsort((long, crossed))[0]].tolist())
    found = [_sifted(start, pairs) for start in _starts(n, pairs)]
    crossed, long = _judged(np.array(found, dtype=np.int64), pairs)
    return _turned(found[int(np.lexsort((long, crossed))[0])])


def crossings(order: list[int], pairs: Integers) -> int:
    """Return how many pairs of lines cross when the treatments stand in this order."""
    crossed, _ = _judged(np.array([order], dtype=np.int64), pairs)
    return int(crossed[0])


def _judged(orders: Integers, pairs: Integers) -> tuple[Integers, Integers]:
    """Return crossings and summed lengths of lines of each order, both shape (t,)."""
    n = orders.shape[1]
    places = np.argsort(orders, axis=1)
    ends = places[:, pairs]
    low, high = ends.min(axis=-1), ends.max(axis=-1)
    crossed = _cross(low[:, :, None], high[:, :, None], low[:, None, :], high[:, None, :])
    away = high - low
    return crossed.sum(axis=(1, 2)) // 2, np.minimum(away, n - away).sum(axis=1)


def _cross(low: Integers, high: Integers, other_low: Integers, other_high: Integers) -> Booleans:
    """Return whether chords cross: one end of the other lies strictly between the ends."""
    first = (low < other_low) & (other_low < high) & (high < other_high)
    return np.asarray(
        first | ((other_low < low) & (low < other_high) & (other_high < high)), dtype=bool
    )


def _starts(n: int, pairs: Integers) -> list[list[int]]:
    """Return orders to begin with: by name, by number of lines, and from neighbor to neighbor."""
    degree = np.bincount(pairs.ravel(), minlength=n)
    by_degree = np.lexsort((np.arange(n), -degree)).tolist()
    beside: list[list[int]] = [[] for _ in range(n)]
    for i, j in pairs.tolist():
        beside[i].append(j)
        beside[j].append(i)
    walks = [_walk(beside, start, degree.tolist()) for start in (by_degree[0], by_degree[-1])]
    return [list(range(n)), by_degree, *walks]


def _walk(beside: list[list[int]], start: int, degree: list[int]) -> list[int]:
    """Return treatments as a walk meets them that goes on to the neighbor with fewest lines."""
    seen, waiting = dict.fromkeys([start]), [start]
    while waiting:
        here = waiting.pop()
        seen[here] = None
        waiting += sorted((j for j in beside[here] if j not in seen), key=lambda j: -degree[j])
    return list(seen)


def _sifted(order: list[int], pairs: Integers) -> list[int]:
    """Return the order after every treatment has moved to its best place, until none gains."""
    n = len(order)
    for _ in range(PASSES):
        before = list(order)
        for treatment in range(n):
            order = _moved(order, treatment, pairs)
        if order == before:
            break
    return order


def _moved(order: list[int], treatment: int, pairs: Integers) -> list[int]:
    """Return the order with one treatment where its lines cross fewest others.

    Crossings of other lines with each other do not change.
    """
    others = [each for each in order if each != treatment]
    here = order.index(treatment)
    n = len(order)
    tried = np.arange(n)
    before = np.empty(n, dtype=np.int64)
    before[others] = np.arange(n - 1)
    before[treatment] = 0
    places = before + (before >= tried[:, None])
    places[:, treatment] = tried
    own = (pairs == treatment).any(axis=1)
    ends = places[:, pairs]
    low, high = ends.min(axis=-1), ends.max(axis=-1)
    crossed = _cross(
        low[:, own, None], high[:, own, None], low[:, None, ~own], high[:, None, ~own]
    ).sum(axis=(1, 2))
    away = high - low
    long = np.minimum(away, n - away).sum(axis=1)
    best = int(np.lexsort((long, crossed))[0])
    gains = (crossed[best], long[best]) < (crossed[here], long[here])
    return [*others[:best], treatment, *others[best:]] if gains else order


def _turned(order: list[int]) -> list[int]:
    """Return the order from treatment 0 on, the lower of its neighbors second."""
    at = order.index(0)
    turned = [*order[at:], *order[:at]]
    return turned if turned[1] < turned[-1] else [turned[0], *turned[:0:-1]]
