"""Columns of a network's arms: one group of them in a long table, several in a wide one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from metaan.core.arrays import Booleans, Floats
from metaan.core.errors import Fault, InputError
from metaan.measures.defined import nan_where_undefined
from metaan.measures.row import (
    EVENTS,
    MEANS,
    ONE_EVENTS,
    ONE_MEAN,
    ONE_RATE,
    RATES,
    Measure,
    Route,
)
from metaan.trials.network_columns import HEADER, missing_inputs, one_way
from metaan.trials.network_contrasts import NETWORK_MEASURES
from metaan.trials.network_labels import CORRELATION, STUDY, TREATMENT, read_labels
from metaan.trials.reversing import DIRECTION
from metaan.trials.table_columns import Given, twice_mapped
from metaan.trials.table_routes import Inputs, gather, names_of
from metaan.trials.table_rules import row_fault, within_faults

OF_STUDY = (STUDY, CORRELATION, DIRECTION)  # one for all arms of a row


@nan_where_undefined
def _with_sd(mean: Floats, se: Floats, n: Floats) -> tuple[Floats, ...]:
    return mean, se * np.sqrt(n), n


def _with_people(events: Floats, nonevents: Floats) -> tuple[Floats, ...]:
    return events, events + nonevents


_SE = Route(inputs=("mean", "se", "n"), convert=_with_sd, says="with SD = se √n")
_SPARED = Route(
    inputs=("events", "nonevents"), convert=_with_people, says="from events and non-events"
)
# What a measure of two groups needs of each arm, and other numbers that lead to it.
ARM_INPUTS: Mapping[tuple[str, ...], tuple[tuple[str, ...], tuple[Route, ...]]] = MappingProxyType(
    {MEANS: (ONE_MEAN, (_SE,)), EVENTS: (ONE_EVENTS, (_SPARED,)), RATES: (ONE_RATE, ())}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group of columns: all arms of a long table, the first (second ...) arms of a wide one.

    Attributes
    ----------
    given : Given
        The table, and what names the columns.
    inputs : Inputs
        The arms' numbers, one for each row.
    treatment : sequence of str
        Labels; empty where a row has no such arm.
    faults : tuple of Fault
        What is wrong with its cells.
    """

    given: Given
    inputs: Inputs
    treatment: Sequence[str]
    faults: tuple[Fault, ...]


def arm_row(row: Measure) -> Measure:
    """Return a measure of two groups with what it needs of each arm as its inputs."""
    inputs, routes = ARM_INPUTS[row.inputs]
    return replace(row, inputs=inputs, routes=routes)


def arm_names(row: Measure) -> tuple[str, ...]:
    """Return the columns that the arms of a measure of two groups can be read from."""
    return (STUDY, TREATMENT, *names_of(arm_row(row)))


def named_groups(
    frame: pd.DataFrame, columns: Mapping[str, Any], row: Measure
) -> list[dict[str, Any]]:
    """Return what names the columns of each group: one for a long table, several for a wide.

    A table is wide if ``treatment`` lists columns, or if it has treatment1, treatment2 ... and
    no treatment; what is not named is then looked for with the arm's number behind its name.
    """
    many = _count_of(frame, columns.get(TREATMENT))
    if not many:
        return [dict(columns)]
    groups: list[dict[str, Any]] = [
        {name: value for name, value in columns.items() if name in OF_STUDY} for _ in range(many)
    ]
    for name in (TREATMENT, *names_of(row)):
        value: Any = columns.get(name)
        listed = _lists_columns(frame, value)
        if listed and len(value) != many:
            raise InputError(
                f"{name}= names {len(value)} columns and {TREATMENT} {many}; name one for each arm"
            )
        for i, group in enumerate(groups):
            column = f"{name}{i + 1}"
            if listed:
                group[name] = value[i]
            elif value is not None:
                group[name] = value
            elif column in frame:
                group[name] = column
    return groups


def _count_of(frame: pd.DataFrame, treatment: Any) -> int:
    """Return how many arms a row of the table holds; 0 if a row is an arm."""
    if _lists_columns(frame, treatment):
        return len(treatment)
    if treatment is not None or TREATMENT in frame:
        return 0
    number = 0
    while f"{TREATMENT}{number + 1}" in frame:
        number += 1
    return number


def _lists_columns(frame: pd.DataFrame, value: Any) -> bool:
    return isinstance(value, list | tuple) and any(
        isinstance(each, str) and each in frame for each in value
    )


def read_group(
    frame: pd.DataFrame,
    named: Mapping[str, Any],
    study: Sequence[str],
    row: Measure,
    *,
    wide: bool,
    asked: Collection[str],
) -> Group:
    """Return one group of columns; a wide row without a treatment and numbers has no such arm.

    ``asked`` are the inputs that the caller names himself.
    """
    whole = Given(frame=frame, named=named, study=study)
    given, twice, passed = one_way(whole, row, asked)
    inputs = gather(given, row)
    inputs = replace(inputs, remarks=(*passed, *inputs.remarks))
    labels, missing = read_labels(frame, named, TREATMENT)
    names = {name: given.label(name) for name in inputs.read}
    faults = [
        *missing,
        *_missing(given, row, inputs),
        *twice,
        *(fault for fault in inputs.faults if fault.row != HEADER),
        *within_faults(inputs.read, names, study),
    ]
    blank = np.array([not label.strip() for label in labels], dtype=bool)
    if blank.any() and not missing:
        wrong = blank & _filled(given, inputs) if wide else blank
        faults += [
            row_fault(i, study, given.label(TREATMENT), "", "treatment label is missing",
                      "Name it, or drop the arm.")
            for i in np.flatnonzero(wrong).tolist()
        ]  # fmt: skip
        labels = ["" if none else label for label, none in zip(labels, blank, strict=True)]
    return Group(given=given, inputs=inputs, treatment=labels, faults=tuple(faults))


def _missing(given: Given, row: Measure, inputs: Inputs) -> list[Fault]:
    """Return the inputs that are not there, and which measures take what is there instead."""
    faults = missing_inputs(given, row, inputs.read)
    for family, (names, _) in ARM_INPUTS.items():
        there = all(given.has(name) or f"{name}1" in given.frame for name in names)
        if faults and there and names != row.inputs:
            keys = ", ".join(
                key for key, each in NETWORK_MEASURES.items() if each.inputs == family
            )
            remedy = f"{faults[0].remedy} The table has the columns of {keys}."
            faults[0] = replace(faults[0], remedy=remedy)
    return faults


def _filled(given: Given, inputs: Inputs) -> Booleans:
    """Return the rows that have a number in a column of the group, shape (rows,)."""
    found = np.zeros(len(given.frame), dtype=bool)
    for name, values in inputs.read.items():
        if given.label(name) in given.frame:
            found |= ~np.isnan(values)
    return found


def mapped_twice(named: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """Return the columns that stand for two inputs, of one arm or of two."""
    if len(named) == 1:
        return twice_mapped(named[0])
    whole: dict[str, Any] = {name: named[0][name] for name in OF_STUDY if name in named[0]}
    for number, group in enumerate(named, start=1):
        for name, column in group.items():
            shared = number > 1 and name != TREATMENT and named[0].get(name) == column
            if name not in OF_STUDY and not shared:
                whole[f"{name} of arm {number}"] = column
    return twice_mapped(whole)
