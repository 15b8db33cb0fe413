"""Which printed numbers lead to a measure's inputs: its own columns, or another route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.effects import GENERIC
from metaan.core.errors import ChoiceError, Fault
from metaan.core.lookup import hint
from metaan.core.wording import in_sentence
from metaan.measures.row import Measure, Route
from metaan.trials.table_columns import Given, read_input

FEW = 2  # numbers that a route replaces, not a table of its own
MANY = 5  # studies that a remark names one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The numbers of a measure's inputs.

    Attributes
    ----------
    read : mapping of str to ndarray, shape (k,)
        Numbers as the table has them, by canonical name.
    arrays : mapping of str to ndarray, shape (k,)
        The row's own inputs, partly by other routes; NaN where none leads to them.
    complete : ndarray of bool, shape (k,)
        Studies whose inputs are all known.
    faults : tuple of Fault
        Cells that break rules.
    remarks : tuple of str
        Which studies came by another route.
    lacking : tuple of str
        Names of the inputs of the first route, for the reason of those left out.
    """

    read: Mapping[str, Floats]
    arrays: Mapping[str, Floats]
    complete: Booleans
    faults: tuple[Fault, ...]
    remarks: tuple[str, ...]
    lacking: tuple[str, ...]


def names_of(row: Measure) -> tuple[str, ...]:
    """Return every input that a measure can be made from, its own first."""
    return tuple(dict.fromkeys([*row.inputs, *(n for r in row.routes for n in r.inputs)]))


def unknown_names(names: Sequence[str], row: Measure, columns: Sequence[str] = ()) -> ChoiceError:
    """Return the error for names that are neither columns nor options of a measure."""
    known = (*columns, *row.options)
    said = "; ".join(f"{name!r}{hint(name, known)}" for name in names)
    first = names[0]
    more = f" Also unknown: {said}." if len(names) > 1 else ""
    takes = f"columns {', '.join(columns)}; " if columns else ""
    return ChoiceError(
        f"{first!r} is neither a column nor an option that {row.key} takes ({takes}options "
        f"{', '.join(row.options) or 'none'}).{hint(first, known)}{more}"
    )


def gather(given: Given, row: Measure) -> Inputs:
    """Return the inputs of a measure for every study of a table.

    Parameters
    ----------
    given : Given
        The table.
    row : Measure
        What is to be computed.

    Returns
    -------
    Inputs
        By the row's own columns where they are complete; else by the first route that is. A
        route of which the caller names no column is used only if the row's own are not there.
    """
    routes = _order(given, row)
    read: dict[str, Floats] = {}
    faults: list[Fault] = []
    for name in dict.fromkeys(name for route in routes for name in route.inputs):
        read[name], found = read_input(given, name)
        faults += found
    arrays, complete = _by(routes[0], read)
    remarks = []
    if routes[0].inputs != row.inputs and routes[0].says and complete.any():
        told = f"{in_sentence(row.name)} {routes[0].says}"
        remarks.append(f"{told} ({', '.join(routes[0].inputs)})")
    for route in routes[1:]:
        other, able = _by(route, read)
        new = able & ~complete
        if new.any():
            arrays = [np.where(new, b, a) for a, b in zip(arrays, other, strict=True)]
            told = f"{in_sentence(row.name)} {route.says}"
            remarks.append(f"{told}: {_some(given.study, new)}")
            complete = complete | able
    return Inputs(
        read=read,
        arrays=dict(zip(row.inputs, arrays, strict=True)),
        complete=complete,
        faults=tuple(faults),
        remarks=tuple(remarks),
        lacking=routes[0].inputs,
    )


def _order(given: Given, row: Measure) -> list[Route]:
    """Return the routes to read, the first one for most studies."""
    own = Route(inputs=row.inputs, convert=_unchanged, says="")
    there = [r for r in (own, *row.routes) if all(given.has(name) for name in r.inputs)]
    if not there:
        return [max((own, *row.routes), key=lambda r: _named(given, r, row))]
    if own not in there:
        return there
    # v and se say the same of an effect as given: either fills the other's gaps unasked.
    wanted = [r for r in there if r is not own and (row.key == GENERIC or _named(given, r, row))]
    if any(_instead(given, route, row) for route in wanted):
        return [*wanted, own]
    return [own, *wanted]


def _named(given: Given, route: Route, row: Measure) -> int:
    """Return how many columns the caller names that only this route needs."""
    shared = set(row.inputs) if route.inputs != row.inputs else set()
    return sum(name in given.named for name in route.inputs if name not in shared)


def _instead(given: Given, route: Route, row: Measure) -> bool:
    """Return True if a named route is meant in place of the row's own inputs, not for gaps.

    So it is where all of it is named, or where it replaces a single number that is not (se for v).
    """
    own = [name for name in row.inputs if name not in route.inputs]
    its = [name for name in route.inputs if name not in row.inputs]
    if any(name in given.named for name in own) or not all(name in given.named for name in its):
        return False
    return len(own) <= FEW or all(name in given.named for name in route.inputs)


def _unchanged(*values: Floats) -> tuple[Floats, ...]:
    return values


def _by(route: Route, read: Mapping[str, Floats]) -> tuple[list[Floats], Booleans]:
    values = [read[name] for name in route.inputs]
    able = ~np.isnan(values[0])
    for value in values[1:]:
        able &= ~np.isnan(value)
    return list(route.convert(*values)), able


def _some(study: Sequence[str], where: Booleans) -> str:
    names = [study[int(i)] for i in np.flatnonzero(where)]
    more = f" and {len(names) - MANY} more" if len(names) > MANY else ""
    return ", ".join(names[:MANY]) + more
