"""Fonts for every script: ours first, then per letter an installed one that has it.

Measuring and drawing ask here, so that both take the same letter from the same font.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from functools import cache

from matplotlib.font_manager import (
    FontEntry,
    FontProperties,
    findfont,
    findSystemFonts,
    fontManager,
    weight_dict,
)
from matplotlib.ft2font import FT2Font

from metaan.plots.pages.theme import FAMILY

# In this order; the first that is installed and has the letter is taken. Fonts with plain
# strokes, as ours has, before others.
FALLBACKS = (
    # Chinese, Japanese, Korean
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN",
    "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "SimHei", "Droid Sans Fallback", "Noto Sans CJK TC", "Noto Sans TC",
    "PingFang TC", "Microsoft JhengHei", "Noto Sans CJK JP", "Noto Sans JP", "Source Han Sans",
    "Hiragino Sans", "Yu Gothic", "Meiryo", "IPAexGothic", "MS Gothic", "Noto Sans CJK KR",
    "Noto Sans KR", "Apple SD Gothic Neo", "Malgun Gothic", "NanumGothic", "Arial Unicode MS",
    # Arabic, Hebrew
    "Noto Sans Arabic", "Noto Naskh Arabic", "Geeza Pro", "Segoe UI", "Tahoma", "Arial",
    "Noto Sans Hebrew", "Arial Hebrew",
    # India and its neighbors
    "Noto Sans Devanagari", "Noto Sans Bengali", "Noto Sans Tamil", "Noto Sans Telugu",
    "Noto Sans Gujarati", "Noto Sans Gurmukhi", "Noto Sans Kannada", "Noto Sans Malayalam",
    "Noto Sans Sinhala", "Nirmala UI", "Kohinoor Devanagari", "Kohinoor Bangla",
    "Lohit Devanagari", "Mangal", "FreeSans",
    # Southeast Asia, Ethiopia, Caucasus
    "Noto Sans Thai", "Noto Sans Lao", "Noto Sans Khmer", "Noto Sans Myanmar", "Leelawadee UI",
    "Thonburi", "Loma", "Noto Sans Ethiopic", "Ebrima", "Noto Sans Armenian",
    "Noto Sans Georgian", "Sylfaen",
    # Signs and faces, in outlines
    "Noto Sans", "Noto Sans Symbols", "Noto Sans Symbols 2", "Noto Sans Symbols2",
    "Noto Emoji", "Segoe UI Symbol", "Segoe UI Emoji", "Symbola", "DejaVu Sans Mono",
    "DejaVu Serif", "STIXGeneral", "Unifont",
)  # fmt: skip
# Pictures in the places of letters, colored bitmaps, and boxes for what is missing.
NO_TEXT = re.compile(
    r"^(?:cm[a-z]+\d+|STIX(?:NonUnicode|Size\w+)|MathJax.*|Font ?Awesome.*|D050000L|Wingdings.*"
    r"|Webdings|Symbol|Standard Symbols.*|Last ?Resort.*|\.LastResort|Apple Color Emoji"
    r"|Noto Color Emoji|Adobe Blank.*|Material .*|.*Icons?)$",
    re.IGNORECASE,
)
CFF, COLLECTION = b"OTTO", b"ttcf"  # how fonts of PostScript outlines and collections begin


def families(text: str, *, bold: bool = False) -> tuple[str, ...]:
    """Return the families that a line takes its letters from: ours, then others as needed.

    The order is that of preference, so that a renderer that goes through them from the first on
    comes to the font that was measured.
    """
    if text.isascii():
        return (FAMILY,)
    found = {family_of(letter, bold) for letter in text} - {FAMILY, ""}
    return (FAMILY, *(name for name in _others() if name in found)) if found else (FAMILY,)


def missing(text: str, *, bold: bool = False) -> tuple[str, ...]:
    """Return the letters of a line that no installed font has, each once, in order."""
    if text.isascii():
        return ()
    return tuple(dict.fromkeys(letter for letter in text if not family_of(letter, bold)))


@cache
def family_of(letter: str, bold: bool) -> str:
    """Return the first family that has a letter in this weight; an empty string for none."""
    if face(FAMILY, bold).get_char_index(ord(letter)):
        return FAMILY
    if unicodedata.category(letter) == "Co":
        return ""  # a place for private use: every font has another picture there
    found = (name for name in _others() if face(name, bold).get_char_index(ord(letter)))
    return next(found, "")


@cache
def file_of(family: str, bold: bool) -> str:
    """Return the file of a family, upright, in the weight or in the nearest that it has."""
    wanted = FontProperties(family=[FAMILY], weight="bold" if bold else "normal")
    if family == FAMILY:
        return findfont(wanted)
    weight = weight_dict["bold" if bold else "normal"]
    entries = [entry for entry in fontManager.ttflist if entry.name == family]
    best = min(entries, key=lambda entry: (*_distance(entry, weight), entry.fname))
    return _path(best)


@cache
def face(family: str, bold: bool) -> FT2Font:
    """Return the font of a family, without any fallback."""
    file = file_of(family, bold)
    number = face_number(file)
    return FT2Font(file, face_index=number) if number else FT2Font(file)


def face_number(file: str) -> int:
    """Return which font of a collection a file stands for; matplotlib 3.11 knows them apart."""
    return int(getattr(file, "face_index", 0))


@cache
def has_postscript_outlines(family: str, bold: bool) -> bool:
    """Return whether a font has PostScript outlines (CFF), which no TrueType font may hold."""
    with open(file_of(family, bold), "rb") as file:
        start = file.read(4)
        if start != COLLECTION:
            return start == CFF
        head = file.read(12)  # version, number of fonts, place of the first
        file.seek(int.from_bytes(head[8:12], "big"))
        return file.read(4) == CFF


def _distance(entry: FontEntry, weight: int) -> tuple[bool, int, bool]:
    """Return how far a font is from upright, from a weight, and from ordinary width."""
    heavy = weight_dict.get(str(entry.weight), entry.weight)
    return entry.style != "normal", abs(int(heavy) - weight), entry.stretch != "normal"


def _path(entry: FontEntry) -> str:
    number = int(getattr(entry, "index", 0))
    if not number:
        return str(entry.fname)
    from matplotlib.font_manager import FontPath  # matplotlib 3.11 and later

    return FontPath(entry.fname, number)


@cache
def _others() -> tuple[str, ...]:
    """Return every installed family but ours, best first: those we know, then by name."""
    _find_new_fonts()
    here = {entry.name for entry in fontManager.ttflist if not NO_TEXT.match(entry.name)}
    known = [name for name in FALLBACKS if name in here]
    return (*known, *sorted(here - {FAMILY, *known}))


def _find_new_fonts() -> None:
    """Tell matplotlib of fonts that were installed after it made its list.

    The list is made once and kept on disk: without this, who installs a font for a missing
    letter would see no change. Nothing is written to disk.
    """
    known = {str(entry.fname) for entry in fontManager.ttflist}
    for file in sorted(set(findSystemFonts()) - known):
        with suppress(OSError, RuntimeError, ValueError, NotImplementedError):
            fontManager.addfont(file)  # those that matplotlib cannot read are left out
