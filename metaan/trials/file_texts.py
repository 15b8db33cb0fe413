"""Bytes of anyone's text file → rows of cells: which encoding, which separator, which line."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from metaan.core.errors import InputError

Line = tuple[int, list[str]]  # number of the line a row begins in, and its cells

SEPARATORS: Mapping[str, str] = MappingProxyType(
    {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
)
WORDS: Mapping[str, str] = MappingProxyType(
    {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "\\t": "\t"}
)
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
USUAL = "UTF-8"  # an encoding that needs no remark
DECIMAL_COMMAS = "decimal commas read as decimal points"
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
# No text holds these; tabs, line ends and form feeds it does.
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")
SEPARATOR_LINE = re.compile(r"\A\s*sep=(.)\r?\n")  # Excel's hint to itself


def decoded(data: bytes, file: str) -> tuple[str, str]:
    """Return the text of a file and the name of its encoding.

    Raises
    ------
    InputError
        If it is no text.
    """
    if data.startswith(OLD_EXCEL):
        raise InputError(f"{file} is a workbook of old Excel (.xls); save it as .xlsx or CSV")
    for mark, codec, name in MARKS:
        if data.startswith(mark):
            return _by(data, codec, name, file)
    try:
        text, name = data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        try:
            text, name = data.decode("cp1252"), "Windows-1252"
        except UnicodeDecodeError:
            text, name = data.decode("latin-1"), "Latin-1"
    if CONTROL.search(text):
        raise InputError(
            f"{file} is not a table of text: it holds bytes that no text has. Export it as CSV, "
            "UTF-8, or give an .xlsx workbook"
        )
    return text, name


def split_lines(text: str, file: str, separator: str = "") -> tuple[list[Line], str]:
    """Return the rows that hold anything, and what separates their cells.

    Parameters
    ----------
    text : str
        The file.
    file : str
        Its name, for messages.
    separator : str
        One character or its name (tab, semicolon ...); found if empty.

    Raises
    ------
    InputError
        If there is nothing in it, no separator makes columns of it, or a quote is not closed.
    """
    if not text.strip():
        raise InputError(f"{file} is empty; its first row must be the names of the columns")
    given = WORDS.get(separator.lower(), separator)
    if len(given) > 1:
        words = ", ".join(dict.fromkeys(WORDS))
        raise InputError(f"separator {separator!r} must be one character, or one of {words}")
    told = SEPARATOR_LINE.match(text)
    skipped = 0
    if told:
        text, skipped = text[told.end() :], 1
        given = given or told[1]
    if given:
        return _rows(text, given, file, skipped), given
    found: dict[str, list[Line]] = {}
    broken: InputError | None = None
    for each in SEPARATORS:
        try:
            found[each] = _rows(text, each, file, skipped)
        except InputError as error:
            broken = error
    wide = {each: rows for each, rows in found.items() if _width(rows) > 1}
    if not wide:
        if broken is not None:
            raise broken
        first = next(line.strip() for line in text.splitlines() if line.strip())
        raise InputError(
            f"{file} has one column only ({first[:60]!r}); columns must be separated by "
            f"{', '.join(SEPARATORS.values())}, or name the character (--delimiter)"
        )
    best = max(wide, key=lambda each: (_agreement(wide[each]), _width(wide[each])))
    return wide[best], best


def _by(data: bytes, codec: str, name: str, file: str) -> tuple[str, str]:
    try:
        return data.decode(codec), name
    except UnicodeDecodeError as error:
        raise InputError(
            f"{file} begins as {name}, but byte {error.start} is none; save it as CSV UTF-8"
        ) from error


def _rows(text: str, separator: str, file: str, skipped: int) -> list[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[Line] = []
    first = 1  # a quoted cell may hold line breaks: a row is named by its first line
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((first + skipped, [cell.strip() for cell in row]))
            first = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"{file}, line {first + skipped}: a quote is not closed, or closed in the wrong place "
            f"({error}). Look for a stray double quote"
        ) from error
    return rows


def _width(rows: Sequence[Line]) -> int:
    """Return the number of cells that most rows have."""
    return Counter(len(row) for _, row in rows).most_common(1)[0][0] if rows else 0


def _agreement(rows: Sequence[Line]) -> float:
    """Return the share of rows that are as wide as most."""
    width = _width(rows)
    return sum(len(row) == width for _, row in rows) / len(rows)
