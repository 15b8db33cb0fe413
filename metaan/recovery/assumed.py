"""What was assumed, ready to be recorded."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import ArrayLike
from metaan.core.numbers import compact
from metaan.recovery.recovered import Assumption

LISTED = 6  # so many values are written out; of more, the ends of their range


def assumed(name: str, values: ArrayLike) -> Assumption:
    """Return the record of an assumed number; of several, the text of the values or the range.

    Parameters
    ----------
    name : str
        What it is ("correlation").
    values : array_like
        What was assumed; NaN is passed over.

    Returns
    -------
    Assumption
        Its value is a float if there is one, a text otherwise.

    Examples
    --------
    >>> from metaan.recovery.assumed import assumed
    >>> print(assumed("correlation", 0.5))
    correlation 0.5 (assumed)
    >>> print(assumed("correlation", [0.3, 0.5, 0.7]))
    correlation 0.3, 0.5, 0.7 (assumed)
    """
    numbers = np.unique(np.asarray(values, float))
    numbers = numbers[~np.isnan(numbers)]
    if numbers.size == 1:
        return Assumption(name=name, value=float(numbers[0]))
    return Assumption(name=name, value=listed(values))


def listed(values: ArrayLike, digits: int = 3) -> str:
    """Return the different numbers in words: all of a few, the ends of many; NaN is passed over.

    Examples
    --------
    >>> from metaan.recovery.assumed import listed
    >>> listed([20, 12.5, 20]), listed(range(50)), listed([float("nan")])
    ('12.5, 20', '0 to 49', 'not given')
    """
    numbers = np.unique(np.asarray(values, float))
    numbers = numbers[~np.isnan(numbers)]
    if numbers.size == 0:
        return "not given"
    if numbers.size <= LISTED:
        return ", ".join(compact(float(each), digits) for each in numbers)
    return f"{compact(float(numbers[0]), digits)} to {compact(float(numbers[-1]), digits)}"
