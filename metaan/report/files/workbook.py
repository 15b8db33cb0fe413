"""Tables as Excel workbooks: numbers with 16 digits, text that is never a formula.

A cell of text is typed as such and bears the sign for "as typed"; a number is shown short and
held with all the digits that openpyxl writes (Excel computes with 15; the CSV has every one); an
infinity, which Excel does not know, is text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from zipfile import ZipFile

from openpyxl import Workbook
from openpyxl.cell.cell import TYPE_STRING, Cell, MergedCell
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from metaan.report.files.about import AUTHOR, LANGUAGE
from metaan.report.files.characters import allowed
from metaan.report.files.columns import Column
from metaan.report.files.zipped import TIME, timeless

LONGEST_TEXT = 32_767  # UTF-16 units that a cell can hold
LONGEST_NAME = 31
BARRED = re.compile(r"[\[\]:*?/\\]")
# Excel reads _x0041_ as A: a text that has it is spelled so that it comes back.
SPELLED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
EXACT = 2**53
NARROWEST, WIDEST, PADDING, STRETCH = 7, 44, 3, 1.08  # of columns, in letters
LINE, MOST_LINES, OF_LINE = 13, 31, 1.05  # points; of a row; letters of text beside a digit
MOST_ON_PAGE = 170  # letters; a wider sheet would be printed too small to read

# Names of styles, as Excel shows them.
HEAD, NUMBER_HEAD, TEXT, OTHER = "Head", "Head of numbers", "Words", "Other"
NUMBER, P_VALUE = "Number, decimals {}", "P value"
FONT, SIZE, INK, BLUE, PALE = "Arial", 10, "FF1C2430", "FF1F4E79", "FFEEF3F8"
AS_TEXT, SHORT_P, GENERAL = "@", '[<0.001]"< 0.001";0.000', "General"


def workbook(columns: Sequence[Column], *, name: str, title: str) -> bytes:
    """Return a table as the bytes of an Excel file with one sheet.

    Parameters
    ----------
    columns : sequence of Column
        All of the table.
    name, title : str
        Of the sheet; of the file.
    """
    book = Workbook()
    when = datetime(*TIME)
    book.properties = DocumentProperties(
        title=allowed(title),
        subject=allowed(name),
        creator=AUTHOR,
        lastModifiedBy=AUTHOR,
        language=LANGUAGE,
        created=when,
        modified=when,
    )
    for style in _styles(columns):
        book.add_named_style(style)
    sheet = book.worksheets[0]
    sheet.title = sheet_name(name)
    _fill(sheet, columns)
    _lay_out(sheet, columns)
    buffer = BytesIO()
    # Workbook.save would put the time of now in
    ExcelWriter(book, ZipFile(buffer, "w")).save()
    return timeless(buffer.getvalue())


def sheet_name(name: str) -> str:
    """Return a name that a sheet may have.

    Examples
    --------
    >>> sheet_name("'network_63rct_pain_group/consistency'")
    'network_63rct_pain_group_consis'
    """
    return BARRED.sub("_", allowed(name)).strip("'")[:LONGEST_NAME].strip("'") or "Table"


def _styles(columns: Sequence[Column]) -> list[NamedStyle]:
    """Return the styles that cells of these columns have."""
    font = Font(name=FONT, size=SIZE, color=INK)
    bold = Font(name=FONT, size=SIZE, color=BLUE, bold=True)
    fill = PatternFill("solid", fgColor=PALE)
    border = Border(bottom=Side("medium", color=BLUE))
    left = Alignment(horizontal="left", indent=1, vertical="center", wrap_text=True)
    right = Alignment(horizontal="right", vertical="center", wrap_text=True)
    heads = [
        NamedStyle(
            name, font=bold, fill=fill, border=border, alignment=side, number_format=AS_TEXT
        )
        for name, side in ((HEAD, left), (NUMBER_HEAD, right))
    ]
    words = Alignment(horizontal="left", indent=1, vertical="top", wrap_text=True)
    text = NamedStyle(TEXT, font=font, alignment=words, number_format=AS_TEXT)
    formats = {OTHER: GENERAL} | {_style(column): _format(column) for column in columns}
    top = Alignment(vertical="top")
    numbers = [
        NamedStyle(name, font=font, alignment=top, number_format=shown)
        for name, shown in formats.items()
    ]
    return [*heads, text, *numbers]


def _style(column: Column) -> str:
    """Return the name of the style of a column's numbers."""
    if column.p_values:
        return P_VALUE
    return NUMBER.format(column.decimals) if column.numeric else OTHER


def _format(column: Column) -> str:
    if column.p_values:
        return SHORT_P
    return f"{0:.{column.decimals}f}" if column.numeric else GENERAL


def _fill(sheet: Worksheet, columns: Sequence[Column]) -> None:
    """Put heads and cells into a sheet; what is missing stays empty."""
    for at, column in enumerate(columns, start=1):
        _put_text(sheet.cell(1, at), column.name, NUMBER_HEAD if column.numeric else HEAD)
        style = _style(column)
        for row, value in enumerate(column.values, start=2):
            if value is None or value == "":
                continue
            cell = sheet.cell(row, at)
            if isinstance(value, int | float) and _is_exact(value):
                cell.value = value
                cell.style = OTHER if isinstance(value, bool) else style
            else:
                _put_text(cell, str(value), TEXT)


def _is_exact(value: float) -> bool:
    """Whether Excel, whose numbers are doubles, can hold a number."""
    return math.isfinite(value) if isinstance(value, float) else abs(value) <= EXACT


def _put_text(cell: Cell | MergedCell, text: str, style: str) -> None:
    cell.value = SPELLED.sub("_x005F_", _cut(allowed(text)))
    cell.data_type = TYPE_STRING  # else a formula is seen in "=1", an error in "#N/A"
    cell.style = style
    cell.quotePrefix = True


def _cut(text: str) -> str:
    """Return a text that a cell can hold; an ellipsis stands for the rest, which the CSV has."""
    if len(text) * 2 <= LONGEST_TEXT:
        return text
    units = text.encode("utf-16-le", "replace")
    if len(units) <= 2 * LONGEST_TEXT:
        return text
    return units[: 2 * (LONGEST_TEXT - 1)].decode("utf-16-le", "ignore") + "…"


def _lay_out(sheet: Worksheet, columns: Sequence[Column]) -> None:
    """Set widths, heights, and how the sheet is seen and printed."""
    widths = [_width(column) for column in columns]
    for at, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    cells = zip(*(column.values for column in columns), strict=True)
    for at, row in enumerate(cells, start=2):
        lines = _lines(row, widths)
        if lines > 1:
            sheet.row_dimensions[at].height = LINE * min(lines, MOST_LINES)
    sheet.freeze_panes = "A2"
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation = sheet.ORIENTATION_LANDSCAPE
    if sum(widths) <= MOST_ON_PAGE:
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.page_setup.fitToHeight = False
    sheet.page_margins = PageMargins(0.5, 0.5, 0.6, 0.6, 0.3, 0.3)


def _width(column: Column) -> float:
    longest = max((len(text) for text in column.texts()), default=0)
    letters = max(NARROWEST, longest, min(len(column.name), 14))
    return round(min(letters, WIDEST) * STRETCH + PADDING, 2)


def _lines(row: Sequence[object], widths: Sequence[float]) -> int:
    """Return how many lines the texts of a row need; LibreOffice does not find out itself."""
    lines = 1
    for value, width in zip(row, widths, strict=True):
        if isinstance(value, str) and (len(value) > width - PADDING or "\n" in value):
            room = OF_LINE * (width - PADDING)
            lines = max(lines, sum(max(1, math.ceil(len(x) / room)) for x in value.split("\n")))
    return lines
