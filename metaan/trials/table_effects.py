"""Anyone's table with one row per study → effects; every fault of the table is named at once."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from metaan.core.arrays import Column, Numbered
from metaan.core.effects import GENERIC, Effects, LeftOut, chosen_labels
from metaan.core.errors import DataError, Fault, InputError, LeftOutWarning
from metaan.core.lookup import look_up
from metaan.core.scale import SCALES, Scale
from metaan.measures.row import Measure
from metaan.trials.reversing import DIRECTION, reversed_effects
from metaan.trials.table_columns import (
    Given,
    label_faults,
    read_input,
    study_labels,
    twice_mapped,
)
from metaan.trials.table_routes import Inputs, gather, names_of, unknown_names
from metaan.trials.table_rules import MANY, error_faults, header_fault, within_faults
from metaan.trials.zero_cells import left_without_information, zero_cell_remarks

MORE = ("study", DIRECTION)
WORDS = ("label", "treatment", "control")  # texts for axes and columns, not names of columns


def table_effects(
    frame: pd.DataFrame,
    row: Measure,
    options: Mapping[str, Any],
    columns: Mapping[str, Any],
    *,
    better: str | None,
    scale: str | None,
) -> Effects:
    """Return the effects of a table; see ``metaan.effect_sizes``."""
    known = (*names_of(row), *MORE, *WORDS)
    strange = [name for name in columns if name not in known]
    if strange:
        raise unknown_names(strange, row, known)
    labels = study_labels(frame, columns)
    study = Numbered.first(len(frame)) if labels is None else labels
    words = {name: axis_word(name, columns[name]) for name in WORDS if name in columns}
    named = {name: value for name, value in columns.items() if name not in words}
    given = Given(frame=frame, named=named, study=study)
    inputs = gather(given, row)
    read_as = _scale(row, scale)
    check_table(given, inputs, read_as, row)
    whole = bool(inputs.complete.all())
    chosen: Any = slice(None) if whole else np.flatnonzero(inputs.complete)
    arrays = {name: values[chosen] for name, values in inputs.arrays.items()}
    y, v = row.function(*arrays.values(), **options)
    names = chosen_labels(study, chosen)
    y, v, turned = reversed_effects(y, v, row, given, chosen, better)
    if turned and options.get("variance") in row.across:
        raise InputError(
            f"variance={options['variance']!r} averages over the studies as they were reported; "
            "reverse the outcomes in the table instead of with better="
        )
    lost = [] if whole else missing_studies(given, inputs)
    good = np.isfinite(y) & np.isfinite(v) & (v > 0)
    reasons = left_without_information(arrays, row, options)
    lost += [
        LeftOut(study=names[i], rows=(), reason=_reason(row, y[i], v[i], reasons[i]))
        for i in np.flatnonzero(~good).tolist()
    ]
    warn_left_out(lost, len(frame))
    kept: Any = chosen if good.all() else np.arange(len(frame))[chosen][good]
    columns_kept = kept_columns(given, inputs, kept)
    return Effects(
        y=y if good.all() else y[good],
        v=v if good.all() else v[good],
        study=chosen_labels(study, kept),
        measure=row.key,
        label=words.get("label", row.name),
        treatment=words.get("treatment", ""),
        control=words.get("control", ""),
        scale=read_as.at_sizes(columns_kept),
        columns=columns_kept,
        left_out=tuple(lost),
        remarks=(
            *given.remarks,
            *(() if row.key == GENERIC else inputs.remarks),
            *zero_cell_remarks(arrays, row, options, names),
            *turned,
            *_size_remark(read_as, columns_kept),
        ),
    )


def check_table(given: Given, inputs: Inputs, scale: Scale, row: Measure) -> None:
    """Raise every fault of the table at once."""
    labels = {name: given.label(name) for name in inputs.read}
    faults: list[Fault] = [*twice_mapped(given.named)]
    if not isinstance(given.study, Numbered):
        faults += label_faults(given.study, given.label("study"))
    faults += inputs.faults
    faults += within_faults(inputs.read, labels, given.study)
    if row.key == GENERIC:
        faults += _two_errors(given)
        name = "se" if "se" in inputs.read else "v"
        errors = inputs.read[name] if name == "se" else np.sqrt(np.maximum(inputs.read[name], 0))
        faults += error_faults(errors, labels[name], given.study, logarithm=scale.is_log)
    if faults:
        raise DataError(faults)


def _size_remark(scale: Scale, columns: Mapping[str, Column]) -> tuple[str, ...]:
    """Return at which size a pool is read, where its scale has sizes."""
    sizes = np.asarray(columns.get(scale.sized_by, ()), dtype=np.float64)
    if scale.at is None or not len(sizes):
        return ()
    mean = 1 / np.mean(1 / sizes)
    name = scale.sized_by
    return (f"each pool is read at the harmonic mean of its studies' {name} (of all: {mean:.4g})",)


def _two_errors(given: Given) -> list[Fault]:
    """Return a fault where v and se are both there, neither is named, and they disagree."""
    if {"v", "se"} & set(given.named) or not {"v", "se"} <= set(given.frame):
        return []
    v, _ = read_input(given, "v")
    se, _ = read_input(given, "se")
    both = ~(np.isnan(v) | np.isnan(se))
    if np.allclose(v[both], se[both] ** 2, rtol=0.05):  # both may have been rounded
        return []
    rule = "columns v and se are both there, and v is not se²"
    return [header_fault("v, se", rule, 'Name the one that is meant: v="v" or se="se".')]


def axis_word(name: str, value: Any) -> str:
    """Return a text for an axis or a column, or raise if it is none."""
    if not isinstance(value, str):
        raise InputError(f'{name}= takes a text, e.g. {name}="Acupuncture"; got {value!r}')
    return value


def _scale(row: Measure, scale: str | None) -> Scale:
    if scale is None:
        return row.scale
    if row.key != GENERIC:
        raise InputError(
            f"{row.key} has its scale ({row.scale.key}); scale= is for {GENERIC}, effects that "
            "come with their error"
        )
    return look_up(SCALES, scale, argument="scale", what="a scale")


def kept_columns(given: Given, inputs: Inputs, kept: Any) -> dict[str, Column]:
    """Return the numbers the effects came from, then every further column of the table."""
    used = {given.label(name) for name in (*inputs.read, "study")} | set(inputs.read)
    spare = [name for name in given.frame.columns if name not in used]
    found = {name: Column(values[kept]) for name, values in inputs.read.items()}
    for name in spare:
        values = given.frame[name]
        found[str(name)] = Column(
            values.to_numpy()[kept] if values.dtype.kind in "biuf" else values.iloc[kept].tolist()
        )
    return found


def missing_studies(given: Given, inputs: Inputs) -> list[LeftOut]:
    """Return the studies that lack numbers, and which."""
    lost = []
    for i in np.flatnonzero(~inputs.complete):
        lacking = [given.label(n) for n in inputs.lacking if np.isnan(inputs.read[n][i])]
        lost.append(
            LeftOut(study=given.study[int(i)], rows=(), reason=f"{', '.join(lacking)} missing")
        )
    return lost


def _reason(row: Measure, y: float, v: float, bare: str) -> str:
    """Return why an effect cannot enter, the most telling first."""
    if bare:
        return bare
    if np.isfinite(y) and v == 0:
        return f"the variance of its {row.key} is 0: a pool would give it all the weight"
    return f"{row.key} is not defined for its numbers"


def warn_left_out(lost: Sequence[LeftOut], total: int) -> None:
    """Warn the caller of the caller's caller that rows were left out."""
    if lost:
        who = "; ".join(f"{item.study}: {item.reason}" for item in lost[:MANY])
        who += f"; and {len(lost) - MANY} more" if len(lost) > MANY else ""
        warnings.warn(f"{len(lost)} of {total} rows left out: {who}", LeftOutWarning, stacklevel=4)
