"""Texts for the page: marks lead to the references, DOIs to the resolver, nothing elsewhere.

Whatever a text holds is escaped first; only what is recognized becomes a link.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from metaan.core.doi import doi_url

MARK = re.compile(r"\[(\d+(?:,\s?\d+)*)\]")
DOI = re.compile(r"\bdoi:\s?(10\.\d{4,9}/[^\s,]+)", re.IGNORECASE)
WEB = ("http", "https")
# Of a table with one row per study: the line, and the arm where the row holds two.
LINE = re.compile(r"line(\d+)(?:\.(\d+))?")


def cited(text: str, references: int) -> Markup:
    """Return a text whose marks and DOIs are links.

    Examples
    --------
    >>> print(cited("Found [2] <b>", 2))
    Found [<a href="#reference-2">2</a>] &lt;b&gt;
    >>> print(cited("No such reference [3]", 2))
    No such reference [3]
    """
    parts, end = [], 0
    for found in MARK.finditer(text):
        numbers = [int(number) for number in found[1].split(",")]
        if all(1 <= number <= references for number in numbers):
            links = Markup(", ").join(map(_mark, numbers))
            parts += [with_dois(text[end : found.start()]), Markup("[{}]").format(links)]
            end = found.end()
    return Markup("").join([*parts, with_dois(text[end:])])


def _mark(number: int) -> Markup:
    return Markup('<a href="#reference-{0}">{0}</a>').format(number)


def with_dois(text: str) -> Markup:
    """Return a text whose DOIs are links.

    Examples
    --------
    >>> print(with_dois("BMJ (doi:10.1136/bmj.d4002)."))
    BMJ (<a href="https://doi.org/10.1136/bmj.d4002">doi:10.1136/bmj.d4002</a>).
    """
    parts, end = [], 0
    for found in DOI.finditer(text):
        doi = _trimmed(found[1])
        last = found.start(1) + len(doi)
        link = Markup('<a href="{}">{}</a>').format(doi_url(doi), text[found.start() : last])
        parts += [escape(text[end : found.start()]), link]
        end = last
    return Markup("").join([*parts, escape(text[end:])])


def _trimmed(doi: str) -> str:
    """Return a DOI without what ends its sentence, or the brackets it stands in."""
    while doi[-1] in ".;:" or (doi[-1] == ")" and doi.count(")") > doi.count("(")):
        doi = doi[:-1]
    return doi


def web_address(text: str) -> str:
    """Return an address that a reader may follow; empty for any that is not of the web.

    Examples
    --------
    >>> web_address("https://doi.org/10.1136/bmj.d4002")
    'https://doi.org/10.1136/bmj.d4002'
    >>> web_address("javascript:alert(1)")
    ''
    """
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return ""
    return text.strip() if parts.scheme.lower() in WEB and parts.netloc else ""


def row_place(row_id: str) -> str:
    """Return where in its file a row stands, for readers.

    Examples
    --------
    >>> row_place("line11.1"), row_place("line3"), row_place("c24")
    ('line 11, arm 1', 'line 3', 'row c24')
    """
    found = LINE.fullmatch(row_id)
    if not found:
        return f"row {row_id}"
    return f"line {found[1]}, arm {found[2]}" if found[2] else f"line {found[1]}"


def lines_of(rows: str) -> str:
    """Return ids of rows, arms of one line as one.

    Examples
    --------
    >>> lines_of("line11.1 line11.2"), lines_of("23 25")
    ('line 11', '23 25')
    """
    found = [LINE.fullmatch(row) for row in rows.split()]
    lines = dict.fromkeys(each[1] for each in found if each)
    if not lines or None in found:
        return rows
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(lines)}"
