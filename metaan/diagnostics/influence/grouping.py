"""What is deleted together: single studies, or the studies of one cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.core.cells import is_missing
from metaan.core.counts import Counts
from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.core.lookup import hint

LABELS = "study"  # the labels of the studies, a field of the effects beside their columns


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groups:
    """m groups of k studies.

    Attributes
    ----------
    by : str
        Column that names the group of each study; empty where every study is its own.
    label : sequence of str, length m
        Their labels, in the order of their first study.
    code : ndarray of int, shape (k,)
        The group of each study, from 0 to m - 1.
    order, start : ndarray of int, shapes (k,) and (m,)
        Studies sorted by group, and where each group begins.
    """

    by: str
    label: Sequence[str]
    code: Integers
    order: Integers
    start: Integers

    @property
    def m(self) -> int:
        """Number of groups."""
        return len(self.label)

    @property
    def single(self) -> bool:
        """Whether every group is one study, in their order."""
        return len(self.label) == len(self.code)

    @property
    def size(self) -> Integers:
        """Studies in each group, shape (m,)."""
        return np.diff(np.append(self.start, len(self.code)))

    def total(self, values: Floats) -> Floats:
        """Return sums within groups, shape (m, ...), of values of shape (k, ...)."""
        if self.single:
            return values
        return np.asarray(np.add.reduceat(values[self.order], self.start, axis=0))


def single_studies(study: Sequence[str]) -> Groups:
    """Return groups of one study each."""
    each = np.arange(len(study))
    return Groups(by="", label=study, code=each, order=each, start=each)


def groups_of(studies: Effects | Counts, by: str | None) -> Groups:
    """Return the groups of the studies.

    Parameters
    ----------
    studies : Effects or Counts
        Whose labels and columns.
    by : str or None
        Name of a column, "study" for the labels; None for every study by itself.

    Raises
    ------
    InputError
        If a label is missing, or all studies have the same one (ChoiceError: there is no such
        column).
    """
    if by is None:
        return single_studies(studies.study)
    values = _values(studies, by)
    missing = [studies.study[i] for i, value in enumerate(values) if is_missing(value)]
    if missing:
        raise InputError(
            f"by={by!r} is missing for {', '.join(missing)}; fill it in (a label of its own for "
            "a study that stands alone) or leave those studies out"
        )
    place = {value: i for i, value in enumerate(dict.fromkeys(values))}
    if len(place) == 1:
        raise InputError(
            f"by={by!r} has the one value {values[0]!r}: without it nothing is left; name a "
            "column that groups the studies"
        )
    code = np.array([place[value] for value in values])
    order = np.argsort(code, kind="stable")
    return Groups(
        by=by,
        label=tuple(str(value) for value in place),
        code=code,
        order=order,
        start=np.searchsorted(code[order], np.arange(len(place))),
    )


def _values(studies: Effects | Counts, by: object) -> list[Any]:
    columns = studies.columns
    if isinstance(by, str) and by in columns:
        return list(columns[by])
    if by == LABELS:
        return list(studies.study)
    known = (*columns, LABELS)
    raise ChoiceError(
        f"by={by!r} is not a column of these studies; there are {', '.join(known)}."
        f"{hint(by, known)}"
    )
