"""check_any_table: every fault of anyone's table, and for which measures it has numbers."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

from metaan.core.effects import LeftOut
from metaan.core.errors import DataError, Fault, LeftOutWarning, NoInformationWarning
from metaan.measures.row import Measure
from metaan.trials.effects import effect_sizes
from metaan.trials.guessing import STUDY, fitting, guess_columns, sum_faults
from metaan.trials.naming import find_measure
from metaan.trials.table_files import AnyTable, emptied
from metaan.trials.table_rules import header_fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Usable:
    """What a table has for the measures of one set of inputs.

    Attributes
    ----------
    inputs, measures : tuple of str
        Canonical columns, and the keys of the measures made from them.
    columns : mapping of str to str
        Canonical name → column that was taken.
    taken : tuple of str
        The same in words.
    studies : int
        With all these numbers.
    left_out : tuple of LeftOut
        The others, and what they lack.
    """

    inputs: tuple[str, ...]
    measures: tuple[str, ...]
    columns: Mapping[str, str]
    taken: tuple[str, ...]
    studies: int
    left_out: tuple[LeftOut, ...]


def check_any_table(
    table: AnyTable, measure: str | None = None, named: Mapping[str, str] | None = None
) -> tuple[Usable, ...]:
    """Return what a table with one row per study can be used for.

    Parameters
    ----------
    table : AnyTable
        As it was read.
    measure : str, optional
        Row of ``MEASURES`` that it is to be checked for; every one whose columns it has if
        absent.
    named : mapping of str to str, optional
        Canonical name → column, where the caller says it.

    Raises
    ------
    DataError
        With every fault of the columns that these measures take: line, column, value, rule.
    """
    rows = (find_measure(measure),) if measure else fitting(table.frame.columns, named)
    kinds: dict[tuple[str, ...], list[Measure]] = {}
    for row in rows:
        kinds.setdefault(row.inputs, []).append(row)
    found: list[Usable] = []
    faults: list[Fault] = []
    for each in kinds.values():
        try:
            found.append(_usable(table, each, named or {}))
        except DataError as error:
            faults += error.faults
    if not kinds:
        names = ", ".join(str(name) for name in table.frame.columns)
        remedy = f'Name yours: --column mean1="...". It has {names}.'
        faults.append(header_fault("", "has the columns of no measure", remedy))
    if faults:
        raise table.placed(DataError([*dict.fromkeys(faults)]))
    return tuple(found)


def _usable(table: AnyTable, rows: list[Measure], named: Mapping[str, str]) -> Usable:
    guess = guess_columns(table.frame.columns, rows[0], named)
    numbers = [column for name, column in guess.columns.items() if name != STUDY]
    frame, _ = emptied(guess.labeled(table.frame), numbers)
    label = guess.columns[STUDY]
    sums = sum_faults([str(cell) for cell in frame[label]], label)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeftOutWarning)  # what is left out is answered
        warnings.simplefilter("ignore", NoInformationWarning)
        try:
            effects = effect_sizes(frame, rows[0].key, **dict(guess.columns))
        except DataError as error:
            raise DataError([*sums, *error.faults]) from None
    if sums:
        raise DataError(sums)
    return Usable(
        inputs=tuple(name for name in guess.columns if name != STUDY),
        measures=tuple(row.key for row in rows),
        columns=guess.columns,
        taken=guess.lines(),
        studies=effects.k,
        left_out=effects.left_out,
    )
