"""The arms of the studies of a network, and the pairs they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from metaan.core.arrays import Booleans, Column, Floats, Integers
from metaan.core.effects import LeftOut
from metaan.measures.row import ONE_MEAN
from metaan.recovery.combining import combine_groups
from metaan.trials.table_rules import some

LONE = "only one arm"  # what the reason of a study with one arm begins with
Texts = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arms:
    """The a arms of k studies.

    Attributes
    ----------
    studies : tuple of str, length k
        Labels.
    study : ndarray of int, shape (a,)
        Study of each arm, in ascending order.
    treatment : ndarray of str, shape (a,)
        What each arm got.
    numbers : mapping of str to ndarray, shape (a,)
        Its numbers by canonical name (``n``, ``mean`` ...); NaN where one is missing.
    place : ndarray of int, shape (a,)
        Row of the table (or record of the evidence) that it stands in.
    ids : tuple of tuple of str, length a
        Row ids behind it.
    """

    studies: tuple[str, ...]
    study: Integers
    treatment: Texts
    numbers: Mapping[str, Floats]
    place: Integers
    ids: tuple[tuple[str, ...], ...]

    @property
    def sizes(self) -> Integers:
        """Arms of each study, shape (k,)."""
        return np.bincount(self.study, minlength=len(self.studies))

    @property
    def start(self) -> Integers:
        """Where the arms of each study begin, shape (k,); studies have at least one."""
        return np.asarray(np.cumsum(self.sizes) - self.sizes)

    def take(self, chosen: Booleans) -> Arms:
        """Return some of the arms, and the studies that still have one."""
        left = np.unique(self.study[chosen])
        number = np.zeros(len(self.studies), dtype=np.int64)
        number[left] = np.arange(len(left))
        return Arms(
            studies=tuple(self.studies[s] for s in left.tolist()),
            study=number[self.study[chosen]],
            treatment=self.treatment[chosen],
            numbers={name: values[chosen] for name, values in self.numbers.items()},
            place=self.place[chosen],
            ids=tuple(self.ids[i] for i in np.flatnonzero(chosen).tolist()),
        )

    def without(self, studies: Booleans) -> Arms:
        """Return the arms without those of some studies, shape (k,)."""
        return self.take(~studies[self.study])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """Every pair of arms of every study, m of them.

    Attributes
    ----------
    first, second : ndarray of int, shape (m,)
        The two arms, the one that stands first in the table first.
    study : ndarray of int, shape (m,)
        Their study, in ascending order.
    """

    first: Integers
    second: Integers
    study: Integers


def sorted_arms(
    study: Sequence[str],
    treatment: Sequence[str],
    numbers: Mapping[str, Floats],
    place: Integers,
    ids: Sequence[tuple[str, ...]] = (),
) -> tuple[Arms, Integers]:
    """Return arms study by study in the order of their first arm, and the order they got."""
    codes, names = pd.factorize(np.array(study, dtype=object))
    order = np.argsort(codes, kind="stable")
    arms = Arms(
        studies=tuple(names.tolist()),
        study=codes[order].astype(np.int64),
        treatment=np.array(treatment, dtype=object)[order],
        numbers={name: values[order] for name, values in numbers.items()},
        place=place[order],
        ids=tuple(ids[i] for i in order.tolist()) if len(ids) else ((),) * len(order),
    )
    return arms, order


def pairs_of(arms: Arms) -> Pairs:
    """Return every pair of arms of every study."""
    sizes, start = arms.sizes, arms.start
    first, second = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for size in np.unique(sizes).tolist():
        low = start[sizes == size][:, None]
        i, j = np.triu_indices(size, 1)
        first.append((low + i).ravel())
        second.append((low + j).ravel())
    one, other = np.concatenate(first), np.concatenate(second)
    order = np.argsort(arms.study[one], kind="stable")
    return Pairs(first=one[order], second=other[order], study=arms.study[one[order]])


def same_treatment(arms: Arms) -> Integers:
    """Return for each arm the first arm of its study with its treatment, shape (a,)."""
    codes, names = pd.factorize(arms.treatment)
    key = arms.study * max(len(names), 1) + codes
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    return np.asarray(first[inverse])


def combined(arms: Arms) -> tuple[Arms, tuple[str, ...]]:
    """Return arms with those of one treatment in a study taken together, and a remark.

    Counts and time are added; mean and SD are those of the participants as one group. What lacks
    a number makes the whole lack it.
    """
    first = same_treatment(arms)
    counts = np.bincount(first, minlength=len(first))
    several = np.flatnonzero(counts > 1)
    if not len(several):
        return arms, ()
    inside = np.flatnonzero(np.isin(first, several))
    inside = inside[np.argsort(first[inside], kind="stable")]
    whole = np.searchsorted(several, first[inside])
    step = np.arange(len(inside)) - np.searchsorted(whole, whole)
    shape = (len(several), int(counts.max()))
    grid = {name: np.zeros(shape) for name in arms.numbers}  # an arm of nobody adds nothing
    for name, values in arms.numbers.items():
        grid[name][whole, step] = values[inside]
    numbers = {name: values.copy() for name, values in arms.numbers.items()}
    for name, values in _taken_together(grid).items():
        numbers[name][several] = values
    ids = list(arms.ids)
    for i, members in zip(
        several.tolist(), np.split(inside, np.flatnonzero(np.diff(whole)) + 1), strict=True
    ):
        ids[i] = tuple(name for j in members.tolist() for name in arms.ids[j])
    names = [f"{arms.studies[arms.study[i]]} ({arms.treatment[i]})" for i in several.tolist()]
    who = some(names, np.ones(len(names), dtype=bool))
    made = replace(arms, numbers=numbers, ids=tuple(ids))
    return made.take(first == np.arange(len(first))), (f"arms of one treatment combined: {who}",)


def _taken_together(grid: Mapping[str, Floats]) -> dict[str, Floats]:
    if set(ONE_MEAN) <= set(grid):
        with np.errstate(divide="ignore", invalid="ignore"):
            n, mean, sd = combine_groups(grid["n"], grid["mean"], grid["sd"])
        return {"n": n, "mean": mean, "sd": sd}
    return {name: values.sum(axis=-1) for name, values in grid.items()}


def incomplete(arms: Arms) -> Booleans:
    """Return which arms lack a number, shape (a,)."""
    lacking = np.zeros(len(arms.study), dtype=bool)
    for values in arms.numbers.values():
        lacking |= np.isnan(values)
    return lacking


def comparable(arms: Arms, lost: Iterable[LeftOut]) -> tuple[Arms, list[LeftOut]]:
    """Return the studies with two arms or more, and the others beside what was lost before."""
    lone = arms.sizes < 2
    told = list(lost)
    before = {item.study for item in told}
    for s in np.flatnonzero(lone).tolist():
        i = int(arms.start[s])
        more = " with numbers" if arms.studies[s] in before else ""
        reason = f"{LONE}{more} ({arms.treatment[i]}): nothing to compare it with"
        told.append(LeftOut(study=arms.studies[s], rows=arms.ids[i], reason=reason))
    return arms.without(lone), told


def contrast_columns(
    arms: Arms, pairs: Pairs, spare: Mapping[str, Any], *, numbers: Sequence[str]
) -> dict[str, Column]:
    """Return the numbers of both arms of each pair, then the further columns of the table.

    Parameters
    ----------
    arms, pairs : Arms, Pairs
        The arms and their m pairs.
    spare : mapping of str to array_like
        Further columns by row of the table. One that is the same in all arms of every study is
        the study's and keeps its name; of another, both arms' values are kept as name1, name2.
    numbers : sequence of str
        Which of the arms' numbers to keep.
    """
    sides = (("1", pairs.first), ("2", pairs.second))
    found = {
        f"{name}{side}": Column(arms.numbers[name][where])
        for name in numbers
        for side, where in sides
    }
    for name, values in spare.items():
        cells = _cells(values)[arms.place]
        codes, _ = pd.factorize(cells)
        if (codes == codes[arms.start][arms.study]).all():
            found[_free(name, found)] = _column(cells[pairs.first])
            continue
        for side, where in sides:
            found[_free(f"{name}{side}", found)] = _column(cells[where])
    return found


def arm_columns(arms: Arms, spare: Mapping[str, Any]) -> dict[str, Column]:
    """Return the further columns of the table, one value per arm."""
    return {name: _column(_cells(values)[arms.place]) for name, values in spare.items()}


def _free(name: str, taken: Mapping[str, Any]) -> str:
    return f"{name} (given)" if name in taken else name


def _cells(values: Any) -> Texts:
    array = values.to_numpy() if isinstance(values, pd.Series) else values
    if isinstance(array, np.ndarray) and array.dtype.kind in "biuf":
        return array
    cells = np.empty(len(values), dtype=object)
    cells[:] = list(values)
    return cells


def _column(cells: Texts) -> Column:
    return Column(cells if cells.dtype.kind in "biuf" else cells.tolist())
