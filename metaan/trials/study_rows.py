"""Rows of a table with one row per study → rows of arms and of differences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from metaan.core.effects import GENERIC
from metaan.core.errors import Fault
from metaan.measures.row import EVENTS as COUNTED
from metaan.measures.row import MEANS
from metaan.numerics.tails import normal_quantile
from metaan.trials.printed import LEVEL
from metaan.trials.reading import Row
from metaan.trials.schema import ENDPOINT, EVENTS
from metaan.trials.study_rules import given, is_ratio
from metaan.trials.table_rules import row_fault

OUTCOME, TREATMENT, CONTROL = "outcome", "treatment", "control"  # where a table names none
SOURCE = ("source_doi", "source_citation", "source_url", "source_locus", "flags", "notes")
GIVEN = " (given)"


@dataclass(slots=True, kw_only=True)
class StudyRows:
    """What the rows of a table become.

    Attributes
    ----------
    arms, contrasts : list of dict
        Rows as `load_trials` has them.
    faults : list of Fault
        Arms that are said to be something else in another row.
    """

    arms: list[Row] = field(default_factory=list)
    contrasts: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def rows_of(rows: Sequence[Row], more: Sequence[Mapping[str, str]]) -> StudyRows:
    """Return arms and differences of a table's rows; ``more`` are further cells of each."""
    made = StudyRows()
    study = [str(row["study"]) for row in rows]
    names: dict[str, dict[str, int]] = {}
    seen: dict[tuple[Any, ...], tuple[Row, int]] = {}
    for i, (row, cells) in enumerate(zip(rows, more, strict=True)):
        arms = names.setdefault(study[i], {})
        sides = [row["treatment"] or TREATMENT, row["control"] or CONTROL]
        numbers = [str(arms.setdefault(side, len(arms) + 1)) for side in sides]
        shared = _shared(row, cells)
        if given(row, "mean1", "sd1", "events1", "mean2", "sd2", "events2"):
            for side in (0, 1):
                arm = _arm(row, cells, shared, side)
                arm |= {"arm": numbers[side], "treatment": sides[side]}
                _keep(made, arm, seen, i, study)
        if given(row, "y", "estimate") or not given(row, *MEANS[:2], *COUNTED[:1]):
            difference = {**shared, **_difference(row)}
            difference |= {"row_id": f"line{row['line']}", "n1": row["n1"], "n2": row["n2"],
                           "arm1": numbers[0], "arm2": numbers[1],
                           "treat1": sides[0], "treat2": sides[1],
                           "as_reported": _printed(cells, DIFFERENCE)}  # fmt: skip
            made.contrasts.append(difference)
    return made


DIFFERENCE = ("y", "se", "v", "estimate", "ci_low", "ci_high")


def _shared(row: Row, cells: Mapping[str, str]) -> Row:
    """Return what an arm and a difference have in common."""
    outcome = row["outcome"] or OUTCOME
    return {
        "study_id": row["study"],
        "outcome": outcome,
        "instrument": row["instrument"] or outcome,
        "timepoint_weeks": row["timepoint_weeks"],
        "term": row["term"],
        "preferred": "1",
        **{name: row[name] for name in SOURCE},
        **{name: value for name, value in cells.items() if not name.endswith(GIVEN)},
    }


def _arm(row: Row, cells: Mapping[str, str], shared: Row, side: int) -> Row:
    """Return one group of a row as an arm."""
    number = str(side + 1)
    counted = given(row, "events1", "events2")
    names = ("n", "events") if counted else ("n", "mean", "sd")
    word = (row["treatment"] or TREATMENT, row["control"] or CONTROL)[side]
    return {
        **shared,
        "row_id": f"line{row['line']}.{number}",
        "arm_label": word,
        "components": word,
        "measure_type": EVENTS if counted else row["measure_type"] or ENDPOINT,
        **{name: row[f"{name}{number}"] for name in names},
        "as_reported": _printed(cells, [f"{name}{number}" for name in names]),
    }


def _keep(
    made: StudyRows, arm: Row, seen: dict[tuple[Any, ...], tuple[Row, int]], i: int,
    study: Sequence[str],
) -> None:  # fmt: skip
    """Keep an arm, once where several rows of a study share it; keep a fault where they differ."""
    key = tuple(arm[name] for name in ("study_id", "arm", "outcome", "instrument", "term"))
    if key not in seen:
        seen[key] = arm, i
        made.arms.append(arm)
        return
    other, first = seen[key]
    names = [name for name in ("n", "mean", "sd", "events") if name in arm]
    if [repr(arm.get(name)) for name in names] != [repr(other.get(name)) for name in names]:
        rule = f"the numbers of {arm['treatment']} differ from those in row {first + 1}"
        remedy = (
            "One arm has one set of numbers: give the whole arm in each row, or combine the arms "
            "it is compared with."
        )
        made.faults.append(row_fault(i, study, "study", arm["study_id"], rule, remedy))


def _difference(row: Row) -> Row:
    """Return the printed effect of a row as differences and ratios are kept."""
    measure = row["measure"] or GENERIC
    value, low, high, error = (row[name] for name in ("estimate", "ci_low", "ci_high", "se"))
    derivation = ""
    if not math.isnan(row["y"]):
        value, low, high = row["y"], math.nan, math.nan
        if math.isnan(error):
            error, derivation = math.sqrt(row["v"]), "se = square root of v"
        if is_ratio(row):
            half = float(normal_quantile(LEVEL)) * error
            low, value, high = (math.exp(x) for x in (value - half, value, value + half))
            derivation = "ratio and its limits from y and its standard error"
    return {
        "measure": measure,
        "estimate": value,
        "ci_low": low,
        "ci_high": high,
        "se": error,
        "derivation": derivation,
    }


def _printed(cells: Mapping[str, str], names: Sequence[str]) -> str:
    """Return cells as they stand in the file, with their columns."""
    there = ((name, cells.get(f"{name}{GIVEN}", "")) for name in names)
    return ", ".join(f"{name} {value}" for name, value in there if value)
