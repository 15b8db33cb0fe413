"""What a caller asks of the effect axis: its ends, its ticks, the band of what is unimportant.

Numbers are asked for on the reading scale; each rule names the number that breaks it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from metaan.core.errors import InputError
from metaan.core.numbers import compact
from metaan.core.scale import Scale

Ends: TypeAlias = tuple[float, float]
NO_BAND: Ends = (math.nan, math.nan)
SIGNIFICANT = 6  # digits of a tick that a caller asks for


def asked_ends(given: object, scale: Scale) -> Ends:
    """Return the ends of an axis on the analysis scale.

    Raises
    ------
    InputError
        If they are not two numbers in order that have a place on the scale.
    """
    low, high = _pair(given, "axis", scale)
    return low, high


def asked_ticks(given: object, scale: Scale) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Return positions (analysis scale) and labels of the ticks, from left to right.

    Raises
    ------
    InputError
        If there is none, one stands twice or one has no place on the scale.
    """
    read = sorted(_numbers(given, "ticks"))
    if not read or len(set(read)) < len(read):
        raise InputError(f"ticks must be one or more different numbers; got {given!r}")
    places = tuple(_placed(value, "ticks", scale) for value in read)
    return places, tuple(compact(value, SIGNIFICANT) for value in read)


def asked_band(given: object, scale: Scale) -> Ends:
    """Return the effects that are too small to matter, analysis scale.

    Parameters
    ----------
    given : float or (float, float)
        Minimal important difference: the band reaches as far to the other side of no effect (on
        a ratio's scale 0.8 is as far as 1.25). Or the two ends of the band.
    scale : Scale
        How effects are read.

    Raises
    ------
    InputError
        If a number has no place on the scale, is no effect itself, the two are not in order, or
        one number is given where nothing means "no effect".
    """
    if not isinstance(given, int | float | np.number):
        return _pair(given, "important", scale)
    if not scale.has_null:
        raise InputError(
            f"important={given!r}: nothing means no effect here, so that one number makes no "
            "band; give its two ends"
        )
    reach = abs(_placed(float(given), "important", scale) - scale.null)
    if reach == 0:
        raise InputError(f"important={given!r} is no effect itself; give one that matters")
    return scale.null - reach, scale.null + reach


def _pair(given: object, name: str, scale: Scale) -> Ends:
    """Return two numbers in order, analysis scale."""
    numbers = _numbers(given, name)
    if len(numbers) != 2 or not numbers[0] < numbers[1]:
        raise InputError(f"{name} must be two numbers, the smaller first; got {given!r}")
    first, second = (_placed(value, name, scale) for value in numbers)
    return min(first, second), max(first, second)


def _numbers(given: object, name: str) -> Sequence[float]:
    wrong = InputError(f"{name} must be numbers on the reading scale; got {given!r}")
    if isinstance(given, str):  # its letters may be digits
        raise wrong
    try:
        return [float(value) for value in given]  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        raise wrong from None


def _placed(value: float, name: str, scale: Scale) -> float:
    """Return where a number stands, analysis scale."""
    with np.errstate(all="ignore"):
        place = float(scale.transform(value))
        there = math.isclose(float(scale.inverse(place)), value, rel_tol=1e-6, abs_tol=1e-9)
    if math.isfinite(place) and there:
        return place
    if scale.is_log and value <= 0:
        raise InputError(f"{name}: {value:g} has no place on an axis of ratios; give one above 0")
    raise InputError(
        f"{name}: {value:g} has no place on this axis; give a number between those that can occur"
    )
