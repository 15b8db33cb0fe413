"""check_any_table: every fault of anyone's table, and for which measures it has numbers."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from metaan.core.effects import GENERIC, Effects, LeftOut
from metaan.core.errors import (
    DataError,
    Fault,
    InputError,
    LeftOutWarning,
    NoInformationWarning,
)
from metaan.measures.row import Measure
from metaan.trials.any_effects import any_effects, key_of
from metaan.trials.given_effects import GIVEN_ROWS, measure_row
from metaan.trials.guessing import STUDY, fitting
from metaan.trials.printed_columns import printed_columns
from metaan.trials.study_headers import bare_ratio
from metaan.trials.table_files import AnyTable
from metaan.trials.table_rules import MANY, header_fault

COUNTS = ("n", "n1", "n2", "events", "events1", "events2", "nonevents1", "nonevents2")


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
    doubts : tuple of str
        What is odd about the numbers.
    """

    inputs: tuple[str, ...]
    measures: tuple[str, ...]
    columns: Mapping[str, str]
    taken: tuple[str, ...]
    studies: int
    left_out: tuple[LeftOut, ...]
    doubts: tuple[str, ...] = ()


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
    rows = (measure_row(key_of(measure)),) if measure else fitting(table.frame.columns, named)
    if measure is None and printed_columns(table.frame.columns, named) is not None:
        rows = (GIVEN_ROWS[GENERIC], *(row for row in rows if row.key != GENERIC))
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
        faults += bare_ratio([str(name) for name in table.frame.columns])
    if faults:
        raise table.placed(DataError([*dict.fromkeys(faults)]))
    return tuple(found)


def _usable(table: AnyTable, rows: list[Measure], named: Mapping[str, str]) -> Usable:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeftOutWarning)  # what is left out is answered
        warnings.simplefilter("ignore", NoInformationWarning)
        try:
            made = any_effects(table, rows[0].key, named)
        except InputError as error:
            raise DataError(
                [header_fault("", str(error).removeprefix(f"{table.name}: "), "")]
            ) from None
    effects, guess = made.effects, made.guess
    keys = tuple(row.key for row in rows)
    return Usable(
        inputs=tuple(name for name in guess.columns if name != STUDY),
        measures=keys if effects.measure in keys else (effects.measure,),
        columns=guess.columns,
        taken=(*guess.lines(), *made.remarks),
        studies=effects.k,
        left_out=effects.left_out,
        doubts=fractions(effects),
    )


def fractions(effects: Effects) -> tuple[str, ...]:
    """Return which counts that effects were made from are no whole numbers."""
    found = []
    for name in COUNTS:
        values = np.asarray(effects.columns.get(name, ()))
        if values.dtype.kind != "f":
            continue
        broken = np.flatnonzero(np.isfinite(values) & (values != np.round(values))).tolist()
        if broken:
            cells = ", ".join(f"{effects.study[i]} {values[i]:g}" for i in broken[:MANY])
            found.append(f"{name} holds numbers that are no counts: {cells}")
    return tuple(found)
