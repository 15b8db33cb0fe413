"""The words of docs/measures.md: scales, options, and variances from their docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping

from metaan.measures.corrections import CORRECTIONS
from metaan.measures.table import MEASURES
from metaan.measures.zero_rules import DEFAULT_ADD, ZERO_RULES

SCALES = {
    "identity": "untransformed",
    "log": "logarithm",
    "logit": "log odds",
    "probit": "probit",
    "arcsine": "arcsine of the root",
    "root": "square root",
    "fisher": "Fisher's z",
    "fisher of the root": "Fisher's z of the root",
    "cube root": "cube root",
    "log of the gap": "log of 1 - alpha",
    "double arcsine": "double arcsine",
    "double root": "double root",
}
OPTIONS = {
    "add": f"What is added to the counts of a study that `to` selects: {DEFAULT_ADD} to every "
    "cell of its table, to events and non-events of one group, or to the events over a "
    "person-time. {untouched} leave a count of 0 as it is (`add=0`) unless told.",
    "to": "Which studies that is:",
    "drop_double_zero": "`True` leaves out studies without events in both groups, and those in "
    "which everybody had one; `False`, the default, keeps them.",
    "correction": "The factor J that takes the small-sample bias out of a standardized effect, "
    "at its degrees of freedom df:",
    "correct": "`True`, the default, takes the small-sample bias out of a logarithm of means or "
    "SDs; `False` leaves it in.",
}
ROWS_OF = {"to": ZERO_RULES, "correction": CORRECTIONS}
REFERENCE = re.compile(r" \((?:[A-Z]|metafor)[^()]*\)")  # (AV), (Hedges 1982), (metafor's LS)
CODE = re.compile(r"(``.*?``)")


def in_words(row):
    """Return the name of a row with its scale, where the name alone belongs to several."""
    words = SCALES[row.scale.key]
    return f"{row.name[:-1]}, {words})" if row.name.endswith(")") else f"{row.name} ({words})"


def first_sentence(function):
    """Return the first sentence of a docstring without "Return", references and the dot.

    Where it has no formula and the next paragraph opens with one, that follows.
    """
    first, *more = inspect.getdoc(function).split("\n\n")
    said = _sentence(first.removeprefix("Return "))
    if "`" not in said and more and more[0].startswith("``"):
        return f"{said}, {_sentence(more[0])}"
    return said


def _sentence(paragraph):
    parts = CODE.split(" ".join(paragraph.split()))
    prose = "".join(p if p.startswith("``") else REFERENCE.sub("", p) for p in parts)
    return re.split(r"\.(?:\s|$)", prose)[0].replace("``", "`")


def option_lines():
    """Return a line for each option of the table except the variances."""
    known = {option for row in MEASURES.values() for option in row.options} - {"variance"}
    assert known == set(OPTIONS), "an option without words"
    untouched = [f"`{key}`" for key, row in MEASURES.items()
                 if "add" in row.options and row.default("add") == 0]  # fmt: skip
    lines = []
    for option, words in OPTIONS.items():
        rows = [f"`{name}` {first_sentence(function)}"
                for name, function in ROWS_OF.get(option, {}).items()]  # fmt: skip
        said = words.format(untouched=", ".join(untouched))
        lines.append(f"- `{option}`: {said}{' ' + '; '.join(rows) + '.' if rows else ''}")
    return lines


def variance_table(family, row):
    """Return the table of variances that a row's function looks its names up in."""
    names = row.options["variance"]
    found = {
        name: table
        for name, table in vars(family).items()
        if isinstance(table, Mapping) and tuple(table) == names
    }
    if len(found) > 1:  # the docstring says which
        told = inspect.getdoc(row.function)
        found = {name: table for name, table in found.items() if f"``{name}``" in told}
    assert len(found) == 1, f"{row.key}: {sorted(found)} are tables of {names}"
    return next(iter(found.values()))


def variance_lines(family):
    """Return what the variances of a family are, a line for each table of them."""
    groups = []
    for row in family.ROWS:
        if "variance" in row.options:
            table = variance_table(family, row)
            known = next((keys for each, keys in groups if each is table), None)
            if known is None:
                groups.append((table, [row.key]))
            else:
                known.append(row.key)
    lines = []
    for table, keys in groups:
        said = "; ".join(f"`{name}` {first_sentence(each)}" for name, each in table.items())
        whose = "" if len(groups) == 1 else f" of {', '.join(f'`{key}`' for key in keys)}"
        lines.append(f"\nVariances{whose}: {said}.")
    return lines
