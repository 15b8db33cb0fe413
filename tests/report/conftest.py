"""The shipped evidence and its report, made once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from metaan.report import build
from metaan.report.build import all_results, build_report
from metaan.report.declaring.declared import NETWORK
from metaan.report.results import diagnosing
from metaan.report.results.evidence import Evidence, load_evidence
from metaan.report.results.recipes import AnyResult

# The network that is drawn into files; of the others test_networks.py looks at the drawings.
DRAWN = "network_63rct_pain_group"
# Studies of the pools whose diagnostics are drawn into files; of the smaller ones
# test_diagnosing.py looks at the drawings.
FEWEST_DRAWN = 6


@pytest.fixture(scope="session")
def evidence() -> Evidence:
    """Return the shipped evidence."""
    return load_evidence()


@pytest.fixture(scope="session")
def results(evidence: Evidence) -> dict[str, AnyResult]:
    """Return every declared figure's result by name."""
    return {result.spec.name: result for result in all_results(evidence)}


@pytest.fixture(scope="session")
def in_report(results: dict[str, AnyResult]) -> dict[str, AnyResult]:
    """Return what the report of the tests shows: of the networks some, everything else."""
    return {
        name: result
        for name, result in results.items()
        if result.spec.kind != NETWORK or name.startswith(DRAWN)
    }


@pytest.fixture(scope="session")
def report(
    evidence: Evidence, in_report: dict[str, AnyResult], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return the folder of a report on the shipped evidence."""
    out = tmp_path_factory.mktemp("with a space") / "report"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "all_results", lambda _: list(in_report.values()))
        rows = diagnosing.DIAGNOSTICS.items()
        few = {key: replace(row, fewest=FEWEST_DRAWN) for key, row in rows}
        patch.setattr(diagnosing, "DIAGNOSTICS", few)
        return build_report(evidence, out).parent
