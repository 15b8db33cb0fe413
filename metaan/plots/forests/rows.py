"""From a fit to the record of its forest plot; no matplotlib here."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias, Unpack

from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.subgroup_fit import SubgroupFit, between_text
from metaan.plots.forests.layouts import DEFAULT_LAYOUT, WEIGHT, Layout, find_layout
from metaan.plots.forests.options import Options, asked
from metaan.plots.forests.published import (
    Pools,
    grouped,
    printed_numbers,
    published_rows,
    umbrella,
)
from metaan.plots.forests.record import ForestRow, ForestRows
from metaan.plots.forests.sheet import Sheet, Words, sheet_of, studies_text
from metaan.plots.forests.wording import Hand, clean, heterogeneity_text, sentence_case

Subject: TypeAlias = PooledFit | SubgroupFit | Effects | Pools | Mapping[str, Pools]

# Of the intervals of studies that nobody has pooled, and so given no level.
DEFAULT_LEVEL = 0.95

INPUTS = re.compile(r"[a-z]\w*(, [a-z]\w*)*(:| = )")
NAMED = 5  # studies left out that a footnote names one by one


def forest_rows(
    fit: Subject,
    *,
    title: str = "",
    subtitle: str = "",
    published: Pools = (),
    favors: tuple[str, str] | None = None,
    notes: Sequence[str] = (),
    layout: str | Layout | Mapping[str, Any] = DEFAULT_LAYOUT,
    **options: Unpack[Options],
) -> ForestRows:
    """Return the record of a forest plot: every number and string that will be drawn.

    Parameters
    ----------
    fit : PooledFit, SubgroupFit, Effects, sequence or mapping of PublishedPool
        What to show; see `metaan.forest`.
    title, subtitle : str
        Above the figure.
    published : sequence of PublishedPool
        Published results shown under ours; numbers on the reading scale, as printed.
    favors : tuple of str, optional
        Texts for the sides left and right of no effect.
    notes : sequence of str
        Footnotes.
    layout : str, Layout or mapping
        Row of ``LAYOUTS``, or a layout of one's own.
    **options
        See `Options`.

    Returns
    -------
    ForestRows
        Rows from top to bottom with positions on the analysis scale and texts on the reading
        scale.

    Raises
    ------
    InputError
        If there is nothing to draw, ``fit`` is something else, published pools of different
        measures would share one axis, or a published ratio is negative.
    """
    words = replace(
        _words(title, subtitle, favors, notes), layout=find_layout(layout), asked=asked(options)
    )
    if isinstance(fit, PooledFit):
        return _pooled(fit, published, words)
    if isinstance(fit, SubgroupFit):
        return _subgrouped(fit, published, words)
    if isinstance(fit, Effects):
        return _unpooled(fit, published, words)
    if published:
        raise InputError("published= stands beside our fit; put all published pools into `fit`")
    return umbrella(grouped(fit), words)


def _words(
    title: str, subtitle: str, favors: tuple[str, str] | None, notes: Sequence[str]
) -> Words:
    """Return the caller's texts, cleaned; a lone string where several are due is an error."""
    sides = favors or ("", "")
    if isinstance(sides, str) or len(sides) != 2:
        raise InputError(f"favors must be two texts (left, right of no effect); got {favors!r}")
    if isinstance(notes, str):
        raise InputError(f"notes must be a sequence of texts; got {notes!r}; write ({notes!r},)")
    return Words(
        title=clean(title),
        subtitle=clean(subtitle),
        favors=(clean(sides[0]), clean(sides[1])),
        notes=tuple(clean(note) for note in notes),
    )


def remarks_of(fit: Subject) -> tuple[str, ...]:
    """Return what the records themselves say a reader should know, as footnotes."""
    found: tuple[str, ...] = ()
    if isinstance(fit, Effects):
        found = fit.remarks
    elif isinstance(fit, PooledFit):
        found = (*fit.effects.remarks, *fit.remarks)
    elif isinstance(fit, SubgroupFit):
        whole = fit.overall
        found = (*whole.effects.remarks, *whole.remarks, *fit.remarks)
    lost = _left_out(fit.overall if isinstance(fit, SubgroupFit) else fit)
    return tuple(f"{_sentence(remark)}." for remark in (*lost, *found))


def _sentence(remark: str) -> str:
    """Return the remark with a capital, unless it begins with the names of inputs (sd1, sd2:)."""
    return remark if INPUTS.match(remark) else f"{remark[:1].upper()}{remark[1:]}"


def _left_out(fit: Effects | PooledFit | object) -> tuple[str, ...]:
    """Return the rows of a table that did not enter, in a clause; a report lists its own."""
    effects = fit.effects if isinstance(fit, PooledFit) else fit
    if not isinstance(effects, Effects):
        return ()
    lost = [item for item in effects.left_out if not item.rows]
    if not lost:
        return ()
    told = "; ".join(f"{item.study}: {item.reason}" for item in lost[:NAMED])
    more = f"; and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
    return (f"{len(lost)} of {effects.k + len(lost)} studies left out ({told}{more})",)


def _pooled(fit: PooledFit, published: Pools, words: Words) -> ForestRows:
    """Return the record of one pool: studies, total, prediction interval, notes, published."""
    mean = fit.estimate
    sheet = sheet_of(fit.effects, mean.level, [mean.value], printed_numbers(published), words)
    hand = sheet.frame.hand
    rows = [
        *sheet.studies(range(fit.k), fit.weights),
        *sheet.total(fit),
        *published_rows(hand, published),
    ]
    return sheet.frame.record(rows, words, alt=f"{_pooled_alt(hand, fit)}.")


def _subgrouped(fit: SubgroupFit, published: Pools, words: Words) -> ForestRows:
    """Return the record of blocks of studies, each with its pool, and of the total.

    Weights are those of the overall fit, so that they sum to 100 over the figure. Prediction
    intervals are shown for the total alone: those of a few studies would fill the axis.
    """
    overall = fit.overall
    points = [part.estimate.value for part in (*fit.fits, overall)]
    printed = printed_numbers(published)
    sheet = sheet_of(overall.effects, overall.estimate.level, points, printed, words)
    hand = sheet.frame.hand
    rows = [
        *_blocks(fit, sheet),
        *sheet.total(overall),
        ForestRow(kind="note", label=between_text(fit)),
        *published_rows(hand, published),
    ]
    alt = f"{_pooled_alt(hand, overall)}; subgroups by {clean(fit.by)}: {len(fit.levels)}."
    return sheet.frame.record(rows, words, alt=alt)


def _blocks(fit: SubgroupFit, sheet: Sheet) -> list[ForestRow]:
    """Return the rows of the subgroups: header, studies, pool and heterogeneity if several."""
    weights = fit.overall.weights
    members, rest = _members(fit)
    rows: list[ForestRow] = []
    for level, part, where in zip(fit.levels, fit.fits, members, strict=True):
        name = f"{sentence_case(fit.by)}: {clean(level)}"
        rows.append(ForestRow(kind="header", label=name, group=name))
        rows += sheet.studies(where, weights, name)
        if part.k > 1:  # one study is no pool: a diamond would only repeat its square
            rows.append(sheet.pool(part, where, float(weights[where].sum()), name))
            rows.append(ForestRow(kind="note", label=heterogeneity_text(part), group=name))
    if rest:
        # A study without a value in the column is in the total; the figure may not hide it.
        name = f"{sentence_case(fit.by)}: not stated"
        rows.append(ForestRow(kind="header", label=name, group=name))
        rows += sheet.studies(rest, weights, name)
    return rows


def _unpooled(effects: Effects, published: Pools, words: Words) -> ForestRows:
    """Return the record of studies alone; the squares show inverse variances, no percent."""
    if effects.k == 0:
        raise InputError(
            "there is no study to draw: the effects are empty; "
            "see effects.left_out for what was kept out, or widen the selection"
        )
    sheet = sheet_of(effects, DEFAULT_LEVEL, [], printed_numbers(published), words)
    studies = sheet.studies(range(effects.k), 1.0 / effects.v)
    rows = [
        *(_unweighted(row) for row in studies),
        *published_rows(sheet.frame.hand, published),
    ]
    alt = f"Forest plot of {studies_text(effects.k)}, not pooled."
    return sheet.frame.record(rows, words, alt=alt)


def _unweighted(row: ForestRow) -> ForestRow:
    texts = {key: text for key, text in row.texts.items() if key != WEIGHT}
    return replace(row, weight=math.nan, texts=texts)


def _members(fit: SubgroupFit) -> tuple[list[list[int]], list[int]]:
    """Return the places of each subgroup's studies among all, and the places left over."""
    places: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for i, key in enumerate(_keys(fit.overall.effects)):
        places[key].append(i)
    members: list[list[int]] = []
    for level, part in zip(fit.levels, fit.fits, strict=True):
        found = [places[key].pop(0) for key in _keys(part.effects) if places[key]]
        if len(found) < part.k:
            raise InputError(
                f"subgroup {level!r} holds studies that the overall fit lacks; "
                "make both from the same effects"
            )
        members.append(found)
    return members, sorted(i for left in places.values() for i in left)


def _keys(effects: Effects) -> list[tuple[object, ...]]:
    return list(zip(effects.study, effects.rows, effects.y, effects.v, strict=True))


def _pooled_alt(hand: Hand, fit: PooledFit) -> str:
    """Return what the figure shows, in a sentence without its full stop."""
    mean = fit.estimate
    value, low, high = hand.effect(mean.value, mean.low, mean.high)
    what = f"{clean(fit.effects.label)} {value} ({hand.percent} CI {low[1:]} {high}"
    return f"Forest plot of {studies_text(fit.k)}; pooled: {what}"
