"""The axes of bubble plots: ranges that hold the studies, and what runs beyond is cut."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.scale import IDENTITY, Scale
from metaan.plots.forests.wording import clean
from metaan.plots.pages.chart import ChartAxis
from metaan.plots.pages.ticks import nice_ticks

PAD = 0.07  # of the axis, on both sides: room for marks of the largest radius
BANDS = 1.0  # lengths of the range of studies by which bands may make the axis longer
NULL = 0.6  # and the value of no effect
FURTHEST = 20.0  # logarithms of ratios beyond which nothing can be read
WORDS = "log scale"


def finite(values: Iterable[float]) -> list[float]:
    """Return the finite ones of some numbers."""
    return [float(value) for value in values if math.isfinite(value)]


def widened(low: float, high: float, pad: float = PAD) -> tuple[float, float]:
    """Return the ends with a margin; two equal ones are moved apart."""
    if high - low <= 1e-9 * max(1.0, abs(low), abs(high)):
        half = abs(low) / 2 or 1.0
        return low - half, high + half
    return low - pad * (high - low), high + pad * (high - low)


def number_axis(values: Sequence[float], label: str) -> ChartAxis:
    """Return the axis of plain numbers with a margin on both sides."""
    low, high = widened(min(values), max(values))
    ticks, labels = nice_ticks(low, high, IDENTITY)
    return ChartAxis(low=low, high=high, ticks=ticks, tick_labels=labels, label=label)


def effect_range(
    points: Sequence[float], bands: Sequence[float], musts: Sequence[float], scale: Scale
) -> tuple[float, float]:
    """Return the ends of an axis of effects, analysis scale.

    Parameters
    ----------
    points : sequence of float
        Studies and expected effects: all of them are shown.
    bands : sequence of float
        Limits: shown as far as the axis gets at most three times as long.
    musts : sequence of float
        What the caller wants to see.
    scale : Scale
        Its null is shown where it is near.
    """
    known = [*finite(points), *finite(musts)] or [0.0]
    low, high = min(known), max(known)
    span = high - low if high > low else abs(low) or 1.0
    limits = finite(bands)
    wide_low, wide_high = min([low, *limits]), max([high, *limits])
    low, high = max(wide_low, low - BANDS * span), min(wide_high, high + BANDS * span)
    if scale.has_null and low - NULL * span <= scale.null <= high + NULL * span:
        low, high = min(low, scale.null), max(high, scale.null)
    if scale.is_log:  # what lies further out is no number to read, or to compute
        low, high = max(low, -FURTHEST), min(high, FURTHEST)
    return widened(min(low, high), max(low, high))


def effect_axis(low: float, high: float, scale: Scale, label: str) -> ChartAxis:
    """Return the axis of effects between these ends, with ticks on the reading scale."""
    ticks, labels = nice_ticks(low, high, scale)
    told = effect_label(label, scale)
    return ChartAxis(low=low, high=high, ticks=ticks, tick_labels=labels, label=told)


def effect_label(label: str, scale: Scale, *more: str) -> str:
    """Return the name of an axis of effects: ``Risk ratio (95% CI, log scale)``."""
    told = ", ".join((*more, *([WORDS] if scale.is_log else [])))
    return f"{clean(label)} ({told})" if told else clean(label)


def drawn_effects(effects: Effects) -> Floats:
    """Return the studies' effects where the scale of their axis reads the same, shape (k,)."""
    return carried(effects.y, effects.study_scale, effects.scale)


def carried(values: Floats, own: Scale, other: Scale) -> Floats:
    """Return values of one scale where another reads the same; both are mostly one."""
    return values if own is other else np.asarray(own.carried(values, other), dtype=np.float64)


def shown_null(scale: Scale, axis: ChartAxis) -> float:
    """Return the value of no effect where the axis holds it, else NaN."""
    low, high = sorted((axis.low, axis.high))
    return scale.null if scale.has_null and low <= scale.null <= high else math.nan


def important_effects(
    important: float | Sequence[float] | None, scale: Scale
) -> tuple[float, ...]:
    """Return one or two effects that a reader cares about, on the analysis scale, in order.

    Parameters
    ----------
    important : float, sequence of float or None
        On the reading scale: a value for a line, two for the band between them.
    scale : Scale
        How effects are read.

    Raises
    ------
    InputError
        If these are not one or two numbers that the scale can read.
    """
    if important is None:
        return ()
    try:
        given = np.atleast_1d(np.asarray(important, dtype=float))
    except (TypeError, ValueError):
        given = np.array([math.nan])
    with np.errstate(divide="ignore", invalid="ignore"):
        placed: Floats = np.asarray(scale.transform(given), dtype=float)
    if given.ndim != 1 or len(given) not in (1, 2) or not np.isfinite(placed).all():
        kind = "ratios above 0" if scale.is_log else "numbers"
        raise InputError(
            f"important must be one or two {kind}, as effects are read; got {important!r}"
        )
    return tuple(sorted(placed.tolist()))
