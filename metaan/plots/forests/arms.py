"""Arm numbers as columns at the left of a forest plot, from the canonical columns of Effects."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaan.core.effects import Effects
from metaan.core.numbers import decimals_for, fixed
from metaan.plots.forests.record import ForestColumn

TREATMENT = "Treatment"
CONTROL = "Control"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmLayout:
    """Which canonical columns of an arm are shown, and under which heads.

    Attributes
    ----------
    needs : tuple of str
        Stems of the columns; "mean" stands for mean1 and mean2.
    heads : tuple of str
        Heads, one per stem; one head for all stems if they are written as "a/b".
    groups : tuple of str
        What stands behind the stems: 1 and 2, or nothing where there is one group.
    """

    needs: tuple[str, ...]
    heads: tuple[str, ...]
    groups: tuple[str, ...]


def _layouts(groups: tuple[str, ...]) -> tuple[ArmLayout, ...]:
    """Return the layouts of these groups, the richest first."""
    return (
        ArmLayout(needs=("mean", "sd", "n"), heads=("Mean", "SD", "n"), groups=groups),
        ArmLayout(needs=("events", "n"), heads=("Events/n",), groups=groups),
        ArmLayout(needs=("events", "time"), heads=("Events/time",), groups=groups),
        ArmLayout(needs=("n",), heads=("n",), groups=groups),
    )


# The first layout whose columns are there wins: two groups, else one.
LAYOUTS = (*_layouts(("1", "2")), *_layouts(("",)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmTable:
    """Arm columns of the studies of one Effects.

    Attributes
    ----------
    columns : tuple of ForestColumn
        Heads; empty where the effects carry no arm numbers.
    cells : tuple of tuple of str
        One tuple per study.
    counts : tuple of tuple of float
        Per study what a total sums: events and n, or n, of each group; NaN where missing.
    groups : int
        Number of groups.
    """

    columns: tuple[ForestColumn, ...]
    cells: tuple[tuple[str, ...], ...]
    counts: tuple[tuple[float, ...], ...]
    groups: int = 2

    def totals(self, members: Sequence[int]) -> tuple[str, ...]:
        """Return the cells of a pool of these studies: sums where every study has the number."""
        if not self.columns:
            return ()
        sums = [sum(column) for column in zip(*(self.counts[i] for i in members), strict=True)]
        each = len(sums) // self.groups
        filled = len(self.columns) // self.groups
        return tuple(
            text
            for arm in (sums[i : i + each] for i in range(0, len(sums), each))
            for text in (*("",) * (filled - 1), "" if math.isnan(sum(arm)) else _joined(arm))
        )


def arm_table(effects: Effects) -> ArmTable:
    """Return the arm columns of these effects.

    Parameters
    ----------
    effects : Effects
        Its ``columns`` may hold ``mean1 sd1 n1 mean2 sd2 n2``, ``events1 n1 events2 n2``,
        ``events1 time1 events2 time2`` or ``n1 n2``, 1 being the treatment; or the same of one
        group, ``events n``. None and NaN become an en dash.

    Returns
    -------
    ArmTable
        Without columns where no layout has any number.
    """
    names = (effects.treatment or TREATMENT, effects.control or CONTROL)
    for layout in LAYOUTS:
        arms = [_numbers(effects.columns, layout.needs, arm) for arm in layout.groups]
        if all(_any_number(arm) for arm in arms):
            break
    else:
        return ArmTable(columns=(), cells=((),) * effects.k, counts=((),) * effects.k)
    over = names if len(arms) > 1 else ("",)
    heads = [
        ForestColumn(key=f"{head}{group}", head=head, over=name)
        for name, group in zip(over, layout.groups, strict=True)
        for head in layout.heads
    ]
    texts = [_cells(arm, layout) for arm in arms]
    summed = [arm if layout.needs[0] == "events" else arm[-1:] for arm in arms]
    columns_of_counts = [column for arm in summed for column in arm]
    return ArmTable(
        columns=tuple(heads),
        cells=tuple(sum(each, ()) for each in zip(*texts, strict=True)),
        counts=tuple(zip(*columns_of_counts, strict=True)),
        groups=len(arms),
    )


def _numbers(
    columns: Mapping[str, Sequence[Any]], stems: Sequence[str], arm: str
) -> list[list[float]]:
    """Return one list of numbers per stem; an empty list of lists if a column is absent."""
    names = [f"{stem}{arm}" for stem in stems]
    if not all(name in columns for name in names):
        return []
    return [[_number(value) for value in columns[name]] for name in names]


def _any_number(arm: Sequence[Sequence[float]]) -> bool:
    return bool(arm) and all(any(math.isfinite(x) for x in column) for column in arm)


def _number(value: object) -> float:
    """Return the value as a float; NaN for None, text and other things without a number."""
    try:
        return float(str(value))
    except ValueError:
        return math.nan


def _cells(arm: Sequence[Sequence[float]], layout: ArmLayout) -> list[tuple[str, ...]]:
    """Return the cells of one arm, one tuple per study."""
    if len(layout.heads) < len(layout.needs):
        return [(_joined(values),) for values in zip(*arm, strict=True)]
    texts = []
    for stem, column in zip(layout.needs, arm, strict=True):
        digits = 0 if stem == "n" else _digits(column)
        texts.append([_count(x) if stem == "n" else fixed(x, digits) for x in column])
    return list(zip(*texts, strict=True))


def _digits(column: Sequence[float]) -> int:
    """Return the decimals of a column: as many as the longest entry has, at most two."""
    finite = [x for x in column if math.isfinite(x)]
    given = max((len(repr(x).partition(".")[2]) if x % 1 else 0 for x in finite), default=0)
    return min(given, max(1, decimals_for(*finite)), 2)


def _count(value: float) -> str:
    """Return a count; with one decimal where a shared arm was split into fractions."""
    return fixed(value, 0 if math.isnan(value) or abs(value - round(value)) < 0.05 else 1)


def _joined(values: Sequence[float]) -> str:
    """Return ``events/n``, or the one number; one en dash where nothing is known."""
    if all(math.isnan(x) for x in values):
        return fixed(math.nan)
    return "/".join(_count(x) for x in values)
