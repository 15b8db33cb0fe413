"""The highest maximum of a selection model's likelihood, from several starts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.diagnostics.selection.likelihood import Problem, evaluate
from metaan.diagnostics.selection.newton import MOST_STEPS, Peaks, Space, climb
from metaan.diagnostics.selection.setting import Setting
from metaan.diagnostics.selection.starting import chosen, grid

FARTHEST_TAU2 = 1e8  # in units of typical variances and of the spread of effects
SAME = 1e-6  # of log-likelihoods and of parameters in their units, that are one maximum
# steps with few nodes, and how far below the best the log-likelihood of a search may then be
STAGES = ((8, 8.0), (12, 4.0), (20, 3.0))
NEARLY, BESIDE = 1e-4, 0.1  # of log-likelihoods and parameters, that are about one maximum then
MOST_KEPT = 5  # of each kind


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
        Where searches may begin, first the estimates without selection.
    """

    problem: Problem
    rough: Problem | None
    space: Space
    starts: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rival:
    """Where else the likelihood is high.

    Attributes
    ----------
    theta : ndarray, shape (d,)
        Where.
    value : float
        Log-likelihood, in units of the setting.
    settled : bool
        Whether it is a maximum, and not a slope without end.
    """

    theta: Floats
    value: float
    settled: bool


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
        Different ones that were found, no more than 3 below the highest.
    steps : int
        Of the search.
    rivals : tuple of Rival
        The other ones, and slopes that rise higher, from the highest on.
    """

    theta: Floats
    value: float
    border: Booleans
    free: Booleans
    settled: bool
    maxima: int
    steps: int
    rivals: tuple[Rival, ...] = ()


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
    held = setting.tau2_fixed or 0.0
    spread = float(np.ptp(setting.z * setting.se)) ** 2 + float(setting.v.max())
    most = FARTHEST_TAU2 * spread if estimated else held
    endless = np.full(p, np.inf)
    space = Space(
        low=np.concatenate((-endless, [0.0 if estimated else held], low)),
        high=np.concatenate((endless, [most], high)),
        unit=np.concatenate((np.ones(p), [base.tau2_se], np.ones(len(low)))),
        free=np.concatenate((np.ones(p, dtype=bool), [estimated], free))[None],
    )
    points = np.clip(grid(setting, starts), space.low, space.high)
    return Search(problem=problem, rough=rough, space=space, starts=points)


def searched(search: Search) -> Found:
    """Return the highest maximum."""
    problem, space = search.problem, search.space
    rough = problem if search.rough is None else search.rough
    starts, before = chosen(rough, search.starts), 0
    for steps, below in STAGES if problem.q else STAGES[:1]:
        first = _promising(_climbed(rough, starts, space, steps), below, space)
        starts, before = first.theta, before + int(first.steps.max())
    # searches on their way up a long slope must not crowd out maxima, nor the other way round
    kept = [
        *np.flatnonzero(first.settled)[:MOST_KEPT],
        *np.flatnonzero(~first.settled)[:MOST_KEPT],
    ]
    peaks = _climbed(problem, starts[kept], space)
    best = best_of(peaks)
    found = described(peaks, best, space)
    rivals = _rivals(peaks, best)
    return replace(
        found,
        steps=found.steps + before,
        maxima=1 + sum(each.settled for each in rivals),
        rivals=rivals,
    )


def _climbed(problem: Problem, starts: Floats, space: Space, most: int = MOST_STEPS) -> Peaks:
    full = space._replace(free=np.broadcast_to(space.free, starts.shape))
    return climb(partial(evaluate, problem), starts, full, most)


def _promising(peaks: Peaks, below: float, space: Space) -> Peaks:
    """Return the searches that are not that far below the best, each maximum once."""
    order = np.argsort(-peaks.value)
    order = order[peaks.value[order] >= peaks.value[order[0]] - below]
    value, place = peaks.value[order], np.where(space.free, peaks.theta[order] / space.unit, 0.0)
    near = np.abs(value[:, None] - value) < NEARLY
    near &= np.abs(place[:, None] - place).max(axis=-1) < BESIDE
    first = ~np.tril(near, -1).any(axis=1)
    return Peaks(*(part[order[first]] for part in peaks))


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
    """Return the number of the highest maximum; of the highest slope where there is none."""
    value = np.where(np.isnan(peaks.value), -np.inf, peaks.value)
    if peaks.settled.any():
        value = np.where(peaks.settled, value, -np.inf)
    return int(np.argmax(value))


def _rivals(peaks: Peaks, best: int) -> tuple[Rival, ...]:
    """Return other maxima, and slopes that rise above the best, from the highest on."""
    told: list[Rival] = []
    known = [float(peaks.value[best])]
    for i in np.argsort(-peaks.value).tolist():
        value, settled = float(peaks.value[i]), bool(peaks.settled[i])
        apart = min(abs(value - each) for each in known) > SAME
        if apart and (settled or value > known[0]):
            known.append(value)
            told.append(Rival(theta=peaks.theta[i], value=value, settled=settled))
    return tuple(told)


def without_tau2(search: Search) -> Search:
    """Return the same search at tau² = 0."""
    p = search.problem.p
    free, low, high = search.space.free.copy(), search.space.low.copy(), search.space.high.copy()
    free[:, p], low[p], high[p] = False, 0.0, 0.0
    starts = search.starts.copy()
    starts[:, p] = 0.0
    space = Space(low=low, high=high, unit=search.space.unit, free=free)
    return replace(search, space=space, starts=starts)


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
