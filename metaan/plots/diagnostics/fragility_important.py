"""Lines at effects that matter, on both sides of no effect."""

from __future__ import annotations

import math
from collections.abc import Sequence

from metaan.core.numbers import compact, listed
from metaan.core.scale import Scale
from metaan.plots.charts.bubble_axis import important_effects
from metaan.plots.forests.asked_axis import asked_band
from metaan.plots.pages import theme
from metaan.plots.pages.legend import LegendEntry

IMPORTANT_COLOR = theme.PUBLISHED_EDGE


def important_lines(given: float | Sequence[float] | None, scale: Scale) -> tuple[float, ...]:
    """Return where the lines of important effects stand, analysis scale, rising.

    Parameters
    ----------
    given : float, (float, float) or None
        Reading scale. One number stands for both sides of no effect, as far from it (10 for
        ± 10, 0.8 for 0.8 and 1.25); of a level, which has no value of no effect, it is that
        value alone. Or the two ends.
    scale : Scale
        How effects are read.

    Raises
    ------
    InputError
        If a number has no place on the scale, is no effect itself, or two are not in order.
    """
    if given is None:
        return ()
    if not scale.has_null:
        return important_effects(given, scale)
    return tuple(x for x in asked_band(given, scale) if math.isfinite(x))


def important_entry(lines: Sequence[float], scale: Scale) -> LegendEntry:
    """Return what the legend says of these lines."""
    told = listed([compact(float(scale.inverse(x))) for x in lines])
    many = "s" if len(lines) > 1 else ""
    label = f"Important effect{many} ({told})"
    return LegendEntry(label=label, kind="dashed", edge=IMPORTANT_COLOR)
