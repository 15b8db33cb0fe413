"""Distributions fitted to the quantiles that a study prints, by least squares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from scipy import special

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.numerics.search import bracketed_root
from metaan.recovery.quantile_formulas import Moments, Scenario, Summary

POINTS = 160  # of the first look at a shape; the minimum is then found between two of them
CHUNK = 1024  # studies whose shapes are looked at together
BETA_STEPS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Distributions of a scale and a shape, the latter as its logarithm tau.

    Attributes
    ----------
    log_quantile : callable
        (tau, p) to the logarithm of the quantile p at scale 1.
    slope : callable
        (tau, p) to its derivative by tau.
    moments : callable
        tau to the logarithm of the mean at scale 1, and to SD / mean.
    low, high : float
        Where tau is looked for.
    """

    log_quantile: Callable[[Floats, Floats], Floats]
    slope: Callable[[Floats, Floats], Floats]
    moments: Callable[[Floats], tuple[Floats, Floats]]
    low: float
    high: float


class Fit(NamedTuple):
    """Mean, SD and sum of squared distances of the quantiles, each of shape (k,)."""

    mean: Floats
    sd: Floats
    objective: Floats


def _log_gamma_quantile(tau: Floats, p: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(special.gammaincinv(np.exp(tau), p)))


def _gamma_slope(tau: Floats, p: Floats) -> Floats:
    """Return the derivative by four points, good to 1e-12: it has no closed form."""
    h = 1e-3
    near = _log_gamma_quantile(tau + h, p) - _log_gamma_quantile(tau - h, p)
    far = _log_gamma_quantile(tau + 2 * h, p) - _log_gamma_quantile(tau - 2 * h, p)
    return np.asarray((8 * near - far) / (12 * h))


def _weibull_moments(tau: Floats) -> tuple[Floats, Floats]:
    inverse = np.exp(-tau)
    first, second = special.gammaln(1 + inverse), special.gammaln(1 + 2 * inverse)
    return first, np.sqrt(np.expm1(second - 2 * first))


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "lognormal": Family(
            log_quantile=lambda tau, p: np.exp(tau) * special.ndtri(p),
            slope=lambda tau, p: np.exp(tau) * special.ndtri(p),
            moments=lambda tau: (np.exp(2 * tau) / 2, np.sqrt(np.expm1(np.exp(2 * tau)))),
            low=-9.0,
            high=2.0,
        ),
        "gamma": Family(
            log_quantile=_log_gamma_quantile,
            slope=_gamma_slope,
            moments=lambda tau: (tau, np.exp(-tau / 2)),
            low=-3.0,
            high=14.0,
        ),
        "Weibull": Family(
            log_quantile=lambda tau, p: np.exp(-tau) * np.log(-np.log1p(-p)),
            slope=lambda tau, p: -np.exp(-tau) * np.log(-np.log1p(-p)),
            moments=_weibull_moments,
            low=-2.0,
            high=7.0,
        ),
    }
)
NORMAL, BETA = "normal", "beta"
EVERY = (NORMAL, *FAMILIES, BETA)


def fit_normal(p: Floats, x: Floats) -> Fit:
    """Return the normal distribution, a straight line of x on the normal quantiles of p.

    Parameters
    ----------
    p, x : ndarray, shape (k, m)
        Probabilities, symmetric about 1/2, and the printed quantiles.

    Returns
    -------
    Fit
        Of each study.
    """
    z = special.ndtri(p)
    mean = np.mean(x, axis=-1)
    sd = np.sum(z * x, axis=-1) / np.sum(z * z, axis=-1)
    off = x - mean[:, None] - sd[:, None] * z
    return Fit(mean, sd, np.sum(off * off, axis=-1))


def fit_family(family: Family, p: Floats, x: Floats) -> Fit:
    """Return the distribution of a family with the nearest quantiles.

    The scale of each shape is a weighted mean, so that one number is looked for: on a grid, then
    as the root of the derivative between two points.

    Parameters
    ----------
    family : Family
        Row of ``FAMILIES``.
    p, x : ndarray, shape (k, m)
        Probabilities and printed quantiles, all positive.

    Returns
    -------
    Fit
        Of each study.
    """
    grid = np.linspace(family.low, family.high, POINTS)
    best = _nearest_on(grid, family, p, x)
    tau = grid[best]
    left, right = grid[np.maximum(best - 1, 0)], grid[np.minimum(best + 1, POINTS - 1)]
    turns = np.flatnonzero(
        (_derivative(family, left, p, x) < 0) & (_derivative(family, right, p, x) > 0)
    )
    if turns.size:

        def slope(at: Floats, which: Integers) -> Floats:
            return _derivative(family, at, p[turns[which]], x[turns[which]])

        tau[turns] = bracketed_root(slope, left[turns], right[turns])
    objective, log_scale = _profile(family, tau, p, x)
    log_mean, ratio = family.moments(tau)
    mean = np.exp(log_scale + log_mean)
    return Fit(mean, mean * ratio, objective)


def _nearest_on(grid: Floats, family: Family, p: Floats, x: Floats) -> Integers:
    """Return the place of the best shape; quantiles once for all studies of the same size."""
    best = np.zeros(len(x), dtype=np.int64)
    order = np.argsort(p[:, 0], kind="stable")
    for i in range(0, len(x), CHUNK):
        part = order[i : i + CHUNK]
        ends, back = np.unique(p[part], axis=0, return_inverse=True)
        unit, _ = _unit_quantiles(family, grid, ends[:, None])
        best[part] = np.argmin(_distance(unit[np.ravel(back)], x[part, None])[0], axis=-1)
    return best


def _distance(unit: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Return the sum of squares at the best scale of these quantiles, and that scale."""
    scale = np.sum(unit * x, axis=-1) / np.sum(unit * unit, axis=-1)
    off = x - scale[..., None] * unit
    return np.sum(off * off, axis=-1), scale


def _profile(family: Family, tau: Floats, p: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Return the sum of squares at the best scale, and the logarithm of that scale."""
    unit, top = _unit_quantiles(family, tau, p)
    squares, scale = _distance(unit, x)
    return squares, np.log(scale) - top


def _derivative(family: Family, tau: Floats, p: Floats, x: Floats) -> Floats:
    """Return what has the sign of the derivative of the sum of squares at the best scale."""
    unit, _ = _unit_quantiles(family, tau, p)
    scale = np.sum(unit * x, axis=-1) / np.sum(unit * unit, axis=-1)
    off = x - scale[:, None] * unit
    with np.errstate(invalid="ignore"):  # quantiles that underflow have no slope: NaN, no turn
        return np.asarray(-np.sum(unit * family.slope(tau[:, None], p) * off, axis=-1))


def _unit_quantiles(family: Family, tau: Floats, p: Floats) -> tuple[Floats, Floats]:
    """Return the quantiles over the largest, which cannot overflow, and its logarithm."""
    logs = family.log_quantile(tau[..., None], p)
    top = np.max(logs, axis=-1)
    return np.exp(logs - top[..., None]), top


def fit_beta(p: Floats, x: Floats) -> Fit:
    """Return the beta distribution with the nearest quantiles, by damped Gauss-Newton steps.

    Parameters
    ----------
    p, x : ndarray, shape (k, m)
        Probabilities and printed quantiles, all between 0 and 1.

    Returns
    -------
    Fit
        Of each study.
    """
    start = fit_normal(p, x)
    mean = np.clip(start.mean, 1e-3, 1 - 1e-3)
    size = np.clip(mean * (1 - mean) / np.maximum(start.sd, 1e-6) ** 2 - 1, 0.1, 1e6)
    theta = np.log(np.stack([mean * size, (1 - mean) * size], axis=-1))
    damping = np.full(len(x), 1e-3)
    off = x - _beta_quantiles(theta, p)
    open_ = np.arange(len(x))  # studies that still move
    for _ in range(BETA_STEPS):
        slope = _beta_slopes(theta[open_], p[open_])
        normal = slope.swapaxes(-1, -2) @ slope
        normal = normal + np.eye(2) * (damping[open_, None, None] * normal + 1e-300)
        right = slope.swapaxes(-1, -2) @ off[open_, :, None]
        step = np.linalg.solve(normal, right)[..., 0]
        tried = theta[open_] + np.clip(step, -1, 1)
        new_off = x[open_] - _beta_quantiles(tried, p[open_])
        better = np.sum(new_off**2, axis=-1) < np.sum(off[open_] ** 2, axis=-1)
        gained = open_[better]
        theta[gained], off[gained] = tried[better], new_off[better]
        factor = np.where(better, 0.1, 10.0)
        damping[open_] = np.clip(damping[open_] * factor, 1e-12, 1e12)
        stuck = ~better & (damping[open_] >= 1e6)
        open_ = open_[~stuck & ~(np.max(np.abs(step), axis=-1) < 1e-13)]
        if not open_.size:
            break
    a, b = np.exp(theta).T
    total = a + b
    return Fit(a / total, np.sqrt(a * b / (total + 1)) / total, np.sum(off * off, axis=-1))


def _beta_quantiles(theta: Floats, p: Floats) -> Floats:
    a, b = np.exp(theta[:, :1]), np.exp(theta[:, 1:])
    return np.asarray(special.betaincinv(a, b, p))


def _beta_slopes(theta: Floats, p: Floats) -> Floats:
    h = 1e-5
    columns = [
        (_beta_quantiles(theta + h * e, p) - _beta_quantiles(theta - h * e, p)) / (2 * h)
        for e in np.eye(2)
    ]
    return np.stack(columns, axis=-1)


def probabilities(s: Summary, scenario: Scenario) -> Floats:
    """Return what the printed quantiles are quantiles of: 1/n, 1/4, 1/2, 3/4, 1 - 1/n."""
    ends = 1 / s.n
    quarter = np.full_like(ends, 0.25)
    columns = {
        Scenario.RANGE: [ends, 2 * quarter, 1 - ends],
        Scenario.QUARTILES: [quarter, 2 * quarter, 3 * quarter],
        Scenario.FIVE: [ends, quarter, 2 * quarter, 3 * quarter, 1 - ends],
    }[scenario]
    return np.stack(columns, axis=-1)


def quantile_estimation(s: Summary, scenario: Scenario) -> Moments:
    """Return mean and SD of the distribution whose quantiles are nearest to the printed ones.

    Normal, and where all values are positive lognormal, gamma and Weibull, and where all are
    below 1 beta; which one is noted.
    """
    x = s.quantiles(scenario)
    known = ~np.isnan(x).any(axis=-1)
    p, size = probabilities(s, scenario), np.max(np.abs(x), axis=-1, initial=0.0)
    size = np.where(known & (size > 0), size, 1.0)
    positive = known & np.all(x > 0, axis=-1)
    fits = {NORMAL: fit_normal(p, x / size[:, None])}
    for name, family in FAMILIES.items():
        fits[name] = _where(positive, p, x / size[:, None], partial(fit_family, family))
    share = positive & np.all(x < 1, axis=-1)
    beta = _where(share, p, x, fit_beta)
    fits[BETA] = Fit(beta.mean / size, beta.sd / size, beta.objective / size**2)
    objective = np.stack([fits[name].objective for name in EVERY], axis=-1)
    best = np.argmin(np.where(np.isnan(objective), np.inf, objective), axis=-1)
    mean = np.stack([fits[name].mean for name in EVERY], axis=-1)
    sd = np.stack([fits[name].sd for name in EVERY], axis=-1)
    notes = {
        f"the {name} distribution fits best": positive & (best == i)
        for i, name in enumerate(EVERY)
    }
    notes["a value is not positive: only a normal distribution was fitted"] = known & ~positive
    pick = np.arange(len(x)), best
    return Moments(size * mean[pick], size * sd[pick], notes)


def _where(chosen: Booleans, p: Floats, x: Floats, fit: Callable[[Floats, Floats], Fit]) -> Fit:
    """Return the fits of the chosen studies, and NaN with an infinite distance for the others."""
    k = len(x)
    whole = Fit(np.full(k, np.nan), np.full(k, np.nan), np.full(k, np.inf))
    if chosen.any():
        for column, found in zip(whole, fit(p[chosen], x[chosen]), strict=True):
            column[chosen] = found
    return whole
