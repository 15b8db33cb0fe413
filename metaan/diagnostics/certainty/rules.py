"""What can be computed of the certainty of evidence: suggestions, never verdicts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from metaan.core.counts_fit import CountsFit
from metaan.core.estimate import Interval
from metaan.core.fit import PooledFit
from metaan.core.numbers import compact, fixed, listed, printed
from metaan.core.scale import Scale
from metaan.core.wording import percent
from metaan.diagnostics.certainty.absolute import (
    Absolute,
    absolute_of,
    control_risk,
    pooled_sd,
)
from metaan.diagnostics.certainty.domains import Suggestion
from metaan.diagnostics.certainty.information import (
    SMALL_EFFECT,
    USUAL_REDUCTION,
    size_for_means,
    size_for_risks,
)

GUIDE_34, GUIDE_6 = "10.1016/j.jclinepi.2022.07.014", "10.1016/j.jclinepi.2011.01.012"
GUIDE_7, STERNE = "10.1016/j.jclinepi.2011.03.017", "10.1136/bmj.d4002"
FAR_LESS = 0.5  # of the optimal information size; "far less" has no number in the guidance
FEWEST = 10  # studies for a test of asymmetry
FAR = 5.0  # beyond it, or its inverse, an important ratio looks like another kind of number
ASYMMETRIC = 0.10
SUBSTANTIAL, CONSIDERABLE = 50.0, 75.0  # percent of I²


class Thresholds(NamedTuple):
    """Effects at which a decision would change.

    Attributes
    ----------
    low, high : float
        Important effects below and above the null, analysis scale; NaN if there are none.
    null : float
        No effect; NaN for a level.
    told : str
        Where they come from.
    """

    low: float
    high: float
    null: float
    told: str

    def far(self, scale: Scale) -> bool:
        """Return whether an important ratio is so far from 1 that it is hardly a ratio."""
        ends = [x for x in (self.low, self.high) if math.isfinite(x)]
        return scale.is_log and scale.has_null and any(abs(x) > math.log(FAR) for x in ends)

    def important(self) -> tuple[float, ...]:
        """Return those of an important effect, or the null where there are none."""
        chosen = tuple(x for x in (self.low, self.high) if math.isfinite(x))
        return chosen or tuple(x for x in (self.null,) if math.isfinite(x))

    def all(self) -> tuple[float, ...]:
        """Return all of them, rising."""
        return tuple(x for x in (self.low, self.null, self.high) if math.isfinite(x))


def crossed(low: float, high: float, at: Sequence[float]) -> list[float]:
    """Return which thresholds lie inside of an interval."""
    return [x for x in at if low < x < high]


def imprecision(
    fit: PooledFit | CountsFit, at: Thresholds, n: float, oi: tuple[float, str]
) -> Suggestion:
    """Return what the interval and the information say.

    Parameters
    ----------
    fit : PooledFit or CountsFit
        The pool.
    at : Thresholds
        Important effects.
    n : float
        Participants; NaN if unknown.
    oi : tuple of float and str
        Optimal information size (NaN if unknown) and what it is for.
    """
    own, read = fit.estimate, fit.estimate.read()
    null = own.scale.reading_null
    low, high = printed(read.low, read.high, ratio=own.scale.is_log, null=null)
    inside = crossed(own.low, own.high, at.important())
    limits = f"{percent(own.level)} CI {low} to {high}"
    if not at.important():
        return Suggestion(
            levels=None,
            numbers=f"{limits}; a level has no null: give important=",
            rule="",
            doi=GUIDE_34,
        )
    if inside:
        values = listed([_read(x, own.scale) for x in inside])
        many = len(inside) > 1
        return Suggestion(
            levels=2 if many else 1,
            consider=3 if many else 2,
            numbers=f"{limits} includes {values} ({at.told})",
            rule="the interval crosses a threshold of decision: one level; two of them: two",
            doi=GUIDE_34,
        )
    told = f"{limits} crosses no threshold ({at.told})"
    size, what = oi
    if not (math.isfinite(size) and math.isfinite(n)):
        return Suggestion(
            levels=0,
            numbers=f"{told}; information size not compared: {what}",
            rule="the interval crosses no threshold",
            doi=GUIDE_34,
        )
    share = f"{n:,.0f} participants of {math.ceil(size):,.0f} that {what} asks for"
    short = n < size
    return Suggestion(
        levels=1 if short else 0,
        consider=2 if n < FAR_LESS * size else 0,
        numbers=f"{told}; {share}",
        rule="where the interval crosses no threshold: one level if there are fewer participants "
        "than the optimal information size, more if far fewer",
        doi=GUIDE_6,
    )


def information_size(
    fit: PooledFit | CountsFit, at: Thresholds, *, risk: float | None, sd: float | None
) -> tuple[float, str]:
    """Return the optimal information size and what it is for; NaN and the reason why not."""
    label = fit.effects.label if isinstance(fit, PooledFit) else fit.label
    function, scale = absolute_of(label), fit.estimate.scale
    if function is not None:
        return _for_risks(function, scale, at, control_risk(fit) if risk is None else risk)
    if scale.is_log:
        return math.nan, "it is no effect on risks"
    spread = sd if sd is not None else _own_sd(fit, label)
    if not math.isfinite(spread):
        return math.nan, "the SD of the outcome is unknown (sd=)"
    chosen = [abs(x - at.null) for x in (at.low, at.high) if math.isfinite(x)]
    difference = min(chosen) if chosen else SMALL_EFFECT * spread
    words = f"a difference of {compact(difference)} (SD {compact(spread)})"
    return size_for_means(difference, spread), words


def _own_sd(fit: PooledFit | CountsFit, label: str) -> float:
    return 1.0 if label.casefold().startswith("standardized mean") else pooled_sd(fit)


def _for_risks(function: Absolute, scale: Scale, at: Thresholds, risk: float) -> tuple[float, str]:
    if not 0 < risk < 1:
        return math.nan, "the risk without treatment is unknown (risk=)"
    own = at.low if math.isfinite(at.low) else at.high
    other = function(risk, float(scale.inverse(own))) if math.isfinite(own) else math.nan
    if not 0 < other < 1:
        other = (1 - USUAL_REDUCTION) * risk
    words = f"finding a risk of {_percent(other)} against {_percent(risk)}"
    return size_for_risks(other, risk), words


def inconsistency(fit: PooledFit | CountsFit, at: Thresholds) -> Suggestion:
    """Return what the prediction interval adds to the interval, or else what I² says.

    Without any threshold it is left open: I² alone does not tell whether disagreement matters.
    """
    het, own = fit.heterogeneity, fit.estimate
    rule = "the prediction interval crosses thresholds that the confidence interval does not"
    if fit.k < 2:
        return Suggestion(levels=0, numbers="one study", rule="nothing to disagree", doi=GUIDE_7)
    i2 = f"I² = {fixed(het.i2, 0)}%"
    predicted = fit.prediction_interval if isinstance(fit, PooledFit) else None
    if not at.all():
        return _left_open(fit, i2, predicted)
    if predicted is not None:
        read = predicted.read()
        low, high = printed(read.low, read.high, ratio=own.scale.is_log)
        wide = crossed(predicted.low, predicted.high, at.all())
        more = [x for x in wide if x not in crossed(own.low, own.high, at.all())]
        told = f"{i2}, τ = {compact(math.sqrt(fit.tau2))}; prediction interval {low} to {high}"
        if more:
            values = listed([_read(x, own.scale) for x in more])
            told += f" includes {values}, which the CI does not"
        else:
            told += " crosses no threshold that the CI does not"
        return Suggestion(
            levels=1 if more else 0,
            consider=2 if len(more) > 1 else 0,
            numbers=told,
            rule=rule,
            doi=GUIDE_7,
        )
    levels = 1 if het.i2 >= SUBSTANTIAL else 0
    return Suggestion(
        levels=levels,
        consider=2 if het.i2 >= CONSIDERABLE else 0,
        numbers=f"{i2}; there is no prediction interval",
        rule="I² of 50% or more may be substantial, of 75% or more considerable",
        doi=GUIDE_7,
    )


def _left_open(fit: PooledFit | CountsFit, i2: str, predicted: Interval | None) -> Suggestion:
    told = i2
    if predicted is not None:
        read = predicted.read()
        low, high = printed(read.low, read.high, ratio=fit.estimate.scale.is_log)
        told += f", τ = {compact(math.sqrt(fit.tau2))}; prediction interval {low} to {high}"
    return Suggestion(
        levels=None, numbers=f"{told}; a level has no null: give important=", rule="", doi=GUIDE_7
    )


def small_studies(k: int, p_value: float | None) -> Suggestion:
    """Return what a test of asymmetry says, where one can be made."""
    rule = "a test of asymmetry with p < 0.10, in ten studies or more"
    if k < FEWEST:
        few = "1 study is" if k == 1 else f"{k} studies are"
        told = f"{few} fewer than {FEWEST}, so that asymmetry cannot be judged"
        return Suggestion(levels=None, numbers=told, rule=rule, doi=STERNE)
    if p_value is None or p_value != p_value:
        told = "no test of asymmetry is given (small_studies=)"
        return Suggestion(levels=None, numbers=told, rule=rule, doi=STERNE)
    found = p_value < ASYMMETRIC
    return Suggestion(
        levels=1 if found else 0,
        numbers=f"test of asymmetry in {k} studies: p = {compact(p_value, 2)}",
        rule=rule,
        doi=STERNE,
    )


def _read(value: float, scale: Scale) -> str:
    return compact(float(scale.inverse(value)))


def _percent(risk: float) -> str:
    return f"{compact(100 * risk)}%"
