"""The filled studies as effects beside the others, and the pool of all of them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from metaan.core.arrays import Integers
from metaan.core.effects import Effects
from metaan.core.errors import EmptyIntervalWarning
from metaan.core.fit import GIVEN, PooledFit
from metaan.core.numbers import counted
from metaan.diagnostics.refitting import refitting_plan
from metaan.tau2.interval import INTERVALS
from metaan.univariate.fitting import make_fit
from metaan.univariate.kernel import pool_arrays

FILLED = "Filled: "
IMPUTED = "imputed"


def filled_effects(
    effects: Effects, twins: Integers, center: float, bounds: tuple[float, float]
) -> Effects:
    """Return the studies, then the mirror images of some of them about a center.

    A mirror image has the variance of its twin, no row of the data and no value in any column but
    the size that a scale may need; the column "imputed" tells it from a study.
    """
    if not len(twins):
        return effects
    mirrored = np.clip(2 * center - effects.y[twins], *bounds)
    k, new = effects.k, len(twins)
    columns: dict[str, Sequence[Any]] = {}
    for name, values in effects.columns.items():
        sized = name == effects.scale.sized_by
        columns[name] = [*values, *(values[i] if sized else None for i in twins.tolist())]
    mark = IMPUTED if IMPUTED not in columns else f"{IMPUTED} (trim and fill)"
    columns[mark] = [False] * k + [True] * new
    made = counted(new, "imputed study", "imputed studies")
    return replace(
        effects,
        y=np.concatenate([effects.y, mirrored]),
        v=np.concatenate([effects.v, effects.v[twins]]),
        study=(*effects.study, *(f"{FILLED}{effects.study[i]}" for i in twins.tolist())),
        rows=(*effects.rows, *((),) * new),
        columns=columns,
        scale=effects.scale.at_sizes(columns),
        remarks=(*effects.remarks, f"{made} by trim and fill, which nobody has seen"),
    )


def pooled_again(fit: PooledFit, effects: Effects, twins: Integers) -> PooledFit:
    """Return the fit of the studies with the filled ones, everything else as it was."""
    if not len(twins):
        return fit
    plan = replace(
        refitting_plan(fit),
        interval=INTERVALS[fit.heterogeneity.interval],
        conventions=fit.conventions,
    )
    weights = None
    if fit.weighting == GIVEN:
        weights = np.concatenate([fit.weights, fit.weights[twins]])[None]
    arrays = pool_arrays(
        effects.y[None], effects.v[None], np.ones((1, effects.k)), plan, weights=weights
    )
    with warnings.catch_warnings():  # it would say to look for copied results, which these are
        warnings.simplefilter("ignore", EmptyIntervalWarning)
        refit = make_fit(effects, arrays, 0, plan, weighted=weights is not None)
    return replace(refit, i2_first=fit.i2_first)
