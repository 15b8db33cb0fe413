"""Rows of one's own → Trials, with tables that explain the table's own words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from metaan.core.errors import DataError
from metaan.trials.reading import LINE, Row, read_table
from metaan.trials.schema import FILES, Column
from metaan.trials.shipped import data_folder
from metaan.trials.study_rows import StudyRows
from metaan.trials.trials import Trials

INSTRUMENTS = "instruments"


def as_trials(
    file: Path, rows: Sequence[Row], made: StudyRows, remarks: Sequence[str] = ()
) -> Trials:
    """Return the record; ``rows`` are the table's own, ``made`` what became of them.

    ``remarks`` tell how the file was read.
    """
    arms = _frame(made.arms, FILES["trials"])
    contrasts = _frame(made.contrasts, FILES["contrasts"])
    nodes = dict.fromkeys(
        [*arms["treatment"], *contrasts["treat1"], *contrasts["treat2"]]
    )  # of an arm and of a difference alike
    pairs = [
        *zip(arms["study_id"], arms["arm"], arms["treatment"], strict=True),
        *zip(contrasts["study_id"], contrasts["arm1"], contrasts["treat1"], strict=True),
        *zip(contrasts["study_id"], contrasts["arm2"], contrasts["treat2"], strict=True),
    ]
    return Trials(
        arms=arms,
        contrast_rows=contrasts,
        studies=_frame([], FILES["studies"]).assign(label="").set_index("study_id"),
        instruments=_instruments(file, rows, [*made.arms, *made.contrasts]),
        treatments=_frame(
            [{"treatment": name, "label": name, "group": name} for name in nodes],
            FILES["treatments"],
        ).set_index("treatment"),
        components=_frame([], FILES["components"]).set_index("component"),
        parts={(study, arm): frozenset({node}) for study, arm, node in pairs},
        source=file,
        ruled_arms=arms.iloc[:0].assign(ruled_by=""),
        ruled_contrasts=contrasts.iloc[:0].assign(ruled_by=""),
        remarks=tuple(remarks),
    )


def _frame(rows: Sequence[Row], columns: Sequence[Column]) -> pd.DataFrame:
    """Return rows with every column of a schema, empty where they have none."""
    frame = pd.DataFrame(rows)
    for column in columns:
        if column.name not in frame:
            frame[column.name] = math.nan if column.number else ""
        blank = math.nan if column.number else ""
        filled = frame[column.name].fillna(blank)
        frame[column.name] = filled.astype(float) if column.number else filled.astype(str)
    known = [column.name for column in columns]
    more = [str(name) for name in frame if name not in known]
    return frame[[*known, *more]].fillna(dict.fromkeys(more, ""))


def _instruments(file: Path, rows: Sequence[Row], made: Sequence[Row]) -> pd.DataFrame:
    """Return the instruments of a table: known ones as they are known, others in its own words.

    Of an outcome the direction is known for all instruments or for none: half of it would turn
    some effects and leave others.
    """
    known = _known(file)
    told = {row["instrument"] or row["outcome"]: row for row in reversed(rows)}
    better = {row["instrument"] or row["outcome"]: row["better"] for row in rows if row["better"]}
    found: dict[str, Row] = {}
    for row in made:
        name = str(row["instrument"])
        mine = told.get(name) or told.get("") or {}
        entry: Row = {
            "instrument": name,
            "outcome": row["outcome"],
            "low": math.nan,
            "high": math.nan,
            "unit": mine.get("unit", ""),
            "better": "",
        }
        if name in known.index:
            entry |= {str(key): value for key, value in known.loc[name].items()}
            entry["outcome"] = row["outcome"]
        entry["better"] = better.get(name, better.get("", "")) or entry["better"]
        found.setdefault(name, entry)
    lacking = {entry["outcome"] for entry in found.values() if not entry["better"]}
    for entry in found.values():
        if entry["outcome"] in lacking:
            entry["better"] = ""
    frame = _frame(list(found.values()), FILES[INSTRUMENTS]).set_index("instrument")
    others = known.loc[[name for name in known.index if name not in found]]
    return pd.concat([frame, others]) if len(others) else frame


def _known(file: Path) -> pd.DataFrame:
    """Return the instruments of a table beside the file, or of the shipped one."""
    name = f"{INSTRUMENTS}.csv"
    place = file.parent if (file.parent / name).is_file() else data_folder()
    table = read_table(place / name, FILES[INSTRUMENTS])
    if table.faults:
        raise DataError(table.faults)
    return table.frame.drop(columns=LINE).set_index("instrument")
