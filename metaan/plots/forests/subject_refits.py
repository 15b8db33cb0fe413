"""The forest plot of a pool made again and again: without each study, or with one more."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from metaan.core.arrays import FrozenDict
from metaan.core.conventions import FROM_Q
from metaan.core.counts_fit import RANDOM
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.fit_words import FIXED
from metaan.core.numbers import counted, fixed
from metaan.core.refits import CUMULATIVE, KINDS, LEAVE_ONE_OUT, Refits
from metaan.plots.forests.decimals import ends_of
from metaan.plots.forests.fit_lines import model_line
from metaan.plots.forests.lights import bias_texts
from metaan.plots.forests.own_frame import framed, without_names
from metaan.plots.forests.predictions import shows_prediction
from metaan.plots.forests.published import Pools, printed_numbers, published_rows
from metaan.plots.forests.record import Cell, ForestColumn, ForestRow, ForestRows
from metaan.plots.forests.sheet import Sheet, Way, Words, sheet_of, studies_text
from metaan.plots.forests.study_order import StudyNumbers, is_ordered, study_order
from metaan.plots.forests.subject_counts import counts_effects, counts_remarks
from metaan.plots.forests.subject_pooled import (
    mean_words,
    pooled_remarks,
    total_rest,
    way_of,
)
from metaan.plots.forests.wording import clean

K, TAU2, I2, P = (
    ForestColumn(key="k", head="k"),
    ForestColumn(key="tau2", head="τ²"),
    ForestColumn(key="i2", head="I²"),
    ForestColumn(key="p", head="p"),
)
TINY = 0.01  # share of the typical variance of a study
MOST_DIGITS = 6
OFFERED = (K, TAU2, I2, P)
# What the studies of the rows are, over their labels; and what was done, in the alt sentence.
HEADS: Mapping[str, str] = MappingProxyType(
    {LEAVE_ONE_OUT: "Study left out", CUMULATIVE: "Study added"}
)
DONE: Mapping[str, str] = MappingProxyType(
    {LEAVE_ONE_OUT: "each without one study", CUMULATIVE: "each with one more study"}
)


def refitted(refits: Refits, published: Pools, words: Words) -> ForestRows:
    """Return the record of refits: k, tau², I², estimate; all studies together last."""
    fit = refits.fit
    if words.asked.models is not None:
        raise InputError("models stand beside a pool, not beside refits; leave models= out")
    effects = fit.effects if isinstance(fit, PooledFit) else counts_effects(fit).effects
    asked = words.asked
    sheet = sheet_of(
        effects,
        refits.level,
        [ends_of(each, effects.scale) for each in (fit.estimate, *refits.estimates)],
        printed_numbers(published),
        without_names(words, [column.key for column in OFFERED]),
        way_of(fit) if isinstance(fit, PooledFit) else Way(model=fit.model),
    )
    rows = [
        *_rows(refits, sheet, words),
        *_total(refits, sheet),
        *published_rows(sheet.frame.hand, published),
    ]
    shown = (K, TAU2, I2) if _varying(refits) else (K, I2)
    frame = replace(
        framed(sheet.frame, OFFERED),
        columns=shown if asked.left is None and asked.right is None else (),
        label_head=HEADS[refits.kind],
    )
    alt = (
        f"Forest plot of {counted(len(refits), 'pool')}, {DONE[refits.kind]}; the pool of "
        f"{studies_text(fit.k)}: {mean_words(sheet, fit.estimate)}."
    )
    return frame.record(rows, words, alt=alt)


def refits_remarks(refits: Refits) -> tuple[str, ...]:
    """Return what is remarked on the refits and on the pool of all studies."""
    fit = refits.fit
    own = pooled_remarks(fit) if isinstance(fit, PooledFit) else counts_remarks(fit)
    return (*own, *refits.remarks)


def _rows(refits: Refits, sheet: Sheet, words: Words) -> Iterator[ForestRow]:
    estimates, marks = refits.estimates, sheet.frame.categories
    i2, digits = (refits.i2_q if _from_q(refits) else refits.i2), _digits(refits)
    for i in _order(refits, sheet.effects, words):
        place, p = int(refits.position[i]), float(refits.p_value[i])
        row = sheet.mark("refit", clean(refits.label[i]), estimates[i])
        k = int(refits.k[i])
        texts = _texts(k, _tau2(refits, k, float(refits.tau2[i])), float(i2[i]), digits)
        texts |= {P.key: (_p(sheet, p, float(refits.log_p_value[i])),)}
        texts |= sheet.own.study(place)
        if words.asked.bias is not None:
            texts |= bias_texts(words.asked.bias, sheet.effects.study[place])
        yield replace(
            row,
            texts=texts,
            series=marks.series[place] if marks else row.series,
            marker=marks.markers[place] if marks else row.marker,
            rows=sheet.effects.rows[place],
        )


def _total(refits: Refits, sheet: Sheet) -> Iterator[ForestRow]:
    """Yield the pool of all studies as the figure of its own fit has it."""
    fit, lines = refits.fit, sheet.lines
    het, mean = fit.heterogeneity, fit.estimate
    i2 = het.i2_q if _from_q(refits) else het.i2
    texts = _texts(fit.k, _tau2(refits, fit.k, fit.tau2), i2, _digits(refits))
    texts |= {P.key: (_p(sheet, mean.p_value, mean.log_p_value),)}
    yield replace(sheet.mark("total", lines.total(fit.k), mean), texts=FrozenDict(texts))
    prediction = fit.prediction_interval if isinstance(fit, PooledFit) else None
    if isinstance(fit, PooledFit) and not shows_prediction(
        sheet.asked.prediction, fit.conventions
    ):
        prediction = None
    told = (
        lines.heterogeneity(het, tau2=fit.tau2 if _varying(refits) else None, i2=i2),
        lines.test(mean),
        model_line(lines, fit, mean),
        f"Studies {KINDS[refits.kind].done} {refits.order}".strip() if refits.order else "",
    )
    rest = total_rest(sheet, (), prediction, told)
    yield from (row for row in rest if not row.texts)


def _order(refits: Refits, effects: Effects, words: Words) -> list[int]:
    """Return the places of the refits; a cumulative one has its order already."""
    order = words.asked.order
    if not is_ordered(order):
        return list(range(len(refits)))
    if refits.kind == CUMULATIVE:
        raise InputError(
            "studies were added in an order already; leave order= out, or give it to cumulative"
        )
    numbers = StudyNumbers(effect=refits.value, weight=refits.fit.weights[refits.position])
    return study_order(effects.take(refits.position), numbers, order)


def _digits(refits: Refits) -> int:
    """Return the decimals of tau², the same in every row: three figures of the largest.

    What is tiny beside the studies' own variances counts as 0 and adds no decimals.
    """
    typical = getattr(refits.fit.heterogeneity, "typical_v", math.nan)
    tiny = typical * TINY if typical > 0 else 0.0
    top = max((x for x in (*refits.tau2.tolist(), refits.fit.tau2) if x > tiny), default=typical)
    top = top if top > 0 else 1.0
    return min(max(0, 2 - math.floor(math.log10(top))), MOST_DIGITS)


def _tau2(refits: Refits, k: int, tau2: float) -> float:
    """Return tau² as it is shown: one study says nothing about it, unless it was given."""
    given = getattr(refits.fit, "tau2_method", "") == FIXED
    return math.nan if k == 1 and not given else tau2


def _texts(k: int, tau2: float, i2: float, digits: int) -> dict[str, Cell]:
    share = fixed(i2, 0) if i2 != i2 else f"{fixed(i2, 0)}%"
    return {K.key: (str(k),), TAU2.key: (fixed(tau2, digits),), I2.key: (share,)}


def _p(sheet: Sheet, p_value: float, log_p_value: float) -> str:
    if p_value != p_value:
        return fixed(p_value)
    text = sheet.lines.p(p_value, log_p_value)
    return text.lstrip("Pp ").removeprefix("= ").removeprefix("=")


def _varying(refits: Refits) -> bool:
    fit = refits.fit
    return bool(fit.tau2_method) if isinstance(fit, PooledFit) else fit.model == RANDOM


def _from_q(refits: Refits) -> bool:
    fit = refits.fit
    return not isinstance(fit, PooledFit) or not fit.tau2_method or fit.i2_first == FROM_Q
