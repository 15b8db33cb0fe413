"""Between-study variance by maximum and restricted maximum likelihood: the global maximum.

The likelihood can have several maxima, and scoring can stop at the wrong one. So the sign of the
score is looked at on a grid that is even in log(tau²) and fine enough to separate the studies'
contributions, which are sigmoids of width one there; every fall through zero brackets a maximum;
each is solved to machine precision, and the one with the highest likelihood wins (0 included).
The grid ends at a bound beyond which the score is provably negative: with S = sum (y - ybar)²,
trace P >= (k - 1) / (v_max + tau²) and y'PPy <= S / tau⁴.
"""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.numerics.linalg import residual_sum, weighted_mean
from metaan.numerics.search import bracketed_root

GRID_STEP = 0.25  # in log(tau²)
GRID_START = 1e-4  # of the smallest variance: below, the weights are constant
BLOCK = 2_000_000  # numbers held at once


def log_likelihood(
    y: Floats, v: Floats, present: Floats, tau2: Floats, *, restricted: bool
) -> Floats:
    """Return the log-likelihood of tau² with the mean profiled out, constants dropped.

    Parameters
    ----------
    y, v, present : ndarray, shape (..., k)
        Effects, variances, mask.
    tau2 : ndarray, shape (...)
        Where to look.
    restricted : bool
        REML instead of ML.

    Returns
    -------
    ndarray, shape (...)
        ``-½ [sum log(v + tau²) + Q(tau²) (+ log sum w for REML)]``.
    """
    total_v = v + tau2[..., None]
    w = present / total_v
    mu, total = weighted_mean(y, w)
    value = np.sum(present * np.log(total_v), axis=-1) + residual_sum(y, w, mu)
    return np.asarray(-0.5 * (value + np.log(total) if restricted else value))


def score(y: Floats, v: Floats, present: Floats, tau2: Floats, *, restricted: bool) -> Floats:
    """Return twice the derivative of the log-likelihood in tau², shape (...)."""
    w = present / (v + tau2[..., None])
    mu, total = weighted_mean(y, w)
    squares = w * w
    trace = total - np.sum(squares, axis=-1) / total if restricted else total
    return np.asarray(residual_sum(y, squares, mu) - trace)


def maximum_likelihood(y: Floats, v: Floats, present: Floats) -> Floats:
    """Return the ML estimate of tau², shape (n,); see the module for how it is found.

    References
    ----------
    .. [1] Hardy RJ, Thompson SG (1996). Stat Med 15:619.
       doi:10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A
    """
    return _global_maximum(y, v, present, restricted=False)


def restricted_maximum_likelihood(y: Floats, v: Floats, present: Floats) -> Floats:
    """Return the REML estimate of tau², shape (n,); see the module for how it is found.

    References
    ----------
    .. [1] Viechtbauer W (2005). J Educ Behav Stat 30:261. doi:10.3102/10769986030003261
    """
    return _global_maximum(y, v, present, restricted=True)


def _global_maximum(y: Floats, v: Floats, present: Floats, *, restricted: bool) -> Floats:
    n, k = y.shape
    if n == 0:
        return np.zeros(0)
    low, high = _search_range(y, v, present, restricted=restricted)
    points = 2 + int(np.ceil(np.max(np.log(high / low)) / GRID_STEP))
    rows = max(1, BLOCK // (points * k))
    parts = [
        _block_maximum(
            y[i : i + rows],
            v[i : i + rows],
            present[i : i + rows],
            _grid(low[i : i + rows], high[i : i + rows], points),
            restricted,
        )
        for i in range(0, n, rows)
    ]
    alone = np.sum(present, axis=-1) < 2
    return np.where(alone, 0.0, np.concatenate(parts))


def _search_range(
    y: Floats, v: Floats, present: Floats, *, restricted: bool
) -> tuple[Floats, Floats]:
    mean, count = weighted_mean(y, present)
    spread = residual_sum(y, present, mean)
    largest = np.max(np.where(present > 0, v, 0.0), axis=-1)
    smallest = np.min(np.where(present > 0, v, np.inf), axis=-1)
    freedom = np.maximum(1.0, count - 1 if restricted else count)
    bound = (spread + np.sqrt(spread**2 + 4 * freedom * spread * largest)) / (2 * freedom)
    low = GRID_START * smallest
    return low, np.maximum(2 * bound, 2 * low)  # twice: rounding must not reach the root


def _grid(low: Floats, high: Floats, points: int) -> Floats:
    """Return 0 and ``points - 1`` steps from low to high, even in the logarithm, (n, points)."""
    steps = np.linspace(0.0, 1.0, points - 1)
    grid = low[:, None] * (high / low)[:, None] ** steps
    return np.concatenate([np.zeros((len(low), 1)), grid], axis=1)


def _block_maximum(
    y: Floats, v: Floats, present: Floats, grid: Floats, restricted: bool
) -> Floats:
    wide = (y[:, None, :], v[:, None, :], present[:, None, :])
    slope = score(*wide, grid, restricted=restricted)
    row, cell = np.nonzero((slope[:, :-1] > 0) & (slope[:, 1:] <= 0))

    def value(tau2: Floats, which: Integers) -> Floats:
        at = row[which]
        return score(y[at], v[at], present[at], tau2, restricted=restricted)

    peaks = bracketed_root(value, grid[row, cell], grid[row, cell + 1])
    best = np.zeros(len(y))
    height = log_likelihood(y, v, present, best, restricted=restricted)
    height = np.where(
        slope[:, 0] > 0, -np.inf, height
    )  # 0 is no maximum where the score is positive
    reached = log_likelihood(y[row], v[row], present[row], peaks, restricted=restricted)
    order = np.argsort(reached, kind="stable")  # the highest is written last
    order = order[reached[order] > height[row[order]]]
    best[row[order]] = peaks[order]
    return best
