"""What is to be computed: names of rows and the caller's options, checked, made a plan."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import ArrayLike, Floats
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.core.network_effects import NetworkEffects
from metaan.core.study_intervals import DEFAULT_LEVEL as DEFAULT_LEVEL
from metaan.tau2.interval import DEFAULT_INTERVAL, INTERVALS
from metaan.tau2.table import ESTIMATORS, Tau2Estimator
from metaan.univariate.inference import HKSJ, INFERENCES, WALD, check_inference
from metaan.univariate.kernel import Plan
from metaan.univariate.prediction import PREDICTIONS, check_prediction


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A row of ``MODELS``: whether effects vary between studies, and the default interval."""

    key: str
    varying: bool
    default_inference: str


_ROWS = (
    Model(key="random", varying=True, default_inference=HKSJ),
    Model(key="common", varying=False, default_inference=WALD),
)
MODELS: Mapping[str, Model] = MappingProxyType({row.key: row for row in _ROWS})
RANDOM, COMMON = (row.key for row in _ROWS)
DEFAULT_MODEL = RANDOM
FIXED = "fixed"
FARTHEST = 1e100  # standard errors that effects may lie apart, or ratio of two of them


def check_effects(effects: Effects, *, network: str) -> None:
    """Raise ``InputError`` if this is not effects of at least one study.

    ``network`` is what to do with the contrasts of a network instead.
    """
    if isinstance(effects, NetworkEffects):
        raise InputError(
            "effects must be Effects, one of each study; got NetworkEffects, contrasts of "
            f"{len(effects.treatments)} treatments. {network}"
        )
    if not isinstance(effects, Effects):
        raise InputError(
            f"effects must be Effects; got {type(effects).__name__}. Make them with "
            "effect_sizes(table, measure) or Effects.from_arrays(y, v)"
        )
    if effects.k == 0:
        raise InputError(_nothing_left(effects))
    y, v = effects.y, effects.v
    low, high = math.sqrt(np.minimum.reduce(v)), math.sqrt(np.maximum.reduce(v))
    apart = float(np.maximum.reduce(y)) / low - float(np.minimum.reduce(y)) / low
    if not (high / low < FARTHEST and apart < FARTHEST):
        raise InputError(
            f"standard errors from {low:.3g} to {high:.3g} and effects {apart:.3g} of them apart "
            "are beyond what numbers can hold together; look for a wrong unit"
        )


def make_plan(
    *, model: str, tau2: str | float, inference: str | None, prediction: str, level: float
) -> Plan:
    """Return the rows of the tables that the names ask for, or raise ``InputError``."""
    row = look_up(MODELS, model, argument="model", what="a model")
    estimator: Tau2Estimator | float
    if isinstance(tau2, Real) and not isinstance(tau2, bool):
        estimator = float(tau2)
        if not 0 <= estimator < np.inf:
            raise InputError(f"tau2={tau2!r} must be a finite variance >= 0, or a name")
    else:
        estimator = look_up(ESTIMATORS, tau2, argument="tau2", what="an estimator")
    wanted = row.default_inference if inference is None else inference
    if isinstance(level, bool) or not isinstance(level, Real) or not 0 < float(level) < 1:
        raise InputError(f"level={level!r} must lie between 0 and 1, e.g. {DEFAULT_LEVEL}")
    return Plan(
        interval=INTERVALS[DEFAULT_INTERVAL],
        estimator=estimator if row.varying else None,
        inference=look_up(INFERENCES, wanted, argument="inference", what="an inference"),
        prediction=look_up(
            PREDICTIONS, prediction, argument="prediction", what="a prediction interval"
        ),
        level=float(level),
    )


def method_name(plan: Plan) -> str:
    """Return the key of the estimator of tau², "fixed", or nothing for the common effect."""
    if plan.row is not None:
        return plan.row.key
    return FIXED if plan.varying else ""


def study_weights(effects: Effects, weights: ArrayLike | str | None, plan: Plan) -> Floats | None:
    """Return the caller's weights, shape (1, k), or None; InputError if they cannot be used."""
    check_plan(plan, weights)
    if weights is None:
        return None
    if isinstance(weights, str):
        weights = look_up(effects.columns, weights, argument="weights", what="a column")
    try:
        own = np.asarray(weights, dtype=float)
    except (TypeError, ValueError):
        raise InputError("weights must be numbers, one for each study") from None
    if own.shape != (effects.k,):
        raise InputError(
            f"weights must be one number for each of {effects.k} studies; got shape {own.shape}"
        )
    bad = [effects.study[int(i)] for i in np.flatnonzero(~((own >= 0) & (own < np.inf)))]
    if bad or not own.any():
        what = f"; {', '.join(bad)} break this" if bad else "; all are 0"
        raise InputError(f"weights must be finite and >= 0, and not all 0{what}")
    return own[None]


def check_plan(plan: Plan, weights: object) -> None:
    """Raise ``InputError`` if parts of the plan do not go together, or weights are missing."""
    own = weights is not None
    check_inference(plan.inference, plan.estimator, own_weights=own)
    check_prediction(plan.prediction, plan.estimator, own_weights=own)
    if plan.row is not None and plan.row.weighted and weights is None:
        raise InputError(
            f'tau2="{plan.row.key}" asks for weights; give weights=, one number >= 0 for each '
            "study, e.g. weights=1 / effects.se"
        )


def _nothing_left(effects: Effects) -> str:
    reasons: Sequence[str] = [f"{item.study}: {item.reason}" for item in effects.left_out]
    listed = f" Left out: {'; '.join(reasons)}." if reasons else ""
    return f"no study is left to pool; select more broadly or complete the table.{listed}"
