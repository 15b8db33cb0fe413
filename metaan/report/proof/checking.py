"""check_report: a report is made again, aside, and compared with what is on record of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from metaan.report.build import write_report
from metaan.report.proof.check import Check
from metaan.report.proof.comparing import compare
from metaan.report.proof.recorded import read_report
from metaan.report.results.evidence import Evidence
from metaan.report.steps import Progress
from metaan.report.swapping import interruptible


def check_report(
    evidence: Evidence,
    out: Path,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> Check:
    """Return whether a report is what its data, its declarations and this metaan make.

    Parameters
    ----------
    evidence : Evidence
        What it should have been made from.
    out : Path
        Folder of the report; nothing in it is changed.
    workers, progress
        As `metaan.report.build.build_report` takes them: everything is derived and drawn again.

    Returns
    -------
    Check
        For every figure one verdict: identical bytes, identical plotted numbers (and the version
        that writes other bytes), or what changed and why; and whatever else is not as it was
        written. Of a part of a report the same figures are looked at.

    Raises
    ------
    InputError
        If there is no report, or its manifest cannot be read.
    """
    before = read_report(out)
    part = before.part
    if part is not None:
        known = {spec.name for each in evidence.analyses for spec in each.figure}
        part = tuple(name for name in part if name in known)
    with interruptible(), tempfile.TemporaryDirectory(prefix="metaan-check-") as place:
        root = Path(place) / "report"
        write_report(evidence, root, part=part, workers=workers, progress=progress)
        return compare(before, read_report(root), folder=str(out))
