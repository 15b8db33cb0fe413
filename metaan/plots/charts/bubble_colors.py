"""Colors and markers of studies by a column of theirs, with the legend that explains them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from metaan.core.cells import is_missing
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.core.scale import IDENTITY
from metaan.plots.forests.wording import clean, sentence_case
from metaan.plots.pages import theme
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.marks import POLYGONS
from metaan.plots.pages.ticks import nice_ticks

NOT_REPORTED = "not stated"
YES, NO = "yes", "no"
CIRCLE = "circle"
MARKERS = (CIRCLE, *(name for name in POLYGONS if name != CIRCLE))
MOST_GROUPS = 21
FEW = 7  # numbers that are shown one by one, and not in classes
CLASSES = 5  # as many as themes have colors for


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a mark looks: name of its color, and key of ``POLYGONS``."""

    fill: str = theme.STUDY
    marker: str = CIRCLE


PLAIN = Look()


class Colored(NamedTuple):
    """Studies in their colors.

    Attributes
    ----------
    groups : tuple of str, length k
        Value of each study; empty without a column.
    looks : tuple of Look, length k
        Look of each study.
    legend : tuple of LegendEntry
        What they mean.
    names : tuple of str
        The groups, in the order of the legend.
    """

    groups: tuple[str, ...]
    looks: tuple[Look, ...]
    legend: tuple[LegendEntry, ...]
    names: tuple[str, ...] = ()


def colored(color: str, columns: Mapping[str, Sequence[Any]], k: int) -> Colored:
    """Return the colors of k studies by a column; one color for all where none is named.

    Raises
    ------
    InputError
        If there is no such column (ChoiceError), or it has too many values to be told apart.

    Notes
    -----
    Words come in the order of their first study, numbers by size; numbers of more than seven
    values are put into classes between round ones, in colors from pale to strong. Studies without
    a value come last, in the color of what is unclear.
    """
    if not color:
        return Colored(("",) * k, (PLAIN,) * k, ())
    values = list(look_up(columns, color, argument="color", what="a column of these studies"))
    known = list(dict.fromkeys(value for value in values if not is_missing(value)))
    in_classes = len(known) > FEW and all(_is_number(x) and math.isfinite(x) for x in known)
    groups, table = _classes(values) if in_classes else _levels(values, known, color)
    if NOT_REPORTED in groups:
        table[NOT_REPORTED] = Look(fill=theme.UNCLEAR)
    legend = tuple(
        LegendEntry(
            label=name,
            fill=look.fill,
            marker=look.marker,
            head=sentence_case(clean(color)) if i == 0 else "",
        )
        for i, (name, look) in enumerate(table.items())
    )
    looks = tuple(table[group] for group in groups)
    return Colored(tuple(groups), looks, legend, tuple(table))


def look_of(i: int) -> Look:
    """Return the look of the i-th group, up to ``MOST_GROUPS``.

    A marker of its own for each color, and other pairs when the colors come round again.
    """
    return Look(fill=f"series {i}", marker=MARKERS[(i + i // len(MARKERS)) % len(MARKERS)])


def check_groups(names: Sequence[str], column: str) -> None:
    """Raise an InputError if these are more groups than can be told apart."""
    if len(names) > MOST_GROUPS:
        raise InputError(
            f"{column!r} has {len(names)} values, of which at most {MOST_GROUPS} can be told "
            "apart; join some of them in a column of their own"
        )


def _levels(
    values: Sequence[Any], known: Sequence[Any], color: str
) -> tuple[list[str], dict[str, Look]]:
    """Return a group for each value, in the order of the values, and their looks."""
    ordered = sorted(known) if all(_is_number(value) for value in known) else known
    names = list(dict.fromkeys(_text(value) for value in ordered))
    check_groups(names, color)
    looks = {name: look_of(i) for i, name in enumerate(names)}
    groups = [NOT_REPORTED if is_missing(value) else _text(value) for value in values]
    return groups, looks


def _classes(values: Sequence[Any]) -> tuple[list[str], dict[str, Look]]:
    """Return a class for each number, and the shades of all classes that hold one."""
    known = [float(value) for value in values if not is_missing(value)]
    low, high = min(known), max(known)
    ticks, labels = nice_ticks(low, high, IDENTITY)
    inner = [(t, text) for t, text in zip(ticks, labels, strict=True) if low < t < high]
    while len(inner) >= CLASSES:
        inner = inner[1::2]
    cuts = [t for t, _ in inner]
    texts = [text for _, text in inner]
    names = [f"below {texts[0]}", *(f"{a} to below {b}" for a, b in pairwise(texts)),
             f"{texts[-1]} or more"]  # fmt: skip
    groups = [
        NOT_REPORTED if is_missing(value) else names[sum(float(value) >= cut for cut in cuts)]
        for value in values
    ]
    return groups, {name: Look(fill=f"class {i}") for i, name in enumerate(names)}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return YES if value else NO
    return clean(f"{value:g}" if isinstance(value, float) else value) or NOT_REPORTED
