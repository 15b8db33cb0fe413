"""Rules that need more than one cell: keys of other tables, limits, duplicates."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from metaan.core.errors import Fault
from metaan.core.lookup import hint
from metaan.trials.reading import Row, Table, records, row_name
from metaan.trials.schema import CHANGE, EVENTS

Problem = tuple[str, str, str, str]  # column, value, rule, remedy
NEEDS_SOURCE = "a figure needs its source"
GIVE_SOURCE = "Fill in source_citation, source_doi or source_url."
SOURCES = ("source_citation", "source_doi", "source_url")
ARM = ["study_id", "arm"]
FIGURE = [*ARM, "outcome", "term"]


def key_faults(table: Table, column: str, keys: Iterable[str], where: str) -> list[Fault]:
    """Return a fault for each non-empty cell of ``column`` that is not one of ``keys``."""
    known = set(keys)
    faults = []
    for i, value in enumerate(table.frame[column]):
        if value and value not in known:
            remedy = f"Correct it or add it to {where}.{hint(value, sorted(known))}"
            faults.append(_fault(table, i, column, value, f"is not a key of {where}", remedy))
    return faults


def component_faults(table: Table, keys: Iterable[str], where: str) -> list[Fault]:
    """Return a fault for each component of an arm that components.csv does not know."""
    known = set(keys)
    faults = []
    for i, value in enumerate(table.frame["components"]):
        for part in filter(None, str(value).split("+")):
            if part not in known:
                remedy = f"Correct it or add it to {where}.{hint(part, sorted(known))}"
                faults.append(
                    _fault(table, i, "components", part, f"is not a key of {where}", remedy)
                )
    return faults


def duplicate_faults(table: Table, columns: Sequence[str], rule: str) -> list[Fault]:
    """Return a fault for each row that repeats the values of an earlier one in ``columns``."""
    frame = table.frame
    filled = (frame[list(columns)] != "").all(axis=1)
    again = frame[filled].duplicated(subset=list(columns), keep="first")
    return [
        _fault(
            table,
            frame.index.get_loc(i),
            columns[0],
            ", ".join(str(frame.at[i, c]) for c in columns),
            rule,
            "Keep one of them.",
        )
        for i in again[again].index
    ]


def arm_faults(table: Table, instruments: pd.DataFrame) -> list[Fault]:
    """Return the faults of single arm rows: limits, instrument and outcome, source."""
    faults: list[Fault] = []
    scales = {row["instrument"]: row for row in records(instruments)}
    for i, row in enumerate(records(table.frame)):
        scale = scales.get(row["instrument"])
        problems = _count_problems(row)
        if "measure_type" in table.header:
            problems += _scale_problems(row, scale)
        faults += [_fault(table, i, *problem) for problem in problems]
        if table.header >= {*SOURCES[:2]} and not any(row[name] for name in SOURCES):
            faults.append(
                _fault(
                    table,
                    i,
                    SOURCES[0],
                    "",
                    NEEDS_SOURCE,
                    GIVE_SOURCE,
                )
            )
    return faults


def consistency_faults(table: Table) -> list[Fault]:
    """Return a fault where an arm changes its node or an outcome has two preferred rows."""
    faults: list[Fault] = []
    for column, what in (("treatment", "node"), ("components", "components")):
        if table.header >= {*ARM, column}:
            faults += _changed_faults(table, column, what)
    return faults + (_preferred_faults(table) if table.header >= {*FIGURE, "preferred"} else [])


def _changed_faults(table: Table, column: str, what: str) -> list[Fault]:
    """Return a fault for each row in which an arm is said to be something else than before."""
    frame, faults = table.frame, []
    first = frame.groupby(ARM)[column].transform("first")
    for i, (value, expected) in enumerate(zip(frame[column], first, strict=True)):
        if str(value) != str(expected):
            rule = f"an arm keeps its {what}; earlier rows say {expected}"
            remedy = f"Correct the arm number or the {column}."
            faults.append(_fault(table, i, column, str(value), rule, remedy))
    return faults


def _preferred_faults(table: Table) -> list[Fault]:
    frame = table.frame
    chosen = frame[(frame["preferred"] != "0") & (frame["term"] != "")]
    rule = "only one row per study, arm, outcome and term may be preferred"
    remedy = "Set preferred to 0 in the others."
    return [
        _fault(table, frame.index.get_loc(i), "preferred", "1", rule, remedy)
        for i in chosen.index[chosen.duplicated(subset=FIGURE, keep="first")]
    ]


def contrast_faults(
    table: Table, arms: pd.DataFrame, instruments: pd.DataFrame, treatments: Iterable[str]
) -> list[Fault]:
    """Return the faults of printed contrasts: interval, arms on file, instrument, source."""
    nodes = {(row["study_id"], row["arm"]): row["treatment"] for row in records(arms)}
    outcomes = {row["instrument"]: row["outcome"] for row in records(instruments)}
    known = set(treatments)
    faults: list[Fault] = []
    for i, row in enumerate(records(table.frame)):
        problems = _interval_problems(row)
        if {row["treat1"], row["treat2"]} <= known:
            problems += _arm_problems(row, nodes)
        outcome = outcomes.get(row["instrument"], row["outcome"])
        if row["outcome"] and outcome != row["outcome"]:
            rule = f"instrument {row['instrument']} measures {outcome}"
            remedy = "Correct the outcome or the instrument."
            problems.append(("outcome", row["outcome"], rule, remedy))
        if table.header >= {*SOURCES[:2]} and not any(row[name] for name in SOURCES):
            problems.append((SOURCES[0], "", NEEDS_SOURCE, GIVE_SOURCE))
        faults += [_fault(table, i, *problem) for problem in problems]
    return faults


def _interval_problems(row: Row) -> list[Problem]:
    low, high, value = row["ci_low"], row["ci_high"], row["estimate"]
    remedy = "Check the three numbers against the source."
    if low > high:
        return [("ci_low", f"{low:g}", "must not exceed ci_high", remedy)]
    if value < low or value > high:
        return [("estimate", f"{value:g}", "must lie inside its interval", remedy)]
    return []


def _arm_problems(row: Row, nodes: Mapping[tuple[str, str], str]) -> list[Problem]:
    """Return where the arms that a contrast names are not on file, or are another treatment."""
    problems: list[Problem] = []
    if not any(study == row["study_id"] for study, _ in nodes):
        return problems
    for arm, treat in (("arm1", "treat1"), ("arm2", "treat2")):
        node = nodes.get((row["study_id"], row[arm]))
        if row[arm] and node is None:
            remedy = "Correct it, or leave it empty where the arm is not on file."
            problems.append((arm, row[arm], "is no arm of this study in trials.csv", remedy))
        elif row[arm] and node != row[treat]:
            rule = f"arm {row[arm]} is {node} in trials.csv"
            problems.append((treat, row[treat], rule, "Correct the arm or the treatment."))
    return problems


def _count_problems(row: Row) -> list[Problem]:
    events, n = _number(row["events"]), _number(row["n"])
    problems: list[Problem] = []
    if events > n:
        problems.append(
            (
                "events",
                f"{events:g}",
                f"must not exceed n = {n:g}",
                "Check events and n against the source.",
            )
        )
    low, high, mean = (_number(row[name]) for name in ("ci_low", "ci_high", "mean"))
    if low > high:
        problems.append(("ci_low", f"{low:g}", "must not exceed ci_high", "Exchange the limits."))
    elif mean < low or mean > high:
        problems.append(
            (
                "mean",
                f"{mean:g}",
                "must lie inside its printed interval",
                "Check the three numbers against the source.",
            )
        )
    return problems


def _scale_problems(row: Row, scale: Row | None) -> list[Problem]:
    if scale is None:
        return []
    problems: list[Problem] = []
    if row["outcome"] and scale["outcome"] != row["outcome"]:
        problems.append(
            (
                "outcome",
                str(row["outcome"]),
                f"instrument {row['instrument']} measures {scale['outcome']}",
                "Correct the outcome or the instrument.",
            )
        )
    low, high = float(scale["low"]), float(scale["high"])
    if row["measure_type"] == CHANGE:
        low, high = low - high, high - low
    if row["measure_type"] == EVENTS or math.isnan(low) or math.isnan(high):
        return problems
    mean, sd, n = (_number(row[name]) for name in ("mean", "sd", "n"))
    if mean < low or mean > high:
        problems.append(
            (
                "mean",
                f"{mean:g}",
                f"must lie between {low:g} and {high:g} ({row['instrument']})",
                "Check the instrument, its range and the sign.",
            )
        )
    widest = (high - low) / 2 * math.sqrt(n / (n - 1)) if n > 1 else math.nan
    if sd > widest:
        problems.append(
            (
                "sd",
                f"{sd:g}",
                f"cannot exceed {widest:.4g} on {row['instrument']} with n = {n:g}",
                "Check the instrument and whether it is an SD.",
            )
        )
    return problems


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def _fault(table: Table, i: object, column: str, value: str, rule: str, remedy: str) -> Fault:
    place = row_name(table.frame, int(str(i)))
    return Fault(file=table.name, row=place, column=column, value=value, rule=rule, remedy=remedy)
