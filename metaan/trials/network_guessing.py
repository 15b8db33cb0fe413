"""guess_network: which columns of anyone's table are the arms or contrasts of a network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any

from metaan.core.effects import GENERIC
from metaan.core.errors import DataError, Fault
from metaan.measures.row import Measure
from metaan.trials.guessing import Guess, joined_year, name_it
from metaan.trials.network_columns import ALSO
from metaan.trials.network_groups import arm_row
from metaan.trials.network_labels import STUDY, TREAT1, TREAT2, TREATMENT
from metaan.trials.table_rules import header_fault

EFFECT, ERRORS = "y", ("se", "v")
Named = Mapping[str, str | list[str]]


def guess_network(columns: Iterable[Any], measure: Measure, named: Named | None = None) -> Guess:
    """Return which columns are the inputs of `network_effects`.

    Parameters
    ----------
    columns : iterable of str
        Names of the columns: a row per arm, per study with numbered arms, or per contrast.
    measure : Measure
        What is to be compared; that of effects as given for contrasts alone.
    named : mapping of str to str or list of str, optional
        Canonical name → column, or a column for each arm, where the caller says it.

    Returns
    -------
    Guess
        A column that has the canonical name is it; else the one column whose name, in small
        letters and digits, is another word for it.

    Raises
    ------
    DataError
        With every input that no column, or more than one, may be.

    Examples
    --------
    >>> from metaan.measures.table import MEASURES
    >>> guess = guess_network(["Study", "Drug", "Responders", "Total"], MEASURES["OR"])
    >>> [column for column in guess.columns.values()]
    ['Study', 'Drug', 'Responders', 'Total']
    """
    names = [str(name) for name in columns]
    given = dict(named or {})
    faults = [
        header_fault(
            column, f"is not a column (named for {name})", f"Columns: {', '.join(names)}."
        )
        for name, value in given.items()
        for column in ([value] if isinstance(value, str) else value)
        if column not in names
    ]
    wanted, found = _wanted(names, measure, given)
    for name in wanted:
        if len(found[name]) != 1:
            faults.append(_unclear(name, found[name]))
    study = given.get(STUDY) or _first(names, STUDY)
    wide = TREATMENT in wanted and isinstance(next(iter(found[TREATMENT]), ""), list)
    if not study and not wide:  # a study in a row needs no name
        faults.append(_unclear(STUDY, ()))
    if faults:
        raise DataError(faults)
    chosen: dict[str, Any] = {STUDY: study} if study else {}
    chosen |= {name: found[name][0] for name in wanted} | given
    year = joined_year(names, str(study)) if study and STUDY not in given else ""
    return Guess(columns=chosen, year=year)


def _wanted(
    names: Sequence[str], measure: Measure, given: Named
) -> tuple[tuple[str, ...], dict[str, Sequence[Any]]]:
    """Return the inputs of the kind of table this is, and what may be each of them."""
    pair = {name: _columns(names, name, given) for name in (TREAT1, TREAT2, EFFECT, *ERRORS)}
    error = next((name for name in ERRORS if pair[name]), ERRORS[0])
    contrasts = (TREAT1, TREAT2, EFFECT, error)
    if measure.key == GENERIC or all(pair[name] for name in contrasts):
        return contrasts, pair
    row = arm_row(measure)
    routes = (row.inputs, *(route.inputs for route in row.routes))
    every = {TREATMENT, *(name for inputs in routes for name in inputs)}
    long: dict[str, Sequence[Any]] = {name: _columns(names, name, given) for name in every}
    wide: dict[str, Sequence[Any]] = {name: _numbered(names, name) for name in every}
    for table in (long, wide):
        for inputs in routes:
            if all(table[name] for name in (TREATMENT, *inputs)):
                return (TREATMENT, *inputs), table
    return (TREATMENT, *row.inputs), long


def _columns(names: Sequence[str], name: str, given: Named) -> Sequence[Any]:
    """Return what may be an input: what the caller names, what is so called, or what means it."""
    if name in given:
        return [given[name]]
    if name in names:
        return [name]
    taken = {column for column in given.values() if isinstance(column, str)} | set(ALSO)
    means = {_plain(name), *ALSO.get(name, ())}
    return [each for each in names if _plain(each) in means and each not in taken]


def _numbered(names: Sequence[str], name: str) -> Sequence[list[str]]:
    """Return the columns that are an input of the first, second ... arm; none if under two."""
    plain = {_plain(each): each for each in reversed(names)}
    for word in (name, *ALSO.get(name, ())):
        found: list[str] = []
        for i in count(1):
            column = plain.get(f"{word}{i}")
            if column is None:
                break
            found.append(column)
        if len(found) > 1:
            return [found]
    return []


def _first(names: Sequence[str], name: str) -> str:
    plain = {_plain(each): each for each in reversed(names)}
    return next((plain[word] for word in (name, *ALSO[name]) if word in plain), "")


def _unclear(name: str, found: Sequence[Any]) -> Fault:
    if not found:
        return header_fault(name, "no column is called so, or like it", name_it(name))
    listed = ", ".join(f'"{column}"' for column in found)
    return header_fault(name, f"may be {listed}", name_it(name, str(found[0])))


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))
