"""sensitivity: the pool over the range of one assumption behind its effects."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from metaan.core.arrays import ArrayLike, Floats
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.fit import GIVEN, PooledFit
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.fragility.conclusion import (
    INTERVAL,
    Conclusion,
    Limits,
    conclusion_of,
)
from metaan.diagnostics.fragility.refit import plan_for, pooled_only
from metaan.diagnostics.fragility.sensitivity_record import Sensitivity, Turn
from metaan.univariate.kernel import Plan, pool_arrays
from metaan.univariate.pooled_arrays import PooledArrays

HALVINGS = 50
CLOSE = 1e-12  # to 0, of the distance of two values
Maker = Callable[[float], Effects]


def sensitivity(
    fit: PooledFit | SubgroupFit,
    make_effects: Maker,
    *,
    values: ArrayLike,
    name: str = "the assumption",
    conclusion: str = INTERVAL,
    against: float | None = None,
) -> Sensitivity:
    """Return the pool at each value of an assumption, and where its conclusion turns.

    Parameters
    ----------
    fit : PooledFit or SubgroupFit
        The pool whose model, inference and level are used for all values.
    make_effects : callable
        Value of the assumption to `Effects`: ``lambda r: effect_sizes(table, "SMCR", r=r)`` for a
        correlation of measurements; for a share of a control group, an intracluster correlation,
        an SD that was assumed, a baseline risk.
    values : array_like, shape (n,)
        Values of the assumption, at least two different ones: its whole plausible range.
    name : str
        The assumption, ready to print ("the correlation between measurements").
    conclusion : {"interval", "estimate"}
        On which side of ``against`` the interval, or the estimate, lies. Row of ``CONCLUSIONS``.
    against : float, optional
        Reading scale; no effect by default, or a minimal important difference.

    Returns
    -------
    Sensitivity
        One pool for each value; ``.turns`` where between them the conclusion becomes another.

    Raises
    ------
    InputError
        If this is no pool or one with weights of the caller's own, fewer than two values are
        given, one is not finite, or ``make_effects`` does not return effects of the same scale.

    Notes
    -----
    Effects are made once for each value; all pools are made in one batch through the kernel of
    ``pool``. Between two neighboring values of different conclusions the turn is found by halving
    (effects are made again at each step), so that a narrow range in which it is another
    conclusion and back is missed if no value lies in it.

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.fragility.sensitivity import sensitivity
    >>> def made(r):  # the variance of a change falls with the correlation of its two ends
    ...     return ma.Effects.from_arrays([0.5, 0.3], v=[0.1 * (1 - r), 0.2 * (1 - r)])
    >>> fit = ma.pool(made(0.5), model="common")
    >>> found = sensitivity(fit, made, values=[0.0, 0.5, 0.9], name="correlation")
    >>> [round(turn.at, 3) for turn in found.turns]
    [0.267]
    """
    pooled = pooled_only(fit, "sensitivity")
    if pooled.weighting == GIVEN:
        raise InputError(
            "sensitivity: this pool has weights of its own, which belong to its own effects; pool "
            "without weights="
        )
    if not callable(make_effects):
        raise InputError(
            "make_effects must be a function that takes a value and returns Effects; got "
            f"{type(make_effects).__name__}"
        )
    wanted = conclusion_of(pooled, conclusion=conclusion, against=against, verb="sensitivity")
    plan, tried = plan_for(pooled, "sensitivity"), _values(values)

    def pools(at: Sequence[float]) -> tuple[PooledArrays, Floats]:
        made = [_made(make_effects, each, pooled) for each in at]
        return _together(plan, made), np.array([each.k for each in made])

    found, k = pools(tried.tolist())
    side = wanted.side_of(_limits(found))
    turns = tuple(
        Turn(at=at, before=int(side[i]), after=int(side[i + 1]))
        for i in np.flatnonzero(np.diff(side)).tolist()
        for at in (_turn(pools, wanted, tried[i : i + 2], int(side[i])),)
    )
    remarks = () if (k == k[0]).all() else ("not every value leaves the same studies",)
    return Sensitivity(
        fit=pooled,
        conclusion=wanted,
        name=str(name),
        values=tried,
        value=found.value,
        se=found.se,
        low=found.low,
        high=found.high,
        tau2=found.tau2,
        k=k.astype(np.int64),
        side=side,
        turns=turns,
        remarks=remarks,
    )


def _values(values: ArrayLike) -> Floats:
    try:
        tried = np.unique(np.asarray(values, dtype=float).ravel())
    except (TypeError, ValueError):
        raise InputError(f"values must be numbers; got {values!r}") from None
    if len(tried) < 2 or not np.isfinite(tried).all():
        raise InputError(
            f"values must be two or more different finite numbers; got {tried.tolist()}"
        )
    return tried


def _made(make_effects: Maker, at: float, fit: PooledFit) -> Effects:
    made = make_effects(at)
    if not isinstance(made, Effects):
        raise InputError(f"make_effects({at:g}) must return Effects; got {type(made).__name__}")
    if made.k == 0 or made.scale.key != fit.effects.scale.key:
        raise InputError(
            f"make_effects({at:g}) gives {made.k} studies on the {made.scale.key} scale; one or "
            f"more on the {fit.effects.scale.key} scale of the pool are needed"
        )
    return made


def _together(plan: Plan, made: Sequence[Effects]) -> PooledArrays:
    """Return the pools of several sets of effects as one batch, shorter ones masked."""
    n, k = len(made), max(each.k for each in made)
    y, v, present = np.zeros((n, k)), np.ones((n, k)), np.zeros((n, k))
    for i, each in enumerate(made):
        y[i, : each.k], v[i, : each.k], present[i, : each.k] = each.y, each.v, 1.0
    return pool_arrays(y, v, present, plan)


def _limits(found: PooledArrays) -> Limits:
    return Limits(found.value, found.low, found.high)


def _turn(
    pools: Callable[[Sequence[float]], tuple[PooledArrays, Floats]],
    wanted: Conclusion,
    ends: Floats,
    before: int,
) -> float:
    """Return where between two values the conclusion stops to be what it is at the first.

    What is 0 up to rounding is 0; the first value itself, where the turn lies just above it.
    """
    low, high = float(ends[0]), float(ends[1])
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        side = wanted.side_of(_limits(pools([middle])[0]))
        low, high = (middle, high) if int(side[0]) == before else (low, middle)
    span = float(np.ptp(ends))
    if low == float(ends[0]):  # all that was tried above the first value is on the other side
        return low
    return 0.0 if abs(high) < CLOSE * span else high
