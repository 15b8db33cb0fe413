"""Closed loops of a network as a graph: triangles, quadrilaterals, and independent loops.

n treatments; an edge is a comparison that some study makes. A loop is the treatments along it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np

from metaan.core.arrays import Booleans, Integers
from metaan.core.network_layout import Layout

SOURCES = 3  # fewer independent sources of evidence than this cannot disagree around a loop


def meetings(layout: Layout) -> Booleans:
    """Return which treatments each study has, shape (k, n)."""
    there = np.zeros((len(layout.studies), len(layout.treatments)), dtype=bool)
    there[layout.arm_study, layout.arm_treatment] = True
    return there


def edges_of(there: Booleans) -> Booleans:
    """Return which treatments some study compares, shape (n, n)."""
    counts = there.T.astype(np.float64) @ there.astype(np.float64)
    np.fill_diagonal(counts, 0.0)
    return np.asarray(counts > 0)


def triangles(edges: Booleans) -> Integers:
    """Return the loops of three treatments, shape (t, 3), in alphabetic order."""
    upper = np.triu(edges)
    i, j = np.nonzero(upper)
    pair, third = np.nonzero(upper[i] & upper[j])
    return np.stack([i[pair], j[pair], third], axis=-1)


def quadrilaterals(edges: Booleans) -> Integers:
    """Return the loops of four treatments without a diagonal, shape (t, 4).

    A loop with a diagonal is two triangles, which tell more precisely where it disagrees.
    """
    apart = np.triu(~edges, k=1)
    i, k = np.nonzero(apart)  # opposite corners
    shared = (edges[i] & edges[k]).astype(np.int64)
    one, other = np.nonzero((shared[:, i] & shared[:, k]).astype(bool))
    once = i[one] < i[other]  # each loop has two pairs of opposite corners
    one, other = one[once], other[once]
    found = np.stack([i[one], i[other], k[one], k[other]], axis=-1)
    return found[np.lexsort(found.T[::-1])]


def complete(there: Booleans, loops: Integers) -> Booleans:
    """Return for which loops every study of their treatments has all of them, shape (t,).

    Such a loop comes from studies that are consistent by definition.
    """
    inside = there[:, loops].sum(axis=-1)
    return np.asarray(((inside < 2) | (inside == loops.shape[-1])).all(axis=0))


def sources(there: Booleans, loops: Integers) -> Integers:
    """Return how many independent sources of evidence each loop has, shape (t,).

    Studies with the same treatments of the loop are one source.
    """
    size = loops.shape[-1]
    codes = there[:, loops].astype(np.int64) @ (1 << np.arange(size))
    seen = np.zeros((len(loops), 1 << size), dtype=bool)
    seen[np.broadcast_to(np.arange(len(loops)), codes.shape), codes] = True
    several = np.array([code.bit_count() >= 2 for code in range(1 << size)])
    return np.asarray((seen & several).sum(axis=-1))


def independent_loops(there: Booleans) -> tuple[int, list[tuple[int, ...]]]:
    """Return how many loops are consistent by definition, and a shortest set of the others.

    The others are independent of each other and of those, shortest first.

    Parameters
    ----------
    there : ndarray of bool, shape (k, n)
        Treatments of each study; connected.
    """
    edges = edges_of(there)
    number = {
        (i, j): place
        for place, (i, j) in enumerate(
            zip(*(side.tolist() for side in np.nonzero(np.triu(edges))), strict=True)
        )
    }
    n = len(edges)
    wanted = len(number) - n + 1
    basis: dict[int, int] = {}
    of_three = triangles(edges)
    few = sources(there, of_three) < SOURCES
    given = sum(_added(basis, _mask(loop, number)) for loop in of_three[few].tolist())
    found = [tuple(loop) for loop in of_three[~few].tolist() if _added(basis, _mask(loop, number))]
    if given + len(found) < wanted:
        longer = sorted(_candidates(edges, number), key=lambda loop: (len(loop), loop))
        found += [loop for loop in longer if _added(basis, _mask(loop, number))]
    return given, found


def _mask(loop: Sequence[int], number: dict[tuple[int, int], int]) -> int:
    """Return the edges of a loop as bits."""
    bits = 0
    for i, j in zip(loop, [*loop[1:], loop[0]], strict=True):
        bits |= 1 << number[(i, j) if i < j else (j, i)]
    return bits


def _added(basis: dict[int, int], bits: int) -> bool:
    """Add a loop to a basis by its highest edge; False if it is a sum of loops that are there."""
    while bits:
        top = bits.bit_length()
        if top not in basis:
            basis[top] = bits
            return True
        bits ^= basis[top]
    return False


def _candidates(edges: Booleans, number: dict[tuple[int, int], int]) -> Iterator[tuple[int, ...]]:
    """Return loops of two shortest paths and an edge, among which a shortest basis is (Horton)."""
    neighbors = [np.flatnonzero(row).tolist() for row in edges]
    for start in range(len(edges)):
        paths = _paths(neighbors, start)
        for i, j in number:
            one, other = paths[i], paths[j]
            if len(one) + len(other) > SOURCES + 1 and not set(one[1:]) & set(other[1:]):
                yield tuple(one + other[:0:-1])


def _paths(neighbors: list[list[int]], start: int) -> dict[int, list[int]]:
    """Return a shortest path from one treatment to each other."""
    paths, queue = {start: [start]}, deque([start])
    while queue:
        here = queue.popleft()
        for other in neighbors[here]:
            if other not in paths:
                paths[other] = [*paths[here], other]
                queue.append(other)
    return paths
