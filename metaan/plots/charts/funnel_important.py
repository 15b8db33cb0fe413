"""The minimal important difference in a funnel: which effects are too small to matter."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from metaan.core.errors import InputError
from metaan.core.numbers import printed
from metaan.core.wording import percent
from metaan.plots.charts.funnel_source import Source
from metaan.plots.forests.asked_axis import NO_BAND, Ends, asked_band
from metaan.plots.pages.texts import Texts

IMPORTANT = "important"


class FunnelTexts(Texts, total=False):
    """The words around a funnel plot, and what is too small to matter in it.

    Attributes
    ----------
    important : float, (float, float) or None
        Minimal important difference, reading scale: the band of effects too small to matter lies
        around no effect, as far to both sides (0.8 of a ratio is as far as 1.25); or its ends.
    """

    important: float | tuple[float, float] | None


def divided(texts: Mapping[str, Any]) -> tuple[dict[str, Any], object]:
    """Return the words, and the minimal important difference or None."""
    words = {name: value for name, value in texts.items() if name != IMPORTANT}
    return words, texts.get(IMPORTANT)


def asked_important(given: object, source: Source) -> Ends:
    """Return the effects too small to matter, analysis scale, NaN where nobody asks.

    Raises
    ------
    InputError
        If the points are residuals, or the number has no place on the scale.
    """
    if given is None:
        return NO_BAND
    if source.residual:
        raise InputError(
            "important= is about effects, and these points are residuals; leave it out, or draw "
            "the studies, fit.effects"
        )
    return asked_band(given, source.scale)


def band_notes(source: Source, important: Ends) -> Iterator[str]:
    """Yield what of the studies and of the pool lies beyond the band, in one sentence."""
    low, high = important
    if math.isnan(low):
        return
    read = sorted(float(source.scale.inverse(end)) for end in important)
    ends = printed(*read, ratio=source.scale.is_log)
    beyond = int(np.count_nonzero((source.x < low) | (source.x > high)))
    told = (
        f"Too small to matter: {ends[0]} to {ends[1]}. {beyond} of {source.k} studies estimate an "
        "effect beyond"
    )
    mean = source.center
    if mean is not None:
        told += f"; the {percent(mean.level)} interval of the pooled effect "
        if mean.low > high or mean.high < low:
            told += "lies beyond"
        elif low <= mean.low and mean.high <= high:
            told += "lies within"
        else:
            told += "reaches into it and beyond"
    yield f"{told}."
