"""effect_sizes: from contrasts or from anyone's table to effects with their variances."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from metaan.core.effects import Effects, LeftOut
from metaan.core.errors import ChoiceError, DataError, Fault, InputError, LeftOutWarning
from metaan.core.lookup import hint, look_up
from metaan.measures.binary import DEFAULT_ADD, DEFAULT_RULE
from metaan.measures.table import MEASURES, Measure
from metaan.trials.contrasting import Contrasts
from metaan.trials.orienting import contrast_effects
from metaan.trials.reading import parse_number

RULES: Mapping[str, tuple[float, float]] = {
    # column: (must exceed, must be at least)
    "sd1": (0.0, 0.0), "sd2": (0.0, 0.0), "n1": (0.0, 0.0), "n2": (0.0, 0.0),
    "events1": (-np.inf, 0.0), "events2": (-np.inf, 0.0), "v": (0.0, 0.0), "se": (0.0, 0.0),
}  # fmt: skip
WITHIN = (("events1", "n1"), ("events2", "n2"))
TABLE = "the table"


def effect_sizes(
    data: Contrasts | pd.DataFrame | Mapping[str, Any],
    measure: str,
    *,
    better: str | None = None,
    mix_types: bool = False,
    contrast_sd: Mapping[str, float] | None = None,
    **columns: Any,
) -> Effects:
    """Return effects and variances on the analysis scale.

    Parameters
    ----------
    data : Contrasts, DataFrame or mapping of arrays
        Comparisons made by ``Trials.contrasts``, or a table with one row per study.
    measure : str
        Row of ``MEASURES``.
    better : {"lower", "higher"}, optional
        For contrasts on instruments of opposite direction: orient all so that this direction is
        better (effects on the others change their sign). Nothing is turned round without it.
    mix_types : bool
        Let change scores and endpoints share a standardized mean difference.
    contrast_sd : mapping of instrument to float, optional
        For contrasts known only as a printed difference: the SD that makes a standardized
        effect of it; named in the remarks.
    **columns
        For a table: canonical names (``study``, ``events1``, ``n1``, ``mean1``, ``sd1`` ...;
        ``y`` with ``v`` or ``se``) and the table's own names for them; a column already so
        named needs no mention. For any data: options of the measure's formula and their values
        (``correction``, ``variance``; ``add``, ``to``).

    Returns
    -------
    Effects
        With row ids, arm numbers and further columns, and what was left out.

    Raises
    ------
    DataError
        If cells of a table break rules or columns are missing; every fault is named.
    InputError
        If contrasts cannot share the measure: different instruments for a difference in units,
        opposite directions without ``better``, changes beside endpoints without ``mix_types``.
    ChoiceError
        If a name is unknown.

    Warns
    -----
    LeftOutWarning
        If rows of a table lack numbers; they are left out and named.

    Notes
    -----
    Formulas and sources stand with the functions of ``metaan.measures``.

    Examples
    --------
    >>> import metaan as ma
    >>> table = {"study": ["Aronson 1948"], "tpos": [4], "tn": [123], "cpos": [11], "cn": [139]}
    >>> effects = ma.effect_sizes(table, "RR", events1="tpos", n1="tn", events2="cpos", n2="cn")
    >>> round(float(effects.y[0]), 6), round(float(effects.v[0]), 6)
    (-0.889311, 0.325585)
    """
    row = look_up(MEASURES, measure, argument="measure", what="an effect measure")
    options = {name: columns.pop(name) for name in row.options if name in columns}
    if isinstance(data, Contrasts):
        if columns:
            raise ChoiceError(_unknown_names(columns, row.options))
        return contrast_effects(
            data, row, options, better=better, mix_types=mix_types, contrast_sd=contrast_sd or {}
        )
    if better is not None or contrast_sd or mix_types:
        raise InputError(
            "better, mix_types and contrast_sd belong to contrasts, which know instruments and "
            "types; orient and select the rows of a table before"
        )
    return _table_effects(pd.DataFrame(data), row, options, columns)


def _unknown_names(columns: Mapping[str, Any], known: Sequence[str]) -> str:
    first = next(iter(columns))
    listed = ", ".join(known) or "none"
    return f"{first!r} is not an option of this measure; options are {listed}.{hint(first, known)}"


def _table_effects(
    frame: pd.DataFrame, row: Measure, options: Mapping[str, Any], columns: Mapping[str, str]
) -> Effects:
    inputs = row.inputs
    if "v" in inputs and ("se" in columns or ("v" not in columns and "v" not in frame)):
        inputs = tuple("se" if name == "v" else name for name in inputs)
    known = (*inputs, "study")
    strange = {name: value for name, value in columns.items() if name not in known}
    if strange:
        raise ChoiceError(_unknown_names(strange, (*known, *row.options)))
    source = {name: columns.get(name, name) for name in known}
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
    spare = [name for name in frame.columns if name not in source.values()]
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
    return Fault(file=TABLE, row=f"row {i} ({study[i]})", column=column, value=str(value),
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


def zero_cell_remarks(
    arrays: Mapping[str, Any], options: Mapping[str, Any], study: Sequence[str]
) -> tuple[str, ...]:
    """Return a remark that names the studies with a zero cell, if the measure has cells."""
    if "events1" not in arrays or not len(study):
        return ()
    cells = [arrays["events1"], arrays["n1"] - arrays["events1"],
             arrays["events2"], arrays["n2"] - arrays["events2"]]  # fmt: skip
    zero = np.flatnonzero((np.stack(cells) == 0).any(axis=0))
    if not zero.size:
        return ()
    add, to = options.get("add", DEFAULT_ADD), options.get("to", DEFAULT_RULE)
    who = ", ".join(study[int(i)] for i in zero)
    return (f"zero cells in {who}: {add} added to each cell (rule {to})",)
