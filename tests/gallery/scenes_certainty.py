"""How little would turn a conclusion: a further trial, an assumption."""

from __future__ import annotations

from typing import Any

import metaan as ma
from tests.gallery.data import bcg_effects, catheters_added, sham_pain
from tests.gallery.scene import scenes_of


def further_trial() -> ma.Plot[Any]:
    """Funnel plot, extended.

    Shaded by what the pool would conclude with one more trial of that result and size.
    """
    return ma.extended_funnel(
        ma.pool(sham_pain()),
        important=(-10.0, 10.0),
        title="Pain, acupuncture against sham: 6 of 26 studies on file",
    )


def further_trial_dark() -> ma.Plot[Any]:
    """Funnel plot, extended, in the dark theme.

    Against an effect that matters: a large trial could still move the limit across 0.8.
    """
    return ma.extended_funnel(
        ma.pool(bcg_effects(), model="common"),
        against=0.8,
        names=["TPT Madras 1980"],
        title="BCG vaccine: could one more trial bring 0.8 within reach?",
        theme="dark",
    )


def zero_cells() -> ma.Plot[Any]:
    """Sensitivity plot.

    Infections from treated catheters: what is added to cells without events, from 0.01 to 1.
    """
    found = ma.sensitivity(
        ma.pool(catheters_added(0.5)),
        catheters_added,
        values=[0.01, 0.02, 0.05, *(0.1 * step for step in range(1, 11))],
        name="what is added to zero cells",
    )
    return ma.sensitivity_plot(
        found, important=0.8, title="Treated catheters: what is added to cells without events"
    )


SCENES = scenes_of("Certainty", further_trial, further_trial_dark, zero_cells)
