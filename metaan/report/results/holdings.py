"""What a review's data hold: studies, usable comparisons, cautions; for ``metaan check``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from metaan.core.errors import DataError, InputError
from metaan.core.numbers import counted
from metaan.report.declaring.declared import ANALYSES_FILE
from metaan.report.declaring.loading import load_analyses
from metaan.report.results.cautions import MOST, cautions_of, unpooled
from metaan.report.results.coverage import usable_studies
from metaan.report.results.evidence import Evidence, load_evidence
from metaan.report.results.recipes import make_result
from metaan.trials.file_texts import decoded, split_lines
from metaan.trials.schema import FILES

OF_ARMS = {column.name for column in FILES["trials"] if column.filled}
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the data have on one outcome.

    Attributes
    ----------
    outcome : str
        Its name.
    rows, studies, usable : int
        Rows and studies of it on file, and studies whose preferred figures allow a comparison.
    """

    outcome: str
    rows: int
    studies: int
    usable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What the data of a review hold.

    Attributes
    ----------
    file : str
        That was read.
    studies, rows : int
        On file, of all outcomes.
    outcomes : tuple of Held
        In the order of the file.
    figures : mapping of str to str
        Each declared figure's title, which says how many studies enter.
    left_out : mapping of str to tuple of str
        Figure → studies that were looked for and do not enter, with the reason.
    cautions : mapping of str to tuple of str
        Flag → studies whose rows bear it.
    doubts : tuple of str
        What is odd about the numbers, and figures that pool nothing, with the reason.
    read : tuple of str
        How the file was read.
    """

    file: str
    studies: int
    rows: int
    outcomes: tuple[Held, ...]
    figures: Mapping[str, str]
    left_out: Mapping[str, tuple[str, ...]]
    cautions: Mapping[str, tuple[str, ...]]
    doubts: tuple[str, ...] = ()
    read: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain names and numbers."""
        return {
            "studies": self.studies,
            "rows": self.rows,
            "outcomes": [asdict(each) for each in self.outcomes],
            "figures": dict(self.figures),
            "left_out": dict(self.left_out),
            "cautions": dict(self.cautions),
            "doubts": list(self.doubts),
            "read": list(self.read),
        }

    def lines(self) -> list[str]:
        """Return it as text."""
        rows, studies = counted(self.rows, "row"), counted(self.studies, "study", "studies")
        lines = ["; ".join([f"{self.file}: {rows} of {studies}", *self.read])]
        for each in self.outcomes:
            there = counted(each.studies, "study", "studies")
            lines.append(f"  {each.outcome}: {there}, {each.usable} usable in a comparison")
        lines.append(f"{counted(len(self.figures), 'figure')} declared:")
        for name, title in self.figures.items():
            lost = self.left_out.get(name, ())
            lines.append(f"  {name}: {title}" + (f"; {len(lost)} left out" if lost else ""))
            lines += [f"    {each}" for each in lost[:MOST]]
            lines += [f"    and {len(lost) - MOST} more"] if len(lost) > MOST else []
        if self.cautions:
            lines.append("Cautions in the data (without_flags rules rows out):")
        for flag, who in self.cautions.items():
            some = ", ".join(who[:3]) + (f" and {len(who) - 3} more" if len(who) > 3 else "")
            lines.append(f"  {flag}: {some}")
        return [*lines, *(f"caution: {each}" for each in self.doubts)]


def as_review(path: Path, analyses: Path | None = None) -> bool:
    """Return whether a file is to be read as a report reads it.

    So are a folder, a table of trial arms (by its header), and any table of which analyses are
    declared: by a file that is named, or one beside it.
    """
    if path.is_dir() or analyses is not None or (path.parent / ANALYSES_FILE).is_file():
        return True
    try:
        text, _ = decoded(path.read_bytes(), path.name)
        names = set(split_lines(text, path.name)[0][0][1])
    except (OSError, InputError):
        return False
    return len(names & OF_ARMS) > len(OF_ARMS) // 2


def evidence_faults(data: Path, analyses: Path | None = None) -> Evidence:
    """Return the evidence, or raise the faults of data and analyses together.

    Raises
    ------
    DataError
        With every fault of the data and of the analyses.
    """
    try:
        return load_evidence(data, analyses)
    except DataError as error:
        folder = data if data.is_dir() else data.parent
        declared = analyses or folder / ANALYSES_FILE
        more = _declared_faults(declared) if declared.is_file() else ()
        raise DataError([*dict.fromkeys([*error.faults, *more])]) from None


def holdings(evidence: Evidence, progress: Progress | None = None) -> Holdings:
    """Return what the data of a review hold.

    Parameters
    ----------
    evidence : Evidence
        Read and without faults.
    progress : callable, optional
        Called with how many figures are done, how many there are, and the name of the next.
    """
    arms, contrasts = evidence.trials.arms, evidence.trials.contrast_rows
    outcomes = []
    for outcome in dict.fromkeys(str(name) for name in arms["outcome"]):
        mine = arms[arms["outcome"] == outcome]
        outcomes.append(
            Held(
                outcome=outcome,
                rows=len(mine),
                studies=mine["study_id"].nunique(),
                usable=len(usable_studies(evidence.trials, outcome)),
            )
        )
    specs = [(part, spec) for part in evidence.analyses for spec in part.figure]
    figures: dict[str, str] = {}
    left_out: dict[str, tuple[str, ...]] = {}
    doubts = list(cautions_of(evidence.trials))
    for i, (part, spec) in enumerate(specs):
        if progress is not None:
            progress(i, len(specs), spec.name)
        result = make_result(evidence, part, spec)
        figures[spec.name] = result.title
        doubts += [told] if (told := unpooled(result)) else []
        lost = (f"{item.study}: {item.reason}" for item in result.left_out)
        left_out[spec.name] = tuple(dict.fromkeys(lost))
    return Holdings(
        file=evidence.trials.source.name,
        studies=len({*arms["study_id"], *contrasts["study_id"]}),
        rows=len(arms) + len(contrasts),
        outcomes=tuple(outcomes),
        figures=figures,
        left_out={name: who for name, who in left_out.items() if who},
        cautions=_cautions(evidence),
        doubts=tuple(doubts),
        read=evidence.trials.remarks,
    )


def _declared_faults(path: Path) -> tuple[Any, ...]:
    try:
        load_analyses(path)
    except DataError as error:
        return error.faults
    return ()


def _cautions(evidence: Evidence) -> dict[str, tuple[str, ...]]:
    """Return the studies whose rows bear a flag, the most frequent flag first."""
    found: dict[str, dict[str, None]] = {}
    for table in (evidence.trials.arms, evidence.trials.contrast_rows):
        for study, flags in zip(table["study_id"], table["flags"], strict=True):
            for flag in filter(None, str(flags or "").split("|")):
                found.setdefault(flag, {})[str(study)] = None
    ranked = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return {flag: tuple(studies) for flag, studies in ranked}
