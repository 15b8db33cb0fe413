"""any_effects: anyone's table with one row per study → effects, by whatever columns it has."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from metaan.core.arrays import Floats
from metaan.core.effects import GENERIC, Effects, LeftOut
from metaan.core.errors import DataError, Fault, InputError
from metaan.core.scale import IDENTITY, LOG, SCALES
from metaan.measures.row import Measure
from metaan.measures.table import MEASURES
from metaan.numerics.tails import normal_quantile
from metaan.trials.effects import effect_sizes
from metaan.trials.given_effects import GIVEN_ROWS, measure_row
from metaan.trials.guessing import STUDY, Guess, guess_columns, labels_of, sum_faults
from metaan.trials.naming import PRINTED as HAZARD_WORDS
from metaan.trials.printed import (
    HAZARD_RATIO,
    LEVEL,
    PRINTED_KIND,
    RATIO,
    recomputed,
    standard_error,
)
from metaan.trials.printed_columns import PrintedColumns, printed_columns, said
from metaan.trials.reading import Row, parse_number
from metaan.trials.scale_naming import ratio_or_difference
from metaan.trials.study_headers import bare_ratio
from metaan.trials.table_files import AnyTable, emptied
from metaan.trials.table_rules import header_fault, row_fault

LIMITS = ("estimate", "ci_low", "ci_high")
MEASURE = "measure"
Numbers = tuple[Floats, Floats, Floats]  # estimates, lower and upper limits


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyEffects:
    """Effects of anyone's table, and what was taken for what.

    Attributes
    ----------
    effects : Effects
        Of the studies that have the numbers.
    guess : Guess
        Columns that were taken.
    remarks : tuple of str
        How cells were read.
    """

    effects: Effects
    guess: Guess
    remarks: tuple[str, ...] = ()


def key_of(measure: str) -> str:
    """Return the key of a measure that may be written in small letters, or in words.

    Examples
    --------
    >>> key_of("rr"), key_of("hazard ratio"), key_of("nonsense")
    ('RR', 'HR', 'nonsense')
    """
    word = measure.strip().upper()
    if " ".join(measure.split()).casefold() in HAZARD_WORDS:
        return HAZARD_RATIO
    return word if word in MEASURES or word in GIVEN_ROWS else measure


def any_effects(
    table: AnyTable,
    measure: str,
    named: Mapping[str, str] | None = None,
    *,
    scale: str | None = None,
    **options: Any,
) -> AnyEffects:
    """Return the effects of a table with one row per study.

    Parameters
    ----------
    table : AnyTable
        As it was read.
    measure : str
        Row of ``MEASURES``, or HR. Made from the measure's own columns; where they are not
        there, from a printed effect with its confidence limits, or from one with its error (of a
        ratio its logarithm).
    named : mapping of str to str, optional
        Canonical name → column, where the caller says it.
    scale : str, optional
        Of effects as given: row of ``SCALES``.
    **options
        Of `effect_sizes`: ``conventions``, and those of the measure.

    Raises
    ------
    DataError
        With every fault, by line of the file.
    InputError
        If nothing says whether printed effects are ratios.
    """
    given = dict(named or {})
    row = measure_row(key_of(measure))
    own = MEASURES[GENERIC] if row.key in GIVEN_ROWS else row
    names = [str(name) for name in table.frame.columns]
    limits = {name: given[name] for name in LIMITS if name in given}
    printed = printed_columns(names, limits)
    try:
        guess = None if limits else guess_columns(names, own, given)
    except DataError as error:
        if printed is None:
            guess = _given_guess(names, row, given)
            if guess is None:
                raise table.placed(DataError([*error.faults, *bare_ratio(names)])) from None
        else:
            guess = None
    if guess is not None:
        is_given = bool({"y"} & set(guess.columns)) and own.inputs[0] != "y"
        kind = MEASURES[GENERIC] if is_given else own
        read_as = scale or (row.scale.key if row is not kind and row.key != GENERIC else None)
        return _by_guess(table, guess, kind, row, read_as, options)
    if printed is None:
        rule = "estimate, ci_low or ci_high is no column, or one may be several"
        raise table.placed(DataError([header_fault("", rule, f"Columns: {', '.join(names)}.")]))
    return _by_limits(table, printed, row, given, scale)


def _given_guess(names: Sequence[str], row: Measure, given: Mapping[str, str]) -> Guess | None:
    """Return the columns of an effect with its error, where a measure's own are not there."""
    if row.key in GIVEN_ROWS or row.scale.key not in (IDENTITY.key, LOG.key):
        return None
    try:
        return guess_columns(names, GENERIC, given)
    except DataError:
        return None


def _by_guess(
    table: AnyTable, guess: Guess, kind: Measure, row: Measure, scale: str | None,
    options: Mapping[str, Any],
) -> AnyEffects:  # fmt: skip
    """Return the effects that `effect_sizes` makes of the columns."""
    numbers = [column for name, column in guess.columns.items() if name != STUDY]
    frame, remarks = emptied(guess.labeled(table.frame), numbers)
    label = guess.columns[STUDY]
    sums = sum_faults([str(cell) for cell in frame[label]], label)
    chosen = options if kind.key != GENERIC else {}
    try:
        effects = effect_sizes(frame, kind.key, scale=scale, **chosen, **dict(guess.columns))
    except DataError as error:
        raise table.placed(DataError([*dict.fromkeys([*sums, *error.faults])])) from None
    if sums:
        raise table.placed(DataError(sums))
    effects = replace(effects, columns=_with_totals(effects.columns))
    if row.key != kind.key:
        effects = replace(effects, measure=row.key, label=row.name)
    elif row.key == GENERIC and scale is None:
        key, logarithm = said(guess.columns.get("y", ""))
        if logarithm:
            remarks = (*remarks, f"{guess.columns['y']!r} is shown as the logarithm that it is; "
                                 f"-m {key} reads it as a ratio")  # fmt: skip
    return AnyEffects(effects=effects, guess=guess, remarks=remarks)


def _with_totals(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return columns with the participants of groups whose cells are there: tables show these."""
    made = dict(columns)
    for side in "12":
        cells = [columns.get(f"{name}{side}") for name in ("events", "nonevents")]
        if f"n{side}" not in made and not any(each is None for each in cells):
            made[f"n{side}"] = np.sum([np.asarray(each, dtype=np.float64) for each in cells], 0)
    return made


def _by_limits(
    table: AnyTable, printed: PrintedColumns, row: Measure, given: Mapping[str, str],
    scale: str | None,
) -> AnyEffects:  # fmt: skip
    """Return the effects whose errors follow from their printed limits."""
    names = [str(name) for name in table.frame.columns]
    label, year = (given[STUDY], "") if STUDY in given else labels_of(names)
    guess = Guess(columns={**({STUDY: label} if label else {}), **printed.columns}, year=year)
    frame, remarks = emptied(guess.labeled(table.frame), list(printed.columns.values()))
    study = [str(cell) for cell in frame[label]] if label else [str(i) for i in range(len(frame))]
    numbers, faults = _numbers(frame, printed, study)
    if label:
        faults += sum_faults(study, label)
    if faults:
        raise table.placed(DataError(faults))
    x, low, high = numbers
    kind, told = _named(table, printed, row, scale, numbers)
    as_printed = x, low, high
    if kind.scale.is_log and not printed.logarithm:
        bad = np.flatnonzero((x <= 0) | (low <= 0)).tolist()
        if bad:
            rule, remedy = "must be greater than 0, as a ratio is", "Give the ratio."
            raise table.placed(DataError([
                row_fault(i, study, printed.estimate, f"{x[i]:g}", rule, remedy) for i in bad
            ]))  # fmt: skip
        x, low, high = np.log(x), np.log(low), np.log(high)
    ratio = kind.scale.is_log and not printed.logarithm
    se, lost, moved = _errors(study, low, high, as_printed, ratio=ratio)
    kept = [i for i in range(len(frame)) if i not in lost]
    columns: dict[str, Any] = {
        "y": x[kept], "se": se[kept], **({STUDY: label} if label else {}),
    }  # fmt: skip
    effects = effect_sizes(
        frame.drop(columns=[n for n in ("y", "se", "v") if n in frame]).iloc[kept], GENERIC,
        scale=kind.scale.key, label=kind.name, **columns,
    )  # fmt: skip
    key = kind.key if kind.key in MEASURES or kind.key == HAZARD_RATIO else GENERIC
    remark = f"standard errors from the printed 95% limits, on the {kind.scale.key} scale"
    effects = replace(
        effects,
        measure=key,
        left_out=(*effects.left_out, *lost.values()),
        remarks=(*effects.remarks, remark, *moved),
    )
    return AnyEffects(effects=effects, guess=guess, remarks=(*remarks, *told))


def _errors(
    study: Sequence[str], low: Floats, high: Floats, as_printed: Numbers, *, ratio: bool
) -> tuple[Floats, dict[int, LeftOut], tuple[str, ...]]:
    """Return standard errors (analysis scale), the studies whose limits give none, remarks."""
    errors = (high - low) / (2 * float(normal_quantile(LEVEL)))
    lost: dict[int, LeftOut] = {}
    kept: list[Row] = []
    for i, (name, value, bottom, top) in enumerate(zip(study, *as_printed, strict=True)):
        row: Row = {"study": name, "kind": PRINTED_KIND, "measure": RATIO if ratio else GENERIC,
               "se": math.nan, "estimate": value, "ci_low": bottom, "ci_high": top}  # fmt: skip
        reason = standard_error(row)[1] if np.isfinite([value, bottom, top]).all() else ""
        if reason:
            lost[i] = LeftOut(study=name, rows=(), reason=reason)
        else:
            kept.append(row)
    return errors, lost, recomputed(kept)


def _numbers(
    frame: pd.DataFrame, printed: PrintedColumns, study: Sequence[str]
) -> tuple[Numbers, list[Fault]]:
    """Return estimates and limits, NaN where a cell is empty, and what is wrong with them."""
    faults: list[Fault] = []
    made: list[Floats] = []
    for column in printed.columns.values():
        cells = ["" if cell != cell else str(cell).strip() for cell in frame[column]]
        read = [parse_number(cell) if cell else (math.nan, "") for cell in cells]
        made.append(np.array([value for value, _ in read], dtype=np.float64))
        faults += [
            row_fault(i, study, column, cells[i], "must be a number", remedy)
            for i, (_, remedy) in enumerate(read)
            if remedy
        ]
    x, low, high = made
    for i in range(len(frame)):
        if low[i] >= high[i]:
            faults.append(row_fault(i, study, printed.low, f"{low[i]:g}",
                                    f"must be below {printed.high} = {high[i]:g}",
                                    "Exchange the limits, or give more digits."))  # fmt: skip
        elif x[i] < low[i] or x[i] > high[i]:
            faults.append(row_fault(i, study, printed.estimate, f"{x[i]:g}",
                                    "must lie inside its interval",
                                    "Check the three numbers against the source."))  # fmt: skip
    return (x, low, high), faults


def _named(
    table: AnyTable, printed: PrintedColumns, row: Measure, scale: str | None,
    numbers: Numbers,
) -> tuple[Measure, tuple[str, ...]]:  # fmt: skip
    """Return what printed effects are, and what said it."""
    header = printed.measure
    if header == GENERIC and MEASURE in table.frame:
        words = {key_of(str(cell)) for cell in table.frame[MEASURE] if str(cell).strip()}
        header = words.pop() if len(words) == 1 else GENERIC
    if row.key != GENERIC:
        if header not in (GENERIC, row.key):
            raise InputError(
                f"{table.name}: column {printed.estimate!r} is {header}, not {row.key}: "
                f"-m {header}"
            )
        return row, ()
    if scale is not None:
        if scale not in (IDENTITY.key, LOG.key):
            raise InputError(f"scale={scale!r}: an effect with its limits is identity or log")
        return replace(row, scale=SCALES[scale]), ()
    if header != GENERIC:
        return measure_row(header), (f"measure {header}, as the table says",)
    x, low, high = numbers
    if math.isnan(float(np.nanmin(low))) or np.nanmin(low) > 0:
        rows = [
            {"estimate": a, "ci_low": b, "ci_high": c}
            for a, b, c in zip(x, low, high, strict=True)
        ]
        raise InputError(
            f"{table.name}: {ratio_or_difference('', rows)}. Name it: -m HR, OR, RR or IRR; MD, "
            "SMD or RD; or --scale log or identity"
        )
    return row, ("nothing names the effect: taken as a difference, with no effect at 0",)
