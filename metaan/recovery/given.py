"""What goes into a recovery: numbers of one shape, printed or themselves recovered."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias, TypeVar

import numpy as np

from metaan.core.arrays import ArrayLike, Floats
from metaan.core.errors import InputError
from metaan.recovery.noting import spread_over
from metaan.recovery.recovered import Part, Recovered

Given: TypeAlias = ArrayLike | Recovered  # numbers as printed, or recovered before
Each = TypeVar("Each")


def together(**given: Given) -> tuple[Floats, ...]:
    """Return float arrays of one shape, in the order given.

    Parameters
    ----------
    **given : array_like or Recovered, broadcastable
        Numbers by the name that a message gives them; of recovered ones, the column of that name.

    Returns
    -------
    tuple of ndarray
        Broadcast, read-only where numpy says so.

    Raises
    ------
    InputError
        If something is no number, or if the shapes do not fit.

    Examples
    --------
    >>> from metaan.recovery.given import together
    >>> together(n=[40, 50], icc=0.02)
    (array([40., 50.]), array([0.02, 0.02]))
    """
    arrays = {name: numbers(name, value) for name, value in given.items()}
    try:
        return tuple(np.broadcast_arrays(*arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {value.shape}" for name, value in arrays.items())
        raise InputError(
            f"these arrays do not fit together: {shapes}; give one number for all studies or one "
            "for each; for a sweep, write values[:, None]"
        ) from None


def numbers(name: str, value: Given) -> Floats:
    """Return an array of numbers, NaN for None, NA and what is masked, or raise InputError.

    Examples
    --------
    >>> import numpy as np
    >>> from metaan.recovery.given import numbers
    >>> numbers("n", [40, None])
    array([40., nan])
    >>> numbers("se", np.ma.array([1.0, 2.0], mask=[False, True]))
    array([ 1., nan])
    """
    if isinstance(value, Recovered):
        return column_of(value, name)
    if isinstance(value, np.ma.MaskedArray):
        return np.asarray(np.ma.filled(value.astype(np.float64), np.nan))
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        pass
    try:
        cells = np.array(value, dtype=object)
        missing = [each is None or str(each) == "<NA>" for each in cells.flat]
        cells[np.reshape(missing, cells.shape)] = np.nan
        return cells.astype(np.float64)
    except (TypeError, ValueError):
        raise InputError(
            f"{name} must be numbers; got {value!r}; write NaN for what is missing"
        ) from None


def column_of(record: Recovered, name: str) -> Floats:
    """Return a record's column: of that name, without its group ("sd" for "sd1"), or with it.

    With both groups ("sd1" and "sd2" for "sd") the two must be the same numbers.

    Raises
    ------
    InputError
        If there is no such column, or if the two groups differ.
    """
    bare = name if name == "r2" else name.rstrip("12")  # the 2 of r² is no group's
    for each in (name, bare):
        if each in record:
            return record[each]
    groups = [record[name + group] for group in "12" if name + group in record]
    if groups and all(np.array_equal(each, groups[0], equal_nan=True) for each in groups):
        return groups[0]
    holds = ", ".join(record)
    if groups:
        raise InputError(f"{name}: its groups differ in the recovered {holds}; name one of them")
    raise InputError(
        f"{name}: what was recovered holds {holds}; give one of these columns, such as "
        f'recovered["{next(iter(record), name)}"]'
    )


def carrying(found: Recovered, *given: object, groups: int | None = None) -> Recovered:
    """Return a record with what was done and assumed for those of its inputs that are records.

    Parameters
    ----------
    found : Recovered
        What was made of the inputs.
    *given : object
        The inputs as the caller gave them; those that are no records are passed over.
    groups : int, optional
        Length of the last axis of the inputs, if that axis was summed over.

    Returns
    -------
    Recovered
        Method and source name those of the inputs too; assumptions and notes come first, each
        once.

    Examples
    --------
    >>> from metaan.recovery.given import carrying
    >>> from metaan.recovery.recovered import Recovered
    >>> se = Recovered(columns={"se": [1.0]}, method="from the interval", source="A")
    >>> sd = Recovered(columns={"sd": [5.0]}, method="from the SE", source="B")
    >>> carrying(sd, se).method
    'from the SE; before that: from the interval'
    """
    records = _once(*([each] for each in given if isinstance(each, Recovered)))
    if not records:
        return found
    return replace(
        found,
        method="; before that: ".join(_once([each.method for each in (found, *records)])),
        source="; ".join(_once([each.source for each in (found, *records) if each.source])),
        assumptions=_once(*(each.assumptions for each in records), found.assumptions),
        parts=_once(*(_moved(each, each.parts, found, groups) for each in records), found.parts),
        flagged=_once(
            *(_moved(each, each.flagged, found, groups) for each in records), found.flagged
        ),
    )


def _moved(
    record: Recovered, parts: tuple[Part, ...], found: Recovered, groups: int | None
) -> tuple[Part, ...]:
    if groups is None:
        return spread_over(parts, record.shape, found.shape)
    spread = spread_over(parts, record.shape, (*found.shape, groups))
    return tuple(
        Part(text=each.text, rows=tuple(dict.fromkeys(row // groups for row in each.rows)))
        for each in spread
    )


def _once(*several: list[Each] | tuple[Each, ...]) -> tuple[Each, ...]:
    return tuple(dict.fromkeys(each for some in several for each in some))
