"""How precisely a printed number is known: the decimals it was printed with."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import ArrayLike, Floats
from metaan.core.errors import InputError

MOST = 12  # a number with more decimals was computed, not printed
HAIR = 1e-9  # binary fractions of a tie


def decimals(*printed: ArrayLike) -> Floats:
    """Return how many decimals these numbers need, the most of those that stand side by side.

    Parameters
    ----------
    *printed : array_like, broadcastable
        Numbers; their trailing zeros are lost, so that those printed together (an estimate and
        its limits) are asked together.

    Returns
    -------
    ndarray
        0 to 12; NaN counts as none.

    Examples
    --------
    >>> from metaan.recovery.digits import decimals
    >>> decimals([1.5, 0.7], [1.1, 0.4], [2.05, 0.9])
    array([2., 1.])
    """
    arrays = np.broadcast_arrays(*(np.asarray(each, float) for each in printed))
    most = np.zeros(arrays[0].shape)
    for x in arrays:
        needed = np.zeros(x.shape)
        for d in range(MOST):
            # the last decimals of a large number are those of its binary fraction
            inexact = ~(np.abs(np.round(x, d) - x) <= 1e-9 * 10.0**-d + 4 * np.spacing(np.abs(x)))
            needed = np.where(inexact & ~np.isnan(x), d + 1, needed)
        most = np.maximum(most, needed)
    return most


def half_unit(digits: ArrayLike | None, *printed: ArrayLike) -> Floats:
    """Return half a unit of the last printed decimal: what rounding may have taken or added.

    Parameters
    ----------
    digits : array_like of int or None
        Decimals (negative for tens, hundreds); None: as many as the numbers need.
    *printed : array_like, broadcastable
        The numbers.

    Returns
    -------
    ndarray
        ``10 ** -digits / 2``.

    Raises
    ------
    InputError
        If digits are not whole numbers.

    Examples
    --------
    >>> from metaan.recovery.digits import half_unit
    >>> half_unit(None, [0.25, 3.0]), half_unit(2, 3.0)
    (array([0.005, 0.5  ]), array(0.005))
    """
    if digits is None:
        return np.asarray(0.5 * 10.0 ** -decimals(*printed))
    given = np.asarray(digits, float)
    if not np.all(given == np.round(given)):
        raise InputError(f"digits={digits!r} must be whole numbers of decimals, e.g. 2")
    return np.asarray(0.5 * 10.0**-given)
