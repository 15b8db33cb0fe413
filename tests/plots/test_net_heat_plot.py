"""Net heat plots: the numbers of the net heat matrix, hot spots together, squares in them."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle, permutations

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from scipy.stats import chi2

from metaan.core.errors import ChoiceError, InputError
from metaan.core.network_effects import NetworkEffects
from metaan.networks.fits.network import network
from metaan.networks.fits.network_fit import NetworkFit
from metaan.plots.networks.heat_map import INNER_PART
from metaan.plots.networks.net_heat_cells import LEAST_LIMIT, net_heat_cells
from metaan.plots.networks.net_heat_plot import net_heat_plot
from metaan.plots.pages.theme import THEMES
from tests.networks.pinned import fitted
from tests.plots.looking import misplaced, texts
from tests.plots.network_fits import FITS, LOOPED, NARROW, star, two


@pytest.mark.parametrize("name", LOOPED)
@pytest.mark.parametrize("order", ["similar", "alphabetic"])
def test_cells_are_those_of_the_net_heat_matrix(name: str, order: str) -> None:
    """Every involved design once, with its own changes and contributions."""
    fit = FITS[name]()
    heat, record = fit.net_heat(), net_heat_cells(fit, order=order)
    place = {design: i for i, design in enumerate(heat.designs.names)}
    chosen = [place[design] for design in record.designs]
    assert sorted(chosen) == np.flatnonzero(heat.involved).tolist()
    assert (order == "similar") or (chosen == sorted(chosen))
    np.testing.assert_array_equal(record.change, heat.change[np.ix_(chosen, chosen)])
    np.testing.assert_array_equal(record.contribution, heat.contribution[np.ix_(chosen, chosen)])
    assert set(record.left_out) == set(heat.designs.names) - set(record.designs)
    frame = net_heat_plot(heat, order=order).data
    assert frame.shape == (len(chosen) ** 2, 4)
    assert frame.change.to_numpy() == pytest.approx(record.change.ravel())


def test_similar_designs_are_neighbors() -> None:
    """Less change between neighbors than in the order of the network; the hottest one first."""
    fit = fitted("senn2013", "common")

    def rough(order: str) -> float:
        change = net_heat_cells(fit, order=order).change
        both = np.hstack([change, change.T])
        return float(np.abs(np.diff(both, axis=0)).sum())

    assert rough("similar") < rough("alphabetic")
    record = net_heat_cells(fit)
    own = np.diag(record.change)
    assert int(np.argmax(own)) < len(own) / 2
    few = net_heat_cells(fitted("franchini2012"))
    both = np.hstack([few.change, few.change.T])
    found = float(np.abs(np.diff(both, axis=0)).sum())
    best = min(np.abs(np.diff(both[list(p)], axis=0)).sum() for p in permutations(range(4)))
    assert found <= 1.5 * best


def test_colors_are_warm_for_disagreement_and_squares_are_areas() -> None:
    """Shares of the largest change or of the least limit, areas as shares of the cell."""
    plot = net_heat_plot(fitted("franchini2012"), order="alphabetic")
    for record, limit in ((plot.record, LEAST_LIMIT), (net_heat_cells(hot()), None)):
        cells, most = record.frame.cells, np.abs(record.change).max()
        shares = np.array([cell.share for cell in cells]).reshape(record.change.shape)
        assert record.limit == (limit or most)
        np.testing.assert_allclose(shares, record.change / (limit or most), rtol=1e-12)
        assert (np.sign(shares) == np.sign(record.change)).all()
    record = plot.record
    polygons = [x for x in plot.axes.collections if isinstance(x, PolyCollection)][-1]
    sides = [np.ptp(path.vertices[:, 0]) for path in polygons.get_paths()]
    drawn = record.contribution[record.contribution >= 0.005]
    area = (np.array(sides) / (INNER_PART * record.frame.wide)) ** 2
    np.testing.assert_allclose(area, np.minimum(drawn, 1), rtol=1e-9)


@pytest.mark.parametrize(("name", "theme"), list(zip(LOOPED, cycle(THEMES), strict=False)))
def test_no_text_overlaps_or_leaves_the_page(name: str, theme: str) -> None:
    """Names of designs stand at both sides once each."""
    plot = net_heat_plot(FITS[name](), theme=theme, subtitle="Weights at the variance within")
    assert misplaced(plot) == ([], [])
    joined = "".join(text for text, _ in texts(plot)).replace(" ", "")
    first = plot.record.designs[0].replace(" ", "")
    assert joined.count(first) >= 2 or len(first) > 40


def hot() -> NetworkFit:
    """Return a triangle of which one side contradicts the other two."""
    made = NetworkEffects.from_arrays(
        [0.0, 0.0, 3.0],
        se=[0.2, 0.2, 0.2],
        study=["1", "2", "3"],
        treat1=["a", "b", "a"],
        treat2=["b", "c", "c"],
    )
    return network(made, model="common")


@pytest.mark.parametrize("name", LOOPED)
def test_a_network_whose_designs_agree_is_pale(name: str) -> None:
    """No color is stronger than the change, where chi-square of one design is 3.84 at p = 0.05."""
    record = net_heat_cells(FITS[name]())
    assert record.limit == max(np.abs(record.change).max(), LEAST_LIMIT)
    assert pytest.approx(chi2.isf(0.05, 1), abs=0.2) == LEAST_LIMIT
    shares = np.array([abs(cell.share) for cell in record.frame.cells])
    np.testing.assert_array_less(shares, np.abs(record.change).ravel() / LEAST_LIMIT + 1e-12)


@pytest.mark.parametrize("model", ["random", "common"])
@pytest.mark.parametrize("name", ["senn2013", "woods2010", "franchini2012"])
def test_a_footnote_tests_all_designs(name: str, model: str) -> None:
    """Q, df and p are those of the design interaction; of the decomposition without tau²."""
    fit = fitted(name, model)
    record, told = net_heat_cells(fit), fit.inconsistency()
    test = told.interaction.test if model == "random" else told.decomposition.between
    assert record.between.q == pytest.approx(test.q, rel=1e-9)
    assert record.between.df == test.df
    assert record.between.p_value == pytest.approx(chi2.sf(test.q, test.df), rel=1e-9)
    assert record.frame.notes[1] == f"Between all designs: {record.between}."
    alone = net_heat_cells(hot()).between
    assert (alone.q, alone.df) == (pytest.approx(3.0**2 / (3 * 0.2**2)), 1)


def test_the_heat_within_a_report_on_inconsistency_is_drawn() -> None:
    """As that of the network; remarks on intervals have no place under it."""
    fit = replace(fitted("senn2013"), remarks=(NARROW, "a caution"))
    own, found = net_heat_cells(fit), net_heat_cells(fit.inconsistency())
    np.testing.assert_array_equal(own.change, found.change)
    assert own.frame.notes[-1] == "A caution."
    assert not any("narrower" in note for note in own.frame.notes)


def test_all_designs_can_be_shown() -> None:
    """Those that cannot disagree come last, without color, and no footnote leaves them out."""
    fit = fitted("senn2013")
    some, everyone = net_heat_cells(fit), net_heat_cells(fit, all_designs=True)
    assert everyone.designs == (*some.designs, *some.left_out)
    assert not everyone.left_out
    k = len(some.left_out)
    assert not everyone.change[-k:].any()
    assert not everyone.change[:, -k:].any()
    assert "Not shown, as they take no part in any loop: benfluorex:placebo" in some.frame.notes[2]
    assert len(everyone.frame.notes) == len(some.frame.notes) - 1


def test_another_variance_is_drawn() -> None:
    """A record of the matrix at one's own tau²; the note says it."""
    fit = fitted("senn2013")
    record = net_heat_cells(fit.net_heat(tau2=0.5))
    assert record.tau2 == 0.5
    assert "τ² = 0.5" in record.frame.notes[0]


def test_what_cannot_be_drawn_is_named() -> None:
    """No loop, no network, an unknown order."""
    for fit in (two(), star()):
        with pytest.raises(InputError, match="needs a closed loop of comparisons"):
            net_heat_plot(fit)
    with pytest.raises(InputError, match=r"draws a NetworkFit, its inconsistency.* got int$"):
        net_heat_plot(3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"NetworkEffects. Fit it first: ma.network\(effects\)"):
        net_heat_plot(fitted("senn2013").effects)  # type: ignore[arg-type]
    with pytest.raises(ChoiceError, match='Did you mean "similar"'):
        net_heat_plot(fitted("senn2013"), order="similars")


def test_words_and_a_page_within_axes() -> None:
    """The hottest design, and what its Q gains most by."""
    figure = Figure(figsize=(6, 3))
    plot = net_heat_plot(fitted("franchini2012"), ax=figure.subplots(1, 2)[0])
    assert plot.figure is figure
    assert plot.record.alt == (
        "Net heat plot of 4 designs: Bromocriptine:Placebo:Pramipexole has most of Q between "
        "designs (0.514 of 0.679); the largest gain elsewhere is that of "
        "Bromocriptine:Placebo:Pramipexole, by 0.361, when Placebo:Pramipexole is detached."
    )
