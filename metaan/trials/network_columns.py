"""Columns that a network's table lacks, has twice, or calls by another name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from metaan.core.errors import Fault, InputError
from metaan.core.lookup import nearest
from metaan.measures.row import Measure, Route
from metaan.trials.table_columns import Given, read_input
from metaan.trials.table_rules import header_fault

# What other programs and papers call a column, in small letters and digits alone.
ALSO: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "study": ("studlab", "trial", "author", "id", "studyid", "studyname", "paper"),
        "treatment": ("arm", "trt", "treat", "t", "drug", "intervention", "group"),
        "treat1": ("t1", "trt1", "treatment1", "arm1", "drug1", "intervention1"),
        "treat2": ("t2", "trt2", "treatment2", "arm2", "drug2", "intervention2"),
        "y": ("te", "yi", "effect", "estimate", "es", "logor", "lnor", "logrr", "lnrr", "loghr",
              "lnhr", "diff"),
        "v": ("vi", "var", "variance"),
        "se": ("sete", "sei", "stderr", "stderror", "selogor", "selnor", "selogrr", "selnrr"),
        "n": ("ni", "samplesize", "size", "total", "participants", "patients", "randomized"),
        "mean": ("mi", "m", "average"),
        "sd": ("sdi", "s", "std", "stddev"),
        "events": ("event", "r", "d", "responders", "cases", "deaths"),
        "nonevents": ("nonresponders", "noevents"),
        "time": ("exposure", "personyears", "persontime"),
    }
)  # fmt: skip
HEADER = header_fault("", "", "").row  # the row of faults that a column has as a whole
# What a number is by another one, in words, and how far printed ones may miss it.
SAME: Mapping[str, tuple[str, float, float]] = MappingProxyType(
    {"v": ("se²", 0.05, 0.0), "sd": ("se √n", 0.05, 0.0), "n": ("events + nonevents", 0.0, 0.5)}
)


def likely(name: str, source: str, frame: pd.DataFrame, named: Mapping[str, Any]) -> str | None:
    """Return the column that is probably meant, or None.

    Parameters
    ----------
    name, source : str
        What is needed, and the column it was looked for in.
    frame : DataFrame
        The table.
    named : mapping of str to object
        What the caller names; columns named already, or called like another input, are not meant.
    """
    taken = {value for value in named.values() if isinstance(value, str)} | set(ALSO) - {name}
    free = [each for each in map(str, frame.columns) if each not in taken]
    plain = {"".join(filter(str.isalnum, each.casefold())): each for each in reversed(free)}
    words = (name, *ALSO.get(name, ()))
    also = next((plain[word] for word in words if word in plain), None)
    near = nearest(source, free)
    return (near or also) if source != name else (also or near)


def missing_column(
    source: str, names: Sequence[str], frame: pd.DataFrame, named: Mapping[str, Any]
) -> Fault:
    """Return the fault of a column that is not there, needed as one of several inputs.

    Parameters
    ----------
    source : str
        The column that was looked for.
    names : sequence of str
        The inputs that it is needed as, any of them.
    frame, named : DataFrame, mapping
        The table, and what the caller names in it.
    """
    near = {name: likely(name, source if len(names) == 1 else name, frame, named)
            for name in names}  # fmt: skip
    found = " or ".join(f'{name}="{column}"' for name, column in near.items() if column)
    yours = " or ".join(f'{name}="..."' for name in names)
    needed = " or ".join(names)
    column = source if len(names) == 1 else needed
    remedy = f"Add it or name yours: {yours}."
    if found:
        remedy += f" Did you mean {found}?"
    return header_fault(column, f"column is missing (needed as {needed})", remedy)


def missing_inputs(given: Given, row: Measure, read: Collection[str]) -> list[Fault]:
    """Return the inputs that were looked for and are not there.

    Parameters
    ----------
    given : Given
        The table.
    row : Measure
        What is to be computed; where one number can stand for another, both are named.
    read : collection of str
        The inputs that were looked for.
    """
    instead = {own: other for own, other, _ in _exchanges(row)}
    faults = []
    for name in read:
        source = given.named.get(name, name)
        if isinstance(source, str) and source not in given.frame:
            free = name in instead and name not in given.named
            names = (name, instead[name]) if free else (name,)
            faults.append(missing_column(source, names, given.frame, given.named))
    return faults


def _exchanges(row: Measure) -> list[tuple[str, str, Route]]:
    """Return which input one other number can stand for, and how."""
    found = []
    for route in row.routes:
        own = [name for name in row.inputs if name not in route.inputs]
        its = [name for name in route.inputs if name not in row.inputs]
        if len(own) == len(its) == 1:
            found.append((own[0], its[0], route))
    return found


def one_way(
    given: Given, row: Measure, asked: Collection[str]
) -> tuple[Given, list[Fault], list[str]]:
    """Return a table in which no number is given in two ways that disagree.

    Parameters
    ----------
    given : Given
        The table.
    row : Measure
        What is to be computed.
    asked : collection of str
        The inputs that the caller names. If that is one of two which disagree, it is meant.

    Returns
    -------
    given : Given
        Without the column that is not meant.
    faults : list of Fault
        Numbers that disagree where nothing says which is meant.
    remarks : list of str
        Which column was passed over.
    """
    faults: list[Fault] = []
    remarks: list[str] = []
    for own, other, route in _exchanges(row):
        if not all(is_there(given, name) for name in (own, other, *route.inputs)):
            continue
        formula, relative, absolute = SAME[own]
        read = {name: read_input(given, name)[0] for name in (own, *route.inputs)}
        made = route.convert(*(read[name] for name in route.inputs))
        theirs = np.asarray(made[row.inputs.index(own)])
        both = ~(np.isnan(read[own]) | np.isnan(theirs))
        if np.allclose(read[own][both], theirs[both], rtol=relative, atol=absolute):
            continue
        labels = {name: given.label(name) for name in (own, other)}
        meant = [name for name in (own, other) if name in asked]
        if len(meant) == 1:
            gone = other if meant[0] == own else own
            remarks.append(
                f"column {labels[gone]} was passed over: {own} is not {formula}, and "
                f"{meant[0]} is named"
            )
            given = _without(given, gone)
            continue
        there = " and ".join(labels.values())
        rule = f"columns {there} are both there, and {own} is not {formula}"
        yours = " or ".join(
            f'{name}="{label}"' if name == label or name in asked else f'{name}=["{label}", ...]'
            for name, label in labels.items()
        )
        which = f"Name the one that is meant: {yours}."
        remedy = "Name one of them only, the one that is meant." if meant else which
        faults.append(header_fault(", ".join(labels.values()), rule, remedy))
    return given, faults, remarks


def is_there(given: Given, name: str) -> bool:
    """Return True if an input is not looked for in a column that is missing."""
    source = given.named.get(name, name)
    return not isinstance(source, str) or source in given.frame


def _without(given: Given, name: str) -> Given:
    """Return the table without what an input would be read from."""
    named = {key: value for key, value in given.named.items() if key != name}
    gone = [column for column in (name, given.label(name)) if column in given.frame]
    return replace(given, named=named, frame=given.frame.drop(columns=gone))


def check_lengths(frame: pd.DataFrame, columns: Mapping[str, Any], what: str) -> None:
    """Raise if numbers that are given as an array are not one for each row.

    Parameters
    ----------
    frame : DataFrame
        The table.
    columns : mapping of str to object
        What stands for each number: a column, an array or one number for all rows.
    what : str
        What a row is.
    """
    for name, value in columns.items():
        if name not in ALSO or isinstance(value, str | Mapping) or not hasattr(value, "__len__"):
            continue
        texts = len(value) > 0 and all(isinstance(each, str) for each in value)
        if texts and all(each in frame for each in value):
            raise InputError(
                f"{name}= lists columns, which a table with a group of columns for each arm has; "
                f'list those of the treatments, too: treatment=["t1", "t2"]. Got {list(value)}'
            )
        if len(value) != len(frame):
            none = f", and no column is called {', '.join(value)}" if texts else ""
            raise InputError(
                f"{name}= needs one value per {what} (row of the table): {len(frame)}; got "
                f"{len(value)}{none}"
            )


def numbered(frame: pd.DataFrame, row: Measure) -> bool:
    """Return True if the table has the numbers of a first and a second arm in numbered columns."""
    return all(f"{name}{side}" in frame for name in row.inputs for side in "12")
