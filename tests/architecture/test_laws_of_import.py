"""The import laws bite: each is first shown on made-up code."""

from __future__ import annotations

import pytest

from tests.architecture.laws_of_import import circles, floor_faults, library_faults
from tests.architecture.source import parse


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


def test_a_hidden_circle_is_found() -> None:
    """Functions and TYPE_CHECKING hide nothing."""
    one = parse("metaan.core.a", "if TYPE_CHECKING:\n    from metaan.core.b import B")
    two = parse("metaan.core.b", "def f():\n    from metaan.core import a")
    (found,) = circles([one, two])
    assert "metaan.core.a imports metaan.core.b" in found


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
