"""How large the cells of a league heat map are, and how much stands in them; points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metaan.plots.networks.heat_map import NAME_ROOM, least_pitch
from metaan.plots.pages import theme as themes
from metaan.plots.pages.page import widest
from metaan.plots.pages.theme import TypeStyle
from metaan.plots.pages.typesetting import wrap

WIDEST = 745.0  # of cells and the names beside them
PAD, TIGHT_PAD, NAME_PAD = 8.0, 5.0, 6.0
STRETCH = 1.35  # by which names may make cells wider than their texts
MOST_LINES = 4  # of a name in a cell
LEADING = 1.3  # of a type size
FULL, ESTIMATE, BARE = "full", "estimate", "bare"
# What stands in a cell and in which type size, the best first.
WAYS = (
    (FULL, 8.0), (FULL, 7.4), (FULL, 6.8),
    (ESTIMATE, 8.0), (ESTIMATE, 7.2), (ESTIMATE, 6.4), (BARE, 7.5),
)  # fmt: skip
BARE_CELL = 11.5


@dataclass(frozen=True, slots=True, kw_only=True)
class LeagueSizes:
    """Cells of a league.

    Attributes
    ----------
    shows : str
        "full" (estimate and interval), "estimate" or "bare" (colors alone).
    wide, high : float
        Of a cell.
    style, label_style : TypeStyle
        Of texts in cells, and of names beside them.
    names : tuple of tuple of str
        Lines of the names in the cells of the diagonal; empty if they stand beside the cells.
    """

    shows: str
    wide: float
    high: float
    style: TypeStyle
    label_style: TypeStyle
    names: tuple[tuple[str, ...], ...]


def league_sizes(treatments: Sequence[str], texts: Sequence[tuple[str, str]]) -> LeagueSizes:
    """Return the first way in which the league is narrow enough.

    Parameters
    ----------
    treatments : sequence of str
        Names, printable.
    texts : sequence of (str, str)
        Estimates and intervals of all cells.
    """
    found = None
    for shows, size in WAYS:
        found = _sizes(treatments, texts, shows, size)
        beside = 0.0
        if not found.names:
            lines = [line for name in treatments for line in wrap(name, themes.TICK, NAME_ROOM)]
            beside = widest(lines, found.label_style)
        if beside + len(treatments) * found.wide <= WIDEST:
            break
    assert found is not None
    return found


def _sizes(
    treatments: Sequence[str], texts: Sequence[tuple[str, str]], shows: str, size: float
) -> LeagueSizes:
    style = TypeStyle(size=size, leading=LEADING * size)
    bold = TypeStyle(size=size, leading=style.leading, bold=True)
    label = TypeStyle(size=max(size, 7.0), leading=LEADING * max(size, 7.0))
    if shows == BARE:
        return LeagueSizes(
            shows=shows, wide=BARE_CELL, high=BARE_CELL, style=style, label_style=label, names=()
        )
    shown = [line for both in texts for line in (both if shows == FULL else both[:1])]
    wide = widest(shown, bold) + (PAD if shows == FULL else TIGHT_PAD)
    if shows == ESTIMATE:
        side = max(wide, least_pitch(treatments, label))
        return LeagueSizes(
            shows=shows, wide=side, high=side, style=style, label_style=label, names=()
        )
    words = widest([word for name in treatments for word in name.split(" ")], bold) + NAME_PAD
    wide = words if wide < words <= STRETCH * wide else wide
    names = tuple(wrap(name, bold, wide - NAME_PAD) for name in treatments)
    deep = max(map(len, names))
    if words > wide or deep > MOST_LINES:
        names, deep = (), 2
    high = max(deep, 2) * style.leading + PAD
    return LeagueSizes(
        shows=shows, wide=wide, high=high, style=style, label_style=label, names=names
    )
