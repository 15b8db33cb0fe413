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
        sets = f"set of up to {found.tried} studies" if found.tried > 1 else "single study"
        told = f"no {sets} turns it"
        return HOLDS, _whichever(fit.k, found.tried, exact=found.exact), told
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


def _whichever(k: int, tried: int, *, exact: bool) -> str:
    """Return which studies could be left out; two always stay, or nothing would be pooled."""
    if not exact and tried > 1:
        return f"if any {tried} studies were left out"
    if not exact or k == FEWEST_POOLED + 1:
        return "whichever one study was left out"
    return "whichever studies were left out as long as two stay"


def new_null_trial(fit: PooledFit, side: int) -> Answer:
    """Return how large a further trial without effect turns the conclusion."""
    if side == 0:
        why = "the interval includes no effect already"
        return UNKNOWN, "", f"not asked: {why}"
    found = null_trial(fit)
    result = compact(fit.effects.scale.reading_null)
    if not found.exists:
        told = f"none, down to a standard error of {compact(found.largest)}"
        bounded = " (a random-effects pool bounds its weight)" if fit.tau2_method else ""
        if np.isfinite(found.common_se):
            told += f"; in a common-effect pool from SE {compact(found.common_se)}"
        clause = f"if one further trial, however large{bounded}, had the result {result}"
        return HOLDS, clause, told
    if np.isinf(found.se) and found.holds:
        return TURNS, f"if any further trial had the result {result}", "any, however small"
    precision = "" if np.isinf(found.se) else f"SE {compact(found.se)}"
    if not found.holds:  # a larger one turns it back
        back = f"SE {compact(found.back)}"
        size = f"between {back} and {precision}" if precision else f"above {back}"
        return TURNS, f"if a further trial of {size} had the result {result}", size
    size = precision
    if found.n == found.n:
        size = f"about {np.ceil(found.n):,.0f} participants ({precision})"
    return TURNS, f"if a further trial of {size} had the result {result}", f"from {size}"
