"""Rules that printed numbers keep, each in one place: faults to be refused together."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.numbers import compact
from metaan.recovery.faults import faults

MISREAD = "look for a misread sign or column"
DIGIT = "look for a misread digit"


def negative_faults(name: str, values: Floats, *, remedy: str = MISREAD) -> list[str]:
    """Return a fault for each number below 0."""
    return faults(values < 0, {name: values}, rule=f"{name} must not be negative", remedy=remedy)


def v_faults(v: Floats) -> list[str]:
    """Return a fault for each negative variance."""
    return negative_faults("v", v, remedy="give the squared standard error")


def sd_faults(name: str, sd: Floats, *, zero: bool = True, remedy: str = MISREAD) -> list[str]:
    """Return a fault for each SD below 0, or at 0 where it must not be."""
    if zero:
        return negative_faults(name, sd, remedy=remedy)
    return faults(sd <= 0, {name: sd}, rule=f"{name} must be positive", remedy=remedy)


def n_faults(n: Floats, *, least: int = 0, remedy: str = "take the number analyzed") -> list[str]:
    """Return a fault for each number of participants that is not positive, or below the least."""
    if least:
        return faults(n < least, {"n": n}, rule=f"n must be at least {least}", remedy=remedy)
    return faults(n <= 0, {"n": n}, rule="n must be positive", remedy=remedy)


def count_faults(name: str, counts: Floats, *, least: int) -> list[str]:
    """Return a fault for each number that is not whole, or too small."""
    bad: Booleans = (counts < least) | (counts != np.round(counts)) & ~np.isnan(counts)
    return faults(
        bad | np.isinf(counts), {name: counts},
        rule=f"{name} must be a whole number of at least {least}",
        remedy="take the number analyzed in this outcome",
    )  # fmt: skip


def event_faults(events: Floats, n: Floats, *, group: str = "") -> list[str]:
    """Return a fault for each number of events that is not between 0 and n."""
    return faults(
        (events < 0) | (events > n), {f"events{group}": events, f"n{group}": n},
        rule="events must lie between 0 and n", remedy=DIGIT,
    )  # fmt: skip


def two_group_faults(n1: Floats, n2: Floats) -> list[str]:
    """Return a fault for each pair of groups without participants, or with fewer than 3."""
    return faults(
        (n1 < 1) | (n2 < 1) | (n1 + n2 < 3), {"n1": n1, "n2": n2},
        rule="both groups must have participants, together at least 3",
        remedy="take the numbers analyzed",
    )  # fmt: skip


def correlation_faults(name: str, r: Floats) -> list[str]:
    """Return a fault for each correlation beyond -1 or 1."""
    return faults(np.abs(r) > 1, {name: r}, rule=f"{name} must lie between -1 and 1", remedy=DIGIT)


def share_faults(name: str, share: Floats, *, what: str = "a share") -> list[str]:
    """Return a fault for each share or risk that is not between 0 and 1."""
    return faults(
        (share <= 0) | (share >= 1), {name: share},
        rule=f"{what} must lie between 0 and 1, both excluded", remedy="write 0.2 for 20%",
    )  # fmt: skip


def p_faults(p: Floats, *, one: bool = True, remedy: str) -> list[str]:
    """Return a fault for each p-value that is not above 0, or above 1 (or at it)."""
    bad = (p <= 0) | (p > 1) | (not one) & (p == 1)
    rule = "p must be above 0 and at most 1" if one else "p must be above 0 and below 1"
    return faults(bad, {"p": p}, rule=rule, remedy=remedy)


def df_faults(df: Floats) -> list[str]:
    """Return a fault for each number of degrees of freedom that is not positive."""
    return faults(
        df <= 0, {"df": df}, rule="df must be positive", remedy="leave df out for a normal test"
    )


def level_faults(level: Floats) -> list[str]:
    """Return a fault for each level that is not between 0 and 1; 95 is answered with 0.95."""
    found = []
    for value in np.unique(level[(level <= 0) | (level >= 1)]):
        meant = 1 < value < 100
        found += faults(
            level == value, {"level": level}, rule="level must lie between 0 and 1",
            remedy=f"did you mean {compact(value / 100, 6)}?" if meant else "write 0.95 for 95%",
        )  # fmt: skip
    return found


def crossed_faults(lower: str, low: Floats, upper: str, high: Floats) -> list[str]:
    """Return a fault for each lower number that is above its upper one."""
    return faults(
        low > high, {lower: low, upper: high}, rule=f"{lower} must not be above {upper}",
        remedy="look for a lost minus sign or exchanged columns",
    )  # fmt: skip
