"""PALETTES: from a number to the color of its cell, in any theme; no drawing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from metaan.plots.pages.contrast import ink_on
from metaan.plots.pages.theme import Theme

INNER = 0.42  # of the way from a cell to black or white, for a square that is seen on it


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """A row of ``PALETTES``.

    Attributes
    ----------
    key : str
        Key.
    stops : callable
        ``stops(theme)``: colors from ``low`` to 1, evenly spaced.
    low : float
        Smallest share: -1 or 0.
    """

    key: str
    stops: Callable[[Theme], Sequence[str]]
    low: float

    def color(self, theme: Theme, share: float) -> str:
        """Return the color of a share as ``#rrggbb``; that of the paper for NaN.

        Parameters
        ----------
        theme : Theme
            Colors.
        share : float
            From ``low`` to 1; what lies beyond has the color of the end.
        """
        if math.isnan(share):
            return theme.paper
        stops = self.stops(theme)
        at = (min(max(share, self.low), 1.0) - self.low) / (1.0 - self.low) * (len(stops) - 1)
        first = min(int(at), len(stops) - 2)
        return mixed(stops[first], stops[first + 1], at - first)


_ROWS = (
    Palette(key="diverging", stops=lambda theme: theme.diverging, low=-1.0),
    Palette(
        key="sequential", stops=lambda theme: (theme.paper, *theme.shades, theme.ours), low=0.0
    ),
)
PALETTES: Mapping[str, Palette] = MappingProxyType({row.key: row for row in _ROWS})
DIVERGING, SEQUENTIAL = (row.key for row in _ROWS)


def mixed(one: str, other: str, share: float) -> str:
    """Return a mixture of two colors ``#rrggbb``; ``share`` is that of the other.

    Examples
    --------
    >>> mixed("#000000", "#ffffff", 0.5)
    '#808080'
    """
    parts = [
        round((1 - share) * int(one[i : i + 2], 16) + share * int(other[i : i + 2], 16))
        for i in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02x}" for part in parts)


def on_cell(color: str) -> str:
    """Return the color of a square that stands on a cell of this color: gray on white."""
    return mixed(color, ink_on(color), INNER)
