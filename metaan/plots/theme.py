"""How figures look: colors, type sizes and spaces, chosen once; lengths in points (1/72 inch).

Vocabulary of the room: *ours* is what metaan pooled, *published* what a review printed. Colors
differ in lightness as well as in hue, so the two stay apart for color-blind readers and in gray.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

Align: TypeAlias = Literal["left", "center", "right"]

FAMILY = "DejaVu Sans"
# A browser without our font takes these; Verdana is as wide, so the layout holds.
STAND_IN = "Verdana"
GENERIC_FAMILY = "sans-serif"

INK = "#1a1a1a"
PAPER = "#ffffff"
QUIET = "#5a5a5a"
RULE = "#8c8c8c"
OURS = "#1f4e79"
STUDY = "#6f9cc6"
PREDICTION = "#bcd3e8"
PUBLISHED = "#e3a341"
PUBLISHED_EDGE = "#8a5300"

# Everything that a user's matplotlibrc could change in our figures, held while we draw and save:
# "none" keeps text as text in SVG, 42 embeds TrueType in PDF, the salt makes SVG ids repeatable.
STYLE: Mapping[str, object] = MappingProxyType(
    {
        "font.family": [FAMILY],
        "font.sans-serif": [FAMILY, STAND_IN],
        "text.usetex": False,
        "text.parse_math": False,
        "text.hinting": "no_hinting",
        "text.antialiased": True,
        "path.sketch": None,
        "path.effects": [],
        "svg.fonttype": "none",
        "svg.hashsalt": "metaan",
        "pdf.fonttype": 42,
        "pdf.compression": 6,
        "pdf.use14corefonts": False,
        "savefig.bbox": None,
        "savefig.transparent": False,
        "savefig.facecolor": "white",
        "savefig.edgecolor": "none",
        "figure.autolayout": False,
        "figure.constrained_layout.use": False,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeStyle:
    """A way of setting text.

    Attributes
    ----------
    size, leading : float
        Type size and distance between baselines, points.
    bold : bool
        Weight.
    color : str
        Hexadecimal color.
    """

    size: float
    leading: float
    bold: bool = False
    color: str = INK


TITLE = TypeStyle(size=11.5, leading=14.5, bold=True)
SUBTITLE = TypeStyle(size=9.0, leading=12.0, color=QUIET)
HEAD = TypeStyle(size=8.5, leading=11.0, bold=True)
BODY = TypeStyle(size=8.5, leading=11.0)
STRONG = TypeStyle(size=8.5, leading=11.0, bold=True)
SMALL = TypeStyle(size=7.5, leading=10.0, color=QUIET)
TICK = TypeStyle(size=8.0, leading=10.5)
# By kind of row; the others are set in BODY.
ROW_STYLES: Mapping[str, TypeStyle] = MappingProxyType(
    {"header": STRONG, "pool": STRONG, "total": STRONG, "note": SMALL}
)

MARGIN = 12.0
COLUMN_GAP = 11.0
PANEL_GAP = 16.0
PANEL_WIDTH = 225.0
ROW_PAD = 4.0
BLOCK_GAP = 7.0
