"""read_any_table: a file as people have them → a table, and how it was read."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from metaan.core.errors import DataError, Fault, InputError
from metaan.core.lookup import hint
from metaan.core.numbers import counted, listed
from metaan.trials.cell_splitting import split_cells
from metaan.trials.file_texts import (
    DECIMAL_COMMAS,
    SEPARATORS,
    USUAL,
    decoded,
    split_lines,
)
from metaan.trials.guessing_words import NUMBERS
from metaan.trials.table_rules import TABLE

Cells = list[tuple[int, list[Any]]]
WORKBOOK = "xl/workbook.xml"
POINT, COMMA = DECIMALS = (".", ",")
WITH_COMMA = re.compile(r"[-+−]?\d+,\d+(?:[eE][-+]?\d+)?")
THOUSANDS = re.compile(r"[-+−]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
WITH_POINT = re.compile(r"[-+−]?\d*\.\d+(?:[eE][-+]?\d+)?")
# Words of a header that count people or events.
COUNTED = (
    *(word for name in ("n", "events", "nonevents") for word in NUMBERS[name]),
    "tpos", "tneg", "cpos", "cneg",
)  # fmt: skip
# What people write where nothing was reported; in columns of numbers it is read as empty.
NOTHING = ("na", "n/a", "#n/a", "nan", "null", "none", "nr", ".")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AnyTable:
    """A file that was read as a table.

    Attributes
    ----------
    name : str
        File name.
    frame : DataFrame
        Cells as they stand, text of text files; an empty cell is an empty text.
    lines : tuple of int
        Line, or row of the sheet, of each row.
    remarks : tuple of str
        How it was read: encoding, separator, decimals, sheet, rows passed over.
    """

    name: str
    frame: pd.DataFrame
    lines: tuple[int, ...]
    remarks: tuple[str, ...] = ()

    def placed(self, error: DataError) -> DataError:
        """Return an error about the frame with the file and its lines in place of row numbers."""
        return DataError(sorted(map(self._placed, error.faults), key=line_of))

    def _placed(self, fault: Fault) -> Fault:
        if fault.file != TABLE:
            return fault
        rule = re.sub(r"first in row (\d+)", lambda at: f"first in {self._line(at)}", fault.rule)
        row = re.sub(r"^row (\d+)", self._line, fault.row)
        return replace(fault, file=self.name, row=row, rule=rule)

    def _line(self, at: re.Match[str]) -> str:
        return f"line {self.lines[int(at[1]) - 1]}"

    def where(self, column: str, value: str) -> AnyTable:
        """Return the rows whose cell in a column is a text, case and outer blanks ignored.

        Raises
        ------
        InputError
            If there is no such column or no such row; the text names those there are.
        """
        if column not in self.frame:
            names = [str(name) for name in self.frame]
            raise InputError(
                f"{self.name} has no column {column!r}.{hint(column, names)} "
                f"Columns: {', '.join(names)}"
            )
        texts = [str(cell).strip() for cell in self.frame[column]]
        kept = [i for i, text in enumerate(texts) if text.casefold() == value.strip().casefold()]
        if not kept:
            there = list(dict.fromkeys(texts))
            raise InputError(
                f"{self.name}: no row has {column} = {value!r}.{hint(value, there)} "
                f"It holds {', '.join(there[:12])}{' ...' if len(there) > 12 else ''}"
            )
        told = f"{counted(len(kept), 'row')} of {len(texts)} with {column} = {value}"
        return replace(
            self,
            frame=self.frame.iloc[kept].reset_index(drop=True),
            lines=tuple(self.lines[i] for i in kept),
            remarks=(*self.remarks, told),
        )


def line_of(fault: Fault) -> int:
    """Return the line of a fault; 0 for one of the header or of the file."""
    at = re.match(r"line (\d+)", fault.row)
    return int(at[1]) if at else 0


def read_any_table(
    path: str | Path, *, delimiter: str = "", decimal: str = "", sheet: str = ""
) -> AnyTable:
    """Return the table in a CSV, TSV or Excel file, and how it was read.

    Parameters
    ----------
    path : path
        Text with commas, semicolons, tabs or bars (UTF-8, UTF-16, Windows-1252), or ``.xlsx``.
    delimiter : str
        What separates cells: a character, or comma, semicolon, tab, bar; found if empty.
    decimal : {"", ".", ","}
        What separates decimals; found if empty. With "." commas are separators of thousands.
    sheet : str
        Name of a sheet of a workbook; the first that holds a table if empty.

    Returns
    -------
    AnyTable
        Cells as they stand, but for decimal commas; of cells with several numbers, as "0.80
        (0.62-1.00)", further columns. What was found is in ``remarks``.

    Raises
    ------
    InputError
        If the file cannot be read, is no table, or does not say how its numbers are written.
    DataError
        With every row of another length than the header, and names of columns that stand twice.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.csv"
    ...     _ = file.write_text(chr(10).join(["study;mean1", "Ann;1,5", "Bo;2,25"]))
    ...     table = read_any_table(file)
    >>> table.frame["mean1"].tolist(), table.remarks
    (['1.5', '2.25'], ('cells separated by semicolons', 'decimal commas read as decimal points'))
    """
    path = Path(path)
    if decimal not in ("", *DECIMALS):
        raise InputError(f"decimal={decimal!r} must be . or ,")
    try:
        data = path.read_bytes()
    except OSError as error:
        what = "is a folder, not a file" if path.is_dir() else f"cannot be read: {error.strerror}"
        raise InputError(f"{path} {what}") from error
    if zipfile.is_zipfile(path):
        rows, remarks = _sheet_rows(path, sheet)
    else:
        if sheet:
            raise InputError(f"sheet={sheet!r} is for workbooks; {path.name} is none")
        text, encoding = decoded(data, path.name)
        rows, separator = split_lines(text, path.name, delimiter)
        remarks = [] if encoding == USUAL else [f"read as {encoding}"]
        if separator != ",":
            remarks.append(f"cells separated by {SEPARATORS.get(separator, repr(separator))}")
    table, told = _as_table(path.name, rows)
    frame, more = _with_points(table, path.name, decimal)
    frame, split = split_cells(frame)
    return replace(table, frame=frame, remarks=(*remarks, *told, *more, *split))


def emptied(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return a table whose columns of numbers are empty where they say NA, and a remark on it."""
    changed: dict[str, Any] = {}
    found: Counter[str] = Counter()
    for name in columns:
        gone = [isinstance(c, str) and c.strip().casefold() in NOTHING for c in frame[name]]
        if any(gone):
            found.update(str(c) for c, no in zip(frame[name], gone, strict=True) if no)
            changed[name] = ["" if no else c for c, no in zip(frame[name], gone, strict=True)]
    if not found:
        return frame, ()
    words = listed([f'"{word}"' for word in found])
    total = counted(sum(found.values()), "cell")
    return frame.assign(**changed), (f"{words} read as not reported ({total})",)


def _sheet_rows(path: Path, sheet: str) -> tuple[Cells, list[str]]:
    """Return the rows of a sheet of a workbook, and which sheet it is if there are several."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(path) as parts:
            is_workbook = WORKBOOK in parts.namelist()
        if not is_workbook:
            raise InputError(f"{path.name} is an archive, not a workbook of Excel; unpack it")
        book = load_workbook(path, data_only=True)
    except InputError:
        raise
    except Exception as error:  # whatever a damaged workbook sets off in its reader
        raise InputError(
            f"{path.name} cannot be read as a workbook ({error}); save it again, or as CSV"
        ) from error
    sheets = {each.title: _filled_rows(each) for each in book.worksheets}
    full = [name for name, rows in sheets.items() if rows]
    if sheet and sheet not in sheets:
        raise InputError(
            f"{path.name} has no sheet {sheet!r}.{hint(sheet, sheets)} Sheets: {', '.join(sheets)}"
        )
    if not full or (sheet and not sheets[sheet]):
        raise InputError(f"{path.name} is empty; its first row must be the names of the columns")
    tables = [each for each in full if len(sheets[each]) > 1 and _reach(sheets[each][1][1]) > 1]
    name = sheet or (tables or full)[0]
    others = [each for each in full if each != name]
    more = f" (others: {', '.join(others)})" if others else ""
    return sheets[name], [f"sheet {name!r}{more}"] if len(sheets) > 1 else []


def _filled_rows(sheet: Any) -> Cells:
    rows = [
        (i, ["" if cell is None else _trimmed(cell) for cell in row])
        for i, row in enumerate(sheet.iter_rows(values_only=True), start=1)
    ]
    return [(i, row) for i, row in rows if any(cell != "" for cell in row)]


def _trimmed(cell: Any) -> Any:
    return cell.strip() if isinstance(cell, str) else cell


def _as_table(name: str, rows: Sequence[tuple[int, list[Any]]]) -> tuple[AnyTable, list[str]]:
    """Return rows as a table: titles above the header passed over, empty ends cut off."""
    start = 0
    while start + 1 < len(rows) and _full(rows[start][1]) == 1 < _full(rows[start + 1][1]):
        start += 1
    told = [f"line {i} passed over, a title: {_first(row)!r}" for i, row in rows[:start]]
    names, body = [str(cell) for cell in rows[start][1]], rows[start + 1 :]
    width = min(len(names), max(_reach(row) for _, row in rows[start:]))
    header = [cell or f"(column {i})" for i, cell in enumerate(names[:width], start=1)]
    faults = _header_faults(name, names)
    faults += [
        Fault(file=name, row=f"line {i}", column="", value=str(len(row)),
              rule=f"must have {width} cells, as the header",
              remedy="Quote cells that hold the separator.")
        for i, row in body
        if len(row) < width or _reach(row) > len(names)
    ]  # fmt: skip
    if not body:
        faults.append(
            Fault(file=name, row="", column="", value="", rule="has a header and no rows",
                  remedy="Add a row for each study.")
        )  # fmt: skip
    if faults:
        raise DataError(faults)
    frame = pd.DataFrame([row[:width] for _, row in body], columns=header, dtype=object)
    return AnyTable(name=name, frame=frame, lines=tuple(i for i, _ in body)), told


def _full(row: Sequence[Any]) -> int:
    return sum(cell != "" for cell in row)


def _first(row: Sequence[Any]) -> str:
    return str(next(cell for cell in row if cell != ""))[:60]


def _reach(row: Sequence[Any]) -> int:
    """Return the cells of a row without the empty ones at its end."""
    return max((i for i, cell in enumerate(row, start=1) if cell != ""), default=0)


def _header_faults(name: str, header: Sequence[str]) -> list[Fault]:
    return [
        Fault(file=name, row="header", column=column, value="", rule="column stands twice",
              remedy="Keep or rename one of them.")
        for column, times in Counter(header).items()
        if column and times > 1
    ]  # fmt: skip


def _with_points(table: AnyTable, name: str, decimal: str) -> tuple[pd.DataFrame, list[str]]:
    """Return a table whose numbers have decimal points, and what was done for it."""
    frame, dropped = _whole_counts(table.frame) if not decimal else (table.frame, [])
    cells = {
        str(column): [cell for cell in frame[column] if isinstance(cell, str) and cell]
        for column in frame
    }
    commas = {column: [c for c in found if _any_comma(c)] for column, found in cells.items()}
    numeric = [
        column
        for column, found in commas.items()
        if found and all(_any_comma(c) or _is_number(c) for c in cells[column] if not _nothing(c))
    ]
    if not numeric:
        return frame, dropped
    written = [cell for column in numeric for cell in commas[column]]
    points = any(WITH_POINT.fullmatch(c) for column in cells for c in cells[column])
    means = decimal or _meant(written, name, numeric, points=points)
    if means == COMMA:
        old, new, told = COMMA, POINT, DECIMAL_COMMAS
    else:
        old, new, told = COMMA, "", f"separators of thousands dropped ({written[0]})"
    made: dict[str, Any] = {
        column: [c.replace(old, new) if isinstance(c, str) else c for c in frame[column]]
        for column in numeric
    }
    return frame.assign(**made), [*dropped, told]


def _whole_counts(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return a table whose counts have no separators of thousands: 1,250 people are no fraction.

    So are 1.250, where other columns have decimal commas.
    """
    texts = {str(name): [c for c in frame[name] if isinstance(c, str) and c] for name in frame}
    marks = [COMMA]
    if any(
        WITH_COMMA.fullmatch(c) and not THOUSANDS.fullmatch(c) for t in texts.values() for c in t
    ):
        marks.append(POINT)
    made: dict[str, Any] = {}
    seen: list[str] = []
    for name, cells in texts.items():
        if not _is_count(name):
            continue
        for mark in marks:
            wide = [c for c in cells if THOUSANDS.fullmatch(c.replace(mark, COMMA)) and mark in c]
            rest = [c for c in cells if c not in wide and not _nothing(c)]
            if wide and all(c.isdigit() for c in rest):
                made[name] = [c.replace(mark, "") if c in wide else c for c in frame[name]]
                seen.append(wide[0])
    if not made:
        return frame, []
    told = f"separators of thousands dropped in the counts {', '.join(made)} ({seen[0]})"
    return frame.assign(**made), [told]


def _is_count(column: str) -> bool:
    """Whether a header says that its numbers are counts, of one group or the other."""
    parts = [part for part in re.split(r"[^a-z]+", column.casefold()) if part]
    plain = "".join(parts)
    whole = any(part in COUNTED for part in parts)
    return whole or plain in COUNTED or bool(re.fullmatch(r"[nNrRxX]\d?i?", column))


def _meant(written: Sequence[str], name: str, columns: Sequence[str], *, points: bool) -> str:
    """Return what a comma in the numbers of a file is: of decimals, or of thousands."""
    if all(THOUSANDS.fullmatch(cell) for cell in written):
        if points:
            return POINT
        raise InputError(
            f"{name}: {written[0]!r} in column {columns[0]} may be a decimal comma or a separator "
            "of thousands; say which with decimal (--decimal , or --decimal .)"
        )
    if points:
        odd = next(cell for cell in written if not THOUSANDS.fullmatch(cell))
        raise InputError(
            f"{name} writes decimals with a point and with a comma ({odd!r} in column "
            f"{columns[0]}); use one of them"
        )
    return COMMA


def _any_comma(cell: str) -> bool:
    return bool(WITH_COMMA.fullmatch(cell) or THOUSANDS.fullmatch(cell))


def _nothing(cell: str) -> bool:
    return cell.casefold() in NOTHING


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
