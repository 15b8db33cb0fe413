"""Anyone's table with one row per arm, or a group of columns per arm → arms, all faults named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from metaan.core.arrays import Booleans, Floats, Integers, Numbered
from metaan.core.effects import LeftOut
from metaan.core.errors import DataError, Fault
from metaan.measures.row import Measure
from metaan.trials.network_arms import Arms, combined, incomplete, same_treatment, sorted_arms
from metaan.trials.network_columns import check_lengths
from metaan.trials.network_groups import Group, arm_row, mapped_twice, named_groups, read_group
from metaan.trials.network_labels import (
    CORRELATION,
    STUDY,
    TREATMENT,
    blank_faults,
    in_row_order,
    read_labels,
)
from metaan.trials.table_columns import Given, label_faults, read_input
from metaan.trials.table_rules import row_fault, some


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmTable:
    """What a table says of the arms of a network.

    Attributes
    ----------
    arms : Arms
        Those with all numbers, also of studies that have no second one.
    given : Given
        The table.
    spare : mapping of str to Series
        Columns that nothing was read from.
    correlation : ndarray, shape (k,)
        Between the arms of each study.
    lost : tuple of LeftOut
        Arms that lack numbers.
    remarks : tuple of str
        What was recovered, assumed or combined.
    """

    arms: Arms
    given: Given
    spare: Mapping[str, Any]
    correlation: Floats
    lost: tuple[LeftOut, ...]
    remarks: tuple[str, ...]


def read_arms(
    frame: pd.DataFrame, columns: Mapping[str, Any], row: Measure, *, combine: bool
) -> ArmTable:
    """Return the arms of a table; see ``metaan.network_effects``.

    Raises
    ------
    DataError
        If anything in it breaks a rule; every fault is named.
    """
    named = named_groups(frame, columns, arm_row(row))
    wide = len(named) > 1
    check_lengths(frame, named[0], "study" if wide else "arm")
    study, faults = _studies(frame, columns, wide=wide)
    groups = [
        read_group(frame, each, study, arm_row(row), wide=wide, asked=columns.keys())
        for each in named
    ]
    faults += [*mapped_twice(named), *(fault for group in groups for fault in group.faults)]
    arms, group_of = _gathered(study, groups)
    if not combine:
        faults += _repeated(arms, study, groups, group_of)
    rho, found = _correlations(arms, groups[0].given)
    if faults or found:
        raise DataError(in_row_order([*faults, *found]))
    fractions = _fractions(arms)
    arms, told = combined(arms)
    gone = incomplete(arms)
    remarks = [text for group in groups for text in (*group.given.remarks, *group.inputs.remarks)]
    return ArmTable(
        arms=arms.take(~gone) if gone.any() else arms,
        given=groups[0].given,
        spare=_spare(frame, groups),
        correlation=rho[np.unique(arms.study[~gone])],
        lost=tuple(_lacking(arms, gone, groups[0])),
        remarks=(*dict.fromkeys(remarks), *fractions, *told),
    )


def _fractions(arms: Arms) -> tuple[str, ...]:
    """Return a remark on events that are no whole numbers."""
    events = arms.numbers.get("events", np.zeros(0))
    where = np.flatnonzero(np.isfinite(events) & (events != np.rint(events))).tolist()
    if not where:
        return ()
    names = [f"{arms.studies[arms.study[i]]} ({arms.treatment[i]})" for i in where]
    who = some(names, np.ones(len(names), dtype=bool))
    return (f"events are no whole numbers, and were taken as they are: {who}",)


def _studies(
    frame: pd.DataFrame, columns: Mapping[str, Any], *, wide: bool
) -> tuple[Sequence[str], list[Fault]]:
    """Return the study of each row; the rows of a wide table without a name are numbered."""
    if wide and STUDY not in columns and STUDY not in frame:
        return Numbered.first(len(frame)), []
    source = columns.get(STUDY, STUDY)
    labels, faults = read_labels(frame, columns, STUDY)
    column = source if isinstance(source, str) else STUDY
    if not faults:
        check = label_faults(labels, column) if wide else []
        faults = check or blank_faults(labels, labels, column, STUDY)
    return labels, faults


def _gathered(study: Sequence[str], groups: Sequence[Group]) -> tuple[Arms, Integers]:
    """Return the arms of all groups, study by study, and the group of each."""
    rows = len(study)
    place = np.tile(np.arange(rows), len(groups))
    group = np.repeat(np.arange(len(groups)), rows)
    treatment = np.concatenate([np.array(each.treatment, dtype=object) for each in groups])
    there = np.flatnonzero(treatment != "")
    there = there[np.lexsort((group[there], place[there]))]
    names = [study[i] for i in range(rows)]
    numbers = {
        name: np.concatenate([each.inputs.arrays[name] for each in groups])[there]
        for name in groups[0].inputs.arrays
    }
    arms, order = sorted_arms(
        [names[i] for i in place[there].tolist()], treatment[there].tolist(), numbers, place[there]
    )
    return arms, group[there][order]


def _repeated(
    arms: Arms, study: Sequence[str], groups: Sequence[Group], group: Integers
) -> list[Fault]:
    """Return the arms whose study has their treatment before."""
    first = same_treatment(arms)
    again = first != np.arange(len(first))
    if len(groups) > 1:  # a study that stands in two rows has its own fault
        again &= arms.place == arms.place[first]
    return [
        row_fault(
            int(arms.place[i]),
            study,
            groups[group[i]].given.label(TREATMENT),
            arms.treatment[i],
            f"the study has this treatment twice (first in row {arms.place[first[i]] + 1})",
            "If the arms are one treatment, take them together with combine=True; if not, give "
            "them two names.",
        )
        for i in np.flatnonzero(again).tolist()
    ]


def _correlations(arms: Arms, given: Given) -> tuple[Floats, list[Fault]]:
    """Return the correlation between the arms of each study, 0 where none is given."""
    if CORRELATION not in given.named:
        return np.zeros(len(arms.studies)), []
    values, faults = read_input(given, CORRELATION)
    each = np.nan_to_num(values[arms.place])
    label, rho = given.label(CORRELATION), each[arms.start]
    faults += [
        row_fault(int(arms.place[i]), given.study, label, f"{each[i]:g}",
                  "must be the same in all rows of a study", "Give each study one correlation.")
        for i in np.flatnonzero(each != rho[arms.study])
    ]  # fmt: skip
    least = -1 / np.maximum(arms.sizes - 1, 1)
    faults += [
        row_fault(int(arms.place[arms.start[s]]), given.study, label, f"{rho[s]:g}",
                  f"must lie between {least[s]:.3g} and 1 for {arms.sizes[s]} arms",
                  "Give the correlation between two measurements of one person.")
        for s in np.flatnonzero((rho <= least) | (rho >= 1))
    ]  # fmt: skip
    return np.asarray(rho), faults


def _lacking(arms: Arms, gone: Booleans, group: Group) -> list[LeftOut]:
    """Return the arms that lack numbers, and which."""
    lost = []
    for i in np.flatnonzero(gone).tolist():
        missing = [name for name, values in arms.numbers.items() if np.isnan(values[i])]
        what = ", ".join(group.given.label(name) for name in missing)
        study = arms.studies[arms.study[i]]
        reason = f"{arms.treatment[i]}: {what} missing"
        lost.append(LeftOut(study=study, rows=arms.ids[i], reason=reason))
    return lost


def _spare(frame: pd.DataFrame, groups: Sequence[Group]) -> dict[str, Any]:
    """Return the columns that nothing was read from."""
    used = {
        group.given.label(name)
        for group in groups
        for name in (*group.inputs.read, STUDY, TREATMENT, CORRELATION)
        if name != CORRELATION or name in group.given.named
    }
    return {str(name): frame[name] for name in frame.columns if name not in used}
