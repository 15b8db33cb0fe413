"""Studies of a category beside each other: sideways until no mark lies on another one."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats

TRIES = 48  # places on each side that a mark is tried at
APART = 0.5  # points between two marks


def swarm(heights: Floats, radii: Floats, room: float) -> Floats:
    """Return how far each mark stands from the middle of its category, points, shape (k,).

    Parameters
    ----------
    heights, radii : ndarray, shape (k,)
        Places across and radii of the marks, points.
    room : float
        Largest distance from the middle, points.

    Notes
    -----
    Nothing is random: the largest mark comes first, and each one takes the free place that is
    nearest to the middle, right before left. One without a free place stands where it overlaps
    least.
    """
    steps = np.linspace(0.0, room, TRIES + 1)
    tries = np.concatenate([[0.0], np.column_stack([steps[1:], -steps[1:]]).ravel()])
    order = np.lexsort((heights, -radii))
    across = np.zeros(len(heights))
    for i, mark in enumerate(order.tolist()):
        placed = order[:i]
        near = placed[np.abs(heights[placed] - heights[mark]) < radii[placed] + radii[mark]]
        if not len(near):
            continue
        sideways = tries[:, None] - across[near]
        gaps = np.hypot(sideways, heights[near] - heights[mark]) - radii[near] - radii[mark]
        free = gaps.min(axis=1)
        across[mark] = tries[int(np.argmax(free >= APART)) if (free >= APART).any()
                             else int(np.argmax(free))]  # fmt: skip
    return across
