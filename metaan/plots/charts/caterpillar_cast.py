"""Who appears in a caterpillar plot: studies, or pools without one of them, and their pool."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate, Interval
from metaan.core.fit import PooledFit
from metaan.core.refits import LEAVE_ONE_OUT, Refits
from metaan.core.scale import Scale
from metaan.plots.charts.bubble_axis import carried, drawn_effects
from metaan.plots.charts.subjects import STUDIES, Pool, Studies, studies_of
from metaan.plots.forests.wording import clean

CaterpillarFit: TypeAlias = Pool | Effects | Refits

CATERPILLAR_DRAWS: tuple[type, ...] = (*STUDIES, Refits)
STUDY, WITHOUT = ("study", "studies"), ("pool", "pools")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cast:
    """Who appears.

    Attributes
    ----------
    label : tuple of str
        Names of the k rows.
    study : tuple of str
        The studies they are of.
    value, low, high : ndarray, shape (k,)
        Points and limits, the scale of the axis.
    groups : tuple of str
        Subgroup of each; all empty without.
    by : str
        Column of the subgroups; empty without.
    level : float
        Coverage.
    scale : Scale
        How they are read.
    effect : str
        Name of the effect.
    noun : tuple of str
        What one row is, and several.
    mean : tuple of float or None
        Point and limits of the pool, the scale of the axis.
    estimate : Estimate or None
        The pool.
    prediction : Interval or None
        Its prediction interval, the scale of the axis.
    notes : tuple of str
        What the figure has to say.
    """

    label: tuple[str, ...]
    study: tuple[str, ...]
    value: Floats
    low: Floats
    high: Floats
    groups: tuple[str, ...]
    level: float
    scale: Scale
    effect: str
    noun: tuple[str, str] = STUDY
    by: str = ""
    mean: tuple[float, float, float] | None = None
    estimate: Estimate | None = None
    prediction: Interval | None = None
    notes: tuple[str, ...] = ()

    @property
    def k(self) -> int:
        """Number of rows without the pool."""
        return len(self.label)


def cast_of(fit: CaterpillarFit) -> Cast:
    """Return who appears for a fit.

    Raises
    ------
    InputError
        If it is none that can be drawn, has no studies, or holds cumulative refits, which have
        an order of their own.
    """
    if isinstance(fit, Refits):
        return _of_refits(fit)
    found = studies_of(fit, verb="caterpillar", able=CATERPILLAR_DRAWS)
    effects, own = found.effects, found.effects.study_scale
    low, high = effects.limits(found.level)
    limits = found.prediction
    if limits is not None:
        ends = (_moved(x, limits.scale, effects.scale) for x in (limits.low, limits.high))
        below, above = ends
        limits = Interval(low=below, high=above, level=limits.level, scale=effects.scale)
    return Cast(
        label=tuple(clean(name) for name in effects.study),
        study=tuple(effects.study),
        value=drawn_effects(effects),
        low=carried(low, own, effects.scale),
        high=carried(high, own, effects.scale),
        groups=_groups(found),
        level=found.level,
        scale=effects.scale,
        effect=effects.label,
        mean=None if found.estimate is None else _mean(found.estimate, effects.scale),
        estimate=found.estimate,
        prediction=limits,
        by=clean(found.by),
        notes=found.notes,
    )


def _of_refits(refits: Refits) -> Cast:
    """Return the pools without one study each; those that are undefined have no point."""
    if refits.kind != LEAVE_ONE_OUT:
        raise InputError(
            f"caterpillar sorts by effect, but {refits.kind} refits stand in the order in which "
            "studies were added: draw them with forest"
        )
    scale, fit = refits.scale, refits.fit
    means = [_mean(estimate, scale) for estimate in refits.estimates]
    value, low, high = np.array(means, dtype=np.float64).T
    keep = np.isfinite(value)
    lost = [clean(refits.label[i]) for i in np.flatnonzero(~keep).tolist()]
    if not keep.any():
        raise InputError("there is no pool to draw: without any of its studies the fit has none")
    places = np.flatnonzero(keep).tolist()
    label = fit.effects.label if isinstance(fit, PooledFit) else fit.label
    return Cast(
        label=tuple(f"Without {clean(refits.label[i])}" for i in places),
        study=tuple(refits.label[i] for i in places),
        value=value[keep],
        low=low[keep],
        high=high[keep],
        groups=("",) * len(places),
        level=refits.level,
        scale=scale,
        effect=label,
        noun=WITHOUT,
        mean=_mean(fit.estimate, scale),
        estimate=fit.estimate,
        notes=(f"Undefined, and not shown: without {', '.join(lost)}.",) if lost else (),
    )


def _mean(estimate: Estimate, scale: Scale) -> tuple[float, float, float]:
    value, low, high = (
        _moved(x, estimate.scale, scale) for x in (estimate.value, estimate.low, estimate.high)
    )
    return value, low, high


def _moved(value: float, own: Scale, other: Scale) -> float:
    if own is other or math.isnan(value):
        return value
    return float(carried(np.array(value), own, other))


def _groups(found: Studies) -> tuple[str, ...]:
    """Return the subgroup of each study, by the column that made them."""
    if not found.by:
        return ("",) * found.effects.k
    return tuple(clean(value) for value in found.effects.columns[found.by])
