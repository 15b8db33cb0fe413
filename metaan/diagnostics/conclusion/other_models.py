"""The same studies under every other estimator of tau² and interval of the mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.refit_words import side_of
from metaan.tau2.interval import NO_LIMITS
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.inference import INFERENCES
from metaan.univariate.kernel import Plan, pool_arrays
from metaan.univariate.planning import COMMON, RANDOM, check_plan, make_plan, method_name
from metaan.univariate.prediction import DEFAULT_PREDICTION

ROUNDED = 1e-7  # standard errors; searches for tau² end far below
Limits = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherModel:
    """The pool by another model.

    Attributes
    ----------
    tau2, inference : str
        Keys of the estimator (empty for the common effect) and of the interval of the mean.
    value, low, high : float
        Analysis scale.
    side : int
        1 where the interval lies above the null, -1 below it, 0 if it includes it.
    """

    tau2: str
    inference: str
    value: float
    low: float
    high: float
    side: int


def other_models(fit: PooledFit) -> tuple[OtherModel, ...]:
    """Return the pools of a fit's studies by every other estimator and interval that go together.

    Parameters
    ----------
    fit : PooledFit
        Pool of at least two studies with the usual weights.

    Returns
    -------
    tuple of OtherModel
        Random effects by every estimator of tau² that asks for no weights and every interval of
        the mean that serves it, and the common effect; those with the fit's own estimator first.
        What gives the limits of the fit itself, or of a model named before, is not counted again:
        several estimators are the same one by another road, and where tau² is 0 most are.
    """
    own = fit.estimate
    seen = [(own.low, own.high)]
    found = []
    for plan in _plans(fit):
        other = _pooled(fit, plan)
        limits = (other.low, other.high)
        if not np.isfinite(limits).all() or _same(limits, seen, own.se):
            continue
        seen.append(limits)
        found.append(other)
    return tuple(found)


def own_sides(fit: PooledFit) -> dict[str, int]:
    """Return where each interval of the mean lies, by its key, with the fit's own estimator."""
    own = (_pooled(fit, plan) for plan in _plans(fit) if method_name(plan) == fit.tau2_method)
    low, high = np.array([fit.estimate.low]), np.array([fit.estimate.high])
    side = int(side_of(low, high, fit.effects.scale.null)[0])
    return {fit.inference: side, **{other.inference: other.side for other in own}}


def _pooled(fit: PooledFit, plan: Plan) -> OtherModel:
    effects = fit.effects
    arrays = pool_arrays(
        effects.y[None], effects.v[None], np.ones((1, effects.k)), plan, weights=None
    )
    low, high = arrays.low[:1], arrays.high[:1]
    return OtherModel(
        tau2=method_name(plan),
        inference=plan.inference.key,
        value=float(arrays.value[0]),
        low=float(low[0]),
        high=float(high[0]),
        side=int(side_of(low, high, effects.scale.null)[0]),
    )


def _plans(fit: PooledFit) -> Iterator[Plan]:
    own = (fit.tau2_method, fit.inference)
    common = next(iter(ESTIMATORS))  # of no account where effects do not vary
    models = [*((RANDOM, name) for name in ESTIMATORS), (COMMON, common)]
    first = (RANDOM, fit.tau2_method) if fit.tau2_method else (COMMON, common)
    models.sort(key=lambda model: model != first)
    for (model, name), inference in product(models, INFERENCES):
        plan = make_plan(
            model=model,
            tau2=name,
            inference=inference,
            prediction=DEFAULT_PREDICTION,
            level=fit.estimate.level,
        )
        if (method_name(plan), inference) != own and _goes(plan):
            yield replace(plan, interval=NO_LIMITS)


def _same(limits: Limits, seen: list[Limits], se: float) -> bool:
    """Whether these limits are among those seen, but for the rounding of a search."""
    return any(max(abs(limits[0] - a), abs(limits[1] - b)) <= ROUNDED * se for a, b in seen)


def _goes(plan: Plan) -> bool:
    """Whether the parts of a plan go together without weights of one's own."""
    try:
        check_plan(plan, None)
    except InputError:
        return False
    return True
