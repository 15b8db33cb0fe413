"""What the studies on file give to a network → its contrasts, and what was done on the way."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaan.core.arrays import Column
from metaan.core.lookup import look_up
from metaan.core.network_effects import NetworkEffects
from metaan.measures.row import Measure
from metaan.trials.network_arms import Arms, combined, sorted_arms
from metaan.trials.network_contrasts import Found, contrasts_of
from metaan.trials.network_groups import arm_row
from metaan.trials.network_trials import Entry, mixed_designs, trial_entries
from metaan.trials.orienting import (
    carried_remarks,
    check_instruments,
    check_types,
    divided,
    effect_label,
    oriented,
)
from metaan.trials.reading import Row
from metaan.trials.reversing import DIRECTIONS
from metaan.trials.tables import Tables

ABOUT = (
    "instrument", "term", "timepoint_weeks", "kind", "condition", "year", "flags", "note",
    "study_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the caller asks of trials; see ``metaan.network_effects``."""

    by: str
    better: str | None
    mix_types: bool
    contrast_sd: Mapping[str, float]
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One contrast, with the labels and numbers that go along."""

    study: str
    treatments: tuple[str, str]
    y: float
    v: float
    rows: tuple[str, ...]
    numbers: Mapping[str, float]
    about: Row


def trial_effects(
    tables: Tables, row: Measure, options: Mapping[str, Any], asked: Asked
) -> tuple[NetworkEffects, tuple[str, ...]]:
    """Return the contrasts of the selected trials, and what to warn of."""
    if asked.better is not None:
        look_up(DIRECTIONS, asked.better, argument="better", what="a direction")
    entries, lost = trial_entries(tables, row, by=asked.by, contrast_sd=asked.contrast_sd)
    about = {entry.about["study"]: entry.about for entry in entries}
    check_types(list(about.values()), row, asked.mix_types)
    check_instruments(list(about.values()), row)
    arms, joined = entry_arms(entries, row)
    found = contrasts_of(arms, row, options, np.zeros(len(arms.studies)))
    of_study: dict[str, list[Line]] = {name: [] for name in about}
    for line in [*_of_arms(found, about), *_of_printed(entries, row)]:
        of_study[line.study].append(line)
    lines = [line for name in about for line in of_study[name]]
    kept = [about[name] for name in about if of_study[name]]
    signs, turned = oriented(np.ones(len(kept)), kept, tables.instruments, row, asked.better)
    sign = dict(zip((each["study"] for each in kept), signs.tolist(), strict=True))
    names = [f"{name}{side}" for name in arm_row(row).inputs for side in "12"]
    effects = NetworkEffects(
        y=np.array([line.y * sign[line.study] + 0.0 for line in lines]),
        v=np.array([line.v for line in lines]),
        study=tuple(line.study for line in lines),
        treat1=tuple(line.treatments[0] for line in lines),
        treat2=tuple(line.treatments[1] for line in lines),
        measure=row.key,
        label=asked.label or effect_label(kept, row, tables.instruments),
        scale=row.scale,
        rows=tuple(line.rows for line in lines),
        columns={
            **{name: Column([line.numbers[name] for line in lines]) for name in names},
            **{name: Column([line.about[name] for line in lines]) for name in ABOUT},
        },
        left_out=(*lost, *found.lost),
        remarks=(
            *carried_remarks(kept),
            *joined,
            *mixed_designs(tables, entries),
            *_told_of_printed(entries, row, asked),
            *found.remarks,
            *turned,
        ),
    )
    return effects, found.bare


def entry_arms(entries: Iterable[Entry], row: Measure) -> tuple[Arms, tuple[str, ...]]:
    """Return the arms of studies on file, those of one name in a study combined, and a remark."""
    every = [(entry.about["study"], name, arm) for entry in entries for name, arm in entry.arms]
    arms, _ = sorted_arms(
        [study for study, _, _ in every],
        [name for _, name, _ in every],
        {
            name: np.array([arm[name] for _, _, arm in every], dtype=np.float64)
            for name in arm_row(row).inputs
        },
        np.arange(len(every)),
        [(str(arm["row_id"]),) for _, _, arm in every],
    )
    return combined(arms)


def _of_arms(found: Found, about: Mapping[str, Row]) -> list[Line]:
    """Return the contrasts that were made from arms."""
    arms = found.arms
    lines = []
    for m, (i, j) in enumerate(zip(found.pairs.first, found.pairs.second, strict=True)):
        study = arms.studies[arms.study[i]]
        numbers = {
            f"{name}{side}": float(values[arm])
            for name, values in arms.numbers.items()
            for side, arm in (("1", i), ("2", j))
        }
        lines.append(
            Line(
                study=study,
                treatments=(arms.treatment[i], arms.treatment[j]),
                y=float(found.y[m]),
                v=float(found.v[m]),
                rows=(*arms.ids[i], *arms.ids[j]),
                numbers=numbers,
                about=about[study],
            )
        )
    return lines


def _of_printed(entries: Sequence[Entry], row: Measure) -> list[Line]:
    """Return the contrasts that printed differences give."""
    names = [f"{name}{side}" for name in arm_row(row).inputs for side in "12"]
    return [
        Line(
            study=entry.about["study"],
            treatments=each.treatments,
            y=each.y,
            v=each.v,
            rows=each.rows,
            numbers=dict.fromkeys(names, math.nan) | dict(zip(("n1", "n2"), each.n, strict=True)),
            about={**each.pair, "note": entry.about["note"]},
        )
        for entry in entries
        for each in entry.printed
    ]


def _told_of_printed(entries: Sequence[Entry], row: Measure, asked: Asked) -> list[str]:
    """Return what was made of printed differences, and by which SD they were divided."""
    told = [f"{entry.about['study']}: {entry.about['note']}" for entry in entries
            if len(entry.printed) > 1]  # fmt: skip
    by = [text for entry in entries if entry.printed
          for text in divided(entry.printed[0].pair, row, asked.contrast_sd)]  # fmt: skip
    return [*told, *by]
