"""From a net heat matrix to the record of its plot; no matplotlib here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Unpack

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.core.numbers import compact, counted
from metaan.core.scale import IDENTITY
from metaan.core.wording import percent
from metaan.networks.consistency.decomposition import QTest, q_test
from metaan.networks.consistency.inconsistency import Inconsistency
from metaan.networks.consistency.net_heat import NetHeat
from metaan.networks.fits.network_fit import NetworkFit
from metaan.plots.forests.footnotes import footnotes
from metaan.plots.networks.heat_legend import SquareKey, even_bar
from metaan.plots.networks.heat_map import INNER_PART, HeatCell, HeatFrame, least_pitch
from metaan.plots.networks.unfitted import got
from metaan.plots.pages.letters import printable
from metaan.plots.pages.texts import Texts, Written, written
from metaan.plots.pages.theme import TypeStyle

if TYPE_CHECKING:
    import pandas as pd

# Colors end at this change of Q, or a larger one that there is: a design of two arms that agrees
# with the others has more than 3.84 of Q, chi-square with one degree of freedom, once in twenty
# networks. Less is no sign of inconsistency and must not look like one.
LEAST_LIMIT = 4.0
KEY_SHARES = (1.0, 0.5, 0.1)  # squares that the legend shows
SEEN = 0.005  # contribution from which a square can be seen
MOST_LEFT_OUT = 4  # designs that a footnote names
# Side of a cell and type size of names for up to so many designs.
SIDES = ((8, 26.0, 8.0), (16, 20.0, 8.0), (30, 15.0, 7.5))
SMALLEST = (11.0, 7.0)
LEADING = 1.3


def _alphabetic(heat: NetHeat, kept: Integers) -> Integers:
    del heat
    return kept


def _similar(heat: NetHeat, kept: Integers) -> Integers:
    """Return designs so that those with similar rows and columns are neighbors."""
    from scipy.cluster.hierarchy import leaves_list, linkage  # takes a while to import

    if len(kept) < 3:
        return kept
    change = heat.change[np.ix_(kept, kept)]
    both = np.hstack([change, change.T])
    tree = linkage(both, method="complete", metric="cityblock", optimal_ordering=True)
    order = leaves_list(tree)
    if np.argmax(np.diag(change)[order]) > (len(order) - 1) / 2:  # the hottest end comes first
        order = order[::-1]
    return np.asarray(kept[order])


HEAT_ORDERS: Mapping[str, Callable[[NetHeat, Integers], Integers]] = MappingProxyType(
    {"similar": _similar, "alphabetic": _alphabetic}
)
DEFAULT_HEAT_ORDER = next(iter(HEAT_ORDERS))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetHeatCells:
    """What a net heat plot shows.

    Attributes
    ----------
    designs : tuple of str, length d
        Rows, and columns, in this order.
    left_out : tuple of str
        Designs that cannot disagree with others and are not shown.
    change : ndarray, shape (d, d)
        What the row's design loses of Q when the column's is detached.
    contribution : ndarray, shape (d, d)
        How much of the row's estimates is the column's design.
    tau2 : float
        Between-study variance of the weights.
    limit : float
        Change at which colors end: the largest, and at least ``LEAST_LIMIT``.
    between : QTest
        Q between all designs, with the same weights.
    frame : HeatFrame
        Everything that is drawn.
    alt : str
        The figure in words.
    """

    designs: tuple[str, ...]
    left_out: tuple[str, ...]
    change: Floats
    contribution: Floats
    tau2: float
    limit: float
    between: QTest
    frame: HeatFrame
    alt: str

    @property
    def title(self) -> str:
        """Above the figure; may be empty."""
        return self.frame.title

    def to_frame(self) -> pd.DataFrame:
        """Return one row per cell: design, detached, change, contribution."""
        import pandas as pd

        d = len(self.designs)
        return pd.DataFrame(
            {
                "design": [name for name in self.designs for _ in range(d)],
                "detached": list(self.designs) * d,
                "change": self.change.ravel(),
                "contribution": self.contribution.ravel(),
            }
        )


def net_heat_cells(
    net: NetworkFit | Inconsistency | NetHeat,
    *,
    order: str = DEFAULT_HEAT_ORDER,
    all_designs: bool = False,
    **texts: Unpack[Texts],
) -> NetHeatCells:
    """Return what a net heat plot shows; see `net_heat_plot`."""
    titles = written(texts, verb="net_heat_plot", of=net_heat_cells)
    arrange = look_up(HEAT_ORDERS, order, argument="order", what="an order of designs")
    heat = _heat(net)
    if not heat.involved.any():
        raise InputError(
            "no design can disagree with others: net heat needs a closed loop of comparisons, "
            "or designs that share two treatments"
        )
    names = heat.designs.names
    loose = np.flatnonzero(~heat.involved)
    chosen = arrange(heat, np.flatnonzero(heat.involved))
    if all_designs:
        chosen = np.concatenate([chosen, loose])
    change = heat.change[np.ix_(chosen, chosen)]
    record = NetHeatCells(
        designs=tuple(names[i] for i in chosen.tolist()),
        left_out=() if all_designs else tuple(names[i] for i in loose.tolist()),
        change=change,
        contribution=heat.contribution[np.ix_(chosen, chosen)],
        tau2=heat.tau2,
        limit=max(float(np.abs(change).max()), LEAST_LIMIT),
        between=between_designs(heat),
        frame=HeatFrame(shape=(0, 0), cells=(), wide=0.0, high=0.0),
        alt="",
    )
    remarks = footnotes(getattr(net, "remarks", ()), intervals=False)
    frame = _frame(record, titles, remarks)
    return replace(record, frame=frame, alt=_alt(record))


def between_designs(heat: NetHeat) -> QTest:
    """Return Q between all designs of a net heat matrix, with its chi-square test.

    Notes
    -----
    Its degrees of freedom are the contrasts of all designs, less those of the whole network.
    """
    designs = heat.designs
    n = len(np.unique(np.concatenate(designs.treatments)))
    return q_test(float(heat.q.sum()), int((designs.arms - 1).sum()) - (n - 1))


def _heat(net: NetworkFit | Inconsistency | NetHeat) -> NetHeat:
    if isinstance(net, NetworkFit):
        return net.net_heat()
    heat = net.heat if isinstance(net, Inconsistency) else net
    if not isinstance(heat, NetHeat):
        raise InputError(
            f"net_heat_plot draws a NetworkFit, its inconsistency() or its net_heat(); {got(net)}"
        )
    return heat


def _frame(record: NetHeatCells, titles: Written, remarks: Sequence[str]) -> HeatFrame:
    shown = tuple(printable(name) for name in record.designs)
    d = len(shown)
    side, size = next(((s, t) for most, s, t in SIDES if d <= most), SMALLEST)
    style = TypeStyle(size=size, leading=LEADING * size)
    side = max(side, least_pitch(shown, style))
    return HeatFrame(
        shape=(d, d),
        cells=tuple(_cells(record)),
        wide=side,
        high=side,
        label_style=style,
        rows=shown,
        columns=shown,
        heads=("Design", "Design that is detached"),
        bars=(
            even_bar(
                record.limit,
                IDENTITY,
                "Loss of Q of the row's design",
                ends=("supports it", "inconsistent"),
            ),
        ),
        squares=SquareKey(
            label="Contribution to the row's estimate",
            side=INNER_PART * side,
            shares=KEY_SHARES,
            texts=tuple(percent(share) for share in KEY_SHARES),
        ),
        title=titles.title,
        subtitle=titles.subtitle,
        notes=titles.footnotes(_notes(record), remarks),
    )


def _cells(record: NetHeatCells) -> Iterator[HeatCell]:
    for i, j in np.ndindex(record.change.shape):
        yield HeatCell(
            row=i,
            column=j,
            share=float(record.change[i, j]) / record.limit,
            inner=share if (share := float(record.contribution[i, j])) >= SEEN else 0.0,
            outlined=i == j,
        )


def _notes(record: NetHeatCells) -> Iterator[str]:
    yield (
        "A cell shows what the row's design loses of its share of Q between designs when the "
        "column's design is detached; the diagonal shows that share. Weights take τ² = "
        f"{compact(record.tau2)}."
    )
    if record.between.df:
        yield f"Between all designs: {record.between}."
    if record.left_out:
        lost = len(record.left_out)
        told = ", ".join(printable(name) for name in record.left_out[:MOST_LEFT_OUT])
        told += f" and {lost - MOST_LEFT_OUT} more" if lost > MOST_LEFT_OUT else ""
        verb = "it takes" if lost == 1 else "they take"
        yield f"Not shown, as {verb} no part in any loop: {told}."


def _alt(record: NetHeatCells) -> str:
    d = len(record.designs)
    own = np.diag(record.change)
    off = np.where(np.eye(d, dtype=bool), -np.inf, record.change)
    i, j = np.unravel_index(int(np.argmax(off)), off.shape)
    names = [printable(name) for name in record.designs]
    top = int(np.argmax(own))
    told = (
        f"Net heat plot of {counted(d, 'design')}: {names[top]} has most of Q between designs "
        f"({compact(float(own[top]))} of {compact(float(own.sum()))})"
    )
    if d > 1 and off[i, j] > 0:
        told += (
            f"; the largest gain elsewhere is that of {names[i]}, by "
            f"{compact(float(off[i, j]))}, when {names[j]} is detached"
        )
    return f"{told}."
