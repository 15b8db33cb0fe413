"""Penalized logistic regression of a network: Firth's correction, a level for each study.

Letters: x events of n people in each arm; p its risk, w = n p (1 - p); theta log odds of a
treatment; the level of each study is a parameter, too, but is nowhere a row of a matrix: the
information on the treatments that is left when the levels are known no better than that is
``S = sum over studies of diag(w) - w w' / sum(w)``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import expit, gammaln, xlogy

from metaan.core.arrays import Booleans, Floats
from metaan.core.errors import InputError
from metaan.networks.sparse.sparse_solution import Solution, direct_of, inverse_and_log_det
from metaan.networks.sparse.sparse_tables import Tables, comparisons_of, summed_by

MOST_STEPS, MOST_HALVES = 500, 40
NEAR = 1e-20  # of the step's gain, twice the penalized log-likelihood: the step is rounding
FLAT = 1e-9  # a fall that may be rounding
LONGEST = 2.0  # step of a log odds that is taken on trust


class Fitted(NamedTuple):
    """Penalized estimates.

    Attributes
    ----------
    theta : ndarray, shape (t,)
        Log odds; 0 for the first treatment of each part of the network.
    covariance : ndarray, shape (t, t)
        Inverse of the information at the estimates, 0 for those.
    value : float
        Penalized log-likelihood.
    """

    theta: Floats
    covariance: Floats
    value: float


class _At(NamedTuple):
    """Penalized log-likelihood at a point, its gradient, and what a step needs."""

    value: float
    score: Floats
    w: Floats
    covariance: Floats


def firth_effects(tables: Tables) -> Solution:
    """Return the penalized maximum likelihood estimates of a connected network.

    Parameters
    ----------
    tables : Tables
        Its arms; all of them enter.

    Returns
    -------
    Solution
        With the penalized log-likelihood. Every estimate is finite.

    Notes
    -----
    Binomial events with a level for each study and effects common to all studies; the likelihood
    times the root of the determinant of its information, Jeffreys' prior, is maximized [1]_,
    which takes the first order of the bias out of the log odds [2]_. Standard errors are from
    the information at the estimates.

    References
    ----------
    .. [1] Evrenoglou T, White IR, Afach S, Mavridis D, Chaimani A (2022). Network meta-analysis of
       rare events using penalized likelihood regression. Stat Med 41:5203. doi:10.1002/sim.9562
    .. [2] Firth D (1993). Bias reduction of maximum likelihood estimates. Biometrika 80:27.
       doi:10.1093/biomet/80.1.27
    """
    comparisons = comparisons_of(tables)
    each = fit_firth(comparisons.tables)
    own = np.diag(each.covariance)
    top = fit_firth(tables)
    return Solution(
        tables=tables,
        values=top.theta,
        covariance=top.covariance,
        direct=direct_of(
            comparisons,
            each.theta[::2] - each.theta[1::2],
            own[::2] + own[1::2],
            len(tables.treatments),
        ),
        log_likelihood=top.value,
    )


def fit_firth(tables: Tables) -> Fitted:
    """Return the penalized estimates of one or several networks."""
    t = len(tables.treatments)
    free = np.ones(t, dtype=bool)
    for part in tables.layout.parts():
        free[part[0]] = False
    theta = np.zeros(t)
    events, people = tables.totals(tables.x) + 0.5, tables.totals(tables.n) + 1
    level = np.log(events / (people - events))
    here = _penalized(tables, free, theta, level)
    for _ in range(MOST_STEPS):
        up, rise = _step(tables, here)
        gain = float(
            here.score @ (up[tables.layout.arm_treatment] + rise[tables.layout.arm_study])
        )
        size = max(np.abs(up).max(), np.abs(rise).max(), LONGEST)
        up, rise = up * LONGEST / size, rise * LONGEST / size
        for _ in range(MOST_HALVES):
            found = _penalized(tables, free, theta + up, level + rise)
            if found.value >= here.value - FLAT * (1 + abs(here.value)):
                theta, level, here = theta + up, level + rise, found
                break
            up, rise = up / 2, rise / 2
        if gain < NEAR:
            return Fitted(theta, here.covariance, here.value)
    raise InputError(
        "the penalized likelihood has no maximum that could be found; look for arms with very "
        "different numbers of people"
    )


def _penalized(tables: Tables, free: Booleans, theta: Floats, level: Floats) -> _At:
    """Return the penalized log-likelihood and its gradient in the log odds of each arm, (a,).

    With h an arm's share of its own fit (w times the variance of its log odds) the gradient is
    ``x - n p + h (1/2 - p)``.
    """
    study, which = tables.layout.arm_study, tables.layout.arm_treatment
    odds = theta[which] + level[study]
    p, spared = expit(odds), expit(-odds)
    w = tables.n * p * spared
    total = tables.totals(w)
    information = np.diag(summed_by(which, w, len(theta)))
    for block in tables.blocks():
        own = w[block.arms]
        product = own[:, :, None] * own[:, None, :] / total[block.studies][:, None, None]
        i = np.broadcast_to(block.treatments[:, :, None], product.shape)
        j = np.broadcast_to(block.treatments[:, None, :], product.shape)
        np.subtract.at(information, (i, j), product)
    where = np.ix_(free, free)
    covariance = np.zeros_like(information)
    covariance[where], log_det = inverse_and_log_det(information[where])
    variance = np.empty_like(w)
    for block in tables.blocks():
        share = w[block.arms] / total[block.studies][:, None]
        own = covariance[block.treatments[:, :, None], block.treatments[:, None, :]]
        mean = np.matmul(own, share[:, :, None])[:, :, 0]
        spread = np.einsum("sii->si", own) - 2 * mean
        spread += (share * mean).sum(axis=1)[:, None]
        variance[block.arms] = spread + 1 / total[block.studies][:, None]
    h = w * variance
    x, n = tables.x, tables.n
    binomial = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)
    value = (binomial + xlogy(x, p) + xlogy(n - x, spared)).sum()
    value += (np.log(total).sum() + log_det) / 2
    return _At(float(value), x * spared - (n - x) * p + h * (0.5 - p), w, covariance)


def _step(tables: Tables, here: _At) -> tuple[Floats, Floats]:
    """Return the scoring step: treatments, shape (t,), and levels, shape (k,)."""
    study, which = tables.layout.arm_study, tables.layout.arm_treatment
    total = tables.totals(here.w)
    own, whole = here.score, tables.totals(here.score)
    left = summed_by(which, own - here.w / total[study] * whole[study], len(here.covariance))
    up = here.covariance @ left
    rise = (whole - tables.totals(here.w * up[which])) / total
    return up, rise
