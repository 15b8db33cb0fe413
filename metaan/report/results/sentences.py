"""One paragraph per figure: what is on file, what it gives, what the review printed."""

from __future__ import annotations

import math
import re

from metaan.core.counts_fit import CountsFit
from metaan.core.effects import GENERIC
from metaan.core.fit import PooledFit
from metaan.core.numbers import compact, decimals_for, fixed, p_text
from metaan.core.published import PublishedPool
from metaan.core.scale import Scale
from metaan.core.subgroup_fit import SubgroupFit
from metaan.core.wording import in_sentence, method_words
from metaan.report.results.model_words import estimated, model_clause
from metaan.report.results.network_recipes import NetworkResult
from metaan.report.results.network_sentences import network_paragraph
from metaan.report.results.recipes import AnyResult, Result
from metaan.univariate.inference import INFERENCES
from metaan.univariate.planning import FIXED

MARK = re.compile(r" \[\d+\]")
SMALL_RATIO, LARGE_RATIO = 0.05, 100.0
BENEFIT = "An interval that includes no effect does not show that there is none."


def paragraph(result: AnyResult) -> str:
    """Return the paragraph of a figure; every number in it comes from the result."""
    if isinstance(result, NetworkResult):
        return network_paragraph(result)
    if result.panels:
        return (
            f"{result.k} published pooled results in {len(result.panels)} panels, as printed. "
            "The same trials stand in many of them, so agreement between reviews is not "
            "independent confirmation."
        )
    parts = [_on_file(result)]
    if isinstance(result.fit, SubgroupFit):
        parts += [_pooled(result.fit.overall), _between(result.fit)]
    elif isinstance(result.fit, CountsFit):
        parts.append(_unmarked(result.fit.sentence()))
    elif result.fit is not None:
        parts.append(_pooled(result.fit))
    if result.regression is not None:
        parts.append(_unmarked(result.regression.sentence()))
    parts += [_printed(one) for one in result.published]
    if result.published and result.fit is not None:
        shared = f"; {result.shared}" if result.shared else ""
        parts.append(f"Ours is no recalculation of a published result{shared}.")
    return " ".join(part for part in parts if part)


def _unmarked(text: str) -> str:
    """Return a text without marks of references, which the methods carry."""
    return MARK.sub("", text)


def _on_file(result: Result) -> str:
    effects = result.effects
    if effects is None:
        return "No trial on file has usable figures for this comparison; nothing is pooled."
    if effects.k == 1:
        estimate = _study_text(result)
        return (
            f"One trial on file is usable, so nothing is pooled: {effects.study[0]}, {estimate}."
        )
    return f"{effects.k} trials on file are usable."


def _study_text(result: Result) -> str:
    effects = result.effects
    assert effects is not None
    read = effects.scale.inverse
    value, low, high = (float(read(x[0])) for x in (effects.y, *effects.limits(result.spec.level)))
    percent = f"{100 * result.spec.level:g}%"
    return (
        f"{effects.measure} {_numbers(value, low, high, percent, ratio=_is_ratio(effects.scale))}"
    )


def _numbers(
    value: float, low: float, high: float, percent: str = "95%", *, ratio: bool = False
) -> str:
    first, second, third = _written(value, low, high, ratio=ratio)
    return f"{first} ({percent} CI {second} to {third})"


def _written(*numbers: float, ratio: bool) -> list[str]:
    """Return numbers with the same decimals; a ratio near 0 with significant digits."""
    digits = 2 if ratio else max(2, decimals_for(*numbers))
    return [
        compact(x) if ratio and (x < SMALL_RATIO or x > LARGE_RATIO) else fixed(x, digits)
        for x in numbers
    ]


def _pooled(fit: PooledFit) -> str:
    read, het = fit.estimate.read(), fit.heterogeneity
    percent, ratio = f"{100 * read.level:g}%", _is_ratio(fit.effects.scale)
    found = _numbers(read.value, read.low, read.high, percent, ratio=ratio)
    interval = method_words(INFERENCES[fit.inference].name, fit.estimate.df)
    tau2 = f"tau² = {compact(fit.tau2)}, " if estimated(fit) else ""
    text = (
        f"The pooled {_measure(fit)} is {found}{_test(fit)}; {model_clause(fit)}, "
        f"interval {interval}. Heterogeneity: Q = {fixed(het.q)} on {het.df:g} df "
        f"({p_text(het.p_value, het.log_p_value)}), {tau2}I² = {fixed(het.i2, 0)}%."
    )
    if fit.tau2_method == FIXED:
        text += (
            f" tau² = {compact(fit.tau2)} was given, not estimated, so that no other model is "
            "beside it and what would change the conclusion is not asked."
        )
    if fit.prediction_interval is not None:
        limits = fit.prediction_interval.read()
        low, high = _written(limits.low, limits.high, ratio=ratio)
        text += (
            f" The true effect of a new trial of this kind is expected between {low} and {high} "
            f"({percent} prediction interval)."
        )
        if fit.tau2 == 0 and estimated(fit):
            text += (
                f" It is this narrow because tau² is estimated as 0; its limits are "
                f"{compact(het.tau2_low)} to {compact(het.tau2_high)}, so variation between "
                "trials is not excluded."
            )
    null = fit.estimate.scale.null
    if fit.estimate.low < null < fit.estimate.high:
        text += f" {BENEFIT}"
    return text


def _measure(fit: PooledFit) -> str:
    """Return the key of the measure; of effects as given, what they are called."""
    return (
        in_sentence(fit.effects.label) if fit.effects.measure == GENERIC else fit.effects.measure
    )


def _test(fit: PooledFit) -> str:
    mean = fit.estimate
    return f", {p_text(mean.p_value, mean.log_p_value)}" if mean.scale.has_null else ""


def _is_ratio(scale: Scale) -> bool:
    return scale.is_log


def _between(fit: SubgroupFit) -> str:
    caution = "".join(f" But {remark}." for remark in fit.remarks)
    return (
        f"Between the subgroups ({', '.join(fit.levels)}): Q = {fixed(fit.q_between)} on "
        f"{fit.df_between:g} df, {p_text(fit.p_between)}.{caution}"
    )


def _printed(one: PublishedPool) -> str:
    size = [f"k = {one.k:.0f}" if not math.isnan(one.k) else "k not reported"]
    if not math.isnan(one.n):
        size.append(f"n = {one.n:.0f}")
    certainty = f", certainty {one.certainty}" if one.certainty else ""
    return (
        f"{one.citation} printed {one.measure} {fixed(one.value)} ({fixed(one.low)} to "
        f"{fixed(one.high)}; {', '.join(size)}{certainty})."
    )
