"""Publication bias by models: a Copas analysis and a p-curve."""

from __future__ import annotations

from typing import Any

import metaan as ma
from tests.gallery.scene import scenes_of
from tests.papers.tabled import data


def copas_smoking() -> ma.Plot[Any]:
    """Copas selection model in four panels.

    37 studies of passive smoking and lung cancer, the example of the model's authors.
    """
    table = data("hackshaw1998")
    effects = ma.Effects.from_arrays(
        table["yi"], v=table["vi"], study=list(table["study"]), scale="log", label="Relative risk"
    )
    return ma.copas_plot(
        ma.copas(ma.pool(effects)),
        title="Passive smoking and lung cancer: what if imprecise studies are missing?",
    )


def p_curve_therapies_dark() -> ma.Plot[Any]:
    """p-curve, in the dark theme.

    The significant ones of 18 trials of third-wave psychotherapies.
    """
    table = data("thirdwave")
    effects = ma.Effects.from_arrays(table["te"], se=table["se"], study=list(table["study"]))
    return ma.p_curve_plot(
        ma.p_curve(ma.pool(effects)),
        title="Third-wave psychotherapies: most significant p-values are very small",
        theme="dark",
    )


SCENES = scenes_of("Selection by models", copas_smoking, p_curve_therapies_dark)
