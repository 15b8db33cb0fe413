"""Fonts without their layout tables, for PDF: three times as fast to embed, the same letters.

A PDF embeds the letters it uses (type 42). To find them, fontTools first reads the rules of the
whole font for ligatures and kerning, which takes longer than all the rest of a figure. Our
figures need none of these rules, so the font is handed over without them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.text import Text

LAYOUT = ("GPOS", "GSUB", "GDEF", "MATH", "kern", "FFTM")


@contextmanager
def lean_fonts(figure: Figure) -> Iterator[None]:
    """Let every text of a figure take its letters from the lean copy of its font, for a while."""
    texts = [found for found in figure.findobj(Text) if isinstance(found, Text)]
    held = [text.get_fontproperties() for text in texts]
    for text, properties in zip(texts, held, strict=True):
        lean = properties.copy()
        lean.set_file(str(_lean_copy(_file(properties))))
        text.set_fontproperties(lean)
    try:
        yield
    finally:
        for text, properties in zip(texts, held, strict=True):
            text.set_fontproperties(properties)


def _file(properties: FontProperties) -> str:
    return str(findfont(properties))


@cache
def _lean_copy(file: str) -> Path:
    """Return a copy of a font file without layout tables; it goes when the program ends."""
    from fontTools.ttLib import TTFont  # slow to import, and only PDF needs it

    with TTFont(file, lazy=True, recalcTimestamp=False) as font:
        for name in LAYOUT:
            if name in font:
                del font[name]
        copy = Path(_folder().name) / Path(file).name
        font.save(copy)
    return copy


@cache
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="metaan-fonts-")
