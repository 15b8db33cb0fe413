"""Clusters of points in the plane: hills of their density with a valley in between.

The density is counted in cells and smoothed. Cells are visited from the densest down; each joins
the highest hill beside it, or begins one. Where two hills meet, the lower is a cluster of its own
only if the pass between them lies deep enough below its top and enough points lie on it;
otherwise it becomes a part of the higher one (Chazal and others 2013, doi:10.1145/2535927). No
number of clusters is chosen, nothing is drawn at random.
"""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats, Integers

CELLS = 72  # along each axis
TAIL = 5e-4  # share of the points at either end that the outermost cells take in
NARROW = 1.34  # interquartile range of a standard normal distribution
LEAST = 1.0  # bandwidth, in cells
FINER = 0.6  # of the bandwidth for one normal hill, which would blur several


def hills(x: Floats, y: Floats, *, pass_share: float, least_share: float) -> Integers:
    """Return which hill of the density each of n points lies on, 0 for the largest, shape (n,).

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Points, in any units.
    pass_share : float
        Part of the lower hill's height above which a pass does not part two hills.
    least_share : float
        Part of the points that a hill must hold above the pass; at least the root of their number.
    """
    from scipy.ndimage import gaussian_filter

    column, width = _cells(x)
    row, height = _cells(y)
    counts = np.bincount(row * CELLS + column, minlength=CELLS * CELLS).astype(np.float64)
    smooth = gaussian_filter(
        counts.reshape(CELLS, CELLS), (height, width), mode="reflect", truncate=6.0
    ).ravel()
    least = max(least_share * len(x), len(x) ** 0.5)  # a few points make no hill
    label = _labels(smooth, counts, pass_share, least)[row * CELLS + column]
    sizes = np.bincount(label)
    place = np.empty(len(sizes), dtype=np.int64)
    place[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    return np.asarray(place[label])


def _cells(values: Floats) -> tuple[Integers, float]:
    """Return the cell of each value, and the bandwidth in cells, from Scott's rule for a plane."""
    low, first, last, high = np.quantile(values, (TAIL, 0.25, 0.75, 1 - TAIL))
    if not high > low:
        return np.zeros(len(values), dtype=np.int64), LEAST
    step = (high - low) / CELLS
    spread = float(np.std(values))
    robust = float(last - first) / NARROW
    band = FINER * min(spread, robust or spread) * len(values) ** (-1 / 6)
    cell = np.clip(((values - low) / step).astype(np.int64), 0, CELLS - 1)
    return cell, max(LEAST, float(band / step))


def _labels(smooth: Floats, counts: Floats, pass_share: float, least: float) -> Integers:
    """Return the hill of each cell, numbered from 0."""
    height, weight = smooth.tolist(), counts.tolist()
    parent = [-1] * len(height)
    mass = [0.0] * len(height)
    for cell in np.argsort(-smooth, kind="stable").tolist():
        around = {_root(parent, each) for each in _beside(cell) if parent[each] >= 0}
        if not around:
            parent[cell], mass[cell] = cell, weight[cell]
            continue
        top = max(around, key=lambda hill: (height[hill], -hill))
        parent[cell] = top
        mass[top] += weight[cell]
        for hill in sorted(around - {top}):
            if height[cell] > pass_share * height[hill] or mass[hill] < least:
                parent[hill] = top
                mass[top] += mass[hill]
    roots = [_root(parent, cell) for cell in range(len(height))]
    return np.unique(roots, return_inverse=True)[1]


def _beside(cell: int) -> list[int]:
    row, column = divmod(cell, CELLS)
    return [
        r * CELLS + c
        for r in range(max(row - 1, 0), min(row + 2, CELLS))
        for c in range(max(column - 1, 0), min(column + 2, CELLS))
        if (r, c) != (row, column)
    ]


def _root(parent: list[int], cell: int) -> int:
    while parent[cell] != cell:
        parent[cell] = parent[parent[cell]]
        cell = parent[cell]
    return cell
