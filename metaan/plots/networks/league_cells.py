"""From a network to the record of its league heat map; no matplotlib here."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Unpack

import numpy as np

from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.core.numbers import counted, fixed, interval
from metaan.core.wording import in_sentence, percent
from metaan.networks.fits.asked import AskedForEffects
from metaan.networks.ranks.league import (
    DIRECT,
    NETWORK,
    EffectMatrix,
    effect_matrix,
    league_of,
)
from metaan.networks.ranks.ranking import BETTER, RANKING, arranged
from metaan.plots.charts.bubble_axis import effect_label
from metaan.plots.forests.footnotes import footnotes
from metaan.plots.networks.heat_legend import HeatBar, even_bar
from metaan.plots.networks.heat_map import HeatCell, HeatFrame
from metaan.plots.networks.league_record import LeagueCell, LeagueCells, OtherOutcome
from metaan.plots.networks.league_sizes import BARE, ESTIMATE, FULL, LeagueSizes, league_sizes
from metaan.plots.networks.unfitted import got
from metaan.plots.pages import theme as themes
from metaan.plots.pages.letters import printable
from metaan.plots.pages.texts import Texts, Written, written

DIGITS = 2
NO_DIRECT = "–"  # where no study compares the two, or an outcome lacks one
OTHER = "the other outcome"
# Colors end at this many times the 90th percentile of the effects' sizes, or at the largest.
OUTLYING, PERCENTILE = 1.8, 90.0
HAIR = 1e-9  # by which an effect at the end of the scale may be off


def league_cells(
    net: AskedForEffects,
    *,
    order: str | Sequence[str] | None = None,
    better: str | Sequence[str] | None = None,
    direct: bool = True,
    other: AskedForEffects | None = None,
    digits: int = DIGITS,
    **texts: Unpack[Texts],
) -> LeagueCells:
    """Return what a league heat map shows; see `league_heat_map`."""
    titles = written(texts, verb="league_heat_map", of=league_cells)
    _check(net, other)
    first, second = _directions(better, two=other is not None)
    if order is None and first:
        order = RANKING
    more = () if other is None else other.relative.treatments
    names = arranged(net.relative, order, better=first or None, more=more)
    lower = effect_matrix(net.relative).arranged(names)
    if other is not None:
        found: EffectMatrix | None = effect_matrix(other.relative)
    else:
        found = net.direct_matrix() if direct else None
    upper = None if found is None else found.arranged(names)
    limit = _limit([lower] if upper is None or other is not None else [lower, upper])
    # checks the decimals, and reads both on the reading scale
    league = league_of(lower, upper, names, digits=digits)
    cells = list(_cells(lower, league.lower, NETWORK, limit=_signed(limit, first), digits=digits))
    above = None
    if other is not None and upper is not None:
        above = OtherOutcome(
            label=upper.label, limit=_limit([upper]), better=second, scale=upper.scale
        )
    if upper is not None:
        end = _signed(limit, first) if above is None else _signed(above.limit, second)
        source = DIRECT if above is None else OTHER
        cells += _cells(upper, league.upper, source, limit=end, digits=digits)
    shown = [printable(name) for name in names]
    sizes = league_sizes(shown, [_lines(cell) for cell in cells])
    record = LeagueCells(
        treatments=names,
        cells=tuple(cells),
        limit=limit,
        better=first,
        scale=lower.scale,
        level=lower.level,
        frame=HeatFrame(shape=(0, 0), cells=(), wide=0.0, high=0.0),
        alt=_alt(lower, cells, above),
        other=above,
    )
    remarks = (getattr(each, "remarks", ()) for each in (net, other))
    notes = titles.footnotes(
        _notes(record, lower.label, sizes, ranked=order == RANKING),
        footnotes(chain.from_iterable(remarks)),
    )
    return replace(record, frame=replace(_frame(record, lower.label, sizes, titles), notes=notes))


def _check(net: object, other: object) -> None:
    """Raise an InputError unless these are fits of networks whose intervals are alike."""
    if not isinstance(net, AskedForEffects):
        raise InputError(f"league_heat_map draws a fit of a network; {got(net)}")
    if other is None:
        return
    if not isinstance(other, AskedForEffects):
        raise InputError(f"other= is a fit of a network, of another outcome; {got(other)}")
    if net.relative.level != other.relative.level:
        raise InputError(
            f"both outcomes share one level of confidence; got {net.relative.level:g} and "
            f"{other.relative.level:g}; fit one of them again with level="
        )


def _directions(better: str | Sequence[str] | None, *, two: bool) -> tuple[str, str]:
    """Return the directions of the triangles; of both, if there is one; empty if nobody said."""
    given = [better or ""] * 2 if better is None or isinstance(better, str) else list(better)
    if len(given) != 2 or not (two or given[0] == given[1]):
        raise InputError(
            f"better={better!r} must be one direction"
            + (", or one for each of the two outcomes" if two else "; two are for other=")
        )
    for each in filter(None, given):
        look_up(BETTER, each, argument="better", what="a direction of effects")
    return given[0], given[1]


def _signed(limit: float, better: str) -> float:
    """Return the effect at which the color of what is better for the later treatment ends."""
    return -BETTER.get(better or "lower", -1.0) * limit


def _limit(matrices: Sequence[EffectMatrix]) -> float:
    """Return the distance from no effect at which colors end; 1 where nothing differs."""
    scale, n = matrices[0].scale, len(matrices[0].treatments)
    null = scale.null if scale.has_null else 0.0
    i, j = np.triu_indices(n, k=1)
    sizes = np.abs(np.concatenate([each.values[i, j] for each in matrices]) - null)
    sizes = sizes[np.isfinite(sizes)]
    if not sizes.size or not sizes.any():
        return 1.0
    most = float(sizes.max())
    return min(most, OUTLYING * float(np.percentile(sizes, PERCENTILE))) or most


def _cells(
    matrix: EffectMatrix, read: EffectMatrix, source: str, *, limit: float, digits: int
) -> Iterator[LeagueCell]:
    """Yield each treatment against each later one; nothing where there is no such evidence."""
    null = matrix.scale.null if matrix.scale.has_null else 0.0
    n = len(matrix.treatments)
    for i, j in zip(*(each.tolist() for each in np.triu_indices(n, k=1)), strict=True):
        value = float(matrix.values[i, j])
        if math.isnan(value):
            continue
        effect, low, high = (float(each[i, j]) for each in (read.values, read.low, read.high))
        yield LeagueCell(
            treatment=matrix.treatments[i],
            control=matrix.treatments[j],
            source=source,
            value=effect,
            low=low,
            high=high,
            p_value=float(matrix.p_values[i, j]),
            clear=bool(matrix.low[i, j] > null or matrix.high[i, j] < null),
            share=(value - null) / limit,
            text=f"{fixed(effect, digits)} {interval(low, high, digits)}",
        )


def _lines(cell: LeagueCell) -> tuple[str, str]:
    """Return the text of a cell in two lines."""
    value, _, limits = cell.text.partition(" ")
    return value, limits


def _frame(record: LeagueCells, label: str, sizes: LeagueSizes, titles: Written) -> HeatFrame:
    shown = tuple(printable(name) for name in record.treatments)
    n, inside = len(shown), bool(sizes.names)
    first = OtherOutcome(label=label, limit=record.limit, better=record.better, scale=record.scale)
    bars: tuple[HeatBar, ...] = (_bar(first),)
    if record.other is not None:
        bars = (_bar(first, ", below the diagonal"), _bar(record.other, ", above the diagonal"))
    return HeatFrame(
        shape=(n, n),
        cells=tuple(_heat_cells(record, sizes)),
        wide=sizes.wide,
        high=sizes.high,
        style=sizes.style,
        label_style=sizes.label_style,
        rows=() if inside else shown,
        columns=() if inside else shown,
        bars=bars,
        title=titles.title,
        subtitle=titles.subtitle,
    )


def _bar(outcome: OtherOutcome, where: str = "") -> HeatBar:
    """Return what the colors of an outcome stand for."""
    flip = outcome.better == "higher"
    ends = ("later is better", "earlier is better") if flip else (
        "earlier is better", "later is better")  # fmt: skip
    return even_bar(
        outcome.limit,
        outcome.scale,
        f"{effect_label(outcome.label, outcome.scale)}{where}",
        flip=flip,
        ends=ends if outcome.better else ("", ""),
    )


def _heat_cells(record: LeagueCells, sizes: LeagueSizes) -> Iterator[HeatCell]:
    place = {name: i for i, name in enumerate(record.treatments)}
    n = len(place)
    for i in range(n):
        lines = sizes.names[i] if sizes.names else ()
        yield HeatCell(row=i, column=i, lines=lines, bold=True, fill=themes.BAND)
    upper = any(cell.source != NETWORK for cell in record.cells)
    known = set()
    for cell in record.cells:
        i, j = place[cell.treatment], place[cell.control]
        row, column = (j, i) if cell.source == NETWORK else (i, j)
        known.add((row, column))
        shown = {FULL: 2, ESTIMATE: 1, BARE: 0}[sizes.shows]
        yield HeatCell(
            row=row,
            column=column,
            share=cell.share,
            lines=_lines(cell)[:shown],
            bold=cell.clear,
        )
    none = () if sizes.shows == BARE else (NO_DIRECT,)
    for i, j in np.argwhere(~np.eye(n, dtype=bool)).tolist():
        if (i, j) not in known and (i > j or upper):
            yield HeatCell(row=i, column=j, lines=none, fill=themes.PAPER)


def _notes(record: LeagueCells, label: str, sizes: LeagueSizes, *, ranked: bool) -> Iterator[str]:
    """Yield how the table is read."""
    level = percent(record.level)
    what = "effect" if record.other else in_sentence(printable(label))
    what += f" ({level} CI)" if sizes.shows == FULL else ""
    of = f" of the {in_sentence(printable(label))}" if record.other else ""
    ordered = f" Treatments by P-score{of}, the best first ({record.better} is better)." * ranked
    yield f"A cell shows the {what} of the earlier treatment against the later one.{ordered}"
    none = "" if sizes.shows == BARE else f' ("{NO_DIRECT}": none)'
    if record.other:
        one, two = (in_sentence(printable(each)) for each in (label, record.other.label))
        two = OTHER if one == two else two
        yield f"Below the diagonal: {one}; above it: {two}{none}."
    elif any(cell.source == DIRECT for cell in record.cells):
        yield f"Below the diagonal: {NETWORK}; above it: {DIRECT}{none}."
    if sizes.shows == BARE:
        yield "There are too many treatments for numbers: see the table of the figure's data."
    else:
        alone = "" if sizes.shows == FULL else " Intervals are not shown for lack of room."
        yield f"Bold: the {level} CI excludes no effect.{alone}"
    beyond = sum(abs(cell.share) > 1 + HAIR for cell in record.cells)
    if beyond:
        verb = "lies beyond the scale and has the color of its end"
        verb = verb if beyond == 1 else "lie beyond the scale and have the color of its end"
        yield f"{counted(beyond, 'effect')} {verb}."


def _alt(
    matrix: EffectMatrix, cells: Sequence[LeagueCell], other: OtherOutcome | None = None
) -> str:
    n = len(matrix.treatments)
    network = [cell for cell in cells if cell.source == NETWORK]
    clear = [cell for cell in network if cell.clear]
    told = (
        f"League heat map of {counted(n, 'treatment')}: {in_sentence(printable(matrix.label))} of "
        f"each against each other; {len(clear)} of {counted(len(network), 'comparison')} with a "
        f"{percent(matrix.level)} CI that excludes no effect"
    )
    if other is not None:
        told += f"; above the diagonal {in_sentence(printable(other.label))} of another outcome"
    elif len(cells) > len(network):
        told += f"; {len(cells) - len(network)} with direct evidence"
    if network:
        most = max(network, key=lambda cell: abs(cell.share))
        told += (
            f". Largest difference: {printable(most.treatment)} against "
            f"{printable(most.control)}, {most.text}"
        )
    return f"{told}."
