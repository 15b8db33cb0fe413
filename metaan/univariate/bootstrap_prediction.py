"""bootstrap_prediction: a prediction interval that allows for the uncertainty of tau².

Nagashima, Noma and Furukawa draw tau² from its confidence distribution: with Q Cochran's statistic
and q what was seen, ``H(tau²) = P(Q > q; tau²)`` grows with tau² and is taken as the distribution
function of tau², with the mass H(0) at 0. Q is a sum of chi-squares times eigenvalues, whose tails
are found to machine precision (``numerics.quadratic_forms``); logit H, a smooth function of
log(tau² + v_min), is interpolated on Chebyshev's points and inverted for all draws at once.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral, Real

import numpy as np
from numpy.polynomial import chebyshev

from metaan.core.arrays import Floats, Integers
from metaan.core.errors import InputError
from metaan.core.estimate import Interval
from metaan.core.fit import GIVEN, PooledFit
from metaan.numerics.linalg import binary_scale
from metaan.numerics.projection import fit_weighted, residual_square
from metaan.numerics.quadratic_forms import log_tail_of_form
from metaan.numerics.randomness import generator
from metaan.numerics.search import bracketed_root

DEFAULT_DRAWS = 5000
FEWEST_DRAWS = 1000
FEWEST_STUDIES = 3
FEWEST_POINTS, MOST_POINTS = 32, 1024  # of Chebyshev's, doubled until they agree
AGREE = 1e-11  # in logit H
CELLS = 200_000  # numbers in one array
WIDER = 1e-3  # share of the range of roots that it is widened by


def bootstrap_prediction(
    fit: PooledFit,
    *,
    rng: np.random.Generator | int,
    draws: int = DEFAULT_DRAWS,
    level: float | None = None,
) -> Interval:
    """Return the parametric bootstrap prediction interval of Nagashima, Noma and Furukawa.

    Parameters
    ----------
    fit : PooledFit
        Random-effects pool of three studies or more; its effects and variances are used, its
        tau² and its inference are not.
    rng : numpy.random.Generator or int
        Source of randomness, or a seed; the same seed gives the same interval.
    draws : int
        Number of draws, at least 1000. The simulation error of a limit is then about
        ``sqrt(level' (1 - level') / draws)`` over the density there, level' being 0.025 or so.
    level : float, optional
        Coverage; that of the fit by default.

    Returns
    -------
    Interval
        Analysis scale; ``.read()`` for the reading scale.

    Raises
    ------
    InputError
        If the fit is of a common effect, has weights of the caller's or fewer than three studies,
        or if rng, draws or level cannot be used.

    Notes
    -----
    The limits are quantiles of ``m + Z tau - T s`` [1]_: tau² from its confidence distribution, Z
    standard normal, T Student's with k - 1 degrees of freedom, and, at each tau², m the mean with
    weights w = 1 / (v + tau²) and ``s² = sum w (y - m)² / ((k - 1) sum w)``. The uncertainty of
    tau² is part of it, so that it holds its coverage with fewer studies than intervals at an
    estimated tau² do. Where all effects are equal it is a single point.

    References
    ----------
    .. [1] Nagashima K, Noma H, Furukawa TA (2019). Stat Methods Med Res 28:1689.
       doi:10.1177/0962280218773520

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.univariate.bootstrap_prediction import bootstrap_prediction
    >>> effects = ma.Effects.from_arrays([0.10, 0.30, 0.55, 0.71], se=[0.12, 0.20, 0.18, 0.25])
    >>> interval = bootstrap_prediction(ma.pool(effects), rng=1)
    >>> round(interval.low, 1), round(interval.high, 1)
    (-0.5, 1.5)
    """
    coverage = _check(fit, draws, level)
    source = generator(rng)
    y, v = fit.effects.y, fit.effects.v
    unit = float(binary_scale(v[None], np.ones((1, len(v))))[0, 0])
    new = draw_effects(y / unit, v / unit / unit, source, draws) * unit
    low, high = np.quantile(new, [(1 - coverage) / 2, (1 + coverage) / 2])
    return Interval(low=float(low), high=float(high), level=coverage, scale=fit.effects.scale)


def draw_effects(y: Floats, v: Floats, rng: np.random.Generator, draws: int) -> Floats:
    """Return draws of a new study's true effect, shape (draws,); effects near 1, shape (k,)."""
    tau2 = draw_tau2(y, v, rng.random(draws))
    z, t = rng.standard_normal(draws), rng.standard_t(len(y) - 1, size=draws)
    mean, error = np.empty(draws), np.empty(draws)
    rows = max(1, CELLS // len(y))
    for i in range(0, draws, rows):
        part = slice(i, i + rows)
        w = 1 / (v + tau2[part, None])
        found = fit_weighted(np.broadcast_to(y, w.shape), w, None)
        spread = np.add.reduce(w * found.residual**2, axis=-1)
        mean[part] = found.beta[:, 0]
        error[part] = np.sqrt(spread * found.bread[:, 0, 0] / (len(y) - 1))
    return mean + z * np.sqrt(tau2) - t * error


def draw_tau2(y: Floats, v: Floats, u: Floats) -> Floats:
    """Return the quantiles of the confidence distribution of tau² at probabilities u, (m,)."""
    w = 1 / v
    q = residual_square(y[None], w[None], None)
    least = np.min(v)

    def logit(s: Floats) -> Floats:
        """Return logit H at tau² = exp(s) - v_min, any shape (m,)."""
        variances = np.exp(s)[:, None] - least + v
        tails = [
            log_tail_of_form(
                np.broadcast_to(q, s.shape),
                np.broadcast_to(w, variances.shape),
                variances,
                None,
                upper=upper,
            )
            for upper in (True, False)
        ]
        return np.asarray(tails[0] - tails[1])

    with np.errstate(divide="ignore"):
        goal = np.log(u) - np.log1p(-u)
    start = np.log(np.array([least]))
    above = np.flatnonzero(goal > logit(start)[0])
    tau2 = np.zeros(len(u))
    if above.size:
        ends = _ends(logit, float(start[0]), goal[above])
        tau2[above] = np.maximum(np.exp(_invert(logit, ends, goal[above])) - least, 0.0)
    return tau2


def _ends(logit: Callable[[Floats], Floats], start: float, goal: Floats) -> tuple[float, float]:
    """Return s a little beyond the smallest and the largest root of ``logit(s) = goal``."""
    step = 1.0
    while logit(np.array([start + step]))[0] < goal.max():
        step *= 2
    ends = np.array([goal.min(), goal.max()])

    def off(s: Floats, which: Integers) -> Floats:
        return np.asarray(logit(s) - ends[which])

    low, high = bracketed_root(off, np.full(2, start), np.full(2, start + step))
    margin = WIDER * (high - low + WIDER)
    return float(low - margin), float(high + margin)


def _invert(logit: Callable[[Floats], Floats], ends: tuple[float, float], goal: Floats) -> Floats:
    """Return the s at which a smooth rising function has these values, shape of goal."""
    low, high = ends
    middle, half = (low + high) / 2, (high - low) / 2
    terms, points = np.zeros(1), FEWEST_POINTS
    while points <= MOST_POINTS:
        x = chebyshev.chebpts1(points)
        values = logit(middle + half * x)
        off = np.max(np.abs(chebyshev.chebval(x, terms) - values))
        terms = chebyshev.chebvander(x, points - 1).T @ values * (2 / points)
        terms[0] /= 2
        if off <= AGREE * np.max(np.abs(values)):
            break
        points *= 2

    def above(s: Floats, which: Integers) -> Floats:
        return np.asarray(chebyshev.chebval((s - middle) / half, terms) - goal[which])

    return bracketed_root(above, np.full(len(goal), low), np.full(len(goal), high))


def _check(fit: PooledFit, draws: object, level: float | None) -> float:
    """Return the level, or raise ``InputError`` with every fault."""
    if not isinstance(fit, PooledFit):
        raise InputError(f"fit must be a PooledFit, as pool gives it; got {type(fit).__name__}")
    faults = []
    if not fit.tau2_method:
        faults.append('a common effect has no prediction interval; pool with model="random"')
    if fit.weighting == GIVEN:
        faults.append("the method has weights of its own; pool without weights=")
    if fit.k < FEWEST_STUDIES:
        faults.append(f"a prediction interval needs {FEWEST_STUDIES} studies; got {fit.k}")
    if isinstance(draws, bool) or not isinstance(draws, Integral) or int(draws) < FEWEST_DRAWS:
        faults.append(f"draws={draws!r} must be a whole number, {FEWEST_DRAWS} or more")
    coverage = fit.estimate.level if level is None else level
    if isinstance(coverage, bool) or not isinstance(coverage, Real) or not 0 < float(coverage) < 1:
        faults.append(f"level={level!r} must lie between 0 and 1, e.g. 0.95")
    if faults:
        raise InputError("; ".join(faults))
    return float(coverage)
