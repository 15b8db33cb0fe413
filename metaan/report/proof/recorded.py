"""What a report's own files say of it: its manifest, and the plotted numbers beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from metaan.core.errors import InputError
from metaan.report.proof.data_cells import COLUMNS, ROWS
from metaan.report.proof.manifest import MADE_BY
from metaan.report.proof.plotted import NUMBERS

MANIFEST = "manifest.json"
FIGURES = "figures/"
FONT = "font"  # begins the names of fonts among the versions
AGAIN = "make the report again with `metaan report`"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recorded:
    """A report as its manifest has it; what an older metaan did not write is empty.

    Attributes
    ----------
    folder : Path
        Of the report.
    edition : int
        Of the manifest; 0 of those that tell none.
    part : tuple of str, optional
        Figures that a part of a report was asked for; None for the whole.
    versions : mapping of str to str
        By name, fonts too.
    data : mapping of str to str
        Checksums of the files of the data.
    cells : mapping
        Columns and rows of every table.
    figures : mapping of str to mapping
        What each figure was made from, by name.
    files : mapping of str to str
        Checksum of every file that was written, by its name in the report.
    """

    folder: Path
    edition: int
    part: tuple[str, ...] | None
    versions: Mapping[str, str]
    data: Mapping[str, str]
    cells: Mapping[str, Any]
    figures: Mapping[str, Mapping[str, Any]]
    files: Mapping[str, str]

    @property
    def drawn(self) -> tuple[str, ...]:
        """Names of the figures that have files, in the order of the report."""
        there = dict.fromkeys(
            name.removeprefix(FIGURES).rpartition(".")[0]
            for name in self.files
            if name.startswith(FIGURES)
        )
        known = [name for name in self.figures if name in there]
        return tuple(dict.fromkeys([*known, *there]))

    def files_of(self, figure: str) -> dict[str, str]:
        """Return the checksums of a figure's files by how they end."""
        start = f"{FIGURES}{figure}."
        return {
            name.removeprefix(start): checksum
            for name, checksum in self.files.items()
            if name.rpartition(".")[0] + "." == start
        }

    def of_figure(self, name: str, key: str, default: Any) -> Any:
        """Return what is on record of a figure, or of the pool that it stands beside."""
        figure = self.figures.get(name, {})
        pool = self.figures.get(str(figure.get("beside", "")), {})
        found = figure.get(key, pool.get(key, default))
        return found if isinstance(found, type(default)) else default

    def plotted(self, name: str) -> Any:
        """Return the plotted numbers of a figure; None if they are not as they were written."""
        path = self.folder / FIGURES / f"{name}.{NUMBERS}"
        try:
            data = path.read_bytes()
            if sha256(data).hexdigest() != self.files_of(name).get(NUMBERS):
                return None
            return json.loads(data)
        except (OSError, ValueError):
            return None

    def touched(self) -> dict[str, str]:
        """Return the files that are not as they were written, with what happened to them."""
        found: dict[str, str] = {}
        for name, checksum in self.files.items():
            path = self.folder / name
            if not path.is_file():
                found[name] = "missing"
            elif sha256(path.read_bytes()).hexdigest() != checksum:
                found[name] = "edited since it was written"
        known = {*self.files, MANIFEST}
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder).as_posix()
            if path.is_file() and name not in known:
                found[name] = "not a file of the report"
        return found


def read_report(folder: Path) -> Recorded:
    """Return what a report has on record.

    Raises
    ------
    InputError
        If there is no report, or its manifest cannot be read; the text says what to do.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError(
            f"{folder} holds no report: {MANIFEST} is not there; {AGAIN}, or name its folder"
        )
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}); {AGAIN}") from error
    if not isinstance(told, dict) or told.get("made_by") != MADE_BY:
        raise InputError(f"{path} was not written by metaan; name the folder of a report")
    return recorded(told, folder)


def recorded(told: Mapping[str, Any], folder: Path) -> Recorded:
    """Return a manifest that was read; what is not as it should be counts as not told."""
    versions = _mapping(told, "versions")
    fonts = versions.pop("fonts", None)
    named = _mapping({"fonts": fonts}, "fonts")
    part = told.get("part")
    return Recorded(
        folder=folder,
        edition=told["edition"] if isinstance(told.get("edition"), int) else 0,
        part=tuple(map(str, part)) if isinstance(part, list) else None,
        versions={
            **{name: str(value) for name, value in versions.items()},
            **{f"{FONT} {name}": str(value) for name, value in named.items()},
        },
        data=_mapping(told, "data"),
        cells={
            file: {COLUMNS: _sequence(table, COLUMNS), ROWS: _mapping(table, ROWS)}
            for file, table in _mapping(told, "cells").items()
            if isinstance(table, dict)
        },
        figures={
            each["name"]: each
            for each in _sequence(told, "figures")
            if isinstance(each, dict) and isinstance(each.get("name"), str)
        },
        files={name: str(value) for name, value in _mapping(told, "files").items()},
    )


def _mapping(told: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = told.get(key)
    return dict(found) if isinstance(found, dict) else {}


def _sequence(told: Mapping[str, Any], key: str) -> Sequence[Any]:
    found = told.get(key)
    return found if isinstance(found, list) else ()
