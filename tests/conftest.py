"""What every test stands on: reproducible examples, and parts that must not go missing unseen."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
from collections.abc import Generator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

# Same examples on every run and machine: a red test must be red for whoever looks at it next.
# No deadline: the first call of a kernel also pays for its imports.
settings.register_profile("metaan", deadline=None, derandomize=True)
settings.load_profile("metaan")

# Set where everything optional is installed: there, a skip is a failure.
REQUIRE_ALL = os.environ.get("METAAN_REQUIRE_ALL") == "1"


def find_chromium() -> str | None:
    """Return the path of chromium, or None."""
    usual = "/usr/bin/chromium"
    return usual if Path(usual).is_file() else shutil.which("chromium")


@cache
def lacking(mark: str) -> str:
    """Return what a marked test lacks here, or an empty string."""
    if mark == "browser":
        return "" if find_chromium() else "chromium is neither in /usr/bin nor on the PATH"
    if mark == "office":
        return "" if shutil.which("soffice") else "LibreOffice's soffice is not on the PATH"
    if not shutil.which("Rscript"):
        return "Rscript is not on the PATH"
    asked = subprocess.run(
        ["Rscript", "-e", 'quit(status = !nzchar(system.file(package = "metafor")))'],
        capture_output=True,
        check=False,
    )
    return "" if asked.returncode == 0 else "R has no package metafor"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Search for garbage seldom, and never among the thousands of collected tests.

    They live as long as the run. Searching them again and again, and anew after every few hundred
    parts of a figure or a syntax tree, took a quarter of the time of the suite.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 10)
        gc.enable()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose mark names a part that is not installed."""
    for mark in ("browser", "office", "r"):
        if item.get_closest_marker(mark) and lacking(mark):
            pytest.skip(f"{lacking(mark)}; install it to run the tests marked {mark!r}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn every skip into a failure where everything optional has to be there."""
    report = yield
    if REQUIRE_ALL and call.excinfo and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = (
            f"METAAN_REQUIRE_ALL=1, yet {item.nodeid} was skipped: {call.excinfo.value}"
        )
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Do the same for whole files that skip themselves (``importorskip``)."""
    report = yield
    if REQUIRE_ALL and report.outcome == "skipped":
        report.outcome = "failed"
        report.longrepr = f"METAAN_REQUIRE_ALL=1, yet {collector.nodeid} skipped itself"
    return report


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of chromium, for tests marked ``browser``."""
    path = find_chromium()
    if path is None:
        pytest.fail("mark this test with @pytest.mark.browser: it asks for chromium")
    return path
