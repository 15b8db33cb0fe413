"""The numbers and texts of a figure as data: what stands in ``figures/NAME.json``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

from metaan.plots.pages.plot import Record
from metaan.report.proof.json_text import plain

NUMBERS = "json"  # how its file ends
RECORDS, VALUES = "records", "values"


def plotted(name: str, pages: Sequence[Record], rows: Sequence[str] = ()) -> dict[str, Any]:
    """Return everything that is drawn in a figure.

    Parameters
    ----------
    name : str
        Of the figure.
    pages : sequence of record
        What is drawn, one under the other.
    rows : sequence of str
        Ids of the rows of the data that it was made from.

    Returns
    -------
    dict
        Name, title, description, row ids, and each record with its class: numbers at full
        precision on the analysis scale, None where there is nothing to draw.
    """
    return {
        "name": name,
        "title": pages[0].title,
        "alt": " ".join(page.alt for page in pages),
        "rows": list(rows),
        RECORDS: [{"record": type(page).__name__, VALUES: plain(page)} for page in pages],
    }


def numbers_of(figure: Any) -> str:
    """Return the checksum of the numbers alone, in their order and at full precision."""
    return sha256(" ".join(map(repr, _numbers(figure))).encode()).hexdigest()


def texts_of(value: Any) -> Iterator[str]:
    """Return every text of plain values."""
    if isinstance(value, str):
        yield value
    for each in _inside(value):
        yield from texts_of(each)


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)
    for each in _inside(value):
        yield from _numbers(each)


def _inside(value: Any) -> Sequence[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else ()
