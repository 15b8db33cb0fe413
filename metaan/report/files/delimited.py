"""Tables as CSV: every digit, and nothing that a spreadsheet would take for a formula.

RFC 4180 with a head line, UTF-8 without a mark at the start (Excel gets its own file), lines end
in CR LF. Empty cells are missing; infinities are written ``inf``.

A spreadsheet evaluates text that begins like a formula. Such text gets an apostrophe before it;
who wants it back takes the apostrophe away. What is harmless stays as it is: numbers that are
text, with their interval or in a list (``-9.2 (-13.8 to -4.6)``, ``-1.5; -2``), a hyphen that
stands alone, and a true minus sign (U+2212), which begins no formula.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from io import StringIO

from metaan.report.files.characters import allowed
from metaan.report.files.columns import Column

GUARD = "'"
# The full-width ones count as their narrow twins where Chinese or Japanese is set.
STARTS = tuple("=+-@\t\r\n＝＋－＠")
NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?%?"
HARMLESS = re.compile(
    rf"-|{NUMBER}(?: \({NUMBER} to {NUMBER}\))?|{NUMBER}(?:; {NUMBER})+", flags=re.ASCII
)


def csv_text(columns: Sequence[Column]) -> str:
    """Return a table as the text of a CSV file."""
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([guarded(column.name) for column in columns])
    cells = [[_cell(value) for value in column.values] for column in columns]
    writer.writerows(zip(*cells, strict=True))
    return buffer.getvalue()


def guarded(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    Examples
    --------
    >>> guarded("=1+1"), guarded("-2 (-3 to -1)"), guarded("-1+1")
    ("'=1+1", '-2 (-3 to -1)', "'-1+1")
    """
    clean = allowed(text)
    begins = clean.startswith(STARTS)
    return GUARD + clean if begins and not HARMLESS.fullmatch(clean) else clean


def _cell(value: object) -> object:
    # a float as Python prints it: the shortest text that gives the same number again
    return "" if value is None else guarded(value) if isinstance(value, str) else value
