"""Selection models: how the chance of publication depends on the p-value."""

from __future__ import annotations

from typing import Any

import metaan as ma
from tests.gallery.data import bcg_effects, writing
from tests.gallery.scene import scenes_of


def selection_steps() -> ma.Plot[Any]:
    """Step function of the p-value.

    48 school programs: results that are not significant, and those of the other sign, may be
    published less often; the limits are wide.
    """
    return ma.selection_plot(
        ma.selection_model(ma.pool(writing()), steps=(0.025, 0.5)),
        title="Writing to learn: chance of publication",
    )


def selection_models_dark() -> ma.Plot[Any]:
    """Several selection models, in the dark theme.

    What the mean would be depends on the function that is assumed.
    """
    fit = ma.pool(writing())
    return ma.selection_plot(
        ma.selection_model(fit, steps=(0.025, 0.5)),
        ma.selection_model(fit, "HALF_NORMAL"),
        ma.selection_model(fit, "NEGATIVE_EXPONENTIAL"),
        ma.selection_model(fit, "POWER"),
        title="Writing to learn: four selection models",
        theme="dark",
    )


def selection_fixed_gray() -> ma.Plot[Any]:
    """Chances of publication fixed in advance, in gray.

    Few trials: how far would selection of a given strength move the result?
    """
    fit = ma.pool(bcg_effects())
    return ma.selection_plot(
        *(
            ma.selection_model(fit, delta=name)
            for name in ("MODERATE_ONE", "SEVERE_ONE", "MODERATE_TWO", "SEVERE_TWO")
        ),
        names=["Moderate, one tail", "Severe, one tail", "Moderate, two tails",
               "Severe, two tails"],
        title="BCG vaccine: what if results were selected?",
        theme="gray",
    )  # fmt: skip


SCENES = scenes_of(
    "Selection models", selection_steps, selection_models_dark, selection_fixed_gray
)
