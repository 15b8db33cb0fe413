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
    start, along = lines[:, 0], lines[:, 1] - lines[:, 0]
    low = boxes[:, None, :2] - half[:, None]
    high = boxes[:, None, 2:] + half[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (low - start) / along, (high - start) / along
    # A line along an axis is inside of its slab from end to end, or never.
    flat = np.broadcast_to(along == 0, one.shape)
    inside = (low <= start) & (start <= high)
    first = np.where(flat, np.where(inside, -np.inf, np.inf), np.minimum(one, other))
    last = np.where(flat, np.where(inside, np.inf, -np.inf), np.maximum(one, other))
    enters, leaves = first.max(axis=-1), last.min(axis=-1)
    return np.asarray((enters <= leaves) & (leaves >= 0) & (enters <= 1))


def circles_meet(boxes: Floats, centers: Floats, radii: Floats) -> Booleans:
    """Return whether each of (c, 4) rectangles meets each of (m,) circles, shape (c, m)."""
    nearest = np.clip(centers[None], boxes[:, None, :2], boxes[:, None, 2:])
    return np.asarray(((nearest - centers[None]) ** 2).sum(axis=-1) < radii[None] ** 2)


def lines_cross(lines: Floats, others: Floats) -> Booleans:
    """Return whether each of (c, 2, 2) lines meets each of (m, 2, 2) others, shape (c, m)."""
    a, b = lines[:, None, 0], lines[:, None, 1]
    c, d = others[None, :, 0], others[None, :, 1]
    over = _turn(a, b, c) * _turn(a, b, d) <= 0
    return np.asarray(over & (_turn(c, d, a) * _turn(c, d, b) <= 0))


def lines_near(lines: Floats, centers: Floats, radii: Floats) -> Booleans:
    """Return whether each of (c, 2, 2) lines meets each of (m,) circles, shape (c, m)."""
    start, along = lines[:, None, 0], (lines[:, 1] - lines[:, 0])[:, None]
    squared = np.maximum((along**2).sum(axis=-1), 1e-12)
    share = np.clip(((centers[None] - start) * along).sum(axis=-1) / squared, 0.0, 1.0)
    away = start + share[..., None] * along - centers[None]
    return np.asarray((away**2).sum(axis=-1) < radii[None] ** 2)


def _turn(a: Floats, b: Floats, c: Floats) -> Floats:
    return np.asarray(
        (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1])
        - (b[..., 1] - a[..., 1]) * (c[..., 0] - a[..., 0])
    )
