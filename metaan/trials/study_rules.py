"""What the rows of a table with one row per study must obey, beyond single numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from metaan.core.errors import Fault
from metaan.core.lookup import hint
from metaan.core.scale import IDENTITY, LOG
from metaan.measures.table import MEASURES
from metaan.trials.printed import GIVEN_RATIOS
from metaan.trials.reading import Row
from metaan.trials.reversing import DIRECTIONS
from metaan.trials.schema import CHANGE, ENDPOINT
from metaan.trials.table_rules import CHECK, row_fault

Problem = tuple[str, str, str, str]  # column, value, rule, remedy
TYPES = (ENDPOINT, CHANGE)
ROUNDED = 0.05  # of a variance: v and se² may both have been rounded
KEY = ("outcome", "term", "instrument", "treatment", "control")


def row_faults(i: int, row: Row, study: Sequence[str]) -> list[Fault]:
    """Return the faults of a row's texts, and of its numbers beside each other."""
    problems = [*_words(row), *_limits(row), *_errors(row)]
    if not row["study"]:
        problems.append(("study", "", "must not be empty", "Name the study."))
    if given(row, "mean1", "mean2") and given(row, "events1", "events2"):
        rule = "holds means and events in one row"
        problems.append(("mean1", "", rule, "Give each a row and an outcome of its own."))
    if row["treatment"] and row["treatment"] == row["control"]:
        rule = "must not be the control as well"
        problems.append(("treatment", row["treatment"], rule, "Name what each group got."))
    return [
        row_fault(i, study, column, value, rule, remedy)
        for column, value, rule, remedy in problems
    ]


def given(row: Row, *names: str) -> bool:
    """Whether any of these numbers is there."""
    return any(not math.isnan(row[name]) for name in names)


def is_ratio(row: Row) -> bool:
    """Whether the printed effect of a row is a ratio."""
    measure = row["measure"]
    return measure in GIVEN_RATIOS or (measure in MEASURES and MEASURES[measure].scale.is_log)


def _words(row: Row) -> list[Problem]:
    found = []
    for name, known, what in (
        ("measure", (*MEASURES, *GIVEN_RATIOS), "an effect measure"),
        ("measure_type", TYPES, "endpoint or change"),
        ("better", DIRECTIONS, "a direction (lower or higher)"),
    ):
        value = row[name]
        if value and value not in known:
            remedy = f"Correct it, or leave it empty.{hint(value, known)}"
            found.append((name, value, f"must be {what}", remedy))
    return found


def _limits(row: Row) -> list[Problem]:
    """Return what is wrong with a printed effect and its limits."""
    low, value, high = row["ci_low"], row["estimate"], row["ci_high"]
    if low > high:
        return [("ci_low", f"{low:g}", "must not exceed ci_high", "Exchange the limits.")]
    if value < low or value > high:
        return [("estimate", f"{value:g}", "must lie inside its interval", CHECK)]
    lowest = min((x for x in (low, value, high) if not math.isnan(x)), default=math.nan)
    if is_ratio(row) and lowest <= 0:
        remedy = "Give the ratio, not its logarithm; logarithms stand in y with se."
        return [("estimate", f"{lowest:g}", f"must be greater than 0 ({row['measure']})", remedy)]
    if math.isnan(value) or row["measure"] not in (*MEASURES, *GIVEN_RATIOS):
        return []
    scale = LOG if row["measure"] in GIVEN_RATIOS else MEASURES[row["measure"]].scale
    if not scale.is_log and scale.key != IDENTITY.key:
        remedy = "Give y with se on the analysis scale."
        return [("estimate", f"{value:g}", f"cannot be read as {row['measure']}", remedy)]
    if scale.is_log and not given(row, "ci_low") and given(row, "se") and not given(row, "y"):
        remedy = (
            "Give its confidence interval (ci_low, ci_high), or its logarithm in y with the se."
        )
        rule = f"is of no use beside a ratio ({row['measure']})"
        return [("se", f"{row['se']:g}", rule, remedy)]
    return []


def _errors(row: Row) -> list[Problem]:
    """Return where two numbers say different things of one error."""
    v, square = row["v"], row["se"] ** 2
    if abs(v - square) > ROUNDED * square:
        return [("v", f"{v:g}", f"must be se² = {square:g}", "Keep the one that is right.")]
    return []


def table_faults(rows: Sequence[Row], study: Sequence[str]) -> list[Fault]:
    """Return the faults of rows beside each other: one that stands twice, one's directions."""
    faults = []
    first: dict[tuple[str, ...], int] = {}
    ways: dict[str, str] = {}
    for i, row in enumerate(rows):
        key = (" ".join(row["study"].split()).casefold(), *(row[name] for name in KEY))
        if key[0] and key in first:
            rule = f"study stands twice for one outcome and time (first in row {first[key] + 1})"
            remedy = "Keep one, or tell them apart by outcome, term, treatment or control."
            faults.append(row_fault(i, study, "study", row["study"], rule, remedy))
        first.setdefault(key, i)
        name = row["instrument"] or row["outcome"]
        way = ways.setdefault(name, row["better"]) if row["better"] else ""
        if way and way != row["better"]:
            rule = f"must be {way} as in earlier rows of {name or 'this outcome'}"
            faults.append(row_fault(i, study, "better", row["better"], rule, "Correct one."))
    return faults
