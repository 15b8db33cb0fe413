"""A multiverse: one question under every defensible combination of choices."""

from __future__ import annotations

from functools import cache
from typing import Any

import metaan as ma
from metaan.diagnostics.specifications.choices import without_each
from metaan.diagnostics.specifications.multiverse import multiverse
from metaan.diagnostics.specifications.multiverse_record import Multiverse
from metaan.plots.diagnostics.specification_curve import specification_curve
from metaan.trials.specifying import specify
from tests.gallery.data import bcg_effects
from tests.gallery.scene import scenes_of


@cache
def sham_pain() -> Multiverse:
    """Return the multiverse of acupuncture against sham, pain."""
    question = specify(
        ma.load_trials(), outcome="pain", treatment="acupuncture", control="sham", better="lower"
    )
    return multiverse(question, important=0.2)


def multiverse_sham() -> ma.Plot[Any]:
    """Specification curve of 25,920 specifications.

    All defensible combinations of treatment, control, term, scores, measure, studies and model:
    every column stands for about 173 of them.
    """
    return specification_curve(
        sham_pain(),
        mark={"as in the report": {"inference": "HKSJ_FLOOR"}},
        title="Pain, acupuncture against sham: 25,920 specifications",
    )


def multiverse_bcg_dark() -> ma.Plot[Any]:
    """Specification curve of 84 specifications, in the dark theme.

    Every trial left out in turn, by three estimators and two inferences; two analyses marked.
    """
    effects = bcg_effects()
    found = multiverse(
        lambda: effects,
        {
            "studies": without_each(effects),
            "tau2": ["REML", "DL", "PM"],
            "inference": ["HKSJ", "WALD"],
        },
        important=1.25,
    )
    return specification_curve(
        found,
        mark=[{}, {"studies": "without TPT Madras 1980"}],
        title="BCG vaccine against tuberculosis: each trial left out",
        theme="dark",
    )


def multiverse_models_gray() -> ma.Plot[Any]:
    """Specification curve of the models alone, in gray.

    The main set of effects by ready-made estimators and inferences.
    """
    effects = sham_pain().fit(sham_pain().main).effects
    found = multiverse(
        lambda: effects,
        {
            "model": ["random", "common"],
            "tau2": ["REML", "PM", "DL", "HE", "SJ"],
            "inference": ["HKSJ", "HKSJ_FLOOR", "T", "WALD"],
        },
        important=0.2,
    )
    return specification_curve(
        found, title="Pain, acupuncture against sham: one set of effects", theme="gray"
    )


SCENES = scenes_of("Multiverse", multiverse_sham, multiverse_bcg_dark, multiverse_models_gray)
