"""What a meta-regression expects along one moderator, the others held: asked of the fit itself."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from metaan.core.cells import is_missing
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.core.numbers import MOST_DECIMALS, compact, fixed
from metaan.core.regression_answers import Predictions
from metaan.core.regression_fit import RegressionFit
from metaan.core.robust_fit import RobustFit
from metaan.plots.charts.subjects import not_drawn
from metaan.plots.forests.wording import clean
from metaan.univariate.moderators import plain_columns, references

STEPS = 100  # pieces of a curve
MEAN, REFERENCE, ASKED = "mean", "reference", "as asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """What is expected at one value of the moderator; analysis scale.

    Attributes
    ----------
    x : float
        Place on the axis: the number, or that of the category (0, 1, ...).
    level : str
        Category; empty for a number.
    estimate, low, high : float
        Expected effect and its confidence limits.
    prediction_low, prediction_high : float
        Prediction limits; NaN without a prediction interval.
    """

    x: float
    level: str
    estimate: float
    low: float
    high: float
    prediction_low: float
    prediction_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A moderator that is held, at which value, and why that one ("mean", "reference" ...).

    ``decimals`` are those that its value is written with; None for as many as it has.
    """

    name: str
    value: Any
    why: str
    decimals: int | None = None

    def __str__(self) -> str:
        """Return ``year = 1966.2 (mean)``."""
        return f"{clean(self.name)} = {held_text(self.value, self.decimals)} ({self.why})"


def held_text(value: Any, decimals: int | None = None) -> str:
    """Return a value that a moderator is held at; numbers with these decimals, if any."""
    if not isinstance(value, Real) or isinstance(value, bool):
        return clean(value)
    return compact(float(value), 6) if decimals is None else fixed(float(value), decimals)


def mean_decimals(values: Sequence[Any]) -> int:
    """Return the decimals of a mean of these numbers: one more than the numbers have."""
    texts = [f"{float(value):.6g}" for value in values]
    found = max((len(text.partition(".")[2]) for text in texts if "e" not in text), default=0)
    return min(found, MOST_DECIMALS) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Moderator:
    """The moderator along the axis.

    Attributes
    ----------
    name : str
        Its column.
    values : tuple
        Of the studies: floats, or texts of the categories.
    levels : tuple of str
        The categories, the reference first; empty for a number.
    keys : tuple
        What the fit calls these categories.
    """

    name: str
    values: tuple[Any, ...]
    levels: tuple[str, ...] = ()
    keys: tuple[Any, ...] = ()


def regression_of(fit: RegressionFit | RobustFit) -> RegressionFit:
    """Return the meta-regression itself; InputError for anything else."""
    base = fit.fit if isinstance(fit, RobustFit) else fit
    if not isinstance(base, RegressionFit):
        raise not_drawn(fit, verb="bubble", able=(RegressionFit, RobustFit))
    return base


def moderator_of(base: RegressionFit, x: str) -> tuple[Moderator, dict[str, Sequence[Any]]]:
    """Return the moderator of this name, and the values of all moderators.

    Raises
    ------
    InputError
        If the fit has none (ChoiceError: none of this name; the text lists them).
    """
    own: dict[str, Sequence[Any]] = {
        name: list(values) for name, values in base.predict().settings.items()
    }
    if not own:
        raise InputError(f"a fit of {base.formula!r} has no moderator to draw effects along")
    look_up(own, x, argument="x", what="a moderator of this fit")
    if is_number(base, x, own[x]):
        return Moderator(name=x, values=tuple(float(value) for value in own[x])), own
    keys = levels_of(base, x, own[x])
    found = Moderator(
        name=x,
        values=tuple(clean(value) for value in own[x]),
        levels=tuple(clean(key) for key in keys),
        keys=tuple(keys),
    )
    return found, own


def is_number(base: RegressionFit, name: str, values: Sequence[Any]) -> bool:
    """Return whether the fit takes a moderator as a number: plain in the formula, and numbers."""
    if name not in plain_columns(base.formula) or any(isinstance(each, bool) for each in values):
        return False
    try:
        return all(math.isfinite(float(value)) for value in values)
    except (TypeError, ValueError):
        return False


def levels_of(base: RegressionFit, name: str, values: Sequence[Any]) -> list[Any]:
    """Return the categories of a moderator: the one compared with, then the others sorted."""
    found = list(dict.fromkeys(values))
    alike = len({type(value) for value in found}) == 1
    ordered = sorted(found) if alike else sorted(found, key=str)
    first = [base_level for column, base_level in references(base.formula) if column == name]
    return [*(v for v in ordered if v in first), *(v for v in ordered if v not in first)]


def held_values(
    base: RegressionFit, x: str, own: Mapping[str, Sequence[Any]], at: Mapping[str, Any] | None
) -> tuple[Held, ...]:
    """Return where the other moderators are held: as asked, at their mean or reference.

    Raises
    ------
    InputError
        If ``at`` names the moderator of the axis or holds no single value (ChoiceError: it names
        none of this fit).
    """
    others = {name: values for name, values in own.items() if name != x}
    asked = checked_at(at)
    faults = [f"{x} runs along the axis and cannot be held"] if x in asked else []
    for name in asked.keys() - {x}:
        look_up(others, name, argument="at", what="another moderator of this fit")
    faults += [
        f"{name} must have one value; got {value!r}"
        for name, value in asked.items()
        if is_missing_or_many(value)
    ]
    if faults:
        raise InputError(f"at: {'; '.join(faults)}")
    return tuple(_held(base, name, values, asked) for name, values in others.items())


def checked_at(at: object) -> dict[str, Any]:
    """Return values by moderator; InputError for anything else."""
    if at is None:
        return {}
    if not isinstance(at, Mapping):
        raise InputError(f"at must hold values by moderator, {{'year': 2000}}; got {at!r}")
    return dict(at)


def is_missing_or_many(value: Any) -> bool:
    """Return whether something is no single value."""
    many = hasattr(value, "__len__") and not isinstance(value, str)
    return many or is_missing(value)


def _held(base: RegressionFit, name: str, values: Sequence[Any], asked: Mapping[str, Any]) -> Held:
    if name in asked:
        return Held(name=name, value=asked[name], why=ASKED)
    if is_number(base, name, values):
        mean = math.fsum(float(value) for value in values) / len(values)
        return Held(name=name, value=mean, why=MEAN, decimals=mean_decimals(values))
    return Held(name=name, value=levels_of(base, name, values)[0], why=REFERENCE)


def curve_of(
    fit: RegressionFit | RobustFit, moderator: Moderator, held: Sequence[Held]
) -> tuple[CurvePoint, ...]:
    """Return what the fit expects: along the range of a number, or for each category.

    The curve ends where the studies end: what the model says beyond them is not drawn.
    """
    if moderator.levels:
        at: list[Any] = list(moderator.keys)
        places = [float(i) for i in range(len(at))]
    else:
        low, high = min(moderator.values), max(moderator.values)
        at = np.unique(np.linspace(low, high, STEPS + 1)).tolist()
        places = at
    asked = fit.predict({moderator.name: at, **{each.name: each.value for each in held}})
    return tuple(
        _point(asked, i, place, moderator.levels[i] if moderator.levels else "")
        for i, place in enumerate(places)
    )


def _point(asked: Predictions, i: int, x: float, level: str) -> CurvePoint:
    return CurvePoint(
        x=x,
        level=level,
        estimate=float(asked.estimate[i]),
        low=float(asked.low[i]),
        high=float(asked.high[i]),
        prediction_low=float(asked.prediction_low[i]),
        prediction_high=float(asked.prediction_high[i]),
    )
