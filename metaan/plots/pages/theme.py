"""THEMES: how figures look: colors, type sizes and spaces; lengths in points (1/72 inch).

Vocabulary of the room: *ours* is what metaan pooled, *published* what a review printed. Colors
of series differ in hue, those of ``"gray"`` in lightness alone; color-blind readers tell series
apart by their markers or dashes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from metaan.core.lookup import look_up

Align: TypeAlias = Literal["left", "center", "right"]

FAMILY = "DejaVu Sans"
# A browser without our font takes these; Verdana is as wide, so the layout holds.
STAND_IN = "Verdana"
GENERIC_FAMILY = "sans-serif"

# What colors are called until they are drawn; a hexadecimal color is its own name.
INK, PAPER, QUIET, RULE = "ink", "paper", "quiet", "rule"
OURS, STUDY, PREDICTION = "ours", "study", "prediction"
PUBLISHED, PUBLISHED_EDGE, BAND = "published", "published_edge", "band"
LOW, SOME, HIGH, UNCLEAR = "low", "some", "high", "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """The colors of a figure.

    Attributes
    ----------
    name, about : str
        Key, and one sentence.
    ink, paper, quiet, rule : str
        Text and axes, ground, lesser text, lines.
    ours, study, prediction, published, published_edge : str
        Pools, studies, prediction intervals; fill and edge of published results.
    band : str
        Area of effects too small to matter.
    low, some, high, unclear : str
        Judgments of risk of bias.
    series : tuple of str
        Categories, in order; ``"series 0"`` names the first, and they come round again.
    shades : tuple of str
        Areas from weak to strong; ``"shade 0"`` names the weakest.
    classes : tuple of str
        Marks from small to large numbers, each 1.6 or more in contrast to the next;
        ``"class 0"`` names the smallest.
    diverging : tuple of str
        Cells far below, at, and far above no effect; what lies between is mixed.
    """

    name: str
    about: str
    ink: str
    paper: str
    quiet: str
    rule: str
    ours: str
    study: str
    prediction: str
    published: str
    published_edge: str
    band: str
    low: str
    some: str
    high: str
    unclear: str
    series: tuple[str, ...]
    shades: tuple[str, ...]
    classes: tuple[str, ...]
    diverging: tuple[str, ...]

    def color(self, name: str) -> str:
        """Return the color of a role, ``"series 2"``, ``"shade 1"``, ``"class 0"`` or ``#...``."""
        if name.startswith("#") or name == "none":
            return name
        kind, _, number = name.partition(" ")
        if kind == "series":
            return self.series[int(number) % len(self.series)]
        if kind in ("shade", "class"):
            steps = self.shades if kind == "shade" else self.classes
            return steps[min(int(number), len(steps) - 1)]
        return str(getattr(self, name))

    def with_colors(self, colors: Mapping[str, str]) -> Theme:
        """Return the theme with other colors for some roles."""
        changed: Any = dict(colors)
        return replace(self, **changed) if colors else self


LISTS = ("series", "shades", "classes", "diverging")


def _theme(name: str, about: str, **colors: str) -> Theme:
    lists = {key: tuple(colors.pop(key).split()) for key in LISTS}
    return Theme(name=name, about=about, **colors, **lists)  # type: ignore[arg-type]


LIGHT = _theme(
    "light",
    "dark on white; hues and lightness that color-blind readers tell apart",
    ink="#1a1a1a", paper="#ffffff", quiet="#5a5a5a", rule="#8c8c8c",
    ours="#1f4e79", study="#6f9cc6", prediction="#bcd3e8",
    published="#e3a341", published_edge="#8a5300", band="#eef1e4",
    low="#2f9e63", some="#e8c33c", high="#c8402f", unclear="#b8bec6",
    series="#0072b2 #e69f00 #009e73 #cc79a7 #7d6200 #d55e00 #444444",
    shades="#f1f4f8 #dbe5ef #bccfe2 #93b2d0 #6f9cc6",
    classes="#ffebc8 #efa94f #cc6f1c #93440d #4a1d05",
    diverging="#1f7fbf #ffffff #d9631e",
)  # fmt: skip
DARK = _theme(
    "dark",
    "light on near-black, for slides and dark notebooks",
    ink="#e8e8e8", paper="#14171c", quiet="#a9b0b8", rule="#6d757e",
    ours="#8ec5ff", study="#4d86b8", prediction="#2c4a66",
    published="#e3a341", published_edge="#ffd38a", band="#262b22",
    low="#3fbf7f", some="#e8c33c", high="#ef6a56", unclear="#7c848d",
    series="#56b4e9 #e69f00 #2fc79a #e39ac4 #f0e442 #f08a4b #cfcfcf",
    shades="#1c2229 #243242 #2f465f #3d5f83 #4d86b8",
    classes="#6b3109 #98500f #c97a22 #f2b04f #fff1d6",
    diverging="#4aa3e0 #1b1f26 #ee8040",
)  # fmt: skip
GRAY = _theme(
    "gray",
    "black, white and grays, for print without color",
    ink="#000000", paper="#ffffff", quiet="#4d4d4d", rule="#808080",
    ours="#262626", study="#8c8c8c", prediction="#cfcfcf",
    published="#ffffff", published_edge="#000000", band="#efefef",
    low="#f2f2f2", some="#b3b3b3", high="#404040", unclear="#d9d9d9",
    series="#000000 #949494 #4d4d4d #b0b0b0 #707070 #2b2b2b #a0a0a0",
    shades="#f4f4f4 #e2e2e2 #cccccc #b0b0b0 #8c8c8c",
    classes="#ffffff #c4c4c4 #8f8f8f #595959 #000000",
    diverging="#ffffff #bdbdbd #1f1f1f",
)  # fmt: skip

THEMES: Mapping[str, Theme] = MappingProxyType(
    {theme.name: theme for theme in (LIGHT, DARK, GRAY)}
)
DEFAULT_THEME = LIGHT.name


def find_theme(name: str) -> Theme:
    """Return a theme by its key; ChoiceError otherwise."""
    return look_up(THEMES, name, argument="theme", what="a theme")


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
        "savefig.facecolor": "auto",
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
        Name of a color of the theme.
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

MARGIN = 12.0
COLUMN_GAP = 11.0
PANEL_GAP = 16.0
PANEL_WIDTH = 225.0
ROW_PAD = 4.0
BLOCK_GAP = 7.0
