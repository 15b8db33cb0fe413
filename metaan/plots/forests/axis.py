"""The effect axis: a range that one huge interval cannot squash, and round ticks to read.

Numbers only; everything here is on the analysis scale unless it says "reading".
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from metaan.core.scale import Scale
from metaan.plots.forests.record import ForestAxis, ForestRow
from metaan.plots.pages.ticks import nice_ticks

# An interval that reaches beyond this many typical reaches from the middle is cut there, unless
# the axis that shows it whole is only a little longer: a cut end must earn its arrow.
REACH_LIMIT = 3.5
LENIENCY = 1.5
# A point further out than this many lengths of the axis is an arrow, not a square.
POINT_LIMIT = 8.0
# The null is shown unless it would make the axis this many times longer than the data need.
NULL_LIMIT = 12.0
PAD = 0.04
FURTHEST_RATIOS = (1e-9, 1e9)


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
