"""Columns of the effects beside the plot: any of them by name, with a head of one's own."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from metaan.core.arrays import FrozenDict
from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.core.lookup import hint
from metaan.core.numbers import MINUS, fixed
from metaan.plots.forests.arms import count, decimals, number
from metaan.plots.forests.layout import (
    ARMS,
    BIAS,
    EFFECT,
    EVENTS,
    PARTICIPANTS,
    STANDARD_ERROR,
    WEIGHT,
    Shown,
)
from metaan.plots.forests.lines import Lines
from metaan.plots.forests.record import Cell, ForestColumn
from metaan.plots.forests.wording import clean, sentence_case

# Made by others: the arms, the estimate, its share, and the judgments.
MADE = (ARMS, EFFECT, WEIGHT, BIAS)
NEGATIVE = re.compile(r"^-(?=[\d.])")
SE_DIGITS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Special:
    """A column that is made from the numbers of the effects.

    Attributes
    ----------
    head : str
        Its head.
    values : callable
        Effects to one number per study; nothing where there is none.
    summed : bool
        Whether a pool shows their sum.
    digits : int
        Decimals.
    """

    head: str
    values: Callable[[Effects], Sequence[float]]
    summed: bool = True
    digits: int = 0


def _of_both(stem: str) -> Callable[[Effects], Sequence[float]]:
    """Return a reader of a column, or of the sum of both groups' columns."""

    def values(effects: Effects) -> Sequence[float]:
        columns = effects.columns
        names = [stem] if stem in columns else [f"{stem}1", f"{stem}2"]
        if not all(name in columns for name in names):
            return ()
        parts = zip(*(columns[name] for name in names), strict=True)
        return [sum(number(value) for value in each) for each in parts]

    return values


SPECIALS: Mapping[str, Special] = MappingProxyType(
    {
        PARTICIPANTS: Special(head="n", values=_of_both(PARTICIPANTS)),
        EVENTS: Special(head="Events", values=_of_both(EVENTS)),
        STANDARD_ERROR: Special(
            head="SE", values=lambda effects: effects.se.tolist(), summed=False, digits=SE_DIGITS
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnColumns:
    """Columns of the effects that stand beside a plot.

    Attributes
    ----------
    columns : mapping of str to ForestColumn
        By the name they were asked for under.
    cells : mapping of str to tuple of str
        By key of the column: one text per study.
    sums : mapping of str to tuple of float
        By key of the column: numbers of the studies, where a pool shows their sum.
    """

    columns: Mapping[str, ForestColumn]
    cells: Mapping[str, tuple[str, ...]]
    sums: Mapping[str, tuple[float, ...]]

    def study(self, place: int) -> dict[str, Cell]:
        """Return the cells of a study."""
        return {key: (texts[place],) for key, texts in self.cells.items()}

    def pool(self, members: Sequence[int]) -> dict[str, Cell]:
        """Return the cells of a pool of these studies: sums, where every study has the number."""
        told: dict[str, Cell] = {}
        for key, numbers in self.sums.items():
            total = math.fsum(numbers[i] for i in members)
            told |= {} if math.isnan(total) or not members else {key: (fixed(total, 0),)}
        return told


NO_COLUMNS = OwnColumns(columns=FrozenDict(), cells=FrozenDict(), sums=FrozenDict())


def name_of(asked: str | Shown) -> str:
    """Return the name of a column that was asked for."""
    return asked.column if isinstance(asked, Shown) else asked


def checked_names(given: Sequence[str | Shown], argument: str) -> tuple[str | Shown, ...]:
    """Return the columns that were asked for at a side.

    Raises
    ------
    InputError
        If it is one text, holds something else, or a column twice.
    """
    if isinstance(given, str | Shown) or not isinstance(given, Sequence):
        raise InputError(
            f'{argument} must be a sequence of columns, such as ["arms", "effect"]; got {given!r}'
        )
    strange = [each for each in given if not isinstance(each, str | Shown)]
    if strange:
        raise InputError(f"{argument} takes names and Shown columns; got {strange[0]!r}")
    names = [name_of(each) for each in given]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(f"{argument} names the column {twice[0]!r} twice; name it once")
    return tuple(given)


def own_columns(
    effects: Effects,
    asked: Sequence[str | Shown],
    lines: Lines,
    named: Callable[[str], str] = sentence_case,
) -> OwnColumns:
    """Return the columns of the effects among those that were asked for.

    Parameters
    ----------
    effects : Effects
        Studies with their columns.
    asked : sequence of str or Shown
        Names; those of ``MADE`` are made elsewhere.
    lines : Lines
        Writes numbers with the signs of the layout.
    named : callable
        From a column of the effects to its head, where a `Shown` has none.

    Raises
    ------
    ChoiceError
        If the effects have no such column; it names those there are.
    InputError
        If a value cannot be written in the format that was asked for.
    """
    columns: dict[str, ForestColumn] = {}
    cells: dict[str, tuple[str, ...]] = {}
    sums: dict[str, tuple[float, ...]] = {}
    for each in asked:
        shown = each if isinstance(each, Shown) else Shown(column=each)
        name = shown.column
        if name in MADE:
            continue
        special = SPECIALS.get(name)
        values = special.values(effects) if special else _column(effects, name)
        if special and not any(math.isfinite(number(value)) for value in values):
            continue  # a figure without this number goes without the column
        key = f"column {name}"
        cells[key] = _texts(shown, values, special, lines)
        head = shown.head or (special.head if special else named(name))
        columns[name] = _headed(shown, key, head, values)
        if special and special.summed:
            sums[key] = tuple(number(value) for value in values)
    return OwnColumns(columns=FrozenDict(columns), cells=FrozenDict(cells), sums=FrozenDict(sums))


def _column(effects: Effects, name: str) -> Sequence[Any]:
    if name in effects.columns:
        return effects.columns[name]
    raise no_column(name, effects.columns)


def no_column(name: str, there: Mapping[str, Any]) -> ChoiceError:
    """Return the error about a column that there is not."""
    offered = dict.fromkeys((*MADE, *SPECIALS, *there))
    return ChoiceError(
        f"there is no column {name!r} to show; choose from {', '.join(offered)}."
        f"{hint(name, offered)}"
    )


def _headed(shown: Shown, key: str, head: str, values: Sequence[Any]) -> ForestColumn:
    words = not all(_is_number(value) for value in values if not _missing(value))
    return ForestColumn(
        key=key,
        head=clean(head),
        over=clean(shown.over),
        align=shown.align or ("left" if words else "right"),
    )


def _texts(
    shown: Shown, values: Sequence[Any], special: Special | None, lines: Lines
) -> tuple[str, ...]:
    """Return the values as texts; an en dash for a missing one."""
    if shown.format:
        return tuple(_formatted(shown, value) for value in values)
    known = [value for value in values if not _missing(value)]
    if not all(_is_number(value) for value in known):
        return tuple(fixed(math.nan) if _missing(x) else clean(x) for x in values)
    numbers = [number(value) for value in values]
    digits = special.digits if special else decimals(numbers)
    told = (count(x) if special and not digits else fixed(x, digits) for x in numbers)
    return tuple(lines.styled(text) for text in told)


def _formatted(shown: Shown, value: Any) -> str:
    if _missing(value):
        return fixed(math.nan)
    try:
        return NEGATIVE.sub(MINUS, clean(shown.format.format(value)))
    except (ValueError, IndexError, KeyError, AttributeError, TypeError) as failed:
        raise InputError(
            f"column {shown.column!r}: {value!r} cannot be written as {shown.format!r} "
            f'({failed}); write a format such as "{{:.1f}}"'
        ) from failed


def _missing(value: Any) -> bool:
    return value is None or value != value or (isinstance(value, str) and not clean(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
