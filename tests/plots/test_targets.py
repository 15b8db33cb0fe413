"""The areas of studies: in the SVG, numbered through a figure; nothing of them is painted."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from metaan.diagnostics.influence.influence import influence
from metaan.diagnostics.leaving_out import leave_one_out
from metaan.plots.charts.drapery import drapery
from metaan.plots.charts.funnel import funnel
from metaan.plots.charts.radial import radial
from metaan.plots.diagnostics.baujat_plot import baujat_plot
from metaan.plots.diagnostics.influence_plot import influence_plot
from metaan.plots.diagnostics.sunset import sunset_funnel
from metaan.plots.forests.forest import forest
from metaan.plots.forests.rows import forest_rows
from metaan.plots.forests.stack import draw_stack
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.targets import Target
from metaan.univariate.pooling import pool
from tests.plots import builders as make

K = 4
FIT = pool(make.effects([0.1, -0.4, -0.9, 0.3], [0.04, 0.09, 0.02, 0.5]))
FIGURES: dict[str, Callable[[], Plot[Any]]] = {
    "forest": lambda: forest(FIT),
    "left out": lambda: forest(leave_one_out(FIT)),
    "funnel": lambda: funnel(FIT),
    "radial": lambda: radial(FIT),
    "drapery": lambda: drapery(FIT),
    "influence": lambda: influence_plot(influence(FIT)),
    "baujat": lambda: baujat_plot(FIT),
    "sunset": lambda: sunset_funnel(FIT, 0.5),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_study_has_an_area(tmp_path: Path, name: str) -> None:
    """In the order of the record, within the page, without a color."""
    plot = FIGURES[name]()
    text = plot.save(tmp_path / "x.svg").read_text(encoding="utf-8")
    assert re.findall(r'id="study-(\d+)"', text) == [str(i) for i in range(K)]
    wide, high = plot.figure.bbox.size
    for area in plot.figure.findobj(Target):
        box = area.get_window_extent()
        assert box.width > 0
        assert box.height > 0
        assert -1 <= box.x0 < box.x1 <= wide + 1
        assert -1 <= box.y0 < box.y1 <= high + 1
        assert area.get_facecolor()[3] == 0


@pytest.mark.parametrize("name", ["forest", "funnel"])
def test_no_area_is_seen(name: str) -> None:
    """The pixels are those of the figure without them."""
    plot = FIGURES[name]()
    pictures = []
    for shown in (True, False):
        for area in plot.figure.findobj(Target):
            area.set_visible(shown)
        buffer = BytesIO()
        plot.figure.savefig(buffer, format="rgba")
        pictures.append(buffer.getvalue())
    assert pictures[0] == pictures[1]


def test_stacked_figures_number_on() -> None:
    """Names stay single in a file."""
    record = forest_rows(FIT)
    areas = draw_stack([record, record]).figure.findobj(Target)
    assert [area.get_gid() for area in areas] == [f"study-{i}" for i in range(2 * K)]
