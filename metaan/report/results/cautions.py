"""Cautions about data without a fault: counts that are none, numbers not printed, no pool."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from metaan.core.numbers import counted
from metaan.report.declaring.declared import FOREST
from metaan.report.results.fitting import FEWEST_TO_POOL
from metaan.report.results.recipes import AnyResult
from metaan.trials.reading import records
from metaan.trials.trials import Trials

COUNTS = ("n", "events")
USED = ("mean", "sd", "events")
NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
MOST = 12  # rows that a caution names one by one


def cautions_of(trials: Trials) -> tuple[str, ...]:
    """Return what is odd about the numbers of arms, one text for each kind."""
    broken = [
        f"{_row(row)}: {name} = {row[name]:g}"
        for row in records(trials.arms)
        for name in COUNTS
        if not math.isnan(row[name]) and row[name] != round(row[name])
    ]
    other = [
        f"{_row(row)}: {row['as_reported']!r}"
        for row in records(trials.arms)
        if not _stands_in(row) and not row["derivation"] and not row["flags"]
    ]
    found = (
        ("counts that are no whole numbers", broken),
        ("as_reported holds none of the numbers that are used, and nothing says why "
         "(derivation, flags)", other),
    )  # fmt: skip
    return tuple(f"{what}: {_some(rows)}" for what, rows in found if rows)


def unpooled(result: AnyResult) -> str:
    """Return why a figure pools nothing; empty if it does, or is not to."""
    if result.spec.kind != FOREST or result.effects is None:
        enough = result.spec.kind != FOREST
    else:
        enough = result.k >= FEWEST_TO_POOL
    reasons = dict.fromkeys(item.reason for item in result.left_out)
    if enough or not reasons:
        return ""
    why = f" ({_some(list(reasons))})" if reasons else ""
    usable = counted(result.k, "usable study", "usable studies")
    return f"{result.spec.name}: nothing is pooled: {usable} for {result.spec.measure}{why}"


def left_out_lines(result: AnyResult) -> list[str]:
    """Return which studies of a figure do not enter, with the reason, as lines."""
    lost: dict[str, dict[str, None]] = {}
    entered = set() if result.effects is None else set(result.effects.study)
    for item in result.left_out:
        if item.study not in entered:
            lost.setdefault(item.study, {})[item.reason] = None
    if not lost:
        return []
    of = result.k + len(lost)
    head = f"{len(lost)} of {of} studies {'is' if len(lost) == 1 else 'are'} left out of"
    lines = [f"{head} {result.spec.name}:"]
    shown = list(lost.items())[:MOST]
    lines += [f"  {study}: {'; '.join(reasons)}" for study, reasons in shown]
    more = len(lost) - len(shown)
    return [*lines, *([f"  and {more} more"] if more else [])]


def _stands_in(row: dict[str, object]) -> bool:
    """Whether a number that is used stands in the figures as printed; True where none can."""
    printed = {float(text.replace(",", ".")) for text in NUMBER.findall(str(row["as_reported"]))}
    used = {abs(float(str(row[name]))) for name in USED}
    used = {value for value in used if not math.isnan(value)}
    return not printed or not used or bool(printed & used)


def _row(row: dict[str, object]) -> str:
    return f"{row['row_id']} ({row['study_id']})"


def _some(texts: Iterable[str]) -> str:
    listed = list(texts)
    more = f" and {len(listed) - MOST} more" if len(listed) > MOST else ""
    return "; ".join(listed[:MOST]) + more
