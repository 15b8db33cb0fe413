"""How wide text is, and where it breaks; lengths in points.

Widths are sums of the font's advances: a thousand times cheaper than asking a renderer, and the
same for every output format. Kerning makes real lines a little shorter, never longer.
"""

from __future__ import annotations

import re
from functools import cache

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import FT2Font

from metaan.plots.pages.theme import FAMILY, GENERIC_FAMILY, TypeStyle

UNIT = 100.0  # points at which advances are read
BREAK = re.compile("(?<![=<>]) (?![=<>]|CI\\))")
MISSING = 1.0  # ems that a letter takes which the font does not have
FIXED_POINT = 65536.0  # FreeType counts advances in 1/65536 points


def width(text: str, style: TypeStyle) -> float:
    """Return the width of one line of text in this style."""
    return sum(_advance(letter, style.bold) for letter in text) * style.size


def wrap(text: str, style: TypeStyle, room: float) -> tuple[str, ...]:
    """Return the lines of ``text`` that fit into ``room`` points; no line for an empty text.

    Breaks stand between words, but not around a sign ("k = 7" stays together) nor in "95% CI)";
    a word that is too long for a line is broken between letters.
    """
    lines: list[str] = []
    line = ""
    for word in BREAK.split(text):
        longer = f"{line} {word}" if line else word
        if width(longer, style) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, style, room)
        lines.extend(full)
    return (*lines, line) if line else tuple(lines)


def _pieces(word: str, style: TypeStyle, room: float) -> list[str]:
    """Return a word cut so that every piece fits; at least one letter each."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and width(pieces[-1] + letter, style) > room:
            pieces.append("")
        pieces[-1] += letter
    return pieces


@cache
def _advance(letter: str, bold: bool) -> float:
    """Return the advance of a letter at a type size of one point."""
    font = _font(bold)
    if not font.get_char_index(ord(letter)):
        return MISSING  # matplotlib warns when it draws; a measurement need not
    font.set_size(UNIT, 72)
    # The linear advance knows no hinting: the same at every resolution.
    return float(font.load_char(ord(letter)).linearHoriAdvance) / FIXED_POINT / UNIT


@cache
def _font(bold: bool) -> FT2Font:
    return get_font(findfont(properties(bold)))


@cache
def properties(bold: bool) -> FontProperties:
    """Return the font of a weight; its size is set where text is drawn."""
    return FontProperties(family=[FAMILY, GENERIC_FAMILY], weight="bold" if bold else "normal")
