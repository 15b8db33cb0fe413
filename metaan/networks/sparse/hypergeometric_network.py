"""Non-central hypergeometric network meta-analysis: the likelihood given each study's events.

Given that a study saw t events, those of its arms have a multivariate non-central hypergeometric
distribution, in which the study's own level has no part. It is the one of independent binomial
counts with log odds ``theta_i + alpha``, given their sum; alpha is free, and chosen so that t is
their mean. With the characteristic function of the sum of those counts, ::

    P(sum = t) = mean over w of prod_i (1 - p_i + p_i e^iw)^n_i e^-iwt,   w = 2 pi k / m

which is exact for m beyond the number of people, and exact to rounding for the much fewer that
reach where a sum so far from its mean has a probability below rounding. Means and covariances of
the arms' events come from the same sum, whatever the number of arms, and nothing is enumerated.

Letters: x events of n people in each arm, t events of a study; theta log odds of a treatment.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import expit, gammaln, xlogy

from metaan.core.arrays import Floats, Integers
from metaan.core.effects import LeftOut
from metaan.core.errors import InputError
from metaan.networks.sparse.sparse_solution import (
    Solution,
    alone_in,
    check_tied,
    direct_of,
    inverse_and_log_det,
    speaking,
)
from metaan.networks.sparse.sparse_tables import Block, Comparisons, Tables, comparisons_of

REMEDY = 'method="LRP" has finite odds ratios whatever the events'
BELOW = 45.0  # log of a probability that is rounding beside the largest, and its tail with it
MOST_STEPS, MOST_HALVES = 100, 40
NEAR = 1e-10  # of twice the log-likelihood still to be won: Newton's next step ends it
LONGEST = 2.0  # step of a log odds that is taken on trust
FLAT = 1e-9  # a fall that may be rounding
TILT_STEPS, TILT = 60, 1e-8
CHUNK = 2_000_000  # nodes times arms that are held at once


class Height(NamedTuple):
    """Log-likelihood of tables and its derivatives in the log odds of each treatment.

    Attributes
    ----------
    value : float
        Log-likelihood, constants included.
    score : ndarray, shape (t,)
        Its gradient.
    information : ndarray, shape (t, t)
        Minus its second derivatives; rows add up to 0.
    """

    value: float
    score: Floats
    information: Floats


class Maximum(NamedTuple):
    """Where the likelihood is highest.

    Attributes
    ----------
    theta : ndarray, shape (t,)
        Log odds; 0 for the first treatment of each part of the network.
    covariance : ndarray, shape (t, t)
        Inverse of the information, 0 for those.
    value : float
        Log-likelihood.
    """

    theta: Floats
    covariance: Floats
    value: float


def hypergeometric_effects(tables: Tables) -> Solution:
    """Return the exact conditional maximum likelihood estimates of a connected network.

    Parameters
    ----------
    tables : Tables
        Its arms; whole numbers.

    Returns
    -------
    Solution
        With the log-likelihood, and what was left out: studies with no events or nothing else,
        and treatments whose odds ratio against the others would be 0 or infinite.

    Raises
    ------
    InputError
        If events are not whole numbers, no odds ratio is finite, or parts of the network have
        none between them.

    Notes
    -----
    The likelihood is that of Stijnen et al. [1]_ for any number of arms, with effects common to
    all studies, exact and maximized by Newton's method; it is concave. An odds ratio is finite if
    and only if events could have gone from either treatment to the other, over others if need
    be: treatments are tied in both directions by arms with events beside arms with people
    without. Leaving out a treatment that is not is the limit of the likelihood itself.

    The package netmeta maximizes the Breslow approximation of this likelihood instead, a
    multinomial one that is near for rare events.

    References
    ----------
    .. [1] Stijnen T, Hamza TH, Özdemir P (2010). Random effects meta-analysis of event outcome in
       the framework of the generalized linear mixed model with applications in sparse data. Stat
       Med 29:3046. doi:10.1002/sim.4040
    """
    _check_whole(tables)
    spoken, lost = speaking(tables)
    tied, dropped = finite_treatments(spoken)
    kept, silent = speaking(tied)
    comparisons = comparisons_of(kept)
    values, variances = _pairs(comparisons)
    top = maximize(kept)
    return Solution(
        tables=kept,
        values=top.theta,
        covariance=top.covariance,
        direct=direct_of(comparisons, values, variances, len(kept.treatments)),
        log_likelihood=top.value,
        lost=(*lost, *dropped, *silent),
    )


def _check_whole(tables: Tables) -> None:
    faults = [
        f"{tables.layout.studies[tables.layout.arm_study[i]]}, "
        f"{tables.treatments[tables.layout.arm_treatment[i]]}: {tables.x[i]:g} of {tables.n[i]:g}"
        for i in np.flatnonzero((tables.x % 1 != 0) | (tables.n % 1 != 0)).tolist()
    ]
    if faults:
        raise InputError(
            f"an exact likelihood needs whole numbers of events and people; got "
            f'{"; ".join(faults)}. Round them, or use method="MH" or method="LRP"'
        )


def finite_treatments(tables: Tables) -> tuple[Tables, list[LeftOut]]:
    """Return the arms of treatments whose odds ratios are finite, and the others."""
    label = tied_treatments(tables)
    parts = [np.flatnonzero(label == each) for each in np.unique(label).tolist()]
    check_tied(tables, parts, REMEDY)
    gone = ~np.isin(tables.layout.arm_treatment, max(parts, key=len))
    kept = tables.keeping(~gone)
    reasons = [f"{name}: {_why(tables, name)}" for name in tables.arm_names(gone)]
    return kept, [*tables.lost(gone, reasons), *alone_in(tables, kept, gone)]


def _why(tables: Tables, name: str) -> str:
    arms = tables.layout.arm_treatment == tables.treatments.index(name)
    if not tables.x[arms].any():
        return "no events in any arm, so that its odds ratios would be 0"
    if not (tables.n - tables.x)[arms].any():
        return "nothing but events in its arms, so that its odds ratios would be infinite"
    return "its odds ratios would be 0 or infinite, by where the events are"


def tied_treatments(tables: Tables) -> Integers:
    """Return a label for each treatment, shape (t,), the same where odds ratios are finite.

    An event can go from arm i to arm j of a study if i has one and j a person without: then the
    likelihood does not grow forever with the odds of i over j. Treatments that reach each other
    by such steps are tied (the condition of Ford for paired comparisons).
    """
    t = len(tables.treatments)
    reach = np.eye(t, dtype=bool)
    for block in tables.blocks():
        step = (block.x > 0)[:, :, None] & (block.x < block.n)[:, None, :]
        s, i, j = np.nonzero(step)
        reach[block.treatments[s, i], block.treatments[s, j]] = True
    while True:
        further = (reach.astype(np.float64) @ reach.astype(np.float64)) > 0
        if (further == reach).all():
            break
        reach = further
    return np.asarray(np.argmax(reach & reach.T, axis=1)) if t else np.empty(0, dtype=np.int64)


def maximize(tables: Tables) -> Maximum:
    """Return the maximum of the likelihood of one or several networks; all odds ratios finite."""
    t = len(tables.treatments)
    free = np.ones(t, dtype=bool)
    for part in tables.layout.parts():
        free[part[0]] = False
    where = np.ix_(free, free)
    theta = np.zeros(t)
    height = log_likelihood(tables, theta)
    for _ in range(MOST_STEPS):
        step = np.zeros(t)
        step[free] = inverse_and_log_det(height.information[where])[0] @ height.score[free]
        gain = float(step @ height.score)
        step *= min(1.0, LONGEST / max(np.abs(step).max(), LONGEST))
        theta, height = _uphill(tables, theta, step, height)
        if gain < NEAR:
            break
    else:
        raise InputError(f"the likelihood has no maximum that could be found; {REMEDY}")
    covariance = np.zeros((t, t))
    covariance[where] = inverse_and_log_det(height.information[where])[0]
    return Maximum(theta, covariance, height.value)


def _uphill(tables: Tables, theta: Floats, step: Floats, height: Height) -> tuple[Floats, Height]:
    """Return a point that is not lower, a step or a part of it away."""
    for _ in range(MOST_HALVES):
        found = log_likelihood(tables, theta + step)
        if found.value >= height.value - FLAT * (1 + abs(height.value)):
            return theta + step, found
        step = step / 2
    return theta, height


def log_likelihood(tables: Tables, theta: Floats) -> Height:
    """Return the log-likelihood of tables given the events of each study, with derivatives.

    Parameters
    ----------
    tables : Tables
        Arms with whole numbers.
    theta : ndarray, shape (t,)
        Log odds of the treatments up to a constant.
    """
    t = len(tables.treatments)
    value, score, information = 0.0, np.zeros(t), np.zeros((t, t))
    for block in tables.blocks():
        for part in _alike(block):
            own, mean, covariance = conditional_moments(part.x, part.n, theta[part.treatments])
            value += float(own.sum())
            np.add.at(score, part.treatments, part.x - mean)
            i = np.broadcast_to(part.treatments[:, :, None], covariance.shape)
            j = np.broadcast_to(part.treatments[:, None, :], covariance.shape)
            np.add.at(information, (i, j), covariance)
    return Height(value, score, information)


def _alike(block: Block) -> list[Block]:
    """Return the studies of a block by the nodes they need, so that few cost what many do."""
    size = np.ceil(np.log2(nodes_needed(block.x, block.n)))
    parts = []
    for each in np.unique(size).tolist():
        where = np.flatnonzero(size == each)
        most = max(int(CHUNK / 2**each / block.x.shape[1]), 1)
        for low in range(0, len(where), most):
            chosen = where[low : low + most]
            parts.append(
                Block(
                    block.studies[chosen],
                    block.arms[chosen],
                    block.treatments[chosen],
                    block.x[chosen],
                    block.n[chosen],
                )
            )
    return parts


def nodes_needed(x: Floats, n: Floats) -> Floats:
    """Return how many nodes give the sum of arms (s, a) to rounding, shape (s,).

    Sums so many away from the mean count for the mean as well. Events as well as people without
    are at most Poisson in their tails, whose bound is ``exp(-d²/2/(mean + d/3))`` (Bernstein).
    """
    events, people = x.sum(axis=1), n.sum(axis=1)
    few = np.minimum(events, people - events)
    away = BELOW / 3 + np.sqrt((BELOW / 3) ** 2 + 2 * BELOW * few)
    return np.asarray(np.minimum(away, people) + 1)


def conditional_moments(x: Floats, n: Floats, theta: Floats) -> tuple[Floats, Floats, Floats]:
    """Return log-likelihoods, and means and covariances of the events, given each study's sum.

    Parameters
    ----------
    x, n, theta : ndarray, shape (s, a)
        Events, people and log odds of the arms; no study without events, or with nothing else.

    Returns
    -------
    ndarray, shape (s,)
        Log-probabilities of x.
    ndarray, shape (s, a)
        Means.
    ndarray, shape (s, a, a)
        Covariances.
    """
    t = x.sum(axis=1)
    odds = theta + _tilt(t, n, theta)[:, None]
    p, spared = expit(odds), expit(-odds)
    m = int(nodes_needed(x, n).max()) | 1  # odd: at e^iw = -1 a factor could be 0
    half = np.arange(m // 2 + 1)  # the other nodes are conjugates of these
    often = np.where(half == 0, 1.0, 2.0)
    angle = 2 * np.pi / m * half
    log_size, phase = _log_of_sum(t, n, p, spared, m)
    weight = often * np.exp(log_size + 1j * phase)
    total = weight.real.sum(axis=1)
    weight = weight / total[:, None]
    turn = np.exp(1j * angle)[None, :, None]
    share = p[:, None, :] * turn / (spared[:, None, :] + p[:, None, :] * turn)
    off = n[:, None, :] * (share - p[:, None, :])
    drawn = weight[:, :, None] * off
    mean = drawn.sum(axis=1).real
    covariance = np.matmul(drawn.transpose(0, 2, 1), off).real
    i = np.arange(x.shape[1])
    spread = weight[:, :, None] * (n[:, None, :] * share * (1 - share))
    covariance[:, i, i] += spread.sum(axis=1).real
    covariance -= mean[:, :, None] * mean[:, None, :]
    binomial = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)
    own = (binomial + xlogy(x, p) + xlogy(n - x, spared)).sum(axis=1)
    return own - np.log(total / m), mean + n * p, covariance


def _log_of_sum(t: Floats, n: Floats, p: Floats, spared: Floats, m: int) -> tuple[Floats, Floats]:
    """Return logarithms of the size and the phase of each term of the sum over w, shape (s, m/2).

    The phase of an arm in which events are many is counted from that of all its people, so that
    no number is multiplied by many people before it is small.
    """
    half = np.arange(m // 2 + 1)
    angle = 2 * np.pi / m * half
    many = p > 0.5
    few = np.where(many, spared, p)[:, None, :]
    sine, fall = np.sin(angle)[None, :, None], 2 * np.sin(angle / 2)[None, :, None] ** 2
    log_size = n[:, None, :] / 2 * np.log1p(-2 * few * (1 - few) * fall)
    phase = n[:, None, :] * np.arctan2(few * sine, 1 - few * fall)
    phase = np.where(many[:, None, :], -phase, phase).sum(axis=2)
    whole = np.where(many, n, 0.0).sum(axis=1) - t
    return log_size.sum(axis=2), phase + whole[:, None] * half % m * (2 * np.pi / m)


def _tilt(t: Floats, n: Floats, theta: Floats) -> Floats:
    """Return what to add to the log odds of each study so that t events are expected, (s,)."""
    people = n.sum(axis=1)
    level = np.log(t) - np.log(people - t)
    low, high = level - theta.max(axis=1), level - theta.min(axis=1)
    alpha = (low + high) / 2
    for _ in range(TILT_STEPS):
        p = expit(theta + alpha[:, None])
        over = (n * p).sum(axis=1) - t
        low, high = np.where(over < 0, alpha, low), np.where(over > 0, alpha, high)
        new = alpha - over / (n * p * (1 - p)).sum(axis=1)
        new = np.where((new >= low) & (new <= high), new, (low + high) / 2)
        done = np.abs(new - alpha).max() < TILT
        alpha = new
        if done:
            break
    return np.asarray(alpha)


def _pairs(comparisons: Comparisons) -> tuple[Floats, Floats]:
    """Return log odds ratios and variances of comparisons one by one, NaN where not finite."""
    tables = comparisons.tables
    number, c = tables.layout.arm_treatment // 2, len(comparisons.first)
    some, spared = tables.x > 0, tables.x < tables.n
    over = np.bincount(number[::2], some[::2] & spared[1::2], minlength=c)
    back = np.bincount(number[::2], some[1::2] & spared[::2], minlength=c)
    tied = (over > 0) & (back > 0)
    values, variances = np.full(c, np.nan), np.full(c, np.nan)
    told, _ = speaking(tables.keeping(tied[number]))
    if not told.k:
        return values, variances
    top = maximize(told)
    values[tied] = top.theta[::2] - top.theta[1::2]
    own = np.diag(top.covariance)
    variances[tied] = own[::2] + own[1::2]
    return values, variances
