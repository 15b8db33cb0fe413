"""Columns of a network that say something of whole studies: covariates and subgroups."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from metaan.core.arrays import Floats, frozen
from metaan.core.cells import is_missing
from metaan.core.effects import LeftOut
from metaan.core.errors import ChoiceError, InputError, LeftOutWarning
from metaan.core.lookup import hint
from metaan.core.network_effects import NetworkEffects
from metaan.core.numbers import compact, listed

SHOWN = 6  # studies that an error names


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Covariate:
    """A number for each study.

    Attributes
    ----------
    name : str
        Name of the column.
    values : ndarray, shape (k,)
        The numbers; 0 and 1 for a category.
    levels : tuple of str
        The two levels of a category, in alphabetic order: the first is 0; empty for numbers.
    """

    name: str
    values: Floats
    levels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the array."""
        object.__setattr__(self, "values", frozen(self.values))

    @property
    def middle(self) -> float:
        """Where effects are shown if nothing is asked for: the mean, or the first level."""
        return 0.0 if self.levels else float(self.values.mean())

    def number(self, value: float | str, argument: str) -> float:
        """Return a value of the covariate as a number; a level has its own.

        Raises
        ------
        InputError
            If it is neither a finite number nor a level.
        """
        if self.levels and not isinstance(value, str):
            value = str(value) if str(value) in self.levels else value
        if self.levels and value in self.levels:
            return float(self.levels.index(str(value)))
        if self.levels:
            raise ChoiceError(
                f"{argument}={value!r} is not a level of {self.name}; choose one of "
                f"{', '.join(self.levels)}.{hint(value, self.levels)}"
            )
        found = _number(value)
        if found is None or not np.isfinite(found):
            raise InputError(
                f"{argument}={value!r} must be a finite value of {self.name}, e.g. "
                f"{compact(self.middle)}"
            )
        return found

    def word(self, value: float) -> str:
        """Return a value as it is read: a level by its name."""
        if self.levels and value in (0.0, 1.0):
            return self.levels[int(value)]
        return f"{value:.6g}"


def values_of_studies(effects: NetworkEffects, column: str, argument: str) -> list[Any]:
    """Return one value of a column for each study, None where it is missing.

    Parameters
    ----------
    effects : NetworkEffects
        Contrasts with further columns.
    column : str
        Name of one of them.
    argument : str
        What the caller's argument is called.

    Raises
    ------
    InputError
        If there is no such column, or studies have more than one value.
    """
    if not isinstance(column, str) or column not in effects.columns:
        known = ", ".join(effects.columns) or "none"
        raise InputError(
            f"{argument}={column!r} is not a column of these effects; columns are {known}."
            f"{hint(column, effects.columns)}"
        )
    found: dict[str, list[Any]] = {name: [] for name in effects.studies}
    for study, value in zip(effects.study, effects.columns[column], strict=True):
        if not is_missing(value) and value not in found[study]:
            found[study].append(value)
    mixed = [name for name, values in found.items() if len(values) > 1]
    if mixed:
        told = [f"{name} ({', '.join(map(str, found[name]))})" for name in mixed[:SHOWN]]
        raise InputError(
            f"{argument}={column!r} must have one value in all contrasts of a study; "
            f"{_some(told, len(mixed))} {'has' if len(mixed) == 1 else 'have'} several. A value "
            "of each arm is no covariate of the study"
        )
    return [values[0] if values else None for values in found.values()]


def covariate_of(effects: NetworkEffects, column: str) -> tuple[NetworkEffects, Covariate]:
    """Return a covariate, and the studies that have it.

    Raises
    ------
    InputError
        If there is no such column, a study has several values, a value is infinite, a category
        has more than two levels, or all studies have the same value.

    Warns
    -----
    LeftOutWarning
        If studies lack it; they are left out.
    """
    values = values_of_studies(effects, column, "covariate")
    kept, lost = _complete(effects, values, column)
    present = [value for value in values if value is not None]
    numbers = [_number(value) for value in present]
    levels: tuple[str, ...] = ()
    if any(number is None for number in numbers):
        words = [str(value) for value in present]
        levels = tuple(sorted(set(words)))
        if len(levels) > 2:
            raise InputError(
                f"covariate={column!r} has {len(levels)} levels ({listed(levels[:SHOWN])}"
                f"{' ...' if len(levels) > SHOWN else ''}); a covariate is a number or has two "
                f'levels. Compare them by network_subgroups(effects, by="{column}")'
            )
        numbers = [float(levels.index(word)) for word in words]
    z = np.array(numbers, dtype=np.float64)
    endless = [name for name, value in zip(kept.studies, z, strict=True) if not np.isfinite(value)]
    if endless:
        raise InputError(
            f"covariate={column!r} must be finite; {_some(endless, len(endless))} break this"
        )
    if float(np.ptp(z)) == 0:
        raise InputError(
            f"covariate={column!r} is {present[0]} in every study: nothing can depend on it"
        )
    if lost:
        _warn(effects, lost)
    return kept, Covariate(name=column, values=z, levels=levels)


def _complete(
    effects: NetworkEffects, values: Sequence[Any], column: str
) -> tuple[NetworkEffects, list[LeftOut]]:
    names = effects.studies
    lost = [
        LeftOut(study=name, rows=(), reason=f"{column} missing")
        for name, value in zip(names, values, strict=True)
        if value is None
    ]
    if not lost:
        return effects, lost
    if len(lost) == len(names):
        raise InputError(f"every study lacks {column}; complete the table")
    rest = effects.take(
        name for name, value in zip(names, values, strict=True) if value is not None
    )
    return replace(rest, left_out=(*effects.left_out, *lost), remarks=effects.remarks), lost


def _warn(effects: NetworkEffects, lost: Sequence[LeftOut]) -> None:
    told = ", ".join(f"{item.study} ({item.reason})" for item in lost)
    warnings.warn(
        f"{len(lost)} of {effects.k} studies left out, the covariate missing: {told}",
        LeftOutWarning,
        stacklevel=4,
    )


def _number(value: Any) -> float | None:
    """Return a value as a number, one that came as text too; None for a word or a truth."""
    if isinstance(value, bool | np.bool_):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _some(names: Sequence[str], count: int) -> str:
    more = count - SHOWN
    shown = list(names[:SHOWN])
    return listed([*shown, f"{more} more"] if more > 0 else shown)
