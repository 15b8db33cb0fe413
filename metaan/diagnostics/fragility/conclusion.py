"""CONCLUSIONS: what a pool concludes, and how far it is from concluding something else."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.core.counts_fit import CountsFit
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.lookup import look_up
from metaan.core.numbers import compact, printed
from metaan.core.scale import Scale
from metaan.core.wording import in_sentence, percent


class Limits(NamedTuple):
    """Estimates with their limits, analysis scale; arrays of one shape."""

    value: Floats
    low: Floats
    high: Floats


Ends = Callable[[Limits], tuple[Floats, Floats]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A row of ``CONCLUSIONS``: the two ends that are compared with a value."""

    key: str
    about: str
    ends: Ends


def _interval(found: Limits) -> tuple[Floats, Floats]:
    return found.low, found.high


def _estimate(found: Limits) -> tuple[Floats, Floats]:
    return found.value, found.value


_ROWS = (
    Kind(key="interval", about="on which side of a value the interval lies", ends=_interval),
    Kind(key="estimate", about="on which side of a value the estimate lies", ends=_estimate),
)
CONCLUSIONS: Mapping[str, Kind] = MappingProxyType({row.key: row for row in _ROWS})
INTERVAL, ESTIMATE = (row.key for row in _ROWS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What a pool concludes.

    Attributes
    ----------
    kind : str
        Row of ``CONCLUSIONS``.
    against : float
        The value compared with, analysis scale.
    side : int
        1 above it, -1 below it, 0 where the interval includes it.
    level : float
        Coverage of the interval.
    scale : Scale
        How ``against`` is read.
    label : str
        Name of the effect, reading scale.
    """

    kind: str
    against: float
    side: int
    level: float
    scale: Scale
    label: str

    @property
    def subject(self) -> str:
        """What is compared: ``the 95% CI``, or ``the estimate``."""
        return f"the {percent(self.level)} CI" if self.kind == INTERVAL else "the estimate"

    @property
    def value_text(self) -> str:
        """The value compared with, reading scale."""
        return compact(float(self.scale.inverse(self.against)))

    def words(self, side: int | None = None, *, verb: str = "") -> str:
        """Return ``the 95% CI includes 1``; with ``verb="would"``, ``would include``."""
        side = self.side if side is None else side
        does = f"{verb} " if verb else ""
        ending = "" if verb else "s"
        if side == 0:
            return f"{self.subject} {does}include{ending} {self.value_text}"
        where = "above" if side > 0 else "below"
        return f"{self.subject} {does}lie{ending} {where} {self.value_text}"

    def targets(self) -> tuple[int, ...]:
        """Return the directions in which the conclusion can be turned: 1 up, -1 down."""
        return (-self.side,) if self.side else (1, -1)

    def room(self, found: Limits, direction: int) -> Floats:
        """Return how far the end is from the value when moving in a direction.

        Parameters
        ----------
        found : Limits
            Refits.
        direction : int
            1: the effect is to become larger; -1: smaller.

        Returns
        -------
        ndarray
            Below 0 (or 0, where the conclusion is now on a side) once it has turned; NaN where
            there is no estimate, which never counts as turned.
        """
        low, high = CONCLUSIONS[self.kind].ends(found)
        if self.side == 0:
            return self.against - low if direction > 0 else high - self.against
        return low - self.against if self.side > 0 else self.against - high

    def turned(self, found: Limits, direction: int | None = None) -> Booleans:
        """Return where the conclusion is another one."""
        if direction is None:
            every = [self.turned(found, way) for way in self.targets()]
            return np.asarray(np.logical_or.reduce(every))
        room = self.room(found, direction)
        with np.errstate(invalid="ignore"):
            return np.asarray(room <= 0 if self.side else room < 0)

    def side_of(self, found: Limits) -> Integers:
        """Return 1, -1 or 0 for each refit."""
        low, high = CONCLUSIONS[self.kind].ends(found)
        return np.where(low > self.against, 1, np.where(high < self.against, -1, 0))

    def effect_words(self, found: Limits) -> str:
        """Return ``pooled risk ratio would be 0.8 (95% CI 0.6 to 1.1)`` for one refit."""
        with np.errstate(over="ignore"):
            read = [float(self.scale.inverse(float(np.squeeze(each)))) for each in found]
        against = float(self.scale.inverse(self.against))
        value, low, high = printed(*read, ratio=self.scale.is_log, null=against)
        limits = f"({percent(self.level)} CI {low} to {high})"
        return f"pooled {in_sentence(self.label)} would be {value} {limits}"


def conclusion_of(
    fit: PooledFit | CountsFit, *, conclusion: str, against: float | None, verb: str
) -> Conclusion:
    """Return what a fit concludes.

    Parameters
    ----------
    fit : PooledFit or CountsFit
        The pool.
    conclusion : str
        Row of ``CONCLUSIONS``.
    against : float or None
        Value to compare with, reading scale; None for no effect.
    verb : str
        Public name of the caller, for messages.

    Raises
    ------
    InputError
        If the scale has no null and ``against`` is missing, it cannot be read, or the estimate
        has no limits, or equals it.
    """
    look_up(CONCLUSIONS, conclusion, argument="conclusion", what="a kind of conclusion")
    scale, own = fit.estimate.scale, fit.estimate
    reference = reference_of(scale, against, verb=verb)
    found = Limits(*(np.array([each]) for each in (own.value, own.low, own.high)))
    low, high = CONCLUSIONS[conclusion].ends(found)
    if not np.isfinite(low + high).all():
        raise InputError(f"{verb} needs a pool with a finite estimate and limits; got {own}")
    made = Conclusion(
        kind=conclusion,
        against=reference,
        side=0,
        level=own.level,
        scale=scale,
        label=fit.effects.label if isinstance(fit, PooledFit) else fit.label,
    )
    side = int(made.side_of(found)[0])
    if conclusion == ESTIMATE and side == 0:
        raise InputError(
            f"{verb}: the estimate is {made.value_text} itself, on neither side of it; take "
            f'another against=, or conclusion="{INTERVAL}"'
        )
    return Conclusion(
        kind=made.kind, against=reference, side=side, level=own.level, scale=scale,
        label=made.label,
    )  # fmt: skip


def reference_of(
    scale: Scale, against: float | None, *, verb: str, argument: str = "against"
) -> float:
    """Return a value on the analysis scale: the null, or what was given on the reading scale."""
    if against is None:
        if not scale.has_null:
            raise InputError(
                f"{verb}: a level has no value of no effect; give {argument}=, a value to compare "
                "with on the reading scale"
            )
        return float(scale.null)
    if isinstance(against, bool) or not isinstance(against, Real):
        raise InputError(f"{verb}: {argument}={against!r} must be a number on the reading scale")
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(scale.transform(float(against)))
    if not math.isfinite(value):
        raise InputError(
            f"{verb}: {argument}={against!r} cannot be an effect on the {scale.key} scale; give "
            "it as it is read (a ratio as a ratio, greater than 0)"
        )
    return value
