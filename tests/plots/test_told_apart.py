"""What colors, markers and dashes tell apart, and what legends say they stand for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import LineCollection

from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.plots.charts.bubble_colors import MOST_GROUPS, look_of
from metaan.plots.charts.caterpillar import caterpillar
from metaan.plots.charts.drapery import drapery
from metaan.plots.charts.drapery_looks import MOST_CURVES, part_look
from metaan.plots.charts.funnel import funnel
from metaan.plots.pages.contrast import contrast
from metaan.plots.pages.legend import DASHES, LegendEntry
from metaan.plots.pages.legend_block import legend_block
from metaan.plots.pages.swatches import SWATCH_WIDTH, swatch
from metaan.plots.pages.theme import DARK, MARGIN, THEMES
from metaan.univariate.pooling import pool
from metaan.univariate.subgrouping import subgroups
from tests.plots import builders as make
from tests.plots.looking import misplaced, texts

# Studies of random numbers in small groups agree more than chance would have it, some of them.
QUIET = pytest.mark.filterwarnings("ignore::metaan.core.errors.EmptyIntervalWarning")


def lands(k: int, count: int) -> Effects:
    """Return k seeded studies of so many lands."""
    rng = np.random.default_rng(k)
    columns = {"land": [f"Land {i % count}" for i in range(k)]}
    return Effects.from_arrays(
        rng.normal(-0.2, 0.5, k), se=rng.uniform(0.08, 0.3, k), columns=columns
    )


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_every_look_is_its_own_in_every_theme(theme: Any) -> None:
    """Color and marker of groups, color and dashes of curves; no curve is without gaps."""
    groups = [look_of(i) for i in range(MOST_GROUPS)]
    assert len({(theme.color(each.fill), each.marker) for each in groups}) == MOST_GROUPS
    curves = [part_look(i) for i in range(MOST_CURVES)]
    assert len({(theme.color(each.color), each.dashes) for each in curves}) == MOST_CURVES
    assert all(each.dashes for each in curves)
    assert len(set(theme.series)) == len(theme.series)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_classes_of_numbers_are_steps_that_can_be_seen(theme: Any) -> None:
    """Each in contrast to the next, and no class is an area that lies behind the marks."""
    colors = theme.classes
    assert min(map(contrast, colors, colors[1:])) >= 1.6
    assert not set(colors) & set(theme.shades)


def test_no_series_is_the_color_of_the_pool() -> None:
    """The fourth of the dark theme was."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast(DARK.series[4], DARK.ours) > 1.3


@QUIET
def test_eleven_groups_of_a_caterpillar_differ() -> None:
    """By markers where colors come round; more than can be told apart are refused."""
    plot = caterpillar(subgroups(lands(33, 11), "land"), theme="gray")
    legend = plot.record.frame.legend
    assert len({(each.fill, each.marker) for each in legend}) == 11
    rows = [row for row in plot.record.rows if row.kind == "study"]
    assert len({(row.color, row.marker) for row in rows}) == 11
    assert [each.head for each in legend] == ["Land", *[""] * 10]
    assert misplaced(plot) == ([], [])
    with pytest.raises(InputError, match="'land' has 22 values, of which at most 21"):
        caterpillar(subgroups(lands(44, 22), "land"))


@QUIET
def test_eleven_curves_of_a_drapery_differ() -> None:
    """As they are drawn; no name is missed that the legend has."""
    plot = drapery(subgroups(lands(33, 11), "land"), theme="gray")
    dashed = [each for each in plot.record.frame.legend if each.dashes]
    assert len({(each.edge, each.dashes) for each in dashed}) == 11
    styles = [line.get_linestyle()[0][1] for line in plot.axes.findobj(LineCollection)]
    assert len({tuple(np.round(style, 6)) for style in styles if style}) >= len(DASHES) - 1
    assert not any("free place" in each for each in plot.record.frame.notes)
    assert not any("no free place" in text for text, _ in texts(plot))
    assert misplaced(plot) == ([], [])
    with pytest.raises(InputError, match="25 subgroups, of which at most 24"):
        drapery(subgroups(lands(50, 25), "land"))


def test_a_head_stands_before_the_entries_it_explains() -> None:
    """On their line, with a colon; it takes no entry's place."""
    entries = [LegendEntry(label="yes", head="Blinded"), LegendEntry(label="no")]
    block, bare = (
        legend_block(each, 300.0, 0.0)
        for each in (entries, [replace(entries[0], head=""), entries[1]])
    )
    head, yes, no = block.words
    assert (head.text, head.x) == ("Blinded:", MARGIN)
    assert (yes.text, no.text) == ("yes", "no")
    assert yes.y == no.y
    shift = yes.x - bare.words[0].x
    assert shift == no.x - bare.words[1].x > 0
    (first, _) = block.shapes
    assert min(x for x, _ in first.points) > head.x + shift - 10
    assert block.end == bare.end


def test_a_head_that_fills_a_line_has_it_alone() -> None:
    """Nothing leaves the page."""
    head = "a column with a name as long as a whole line of the legend"
    block = legend_block([LegendEntry(label="yes " * 9, head=head)], 320.0, 0.0)
    tops = sorted({word.y for word in block.words})
    assert [word.text for word in block.words if word.y == tops[0]] == [f"{head}:"]


@pytest.mark.parametrize("dashes", DASHES)
def test_the_picture_of_a_line_has_its_dashes(dashes: tuple[float, ...]) -> None:
    """Strokes and gaps as they are asked for, within the picture."""
    shapes, rules = swatch(LegendEntry(label="x", kind="line", dashes=dashes), 5.0, 3.0)
    assert shapes == []
    assert (rules[0].start[0], max(rule.end[0] for rule in rules) <= 5 + SWATCH_WIDTH) == (5, True)
    if dashes:
        weight = rules[0].weight
        strokes = [(rule.end[0] - rule.start[0]) / weight for rule in rules[:-1]]
        wanted = [dashes[2 * i % len(dashes)] for i in range(len(strokes))]
        np.testing.assert_allclose(strokes, wanted)
        assert rules[1].start[0] - rules[0].end[0] == pytest.approx(dashes[1] * weight)
    else:
        assert len(rules) == 1


def test_the_column_of_colors_is_named() -> None:
    """By the funnel too, before the first of its values."""
    made = replace(make.bcg_effects(), columns={"alloc": ("a", "b") * 6 + ("a",)})
    legend = funnel(pool(made), color="alloc").record.frame.legend
    assert [(each.head, each.label) for each in legend[:2]] == [("Alloc", "a"), ("", "b")]
