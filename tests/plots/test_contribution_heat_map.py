"""Contribution heat maps: the shares of the contribution matrix, mixed evidence first."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from metaan.core.errors import ChoiceError, InputError
from metaan.networks.flow.contribution import CONTRIBUTIONS
from metaan.plots.networks.contribution_cells import contribution_cells
from metaan.plots.networks.contribution_heat_map import contribution_heat_map
from tests.networks.pinned import fitted, matrix, net
from tests.plots.looking import misplaced, texts
from tests.plots.network_fits import FITS, linde, star, two
from tests.tolerance import Tolerance, close

PATHS = Tolerance(
    relative=1e-8, absolute=1e-10, reason="sums over many paths, in another order than R's"
)


@pytest.mark.parametrize("name", ["senn2013", "franchini2012", "star"])
@pytest.mark.parametrize("by", ["comparison", "study"])
@pytest.mark.parametrize("method", CONTRIBUTIONS)
def test_cells_are_those_of_the_contribution_matrix(name: str, by: str, method: str) -> None:
    """Every row and column by its name; rows add up to 1."""
    fit = FITS[name]()
    record = contribution_cells(fit, by=by, method=method)
    whole = fit.contribution(method, by)
    assert sorted(record.rows) == sorted(whole.index)
    table = record.to_frame().set_index("comparison")
    np.testing.assert_array_equal(
        table[list(record.columns)].to_numpy(), whole.loc[list(record.rows)].to_numpy()
    )
    np.testing.assert_allclose(record.values.sum(axis=1), 1.0, rtol=1e-9)


def test_shares_are_those_of_netmeta() -> None:
    """By a random walk, random effects: no choice among equal paths."""
    pins = net("senn2013")["netcontrib"]["randomwalk"]["random"]
    record = contribution_cells(fitted("senn2013"), method="RANDOM_WALK")
    assert close(record.values, matrix(pins, record.rows, record.columns), PATHS)


def test_mixed_evidence_comes_first_and_its_own_is_outlined() -> None:
    """Rows with studies of their own, before those without, each named once."""
    fit = fitted("senn2013")
    record = contribution_cells(fit)
    pairs = zip(fit.effects.treat1, fit.effects.treat2, strict=True)
    compared = {":".join(sorted(pair)) for pair in pairs}
    assert [name in compared for name in record.rows] == record.direct.tolist()
    assert record.direct.tolist() == sorted(record.direct.tolist(), reverse=True)
    assert record.frame.groups == ((0, "Mixed evidence"), (int(record.direct.sum()),
                                   "Indirect evidence"))  # fmt: skip
    outlined = [cell for cell in record.frame.cells if cell.outlined]
    assert [record.rows[cell.row] for cell in outlined] == list(record.rows[: len(compared)])
    assert all(record.rows[c.row] == record.columns[record.shown[c.column]] for c in outlined)
    assert not any(c.outlined for c in contribution_cells(fit, by="study").frame.cells)


def test_percentages_stand_in_the_cells() -> None:
    """Rounded, empty below one half; colors as shares of the largest."""
    record = contribution_cells(fitted("senn2013"))
    top = record.values.max()
    for cell in record.frame.cells:
        share = record.values[cell.row, record.shown[cell.column]]
        expected = (f"{100 * share:.0f}",) if share >= 0.005 else ()
        assert cell.lines == expected
        assert cell.share == pytest.approx(share / top, rel=1e-12)


def test_a_large_network_shows_the_comparisons_with_one_treatment() -> None:
    """The reference, or the one asked for; a footnote says so."""
    record = contribution_cells(linde())
    assert len(record.rows) == 21
    assert all("Placebo" in row.split(":") for row in record.rows)
    assert "Shown: the 21 of 231 comparisons with Placebo." in record.frame.notes
    asked = contribution_cells(fitted("senn2013"), against="metformin")
    assert len(asked.rows) == 9
    assert all("metformin" in row.split(":") for row in asked.rows)


def test_columns_that_give_next_to_nothing_are_not_drawn() -> None:
    """They stay in the record, and a footnote counts them."""
    record = contribution_cells(fitted("senn2013"), against="benfluorex", by="study")
    kept = (record.values >= 0.005).any(axis=0)
    assert np.flatnonzero(kept).tolist() == list(record.shown)
    many = contribution_cells(linde(), by="study")
    assert len(many.columns) == 93
    lost = len(many.columns) - len(many.shown)
    told = f"Not shown: {lost} stud{'y' if lost == 1 else 'ies'} with less than 0.5% of every row."
    assert told in many.frame.notes
    assert not any(cell.lines for cell in many.frame.cells)


@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize("by", ["comparison", "study"])
def test_no_text_overlaps_or_leaves_the_page(name: str, by: str) -> None:
    """Every name of a row stands there."""
    plot = contribution_heat_map(FITS[name](), by=by, theme="gray", title="Contributions")
    assert misplaced(plot) == ([], [])
    shown = [text for text, _ in texts(plot)]
    assert name == "long names" or all(row in shown for row in plot.record.rows)


def test_two_treatments_and_a_star() -> None:
    """All of the one estimate is direct; two arms of a star give one half each."""
    record = contribution_cells(two())
    assert record.values.tolist() == [[1.0]]
    assert record.frame.groups == ((0, "Mixed evidence"),)
    wheel = contribution_cells(star())
    assert sorted(set(wheel.values[~wheel.direct].round(12).ravel().tolist())) == [0.0, 0.5]


def test_what_cannot_be_drawn_is_named() -> None:
    """No network, unknown names."""
    fit = fitted("senn2013")
    with pytest.raises(InputError, match="draws a NetworkFit; got int"):
        contribution_heat_map(3)  # type: ignore[arg-type]
    with pytest.raises(ChoiceError, match="method='SHORT'"):
        contribution_heat_map(fit, method="SHORT")
    with pytest.raises(ChoiceError, match="by='studies'"):
        contribution_heat_map(fit, by="studies")
    with pytest.raises(ChoiceError, match="against='plac'"):
        contribution_heat_map(fit, against="plac")


def test_words_and_a_page_within_axes() -> None:
    """What the figure is of, and the largest share."""
    figure = Figure(figsize=(4, 4))
    plot = contribution_heat_map(fitted("franchini2012"), ax=figure.subplots(), theme="dark")
    assert plot.figure is figure
    assert plot.record.alt == (
        "Contribution heat map of 6 direct comparisons in 10 estimates of a network of 5 "
        "treatments: 6 of mixed and 4 of indirect evidence. Largest share: "
        "Bromocriptine:Cabergoline in Bromocriptine:Cabergoline, 100%."
    )
