"""load_trials: the data files, checked as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from metaan.core.errors import DataError, Fault
from metaan.trials import checking
from metaan.trials.reading import LINE, Table, read_table
from metaan.trials.schema import FILES
from metaan.trials.shipped import TRIALS_FILE, data_folder
from metaan.trials.table_files import line_of
from metaan.trials.trials import Trials


def load_trials(path: str | Path | None = None) -> Trials:
    """Return the trial arms of a file, checked, with the tables that explain them.

    Parameters
    ----------
    path : path, optional
        A CSV of trial arms, or a folder that holds ``trials.csv``; the shipped evidence if
        absent. ``instruments.csv``, ``treatments.csv``, ``components.csv`` and ``studies.csv``
        are read from the same folder, or taken from the shipped ones where they are not there;
        ``contrasts.csv`` is read only if it lies beside the file.

    Returns
    -------
    Trials
        Arms, contrasts and vocabularies.

    Raises
    ------
    DataError
        With every fault of every file: file, row, column, value, rule, remedy.

    Notes
    -----
    Columns, units and rules stand in ``data/README.md``. Nothing is repaired or filled in, with
    three documented defaults for columns that a file does not have: ``row_id`` is the line
    number, ``components`` is the treatment, ``preferred`` is 1.

    Examples
    --------
    >>> import metaan as ma
    >>> trials = ma.load_trials()
    >>> trials.studies.loc["haake2007", "doi"]
    '10.1001/archinte.167.17.1892'
    """
    file = Path(path) if path is not None else data_folder()
    if file.is_dir():
        file = file / TRIALS_FILE
    folder, shipped = file.parent, data_folder()
    tables = {"trials": read_table(file, FILES["trials"])}
    own = {"trials"}
    for name in ("contrasts", "studies", "instruments", "treatments", "components"):
        beside = (folder / f"{name}.csv").is_file()
        if beside:
            own.add(name)
        if beside or name != "contrasts":
            source = folder if beside else shipped
            tables[name] = read_table(source / f"{name}.csv", FILES[name])
    arms = _with_defaults(tables["trials"])
    tables["trials"] = arms
    faults = _all_faults(tables, own)
    if faults:
        order = list(dict.fromkeys(fault.file for fault in faults))
        raise DataError(sorted(faults, key=lambda each: (order.index(each.file), line_of(each))))
    remarks = tuple(f"{table.name}: {text}" for table in tables.values() for text in table.remarks)
    return replace(_as_trials(file, tables), remarks=remarks)


def _with_defaults(table: Table) -> Table:
    frame = table.frame.copy()
    line = "line" + frame[LINE].astype(str)  # words, so that it is nobody's own id
    frame["row_id"] = frame["row_id"].where(frame["row_id"] != "", line)
    frame["preferred"] = frame["preferred"].where(frame["preferred"] != "", "1")
    return replace(table, frame=frame)


def _all_faults(tables: dict[str, Table], own: set[str]) -> list[Fault]:
    faults = [fault for table in tables.values() for fault in table.faults]
    if not faults and all(tables[n].frame.empty for n in ("trials", "contrasts") if n in tables):
        faults.append(
            Fault(
                file=tables["trials"].name,
                row="",
                column="",
                value="",
                rule="has no rows",
                remedy="Add a row for each arm, outcome and time.",
            )
        )
    arms = tables["trials"]
    keys: dict[str, Iterable[str]] = {
        "instruments": tables["instruments"].frame["instrument"],
        "treatments": tables["treatments"].frame["treatment"],
        "studies": tables["studies"].frame["study_id"],
        "components": {
            *tables["components"].frame["component"],
            *tables["treatments"].frame["treatment"],
        },
    }
    checked = [table for name, table in tables.items() if name in ("trials", "contrasts")]
    for table in checked:
        columns = ["treatment"] if table is arms else ["treat1", "treat2"]
        faults += checking.key_faults(table, "instrument", keys["instruments"], "instruments.csv")
        for column in columns:
            faults += checking.key_faults(table, column, keys["treatments"], "treatments.csv")
        if "studies" in own:
            faults += checking.key_faults(table, "study_id", keys["studies"], "studies.csv")
        faults += checking.duplicate_faults(table, ["row_id"], "row_id stands twice")
    faults += checking.component_faults(arms, keys["components"], "components.csv")
    faults += checking.arm_faults(arms, tables["instruments"].frame)
    faults += checking.consistency_faults(arms)
    if "contrasts" in tables:
        faults += checking.contrast_faults(
            tables["contrasts"], arms.frame, tables["instruments"].frame, keys["treatments"]
        )
    return faults


def _as_trials(file: Path, tables: dict[str, Table]) -> Trials:
    frames = {name: table.frame.drop(columns=LINE) for name, table in tables.items()}
    arms = frames["trials"]
    contrasts = frames.get("contrasts")
    if contrasts is None:
        names = [column.name for column in FILES["contrasts"]]
        contrasts = pd.DataFrame(columns=names).astype(
            {c.name: "float64" if c.number else "str" for c in FILES["contrasts"]}
        )
    contrasts["preferred"] = contrasts["preferred"].where(contrasts["preferred"] != "", "1")
    # a node such as acupuncture_plus_exercise is at least its two parts
    parts_of_node = arms["treatment"].str.replace("_plus_", "+")
    given = arms["components"].where(arms["components"] != "", parts_of_node)
    arms["components"] = given
    parts = {
        (study, arm): frozenset(components.split("+"))
        for study, arm, components in zip(arms["study_id"], arms["arm"], given, strict=True)
    }
    return Trials(
        arms=arms,
        contrast_rows=contrasts,
        studies=_labeled(frames["studies"]),
        instruments=frames["instruments"].set_index("instrument"),
        treatments=frames["treatments"].set_index("treatment"),
        components=frames["components"].set_index("component"),
        parts=parts,
        source=file,
        ruled_arms=arms.iloc[:0].assign(ruled_by=""),
        ruled_contrasts=contrasts.iloc[:0].assign(ruled_by=""),
    )


def _labeled(studies: pd.DataFrame) -> pd.DataFrame:
    """Return the studies by id, with a label for readers: author, year, letter of the id."""
    frame = studies.copy()
    letter = [re.search(r"\d{4}([a-z])$", name) for name in frame["study_id"]]
    frame["label"] = [
        f"{author or journal or name} {year}{match.group(1) if match else ''}".strip()
        for name, author, journal, year, match in zip(
            frame["study_id"],
            frame["first_author"],
            frame["journal"],
            frame["year"],
            letter,
            strict=True,
        )
    ]
    return frame.set_index("study_id")
