"""A Word document before anything stands in it: its pages, their foot, what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from io import BytesIO

import docx
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.shared import Twips

from metaan.report.files.about import AUTHOR, LANGUAGE
from metaan.report.files.characters import allowed
from metaan.report.files.word_looks import FOOTER, dressed
from metaan.report.files.word_pieces import add_field, add_text
from metaan.report.files.zipped import TIME, timeless

# What a document of ours has beside its text; the template of python-docx brings more.
KEPT = (
    RELATIONSHIP_TYPE.OFFICE_DOCUMENT,
    RELATIONSHIP_TYPE.CORE_PROPERTIES,
    RELATIONSHIP_TYPE.STYLES,
    RELATIONSHIP_TYPE.SETTINGS,
)
WORD_2013 = "15"  # else Word opens a document as one of an old version
TO_EDGE = 567  # from foot to the edge of the paper, twips


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A page, in twips (twentieths of a point).

    Attributes
    ----------
    width, height, margin : int
        Of the sheet as it is read; on every side.
    """

    width: int
    height: int
    margin: int = 1134

    @property
    def across(self) -> int:
        """Width of a line."""
        return self.width - 2 * self.margin

    @property
    def down(self) -> int:
        """Height of the text."""
        return self.height - 2 * self.margin


A4 = Paper(width=11906, height=16838)
# For tables: A4 as it stands, as it lies, A3, and the widest that Word knows.
PAPERS = (
    A4,
    Paper(width=16838, height=11906, margin=850),
    Paper(width=23811, height=16838, margin=850),
    Paper(width=31680, height=16838, margin=850),
)


def empty_document(*, title: str, subject: str, paper: Paper = A4) -> WordDocument:
    """Return a document to write into.

    Parameters
    ----------
    title, subject : str
        For the properties of the file; the title stands at the foot of every page.
    paper : Paper
        Of all pages.
    """
    document = docx.Document(BytesIO(_template()))
    about = document.core_properties
    about.title, about.subject = allowed(title), allowed(subject)
    section = document.sections[0]
    section.page_width, section.page_height = Twips(paper.width), Twips(paper.height)
    lies = paper.width > paper.height
    section.orientation = WD_ORIENT.LANDSCAPE if lies else WD_ORIENT.PORTRAIT
    section.left_margin = section.right_margin = Twips(paper.margin)
    section.top_margin = section.bottom_margin = Twips(paper.margin)
    section.header_distance = section.footer_distance = Twips(TO_EDGE)
    foot = section.footer.paragraphs[0]
    foot.style = document.styles[FOOTER]
    foot.paragraph_format.tab_stops.add_tab_stop(Twips(paper.across), WD_TAB_ALIGNMENT.RIGHT)
    add_text(foot, title)
    foot.add_run().add_tab()
    add_field(foot, "PAGE", "1")
    add_text(foot, " of ")
    add_field(foot, "NUMPAGES", "1")
    return document


def saved(document: WordDocument) -> bytes:
    """Return the bytes of a document: they hang on its content alone."""
    buffer = BytesIO()
    document.save(buffer)
    return timeless(buffer.getvalue())


@cache
def _template() -> bytes:
    """Return the document of python-docx without what ours do not need, and with our styles."""
    document = docx.Document()
    for relations in (document.part.rels, document.part.package.rels):
        for name, relation in list(relations.items()):
            if relation.reltype not in KEPT:
                del relations[name]
    (version,) = document.settings.element.xpath("//w:compatSetting[@w:name='compatibilityMode']")
    version.set(qn("w:val"), WORD_2013)
    dressed(document)
    about = document.core_properties
    about.author = about.last_modified_by = AUTHOR
    about.language, about.comments = LANGUAGE, ""
    about.created = about.modified = datetime(*TIME)
    document.sections[0].footer.is_linked_to_previous = False
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()
