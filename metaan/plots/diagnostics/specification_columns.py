"""From a multiverse to the record of its specification curve; no matplotlib here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Unpack

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.core.numbers import compact, printed
from metaan.core.wording import in_sentence, percent
from metaan.diagnostics.specifications.choices import reader_name
from metaan.diagnostics.specifications.curves import Curve
from metaan.diagnostics.specifications.multiverse_record import Multiverse
from metaan.diagnostics.specifications.shares import share
from metaan.diagnostics.specifications.words import choices_words, counted_thousands
from metaan.plots.diagnostics.specification_record import (
    ABOVE,
    BELOW,
    HOLDS,
    NO_NULL,
    SpecificationAxis,
    SpecificationColumn,
    SpecificationCurve,
    SpecificationMark,
    SpecificationRow,
)
from metaan.plots.pages import theme
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.letters import printable
from metaan.plots.pages.texts import Texts, written
from metaan.plots.pages.ticks import nice_ticks

MOST_SINGLE = 150  # specifications that have a column each; more of them share as many columns
EDGE = 0.08  # of the limits on either side may run beyond the panel
LONGEST = 1.5  # times the height that is then left, or none of them does
PAD = 0.04  # of the height
MAIN = "main analysis"
MARKERS = ("diamond", "square", "triangle", "circle", "triangle_down")
# Fills and edges that ink is read on, in every theme.
SIDES = {
    BELOW: (theme.STUDY, "none"),
    ABOVE: (theme.PUBLISHED, theme.PUBLISHED_EDGE),
    HOLDS: (theme.UNCLEAR, "none"),
    NO_NULL: (theme.STUDY, "none"),
}
Options = Mapping[str, str]
Marked = Options | Sequence[Options] | Mapping[str, Options] | None


def specification_columns(
    multiverse: Multiverse,
    *,
    label: str | None = None,
    mark: Marked = None,
    choices: Sequence[str] | None = None,
    **texts: Unpack[Texts],
) -> SpecificationCurve:
    """Return the record of a specification curve: every number and string that will be drawn.

    Parameters
    ----------
    multiverse, label, mark, choices, **texts
        See `metaan.specification_curve`.

    Raises
    ------
    InputError
        See `metaan.specification_curve`.
    """
    titles = written(texts, verb="specification_curve", of=specification_columns)
    if not isinstance(multiverse, Multiverse):
        raise InputError(
            "specification_curve needs a multiverse, as multiverse(make_effects, choices) gives "
            f"it; got {type(multiverse).__name__}"
        )
    curve, own = multiverse.curve(label), multiverse.of(label)
    fine = np.isfinite(multiverse.low[own]) & np.isfinite(multiverse.high[own])
    own = own[fine & np.isfinite(multiverse.value[own])]
    if not len(own):
        raise InputError(f"no specification of {curve.label} has a finite interval to be drawn")
    order = own[np.argsort(multiverse.value[own], kind="stable")]
    columns = _columns(multiverse, order, curve)
    rows, heads = _rows(multiverse, order, curve, columns, choices)
    if len(order) > len(columns) and curve.scale.has_null:
        extra = _interval_rows(multiverse, order, curve, columns)
        rows, heads = (*extra, *rows), (extra[0].choice, *heads)
    marks = _marks(multiverse, order, mark)
    axis, beyond = _axis(multiverse, order, curve, columns)
    return SpecificationCurve(
        columns=columns,
        rows=rows,
        heads=heads,
        marks=marks,
        n=len(order),
        level=multiverse.level,
        scale=curve.scale,
        band=_band(curve),
        axis=axis,
        below_label=_under(len(order), len(columns)),
        legend=tuple(_legend(multiverse, curve, columns, marks)),
        title=titles.title,
        subtitle=titles.subtitle,
        notes=titles.footnotes(_own_notes(columns, rows, beyond, curve), multiverse.remarks),
        alt=_alt(multiverse, curve),
    )


def _columns(
    multiverse: Multiverse, order: Integers, curve: Curve
) -> tuple[SpecificationColumn, ...]:
    """Return the specifications, in their order, in as many columns as can be told apart."""
    n = len(order)
    edges = np.linspace(0, n, min(n, MOST_SINGLE) + 1).round().astype(int).tolist()
    value, low, high = (
        each[order] for each in (multiverse.value, multiverse.low, multiverse.high)
    )
    null = curve.scale.null
    known = curve.scale.has_null
    return tuple(
        SpecificationColumn(
            start=start,
            stop=stop,
            estimate=float(np.median(value[start:stop])),
            low=float(np.median(low[start:stop])),
            high=float(np.median(high[start:stop])),
            below=float(np.mean(high[start:stop] < null)) if known else float("nan"),
            above=float(np.mean(low[start:stop] > null)) if known else float("nan"),
        )
        for start, stop in pairwise(edges)
    )


def _rows(
    multiverse: Multiverse,
    order: Integers,
    curve: Curve,
    columns: Sequence[SpecificationColumn],
    choices: Sequence[str] | None,
) -> tuple[tuple[SpecificationRow, ...], tuple[str, ...]]:
    """Return a row for each option that occurs of the choices that differ, and the heads."""
    table = {choice.name: i for i, choice in enumerate(multiverse.choices)}
    wanted = list(table) if choices is None else list(choices)
    for name in wanted:
        look_up(table, name, argument="choices", what="a choice of this multiverse")
    parts = {each.choice: each.shapley for each in curve.explained}
    excludes = _excludes(multiverse, order, curve)
    starts = np.array([column.start for column in columns])
    sizes = np.array([column.stop - column.start for column in columns])
    rows: list[SpecificationRow] = []
    heads: list[str] = []
    for name in wanted:
        codes = multiverse.codes[order, table[name]]
        there = [code for code in np.unique(codes).tolist() if code >= 0]
        if len(there) < 2 and choices is None:
            continue
        part = f" ({share(parts[name])} of variance)" if name in parts else ""
        heads.append(printable(reader_name(name)) + part)
        for code in there:
            has = codes == code
            rows.append(
                SpecificationRow(
                    choice=printable(name),
                    option=printable(multiverse.choices[table[name]].labels[code]),
                    shares=tuple((np.add.reduceat(has.astype(float), starts) / sizes).tolist()),
                    n=int(np.count_nonzero(has)),
                    median=float(np.median(multiverse.value[order[has]])),
                    excluding=float(np.mean(excludes[has])),
                )
            )
    return tuple(rows), tuple(heads)


def _excludes(multiverse: Multiverse, order: Integers, curve: Curve) -> Floats:
    """Return 1 where an interval excludes no effect, else 0; NaN without one."""
    if not curve.scale.has_null:
        return np.full(len(order), np.nan)
    null = curve.scale.null
    out = (multiverse.high[order] < null) | (multiverse.low[order] > null)
    return np.asarray(out.astype(float))


def _interval_rows(
    multiverse: Multiverse,
    order: Integers,
    curve: Curve,
    columns: Sequence[SpecificationColumn],
) -> tuple[SpecificationRow, ...]:
    """Return rows of where the intervals lie, for columns that several specifications share."""
    none = compact(curve.scale.reading_null)
    below = multiverse.high[order] < curve.scale.null
    above = multiverse.low[order] > curve.scale.null
    told = (
        (f"below {none}", below),
        (f"includes {none}", ~(below | above)),
        (f"above {none}", above),
    )
    starts = np.array([column.start for column in columns])
    sizes = np.array([column.stop - column.start for column in columns])
    return tuple(
        SpecificationRow(
            choice=f"{percent(multiverse.level)} interval",
            option=f"{option} ({share(float(has.mean()))})",
            shares=tuple((np.add.reduceat(has.astype(float), starts) / sizes).tolist()),
            n=int(np.count_nonzero(has)),
            median=float(np.median(multiverse.value[order[has]])),
            excluding=float("nan"),
        )
        for option, has in told
        if has.any()
    )


def _marks(multiverse: Multiverse, order: Integers, mark: Marked) -> tuple[SpecificationMark, ...]:
    """Return the marked specifications; the main one if none is asked for and it is here."""
    if mark is None:
        wanted = [(MAIN, multiverse.main)] if multiverse.main in order else []
    else:
        wanted = [(called, multiverse.find(each)) for called, each in _asked(mark)]
    places = {int(i): place for place, i in enumerate(order.tolist())}
    lost = [called for called, i in wanted if i not in places]
    if lost:
        raise InputError(f"{'; '.join(lost)}: not a specification of this effect, or no interval")
    return tuple(
        SpecificationMark(
            label=called,
            marker=MARKERS[number % len(MARKERS)],
            place=places[i],
            estimate=float(multiverse.value[i]),
            low=float(multiverse.low[i]),
            high=float(multiverse.high[i]),
        )
        for number, (called, i) in enumerate(wanted)
    )


def _asked(mark: Options | Sequence[Options] | Mapping[str, Options]) -> list[tuple[str, Options]]:
    """Return names and options of the specifications to mark."""
    if not isinstance(mark, Mapping):
        return [(_called(each), each) for each in mark]
    named = {printable(k): each for k, each in mark.items() if isinstance(each, Mapping)}
    if named and len(named) == len(mark):
        return list(named.items())
    plain = {str(name): str(option) for name, option in mark.items()}
    return [(_called(plain), plain)]


def _called(options: Options) -> str:
    told = [printable(f"{reader_name(name)} {label}") for name, label in options.items()]
    return ", ".join(told) or MAIN


def _band(curve: Curve) -> tuple[float, ...]:
    if curve.important != curve.important:
        return ()
    return curve.scale.null - curve.important, curve.scale.null + curve.important


def _axis(
    multiverse: Multiverse,
    order: Integers,
    curve: Curve,
    columns: Sequence[SpecificationColumn],
) -> tuple[SpecificationAxis, int]:
    """Return the axis, and how many specifications have intervals that run beyond it."""
    lows, highs = multiverse.low[order], multiverse.high[order]
    always = [
        multiverse.value[order[0]],
        multiverse.value[order[-1]],
        *_band(curve),
        *([curve.scale.null] if curve.scale.has_null else []),
    ]
    ends = [
        [float(min(*np.quantile([each.low for each in columns], [out]), *always)),
         float(max(*np.quantile([each.high for each in columns], [1 - out]), *always))]
        for out in (0.0, EDGE)
    ]  # fmt: skip
    (low, high), (near_low, near_high) = ends
    if high - low > LONGEST * (near_high - near_low):  # a few of them would hide all others
        low, high = near_low, near_high
    room = PAD * (high - low) or max(abs(low), 1.0) * PAD
    low, high = low - room, high + room
    ticks, texts = nice_ticks(low, high, curve.scale)
    beyond = int(np.count_nonzero((lows < low) | (highs > high)))
    label = printable(curve.label)
    axis = SpecificationAxis(low=low, high=high, ticks=ticks, tick_labels=texts, label=label)
    return axis, beyond


def _under(n: int, columns: int) -> str:
    if n == 1:
        return "1 specification"
    told = f"{counted_thousands(n, 'specification')} in the order of their estimates"
    if n == columns:
        return told
    return told + f", about {compact(n / columns, 2)} in each column"


def _legend(
    multiverse: Multiverse,
    curve: Curve,
    columns: Sequence[SpecificationColumn],
    marks: Sequence[SpecificationMark],
) -> list[LegendEntry]:
    several = columns[-1].stop > len(columns)
    none = compact(curve.scale.reading_null) if curve.scale.has_null else ""
    interval = f"{percent(multiverse.level)} interval"
    if several:
        interval = f"most {percent(multiverse.level)} intervals"
    verbs = ("lie", "include") if several else ("lies", "includes")
    told = {
        BELOW: f"{interval} {verbs[0]} below {none}",
        ABOVE: f"{interval} {verbs[0]} above {none}",
        HOLDS: f"{interval} {verbs[1]} {none}",
        NO_NULL: interval,
    }
    there = {column.side for column in columns}
    entries = [
        LegendEntry(label=_capital(text), kind="area", fill=SIDES[side][0], edge=SIDES[side][1])
        for side, text in told.items()
        if side in there
    ]
    entries.append(
        LegendEntry(label="Estimate", kind="line" if several else "marker",
                    fill=theme.INK, edge=theme.INK)
    )  # fmt: skip
    if curve.important == curve.important:
        entries.append(
            LegendEntry(label="Too small to be important", kind="area", fill=theme.BAND,
                        edge=theme.RULE)
        )  # fmt: skip
    entries += [
        LegendEntry(
            label=_capital(each.label), fill=theme.PAPER, edge=theme.INK, marker=each.marker
        )
        for each in marks
    ]
    return entries


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _own_notes(
    columns: Sequence[SpecificationColumn],
    rows: Sequence[SpecificationRow],
    beyond: int,
    curve: Curve,
) -> tuple[str, ...]:
    told = []
    if columns[-1].stop > len(columns):
        told.append(
            "Each column has the medians of its specifications' estimates and limits; under it, "
            "the height of a row is the share of them with that option."
        )
    if any(row.excluding == row.excluding for row in rows):
        none = compact(curve.scale.reading_null)
        told.append(
            "Behind a choice: its part of the variance between estimates, of which intervals are "
            "no part. At the right of an option: the median estimate of the specifications that "
            f"have it, and the share of their intervals that exclude {none}."
        )
    if beyond:
        what = counted_thousands(beyond, "interval")
        told.append(f"{what} {'runs' if beyond == 1 else 'run'} beyond the panel.")
    if curve.undefined:
        what = counted_thousands(curve.undefined, "specification")
        told.append(f"{what} without a finite interval {'is' if curve.undefined == 1 else 'are'} "
                    "not shown.")  # fmt: skip
    return tuple(told)


def _alt(multiverse: Multiverse, curve: Curve) -> str:
    read = [float(curve.scale.inverse(x)) for x in (curve.median, curve.lowest, curve.highest)]
    value, low, high = printed(*read, ratio=curve.scale.is_log)
    told = (
        f"Specification curve of {counted_thousands(curve.n, 'specification')} by "
        f"{choices_words(multiverse.choices)}: {in_sentence(curve.label)} from {low} to "
        f"{high}, median {value}"
    )
    if curve.scale.has_null:
        none = compact(curve.scale.reading_null)
        told += (
            f"; the interval lies below {none} in {share(curve.null.interval_below)}, above in "
            f"{share(curve.null.interval_above)}"
        )
    return f"{told}."
