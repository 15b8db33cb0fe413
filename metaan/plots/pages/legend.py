"""What a legend says: colors, markers and lines by what they stand for; no drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from metaan.plots.pages import theme

SwatchKind: TypeAlias = Literal["marker", "line", "dashed", "area"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegendEntry:
    """One line of a legend.

    Attributes
    ----------
    label : str
        What it means.
    kind : str
        "marker" (a filled mark), "line", "dashed" or "area".
    fill, edge : str
        Names of colors of the theme; lines take ``edge``.
    marker : str
        Key of ``marks.POLYGONS``, for a marker.
    symbol : str
        One sign on the marker, black or white.
    dashes : tuple of float
        Lengths of strokes and gaps of a line, in its weights (a row of ``DASHES``); empty for
        one without gaps.
    head : str
        What stands before it: what this entry and those that follow are told apart by, "Alloc".
    """

    label: str
    kind: SwatchKind = "marker"
    fill: str = theme.STUDY
    edge: str = theme.OURS
    marker: str = "circle"
    symbol: str = ""
    dashes: tuple[float, ...] = ()
    head: str = ""


# How lines of one color are told apart, most different ones first.
DASHES: tuple[tuple[float, ...], ...] = (
    (),
    (4.0, 1.8),
    (1.0, 1.4),
    (5.0, 1.6, 1.0, 1.6),
    (3.0, 1.3, 1.0, 1.3, 1.0, 1.3),
)
