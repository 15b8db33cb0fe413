"""tau² from a sum of squares with weights that do not depend on it: moments, median, limits.

``Q = y'P y`` with weights a of one's own (``numerics.quadratic_forms``): its distribution under
each tau² is known exactly, and it grows with tau², so that each tail has each probability once.
A tail costs some two hundred sums over the studies, two limits about twenty tails: 2 ms for each
of many analyses of 20 studies, in proportion to k, and no k x k matrix.
"""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.core.errors import InputError
from metaan.numerics.projection import residual_square, trace, trace_with
from metaan.numerics.quadratic_forms import log_tail_of_form
from metaan.numerics.search import BatchFunction, bracketed_root
from metaan.tau2.found import Found
from metaan.tau2.limits import Limits
from metaan.tau2.studies import Studies

GROWTH = 4.0  # of the upper end while a bracket is looked for
MOST_GROWTHS = 600


def given(studies: Studies) -> Floats:
    """Return the user's weights over the largest of each analysis; InputError without any."""
    if studies.weights is None:
        raise InputError(
            "a generalized Q asks for weights; give weights=, one number >= 0 for each study, "
            "e.g. weights=1 / effects.se"
        )
    largest = np.maximum.reduce(studies.weights, axis=-1)
    return studies.weights / np.where(largest > 0, largest, 1.0)[:, None]


def freedom_of(studies: Studies, weights: Floats) -> Integers:
    """Return the degrees of freedom: studies with a weight less coefficients, shape (n,)."""
    return np.asarray(np.count_nonzero(weights > 0, axis=-1) - studies.p)


def generalized_q(studies: Studies) -> Found:
    """Return the moment estimate of tau² with weights of one's own.

    Notes
    -----
    ``max(0, (Q - tr(P V)) / tr P)``, the value whose expectation of Q is the observed one.
    With weights 1 / v it is DerSimonian and Laird's, with equal weights Hedges's.

    References
    ----------
    .. [1] DerSimonian R, Kacker R (2007). Contemp Clin Trials 28:105.
       doi:10.1016/j.cct.2006.04.004
    """
    weights = given(studies)
    q = residual_square(studies.y, weights, studies.x)
    expected = trace_with(weights, studies.v, studies.x)
    free = freedom_of(studies, weights) > 0
    slope = np.where(free, trace(weights, studies.x), 1.0)
    tau2 = np.where(free, np.maximum((q - expected) / slope, 0.0), 0.0)
    return Found(tau2, np.zeros(studies.n, dtype=int), np.ones(studies.n, dtype=int))


def generalized_q_median(studies: Studies) -> Found:
    """Return the median-unbiased estimate with weights of one's own: Q is at its median.

    References
    ----------
    .. [1] Jackson D (2013). Res Synth Methods 4:220. doi:10.1002/jrsm.1081
    """
    tau2, _, steps = tau2_at_tail(studies, given(studies), np.log(0.5), upper=False)
    return Found(np.nan_to_num(tau2), steps, np.ones(studies.n, dtype=int))


def limits_with(studies: Studies, weights: Floats, level: float) -> Limits:
    """Return all tau² under which both tails of Q have at least ``(1 - level) / 2``.

    Parameters
    ----------
    studies : Studies
        n analyses.
    weights : ndarray, shape (n, k)
        Weights of the sum of squares, 0 for an absent study.
    level : float
        Coverage.

    Returns
    -------
    low, high : ndarray, shape (n,)
        Cut at 0; NaN where no degree of freedom is left.
    empty : ndarray of bool, shape (n,)
        True where Q is too small for every tau² >= 0, and [0, 0] is reported.
    """
    log_tail = np.log((1 - level) / 2)
    low, _, _ = tau2_at_tail(studies, weights, log_tail, upper=True)
    high, at_zero, _ = tau2_at_tail(studies, weights, log_tail, upper=False)
    with np.errstate(invalid="ignore"):
        return Limits(low, high, np.asarray(at_zero < log_tail))


def tau2_at_tail(
    studies: Studies, weights: Floats, log_tail: float, *, upper: bool
) -> tuple[Floats, Floats, Integers]:
    """Return the tau² at which Q has this tail, the logarithm of the tail at 0, and the steps.

    The lower tail falls with tau² and the upper one grows; 0 where it has passed the wanted one
    at tau² = 0 already, NaN where no degree of freedom is left.
    """
    q = residual_square(studies.y, weights, studies.x)
    at_zero = log_tail_of_form(q, weights, studies.v, studies.x, upper=upper)
    sign = 1.0 if upper else -1.0
    tau2 = np.where(np.isnan(at_zero), np.nan, 0.0)
    steps = np.zeros(studies.n, dtype=int)
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero((sign * (at_zero - log_tail) < 0) & (q > 0))
    part = studies.take(rows)

    def excess(here: Floats, which: Integers) -> Floats:
        steps[rows[which]] += 1
        some, own = part.take(which), rows[which]
        total = some.v + here[:, None]
        tail = log_tail_of_form(q[own], weights[own], total, some.x, upper=upper)
        return sign * (tail - log_tail)

    if rows.size:
        slope = trace(weights[rows], part.x)
        top = np.maximum(q[rows] / np.where(slope > 0, slope, 1.0), np.min(part.v, axis=-1))
        low, top = _bracket(excess, top)
        tau2[rows] = bracketed_root(excess, low, top)
    return tau2, at_zero, steps


def _bracket(excess: BatchFunction, top: Floats) -> tuple[Floats, Floats]:
    """Return ends between which the excess turns from below 0 to above it."""
    low, high = np.zeros_like(top), top.copy()
    active = np.arange(len(top))
    for _ in range(MOST_GROWTHS):
        active = active[excess(high[active], active) < 0]
        if not active.size:
            break
        low[active], high[active] = high[active], GROWTH * high[active]
    return low, high
