"""named_scales: what a printed effect is, a ratio or a difference, where its table must say it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from metaan.core.effects import GENERIC
from metaan.core.errors import Fault
from metaan.core.lookup import hint
from metaan.core.numbers import counted
from metaan.core.scale import IDENTITY, LOG
from metaan.measures.table import MEASURES
from metaan.trials.printed import RATIO, RATIOS, is_centered
from metaan.trials.printed_columns import RATIO_WORDS, named_in
from metaan.trials.reading import Row
from metaan.trials.table_rules import header_fault, row_fault

WORDS: Mapping[str, str] = MappingProxyType(
    {"log": LOG.key, "ratio": LOG.key, "ln": LOG.key, "identity": IDENTITY.key,
     "raw": IDENTITY.key, "difference": IDENTITY.key}
)  # fmt: skip
PRINTED = ("estimate", "ci_low", "ci_high")
REMEDY = (
    "Add a column measure (HR, OR, RR, IRR; MD, SMD, RD), or a column scale: log for ratios, "
    "identity for differences."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedScales:
    """Rows whose effects are named.

    Attributes
    ----------
    rows : list of dict
        With ``measure`` where it could be found out.
    remarks : tuple of str
        What was found out, and by what.
    faults : tuple of Fault
        What nothing says, or what is said twice and not alike.
    """

    rows: list[Row]
    remarks: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()


def named_scales(rows: Sequence[Row], study: Sequence[str], declared: str = "") -> NamedScales:
    """Return the rows of a table with the measure of each printed effect.

    Parameters
    ----------
    rows : sequence of dict
        Numbers and texts by canonical name.
    study : sequence of str
        Labels.
    declared : str
        Measure that the analyses declare of effects which the table does not name.

    Notes
    -----
    A column ``measure`` or ``scale`` says it, else the analyses, else an outcome's name. Where
    none does, an outcome with a number of 0 or below has differences; of numbers above 0 alone
    nothing tells a ratio from a difference for certain, and the scale must be named.
    """
    made = [_of_words(row) for row in rows]
    faults: list[Fault] = []
    remarks: list[str] = []
    for i, row in enumerate(made):
        problem = _scale_problem(row)
        if problem:
            faults.append(row_fault(i, study, "scale", row["scale"], *problem))
    groups: dict[str, list[int]] = {}
    for i, row in enumerate(made):
        if row["scale"] and not row["measure"] and WORDS.get(row["scale"].casefold()) == LOG.key:
            made[i] = {**row, "measure": RATIO}
        elif not row["measure"] and not row["scale"] and _is_effect(row):
            if declared:
                made[i] = {**row, "measure": declared}
            elif math.isnan(row["y"]) and _has_limits(row):
                groups.setdefault(row["outcome"], []).append(i)
    for outcome, places in groups.items():
        numbers = [made[i][name] for i in places for name in PRINTED]
        if min(numbers) <= 0:
            continue
        key = named_in(outcome)
        if not key:
            faults.append(_unnamed(outcome, [made[i] for i in places]))
            continue
        for i in places:
            made[i] = {**made[i], "measure": key}
        remarks.append(f"estimate of {outcome!r} taken as {key}, as its name says")
    return NamedScales(rows=made, remarks=tuple(remarks), faults=tuple(faults))


def _of_words(row: Row) -> Row:
    """Return a row whose measure is a key where it is a usual word for a ratio."""
    plain = "".join(filter(str.isalnum, row["measure"].casefold()))
    known = row["measure"] in MEASURES or plain not in RATIO_WORDS
    return row if known else {**row, "measure": RATIO_WORDS[plain]}


def _is_effect(row: Row) -> bool:
    return not (math.isnan(row["y"]) and math.isnan(row["estimate"]))


def _has_limits(row: Row) -> bool:
    return not any(math.isnan(row[name]) for name in PRINTED)


def _scale_problem(row: Row) -> tuple[str, str] | None:
    """Return the rule that a row's scale breaks and the remedy; None if it breaks none."""
    if not row["scale"]:
        return None
    scale = WORDS.get(row["scale"].casefold())
    if scale is None:
        return "must be log or identity", f"Correct it.{hint(row['scale'], WORDS)}"
    measure = row["measure"]
    known = (measure in MEASURES and measure != GENERIC) or measure in RATIOS
    if known and (measure in RATIOS) != (scale == LOG.key):
        return f"is not that of {measure}", "Keep the one that is right."
    return None


def ratio_or_difference(outcome: str, rows: Sequence[Row]) -> str:
    """Return what is not said of effects above 0, and what their limits tell of it."""
    raw, log = (sum(is_centered(row, ratio=ratio) for row in rows) for ratio in (False, True))
    of = f" of {outcome}" if outcome else ""
    return (
        f"nothing says whether estimate{of} is a ratio or a difference (all numbers are above 0; "
        f"of {counted(len(rows), 'interval')} {raw} are centered on the raw scale and {log} on "
        f"the log scale, as far as rounding tells{': is this a ratio?' if log > raw else ''})"
    )


def _unnamed(outcome: str, rows: Sequence[Row]) -> Fault:
    return header_fault("measure", ratio_or_difference(outcome, rows), REMEDY)
