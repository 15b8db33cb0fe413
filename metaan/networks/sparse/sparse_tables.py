"""Arms of a sparse network as arrays, arms taken out of it, and its comparisons one by one.

Letters: k studies have a arms; x events among n people; t treatments, which here may be those of
several networks at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.core.effects import LeftOut
from metaan.core.network_counts import NetworkCounts
from metaan.core.network_layout import Arms


class Block(NamedTuple):
    """The s studies with a arms.

    Attributes
    ----------
    studies : ndarray of int, shape (s,)
        Numbers of the studies.
    arms : ndarray of int, shape (s, a)
        Numbers of their arms.
    treatments : ndarray of int, shape (s, a)
        Treatments of these arms.
    x, n : ndarray, shape (s, a)
        Events and people.
    """

    studies: Integers
    arms: Integers
    treatments: Integers
    x: Floats
    n: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tables:
    """The arms of a network, study by study.

    Attributes
    ----------
    layout : Arms
        Studies, treatments and arms as numbers.
    x, n : ndarray, shape (a,)
        Events and people of each arm.
    rows : tuple of tuple of str
        Row ids behind each arm.
    """

    layout: Arms
    x: Floats
    n: Floats
    rows: tuple[tuple[str, ...], ...]

    @property
    def treatments(self) -> tuple[str, ...]:
        """Names of the treatments."""
        return self.layout.treatments

    @property
    def k(self) -> int:
        """Number of studies."""
        return len(self.layout.studies)

    def totals(self, values: Floats) -> Floats:
        """Return the sums of arms' values by study, shape (k,)."""
        return summed_by(self.layout.arm_study, values, self.k)

    def blocks(self) -> Iterator[Block]:
        """Return the studies by their number of arms, fewest first."""
        layout = self.layout
        for a in np.unique(layout.arms).tolist():
            studies = np.flatnonzero(layout.arms == a)
            arms = layout.start[studies][:, None] + np.arange(a)
            yield Block(studies, arms, layout.arm_treatment[arms], self.x[arms], self.n[arms])

    def keeping(self, arms: Booleans) -> Tables:
        """Return the network of some arms; studies of which one is left drop out."""
        layout = self.layout
        left = np.bincount(layout.arm_study, arms, minlength=self.k)
        where = np.flatnonzero(arms & (left > 1)[layout.arm_study])
        studies, arm_study = np.unique(layout.arm_study[where], return_inverse=True)
        treatments, arm_treatment = np.unique(layout.arm_treatment[where], return_inverse=True)
        return Tables(
            layout=Arms(
                studies=tuple(layout.studies[i] for i in studies.tolist()),
                treatments=tuple(layout.treatments[i] for i in treatments.tolist()),
                arm_study=arm_study.astype(np.int64),
                arm_treatment=arm_treatment.astype(np.int64),
                start=np.searchsorted(arm_study, np.arange(len(studies) + 1)),
            ),
            x=self.x[where],
            n=self.n[where],
            rows=tuple(self.rows[i] for i in where.tolist()),
        )

    def lost(self, arms: Booleans, reasons: Sequence[str]) -> list[LeftOut]:
        """Return what leaving out some arms, shape (a,), is told as; one reason for each.

        Arms of a study with the same reason are told once.
        """
        layout = self.layout
        told: dict[tuple[str, str], tuple[str, ...]] = {}
        for i, reason in zip(np.flatnonzero(arms).tolist(), reasons, strict=True):
            key = (layout.studies[layout.arm_study[i]], reason)
            told[key] = (*told.get(key, ()), *self.rows[i])
        return [
            LeftOut(study=study, rows=tuple(dict.fromkeys(rows)), reason=reason)
            for (study, reason), rows in told.items()
        ]

    def arm_names(self, arms: Booleans) -> list[str]:
        """Return the treatments of some arms, one name for each."""
        chosen = self.layout.arm_treatment[arms].tolist()
        return [self.treatments[i] for i in chosen]


def summed_by(where: Integers, values: Floats, size: int) -> Floats:
    """Return the sums of values, shape (size,), at the places they belong to."""
    return np.asarray(np.bincount(where, values, minlength=size), dtype=np.float64)


def tables_of(counts: NetworkCounts) -> Tables:
    """Return the arms of a network as arrays."""
    order = counts.order
    return Tables(
        layout=counts.layout,
        x=counts.events[order],
        n=counts.people[order],
        rows=tuple(counts.rows[i] for i in order.tolist()),
    )


def silent_studies(tables: Tables) -> tuple[Booleans, Booleans]:
    """Return the studies without events, and those with nothing else; both of shape (k,)."""
    events, people = tables.totals(tables.x), tables.totals(tables.n)
    return events == 0, events == people


class Comparisons(NamedTuple):
    """Every comparison of two treatments by the studies that make it, as c networks of their own.

    Attributes
    ----------
    first, second : ndarray of int, shape (c,)
        Treatments of each; the first comes before the second.
    tables : Tables
        Studies of two arms, once for each comparison that a study makes: treatment 2 i is the
        first of comparison i, 2 i + 1 its second.
    """

    first: Integers
    second: Integers
    tables: Tables


def comparisons_of(tables: Tables) -> Comparisons:
    """Return every comparison as a network of its own."""
    t = len(tables.treatments)
    low, high = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for block in tables.blocks():
        i, j = np.triu_indices(block.arms.shape[1], k=1)
        low.append(block.arms[:, i].ravel())
        high.append(block.arms[:, j].ravel())
    one, other = np.concatenate(low), np.concatenate(high)
    which = tables.layout.arm_treatment
    keys, number = np.unique(which[one] * t + which[other], return_inverse=True)
    m = len(one)
    arms = np.stack([one, other], axis=1).ravel()
    layout = Arms(
        studies=tuple(tables.layout.studies[i] for i in tables.layout.arm_study[one].tolist()),
        treatments=tuple(tables.treatments[i] for i in _sides(keys, t).tolist()),
        arm_study=np.repeat(np.arange(m), 2),
        arm_treatment=np.stack([2 * number, 2 * number + 1], axis=1).ravel(),
        start=2 * np.arange(m + 1),
    )
    split = Tables(layout=layout, x=tables.x[arms], n=tables.n[arms], rows=((),) * (2 * m))
    return Comparisons(keys // t, keys % t, split)


def _sides(keys: Integers, t: int) -> Integers:
    return np.stack([keys // t, keys % t], axis=1).ravel()
