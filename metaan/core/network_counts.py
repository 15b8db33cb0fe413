"""The other door into the networks: events and people of every arm of every study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from metaan.core.arrays import Column, Floats, FrozenDict, frozen
from metaan.core.effects import LeftOut


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkCounts:
    """Events in the arms of k studies of a network.

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

    def __post_init__(self) -> None:
        """Freeze the arrays and the columns."""
        object.__setattr__(self, "events", frozen(self.events))
        object.__setattr__(self, "people", frozen(self.people))
        columns = {name: Column(values) for name, values in self.columns.items()}
        object.__setattr__(self, "columns", FrozenDict(columns))
        if not self.rows:
            object.__setattr__(self, "rows", ((),) * len(self.study))

    def __setstate__(self, state: Sequence[Any]) -> None:
        """Restore a copied or pickled record, and freeze its arrays again."""
        for each, value in zip(fields(self), state, strict=True):
            object.__setattr__(self, each.name, value)
        self.events.flags.writeable = self.people.flags.writeable = False
