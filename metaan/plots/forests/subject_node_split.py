"""The forest plot of node splits: direct, indirect and all evidence of each comparison."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate
from metaan.core.numbers import counted, fixed
from metaan.networks.consistency.inconsistency import Inconsistency
from metaan.networks.consistency.node_split import NodeSplits
from metaan.numerics.tails import log_two_sided
from metaan.plots.forests.decimals import ends_of
from metaan.plots.forests.network_rows import bare_p, laid_out
from metaan.plots.forests.own_frame import framed, without_names
from metaan.plots.forests.printed import abbreviation_of
from metaan.plots.forests.published import Pools
from metaan.plots.forests.record import ForestColumn, ForestRow, ForestRows
from metaan.plots.forests.sheet import Sheet, Words, sheet_of
from metaan.plots.forests.study_order import StudyNumbers, study_order
from metaan.plots.forests.wording import clean

STUDIES = ForestColumn(key="studies", head="Studies")
SHARE = ForestColumn(key="share", head="Direct evidence")
P = ForestColumn(key="p", head="p of difference")
OFFERED = (STUDIES, SHARE, P)
DIRECT, INDIRECT, ALL = "Direct", "Indirect", "Network"
COMPARISON = "Comparison"


def node_splits(splits: NodeSplits, published: Pools, words: Words) -> ForestRows:
    """Return the record of node splits: a block per comparison that has both kinds of evidence.

    Raises
    ------
    InputError
        If no comparison has both, or something is asked for that belongs to studies.
    """
    _check_asked(published, words)
    places = _places(splits, words.asked.p_below)
    effects = _direct(splits, places)
    words = laid_out(words, right=(P.key,))
    numbers = [*_estimates(splits, places, splits.indirect, splits.indirect_se)]
    numbers += _estimates(splits, places, splits.network, splits.network_se)
    sheet = sheet_of(
        effects,
        splits.level,
        [ends_of(each, effects.scale) for each in numbers],
        (),
        without_names(words, [column.key for column in OFFERED]),
    )
    order = study_order(effects, StudyNumbers(effect=effects.y), words.asked.order)
    rows = [row for place in order for row in _block(splits, sheet, places[place])]
    frame = replace(framed(sheet.frame, OFFERED), columns=(STUDIES, SHARE), label_head=COMPARISON)
    return frame.record(
        [*rows, *_lines(splits, sheet, len(places))], words, alt=_alt(splits, places)
    )


def inconsistency_splits(found: Inconsistency, published: Pools, words: Words) -> ForestRows:
    """Return the record of the node splits of everything about the consistency of a network."""
    return node_splits(found.splits, published, words)


def split_remarks(splits: NodeSplits) -> tuple[str, ...]:
    """Return how direct and indirect evidence were told apart, and what is not shown."""
    return (splits.method.words, *splits.notes())


def inconsistency_remarks(found: Inconsistency) -> tuple[str, ...]:
    """Return what is remarked on the node splits."""
    return (*split_remarks(found.splits), *found.remarks)


def _check_asked(published: Pools, words: Words) -> None:
    asked = words.asked
    given = {"models": asked.models, "bias": asked.bias, "published": published}
    for argument, value in given.items():
        if value:
            raise InputError(
                f"{argument}= stands beside studies and pools; node splits are comparisons of a "
                f"network; leave {argument}= out"
            )


def _places(splits: NodeSplits, below: float | None) -> list[int]:
    """Return the comparisons that have both kinds of evidence, with p below a level if one is."""
    tested = np.flatnonzero(splits.tested)
    if not len(tested):
        raise InputError(
            "there is nothing to draw: no comparison of this network has both direct and indirect "
            "evidence"
        )
    if below is None:
        return list(map(int, tested))
    log_p = splits.log_p_adjusted[tested]
    found = tested[log_p < math.log(below)]
    if not len(found):
        raise InputError(
            f"there is nothing to draw: none of {counted(len(tested), 'comparison')} has p below "
            f"{below:g}; the smallest is {math.exp(float(log_p.min())):.3g}"
        )
    return list(map(int, found))


def _direct(splits: NodeSplits, places: list[int]) -> Effects:
    """Return the direct evidence of the comparisons as effects, for order and decimals."""
    return Effects(
        y=splits.direct[places],
        v=splits.direct_se[places] ** 2,
        study=tuple(_name(splits, i) for i in places),
        measure=abbreviation_of(splits.label),
        label=splits.label,
        scale=splits.scale,
        columns={
            "name": [_name(splits, i) for i in places],
            STUDIES.key: splits.studies[places].tolist(),
            SHARE.key: splits.proportion[places].tolist(),
            P.key: np.exp(splits.log_p_adjusted[places]).tolist(),
        },
    )


def _name(splits: NodeSplits, i: int) -> str:
    one, other = (
        clean(splits.treatments[int(each[i])]) for each in (splits.treatment, splits.control)
    )
    return f"{one} against {other}"


def _estimates(
    splits: NodeSplits, places: list[int], values: Floats, errors: Floats
) -> Iterator[Estimate]:
    """Yield the estimates of one kind of evidence, at the level and the df of the splits."""
    half = splits.half(errors)
    for i in places:
        value, se = float(values[i]), float(errors[i])
        statistic = value / se
        log_p = float(log_two_sided(statistic, splits.df))
        yield Estimate(
            value=value,
            se=se,
            low=value - float(half[i]),
            high=value + float(half[i]),
            statistic=statistic,
            df=splits.df,
            p_value=math.exp(log_p),
            log_p_value=log_p,
            level=splits.level,
            scale=splits.scale,
        )


def _block(splits: NodeSplits, sheet: Sheet, i: int) -> Iterator[ForestRow]:
    """Yield a comparison: its name with p, then direct, indirect and all evidence."""
    head, lines = _name(splits, i), sheet.lines
    log_p = float(splits.log_p_adjusted[i])
    p = bare_p(lines, math.exp(log_p), log_p)
    yield ForestRow(kind="header", label=head, group=head, texts={P.key: (p,)})
    share = f"{fixed(100 * float(splits.proportion[i]), 0)}%"
    texts = {STUDIES.key: (str(int(splits.studies[i])),), SHARE.key: (share,)}
    kinds = (
        (DIRECT, splits.direct, splits.direct_se),
        (INDIRECT, splits.indirect, splits.indirect_se),
        (ALL, splits.network, splits.network_se),
    )
    for label, values, errors in kinds:
        (estimate,) = _estimates(splits, [i], values, errors)
        row = sheet.mark("pool" if label == ALL else "evidence", label, estimate)
        marker = "circle" if label == INDIRECT else "square"
        told = texts if label == DIRECT else {}
        yield replace(row, group=head, texts=told, marker=marker)


def _lines(splits: NodeSplits, sheet: Sheet, shown: int) -> Iterator[ForestRow]:
    told = f"p: no difference of direct and indirect evidence, {splits.adjustment.words}"
    yield from sheet.note(told)
    tested = int(splits.tested.sum())
    if shown < tested:
        below = sheet.lines.styled(f"{sheet.asked.p_below:g}")
        yield from sheet.note(f"Shown: the {shown} of {tested} comparisons with p below {below}")


def _alt(splits: NodeSplits, places: list[int]) -> str:
    told = (
        f"Forest plot of direct, indirect and all evidence of {counted(len(places), 'comparison')}"
    )
    off = int(splits.disagreeing[places].sum())
    verb = "disagrees" if off == 1 else "disagree"
    level = fixed(1 - splits.level, 2)
    return f"{told}; direct and indirect evidence {verb} (p below {level}) in {off} of them."
