"""Questions about a conclusion that a search answers: how few studies, how large a new trial."""

from __future__ import annotations

import numpy as np

from metaan.core.fit import PooledFit
from metaan.core.numbers import compact, listed
from metaan.diagnostics.conclusion.diagnosis_record import HOLDS, TURNS, UNKNOWN
from metaan.diagnostics.conclusion.refit_checks import Answer
from metaan.diagnostics.fragility.new_trial import null_trial
from metaan.diagnostics.fragility.studies import fewest_studies

FEWEST_POOLED = 2
FEW = 3  # sets of more studies are counted, not named


def some_studies(fit: PooledFit, side: int) -> Answer:
    """Return the fewest studies without which the conclusion is another."""
    del side
    if fit.k < FEWEST_POOLED + 1:
        return UNKNOWN, "", "not asked: two studies must be left to pool"
    found = fewest_studies(fit)
    if found.number is None:
        told = f"no set of up to {found.tried} studies turns it"
        every = "whichever studies" if found.exact else f"if any {found.tried} studies"
        return HOLDS, f"{every} were left out", told
    best = listed(found.removed[0])
    if found.number <= FEW:
        told = f"{found.number} of {fit.k}: {best}"
    else:
        told = f"{found.number} of {fit.k}"
    more = len(found.removed) - 1
    others = f" (one of {more + 1} such sets)" if more else ""
    if not found.exact:
        others = " (found one by one; a smaller set may do)"
    clause = f"if {best} were left out together" if found.number > 1 else f"without {best}"
    if found.number > FEW:
        clause = f"if {found.number} well-chosen studies were left out together"
    return TURNS, clause, f"{told}{others}"


def new_null_trial(fit: PooledFit, side: int) -> Answer:
    """Return how large a further trial without effect turns the conclusion."""
    if side == 0:
        why = "the interval includes no effect already"
        return UNKNOWN, "", f"not asked: {why}"
    found = null_trial(fit)
    result = compact(fit.effects.scale.reading_null)
    if not found.exists:
        told = f"none, down to a standard error of {compact(found.largest)}"
        return HOLDS, f"if one further trial, however large, had the result {result}", told
    if np.isinf(found.se):
        return TURNS, f"if any further trial had the result {result}", "any, however small"
    size = f"SE {compact(found.se)}"
    if found.n == found.n:
        size = f"about {np.ceil(found.n):,.0f} participants (SE {compact(found.se)})"
    clause = f"if a further trial of {size} had the result {result}"
    return TURNS, clause, f"from {size}"
