"""Tables in Word: three lines, a head that comes again on every page, columns that fit."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

from docx.document import Document as WordDocument
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, Twips
from docx.table import _Row
from docx.text.run import Run

from metaan.plots.pages.letters import printable
from metaan.report.files.columns import Column, for_readers
from metaan.report.files.word_looks import CAPTION, TABLE_CAPTION, TABLE_TEXT, THREE_LINES
from metaan.report.files.word_pages import PAPERS, Paper, empty_document, saved
from metaan.report.files.word_pieces import add_text, for_all_scripts, turn

# Sizes of letters (half points) and letters of a line at most, tried in this order: first long
# texts get shorter lines, then all letters get smaller.
TRIES = (
    *((16, line) for line in (100, 70, 50, 34, 24, 18)),
    *((14, line) for line in (34, 24, 18)),
    *((13, line) for line in (24, 18)),
    *((12, line) for line in (18, 14)),
)
EASY = 14  # half points; a table with a page of its own has a wider one before it has less
USUAL, (SMALLEST, SHORTEST) = TRIES[0][0], TRIES[-1]
# Widths of letters, shares of their size: mean ones of a text, of numbers, of bold heads.
LETTER, DIGIT, HEAD_LETTER = 0.52, 0.58, 0.62
WIDER = 0.2  # by which a great letter of a head is wider
PADDING, FEWEST, LONGEST_WORD = 150, 3, 30  # twips beside the text of a cell; letters
LEAST_TEXT = 0.6  # of the width that a column of text needs
TWIPS = 10  # in half a point
WORD = re.compile(r"(?<=-)|\s+")  # Word breaks lines there
MODEL = "-"  # what stands in a cell until its own text does


@dataclass(frozen=True, slots=True)
class Fit:
    """How a table fits a line.

    Attributes
    ----------
    size : int
        Of letters, half points.
    widths : tuple of int
        Of columns, twips.
    """

    size: int
    widths: tuple[int, ...]


def fitted(columns: Sequence[Column], across: int) -> Fit | None:
    """Return how columns fit a line so that no number and hardly a word is broken, or None.

    Parameters
    ----------
    columns : sequence of Column
        At least one.
    across : int
        Width of a line, twips.
    """
    sizes = [_letters(column) for column in columns]
    for size, line in TRIES:
        widths = [_width(letters, size, line) for letters in sizes]
        if sum(widths) <= across:
            return Fit(size, tuple(_filled(widths, sizes, line, across)))
    return None


def table_docx(columns: Sequence[Column], *, name: str, title: str) -> bytes:
    """Return a table as the bytes of a Word document of its own.

    Parameters
    ----------
    columns : sequence of Column
        All of the table; wide ones lie on a wide page.
    name, title : str
        Of the table.
    """
    shown = for_readers(columns)
    paper = next((each for each in PAPERS if not shown or _reads_well(shown, each)), PAPERS[-1])
    document = empty_document(title=title, subject=name, paper=paper)
    add_text(document.add_paragraph(style=TABLE_CAPTION), title)
    if shown:
        add_table(document, shown, paper.across)
    # Word wants a paragraph after a table at the end
    add_text(document.add_paragraph(style=CAPTION), name)
    return saved(document)


def _reads_well(columns: Sequence[Column], paper: Paper) -> bool:
    """Whether columns fit a page in letters that are no strain."""
    fit = fitted(columns, paper.across)
    return fit is not None and fit.size >= EASY


def add_table(document: WordDocument, columns: Sequence[Column], across: int) -> None:
    """Add a table as wide as a line at most to a document.

    Parameters
    ----------
    document : docx.document.Document
        Gets the table at its end.
    columns : sequence of Column
        At least one; for readers.
    across : int
        Width of a line, twips.

    Notes
    -----
    A head and one row are formatted; the row is copied for all others, as python-docx looks for
    every cell from the first one on.
    """
    fit = fitted(columns, across) or _squeezed(columns, across)
    table = document.add_table(2, len(columns), document.styles[THREE_LINES])
    table.autofit = False
    for column, width in zip(table.columns, fit.widths, strict=True):
        column.width = Twips(width)
    head, model = table.rows
    for row in (head, model):
        _format(document, row, columns, fit)
    _repeat(head)
    for cell, column in zip(head.cells, columns, strict=True):
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.BOTTOM
        cell.paragraphs[0].paragraph_format.keep_with_next = True
        cell.paragraphs[0].runs[0].text = printable(column.head)
    table._tbl.remove(model._tr)
    for texts in zip(*(column.texts() for column in columns), strict=True):
        row = deepcopy(model._tr)
        table._tbl.append(row)
        for place, text in zip(list(row.iter(qn("w:t"))), map(printable, texts), strict=True):
            place.text = text
            if not text.isascii():
                turn(Run(place.getparent(), table), text)


def _format(document: WordDocument, row: _Row, columns: Sequence[Column], fit: Fit) -> None:
    """Give the cells of a row their widths, styles, sides, and a run each."""
    style = document.styles[TABLE_TEXT]
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for cell, column, width in zip(row.cells, columns, fit.widths, strict=True):
        cell.width = Twips(width)
        paragraph = cell.paragraphs[0]
        paragraph._p.style = style.style_id
        if column.numeric:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        run = paragraph.add_run(MODEL)
        if fit.size != USUAL:
            run.font.size = Pt(fit.size / 2)
    for_all_scripts(row._tr)


def _repeat(row: _Row) -> None:
    """Let a row stand on every page that its table goes over."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


@dataclass(frozen=True, slots=True)
class _Letters:
    """The longest things in a column, in letters; a number is one word."""

    text: int
    word: int
    head: int
    numeric: bool


def _letters(column: Column) -> _Letters:
    texts = [printable(text) for text in column.texts()]
    words = texts if column.numeric else [word for text in texts for word in WORD.split(text)]
    return _Letters(
        text=max(map(len, texts), default=0),
        word=max(map(len, words), default=0),
        head=max(map(_head_letters, column.head.split()), default=0),
        numeric=column.numeric,
    )


def _head_letters(word: str) -> int:
    """Return the letters of a word, great ones counted as wider."""
    return len(word) + math.ceil(WIDER * sum(map(str.isupper, word[1:])))


def _width(letters: _Letters, size: int, line: int) -> int:
    text = letters.text if letters.numeric else min(letters.text, line)
    shape = DIGIT if letters.numeric else LETTER
    inside = max(shape * text, HEAD_LETTER * letters.head, shape * FEWEST)
    if not letters.numeric:
        inside = max(inside, LETTER * min(letters.word, line, LONGEST_WORD))
    return int(inside * size * TWIPS) + PADDING


def _filled(
    widths: Sequence[int], sizes: Sequence[_Letters], line: int, across: int
) -> Sequence[int]:
    """Return widths that fill a line rather than nearly so: broken texts take what is left."""
    left = across - sum(widths)
    broken = [0 if each.numeric else max(0, each.text - line) for each in sizes]
    if any(broken):
        return [
            width + left * share // sum(broken)
            for width, share in zip(widths, broken, strict=True)
        ]
    few = left > across // 2
    return widths if few else [width * across // sum(widths) for width in widths]


def _squeezed(columns: Sequence[Column], across: int) -> Fit:
    """Return columns that share a line too short for them: those of text give way if they can."""
    widths = [_width(_letters(column), SMALLEST, SHORTEST) for column in columns]
    numbers = sum(width for width, column in zip(widths, columns, strict=True) if column.numeric)
    texts = sum(widths) - numbers
    if numbers + LEAST_TEXT * texts > across:
        return Fit(SMALLEST, tuple(max(1, each * across // sum(widths)) for each in widths))
    return Fit(
        SMALLEST,
        tuple(
            width if column.numeric else width * (across - numbers) // texts
            for width, column in zip(widths, columns, strict=True)
        ),
    )
