"""The maxima of a generalized linear mixed model: with a common effect, with random effects."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from metaan.twobytwo.glmm_designs import SIGMA, SLOPE, TAU, Model
from metaan.twobytwo.glmm_likelihood import Point
from metaan.twobytwo.glmm_maximum import Maximum, climb, global_maximum, is_peak, polished, widened

TURNS = (-1.0, 0.0, 1.0)  # radians: correlations that a search starts from
ROUGH, SAME = 1.0, 2e-3  # log-likelihoods of rough maxima: too low; one maximum twice
LEAST = 0.3  # standard deviation of effects and levels that it starts from


class Variances(NamedTuple):
    """Variances of the random effects.

    Attributes
    ----------
    tau2, tau2_se : float
        Between-study variance and its standard error; NaN at 0.
    sigma2, rho : float
        Variance of the studies' levels, and its correlation with the effects; NaN without them.
    """

    tau2: float
    tau2_se: float
    sigma2: float
    rho: float


def fit_common(model: Model) -> Maximum:
    """Return the maximum with one effect for all studies."""
    design = model.design.without(SLOPE).without(TAU)
    plain = design.without(SIGMA)
    found = climb(plain, model.start)
    return found if plain.spreads == design.spreads else global_maximum(design, found)


def fit_random(model: Model, common: Maximum) -> Maximum:
    """Return the maximum with effects that vary."""
    found = global_maximum(model.design.without(SLOPE), common)
    if SLOPE not in model.design.spreads or found.rising:
        return found
    size = max(abs(found.spread(TAU)), LEAST)
    rough = [climb(model.design, _turned(model, found, size, turn), quick=True) for turn in TURNS]
    rivals = [polished(model.design, start.point) for start in _apart(rough)]
    best = max(rivals, key=lambda rival: rival.value)
    return best._replace(maxima=found.maxima, rising=not is_peak(best))


def _apart(rough: list[Maximum]) -> list[Maximum]:
    """Return the rough maxima that may be the highest, one of those that are the same."""
    kept: list[Maximum] = []
    for each in sorted(rough, key=lambda rival: -rival.value):
        fall = kept[0].value - each.value if kept else 0.0
        if fall < ROUGH and all(other.value - each.value > SAME for other in kept):
            kept.append(each)
    return kept


def _turned(model: Model, found: Maximum, size: float, turn: float) -> Point:
    point = widened(model.design, found, LEAST)
    point.shared[-2:] = size * np.sin(turn), size * np.cos(turn)
    return point


def variances(model: Model, found: Maximum) -> Variances:
    """Return the variances of the random effects of a fit."""
    tau, slope, sigma = (found.spread(name) for name in (TAU, SLOPE, SIGMA))
    tau2 = tau * tau + slope * slope
    gradient = np.zeros(len(found.point.shared))
    for r, name in enumerate(found.design.spreads):
        gradient[found.design.p + r] = 2 * found.spread(name) * (name != SIGMA)
    nan = float("nan")
    size = float(np.sqrt(gradient @ found.covariance @ gradient)) if tau2 > 0 else nan
    levels = SIGMA in model.design.spreads
    correlated = SLOPE in model.design.spreads and tau2 > 0 and sigma != 0
    return Variances(
        tau2=tau2,
        tau2_se=size,
        sigma2=sigma * sigma if levels else nan,
        rho=float(np.sign(sigma) * slope / np.sqrt(tau2)) if correlated else nan,
    )
