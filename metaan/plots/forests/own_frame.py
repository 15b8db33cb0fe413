"""Columns that a subject of a forest plot brings along, beside those of its effects."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from metaan.core.arrays import FrozenDict
from metaan.plots.forests.layout import Shown
from metaan.plots.forests.own_columns import name_of
from metaan.plots.forests.record import ForestColumn
from metaan.plots.forests.sheet import Frame, Words


def without_names(words: Words, names: Collection[str]) -> Words:
    """Return the words without columns that are none of the effects, and so not made of them."""
    asked = words.asked
    return replace(
        words,
        asked=replace(asked, left=_others(asked.left, names), right=_others(asked.right, names)),
    )


def _others(
    given: Sequence[str | Shown] | None, names: Collection[str]
) -> Sequence[str | Shown] | None:
    if given is None or isinstance(given, str | Shown) or not isinstance(given, Sequence):
        return given
    return [each for each in given if not _is_one(each, names)]


def _is_one(each: object, names: Collection[str]) -> bool:
    return isinstance(each, str | Shown) and name_of(each) in names


def framed(frame: Frame, columns: Sequence[ForestColumn]) -> Frame:
    """Return the frame with further columns that may be asked for by their keys."""
    own = {column.key: column for column in columns}
    return replace(frame, offered=FrozenDict({**frame.offered, **own}))
