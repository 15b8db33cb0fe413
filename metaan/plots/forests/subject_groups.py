"""The forest plot of a fit by subgroups: blocks of studies, each with its pool, and the total."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.numbers import listed
from metaan.core.subgroup_fit import SHARED, SubgroupFit
from metaan.plots.forests.categories import NOT_STATED
from metaan.plots.forests.decimals import ends_of
from metaan.plots.forests.other_models import model_ends, other_models, with_models
from metaan.plots.forests.published import Pools, printed_numbers, published_rows
from metaan.plots.forests.record import ForestRow, ForestRows
from metaan.plots.forests.sheet import Sheet, Words, sheet_of
from metaan.plots.forests.subject_pooled import (
    effects_order,
    pooled_alt,
    pooled_remarks,
    way_of,
)
from metaan.plots.forests.wording import clean


def subgrouped(fit: SubgroupFit, published: Pools, words: Words) -> ForestRows:
    """Return the record of blocks of studies, each with its pool, and of the total.

    Weights are those of the overall fit, so that they sum to 100 over the figure. Prediction
    intervals are shown for the total alone, unless those of the subgroups are asked for: of a few
    studies they would fill the axis.
    """
    overall = fit.overall
    models = other_models(words.asked.models, overall.effects, overall.estimate.level)
    scale = overall.effects.scale
    pools = [ends_of(part.estimate, scale) for part in (*fit.fits, overall)]
    pools += model_ends(models, scale)
    level, printed = overall.estimate.level, printed_numbers(published)
    way = replace(way_of(overall), by=fit.by)
    sheet = sheet_of(overall.effects, level, pools, printed, words, way)
    order = effects_order(overall.effects, overall.weights, words)
    rows = [
        *_blocks(fit, sheet, order),
        *with_models(sheet, list(sheet.total(overall)), models),
        *sheet.between(fit),
        *sheet.note(_sentence(SHARED) if fit.shared_tau2 else ""),
        *published_rows(sheet.frame.hand, published),
    ]
    alt = pooled_alt(sheet, overall.estimate, overall.k)
    by = clean(words.asked.names.get(fit.by, fit.by))
    alt = f"{alt}; subgroups by {by}: {len(fit.levels)}."
    return sheet.frame.record(rows, words, alt=alt)


def group_remarks(fit: SubgroupFit) -> tuple[str, ...]:
    """Return what is remarked on the total, the test between subgroups, and their own pools."""
    told: dict[str, list[str]] = defaultdict(list)
    whole = (*pooled_remarks(fit.overall), *fit.remarks)
    for level, part in zip(fit.levels, fit.fits, strict=True):
        # Of a subgroup of one study no pool is drawn that a remark could be about.
        for remark in part.remarks if part.k > 1 else ():
            if remark not in whole:
                told[remark].append(clean(level))
    parts = (
        f"{remark} (subgroup{'s' if len(levels) > 1 else ''} {listed(levels)})"
        for remark, levels in told.items()
    )
    return (*whole, *parts)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}".replace("tau²", "τ²")


def _blocks(fit: SubgroupFit, sheet: Sheet, order: Sequence[int]) -> list[ForestRow]:
    """Return the rows of the subgroups: header, studies, pool and heterogeneity if several."""
    weights = fit.overall.weights
    rank = {place: i for i, place in enumerate(order)}
    members, rest = _members(fit)
    rows: list[ForestRow] = []
    for level, part, where in zip(fit.levels, fit.fits, members, strict=True):
        head = sheet.header(fit.by, level)
        rows += [head, *sheet.studies(sorted(where, key=rank.__getitem__), weights, head.group)]
        if part.k > 1:  # one study is no pool: a diamond would only repeat its square
            rows += sheet.subtotal(part, where, float(weights[where].sum()), head.group)
    if rest:
        # A study without a value in the column is in the total; the figure may not hide it.
        head = sheet.header(fit.by, NOT_STATED)
        rows += [head, *sheet.studies(sorted(rest, key=rank.__getitem__), weights, head.group)]
    return rows


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
