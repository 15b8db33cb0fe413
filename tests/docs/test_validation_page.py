"""docs/validation.md is what the reference tests measure: its lines, and anew what is quick."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.docs.measuring import Measured
from tests.docs.references import REFERENCES, Reference
from tests.docs.validation_page import (
    NOTES,
    PAGE,
    REPOSITORY,
    departures,
    measured,
    section,
    tolerances,
)

TEXT = PAGE.read_text(encoding="utf-8")
QUICK = [each for each in REFERENCES if each.quick]
NEVER_PINNED = "test_live_"  # these compare with the R of the machine
AGAIN = "run `python -m tests.docs.validation_page`"
# Last digits depend on the machine: two measurements may differ so much, and below this in any.
FACTOR, ROUNDING = 10.0, 1e-11


@cache
def rows(reference: Reference) -> list[Measured]:
    """Return what a reference's tests compare, measured once."""
    return measured(reference)


def cells(line: str) -> list[str]:
    """Return the cells of a line of a table."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def shown(reference: Reference) -> list[str]:
    """Return the section of a reference as it stands on the page, without blank lines."""
    title = next(line for line in section(reference, []) if line)
    part = TEXT.split(f"\n{title}\n")[1]
    return [title, *(line for line in re.split(r"\n##", part)[0].splitlines() if line)]


def deviations(cell: str) -> list[float]:
    """Return the numbers of a cell of deviations."""
    return [float(each) for each in re.findall(r"\d(?:e[-+]\d+)?", cell)]


def near(told: float, found: float) -> bool:
    """Return whether two measured deviations are one but for the machine."""
    least, most = sorted((told, found))
    return most < ROUNDING or most <= FACTOR * least


@pytest.mark.parametrize("reference", QUICK, ids=[each.what for each in QUICK])
def test_what_is_quick_is_measured_again(reference: Reference) -> None:
    """The same tests, numbers, tolerances and reasons; deviations but for rounding."""
    made = [line for line in section(reference, rows(reference)) if line]
    stands = shown(reference)
    assert len(made) == len(stands), AGAIN
    for told, found in zip(stands, made, strict=True):
        if not told.startswith("|") or told.startswith("|---"):
            assert told == found, AGAIN
            continue
        ours, theirs = cells(told), cells(found)
        assert ours[:3] == theirs[:3], AGAIN
        pairs = zip(deviations(ours[3]), deviations(theirs[3]), strict=True)
        assert all(near(*pair) for pair in pairs), f"{AGAIN}: {told}"


def test_every_reference_has_its_lines() -> None:
    """Also those that take long: head, call and the tests that are in the file today."""
    for reference in REFERENCES:
        head = [line for line in section(reference, []) if line]
        stands = shown(reference)
        assert stands[: len(head)] == head, AGAIN
        tree = ast.parse((REPOSITORY / reference.file).read_text(encoding="utf-8"))
        tests = [each for each in tree.body if isinstance(each, ast.FunctionDef)]
        said = {_first_line(each) for each in tests}
        lines = [cells(line)[0] for line in stands[len(head) :] if line.startswith("|")]
        assert lines
        assert set(lines) <= said, f"{AGAIN}: {reference.file}"


def test_no_reference_test_is_left_out() -> None:
    """Every file of tests/reference that compares with pins by a tolerance."""
    files = {each.file for each in REFERENCES}
    for file in sorted((REPOSITORY / "tests" / "reference").glob("test_*.py")):
        name = file.relative_to(REPOSITORY).as_posix()
        compares = "assert close(" in file.read_text(encoding="utf-8")
        if compares and not file.name.startswith(NEVER_PINNED):
            assert name in files


def test_sums_tolerances_and_departures() -> None:
    """What is told once: the total, the shared tolerances, the titles of the departures."""
    overview = TEXT.split("## In short")[1].split("\n## ")[0].splitlines()
    numbers = [cells(line)[2] for line in overview if line.startswith("| ")][1:]
    *each, total = [int(number.strip("*").replace(",", "")) for number in numbers]
    assert len(each) == len(REFERENCES)
    assert sum(each) == total
    assert all(line in TEXT for line in tolerances()), AGAIN
    assert all(line in TEXT for line in departures()), AGAIN
    count = len(re.findall(r"^\d+\. \*\*", NOTES.read_text(encoding="utf-8"), re.MULTILINE))
    assert sum(len(re.findall(r"\(\d+\)(?=[;.])", line)) for line in departures()) == count


def test_every_published_analysis_is_named() -> None:
    """Each file of tests/papers."""
    for file in sorted(Path(REPOSITORY / "tests" / "papers").glob("test_*.py")):
        assert f"(`tests/papers/{file.name}`)" in TEXT


def _first_line(function: ast.FunctionDef) -> str:
    text = (ast.get_docstring(function) or "").partition("\n\n")[0].replace("\n", " ")
    return text.rstrip(".").replace("``", "`").replace("|", r"\|")
