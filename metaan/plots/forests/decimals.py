"""How many decimals the effects of a forest plot have: the same in every row."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import median, median_low
from typing import TypeAlias

import numpy as np

from metaan.core.estimate import Estimate
from metaan.core.numbers import decimals_for
from metaan.core.scale import Scale

# A point and its limits, analysis scale.
Ends: TypeAlias = tuple[float, float, float]

RATIO_DIGITS = 2
PRINTED_DIGITS = 3  # of a number that somebody else printed, at most
LEVEL_DIGITS = 6  # of a rate, which may be small
MORE_DIGITS = 2  # that a narrow pool adds, at most
OUTLYING = 100.0  # times the usual size: such an effect does not take the others' decimals
# So many units of the last decimal are as wide as a pool's interval, at least. Ratios and levels
# have two decimals by custom: only what would be seen as no interval adds some.
DIFFERENCE_STEPS, USUAL_STEPS = 5.0, 2.0


def ends_of(estimate: Estimate, scale: Scale) -> Ends:
    """Return an estimate with its limits where ``scale`` reads the same."""
    own = np.array([estimate.value, estimate.low, estimate.high])
    value, low, high = (float(x) for x in estimate.scale.carried(own, scale))
    return value, low, high


def is_ratio(scale: Scale) -> bool:
    """Return whether effects are read as ratios: 1 is no effect."""
    return scale.is_log and scale.has_null


def digits_of(
    scale: Scale, studies: Sequence[Ends], pools: Sequence[Ends], printed: Iterable[float] = ()
) -> int:
    """Return the decimals of the effects.

    Parameters
    ----------
    scale : Scale
        How they are read.
    studies, pools : sequence of (float, float, float)
        Points with their limits, analysis scale.
    printed : iterable of float
        Published numbers, reading scale; they are shown with every decimal they came with.

    Notes
    -----
    Ratios get two decimals; levels two digits of the largest; others three digits of the largest
    effect or of the usual half width of an interval. A pool so narrow that this would hide its
    interval adds one or two.

    Examples
    --------
    >>> from metaan.core.scale import IDENTITY
    >>> studies = [(0.021, -0.03, 0.072), (-0.004, -0.05, 0.042)]
    >>> digits_of(IDENTITY, studies, [(0.002, 0.001, 0.003)])
    4
    """
    read_studies, read_pools = _read(scale, studies), _read(scale, pools)
    points = [value for value, _, _ in (*read_studies, *read_pools) if math.isfinite(value)]
    steps = USUAL_STEPS
    if is_ratio(scale):
        own = RATIO_DIGITS
    elif not scale.has_null:
        own = _level_digits(points)
    else:
        own, steps = _difference_digits(points, _widths(read_studies)), DIFFERENCE_STEPS
    widths = _widths(read_pools)
    if widths:
        needed = math.ceil(math.log10(steps / median_low(widths)))
        own = max(own, min(needed, own + MORE_DIGITS))
    given = [_given(x) for x in printed if math.isfinite(x)]
    return max(own, min(max([0, *given]), PRINTED_DIGITS))


def digits_per(digits: int, per: int) -> int:
    """Return the decimals of levels that are read per so many: one more figure than without."""
    return digits if per == 1 else max(0, digits + 1 - round(math.log10(per)))


def _read(scale: Scale, ends: Sequence[Ends]) -> list[Ends]:
    """Return the numbers as they are read."""
    with np.errstate(over="ignore"):
        found = scale.inverse(np.array(ends, dtype=np.float64).reshape(-1, 3))
    return [(value, low, high) for value, low, high in np.asarray(found).tolist()]


def _widths(read: Sequence[Ends]) -> list[float]:
    """Return how wide the intervals are; those that are finite and have a width."""
    return [high - low for _, low, high in read if 0 < high - low < math.inf]


def _difference_digits(points: Sequence[float], widths: Sequence[float]) -> int:
    """Return the decimals that show the largest effect to three digits."""
    sizes = [abs(x) for x in points if x] + ([median(widths) / 2] if widths else [])
    if not sizes:
        return decimals_for()
    top = min(max(sizes), OUTLYING * median(sizes))
    return max(decimals_for(top), 1 - math.floor(math.log10(top)))


def _level_digits(points: Iterable[float]) -> int:
    """Return the decimals of a proportion or a rate: two digits of the largest, at least two."""
    top = max((x for x in points if 0 < x < math.inf), default=1.0)
    return min(max(2, 1 - math.floor(math.log10(top))), LEVEL_DIGITS)


def _given(value: float) -> int:
    """Return how many decimals a printed number has; 9.2 and 9.20 cannot be told apart."""
    return len(f"{value:.6f}".rstrip("0").partition(".")[2])
