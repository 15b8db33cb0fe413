"""The highest maximum of a selection model's likelihood, from several starts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.diagnostics.selection.likelihood import Problem, evaluate
from metaan.diagnostics.selection.newton import MOST_STEPS, Peaks, Space, climb
from metaan.diagnostics.selection.setting import Setting

TAU2_STARTS = (0.0, 1.0, 4.0)  # times base tau², with its standard error added to the last
FARTHEST_TAU2 = 1e8  # in units of typical variances and of the spread of effects
SAME = 1e-6  # of log-likelihoods and of parameters in their units, that are one maximum
FAR_BELOW, NEARLY = 3.0, 1e-4  # log-likelihoods found with few nodes
MOST_KEPT = 6
ROUGH_STEPS = 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Search:
    """What is searched.

    Attributes
    ----------
    problem : Problem
        The likelihood.
    rough : Problem or None
        The same with fewer nodes, for finding where maxima lie.
    space : Space
        Bounds, units, and which parameters are free: shape (1, d).
    starts : ndarray, shape (n, d)
        Where searches begin.
    """

    problem: Problem
    rough: Problem | None
    space: Space
    starts: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """The highest maximum.

    Attributes
    ----------
    theta : ndarray, shape (d,)
        Where it is.
    value : float
        Log-likelihood, in units of the setting.
    border : ndarray, shape (d,)
        Which free parameters are at a bound.
    free : ndarray, shape (d,)
        Which parameters were free.
    settled : bool
        Whether it is a maximum, and not a slope without end.
    maxima : int
        Different ones that were found.
    steps : int
        Of the search.
    """

    theta: Floats
    value: float
    border: Booleans
    free: Booleans
    settled: bool
    maxima: int
    steps: int


def make_search(
    setting: Setting,
    problem: Problem,
    *,
    low: Floats,
    high: Floats,
    free: Booleans,
    starts: Floats,
    rough: Problem | None = None,
) -> Search:
    """Return a search over coefficients, tau² and the parameters of a selection function.

    Parameters
    ----------
    setting : Setting
        Studies.
    problem : Problem
        Their likelihood.
    low, high, free : ndarray, shape (q,)
        Bounds of the parameters as they are searched, and which are free.
    starts : ndarray, shape (s, q)
        Where they begin.
    rough : Problem, optional
        See `Search`.
    """
    base, p = setting.base, problem.p
    estimated = setting.tau2_fixed is None
    tau2 = [setting.tau2_fixed or 0.0]
    if estimated:
        tau2 = [base.tau2 * times for times in TAU2_STARTS]
        tau2[0], tau2[-1] = 0.3 * base.tau2, tau2[-1] + base.tau2_se
    rows = [np.concatenate((base.beta, [t], eta)) for eta in starts for t in tau2]
    spread = float(np.ptp(setting.z * setting.se)) ** 2 + float(setting.v.max())
    most = FARTHEST_TAU2 * spread if estimated else tau2[0]
    endless = np.full(p, np.inf)
    space = Space(
        low=np.concatenate((-endless, [0.0 if estimated else tau2[0]], low)),
        high=np.concatenate((endless, [most], high)),
        unit=np.concatenate((np.ones(p), [base.tau2_se], np.ones(len(low)))),
        free=np.concatenate((np.ones(p, dtype=bool), [estimated], free))[None],
    )
    return Search(problem=problem, rough=rough, space=space, starts=np.array(rows))


def searched(search: Search) -> Found:
    """Return the highest maximum."""
    problem, space = search.problem, search.space
    starts, before = np.unique(search.starts, axis=0), 0
    if search.rough is not None:
        first = _climbed(search.rough, starts, space, ROUGH_STEPS)
        starts, before = _promising(first), int(first.steps.max())
    peaks = _climbed(problem, starts, space)
    found = described(peaks, best_of(peaks), space)
    return replace(found, steps=found.steps + before, maxima=_different(peaks))


def _climbed(problem: Problem, starts: Floats, space: Space, most: int = MOST_STEPS) -> Peaks:
    full = space._replace(free=np.broadcast_to(space.free, starts.shape))
    return climb(partial(evaluate, problem), starts, full, most)


def _promising(peaks: Peaks) -> Floats:
    """Return where searches ended that are not far below the best, each maximum once."""
    order = np.argsort(-peaks.value)
    order = order[peaks.value[order] >= peaks.value[order[0]] - FAR_BELOW]
    kept = [int(order[0])]
    for i in order[1:].tolist():
        if peaks.value[kept[-1]] - peaks.value[i] > NEARLY:
            kept.append(i)
    return peaks.theta[kept[:MOST_KEPT]]


def described(peaks: Peaks, best: int, space: Space) -> Found:
    """Return one of the maxima as a record."""
    theta, free = peaks.theta[best], space.free[0]
    edge = free & ((theta <= space.low) | (theta >= space.high))
    return Found(
        theta=theta,
        value=float(peaks.value[best]),
        border=edge,
        free=free,
        settled=bool(peaks.settled[best]),
        maxima=1,
        steps=int(peaks.steps[best]),
    )


def best_of(peaks: Peaks) -> int:
    """Return the number of the highest; of equal ones a settled one."""
    top = np.nanmax(peaks.value)
    near = peaks.value >= top - SAME
    return int(np.flatnonzero(near)[np.argmax(peaks.settled[near])])


def _different(peaks: Peaks) -> int:
    """Return how many different maxima there are among the settled searches."""
    values = np.sort(peaks.value[peaks.settled])
    return 1 + int(np.count_nonzero(np.diff(values) > SAME))


def without_tau2(search: Search) -> Search:
    """Return the same search at tau² = 0."""
    p = search.problem.p
    free, low, high = search.space.free.copy(), search.space.low.copy(), search.space.high.copy()
    free[:, p], low[p], high[p] = False, 0.0, 0.0
    starts = search.starts.copy()
    starts[:, p] = 0.0
    space = Space(low=low, high=high, unit=search.space.unit, free=free)
    return replace(search, space=space, starts=np.unique(starts, axis=0))


def covariance(search: Search, found: Found) -> Floats:
    """Return the inverse of the observed information, shape (d, d).

    Parameters at a border and fixed ones are held there: their rows are 0. All are NaN where the
    information is not that of a maximum.
    """
    at = evaluate(search.problem, found.theta[None], np.zeros(1, dtype=np.int64))
    unit, inside = search.space.unit, found.free & ~found.border
    full = np.zeros((len(inside), len(inside)))
    place = np.ix_(inside, inside)
    information = -(at.hessian[0] * unit[:, None] * unit)[place]
    values, axes = np.linalg.eigh(information)
    if not values.size:
        return full
    if values[0] <= 1e-12 * values[-1] or not found.settled:
        full[place] = np.nan
        return full
    full[place] = (axes / values) @ axes.T
    return full * unit[:, None] * unit
