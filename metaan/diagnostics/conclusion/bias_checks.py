"""Whether a conclusion outlives corrections for small-study effects."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping

import numpy as np

from metaan.core.errors import InputError, MetaanWarning
from metaan.core.estimate import Estimate
from metaan.core.fit import PooledFit
from metaan.core.numbers import listed
from metaan.core.refit_words import side_of
from metaan.core.wording import estimate_words
from metaan.diagnostics.asymmetry.pet_peese import pet_peese
from metaan.diagnostics.asymmetry.trim_and_fill import trim_and_fill
from metaan.diagnostics.conclusion.diagnosis_record import HOLDS, TURNS, UNKNOWN
from metaan.diagnostics.conclusion.refit_checks import Answer
from metaan.diagnostics.selection.model import selection_model

FEWEST = 10  # studies below which asymmetry cannot be told from chance (Sterne 2011)


def _filled(fit: PooledFit) -> Estimate:
    return trim_and_fill(fit).refit.estimate


def _extrapolated(fit: PooledFit) -> Estimate:
    return pet_peese(fit).estimate


def _selected(fit: PooledFit) -> Estimate:
    return selection_model(fit).estimate


CORRECTIONS: Mapping[str, Callable[[PooledFit], Estimate]] = {
    "trim and fill": _filled,
    "PET-PEESE": _extrapolated,
    "a three-parameter selection model": _selected,
}


def small_studies(fit: PooledFit, side: int) -> Answer:
    """Return whether the conclusion stays under each correction; unknown below ten studies."""
    if fit.k < FEWEST:
        why = f"with {fit.k} studies small-study effects cannot be judged"
        return UNKNOWN, why, f"fewer than {FEWEST} studies"
    turned: list[str] = []
    kept: list[str] = []
    told: list[str] = []
    for name, correct in CORRECTIONS.items():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", MetaanWarning)  # the methods' own records say it
                corrected = correct(fit)
        except InputError as error:
            told.append(f"{name}: {error}")
            continue
        low, high = np.array([corrected.low]), np.array([corrected.high])
        if not (np.isfinite(low) & np.isfinite(high)).all():
            told.append(f"{name}: no estimate")
            continue
        stays = int(side_of(low, high, fit.effects.scale.null)[0]) == side
        (kept if stays else turned).append(name)
        told.append(f"{name}: {estimate_words(corrected)}")
    found = "; ".join(told)
    if turned:
        return TURNS, f"after correction for small-study effects by {listed(turned)}", found
    if kept:
        return HOLDS, f"after correction for small-study effects by {listed(kept)}", found
    return UNKNOWN, "no correction for small-study effects could be made", found
