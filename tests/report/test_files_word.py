"""report.docx: every heading, figure and link in its place, whatever the names."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import docx
import numpy as np
import pytest
from PIL import Image

from metaan.plots.pages.letters import printable
from metaan.report.document.content import Document
from metaan.report.files.pictures import cuts, pngs, with_few_colors
from metaan.report.files.word import report_docx
from metaan.report.files.word_report import compared, ranged
from metaan.report.files.zipped import TIME
from tests.report.documents import ALT, HOSTILE, REFERENCES, TITLE, document, picture

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# The order of ECMA-376, as far as we write it: Word refuses any other.
ORDER = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore pBdr tabs spacing ind jc outlineLvl",
    "rPr": "rStyle rFonts b bCs color sz szCs rtl lang",
    "tblPr": "tblStyle tblW tblInd tblBorders tblLayout tblCellMar tblLook",
    "trPr": "cantSplit tblHeader",
    "tcPr": "tcW tcBorders vAlign",
    "sectPr": "footerReference pgSz pgMar cols docGrid",
    "style": "name basedOn next uiPriority semiHidden unhideWhenUsed qFormat rsid pPr rPr tblPr "
    "tblStylePr",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Document:
    """Return the document by hand."""
    return document(tmp_path_factory.mktemp("figures"))


@pytest.fixture(scope="module")
def data(made: Document) -> bytes:
    """Return it as a Word file."""
    return report_docx(made)


@pytest.fixture(scope="module")
def parts(data: bytes) -> dict[str, str]:
    """Return the text parts of the file."""
    archive = zipfile.ZipFile(BytesIO(data))
    names = [name for name in archive.namelist() if name.endswith((".xml", ".rels"))]
    return {name: archive.read(name).decode("utf-8") for name in names}


def test_every_heading_stands(made: Document, data: bytes) -> None:
    """Title, chapters, sections and what is asked below them, in Word's own styles."""
    paragraphs = docx.Document(BytesIO(data)).paragraphs
    found = [(str(x.style.name), x.text) for x in paragraphs if x.style is not None]
    assert ("Title", made.title) in found
    first = [text for style, text in found if style == "Heading 1"]
    expected = [made.coverage.heading, *(chapter.title for chapter in made.chapters), "Methods"]
    assert first[: len(expected)] == expected
    assert [text for style, text in found if style == "Heading 2"][:3] == [
        TITLE.partition(":")[0]
    ] * 3
    third = [text for style, text in found if style == "Heading 3"]
    assert third[:2] == ["Sensitivity analyses", "How far can this result be trusted?"]
    contents = [text for style, text in found if style.startswith("toc ")]
    assert contents == [text for style, text in found if style in ("Heading 1", "Heading 2")]


def test_every_figure_is_described(data: bytes) -> None:
    """Alt text on each drawing; a picture longer than a page comes in parts, stored once."""
    opened = docx.Document(BytesIO(data))
    told = [shape._inline.docPr.get("descr") for shape in opened.inline_shapes]
    assert told[:2] == [ALT, ALT]
    assert len(told) > 3
    assert told[-1] == f"{ALT} Part {len(told) - 2} of {len(told) - 2}."
    images = [name for name in zipfile.ZipFile(BytesIO(data)).namelist() if "/media/" in name]
    assert len(images) == 3
    captions = [x.text for x in opened.paragraphs if x.style and x.style.name == "Caption"]
    assert [text.split(". ")[0] for text in captions] == ["Figure 1", "Figure 2", "Figure 3"]
    assert TITLE in captions[0]
    page = opened.sections[0]
    for shape in opened.inline_shapes:
        assert shape.width <= page.page_width - page.left_margin - page.right_margin
        assert shape.height <= page.page_height - page.top_margin - page.bottom_margin


def test_what_is_said_stands_in_the_file(made: Document, data: bytes) -> None:
    """Paragraphs, references, what is missing, and every hostile name once or more."""
    opened = docx.Document(BytesIO(data))
    text = "\n".join(paragraph.text for paragraph in opened.paragraphs)
    for said in (*made.conventions, "Does it help?", "Nothing is drawn.", "The interval includes"):
        assert said in text
    assert "Effects were pooled [2] by REML [1]; [7] is no reference." in text
    for number, reference in enumerate(REFERENCES, start=1):
        assert f"[{number}]\t{reference}" in text
    cells = {cell.text for table in opened.tables for row in table.rows for cell in row.cells}
    assert {printable(name) for name in HOSTILE} <= cells
    assert "1, 3, forest_b" in cells
    assert "LEAVE_ONE_OUT" not in cells


def test_every_link_leads_somewhere(parts: dict[str, str]) -> None:
    """Anchors are bookmarks, relations exist, no number is given twice."""
    text = parts["word/document.xml"]
    marks = re.findall(r'w:bookmarkStart w:id="(\d+)" w:name="([^"]+)"', text)
    anchors = set(re.findall(r'w:anchor="([^"]+)"', text))
    assert anchors <= {name for _, name in marks}
    assert {"reference_1", "reference_2"} <= anchors
    drawn = re.findall(r'<wp:docPr id="(\d+)"', text)
    numbers = [number for number, _ in marks] + drawn
    assert len(numbers) == len(set(numbers))
    related = parts["word/_rels/document.xml.rels"]
    known = re.findall(r'Id="([^"]+)"', related)
    assert len(known) == len(set(known))
    assert set(re.findall(r'r:(?:id|embed)="([^"]+)"', text)) <= set(known)
    assert 'Target="https://doi.org/10.1000/one_two" TargetMode="External"' in related


def test_children_stand_in_the_order_of_the_schema(parts: dict[str, str]) -> None:
    """Also in the styles; and nothing is there whose place is not known."""
    for name in ("word/document.xml", "word/styles.xml", "word/footer1.xml"):
        for element in ElementTree.fromstring(parts[name]).iter():
            order = ORDER.get(element.tag.removeprefix(W), "").split()
            if order:
                places = [order.index(child.tag.removeprefix(W)) for child in element]
                assert places == sorted(places), (name, element.tag)


def test_the_file_says_nothing_of_when_and_where(made: Document, data: bytes) -> None:
    """The same bytes again; our name, a fixed time, the language, the pages."""
    assert report_docx(made) == data
    opened = docx.Document(BytesIO(data))
    about = opened.core_properties
    assert (about.title, about.author, about.last_modified_by) == (made.title, "metaan", "metaan")
    assert about.created is not None
    assert about.created.timetuple()[:6] == TIME
    assert {x.date_time for x in zipfile.ZipFile(BytesIO(data)).infolist()} == {TIME}
    styles = zipfile.ZipFile(BytesIO(data)).read("word/styles.xml").decode()
    assert '<w:lang w:val="en-US"' in styles
    foot = opened.sections[0].footer.paragraphs[0]._p.xml
    assert " PAGE " in foot
    assert " NUMPAGES " in foot


def test_pictures_stay_within_their_size(tmp_path: Path) -> None:
    """The largest are given a palette if all would be too large; white stays white."""
    noise = np.random.default_rng(1).integers(0, 60, (200, 300, 3), dtype=np.uint8)
    noise[:100] = 255
    small = picture(tmp_path, "small").files["png"]
    large = tmp_path / "large.png"
    Image.fromarray(noise).convert("RGBA").save(large, dpi=(200, 200))
    plain = pngs([small, large])
    assert plain[large].data == large.read_bytes()
    lighter = pngs([small, large, large], most=len(plain[large].data) // 2)
    assert len(lighter[large].data) < len(plain[large].data) * 2 // 3
    assert (lighter[large].wide, lighter[large].high) == (300, 200)
    assert lighter[large].dpi == pytest.approx(200, abs=0.1)
    with Image.open(BytesIO(lighter[large].data)) as image:
        dots = np.asarray(image.convert("RGB")).astype(int)
    assert (dots[:100] == 255).all()
    assert abs(dots - noise).max() < 24
    assert with_few_colors(lighter[large].data) == lighter[large].data


def test_a_long_picture_is_cut_where_nothing_is_drawn(tmp_path: Path) -> None:
    """Every part fits, none is cut through a line."""
    path = picture(tmp_path, "long", 600, 4000).files["png"]
    rows = cuts(path.read_bytes(), 900, first=600)
    assert (rows[0], rows[-1]) == (0, 4000)
    assert rows[1] <= 600
    assert all(0 < b - a <= 900 for a, b in pairwise(rows))
    with Image.open(path) as image:
        dots = np.asarray(image.convert("L"))
    assert all((dots[row] == 255).all() for row in rows[1:-1])


def test_every_style_that_is_used_is_there(parts: dict[str, str]) -> None:
    """Word falls back on its plainest form without a word; and no style is there for nothing."""
    known = set(re.findall(r'w:styleId="([^"]+)"', parts["word/styles.xml"]))
    texts = [text for name, text in parts.items() if name.startswith("word/")]
    used = set(re.findall(r'<w:(?:p|r|tbl)Style w:val="([^"]+)"', "".join(texts)))
    assert used <= known
    assert known - used <= {"Normal", "DefaultParagraphFont", "TableNormal", "NoList"}
    assert "Theme" not in parts["word/styles.xml"]


def test_calls_of_r_stand_in_an_appendix(made: Document, data: bytes) -> None:
    """Once for all figures that they are the same for; line by line, as they are."""
    paragraphs = docx.Document(BytesIO(data)).paragraphs
    calls = [x.text for x in paragraphs if x.style is not None and x.style.name == "Code"]
    assert calls == [str(call) for call in made.sections[0].calls]
    assert "Figures 1, 3" in [paragraph.text for paragraph in paragraphs]


def test_sensitivity_analyses_are_as_narrow_as_a_page(made: Document) -> None:
    """The label says what was changed; a remark stands behind the conclusion."""
    table = made.sections[0].sensitivity
    assert table is not None
    narrow = compared(table.frame)
    assert list(narrow.columns) == ["analysis", "estimate", "low", "high", "conclusion"]
    told = "nothing pooled; 1 usable trial: nothing is pooled"
    assert narrow["conclusion"].tolist() == ["", "changed", told]
    assert "measure" in compared(table.frame.assign(measure=["MD", "SMD", "MD"])).columns


def test_ranges_of_figures() -> None:
    """In their order, names last."""
    assert ranged(["3", "1", "2", "9", "b"]) == "1–3, 9, b"
    assert ranged([]) == ""
