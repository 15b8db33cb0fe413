"""Sentences and lines about the coefficients of a meta-regression, from names and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from metaan.core.estimate import Estimate
from metaan.core.numbers import fixed, listed, p_text
from metaan.core.regression_answers import JointTest
from metaan.core.scale import Scale
from metaan.core.wording import degrees_words, estimate_words, slope_words

CATEGORY = re.compile(r"^C\((\w+)(?:, .*)?\)$|^(\w+)$")
LEVEL = re.compile(r"^(.+)\[T\.([^\[\]]+)\]$")
GROUP = re.compile(r"^([^:\[\]]+)\[([^\[\]]+)\]$")
CONSTANT = "1"
PLAIN = "identity"
MOST = 6  # coefficients that a sentence takes


def moderator_words(terms: Iterable[str]) -> str:
    """Return ``ablat and alloc``: the terms of a formula without the constant.

    Examples
    --------
    >>> moderator_words(["1", "ablat", "C(alloc)", "ablat:C(alloc)"])
    'ablat, alloc and ablat × alloc'
    """
    told = [" × ".join(map(_column, term.split(":"))) for term in terms if term != CONSTANT]
    return listed(told) if told else ""


def coefficient_words(
    label: str,
    estimates: Mapping[str, Estimate],
    columns: Mapping[str, Sequence[Any]],
    scale: Scale,
) -> str:
    """Return what the coefficients of the moderators say, in one clause.

    Nothing if they are many, or if one alone says little: those of curves and of interactions.

    Parameters
    ----------
    label : str
        What the effects are, inside a sentence.
    estimates : mapping of str to Estimate
        Coefficients of the moderators by name.
    columns : mapping of str to sequence
        The studies' moderators, which tell the level that others are compared with.
    scale : Scale
        Of the effects.
    """
    if not 0 < len(estimates) <= MOST:
        return ""
    where = [_where(name, estimates, columns) for name in estimates]
    if not all(where):
        return ""
    told = [
        f"{slope_words(each, verb=i == 0)} {place}"
        for i, (each, place) in enumerate(zip(estimates.values(), where, strict=True))
    ]
    on = ""
    if not (scale.is_log or scale.key == PLAIN):
        on = f" on the {scale.key} scale"
    terms = {_term(name) for name in estimates}
    others = ", each adjusted for the others" if len(terms) > 1 else ""
    return f"the {label}{on} {listed(told)}{others}"


def group_words(label: str, estimates: Mapping[str, Estimate], scale: Scale) -> str:
    """Return the mean of each group, in one clause; nothing if these are no means of groups."""
    groups = [GROUP.match(name) for name in estimates]
    readable = scale.is_log or scale.key == PLAIN
    if not (readable and len(groups) <= MOST):
        return ""
    told = [
        f"{estimate_words(each)} with {_column(group.group(1))} {group.group(2)}"
        for group, each in zip(groups, estimates.values(), strict=True)
        if group is not None
    ]
    return f"the mean {label} was {listed(told)}" if len(told) == len(groups) else ""


def joint_words(test: JointTest, what: str) -> str:
    """Return the joint test of something in one clause."""
    p = p_text(test.p_value, test.log_p_value)
    if test.df_residual == float("inf"):
        freedom = degrees_words(test.df)
        return f"the joint test of {what} gave chi² = {fixed(test.statistic)} with {freedom} ({p})"
    freedom = f"{test.df:g} and {degrees_words(test.df_residual)}"
    return f"the joint test of {what} gave F = {fixed(test.statistic)} with {freedom} ({p})"


def _column(term: str) -> str:
    found = CATEGORY.match(term)
    return term if found is None else found.group(1) or found.group(2)


def _term(name: str) -> str:
    found = LEVEL.match(name)
    return name if found is None else found.group(1)


def _where(name: str, names: Iterable[str], columns: Mapping[str, Sequence[Any]]) -> str:
    """Return what one coefficient is about: a unit of a number, or one level beside another."""
    if ":" in name:
        return ""
    found = LEVEL.match(name)
    if found is None:
        return "" if "[" in name else f"for each unit of {name}"
    term, level = found.groups()
    column = _column(term)
    shown = {each.group(2) for each in map(LEVEL.match, names) if each and each.group(1) == term}
    base = {str(value) for value in columns.get(column, ())} - shown
    return f"with {column} {level} rather than {base.pop()}" if len(base) == 1 else ""
