"""Small studies: trim and fill, the power of studies, and what would matter."""

from __future__ import annotations

from typing import Any

import metaan as ma
from tests.gallery.data import bcg_effects, writing
from tests.gallery.scene import scenes_of


def filled_funnel() -> ma.Plot[Any]:
    """Funnel plot of trim and fill.

    Open studies are imputed; the pool with them, and as found.
    """
    found = ma.trim_and_fill(ma.pool(bcg_effects(), model="common"))
    return ma.funnel(found, title="BCG vaccine: what trim and fill would add")


def filled_contours_dark() -> ma.Plot[Any]:
    """Funnel plot of trim and fill with contours of p, in the dark theme.

    Where studies are missing: among those that are not significant?
    """
    found = ma.trim_and_fill(ma.pool(writing()))
    return ma.funnel(
        found,
        contours=(0.90, 0.95, 0.99),
        title="Writing to learn: filled studies and significance",
        theme="dark",
    )


def important_funnel() -> ma.Plot[Any]:
    """Funnel plot with effects too small to matter.

    Which studies, and whether the pool, lie beyond them.
    """
    return ma.funnel(
        ma.pool(writing()),
        important=0.2,
        title="Writing to learn: effects that matter",
    )


def sunset() -> ma.Plot[Any]:
    """Sunset funnel plot.

    The stronger the color, the less the power of a study to find a risk ratio of 0.7.
    """
    return ma.sunset_funnel(
        ma.pool(bcg_effects()), 0.7, title="BCG vaccine: power to find a risk ratio of 0.7"
    )


SCENES = scenes_of(
    "Small studies",
    filled_funnel,
    filled_contours_dark,
    important_funnel,
    sunset,
)
