"""Absolute effects: what a relative effect means at an assumed risk."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.counts import PEOPLE
from metaan.core.counts_fit import CountsFit
from metaan.core.fit import PooledFit

PER = 1000

Absolute = Callable[[float, float], float]  # assumed risk and effect (read) to the other risk


def _ratio(risk: float, effect: float) -> float:
    return min(risk * effect, 1.0)


def _odds(risk: float, effect: float) -> float:
    if math.isinf(effect):
        return 1.0
    return risk * effect / (1 - risk + risk * effect)


def _hazard(risk: float, effect: float) -> float:
    return float(-np.expm1(effect * np.log1p(-risk)))


def _difference(risk: float, effect: float) -> float:
    return min(max(risk + effect, 0.0), 1.0)


# By the words with which the labels of such effects begin.
ABSOLUTES: Mapping[str, Absolute] = MappingProxyType(
    {
        "risk ratio": _ratio,
        "odds ratio": _odds,
        "hazard ratio": _hazard,
        "risk difference": _difference,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsoluteEffect:
    """Risks with and without the treatment.

    Attributes
    ----------
    assumed : float
        Risk without the treatment.
    source : str
        Where it comes from.
    risk, low, high : float
        Risk with the treatment, and its limits by those of the relative effect.
    """

    assumed: float
    source: str
    risk: float
    low: float
    high: float

    @property
    def per_thousand(self) -> tuple[float, float, float]:
        """Events more (or, negative, fewer) in 1000 people, with limits."""
        first, low, high = (PER * (x - self.assumed) for x in (self.risk, self.low, self.high))
        return first, low, high


def absolute_of(label: str) -> Absolute | None:
    """Return how an effect of that label changes a risk; None if it is no effect on risks."""
    word = label.casefold()
    return next((each for key, each in ABSOLUTES.items() if word.startswith(key)), None)


def absolute_effect(fit: PooledFit | CountsFit, risk: float | None) -> AbsoluteEffect | None:
    """Return the absolute effect of a pool; None without an assumed risk or an effect on risks.

    Parameters
    ----------
    fit : PooledFit or CountsFit
        The pool.
    risk : float or None
        Assumed risk; by default that of all control groups together.
    """
    label = fit.effects.label if isinstance(fit, PooledFit) else fit.label
    function = absolute_of(label)
    source = "given"
    if risk is None:
        risk, source = control_risk(fit), "all control groups together"
    if function is None or not 0 < risk < 1:
        return None
    read = fit.estimate.read()
    return AbsoluteEffect(
        assumed=risk,
        source=source,
        risk=function(risk, read.value),
        low=function(risk, read.low),
        high=function(risk, read.high),
    )


def control_risk(fit: PooledFit | CountsFit) -> float:
    """Return the risk in all control groups together; NaN if it is not known."""
    if isinstance(fit, CountsFit):
        if fit.counts.kind != PEOPLE:
            return math.nan
        return float(fit.counts.events[:, 1].sum() / fit.counts.denominators[:, 1].sum())
    found = columns_of(fit, "events2", "n2")
    return math.nan if found is None else float(found[0].sum() / found[1].sum())


def participants_of(fit: PooledFit | CountsFit) -> float:
    """Return the participants of all studies; NaN if they are not known."""
    if isinstance(fit, CountsFit):
        counted = fit.counts.kind == PEOPLE
        return float(fit.counts.denominators.sum()) if counted else math.nan
    for names in (("n1", "n2"), ("n",)):
        found = columns_of(fit, *names)
        if found is not None:
            return float(sum(each.sum() for each in found))
    return math.nan


def pooled_sd(fit: PooledFit | CountsFit) -> float:
    """Return the SD of the outcome, pooled over all groups; NaN if it is not known."""
    names = ("sd1", "n1", "sd2", "n2")
    found = columns_of(fit, *names) if isinstance(fit, PooledFit) else None
    if found is None:
        return math.nan
    sd1, n1, sd2, n2 = found
    squares = ((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2).sum()
    return float(np.sqrt(squares / (n1 + n2 - 2).sum()))


def columns_of(fit: PooledFit, *names: str) -> tuple[Floats, ...] | None:
    """Return columns of the effects as numbers; None if one is missing or is not numbers."""
    columns = fit.effects.columns
    if not all(name in columns for name in names):
        return None
    try:
        found = tuple(np.asarray(columns[name], dtype=float) for name in names)
    except (TypeError, ValueError):
        return None
    return found if all(np.isfinite(each).all() for each in found) else None
