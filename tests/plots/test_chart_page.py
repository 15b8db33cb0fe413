"""The page of a chart: texts stay apart, names off the marks and each other, all of it inside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from metaan.plots.pages import theme
from metaan.plots.pages.chart import (
    ChartAxis,
    ChartFrame,
    chart_page,
    marker_polygons,
    open_chart,
)
from metaan.plots.pages.labels import (
    Dot,
    PanelText,
    Placed,
    PointLabel,
    place_labels,
)
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.page import Word
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.theme import THEMES, find_theme
from metaan.plots.pages.typesetting import width
from tests.plots.looking import misplaced, overlaps, texts

BOX = (40.0, 340.0, 30.0, 230.0)
LONG = " ".join(["Words that go on and on, further than any page is wide,"] * 6)
LINKED = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
SHARES = {"left": 0.0, "center": 0.5, "right": 1.0}
X = ChartAxis(
    low=-2.0, high=3.0, ticks=(-2.0, 0.0, 3.0), tick_labels=("−2", "0", "a long tick label"),
    label="Across", grid=True,
)  # fmt: skip
Y = ChartAxis(low=9.0, high=0.0, ticks=(9.0, 0.0), tick_labels=("9", "0.000001"), label="Up")
FRAME = ChartFrame(x=X, y=Y, title="Title", subtitle="Below", notes=("Note.",))
KINDS = ("marker", "line", "dashed", "area")


class Empty:
    """A record of nothing, for the frames that are looked at."""

    title, alt = "", ""

    def to_frame(self) -> None:
        """Return nothing."""


def drawn(frame: ChartFrame) -> Plot[Empty]:
    """Return the chart of a frame, without marks."""
    with styled():
        opened = open_chart(frame, None, find_theme(theme.DEFAULT_THEME))
    return Plot(figure=opened.figure, axes=opened.panel, record=Empty())  # type: ignore[type-var]


def crowd(k: int, *, text: str = "Study") -> tuple[list[PointLabel], list[Dot]]:
    """Return seeded points in the box, and their names."""
    rng = np.random.default_rng(k)
    x, y = rng.normal(190, 60, k).clip(*BOX[:2]), rng.normal(130, 40, k).clip(*BOX[2:])
    labels = [PointLabel(x=a, y=b, text=f"{text} {i}") for i, (a, b) in enumerate(zip(x, y))]  # noqa: B905
    return labels, [Dot(x=a, y=b) for a, b in zip(x, y)]  # noqa: B905


def boxes(placed: Placed) -> np.ndarray:
    """Return left, top, right and bottom of the words, from their widths alone."""
    found = []
    for word in placed.words:
        long = width(word.text, word.style)
        left = word.x - SHARES[word.align] * long
        found.append((left, word.y - 0.73 * word.style.size, left + long, word.y))
    return np.array(found).reshape(-1, 4)


@pytest.mark.parametrize("k", [1, 13, 60, 300])
def test_names_stand_off_dots_and_each_other(k: int) -> None:
    """No box of a name meets a dot, another name, or the edge."""
    labels, dots = crowd(k)
    placed = place_labels(labels, dots, BOX)
    assert len(placed.words) + len(placed.left_out) == k
    assert len(placed.words) > 0
    mine = boxes(placed)
    for i, (left, top, right, bottom) in enumerate(mine):
        assert BOX[0] <= left
        assert right <= BOX[1]
        assert BOX[2] <= top
        assert bottom <= BOX[3]
        near = [
            np.hypot(np.clip(d.x, left, right) - d.x, np.clip(d.y, top, bottom) - d.y)
            for d in dots
        ]
        assert min(near) > 2.9
        rest = np.delete(mine, i, axis=0)
        apart = (rest[:, 0] >= right) | (rest[:, 2] <= left)
        assert (apart | (rest[:, 1] >= bottom) | (rest[:, 3] <= top)).all()


def test_a_name_without_a_place_is_left_out() -> None:
    """A point walled in by dots on all sides."""
    wall = [Dot(x=x, y=y) for x in range(150, 250, 5) for y in range(80, 180, 5)]
    placed = place_labels([PointLabel(x=200, y=130, text="Inside")], wall, BOX)
    assert placed == Placed(words=(), left_out=("Inside",))


def test_names_keep_clear_of_lines_where_they_can() -> None:
    """To the left of a line at the right; across it, rather than not at all."""
    label = PointLabel(x=190, y=130, text="Name")
    line = [Dot(x=200, y=y, radius=1.0) for y in range(30, 230, 5)]
    (free,) = place_labels([label], [], BOX).words
    (dodged,) = place_labels([label], [], BOX, lines=line).words
    assert (free.align, dodged.align) == ("left", "right")
    all_over = [Dot(x=x, y=y, radius=1.0) for x in range(40, 340, 5) for y in range(30, 230, 5)]
    assert place_labels([label], [], BOX, lines=all_over).words == (free,)


def test_long_names_are_broken_into_lines() -> None:
    """No line is wider than 120 points, no word is lost."""
    for text in (LONG[:100].strip(), LINKED):
        placed = place_labels([PointLabel(x=60, y=130, text=text)], [], BOX)
        assert len(placed.words) > 1
        assert max(width(word.text, word.style) for word in placed.words) <= 120
        assert "".join("".join(w.text for w in placed.words).split()) == "".join(text.split())


def test_names_keep_clear_of_texts_that_stay() -> None:
    """A fixed text is an obstacle as a dot is."""
    fixed = Word(x=200, y=133, text="A text that stays here", style=theme.TICK)
    (name,) = place_labels([PointLabel(x=190, y=130, text="Name")], [], BOX, [fixed]).words
    assert name.align == "right"


def test_everything_long_is_broken_and_stays_on_the_page() -> None:
    """Titles, notes, labels of axes, legend and names."""
    labels = tuple(PointLabel(x=0.5 * i, y=4.0, text=LONG[: 40 * i]) for i in range(1, 4))
    frame = replace(
        FRAME,
        title=LONG,
        subtitle=LONG,
        notes=(LONG, LINKED * 3),
        x=replace(X, label=LONG),
        y=replace(Y, label=LONG),
        legend=tuple(LegendEntry(label=LONG, kind=kind) for kind in KINDS),  # type: ignore[arg-type]
        labels=labels,
    )
    plot = drawn(frame)
    assert misplaced(plot) == ([], [])


@pytest.mark.parametrize("entries", [1, 4, 20])
def test_a_legend_takes_as_many_lines_as_it_needs(entries: int) -> None:
    """Its words stay apart, and what follows stands below."""
    legend = tuple(LegendEntry(label=f"Entry {i}", kind=KINDS[i % 4]) for i in range(entries))  # type: ignore[arg-type]
    plot = drawn(replace(FRAME, legend=legend))
    assert misplaced(plot) == ([], [])
    where = dict(texts(plot))
    assert where["Note."][3] < min(where[entry.label][1] for entry in legend)


def test_names_that_are_lost_are_counted_in_a_footnote() -> None:
    """In the singular and in the plural; nothing where all have a place."""
    wall = tuple(Dot(x=x, y=y) for x in np.linspace(-2, 3, 60) for y in np.linspace(0, 9, 50))
    names = tuple(PointLabel(x=0.0, y=y, text=f"Name {y}") for y in (2.0, 4.0))
    for number, told in (
        (2, "2 of 2 names have no free place and are left out."),
        (1, "The name of the point has no free place and is left out."),
    ):
        frame = replace(FRAME, labels=names[:number], dots=wall)
        assert told in [word.text for word in chart_page(frame).words]
    near = (*(dot for dot in wall if dot.x < 1.5), Dot(x=2.0, y=4.0))
    frame = replace(FRAME, labels=(names[0], replace(names[1], x=2.0)), dots=near)
    found = [word.text for word in chart_page(frame).words]
    assert "1 of 2 names has no free place and is left out." in found
    assert not any("free place" in word.text for word in chart_page(FRAME).words)


def test_texts_of_the_panel_stay_where_they_are_put() -> None:
    """Centered on their height, and shifted to the right."""
    plot = drawn(replace(FRAME, texts=(PanelText(x=1.0, y=3.0, text="HERE", shift=5.0),)))
    x, y = plot.axes.transData.transform((1.0, 3.0)) * 72 / plot.figure.dpi
    left, low, _, high = dict(texts(plot))["HERE"]
    assert left == pytest.approx(x + 5, abs=1.0)
    assert (low + high) / 2 == pytest.approx(y, abs=1.0)


def test_an_axis_may_be_shorter_than_its_panel() -> None:
    """Its line and the middle of its label."""
    page = chart_page(replace(FRAME, x=replace(X, grid=False, span=(-2.0, 0.5))))
    flat = [rule for rule in page.rules if rule.start[1] == rule.end[1] > page.bottom]
    (line,) = flat
    assert (line.start[0], line.end[0]) == pytest.approx((page.left, (page.left + page.right) / 2))
    (label,) = [word for word in page.words if word.text == "Across"]
    assert label.x == pytest.approx((line.start[0] + line.end[0]) / 2)


@pytest.mark.parametrize("ends", [(-2.0, 3.0), (3.0, -2.0)])
def test_the_panel_has_the_limits_of_its_axes(ends: tuple[float, float]) -> None:
    """Also where an axis is turned round; and ticks stand at their values."""
    frame = replace(FRAME, x=replace(X, low=ends[0], high=ends[1]))
    plot = drawn(frame)
    assert plot.axes.get_xlim() == ends
    assert plot.axes.get_ylim() == (9.0, 0.0)
    x, _ = plot.axes.transData.transform((0.0, 0.0)) * 72 / plot.figure.dpi
    left, _, right, _ = dict(texts(plot))["0"]
    assert (left + right) / 2 == pytest.approx(x, abs=0.6)


def test_markers_are_round_on_the_page() -> None:
    """A radius is points, whatever the units and directions of the axes."""
    with styled():
        opened = open_chart(FRAME, None, find_theme(theme.DEFAULT_THEME))
    (circle,) = marker_polygons(opened, [(1.0, 4.0)], "circle", 5.0)
    seen = opened.panel.transData.transform(circle) * 72 / opened.figure.dpi
    middle = opened.panel.transData.transform((1.0, 4.0)) * 72 / opened.figure.dpi
    np.testing.assert_allclose(np.hypot(*(seen - middle).T), 5.0, rtol=1e-6)
    (up,) = marker_polygons(opened, [(1.0, 4.0)], "triangle", 5.0)
    heights = opened.panel.transData.transform(up)[:, 1]
    assert heights[0] == max(heights)  # its tip points up though the axis runs down


@pytest.mark.parametrize("size", [(3.0, 2.0), (12.0, 9.0)])
def test_a_page_is_scaled_down_into_the_axes_of_the_caller_never_up(
    size: tuple[float, float],
) -> None:
    """All texts lie in the area; type is never larger than on a page of its own."""
    figure = Figure(figsize=size)
    ax = figure.add_axes((0.1, 0.2, 0.8, 0.7))
    with styled():
        opened = open_chart(FRAME, ax, find_theme(theme.DEFAULT_THEME))
    plot = Plot(figure=figure, axes=opened.panel, record=Empty())  # type: ignore[type-var]
    assert opened.scale == 1.0 if size[0] == 12 else opened.scale < 1.0
    wide, high = size[0] * 72, size[1] * 72
    for _, (x0, y0, x1, y1) in texts(plot):
        assert 0.1 * wide <= x0
        assert x1 <= 0.9 * wide
        assert 0.2 * high <= y0
        assert y1 <= 0.9 * high
    assert overlaps(plot) == []


@pytest.mark.parametrize("name", THEMES)
def test_axes_stand_beside_what_fills_the_panel(name: str) -> None:
    """A filled panel covers no half of a line; this holds in every theme."""
    page = chart_page(FRAME)
    for rule in (rule for rule in page.rules if rule.color == theme.INK):
        (x0, y0), (x1, y1) = rule.start, rule.end
        upright_axis = max(x0, x1) <= page.left - rule.weight / 2 + 1e-9
        flat_axis = min(y0, y1) >= page.bottom + rule.weight / 2 - 1e-9
        assert upright_axis or flat_axis
    assert find_theme(name).color(theme.INK) != find_theme(name).paper
