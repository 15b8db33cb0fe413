"""Numbers recovered from what a paper prints instead, with how and on what assumptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.arrays import ArrayLike, Booleans, Floats, FrozenDict, frozen
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.core.numbers import compact, counted

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """Something that no paper printed and that a recovered number rests on, for every study.

    Attributes
    ----------
    name : str
        What it is ("correlation", "distribution").
    value : float or str
        What was assumed.
    """

    name: str
    value: float | str

    def __str__(self) -> str:
        """Return ``correlation 0.5 (assumed)``."""
        value = self.value if isinstance(self.value, str) else compact(float(self.value))
        return f"{self.name} {value} (assumed)"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recovered(Mapping[str, Floats]):
    """Columns that were recovered, by name; ``frame.assign(**recovered)`` takes them as they are.

    Attributes
    ----------
    columns : mapping of str to ndarray
        Read-only float64 arrays, one shape for all. Names carry 1 or 2 only where there are two
        groups ("mean", "sd", "y", "events1"). (Not "values": a mapping has a method of that name.)
    method : str
        What was done, one clause, ready to print.
    source : str
        Citation with DOI.
    assumptions : tuple of Assumption
        What was assumed, for every study alike.
    flags : tuple of str
        What to look at, study by study; rows count from 1, as in the
        faults of a table.

    Examples
    --------
    >>> from metaan.recovery.recovered import Recovered
    >>> found = Recovered(columns={"sd": [2.0, 4.0]}, method="SD from the standard error",
    ...                   source="Cochrane Handbook 6.5.2.2")
    >>> found
    Recovered sd of 2 studies: SD from the standard error
    >>> found["sd"]
    array([2., 4.])
    """

    columns: Mapping[str, Floats]
    method: str
    source: str
    assumptions: tuple[Assumption, ...] = ()
    flags: tuple[str, ...] = ()

    __hash__ = object.__hash__

    def __post_init__(self) -> None:
        """Freeze the arrays, in one shape."""
        arrays = np.broadcast_arrays(*(np.asarray(v, float) for v in self.columns.values()))
        columns = {name: frozen(v) for name, v in zip(self.columns, arrays, strict=True)}
        object.__setattr__(self, "columns", FrozenDict(columns))

    def __eq__(self, other: object) -> bool:
        """Return whether it is the same record: arrays have no one truth."""
        return self is other

    def __getitem__(self, name: str) -> Floats:
        """Return the column of that name; an unknown name is a ChoiceError."""
        return look_up(self.columns, name, argument="name", what="a recovered column")

    def __contains__(self, name: object) -> bool:
        """Return whether there is such a column."""
        return name in self.columns

    def get(self, name: str, default: Any = None) -> Any:
        """Return the column of that name, or the default."""
        return self.columns.get(name, default)

    def __iter__(self) -> Iterator[str]:
        """Return the names of the columns."""
        return iter(self.columns)

    def __len__(self) -> int:
        """Return how many columns there are."""
        return len(self.columns)

    @property
    def remarks(self) -> tuple[str, ...]:
        """The method, what was assumed and what to look at, each ready to print."""
        return (self.method, *(str(each) for each in self.assumptions), *self.flags)

    def to_frame(self) -> pd.DataFrame:
        """Return a DataFrame, one row per study (more axes are read one after the other)."""
        import pandas as pd

        return pd.DataFrame({name: np.ravel(v) for name, v in self.columns.items()})

    def __str__(self) -> str:
        """Return what there is in one line."""
        size = next((v.size for v in self.columns.values()), 0)
        notes = [str(each) for each in self.assumptions]
        notes += [counted(len(self.flags), "flag")] if self.flags else []
        return (
            f"Recovered {', '.join(self.columns)} of {counted(size, 'study', 'studies')}: "
            + "; ".join([self.method, *notes])
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows, and under it what was done."""
        table = self.to_frame().to_html(na_rep="", float_format="{:.4g}".format)
        notes = "".join(f"<li>{escape(each)}</li>" for each in (*self.remarks, self.source))
        return f"{table}<ul>{notes}</ul>"


def faults(bad: Booleans, given: Mapping[str, ArrayLike], *, rule: str, remedy: str) -> list[str]:
    """Return one sentence for each study that breaks a rule: where, what, the rule, what to do.

    Parameters
    ----------
    bad : ndarray of bool
        True where the rule is broken.
    given : mapping of str to array_like
        The numbers that break it, by name; they broadcast with ``bad``.
    rule, remedy : str
        The rule, and what to do; clauses.

    Returns
    -------
    list of str
        Empty if none is broken.

    Examples
    --------
    >>> import numpy as np
    >>> from metaan.recovery.recovered import faults
    >>> faults(np.array([False, True]), {"se": [1.0, -2.0]}, rule="se must not be negative",
    ...        remedy="look for a misread sign")
    ['row 2: se must not be negative; got se −2; look for a misread sign']
    """
    shape = np.shape(bad)
    columns = {name: np.broadcast_to(np.asarray(v, float), shape) for name, v in given.items()}
    return [
        f"{row_name(place)}{rule}; got "
        + ", ".join(f"{name} {compact(float(v[place]), 6)}" for name, v in columns.items())
        + f"; {remedy}"
        for place in (tuple(int(i) for i in each) for each in np.argwhere(bad))
    ]


def row_name(place: tuple[int, ...]) -> str:
    """Return ``row 4: `` for the third study of an array; nothing for a single number."""
    if not place:
        return ""
    counted_from_1 = tuple(i + 1 for i in place)
    return f"row {counted_from_1[0] if len(place) == 1 else counted_from_1}: "


def refuse(*found: list[str]) -> None:
    """Raise one InputError with every fault of every list; return if there is none."""
    every = [fault for each in found for fault in each]
    if every:
        raise InputError(". ".join(every) + ".")
