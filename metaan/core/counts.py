"""The other door into the model rooms: events and denominators by study and group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.arrays import Booleans, Column, Floats, FrozenDict, Numbered, frozen
from metaan.core.effects import Effects, LeftOut, chosen_labels
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.core.numbers import counted

if TYPE_CHECKING:
    import pandas as pd

PEOPLE, TIME = "people", "time"
# Keys that the table of measures and the pooling of counts share.
RATE_RATIO, RATE_DIFFERENCE, ROOT_RATE_DIFFERENCE = "IRR", "IRD", "IRSD"
PETO_ODDS_RATIO = "PETO"
OVER: Mapping[str, str] = FrozenDict({PEOPLE: "among people", TIME: "over person-time"})
KINDS: Mapping[str, str] = FrozenDict({PEOPLE: "n", TIME: "time"})  # and its column's name


class EffectsOnDemand(Mapping[str, Effects]):
    """Effects by measure, each made when it is first asked for and kept.

    Parameters
    ----------
    make : callable
        Measure to its effects; a module's function (or a partial of one), so that the mapping
        can be copied and pickled.
    measures : sequence of str
        The keys.
    """

    __slots__ = ("_made", "_make", "_measures")

    def __init__(self, make: Callable[[str], Effects], measures: Sequence[str]) -> None:
        self._make, self._measures = make, tuple(measures)
        self._made: dict[str, Effects] = {}

    def __getitem__(self, measure: str) -> Effects:
        """Return the effects of a measure, or raise ``ChoiceError``."""
        if measure not in self._measures:
            known = dict.fromkeys(self._measures)
            look_up(known, measure, argument="measure", what="a measure of these counts")
        if measure not in self._made:
            self._made[measure] = self._make(measure)
        return self._made[measure]

    def get(self, measure: str, default: Any = None) -> Any:
        """Return the effects of a measure, or the default where there are none of it."""
        if measure not in self._measures:
            return default
        return self[measure]

    def __iter__(self) -> Iterator[str]:
        """Return the measures, one by one."""
        return iter(self._measures)

    def __len__(self) -> int:
        """Return the number of measures."""
        return len(self._measures)

    def __contains__(self, measure: object) -> bool:
        """Return True if there are effects of a measure, without making them."""
        return measure in self._measures

    def __repr__(self) -> str:
        """Return the measures."""
        return f"effects of {', '.join(self._measures)}"

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how a copy is made."""
        return EffectsOnDemand, (self._make, self._measures)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counts:
    """Events of k studies in one or two groups.

    Attributes
    ----------
    events, denominators : ndarray, shape (k, g)
        Events, and people or person-time; g = 2 groups (treatment, control) or 1. Read-only.
    kind : str
        "people" (events <= denominators) or "time".
    study : sequence of str
        Study labels, one each.
    treatment, control : str
        Labels of the two sides; may be empty.
    effects : mapping of str to Effects
        For each measure that these counts allow (OR, RR, RD; IRR; proportions; rates): the
        studies' own effects, for weights, tables, figures and for ``pool``, which is the
        inverse-variance method. May lack studies that have none.
    rows : tuple of tuple of str
        Row ids behind each study.
    columns : mapping of str to Column
        Further columns, one value per study (moderators).
    left_out : tuple of LeftOut
        What did not enter, and why.
    remarks : tuple of str
        What was done on the way.

    See Also
    --------
    metaan.counts : counts from tables and contrasts.
    """

    events: Floats
    denominators: Floats
    kind: str
    study: Sequence[str]
    treatment: str = ""
    control: str = ""
    effects: Mapping[str, Effects] = field(default_factory=FrozenDict)
    rows: tuple[tuple[str, ...], ...] = ()
    columns: Mapping[str, Sequence[Any]] = field(default_factory=FrozenDict)
    left_out: tuple[LeftOut, ...] = ()
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays, and check shapes and numbers."""
        object.__setattr__(self, "events", frozen(self.events))
        object.__setattr__(self, "denominators", frozen(self.denominators))
        if not isinstance(self.study, Numbered):
            object.__setattr__(self, "study", tuple(self.study))
        columns = {name: Column(values) for name, values in self.columns.items()}
        object.__setattr__(self, "columns", FrozenDict(columns))
        if not isinstance(self.effects, EffectsOnDemand):
            object.__setattr__(self, "effects", FrozenDict(self.effects))
        if not self.rows:
            object.__setattr__(self, "rows", ((),) * len(self.study))
        look_up(KINDS, self.kind, argument="kind", what="a kind of denominator")
        self._check_shapes()
        self._check_numbers()

    def __setstate__(self, state: Sequence[Any]) -> None:
        """Restore a copied or pickled record, and freeze its arrays again."""
        for each, value in zip(fields(self), state, strict=True):
            object.__setattr__(self, each.name, value)
        self.events.flags.writeable = self.denominators.flags.writeable = False

    def _check_shapes(self) -> None:
        if self.events.ndim != 2 or self.events.shape != self.denominators.shape:
            raise InputError(
                "events and denominators must have the shape (studies, groups); got "
                f"{self.events.shape} and {self.denominators.shape}"
            )
        if self.events.shape[1] not in (1, 2) or len(self.study) != len(self.events):
            raise InputError(
                f"counts have one or two groups and a label for each study; got shape "
                f"{self.events.shape} and {len(self.study)} labels"
            )
        sizes = {"rows": len(self.rows), **{n: len(values) for n, values in self.columns.items()}}
        wrong = [f"{name} has {size}" for name, size in sizes.items() if size != self.k]
        if wrong:
            raise InputError(f"counts of {self.k} studies, but {', '.join(wrong)}")

    def _check_numbers(self) -> None:
        events, whole = self.events, self.denominators
        name = KINDS[self.kind]
        rules = [
            (~(np.isfinite(events) & (events >= 0)), "events must be finite and at least 0"),
            (~(np.isfinite(whole) & (whole > 0)), f"{name} must be finite and greater than 0"),
        ]
        if self.kind == PEOPLE:
            rules.append((events > whole, f"events must not exceed {name}"))
        faults = [
            f"{self.study[i]}: {rule}; got {events[i, j]:g} of {whole[i, j]:g}"
            for where, rule in rules
            for i, j in np.argwhere(where).tolist()
        ]
        if faults:
            raise InputError("; ".join(faults))

    @property
    def k(self) -> int:
        """Number of studies."""
        return len(self.study)

    @property
    def groups(self) -> int:
        """Number of groups, 1 or 2."""
        return int(self.events.shape[1])

    @property
    def k_left_out(self) -> int:
        """Number of studies of which nothing entered."""
        return len({item.study for item in self.left_out} - set(self.study))

    @property
    def no_events(self) -> Booleans:
        """Studies without events in all their groups, shape (k,)."""
        return np.asarray((self.events == 0).all(axis=1))

    @property
    def all_events(self) -> Booleans:
        """Studies in which everybody had the event, shape (k,); none if counted over time."""
        if self.kind == TIME:
            return np.zeros(self.k, dtype=bool)
        return np.asarray((self.events == self.denominators).all(axis=1))

    def take(self, where: Any) -> Counts:
        """Return the counts at these positions, or where a mask is true, in that order.

        What was left out and remarked on belongs to the whole and does not go along.
        """
        try:
            chosen = np.arange(self.k)[where]
        except (IndexError, TypeError, ValueError) as error:
            raise InputError(f"no such studies among {self.k}: {error}") from error
        labels = chosen_labels(self.study, chosen)
        return replace(
            self,
            events=self.events[chosen],
            denominators=self.denominators[chosen],
            study=labels,
            effects=EffectsOnDemand(_Chosen(self.effects, tuple(labels)), tuple(self.effects)),
            rows=tuple(self.rows[i] for i in chosen),
            columns={name: Column(v).take(chosen) for name, v in self.columns.items()},
            left_out=(),
            remarks=(),
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row per study: its label, counts and further columns.

        Returns
        -------
        DataFrame
            study; events1, n1, events2, n2 (or time; without a number for one group); rows
            (ids of the data); then the further columns, with "(given)" behind a name that is
            taken.
        """
        import pandas as pd

        frame: dict[str, Any] = {"study": tuple(self.study)}
        for j in range(self.groups):
            number = str(j + 1) if self.groups > 1 else ""
            frame[f"events{number}"] = self.events[:, j]
            frame[f"{KINDS[self.kind]}{number}"] = self.denominators[:, j]
        frame["rows"] = [" ".join(ids) for ids in self.rows]
        more = {
            f"{name} (given)" if name in frame else name: np.asarray(values)
            for name, values in self.columns.items()
        }
        return pd.DataFrame({**frame, **more})

    def __str__(self) -> str:
        """Return what there is in one line."""
        lost = f", {self.k_left_out} more left out" if self.k_left_out else ""
        groups = "one group" if self.groups == 1 else "two groups"
        return f"Events {OVER[self.kind]} in {groups}: {counted(self.k, 'study', 'studies')}{lost}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        table = self.to_frame().iloc[:, : 2 * self.groups + 2]
        return f"<p>{escape(str(self))}</p>" + table.to_html(
            index=False, na_rep="", float_format="{:.10g}".format
        )


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The effects of some studies of a whole."""

    effects: Mapping[str, Effects]
    study: tuple[str, ...]

    def __call__(self, measure: str) -> Effects:
        """Return the effects of a measure, in the order of the chosen studies."""
        whole = self.effects[measure]
        place = {label: i for i, label in enumerate(whole.study)}
        return whole.take([place[label] for label in self.study if label in place])
