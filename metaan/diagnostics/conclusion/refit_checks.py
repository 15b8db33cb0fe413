"""Questions about a conclusion that refits answer: studies left out, other models, a new study."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.fit import PooledFit
from metaan.core.numbers import compact, counted, listed, printed
from metaan.core.refit_words import NAMES_SHOWN, numbered, side_of
from metaan.core.wording import bracketed, percent
from metaan.diagnostics.conclusion.diagnosis_record import HOLDS, TURNS, UNKNOWN
from metaan.diagnostics.conclusion.other_models import OtherModel, other_models, own_sides
from metaan.diagnostics.leaving_out import leave_one_out
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.inference import INFERENCES

MOST_ESTIMATORS = 3  # named one by one
FEWEST_LEFT = 3  # studies of which one can be left out and the others pooled
Answer = tuple[str, str, str]  # verdict, clause, what was found


def each_study(fit: PooledFit, side: int) -> Answer:
    """Return whether the conclusion stays whichever study is left out."""
    if fit.k < FEWEST_LEFT:
        return UNKNOWN, "", "not asked: one study by itself is no pool"
    found = leave_one_out(fit)
    null = fit.effects.scale.null
    sides = side_of(found.low, found.high, null)
    label = numbered(found.label)
    turning = [label[i] for i in np.flatnonzero(sides != side).tolist()]
    limits = f"{_limits(fit, found.low, found.high)} over {counted(fit.k, 'refit')}"
    if not turning:
        return HOLDS, "if any one study were left out", limits
    told, many = _names(turning), len(turning) > NAMES_SHOWN
    which = f"any one of {len(turning)} studies" if many else _either(turning)
    return TURNS, f"if {which} were left out", f"turns without {told}; {limits}"


def each_model(fit: PooledFit, side: int) -> Answer:
    """Return whether the conclusion stays under every other estimator and interval."""
    others = other_models(fit)
    if not others:
        return UNKNOWN, "no other model gives another result", "no other model"
    turning = [other for other in others if other.side != side]
    low, high = (np.array([getattr(x, end) for x in others]) for end in ("low", "high"))
    limits = f"{_limits(fit, low, high)} over {counted(len(others), 'model')}"
    if not turning:
        every = "the other model" if len(others) == 1 else f"all {len(others)} other models"
        return HOLDS, f"under {every} tried", limits
    which = _models(fit, turning, side)
    share = f"{len(turning)} of {counted(len(others), 'other model')} tried"
    return TURNS, f"under {share} ({which})", f"turns under {share} ({which}); {limits}"


def new_study(fit: PooledFit, side: int) -> Answer:
    """Return whether the effect of a new study is expected on the same side.

    An interval of the mean that includes no effect lies inside the prediction interval.
    """
    predicted = fit.prediction_interval
    if predicted is None:
        why = "there is no prediction interval"
        return UNKNOWN, f"what a new setting would show is open, as {why}" if side else "", why
    low, high = np.array([predicted.low]), np.array([predicted.high])
    there = int(side_of(low, high, fit.effects.scale.null)[0])
    read = predicted.read()
    told = printed(read.low, read.high, ratio=fit.effects.scale.is_log)
    found = f"{percent(predicted.level)} prediction interval {told[0]} to {told[1]}"
    if there == side:
        return HOLDS, "in a new setting like these" if side else "", found
    return TURNS, "in a new setting like these", found


def _limits(fit: PooledFit, low: Floats, high: Floats) -> str:
    """Return between which values the limits of refits lie, reading scale."""
    scale = fit.effects.scale
    with np.errstate(over="ignore"):  # a ratio without upper limit
        both = [scale.inverse(np.asarray(end)) for end in (np.nanmin(low), np.nanmax(high))]
    ends = sorted(float(end) for end in both)
    told = printed(*ends, ratio=scale.is_log)
    return f"limits from {told[0]} to {told[1]}"


def _models(fit: PooledFit, others: Sequence[OtherModel], side: int) -> str:
    """Return by which intervals these models turn a conclusion, in words.

    Estimators of tau² are named only where the interval would not turn it with the fit's own.
    """
    own = own_sides(fit)
    told = []
    for key, row in INFERENCES.items():
        turning = [other for other in others if other.inference == key]
        if not turning:
            continue
        holds = key in own and own[key] == side
        theirs = f", {_estimators(turning, fit)}" if holds else ""
        told.append(f"{len(turning)} with {row.short} intervals{theirs}")
    return "; ".join(told) if any("intervals," in text for text in told) else listed(told)


def _estimators(others: Sequence[OtherModel], fit: PooledFit) -> str:
    """Return what else than the interval makes these models others."""
    names = [bracketed(ESTIMATORS[other.tau2].name) for other in others if other.tau2]
    told = ["a common effect"] if len(names) < len(others) else []
    if len(names) > MOST_ESTIMATORS:
        told.insert(0, "other estimators of tau²" if fit.tau2_method else "random effects")
    elif names:
        told.insert(0, f"tau² by {listed(names)}")
    return " or ".join(told)


def _either(names: Sequence[str]) -> str:
    *most, last = names
    if not most:
        return last
    return f"{'any one of ' if len(most) > 1 else ''}{', '.join(most)} or {last}"


def _names(names: Sequence[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return listed([*names[:NAMES_SHOWN], f"{more} others"] if more > 1 else names)


def importance(fit: PooledFit, important: float | None) -> str:
    """Return what the interval of the mean says of a minimal important difference."""
    if important is None:
        return ""
    scale, own = fit.effects.scale, fit.estimate.read()
    size = compact(important)
    if scale.is_log:
        bounds = sorted((important, 1 / important))
        shown = f"{compact(bounds[0])} or {compact(bounds[1])}"
    else:
        null = scale.reading_null
        bounds = [null - abs(important), null + abs(important)]
        shown = f"{size} in either direction"
    if own.low > bounds[0] and own.high < bounds[1]:
        return f"The interval of the mean rules out an effect that would be important ({shown})."
    if own.high <= bounds[0] or own.low >= bounds[1]:
        return f"The whole interval of the mean is important ({shown} and beyond)."
    reached = own.value <= bounds[0] or own.value >= bounds[1]
    point = "reaches" if reached else "does not reach"
    return (
        f"The estimate {point} the minimal important difference ({shown}), and its interval "
        "leaves open whether the effect does."
    )
