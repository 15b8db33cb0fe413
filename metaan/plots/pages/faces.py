"""The fonts of one text, file by file, so that drawing takes the very files that were measured.

matplotlib goes through the families of a text from the first on, and for each asks a copy of the
properties that is set to this family. Here such a copy also names the family's file.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from matplotlib.font_manager import FontProperties

from metaan.plots.pages.fonts import face_number, file_of, has_postscript_outlines
from metaan.plots.pages.theme import FAMILY, GENERIC_FAMILY

# Latin, Greek, punctuation, letters set high or low, arrows, mathematics, shapes.
USUAL = (
    range(0x180), range(0x370, 0x400), range(0x2000, 0x20D0), range(0x2190, 0x2300),
    range(0x25A0, 0x2600),
)  # fmt: skip
LAYOUT = ("GPOS", "GSUB", "GDEF", "MATH", "kern", "FFTM")


class Faces(FontProperties):
    """Font properties that know the file of each of their families.

    A generic family stands last, for browsers; here it is ours again.
    """

    lean: bool = False
    usual: bool = False

    def __copy__(self) -> Faces:
        # matplotlib's own gives plain font properties
        new = Faces.__new__(Faces)
        new.__dict__.update(self.__dict__)
        return new

    def copy(self) -> Faces:
        """Return a copy that knows its files."""
        return self.__copy__()

    def set_family(self, family: str | Iterable[str] | None) -> None:
        """Take these families; of a single one take its file, which goes before all else."""
        super().set_family(family)
        if isinstance(family, str):
            name = FAMILY if family == GENERIC_FAMILY else family
            file = file_of(name, self.bold)
            self.set_file(_lean_copy(file, usual=self.usual) if self.lean else file)

    @property
    def bold(self) -> bool:
        """Whether the weight is bold."""
        return bool(self.get_weight() == "bold")

    def leaner(self, text: str) -> Faces:
        """Return these fonts without what a text can do without: they embed ten times as fast.

        A PDF embeds the letters it uses (type 42). To find them, fontTools first reads the rules
        of the whole font for ligatures and kerning, which takes longer than all the rest of a
        figure, and then the names and widths of all its letters. A text whose letters need not
        be joined needs none of these rules; one of usual letters needs no others.

        Parameters
        ----------
        text : str
            What is set in them; its letters need not be joined.
        """
        lean = self.copy()
        lean.lean = True
        lean.usual = all(any(ord(letter) in block for block in USUAL) for letter in text)
        return lean

    @property
    def postscript(self) -> bool:
        """Whether one of the fonts has PostScript outlines."""
        names = [name for name in self.get_family() if name != GENERIC_FAMILY]
        return any(has_postscript_outlines(name, self.bold) for name in names)


@cache
def _lean_copy(file: str, *, usual: bool) -> str:
    """Return a copy of a font file without layout tables; it goes when the program ends."""
    from fontTools.subset import Options, Subsetter  # slow to import, and only PDF needs it
    from fontTools.ttLib import TTFont

    number = face_number(file)
    with TTFont(file, lazy=True, recalcTimestamp=False, fontNumber=number) as font:
        for name in LAYOUT:
            if name in font:
                del font[name]
        if usual:
            kept = Options(glyph_names=True, notdef_outline=True, recommended_glyphs=True)
            smaller = Subsetter(kept)
            smaller.populate(unicodes=[code for block in USUAL for code in block])
            smaller.subset(font)
        kind = "usual" if usual else "all"
        lean = Path(_folder().name) / f"{number}-{kind}-{Path(file).stem}.ttf"
        font.save(lean)
    return str(lean)


@cache
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="metaan-fonts-")
