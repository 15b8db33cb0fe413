"""One study's comparison as a row: arm numbers or a printed difference, labels, trail."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from metaan.core.effects import LeftOut
from metaan.recovery.combining import combine_groups
from metaan.trials.contrasting import NUMBERS, PRINTED
from metaan.trials.instruments import CARRIED
from metaan.trials.printed import PRINTED_KIND
from metaan.trials.reading import Row
from metaan.trials.schema import EVENTS
from metaan.trials.tables import Tables

COLUMNS = (
    "study", "study_id", "outcome", "instrument", "term", "timepoint_weeks", "kind", *NUMBERS,
    *PRINTED, "measure", "treatment_label", "control_label", "sham_type", "condition", "year",
    "rows", "flags", "note", CARRIED,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Which nodes, and so which components, make up the two sides of a comparison."""

    treatment: frozenset[str]
    control: frozenset[str]
    treatment_groups: frozenset[str]
    control_groups: frozenset[str]
    treatment_label: str
    control_label: str


@dataclass(slots=True, kw_only=True)
class StudyWork:
    """Work on one study: its rows, and the list of what is left out (filled as it goes)."""

    name: str
    label: str
    tables: Tables
    sides: Sides
    left_out: list[LeftOut] = field(default_factory=list)

    def drop(self, rows: Sequence[Row], reason: str) -> None:
        """List rows that do not enter, with the reason."""
        ids = tuple(row["row_id"] for row in rows)
        self.left_out.append(LeftOut(study=self.label, rows=ids, reason=reason))


def arm_pair(study: StudyWork, treated: list[Row], control: list[Row]) -> Row:
    """Return the comparison of arms, those of one side combined."""
    pair = frame_of(study, treated[0])
    notes = []
    for side, arms in (("1", treated), ("2", control)):
        pair.update(_combined(arms, side))
        if len(arms) > 1:
            names = ", ".join(row["arm_label"] for row in arms)
            notes.append(f"{len(arms)} arms combined: {names}")
    both = [*treated, *control]
    flags = {flag for row in both for flag in row["flags"].split("|") if flag}
    pair.update(
        kind=treated[0]["measure_type"],
        treatment_label=_node_labels(study.tables, treated),
        control_label=_node_labels(study.tables, control),
        sham_type=_sham_type(study, [row["arm"] for row in control]),
        rows=tuple(row["row_id"] for row in both),
        flags="|".join(sorted(flags)),
        carried="; ".join(dict.fromkeys(r[CARRIED] for r in both if r.get(CARRIED))),
        note="; ".join(notes),
    )
    return pair


def _combined(arms: list[Row], side: str) -> Row:
    if arms[0]["measure_type"] == EVENTS:
        return {f"{name}{side}": sum(row[name] for row in arms) for name in ("n", "events")}
    values = {name: arms[0][name] for name in ("n", "mean", "sd")}
    if len(arms) > 1:
        columns = [np.array([row[name] for row in arms]) for name in values]
        values = dict(zip(values, (float(x) for x in combine_groups(*columns)), strict=True))
    return {f"{name}{side}": value for name, value in values.items()}


def frame_of(study: StudyWork, row: Row) -> Row:
    """Return a comparison of a study with its labels and no numbers."""
    studies = study.tables.studies
    known = study.name in studies.index
    return {
        "study": study.label,
        "study_id": study.name,
        **{name: row[name] for name in ("outcome", "instrument", "term", "timepoint_weeks")},
        **dict.fromkeys((*NUMBERS, *PRINTED), math.nan),
        "measure": "",
        **{name: studies.at[study.name, name] if known else "" for name in ("condition", "year")},
    }


def _node_labels(tables: Tables, arms: list[Row]) -> str:
    nodes = dict.fromkeys(row["treatment"] for row in arms)
    return " / ".join(str(tables.treatments.at[node, "label"]) for node in nodes)


def _sham_type(study: StudyWork, arms: Sequence[str]) -> str:
    """Return what kind of sham the control arms got; empty if none of them is a sham."""
    tables = study.tables
    kinds = [
        str(tables.components.at[part, "sham_type"])
        for arm in arms
        for part in sorted(tables.parts.get((study.name, arm), frozenset()))
        if part in tables.components.index
    ]
    return " / ".join(dict.fromkeys(filter(None, kinds)))


def printed_pair(study: StudyWork, row: Row, *, turned: bool) -> Row:
    """Return the comparison that a printed difference gives; ``turned`` if its sides were."""
    pair = frame_of(study, row)
    labels = study.tables.treatments["label"]
    pair.update({name: row[name] for name in ("n1", "n2", *PRINTED, "measure", "flags")})
    pair.update(
        kind=PRINTED_KIND,
        treatment_label=str(labels[row["treat1"]]),
        control_label=str(labels[row["treat2"]]),
        sham_type=_sham_type(study, [row["arm2"]]),
        rows=(row["row_id"],),
        carried=row.get(CARRIED, ""),
        arms=(row["arm1"], row["arm2"]),
        note="printed difference"
        + (", its two sides exchanged" if turned else "")
        + ": the arms do not give the comparison",
    )
    return pair
