"""Pieces of a Word document: text as it comes, and what python-docx has no call for.

That is fields, links, bookmarks, descriptions of pictures and letters of other scripts.
"""

from __future__ import annotations

from collections.abc import Sequence

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shape import InlineShape
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from metaan.plots.pages.letters import printable, runs_left

BEGIN, SEPARATE, END = "begin", "separate", "end"


def add_text(paragraph: Paragraph, text: object, style: str | None = None) -> Run:
    """Add text to a paragraph as one run, one line of it; ``style`` is the name of its style."""
    line = printable(text)
    # printable trims: a text that begins or ends in a space goes on there
    before, after = (" " if line and str(text)[at] == " " else "" for at in (0, -1))
    run = paragraph.add_run(f"{before}{line}{after}", style)
    turn(run, line)
    return run


def turn(run: Run, line: str) -> None:
    """Let a run with a line that begins at the right do so."""
    if not line.isascii() and runs_left(line):
        run.font.rtl = True


def add_field(paragraph: Paragraph, instruction: str, shown: str) -> None:
    """Add a field of Word with what it shows until Word fills it."""
    begin_field(paragraph, instruction)
    add_text(paragraph, shown)
    end_field(paragraph)


def begin_field(paragraph: Paragraph, instruction: str) -> None:
    """Add the begin of a field that goes over several paragraphs."""
    paragraph.add_run()._r.append(_element("fldChar", fldCharType=BEGIN))
    told = _element("instrText")
    told.text = f" {instruction} "
    told.set(qn("xml:space"), "preserve")
    paragraph.add_run()._r.append(told)
    paragraph.add_run()._r.append(_element("fldChar", fldCharType=SEPARATE))


def end_field(paragraph: Paragraph) -> None:
    """Add the end of a field."""
    paragraph.add_run()._r.append(_element("fldChar", fldCharType=END))


def link_to(paragraph: Paragraph, runs: Sequence[Run], anchor: str) -> None:
    """Make a link to a bookmark of the last runs of a paragraph."""
    _inside(paragraph, runs, _element("hyperlink", anchor=anchor, history="1"))


def link_out(paragraph: Paragraph, runs: Sequence[Run], address: str) -> None:
    """Make a link to an address of the last runs of a paragraph."""
    link = _element("hyperlink", history="1")
    kind = RELATIONSHIP_TYPE.HYPERLINK
    link.set(qn("r:id"), paragraph.part.relate_to(address, kind, is_external=True))
    _inside(paragraph, runs, link)


def mark(run: Run, name: str, number: int) -> None:
    """Put a bookmark around a run; names and numbers differ within a document."""
    run._r.addprevious(_element("bookmarkStart", id=str(number), name=name))
    run._r.addnext(_element("bookmarkEnd", id=str(number)))


def describe(shape: InlineShape, *, name: str, title: str, alt: str, number: int) -> None:
    """Give a picture a name and a number, which differ within a document, and what is told."""
    about = shape._inline.docPr
    told = {"id": str(number), "name": printable(name), "descr": printable(alt)}
    for key, value in {**told, "title": printable(title)}.items():
        about.set(key, value)


def crop(shape: InlineShape, top: float, bottom: float) -> None:
    """Show only a part of a picture, from one share of its height to another."""
    rows = OxmlElement("a:srcRect")
    rows.set("t", str(round(100_000 * top)))
    rows.set("b", str(round(100_000 * (1 - bottom))))
    shape._inline.graphic.graphicData.pic.blipFill.blip.addnext(rows)


def for_all_scripts(element: BaseOxmlElement) -> None:
    """Give letters of Arabic and Hebrew the size that those of other scripts have."""
    for size in element.xpath(".//w:sz"):
        size.addnext(_element("szCs", val=size.get(qn("w:val"))))


def _element(tag: str, /, **attributes: str) -> BaseOxmlElement:
    element = OxmlElement(f"w:{tag}")
    for key, value in attributes.items():
        element.set(qn(f"w:{key}"), value)
    return element


def _inside(paragraph: Paragraph, runs: Sequence[Run], around: BaseOxmlElement) -> None:
    """Put the last runs of a paragraph inside of an element."""
    paragraph._p.append(around)
    for run in runs:
        around.append(run._r)
