"""What a record says, column by column."""

from __future__ import annotations

from metaan.plots.forests.record import ForestRow, ForestRows


def head(record: ForestRows, key: str) -> str:
    """Return the head of a column; empty where there is no such column."""
    return next((column.head for column in record.columns if column.key == key), "")


def heads(record: ForestRows, side: str = "left") -> list[str]:
    """Return the heads of the columns at one side."""
    return [column.head for column in record.columns if column.side == side]


def cells(record: ForestRows, row: ForestRow) -> tuple[str, ...]:
    """Return the cells of a row at the left of the panel, each as one string."""
    return tuple(" ".join(row.cell(c)) for c in record.columns if c.side == "left")
