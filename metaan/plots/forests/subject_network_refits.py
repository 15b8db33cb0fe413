"""The forest plot of a network without each of its studies: the effect of one treatment."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from metaan.core.errors import InputError
from metaan.core.estimate import Estimate
from metaan.core.numbers import counted, fixed, listed
from metaan.networks.combining.relative import estimate_of, place_of
from metaan.networks.sensitivity.network_refits import NetworkRefits
from metaan.plots.forests.decimals import ends_of
from metaan.plots.forests.lights import bias_texts
from metaan.plots.forests.network_rows import Listed, laid_out, refuse
from metaan.plots.forests.own_frame import framed
from metaan.plots.forests.published import Pools, published_rows
from metaan.plots.forests.record import Cell, ForestColumn, ForestRow, ForestRows
from metaan.plots.forests.sheet import Sheet, Words
from metaan.plots.forests.wording import clean

TAU2, Q = ForestColumn(key="tau2", head="τ²"), ForestColumn(key="q", head="Q (df)")
OFFERED = (TAU2, Q)
STUDY_LEFT_OUT = "Study left out"
TOTAL = "Total"  # how layouts begin the label of a pool
MOST_DIGITS = 6


def network_refitted(refits: NetworkRefits, published: Pools, words: Words) -> ForestRows:
    """Return the record of one treatment's effect without each study; with all studies last.

    Raises
    ------
    InputError
        If ``treatment`` is needed and not told, is the reference or never connected with it, or
        something is asked for that refits do not have.
    ChoiceError
        If it is not in the network.
    """
    refuse(words, beside="refits", rows="networks", bias=True)
    if words.asked.better:
        raise InputError("better= ranks all treatments; here one of them is shown; leave it out")
    j = _treatment(refits, words.asked.treatment)
    rows_of = _listed(refits, j)
    if not rows_of.known:
        raise InputError(
            "there is nothing to draw: whichever study is left out, nothing connects "
            f"{refits.treatments[j]} and {refits.reference}; choose another treatment="
        )
    whole = refits.whole.estimate(j, refits.treatments.index(refits.reference))
    words = laid_out(words)
    ends = [ends_of(whole, refits.whole.scale)]
    sheet = rows_of.sheet(published, words, [column.key for column in OFFERED], ends)
    varying = refits.whole_tau2 > 0 or bool((refits.tau2 > 0).any())
    frame = replace(
        framed(sheet.frame, OFFERED),
        columns=OFFERED if varying else (Q,),
        label_head=STUDY_LEFT_OUT,
    )
    against = f"{clean(refits.treatments[j])} against {clean(refits.reference)}"
    total = sheet.mark("total", _all_studies(sheet, len(refits)), whole)
    told = {TAU2.key: (sheet.lines.styled(fixed(refits.whole_tau2, _digits(refits))),)}
    rows = [
        *_rows(refits, sheet, rows_of, against),
        replace(total, texts=told),
        *(row for line in _lines(refits, j) for row in sheet.note(line)),
        *published_rows(sheet.frame.hand, published),
    ]
    text = sheet.frame.hand.told(whole.value, whole.low, whole.high)
    alt = (
        f"Forest plot of {counted(len(refits), 'network')}, each without one study: "
        f"{clean(refits.whole.label)} of {against}; with all studies {text}."
    )
    return frame.record(rows, words, alt=alt)


def network_refits_remarks(refits: NetworkRefits) -> tuple[str, ...]:
    """Return nothing: without which studies the network falls apart is told for the treatment.

    The record's own remarks are of all of them.
    """
    del refits
    return ()


def _treatment(refits: NetworkRefits, asked: str | int) -> int:
    """Return the place of the treatment that is shown; the only one needs no telling."""
    others = [name for name in refits.treatments if name != refits.reference]
    if asked == "" and len(others) == 1:
        return refits.treatments.index(others[0])
    if asked == "" or str(asked) == refits.reference:
        raise InputError(
            f"treatment= names whose effect against {refits.reference} is shown without each "
            f"study; choose one of {', '.join(others)}"
        )
    return place_of(asked, refits.treatments)


def _listed(refits: NetworkRefits, j: int) -> Listed:
    effects, errors = refits.effects()[:, j].tolist(), refits.se()[:, j].tolist()
    return Listed(
        names=refits.studies,
        estimates=tuple(_estimates(refits, effects, errors)),
        scale=refits.whole.scale,
        label=refits.whole.label,
        numbers={TAU2.key: refits.tau2.tolist(), Q.key: refits.q.tolist()},
    )


def _estimates(
    refits: NetworkRefits, effects: Sequence[float], errors: Sequence[float]
) -> Iterator[Estimate]:
    by_df = {df: replace(refits.whole, df=df) for df in set(refits.df.tolist())}
    for value, se, df in zip(effects, errors, refits.df.tolist(), strict=True):
        yield estimate_of(value, se, by_df[df])


def _rows(
    refits: NetworkRefits, sheet: Sheet, rows_of: Listed, against: str
) -> Iterator[ForestRow]:
    yield ForestRow(kind="header", label=against, group=against)
    digits, lines, bias = _digits(refits), sheet.lines, sheet.asked.bias
    for i in rows_of.places(sheet.asked.order):
        df = int(refits.q_df[i])
        q = f"{fixed(float(refits.q[i]), 1)} ({df})" if df else fixed(math.nan)
        texts: dict[str, Cell] = {
            TAU2.key: (lines.styled(fixed(float(refits.tau2[i]), digits)),),
            Q.key: (lines.styled(q),),
        }
        if bias is not None:
            texts |= bias_texts(bias, refits.studies[i])
        yield rows_of.row(sheet, "refit", i, texts, against)


def _all_studies(sheet: Sheet, k: int) -> str:
    """Return the label of the network of all studies: no total, since nothing adds up to it."""
    own = sheet.lines.total(k)
    return f"All studies (k = {k})" if own.startswith(TOTAL) else own


def _lines(refits: NetworkRefits, j: int) -> Iterator[str]:
    """Yield on which single studies it depends what is known, and what the interval excludes."""
    known = refits.effects()[:, j] == refits.effects()[:, j]
    studies = [study for study, name in refits.turning if name == refits.treatments[j]]
    if studies:
        excludes = "excludes" if _excludes(refits, j) else "includes"
        yield (
            f"The interval of all studies {excludes} no effect; not so without "
            f"{listed([clean(name) for name in studies])}"
        )
    cut = [study for study, each in zip(refits.studies, known, strict=True) if not each]
    if cut:
        pair = listed([clean(refits.treatments[j]), clean(refits.reference)])
        yield f"Without {listed([clean(study) for study in cut])} nothing connects {pair}"


def _excludes(refits: NetworkRefits, j: int) -> bool:
    whole = refits.whole.estimate(j, refits.treatments.index(refits.reference))
    return whole.low > 0 or whole.high < 0


def _digits(refits: NetworkRefits) -> int:
    """Return the decimals of tau², the same in every row: three figures of the largest."""
    top = max((x for x in (*refits.tau2.tolist(), refits.whole_tau2) if x > 0), default=1.0)
    return min(max(0, 2 - math.floor(math.log10(top))), MOST_DIGITS)
