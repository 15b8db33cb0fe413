"""The effect axis: a range that one huge interval cannot squash, and round ticks to read.

Numbers only; everything here is on the analysis scale unless it says "reading".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from metaan.core.numbers import compact, fixed
from metaan.core.scale import IDENTITY, Scale
from metaan.plots.forest_record import ForestAxis, ForestRow

# An interval that reaches beyond this many typical reaches from the middle is cut there, unless
# the axis that shows it whole is only a little longer: a cut end must earn its arrow.
REACH_LIMIT = 3.5
LENIENCY = 1.5
# A point further out than this many lengths of the axis is an arrow, not a square.
POINT_LIMIT = 8.0
# The null is shown unless it would make the axis this many times longer than the data need.
NULL_LIMIT = 12.0
PAD = 0.04
MOST_TICKS = 7
# Beyond these, ticks are written with powers of ten.
LONGEST_FIXED = 1e6
SHORTEST_STEP = 1e-6
FURTHEST_RATIOS = (1e-9, 1e9)
# Characters of tick type that fit side by side under a panel; 225 points at 8 points a piece.
PANEL_CHARACTERS = 44.0


def effect_axis(rows: Sequence[ForestRow], scale: Scale) -> ForestAxis:
    """Return the axis for these rows.

    Parameters
    ----------
    rows : sequence of ForestRow
        Rows with ``value``, ``low`` and ``high`` on the analysis scale; NaN and infinite limits
        are allowed.
    scale : Scale
        How the numbers are read; it gives the null and the tick values.

    Returns
    -------
    ForestAxis
        An axis that holds every interval of ordinary length; see Notes.

    Notes
    -----
    The *reach* of a row is the larger distance of its limits from the middle (the total, else the
    median point). The axis ends at ``REACH_LIMIT`` times the lower median of the reaches, or
    earlier where the data end, or a little later if that shows everything; what runs beyond is
    cut and marked by an arrow. The lower median makes the shorter of two intervals decide.
    """
    low, high = _span(rows)
    null = scale.null
    longest = NULL_LIMIT * (high - low)
    if not math.isnan(null) and max(high, null) - min(low, null) <= longest:
        low, high = min(low, null), max(high, null)
    pad = PAD * (high - low)
    low, high = low - pad, high + pad
    if scale.is_log:  # exp() of what lies further out cannot be read, or even computed
        near, far = (float(scale.transform(x)) for x in FURTHEST_RATIOS)
        low, high = min(max(low, near), far - 1.0), max(min(high, far), near + 1.0)
    ticks, labels = nice_ticks(low, high, scale)
    shown = null if low <= null <= high else math.nan
    return ForestAxis(low=low, high=high, ticks=ticks, tick_labels=labels, null=shown)


def _span(rows: Sequence[ForestRow]) -> tuple[float, float]:
    """Return the ends that the data ask for, before the null and the padding."""
    drawn = [row for row in rows if row.kind not in ("header", "note")]
    points = sorted(row.value for row in drawn if math.isfinite(row.value))
    limits = [x for row in drawn for x in (row.low, row.value, row.high) if math.isfinite(x)]
    if not limits:
        return -1.0, 1.0
    totals = [row.value for row in drawn if row.kind == "total"]
    middle = totals[-1] if totals else (points or sorted(limits))[(len(points) - 1) // 2]
    reach = REACH_LIMIT * _typical_reach(drawn, middle)
    low = middle - _tolerated(middle - min(limits), reach)
    high = middle + _tolerated(max(limits) - middle, reach)
    low, high = _with_points(low, high, points)
    if high - low <= 1e-9 * max(1.0, abs(middle)):
        return middle - 1.0, middle + 1.0
    return low, high


def _with_points(low: float, high: float, points: Sequence[float]) -> tuple[float, float]:
    """Return the ends moved out so that no point is lost, unless one is absurdly far away."""
    if not points:
        return low, high
    longest = POINT_LIMIT * (high - low)
    return (
        points[0] if low - longest <= points[0] < low else low,
        points[-1] if high < points[-1] <= high + longest else high,
    )


def _tolerated(wanted: float, reach: float) -> float:
    return wanted if wanted <= LENIENCY * reach else reach


def _typical_reach(drawn: Sequence[ForestRow], middle: float) -> float:
    """Return the lower median of how far the rows reach from the middle."""
    # Pools and prediction intervals follow from the studies: they do not vote on what is usual.
    voters = [row for row in drawn if row.kind == "study"] or list(drawn)
    reaches = []
    for row in voters:
        marks = [x for x in (row.low, row.value, row.high) if math.isfinite(x)]
        reaches += [max(abs(x - middle) for x in marks)] if marks else []
    reaches = sorted(x for x in reaches if x > 0) or [1.0]
    return reaches[(len(reaches) - 1) // 2]


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
    if not scale.is_log and scale.key != IDENTITY.key:
        evens = [_even(read_low, read_high, most) for most in range(MOST_TICKS, 1, -1)]
        families = list(evens)
        if 0 < read_low < read_high < 1:  # log odds and probits stretch both ends
            families += [[x for x in shares if read_low <= x <= read_high] for shares in SHARES]
        ticks = (_placed(values, scale) for values in families)
        sparse = _placed(evens[-1], scale)
        return next((found for found in ticks if _roomy(*found, high - low)), sparse)
    if not scale.is_log or not 0 < read_low < read_high < math.inf:
        return _placed(even, scale)
    if read_high / read_low <= 2.2:
        return _placed(even, scale)
    for values in _log_families(read_low, read_high):
        placed = _placed([x for x in values if read_low <= x <= read_high], scale)
        if _roomy(*placed, high - low):
            return placed
    return _placed(even, scale)


def _halved(*shares: float) -> tuple[float, ...]:
    """Return shares below one half, one half, and their mirror images."""
    return (*shares, 0.5, *(round(1 - share, 9) for share in reversed(shares)))


# From fine to coarse.
SHARES = (_halved(0.01, 0.05, 0.2), _halved(0.01, 0.1), _halved(0.001, 0.05), _halved(1e-4, 0.01),
          _halved(1e-6, 1e-3), _halved(1e-9, 1e-4))  # fmt: skip


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
    if not even or abs(value) >= LONGEST_FIXED or steps[0] < SHORTEST_STEP:
        return compact(value, 6)
    digits = next(d for d in range(9) if abs(steps[0] * 10**d % 1 - 0.5) > 0.5 - 1e-6)
    return fixed(value, digits)


def _roomy(positions: Sequence[float], labels: Sequence[str], span: float) -> bool:
    """Return whether three to seven labels stand beside each other without touching."""
    if not 3 <= len(labels) <= MOST_TICKS + 1:
        return False
    gaps = [(b - a) / span for a, b in pairwise(positions)]
    needs = [(len(a) + len(b)) / 2 + 1.2 for a, b in pairwise(labels)]
    return all(g * PANEL_CHARACTERS >= n for g, n in zip(gaps, needs, strict=True))
