"""Rankograms: the probabilities of ranks, panel by panel in the order of SUCRA."""

from __future__ import annotations

import math
from functools import cache
from itertools import cycle

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from metaan.core.errors import ChoiceError, InputError
from metaan.networks.ranks.rank_probabilities import RankProbabilities
from metaan.plots.networks.rank_curves import rank_curves
from metaan.plots.networks.rankogram import rankogram
from metaan.plots.networks.rankogram_page import HIGH, WIDE, rank_grid, rank_ticks
from metaan.plots.pages.theme import THEMES
from tests.networks.pinned import fitted
from tests.plots.looking import misplaced, texts
from tests.plots.network_fits import FITS, of_pairs, star, two

FEW = 1024  # draws: what is tested is the drawing


@cache
def ranks(name: str, better: str = "lower") -> RankProbabilities:
    """Return rank probabilities of a network by few draws."""
    return FITS[name]().rank_probabilities(better=better, rng=1, draws=FEW)


@pytest.mark.parametrize("name", ["senn2013", "linde2016", "two"])
@pytest.mark.parametrize("cumulative", [True, False])
def test_heights_are_the_probabilities(name: str, cumulative: bool) -> None:
    """Treatment by treatment, in the order of SUCRA."""
    found = ranks(name)
    record = rank_curves(found, cumulative=cumulative)
    table = found.to_frame("cumulative" if cumulative else "probabilities")
    sucra = dict(zip(found.treatments, found.sucra, strict=True))
    assert record.treatments == tuple(sorted(sucra, key=lambda each: -sucra[each]))
    for curve in record.curves:
        assert curve.heights == tuple(table.loc[curve.treatment])
        assert curve.sucra == sucra[curve.treatment]
        mean = sum(np.cumsum(found.to_frame().loc[curve.treatment])[:-1]) / (record.ranks - 1)
        assert curve.sucra == pytest.approx(mean, abs=1e-9)
    assert len(record.to_frame()) == len(found.treatments) ** 2


def test_fits_are_ranked_with_the_seed() -> None:
    """The same seed gives the same figure, and it is the fit's own answer."""
    fit = fitted("woods2010")
    one, same = rank_curves(fit, better="lower"), rank_curves(fit, better="lower")
    assert one.curves == same.curves
    own = fit.rank_probabilities(better="lower", rng=1).to_frame()
    assert {c.treatment: c.heights for c in one.curves} == {
        name: tuple(own.loc[name]) for name in own.index
    }
    other = rank_curves(fit, better="lower", rng=2)
    assert other.curves != one.curves
    assert other.curves[0].heights == pytest.approx(one.curves[0].heights, abs=1e-3)


def test_bars_and_curves_stand_where_their_panel_is() -> None:
    """Height of each bar and point, within the panel of its treatment."""
    found = ranks("franchini2012")
    plot = rankogram(found)
    record, grid = plot.record, rank_grid(plot.record)
    (bars,) = [x for x in plot.axes.collections if isinstance(x, PolyCollection)]
    drawn = [np.array(path.vertices) for path in bars.get_paths()]
    expected = [
        (i, rank, height)
        for i, curve in enumerate(record.curves)
        for rank, height in enumerate(curve.heights, start=1)
        if height > 0
    ]
    for box, (i, rank, height) in zip(drawn, expected, strict=True):
        x, y = grid.corner(i)
        assert np.ptp(box[:, 1]) == pytest.approx(HIGH * height / record.top, rel=1e-9)
        assert box[:, 1].max() == pytest.approx(y + HIGH, rel=1e-9)
        middle = (box[:, 0].min() + box[:, 0].max()) / 2
        assert middle == pytest.approx(x + (rank - 0.5) / record.ranks * WIDE, rel=1e-9)
    lines = rankogram(found, cumulative=True)
    (curves,) = [x for x in lines.axes.collections if isinstance(x, LineCollection)]
    for i, line in enumerate(curves.get_segments()):
        heights = (grid.corner(i)[1] + HIGH - line[:, 1]) / HIGH
        np.testing.assert_allclose(heights, lines.record.curves[i].heights, atol=1e-9)


def test_outcomes_stand_beside_each_other() -> None:
    """A color, a direction and a SUCRA for each; treatments of one outcome only have one."""
    fits = {"Pain": ranks("franchini2012"), "Harm": ranks("franchini2012", "higher")}
    record = rank_curves(fits, cumulative=True)
    assert record.outcomes == ("Pain", "Harm")
    first = record.of(record.treatments[0])
    assert [curve.outcome for curve in first] == ["Pain", "Harm"]
    assert first[0].sucra + first[1].sucra == pytest.approx(1.0, abs=0.02)
    shown = [text for text, _ in texts(rankogram(fits))]
    assert {"Pain", "Harm"} <= set(shown)
    assert any("Pain: lower effect is better; Harm: higher" in text for text in shown)
    mixed = rank_curves({"a": star(), "b": two()}, better=["lower", "higher"])
    assert len(mixed.treatments) == 7
    assert [len(mixed.of(name)) for name in mixed.treatments] == [1] * 7
    assert sum(math.isnan(height) for curve in mixed.curves for height in curve.heights) == 6


@pytest.mark.parametrize(("name", "theme"), list(zip(FITS, cycle(THEMES), strict=False)))
def test_no_text_overlaps_or_leaves_the_page(name: str, theme: str) -> None:
    """One panel for each treatment, its name and its SUCRA over it."""
    plot = rankogram(ranks(name), theme=theme, cumulative=theme != "light", title="Ranks " * 12)
    assert misplaced(plot) == ([], [])
    told = [text for text, _ in texts(plot) if text.startswith("SUCRA ")]
    assert len(told) >= len(plot.record.treatments)


@pytest.mark.parametrize("name", ["senn2013", "linde2016", "two"])
def test_all_curves_in_one_panel(name: str) -> None:
    """Every treatment in the legend with its SUCRA, every line with a look of its own."""
    plot = rankogram(ranks(name), cumulative=True, together=True, theme="gray")
    assert misplaced(plot) == ([], [])
    lines = [x for x in plot.axes.collections if isinstance(x, LineCollection)]
    looks = {(tuple(x.get_colors()[0]), str(x.get_linestyle())) for x in lines}
    assert len(looks) == len(lines) == len(plot.record.treatments)


def test_ticks_of_ranks_have_room() -> None:
    """All of a few, every fifth of many, always the first."""
    names = [f"treatment {i}" for i in range(60)]
    found = {}
    for n in (4, 10, 22, 60):
        pairs = [(names[i], names[i + 1]) for i in range(n - 1)]
        record = rank_curves(of_pairs(pairs).rank_probabilities(better="lower", rng=1, draws=256))
        found[n] = rank_ticks(record)
    assert found[4] == [1, 2, 3, 4]
    assert found[10] == list(range(1, 11))
    assert found[22] == [1, 5, 10, 15, 20]
    assert found[60] == [1, 10, 20, 30, 40, 50, 60]


def test_what_cannot_be_drawn_is_named() -> None:
    """No direction, too many outcomes or treatments, no fit."""
    fit = fitted("woods2010")
    with pytest.raises(InputError, match='better= is needed, "lower" or "higher"'):
        rankogram(fit)
    with pytest.raises(InputError, match="1 directions for 2 outcomes"):
        rankogram({"a": fit, "b": fit}, better=["lower"])
    with pytest.raises(ChoiceError, match="better='low'"):
        rankogram(fit, better="low")
    with pytest.raises(InputError, match="got 5"):
        rankogram({str(i): fit for i in range(5)}, better="lower")
    with pytest.raises(InputError, match="draws fits of networks or their"):
        rankogram(3, better="lower")  # type: ignore[arg-type]
    with pytest.raises(ChoiceError, match='Did you mean "bars"'):
        rankogram(fit, better="lower", kind="bar")
    with pytest.raises(InputError, match="together=True shows one outcome"):
        rankogram(ranks("two"), together=True, kind="bars")


def test_words_and_a_page_within_axes() -> None:
    """The three highest SUCRA."""
    figure = Figure(figsize=(4, 2))
    plot = rankogram(ranks("senn2013"), ax=figure.subplots())
    assert plot.figure is figure
    assert plot.record.alt.startswith(
        "Rankogram of 10 treatments; highest SUCRA: rosiglitazone (89%), metformin (78%) and "
    )
