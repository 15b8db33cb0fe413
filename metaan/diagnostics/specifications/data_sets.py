"""The data of a multiverse: effects by every combination of choices, and which are the same."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from metaan.core.arrays import Booleans, Integers
from metaan.core.effects import Effects
from metaan.core.errors import DataError, InputError, MetaanWarning
from metaan.core.numbers import counted
from metaan.diagnostics.specifications.choices import ALL_STUDIES, STUDIES, Choice
from metaan.univariate.planning import check_effects

MakeEffects = Callable[..., Effects]
FEWEST = 2  # studies of a specification
NETWORK = "A multiverse pools two treatments"
ALL = Choice(name=STUDIES, labels=(ALL_STUDIES,), values=(None,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A combination of choices of the data without specifications, and why.

    Attributes
    ----------
    options : mapping of str to str
        The choices and their options.
    reason : str
        One clause.
    specifications : int
        How many there would have been.
    """

    options: Mapping[str, str]
    reason: str
    specifications: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DataSet:
    """Effects that at least one combination gives, no two alike.

    Attributes
    ----------
    effects : Effects
        As they were made, all of them.
    kept : ndarray of int
        Positions of those that are in, by label.
    """

    effects: Effects
    kept: Integers

    def taken(self) -> Effects:
        """Return the effects that are in, in the order in which they were made."""
        return self.effects.take(np.sort(self.kept))


@dataclass(slots=True, kw_only=True)
class DataSets:
    """What came of all combinations.

    Attributes
    ----------
    data : list of DataSet
        The distinct ones, in an order that does not depend on that of the choices.
    codes : list of tuple of int
        Options of each usable combination: those of the choices of the data, then of the studies.
    place : list of int
        Its position in ``data``.
    failed : list of Failed
        The others.
    made : int
        How often effects were made.
    warned : Counter of str
        What was warned of in making effects, and how often.
    """

    data: list[DataSet] = field(default_factory=list)
    codes: list[tuple[int, ...]] = field(default_factory=list)
    place: list[int] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    made: int = 0
    warned: Counter[str] = field(default_factory=Counter)


def make_data_sets(make_effects: MakeEffects, choices: Sequence[Choice]) -> DataSets:
    """Return the effects of every combination of the choices of data and studies.

    Raises
    ------
    InputError
        If no combination gives two studies, or what is made is no Effects.
    """
    of_data = [choice for choice in choices if choice.of_data]
    studies = next((choice for choice in choices if choice.name == STUDIES), ALL)
    found, known = DataSets(), _Known(studies)
    for code in product(*(range(len(choice.values)) for choice in of_data)):
        options = {choice.name: choice.values[i] for choice, i in zip(of_data, code, strict=True)}
        labels = {choice.name: choice.labels[i] for choice, i in zip(of_data, code, strict=True)}
        effects = _made(make_effects, options, found)
        if isinstance(effects, str):
            many = len(studies.values)
            found.failed.append(Failed(options=labels, reason=effects, specifications=many))
            continue
        for which, option in enumerate(studies.values):
            kept = np.flatnonzero(_mask(effects, studies, which, option))
            if len(kept) < FEWEST:
                told = {**labels, STUDIES: studies.labels[which]}
                reason = f"{counted(len(kept), 'study', 'studies')} left"
                found.failed.append(Failed(options=told, reason=reason, specifications=1))
                continue
            found.codes.append((*code, which))
            found.place.append(known.place(effects, kept))
    known.check_names(found.failed)
    found.data, order = known.sorted()
    found.place = [order[i] for i in found.place]
    if not found.data:
        reasons = dict.fromkeys(failed.reason for failed in found.failed)
        raise InputError(
            f"no combination gives {FEWEST} studies or more: {'; '.join(list(reasons)[:5])}"
        )
    return found


def _made(make_effects: MakeEffects, options: Mapping[str, Any], found: DataSets) -> Effects | str:
    """Return the effects of one combination, or why there are none; warnings are counted."""
    found.made += 1
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            effects = make_effects(**options)
            if isinstance(effects, Effects) and not effects.k:
                return "no study"
            check_effects(effects, network=NETWORK)
        except (InputError, DataError) as error:
            return str(error)
    texts = {str(each.message) for each in told if issubclass(each.category, MetaanWarning)}
    found.warned.update(texts)
    for each in told:
        if not issubclass(each.category, MetaanWarning):
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
    if effects.scale.at is not None:
        raise InputError(
            f"{effects.label} is read at the size of each analysis, which a multiverse does not "
            "do; choose another transformation"
        )
    return effects


def _mask(effects: Effects, studies: Choice, which: int, option: Any) -> Booleans:
    """Return which studies an option of "studies" keeps, shape (k,)."""
    if option is None:
        return np.ones(effects.k, dtype=bool)
    if callable(option):
        try:
            kept = np.asarray(option(effects))
        except KeyError as error:
            raise InputError(
                f"studies={studies.labels[which]!r} asks for a column {error} that the effects do "
                f"not have; there are {', '.join(effects.columns)}"
            ) from error
        if kept.dtype != bool or kept.shape != (effects.k,):
            raise InputError(
                f"studies={studies.labels[which]!r} must give True or False for each of "
                f"{effects.k} studies; got {kept.dtype} of shape {kept.shape}"
            )
        return kept
    out = {option} if isinstance(option, str) else {str(name) for name in option}
    return np.array([name not in out for name in effects.study], dtype=bool)


class _Known:
    """The distinct data sets so far, by what they hold."""

    def __init__(self, studies: Choice) -> None:
        self.studies = studies
        self.found: dict[tuple[Any, ...], int] = {}
        self.data: list[DataSet] = []
        self.names: set[str] = set()
        self.last: Effects | None = None
        self.order: Integers = np.arange(0)

    def place(self, effects: Effects, kept: Integers) -> int:
        """Return the position of the data set that these studies are."""
        if effects is not self.last:
            self._put_in_order(effects)
        kept = self.order[np.isin(self.order, kept)]
        names = tuple(effects.study[i] for i in kept.tolist())
        y, v = effects.y[kept], effects.v[kept]
        key = (effects.label, effects.scale.key, names, y.tobytes(), v.tobytes())
        if key not in self.found:
            self.found[key] = len(self.data)
            self.data.append(DataSet(effects=effects, kept=kept))
        return self.found[key]

    def _put_in_order(self, effects: Effects) -> None:
        """Sort the studies by label, then by effect and variance: whatever order they came in."""
        self.names.update(effects.study)
        labels, y, v = list(effects.study), effects.y.tolist(), effects.v.tolist()
        by = sorted(range(effects.k), key=lambda i: (labels[i], y[i], v[i]))
        self.last, self.order = effects, np.array(by, dtype=np.int64)

    def sorted(self) -> tuple[list[DataSet], list[int]]:
        """Return the data sets in the order of what they hold, and where each one went."""
        keys = list(self.found)
        by = sorted(range(len(keys)), key=lambda i: keys[i])
        where = [0] * len(by)
        for new, old in enumerate(by):
            where[old] = new
        return [self.data[i] for i in by], where

    def check_names(self, failed: Sequence[Failed]) -> None:
        """Raise if an option leaves out studies that are nowhere: a misspelled name."""
        if not self.names and failed:
            return
        for label, option in zip(self.studies.labels, self.studies.values, strict=True):
            if option is None or callable(option):
                continue
            out = [option] if isinstance(option, str) else [str(name) for name in option]
            lost = [name for name in out if name not in self.names]
            if lost:
                raise InputError(
                    f"studies={label!r} leaves out {', '.join(lost)}, which no data set holds"
                )
