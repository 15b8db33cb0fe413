"""From a network to the record of its league heat map; no matplotlib here."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Unpack

import numpy as np

from metaan.core.errors import InputError
from metaan.core.numbers import counted, fixed, interval
from metaan.core.scale import Scale
from metaan.core.wording import in_sentence, percent
from metaan.networks.fits.asked import AskedForEffects
from metaan.networks.ranks.league import (
    DIRECT,
    NETWORK,
    NONE_HERE,
    EffectMatrix,
    effect_matrix,
    league_of,
)
from metaan.networks.ranks.ranking import BETTER, RANKING, arranged
from metaan.plots.charts.bubble_axis import effect_label
from metaan.plots.forests.footnotes import footnotes
from metaan.plots.networks.heat_legend import even_bar
from metaan.plots.networks.heat_map import HeatCell, HeatFrame
from metaan.plots.networks.league_sizes import BARE, ESTIMATE, FULL, LeagueSizes, league_sizes
from metaan.plots.pages import theme as themes
from metaan.plots.pages.letters import printable
from metaan.plots.pages.texts import Texts, Written, written

if TYPE_CHECKING:
    import pandas as pd

DIGITS = 2
# Colors end at this many times the 90th percentile of the effects' sizes, or at the largest.
OUTLYING, PERCENTILE = 1.8, 90.0
HAIR = 1e-9  # by which an effect at the end of the scale may be off


@dataclass(frozen=True, slots=True, kw_only=True)
class LeagueCell:
    """The effect of one treatment against another.

    Attributes
    ----------
    treatment, control : str
        The earlier and the later one.
    source : str
        By what it is known: the network, or direct evidence alone.
    value, low, high : float
        Effect and limits, reading scale.
    p_value : float
        Of no difference, two-sided.
    clear : bool
        Whether the interval excludes no effect: set in bold.
    share : float
        Of the color scale, whose ends are -1 and 1; below 0 where the earlier treatment is
        better, or where the effect is below no effect if nobody said what is better.
    text : str
        "0.12 (−0.30, 0.54)".
    """

    treatment: str
    control: str
    source: str
    value: float
    low: float
    high: float
    p_value: float
    clear: bool
    share: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeagueCells:
    """What a league heat map shows.

    Attributes
    ----------
    treatments : tuple of str
        In the order of the table.
    cells : tuple of LeagueCell
        The network's effects first, then direct evidence.
    limit : float
        Distance from no effect at which colors end, analysis scale.
    better : str
        Which effects are better; empty if nobody said.
    scale : Scale
        How effects are read.
    level : float
        Coverage of the intervals.
    frame : HeatFrame
        Everything that is drawn.
    alt : str
        The figure in words.
    """

    treatments: tuple[str, ...]
    cells: tuple[LeagueCell, ...]
    limit: float
    better: str
    scale: Scale
    level: float
    frame: HeatFrame
    alt: str

    @property
    def title(self) -> str:
        """Above the figure; may be empty."""
        return self.frame.title

    def to_frame(self) -> pd.DataFrame:
        """Return one row per cell, reading scale.

        Returns
        -------
        DataFrame
            treatment, control, source, estimate, low, high, p_value, excludes_null.
        """
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "treatment": cell.treatment,
                    "control": cell.control,
                    "source": cell.source,
                    "estimate": cell.value,
                    "low": cell.low,
                    "high": cell.high,
                    "p_value": cell.p_value,
                    "excludes_null": cell.clear,
                }
                for cell in self.cells
            ]
        )


def league_cells(
    net: AskedForEffects,
    *,
    order: str | Sequence[str] | None = None,
    better: str | None = None,
    direct: bool = True,
    digits: int = DIGITS,
    **texts: Unpack[Texts],
) -> LeagueCells:
    """Return what a league heat map shows; see `league_heat_map`."""
    titles = written(texts, verb="league_heat_map", of=league_cells)
    if not isinstance(net, AskedForEffects):
        raise InputError(
            f"league_heat_map draws a fit of a network; got {type(net).__name__}. Make one with "
            "network(effects)"
        )
    if order is None and better is not None:
        order = RANKING
    names = arranged(net.relative, order, better=better)
    lower = effect_matrix(net.relative).arranged(names)
    found = net.direct_matrix() if direct else None
    upper = None if found is None else found.arranged(names)
    sign = BETTER.get(better or "lower", -1.0)
    limit = _limit(lower, upper)
    # checks the decimals, and reads both on the reading scale
    league = league_of(lower, upper, names, digits=digits)
    cells = list(_cells(lower, league.lower, NETWORK, limit=-sign * limit, digits=digits))
    if upper is not None:
        cells += _cells(upper, league.upper, DIRECT, limit=-sign * limit, digits=digits)
    shown = [printable(name) for name in names]
    sizes = league_sizes(shown, [_lines(cell) for cell in cells])
    record = LeagueCells(
        treatments=names,
        cells=tuple(cells),
        limit=limit,
        better=better or "",
        scale=lower.scale,
        level=lower.level,
        frame=HeatFrame(shape=(0, 0), cells=(), wide=0.0, high=0.0),
        alt=_alt(lower, cells),
    )
    frame = _frame(record, lower.label, sizes, titles)
    ranked = order == RANKING
    notes = titles.footnotes(
        _notes(record, lower.label, sizes, ranked=ranked), footnotes(getattr(net, "remarks", ()))
    )
    return replace(record, frame=replace(frame, notes=notes))


def _limit(lower: EffectMatrix, upper: EffectMatrix | None) -> float:
    """Return the distance from no effect at which colors end; 1 where nothing differs."""
    null = lower.scale.null if lower.scale.has_null else 0.0
    both = [lower.values, *([] if upper is None else [upper.values])]
    i, j = np.triu_indices(len(lower.treatments), k=1)
    sizes = np.abs(np.concatenate([each[i, j] for each in both]) - null)
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
    flip = record.better == "higher"
    ends = ("later is better", "earlier is better") if flip else (
        "earlier is better", "later is better")  # fmt: skip
    bar = even_bar(
        record.limit,
        record.scale,
        effect_label(label, record.scale),
        flip=flip,
        ends=ends if record.better else ("", ""),
    )
    return HeatFrame(
        shape=(n, n),
        cells=tuple(_heat_cells(record, sizes)),
        wide=sizes.wide,
        high=sizes.high,
        style=sizes.style,
        label_style=sizes.label_style,
        rows=() if inside else shown,
        columns=() if inside else shown,
        bars=(bar,),
        title=titles.title,
        subtitle=titles.subtitle,
    )


def _heat_cells(record: LeagueCells, sizes: LeagueSizes) -> Iterator[HeatCell]:
    place = {name: i for i, name in enumerate(record.treatments)}
    n = len(place)
    for i in range(n):
        lines = sizes.names[i] if sizes.names else ()
        yield HeatCell(row=i, column=i, lines=lines, bold=True, fill=themes.BAND)
    upper = any(cell.source == DIRECT for cell in record.cells)
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
    dots = () if sizes.shows == BARE else (NONE_HERE,)
    for i, j in np.argwhere(~np.eye(n, dtype=bool)).tolist():
        if (i, j) not in known and (i > j or upper):
            yield HeatCell(row=i, column=j, lines=dots, fill=themes.PAPER)


def _notes(record: LeagueCells, label: str, sizes: LeagueSizes, *, ranked: bool) -> Iterator[str]:
    """Yield how the table is read."""
    level = percent(record.level)
    what = f"{in_sentence(printable(label))}" + (f" ({level} CI)" if sizes.shows == FULL else "")
    ordered = f" Treatments by P-score, the best first ({record.better} is better)." * ranked
    yield f"A cell shows the {what} of the earlier treatment against the later one.{ordered}"
    if any(cell.source == DIRECT for cell in record.cells):
        none = "" if sizes.shows == BARE else f' ("{NONE_HERE}": none)'
        yield f"Below the diagonal: {NETWORK}; above it: {DIRECT}{none}."
    if sizes.shows == BARE:
        yield "There are too many treatments for numbers: see the table of the figure's data."
    else:
        alone = "" if sizes.shows == FULL else " There is room for the estimates alone."
        yield f"Bold: the {level} CI excludes no effect.{alone}"
    beyond = sum(abs(cell.share) > 1 + HAIR for cell in record.cells)
    if beyond:
        verb = "lies beyond the scale and has the color of its end"
        verb = verb if beyond == 1 else "lie beyond the scale and have the color of its end"
        yield f"{counted(beyond, 'effect')} {verb}."


def _alt(matrix: EffectMatrix, cells: Sequence[LeagueCell]) -> str:
    n = len(matrix.treatments)
    network = [cell for cell in cells if cell.source == NETWORK]
    clear = [cell for cell in network if cell.clear]
    told = (
        f"League heat map of {counted(n, 'treatment')}: {in_sentence(printable(matrix.label))} of "
        f"each against each other; {len(clear)} of {counted(len(network), 'comparison')} with a "
        f"{percent(matrix.level)} CI that excludes no effect"
    )
    if len(cells) > len(network):
        told += f"; {len(cells) - len(network)} with direct evidence"
    if network:
        most = max(network, key=lambda cell: abs(cell.share))
        told += (
            f". Largest difference: {printable(most.treatment)} against "
            f"{printable(most.control)}, {most.text}"
        )
    return f"{told}."
