"""How a layout makes a forest plot look: places of words, lines, stripes, lights, colors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from metaan.core.arrays import Floats, FrozenDict
from metaan.plots.forests.forest import draw_forest, forest
from metaan.plots.forests.placing import forest_page
from metaan.plots.forests.record import ForestColumn, ForestRow, ForestRows
from metaan.plots.forests.stack import draw_stack
from metaan.plots.pages import theme
from metaan.plots.pages.contrast import ink_on, luminance
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.theme import DARK, GRAY, LIGHT, THEMES
from tests.plots import builders as make
from tests.plots.looking import misplaced, texts

SIDES = ("Favors vaccine", "Favors control")


def record(**layout: Any) -> ForestRows:
    """Return the record of the BCG trials in a layout changed so."""
    made = forest(make.bcg_fit(), title="BCG", favors=SIDES).record
    return replace(made, layout=replace(made.layout, **layout))


def heights(plot: Plot[ForestRows]) -> dict[str, float]:
    """Return the lower ends of the texts, points from the foot of the page."""
    return {text: float(box[1]) for text, box in texts(plot)}


def polygons(artists: Any, color: str) -> list[Floats]:
    """Return the corners of the polygons of a color among these artists."""
    found: list[Floats] = []
    for artist in artists:
        if isinstance(artist, PolyCollection):
            fills = [to_hex(tuple(fill)) for fill in np.atleast_2d(artist.get_facecolor())]
            paths = artist.get_paths()
            fills = fills * len(paths) if len(fills) == 1 else fills
            found += [
                np.asarray(path.vertices)[:-1]
                for path, fill in zip(paths, fills, strict=True)
                if fill == color
            ]
    return found


@pytest.mark.parametrize("name", THEMES)
def test_words_stand_over_or_under_the_panel(name: str) -> None:
    """Axis title and sides above the first row, or below the ticks."""
    over = draw_forest(record(axis_title="over", favors="over", arrows=False), theme=name)
    high = heights(over)
    assert min(high["Risk ratio"], high[SIDES[0]], high[SIDES[1]]) > high["Aronson 1948"]
    assert high["Risk ratio"] > high[SIDES[0]]
    under = heights(draw_forest(record(), theme=name))
    assert max(under["Risk ratio"], under["← Favors vaccine"]) < under["0.5"]
    assert under["Favors control →"] == pytest.approx(under["← Favors vaccine"])
    assert under["← Favors vaccine"] > under["Risk ratio"]
    assert misplaced(over) == ([], [])


@pytest.mark.parametrize("place", ["under", "over"])
@pytest.mark.parametrize("mean", [-20.0, 20.0])
def test_sides_have_room_where_no_effect_lies_at_an_end(place: Any, mean: float) -> None:
    """Both texts move together; no word is cut."""
    studies = make.effects([mean, mean - 1, mean + 1], [4.0, 4.0, 4.0])
    made = forest(
        make.fit(studies, mean=(mean, mean - 2, mean + 2)),
        favors=("Favors acupuncture with electrical stimulation", "Favors sham acupuncture"),
    ).record
    plot = draw_forest(replace(made, layout=replace(made.layout, favors=place)))
    assert misplaced(plot) == ([], [])
    shown = " ".join(text for text, _ in texts(plot))
    for word in ("acupuncture", "with", "electrical", "stimulation", "sham"):
        assert word in shown


def dashes(plot: Plot[ForestRows], x: float) -> list[Any]:
    """Return the dashes of the lines that stand upright at ``x``."""
    found = []
    for artist in plot.axes.collections:
        if isinstance(artist, LineCollection):
            ends = np.asarray(artist.get_paths()[0].vertices)
            if (ends[:, 0] == x).all() and ends[0, 1] != ends[1, 1]:
                style: Any = artist.get_linestyle()
                found.append(style[0][1])
    return found


def test_lines_of_no_effect_and_of_the_total_are_drawn_as_asked() -> None:
    """Solid, dashed, dotted, or not at all."""
    mean = -0.7145
    usual = draw_forest(record())
    assert dashes(usual, 0.0) == [None]
    assert len(dashes(usual, mean)[0]) == 2
    none = draw_forest(record(null_line="none", total_line="none"))
    assert dashes(none, 0.0) == [] == dashes(none, mean)
    turned = draw_forest(record(null_line="dashed", total_line="solid"))
    assert len(dashes(turned, 0.0)[0]) == 2
    assert dashes(turned, mean) == [None]


def test_every_second_study_lies_on_a_stripe() -> None:
    """Behind the row, as wide as the page; neither total nor notes have one."""
    made = record(zebra=True)
    page = forest_page(made)
    stripes = [np.array(shape.points) for shape in page.shapes]
    middles = [stripe[:, 1].mean() for stripe in stripes]
    assert middles == pytest.approx(page.centers[0:13:2], abs=1e-9)
    assert forest_page(record()).shapes == ()


def test_a_layouts_colors_belong_to_its_theme() -> None:
    """Black diamonds on white paper; another theme is taken as it is."""
    made = record(colors=FrozenDict({"ours": "#123456"}))
    assert len(polygons(draw_forest(made).axes.collections, "#123456")) == 1
    dark = draw_forest(made, theme="dark")
    assert polygons(dark.axes.collections, "#123456") == []
    assert len(polygons(dark.axes.collections, DARK.ours)) == 1
    assert to_hex(dark.figure.get_facecolor()) == DARK.paper
    whole = draw_forest(record(theme="gray"))
    assert len(polygons(whole.axes.collections, GRAY.ours)) == 1


def with_rows(*changed: ForestRow) -> ForestRows:
    """Return the BCG record with these rows in place of its first."""
    made = record()
    return replace(made, rows=(*changed, *made.rows[len(changed) :]))


def test_the_band_lies_behind_everything() -> None:
    """It is the first artist, and as wide as its numbers, or as the axis."""
    made = record()
    band = (np.log(0.8), np.log(1.25))
    plot = draw_forest(replace(made, axis=replace(made.axis, band=band)))
    first = polygons(plot.axes.collections[:1], LIGHT.band)[0]
    assert (first[:, 0].min(), first[:, 0].max()) == band
    wide = draw_forest(replace(made, axis=replace(made.axis, band=(-99.0, 99.0))))
    first = polygons(wide.axes.collections[:1], LIGHT.band)[0]
    assert (first[:, 0].min(), first[:, 0].max()) == (made.axis.low, made.axis.high)


def test_colors_and_markers_of_studies() -> None:
    """A series has its color in mark and whisker, and its shape; areas stay weights."""
    rows = record().rows
    plot = draw_forest(with_rows(replace(rows[0], series=1, marker="triangle")))
    (shape,) = polygons(plot.axes.collections, LIGHT.series[1])
    assert len(shape) == 3
    lines = [each for each in plot.axes.collections if isinstance(each, LineCollection)]
    colors = [to_hex(tuple(np.atleast_2d(np.array(line.get_color()))[0])) for line in lines]
    assert colors.count(LIGHT.series[1]) == 1


def test_refits_models_and_fitted_values_have_marks_of_their_own() -> None:
    """A square with a whisker, a pale diamond, a pale diamond behind the square."""
    row = record().rows[0]
    refit = replace(row, kind="refit")
    model = replace(row, kind="model")
    fitted = replace(row, fitted=(-0.5, -0.9, -0.1))
    plot = draw_forest(with_rows(refit, model, fitted))
    pale = polygons(plot.axes.collections, LIGHT.prediction)
    ends = {(shape[:, 0].min(), shape[:, 0].max()) for shape in pale}
    assert {(row.low, row.high), (-0.9, -0.1)} <= ends
    assert len(polygons(plot.axes.collections, LIGHT.ours)) == 2
    order = [each for each in plot.axes.collections if isinstance(each, PolyCollection)]
    assert len(polygons(order[:1], LIGHT.prediction)) == 1


@pytest.mark.parametrize(
    "numbers",
    [
        {"value": np.nan, "low": np.nan, "high": np.nan, "size": np.nan},
        {"low": np.nan},
        {"low": -np.inf, "high": np.inf},
        {"value": -np.inf, "low": -np.inf},
        {"value": np.inf, "low": np.inf, "high": np.inf},
        {"size": 0.0},
        {"kind": "prediction", "low": np.nan},
        {"kind": "total", "value": np.nan},
        {"kind": "model", "low": np.nan, "high": np.nan},
    ],
)
def test_numbers_that_are_missing_or_infinite_draw_what_there_is(numbers: Any) -> None:
    """No error, no warning, nothing out of the panel's file; a missing point has no mark."""
    row = replace(record().rows[0], **numbers)
    plot = draw_forest(with_rows(row))
    plot.figure.canvas.draw()
    marks = [
        *polygons(plot.axes.collections, LIGHT.study),
        *polygons(plot.axes.collections, LIGHT.ours),
    ]
    assert all(np.isfinite(mark).all() for mark in marks)
    drawn = len(polygons(plot.axes.collections, LIGHT.study))
    assert drawn == 12 + (row.kind == "study" and not np.isnan(row.value))


def lit(key: str, *, domains: int = 3) -> ForestRows:
    """Return the BCG record with lights of one judgment."""
    made = record()
    columns = tuple(
        ForestColumn(key=f"D{i}", head=f"D{i}", over="Risk of bias", side="right",
                     align="center", lights=True)
        for i in range(domains)
    )  # fmt: skip
    cells = FrozenDict({column.key: (key,) for column in columns})
    rows = [
        replace(row, texts=FrozenDict({**row.texts, **cells})) if row.kind == "study" else row
        for row in made.rows
    ]
    legend = (LegendEntry(label="The judgment", fill=theme.HIGH, symbol="×"),)
    return replace(made, rows=tuple(rows), columns=(*made.columns, *columns), legend=legend)


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(("key", "sign"), [("low", "+"), ("high", "×"), ("critical", "‼")])
def test_lights_are_discs_with_signs_that_can_be_read(name: str, key: str, sign: str) -> None:
    """A disc per judgment, centered on its row and under its sign, in black or white."""
    made = lit(key)
    plot = draw_forest(made, theme=name)
    page = forest_page(made)
    discs = [np.array(shape.points) for shape in page.shapes if len(shape.points) == 40]
    middles = {round(float(disc[:, 1].mean()), 6) for disc in discs[:-1]}
    assert middles == {round(center, 6) for center in page.centers[:13]}
    signs = [word for word in page.words if word.text == sign and word.style.size == 7.5]
    assert len(signs) == 39
    for disc, word in zip(discs, signs, strict=False):
        assert disc[:, 0].mean() == pytest.approx(word.x, abs=1e-9)
    shown = [text for text in plot.figure.findobj(Text) if text.get_text() == sign]
    ground = luminance(THEMES[name].color({"critical": "ink"}.get(key, key)))
    ink = luminance(to_hex(shown[0].get_color()))
    assert (max(ink, ground) + 0.05) / (min(ink, ground) + 0.05) > 4.5
    assert misplaced(plot) == ([], [])


def test_black_and_white_stand_out() -> None:
    """The better of both; their luminances are 0 and 1."""
    assert [luminance("#000000"), luminance("#ffffff")] == pytest.approx([0.0, 1.0])
    assert [ink_on(c) for c in ("#ffffff", "#000000", "#777777")] == [
        "#000000",
        "#ffffff",
        "#000000",
    ]


def test_marks_of_one_look_are_one_artist() -> None:
    """So that two hundred studies are drawn as fast as their texts."""
    few, many = (forest(make.many(k, "none")).axes.collections for k in (3, 200))
    assert len(few) == len(many) < 6


def test_a_long_legend_takes_several_lines() -> None:
    """Nothing of it leaves the page or touches anything."""
    entries = tuple(
        LegendEntry(label=f"{make.LONG} {i}" if i % 2 else f"Short {i}", fill=f"series {i}")
        for i in range(7)
    )
    plot = draw_forest(replace(record(), legend=entries))
    assert misplaced(plot) == ([], [])
    assert "Short 6" in heights(plot)


def test_columns_of_words_are_broken_into_lines() -> None:
    """The row grows; the numbers stay in one line on its middle."""
    made = record()
    column = ForestColumn(
        key="what", head="What was given and to whom", side="right", align="left"
    )
    first = replace(made.rows[0], texts=FrozenDict({**made.rows[0].texts, "what": (make.LONG,)}))
    made = replace(made, columns=(*made.columns, column), rows=(first, *made.rows[1:]))
    plot = draw_forest(made)
    assert misplaced(plot) == ([], [])
    page = forest_page(made)
    lines = [word for word in page.words if word.text and word.text in make.LONG]
    assert len(lines) >= 3
    assert page.centers[1] - page.centers[0] > 1.5 * (page.centers[3] - page.centers[2])


def test_crowded_ticks_keep_their_marks_and_lose_some_labels() -> None:
    """No label touches another."""
    made = record()
    ticks = tuple(np.linspace(made.axis.low, made.axis.high, 60))
    axis = replace(made.axis, ticks=ticks, tick_labels=tuple(f"tick {i}" for i in range(60)))
    plot = draw_forest(replace(made, axis=axis))
    assert misplaced(plot) == ([], [])
    shown = [text for text, _ in texts(plot) if text.startswith("tick")]
    assert 3 < len(shown) < 30
    rules = forest_page(replace(made, axis=axis)).rules
    assert sum(rule.start[0] == rule.end[0] for rule in rules) == 60


@pytest.mark.parametrize("size", [(1.0, 0.7), (3.0, 9.0), (40.0, 2.0)])
def test_any_area_holds_the_whole_figure(size: tuple[float, float]) -> None:
    """Also one of a subfigure: all texts in it, apart from each other."""
    figure = Figure(figsize=(2 * size[0], size[1]))
    halves: Any = figure.subfigures(1, 2)
    right = halves[1]
    ax = right.add_axes((0.0, 0.0, 1.0, 1.0))
    plot = forest(make.bcg_fit(), ax=ax, title="In a corner", favors=SIDES, layout="plain")
    area = ax.get_window_extent()
    boxes = [text.get_window_extent() for text in ax.findobj(Text) if text.get_text()]
    assert min(box.x0 for box in boxes) >= area.x0
    assert max(box.x1 for box in boxes) <= area.x1 + 1e-6
    assert min(box.y0 for box in boxes) >= area.y0
    assert max(box.y1 for box in boxes) <= area.y1 + 1e-6
    assert plot.figure is figure


@pytest.mark.parametrize("name", ["", "dark"])
def test_a_stack_has_one_paper_and_nothing_overlaps(name: str) -> None:
    """Forests of different widths under each other, in the theme asked for."""
    wide = forest(make.many(6, "continuous", long_labels=True), title="Wide").record
    plot = draw_stack([record(), wide, lit("low")], theme=name)
    paper = DARK.paper if name else LIGHT.paper
    assert to_hex(plot.figure.get_facecolor()) == paper
    assert misplaced(plot) == ([], [])
