"""One paragraph per figure: what is on file, what it gives, what the review printed."""

from __future__ import annotations

import math

from metaan.core.fit import PooledFit
from metaan.core.numbers import compact, decimals_for, fixed, p_text
from metaan.core.published import PublishedPool
from metaan.core.subgroup_fit import SubgroupFit
from metaan.report.recipes import Result

BENEFIT = "An interval that includes no effect does not show that there is none."


def paragraph(result: Result) -> str:
    """Return the paragraph of a figure; every number in it comes from the result."""
    if result.panels:
        return (
            f"{result.k} published pooled results in {len(result.panels)} panels, as printed. "
            "The same trials stand in many of them, so agreement between reviews is not "
            "independent confirmation."
        )
    parts = [_on_file(result)]
    if isinstance(result.fit, SubgroupFit):
        parts += [_pooled(result.fit.overall), _between(result.fit)]
    elif result.fit is not None:
        parts.append(_pooled(result.fit))
    parts += [_printed(one) for one in result.published]
    if result.published and result.fit is not None and result.k < result.of:
        parts.append(
            "Ours is not a recalculation of the published result: most of its trials are not on "
            "file with usable figures."
        )
    return " ".join(part for part in parts if part)


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
    value, low, high = (float(read(x[0])) for x in (effects.y, *effects.limits()))
    return f"{effects.measure} {_numbers(value, low, high)}"


def _numbers(value: float, low: float, high: float, percent: str = "95%") -> str:
    digits = max(1, decimals_for(value, low, high))
    limits = f"{percent} CI {fixed(low, digits)} to {fixed(high, digits)}"
    return f"{fixed(value, digits)} ({limits})"


def _pooled(fit: PooledFit) -> str:
    read, het = fit.estimate.read(), fit.heterogeneity
    percent = f"{100 * read.level:g}%"
    text = (
        f"The pooled {fit.effects.measure} is {_numbers(read.value, read.low, read.high, percent)}"
        f", {p_text(read.p_value, read.log_p_value)} ({fit.model} effects, tau² by "
        f"{fit.tau2_method}, {fit.inference} interval). Heterogeneity: Q = {fixed(het.q)} on "
        f"{het.df:g} df ({p_text(het.p_value, het.log_p_value)}), tau² = {compact(fit.tau2)}, "
        f"I² = {fixed(het.i2, 0)}%."
    )
    if fit.prediction_interval is not None:
        limits = fit.prediction_interval.read()
        digits = max(1, decimals_for(limits.low, limits.high))
        text += (
            f" The true effect of a new trial of this kind is expected between "
            f"{fixed(limits.low, digits)} and {fixed(limits.high, digits)} "
            f"({percent} prediction interval)."
        )
    null = fit.estimate.scale.null
    if fit.estimate.low < null < fit.estimate.high:
        text += f" {BENEFIT}"
    return text


def _between(fit: SubgroupFit) -> str:
    return (
        f"Between the subgroups ({', '.join(fit.levels)}): Q = {fixed(fit.q_between)} on "
        f"{fit.df_between:g} df, {p_text(fit.p_between)}."
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
