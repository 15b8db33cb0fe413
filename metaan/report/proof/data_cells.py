"""The data as they were read, cell by cell, so that a change can be named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from metaan.report.results.evidence import Evidence

COLUMNS, ROWS = "columns", "rows"
STUDY = "study_id"


def data_cells(evidence: Evidence) -> dict[str, dict[str, Any]]:
    """Return every table: its columns, and the cells of each row by the row's id."""
    trials = evidence.trials
    tables = {
        trials.source.name: trials.arms.set_index("row_id"),
        "contrasts.csv": trials.contrast_rows.set_index("row_id"),
        "studies.csv": trials.studies,
        "treatments.csv": trials.treatments,
        "components.csv": trials.components,
        "instruments.csv": trials.instruments,
    }
    found = {name: _frame(frame) for name, frame in tables.items() if len(frame)}
    pools = [asdict(pool) for pool in evidence.pools.values()]
    if pools:
        found["reviews.csv"] = _table(
            list(pools[0])[1:], {one["pool_id"]: list(one.values())[1:] for one in pools}
        )
    return found


def _frame(frame: pd.DataFrame) -> dict[str, Any]:
    cells = (list(row) for row in frame.itertuples(index=False))
    return _table(
        [str(name) for name in frame.columns], dict(zip(frame.index, cells, strict=True))
    )


def _table(columns: Sequence[str], rows: Mapping[Any, Iterable[Any]]) -> dict[str, Any]:
    return {
        COLUMNS: list(columns),
        ROWS: {str(key): [_cell(value) for value in row] for key, row in rows.items()},
    }


def _cell(value: Any) -> str:
    """Return a cell as a person would type it; nothing for what is not there."""
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return repr(float(value)) if isinstance(value, float) else str(value)
