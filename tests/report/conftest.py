"""The shipped evidence and its report, made once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from metaan.report import build
from metaan.report.build import all_results, build_report
from metaan.report.declaring.declared import NETWORK
from metaan.report.drawing import writing
from metaan.report.files import tables
from metaan.report.results.diagnosing import Diagnosed, can_be_diagnosed, diagnosed
from metaan.report.results.evidence import Evidence, load_evidence
from metaan.report.results.recipes import AnyResult
from tests.report.small_review import write_small_review

# The network that is in the report; of the others test_networks.py looks at the drawings.
SHOWN = "network_63rct_pain_group"
# What is drawn into files: these pools with all that stands beside them, and a network.
DRAWN = ("forest_sham_pain", f"{SHOWN}_league")


@pytest.fixture(scope="session")
def evidence() -> Evidence:
    """Return the shipped evidence."""
    return load_evidence()


@pytest.fixture(scope="session")
def results(evidence: Evidence) -> dict[str, AnyResult]:
    """Return every declared figure's result by name."""
    return {result.spec.name: result for result in all_results(evidence)}


@pytest.fixture(scope="session")
def trusted(evidence: Evidence, results: dict[str, AnyResult]) -> dict[str, Diagnosed]:
    """Return the diagnosis of every pool by the name of its figure."""
    pools = (result for result in results.values() if can_be_diagnosed(result))
    return {result.spec.name: diagnosed(evidence, result) for result in pools}


@pytest.fixture(scope="session")
def in_report(results: dict[str, AnyResult]) -> dict[str, AnyResult]:
    """Return what the report of the tests shows: of the networks some, everything else."""
    return {
        name: result
        for name, result in results.items()
        if result.spec.kind != NETWORK or name.startswith(SHOWN)
    }


@pytest.fixture(scope="session")
def report(
    evidence: Evidence,
    in_report: dict[str, AnyResult],
    trusted: dict[str, Diagnosed],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Return the folder of a report on the shipped evidence: its page, with few of its figures.

    What is written besides, in every format, `small_report` has.
    """
    out = tmp_path_factory.mktemp("with a space") / "report"
    every = writing.Drawers.add

    def few(
        drawers: writing.Drawers, name: str, pages: writing.Records, rows: Sequence[str] = ()
    ) -> None:
        if name.startswith(DRAWN):
            every(drawers, name, pages, rows)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "all_results", lambda _: list(in_report.values()))
        patch.setattr(build, "diagnosed", lambda _, result: trusted[result.spec.name])
        patch.setattr(build, "report_docx", lambda _: b"")
        patch.setattr(writing.Drawers, "add", few)
        patch.setattr(writing, "FORMATS", ("svg",))
        formats = tables.TABLE_FORMATS
        patch.setattr(tables, "TABLE_FORMATS", {"csv": formats["csv"]})
        return build_report(evidence, out).parent


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small review; copy it to change it."""
    return write_small_review(tmp_path_factory.mktemp("small") / "review")


@pytest.fixture(scope="session")
def small_report(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of its report, with everything; copy it to change it."""
    return build_report(load_evidence(small), tmp_path_factory.mktemp("made") / "report").parent
