"""From the contributions in a network to the record of their heat map; no matplotlib here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Unpack

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.core.errors import InputError
from metaan.core.numbers import counted, fixed
from metaan.core.scale import IDENTITY
from metaan.networks.combining.pairs import all_comparisons
from metaan.networks.fits.network_fit import NetworkFit
from metaan.networks.flow.contribution import (
    CONTRIBUTIONS,
    DEFAULT_CONTRIBUTION,
    DEFAULT_CONTRIBUTORS,
    Contribution,
    contribution,
)
from metaan.networks.flow.hat_matrix import STUDY
from metaan.plots.forests.footnotes import footnotes
from metaan.plots.networks.heat_colors import SEQUENTIAL
from metaan.plots.networks.heat_legend import HeatBar
from metaan.plots.networks.heat_map import HeatCell, HeatFrame, least_pitch
from metaan.plots.networks.unfitted import got
from metaan.plots.pages.letters import printable
from metaan.plots.pages.texts import Texts, Written, written
from metaan.plots.pages.theme import TypeStyle
from metaan.plots.pages.ticks import nice_ticks

if TYPE_CHECKING:
    import pandas as pd

MIXED, INDIRECT = "Mixed evidence", "Indirect evidence"
MOST_ROWS = 66
SEEN = 5e-3  # shares below this have no number; columns without a larger one are not shown
# Width and height of a cell, type size of its text (0 for none) and of the names, for so many
# columns.
SIZES = ((24, 23.0, 15.0, 7.5, 8.0), (44, 16.5, 13.5, 6.6, 7.5))
BARE = (8.0, 9.5, 0.0, 6.6)
LEADING, TIGHT = 1.3, 1.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ContributionCells:
    """What a contribution heat map shows.

    Attributes
    ----------
    rows : tuple of str, length r
        Comparisons "a:b": those with direct evidence first.
    columns : tuple of str, length c
        Comparisons with direct evidence, or studies.
    shown : tuple of int
        Columns that are drawn.
    by, method : str
        What the columns are, and row of ``CONTRIBUTIONS``.
    direct : ndarray of bool, shape (r,)
        Whether there is direct evidence of each row.
    values : ndarray, shape (r, c)
        Shares; every row adds up to 1.
    frame : HeatFrame
        Everything that is drawn.
    alt : str
        The figure in words.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    shown: tuple[int, ...]
    by: str
    method: str
    direct: Booleans
    values: Floats
    frame: HeatFrame
    alt: str

    @property
    def title(self) -> str:
        """Above the figure; may be empty."""
        return self.frame.title

    def to_frame(self) -> pd.DataFrame:
        """Return the shares, one row per comparison, with whether there is direct evidence.

        Returns
        -------
        DataFrame
            comparison, evidence ("mixed" or "indirect"), then a column per contributor.
        """
        import pandas as pd

        frame = pd.DataFrame(self.values, columns=list(self.columns))
        kinds = ["mixed" if direct else "indirect" for direct in self.direct.tolist()]
        frame.insert(0, "evidence", kinds)
        frame.insert(0, "comparison", list(self.rows))
        return frame


def contribution_cells(
    net: NetworkFit,
    *,
    by: str = DEFAULT_CONTRIBUTORS,
    method: str = DEFAULT_CONTRIBUTION,
    against: str | None = None,
    **texts: Unpack[Texts],
) -> ContributionCells:
    """Return what a contribution heat map shows; see `contribution_heat_map`."""
    titles = written(texts, verb="contribution_heat_map", of=contribution_cells)
    if not isinstance(net, NetworkFit):
        raise InputError(f"contribution_heat_map draws a NetworkFit; {got(net)}")
    found = contribution(net.combined, method, by)
    chosen, center = _rows(net, found, against)
    layout = net.combined.evidence.layout
    direct = _direct(net)
    order = np.concatenate([chosen[direct[chosen]], chosen[~direct[chosen]]])
    values = found.values[order]
    used = np.flatnonzero((values >= SEEN).any(axis=0))
    record = ContributionCells(
        rows=tuple(found.rows[i] for i in order.tolist()),
        columns=found.columns,
        shown=tuple(used.tolist()),
        by=found.by,
        method=found.method,
        direct=direct[order],
        values=values,
        frame=HeatFrame(shape=(0, 0), cells=(), wide=0.0, high=0.0),
        alt="",
    )
    frame = _frame(record, titles)
    own = _notes(record, center, len(found.rows))
    notes = titles.footnotes(own, footnotes(net.remarks, intervals=False))
    return replace(
        record,
        frame=replace(frame, notes=notes),
        alt=_alt(record, len(layout.treatments)),
    )


def _rows(net: NetworkFit, found: Contribution, against: str | None) -> tuple[Integers, str]:
    """Return which comparisons are shown, and with which treatment; empty for all."""
    places = np.arange(len(found.rows))
    if against is None and len(places) <= MOST_ROWS:
        return places, ""
    center = net.reference if against is None else against
    place = net.relative.place(center, argument="against")
    first, second = all_comparisons(net.relative.n)
    return places[(first == place) | (second == place)], center


def _direct(net: NetworkFit) -> Booleans:
    """Return whether studies compare the two treatments of each comparison, shape (N,)."""
    layout = net.effects.layout
    n = len(layout.treatments)
    ends = layout.arm_treatment[np.column_stack([layout.arm1, layout.arm2])]
    compared = np.zeros((n, n), dtype=bool)
    compared[ends.min(axis=1), ends.max(axis=1)] = True
    first, second = all_comparisons(n)
    return np.asarray(compared[first, second])


def _frame(record: ContributionCells, titles: Written) -> HeatFrame:
    columns = tuple(printable(record.columns[j]) for j in record.shown)
    rows = tuple(printable(name) for name in record.rows)
    sizes = next((row[1:] for row in SIZES if len(columns) <= row[0]), BARE)
    wide, high, size, name_size = sizes
    style = TypeStyle(size=size or name_size, leading=LEADING * (size or name_size))
    names = TypeStyle(size=name_size, leading=(LEADING if size else TIGHT) * name_size)
    limit = float(record.values.max())
    ticks, labels = nice_ticks(0.0, 100 * limit, IDENTITY)
    mixed = int(record.direct.sum())
    groups = [(0, MIXED)] if mixed else []
    groups += [(mixed, INDIRECT)] if mixed < len(rows) else []
    heads = "Study" if record.by == STUDY else "Direct comparison"
    return HeatFrame(
        shape=(len(rows), len(columns)),
        cells=tuple(_cells(record, limit, told=bool(size))),
        wide=max(wide, least_pitch(columns, names)),
        high=max(high, least_pitch(rows, names)),
        style=style,
        label_style=names,
        rows=rows,
        columns=columns,
        heads=("Network estimate", heads),
        groups=tuple(groups),
        palette=SEQUENTIAL,
        bars=(
            HeatBar(
                label="Contribution",
                ticks=tuple(at / (100 * limit) for at in ticks),
                tick_labels=tuple(f"{text}%" for text in labels),
                palette=SEQUENTIAL,
            ),
        ),
        title=titles.title,
        subtitle=titles.subtitle,
    )


def _cells(record: ContributionCells, limit: float, *, told: bool) -> Iterator[HeatCell]:
    for i, name in enumerate(record.rows):
        for place, j in enumerate(record.shown):
            share = float(record.values[i, j])
            yield HeatCell(
                row=i,
                column=place,
                share=share / limit,
                lines=(fixed(100 * share, 0),) if told and share >= SEEN else (),
                outlined=record.by != STUDY and name == record.columns[j],
            )


def _notes(record: ContributionCells, center: str, rows: int) -> Iterator[str]:
    what = "studies" if record.by == STUDY else "direct comparisons"
    numbers = ", in percent, empty below 0.5" if len(record.shown) <= SIZES[-1][0] else ""
    way = CONTRIBUTIONS[record.method].name
    told = f"Shares of {what} in the estimates of the network{numbers}; by {way}."
    if record.by != STUDY and record.direct.any():
        told += " Outlined: the comparison's own direct evidence."
    yield told
    if center:
        yield f"Shown: the {len(record.rows)} of {rows} comparisons with {printable(center)}."
    lost = len(record.columns) - len(record.shown)
    if lost:
        nouns = ("study", "studies") if record.by == STUDY else ("direct comparison", "")
        yield f"Not shown: {counted(lost, *nouns)} with less than 0.5% of every row."


def _alt(record: ContributionCells, treatments: int) -> str:
    what = ("study", "studies") if record.by == STUDY else ("direct comparison", "")
    mixed = int(record.direct.sum())
    told = (
        f"Contribution heat map of {counted(len(record.columns), *what)} in "
        f"{counted(len(record.rows), 'estimate')} of a network of {treatments} treatments: "
        f"{mixed} of mixed and {len(record.rows) - mixed} of indirect evidence"
    )
    i, j = np.unravel_index(int(np.argmax(record.values)), record.values.shape)
    return (
        f"{told}. Largest share: {printable(record.columns[j])} in {printable(record.rows[i])}, "
        f"{fixed(100 * float(record.values[i, j]), 0)}%."
    )
