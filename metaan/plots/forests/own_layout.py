"""A caller's own layout: a mapping or a TOML file, checked field by field, every fault told."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, fields, replace
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from metaan.core.arrays import FrozenDict
from metaan.core.errors import DataError, Fault, InputError
from metaan.core.lookup import hint, nearest
from metaan.plots.forests.layout import KEYS, NAMES, Layout, Shown
from metaan.plots.pages.theme import THEMES, Align, Theme

TOML = ".toml"
BASED_ON = "based_on"
OWN = "own"
HEX = re.compile(r"#[0-9a-fA-F]{6}")
WORDY_ROLES = ("name", "about")
LIST_ROLES = ("series", "shades")
ROLES = tuple(each.name for each in fields(Theme) if each.name not in (*WORDY_ROLES, *LIST_ROLES))
TRIAL = 0.5  # any number, to see whether a format takes one


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a field: the rule it breaks, and what to do."""

    rule: str
    remedy: str


def layout_from(
    given: Mapping[str, Any], table: Mapping[str, Layout], *, base: str, file: str = "layout"
) -> Layout:
    """Return the layout that a mapping describes.

    Parameters
    ----------
    given : mapping of str
        Fields of `Layout`, and ``based_on``.
    table : mapping of str to Layout
        What it may be based on.
    base : str
        Key of the layout that gives the fields which ``given`` leaves out, if it does not say.
    file : str
        Where it stands, for the message.

    Raises
    ------
    DataError
        If a field is unknown or has no meaning; it names every one.
    """
    found: dict[str, Any] = {}
    faults: list[Fault] = []
    key = given.get(BASED_ON, base)
    if not isinstance(key, str) or key not in table:
        faults.append(_fault(file, BASED_ON, key, _no_row("a layout", key, table)))
        key = base
    for name, value in given.items():
        if name == BASED_ON:
            continue
        made, problems = _read(str(name), value)
        faults += [_fault(file, str(name), value, problem) for problem in problems]
        found[str(name)] = made
    if faults:
        raise DataError(faults)
    return replace(table[key], **{"name": f"{OWN} ({key})", "about": "", "follows": "", **found})


def checked(layout: Layout) -> Layout:
    """Return a layout that a caller made; DataError with every field that has no meaning."""
    faults = [
        _fault("layout", each.name, getattr(layout, each.name), problem)
        for each in fields(Layout)
        for problem in _read(each.name, getattr(layout, each.name))[1]
    ]
    if faults:
        raise DataError(faults)
    return layout


def layout_in(path: Path, table: Mapping[str, Layout], *, base: str) -> Layout:
    """Return the layout of a TOML file; see `layout_from`."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as failed:
        raise InputError(f"layout: {path} cannot be read ({failed})") from failed
    except tomllib.TOMLDecodeError as failed:
        fault = Problem(rule=f"is no TOML: {failed}", remedy="Write lines such as: digits = 2")
        raise DataError([_fault(str(path), "", "", fault)]) from failed
    return layout_from(given, table, base=base, file=str(path))


def _fault(file: str, name: str, value: object, problem: Problem) -> Fault:
    return Fault(
        file=file,
        row="",
        column=name,
        value="" if value == "" else str(value),
        rule=problem.rule,
        remedy=problem.remedy,
    )


def _no_row(what: str, key: object, table: Mapping[str, Any]) -> Problem:
    return Problem(
        rule=f"is not {what}", remedy=f"Choose one of {', '.join(table)}.{hint(key, table)}"
    )


def _read(name: str, value: Any) -> tuple[Any, list[Problem]]:
    """Return a field's value as `Layout` has it, and what is wrong with it."""
    known = {each.name: each for each in fields(Layout)}
    if name not in known:
        return value, [Problem(rule="is no field of a layout", remedy=_offered(name, known))]
    if KEYS in known[name].metadata:
        made, told = _words_by_name(value, known[name].metadata[KEYS])
        return made, told or [*CHECKED_WORDS.get(name, _nothing)(value)]
    if name in CHECKS:
        return CHECKS[name](value)
    if NAMES in known[name].metadata:
        return value, _template(value, known[name].metadata[NAMES])
    wanted = get_type_hints(Layout)[name]
    if get_origin(wanted) is Literal:
        told = [] if value in get_args(wanted) else [_one_of(value, get_args(wanted))]
        return value, told
    return value, [] if isinstance(value, wanted) else [_must_be(wanted.__name__)]


def _offered(name: str, known: Mapping[str, Field[Any]]) -> str:
    near = nearest(name, known)
    return f'Did you mean "{near}"?' if near else f"Choose one of {', '.join(known)}."


def _one_of(value: object, choices: tuple[Any, ...]) -> Problem:
    near = hint(value, dict.fromkeys(choices))
    return Problem(rule="has no such choice", remedy=f"Choose one of {', '.join(choices)}.{near}")


TYPE_WORDS = MappingProxyType(
    {"str": "a text", "bool": "true or false", "int": "a whole number", "dict": "a table"}
)


def _must_be(kind: str) -> Problem:
    what = TYPE_WORDS.get(kind, kind)
    return Problem(rule=f"must be {what}", remedy=f"Give {what}.")


def _template(value: Any, names: tuple[str, ...]) -> list[Problem]:
    """Return what is wrong with a text that numbers and names are filled into."""
    if not isinstance(value, str):
        return [_must_be("str")]
    try:
        asked = [name for _, name, _, _ in Formatter().parse(value) if name is not None]
    except ValueError as failed:
        return [Problem(rule=f"is no text to fill in ({failed})", remedy=_fillable(names))]
    strange = [name for name in asked if name not in names]
    if strange:
        near = hint(strange[0], dict.fromkeys(names))
        told = f"{{{strange[0]}}} is not filled in here"
        return [Problem(rule=told, remedy=f"{_fillable(names)}{near}")]
    try:
        value.format(**dict.fromkeys(names, TRIAL if "weight" in names else ""))
    except (ValueError, TypeError, AttributeError) as failed:
        return [Problem(rule=f"cannot be filled in ({failed})", remedy=_fillable(names))]
    return []


def _fillable(names: tuple[str, ...]) -> str:
    if not names:
        return "This text stands as it is; write {{ for a brace."
    return f"Use {', '.join(f'{{{name}}}' for name in names)}."


def _words_by_name(value: Any, keys: tuple[str, ...]) -> tuple[Any, list[Problem]]:
    """Return texts by the names that a field may have, and what is wrong with them."""
    if not isinstance(value, Mapping):
        return value, [_must_be("dict")]
    told = [
        Problem(
            rule=f"{name} is none of its names",
            remedy=f"Choose from {', '.join(keys)}.{hint(name, dict.fromkeys(keys))}",
        )
        for name in value
        if name not in keys
    ]
    strange = [name for name, text in value.items() if not isinstance(text, str)]
    told += [Problem(rule=f"{name} must be a text", remedy="Give a text.") for name in strange]
    return FrozenDict(value), told


def _colors(value: Any) -> tuple[Any, list[Problem]]:
    made, told = _words_by_name(value, ROLES)
    return made, told or list(_not_hexadecimal(value))


def _nothing(value: Mapping[str, str]) -> Iterator[Problem]:
    del value
    return iter(())


def _not_hexadecimal(value: Mapping[str, str]) -> Iterator[Problem]:
    for role, color in value.items():
        if not HEX.fullmatch(color):
            yield Problem(rule=f"{role}: {color} is no color", remedy="Write six digits: #1f4e79.")


def _columns(value: Any) -> tuple[Any, list[Problem]]:
    """Return names and `Shown` columns; a table of a TOML file becomes one."""
    if isinstance(value, str) or not isinstance(value, list | tuple):
        return value, [Problem(rule="must be a list of columns", remedy='Write ["arms"].')]
    made: list[Any] = []
    told: list[Problem] = []
    for each in value:
        if isinstance(each, Mapping):
            problem = _not_shown(each)
            told += [problem] if problem else []
            made += [] if problem else [Shown(**each)]
        else:
            made.append(each)
            told += [] if isinstance(each, str | Shown) else [_must_be("str")]
    return tuple(made), told


def _not_shown(table: Mapping[str, Any]) -> Problem | None:
    known = tuple(each.name for each in fields(Shown))
    for key, text in table.items():
        if key not in known:
            return Problem(rule=f"{key} is no part of a column", remedy=f"Use {', '.join(known)}.")
        if not isinstance(text, str):
            return Problem(rule=f"{key} of a column must be a text", remedy="Give a text.")
    if "column" not in table:
        return Problem(rule="a column needs its name", remedy='Write column = "dose".')
    if table.get("align", "") not in ("", *get_args(Align)):
        return _one_of(table["align"], get_args(Align))
    return None


def _theme(value: Any) -> tuple[Any, list[Problem]]:
    return value, [] if value in THEMES else [_no_row("a theme", value, THEMES)]


def _digits(value: Any) -> tuple[Any, list[Problem]]:
    told = "must be a whole number, 0 or more"
    return value, [] if value is None or _whole(value, 0) else [
        Problem(rule=told, remedy="Write 2.")
    ]


def _per(value: Any) -> tuple[Any, list[Problem]]:
    told = "must be a whole number, 1 or more"
    return value, [] if _whole(value, 1) else [Problem(rule=told, remedy="Write 100 for percent.")]


def _whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _p_digits(value: Any) -> tuple[Any, list[Problem]]:
    wrong = Problem(
        rule="must be pairs of a bound and of decimals, bounds rising to 1",
        remedy="Write [[0.1, 3], [1.0, 2]].",
    )
    try:
        made = tuple((float(bound), digits) for bound, digits in value)
    except (TypeError, ValueError):
        return value, [wrong]
    bounds = [bound for bound, _ in made]
    fine = bounds == sorted(set(bounds)) and bool(made) and bounds[-1] == 1.0 and bounds[0] > 0
    return made, [] if fine and all(_whole(digits, 1) for _, digits in made) else [wrong]


CHECKS: Mapping[str, Callable[[Any], tuple[Any, list[Problem]]]] = MappingProxyType(
    {
        "left": _columns,
        "right": _columns,
        "theme": _theme,
        "colors": _colors,
        "digits": _digits,
        "per": _per,
        "p_digits": _p_digits,
    }
)
# What the texts of a mapping are checked for, beyond its names.
CHECKED_WORDS: Mapping[str, Callable[[Mapping[str, str]], Iterator[Problem]]] = MappingProxyType(
    {"squares": _not_hexadecimal}
)
