"""Columns of anyone's table → arrays of numbers: which column is meant, and what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from metaan.core.arrays import Floats
from metaan.core.errors import ChoiceError, Fault, InputError
from metaan.core.lookup import hint
from metaan.core.numbers import compact
from metaan.recovery.recovered import Recovered
from metaan.trials.reading import parse_number
from metaan.trials.table_rules import bare, header_fault, range_faults, row_fault

SPACES = ("  ", " \n", "\n ", "\t", "\r", "\v", "\f")  # what folds away in a label


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The caller's table and what each keyword names in it.

    Attributes
    ----------
    frame : DataFrame
        One row per study.
    named : mapping of str to object
        Canonical name → the caller's column name, numbers, or recovered numbers.
    study : sequence of str
        Labels.
    """

    frame: pd.DataFrame
    named: Mapping[str, Any]
    study: Sequence[str]

    def has(self, name: str) -> bool:
        """Return True if there is something to read an input from."""
        return name in self.named or name in self.frame

    def label(self, name: str) -> str:
        """Return what messages call an input: the caller's column, or its canonical name."""
        column = self.named.get(name, name)
        return column if isinstance(column, str) else name

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was recovered or taken as one number for all, ready to print."""
        names: dict[str, list[str]] = {}
        for name, value in self.named.items():
            for text in self._told(value):
                names.setdefault(text, []).append(name)
        return tuple(f"{', '.join(where)}{text}" for text, where in names.items())

    def _told(self, value: Any) -> list[str]:
        """Return what follows the name of an input that did not come from a column."""
        if _is_number(value):
            return [f" = {compact(float(value))} for every study, as given"]
        if not isinstance(value, Recovered):
            return []
        single = [
            f": {part.text}: {', '.join(self.study[i] for i in part.rows if i < len(self.study))}"
            for part in value.notes
        ]
        return [f": {'; '.join(value.general)}", *single]


def read_input(given: Given, name: str) -> tuple[Floats, list[Fault]]:
    """Return the numbers of an input and their faults; NaN where a cell is empty or faulty."""
    k = len(given.frame)
    source = given.named.get(name, name)
    if isinstance(source, str):
        if source not in given.frame:
            return np.full(k, np.nan), [_missing(given, name, source)]
        cells: Any = given.frame[source]
    else:
        cells = _numbers_given(name, source, k, list(given.frame.columns))
    values, faults = _parsed(cells, given.label(name), given.study)
    return values, faults + range_faults(name, given.label(name), values, given.study)


def _missing(given: Given, name: str, column: str) -> Fault:
    near = hint(column, [str(other) for other in given.frame.columns])
    rule = f"column is missing (needed as {name})"
    return header_fault(column, rule, f'Add it or name yours: {name}="...".{near}')


def _numbers_given(name: str, source: Any, k: int, columns: Iterable[Any]) -> Any:
    """Return what the caller gave instead of a column's name, one entry per study."""
    if isinstance(source, Recovered):
        source = source[name if name in source else bare(name)]
    elif _is_number(source):
        if source in columns:
            raise InputError(
                f"{name}={source!r} is a column of the table and a number, too: rename the column "
                "(names are texts), or give an array"
            )
        return np.full(k, _float(source))
    if isinstance(source, Mapping | bytes | set | frozenset) or not isinstance(source, Iterable):
        raise InputError(
            f"{name}= takes the name of a column, numbers or recovered numbers; got {source!r}"
        )
    if not isinstance(source, np.ndarray):
        listed = source.to_pylist() if hasattr(source, "to_pylist") else list(source)
        source = pd.Series(listed, dtype=object)
    cells = source
    if np.ndim(cells) != 1 or len(cells) != k:
        raise InputError(
            f"{name}= needs one value per study: {k}; got shape {np.shape(cells)}. For a sweep, "
            "call effect_sizes once for each assumption"
        )
    return cells


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _parsed(cells: Any, label: str, study: Sequence[str]) -> tuple[Floats, list[Fault]]:
    """Return the numbers in some cells, and those that are none as faults."""
    column = cells if isinstance(cells, pd.Series) else pd.Series(cells, copy=False)
    if column.dtype.kind == "c":
        raise InputError(f"{label} holds complex numbers; give real ones")
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        infinite = np.flatnonzero(np.isinf(values))
        faults = [
            row_fault(int(i), study, label, values[i], "must be a number", "Give a finite number.")
            for i in infinite
        ]
        return np.where(np.isinf(values), np.nan, values) if faults else values, faults
    values = _plain_numbers(column)
    faults = []
    for i in np.flatnonzero(~np.isfinite(values)).tolist():
        values[i], remedy = _cell(column.iloc[i])
        if remedy:
            faults.append(row_fault(i, study, label, column.iloc[i], "must be a number", remedy))
    return values, faults


def _plain_numbers(column: pd.Series) -> Floats:
    """Return the cells that are numbers beyond doubt, NaN for those that need a closer look."""
    if set(map(type, column.tolist())) - {str, int, float, type(None)}:
        return np.full(len(column), np.nan)
    try:
        values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
    except (OverflowError, TypeError):  # an integer beyond all floats
        return np.full(len(column), np.nan)
    return np.array(values)


def _cell(value: Any) -> tuple[float, str]:
    """Return the number in a cell of any table, NaN if it is empty, and a remedy if it is none."""
    if isinstance(value, list | tuple | np.ndarray | pd.Series):
        return np.nan, "Give one number for each study."
    if value is None or value is pd.NA or value is pd.NaT:
        return np.nan, ""
    if _is_number(value):
        number = _float(value)
        if np.isnan(number):
            return np.nan, ""
        return (number, "") if np.isfinite(number) else (np.nan, "Give a finite number.")
    text = str(value).strip(" ")
    return (np.nan, "") if text in ("", "NaN") else parse_number(text)


def _float(value: Any) -> float:
    """Return a number as a float; infinity where it is too large for one."""
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def study_labels(frame: pd.DataFrame, named: Mapping[str, Any]) -> Sequence[str] | None:
    """Return the labels of the studies, or None where the table has none.

    Raises
    ------
    ChoiceError
        If ``study=`` names no column.
    """
    column = named.get("study", "study")
    if not isinstance(column, str):
        if not isinstance(column, Iterable):
            raise InputError(f"study= takes the name of a column, or labels; got {column!r}")
        labels = [_label(name) for name in column]
        if len(labels) != len(frame):
            raise InputError(f"study= needs {len(frame)} labels; got {len(labels)}")
        return labels
    if column in frame:
        cells = frame[column].tolist()
        return cells if set(map(type, cells)) == {str} else [_label(value) for value in cells]
    if "study" in named:
        names = [str(name) for name in frame.columns]
        raise ChoiceError(f"study={column!r} is not a column of the table.{hint(column, names)}")
    return None


def _label(value: Any) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value)


def _alike(study: Sequence[str]) -> list[str]:
    """Return the labels as they compare: spaces and capitals aside (a million in a moment)."""
    joined = "\n".join(study).casefold()
    parts = joined.split("\n")
    framed = f"\n{joined}\n"
    if len(parts) == len(study) and framed.isascii() and not any(s in framed for s in SPACES):
        return parts
    return [" ".join(label.split()).casefold() for label in study]


def label_faults(study: Sequence[str], column: str) -> list[Fault]:
    """Return the labels that are missing or stand more than once, however they are spaced."""
    alike = _alike(study)
    if len(set(alike)) == len(alike) and "" not in alike:
        return []
    first: dict[str, int] = {}
    faults = []
    for i, label in enumerate(alike):
        if not label:
            faults.append(row_fault(i, study, column, "", "study label is missing", "Name it."))
        elif label in first:
            same = "" if study[i] == study[first[label]] else ", in another spelling"
            rule = f"study label stands twice (first in row {first[label] + 1}{same})"
            remedy = (
                "Effects of one study are not independent: keep or combine one, or give "
                "independent ones labels of their own (add the year or the arm)."
            )
            faults.append(row_fault(i, study, column, study[i], rule, remedy))
        first.setdefault(label, i)
    return faults


def twice_mapped(named: Mapping[str, Any]) -> list[Fault]:
    """Return the columns that stand for two inputs."""
    uses: dict[str, list[str]] = {}
    for name, column in named.items():
        if isinstance(column, str):
            uses.setdefault(column, []).append(name)
    return [
        header_fault(column, f"column is mapped twice, as {' and '.join(names)}",
                     "Name one column for each; if the numbers are truly the same, copy it.")
        for column, names in uses.items()
        if len(names) > 1
    ]  # fmt: skip
