"""Who may import whom: down the floors only, and each library in its own room."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from tests.architecture.source import (
    FACE,
    REPOSITORY,
    Import,
    Source,
    imports,
    inner_imports,
)

# Lowest first: a room imports itself and what stands before it.
FLOORS = (
    "core",
    "numerics",
    "measures",
    "recovery",
    "conversion",
    "tau2",
    "trials",
    "checks",
    "univariate",
    "twobytwo",
    "dependent",
    "networks",
    "bayes",
    "batch",
    "diagnostics",
    "plots",
    "report",
    "cli",
    "__main__",
)
# The wings meet in core alone: what computes from Effects never asks where they came from.
MODEL_WING = (
    "tau2",
    "univariate",
    "twobytwo",
    "dependent",
    "networks",
    "bayes",
    "batch",
    "diagnostics",
    "plots",
)
DATA_WING = ("measures", "recovery", "conversion", "trials", "checks")

# Library → rooms or modules that may know it.
HOMES = {
    "pandas": ("trials", "checks", "report", "univariate.formula"),
    "matplotlib": ("plots",),
    "formulaic": ("univariate.formula", "univariate.formula_rules"),
    "dask": ("batch.chunks",),
    "jinja2": ("report",),
    "click": ("cli",),
    "docx": ("report.files",),
    "openpyxl": ("report.files", "trials.table_files"),
}
# Methods through which a record hands out a DataFrame.
SEAMS = {"to_frame", "data"}

HEAVY = ("matplotlib", "statsmodels", "scipy.stats")
LIGHT_ROOMS = (
    "core", "numerics", "measures", "recovery", "conversion", "tau2", "univariate", "networks",
)  # fmt: skip


def names(package: Iterable[Source]) -> frozenset[str]:
    """Return the dotted names of some files."""
    return frozenset(source.name for source in package)


def floor_faults(package: Iterable[Source]) -> list[str]:
    """Return every import that goes up, across the wings or to the face."""
    package = [source for source in package if source.name != FACE]
    faults = []
    for source in package:
        if source.room not in FLOORS:
            faults.append(f"{source.file}: {source.room!r} is not on the floor plan")
            continue
        for target, line in inner_imports(source, names(package)):
            reason = _forbidden(source.room, ([*target.split("."), ""])[1])
            if reason:
                faults.append(f"{source.file}:{line}: imports {target}: {reason}")
    return faults


def _forbidden(room: str, other: str) -> str:
    if not other:
        return "nothing inside imports the face; take the name from its own room"
    if other not in FLOORS:
        return "no such room on the floor plan"
    if FLOORS.index(other) > FLOORS.index(room):
        return f"{other} stands above {room}"
    if room in MODEL_WING and other in DATA_WING:
        return f"{room} is a model room, {other} is in the data wing"
    return ""


def circles(package: Iterable[Source]) -> list[str]:
    """Return a circle of imports if there is one, hidden ones included."""
    package = [source for source in package if source.name != FACE]
    modules = names(package)
    graph = {
        source.name: {name for name, _ in inner_imports(source, modules)} - {source.name}
        for source in package
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [" imports ".join(reversed(error.args[1]))]
    return []


def library_faults(package: Iterable[Source]) -> list[str]:
    """Return every import of a library outside its room."""
    return [
        f"{source.file}:{each.line}: imports {each.target}: {reason}"
        for source in package
        for each in imports(source)
        if (reason := _misplaced(source, each))
    ]


def _misplaced(source: Source, each: Import) -> str:
    if each.level:
        return "imports are absolute"
    if "pyplot" in each.target or each.target.startswith("pylab"):
        return "pyplot keeps hidden global figures; build a Figure"
    library = each.target.split(".")[0]
    homes = tuple(f"{FACE}.{home}" for home in HOMES.get(library, ()))
    if not homes or any(f"{source.name}.".startswith(f"{home}.") for home in homes):
        return ""
    if library == "pandas" and (each.typing or SEAMS & set(each.inside)):
        return ""
    return f"{library} lives in {', '.join(homes)}"


def loaded(modules: Iterable[str], watched: Iterable[str]) -> list[str]:
    """Return which of the watched libraries a fresh Python holds after some imports."""
    lines = [f"import {name}" for name in modules]
    lines += ["import sys", f"print(*[name for name in {tuple(watched)} if name in sys.modules])"]
    answer = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.split()
