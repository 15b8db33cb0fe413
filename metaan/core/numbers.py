"""How numbers are written for readers: one place, so that text, tables and plots agree."""

from __future__ import annotations

import math
from collections.abc import Sequence

MINUS = "−"
LONGEST_PLAIN = 1e6
MOST_DECIMALS = 6


def fixed(value: float, digits: int = 2) -> str:
    """Return ``value`` with fixed decimals and a true minus sign; an en dash for NaN.

    Examples
    --------
    >>> fixed(-10.206)
    '−10.21'
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else MINUS + "∞"
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def compact(value: float, digits: int = 3) -> str:
    """Return ``value`` with ``digits`` significant digits and no trailing zeros.

    Examples
    --------
    >>> compact(0.313243)
    '0.313'
    """
    if math.isnan(value) or math.isinf(value):
        return fixed(value)
    if 10**digits <= abs(value) < LONGEST_PLAIN:
        return fixed(value, 0)
    return f"{value:.{digits}g}".replace("-", MINUS)


def interval(low: float, high: float, digits: int = 2) -> str:
    """Return ``(low, high)`` with fixed decimals.

    Examples
    --------
    >>> interval(-14.99, -5.44)
    '(−14.99, −5.44)'
    """
    return f"({fixed(low, digits)}, {fixed(high, digits)})"


def p_text(p_value: float, log_p_value: float | None = None) -> str:
    """Return ``p = 0.03``, ``p < 0.001``; never ``p = 0`` or ``p = 1``.

    Examples
    --------
    >>> p_text(0.0312)
    'p = 0.031'
    """
    if math.isnan(p_value):
        return "p not defined"
    if p_value < 1e-3 or (log_p_value is not None and log_p_value < math.log(1e-3)):
        return "p < 0.001"
    if p_value >= 0.995:
        return "p > 0.99"
    return f"p = {p_value:.3f}" if p_value < 0.1 else f"p = {p_value:.2f}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "trial"), counted(3, "study", "studies")
    ('1 trial', '3 studies')
    """
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def decimals_for(*values: float) -> int:
    """Return how many decimals show these numbers to about three significant digits (0 to 3).

    Examples
    --------
    >>> decimals_for(10.2, 14.9), decimals_for(0.12)
    (1, 2)
    """
    sizes = [abs(value) for value in values if math.isfinite(value)]
    top = max(sizes, default=1.0)
    if top >= 100:
        return 0
    if top >= 10:
        return 1
    return 2 if top >= 0.1 else 3


def printed(
    *values: float, ratio: bool = False, null: float = math.nan, digits: int = 0
) -> tuple[str, ...]:
    """Return an estimate and its limits as a paper prints them.

    Ratios get two decimals near 1, fewer digits where they are large, two figures where they are
    small. Other numbers share their decimals, which show the width of the interval to two or
    three figures; very large and very small ones are written with their power of ten.

    Parameters
    ----------
    *values : float
        Numbers that are read together.
    ratio : bool
        Whether they are ratios.
    null : float
        Value of no effect, NaN for none. No limit, which are the last two numbers, reads as this
        value unless it is: all numbers get more decimals where one would.
    digits : int
        At least as many as these, of `digits_of` other numbers in the same sentence.

    Examples
    --------
    >>> printed(0.4894, 0.3362, 0.7123, ratio=True)
    ('0.49', '0.34', '0.71')
    >>> printed(-15.106, -32.64, 2.43)
    ('−15.1', '−32.6', '2.4')
    >>> printed(0.52, 0.004, 1.03, null=0.0)
    ('0.520', '0.004', '1.030')
    """
    least = max(min(digits, MOST_DECIMALS), digits_of(*values, ratio=ratio, null=null))
    if ratio:
        return tuple(_ratio(value, least) for value in values)
    if _decimals(values) > MOST_DECIMALS or any(
        LONGEST_PLAIN <= abs(x) < math.inf for x in values
    ):
        return tuple(compact(value) for value in values)
    return tuple(fixed(value, least) for value in values)


def digits_of(*values: float, ratio: bool = False, null: float = math.nan) -> int:
    """Return with how many decimals `printed` writes these numbers; of ratios how many more.

    Examples
    --------
    >>> digits_of(-15.106, -32.64, 2.43), digits_of(0.52, 0.004, 1.03, null=0.0)
    (1, 3)
    """
    least = 0 if ratio else max(0, _decimals(values))
    if math.isnan(null):
        return least
    near = [value for value in values[-2:] if value != null and math.isfinite(value)]
    for digits in range(least, MOST_DECIMALS + 1):
        told = (_ratio(value, digits) if ratio else fixed(value, digits) for value in near)
        if not any(_number(text) == null for text in told):
            return digits
    return least


def _number(text: str) -> float:
    return float(text.replace(MINUS, "-"))


def _decimals(values: Sequence[float]) -> int:
    """Return the decimals that show how far apart numbers lie to two or three figures."""
    known = [value for value in values if math.isfinite(value)]
    width = max(known, default=0.0) - min(known, default=0.0) or max(map(abs, known), default=1.0)
    order = math.floor(math.log10(width)) if width > 0 else 0
    return max(0, 2 - order if order >= 0 else 1 - order)


def _ratio(value: float, more: int) -> str:
    if 0 < value < 0.1:
        places = 1 - math.floor(math.log10(value)) + more
        return fixed(value, places) if places <= MOST_DECIMALS else compact(value, 2)
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return compact(value) if value >= LONGEST_PLAIN else fixed(value, digits + more)


def listed(words: Sequence[str]) -> str:
    """Return words with commas and a last "and".

    Examples
    --------
    >>> listed(["Q", "I²", "tau²"])
    'Q, I² and tau²'
    """
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
