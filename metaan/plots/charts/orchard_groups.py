"""What an orchard plot shows, taken from a fit: groups, their means and their studies."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, TypeAlias

import numpy as np

from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate, Interval
from metaan.core.lookup import look_up
from metaan.core.numbers import listed
from metaan.core.regression_fit import RegressionFit
from metaan.core.robust_fit import RobustFit
from metaan.core.scale import Scale
from metaan.core.subgroup_fit import SubgroupFit
from metaan.plots.charts.bubble_axis import carried
from metaan.plots.charts.bubble_curve import checked_at, held_text, mean_decimals
from metaan.plots.charts.subjects import POOLS, Pool, robust_note, studies_of
from metaan.plots.forests.wording import clean

OrchardFit: TypeAlias = Pool | RegressionFit

ORCHARD_DRAWS: tuple[type, ...] = (*POOLS, RegressionFit)

ALL = "All studies"
MOST_LEVELS = 40
NAN = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrchardMean:
    """A mean and its intervals, analysis scale; NaN for those that do not exist."""

    value: float
    low: float
    high: float
    prediction_low: float = NAN
    prediction_high: float = NAN


UNDEFINED = OrchardMean(value=NAN, low=NAN, high=NAN)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Branch:
    """One group before it is placed.

    Attributes
    ----------
    name : str
        Of the group.
    k : int
        Number of its studies.
    mean : OrchardMean
        Its mean.
    studies : Effects or None
        What is drawn as points; None for a total whose studies stand in the groups.
    """

    name: str
    k: int
    mean: OrchardMean
    studies: Effects | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tree:
    """All groups of a fit.

    Attributes
    ----------
    branches : tuple of Branch
        From top to bottom.
    effects : Effects
        All studies.
    level : float
        Coverage of the intervals.
    notes : tuple of str
        What the figure has to say of how the means were made, and of what is not shown.
    """

    branches: tuple[Branch, ...]
    effects: Effects
    level: float
    notes: tuple[str, ...] = ()


def tree_of(fit: OrchardFit, by: str, asked: Mapping[str, Any] | None) -> Tree:
    """Return the groups of a fit; InputError if it is none that has some."""
    at = checked_at(asked)
    own = fit.fit if isinstance(fit, RobustFit) else fit
    if isinstance(own, RegressionFit):
        return _from_regression(fit, own, by, at)  # type: ignore[arg-type]  # robust or itself
    found = studies_of(fit, verb="orchard", able=ORCHARD_DRAWS)
    if by or at:
        raise InputError("by= and at= are for a meta-regression; this fit has its groups already")
    studies, scale = found.effects, found.effects.scale
    whole = UNDEFINED
    if found.estimate is not None:
        whole = _mean(found.estimate, found.prediction, scale)
    branches = [Branch(name=ALL, k=studies.k, mean=whole, studies=studies)]
    if isinstance(fit, SubgroupFit):
        parts = _from_subgroups(fit, scale)
        branches = [*parts, replace(branches[0], studies=None)] if len(parts) > 1 else parts
    return Tree(branches=tuple(branches), effects=studies, level=found.level, notes=found.notes)


def _mean(estimate: Estimate, limits: Interval | None, scale: Scale) -> OrchardMean:
    """Return a mean where the scale of the figure reads the same."""
    ends = (NAN, NAN) if limits is None else (limits.low, limits.high)
    value, low, high, below, above = (
        float(carried(np.array(x), estimate.scale, scale))
        for x in (estimate.value, estimate.low, estimate.high, *ends)
    )
    return OrchardMean(
        value=value, low=low, high=high, prediction_low=below, prediction_high=above
    )


def _from_subgroups(fit: SubgroupFit, scale: Scale) -> list[Branch]:
    return [
        Branch(
            name=clean(level),
            k=part.k,
            mean=_mean(part.estimate, part.prediction_interval, scale),
            studies=part.effects,
        )
        for level, part in zip(fit.levels, fit.fits, strict=True)
    ]


def _from_regression(
    robust: RegressionFit | RobustFit, fit: RegressionFit, by: str, at: Mapping[str, Any]
) -> Tree:
    """Return the expected effects of a regression, with the limits of its robust fit."""
    moderators = fit.predict().settings
    column = _moderator(moderators, by)
    for name in at:
        look_up(moderators, name, argument="at", what="a moderator of this fit")
    values = list(moderators[column])
    levels = list(dict.fromkeys(values))
    if len(levels) > MOST_LEVELS:
        raise InputError(
            f"{column} has {len(levels)} different values; orchard draws at most {MOST_LEVELS} "
            "groups. Draw a moderator that is a number with bubble"
        )
    fixed, told = _held(moderators, column, at)
    expected = robust.predict({column: levels, **fixed})
    branches = []
    for i, level in enumerate(levels):
        where = [value == level for value in values]
        mean = OrchardMean(
            value=float(expected.estimate[i]),
            low=float(expected.low[i]),
            high=float(expected.high[i]),
            prediction_low=float(expected.prediction_low[i]),
            prediction_high=float(expected.prediction_high[i]),
        )
        studies = fit.effects.take(np.array(where))
        branches.append(Branch(name=clean(level), k=studies.k, mean=mean, studies=studies))
    sturdy = (robust_note(robust),) if isinstance(robust, RobustFit) else ()
    return Tree(
        branches=tuple(branches),
        effects=fit.effects,
        level=expected.level,
        notes=(*told, *sturdy),
    )


def _moderator(moderators: Mapping[str, Any], by: str) -> str:
    if by:
        look_up(moderators, by, argument="by", what="a moderator of this fit")
        return by
    if len(moderators) == 1:
        return next(iter(moderators))
    choices = listed(list(moderators)) if moderators else "none"
    raise InputError(f"name the moderator that makes the groups with by=; there are {choices}")


def _held(
    moderators: Mapping[str, Sequence[Any]], column: str, at: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the values that the other moderators are held at, and the footnote about them."""
    held: dict[str, Any] = {}
    told, open_ = [], []
    for name, values in moderators.items():
        if name == column:
            continue
        if name in at:
            held[name] = at[name]
            told.append(f"{clean(name)} = {held_text(at[name])}")
        elif all(isinstance(x, Real) and not isinstance(x, bool | np.bool_) for x in values):
            held[name] = math.fsum(map(float, values)) / len(values)
            text = held_text(held[name], mean_decimals(values))
            told.append(f"{clean(name)} = {text} (mean of the studies)")
        else:
            open_.append(name)
    if open_:
        example = f"at={{{open_[0]!r}: {moderators[open_[0]][0]!r}}}"
        raise InputError(
            f"say at which value {listed(open_)} should be held, e.g. {example}; a category has "
            "no mean"
        )
    if column in at:
        raise InputError(f"{column} makes the groups and cannot be held at one value; drop it")
    return held, (f"Means are for {listed(told)}.",) if told else ()
