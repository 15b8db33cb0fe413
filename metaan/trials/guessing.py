"""guess_columns: which columns of anyone's table are the inputs of a measure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import pandas as pd

from metaan.core.errors import DataError, Fault
from metaan.core.lookup import hint
from metaan.measures.row import Measure
from metaan.measures.table import MEASURES
from metaan.trials import guessing_words as words
from metaan.trials.naming import find_measure
from metaan.trials.table_routes import names_of
from metaan.trials.table_rules import header_fault, row_fault

STUDY = "study"
GROUPS = ("1", "2")
ERRORS = ("v", "se")
SHORT = 3  # letters that stand in many a word by chance
EVERY = frozenset(name for row in MEASURES.values() for name in names_of(row))


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """The columns that were taken for the inputs of a measure.

    Attributes
    ----------
    columns : mapping of str to str
        Canonical name → column of the table; ``study`` among them where there is one. Of a
        network with numbered arms a list of columns.
    year : str
        A column that is joined to the study's label; empty for none.
    """

    columns: Mapping[str, Any]
    year: str = ""

    def lines(self) -> tuple[str, ...]:
        """Return what was taken, one text for each input."""
        told = []
        for name, column in self.columns.items():
            more = f' and "{self.year}"' if name == STUDY and self.year else ""
            listed = [column] if isinstance(column, str) else column
            quoted = ", ".join(f'"{each}"' for each in listed)
            told.append(f"{name} ← {quoted}{more}")
        return tuple(told)

    def labeled(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the table with author and year as one label, where both are there."""
        if not self.year:
            return frame
        column = self.columns[STUDY]
        pairs = zip(frame[column], frame[self.year], strict=True)
        return frame.assign(**{column: [f"{_plain_text(a)} {_plain_text(y)}" for a, y in pairs]})


def guess_columns(
    columns: Iterable[Any], measure: Measure | str, named: Mapping[str, str] | None = None
) -> Guess:
    """Return which columns are the inputs of a measure.

    Parameters
    ----------
    columns : iterable of str
        Names of the columns of a table with one row per study.
    measure : Measure or str
        Row of ``MEASURES``, or its key. Its own inputs are looked for first, then those of its
        routes.
    named : mapping of str to str, optional
        Canonical name → column, where the caller says it.

    Returns
    -------
    Guess
        A column that has the canonical name is it; else the one column whose name, in small
        letters and digits, stands in ``guessing_words``.

    Raises
    ------
    DataError
        With every input that no column, or more than one, may be, and every unknown name.
    ChoiceError
        If there is no such measure.

    Examples
    --------
    >>> guess = guess_columns(["Trial", "Events.T", "N.T", "Events.C", "N.C"], "RR")
    >>> guess.lines()[:2]
    ('study ← "Trial"', 'events1 ← "Events.T"')
    """
    measure = find_measure(measure) if isinstance(measure, str) else measure
    names = [str(name) for name in columns]
    given = dict(named or {})
    faults = _named_faults(names, given, measure)
    found = candidates(names)
    own = _found_by(measure.inputs, found, given)
    wanted = measure.inputs
    if own is None:
        for route in measure.routes:
            if _found_by(route.inputs, found, given) is not None:
                wanted = route.inputs
                break
    unclear = [name for name in wanted if name not in given and len(found[name]) != 1]
    if found[ERRORS[1]] and not found[ERRORS[0]]:  # either of the two is enough
        unclear = [name for name in unclear if name != ERRORS[0]]
    faults += [_unclear(name, found[name], names) for name in unclear]
    line = proposed(names, wanted) if unclear else ""
    if line:
        remedy = f"If these are the groups in their order: {line}"
        faults.append(header_fault("", "two columns match each of these inputs", remedy))
    study, year, fault = _study(names, given)
    if fault or faults:
        raise DataError([*fault, *faults])
    chosen = {name: given.get(name) or found[name][0] for name in wanted}
    return Guess(columns={**study, **chosen, **given}, year=year)


def fitting(columns: Iterable[Any], named: Mapping[str, str] | None = None) -> tuple[Measure, ...]:
    """Return the measures whose inputs a table has, all of them or those of a route."""
    found = candidates([str(name) for name in columns])
    given = dict(named or {})
    return tuple(
        row
        for row in MEASURES.values()
        if any(
            _found_by(inputs, found, given) is not None
            for inputs in (row.inputs, *(route.inputs for route in row.routes))
        )
    )


def candidates(columns: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the columns that may be each input: the one so called, else all that may be meant."""
    exact = {name for name in columns if name in EVERY}
    spare = [name for name in columns if name not in exact]
    plain = {name: {_plain(name), _plain(re.sub(r"[(\[].*?[)\]]", "", name))} for name in spare}
    there = set().union(*plain.values()) if plain else set()
    meant = _meanings(there | {_plain(name) for name in exact})
    return {
        name: (name,)
        if name in exact
        else tuple(column for column in spare if plain[column] & meant[name])
        for name in sorted(EVERY)
    }


def sum_faults(study: Sequence[str], column: str) -> list[Fault]:
    """Return the rows that sum the others up, by their labels."""
    return [
        row_fault(i, study, column, label, "is no study but a sum of them", "Delete the row.")
        for i, label in enumerate(study)
        if _plain(label) in words.SUMS
    ]


def _meanings(there: set[str]) -> dict[str, set[str]]:
    """Return the plain names that mean each input in a table which has some plain names."""
    meant = {name: {_plain(name), *words.NAMES.get(name, ())} for name in EVERY}
    for together in words.TOGETHER:
        if not together <= there:
            for found in meant.values():
                found -= together
    pairs = [*product(words.TREATED, words.OTHERS), *_in_use(there)]
    for base, each in words.NUMBERS.items():
        if base in meant:
            meant[base].update(set(each) - (EVERY - {base}))
        for place, group in enumerate(GROUPS):
            sides = {pair[place] for pair in pairs}
            meant[f"{base}{group}"].update(f"{word}{side}" for word in each for side in sides)
            meant[f"{base}{group}"].update(f"{side}{word}" for word in each for side in sides)
    return meant


def _in_use(there: set[str]) -> list[tuple[str, str]]:
    """Return the pairs of letters that stand behind or before one word, both of them."""
    return [
        (first, second)
        for first, second in words.PAIRS
        if any(
            {f"{word}{first}", f"{word}{second}"} <= there
            or {f"{first}{word}", f"{second}{word}"} <= there
            for each in words.NUMBERS.values()
            for word in each
        )
    ]


def _found_by(
    inputs: Sequence[str], found: Mapping[str, Sequence[str]], given: Mapping[str, str]
) -> tuple[str, ...] | None:
    """Return the inputs if each has a column or several that may be it, else None."""
    return tuple(inputs) if all(name in given or found[name] for name in inputs) else None


def _named_faults(names: list[str], given: Mapping[str, str], row: Measure) -> list[Fault]:
    known = (STUDY, *names_of(row))
    faults = [
        header_fault(name, f"is no input of {row.key}",
                     f"It takes {', '.join(known)}.{hint(name, known)}")
        for name in given
        if name not in known
    ]  # fmt: skip
    faults += [
        header_fault(column, f"is not a column (named for {name})",
                     f"Columns: {', '.join(names)}.{hint(column, names)}")
        for name, column in given.items()
        if column not in names
    ]  # fmt: skip
    return faults


def _unclear(name: str, found: Sequence[str], names: Sequence[str]) -> Fault:
    """Return the fault of an input that has no column, or several."""
    if not found and name in ERRORS:  # either is enough
        either = f"{name_it(ERRORS[1])} Of a printed effect its limits do, too (ci_low, ci_high)."
        return header_fault(
            " or ".join(ERRORS[::-1]), "no column is called so, or like it", either
        )
    if not found:
        near = hint(name, names)
        return header_fault(name, "no column is called so, or like it", f"{name_it(name)}{near}")
    listed = ", ".join(f'"{column}"' for column in found)
    return header_fault(name, f"may be {listed}", name_it(name, found[0]))


def proposed(names: Sequence[str], wanted: Sequence[str]) -> str:
    """Return options that name the columns of two groups, whatever these are called.

    Empty unless each input of a group has a column of either: "SD (usual care)" and "SD (stroke
    unit)". A group that is called as controls are is the second; else they are in their order.

    Examples
    --------
    >>> proposed(["N (diet)", "Died (diet)", "N (care)", "Died (care)"], ["n1", "n2"])
    '-c n1="N (diet)" -c n2="N (care)"'
    """
    of: dict[str, dict[str, str]] = {}
    for base in dict.fromkeys(name.rstrip("12") for name in wanted):
        each = {group: name for name in names if (group := _group_of(name, base))}
        if len(each) != len(GROUPS):
            return ""
        of[base] = each
    groups = {tuple(sorted(each)) for each in of.values()}
    if len(groups) != 1:
        return ""
    order = sorted(next(iter(of.values())), key=_is_control)
    return " ".join(
        f'-c {name}="{of[name.rstrip("12")][order[GROUPS.index(name[-1])]]}"' for name in wanted
    )


def _is_control(group: str) -> bool:
    return any(word in group for word in (*words.OTHERS, *words.AS_USUAL) if len(word) > SHORT)


def _group_of(name: str, base: str) -> str:
    """Return what a header says besides an input: the group; empty if it is not that input."""
    parts = re.findall(r"[^\W_]+", name.casefold())
    known = {*words.NUMBERS.get(base, ()), base}
    rest = [part for part in parts if part not in known]
    return "".join(rest) if len(rest) < len(parts) else ""


def name_it(name: str, column: str = "...") -> str:
    """Return the remedy for an input whose column is not clear."""
    return f'Name yours: --column {name}="{column}".'


def _study(
    names: Sequence[str], given: Mapping[str, str]
) -> tuple[dict[str, str], str, list[Fault]]:
    """Return the column of labels, that of years to join to it, and what is unclear about them."""
    if STUDY in given:
        return {STUDY: given[STUDY]}, "", []
    if STUDY in names:
        return {STUDY: STUDY}, "", []
    plain: dict[str, str] = {}
    for name in names:
        plain.setdefault(_plain(name), name)
    by_order = [plain[word] for word in (STUDY, *words.STUDY) if word in plain]
    if not by_order:
        rule = "no column is called so, or like it"
        return {}, "", [header_fault(STUDY, rule, name_it(STUDY))]
    chosen = by_order[0]
    return {STUDY: chosen}, joined_year(names, chosen), []


def labels_of(names: Sequence[str]) -> tuple[str, str]:
    """Return the column of labels, and that of years to join to it; empty where there is none."""
    found, year, _ = _study(names, {})
    return found.get(STUDY, ""), year


def joined_year(names: Sequence[str], study: str) -> str:
    """Return the column of years to join to that of labels; empty unless these are authors."""
    if _plain(study) not in words.AUTHORS:
        return ""
    return next((name for name in names if _plain(name) in words.YEARS), "")


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _plain_text(cell: Any) -> str:
    whole = isinstance(cell, float) and cell.is_integer()
    return str(int(cell) if whole else cell).strip()
