"""How wide text is, where it breaks, and the font it is drawn with; lengths in points.

Widths are sums of the fonts' advances: a thousand times cheaper than asking a renderer, and the
same for every output format. Kerning and joined letters make real lines a little shorter, never
longer.
"""

from __future__ import annotations

import re
from functools import cache

from metaan.plots.pages.faces import Faces
from metaan.plots.pages.fonts import face, families, family_of
from metaan.plots.pages.letters import attached
from metaan.plots.pages.theme import GENERIC_FAMILY, TypeStyle

UNIT = 100.0  # points at which advances are read
BREAK = re.compile("(?<![=<>]) (?![=<>]|CI\\b)")
MISSING = 1.0  # ems that a letter takes which no font has
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
    """Return a word cut so that every piece fits; at least one letter each, with its accents."""
    pieces, long = [""], 0.0
    for letter in word:
        wide = width(letter, style)
        if pieces[-1] and long + wide > room and not attached(letter, pieces[-1]):
            pieces.append("")
            long = 0.0
        pieces[-1] += letter
        long += wide
    return pieces


@cache
def _advance(letter: str, bold: bool) -> float:
    """Return the advance of a letter at a type size of one point."""
    family = family_of(letter, bold)
    if not family:
        return MISSING  # who draws it warns; a measurement need not
    font = face(family, bold)
    font.set_size(UNIT, 72)
    # The linear advance knows no hinting: the same at every resolution.
    return float(font.load_char(ord(letter)).linearHoriAdvance) / FIXED_POINT / UNIT


def properties(bold: bool, text: str = "") -> Faces:
    """Return the fonts of a line, ours and those of its other letters; its size is set later."""
    return _properties(families(text, bold=bold), bold)


@cache
def _properties(names: tuple[str, ...], bold: bool) -> Faces:
    return Faces(family=[*names, GENERIC_FAMILY], weight="bold" if bold else "normal")
