"""Which measure is meant, also where a reader's word for it is not its key; and its options."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from metaan.core.conventions import OWN_CONVENTIONS, find_conventions
from metaan.core.effects import GENERIC
from metaan.core.errors import ChoiceError, InputError
from metaan.core.lookup import nearest
from metaan.core.numbers import listed
from metaan.measures.row import Measure
from metaan.measures.table import MEASURES

# Effects that papers print and no table of counts or means gives.
PRINTED: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("hr", "hazard ratio", "log hazard ratio"),
                  f'{GENERIC}, with y the logarithm of the ratio, its se and scale="log"')
)  # fmt: skip
NAMES: Mapping[str, str] = MappingProxyType(
    {row.name.casefold(): key for key, row in reversed(list(MEASURES.items()))}
)


def find_measure(measure: object) -> Measure:
    """Return the row of a key.

    Raises
    ------
    ChoiceError
        If there is no such key; the text offers the nearest key or name, and lists the keys.
    """
    if isinstance(measure, str) and measure in MEASURES:
        return MEASURES[measure]
    word = " ".join(str(measure).split()).casefold()
    if word in PRINTED:
        near = PRINTED[word]
    else:
        by_name = nearest(word, NAMES)
        key = nearest(measure, MEASURES) or (NAMES[by_name] if by_name else None)
        key = NAMES.get(word, key)
        near = f'"{key}" ({MEASURES[key].name})' if key else ""
    offered = f" Did you mean {near}?" if near else ""
    raise ChoiceError(
        f"measure={measure!r} is not an effect measure; choose one of {', '.join(MEASURES)}."
        f"{offered} docs/measures.md tells what each is and takes."
    )


def check_options(row: Measure, options: Mapping[str, Any]) -> None:
    """Raise unless every option that is a yes or no is given as True or False.

    Names are checked by the formulas, which know their tables.
    """
    wrong = [
        f"{name} must be True or False; got {value!r}"
        for name, value in options.items()
        if isinstance(row.default(name), bool) and not isinstance(value, bool)
    ]
    if wrong:
        raise InputError("; ".join(wrong))


def with_conventions(
    row: Measure, given: Mapping[str, Any], conventions: str | None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the options of a measure under a program's conventions, and remarks about them.

    Parameters
    ----------
    row : Measure
        The measure.
    given : mapping
        Options the caller gave, which win.
    conventions : str or None
        Row of ``CONVENTIONS``.

    Raises
    ------
    ChoiceError
        If there is no such program.
    """
    if conventions is None:
        return dict(given), ()
    program = find_conventions(conventions)
    known = program.options(row.key)
    if program.key == OWN_CONVENTIONS:
        known = {name: row.default(name) for name in row.options}
    stated = {name: known[name] for name in row.options if name in known and name not in given}
    silent = [name for name in row.options if name not in given and name not in stated]
    remarks = []
    if stated:
        told = ", ".join(f"{name} {_told(value)}" for name, value in stated.items())
        remarks.append(f"conventions of {program.name} for {row.key}: {told}")
    if silent:
        own = ", ".join(f"{name} {_told(row.default(name))}" for name in silent)
        remarks.append(
            f"what {program.name} does about {listed(silent)} of {row.key} stands on no page that "
            f"was consulted; metaan's own stays: {own}"
        )
    return {**given, **stated}, tuple(remarks)


def _told(value: object) -> str:
    """Return the value of an option in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
