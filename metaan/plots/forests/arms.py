"""Arm numbers as columns of a forest plot, from the canonical columns of Effects."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from metaan.core.effects import Effects
from metaan.core.numbers import decimals_for, fixed
from metaan.plots.forests.layout import EVENTS, MEAN, SD, TIME
from metaan.plots.forests.layout import PARTICIPANTS as N
from metaan.plots.forests.layouts import PLAIN, Layout
from metaan.plots.forests.record import Cell, ForestColumn
from metaan.plots.pages.letters import printable

TREATMENT = "Treatment"
CONTROL = "Control"
HEADS: Mapping[str, str] = MappingProxyType(
    {MEAN: "Mean", SD: "SD", N: "n", EVENTS: "Events", TIME: "Time"}
)
COUNTS = (N, EVENTS, TIME)  # without decimals; a pool shows their sum
MOST_DECIMALS = 2
# Which numbers of an arm are shown together, the richest first.
STEMS = ((MEAN, SD, N), (EVENTS, N), (EVENTS, TIME), (N,))
GROUPS = (("1", "2"), ("",))  # of a comparison, else of one group

Numbers = tuple[float, ...]  # one per study


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmTable:
    """Arm columns of the studies of one Effects.

    Attributes
    ----------
    columns : tuple of ForestColumn
        Heads; empty where the effects carry no arm numbers.
    cells : tuple of tuple of str
        One tuple per study.
    stem : str
        First of the numbers that are shown ("mean", "events", "n"); empty without columns.
    summed : tuple of tuple of Numbers
        Per column the numbers whose sums a pool shows; none for a mean.
    events : tuple of Numbers or None
        Per column the events that have a row of their own under a pool, if they have.
    """

    columns: tuple[ForestColumn, ...]
    cells: tuple[tuple[str, ...], ...]
    stem: str = ""
    summed: tuple[tuple[Numbers, ...], ...] = ()
    events: tuple[Numbers | None, ...] = ()

    def study(self, place: int) -> dict[str, Cell]:
        """Return the cells of a study by the keys of their columns."""
        return self._cells(self.cells[place])

    def totals(self, members: Sequence[int]) -> tuple[str, ...]:
        """Return the cells of a pool of these studies: sums where every study has the number."""
        return tuple(_sums(numbers, members) for numbers in self.summed)

    def pool(self, members: Sequence[int]) -> dict[str, Cell]:
        """Return the same by the keys of their columns."""
        return self._cells(self.totals(members))

    def total_events(self, members: Sequence[int]) -> dict[str, Cell]:
        """Return the cells of the row of events; nothing where they have none of their own."""
        return self._cells([_sums((x,) if x else (), members) for x in self.events])

    def _cells(self, texts: Sequence[str]) -> dict[str, Cell]:
        pairs = zip(self.columns, texts, strict=bool(texts))
        return {column.key: (text,) for column, text in pairs if text}


def _sums(numbers: Sequence[Numbers], members: Sequence[int]) -> str:
    sums = [math.fsum(column[i] for i in members) for column in numbers if members]
    return "" if not sums or math.isnan(math.fsum(sums)) else _joined(sums)


def arm_table(effects: Effects, layout: Layout = PLAIN) -> ArmTable:
    """Return the arm columns of these effects.

    Parameters
    ----------
    effects : Effects
        Its ``columns`` may hold ``mean1 sd1 n1 mean2 sd2 n2``, ``events1 n1 events2 n2``,
        ``events1 time1 events2 time2`` or ``n1 n2``, 1 being the treatment; or the same of one
        group, ``events n``. None and NaN become an en dash.
    layout : Layout
        Whether events and n are joined, and the heads.

    Returns
    -------
    ArmTable
        Without columns where there are no such numbers.
    """
    for groups in GROUPS:
        for stems in STEMS:
            arms = [_numbers(effects.columns, stems, group) for group in groups]
            if all(_any_number(arm) for arm in arms):
                return _table(effects, layout, stems, arms)
    return ArmTable(columns=(), cells=((),) * effects.k)


def _table(
    effects: Effects, layout: Layout, stems: Sequence[str], arms: Sequence[Sequence[Numbers]]
) -> ArmTable:
    sides = (effects.treatment or TREATMENT, effects.control or CONTROL)
    names = [printable(side) for side in sides] if len(arms) > 1 else [""]
    tables = [
        _arm(layout, stems, arm, name=name, place=i)
        for i, (arm, name) in enumerate(zip(arms, names, strict=True))
    ]
    columns = [column for each in tables for column in each.columns]
    over = printable(layout.arms_over.get(stems[0], ""))
    if over and len(arms) > 1 and len(columns) == len(arms):
        columns = [replace(each, head=each.over, over=over) for each in columns]
    return ArmTable(
        columns=tuple(columns),
        cells=tuple(sum(each, ()) for each in zip(*(each.cells for each in tables), strict=True)),
        stem=stems[0],
        summed=tuple(numbers for each in tables for numbers in each.summed),
        events=tuple(numbers for each in tables for numbers in each.events),
    )


def _arm(
    layout: Layout, stems: Sequence[str], numbers: Sequence[Numbers], *, name: str, place: int
) -> ArmTable:
    """Return the columns of one arm."""
    heads = [layout.arm_heads.get(stem, HEADS[stem]) for stem in stems]
    if stems[0] == EVENTS and layout.arms == "joined":
        head = "/".join([heads[0], *(each.lower() for each in heads[1:])])
        column = ForestColumn(key=f"{head} {place}", head=head, over=name)
        cells = tuple((_joined(values),) for values in zip(*numbers, strict=True))
        return ArmTable(columns=(column,), cells=cells, summed=(tuple(numbers),), events=(None,))
    columns = [ForestColumn(key=f"{head} {place}", head=head, over=name) for head in heads]
    apart = bool(layout.total_events) and stems[0] == EVENTS
    return ArmTable(
        columns=tuple(columns),
        cells=tuple(zip(*map(_texts, stems, numbers), strict=True)),
        summed=tuple(
            (x,) if stem in COUNTS and not (apart and stem == EVENTS) else ()
            for stem, x in zip(stems, numbers, strict=True)
        ),
        events=tuple(
            x if apart and stem == EVENTS else None for stem, x in zip(stems, numbers, strict=True)
        ),
    )


def _texts(stem: str, column: Numbers) -> list[str]:
    """Return the cells of a column of numbers."""
    if stem in COUNTS:
        return [count(x) for x in column]
    digits = decimals(column)
    return [fixed(x, digits) for x in column]


def _numbers(
    columns: Mapping[str, Sequence[Any]], stems: Sequence[str], group: str
) -> list[Numbers]:
    """Return the numbers of each stem; nothing if a column is absent."""
    names = [f"{stem}{group}" for stem in stems]
    if not all(name in columns for name in names):
        return []
    return [tuple(number(value) for value in columns[name]) for name in names]


def _any_number(arm: Sequence[Numbers]) -> bool:
    return bool(arm) and all(any(math.isfinite(x) for x in column) for column in arm)


def number(value: object) -> float:
    """Return the value as a float; NaN for None, text and other things without a number."""
    try:
        return float(str(value))
    except ValueError:
        return math.nan


def decimals(column: Sequence[float]) -> int:
    """Return the decimals of a column: as many as the longest entry has, at most two."""
    finite = [x for x in column if math.isfinite(x)]
    given = max((len(repr(x).partition(".")[2]) if x % 1 else 0 for x in finite), default=0)
    return min(given, max(1, decimals_for(*finite)), MOST_DECIMALS)


def count(value: float) -> str:
    """Return a count; with one decimal where a shared arm was split into fractions."""
    return fixed(value, 0 if math.isnan(value) or abs(value - round(value)) < 0.05 else 1)


def _joined(values: Sequence[float]) -> str:
    """Return ``events/n``, or the one number; one en dash where nothing is known."""
    if all(math.isnan(x) for x in values):
        return fixed(math.nan)
    return "/".join(count(x) for x in values)
