"""The generalized Q statistic as a function of tau², and the tau² at which it has a given value.

Q(tau²) = sum w (y - mu)² with w = 1 / (v + tau²) falls strictly with tau² (Viechtbauer 2007,
doi:10.1002/sim.2514), so each value is reached once; the root is bracketed from above because
Q(tau²) <= S / tau², with S = sum (y - ybar)².
"""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.numerics.linalg import residual_sum, weighted_mean
from metaan.numerics.search import bracketed_root


def generalized_q(y: Floats, v: Floats, present: Floats, tau2: Floats) -> Floats:
    """Return Q at the given tau², shape (...)."""
    w = present / (v + tau2[..., None])
    mu, _ = weighted_mean(y, w)
    return residual_sum(y, w, mu)


def tau2_at_q(y: Floats, v: Floats, present: Floats, target: Floats) -> Floats:
    """Return the tau² >= 0 at which the generalized Q equals ``target``; 0 if Q(0) is below it.

    Parameters
    ----------
    y, v, present : ndarray, shape (n, k)
        Effects, variances, mask.
    target : ndarray, shape (n,)
        Positive values; NaN gives NaN.

    Returns
    -------
    ndarray, shape (n,)
        tau², to machine precision.
    """
    answer = np.where(np.isnan(target), np.nan, 0.0)
    above = generalized_q(y, v, present, np.zeros(len(y))) > target
    rows = np.flatnonzero(above)
    if rows.size == 0:
        return answer
    y, v, present, target = y[rows], v[rows], present[rows], target[rows]
    mean, _ = weighted_mean(y, present)
    bound = 2 * residual_sum(y, present, mean) / target  # twice: rounding must not reach the root

    def excess(tau2: Floats, which: Integers) -> Floats:
        return generalized_q(y[which], v[which], present[which], tau2) - target[which]

    answer[rows] = bracketed_root(excess, np.zeros(len(rows)), bound)
    return answer


def paule_mandel(y: Floats, v: Floats, present: Floats) -> Floats:
    """Return the Paule-Mandel estimate of tau²: where the generalized Q equals k - 1.

    Parameters
    ----------
    y, v, present : ndarray, shape (n, k)
        Effects, variances, mask.

    Returns
    -------
    ndarray, shape (n,)
        tau²; 0 for one study.

    References
    ----------
    .. [1] Paule RC, Mandel J (1982). J Res Natl Bur Stand 87:377. doi:10.6028/jres.087.022
    """
    freedom = np.sum(present, axis=-1) - 1.0
    estimate = tau2_at_q(y, v, present, np.where(freedom > 0, freedom, np.nan))
    return np.where(freedom > 0, estimate, 0.0)
