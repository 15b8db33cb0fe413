"""Rules that need more than one cell: keys of other tables, limits, duplicates."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import pandas as pd

from metaan.core.errors import Fault
from metaan.core.lookup import hint
from metaan.trials.reading import Row, Table, records, row_name
from metaan.trials.schema import CHANGE, EVENTS

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
                    "a figure needs its source",
                    "Fill in source_citation, source_doi or source_url.",
                )
            )
    return faults


def consistency_faults(table: Table) -> list[Fault]:
    """Return a fault where an arm changes its node or an outcome has two preferred rows."""
    faults = _node_faults(table) if table.header >= {*ARM, "treatment"} else []
    return faults + (_preferred_faults(table) if table.header >= {*FIGURE, "preferred"} else [])


def _node_faults(table: Table) -> list[Fault]:
    frame, faults = table.frame, []
    first = frame.groupby(ARM)["treatment"].transform("first")
    for i, (node, expected) in enumerate(zip(frame["treatment"], first, strict=True)):
        if str(node) != str(expected):
            rule = f"an arm keeps its node; earlier rows say {expected}"
            remedy = "Correct the arm number or the treatment."
            faults.append(_fault(table, i, "treatment", str(node), rule, remedy))
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


def contrast_faults(table: Table) -> list[Fault]:
    """Return a fault for each contrast whose estimate lies outside its interval."""
    faults = []
    for i, row in enumerate(records(table.frame)):
        low, high, value = row["ci_low"], row["ci_high"], row["estimate"]
        if low > high:
            faults.append(
                _fault(
                    table,
                    i,
                    "ci_low",
                    f"{low:g}",
                    "must not exceed ci_high",
                    "Check both limits against the source.",
                )
            )
        elif value < low or value > high:
            faults.append(
                _fault(
                    table,
                    i,
                    "estimate",
                    f"{value:g}",
                    "must lie inside its interval",
                    "Check the three numbers against the source.",
                )
            )
    return faults


Problem = tuple[str, str, str, str]  # column, value, rule, remedy


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
