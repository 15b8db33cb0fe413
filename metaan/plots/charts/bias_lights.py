"""Lights of a risk of bias: discs with signs, and their legend; lengths in points."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from metaan.core.bias import JUDGMENTS, NOT_JUDGED, NOT_JUDGED_LABEL, BiasTool, RiskOfBias
from metaan.core.errors import InputError
from metaan.plots.pages import theme
from metaan.plots.pages.marks import POLYGONS, Point
from metaan.plots.pages.page import HALF_CAP, Shape, Word, stack
from metaan.plots.pages.theme import Theme, TypeStyle
from metaan.plots.pages.typesetting import width, wrap

LIGHT_RADIUS = 6.2
RING = 0.8  # weight of the edge of a light
SIGN_GAP = 5.0
LEGEND_GAP = 14.0
SIGN = TypeStyle(size=9.0, leading=11.0, bold=True)
BLACK, WHITE = "#000000", "#ffffff"
# Where black and white stand out equally from a color: (L + 0.05)² = 1.05 · 0.05 (WCAG 2.1).
EVEN_LUMINANCE = 0.179


def fill_of(key: str) -> str:
    """Return the color name of a light; the paper's where nobody judged."""
    return JUDGMENTS[key].role if key else theme.PAPER


def label_of(key: str) -> str:
    """Return what a judgment is called."""
    return JUDGMENTS[key].label if key else NOT_JUDGED_LABEL


def sign_color(fill: str, colors: Theme) -> str:
    """Return black or white, whichever stands out more from a color of the theme.

    By relative luminance, https://www.w3.org/TR/WCAG21/#dfn-relative-luminance.
    """
    digits = colors.color(fill).lstrip("#")
    shares = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in shares]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return BLACK if luminance > EVEN_LUMINANCE else WHITE


def source_note(tool: BiasTool) -> tuple[str, ...]:
    """Return the footnote that names the tool and where it is published, if it is."""
    return (f"{tool.name}, doi:{tool.doi}",) if tool.doi else ()


def whole_percent(share: float) -> str:
    """Return a share as whole percent, halves upwards: 12.5 and 13.5 are 13% and 14%."""
    return f"{math.floor(share + 0.5)}%"


def check_judged(bias: object, *, verb: str) -> None:
    """Raise an InputError if these are no judgments, or none of any study."""
    if not isinstance(bias, RiskOfBias):
        raise InputError(
            f"{verb} draws a RiskOfBias; got {type(bias).__name__}. Read judgments with "
            "risk_of_bias(table, tool=...)"
        )
    if not bias.k:
        raise InputError("there is nothing to draw: no study was judged")


def disc(x: float, y: float, radius: float = LIGHT_RADIUS) -> list[Point]:
    """Return the outline of a light."""
    return [(x + radius * a, y + radius * b) for a, b in POLYGONS["circle"]]


def sign_word(x: float, y: float, key: str, colors: Theme) -> Word:
    """Return the sign of a judgment, centered on (x, y)."""
    style = replace(SIGN, color=sign_color(fill_of(key), colors))
    text = JUDGMENTS[key].symbol
    return Word(x=x, y=y + HALF_CAP * style.size, text=text, style=style, align="center")


def light(x: float, y: float, key: str, colors: Theme) -> tuple[Shape, tuple[Word, ...]]:
    """Return one light for a page; a ring where nobody judged."""
    shape = Shape(points=tuple(disc(x, y)), fill=fill_of(key), edge=edge_of(key), weight=RING)
    return shape, (sign_word(x, y, key, colors),) if key else ()


def edge_of(key: str) -> str:
    """Return the color name of a light's edge: one that pale fills keep on white paper."""
    return theme.QUIET if key else theme.RULE


def shown_keys(tool: BiasTool, rows: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Return the judgments that occur, in the order of the tool, "" last."""
    there = {key for row in rows for key in row}
    return tuple(key for key in (*tool.judgments, NOT_JUDGED) if key in there)


def light_legend(
    keys: Sequence[str], room: float, top: float, colors: Theme
) -> tuple[list[Shape], list[Word], float]:
    """Return lights with their names side by side from ``top`` on, and where they end."""
    shapes: list[Shape] = []
    words: list[Word] = []
    x, style, step = theme.MARGIN, theme.TICK, 2 * LIGHT_RADIUS + 3.0
    for key in keys:
        wide = 2 * LIGHT_RADIUS + SIGN_GAP + width(label_of(key), style)
        if x > theme.MARGIN and x + wide > theme.MARGIN + room:
            x, top = theme.MARGIN, top + step
        shape, sign = light(x + LIGHT_RADIUS, top + step / 2, key, colors)
        shapes.append(shape)
        words += sign
        words += stack(
            [label_of(key)],
            style,
            x + 2 * LIGHT_RADIUS + SIGN_GAP,
            top + (step - style.leading) / 2,
        )
        x += wide + LEGEND_GAP
    return shapes, words, top + (step if keys else 0.0)


def named_lines(
    pairs: Sequence[tuple[str, str]], room: float, top: float
) -> tuple[list[Word], float]:
    """Return short names with what they stand for, one under the other, and where they end."""
    style = theme.SMALL
    strong = replace(style, bold=True)
    indent = max((width(short, strong) for short, _ in pairs), default=0.0) + SIGN_GAP
    words: list[Word] = []
    for short, name in pairs:
        lines = wrap(name, style, room - indent)
        words += stack([short], strong, theme.MARGIN, top)
        words += stack(lines, style, theme.MARGIN + indent, top)
        top += max(len(lines), 1) * style.leading
    return words, top


def counts_text(judged: Sequence[str], tool: BiasTool) -> str:
    """Return how often each judgment occurs: ``low 3, high 1``."""
    keys = shown_keys(tool, [judged])
    return ", ".join(f"{label_of(key).lower()} {judged.count(key)}" for key in keys)
