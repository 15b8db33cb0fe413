"""Round ticks to read, on any scale; numbers only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from metaan.core.numbers import MINUS, compact, fixed
from metaan.core.scale import IDENTITY, LOG, Scale

MOST_TICKS = 7
# Beyond these, ticks are written with powers of ten.
LONGEST_FIXED = 1e6
SHORTEST_STEP = 1e-6
BAREST = 0.4  # of an axis, that may be without ticks where others show more
SMALLEST_POWER = -9  # of ten, of shares and of what is lacking to 1
MOST_FIGURES = 15  # that a float holds
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# Characters of tick type that fit side by side under a panel; 225 points at 8 points a piece.
PANEL_CHARACTERS = 44.0


def nice_ticks(low: float, high: float, scale: Scale) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Return positions (analysis scale) and labels (reading scale) of at most seven ticks.

    Parameters
    ----------
    low, high : float
        Ends of the axis, analysis scale; ``low < high``.
    scale : Scale
        How they are read. A log scale gets powers of two, or 1-1.5-2-3-5-7, or decades,
        whichever fits; anything else, and a short log axis, gets even steps.

    Examples
    --------
    >>> from metaan.core.scale import IDENTITY
    >>> nice_ticks(-14.0, 6.0, IDENTITY)[1]
    ('−10', '−5', '0', '5')
    """
    read_low, read_high = float(scale.inverse(low)), float(scale.inverse(high))
    even = _even(read_low, read_high)
    log = scale.key == LOG.key  # also where it is read per 1000
    if not log and scale.key != IDENTITY.key:
        evens = [_even(read_low, read_high, most) for most in range(MOST_TICKS, 1, -1)]
        families = list(evens)
        top = _top(scale)
        if 0 < read_low < read_high < top:  # log odds and probits stretch both ends
            families += [
                [x * top for x in shares if read_low <= x * top <= read_high] for shares in SHARES
            ]
        found = [_placed(values, scale) for values in families]
        roomy = [each for each in found if _roomy(*each, high - low)]
        wide = (each for each in roomy if _bare(each[0], low, high) <= BAREST)
        best = min(
            roomy, key=lambda each: _bare(each[0], low, high), default=found[len(evens) - 1]
        )
        return next(wide, best)
    if not log or not 0 < read_low < read_high < math.inf:
        return _placed(even, scale)
    if read_high / read_low <= 2.2:
        return _placed(even, scale)
    for values in _log_families(read_low, read_high):
        placed = _placed([x for x in values if read_low <= x <= read_high], scale)
        if _roomy(*placed, high - low):
            return placed
    return _placed(even, scale)


def _bare(positions: Sequence[float], low: float, high: float) -> float:
    """Return the longest part of an axis without ticks, 0 to 1."""
    places = [low, *positions, high]
    return max(b - a for a, b in pairwise(places)) / (high - low)


def _top(scale: Scale) -> float:
    """Return the largest share as it is read: 1, or 100 in percent."""
    with np.errstate(all="ignore"):
        end = float(scale.inverse(math.inf))
    return end if math.isfinite(end) else 1.0


def _halved(*shares: float) -> tuple[float, ...]:
    """Return shares below one half, one half, and their mirror images."""
    return (*shares, 0.5, *(round(1 - share, 9) for share in reversed(shares)))


def _mirrored(*steps: float) -> tuple[float, ...]:
    """Return these steps of every decade below one half, one half, and their mirror images."""
    small = [float(f"{step}e{power}") for power in range(SMALLEST_POWER, 0) for step in steps]
    return _halved(*(share for share in small if share < 0.5))


# From fine to coarse; the last ones, for what is rare or nearly certain, by decades.
SHARES = (_halved(0.01, 0.05, 0.2), _halved(0.01, 0.1), _halved(0.001, 0.05), _halved(1e-4, 0.01),
          _halved(1e-6, 1e-3), _halved(1e-9, 1e-4), _mirrored(1, 2, 5), _mirrored(1, 3),
          _mirrored(1))  # fmt: skip


def _even(low: float, high: float, most: int = MOST_TICKS) -> list[float]:
    """Return multiples of the smallest round step that gives at most so many of them."""
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    for step in (power * factor for factor in (1.0, 2.0, 2.5, 5.0, 10.0, 20.0)):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            break
    return [number * step for number in range(first, last + 1)]


def _log_families(low: float, high: float) -> list[list[float]]:
    """Return families of round ratios from fine to coarse; all of them hold 1."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    decades = range(first, last + 1)
    steps: list[tuple[float, ...]] = [(1, 1.5, 2, 3, 5, 7), (1, 3), (1,)]
    fine, threes, tens = ([m * 10.0**d for d in decades for m in step] for step in steps)
    # 0.0625 is no number to read: doubling begins at 0.125, or is not used.
    doublings = range(-3, math.ceil(math.log2(high)) + 1) if low > 1 / 17 else ()
    twos = [2.0**n for n in doublings]
    sparse = [[10.0**d for d in decades if d % jump == 0] for jump in (2, 3, 5, 10, 20, 50, 100)]
    # Doubling reads best, where there is room for four of its ticks.
    families = [twos, fine] if high / low >= 8 else [fine, twos]
    return [*families, threes, tens, *sparse]


def _placed(values: Sequence[float], scale: Scale) -> tuple[tuple[float, ...], tuple[str, ...]]:
    positions = tuple(float(scale.transform(value)) for value in values)
    return positions, tuple(_tick_label(value, values) for value in values)


def _tick_label(value: float, values: Sequence[float]) -> str:
    """Return an even number of decimals for even steps, the plain number for ratios."""
    steps = [b - a for a, b in pairwise(values)]
    even = bool(steps) and all(math.isclose(step, steps[0], rel_tol=1e-6) for step in steps)
    if not even:
        return powers_of_ten(compact(value, 6))
    top = max(map(abs, values))
    if top >= LONGEST_FIXED or steps[0] < SHORTEST_STEP:
        figures = math.floor(math.log10(top)) - math.floor(math.log10(steps[0])) + 2
        return powers_of_ten(compact(value, min(max(figures, 2), MOST_FIGURES)))
    digits = next(d for d in range(9) if abs(steps[0] * 10**d % 1 - 0.5) > 0.5 - 1e-6)
    return fixed(value, digits)


def powers_of_ten(text: str) -> str:
    """Return a number as a reader writes it: ``1e−06`` is ``10⁻⁶``, ``2.5e+07`` is ``2.5 × 10⁷``.

    Examples
    --------
    >>> powers_of_ten("−1e−06"), powers_of_ten("2.5e+07"), powers_of_ten("0.25")
    ('−10⁻⁶', '2.5 × 10⁷', '0.25')
    """
    head, found, power = text.partition("e")
    if not found:
        return text
    raised = str(int(power.replace(MINUS, "-"))).translate(RAISED)
    sign, figures = (MINUS, head[1:]) if head.startswith(MINUS) else ("", head)
    return f"{sign}10{raised}" if figures == "1" else f"{sign}{figures} × 10{raised}"


def _roomy(positions: Sequence[float], labels: Sequence[str], span: float) -> bool:
    """Return whether three to seven labels stand beside each other without touching."""
    if not 3 <= len(labels) <= MOST_TICKS + 1:
        return False
    gaps = [(b - a) / span for a, b in pairwise(positions)]
    needs = [(len(a) + len(b)) / 2 + 1.2 for a, b in pairwise(labels)]
    return all(g * PANEL_CHARACTERS >= n for g, n in zip(gaps, needs, strict=True))
