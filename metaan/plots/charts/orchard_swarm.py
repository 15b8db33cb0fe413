"""Points on both sides of a line, touching but not covering; lengths in points.

No chance in it: the same numbers make the same swarm.
"""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import ArrayLike, Floats

# A hair more than touching, so that rounding makes no two points overlap.
TOUCH = 1.0 + 1e-9


def swarm(x: ArrayLike, radius: ArrayLike, clear: float) -> Floats:
    """Return how far the center of each circle lies from the line.

    Parameters
    ----------
    x, radius : array_like, shape (k,)
        Places along the line, and radii.
    clear : float
        What stays free on both sides of the line.

    Returns
    -------
    ndarray, shape (k,)
        Signed distances: each circle in turn, the largest first, takes the free place nearest to
        the line; of two equal ones every other circle takes the upper.

    Examples
    --------
    >>> swarm([0.0, 10.0, 10.0, 10.0], [2.0, 2.0, 2.0, 2.0], 1.0).round(6)
    array([ 3., -3.,  3., -7.])
    """
    place, size = np.asarray(x, dtype=np.float64), np.asarray(radius, dtype=np.float64)
    offset = np.zeros(len(place))
    reach = 2 * size.max(initial=0.0)
    order = np.lexsort((np.arange(len(place)), place, -size))
    for turn, i in enumerate(order.tolist()):
        done = order[:turn]
        near = done[np.abs(place[done] - place[i]) < reach]
        across, touch = place[near] - place[i], size[near] + size[i]
        near, across, touch = (each[np.abs(across) < touch] for each in (near, across, touch))
        up = np.sqrt(touch**2 - across**2)
        there, nearest = offset[near], clear + size[i]
        choices = np.concatenate([[nearest, -nearest], there + up * TOUCH, there - up * TOUCH])
        choices = choices[np.abs(choices) >= nearest]
        free = choices[(np.abs(choices[:, None] - there) >= up).all(axis=1)]
        side = 1.0 if turn % 2 == 0 else -1.0
        offset[i] = min(free.tolist(), key=lambda each: (round(abs(each), 6), -side * each))
    return offset


def radii(precision: ArrayLike, largest: float, smallest: float) -> Floats:
    """Return radii of circles whose areas are in proportion to the precision.

    Parameters
    ----------
    precision : array_like, shape (k,)
        Relative to the most precise study of the figure, 0 to 1.
    largest, smallest : float
        Radius for a precision of 1, and a least one that can be seen.
    """
    return np.asarray(np.maximum(largest * np.sqrt(precision), smallest))


def squeezed(offset: Floats, nearest: Floats, most: float) -> Floats:
    """Return offsets of at most ``most`` and at least ``nearest``; points may overlap then."""
    far = float(np.abs(offset).max(initial=0.0))
    if far <= most:
        return offset
    kept = np.minimum(nearest, most)
    beyond = (np.abs(offset) - kept) * ((most - kept) / (far - kept))
    return np.asarray(np.sign(offset) * (kept + beyond))
