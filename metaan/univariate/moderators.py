"""Kinds of moderators: numbers, numbers that came as text, categories; and dates, which are none.

A column that stands in a formula as it is, outside ``C( )``, is a number if it can be one: text
from a table with one odd cell must not become a category with a level for each study.
"""

from __future__ import annotations

import ast
import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from metaan.core.errors import InputError
from metaan.core.lookup import hint
from metaan.univariate.formula_rules import CATEGORIES, TREATMENT, parsed_formula, parts_of

NUMBER = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")
DATE = re.compile(r"\s*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T].*)?")
DATES = (dt.date, dt.time, dt.timedelta, np.datetime64, np.timedelta64)
MOST_SHOWN = 3


class Moderators(NamedTuple):
    """Columns as a design is made of them.

    Attributes
    ----------
    columns : mapping of str to sequence
        Values, one each for every study.
    numbers : tuple of str
        Those that are used as numbers.
    remarks : tuple of str
        What was done with them.
    """

    columns: Mapping[str, Any]
    numbers: tuple[str, ...]
    remarks: tuple[str, ...]


def plain_columns(text: str) -> frozenset[str]:
    """Return the columns that stand outside ``C( )`` somewhere in a checked formula."""
    found: set[str] = set()
    for expression, how in parts_of(text, parsed_formula(text)):
        if how == "lookup":
            found.add(expression)
        elif how == "python":
            found |= _names_outside(ast.parse(expression, mode="eval"))
    return frozenset(found)


def _names_outside(tree: ast.AST) -> set[str]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    apart = {call.func for call in calls} | {call.args[0] for call in _categories(tree)}
    names = {node for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return {node.id for node in names if node not in apart}


def references(text: str) -> list[tuple[str, Any]]:
    """Return the columns of ``C(column, contr.treatment(level))`` with their levels."""
    expressions = [part for part, how in parts_of(text, parsed_formula(text)) if how == "python"]
    trees = [ast.parse(expression, mode="eval") for expression in expressions]
    return [
        (call.args[0].id, ast.literal_eval(level))
        for tree in trees
        for call in _categories(tree)
        for level in _base(call)
        if isinstance(call.args[0], ast.Name)
    ]


def _base(call: ast.Call) -> list[ast.expr]:
    """Return the level that a call of ``C`` compares with, if it names one."""
    given = [*call.args[1:], *(option.value for option in call.keywords)]
    codings = [each for each in given if isinstance(each, ast.Call)]
    return [
        level
        for each in codings
        if ast.unparse(each.func) == TREATMENT
        for level in [*each.args, *(o.value for o in each.keywords if o.arg == "base")]
    ][:1]


def _categories(tree: ast.AST) -> list[ast.Call]:
    """Return the calls that make categories."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    return [call for call in calls if ast.unparse(call.func) == CATEGORIES]


def read_moderators(columns: Mapping[str, Sequence[Any]], plain: Collection[str]) -> Moderators:
    """Return the columns by their kinds.

    Parameters
    ----------
    columns : mapping of str to sequence
        Values, none missing.
    plain : collection of str
        Columns that stand outside ``C( )`` somewhere.

    Raises
    ------
    InputError
        If a column holds dates, or numbers beside other text; the text names every one.
    """
    faults: list[str] = []
    found: dict[str, Any] = {}
    numbers: list[str] = []
    remarks: list[str] = []
    for name, given in columns.items():
        values = list(given)
        faults += _faults(name, values, name in plain)
        if name in plain and values and all(map(_written_number, values)):
            remarks.append(
                f"{name} holds numbers as text and is taken as numbers; C({name}) makes "
                "categories of them"
            )
            values = _as_numbers(values)
        found[name] = of_one_kind(values)
        if name in plain and not any(isinstance(value, str) for value in found[name]):
            numbers.append(name)
    if faults:
        raise InputError(" ".join(faults))
    return Moderators(found, tuple(numbers), tuple(remarks))


def _faults(name: str, values: list[Any], plain: bool) -> Iterator[str]:
    """Yield what keeps a column from being a moderator."""
    texts = [value for value in values if isinstance(value, str)]
    written = [value for value in texts if NUMBER.fullmatch(value)]
    dates = any(isinstance(value, DATES) or _is_period(value) for value in values)
    if dates or (plain and texts and all(DATE.fullmatch(value) for value in texts)):
        yield (
            f"column {name} holds dates, such as {str(values[0])!r}; make numbers of them, e.g. "
            "the year or the months since the first, or text that names periods."
        )
    elif texts and len(texts) < len(values):
        yield f"column {name} mixes numbers and text such as {_some(texts)}; use one of them."
    elif plain and written and len(written) < len(texts):
        other = [value for value in texts if not NUMBER.fullmatch(value)]
        yield (
            f"column {name} mixes numbers and text such as {_some(other)}; mend those cells, or "
            f"write C({name}) if all of them are categories."
        )


def of_one_kind(values: list[Any]) -> Any:
    """Return numbers as floats, and text, whole numbers and truth values as they are."""
    kinds = {type(value) for value in values}
    if any(isinstance(value, str) for value in values) or kinds <= {int} or kinds <= {bool}:
        return values
    try:
        return np.array(values, dtype=float)
    except (TypeError, ValueError):
        return [str(value) for value in values]


def new_values(
    columns: Mapping[str, Sequence[Any]],
    numbers: Collection[str],
    levels: Mapping[str, Sequence[Any]],
) -> dict[str, Any]:
    """Return new values of moderators as the fit's own: numbers, and levels that it knows.

    Parameters
    ----------
    columns : mapping of str to sequence
        Values, none missing.
    numbers : collection of str
        Columns that are numbers of the fit.
    levels : mapping of str to sequence
        Levels of the columns that are its categories.

    Raises
    ------
    InputError
        If a value is no number where numbers are needed, or a level is new.
    """
    faults = [
        f"{name} must be a number, as it is among the studies; got {_some(wrong)}."
        for name in numbers
        if (wrong := [value for value in columns[name] if not _is_number(value)])
    ]
    found: dict[str, Any] = {}
    for name, given in columns.items():
        known = levels.get(name, ())
        same = [_level(value, known) for value in given]
        wrong = [value for value, level in zip(given, same, strict=True) if not level]
        if known:
            found[name] = [level[0] for level in same if level]
            faults += [
                f"{name}={value!r} was not among the studies; its levels are "
                f"{', '.join(map(str, known))}.{hint(value, map(str, known))}"
                for value in {repr(value): value for value in wrong}.values()
            ]
        else:
            found[name] = list(given)
    if faults:
        raise InputError(" ".join(faults))
    as_numbers = {name: [float(value) for value in found[name]] for name in numbers}
    return {**found, **{name: as_numbers[name] for name in numbers if name not in levels}}


def _level(value: Any, known: Sequence[Any]) -> list[Any]:
    """Return the level that a value is, in a list; 1990.0 and "1990" are the level 1990."""
    equal = [level for level in known if level == value]
    return (equal or [level for level in known if str(level) == str(value)])[:1]


def _written_number(value: Any) -> bool:
    return isinstance(value, str) and NUMBER.fullmatch(value) is not None


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return _written_number(value)
    if isinstance(value, DATES):
        return False
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _is_period(value: Any) -> bool:
    """Whether it is a period of pandas', which has a year and is no date."""
    return hasattr(value, "start_time")


def _as_numbers(values: list[str]) -> list[Any]:
    """Return whole numbers as such if all are: they are levels, too, where C( ) is beside."""
    try:
        return [int(value) for value in values]
    except ValueError:
        return [float(value) for value in values]


def _some(values: Sequence[Any]) -> str:
    return ", ".join(list(dict.fromkeys(map(repr, values)))[:MOST_SHOWN])
