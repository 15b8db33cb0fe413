"""Labels of studies and treatments in anyone's table, and what is said once for a study."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from metaan.core.arrays import Floats, Integers
from metaan.core.errors import DataError, Fault, InputError
from metaan.core.network_counts import NetworkCounts
from metaan.core.network_effects import NetworkEffects
from metaan.measures.row import Measure
from metaan.trials.contrasting import Contrasts
from metaan.trials.foreign import KINDS, as_table
from metaan.trials.network_columns import HEADER, missing_column
from metaan.trials.reversing import DIRECTION, reversed_effects
from metaan.trials.table_columns import Given
from metaan.trials.table_rules import row_fault

STUDY, TREATMENT, CORRELATION = "study", "treatment", "correlation"
TREAT1, TREAT2 = "treat1", "treat2"


def network_table(data: Any) -> pd.DataFrame:
    """Return a caller's table as a DataFrame, or raise if it is none or has no row."""
    if isinstance(data, Contrasts):
        raise InputError(
            "comparisons of one treatment with one control are no network; give the trials that "
            "they came from, as selected"
        )
    if isinstance(data, NetworkEffects | NetworkCounts):
        raise InputError(
            "these are the contrasts or counts of a network already: fit them as they are"
        )
    if isinstance(data, str | PathLike):
        raise InputError(f"data must be a table; got a path. Read it first: {_reading(data)}")
    if not isinstance(data, Mapping):
        try:
            nw.from_native(data)
        except TypeError as error:
            raise InputError(
                f"data must be Trials, {KINDS}, with one row per arm, study or contrast; got "
                f"{'None' if data is None else type(data).__name__}. {_from_rows(data)}"
            ) from error
    frame = as_table(data)
    if not len(frame):
        raise InputError(
            "the table has no rows, and a network needs studies with two arms; check how it was "
            "read and filtered"
        )
    return frame


def _reading(path: Any) -> str:
    excel = str(path).casefold().endswith((".xls", ".xlsx", ".ods"))
    return f'pd.read_{"excel" if excel else "csv"}("{path}")'


def _from_rows(data: Any) -> str:
    if isinstance(data, list | tuple | np.ndarray):
        return "Rows make one with pd.DataFrame(rows, columns=[...])"
    return "From a file: pd.read_csv(path); shipped trials: load_trials().select(...)"


def in_row_order(faults: Iterable[Fault]) -> list[Fault]:
    """Return faults once each: of columns, then by row, then of whole studies."""

    def place(fault: Fault) -> tuple[int, int]:
        head, _, number = fault.row.partition(" (")[0].partition(" ")
        if fault.column and head == "row" and number.isdigit():
            return 1, int(number)
        return (0, 0) if fault.row == HEADER else (2, 0)

    return sorted(dict.fromkeys(faults), key=place)


def read_labels(
    frame: pd.DataFrame, named: Mapping[str, Any], name: str
) -> tuple[list[str], list[Fault]]:
    """Return the labels in a column, empty where a cell is, and a fault if there is no column.

    Parameters
    ----------
    frame : DataFrame
        The table.
    named : mapping of str to object
        What the caller names: columns, or one label for each row.
    name : str
        What it is needed as.
    """
    source = named.get(name, name)
    if isinstance(source, str):
        if source not in frame:
            return [""] * len(frame), [missing_column(source, (name,), frame, named)]
        cells = frame[source].tolist()
    elif isinstance(source, Iterable):
        cells = source.tolist() if hasattr(source, "tolist") else list(source)
        if len(cells) != len(frame):
            raise InputError(f"{name}= needs one label per row: {len(frame)}; got {len(cells)}")
    else:
        raise InputError(f"{name}= takes the name of a column, or labels; got {source!r}")
    if set(map(type, cells)) <= {str}:
        return cells, []
    return [_text(value) for value in cells], []


def _text(value: Any) -> str:
    """Return a label as text; whole numbers without a decimal point, gaps as nothing."""
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return ""
    whole = isinstance(value, float | np.floating) and float(value).is_integer()
    return str(int(value)) if whole else str(value)


def blank_faults(
    labels: Sequence[str], study: Sequence[str], column: str, name: str
) -> list[Fault]:
    """Return the rows without a label."""
    if "" not in labels and all(map(str.strip, labels)):
        return []
    return [
        row_fault(i, study, column, "", f"{name} label is missing", "Name it, or drop the row.")
        for i, label in enumerate(labels)
        if not label.strip()
    ]


def signs_of(
    given: Given, place: Integers, study: Integers, row: Measure, better: str | None
) -> tuple[Floats, tuple[str, ...]]:
    """Return what turns each study's effects in one direction, shape (k,), and a remark.

    Parameters
    ----------
    given : Given
        The table.
    place, study : ndarray of int, shape (m,)
        Row of the table and number of the study of each arm or contrast.
    row : Measure
        Says what turning round does.
    better : {"lower", "higher"} or None
        The direction asked for.

    Raises
    ------
    DataError
        If a study has two directions.
    """
    _, first = np.unique(study, return_index=True)
    start = place[first]
    column = given.named.get(DIRECTION, DIRECTION)
    if better is not None and isinstance(column, str) and column in given.frame:
        values = given.frame[column].to_numpy()
        mixed = values[place] != values[start][study]
        faults = [
            row_fault(i, given.study, column, values[i],
                      "must be the same in all rows of a study", "Give each study one direction.")
            for i in place[mixed].tolist()
        ]  # fmt: skip
        if faults:
            raise DataError(faults)
    one = np.ones(len(start))
    signs, _, told = reversed_effects(one, one, row, given, start, better)
    return signs, told
