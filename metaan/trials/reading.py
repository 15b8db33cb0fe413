"""One CSV file → a typed DataFrame and the list of its faults; no number is repaired."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from metaan.core.errors import Fault, InputError
from metaan.core.lookup import hint
from metaan.trials.file_texts import DECIMAL_COMMAS, SEPARATORS, USUAL, decoded
from metaan.trials.schema import Column

LINE = "_line"
COMMA = ","
_DECIMAL = re.compile(r"^([-+−]?\d+),(\d+)$")
Row = dict[str, Any]
THOUSANDS = 3  # digits after a comma that may be a thousands separator
UNICODE_MINUS = ("−", "–", "—")
DASHES = ("-", *UNICODE_MINUS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A data file that has been read.

    Attributes
    ----------
    name : str
        File name.
    frame : DataFrame
        Typed columns of the schema (absent ones empty), further columns as text, and ``_line``.
    faults : tuple of Fault
        What is wrong with single cells and with the header.
    header : frozenset of str
        The columns that the file has; rules about others are not applied to it.
    remarks : tuple of str
        How it was read, where it is not UTF-8 with commas.
    """

    name: str
    frame: pd.DataFrame
    faults: tuple[Fault, ...]
    header: frozenset[str] = frozenset()
    remarks: tuple[str, ...] = ()


def records(frame: pd.DataFrame) -> list[Row]:
    """Return the rows as dictionaries."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def row_name(frame: pd.DataFrame, i: int) -> str:
    """Return how a row is named in messages: line, row id and study where it has them."""
    row = frame.iloc[i]
    more = [f"{name} {row[name]}" for name in ("row_id", "study_id") if str(row.get(name, ""))]
    return f"line {row[LINE]}" + (f" ({', '.join(more)})" if more else "")


def read_table(path: Path, columns: Sequence[Column]) -> Table:
    """Return the file as a table; unreadable files come back empty with one fault."""
    try:
        text, encoding = decoded(path.read_bytes(), path.name)
    except OSError as error:
        return _broken(path, columns, f"cannot be read ({error.strerror})", "Check the path.")
    except InputError as error:
        rule = str(error).removeprefix(f"{path.name} ").rstrip(".")
        return _broken(path, columns, rule, "Save it as CSV UTF-8.")
    separator = _separator(text)
    try:
        rows = _csv_rows(text, separator)
    except csv.Error as error:
        rule = f"has a quote that is not closed, or closed in the wrong place ({error})"
        return _broken(path, columns, rule, "Look for a stray double quote.")
    lines = [(i, row) for i, row in rows if any(cell.strip() for cell in row)]
    if not lines:
        return _broken(path, columns, "has no header row", "Start it with the column names.")
    header = [name.strip() for name in lines[0][1]]
    remarks: tuple[str, ...] = () if encoding == USUAL else (f"read as {encoding}",)
    if separator != COMMA:
        remarks += (f"cells separated by {SEPARATORS[separator]}",)
    header, lines = _without_empty_end(header, lines)
    faults = _header_faults(path.name, header, columns)
    good: list[tuple[int, list[str]]] = []
    ragged: list[tuple[int, list[str]]] = []
    for line, row in lines[1:]:
        (good if len(row) == len(header) else ragged).append((line, row))
    faults += [
        Fault(
            file=path.name,
            row=f"line {line}",
            column="",
            value=str(len(row)),
            rule=f"must have {len(header)} cells",
            remedy="Quote cells that hold a comma.",
        )
        for line, row in ragged
    ]
    frame = pd.DataFrame([[c.strip() for c in row] for _, row in good], columns=header, dtype=str)
    frame[LINE] = [line for line, _ in good]
    if separator != COMMA:
        frame, pointed = _with_points(frame, columns)
        remarks += (DECIMAL_COMMAS,) if pointed else ()
    frame, cell_faults = _typed(path.name, frame, columns)
    return Table(
        name=path.name,
        frame=frame,
        faults=(*faults, *cell_faults),
        header=frozenset(header),
        remarks=remarks,
    )


def _separator(text: str) -> str:
    """Return what separates the cells of a header: a comma, unless it holds none but others."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    return COMMA if COMMA in head else next((each for each in SEPARATORS if each in head), COMMA)


def _with_points(frame: pd.DataFrame, columns: Sequence[Column]) -> tuple[pd.DataFrame, bool]:
    """Return a table with decimal points in its columns of numbers, and if it had commas."""
    numbers = [each.name for each in columns if each.number and each.name in frame]
    made = {name: [_DECIMAL.sub(r"\1.\2", cell) for cell in frame[name]] for name in numbers}
    changed = any(list(frame[name]) != made[name] for name in numbers)
    return frame.assign(**made), changed


def _csv_rows(text: str, separator: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows = []
    first = 1  # a quoted cell may hold line breaks: a row is named by its first line
    for row in reader:
        rows.append((first, row))
        first = reader.line_num + 1
    return rows


def _broken(path: Path, columns: Sequence[Column], rule: str, remedy: str) -> Table:
    empty, _ = _typed(path.name, pd.DataFrame({LINE: []}), columns)
    fault = Fault(file=path.name, row="", column="", value=str(path), rule=rule, remedy=remedy)
    return Table(name=path.name, frame=empty, faults=(fault,))


def _without_empty_end(
    header: list[str], lines: list[tuple[int, list[str]]]
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return header and rows without the empty columns that a spreadsheet leaves at the end."""
    full = wide = len(header)
    while wide and not header[wide - 1] and not any("".join(r[wide - 1 :]) for _, r in lines[1:]):
        wide -= 1
    return header[:wide], [(i, row[:wide] if len(row) == full else row) for i, row in lines]


def _header_faults(file: str, header: Sequence[str], columns: Sequence[Column]) -> list[Fault]:
    faults = []
    for column in columns:
        if column.header and column.name not in header:
            spare = [name for name in header if name not in {c.name for c in columns}]
            cells = "every row needs one" if column.filled else "cells may stay empty"
            faults.append(
                Fault(
                    file=file,
                    row="header",
                    column=column.name,
                    value="",
                    rule=f"column is missing ({column.meaning})",
                    remedy=f"Add it ({cells}).{hint(column.name, spare)}",
                )
            )
    for name in sorted({name for name in header if header.count(name) > 1}):
        faults.append(
            Fault(
                file=file,
                row="header",
                column=name,
                value="",
                rule="column stands twice" if name else "columns have no name",
                remedy="Keep one of them.",
            )
        )
    return faults


def _typed(
    file: str, frame: pd.DataFrame, columns: Sequence[Column]
) -> tuple[pd.DataFrame, list[Fault]]:
    frame = frame.loc[:, ~frame.columns.duplicated()].copy()
    faults: list[Fault] = []
    for column in columns:
        if column.name not in frame:
            frame[column.name] = math.nan if column.number else ""
            continue
        raw = [str(cell) for cell in frame[column.name]]
        checked = [_check_cell(column, cell) for cell in raw]
        for i, (_, problem) in enumerate(checked):
            if problem is not None:
                rule, remedy = problem
                faults.append(
                    Fault(
                        file=file,
                        row=row_name(frame, i),
                        column=column.name,
                        value=raw[i],
                        rule=rule,
                        remedy=remedy,
                    )
                )
        if column.number:
            frame[column.name] = pd.Series(
                [value for value, _ in checked], index=frame.index, dtype="float64"
            )
    return frame, faults


def _check_cell(column: Column, cell: str) -> tuple[float, tuple[str, str] | None]:
    """Return the number in a cell (NaN if none) and, if it breaks a rule, rule and remedy."""
    if not cell:
        problem = ("must not be empty", f"Give it: {column.meaning}.") if column.filled else None
        return math.nan, problem
    if not column.number:
        if column.choices and cell not in column.choices:
            listed = ", ".join(column.choices)
            return math.nan, (
                f"must be one of {listed}",
                "Choose one." + hint(cell, column.choices),
            )
        return math.nan, None
    value, remedy = parse_number(cell)
    if remedy:
        return math.nan, ("must be a number", remedy)
    return value, _range_problem(column, value)


def parse_number(cell: str) -> tuple[float, str]:
    """Return the number that a cell holds, or NaN and the remedy."""
    try:
        value = float(cell) if "_" not in cell else math.nan
    except ValueError:
        value = math.nan
    if math.isfinite(value):
        return value, ""
    plain = "".join(cell.split())  # hard spaces, too
    if plain in DASHES:
        return math.nan, "A dash is not a number: leave the cell empty."
    for sign in UNICODE_MINUS:
        if plain.startswith(sign):
            return math.nan, f"Write an ASCII minus: -{plain[1:]}."
    if "," in plain:
        return math.nan, f"Write a decimal point and no thousands separator{_pointed(plain)}."
    if plain[:1] in "<>≤≥":
        return math.nan, "A bound is not a number: leave the cell empty and note the bound."
    if plain != cell and parse_number(plain)[1] == "":
        return math.nan, f"Write it without spaces: {plain}."
    return math.nan, "Write digits only; leave the cell empty if it was not reported."


def _pointed(plain: str) -> str:
    """Return the number that was meant, for the remedy; nothing where 1,549 may mean two."""
    head, _, tail = plain.partition(",")
    clear = "," not in tail and "." not in plain and len(tail) != THOUSANDS
    return f": {head}.{tail}" if clear else ""


def _range_problem(column: Column, value: float) -> tuple[str, str] | None:
    remedy = f"Check it against the source ({column.meaning})."
    if column.whole and value != round(value):
        return "must be a whole number", remedy
    if not value > column.above:
        return f"must be greater than {column.above:g}", remedy
    if value < column.low:
        return f"must be at least {column.low:g}", remedy
    if value > column.high:
        return f"must be at most {column.high:g}", remedy
    return None
