"""Numbers of a table as texts: decimals that line up, and nothing a calculator prints."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from numbers import Real

from metaan.core.numbers import MINUS, fixed, p_text

P_VALUES = ("p_value", "p_detached", "p_adjusted")
# An estimate and its limits are read against each other.
TOGETHER = ("estimate", "low", "high", "prediction_low", "prediction_high")
DIGITS, MOST_DECIMALS = 3, 4
LEAST = 1e-4
LONGEST = 1e15  # beyond, digits are no longer what was computed
RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def numeric(values: Sequence[object]) -> bool:
    """Return whether a column holds numbers and nothing else.

    Examples
    --------
    >>> numeric([1, None, 2.5]), numeric([True]), numeric(["1"]), numeric([None])
    (True, False, False, False)
    """
    there = [value for value in values if not missing(value)]
    return bool(there) and all(isinstance(v, Real) and not isinstance(v, bool) for v in there)


def missing(value: object) -> bool:
    """Return whether a cell is empty.

    Examples
    --------
    >>> missing(None), missing(float("nan")), missing(""), missing(0)
    (True, True, True, False)
    """
    return value is None or value == "" or value != value


def decimals(columns: Mapping[str, Sequence[object]]) -> dict[str, int]:
    """Return with how many decimals the numbers of each column are written.

    None for whole numbers; else so many that the middle one has three digits, four decimals at
    most. An estimate and its limits share theirs.

    Examples
    --------
    >>> decimals({"n": [13598.0, 20], "se": [0.0452, 0.31, 2], "tau2": [None, 26.63]})
    {'n': 0, 'se': 3, 'tau2': 1}
    """
    shared = [v for name in TOGETHER for v in columns.get(name, ())]
    return {
        name: _decimals(shared if name in TOGETHER else values) for name, values in columns.items()
    }


def _decimals(values: Sequence[object]) -> int:
    known = [abs(float(v)) for v in values if isinstance(v, Real) and math.isfinite(v)]
    if all(number.is_integer() for number in known):
        return 0
    order = math.floor(math.log10(statistics.median(number for number in known if number > 0)))
    return min(max(DIGITS - 1 - order, 1), MOST_DECIMALS)


def written(name: str, value: float, places: int) -> str:
    """Return a number of a column.

    Parameters
    ----------
    name : str
        Of the column; p values are written as in texts.
    value : float
        Finite or infinite.
    places : int
        Decimals of the column. What they would show as 0 gets two digits, and beyond four zeros
        its power of ten.

    Examples
    --------
    >>> written("n1", 88391.0, 0), written("q_p_value", 7e-27, 4), written("p_value", 0.0386, 4)
    ('88391', '< 0.001', '0.039')
    >>> written("cook", 1.016, 4), written("cook", 0.000021, 4), written("overall", 0.0, 4)
    ('1.0160', '2.1×10⁻⁵', '0.0000')
    >>> written("tau2", 0.00123, 1)
    '0.0012'
    """
    if name.endswith(P_VALUES):
        return p_text(value).removeprefix("p ").removeprefix("= ")
    size = abs(value)
    if not math.isfinite(value) or value == 0 or 10.0**-places <= size < LONGEST:
        return fixed(value, places)
    if LEAST <= size < 1:
        return fixed(value, 1 - math.floor(math.log10(size)))
    return _power_of_ten(value)


def _power_of_ten(value: float) -> str:
    digits, _, power = f"{value:.1e}".partition("e")
    return f"{digits.replace('-', MINUS)}×10{str(int(power)).translate(RAISED)}"
