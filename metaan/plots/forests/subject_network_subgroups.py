"""The forest plot of networks by subgroups: each treatment in each level and in all studies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from metaan.core.errors import InputError
from metaan.core.numbers import counted, listed
from metaan.networks.fits.network_fit import NetworkFit
from metaan.networks.moderators.network_subgroup_fit import NetworkSubgroupFit
from metaan.plots.forests.decimals import Ends, ends_of
from metaan.plots.forests.network_lines import subgroup_lines
from metaan.plots.forests.network_rows import (
    Listed,
    bare_p,
    laid_out,
    refuse,
)
from metaan.plots.forests.own_frame import framed
from metaan.plots.forests.published import Pools, published_rows
from metaan.plots.forests.record import Cell, ForestColumn, ForestRow, ForestRows
from metaan.plots.forests.sheet import Sheet, Words
from metaan.plots.forests.subject_network import STUDIES, direct_studies, network_remarks
from metaan.plots.forests.wording import clean

P = ForestColumn(key="p", head="p of interaction")
OFFERED = (STUDIES, P)
ALL = "All studies"


def network_subgrouped(fit: NetworkSubgroupFit, published: Pools, words: Words) -> ForestRows:
    """Return the record of networks by subgroups: a block per treatment, a row per level.

    Raises
    ------
    InputError
        If something is asked for that treatments of several networks do not have.
    """
    refuse(words, beside="networks by subgroups", rows="levels")
    if words.asked.better:
        raise InputError(
            'better= ranks the treatments of one network; draw one level, fit["level"], or '
            "fit.overall"
        )
    overall = fit.overall
    found = overall.against(fit.reference)
    studies = direct_studies(overall, fit.reference)
    numbers: dict[str, list[float]] = {
        STUDIES.key: [int(studies[overall.treatments.index(name)]) for name in found]
    }
    if fit.by_treatment:
        tests = [fit.by_treatment.get(name) for name in found]
        numbers[P.key] = [float("nan") if test is None else test.p_value for test in tests]
    rows_of = Listed(
        names=tuple(found),
        estimates=tuple(found.values()),
        scale=overall.effects.scale,
        label=overall.effects.label,
        measure=overall.effects.measure,
        numbers=numbers,
    )
    words = laid_out(words, right=(P.key,))
    sheet = rows_of.sheet(published, words, [column.key for column in OFFERED], _ends(fit))
    places = rows_of.places(words.asked.order)
    rows = [
        *(row for i in places for row in _block(fit, sheet, rows_of, i)),
        *(row for line in subgroup_lines(sheet.lines, fit) for row in sheet.note(line)),
        *published_rows(sheet.frame.hand, published),
    ]
    frame = replace(framed(sheet.frame, OFFERED), columns=(STUDIES,))
    frame = replace(frame, label_head=f"Against {clean(fit.reference)}")
    alt = (
        f"Forest plot of {counted(len(found), 'treatment')} against {clean(fit.reference)} by "
        f"{clean(fit.by)} ({listed([clean(level) for level in fit.levels])}), from a network of "
        f"{counted(overall.k, 'study', 'studies')}."
    )
    return frame.record(rows, words, alt=alt)


def network_group_remarks(fit: NetworkSubgroupFit) -> tuple[str, ...]:
    """Return what is remarked on the whole, the test, levels without a network, and the others."""
    whole = (*network_remarks(fit.overall), *fit.remarks)
    told: dict[str, list[str]] = defaultdict(list)
    for level, part in zip(fit.levels, fit.fits, strict=True):
        for remark in part.remarks:
            if remark not in whole:
                told[remark].append(clean(level))
    left = (f"no network of {fit.by} {clean(level)}: {why}" for level, why in fit.left.items())
    return (*whole, *left, *(f"{remark} ({listed(levels)})" for remark, levels in told.items()))


def _parts(fit: NetworkSubgroupFit, name: str) -> dict[str, NetworkFit]:
    """Return the networks of the levels that have a treatment and the reference."""
    levels = zip(fit.levels, fit.fits, strict=True)
    wanted = {name, fit.reference}
    return {level: part for level, part in levels if wanted <= {*part.treatments}}


def _ends(fit: NetworkSubgroupFit) -> list[Ends]:
    scale, base = fit.overall.effects.scale, fit.reference
    return [
        ends_of(estimate, scale)
        for part in fit.fits
        if base in part.treatments
        for estimate in part.against(base).values()
    ]


def _block(fit: NetworkSubgroupFit, sheet: Sheet, rows_of: Listed, i: int) -> Iterator[ForestRow]:
    """Yield a treatment with the p of its interaction, its levels, and all studies."""
    name = rows_of.names[i]
    head, test = clean(name), fit.by_treatment.get(name)
    own: Mapping[str, Cell] = {}
    if test is not None and test.df > 0:
        own = {P.key: (bare_p(sheet.lines, test.p_value, test.log_p_value),)}
    yield ForestRow(kind="header", label=head, group=head, texts=own)
    whole = rows_of.row(sheet, "pool", i, _studies(fit, fit.overall, name), head)
    for level, part in _parts(fit, name).items():
        row = sheet.mark("treatment", clean(level), part.effect(name, fit.reference))
        texts = _studies(fit, part, name)
        yield replace(row, group=head, texts=texts, series=whole.series, marker=whole.marker)
    yield replace(whole, label=ALL)


def _studies(fit: NetworkSubgroupFit, part: NetworkFit, name: str) -> dict[str, Cell]:
    count = direct_studies(part, fit.reference)[part.treatments.index(name)]
    return {STUDIES.key: (str(count),)}
