"""Labels of studies and treatments in anyone's table, and what is said once for a study."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from metaan.core.arrays import Floats, Integers
from metaan.core.errors import DataError, Fault, InputError
from metaan.core.lookup import hint
from metaan.measures.row import Measure
from metaan.trials.contrasting import Contrasts
from metaan.trials.foreign import as_table
from metaan.trials.reversing import DIRECTION, reversed_effects
from metaan.trials.table_columns import Given
from metaan.trials.table_rules import header_fault, row_fault

STUDY, TREATMENT, CORRELATION = "study", "treatment", "correlation"
TREAT1, TREAT2 = "treat1", "treat2"


def network_table(data: Any) -> pd.DataFrame:
    """Return a caller's table as a DataFrame, or raise if it is none."""
    if isinstance(data, Contrasts):
        raise InputError(
            "comparisons of one treatment with one control are no network; give the trials that "
            "they came from, as selected"
        )
    return as_table(data)


def read_labels(frame: pd.DataFrame, source: Any, name: str) -> tuple[list[str], list[Fault]]:
    """Return the labels in a column, empty where a cell is, and a fault if there is no column.

    Parameters
    ----------
    frame : DataFrame
        The table.
    source : str or sequence
        Column, or one label for each row.
    name : str
        What it is needed as.
    """
    if isinstance(source, str):
        if source not in frame:
            near = hint(source, [str(other) for other in frame.columns])
            rule = f"column is missing (needed as {name})"
            remedy = f'Add it or name yours: {name}="...".{near}'
            return [""] * len(frame), [header_fault(source, rule, remedy)]
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
