"""League heat maps: the league table's own texts, in colors symmetric around no effect."""

from __future__ import annotations

from itertools import cycle

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from metaan.core.errors import ChoiceError, InputError
from metaan.networks.fits.network import network
from metaan.networks.fits.network_fit import NetworkFit
from metaan.networks.ranks.league import DIRECT, NETWORK
from metaan.networks.ranks.ranking import rank_treatments
from metaan.plots.networks.heat_colors import DIVERGING, PALETTES, SEQUENTIAL
from metaan.plots.networks.league_cells import OTHER, league_cells
from metaan.plots.networks.league_heat_map import league_heat_map
from metaan.plots.networks.league_sizes import BARE, ESTIMATE, FULL, league_sizes
from metaan.plots.pages.contrast import contrast, luminance
from metaan.plots.pages.theme import THEMES
from metaan.univariate.pooling import pool
from tests.networks.pinned import fitted, matrix, net
from tests.plots.builders import bcg_effects
from tests.plots.looking import misplaced, texts
from tests.plots.network_fits import FITS, linde, of_pairs, two
from tests.tolerance import Tolerance, close

SUMS = Tolerance(
    relative=1e-10,
    absolute=1e-12,
    reason="R inverts the network's matrix by other sums; some effects are near 0",
)


@pytest.mark.parametrize("name", ["senn2013", "franchini2012", "two", "long names"])
@pytest.mark.parametrize("direct", [True, False])
def test_cells_are_those_of_the_league_table(name: str, direct: bool) -> None:
    """Every text, above and below the diagonal, and dots where there is no evidence."""
    fit = FITS[name]()
    record = league_cells(fit, order="ranking", better="lower", direct=direct, digits=3)
    table = fit.league("ranking", better="lower", direct=direct, digits=3)
    below = {(c.treatment, c.control): c.text for c in record.cells if c.source == NETWORK}
    above = {(c.treatment, c.control): c.text for c in record.cells if c.source == DIRECT}
    n = len(record.treatments)
    for i, first in enumerate(record.treatments):
        assert table.columns[i] == first
        for j in range(i + 1, n):
            pair = (first, record.treatments[j])
            assert below[pair] == table.iat[j, i]
            assert above.get(pair, "." if direct else "") == table.iat[i, j]


def test_numbers_are_those_of_netmeta() -> None:
    """Effects and limits of the random-effects model, on the reading scale of differences."""
    pins, record = net("senn2013")["netmeta_DL"], league_cells(fitted("senn2013"))
    names = record.treatments
    cells = [cell for cell in record.cells if cell.source == NETWORK]
    upper = np.triu_indices(len(names), k=1)
    for field, key in (("value", "TE"), ("low", "lower"), ("high", "upper")):
        ours = [getattr(cell, field) for cell in cells]
        assert close(ours, matrix(pins[f"{key}.random"], names)[upper], SUMS)


def test_bold_cells_are_those_whose_interval_excludes_no_effect() -> None:
    """Ratios: 1, not 0; each by the fit's own estimate."""
    fit = linde()
    record = league_cells(fit, better="higher")
    for cell in record.cells:
        if cell.source == NETWORK:
            found = fit.effect(cell.treatment, cell.control).read()
            assert (cell.value, cell.low) == pytest.approx((found.value, found.low), rel=1e-9)
            assert cell.clear == (not found.low <= 1 <= found.high)
    assert 0 < sum(cell.clear for cell in record.cells) < len(record.cells)
    bold = sum(cell.bold for cell in record.frame.cells) - len(record.treatments)
    assert bold == sum(cell.clear for cell in record.cells)


def test_colors_say_who_is_better_and_ratios_are_symmetric() -> None:
    """A share is the logarithm; the direction turns all of them, and the bar with them."""
    fit = FITS["long names"]()
    order = list(fit.treatments)
    low, high = (league_cells(fit, order=order, better=way) for way in ("lower", "higher"))
    plain = league_cells(fit, order=order)
    for one, other, free in zip(low.cells, high.cells, plain.cells, strict=True):
        assert one.share == -other.share == free.share
        assert one.share == pytest.approx(np.log(one.value) / low.limit, rel=1e-9)
    assert [bar.flip for bar in (*low.frame.bars, *high.frame.bars)] == [False, True]
    assert low.frame.bars[0].ends == high.frame.bars[0].ends[::-1] != ("", "")
    assert plain.frame.bars[0].ends == ("", "")


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_palettes_are_told_apart_without_hue(theme: object) -> None:
    """Both ends from the middle in every theme; in gray the ends from each other, too."""
    low, middle, high = theme.diverging  # type: ignore[attr-defined]
    color = PALETTES[DIVERGING].color
    assert [color(theme, x) for x in (-9.0, 0.0, 1.0)] == [low, middle, high]  # type: ignore[arg-type]
    assert min(contrast(low, middle), contrast(high, middle)) > 1.8
    assert theme.name != "gray" or contrast(low, high) > 10  # type: ignore[attr-defined]
    steps = [PALETTES[SEQUENTIAL].color(theme, x) for x in np.linspace(0, 1, 12)]  # type: ignore[arg-type]
    light = np.diff([luminance(each) for each in steps])
    assert (light > 0).all() or (light < 0).all()


def test_cells_have_the_colors_of_their_shares() -> None:
    """The drawn polygons, in the order of the frame's cells."""
    plot = league_heat_map(fitted("woods2010"), theme="dark")
    frame = plot.record.frame
    (artist,) = [x for x in plot.axes.collections if isinstance(x, PolyCollection)]
    drawn = [to_hex(color) for color in artist.get_facecolors()]
    theme = THEMES["dark"]
    expected = [
        theme.color(cell.fill) if cell.fill else PALETTES[DIVERGING].color(theme, cell.share)
        for cell in frame.cells
    ]
    assert drawn == expected
    assert len(set(drawn)) > 5


@pytest.mark.parametrize(("name", "theme"), list(zip(FITS, cycle(THEMES), strict=False)))
def test_no_text_overlaps_or_leaves_the_page(name: str, theme: str) -> None:
    """With a title longer than the page."""
    title = "A title that is longer than the page of two treatments can ever be wide, at any size"
    plot = league_heat_map(FITS[name](), theme=theme, title=title)
    assert misplaced(plot) == ([], [])


def test_many_treatments_show_estimates_then_colors() -> None:
    """Names stand beside the cells once each; a footnote says what is not shown."""
    small, many = league_cells(two()), league_cells(linde())
    assert not small.frame.rows
    assert " ".join(small.frame.cells[0].lines) == small.treatments[0]
    assert many.frame.rows == many.treatments
    assert any("not shown for lack of room" in note for note in many.frame.notes)
    shown = [text for text, _ in texts(league_heat_map(linde()))]
    assert all(shown.count(name) == 2 for name in many.treatments)
    names = [f"treatment {i}" for i in range(60)]
    ways = [league_sizes(names[:n], [("−0.30", "(−0.30, 0.54)")]).shows for n in (9, 20, 60)]
    assert ways == [FULL, ESTIMATE, BARE]
    bare = of_pairs([(names[i], names[i + 1]) for i in range(49)])
    assert misplaced(league_heat_map(bare)) == ([], [])


def test_an_outlying_effect_takes_not_all_the_color() -> None:
    """The scale ends before it, and a footnote counts those beyond."""
    record = league_cells(linde(), direct=False)
    sizes = np.abs(np.log([cell.value for cell in record.cells]))
    assert record.limit < sizes.max()
    beyond = int((sizes > record.limit * (1 + 1e-9)).sum())
    assert any(note.startswith(f"{beyond} effects lie beyond") for note in record.frame.notes)
    assert all("beyond" not in note for note in league_cells(two()).frame.notes)


def test_a_chosen_few() -> None:
    """Some treatments in their order; one alone is a table, too."""
    fit = fitted("senn2013")
    record = league_cells(fit, order=["placebo", "metformin"])
    assert record.treatments == ("placebo", "metformin")
    assert [cell.source for cell in record.cells] == [NETWORK, DIRECT]
    assert league_cells(fit, order=["placebo"]).limit == 1.0
    assert misplaced(league_heat_map(fit, order=["placebo"])) == ([], [])


def test_what_cannot_be_drawn_is_named() -> None:
    """No network, an unknown order, decimals, an unknown keyword."""
    fit = fitted("senn2013")
    with pytest.raises(InputError, match="draws a fit of a network; got PooledFit"):
        league_heat_map(pool(bcg_effects()))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="needs better="):
        league_heat_map(fit, order="ranking")
    with pytest.raises(ChoiceError, match='Did you mean "placebo"'):
        league_heat_map(fit, order=["placebos"])
    with pytest.raises(InputError, match="digits=-1"):
        league_heat_map(fit, digits=-1)
    with pytest.raises(ChoiceError, match="league_heat_map has no argument 'titel'"):
        league_heat_map(fit, titel="x")  # type: ignore[call-arg]


def test_a_page_within_axes_and_the_record_in_words(tmp_path: object) -> None:
    """Scaled down into the area of other axes; same record, same bytes."""
    figure = Figure(figsize=(5, 4))
    plot = league_heat_map(fitted("senn2013"), ax=figure.subplots())
    assert plot.figure is figure
    assert plot.data.columns.tolist() == [
        "treatment", "control", "source", "estimate", "low", "high", "p_value", "excludes_null",
    ]  # fmt: skip
    assert plot.record.alt.startswith("League heat map of 10 treatments: effect of each")
    assert (
        "Largest difference: placebo against rosiglitazone, 1.23 (0.98, 1.48)" in plot.record.alt
    )
    files = [league_heat_map(two()).save(tmp_path / f"{i}.svg") for i in (1, 2)]  # type: ignore[operator]
    assert files[0].read_bytes() == files[1].read_bytes()


def outcomes() -> tuple[NetworkFit, NetworkFit]:
    """Return two outcomes of three treatments, each with a fourth of its own."""
    pairs = [("placebo", "drug A"), ("drug A", "drug B"), ("placebo", "drug B")]
    one = of_pairs([*pairs, ("drug C", "placebo")])
    return one, of_pairs([*pairs, ("drug D", "placebo")], seed=4, scale="log")


def test_another_outcome_stands_above_the_diagonal() -> None:
    """The effects of its own league, all treatments of both, and colors of its own."""
    one, other = outcomes()
    record = league_cells(one, other=other, better=["lower", "higher"])
    ranked = rank_treatments(one.relative, better="lower").order
    assert record.treatments == (*ranked, "drug D")
    shared = (*ranked, "drug D")
    alone = {
        NETWORK: league_cells(one, order=ranked, direct=False),
        OTHER: league_cells(
            other, order=[name for name in shared if name != "drug C"], direct=False
        ),
    }
    for source, own in alone.items():
        ours = {(x.treatment, x.control): x for x in record.cells if x.source == source}
        theirs = {(x.treatment, x.control): x for x in own.cells}
        assert set(ours) == set(theirs)
        for pair, cell in ours.items():
            assert cell.text == theirs[pair].text
            sign = 1 if source == NETWORK else -1
            assert cell.share == pytest.approx(sign * theirs[pair].share, rel=1e-12)
    assert record.other is not None
    assert record.other.limit == alone[OTHER].limit
    places = {(cell.row, cell.column) for cell in record.frame.cells if cell.lines}
    assert len(places) == len(record.treatments) ** 2
    assert [bar.flip for bar in record.frame.bars] == [False, True]
    assert 'mean difference; above it: odds ratio ("–": none).' in record.frame.notes[1]
    assert misplaced(league_heat_map(one, other=other)) == ([], [])


def test_outcomes_that_cannot_share_a_table_are_named() -> None:
    """No fit, another level, directions that are too many."""
    one, other = outcomes()
    with pytest.raises(InputError, match=r"other= is a fit.*Fit it first: ma.network\(effects\)"):
        league_cells(one, other=other.effects)  # type: ignore[arg-type]
    wide = network(other.effects, model="common", level=0.99)
    with pytest.raises(InputError, match=r"one level of confidence; got 0.95 and 0.99"):
        league_cells(one, other=wide)
    with pytest.raises(InputError, match="two are for other="):
        league_cells(one, better=["lower", "higher"])
    with pytest.raises(ChoiceError, match='Did you mean "lower"'):
        league_cells(one, other=other, better=["lower", "lowr"])
    told = league_cells(one, other=one).frame.notes
    assert any("above it: the other outcome" in note for note in told)
