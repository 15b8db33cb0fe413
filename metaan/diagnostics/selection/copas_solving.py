"""Maxima of the Copas likelihood for given selections, a whole batch at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.diagnostics.selection.copas_likelihood import likelihood, selection
from metaan.diagnostics.selection.likelihood import Curved
from metaan.diagnostics.selection.newton import Peaks, Space, climb
from metaan.numerics.tails import log_chi2_tail

RHO_BOUND = 0.9999  # at 1, without tau², the likelihood does not exist
MU, RHO, TAU2, BETA = range(4)
CERTAIN = 38.0  # standard normal quantile of a probability that is 1 to the last digit
RHO_UNIT = 0.2  # a natural step
FLAT = 1e-9

Problem = Callable[[Floats, Integers], Curved]


class Gammas(NamedTuple):
    """Selections, shape (n,): ``P(published) = Phi(gamma0 + gamma1 / s)``."""

    gamma0: Floats
    gamma1: Floats


class Solutions(NamedTuple):
    """Maxima for n selections, shape (n,), on the scale of the effects.

    Attributes
    ----------
    mu, se : ndarray
        Mean without selection and its standard error, of parameters that are at no bound; NaN
        where the likelihood is flat.
    rho, tau2 : ndarray
        Correlation of error and propensity (NaN without selection); between-study variance.
    unpublished : ndarray
        Expected number of unpublished studies.
    log_likelihood : ndarray
        Of the published effects.
    log_residual : ndarray
        Natural logarithm of the p-value of the selection that is left.
    bounded, settled : ndarray of bool
        Whether rho is at a bound; whether the searches came to an end.
    """

    mu: Floats
    se: Floats
    rho: Floats
    tau2: Floats
    unpublished: Floats
    log_likelihood: Floats
    log_residual: Floats
    bounded: Booleans
    settled: Booleans


def gammas_of(least: Floats, most: float, s: Floats) -> Gammas:
    """Return selections by the probabilities of the least and the most precise study.

    Parameters
    ----------
    least : ndarray, shape (n,)
        Of the study with the largest standard error; 1 is no selection.
    most : float
        Of the study with the smallest.
    s : ndarray, shape (k,)
        Standard errors.
    """
    low, high = ndtri(least), ndtri(most)
    with np.errstate(invalid="ignore"):
        gamma1 = np.maximum(high - low, 0.0) / (1 / np.min(s) - 1 / np.max(s))
        gamma0 = low - gamma1 / np.max(s)
    none = least >= 1
    return Gammas(np.where(none, CERTAIN, gamma0), np.where(none, 0.0, gamma1))


def solve(
    y: Floats,
    v: Floats,
    gammas: Gammas,
    starts: tuple[float, ...],
    *,
    residual: bool = True,
) -> Solutions:
    """Return the maxima with rho from 0 to its bound, for selections that favor large effects.

    Parameters
    ----------
    y, v : ndarray, shape (k,)
        Effects and variances.
    gammas : Gammas
        Selections, shape (n,).
    starts : tuple of float
        Correlations from which to search; each with and without tau².
    residual : bool
        Whether to test for the selection that is left.
    """
    unit = float(np.exp(np.mean(np.log(v)) / 2))
    start = float(np.average(y, weights=1 / v))
    z, w = (y - start) / unit, v / unit / unit
    n = len(gammas.gamma0)
    how = selection(gammas.gamma0, gammas.gamma1 / unit, np.sqrt(w))
    none = (gammas.gamma1 == 0) & (gammas.gamma0 >= CERTAIN)
    problem = likelihood(z, w, how)
    first = _starts(z, w, starts)
    plain = _best(problem, np.tile(first, (n, 1)), _space(none, first, w), len(first))
    theta = plain.theta
    se, bounded = _standard_error(problem(theta, np.arange(n)), theta, none)
    log_p = np.full(n, np.nan)
    settled = plain.settled
    if residual:
        again = np.concatenate([theta[:, None], np.broadcast_to(first, (n, *first.shape))], axis=1)
        m = again.shape[1]
        space = _space(none, again[0], w, slope=True)
        full = _best(problem, again.reshape(n * m, 4), space, m)
        log_p = log_chi2_tail(np.maximum(2 * (full.value - plain.value), 0.0), np.ones(n))
        settled = settled & full.settled
    chance = ndtr(how.u)
    return Solutions(
        mu=start + unit * theta[:, MU],
        se=unit * se,
        rho=np.where(none, np.nan, theta[:, RHO]),
        tau2=unit * unit * theta[:, TAU2],
        unpublished=np.add.reduce((1 - chance) / chance, axis=-1),
        log_likelihood=plain.value - len(y) * np.log(unit),
        log_residual=log_p,
        bounded=bounded,
        settled=settled,
    )


def _starts(z: Floats, w: Floats, rhos: tuple[float, ...]) -> Floats:
    spread = max(float(np.var(z)) - float(np.mean(w)), 0.25 * float(np.mean(w)))
    return np.array([[0.0, rho, tau2, 0.0] for rho in rhos for tau2 in (0.0, spread)])


def _space(none: Booleans, first: Floats, w: Floats, *, slope: bool = False) -> Space:
    typical = max(float(np.mean(w)), float(np.max(first[:, TAU2])))
    starts = len(first)
    free = np.ones((len(none), 4), dtype=bool)
    free[:, RHO], free[:, BETA] = ~none, slope
    return Space(
        low=np.array([-np.inf, 0.0, 0.0, -np.inf]),
        high=np.array([np.inf, RHO_BOUND, np.inf, np.inf]),
        unit=np.array([np.sqrt(typical), RHO_UNIT, typical, 1.0]),
        free=np.repeat(free, starts, axis=0),
    )


def _best(problem: Problem, start: Floats, space: Space, starts: int) -> Peaks:
    """Return the highest of the maxima that the searches of each selection found."""
    start = np.where(space.free, start, 0.0)

    def function(theta: Floats, which: Integers) -> Curved:
        return problem(theta, which // starts)

    peaks = climb(function, start, space)
    value = np.where(np.isfinite(peaks.value), peaks.value, -np.inf).reshape(-1, starts)
    best = np.argmax(value, axis=1) + starts * np.arange(len(value))
    return Peaks(*(part[best] for part in peaks))


def _standard_error(at: Curved, theta: Floats, none: Booleans) -> tuple[Floats, Booleans]:
    """Return the standard error of mu, shape (n,), and where rho is at its upper bound."""
    bounded = ~none & (theta[:, RHO] >= RHO_BOUND)
    held = np.stack(
        [
            np.zeros(len(theta), dtype=bool),
            none | (theta[:, RHO] >= RHO_BOUND) | (theta[:, RHO] <= 0),
            theta[:, TAU2] <= 0,
        ],
        axis=-1,
    )
    curve = -at.hessian[:, :BETA, :BETA]
    curve = np.where(held[:, :, None] | held[:, None, :], np.eye(BETA), curve)
    size, axes = np.linalg.eigh(curve)
    good = size[:, 0] > FLAT * size[:, -1]
    with np.errstate(divide="ignore"):
        variance = np.add.reduce(axes[:, MU] ** 2 / np.where(size > 0, size, np.inf), axis=-1)
    return np.where(good, np.sqrt(variance), np.nan), bounded
