"""The body of a Word document as it grows: what it numbers, links to and shows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from pathlib import Path

from docx.document import Document as WordDocument
from docx.shared import Emu, Inches, Length, Twips
from docx.text.paragraph import Paragraph

from metaan.core.doi import doi_url
from metaan.report.document.content import Picture, Table
from metaan.report.files.characters import allowed
from metaan.report.files.columns import columns_of, for_readers
from metaan.report.files.pictures import Png, cuts
from metaan.report.files.word_looks import (
    CAPTION,
    CODE,
    CONTENTS,
    CONTENTS_HEADING,
    FIGURE,
    HEADING,
    LINK,
    REFERENCE,
    STRONG,
    TABLE_CAPTION,
)
from metaan.report.files.word_pages import Paper
from metaan.report.files.word_pieces import (
    add_field,
    add_text,
    begin_field,
    crop,
    describe,
    end_field,
    link_out,
    link_to,
    mark,
)
from metaan.report.files.word_tables import add_table

MARK = re.compile(r"\[(\d+(?:, \d+)*)\]")
DOI = re.compile(r"\bdoi:(10\.\S+?)(?=[.,;]?(?:\s|$))")
SHRUNK = 0.78  # of its natural size a picture is at most: its letters fit those of the text
OF_PAGE, WHOLE_PAGE = 0.80, 0.88  # height of a picture; the rest is for heading and caption
BESIDE_TEXT = 0.7  # of a page is free for the first part of a long picture
LEAST = 0.62  # of a line's width; a picture that would be narrower on a page is cut
LEVELS = 2  # of headings in the contents


@dataclass(slots=True)
class Body:
    """A body: paragraphs and tables, and what they refer to.

    Attributes
    ----------
    document : docx.document.Document
        That it is the body of.
    paper : Paper
        Its pages.
    images : mapping of Path to Png
        By the paths of pictures.
    references : int
        How many there are; a mark with a higher number is none.
    headings : list of (int, str, str)
        Level, text and bookmark of those that stand in the contents.
    """

    document: WordDocument
    paper: Paper
    images: Mapping[Path, Png]
    references: int
    headings: list[tuple[int, str, str]] = field(default_factory=list)
    figures: int = 0
    tables: int = 0
    ids: int = 0

    def text(self, text: str, style: str | None = None, *, lead: str = "") -> None:
        """Add a paragraph, unless it would be empty; marks lead to their references."""
        if text:
            paragraph = self.document.add_paragraph(style=style)
            if lead:
                add_text(paragraph, f"{lead} ", STRONG)
            self._add_marked(paragraph, text)

    def heading(self, text: str, level: int, *, new_page: bool = False) -> None:
        """Add a heading; those of the upper levels stand in the contents."""
        paragraph = self.document.add_paragraph(style=HEADING.format(level))
        run = add_text(paragraph, text)
        paragraph.paragraph_format.page_break_before = new_page or None
        if level <= LEVELS:
            number = self._number()
            anchor = f"_Toc{number:06}"
            self.headings.append((level, text, anchor))
            mark(run, anchor, number)

    def picture(self, picture: Picture, title: str) -> int:
        """Add a figure with its number and title below it, and return the number."""
        self.figures += 1
        image = self.images[picture.files["png"]]
        parts = self._parts(image)
        for i, (top, bottom) in enumerate(parts, start=1):
            name, said = picture.name, picture.alt
            if len(parts) > 1:
                name, said = f"{name}_{i}", f"{said} Part {i} of {len(parts)}."
            paragraph = self.document.add_paragraph(style=FIGURE)
            if i < len(parts):  # parts stand on pages of their own
                paragraph.paragraph_format.keep_with_next = False
            size = self._size(image, bottom - top)
            shape = paragraph.add_run().add_picture(BytesIO(image.data), *size)
            describe(shape, name=name, title=picture.title, alt=said, number=self._number())
            if len(parts) > 1:
                crop(shape, top, bottom)
        self._caption("Figure", self.figures, title, CAPTION)
        return self.figures

    def table(self, table: Table, *, without: Sequence[str] = ()) -> None:
        """Add a table with its number and caption over it, unless it has no rows."""
        if table.frame.empty:
            return
        self.tables += 1
        self._caption("Table", self.tables, table.caption, TABLE_CAPTION)
        frame = table.frame.drop(columns=list(without), errors="ignore")
        add_table(self.document, for_readers(columns_of(frame)), self.paper.across)
        self.document.add_paragraph()

    def code(self, text: str) -> None:
        """Add lines of a program as they are."""
        self.document.add_paragraph(allowed(text), CODE)

    def reference(self, number: int, text: str) -> None:
        """Add a reference; its DOI leads to the publisher."""
        paragraph = self.document.add_paragraph(style=REFERENCE)
        mark(add_text(paragraph, f"[{number}]"), f"reference_{number}", self._number())
        paragraph.add_run().add_tab()
        found = DOI.search(text)
        if found is None:
            add_text(paragraph, text)
            return
        add_text(paragraph, text[: found.start()])
        link_out(paragraph, [add_text(paragraph, found[0], LINK)], doi_url(found[1]))
        add_text(paragraph, text[found.end() :])

    def contents(self, before: Paragraph) -> None:
        """Put the contents before a paragraph: links in a field that Word fills with pages."""
        before.insert_paragraph_before(style=CONTENTS_HEADING).add_run("Contents")
        for i, (level, text, anchor) in enumerate(self.headings):
            line = before.insert_paragraph_before(style=CONTENTS.format(level))
            if i == 0:
                begin_field(line, f'TOC \\o "1-{LEVELS}" \\h \\z \\u')
            link_to(line, [add_text(line, text)], anchor)
        end_field(before)

    def _number(self) -> int:
        self.ids += 1
        return self.ids

    def _caption(self, word: str, number: int, title: str, style: str) -> None:
        paragraph = self.document.add_paragraph(style=style)
        add_text(paragraph, f"{word} ", STRONG)
        add_field(paragraph, f"SEQ {word} \\* ARABIC", str(number))
        add_text(paragraph, f". {title}")

    def _add_marked(self, paragraph: Paragraph, text: str) -> None:
        end = 0
        for found in MARK.finditer(text):
            numbers = [int(each) for each in found[1].split(", ")]
            if all(0 < number <= self.references for number in numbers):
                for i, number in enumerate(numbers):
                    add_text(paragraph, ", " if i else text[end : found.start()] + "[")
                    cited = add_text(paragraph, number, LINK)
                    link_to(paragraph, [cited], f"reference_{number}")
                end = found.end() - 1
        if text[end:]:
            add_text(paragraph, text[end:])

    def _parts(self, image: Png) -> list[tuple[float, float]]:
        """Return which parts of a picture are shown on a page each, as shares of its height."""
        room = self.paper.down * OF_PAGE / (self.paper.across * LEAST)
        if image.high / image.wide <= room:
            return [(0.0, 1.0)]
        most = int(image.wide * self.paper.down * WHOLE_PAGE / self.paper.across)
        rows = cuts(image.data, most, first=int(most * BESIDE_TEXT))
        shares = [row / image.high for row in rows]
        return list(pairwise(shares))

    def _size(self, image: Png, share: float) -> tuple[Length, Length]:
        """Return the width and height of a part of a picture on paper."""
        natural = SHRUNK * Inches(image.wide / image.dpi)
        high = image.high * share / image.wide  # of a picture one unit wide
        most = Twips(self.paper.down) * (OF_PAGE if share == 1 else WHOLE_PAGE) / high
        wide = min(Twips(self.paper.across), natural, most)
        return Emu(round(wide)), Emu(round(wide * high))
