"""The figures of trust in the themes that the other scenes leave out."""

from __future__ import annotations

from typing import Any

import metaan as ma
from tests.gallery.data import bcg_effects, catheters_added, sham_pain, sham_pain_wider, writing
from tests.gallery.scene import scenes_of
from tests.papers.tabled import data


def influence_sham_gray() -> ma.Plot[Any]:
    """Influence of each study, in gray."""
    return ma.influence_plot(
        ma.pool(sham_pain()),
        title="Pain, acupuncture against sham, influence: 6 of 26 studies on file",
        theme="gray",
    )


def baujat_sham_dark() -> ma.Plot[Any]:
    """Baujat plot, in the dark theme."""
    return ma.baujat_plot(
        ma.pool(sham_pain()),
        title="Pain, acupuncture against sham: 6 of 26 studies on file",
        theme="dark",
    )


def baujat_writing_gray() -> ma.Plot[Any]:
    """Baujat plot of many studies, in gray."""
    return ma.baujat_plot(
        ma.pool(writing()), title="Writing to learn: what each study does", theme="gray"
    )


def quantiles_bcg() -> ma.Plot[Any]:
    """Plot of quantiles (normal Q-Q) of studentized residuals."""
    return ma.qq_plot(
        ma.pool(bcg_effects()),
        residual="studentized",
        title="BCG vaccine: deleted residuals and the normal distribution",
    )


def quantiles_bcg_dark() -> ma.Plot[Any]:
    """Plot of quantiles with a simulated band, in the dark theme."""
    return ma.qq_plot(
        ma.pool(bcg_effects()),
        rng=1,
        title="BCG vaccine: residuals and the normal distribution",
        theme="dark",
    )


def sunset_dark() -> ma.Plot[Any]:
    """Sunset funnel plot, in the dark theme."""
    return ma.sunset_funnel(
        ma.pool(writing()), 0.2, title="Writing to learn: power to find 0.2", theme="dark"
    )


def sunset_gray() -> ma.Plot[Any]:
    """Sunset funnel plot at the pooled effect, in gray."""
    return ma.sunset_funnel(
        ma.pool(sham_pain()),
        title="Pain, acupuncture against sham: 6 of 26 studies on file",
        theme="gray",
    )


def further_trial_gray() -> ma.Plot[Any]:
    """Funnel plot, extended, in gray."""
    return ma.extended_funnel(
        ma.pool(writing()), title="Writing to learn and one further study", theme="gray"
    )


def zero_cells_dark() -> ma.Plot[Any]:
    """Sensitivity plot with another estimator of tau², in the dark theme."""
    found = ma.sensitivity(
        ma.pool(catheters_added(0.5), tau2="DL"),
        catheters_added,
        values=[0.1 * step for step in range(1, 11)],
        name="what is added to zero cells",
    )
    return ma.sensitivity_plot(
        found, title="Treated catheters: what is added to cells without events", theme="dark"
    )


def larger_errors_gray() -> ma.Plot[Any]:
    """Sensitivity plot of a scaled variance, in gray.

    What if all standard errors were larger than printed by some factor?
    """
    found = ma.sensitivity(
        ma.pool(sham_pain_wider(1.0)),
        sham_pain_wider,
        values=[1.0, 1.2, 1.4, 1.6, 1.8, 2.0],
        name="the factor of all standard errors",
    )
    return ma.sensitivity_plot(
        found, title="Pain, acupuncture against sham: 6 of 26 studies on file", theme="gray"
    )


def copas_bcg_dark() -> ma.Plot[Any]:
    """Copas selection model, in the dark theme."""
    return ma.copas_plot(
        ma.copas(ma.pool(bcg_effects())),
        title="BCG vaccine: what if imprecise trials are missing?",
        theme="dark",
    )


def copas_writing_gray() -> ma.Plot[Any]:
    """Copas selection model of many studies, in gray."""
    return ma.copas_plot(
        ma.copas(ma.pool(writing())),
        title="Writing to learn: what if imprecise studies are missing?",
        theme="gray",
    )


def p_curve_smoking() -> ma.Plot[Any]:
    """p-curve of a literature with few significant results."""
    table = data("hackshaw1998")
    effects = ma.Effects.from_arrays(table["yi"], v=table["vi"], scale="log")
    return ma.p_curve_plot(
        ma.p_curve(ma.pool(effects)), title="Passive smoking: the significant studies"
    )


def p_curve_bcg_gray() -> ma.Plot[Any]:
    """p-curve, in gray."""
    return ma.p_curve_plot(
        ma.p_curve(ma.pool(bcg_effects())),
        title="BCG vaccine: the significant trials",
        theme="gray",
    )


SCENES = scenes_of(
    "Trust, in the other themes",
    influence_sham_gray,
    baujat_sham_dark,
    baujat_writing_gray,
    quantiles_bcg,
    quantiles_bcg_dark,
    sunset_dark,
    sunset_gray,
    further_trial_gray,
    zero_cells_dark,
    larger_errors_gray,
    copas_bcg_dark,
    copas_writing_gray,
    p_curve_smoking,
    p_curve_bcg_gray,
)
