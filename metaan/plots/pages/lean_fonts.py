"""Fonts for PDF: without their layout tables where a text can do without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from matplotlib.figure import Figure

from metaan.plots.pages.lettering import own_texts
from metaan.plots.pages.letters import needs_shaping

TRUETYPE, OUTLINES = 42, 3  # what matplotlib calls the two ways of embedding


@contextmanager
def lean_fonts(figure: Figure) -> Iterator[None]:
    """Let the texts of a figure take their letters from lean copies of their fonts, for a while.

    Lines whose letters are joined or turned round keep the whole font: its tables say how.
    """
    held = [
        (text, faces)
        for text, faces in own_texts(figure.axes)
        if not needs_shaping(text.get_text())
    ]
    try:
        for text, faces in held:
            text.set_fontproperties(faces.leaner(text.get_text()))
        yield
    finally:
        for text, faces in held:
            text.set_fontproperties(faces)


def font_type(figure: Figure) -> int:
    """Return how the fonts of a figure are embedded: as TrueType, unless one of them is none.

    Viewers refuse a PostScript font that is said to be TrueType; its letters are then embedded
    as outlines (Type 3), those of the other fonts too.
    """
    return OUTLINES if any(faces.postscript for _, faces in own_texts(figure.axes)) else TRUETYPE
