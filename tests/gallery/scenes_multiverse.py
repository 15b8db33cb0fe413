"""A multiverse: one question under every defensible combination of choices."""

from __future__ import annotations

from functools import cache
from typing import Any

import metaan as ma
from tests.gallery.data import bcg_effects
from tests.gallery.scene import scenes_of


@cache
def pain_multiverse() -> ma.Multiverse:
    """Return the multiverse of acupuncture against sham, pain."""
    question = ma.specify(
        ma.load_trials(), outcome="pain", treatment="acupuncture", control="sham", better="lower"
    )
    return ma.multiverse(question, important=0.2)


def multiverse_sham() -> ma.Plot[Any]:
    """Specification curve of 25,920 specifications.

    All defensible combinations of treatment, control, term, scores, measure, studies and model:
    every column stands for about 173 of them.
    """
    return ma.specification_curve(
        pain_multiverse(),
        mark={"as in the report": {"inference": "HKSJ_FLOOR"}},
        title="Pain, acupuncture against sham: 25,920 specifications",
    )


def multiverse_bcg_dark() -> ma.Plot[Any]:
    """Specification curve of 84 specifications, in the dark theme.

    Every trial left out in turn, by three estimators and two inferences; two analyses marked.
    """
    effects = bcg_effects()
    found = ma.multiverse(
        lambda: effects,
        {
            "studies": ma.without_each(effects),
            "tau2": ["REML", "DL", "PM"],
            "inference": ["HKSJ", "WALD"],
        },
        important=1.25,
    )
    return ma.specification_curve(
        found,
        mark=[{}, {"studies": "without TPT Madras 1980"}],
        title="BCG vaccine against tuberculosis: each trial left out",
        theme="dark",
    )


def multiverse_models_gray() -> ma.Plot[Any]:
    """Specification curve of the models alone, in gray.

    The main set of effects by ready-made estimators and inferences.
    """
    effects = pain_multiverse().fit(pain_multiverse().main).effects
    found = ma.multiverse(
        lambda: effects,
        {
            "model": ["random", "common"],
            "tau2": ["REML", "PM", "DL", "HE", "SJ"],
            "inference": ["HKSJ", "HKSJ_FLOOR", "T", "WALD"],
        },
        important=0.2,
    )
    return ma.specification_curve(
        found, title="Pain, acupuncture against sham: one set of effects", theme="gray"
    )


SCENES = scenes_of("Multiverse", multiverse_sham, multiverse_bcg_dark, multiverse_models_gray)
