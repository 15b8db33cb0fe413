"""docs/validation.md: how nearly metaan's numbers are those of other programs, as measured.

    python -m tests.docs.validation_page

runs the reference tests and writes the page anew (a minute); test_validation_page.py holds it
to them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from tests import tolerance
from tests.docs.measuring import Measured, measure
from tests.docs.references import PAPERS, REFERENCES, Reference
from tests.reference import pinned

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "validation.md"
NOTES = REPOSITORY / "tests" / "reference" / "README.md"
NAMES = {
    (each.relative, each.absolute, each.reason): name
    for module in (tolerance, pinned)
    for name, each in vars(module).items()
    if isinstance(each, tolerance.Tolerance)
}
PIPE = r"\|"
PRINTED = "as printed"
SIMULATED = f"{tolerance.SIMULATED:g} simulation errors"
MOST_DIGITS = 15  # what a double precision number can be held to
HEAD = """# Validation

No formula of metaan stands without an independent number. This page is made from the tests that
compare with R: each was run, and every number that it compared was measured
(`python -m tests.docs.validation_page`; a test holds the page to them).

- **numbers**: how many were compared, over all data sets and cases.
- **12 digits**: the share of them whose deviation is at most 1e-12.
- **largest deviation**: |ours − theirs| / |theirs|, with the size of the problem added below the
  line where the number may be 0 (tau² + the typical variance); of comparisons by an absolute
  tolerance the plain difference. The last digits depend on the machine's arithmetic.
- A deviation above 1e-10 has its reason: the tolerance's sentence, or a
  [departure](#departures) below. Most often R stopped its search there.

R's numbers were computed once, with 17 digits, and are in the repository (`tests/reference/pins`);
`make reference` computes them again with the R on the machine.

"""
PAPERS_HEAD = """## Published analyses

Analyses whose numbers were printed in papers, books and manuals, to the printed digit (half a unit
of the last one). The file names the page.

| published in | what | numbers |
|---|---|---|"""
TOLERANCES_HEAD = """## Tolerances

| name | relative | absolute | why |
|---|---|---|---|"""
DEPARTURES_HEAD = """(departures)=

## Departures

Where metaan gives another number than the program it is compared with, on purpose. Each has its
reason, with figures, in the [notes on the reference numbers](../tests/reference/README.md), and a
test.
"""
END = """## Compared anew where R is installed

Besides the pinned numbers, `pytest -m r` draws random tables, runs the metafor on the machine
and compares: every measure, 18 further data sets, regressions, trim and fill, selection models,
counts, influence. Numbers that no program has are compared with a naive recomputation or by
simulation in the tests beside them; laws (units, order, symmetry, batch against loop) are tested
for every row of every table.

```{toctree}
:hidden:

reference_numbers
```
"""


def page() -> str:
    """Return the whole page, everything measured."""
    found = [(reference, measured(reference)) for reference in REFERENCES]
    parts = [HEAD, "## In short\n", *overview(found), ""]
    for topic, group in groupby(found, lambda each: each[0].topic):
        parts += [f"## {topic}\n"]
        for reference, rows in group:
            parts += [*section(reference, rows), ""]
    parts += [PAPERS_HEAD, *papers(), "", TOLERANCES_HEAD, *tolerances(), ""]
    parts += [DEPARTURES_HEAD, *departures(), "", END]
    return "\n".join(parts)


def measured(reference: Reference) -> list[Measured]:
    """Return what the tests of a reference compared."""
    return measure(reference.file, reference.tests)


def overview(found: Iterable[tuple[Reference, list[Measured]]]) -> Iterator[str]:
    """Yield the table of references."""
    yield "| what | compared with | numbers | 12 digits | largest deviation |"
    yield "|---|---|--:|--:|--:|"
    total = twelve = 0
    for reference, rows in found:
        numbers, near = sum(r.numbers for r in rows), sum(r.twelve for r in rows)
        total, twelve = total + numbers, twelve + near
        yield (
            f"| {reference.what} | {versions(reference)} | {numbers:,} | {share(near, numbers)} | "
            f"{deviation(rows)} |"
        )
    yield f"| **all** | | **{total:,}** | **{share(twelve, total)}** | |"


def section(reference: Reference, rows: Iterable[Measured]) -> Iterator[str]:
    """Yield the lines of a reference: its call, and what each test compared."""
    yield f"### {reference.what[0].upper()}{reference.what[1:]}"
    yield ""
    yield f"`{reference.call}`, {versions(reference)}; `{reference.file}`."
    yield ""
    yield "| what | numbers | allowed | largest deviation | digits |"
    yield "|---|--:|---|--:|--:|"
    rows = list(rows)
    yield from map(line, rows)
    yield ""
    yield from reasons(rows)


def reasons(rows: Iterable[Measured]) -> Iterator[str]:
    """Yield why tolerances that are not the shared ones are as they are."""
    names: dict[str, list[str]] = {}
    for each in (each for row in rows for each in row.allowed):
        name = tolerance_name(each)
        if name not in (*NAMES.values(), PRINTED, SIMULATED):
            told = names.setdefault(" ".join(each.reason.split()), [])
            told += [name] if name not in told else []
    yield from (f"- {', '.join(found)}: {reason}." for reason, found in names.items())


def line(row: Measured) -> str:
    """Return the line of a test."""
    allowed = ", ".join(dict.fromkeys(map(tolerance_name, row.allowed)))
    about = row.about.replace("``", "`").replace("|", r"\|")
    return f"| {about} | {row.numbers:,} | {allowed} | {deviation([row])} | {digits(row)} |"


def versions(reference: Reference) -> str:
    """Return the programs of a reference with the versions that its pins state."""
    stated = {}
    if reference.pins:
        file = NOTES.parent / "pins" / f"{reference.pins}.json"
        stated = json.loads(file.read_text(encoding="utf-8"))["versions"]
    return ", ".join(f"{name} {stated.get(name, '')}".strip() for name in reference.packages)


def deviation(rows: Iterable[Measured]) -> str:
    """Return the largest deviations in a cell, rounded up to one digit."""
    rows = list(rows)
    relative = max((row.relative for row in rows), default=0.0)
    absolute = max((row.absolute for row in rows), default=0.0)
    if not absolute:
        return upward(relative)
    return f"{upward(relative) + ', ' if relative else ''}{upward(absolute)} absolute"


def digits(row: Measured) -> str:
    """Return to how many digits all numbers of a test agree; a dash where that is not asked."""
    if row.absolute:
        return "–"
    if row.relative < 10.0**-MOST_DIGITS:
        return f"≥ {MOST_DIGITS}" if row.relative else "all"
    return str(math.floor(-math.log10(row.relative)))


def upward(value: float) -> str:
    """Return a number with one digit, not below it."""
    if value == 0:
        return "0"
    power = math.floor(math.log10(value))
    first = math.ceil(value / 10.0**power - 1e-9)
    return f"1e{power + 1:+03d}" if first == 10 else f"{first}e{power:+03d}"


def share(part: int, whole: int) -> str:
    """Return percent, rounded down."""
    return f"{math.floor(100 * part / whole)}%"


def tolerance_name(asked: tolerance.Tolerance) -> str:
    """Return the name of a shared tolerance, or its numbers."""
    known = NAMES.get((asked.relative, asked.absolute, asked.reason))
    if known:
        return known
    if asked.reason.startswith("the source prints"):
        return PRINTED
    if asked.reason == tolerance.simulated(0.0).reason:
        return SIMULATED
    if not asked.absolute or asked.relative > asked.absolute:
        return f"{asked.relative:g}"
    return f"{asked.absolute:g} absolute"


def tolerances() -> Iterator[str]:
    """Yield the shared tolerances with their reasons."""
    for (relative, absolute, reason), name in NAMES.items():
        yield f"| {name} | {relative:g} | {absolute:g} | {reason.replace('|', PIPE)} |"


def papers() -> Iterator[str]:
    """Yield a line for each published analysis."""
    for file in sorted((REPOSITORY / PAPERS).glob("test_*.py")):
        name = file.relative_to(REPOSITORY).as_posix()
        rows = measure(name)
        about = title_of(file)
        what = "; ".join(row.about.replace("``", "`").replace("|", r"\|") for row in rows)
        yield f"| {about} (`{name}`) | {what} | {sum(row.numbers for row in rows)} |"


def title_of(file: Path) -> str:
    """Return the first paragraph of a test file's docstring."""
    text = file.read_text(encoding="utf-8").split('"""')[1]
    first = " ".join(text.split("\n\n")[0].split()).replace("``", "`").replace("|", r"\|")
    return first.rstrip(".")


def departures() -> Iterator[str]:
    """Yield the titles of the departures, by chapter, with their numbers."""
    text = NOTES.read_text(encoding="utf-8")
    part = text.split("## Departures and their reasons")[1].split("\n## ")[0]
    for chapter in part.split("\n### ")[1:]:
        title, _, body = chapter.partition("\n")
        found = re.findall(r"^(\d+)\. \*\*(.+?)\*\*", body, flags=re.MULTILINE | re.DOTALL)
        items = [f"{' '.join(name.split()).rstrip(':')} ({number})" for number, name in found]
        yield f"- **{title}**: {'; '.join(items)}."


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
