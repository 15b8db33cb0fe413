"""How many subsets lie where: cells, densities and outlines of a GOSH plot; no drawing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.plots.diagnostics.gosh_record import GoshCell, Path

COLUMNS, ROWS = 84, 62
CURVE_STEPS = 96
WITHIN = 0.9  # of a group's subsets lie in its outline
SMOOTH = 1.1  # bandwidth of an outline, in cells
CURVE_SMOOTH = 1.6  # of a density along an axis, in its steps
FEWEST = 40  # subsets that have an outline
FACTOR = 3.0  # of the bandwidth, for few subsets


class Window(NamedTuple):
    """The part of the plane that is shown: estimates, analysis scale, and I²."""

    left: float
    right: float
    low: float
    high: float

    def holds(self, x: Floats, y: Floats) -> Booleans:
        """Return which points lie in it."""
        inside = (x >= self.left) & (x <= self.right) & (y >= self.low) & (y <= self.high)
        return np.asarray(inside)

    @property
    def cell(self) -> tuple[float, float]:
        """Width and height of a cell."""
        return (self.right - self.left) / COLUMNS, (self.high - self.low) / ROWS


def counted_cells(x: Floats, y: Floats, window: Window) -> Integers:
    """Return how many points lie in each cell, shape (rows, columns)."""
    wide, high = window.cell
    column = np.clip(((x - window.left) / wide).astype(np.int64), 0, COLUMNS - 1)
    row = np.clip(((y - window.low) / high).astype(np.int64), 0, ROWS - 1)
    return np.bincount(row * COLUMNS + column, minlength=ROWS * COLUMNS).reshape(ROWS, COLUMNS)


def filled_cells(counts: Integers, window: Window) -> tuple[GoshCell, ...]:
    """Return the cells that are not empty; ``counts``, shape (groups, rows, columns)."""
    wide, high = window.cell
    row, column = np.nonzero(counts.sum(axis=0))
    each = counts[:, row, column].T.tolist()
    return tuple(
        GoshCell(
            x=window.left + (j + 0.5) * wide, y=window.low + (i + 0.5) * high, counts=tuple(own)
        )
        for i, j, own in zip(row.tolist(), column.tolist(), each, strict=True)
    )


def outlines(counts: Integers, window: Window) -> tuple[Path, ...]:
    """Return lines around the densest cells that hold ``WITHIN`` of the points of a group."""
    from contourpy import contour_generator
    from scipy.ndimage import gaussian_filter

    total = int(counts.sum())
    if total < FEWEST:
        return ()
    wide, high = window.cell
    band = SMOOTH * max(1.0, min(FACTOR, (1000 / total) ** (1 / 6)))
    density = gaussian_filter(counts.astype(np.float64), band, mode="nearest")
    ranked = np.sort(density.ravel())[::-1]
    level = float(ranked[np.searchsorted(np.cumsum(ranked), WITHIN * ranked.sum())])
    x = window.left + wide * (np.arange(-1, COLUMNS + 1) + 0.5)
    y = window.low + high * (np.arange(-1, ROWS + 1) + 0.5)
    lines = contour_generator(x=x, y=y, z=np.pad(density, 1)).lines(level)
    return tuple(tuple(map(tuple, np.asarray(line).tolist())) for line in lines)


def density(values: Floats, low: float, high: float) -> tuple[Floats, Floats]:
    """Return places and how densely values lie there, both ends included, in values per step."""
    from scipy.ndimage import gaussian_filter1d

    step = (high - low) / CURVE_STEPS
    place = np.clip(((values - low) / step).astype(np.int64), 0, CURVE_STEPS - 1)
    counts = np.bincount(place, minlength=CURVE_STEPS).astype(np.float64)
    band = CURVE_SMOOTH * max(1.0, min(FACTOR, (1000 / max(1, len(values))) ** (1 / 5)))
    smooth = gaussian_filter1d(counts, band, mode="reflect")
    at = np.concatenate([[low], low + step * (np.arange(CURVE_STEPS) + 0.5), [high]])
    return at, np.concatenate([smooth[:1], smooth, smooth[-1:]])
