"""Columns of a table as readers see them: their heads, and short numbers that line up."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from metaan.core.numbers import LONGEST_PLAIN, compact, fixed, p_text

# Words of column names that have a spelling of their own.
WORDS = {
    "i2": "I²",
    "h2": "H²",
    "tau2": "tau²",
    "q": "Q",
    "p": "p",
    "se": "SE",
    "doi": "DOI",
    "sd1": "SD1",
    "sd2": "SD2",
    "n1": "n1",
    "n2": "n2",
    "k": "k",
    "n": "n",
    "df": "df",
    "cook": "Cook's distance",
    "dffits": "DFFITS",
    "dfbetas": "DFBETAS",
    "sucra": "SUCRA",
}
P_VALUES = ("p_value", "p_detached", "p_adjusted")
EMPTY, YES, NO = "", "yes", "no"
LOW, HIGH = "low", "high"
LIMIT = re.compile(rf"(.*_)?{LOW}$")
UNKNOWN = "…"
DECIMALS, MOST_DECIMALS = 2, 4
FEWEST_DIGITS, MOST_DIGITS = 2, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    name, head : str
        As in the data; as for readers.
    values : tuple of object
        Cell by cell: None (empty), bool, int, float (finite or infinite) or str.
    numeric : bool
        Whether it holds numbers, or intervals of numbers, and nothing else.
    p_values : bool
        Whether these are p values.
    decimals : int
        With which its numbers are shown; 0 for whole numbers.
    """

    name: str
    head: str
    values: tuple[object, ...]
    numeric: bool
    p_values: bool
    decimals: int

    @property
    def empty(self) -> bool:
        """Whether no cell holds anything."""
        return all(value is None or value == EMPTY for value in self.values)

    def texts(self) -> tuple[str, ...]:
        """Return the cells as short texts."""
        return tuple(self.text(value) for value in self.values)

    def text(self, value: object) -> str:
        """Return one of its cells as a short text."""
        if value is None:
            return EMPTY
        if isinstance(value, bool):
            return YES if value else NO
        if not isinstance(value, int | float):
            return str(value)
        if self.p_values:
            return p_text(value).removeprefix("p ").removeprefix("= ")
        return shown(value, self.decimals)


def shown(value: float, decimals: int) -> str:
    """Return a number with some decimals: fewer beyond four digits, more to leave two of them.

    Examples
    --------
    >>> shown(-10.206, 2), shown(1098.41, 2), shown(0.00132, 2), shown(0.0, 2), shown(12.0, 0)
    ('−10.21', '1098', '0.0013', '0', '12')
    """
    size = abs(value)
    if value == 0:
        return "0"
    if not math.isfinite(value) or (size < LONGEST_PLAIN and decimals == 0):
        return fixed(value, 0)
    if size >= LONGEST_PLAIN or size < 10.0 ** (FEWEST_DIGITS - 1 - decimals):
        return compact(value, FEWEST_DIGITS if size < 1 else MOST_DIGITS)
    beyond = MOST_DIGITS - 1 - math.floor(math.log10(size))
    return fixed(value, min(decimals, max(0, beyond)))


def columns_of(frame: pd.DataFrame) -> tuple[Column, ...]:
    """Return the columns of a table, in order; columns without a name bear an empty one."""
    return tuple(
        _column(str(name), [_plain(value) for value in frame.iloc[:, i].tolist()])
        for i, name in enumerate(frame.columns)
    )


def for_readers(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Return the columns that hold anything, the limits of an interval as one column.

    Of a table without rows these are all columns.
    """
    there = [column for column in columns if not column.empty or not column.values]
    numbers = {column.name: column for column in there if column.numeric}
    pairs = {name: f"{name[: -len(LOW)]}{HIGH}" for name in numbers if LIMIT.match(name)}
    pairs = {low: high for low, high in pairs.items() if high in numbers}
    return tuple(
        _interval(column, numbers[pairs[column.name]]) if column.name in pairs else column
        for column in there
        if column.name not in pairs.values()
    )


def head_of(name: str) -> str:
    """Return the head of a column for readers.

    Examples
    --------
    >>> head_of("se_analysis_scale"), head_of("tau2"), head_of("Usual care"), head_of("q_p_value")
    ('SE analysis scale', 'tau²', 'Usual care', 'Q p value')
    """
    words = [WORDS.get(word, word) for word in name.split("_")] if name.islower() else [name]
    text = " ".join(words)
    plain = words[0] not in WORDS.values()
    return text[:1].upper() + text[1:] if plain else text


def _interval(low: Column, high: Column) -> Column:
    """Return two columns of limits as one of short texts."""
    decimals = _decimals(
        [value for each in (low, high) for value in each.values if isinstance(value, int | float)]
    )
    texts = [
        [
            UNKNOWN if value is None else replace(each, decimals=decimals).text(value)
            for value in each.values
        ]
        for each in (low, high)
    ]
    return replace(
        low,
        name=f"{low.name}_to_{HIGH}",
        head=head_of(f"{low.name}_to_{HIGH}"),
        values=tuple(
            None if one == other == UNKNOWN else f"{one} to {other}"
            for one, other in zip(*texts, strict=True)
        ),
    )


def _column(name: str, values: list[object]) -> Column:
    there = [value for value in values if value is not None]
    numbers = [float(v) for v in there if isinstance(v, int | float) and not isinstance(v, bool)]
    numeric = bool(there) and len(numbers) == len(there)
    return Column(
        name=name,
        head=head_of(name),
        values=tuple(values),
        numeric=numeric,
        p_values=numeric and name.endswith(P_VALUES),
        decimals=_decimals(numbers),
    )


def _decimals(numbers: Sequence[float]) -> int:
    """Return 0 for whole numbers, else what shows their middle one with two digits or more."""
    known = [abs(number) for number in numbers if math.isfinite(number)]
    if all(number.is_integer() for number in known):
        return 0
    middle = statistics.median([number for number in known if number > 0])
    order = math.floor(math.log10(middle))
    return min(DECIMALS if order >= -1 else 1 - order, MOST_DECIMALS)


def _plain(value: object) -> object:
    """Return a cell as Python's own kind; None for what is missing."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return None if math.isnan(value) else value
    return None if value is None or value is pd.NA or value is pd.NaT else str(value)
