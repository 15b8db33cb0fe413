"""The likelihood of selection models written out: one study at a time, on effects themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import stats

from metaan.diagnostics.selection.record import SelectionFit

Weight = Callable[[Any, float], Any]
CENSORED = 1e-5
# z-values at which a weight may have a kink or rise steeply: censored p-values, and p = 1 of two
# sides
KINKS = (
    float(stats.norm.isf(CENSORED)),
    float(stats.norm.isf(CENSORED / 2)),
    float(stats.norm.isf(0.5 - CENSORED / 2)),
    *np.geomspace(2e-5, 0.3, 12).tolist(),
    0.0,
)
NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)


def censored(p: Any) -> Any:
    """Return p-values kept away from 0 and 1."""
    return np.clip(p, CENSORED, 1 - CENSORED)


def step(*steps: float) -> Callable[..., Weight]:
    """Return what makes a step function of weights."""

    def made(*delta: float) -> Weight:
        weights = np.array((1.0, *delta))
        return lambda p, c: weights[np.searchsorted(steps, p)] + 0 * c

    return made


def from_step(function: Callable[..., Weight], alpha: float) -> Callable[..., Weight]:
    """Return a function that is 1 up to a p-value and falls from there."""

    def made(*delta: float) -> Weight:
        own = function(*delta)
        return lambda p, c: np.where(p <= alpha, 1.0, own(p, c) / own(alpha, c))

    return made


FUNCTIONS: dict[str, Callable[..., Weight]] = {
    "BETA": lambda a, b: (
        lambda p, c: censored(p) ** (a - 1) * (1 - censored(p)) ** (b - 1) + 0 * c
    ),
    "HALF_NORMAL": lambda d: lambda p, c: np.exp(-d * c * p**2),
    "NEGATIVE_EXPONENTIAL": lambda d: lambda p, c: np.exp(-d * c * p),
    "LOGISTIC": lambda d: lambda p, c: 2 * np.exp(-d * c * p) / (1 + np.exp(-d * c * p)),
    "POWER": lambda d: lambda p, c: (1 - censored(p)) ** (d * c),
    "NEGATIVE_EXPONENTIAL_POWER": lambda a, b: lambda p, c: np.exp(-a * c * p ** (1 / b)),
}


def p_values(y: Any, se: float, alternative: str) -> Any:
    """Return the p-values of effects with one standard error."""
    if alternative == "two-sided":
        return 2 * stats.norm.sf(np.abs(y) / se)
    return stats.norm.sf(y / se if alternative == "greater" else -y / se)


def log_likelihood(
    fit: SelectionFit,
    weight: Weight,
    *,
    mean: float | None = None,
    tau2: float | None = None,
    kinks: Sequence[float] = (),
) -> float:
    """Return the log-likelihood of a pool at its own estimates, or at others.

    ``kinks`` are further z-values at which the weight has a kink.
    """
    effects = fit.fit.effects
    mean = fit.estimate.value if mean is None else mean
    tau2 = fit.tau2 if tau2 is None else tau2
    factor = fit.solved.asked.factor
    factor = np.ones(fit.k) if factor is None else factor
    edges = np.array((*KINKS, *kinks))
    edges = np.concatenate((-edges, edges))
    total = 0.0
    for y, v, c in zip(effects.y, effects.v, factor, strict=True):
        se, sd = float(np.sqrt(v)), float(np.sqrt(v + tau2))
        low, high = mean - 12 * sd, mean + 12 * sd
        inside = edges[(edges * se > low) & (edges * se < high)] * se
        # panels no wider than half a standard error, by which weights change
        count = int(np.ceil((high - low) / (0.5 * se)))
        breaks = np.unique(np.concatenate((np.linspace(low, high, count), inside)))
        half, middle = np.diff(breaks) / 2, (breaks[1:] + breaks[:-1]) / 2
        at = middle[:, None] + half[:, None] * NODES
        density = weight(p_values(at, se, fit.alternative), c) * stats.norm.pdf(at, mean, sd)
        area = float(np.sum(density * half[:, None] * WEIGHTS))
        own = float(weight(p_values(y, se, fit.alternative), c))
        total += float(stats.norm.logpdf(y, mean, sd)) + np.log(own) - np.log(area)
    return total
