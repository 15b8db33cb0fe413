"""The forest plot of a pool, of one with robust limits, and of studies that nobody pooled."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from metaan.core.arrays import Floats
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate, Interval
from metaan.core.fit import INVERSE_VARIANCE, PooledFit
from metaan.core.robust_fit import RobustFit
from metaan.core.study_intervals import DEFAULT_LEVEL
from metaan.plots.forests.decimals import ends_of
from metaan.plots.forests.fit_lines import model_line
from metaan.plots.forests.footnotes import left_out
from metaan.plots.forests.layouts import WEIGHT
from metaan.plots.forests.other_models import model_ends, other_models, with_models
from metaan.plots.forests.published import Pools, printed_numbers, published_rows
from metaan.plots.forests.record import ForestRow, ForestRows
from metaan.plots.forests.sheet import (
    NOT_POOLED,
    Sheet,
    Way,
    Words,
    sheet_of,
    studies_text,
)
from metaan.plots.forests.study_order import StudyNumbers, study_order
from metaan.plots.forests.wording import clean

METHOD = "IV"  # inverse variance, as heads of columns have it


def way_of(fit: PooledFit) -> Way:
    """Return how a pool was made, for heads; of one study none was."""
    if fit.k == 1:
        return NOT_POOLED
    return Way(method=METHOD if fit.weighting == INVERSE_VARIANCE else "", model=fit.model)


def effects_order(effects: Effects, weights: Floats, words: Words) -> list[int]:
    """Return the places of studies of effects in the order asked for."""
    return study_order(effects, StudyNumbers(effect=effects.y, weight=weights), words.asked.order)


def pooled_alt(sheet: Sheet, estimate: Estimate, k: int) -> str:
    """Return what a figure with a total shows, in a sentence without its full stop."""
    if k == 1:
        return f"Forest plot of {studies_text(k)}, not pooled"
    return f"Forest plot of {studies_text(k)}; pooled: {mean_words(sheet, estimate)}"


def mean_words(sheet: Sheet, estimate: Estimate) -> str:
    """Return ``Risk ratio 0.49 (95% CI 0.33, 0.73)``."""
    own, shown = estimate.scale, sheet.effects.scale
    ends = (estimate.value, estimate.low, estimate.high)
    value, low, high = (float(own.carried(x, shown)) for x in ends)
    return f"{clean(sheet.effects.label)} {sheet.frame.hand.told(value, low, high)}"


def pooled(fit: PooledFit, published: Pools, words: Words) -> ForestRows:
    """Return the record of one pool: studies, total, prediction interval, notes, published."""
    mean = fit.estimate
    models = other_models(words.asked.models, fit.effects, mean.level)
    scale = fit.effects.scale
    pools = [ends_of(mean, scale), *model_ends(models, scale)]
    printed = printed_numbers(published)
    sheet = sheet_of(fit.effects, mean.level, pools, printed, words, way_of(fit))
    rows = [
        *sheet.studies(effects_order(fit.effects, fit.weights, words), fit.weights),
        *with_models(sheet, list(sheet.total(fit)), models),
        *published_rows(sheet.frame.hand, published),
    ]
    return sheet.frame.record(rows, words, alt=f"{pooled_alt(sheet, mean, fit.k)}.")


def robust_pool(robust: RobustFit, published: Pools, words: Words) -> ForestRows:
    """Return the record of a pool with the robust limits in place of its own.

    It has no prediction interval: that of the model knows of no clusters.
    """
    fit, mean = robust.fit, robust.estimate
    if not isinstance(fit, PooledFit):
        raise InputError("a robust fit of a regression has no pool")
    models = other_models(words.asked.models, fit.effects, mean.level)
    scale = fit.effects.scale
    pools = [ends_of(mean, scale), *model_ends(models, scale)]
    printed = printed_numbers(published)
    sheet = sheet_of(fit.effects, mean.level, pools, printed, words, way_of(fit))
    lines = (
        sheet.lines.of_pool(fit),
        sheet.lines.test(mean),
        model_line(sheet.lines, robust, mean),
    )
    places = range(fit.k)
    total = [sheet.mark("total", sheet.lines.total(fit.k), mean, places, fit.weights.sum())]
    total += total_rest(sheet, places, None, lines)
    rows = [
        *sheet.studies(effects_order(fit.effects, fit.weights, words), fit.weights),
        *with_models(sheet, total, models),
        *published_rows(sheet.frame.hand, published),
    ]
    alt = f"{pooled_alt(sheet, mean, fit.k)}, with limits robust to dependence within clusters."
    return sheet.frame.record(rows, words, alt=alt)


def total_rest(
    sheet: Sheet, places: Sequence[int], prediction: Interval | None, lines: Sequence[str]
) -> Iterator[ForestRow]:
    """Yield what follows the diamond of a total: events, prediction interval, lines."""
    yield from sheet.events(places)
    if prediction is not None:
        yield from sheet.prediction(prediction)
    for line in lines:
        yield from sheet.note(line)


def unpooled(effects: Effects, published: Pools, words: Words) -> ForestRows:
    """Return the record of studies alone; the squares show inverse variances, no percent."""
    if effects.k == 0:
        raise InputError(
            "there is no study to draw: the effects are empty; "
            "see effects.left_out for what was kept out, or widen the selection"
        )
    models = other_models(words.asked.models, effects, DEFAULT_LEVEL)
    level, printed = DEFAULT_LEVEL, printed_numbers(published)
    sheet = sheet_of(effects, level, model_ends(models, effects.scale), printed, words, NOT_POOLED)
    weights = 1.0 / effects.v
    studies = sheet.studies(effects_order(effects, weights, words), weights)
    rows = [
        *(unweighted(row) for row in studies),
        *with_models(sheet, [], models),
        *published_rows(sheet.frame.hand, published),
    ]
    alt = f"Forest plot of {studies_text(effects.k)}, not pooled."
    return sheet.frame.record(rows, words, alt=alt)


def unweighted(row: ForestRow) -> ForestRow:
    """Return a row without its weight; its size stays."""
    texts = {key: text for key, text in row.texts.items() if key != WEIGHT}
    return replace(row, weight=math.nan, texts=texts)


def pooled_remarks(fit: PooledFit) -> tuple[str, ...]:
    """Return what is remarked on a pool, its effects, and what was left out."""
    return (*effects_remarks(fit.effects), *fit.remarks)


def effects_remarks(effects: Effects) -> tuple[str, ...]:
    """Return what is remarked on effects, and what was left out."""
    return (*left_out(effects.left_out, effects.k), *effects.remarks)
