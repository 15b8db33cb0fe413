"""The page of a forest plot: nothing overlaps and nothing is cut, asked of the renderer."""

from __future__ import annotations

from itertools import pairwise

import pytest
from matplotlib.text import Text

from metaan.core.scale import LOG
from metaan.plots.forests.forest import forest
from metaan.plots.forests.placing import forest_page
from metaan.plots.pages import theme
from metaan.plots.pages.saving import styled
from metaan.plots.pages.theme import TypeStyle
from metaan.plots.pages.typesetting import width, wrap
from tests.plots import builders as make
from tests.plots.looking import misplaced

LONG_TITLE = " ".join(["A title that is much longer than any page is wide"] * 6)


@pytest.mark.parametrize("k", [1, 13])  # 63 and 200: test_forest_everywhere
@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("long_labels", [False, True])
@pytest.mark.parametrize("kind", make.COLUMN_KINDS)
def test_nothing_overlaps_and_nothing_is_cut(
    k: int, split: bool, long_labels: bool, kind: str
) -> None:
    """Whatever is drawn, texts stay apart and on the page."""
    fit = make.pooled_or_split(make.many(k, kind, long_labels=long_labels), split=split)
    ratio = kind == "binary"
    pool = (0.68, 0.46, 1.01) if ratio else (-0.4, -0.9, make.NAN)
    plot = forest(
        fit,
        title=LONG_TITLE if long_labels else "Short",
        subtitle="Below",
        published=[make.published(*pool, citation=make.LONG if long_labels else "Mu 2020")],
        favors=("Favors acupuncture with electrical stimulation", "Favors sham"),
        notes=("A footnote.", LONG_TITLE),
    )
    assert misplaced(plot) == ([], [])


def test_an_umbrella_keeps_its_texts_apart() -> None:
    """Thirty published pools in ten groups with headers longer than the page."""
    pool = make.published(-0.4, -0.9, make.NAN)
    groups = {f"{LONG_TITLE} {i}": [pool] * 3 for i in range(10)}
    plot = forest(groups, title="Umbrella")
    assert misplaced(plot) == ([], [])


def test_huge_numbers_widen_their_column() -> None:
    """Limits of many digits are shortened and stay in their column."""
    studies = make.effects([0.1, 5.0, -3.0], [0.1, 1e3, 1e4], scale=LOG, measure="RR")
    plot = forest(make.fit(studies, mean=(0.1, -30.0, 30.0), prediction=(-800.0, 800.0)))
    assert misplaced(plot) == ([], [])
    assert plot.record.rows[4].effect_text == "(0.00, ∞)"


def test_rows_follow_each_other_at_even_steps() -> None:
    """Equal rows have equal distances, and the page is as high as its rows."""
    plots = [forest(make.many(k, "none")) for k in (3, 13)]
    three, thirteen = (forest_page(plot.record) for plot in plots)
    steps = {round(b - a, 9) for a, b in pairwise(thirteen.centers)}
    assert len(steps) == 1
    assert thirteen.height - three.height == pytest.approx(10 * steps.pop())


def test_measured_widths_are_those_of_the_renderer() -> None:
    """Advances are never shorter than what is drawn, and hardly longer."""
    plot = forest(make.bcg_fit(), title="Wafer, AVATAR and Ty")
    plot.figure.set_dpi(200)
    with styled():
        plot.figure.canvas.draw()
        artists = [text for text in plot.figure.findobj(Text) if isinstance(text, Text)]
        for text in artists:
            bold = text.get_fontweight() == "bold"
            style = TypeStyle(size=float(text.get_fontsize()), leading=0.0, bold=bold)
            drawn, measured = (
                text.get_window_extent().width * 72 / 200,
                width(text.get_text(), style),
            )
            assert 0.93 * measured - 1.0 <= drawn <= measured + 1.0


def test_wrapped_lines_fit_and_lose_nothing() -> None:
    """Lines are as long as allowed; a word that is too long is cut between letters."""
    lines = wrap("one two three supercalifragilistic", theme.BODY, 40.0)
    assert "".join(lines).replace(" ", "") == "onetwothreesupercalifragilistic"
    assert all(width(line, theme.BODY) <= 40.0 for line in lines)
    assert wrap("", theme.BODY, 40.0) == ()
    assert wrap("Mu 2020 (k = 7)", theme.BODY, 60.0) == ("Mu 2020", "(k = 7)")
