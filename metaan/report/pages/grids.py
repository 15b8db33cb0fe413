"""Tables for the page: heads that can be read, short numbers, studies tied to their trails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from metaan.core.doi import doi_url
from metaan.core.numbers import compact
from metaan.report.document.content import Table
from metaan.report.pages.numerals import decimals, missing, numeric, written
from metaan.report.pages.prose import lines_of
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
NAME, LABEL, USABLE = "study_id", "label", "usable_"
# What is the same in each row of a table by the way it is made, by the end of the table's name.
BY_CONSTRUCTION: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"_influence": ("k",), "_left_out": ("k",)}
)
# Heads whose plain words would not be read as they are meant.
HEADS: Mapping[str, str] = MappingProxyType(
    {
        "row": "Entry", "rows": "Rows on file", "doi": "DOI", "i2": "I² (%)", "tau2": "τ²",
        "q": "Q", "q_df": "df of Q", "q_p_value": "p of Q", "p_value": "p", "df": "df",
        "se_analysis_scale": "SE (analysis scale)", "weight_percent": "Weight (%)", "k": "k",
        "n": "n", "low": "Low limit", "high": "High limit", "se": "SE", "study_id": "Study id",
        "n1": "n₁", "mean1": "Mean₁", "sd1": "SD₁", "events1": "Events₁",
        "n2": "n₂", "mean2": "Mean₂", "sd2": "SD₂", "events2": "Events₂",
        "prediction_low": "Prediction low", "prediction_high": "Prediction high",
        "kind": "Kind of value", "i2_q": "I² from Q (%)", "h2": "H²", "cook": "Cook’s distance",
        "dffits": "DFFITS", "dfbetas": "DFBETAS", "q_contribution": "Contribution to Q",
        "sucra": "SUCRA",
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
    columns = _columns(table)
    places = decimals({name: values for name, values in columns.items() if numeric(values)})
    by_row = {row.row_id: ids[trail.key] for trail in trails for row in trail.rows}
    by_label = {trail.label: ids[trail.key] for trail in trails}
    rows = []
    for line in zip(*columns.values(), strict=True):
        values = dict(zip(columns, line, strict=True))
        found = _trail(values, by_row, by_label)
        cells = [_cell(name, value, places.get(name)) for name, value in values.items()]
        if found and cells:
            cells[0] = Cell(text=cells[0].text, trail=found)
        rows.append(tuple(cells))
    head = tuple(Cell(text=_head(name), number=name in places) for name in columns)
    return Grid(head=head, rows=tuple(rows))


def _columns(table: Table) -> dict[str, list[object]]:
    """Return what is worth a column, in order: nothing empty, nothing said twice."""
    frame = table.frame
    every = {str(name): list(frame.iloc[:, i]) for i, name in enumerate(frame.columns)}
    told = {
        name: values
        for name, values in every.items()
        if name not in HIDDEN and not all(map(missing, values))
    }
    if NAME in told and _repeats(told[NAME], told.get(LABEL, ())):
        del told[NAME]
    for end, names in BY_CONSTRUCTION.items():
        for name in names:
            if table.name.endswith(end) and len(set(told.get(name, ()))) == 1:
                del told[name]
    return {name: told[name] for name in sorted(told, key=_rank)}


def _repeats(values: Sequence[object], others: Sequence[object]) -> bool:
    """Return whether a column says nothing that another does not."""
    return len(values) == len(others) and all(
        missing(one) or one == other for one, other in zip(values, others, strict=True)
    )


def _rank(name: str) -> int:
    return SUBJECTS.index(name) if name in SUBJECTS else len(SUBJECTS)


def _head(name: str) -> str:
    if name.startswith(USABLE):
        return f"Usable: {name.removeprefix(USABLE).replace('_', ' ')}"
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


def _cell(name: str, value: object, places: int | None) -> Cell:
    """Return a cell; ``places`` are the decimals of a column of numbers."""
    if missing(value):
        return Cell(text="", number=places is not None)
    if places is not None:
        return Cell(text=written(name, float(str(value)), places), number=True)
    text = _text(value) if name != ROWS else lines_of(str(value))
    return Cell(text=text, href=doi_url(text) if name == ADDRESS else "")


def _text(value: object) -> str:
    if isinstance(value, bool | np.bool):
        return "yes" if value else "no"
    return compact(value) if isinstance(value, float) else str(value)
