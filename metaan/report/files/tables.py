"""Tables of the report as files: CSV with every digit, Excel, Word and LaTeX for readers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from metaan.report.document.content import Table
from metaan.report.files.columns import Column, columns_of
from metaan.report.files.delimited import csv_text
from metaan.report.files.latex import latex_table


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


def write_tables(tables: Sequence[Table], folder: Path) -> None:
    """Write every table into a folder as ``NAME.csv``, ``.xlsx``, ``.docx`` and ``.tex``.

    Parameters
    ----------
    tables : sequence of Table
        Their names differ.
    folder : Path
        Exists.

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
        for ending, write in TABLE_FORMATS.items():
            (folder / f"{table.name}.{ending}").write_bytes(write(table, columns))
