"""Two groups with events: a batch of tables, and what chance does to them without an effect."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.counts import PEOPLE, TIME, Counts
from metaan.core.errors import InputError

GROUPS = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groups:
    """Events and denominators of n analyses of up to k studies; `make_groups` makes them.

    Attributes
    ----------
    events1, whole1, events2, whole2 : ndarray, shape (n, k)
        Events, and people or person-time, of the treatment and of the control; all four are 0
        where a study is absent.
    kind : str
        "people" or "time".
    """

    events1: Floats
    whole1: Floats
    events2: Floats
    whole2: Floats
    kind: str

    @property
    def present(self) -> Booleans:
        """Whether a study is there, shape (n, k)."""
        return np.asarray((self.whole1 > 0) & (self.whole2 > 0))

    @property
    def spared1(self) -> Floats:
        """People of the treatment without the event."""
        return self.whole1 - self.events1

    @property
    def spared2(self) -> Floats:
        """People of the control without the event."""
        return self.whole2 - self.events2

    @property
    def total(self) -> Floats:
        """Both denominators together; 1 where a study is absent, so that it can divide."""
        return np.asarray(np.where(self.present, self.whole1 + self.whole2, 1.0))

    @property
    def events(self) -> Floats:
        """Events of both groups."""
        return self.events1 + self.events2

    @property
    def no_events(self) -> Booleans:
        """Studies without an event, shape (n, k)."""
        return np.asarray(self.present & (self.events == 0))

    @property
    def all_events(self) -> Booleans:
        """Studies with nobody spared, shape (n, k); none if counted over time."""
        if self.kind == TIME:
            return np.zeros_like(self.present)
        return np.asarray(self.present & (self.spared1 == 0) & (self.spared2 == 0))

    @property
    def zero_cell(self) -> Booleans:
        """Studies with a cell of 0, shape (n, k)."""
        zero = (self.events1 == 0) | (self.events2 == 0)
        if self.kind == PEOPLE:
            zero = zero | (self.spared1 == 0) | (self.spared2 == 0)
        return np.asarray(self.present & zero)

    @property
    def excess(self) -> Floats:
        """Events of the treatment beyond what chance expects, O - E, shape (n, k).

        As ``(a d - b c) / N``, not as a difference from E, which has rounded already.
        """
        if self.kind == PEOPLE:
            return np.asarray(
                self.events1 * (self.spared2 / self.total)
                - self.spared1 * (self.events2 / self.total)
            )
        return np.asarray(
            self.events1 * (self.whole2 / self.total) - self.events2 * (self.whole1 / self.total)
        )

    @property
    def chance_variance(self) -> Floats:
        """Variance of O - E without an effect, given the margins, shape (n, k).

        Hypergeometric for people, binomial for person-time.
        """
        share = (self.whole1 / self.total) * (self.whole2 / self.total)
        if self.kind == TIME:
            return np.asarray(self.events * share)
        alone = self.total <= 1
        others = (self.spared1 + self.spared2) / np.where(alone, 1.0, self.total - 1)
        return np.asarray(np.where(alone, 0.0, self.events * share * others))

    def corrected(self, add: float, where: Booleans | Floats) -> Groups:
        """Return the tables with this added to each cell (to the events, over time) somewhere."""
        plus = add * where
        people = 2 * plus * (self.kind == PEOPLE)
        return replace(
            self,
            events1=self.events1 + plus,
            whole1=self.whole1 + people,
            events2=self.events2 + plus,
            whole2=self.whole2 + people,
        )


def make_groups(events: Floats, whole: Floats, kind: str, present: Floats | None = None) -> Groups:
    """Return a batch of tables.

    Parameters
    ----------
    events, whole : ndarray, shape (n, k, 2)
        Events and denominators, treatment first.
    kind : str
        "people" or "time".
    present : ndarray, shape (n, k), optional
        Mask of ones and zeros; whatever stands in absent studies is put to 0.
    """
    if present is not None and not np.all(present):
        here = np.asarray(present)[..., None] > 0
        events, whole = np.where(here, events, 0.0), np.where(here, whole, 0.0)
    return Groups(
        events1=events[..., 0],
        whole1=whole[..., 0],
        events2=events[..., 1],
        whole2=whole[..., 1],
        kind=kind,
    )


def groups_of(counts: Counts) -> Groups:
    """Return the tables of counts as a batch of one, or raise if they are not two groups."""
    if not isinstance(counts, Counts):
        raise InputError(
            f"counts must be Counts; got {type(counts).__name__}. Make them with counts(table)"
        )
    if counts.groups != GROUPS:
        raise InputError(
            "these counts are of one group: there is nothing to compare. Pool their effects "
            "instead: pool(counts.effects[measure])"
        )
    if counts.k == 0:
        lost = "; ".join(f"{item.study}: {item.reason}" for item in counts.left_out[:GROUPS])
        raise InputError(f"no study is left to pool{f' ({lost} ...)' if lost else ''}")
    return make_groups(counts.events[None], counts.denominators[None], counts.kind)
