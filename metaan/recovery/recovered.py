"""Numbers recovered from what a paper prints instead, with how and on what assumptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.arrays import Floats, FrozenDict, frozen
from metaan.core.lookup import look_up
from metaan.core.numbers import compact, counted
from metaan.recovery.faults import row_name

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Something that concerns single rows.

    Attributes
    ----------
    text : str
        What is to be said, without the rows.
    rows : tuple of int
        Positions from 0; of columns with several axes, in the order in which ``to_frame`` has
        them.
    """

    text: str
    rows: tuple[int, ...]


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
    parts : tuple of Part
        What was done and assumed for some rows only.
    flagged : tuple of Part
        What to look at, row by row.

    Notes
    -----
    To print it with names for rows: what ``general`` says holds for every row, and ``notes`` are
    pairs of a text and the rows that it concerns. ``remarks`` are both, with rows from 1.

    Examples
    --------
    >>> import metaan as ma
    >>> found = ma.Recovered(columns={"sd": [2.0, 4.0]}, method="SD from the standard error",
    ...                      source="Cochrane Handbook 6.5.2.2")
    >>> found
    Recovered sd of 2 studies: SD from the standard error
    >>> found["sd"]
    array([2., 4.])
    """

    columns: Mapping[str, Floats]
    method: str
    source: str
    assumptions: tuple[Assumption, ...] = ()
    parts: tuple[Part, ...] = ()
    flagged: tuple[Part, ...] = ()

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
    def shape(self) -> tuple[int, ...]:
        """The shape of each column."""
        return next((values.shape for values in self.columns.values()), ())

    @property
    def general(self) -> tuple[str, ...]:
        """What concerns every row: the method and what was assumed, each ready to print."""
        return (self.method, *(str(each) for each in self.assumptions))

    @property
    def notes(self) -> tuple[Part, ...]:
        """What concerns single rows: how they came about, and what to look at."""
        return self.parts + self.flagged

    @property
    def flags(self) -> tuple[str, ...]:
        """What to look at, ready to print; rows count from 1, as in the faults of a table."""
        return tuple(self._named(each) for each in self.flagged)

    @property
    def remarks(self) -> tuple[str, ...]:
        """Everything there is to say, each ready to print; rows count from 1."""
        return (*self.general, *(self._named(each) for each in self.notes))

    def _named(self, part: Part) -> str:
        shape = self.shape
        if not shape:
            return part.text
        axes = [axis.tolist() for axis in np.unravel_index(part.rows, shape)]
        return row_name(*zip(*axes, strict=True)) + part.text

    def to_frame(self) -> pd.DataFrame:
        """Return a DataFrame, one row per study (more axes are read one after the other)."""
        import pandas as pd

        return pd.DataFrame({name: np.ravel(v) for name, v in self.columns.items()})

    def __str__(self) -> str:
        """Return what there is in one line."""
        size = int(np.prod(self.shape)) if self.columns else 0
        notes = [str(each) for each in self.assumptions]
        notes += [counted(len(self.flagged), "flag")] if self.flagged else []
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
