"""Whether rectangles are clear of lines, circles and each other; lengths in points.

A rectangle is (left, top, right, bottom).
"""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Booleans, Floats

NO_BOXES = np.zeros((0, 4))
NO_LINES = np.zeros((0, 2, 2))


def boxes_meet(boxes: Floats, others: Floats) -> Booleans:
    """Return whether each of (c, 4) rectangles meets each of (m, 4) others, shape (c, m)."""
    one, other = boxes[:, None], others[None]
    across = (one[..., 0] < other[..., 2]) & (other[..., 0] < one[..., 2])
    return np.asarray(across & (one[..., 1] < other[..., 3]) & (other[..., 1] < one[..., 3]))


def lines_meet(boxes: Floats, lines: Floats, half: Floats) -> Booleans:
    """Return whether each of (c, 4) rectangles meets each of (m, 2, 2) lines, shape (c, m).

    ``half``, shape (m,), is half the width of each line: rectangles are that much larger.
    """
    across, up = (_slab(boxes, lines, half, axis) for axis in (0, 1))
    enters, leaves = np.maximum(across[0], up[0]), np.minimum(across[1], up[1])
    return np.asarray((enters <= leaves) & (leaves >= 0) & (enters <= 1))


def _slab(boxes: Floats, lines: Floats, half: Floats, axis: int) -> tuple[Floats, Floats]:
    """Return where lines enter and leave the slabs of rectangles, shares of them, shape (c, m).

    Axis by axis: sums over a last axis of two would take most of the time of a large graph.
    """
    start, along = lines[:, 0, axis], lines[:, 1, axis] - lines[:, 0, axis]
    low, high = boxes[:, None, axis] - half, boxes[:, None, axis + 2] + half
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (low - start) / along, (high - start) / along
    first, last = np.minimum(one, other), np.maximum(one, other)
    flat = along == 0
    if flat.any():
        # A line along the other axis is inside of its slab from end to end, or never.
        inside = (low <= start) & (start <= high)
        first = np.where(flat, np.where(inside, -np.inf, np.inf), first)
        last = np.where(flat, np.where(inside, np.inf, -np.inf), last)
    return first, last


def lines_near_boxes(lines: Floats, half: Floats, boxes: Floats) -> Booleans:
    """Return which of (m, 2, 2) lines come near any of (c, 4) rectangles, shape (m,).

    No other line meets one of them: a quick answer for most of a large graph.
    """
    low, high = lines.min(axis=1) - half[:, None], lines.max(axis=1) + half[:, None]
    near = (low <= boxes[:, 2:].max(axis=0)) & (boxes[:, :2].min(axis=0) <= high)
    return np.asarray(near.all(axis=1))


def circles_meet(boxes: Floats, centers: Floats, radii: Floats) -> Booleans:
    """Return whether each of (c, 4) rectangles meets each of (m,) circles, shape (c, m)."""
    off = []
    for axis in (0, 1):
        at = centers[None, :, axis]
        nearest = np.minimum(np.maximum(at, boxes[:, None, axis]), boxes[:, None, axis + 2])
        off.append(nearest - at)
    return np.asarray(off[0] ** 2 + off[1] ** 2 < radii**2)


def lines_cross(lines: Floats, others: Floats) -> Booleans:
    """Return whether each of (c, 2, 2) lines meets each of (m, 2, 2) others, shape (c, m)."""
    a, b = lines[:, None, 0], lines[:, None, 1]
    c, d = others[None, :, 0], others[None, :, 1]
    over = _turn(a, b, c) * _turn(a, b, d) <= 0
    return np.asarray(over & (_turn(c, d, a) * _turn(c, d, b) <= 0))


def lines_near(lines: Floats, centers: Floats, radii: Floats) -> Booleans:
    """Return whether each of (c, 2, 2) lines meets each of (m,) circles, shape (c, m)."""
    x, y = lines[:, 0, :1], lines[:, 0, 1:]
    dx, dy = lines[:, 1, :1] - x, lines[:, 1, 1:] - y
    squared = np.maximum(dx**2 + dy**2, 1e-12)
    to_x, to_y = centers[:, 0] - x, centers[:, 1] - y
    share = np.clip((to_x * dx + to_y * dy) / squared, 0.0, 1.0)
    away_x, away_y = x + share * dx - centers[:, 0], y + share * dy - centers[:, 1]
    return np.asarray(away_x**2 + away_y**2 < radii**2)


def _turn(a: Floats, b: Floats, c: Floats) -> Floats:
    return np.asarray(
        (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1])
        - (b[..., 1] - a[..., 1]) * (c[..., 0] - a[..., 0])
    )
