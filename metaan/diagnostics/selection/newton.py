"""Newton's method for maxima between bounds, many searches at once, with exact Hessians.

Where the curvature is wrong, its size is used with the sign of a maximum; a step that does not
rise is shortened. A parameter at a bound that the likelihood pushes against stays there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.diagnostics.selection.likelihood import Curved

MOST_STEPS = 250
LONGEST = 4.0  # step, in units of the parameters
SHORTENINGS = 25
SETTLED = 1e-18  # of the Newton decrement, the square of the gradient in standard errors
NOISE = 1e-13  # of the log-likelihood, that rounding may take away
FLATTEST = 1e-10

Function = Callable[[Floats, Integers], Curved]


class Space(NamedTuple):
    """Where to search: bounds and units, shape (d,), and what is free, shape (n, d)."""

    low: Floats
    high: Floats
    unit: Floats
    free: Booleans


class Peaks(NamedTuple):
    """What searches found.

    Attributes
    ----------
    theta : ndarray, shape (n, d)
        Where they ended.
    value : ndarray, shape (n,)
        Log-likelihoods there.
    settled : ndarray, shape (n,)
        Whether the gradient is 0, but for what a bound holds back.
    steps : ndarray, shape (n,)
        Taken.
    """

    theta: Floats
    value: Floats
    settled: Booleans
    steps: Integers


def climb(function: Function, start: Floats, space: Space, most: int = MOST_STEPS) -> Peaks:
    """Return the maxima that searches from these starts, shape (n, d), run into."""
    theta = np.clip(start, space.low, space.high)
    n = len(theta)
    value, settled, steps = np.empty(n), np.zeros(n, dtype=bool), np.zeros(n, dtype=np.int64)
    which = np.arange(n)
    at = function(theta, which)
    value[:] = at.value
    for _ in range(most):
        step, decrement = _direction(theta[which], at, space, space.free[which])
        done = decrement < SETTLED
        settled[which[done]] = True
        which, step, decrement = which[~done], step[~done], decrement[~done]
        if not which.size:
            break
        steps[which] += 1
        moved, at, stuck = _rise(function, theta[which], value[which], step, (which, space))
        theta[which], value[which] = moved, at.value
        # no rise in any direction: as high as rounding lets it come
        settled[which[stuck]] = decrement[stuck] < np.sqrt(SETTLED)
        which, at = which[~stuck], Curved(*(part[~stuck] for part in at))
        if not which.size:
            break
    return Peaks(theta, value, settled, steps)


def _direction(theta: Floats, at: Curved, space: Space, free: Booleans) -> tuple[Floats, Floats]:
    """Return the steps (n, d) and the decrements (n,)."""
    slope = at.gradient * space.unit
    held = ~free | ((theta <= space.low) & (slope < 0)) | ((theta >= space.high) & (slope > 0))
    slope = np.where(held, 0.0, slope)
    curve = -at.hessian * space.unit[:, None] * space.unit
    either = held[:, :, None] | held[:, None, :]
    curve = np.where(either, np.eye(theta.shape[1]), curve)
    size, axes = np.linalg.eigh(curve)
    size = np.maximum(np.abs(size), FLATTEST * np.abs(size).max(axis=1, keepdims=True))
    along = np.matmul(np.swapaxes(axes, 1, 2), slope[..., None])[..., 0]
    step = np.matmul(axes, (along / size)[..., None])[..., 0]
    step = np.where(held, 0.0, step)
    decrement = np.sum(slope * step, axis=1)
    long = np.sqrt(np.sum(step * step, axis=1))
    return step * (space.unit * np.minimum(1.0, LONGEST / np.maximum(long, LONGEST))[:, None]), (
        decrement
    )


def _rise(
    function: Function,
    theta: Floats,
    value: Floats,
    step: Floats,
    where: tuple[Integers, Space],
) -> tuple[Floats, Curved, Booleans]:
    """Return where steps lead, shortened until they rise, and which never do."""
    which, space = where
    moved = np.clip(theta + step, space.low, space.high)
    at = function(moved, which)
    least = value - NOISE * (1 + np.abs(value))
    bad = np.flatnonzero(~(at.value >= least))
    share = 1.0
    for _ in range(SHORTENINGS):
        if not bad.size:
            break
        share *= 0.35
        moved[bad] = np.clip(theta[bad] + share * step[bad], space.low, space.high)
        again = function(moved[bad], which[bad])
        for part, new in zip(at, again, strict=True):
            part[bad] = new
        bad = bad[~(again.value >= least[bad])]
    stuck = np.zeros(len(theta), dtype=bool)
    if bad.size:
        moved[bad] = theta[bad]
        for part, new in zip(at, function(moved[bad], which[bad]), strict=True):
            part[bad] = new
        stuck[bad] = True
    return moved, at, stuck
