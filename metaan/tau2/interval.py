"""Confidence limits of tau² by Q-profiling."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.numerics.tails import chi2_quantile
from metaan.tau2.generalized import generalized_q, tau2_at_q


def q_profile(
    y: Floats, v: Floats, present: Floats, level: float
) -> tuple[Floats, Floats, Booleans]:
    """Return the Q-profile limits of tau² and where the set they bound is empty.

    Parameters
    ----------
    y, v, present : ndarray, shape (n, k)
        Effects, variances, mask.
    level : float
        Coverage.

    Returns
    -------
    low, high : ndarray, shape (n,)
        All tau² at which the generalized Q lies between the two chi-square quantiles with k - 1
        degrees of freedom, cut at 0; NaN for one study.
    empty : ndarray of bool, shape (n,)
        True where Q(0) lies below the lower quantile: no tau² >= 0 fits, and [0, 0] is reported.

    References
    ----------
    .. [1] Viechtbauer W (2007). Stat Med 26:37. doi:10.1002/sim.2514
    """
    freedom = np.sum(present, axis=-1) - 1.0
    tail = (1 - level) / 2
    lower, upper = chi2_quantile(1 - tail, freedom), chi2_quantile(tail, freedom)
    twice = [np.concatenate([array, array]) for array in (y, v, present)]
    both = tau2_at_q(twice[0], twice[1], twice[2], np.concatenate([upper, lower]))
    low, high = both[: len(y)], both[len(y) :]
    with np.errstate(invalid="ignore"):
        empty = generalized_q(y, v, present, np.zeros(len(y))) < lower
    return low, high, np.asarray(empty)
