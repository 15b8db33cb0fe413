"""Ticks of effects that can be read, however far the axis goes; numbers only."""

from __future__ import annotations

import math

from metaan.core.scale import IDENTITY, Scale
from metaan.plots.pages.ticks import nice_ticks

FURTHEST_LOG, FURTHEST_BENT = math.log(1e9), 9.0  # beyond, nothing can be read


def readable(low: float, high: float, scale: Scale) -> tuple[float, float]:
    """Return the ends of an axis (analysis scale) moved to where a bent scale can be read."""
    if scale.key == IDENTITY.key or scale.ends:
        return low, high
    far = FURTHEST_LOG if scale.is_log else FURTHEST_BENT
    return min(max(low, -far), far - 1.0), max(min(high, far), 1.0 - far)


def effect_ticks(low: float, high: float, scale: Scale) -> tuple[tuple[float, str], ...]:
    """Return ticks between two effects (analysis scale) with their labels on the reading scale.

    None where all in between reads the same.
    """
    first, last = readable(low, high, scale)
    if not float(scale.inverse(first)) < float(scale.inverse(last)):
        return ()
    both = zip(*nice_ticks(first, last, scale), strict=True)
    return tuple((at, text) for at, text in both if low <= at <= high)
