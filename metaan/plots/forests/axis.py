"""The effect axis: a range that one huge interval cannot squash, and round ticks to read.

Numbers only; everything here is on the analysis scale unless it says "reading".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from metaan.core.errors import InputError
from metaan.core.numbers import compact, counted
from metaan.core.scale import Scale
from metaan.plots.forests.asked_axis import NO_BAND, Ends, asked_band, asked_ends, asked_ticks
from metaan.plots.forests.options import NOTHING_ASKED, Asked
from metaan.plots.forests.record import ForestAxis, ForestRow
from metaan.plots.pages import theme
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.ticks import nice_ticks

# An interval that reaches beyond this many typical reaches from the middle is cut there, unless
# the axis that shows it whole is only a little longer: a cut end must earn its arrow.
REACH_LIMIT = 3.5
LENIENCY = 1.5
# A point further out than this many lengths of the axis is an arrow, not a square.
POINT_LIMIT = 8.0
# The null is shown unless it would make the axis this many times longer than the data need.
NULL_LIMIT = 12.0
# So is the band of unimportant effects.
BAND_LIMIT = 3.0
PAD = 0.04
# A side of no effect shorter than this share of the axis gets one tick more, at most so much.
SHORT_SIDE, LONGEST_SIDE = 0.1, 0.3
FURTHEST_RATIOS = (1e-9, 1e9)


def effect_axis(
    rows: Sequence[ForestRow], scale: Scale, asked: Asked = NOTHING_ASKED
) -> ForestAxis:
    """Return the axis for these rows.

    Parameters
    ----------
    rows : sequence of ForestRow
        Rows with ``value``, ``low`` and ``high`` on the analysis scale; NaN and infinite limits
        are allowed.
    scale : Scale
        How the numbers are read; it gives the null and the tick values.
    asked : Asked
        ``axis``, ``ticks`` and ``important`` that the caller wants, reading scale.

    Returns
    -------
    ForestAxis
        An axis that holds every interval of ordinary length; see Notes.

    Raises
    ------
    InputError
        If what is asked for has no place on the scale, ticks lie beyond the ends asked for, or
        none of the results would be seen.

    Notes
    -----
    The *reach* of a row is the larger distance of its limits from the middle (the total, else the
    median point). The axis ends at ``REACH_LIMIT`` times the lower median of the reaches, or
    earlier where the data end, or a little later if that shows everything; what runs beyond is
    cut and marked by an arrow. The lower median makes the shorter of two intervals decide.
    """
    band = NO_BAND if asked.important is None else asked_band(asked.important, scale)
    wanted = None if asked.ticks is None else asked_ticks(asked.ticks, scale)
    if asked.axis is None:
        low, high = _ends(rows, scale, band)
        if wanted is not None:
            low, high = min(low, wanted[0][0]), max(high, wanted[0][-1])
    else:
        low, high = asked_ends(asked.axis, scale)
        _check_seen(rows, (low, high), asked, scale)
        if wanted is not None and not low <= wanted[0][0] <= wanted[0][-1] <= high:
            raise InputError(f"ticks={asked.ticks} reach beyond the ends, axis={asked.axis}")
    ticks, labels = nice_ticks(low, high, scale) if wanted is None else wanted
    shown = scale.null if low <= scale.null <= high else math.nan
    return ForestAxis(low=low, high=high, ticks=ticks, tick_labels=labels, null=shown, band=band)


def with_room(axis: ForestAxis, favors: tuple[str, str], scale: Scale) -> ForestAxis:
    """Return the axis one tick longer where it ends with no effect and a text is due beyond.

    Parameters
    ----------
    axis : ForestAxis
        Whose ends and ticks nobody asked for.
    favors : (str, str)
        Texts left and right of no effect; empty for none.
    scale : Scale
        How the numbers are read.
    """
    low, high, null = axis.low, axis.high, axis.null
    long = high - low
    least, most = null - LONGEST_SIDE * long, null + LONGEST_SIDE * long
    if favors[0] and null - low < SHORT_SIDE * long:
        found, _ = nice_ticks(least, high, scale)
        low = max((tick for tick in found if tick < null), default=least) - PAD / 2 * long
    elif favors[1] and high - null < SHORT_SIDE * long:
        found, _ = nice_ticks(low, most, scale)
        high = min((tick for tick in found if tick > null), default=most) + PAD / 2 * long
    else:
        return axis
    ticks, labels = nice_ticks(low, high, scale)
    return replace(axis, low=low, high=high, ticks=ticks, tick_labels=labels)


def axis_notes(axis: ForestAxis, rows: Sequence[ForestRow]) -> tuple[str, ...]:
    """Return the footnote about points that lie beyond the axis; none where all are on it."""
    points = [row.value for row in _drawn(rows) if not math.isnan(row.value)]
    beyond = sum(not axis.low <= point <= axis.high for point in points)
    if not beyond:
        return ()
    verb = "lies" if beyond == 1 else "lie"
    told = counted(beyond, "effect", "effects")
    return (f"{told} of {len(points)} {verb} beyond the axis; arrows point to where.",)


def axis_legend(axis: ForestAxis, scale: Scale) -> tuple[LegendEntry, ...]:
    """Return what the band of unimportant effects is called; nothing without one."""
    if math.isnan(axis.band[0]):
        return ()
    low, high = (compact(float(scale.inverse(x)), 3) for x in axis.band)
    label = f"Too small to matter ({low} to {high})"
    return (LegendEntry(label=label, kind="area", fill=theme.BAND, edge=theme.RULE),)


def _ends(rows: Sequence[ForestRow], scale: Scale, band: Ends) -> Ends:
    """Return the ends that the rows ask for, with no effect and the band where they are near."""
    low, high = _span(rows)
    null = scale.null
    longest = NULL_LIMIT * (high - low)
    if not math.isnan(null) and max(high, null) - min(low, null) <= longest:
        low, high = min(low, null), max(high, null)
    longest = BAND_LIMIT * (high - low)
    if not math.isnan(band[0]) and max(high, band[1]) - min(low, band[0]) <= longest:
        low, high = min(low, band[0]), max(high, band[1])
    pad = PAD * (high - low)
    low, high = low - pad, high + pad
    if scale.is_log:  # exp() of what lies further out cannot be read, or even computed
        near, far = (float(scale.transform(x)) for x in FURTHEST_RATIOS)
        low, high = min(max(low, near), far - 1.0), max(min(high, far), near + 1.0)
    return low, high


def _check_seen(rows: Sequence[ForestRow], ends: Ends, asked: Asked, scale: Scale) -> None:
    """Raise an InputError if nothing of the results lies between the ends."""
    marks = [
        [x for x in (row.low, row.value, row.high) if not math.isnan(x)] for row in _drawn(rows)
    ]
    known = [found for found in marks if found]
    if not known or any(min(found) <= ends[1] and max(found) >= ends[0] for found in known):
        return
    low, high = min(min(found) for found in known), max(max(found) for found in known)
    span = " to ".join(compact(float(scale.inverse(x)), 3) for x in (low, high))
    raise InputError(f"axis={asked.axis} shows none of the results, which reach from {span}")


def _drawn(rows: Sequence[ForestRow]) -> list[ForestRow]:
    return [row for row in rows if row.kind not in ("header", "note")]


def _span(rows: Sequence[ForestRow]) -> tuple[float, float]:
    """Return the ends that the data ask for, before the null and the padding."""
    drawn = _drawn(rows)
    points = sorted(row.value for row in drawn if math.isfinite(row.value))
    marks = (x for row in drawn for x in (row.low, row.value, row.high, *row.fitted))
    limits = [x for x in marks if math.isfinite(x)]
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
