"""The other door into the networks: events and people of every arm of every study."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.arrays import ArrayLike, Booleans, Column, Floats, FrozenDict, Integers, frozen
from metaan.core.effects import LeftOut
from metaan.core.errors import InputError
from metaan.core.network_arguments import labels_of_rows, names_of_studies
from metaan.core.network_layout import Arms, lay_out_arms
from metaan.core.network_rules import look_alikes
from metaan.core.network_shown import ROWS, shown
from metaan.core.numbers import counted

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkCounts:
    """Events in the arms of k studies of a network.

    Fractions are allowed, as those of cluster-randomized trials divided by a design effect are.

    Attributes
    ----------
    events, people : ndarray, shape (a,)
        Events and participants of each arm. Read-only.
    study, treatment : tuple of str, length a
        Study and treatment of each arm.
    rows : tuple of tuple of str
        Row ids behind each arm.
    columns : mapping of str to Column
        Further columns, one value per arm.
    left_out : tuple of LeftOut
        What did not enter, and why.
    remarks : tuple of str
        What was done on the way.
    layout : Arms
        Studies, treatments and arms as numbers.
    order : ndarray of int, shape (a,)
        Where each arm of the layout stands among those above.

    See Also
    --------
    metaan.network_counts : counts from arms of any table.
    """

    events: Floats
    people: Floats
    study: tuple[str, ...]
    treatment: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    columns: Mapping[str, Sequence[Any]] = field(default_factory=FrozenDict)
    left_out: tuple[LeftOut, ...] = ()
    remarks: tuple[str, ...] = ()
    layout: Arms = field(init=False, repr=False)
    order: Integers = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Freeze the arrays and the columns, find the arms, and check every study at once."""
        object.__setattr__(self, "events", frozen(self.events))
        object.__setattr__(self, "people", frozen(self.people))
        for name in ("study", "treatment"):
            object.__setattr__(self, name, tuple(str(each) for each in getattr(self, name)))
        columns = {name: Column(values) for name, values in self.columns.items()}
        object.__setattr__(self, "columns", FrozenDict(columns))
        if not self.rows:
            object.__setattr__(self, "rows", ((),) * len(self.study))
        self._check_lengths()
        faults = [*self._number_faults(), *self._arm_faults()]
        if faults:
            raise InputError("; ".join(faults))
        layout, order = lay_out_arms(self.study, self.treatment)
        order.flags.writeable = False
        object.__setattr__(self, "layout", layout)
        object.__setattr__(self, "order", order)
        suspicions = tuple(look_alikes(layout.treatments))
        new = tuple(text for text in suspicions if text not in self.remarks)
        object.__setattr__(self, "remarks", (*self.remarks, *new))

    def __setstate__(self, state: Sequence[Any]) -> None:
        """Restore a copied or pickled record, and freeze its arrays again."""
        for each, value in zip(fields(self), state, strict=True):
            object.__setattr__(self, each.name, value)
        for array in (self.events, self.people, self.order):
            array.flags.writeable = False

    def _check_lengths(self) -> None:
        sizes = {name: getattr(self, name).shape for name in ("events", "people")}
        sizes |= {name: (len(getattr(self, name)),) for name in ("treatment", "rows")}
        sizes |= {name: (len(values),) for name, values in self.columns.items()}
        wrong = [f"{n} {size}" for n, size in sizes.items() if size != (len(self.study),)]
        if wrong:
            raise InputError(
                f"every column needs one value per arm, {len(self.study)} as study has; shapes "
                f"are {', '.join(wrong)}"
            )

    def _number_faults(self) -> Iterator[str]:
        events, people = self.events, self.people
        rules = (
            (~(np.isfinite(events) & (events >= 0)), "events must be finite and at least 0"),
            (~(np.isfinite(people) & (people > 0)), "people must be finite and greater than 0"),
            (events > people, "events must not exceed people"),
        )
        for where, rule in rules:
            for i in np.flatnonzero(where).tolist():
                yield (
                    f"{self.study[i]}, {self.treatment[i]}: {rule}; got {events[i]:g} of "
                    f"{people[i]:g}"
                )

    def _arm_faults(self) -> Iterator[str]:
        """Return treatments that stand twice in a study, and studies with one arm."""
        arms: dict[str, list[str]] = {}
        for study, treatment in zip(self.study, self.treatment, strict=True):
            arms.setdefault(study, []).append(treatment)
        for study, treatments in arms.items():
            for name in dict.fromkeys(treatments):
                if treatments.count(name) > 1:
                    yield (
                        f"{study}: {name!r} stands more than once; add up the events and the "
                        "people of its arms, or give them two names"
                    )
            if len(treatments) == 1:
                yield (
                    f"{study}: one arm ({treatments[0]}) compares nothing; give its other arms, "
                    "or leave the study out"
                )

    @property
    def studies(self) -> tuple[str, ...]:
        """Study labels, each once, in the order of their first arm."""
        return self.layout.studies

    @property
    def treatments(self) -> tuple[str, ...]:
        """Treatments, in alphabetic order."""
        return self.layout.treatments

    @property
    def k(self) -> int:
        """Number of studies."""
        return len(self.studies)

    @property
    def k_left_out(self) -> int:
        """Number of studies of which nothing entered."""
        return len({item.study for item in self.left_out} - set(self.studies))

    @property
    def arms(self) -> Integers:
        """Arms of each study, shape (k,)."""
        return self.layout.arms

    @property
    def no_events(self) -> Booleans:
        """Studies without events in all their arms, shape (k,)."""
        return self._in_all(self.events == 0)

    @property
    def all_events(self) -> Booleans:
        """Studies in which everybody had the event, shape (k,)."""
        return self._in_all(self.events == self.people)

    def _in_all(self, true: Booleans) -> Booleans:
        layout = self.layout
        found = np.bincount(layout.arm_study, true[self.order], minlength=self.k)
        return np.asarray(found == layout.arms)

    @classmethod
    def from_arrays(
        cls,
        events: ArrayLike,
        people: ArrayLike,
        *,
        study: Sequence[str],
        treatment: Sequence[str],
        columns: Mapping[str, Sequence[Any]] | None = None,
    ) -> NetworkCounts:
        """Return the counts of a arms.

        Parameters
        ----------
        events, people : array_like, shape (a,)
            Events and participants of each arm.
        study, treatment : sequence of str, length a
            Study and treatment of each arm.
        columns : mapping of str to sequence, optional
            Further columns, one value per arm.

        Raises
        ------
        InputError
            If a name is missing, a number is impossible, a treatment stands twice in a study, or
            a study has one arm; every fault is named.

        Examples
        --------
        >>> import metaan as ma
        >>> counts = ma.NetworkCounts.from_arrays(
        ...     [3, 1, 4, 0], [41, 39, 48, 30], study=["Ann", "Ann", "Bo", "Bo"],
        ...     treatment=["usual", "true", "usual", "sham"])
        >>> counts
        Events of 4 arms: 3 treatments in 2 studies
        """
        text = labels_of_rows({"study": study, "treatment": treatment})
        return cls(
            events=np.asarray(events, dtype=np.float64),
            people=np.asarray(people, dtype=np.float64),
            study=tuple(text["study"]),
            treatment=tuple(text["treatment"]),
            columns={} if columns is None else columns,
        )

    def take(self, studies: Iterable[object] | int) -> NetworkCounts:
        """Return some of the studies (labels, or whole numbers), in the order of this record.

        What was left out and remarked on belongs to the whole and does not go along.

        Raises
        ------
        InputError
            If a study is unknown; the nearest name is offered.
        """
        chosen = names_of_studies(studies, self.studies)
        return self._kept([i for i, name in enumerate(self.study) if name in chosen])

    def parts(self) -> tuple[NetworkCounts, ...]:
        """Return the connected parts of the network, the one with most studies first."""
        found = []
        for treatments in self.layout.parts():
            inside = {self.treatments[i] for i in treatments.tolist()}
            found.append(self._kept([i for i, t in enumerate(self.treatment) if t in inside]))
        return tuple(found)

    def largest_part(self) -> NetworkCounts:
        """Return the connected part with most studies; the others are listed in ``left_out``."""
        first, *others = self.parts()
        lost = [
            LeftOut(
                study=name,
                rows=(),
                reason=f"not connected with the network (a part of its own: "
                f"{', '.join(part.treatments)})",
            )
            for part in others
            for name in part.studies
        ]
        return replace(first, left_out=(*self.left_out, *lost), remarks=self.remarks)

    def _kept(self, where: list[int]) -> NetworkCounts:
        """Return some arms, whole studies of them."""
        return NetworkCounts(
            events=self.events[where],
            people=self.people[where],
            study=tuple(self.study[i] for i in where),
            treatment=tuple(self.treatment[i] for i in where),
            rows=tuple(self.rows[i] for i in where),
            columns={n: Column(values).take(where) for n, values in self.columns.items()},
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a DataFrame, one row per arm.

        Returns
        -------
        DataFrame
            study, treatment, events, n; rows (ids of the data); then the further columns, with
            "(given)" behind a name that is taken.
        """
        import pandas as pd

        frame = {
            "study": self.study,
            "treatment": self.treatment,
            "events": self.events,
            "n": self.people,
            ROWS: [" ".join(ids) for ids in self.rows],
        }
        more = {
            f"{name} (given)" if name in frame else name: np.asarray(values)
            for name, values in self.columns.items()
        }
        return pd.DataFrame({**frame, **more})

    def __str__(self) -> str:
        """Return what there is in one line."""
        lost = f", {self.k_left_out} more left out" if self.k_left_out else ""
        return (
            f"Events of {counted(len(self.study), 'arm')}: "
            f"{counted(len(self.treatments), 'treatment')} in "
            f"{counted(self.k, 'study', 'studies')}{lost}"
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        table = self.to_frame()[["study", "treatment", "events", "n", ROWS]]
        return shown(str(self), table, digits=10)
