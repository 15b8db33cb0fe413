"""Published results as rows: beside our own fit, or alone under headers (an umbrella)."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from metaan.core.errors import InputError
from metaan.core.numbers import fixed
from metaan.core.published import PublishedPool
from metaan.core.scale import IDENTITY, LOG
from metaan.plots.forests.decimals import digits_of
from metaan.plots.forests.lines import filled
from metaan.plots.forests.printed import NO_MEASURE, printed_label
from metaan.plots.forests.record import ForestColumn, ForestRow, ForestRows
from metaan.plots.forests.sheet import Frame, Words
from metaan.plots.forests.wording import (
    Hand,
    clean,
    heads_of,
    published_cells,
    published_label,
    sentence_case,
    short_citation,
)

Pools: TypeAlias = Sequence[PublishedPool]

# Reviews print 95% limits; `PublishedPool` holds nothing else.
PRINTED_LEVEL = 0.95
COMPARED = re.compile(r"^[^,;:]*?\bvs ")  # the treatment stands in the header
HEADS = (
    ForestColumn(key="instrument", head="Instrument", align="left"),
    ForestColumn(key="time", head="Time", align="left"),
    ForestColumn(key="k", head="k"),
    ForestColumn(key="n", head="n"),
)


def printed_numbers(pools: Pools) -> list[float]:
    """Return every number the pools print, reading scale; NaN where not reported."""
    return [x for pool in pools for x in (pool.value, pool.low, pool.high)]


def published_rows(hand: Hand, pools: Pools) -> list[ForestRow]:
    """Return the rows of published results that stand beside a fit."""
    return [_row(hand, pool, published_label(pool)) for pool in pools]


def umbrella(groups: Mapping[str, Pools], words: Words) -> ForestRows:
    """Return the record of published results under headers, none of them pooled.

    Parameters
    ----------
    groups : mapping of str to sequence of PublishedPool
        Headers with their pools; all pools of one measure.
    words : Words
        Title and other texts.

    Raises
    ------
    InputError
        If there is no pool, or measures differ.
    """
    pools = [pool for group in groups.values() for pool in group]
    measure = _one_measure(pools)
    scale = LOG if any(pool.ratio for pool in pools) else IDENTITY
    digits = digits_of(scale, (), (), printed_numbers(pools))
    layout, asked = words.layout, words.asked.digits
    hand = Hand(
        scale=scale,
        digits=digits if asked is None else asked,
        level=PRINTED_LEVEL,
        layout=layout,
    )
    texts = [published_cells(pool) for pool in pools]
    shown = [i for i in range(len(HEADS)) if any(cells[i] for cells in texts)]
    rows: list[ForestRow] = []
    for name, group in groups.items():
        header = clean(name)
        rows.append(ForestRow(kind="header", label=header, group=header))
        for pool, label in zip(group, _labels(group), strict=True):
            # A column that some pool fills shows in the others that nothing was reported.
            cells = published_cells(pool)
            told = {HEADS[i].key: (cells[i] or fixed(math.nan),) for i in shown}
            row = _row(hand, pool, label)
            rows.append(replace(row, group=header, texts=told))
    heads = heads_of(measure.replace("_", " "), NO_MEASURE, PRINTED_LEVEL)
    heads["label"] = printed_label(pools)
    frame = Frame(
        hand=hand,
        columns=tuple(HEADS[i] for i in shown),
        label_head="Review",
        effect_head=filled(layout.effect_head, heads),
        effect_over=filled(layout.effect_over, heads),
        axis_label=filled(layout.axis_label, heads),
        offered={HEADS[i].key: HEADS[i] for i in shown},
    )
    many = f"{len(pools)} published result{'s' if len(pools) > 1 else ''}"
    return frame.record(rows, words, alt=f"Forest plot of {many}, not pooled.")


def _labels(group: Pools) -> list[str]:
    """Return author and year; what was compared too where a review has several rows here."""
    return [
        f"{name}: {text}" if (text := _distinction(group, name, pool)) else name
        for name, pool in ((short_citation(pool), pool) for pool in group)
    ]


def _distinction(group: Pools, name: str, pool: PublishedPool) -> str:
    """Return what tells a result from the same review's others here; empty if nothing does."""
    mine = {clean(other.comparison) for other in group if short_citation(other) == name}
    if len(mine) < 2:
        return ""
    controls = {COMPARED.sub("", comparison) for comparison in mine}
    own = clean(pool.comparison)
    return COMPARED.sub("", own) if len(controls) == len(mine) else own


def grouped(pools: object) -> Mapping[str, Pools]:
    """Return headers with their pools; plain pools are grouped by comparison and outcome.

    Raises
    ------
    InputError
        If anything in it is not a PublishedPool.
    """
    if isinstance(pools, Mapping):
        return {str(name): _checked(group) for name, group in pools.items()}
    found: dict[str, list[PublishedPool]] = defaultdict(list)
    for pool in _checked(pools):
        words = (clean(pool.comparison), clean(pool.outcome.replace("_", " ")))
        header = sentence_case(": ".join(word for word in words if word))
        found[header or "Published results"].append(pool)
    return found


def _one_measure(pools: Pools) -> str:
    if not pools:
        raise InputError("there is no published pool to draw; widen the selection")
    measures = sorted({clean(pool.measure) for pool in pools})
    if len(measures) > 1:
        names = ", ".join(name or "none" for name in measures)
        raise InputError(
            f"published pools of different measures cannot share an axis; got {names}; "
            "draw one figure per measure"
        )
    return measures[0]


def _checked(pools: object) -> Pools:
    listed = list(pools) if isinstance(pools, Iterable) and not isinstance(pools, str) else [pools]
    strange = [item for item in listed if not isinstance(item, PublishedPool)]
    if strange:
        raise InputError(
            "an umbrella is a sequence of PublishedPool, or a mapping of headers to such "
            f"sequences; got {type(strange[0]).__name__}"
        )
    return [item for item in listed if isinstance(item, PublishedPool)]


def _row(hand: Hand, pool: PublishedPool, label: str) -> ForestRow:
    """Return a published result at the places where its printed numbers lie, never symmetrized."""
    printed = (pool.value, pool.low, pool.high)
    if hand.scale.is_log and any(x < 0 for x in printed):
        raise InputError(
            f"{pool.pool_id}: a ratio cannot be negative; got {printed}. Is its measure "
            f"{pool.measure!r} that of the figure?"
        )
    with np.errstate(divide="ignore"):  # a limit printed as 0.00 lies at minus infinity
        value, low, high = (float(hand.scale.transform(x)) for x in printed)
    return ForestRow(
        kind="published",
        label=label,
        value=value,
        low=low,
        high=high,
        effect=hand.printed(value, low, high),
        rows=(pool.pool_id,),
    )
