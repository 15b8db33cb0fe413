"""Who may import whom: down the floors only, and each library in its own room."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.architecture.source import (
    FACE,
    REPOSITORY,
    Import,
    Source,
    imports,
    inner_imports,
    parse,
    sources,
)

# Lowest first: a room imports itself and what stands before it.
FLOORS = (
    "core",
    "numerics",
    "measures",
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
DATA_WING = ("measures", "trials", "checks")

# Library → rooms or modules that may know it.
HOMES = {
    "pandas": ("trials", "checks", "report", "univariate.formula"),
    "matplotlib": ("plots",),
    "dask": ("batch.chunks",),
    "jinja2": ("report",),
    "click": ("cli",),
}
# Methods through which a record hands out a DataFrame.
SEAMS = {"to_frame", "data"}

HEAVY = ("matplotlib", "statsmodels", "scipy.stats")
LIGHT_ROOMS = ("core", "numerics", "measures", "tau2", "univariate")


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


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("metaan.core.a", "from metaan.tau2.table import X", "tau2 stands above core"),
        ("metaan.core.a", "def f():\n    import metaan.cli", "cli stands above core"),
        ("metaan.plots.a", "from metaan.trials import load", "trials is in the data wing"),
        ("metaan.cli", "from metaan import __version__", "nothing inside imports the face"),
        ("metaan.cli", "import metaan", "nothing inside imports the face"),
        ("metaan.utils", "", "not on the floor plan"),
        ("metaan.cli", "from metaan.attic import x", "no such room"),
    ],
)
def test_the_import_law_bites(name: str, text: str, fault: str) -> None:
    """Each way of breaking it is named."""
    (found,) = floor_faults([parse(name, text)])
    assert fault in found


def test_the_import_law_lets_a_room_look_down() -> None:
    """Its own room and lower ones are free."""
    text = "from metaan.core.effects import Effects\nfrom metaan.univariate.pooling import pool"
    assert floor_faults([parse("metaan.univariate.a", text)]) == []


def test_rooms_import_down_only() -> None:
    """The package keeps the order of its floors."""
    assert floor_faults(sources(FACE)) == []


def test_a_hidden_circle_is_found() -> None:
    """Functions and TYPE_CHECKING hide nothing."""
    one = parse("metaan.core.a", "if TYPE_CHECKING:\n    from metaan.core.b import B")
    two = parse("metaan.core.b", "def f():\n    from metaan.core import a")
    (found,) = circles([one, two])
    assert "metaan.core.a imports metaan.core.b" in found


def test_no_module_is_part_of_a_circle() -> None:
    """The package reads like a book, front to back."""
    assert circles(sources(FACE)) == []


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("metaan.core.a", "import pandas as pd", "pandas lives in"),
        ("metaan.core.a", "def show():\n    import pandas", "pandas lives in"),
        ("metaan.trialsome", "import pandas", "pandas lives in"),
        ("metaan.report.a", "from matplotlib.figure import Figure", "matplotlib lives in"),
        ("metaan.plots.a", "from matplotlib import pyplot", "hidden global figures"),
        ("metaan.plots.a", "import matplotlib.pyplot as plt", "hidden global figures"),
        ("metaan.batch.a", "import dask.array", "dask lives in metaan.batch.chunks"),
        ("metaan.cli", "import jinja2", "jinja2 lives in"),
        ("metaan.report.a", "import click", "click lives in"),
        ("metaan.core.a", "from . import b", "absolute"),
    ],
)
def test_the_library_law_bites(name: str, text: str, fault: str) -> None:
    """Each library is refused outside its room."""
    (found,) = library_faults([parse(name, text)])
    assert fault in found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("metaan.core.a", "class A:\n    def to_frame(self):\n        import pandas as pd"),
        ("metaan.core.a", "if TYPE_CHECKING:\n    import pandas as pd"),
        ("metaan.trials.a", "import pandas as pd"),
        ("metaan.univariate.formula", "import pandas as pd"),
        ("metaan.batch.chunks", "import dask.array"),
    ],
)
def test_the_library_law_knows_its_seams(name: str, text: str) -> None:
    """A record may hand out a DataFrame, and name its type."""
    assert library_faults([parse(name, text)]) == []


def test_each_library_stays_in_its_room() -> None:
    """The package keeps its libraries where they belong."""
    assert library_faults(sources(FACE)) == []


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


def test_import_metaan_is_light() -> None:
    """The face loads what is asked for, when it is asked for."""
    assert loaded([FACE], [*HEAVY, "pandas", "scipy"]) == []


def test_the_lower_rooms_are_light() -> None:
    """Pooling numbers needs neither plots nor a statistics package."""
    modules = [source.name for source in sources(FACE) if source.room in LIGHT_ROOMS]
    assert loaded(modules, HEAVY) == []
