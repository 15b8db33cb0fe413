"""The shipped evidence and its report, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from metaan.report.build import all_results, build_report
from metaan.report.evidence import Evidence, load_evidence
from metaan.report.recipes import Result


@pytest.fixture(scope="session")
def evidence() -> Evidence:
    """Return the shipped evidence."""
    return load_evidence()


@pytest.fixture(scope="session")
def results(evidence: Evidence) -> dict[str, Result]:
    """Return every declared figure's result by name."""
    return {result.spec.name: result for result in all_results(evidence)}


@pytest.fixture(scope="session")
def report(evidence: Evidence, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a report on the shipped evidence."""
    out = tmp_path_factory.mktemp("with a space") / "report"
    return build_report(evidence, out).parent
