"""load_study_table: anyone's file with one row per study → Trials, every fault named at once."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.errors import DataError, Fault, InputError
from metaan.core.lookup import hint
from metaan.trials.file_texts import decoded, split_lines
from metaan.trials.reading import Row, parse_number
from metaan.trials.scale_naming import named_scales
from metaan.trials.schema import FILES
from metaan.trials.study_headers import ROUTES, bare_ratio, canonical, found_in, nearest_route
from metaan.trials.study_rows import rows_of
from metaan.trials.study_rules import row_faults, table_faults
from metaan.trials.study_trials import as_trials
from metaan.trials.table_files import AnyTable, emptied, read_any_table
from metaan.trials.table_rules import header_fault, range_faults, row_fault, within_faults
from metaan.trials.trials import Trials

STUDY = "study"
NUMBERS = tuple(dict.fromkeys([*(n for route in ROUTES for n in route), "timepoint_weeks"]))
TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "outcome": "what was measured or counted",
        "instrument": "with what",
        "unit": "unit of the instrument",
        "better": "which direction of the instrument is better: lower or higher",
        "term": "when, in your words",
        "treatment": "group 1",
        "control": "group 2",
        "measure": "what y or estimate is: a row of MEASURES, or HR",
        "scale": "what y or estimate is, where no measure says it: log (a ratio) or identity",
        "measure_type": "endpoint or change",
        "source_doi": "DOI of the source",
        "source_citation": "where the numbers were read",
        "source_url": "address",
        "source_locus": "table, figure or page",
        "flags": "cautions, joined by a vertical bar",
        "notes": "remark",
    }
)
ARM_LEVEL = ("arm", "study_id")  # columns of a file with a row per arm
OF_ARMS = {column.name for column in FILES["trials"] if column.header}
MOST_OF_ARMS = len(OF_ARMS) // 2
PER_ARM = (
    f"; or a row per arm with {', '.join(c.name for c in FILES['trials'] if c.filled)} and its "
    "numbers (metaan new writes an example)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyTable:
    """A file with one row per study, its cells read.

    Attributes
    ----------
    file : AnyTable
        As it stands.
    study : tuple of str
        Labels.
    numbers : mapping of str to ndarray
        The columns of numbers that are there; NaN where a cell is empty.
    texts : tuple of mapping of str to str
        Every cell of each row as text.
    moderators : tuple of str
        Columns with no meaning of their own here.
    """

    file: AnyTable
    study: tuple[str, ...]
    numbers: Mapping[str, Floats]
    texts: tuple[Mapping[str, str], ...]
    moderators: tuple[str, ...] = field(default=())

    def row(self, i: int) -> Row:
        """Return numbers and texts of a row by canonical name; what is not there is empty."""
        texts: dict[str, Any] = {name: self.texts[i].get(name, "") for name in TEXTS}
        numbers = {
            name: float(self.numbers[name][i]) if name in self.numbers else math.nan
            for name in NUMBERS
        }
        return {**texts, **numbers, STUDY: self.study[i], "line": self.file.lines[i]}


def is_study_table(path: Path) -> bool:
    """Whether a file has one row per study: columns of two groups, or of effects, and no arms.

    Headers are understood as `load_study_table` understands them; where neither kind is complete,
    the one that the header has more of is meant. A file that cannot be read is none.
    """
    try:
        if zipfile.is_zipfile(path):
            return True
        text, _ = decoded(path.read_bytes(), path.name)
        header = split_lines(text, path.name)[0][0][1]
    except (OSError, InputError):
        return False
    if any(set(route) <= {*header} for route in ROUTES):
        return True
    if {*header} >= {*ARM_LEVEL} or len({*header} & OF_ARMS) >= MOST_OF_ARMS:
        return False
    if found_in(header):
        return True
    _, nearest = nearest_route(header)
    return sum(map(bool, nearest.values())) + 1 >= len({*header} & OF_ARMS)


def load_study_table(path: str | Path, measure: str = "") -> Trials:
    """Return the trials of a table with one row per study.

    Parameters
    ----------
    path : path
        CSV, TSV or Excel file. ``study``, and what leads to an effect: ``mean1 sd1 n1 mean2 sd2
        n2``, ``events1 n1 events2 n2``, ``y`` with ``se`` or ``v`` (of a ratio its logarithm), or
        ``estimate`` with ``ci_low`` and ``ci_high``, as printed. Optional: the columns of
        ``TEXTS`` and ``timepoint_weeks``. Any other column is a moderator, to form subgroups by.
        A study may have a row for each outcome, time and pair of groups. Headers that people
        usually write for these are understood, and named in ``remarks``.
    measure : str
        What effects are of which the table does not say it, as analyses declare them.

    Returns
    -------
    Trials
        Arms and differences with ids that name the line; names of outcomes, instruments and
        treatments are the table's own words. Of instruments that the shipped ``instruments.csv``
        knows the range and direction are taken from there.

    Raises
    ------
    DataError
        With every fault: line, study, column, value, rule, remedy.
    InputError
        If the file is no table.

    Notes
    -----
    Numbers 1 are the treatment, 2 the control. Which direction is better is known for an outcome
    if it is for all its instruments; otherwise effects stand as they are in the table.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "mine.csv"
    ...     _ = file.write_text(chr(10).join(["study,y,se", "Ann,0.2,0.1", "Bo,0.4,0.2"]))
    ...     trials = load_study_table(file)
    >>> trials.contrasts("treatment", "control").k
    2
    """
    file = canonical(read_any_table(path), TEXTS)
    columns = [str(name) for name in file.frame]
    missing = _header_faults(columns)
    if missing:  # what stands in the rows is judged when it is known what they are
        raise file.placed(DataError(missing))
    frame, _ = emptied(file.frame, [name for name in NUMBERS if name in columns])
    texts = tuple(
        {name: _text(cell) for name, cell in zip(columns, cells, strict=True)}
        for cells in frame.itertuples(index=False, name=None)
    )
    study = tuple(row.get(STUDY, "") for row in texts)
    faults: list[Fault] = []
    numbers: dict[str, Floats] = {}
    for name in (name for name in NUMBERS if name in columns):
        numbers[name], found = _numbers(name, texts, study)
        faults += found
    faults += within_faults(numbers, {name: name for name in numbers}, study)
    known = {STUDY, *NUMBERS, *TEXTS}
    table = StudyTable(
        file=file,
        study=study,
        numbers=numbers,
        texts=texts,
        moderators=tuple(name for name in columns if name not in known),
    )
    named = named_scales([table.row(i) for i in range(len(texts))], study, measure)
    rows, faults = named.rows, [*faults, *named.faults]
    faults += [fault for i, row in enumerate(rows) for fault in row_faults(i, row, study)]
    faults += table_faults(rows, study)
    if faults:
        raise file.placed(DataError(faults))
    made = rows_of(rows, [_more(table, i) for i in range(len(rows))])
    if made.faults:
        raise file.placed(DataError(made.faults))
    return as_trials(Path(path), rows, made, (*file.remarks, *named.remarks))


def _more(table: StudyTable, i: int) -> dict[str, str]:
    """Return the moderators of a row, and its numbers as they stand in the file."""
    return {
        **{name: table.texts[i][name] for name in table.moderators},
        **{f"{name} (given)": table.texts[i][name] for name in table.numbers},
    }


def _text(cell: Any) -> str:
    if isinstance(cell, float):
        return "" if cell != cell else repr(cell).removesuffix(".0")
    return "" if cell is None else str(cell).strip()


def _header_faults(columns: Sequence[str]) -> list[Fault]:
    """Return what the header lacks: the study, and the numbers of at least one effect."""
    known = {STUDY, *NUMBERS, *TEXTS}
    spare = [name for name in columns if name not in known]
    faults = []
    if STUDY not in columns:
        remedy = f"Add it: the name of each study.{hint(STUDY, spare)}"
        faults.append(header_fault(STUDY, "column is missing", remedy))
    if not any(set(route) <= set(columns) for route in ROUTES):
        _, nearest = nearest_route(columns)
        lacking = [name for name, found in nearest.items() if not found]
        told = [f"{name}:{near}" for name in lacking if (near := hint(name, spare))]
        told += [
            f"{name} may be {' or '.join(found)}: rename the one that is meant to {name}."
            for name, found in nearest.items()
            if len(found) > 1
        ]
        ways = "; or ".join(" ".join(route) for route in ROUTES)
        what = f"{', '.join(lacking)} lacking" if lacking else "some stand for several"
        rule = f"columns of an effect are missing (nearest: {what})"
        remedy = f"Give one of: {ways}{PER_ARM}. {' '.join(told)}".rstrip()
        faults += [header_fault("", rule, remedy), *bare_ratio(columns)]
    return faults


def _numbers(
    name: str, texts: Sequence[Mapping[str, str]], study: Sequence[str]
) -> tuple[Floats, list[Fault]]:
    """Return the numbers of a column, and the cells that are none or out of range."""
    values = np.full(len(texts), np.nan)
    faults = []
    for i, row in enumerate(texts):
        if row[name]:
            values[i], remedy = parse_number(row[name])
            if remedy:
                faults.append(row_fault(i, study, name, row[name], "must be a number", remedy))
    return values, [*faults, *range_faults(name, name, values, study)]
