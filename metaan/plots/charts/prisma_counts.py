"""Counts of a PRISMA flow as they were given, and whether they add up; nothing is filled in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import TypeAlias

import numpy as np

from metaan.core.errors import DataError, Fault
from metaan.core.lookup import hint
from metaan.core.numbers import MINUS
from metaan.plots.charts.prisma_table import (
    BEFORE,
    DATABASES,
    OTHER,
    PRISMA_COUNTS,
    STREAM_OF,
    STUDIES_AND_REPORTS,
    SUMS,
    PrismaSum,
    Stream,
)
from metaan.plots.forests.wording import clean

Number: TypeAlias = int | None
CountGiven: TypeAlias = int | float | Mapping[str, int | float | None] | None

SOURCE = "PRISMA counts"
MEND = "Correct the counts, or leave out what is not reported."


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One count: its number, and the numbers by name that it was given as.

    Attributes
    ----------
    n : int or None
        The number, or the sum of its parts; None if it is not reported.
    parts : tuple of (str, int or None)
        Names and numbers; empty where it was given as one number.
    """

    n: Number
    parts: tuple[tuple[str, Number], ...] = ()


NOT_GIVEN = Counted(n=None)


def read_counts(given: Mapping[str, CountGiven]) -> dict[str, Counted]:
    """Return the counts that were given, by key.

    Raises
    ------
    DataError
        With every fault: an unknown name, what is no count, sums that do not add up.
    """
    faults: list[Fault] = []
    counts: dict[str, Counted] = {}
    for key, value in given.items():
        if key not in PRISMA_COUNTS:
            names = ", ".join(PRISMA_COUNTS)
            near = hint(key, PRISMA_COUNTS)
            faults.append(
                _fault(str(key), "is no count of the diagram", f"There are {names}.{near}")
            )
        elif isinstance(value, Mapping):
            counts[key] = _parts(key, value, faults)
        else:
            counts[key] = Counted(n=_whole(key, value, faults))
    if not counts and not faults:
        faults.append(_fault("", "there is no count", "Give at least one, e.g. screened=120."))
    if not faults:
        faults += _sum_faults(counts)
    if faults:
        raise DataError(faults)
    return counts


def streams_of(keys: Iterable[str]) -> tuple[Stream, ...]:
    """Return which columns a diagram with these counts has; databases are always one."""
    there = {STREAM_OF[key] for key in keys}
    return tuple(each for each in (BEFORE, DATABASES, OTHER) if each in there or each == DATABASES)


def _parts(key: str, given: Mapping[str, object], faults: list[Fault]) -> Counted:
    if not PRISMA_COUNTS[key].many:
        faults.append(_fault(key, "is one number and has no parts", "Give the number."))
        return NOT_GIVEN
    if not given:
        faults.append(_fault(key, "has no parts", "Give a number, or names with numbers."))
    parts = tuple(
        (clean(name), _whole(f"{key}[{name!r}]", value, faults)) for name, value in given.items()
    )
    known = [n for _, n in parts if n is not None]
    return Counted(n=sum(known) if len(known) == len(parts) else None, parts=parts)


def _whole(place: str, value: object, faults: list[Fault]) -> Number:
    """Return a count as a whole number; None where it is None or NaN."""
    if value is None or value != value:
        return None
    is_number = isinstance(value, Real) and not isinstance(value, bool | np.bool_)
    if is_number and float(value) >= 0 and float(value).is_integer():  # type: ignore[arg-type]
        return int(value)  # type: ignore[call-overload, no-any-return]
    rule, remedy = "must be a whole number, 0 or more", "None stands for not reported."
    faults.append(_fault(place, rule, remedy, str(value)))
    return None


def _fault(column: str, rule: str, remedy: str, value: str = "") -> Fault:
    return Fault(file=SOURCE, row="", column=column, value=value, rule=rule, remedy=remedy)


def _sum_faults(counts: Mapping[str, Counted]) -> Iterator[Fault]:
    streams = streams_of(counts)
    for each in SUMS:
        if STREAM_OF[each.result] in streams and not _fits(each, counts, streams):
            keys = [key for key in (*each.plus, *each.minus) if STREAM_OF[key] in streams]
            words = _arithmetic(each, counts, keys)
            yield _fault(each.result, words, MEND)
    for studies, reports in STUDIES_AND_REPORTS:
        few, many = (counts.get(key, NOT_GIVEN).n for key in (studies, reports))
        if few is not None and many is not None and few > many:
            rule = (
                f"{few} studies have only {many} reports ({reports}); each study has at least one"
            )
            yield _fault(studies, rule, MEND)


def _fits(each: PrismaSum, counts: Mapping[str, Counted], streams: tuple[Stream, ...]) -> bool:
    """Return whether the counts can add up, whatever those are that were not reported.

    A count that is not reported is 0 or more: what is lacking among ``plus`` can only raise the
    sum, what is lacking among ``minus`` can only lower it.
    """
    result = counts.get(each.result, NOT_GIVEN).n
    if result is None:
        return True
    added, taken = (
        [key for key in keys if STREAM_OF[key] in streams] for keys in (each.plus, each.minus)
    )
    # Examples that a diagram does not name are not there: 0, if one of their box is.
    named = [key for key in added if key in counts]
    if named and all(PRISMA_COUNTS[key].spare for key in added):
        added = named
    plus, minus = ([counts.get(key, NOT_GIVEN) for key in keys] for keys in (added, taken))
    least = sum(_known(one) for one in plus) - sum(_known(one) for one in minus)
    if each.fewer:
        return any(one.n is None for one in plus) or result <= least
    if any(one.n is None for one in plus):
        return any(one.n is None for one in minus) or result >= least
    return result <= least if any(one.n is None for one in minus) else result == least


def _known(count: Counted) -> int:
    """Return the number, or the sum of the parts that are known."""
    if count.n is not None:
        return count.n
    return sum(n for _, n in count.parts if n is not None)


def _arithmetic(each: PrismaSum, counts: Mapping[str, Counted], keys: Iterable[str]) -> str:
    """Return the sum in words: ``databases 100 − duplicates 10 = 90, but screened is 80``."""
    text, total, exact = "", 0, True
    for key in keys:
        count = counts.get(key, NOT_GIVEN)
        if count == NOT_GIVEN:
            exact = exact and PRISMA_COUNTS[key].spare
            continue
        sign = MINUS if key in each.minus else "+"
        text += (
            f" {sign} {key} {_known(count)}" if text or sign == MINUS else f"{key} {_known(count)}"
        )
        total += -_known(count) if key in each.minus else _known(count)
        exact = exact and count.n is not None
    about = "" if exact else " before what is not reported"
    shown = str(total).replace("-", MINUS)
    return f"{text.strip()} = {shown}{about}, but {each.result} is {counts[each.result].n}"
