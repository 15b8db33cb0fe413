"""Why a figure is not what it was: rows of the data, options, versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaan.report.proof.data_cells import COLUMNS, ROWS, STUDY
from metaan.report.proof.recorded import Recorded
from metaan.report.proof.versions import SOURCE

MOST = 6  # of one kind that are told one by one
LONG = 60  # letters of a cell that are told
SHORT = 12  # letters of a checksum that are told


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """A row of the data that is not what it was.

    Attributes
    ----------
    file, row, study : str
        Where it stands, its id, and whose it is; the study may be empty.
    words : str
        File, row, column, from and to.
    """

    file: str
    row: str
    study: str
    words: str


def row_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[RowChange, ...]:
    """Return every row that came, went or has another cell, file by file."""
    found: list[RowChange] = []
    for file in dict.fromkeys([*before, *after]):
        old, new = before.get(file, {}), after.get(file, {})
        was, now = old.get(ROWS, {}), new.get(ROWS, {})
        for row in dict.fromkeys([*was, *now]):
            if was.get(row) == now.get(row) and old.get(COLUMNS) == new.get(COLUMNS):
                continue
            one = dict(zip(old.get(COLUMNS, ()), was.get(row, ()), strict=False))
            other = dict(zip(new.get(COLUMNS, ()), now.get(row, ()), strict=False))
            found += _of_row(file, row, one, other)
    return tuple(found)


def _of_row(
    file: str, row: str, before: Mapping[str, str], after: Mapping[str, str]
) -> list[RowChange]:
    study = str(after.get(STUDY) or before.get(STUDY) or "")
    place = f"{file} row {row}" + (f" ({study})" if study else "")
    if not before or not after:
        words = f"{place} is {'new' if after else 'gone'}"
        return [RowChange(file=file, row=row, study=study, words=words)]
    return [
        RowChange(
            file=file,
            row=row,
            study=study or row,
            words=f"{place}: {column} {_cell(before, column)} → {_cell(after, column)}",
        )
        for column in dict.fromkeys([*before, *after])
        if before.get(column, "") != after.get(column, "")
    ]


def _cell(cells: Mapping[str, str], column: str) -> str:
    value = cells.get(column, "")
    return f"{value[:LONG]}…" if len(value) > LONG else value or "empty"


def figure_rows(reports: Sequence[Recorded], name: str) -> set[str]:
    """Return the ids of the rows that a figure was made from, in any of some reports."""
    return {str(row) for one in reports for row in one.of_figure(name, "rows", [])}


def data_reasons(
    changes: Sequence[RowChange], before: Recorded, after: Recorded, name: str
) -> list[str]:
    """Return the changes of the data that a figure depends on.

    Those of its own rows and studies; where there is none, all of them: a row that is in no
    figure can still decide what enters one.
    """
    rows = figure_rows((before, after), name)
    studies = {study for one in (before, after) for study in one.of_figure(name, "studies", {})}
    mine = [one for one in changes if one.row in rows or {one.study, one.row} & studies]
    told = [f"because {one.words}" for one in (mine or changes)[:MOST]]
    left = len(mine or changes) - MOST
    return [*told, *([f"and {left} more changes of the data"] if left > 0 else [])]


def option_reasons(before: Recorded, after: Recorded, name: str) -> list[str]:
    """Return the options of a figure that are declared otherwise."""
    old, new = (one.of_figure(name, "options", {}) for one in (before, after))
    if not old:
        return []
    return [
        f"because option {key}: {_option(old.get(key))} → {_option(new.get(key))}"
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key)
    ]


def _option(value: Any) -> str:
    if value in (None, "", [], {}):
        return "not given"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def version_reasons(before: Recorded, after: Recorded) -> list[str]:
    """Return the versions that differ, each with both."""
    old, new = before.versions, after.versions
    told = []
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) == new.get(name):
            continue
        one, other = (_version(name, versions.get(name)) for versions in (old, new))
        told.append(f"{name} {one} → {other}")
    return told


def _version(name: str, value: str | None) -> str:
    if value is None:
        return "not on record" if name == SOURCE or name.startswith("font ") else "absent"
    return value[:SHORT] if name == SOURCE or name.startswith("font ") else value
