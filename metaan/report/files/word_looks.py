"""How Word documents look: fonts, colors, space and lines, as styles of Word."""

from __future__ import annotations

from dataclasses import dataclass

from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt, RGBColor, Twips
from docx.styles.style import ParagraphStyle

from metaan.report.files.word_pieces import for_all_scripts

NORMAL = "Normal"
TITLE, SUBTITLE, CAPTION, TABLE_CAPTION = "Title", "Subtitle", "Caption", "Table Caption"
FIGURE, QUESTION, ASIDE, CALLOUT, CODE = "Figure", "Question", "Aside", "Callout", "Code"
REFERENCE, CONTENTS_HEADING, FOOTER = "Bibliography", "TOC Heading", "Footer"
TABLE_TEXT, THREE_LINES = "Table Text", "Three Lines"
STRONG, LINK = "Strong", "Hyperlink"
HEADING, CONTENTS = "Heading {}", "toc {}"
OURS = (TABLE_CAPTION, FIGURE, QUESTION, ASIDE, CALLOUT, CODE, TABLE_TEXT, THREE_LINES)
# Styles that Word falls back on.
DEFAULTS = (NORMAL, "Default Paragraph Font", "Normal Table", "No List")

FONT, MONOSPACE = "Arial", "Courier New"
SIZE = 10  # points
INK, BLUE, GRAY = (
    RGBColor(0x1C, 0x24, 0x30),
    RGBColor(0x1F, 0x4E, 0x79),
    RGBColor(0x5B, 0x66, 0x75),
)
LINE_OF_CONTENTS = Twips(9638)
SINGLE, SPACED = 1.0, 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """How a kind of paragraph looks.

    Attributes
    ----------
    base, then : str
        The style that it begins with; that of the paragraph after it.
    size : float or None
        Of letters, points; as in ``base`` if None.
    bold : bool
        Whether its letters are.
    color : RGBColor or None
        Of letters.
    before, after, left, hanging : float or None
        Space around it, points; by how much its first line stands out.
    line : float or None
        From line to line, shares of a line's height.
    with_next, together : bool
        Whether it stays on the page of what follows; on one page.
    level : int or None
        In an outline, from 0.
    """

    base: str = NORMAL
    then: str = NORMAL
    size: float | None = None
    bold: bool = False
    color: RGBColor | None = None
    before: float | None = None
    after: float | None = None
    left: float | None = None
    hanging: float | None = None
    line: float | None = SINGLE
    with_next: bool = False
    together: bool = False
    level: int | None = None


def _heading(level: int, size: float, before: float, after: float) -> _Look:
    return _Look(
        size=size,
        bold=True,
        color=BLUE if level < 3 else None,
        before=before,
        after=after,
        with_next=True,
        together=True,
        level=level - 1,
    )


LOOKS = {
    HEADING.format(1): _heading(1, 17, 24, 10),
    HEADING.format(2): _heading(2, 13, 20, 6),
    HEADING.format(3): _heading(3, 11, 12, 4),
    TITLE: _Look(size=24, bold=True, color=BLUE, before=0, after=6, with_next=True),
    SUBTITLE: _Look(size=11, color=GRAY, after=12, line=None),
    CAPTION: _Look(size=9, color=GRAY, before=3, after=8, together=True),
    TABLE_CAPTION: _Look(base=CAPTION, before=8, after=4, with_next=True),
    FIGURE: _Look(then=CAPTION, before=6, after=3, with_next=True),
    QUESTION: _Look(size=12, bold=True, line=None),
    ASIDE: _Look(size=9.5, color=GRAY, line=None),
    CALLOUT: _Look(before=6, after=8, left=10, line=None, together=True),
    CODE: _Look(size=6.5, after=10),
    TABLE_TEXT: _Look(then=TABLE_TEXT, size=8, before=1, after=1),
    REFERENCE: _Look(then=REFERENCE, size=9.5, after=4, left=24, hanging=24, line=None),
    CONTENTS_HEADING: _Look(
        size=14, bold=True, color=BLUE, before=16, after=6, line=None, with_next=True
    ),
    CONTENTS.format(1): _Look(bold=True, before=5, after=1),
    CONTENTS.format(2): _Look(size=9.5, after=0.5, left=14),
    FOOTER: _Look(then=FOOTER, size=8.5, color=GRAY, after=0),
}

# Lines beside paragraphs and in tables: python-docx has no call for them.
UNDERLINED = '<w:pBdr {}><w:bottom w:val="single" w:sz="8" w:space="4" w:color="1F4E79"/></w:pBdr>'
BESIDE = '<w:pBdr {}><w:left w:val="single" w:sz="24" w:space="8" w:color="1F4E79"/></w:pBdr>'
AFTER_BORDERS = ("w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:outlineLvl")
OF_TABLE = """<w:tblPr {}><w:tblBorders>
<w:top w:val="single" w:sz="10" w:space="0" w:color="1C2430"/>
<w:bottom w:val="single" w:sz="10" w:space="0" w:color="1C2430"/></w:tblBorders>
<w:tblCellMar><w:top w:w="20" w:type="dxa"/><w:left w:w="70" w:type="dxa"/>
<w:bottom w:w="20" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr>"""
OF_HEAD = """<w:tblStylePr {} w:type="firstRow"><w:rPr><w:b/><w:bCs/></w:rPr>
<w:tcPr><w:tcBorders><w:bottom w:val="single" w:sz="5" w:space="0" w:color="1C2430"/>
</w:tcBorders></w:tcPr></w:tblStylePr>"""


def dressed(document: WordDocument) -> None:
    """Give a document our styles in place of its own."""
    styles = document.styles
    for style in list(styles):
        if style.name not in DEFAULTS:
            style.delete()
    (latent,) = styles.element.xpath("w:latentStyles")
    styles.element.remove(latent)
    _usual(document)
    for name in LOOKS:
        styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=name not in OURS)
    for name, look in LOOKS.items():
        _wear(document, styles[name], look)
    for place in (1, 2):
        stops = styles[CONTENTS.format(place)].paragraph_format.tab_stops
        stops.add_tab_stop(LINE_OF_CONTENTS, WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
    styles[REFERENCE].paragraph_format.tab_stops.add_tab_stop(Pt(24))
    styles[CODE].font.name = MONOSPACE
    styles[CODE].element.rPr.rFonts.set(qn("w:cs"), MONOSPACE)
    for name, border in ((HEADING.format(1), UNDERLINED), (CALLOUT, BESIDE)):
        lines = parse_xml(border.format(nsdecls("w")))
        styles[name].element.pPr.insert_element_before(lines, *AFTER_BORDERS)
    strong = styles.add_style(STRONG, WD_STYLE_TYPE.CHARACTER, builtin=True)
    strong.font.bold = strong.font.cs_bold = True
    styles.add_style(LINK, WD_STYLE_TYPE.CHARACTER, builtin=True).font.color.rgb = BLUE
    table = styles.add_style(THREE_LINES, WD_STYLE_TYPE.TABLE)
    table.base_style = styles["Normal Table"]
    table.quick_style = True
    for part in (OF_TABLE, OF_HEAD):
        table.element.append(parse_xml(part.format(nsdecls("w")).replace("\n", "")))
    for_all_scripts(styles.element)


def _usual(document: WordDocument) -> None:
    """Set what holds for every paragraph."""
    (fonts,) = document.styles.element.xpath("w:docDefaults//w:rFonts")
    for script in list(fonts.attrib):
        del fonts.attrib[script]
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), FONT)
    for size in document.styles.element.xpath("w:docDefaults//w:szCs"):
        size.getparent().remove(size)
    normal = document.styles[NORMAL]
    normal.font.size, normal.font.color.rgb = Pt(SIZE), INK
    normal.paragraph_format.space_after = Pt(6)
    normal.paragraph_format.line_spacing = SPACED


def _wear(document: WordDocument, style: ParagraphStyle, look: _Look) -> None:
    style.base_style = document.styles[look.base]
    style.next_paragraph_style = document.styles[look.then]
    style.quick_style = True
    font, form = style.font, style.paragraph_format
    font.size = None if look.size is None else Pt(look.size)
    font.bold = font.cs_bold = look.bold or None
    if look.color is not None:
        font.color.rgb = look.color
    form.space_before = None if look.before is None else Pt(look.before)
    form.space_after = None if look.after is None else Pt(look.after)
    form.left_indent = None if look.left is None else Pt(look.left)
    form.first_line_indent = None if look.hanging is None else Pt(-look.hanging)
    form.line_spacing = look.line
    form.keep_with_next = look.with_next or None
    form.keep_together = look.together or None
    if look.level is not None:
        outline = parse_xml(f'<w:outlineLvl {nsdecls("w")} w:val="{look.level}"/>')
        style.element.get_or_add_pPr().append(outline)
