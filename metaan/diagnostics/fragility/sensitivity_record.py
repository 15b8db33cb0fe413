"""A pool over the range of one assumption, printing itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.arrays import Floats, Integers, frozen
from metaan.core.fit import PooledFit
from metaan.core.numbers import compact, fixed, listed
from metaan.core.text_table import aligned, at_the_point
from metaan.core.wording import grid, in_sentence, percent, text_of
from metaan.diagnostics.fragility.conclusion import Conclusion

if TYPE_CHECKING:
    import pandas as pd

ROWS_SHOWN = 21
DECIMALS, MOST_DECIMALS = 3, 6
STILL = 1e-12  # of the standard error: no change


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Where along an assumption the conclusion becomes another.

    Attributes
    ----------
    at : float
        Value of the assumption, to the precision of numbers; one of the values tried, with
        ``before`` as its own conclusion, where every greater one gives another.
    before, after : int
        Sides below and above it: 1 above the value compared with, -1 below it, 0 includes it.
    """

    at: float
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sensitivity:
    """The pool at each value of one assumption, all else as it is.

    Arrays have the shape (n,), numbers are on the analysis scale.

    Attributes
    ----------
    fit : PooledFit
        The pool whose model was used.
    conclusion : Conclusion
        What that pool concludes.
    name : str
        The assumption.
    values : ndarray
        Its values, rising.
    value, se, low, high : ndarray
        The pool.
    tau2 : ndarray
        Between-study variance.
    k : ndarray of int
        Studies.
    side : ndarray of int
        Conclusion at each value: 1, -1 or 0.
    turns : tuple of Turn
        Where it becomes another between these values.
    remarks : tuple of str
        What a careful reader should know.
    """

    fit: PooledFit
    conclusion: Conclusion
    name: str
    values: Floats
    value: Floats
    se: Floats
    low: Floats
    high: Floats
    tau2: Floats
    k: Integers
    side: Integers
    turns: tuple[Turn, ...]
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("values", "value", "se", "low", "high", "tau2"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        for name in ("k", "side"):
            whole = np.array(getattr(self, name), dtype=np.int64)
            whole.flags.writeable = False
            object.__setattr__(self, name, whole)

    @property
    def stands(self) -> bool:
        """Whether every value gives the same conclusion."""
        return bool((self.side == self.side[0]).all()) and not self.turns

    def summary(self) -> str:
        """Return the pools as a table, and what they say."""
        lines = [*aligned(_table(self)), *_notes(self)]
        return "\n".join([_title(self), *(f"  {line}" for line in lines)])

    def sentence(self) -> str:
        """Return what the assumption does to the result, as a paragraph."""
        return text_of(_told(self))

    @property
    def references(self) -> tuple[str, ...]:
        """References of the method: none, repeating an analysis needs no paper."""
        return ()

    def to_frame(self) -> pd.DataFrame:
        """Return one row per value of the assumption.

        Returns
        -------
        DataFrame
            the assumption (by its name), k, estimate, low, high (reading scale), se (analysis
            scale), tau2, side.
        """
        import pandas as pd

        read = self.conclusion.scale.inverse
        with np.errstate(over="ignore"):
            columns: dict[str, Any] = {
                self.name: self.values,
                "k": self.k,
                "estimate": read(self.value),
                "low": read(self.low),
                "high": read(self.high),
            }
        return pd.DataFrame({**columns, "se": self.se, "tau2": self.tau2, "side": self.side})

    def __len__(self) -> int:
        """Return the number of values."""
        return len(self.values)

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(_title(self), _table(self), _notes(self))


def _title(found: Sensitivity) -> str:
    label = in_sentence(found.conclusion.label)
    return f"Pooled {label} for {len(found)} values of {found.name}"


def _table(found: Sensitivity) -> list[list[str]]:
    read, level = found.conclusion.scale.inverse, percent(found.conclusion.level)
    shown = np.arange(len(found))
    if len(found) > ROWS_SHOWN:
        shown = np.unique(np.linspace(0, len(found) - 1, ROWS_SHOWN).round().astype(int))
    rows, told = [], _written(found)
    with np.errstate(over="ignore"):
        for i in shown.tolist():
            value, low, high = (float(read(x[i])) for x in (found.value, found.low, found.high))
            limits = f"({told(low)}, {told(high)})"
            cells = [compact(float(found.values[i])), str(int(found.k[i])), told(value)]
            rows.append([*cells, limits, compact(float(found.tau2[i]))])
    for row, cell in zip(rows, at_the_point([row[2] for row in rows]), strict=True):
        row[2] = cell
    return [[found.name, "k", "estimate", f"{level} CI", "tau²"], *rows]


def _notes(found: Sensitivity) -> list[str]:
    hidden = len(found) - ROWS_SHOWN
    told = [f"{hidden} rows in between are in .to_frame()"] if hidden > 0 else []
    told += [text_of([each]) for each in _told(found)]
    return [*told, *(f"note: {remark}" for remark in found.remarks)]


def _told(found: Sensitivity) -> list[str]:
    own = found.conclusion
    first, last = compact(float(found.values[0])), compact(float(found.values[-1]))
    read = own.scale.inverse(found.value)
    low, high = (_written(found)(float(each)) for each in (np.min(read), np.max(read)))
    moved = f"ranged from {low} to {high}"
    if float(np.ptp(found.value)) <= STILL * float(np.min(found.se)):
        moved = f"did not change ({low})"
    range_told = f"With {found.name} varied from {first} to {last}"
    told = [f"{range_told}, the pooled {in_sentence(own.label)} {moved}"]
    if not found.turns:
        return [*told, f"{own.words(int(found.side[0]))} throughout"]
    places = [f"{_place(found, turn)} {own.words(turn.after)}" for turn in found.turns]
    start = own.words(found.turns[0].before)
    return [*told, f"The conclusion depends on it: at {first} {start}; {listed(places)}"]


def _place(found: Sensitivity, turn: Turn) -> str:
    own = (found.values == turn.at) & (found.side == turn.before)
    return f"above {compact(turn.at)}" if own.any() else f"from {compact(turn.at)} on"


def _written(found: Sensitivity) -> Callable[[float], str]:
    """Return how effects are written, in table and sentence alike.

    Three decimals, fewer for large numbers, and more where the least and the greatest estimate
    would read the same.
    """
    with np.errstate(over="ignore"):
        read = found.conclusion.scale.inverse(found.value)
    low, high = float(np.min(read)), float(np.max(read))
    top = max(abs(low), abs(high))
    if not 10**-DECIMALS <= top < np.inf:
        return compact
    first = DECIMALS - min(DECIMALS, max(0, int(np.log10(top)) - 1))
    moved = float(np.ptp(found.value)) > STILL * float(np.min(found.se))
    apart = (d for d in range(first, MOST_DECIMALS) if fixed(low, d) != fixed(high, d))
    digits = next(apart, MOST_DECIMALS) if moved else first
    return lambda value: fixed(value, digits)
