"""The forest plot of pooled counts: Mantel-Haenszel, Peto, and generalized linear mixed models."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.counts import KINDS, PETO_ODDS_RATIO, Counts
from metaan.core.counts_fit import RANDOM, CountsFit
from metaan.core.effects import GENERIC, Effects
from metaan.core.glmm_fit import GlmmFit
from metaan.core.numbers import fixed
from metaan.core.scale import Scale
from metaan.plots.forests.decimals import ends_of
from metaan.plots.forests.fit_lines import (
    ChiSquare,
    by_likelihood_ratio,
    chi2_line,
    model_line,
)
from metaan.plots.forests.footnotes import left_out
from metaan.plots.forests.layout import STANDARD_ERROR
from metaan.plots.forests.lines import Lines
from metaan.plots.forests.other_models import model_ends, other_models, with_models
from metaan.plots.forests.published import Pools, printed_numbers, published_rows
from metaan.plots.forests.record import Cell, ForestRow, ForestRows
from metaan.plots.forests.sheet import (
    NOT_POOLED,
    ONE_STUDY,
    Sheet,
    Way,
    Words,
    sheet_of,
    studies_text,
)
from metaan.plots.forests.study_order import StudyNumbers, study_order
from metaan.plots.forests.subject_pooled import pooled_alt, total_rest, unweighted

NOT_SHOWN = "Wald's test of heterogeneity"
ONE_TELLS = "One study tells of an effect: nothing is pooled"
# As heads of columns have the methods; others stand by their names.
SHORT: Mapping[str, str] = MappingProxyType({"Mantel-Haenszel": "M-H"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEffects:
    """The effects of all k studies of some counts, as they are drawn; arrays of shape (k,).

    Attributes
    ----------
    effects : Effects
        With the columns of the arms; a study without an effect of its own has a number there
        that is not shown, since effects hold finite numbers only.
    y, v, low, high : ndarray
        Effects, variances and limits, analysis scale; NaN where there are none, infinite where a
        cell of 0 decides.
    """

    effects: Effects
    y: Floats
    v: Floats
    low: Floats
    high: Floats

    @property
    def silent(self) -> list[str]:
        """Studies without an effect of their own."""
        return [self.effects.study[i] for i in np.flatnonzero(np.isnan(self.y)).tolist()]


def pooled_counts(fit: CountsFit, published: Pools, words: Words) -> ForestRows:
    """Return the record of counts pooled without a model of their levels."""
    own = counts_effects(fit)
    way = Way(method=SHORT.get(fit.method, fit.method), model=fit.model)
    way = way if fit.k > 1 else NOT_POOLED
    tau2 = fit.tau2 if fit.model == RANDOM else None
    level = fit.estimate.level
    models = other_models(words.asked.models, own.effects, level, own.silent)
    scale = own.effects.scale
    pools = [ends_of(fit.estimate, scale), *model_ends(models, scale)]
    sheet = sheet_of(own.effects, level, pools, printed_numbers(published), words, way)
    lines = (
        sheet.lines.heterogeneity(fit.heterogeneity, tau2=tau2, i2=fit.heterogeneity.i2),
        sheet.lines.test(fit.estimate),
        own_test(sheet.lines, fit),
        model_line(sheet.lines, fit, fit.estimate),
    )
    places = range(fit.counts.k)
    label, weight = sheet.lines.total(fit.k), float(fit.weights.sum())
    total = [sheet.mark("total", label, fit.estimate, places, weight)]
    total += total_rest(sheet, places, None, lines)
    studies = counted_studies(sheet, own, fit.weights, words)
    if fit.k == 1:
        total, studies = list(sheet.note(_one_study(fit))), map(unweighted, studies)
    rows = [
        *studies,
        *with_models(sheet, total, models),
        *published_rows(sheet.frame.hand, published),
    ]
    return sheet.frame.record(rows, words, alt=f"{_alt(sheet, fit)}.")


def _one_study(fit: CountsFit | GlmmFit) -> str:
    """Return why there is no total where one study alone tells of an effect."""
    return ONE_STUDY if fit.counts.k == 1 else ONE_TELLS


def own_test(lines: Lines, fit: CountsFit) -> str:
    """Return the test of no effect that goes with the method, where the layout has none.

    Further tests, and those of one odds ratio, stay in the summary of the fit.
    """
    found = [test for test in fit.tests.values() if not test.homogeneity]
    return "" if lines.layout.test or not found else chi2_line(lines, found[0])


def mixed_model(fit: GlmmFit, published: Pools, words: Words) -> ForestRows:
    """Return the record of a generalized linear mixed model; squares show inverse variances."""
    own = _glmm_effects(fit)
    level = fit.estimate.level
    models = other_models(words.asked.models, own.effects, level, own.silent)
    scale = own.effects.scale
    pools = [ends_of(fit.estimate, scale), *model_ends(models, scale)]
    way = Way(model=fit.model) if fit.k > 1 else NOT_POOLED
    sheet = sheet_of(own.effects, level, pools, printed_numbers(published), words, way)
    places = range(fit.counts.k)
    total = [sheet.mark("total", sheet.lines.total(fit.k), fit.estimate, places)]
    total += total_rest(sheet, places, fit.prediction_interval, _glmm_lines(sheet, fit))
    total = total if fit.k > 1 else list(sheet.note(_one_study(fit)))
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.where(np.isfinite(own.v), 1.0 / own.v, 0.0)
    rows = [
        *(unweighted(row) for row in counted_studies(sheet, own, precision, words)),
        *with_models(sheet, total, models),
        *published_rows(sheet.frame.hand, published),
    ]
    return sheet.frame.record(rows, words, alt=f"{_alt(sheet, fit)}.")


def counts_remarks(fit: CountsFit | GlmmFit) -> tuple[str, ...]:
    """Return what is remarked on a fit of counts and on the counts, and what was left out.

    What is about Wald's test of heterogeneity stays in the summary, as the test itself does.
    """
    counts = fit.counts
    told = (remark for remark in fit.remarks if NOT_SHOWN not in remark)
    return (*left_out(counts.left_out, counts.k), *counts.remarks, *told)


def counts_effects(fit: CountsFit) -> OwnEffects:
    """Return the own effects of all studies of a fit of counts, in the order of the counts."""
    there, k = fit.effects, fit.counts.k
    below, above = there.limits(fit.estimate.level)
    place = {label: i for i, label in enumerate(fit.counts.study)}
    where = [place[label] for label in there.study]
    numbers = {name: np.full(k, np.nan) for name in ("y", "v", "low", "high")}
    found = {"y": there.y, "v": there.v, "low": below, "high": above}
    for name, values in found.items():
        numbers[name][where] = values
    # Readers know no abbreviation of Peto's odds ratio.
    measure = GENERIC if fit.measure == PETO_ODDS_RATIO else fit.measure
    effects = _effects(fit.counts, fit.estimate.scale, numbers, measure=measure, label=fit.label)
    return OwnEffects(effects=effects, **numbers)


def _glmm_effects(fit: GlmmFit) -> OwnEffects:
    numbers = {"y": fit.y, "v": fit.v, "low": fit.low, "high": fit.high}
    effects = _effects(fit.counts, fit.estimate.scale, numbers, measure=GENERIC, label=fit.label)
    return OwnEffects(effects=effects, **numbers)


def _effects(
    counts: Counts, scale: Scale, numbers: Mapping[str, Floats], *, measure: str, label: str
) -> Effects:
    """Return the counts as effects with the columns of their arms."""
    columns: dict[str, Any] = dict(counts.columns)
    for j in range(counts.groups):
        group = str(j + 1) if counts.groups > 1 else ""
        columns[f"events{group}"] = counts.events[:, j].tolist()
        columns[f"{KINDS[counts.kind]}{group}"] = counts.denominators[:, j].tolist()
    usable = np.isfinite(numbers["y"]) & np.isfinite(numbers["v"]) & (numbers["v"] > 0)
    middle = float(np.median(numbers["y"][usable])) if usable.any() else 0.0
    return Effects(
        y=np.where(usable, numbers["y"], middle),
        v=np.where(usable, numbers["v"], 1.0),
        study=counts.study,
        measure=measure,
        label=label,
        scale=scale,
        treatment=counts.treatment,
        control=counts.control,
        rows=counts.rows,
        columns=columns,
    )


def counted_studies(
    sheet: Sheet, own: OwnEffects, weights: Floats, words: Words
) -> Iterator[ForestRow]:
    """Yield the rows of the studies of some counts, with the numbers that they really have."""
    numbers = StudyNumbers(effect=own.y, weight=weights)
    places = study_order(own.effects, numbers, words.asked.order)
    errors = f"column {STANDARD_ERROR}"
    for i, row in zip(places, sheet.studies(places, weights), strict=True):
        value, low, high = float(own.y[i]), float(own.low[i]), float(own.high[i])
        text = _effect_text(sheet, value, low, high)
        drawn = replace(row, value=value, low=low, high=high, effect=text)
        if math.isnan(low) and errors in row.texts:
            drawn = replace(drawn, texts={**row.texts, errors: (fixed(math.nan),)})
        yield unweighted(drawn) if math.isnan(value) and not weights[i] else drawn


def _effect_text(sheet: Sheet, value: float, low: float, high: float) -> Cell:
    """Return an effect; one that a cell of 0 makes infinite has no limits."""
    hand = sheet.frame.hand
    if math.isinf(value) and math.isnan(low):
        return (f"{hand.number(value)} (no limits)",)
    return hand.effect(value, low, high)


def _glmm_lines(sheet: Sheet, fit: GlmmFit) -> Sequence[str]:
    """Return the lines of a mixed model: Q by likelihood ratio, test of no effect, the model.

    Wald's test of heterogeneity stays in the summary of the fit.
    """
    ratio, random = fit.q_lrt, fit.model == RANDOM
    spread = ChiSquare(
        q=ratio.statistic,
        df=ratio.df if fit.k > 1 else 0.0,
        p_value=ratio.p_value,
        log_p_value=ratio.log_p_value,
    )
    lines = sheet.lines
    i2 = fit.i2 if random else math.nan
    told = lines.heterogeneity(spread, tau2=fit.tau2 if random else None, i2=i2)
    return (
        by_likelihood_ratio(told) if fit.k > 1 else told,
        lines.test(fit.estimate),
        model_line(lines, fit, fit.estimate),
    )


def _alt(sheet: Sheet, fit: CountsFit | GlmmFit) -> str:
    alt = pooled_alt(sheet, fit.estimate, fit.counts.k)
    if fit.k == 1:
        alt = f"Forest plot of {studies_text(fit.counts.k)}, not pooled"
    none = fit.counts.k - fit.k
    return f"{alt}; {none} without information" if none else alt
