"""Anyone's table with one row per contrast → all contrasts of every study, all faults named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from metaan.core.arrays import Column
from metaan.core.effects import GENERIC, LeftOut
from metaan.core.errors import DataError, Fault, InputError
from metaan.core.lookup import look_up
from metaan.core.network_arguments import gaps
from metaan.core.network_effects import DISAGREEING, NetworkEffects
from metaan.core.scale import LOG, SCALES, Scale
from metaan.measures.row import Measure, Swap
from metaan.measures.table import MEASURES
from metaan.trials.naming import PRINTED
from metaan.trials.network_columns import HEADER, check_lengths, is_there, missing_inputs, one_way
from metaan.trials.network_contrasts import LISTED, find_network_measure
from metaan.trials.network_labels import (
    STUDY,
    TREAT1,
    TREAT2,
    blank_faults,
    in_row_order,
    read_labels,
    signs_of,
)
from metaan.trials.network_stars import (
    POWERS,
    Contrast,
    PairRows,
    completed,
    disagreements,
    shared_names,
    structure_faults,
)
from metaan.trials.printed import HAZARD_RATIO
from metaan.trials.table_columns import Given, read_input, twice_mapped
from metaan.trials.table_routes import Inputs, gather
from metaan.trials.table_rules import error_faults

PAIR_NAMES = (STUDY, TREAT1, TREAT2, "y", "v", "se", *POWERS)
SIZES = ("n1", "n2")
WHOLE = "; the study enters with all its contrasts, or not"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What given contrasts are.

    Attributes
    ----------
    key, name : str
        Key of the measure, and name on the reading scale.
    scale : Scale
        How they are read.
    row : Measure
        The measure; that of effects as given where ``MEASURES`` has none.
    """

    key: str
    name: str
    scale: Scale
    row: Measure


def meaning_of(measure: str, scale: str | None) -> Meaning:
    """Return what contrasts of a measure are; ``scale`` is for effects as given.

    Raises
    ------
    ChoiceError
        If the measure or the scale is unknown.
    InputError
        If it is no difference of two groups, or has its own scale.
    """
    given = MEASURES[GENERIC]
    if " ".join(str(measure).split()).casefold() in PRINTED:
        found = Meaning(key=HAZARD_RATIO, name="Hazard ratio", scale=LOG, row=given)
    else:
        row = find_network_measure(measure)
        if row.key != GENERIC and row.swap is not Swap.SIGN:
            raise InputError(
                f"{row.key} ({row.name}) does not tell how two treatments differ: exchanged, they "
                f"would not just turn its sign; choose one of {LISTED}"
            )
        found = Meaning(key=row.key, name=row.name, scale=row.scale, row=row)
    if scale is None:
        return found
    if found.key != GENERIC:
        raise InputError(
            f"{found.key} has its scale ({found.scale.key}); scale= is for {GENERIC}, effects "
            "that come with their error"
        )
    return replace(found, scale=look_up(SCALES, scale, argument="scale", what="a scale"))


def pair_effects(
    frame: pd.DataFrame,
    columns: Mapping[str, Any],
    meaning: Meaning,
    *,
    better: str | None,
    disagreeing: str,
    label: str,
) -> NetworkEffects:
    """Return the contrasts of a table of contrasts; see ``metaan.network_effects``.

    Raises
    ------
    DataError
        If anything in it breaks a rule; every fault is named.
    """
    mend = look_up(DISAGREEING, disagreeing, argument="disagreeing", what="a way to go on")
    rows, faults = _read(frame, columns, meaning)
    made, lost, wrong = _completed(rows)
    faults += [*wrong, *disagreements(made, mend=mend)]
    if faults:
        raise DataError(in_row_order(faults))
    every = [(name, each) for name, contrasts in made.items() for each in contrasts]
    number = {name: i for i, name in enumerate(made)}
    of_study = np.array([number[name] for name, _ in every], dtype=np.int64)
    place = np.array([each.place for _, each in every], dtype=np.int64)
    signs, turned = signs_of(rows.given, place, of_study, meaning.row, better)
    found = NetworkEffects.from_arrays(
        np.array([each.y for _, each in every]) * signs[of_study] + 0.0,
        np.array([each.v for _, each in every]),
        study=[name for name, _ in every],
        treat1=[each.treat1 for _, each in every],
        treat2=[each.treat2 for _, each in every],
        disagreeing=disagreeing,
        scale=meaning.scale.key,
        label=label or meaning.name,
        columns=_columns(rows, every, of_study),
    )
    return replace(
        found,
        measure=meaning.key,
        left_out=tuple(lost),
        remarks=(*rows.given.remarks, *rows.remarks, *found.remarks, *turned),
    )


def _read(
    frame: pd.DataFrame, columns: Mapping[str, Any], meaning: Meaning
) -> tuple[PairRows, list[Fault]]:
    """Return the rows of the table, and what is wrong with its cells."""
    check_lengths(frame, columns, "contrast")
    labels: dict[str, list[str]] = {}
    faults = twice_mapped(columns)
    for name in (STUDY, TREAT1, TREAT2):
        labels[name], found = read_labels(frame, columns, name)
        faults += found
    given = Given(frame=frame, named=columns, study=labels[STUDY])
    for name in (STUDY, TREAT1, TREAT2):
        if is_there(given, name):
            faults += blank_faults(labels[name], labels[STUDY], given.label(name), name)
    row = MEASURES[GENERIC]
    given, twice, passed = one_way(given, row, columns.keys())
    inputs = gather(given, row)
    faults += [*missing_inputs(given, row, inputs.read), *twice]
    faults += [fault for fault in inputs.faults if fault.row != HEADER]
    faults += _error_faults(given, inputs, meaning)
    shared = np.full(len(frame), np.nan)
    for name in shared_names(given):
        values, found = read_input(given, name)
        faults += found
        shared = np.where(np.isnan(shared), values ** POWERS[name], shared)
    y, v = inputs.arrays["y"], inputs.arrays["v"]
    rows = PairRows(
        study=labels[STUDY],
        treat1=labels[TREAT1],
        treat2=labels[TREAT2],
        y=y,
        v=np.where(v > 0, v, np.nan),  # what is not positive is named by its cell
        shared=shared,
        given=given,
        remarks=tuple(passed),
    )
    return rows, faults


def _error_faults(given: Given, inputs: Inputs, meaning: Meaning) -> list[Fault]:
    """Return the errors that no study can have."""
    read = inputs.read
    name = "se" if "se" in read else "v"
    errors = read[name] if name == "se" else np.sqrt(np.maximum(read["v"], 0))
    return error_faults(errors, given.label(name), given.study, logarithm=meaning.scale.is_log)


def _completed(
    rows: PairRows,
) -> tuple[dict[str, list[Contrast]], list[LeftOut], list[Fault]]:
    """Return all contrasts of each study, the studies that lack one, and the faults of others."""
    table: dict[str, list[int]] = {}
    for i, name in enumerate(rows.study):
        table.setdefault(name, []).append(i)
    given = rows.given
    names = [name for name in ("v", "se") if given.has(name)]
    error = next((name for name in names if name in given.named), names[-1] if names else "v")
    text = {STUDY: rows.study, TREAT1: rows.treat1, TREAT2: rows.treat2}
    gone = gaps(text, {given.label("y"): rows.y, given.label(error): rows.v})
    made: dict[str, list[Contrast]] = {}
    faults: list[Fault] = []
    for name, where in table.items():
        wrong = structure_faults(rows, where, missing=name in gone)
        faults += wrong
        if name not in gone and not wrong and "" not in rows.arms(where):
            made[name] = completed(rows, where)
    lost = [
        LeftOut(study=name, rows=(), reason=gone[name] + WHOLE * (len(table[name]) > 1))
        for name in table
        if name in gone
    ]
    return made, lost, faults


def _columns(
    rows: PairRows, every: list[tuple[str, Contrast]], of_study: Any
) -> dict[str, Column]:
    """Return the further columns; a contrast that follows from others has what is the study's.

    Participants (n1, n2) are an arm's, and so known of it, too.
    """
    frame = rows.given.frame
    used = {rows.given.label(name) for name in PAIR_NAMES}
    place = np.array([each.place for _, each in every], dtype=np.int64)
    follows = np.array([not each.stands for _, each in every], dtype=bool)
    _, first = np.unique(of_study, return_index=True)
    found: dict[str, Column] = {}
    for name in (name for name in frame.columns if name not in used):
        cells = frame[name].to_numpy()[place]
        kinds, _ = pd.factorize(cells)
        if follows.any() and not (kinds == kinds[first][of_study]).all():
            cells = cells.astype(object)
            cells[follows] = None
        found[str(name)] = Column(cells if cells.dtype.kind in "biuf" else cells.tolist())
    if follows.any() and set(SIZES) <= set(found):
        found |= _sizes(rows, every)
    return found


def _sizes(rows: PairRows, every: list[tuple[str, Contrast]]) -> dict[str, Column]:
    """Return the participants of both sides, by arm."""
    known: dict[tuple[str, str], Any] = {}
    for treat, column in zip((rows.treat1, rows.treat2), SIZES, strict=True):
        values = rows.given.frame[column].tolist()
        known |= dict(zip(zip(rows.study, treat, strict=True), values, strict=True))
    return {
        SIZES[0]: Column([known[name, each.treat1] for name, each in every]),
        SIZES[1]: Column([known[name, each.treat2] for name, each in every]),
    }
