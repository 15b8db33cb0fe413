"""Anyone's table with one row per study → effects; every fault of the table is named at once."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from metaan.core.effects import Effects, LeftOut
from metaan.core.errors import ChoiceError, DataError, Fault, InputError, LeftOutWarning
from metaan.core.lookup import hint
from metaan.measures.table import Measure
from metaan.trials.reading import parse_number
from metaan.trials.zero_cells import zero_cell_remarks

RULES: Mapping[str, tuple[float, float]] = {
    # column: (must exceed, must be at least)
    "sd1": (0.0, 0.0), "sd2": (0.0, 0.0), "n1": (0.0, 0.0), "n2": (0.0, 0.0),
    "events1": (-np.inf, 0.0), "events2": (-np.inf, 0.0), "v": (0.0, 0.0), "se": (0.0, 0.0),
}  # fmt: skip
WITHIN = (("events1", "n1"), ("events2", "n2"))
TABLE = "the table"


def unknown_names(columns: Mapping[str, Any], known: Sequence[str]) -> str:
    """Return the message for a name that is neither a column nor an option."""
    first = next(iter(columns))
    listed = ", ".join(known) or "none"
    return f"{first!r} is not an option of this measure; options are {listed}.{hint(first, known)}"


def as_table(data: Any) -> pd.DataFrame:
    """Return any table as a DataFrame of its own, or say what is wrong with it.

    Raises
    ------
    InputError
        If it is no table, its columns differ in length, or a name stands twice.
    """
    if not isinstance(data, pd.DataFrame | Mapping):
        raise InputError(
            f"data must be Contrasts, a DataFrame or a mapping of columns; got "
            f"{type(data).__name__}. From trials, call .contrasts(treatment, control) first"
        )
    try:
        frame = pd.DataFrame(data)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"the columns do not make a table with one row per study: {error}"
        ) from error
    twice = [str(name) for name in frame.columns[frame.columns.duplicated()]]
    if twice:
        raise InputError(f"columns stand twice: {', '.join(twice)}; keep one of each")
    return frame


def table_effects(
    frame: pd.DataFrame, row: Measure, options: Mapping[str, Any], columns: Mapping[str, str]
) -> Effects:
    """Return the effects of a table; see ``metaan.effect_sizes``."""
    inputs = row.inputs
    if "v" in inputs and ("se" in columns or ("v" not in columns and "v" not in frame)):
        inputs = tuple("se" if name == "v" else name for name in inputs)
    known = (*inputs, "study")
    strange = {name: value for name, value in columns.items() if name not in known}
    if strange:
        raise ChoiceError(unknown_names(strange, (*known, *row.options)))
    source = {name: columns.get(name, name) for name in known}
    for name, column in source.items():
        if not isinstance(column, str):
            raise InputError(f"{name}= takes the name of a column; got {column!r}")
    study = _study_labels(frame, source["study"], explicit="study" in columns)
    values, faults = _numbers(frame, inputs, source, study)
    faults += _within_faults(values, source, study)
    if faults:
        raise DataError(faults)
    keep = ~np.isnan(np.stack([values[name] for name in inputs])).any(axis=0)
    lost = _missing(values, inputs, source, study)
    arrays = {name: values[name][keep] for name in inputs}
    arguments = {"v" if n == "se" else n: a**2 if n == "se" else a for n, a in arrays.items()}
    y, v = row.function(**arguments, **options)
    spare = [name for name in frame.columns if name not in (*source.values(), *inputs)]
    good = np.isfinite(y) & np.isfinite(v) & (v > 0)
    names = [name for name, ok in zip(study, keep, strict=True) if ok]
    lost += [
        LeftOut(study=names[i], rows=(), reason=f"{row.key} is not defined for its numbers")
        for i in np.flatnonzero(~good)
    ]
    _warn(lost, len(frame))
    rows = np.flatnonzero(keep)[good]
    return Effects(
        y=y[good],
        v=v[good],
        study=tuple(study[i] for i in rows),
        measure=row.key,
        label=row.name,
        scale=row.scale,
        columns={
            **{name: tuple(array[good]) for name, array in arrays.items()},
            **{str(name): tuple(frame[name].iloc[rows]) for name in spare},
        },
        left_out=tuple(lost),
        remarks=zero_cell_remarks(arrays, options, names),
    )


def _study_labels(frame: pd.DataFrame, column: str, *, explicit: bool) -> list[str]:
    if column in frame:
        return [str(value) for value in frame[column]]
    if explicit:
        names = [str(name) for name in frame.columns]
        raise ChoiceError(f"study={column!r} is not a column of the table.{hint(column, names)}")
    return [f"Study {i + 1}" for i in range(len(frame))]


def _numbers(
    frame: pd.DataFrame, inputs: Sequence[str], source: Mapping[str, str], study: Sequence[str]
) -> tuple[dict[str, Any], list[Fault]]:
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for name in inputs:
        column = source[name]
        if column not in frame:
            near = hint(column, [str(other) for other in frame.columns])
            faults.append(
                Fault(file=TABLE, row="header", column=column, value="",
                      rule=f"column is missing (needed as {name})",
                      remedy=f'Add it or name yours: {name}="...".{near}')
            )  # fmt: skip
            values[name] = np.full(len(frame), np.nan)
            continue
        cells = [_cell(value) for value in frame[column]]
        values[name] = np.array([number for number, _ in cells])
        above, least = RULES.get(name, (-np.inf, -np.inf))
        for i, (number, remedy) in enumerate(cells):
            rule = "must be a number" if remedy else ""
            if number <= above or number < least:
                rule = f"must be {'greater than' if number <= above else 'at least'} {least:g}"
                remedy = "Check it against the source."
            if rule:
                faults.append(_row_fault(i, study, column, frame[column].iloc[i], rule, remedy))
    return values, faults


def _cell(value: Any) -> tuple[float, str]:
    """Return the number in a cell of any table, NaN if it is empty, and a remedy if it is none."""
    if value is None or value is pd.NA or value == "" or value != value:
        return np.nan, ""
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        return float(value), "" if np.isfinite(float(value)) else "Give a finite number."
    return parse_number(str(value).strip())


def _within_faults(
    values: Mapping[str, Any], source: Mapping[str, str], study: Sequence[str]
) -> list[Fault]:
    faults = []
    for part, whole in WITHIN:
        if part in values:
            for i in np.flatnonzero(values[part] > values[whole]):
                rule = f"must not exceed {source[whole]} = {values[whole][i]:g}"
                faults.append(
                    _row_fault(int(i), study, source[part], f"{values[part][i]:g}", rule,
                               "Check both numbers against the source.")
                )  # fmt: skip
    return faults


def _row_fault(
    i: int, study: Sequence[str], column: str, value: Any, rule: str, remedy: str
) -> Fault:
    return Fault(file=TABLE, row=f"row {i + 1} ({study[i]})", column=column, value=str(value),
                 rule=rule, remedy=remedy)  # fmt: skip


def _missing(
    values: Mapping[str, Any], inputs: Sequence[str], source: Mapping[str, str],
    study: Sequence[str],
) -> list[LeftOut]:  # fmt: skip
    lost = []
    for i, name in enumerate(study):
        lacking = [source[column] for column in inputs if np.isnan(values[column][i])]
        if lacking:
            lost.append(LeftOut(study=name, rows=(), reason=f"{', '.join(lacking)} missing"))
    return lost


def _warn(lost: Sequence[LeftOut], total: int) -> None:
    if lost:
        who = "; ".join(f"{item.study}: {item.reason}" for item in lost)
        warnings.warn(f"{len(lost)} of {total} rows left out: {who}", LeftOutWarning, stacklevel=4)
