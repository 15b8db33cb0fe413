"""What goes into a recovery: numbers of one shape, and what was assumed, ready to be recorded."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import ArrayLike, Booleans, Floats
from metaan.core.errors import InputError
from metaan.core.numbers import compact
from metaan.recovery.recovered import Assumption, row_name

LISTED = 6  # so many assumed values are written out; of more, the ends of their range


def together(**given: ArrayLike) -> tuple[Floats, ...]:
    """Return float arrays of one shape, in the order given.

    Parameters
    ----------
    **given : array_like, broadcastable
        Numbers by the name that a message gives them.

    Returns
    -------
    tuple of ndarray
        Broadcast, read-only where numpy says so.

    Raises
    ------
    InputError
        If something is no number, or if the shapes do not fit.

    Examples
    --------
    >>> from metaan.recovery.assumed import together
    >>> together(n=[40, 50], icc=0.02)
    (array([40., 50.]), array([0.02, 0.02]))
    """
    arrays = {name: _numbers(name, value) for name, value in given.items()}
    try:
        return tuple(np.broadcast_arrays(*arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {value.shape}" for name, value in arrays.items())
        raise InputError(
            f"these arrays do not fit together: {shapes}; give one number for all studies or one "
            "for each; for a sweep, write values[:, None]"
        ) from None


def _numbers(name: str, value: ArrayLike) -> Floats:
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(
            f"{name} must be numbers; got {value!r}; write NaN for what is missing"
        ) from None


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
    if numbers.size == 0:
        return Assumption(name=name, value="not given")
    if numbers.size == 1:
        return Assumption(name=name, value=float(numbers[0]))
    if numbers.size <= LISTED:
        return Assumption(name=name, value=", ".join(compact(float(each)) for each in numbers))
    return Assumption(
        name=name, value=f"{compact(float(numbers[0]))} to {compact(float(numbers[-1]))}"
    )


def noted(where: Booleans, sentences: list[str]) -> tuple[str, ...]:
    """Return the sentences, each with its row in front, for the places that are True.

    Parameters
    ----------
    where : ndarray of bool
        Places to be flagged.
    sentences : list of str
        One for each of those places, in their order.

    Returns
    -------
    tuple of str
        Flags.

    Examples
    --------
    >>> import numpy as np
    >>> from metaan.recovery.assumed import noted
    >>> noted(np.array([False, True]), ["no whole count gives 33.4%"])
    ('row 2: no whole count gives 33.4%',)
    """
    places = (tuple(int(i) for i in each) for each in np.argwhere(where))
    return tuple(row_name(place) + text for place, text in zip(places, sentences, strict=True))
