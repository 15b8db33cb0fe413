"""Network graphs as they are drawn: names clear of lines, circles and each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from metaan.plots.networks.graph import network_graph
from metaan.plots.pages.theme import LIGHT, THEMES
from tests.networks.pinned import effects
from tests.plots.hostile import NAMES
from tests.plots.looking import misplaced, texts
from tests.plots.network_graphs import NETWORKS, faults, of_studies, scattered, star, struck


@pytest.mark.parametrize("layout", ["circle", "spring"])
@pytest.mark.parametrize("name", NETWORKS)
def test_names_stand_clear_of_everything(name: str, layout: str) -> None:
    """Of lines, circles, each other and the edge of the page: as the renderer has them."""
    plot = network_graph(NETWORKS[name](), layout=layout)
    assert faults(plot) == []


@pytest.mark.parametrize("layout", ["circle", "spring"])
@pytest.mark.parametrize("seed", range(3))
def test_networks_of_any_shape_are_drawn(seed: int, layout: str) -> None:
    """Seeded ones, with names of up to sixty letters, from sparse to dense."""
    plot = network_graph(scattered(seed, 4 + 6 * seed, 4 * seed), layout=layout)
    assert faults(plot) == []


@pytest.mark.parametrize("layout", ["circle", "spring"])
def test_numbers_stand_on_their_own_line_alone(layout: str) -> None:
    """Every number of studies meets one line, no circle and no text."""
    plot = network_graph(effects("senn2013"), layout=layout, counts=True)
    tallies = [edge.tally for edge in plot.record.edges]
    assert None not in tallies
    met = struck(plot, texts(plot))
    assert sorted(text for text, _ in met) == sorted(tally.text for tally in tallies if tally)
    assert {many for _, many in met} == {1}
    assert faults(plot, tallies=True) == []


def test_large_networks_keep_their_names_apart() -> None:
    """Sixty treatments around a circle, some of them at the end of a thin line."""
    plot = network_graph(star(60))
    assert faults(plot) == []
    assert plot.figure.get_figwidth() < 12


@pytest.mark.parametrize("theme", THEMES)
def test_colors_are_those_of_the_theme(theme: str) -> None:
    """Circles, lines, and areas that lines are seen through."""
    plot = network_graph(effects("franchini2012"), theme=theme)
    colors = THEMES[theme]
    lines = plot.axes.findobj(LineCollection)[0]
    assert {to_hex(each) for each in lines.get_colors()} == {colors.rule}
    assert sorted(lines.get_linewidths()) == sorted(edge.width for edge in plot.record.edges)
    area, circles = plot.axes.findobj(PolyCollection)
    assert to_hex(area.get_facecolor()[0]) == colors.series[0]
    assert 0.1 < area.get_facecolor()[0][3] < 0.5
    assert {to_hex(each) for each in circles.get_facecolor()} == {colors.study}
    assert len(circles.get_paths()) == 5
    assert plot.figure.get_facecolor()[:3] == pytest.approx(
        tuple(int(colors.paper[i : i + 2], 16) / 255 for i in (1, 3, 5))
    )


def test_circles_are_where_the_record_says() -> None:
    """Centers and areas, in points."""
    plot = network_graph(effects("woods2010"), polygons=False)
    (circles,) = plot.axes.findobj(PolyCollection)
    drawn = [path.vertices[:-1] for path in circles.get_paths()]
    centers = sorted(tuple(np.round(each.mean(axis=0), 6)) for each in drawn)
    assert centers == sorted((round(n.x, 6), round(n.y, 6)) for n in plot.record.nodes)
    spans = sorted(float(np.ptp(each[:, 0])) for each in drawn)
    assert spans == pytest.approx(sorted(2 * n.radius for n in plot.record.nodes), rel=0.01)


def test_classes_have_markers_of_one_area() -> None:
    """A diamond is as large as a circle, and names keep clear of its corners."""
    net = star(7)
    classes = {name: f"class {i}" for i, name in enumerate(net.treatments)}
    plot = network_graph(net, color=classes, size="equal", theme="gray")
    circles = plot.axes.findobj(PolyCollection)[0]
    x_y = [path.vertices for path in circles.get_paths()]
    areas = [abs(np.sum(v[:-1, 0] * v[1:, 1] - v[1:, 0] * v[:-1, 1])) / 2 for v in x_y]
    assert areas == pytest.approx([areas[0]] * 7)
    boxes = [text for text, _ in texts(plot)]
    assert "class 6" in boxes
    assert faults(plot) == []


def test_axes_of_the_caller_hold_the_whole_page() -> None:
    """Scaled down to fit, round circles stay round, nothing is cut."""
    figure = Figure(figsize=(7, 3))
    left, right = figure.subplots(1, 2)
    plot = network_graph(effects("senn2013"), ax=left, counts=True)
    network_graph(NETWORKS["parts"](), ax=right, layout="spring")
    assert misplaced(plot)[1] == []
    panel = plot.axes.get_window_extent()
    assert panel.width / panel.height == pytest.approx(plot.record.wide / plot.record.high)


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_the_same_seed_gives_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    """Drawn twice and written twice."""
    files = []
    for i in range(2):
        plot = network_graph(effects("senn2013"), layout="spring", rng=5)
        files.append(plot.save(tmp_path / f"{i}.{suffix}").read_bytes())
    assert files[0] == files[1]


def test_hostile_names_are_drawn_literally() -> None:
    """No mathematics, no markup, and no treatment without a name."""
    names = [name for name in NAMES if "\U0001f600" not in name and "NUL" not in name][:9]
    plot = network_graph(of_studies(*((names[0], name) for name in names[1:])))
    drawn = " ".join(text for text, _ in texts(plot))
    assert "$x_{" in drawn
    assert "]]> &amp; <!--" in drawn
    assert misplaced(plot) == ([], [])


def test_legends_show_what_is_drawn() -> None:
    """Areas in the legend have the color that they have on the paper."""
    plot = network_graph(effects("franchini2012"))
    words = [text for text, _ in texts(plot)]
    assert {"Studies per treatment", "Studies per comparison"} <= set(words)
    page = plot.figure.axes[0]
    seen = {to_hex(each) for shape in page.collections if isinstance(shape, PolyCollection)
            for each in shape.get_facecolor()}  # fmt: skip
    share = 0x38 / 255
    mixed = [share * int(LIGHT.series[0][i : i + 2], 16) + (1 - share) * 255 for i in (1, 3, 5)]
    assert "#" + "".join(f"{round(part):02x}" for part in mixed) in seen
