"""Influence: what each trial does to a result, and what its residuals look like."""

from __future__ import annotations

from typing import Any

import metaan as ma
from tests.gallery.data import bcg_effects, writing
from tests.gallery.scene import scenes_of


def influence_bcg() -> ma.Plot[Any]:
    """Measures of influence.

    A row for each trial, a panel for each measure, dashed lines at the cut-offs: under a common
    effect three trials move the result.
    """
    return ma.influence_plot(
        ma.pool(bcg_effects(), model="common"),
        title="BCG vaccine, common effect: three trials are influential",
    )


def influence_latitude_dark() -> ma.Plot[Any]:
    """Measures of influence of a meta-regression, in the dark theme.

    A panel of DFBETAS for each coefficient.
    """
    return ma.influence_plot(
        ma.regress(bcg_effects(), "~ ablat + year"),
        measures=["studentized", "dffits", "cook", "tau2", "hat", "dfbetas"],
        title="BCG vaccine by latitude and year: one trial carries the slopes",
        theme="dark",
    )


def baujat_bcg() -> ma.Plot[Any]:
    """Baujat plot.

    To the right what makes the heterogeneity, further up what moves the result.
    """
    return ma.baujat_plot(
        ma.pool(bcg_effects(), model="common"),
        title="BCG vaccine: two trials make the heterogeneity, one of them moves the result",
    )


def quantiles_writing_gray() -> ma.Plot[Any]:
    """Q–Q plot of residuals, in gray.

    The band is that of sorted normal deviates, rank by rank.
    """
    return ma.qq_plot(
        ma.pool(writing()),
        title="Writing to learn: residuals and the normal distribution",
        theme="gray",
    )


SCENES = scenes_of(
    "Influence",
    influence_bcg,
    influence_latitude_dark,
    baujat_bcg,
    quantiles_writing_gray,
)
