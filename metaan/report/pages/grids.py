"""Tables for the page: heads that can be read, short numbers, studies tied to their trails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pandas as pd

from metaan.core.doi import doi_url
from metaan.report.document.content import Table
from metaan.report.results.trail_record import Trail

# What a row is about stands first, and is the head of its row.
SUBJECTS = (
    "label",
    "study",
    "treatment",
    "question",
    "choice",
    "analysis",
    "comparison",
    "design",
)
ROWS, ADDRESS, HIDDEN = "rows", "doi", ("key",)
# Heads whose plain words would not be read as they are meant.
HEADS: Mapping[str, str] = MappingProxyType(
    {
        "row": "Kind", "rows": "Rows on file", "doi": "DOI", "i2": "I² (%)", "tau2": "τ²",
        "q": "Q", "q_df": "df of Q", "q_p_value": "p of Q", "p_value": "p", "df": "df",
        "se_analysis_scale": "SE (analysis scale)", "weight_percent": "Weight (%)", "k": "k",
        "n": "n", "low": "Low limit", "high": "High limit", "se": "SE", "study_id": "Study id",
        "n1": "n₁", "mean1": "Mean₁", "sd1": "SD₁", "events1": "Events₁",
        "n2": "n₂", "mean2": "Mean₂", "sd2": "SD₂", "events2": "Events₂",
        "prediction_low": "Prediction low", "prediction_high": "Prediction high",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell: its text, where it leads, and whether it is a number.

    Attributes
    ----------
    text : str
        What is read.
    trail : str
        Id of the trail it opens; may be empty.
    href : str
        Address it leads to; may be empty.
    number : bool
        Whether it stands at the right.
    """

    text: str
    trail: str = ""
    href: str = ""
    number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table for the template.

    Attributes
    ----------
    head : tuple of Cell
        Of the columns.
    rows : tuple of tuple of Cell
        The first cell is the head of its row.
    """

    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]


def grid(table: Table, trails: Sequence[Trail], ids: Mapping[str, str]) -> Grid:
    """Return a table with its studies tied to their trails.

    Parameters
    ----------
    table : Table
        Columns that hold nothing are left out.
    trails : sequence of Trail
        Of the studies it may name.
    ids : mapping of str to str
        Of their places on the page, by key.
    """
    frame = table.frame
    frame = frame[[name for name in frame.columns if name not in HIDDEN and _told(frame[name])]]
    names = sorted(map(str, frame.columns), key=_rank)
    numbers = [pd.api.types.is_numeric_dtype(frame[name].dtype) for name in names]
    by_row = {row.row_id: ids[trail.key] for trail in trails for row in trail.rows}
    by_label = {trail.label: ids[trail.key] for trail in trails}
    rows = []
    for values in frame[names].to_dict("records"):
        found = _trail(values, by_row, by_label)
        cells = [_cell(name, values[name], n) for name, n in zip(names, numbers, strict=True)]
        if found and cells:
            cells[0] = Cell(text=cells[0].text, trail=found)
        rows.append(tuple(cells))
    head = tuple(Cell(text=_head(name), number=n) for name, n in zip(names, numbers, strict=True))
    return Grid(head=head, rows=tuple(rows))


def _told(column: pd.Series[Any]) -> bool:
    """Return whether a column holds anything."""
    return any(value is not None and value == value and value != "" for value in column)


def _rank(name: str) -> int:
    return SUBJECTS.index(name) if name in SUBJECTS else len(SUBJECTS)


def _head(name: str) -> str:
    plain = name.replace("_", " ")
    return HEADS.get(name, plain[:1].upper() + plain[1:])


def _trail(
    values: Mapping[Any, Any], by_row: Mapping[str, str], by_label: Mapping[str, str]
) -> str:
    """Return the id of the trail of a line: by its rows on file, else by what its head names."""
    for row in str(values.get(ROWS, "")).split():
        if row in by_row:
            return by_row[row]
    named = [str(values[name]) for name in SUBJECTS if name in values]
    return next((by_label[name] for name in named if name in by_label), "")


def _cell(name: str, value: object, number: bool) -> Cell:
    text = _text(value)
    href = doi_url(text) if name == ADDRESS and text else ""
    return Cell(text=text, href=href, number=number)


def _text(value: object) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}".replace("-", "−") if isinstance(value, float) else str(value)
