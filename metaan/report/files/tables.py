"""Tables of the report as files: CSV with every digit, Excel, Word and LaTeX for readers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from metaan.report.document.content import Table
from metaan.report.files.columns import Column, columns_of
from metaan.report.files.delimited import csv_text
from metaan.report.files.latex import latex_table
from metaan.report.proof.earlier import Earlier


def _csv(_: Table, columns: Sequence[Column]) -> bytes:
    return csv_text(columns).encode("utf-8")


def _xlsx(table: Table, columns: Sequence[Column]) -> bytes:
    # openpyxl and python-docx are loaded only where such files are written
    from metaan.report.files.workbook import workbook

    return workbook(columns, name=table.name, title=table.caption)


def _docx(table: Table, columns: Sequence[Column]) -> bytes:
    from metaan.report.files.word_tables import table_docx

    return table_docx(columns, name=table.name, title=table.caption)


def _tex(table: Table, columns: Sequence[Column]) -> bytes:
    return latex_table(columns, name=table.name, caption=table.caption).encode("utf-8")


# Ending → who writes it.
TABLE_FORMATS: Mapping[str, Callable[[Table, Sequence[Column]], bytes]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "docx": _docx,
    "tex": _tex,
}


# Quick to write, and together they say all that the others hold.
TELLING = ("csv", "tex")
TABLES = "tables/"


def write_tables(tables: Sequence[Table], folder: Path, *, earlier: Earlier | None = None) -> None:
    """Write every table into a folder as ``NAME.csv``, ``.xlsx``, ``.docx`` and ``.tex``.

    Parameters
    ----------
    tables : sequence of Table
        Their names differ.
    folder : Path
        Exists.
    earlier : Earlier, optional
        A report whose Excel and Word files are taken over where CSV and LaTeX are the same.

    Notes
    -----
    CSV and Excel hold every column and every letter that the format can hold, CSV every digit and
    Excel 16 of each number; a text that a spreadsheet would evaluate gets an apostrophe in CSV
    and is typed as text in Excel. Word and LaTeX are for reading: short numbers, names of one
    line as in the figures, no empty columns, the limits of an interval in one cell. The same
    tables give the same bytes.
    """
    for table in tables:
        columns = columns_of(table.frame)
        told = {
            kind: write(table, columns) for kind, write in TABLE_FORMATS.items() if kind in TELLING
        }
        others = [kind for kind in TABLE_FORMATS if kind not in told]
        if not _taken(table.name, told, others, folder, earlier):
            told |= {kind: TABLE_FORMATS[kind](table, columns) for kind in others}
        for kind, data in told.items():
            (folder / f"{table.name}.{kind}").write_bytes(data)


def _taken(
    name: str,
    told: Mapping[str, bytes],
    others: Sequence[str],
    folder: Path,
    earlier: Earlier | None,
) -> bool:
    """Return whether the other files of a table could be taken over."""
    return (
        earlier is not None
        and all(earlier.holds(f"{TABLES}{name}.{kind}", data) for kind, data in told.items())
        and earlier.copied({f"{TABLES}{name}.{x}": folder / f"{name}.{x}" for x in others})
    )
