"""Two reports compared: what is on record of the one, and what the other just became."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path

from metaan.report.proof.check import (
    CHANGED,
    EDITED,
    GONE,
    NEW,
    SAME_BYTES,
    SAME_NUMBERS,
    Check,
    FigureVerdict,
)
from metaan.report.proof.differing import differences, drawn_in, sentences
from metaan.report.proof.plotted import NUMBERS
from metaan.report.proof.reasons import (
    RowChange,
    data_reasons,
    option_reasons,
    row_changes,
    version_reasons,
)
from metaan.report.proof.recorded import AGAIN, FIGURES, Recorded

MOST_TOLD = 20  # changes of the data
DIFFERS = "differs from what is made now"
SAME_CELLS = "the same numbers, other bytes"
NOT_WRITTEN = "would be written now, and is not in the report"
NOT_MADE = "would not be written now"
UNEXPLAINED = (
    "nothing on record differs: neither data, options nor versions. Is a setting of this machine "
    "in it? Please report it"
)


def compare(before: Recorded, after: Recorded, *, folder: str) -> Check:
    """Return what became of each figure and file of a report.

    Parameters
    ----------
    before, after : Recorded
        The report, and what its data, its declarations and this metaan make now.
    folder : str
        What the report is called in the answer.
    """
    touched = before.touched()
    changes = row_changes(before.cells, after.cells) if before.cells else ()
    versions = version_reasons(before, after)
    everything = [*versions, *_general(before, after, changes)]
    names = dict.fromkeys([*before.drawn, *after.drawn])
    verdicts = tuple(_verdict(before, after, name, touched, changes, versions) for name in names)
    files = _files(before, after, touched)
    other = [name for name in {**before.files, **after.files} if not _of_figure(name)]
    changed = any(one.verdict not in (SAME_BYTES, SAME_NUMBERS) for one in verdicts)
    excused = not changed and bool(versions) and before.data == after.data
    bad = [why for why in files.values() if why not in (DIFFERS, SAME_CELLS)]
    return Check(
        folder=folder,
        figures=verdicts,
        files=files,
        compared=len(other),
        excused=excused and not bad,
        reasons=tuple(everything),
        remarks=tuple(_remarks(before)),
    )


def _of_figure(name: str) -> bool:
    return name.startswith(FIGURES)


def _verdict(
    before: Recorded,
    after: Recorded,
    name: str,
    touched: Mapping[str, str],
    changes: Sequence[RowChange],
    versions: Sequence[str],
) -> FigureVerdict:
    old, new = before.files_of(name), after.files_of(name)
    hands = [f"{key}: {why}" for key, why in touched.items()
             if key.rpartition(".")[0] == f"{FIGURES}{name}"]  # fmt: skip
    data = data_reasons(changes, before, after, name)
    why = [*hands, *option_reasons(before, after, name), *data, *versions]
    if not old or not new:
        return FigureVerdict(figure=name, verdict=GONE if old else NEW, reasons=tuple(why))
    told = _numbers(before, after, name, {one.row for one in changes})
    if told is None and _bytes(old, new):
        told = []  # an older metaan wrote no numbers; the same picture needs none
    if told:
        reasons = why or [UNEXPLAINED]
        return FigureVerdict(
            figure=name, verdict=CHANGED, changes=tuple(told), reasons=tuple(reasons)
        )
    if told is None:
        text = f"its bytes differ, and its plotted numbers are not on record; {AGAIN}"
        return FigureVerdict(figure=name, verdict=CHANGED, changes=(text,), reasons=tuple(why))
    if hands:
        return FigureVerdict(figure=name, verdict=EDITED, changes=tuple(hands))
    if _bytes(old, new):
        return FigureVerdict(figure=name, verdict=SAME_BYTES)
    reasons = [*option_reasons(before, after, name), *versions] or [UNEXPLAINED]
    return FigureVerdict(figure=name, verdict=SAME_NUMBERS, reasons=tuple(reasons))


def _bytes(old: Mapping[str, str], new: Mapping[str, str]) -> bool:
    """Return whether every file that both have is the same."""
    return all(old[kind] == new[kind] for kind in old if kind in new)


def _numbers(before: Recorded, after: Recorded, name: str, changed: set[str]) -> list[str] | None:
    """Return what differs in the plotted numbers; None if those of the report are not known."""
    old, new = before.plotted(name), after.plotted(name)
    if old is not None and new is not None:
        return sentences(differences(drawn_in(old), drawn_in(new)), changed)
    one, other = (each.of_figure(name, "numbers", "") for each in (before, after))
    if one and one == other:
        return []
    kinds = before.files_of(name)
    if one and NUMBERS in kinds:
        return [f"plotted numbers differ; {FIGURES}{name}.{NUMBERS} is not as it was written, so "
                "which ones is not known"]  # fmt: skip
    return None


def _files(before: Recorded, after: Recorded, touched: Mapping[str, str]) -> dict[str, str]:
    """Return the files besides the figures that are not what would be written now."""
    found = {name: why for name, why in touched.items() if not _is_drawn(before, name)}
    for name, checksum in before.files.items():
        if _of_figure(name) or name in found or after.files.get(name) == checksum:
            continue
        if name not in after.files:
            found[name] = NOT_MADE
        else:
            same = name.endswith(".csv") and _same_cells(before.folder / name, after.folder / name)
            found[name] = SAME_CELLS if same else DIFFERS
    missing = [name for name in after.files if name not in before.files and not _of_figure(name)]
    return {**found, **dict.fromkeys(missing, NOT_WRITTEN)}


def _is_drawn(report: Recorded, name: str) -> bool:
    return _of_figure(name) and name in report.files


def _same_cells(old: Path, new: Path) -> bool:
    """Return whether two tables hold the same texts, and nearly the same numbers."""
    one, other = (
        list(csv.reader(StringIO(path.read_text(encoding="utf-8")))) for path in (old, new)
    )
    return not differences(_read(one), _read(other))


def _read(rows: list[list[str]]) -> list[list[float | str]]:
    return [[_value(cell) for cell in row] for row in rows]


def _value(cell: str) -> float | str:
    try:
        return float(cell)
    except ValueError:
        return cell


def _general(before: Recorded, after: Recorded, changes: Sequence[RowChange]) -> list[str]:
    """Return the files of the data that differ where their rows say nothing of it."""
    told = [one.words for one in changes[:MOST_TOLD]]
    if len(changes) > len(told):
        told.append(f"and {len(changes) - len(told)} more changes of the data")
    known = {one.file for one in changes}
    for name in dict.fromkeys([*before.data, *after.data]):
        if name not in known and before.data.get(name) != after.data.get(name):
            told.append(f"{name} is another file")
    return told


def _remarks(before: Recorded) -> list[str]:
    missing = [
        words
        for there, words in (
            (before.cells, "the cells of the data"),
            (before.versions, "versions"),
            (before.edition, "plotted numbers and options"),
        )
        if not there
    ]
    if not missing:
        return []
    told = ", ".join(missing)
    return [f"An older metaan wrote this manifest, without {told}: what changed cannot always be "
            f"told. To have it all, {AGAIN}."]  # fmt: skip
