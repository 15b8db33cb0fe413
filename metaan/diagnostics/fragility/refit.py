"""Refits of a pool to other numbers: the same model, whatever the effects and the studies."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate
from metaan.core.fit import GIVEN, PooledFit
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.fragility.conclusion import Limits
from metaan.diagnostics.refitting import CELLS, SAME, refitting_plan
from metaan.univariate.kernel import Plan, pool_arrays

WORK = 20_000_000  # studies pooled in one search, all refits together: some seconds

Evaluate = Callable[[slice], Limits]


def refit(
    plan: Plan, y: Floats, v: Floats, present: Booleans, weights: Floats | None = None
) -> Limits:
    """Return the limits of a batch of pools, shape (n,); NaN where no study is present.

    Parameters
    ----------
    plan : Plan
        What is computed.
    y, v : ndarray, shape (n, k)
        Effects and variances; whatever stands in absent studies.
    present : ndarray of bool, shape (n, k)
        Studies of each pool.
    weights : ndarray, shape (n, k), optional
        The caller's weights.
    """
    some: Booleans = np.asarray(present.any(axis=-1))
    if weights is not None:
        some = some & (present & (weights > 0)).any(axis=-1)
        weights = np.where(some[:, None], weights, 1.0)
    there = np.where(some[:, None], present, True)
    y, v = np.where(present, y, 0.0), np.where(present, v, 1.0)
    found = pool_arrays(y, v, there.astype(float), plan, weights=weights)
    return Limits(*(np.where(some, each, np.nan) for each in (found.value, found.low, found.high)))


def in_blocks(n: int, k: int, evaluate: Evaluate) -> Limits:
    """Return ``evaluate`` of n analyses of k studies, block by block."""
    step = max(1, CELLS // max(1, k))
    parts = [evaluate(slice(i, min(i + step, n))) for i in range(0, n, step)]
    if not parts:
        return Limits(*(np.empty(0) for _ in range(3)))
    return Limits(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def pooled_only(fit: PooledFit | SubgroupFit, verb: str) -> PooledFit:
    """Return the pool of a fit; InputError for anything that is none."""
    fit = fit.overall if isinstance(fit, SubgroupFit) else fit
    if isinstance(fit, PooledFit):
        return fit
    raise InputError(
        f"{verb} needs a pool of effects, as pool(effects) gives it; got {type(fit).__name__}"
    )


def own_weights(fit: PooledFit) -> Floats | None:
    """Return the caller's weights of a fit, shape (1, k), or None."""
    return fit.weights[None] if fit.weighting == GIVEN else None


def check_same(own: Estimate, again: Limits, verb: str) -> None:
    """Raise ``InputError`` if the refit to all studies is another than the fit."""
    value, low, high = (float(np.squeeze(each)) for each in again)
    off = [abs(value - own.value), abs(low - own.low), abs(high - own.high)]
    if not max(off) <= SAME * own.se:
        raise InputError(
            f"{verb}: this fit is not the pool of its own studies and counts alone (as a subgroup "
            "that shares tau² with others is not): refitted, they give "
            f"{value:.6g} ({low:.6g} to {high:.6g}), not {own.value:.6g} ({own.low:.6g} to "
            f"{own.high:.6g}); pool them by themselves first"
        )


def plan_for(fit: PooledFit, verb: str) -> Plan:
    """Return the plan of a fit, proved on its own studies."""
    plan, k = refitting_plan(fit), fit.effects.k
    every = np.ones((1, k), dtype=bool)
    effects = fit.effects
    check_same(
        fit.estimate,
        refit(plan, effects.y[None], effects.v[None], every, own_weights(fit)),
        verb,
    )
    return plan
