"""Forest plots of leave-one-out and cumulative pools."""

from __future__ import annotations

import pytest

import metaan as ma
from metaan.core.bias import RiskOfBias, find_tool
from metaan.diagnostics.cumulative import cumulative
from metaan.diagnostics.leaving_out import leave_one_out
from metaan.plots.forests.rows import forest_rows, remarks_of
from tests.plots import builders as make
from tests.plots.forest_subjects import (
    NAMES,
    YEARS,
    bcg,
    bcg_counts,
    bcg_fit,
    dersimonian_laird,
    notes_of,
    of_kind,
)
from tests.plots.looking import misplaced
from tests.plots.reading import cells, head, heads


def simple():
    """Return the pool that the sums by hand can check."""
    return ma.pool(bcg(), tau2="DL", inference="WALD")


def test_every_row_is_the_pool_without_its_study():
    """Values, k and tau² are those of the other twelve, summed by hand."""
    record = forest_rows(leave_one_out(simple()))
    y, v = bcg().y.tolist(), bcg().v.tolist()
    rows = of_kind(record, "refit")
    assert [row.label for row in rows] == NAMES
    for i, row in enumerate(rows):
        mean, tau2 = dersimonian_laird(y[:i] + y[i + 1 :], v[:i] + v[i + 1 :])
        assert row.value == pytest.approx(mean, rel=1e-10)
        assert cells(record, row)[:2] == ("12", f"{tau2:.3f}")
    assert record.label_head == "Study left out"
    assert heads(record) == ["k", "τ²", "I²"]


def test_the_pool_of_all_studies_comes_last():
    """Its diamond, its prediction interval and its lines are those of its own figure."""
    fit = simple()
    record, own = forest_rows(leave_one_out(fit)), forest_rows(fit)
    mine, usual = of_kind(record, "total")[0], of_kind(own, "total")[0]
    assert (mine.value, mine.low, mine.high) == (usual.value, usual.low, usual.high)
    assert repr(of_kind(record, "prediction")) == repr(of_kind(own, "prediction"))
    assert cells(record, mine) == ("13", "0.309", "92%")
    assert notes_of(record) == notes_of(own)


def test_studies_are_added_in_their_order():
    """Row i pools the first i studies by year; the line under the total says in which order."""
    record = forest_rows(cumulative(simple(), "year"))
    rows = of_kind(record, "refit")
    order = sorted(range(13), key=YEARS.__getitem__)
    assert [row.label for row in rows] == [NAMES[i] for i in order]
    for i, row in enumerate(rows[1:], start=2):
        mean, _ = dersimonian_laird(
            [float(bcg().y[j]) for j in order[:i]], [float(bcg().v[j]) for j in order[:i]]
        )
        assert row.value == pytest.approx(mean, rel=1e-10)
        assert cells(record, row)[0] == str(i)
    assert cells(record, rows[0]) == ("1", "–", "–")
    assert record.label_head == "Study added"
    assert "in the order of year" in notes_of(record)
    assert any("Same year" in note for note in remarks_of(bcg_fit("cumulative")))


def test_refits_of_counts_have_no_tau2():
    """A common effect has none to show; the rest is there."""
    record = forest_rows(bcg_fit("refits of counts"))
    assert heads(record) == ["k", "I²"]
    assert "Mantel-Haenszel, common effect" in notes_of(record)


def test_columns_of_refits_may_be_chosen():
    """P values and columns of the study that was left out stand beside the estimate."""
    record = forest_rows(leave_one_out(simple()), left=["year"], right=["effect", "p"])
    row = of_kind(record, "refit")[0]
    assert cells(record, row) == (str(YEARS[0]),)
    assert head(record, "p") == "p"
    assert row.texts["p"] == ("< 0.001",)
    with pytest.raises(ma.ChoiceError, match="yeer"):
        forest_rows(leave_one_out(simple()), left=["yeer"])


def test_leaving_out_may_be_ordered_and_adding_not():
    """The smallest pool first; studies that were added have their order."""
    record = forest_rows(leave_one_out(simple()), order="effect")
    values = [row.value for row in of_kind(record, "refit")]
    assert values == sorted(values)
    by_year = forest_rows(leave_one_out(simple()), order="-year")
    assert of_kind(by_year, "refit")[0].label == "TPT Madras 1980"
    with pytest.raises(ma.InputError, match="added in an order already"):
        forest_rows(cumulative(simple()), order="year")
    with pytest.raises(ma.InputError, match="not beside refits"):
        forest_rows(cumulative(simple()), models={"REML": simple()})


def test_refits_take_colors_and_published_results():
    """A row has the color of its study; a review's pool stands under the total."""
    pool = make.published(0.49, 0.34, 0.70, measure="RR")
    record = forest_rows(leave_one_out(simple()), color="alloc", published=[pool])
    assert {row.series for row in of_kind(record, "refit")} == {0, 1, 2}
    assert [entry.label for entry in record.legend] == ["random", "alternate", "systematic"]
    assert of_kind(record, "published")[0].effect_text == "0.49 (0.34, 0.70)"


@pytest.mark.parametrize("k", [2, 63])
@pytest.mark.parametrize("theme", ["light", "dark", "gray"])
def test_refits_of_few_and_many_are_drawn_whole(k, theme):
    """No text overlaps another or leaves the page."""
    plot = ma.forest(leave_one_out(ma.pool(make.many(k, "binary", long_labels=True))), theme=theme)
    assert misplaced(plot) == ([], [])
    assert len(of_kind(plot.record, "refit")) == k


def test_one_study_alone_can_be_accumulated():
    """The first row is the study with its own interval."""
    record = forest_rows(cumulative(ma.pool(bcg().take([0]))))
    row = of_kind(record, "refit")[0]
    assert row.value == pytest.approx(float(bcg().y[0]))
    assert record.alt.startswith("Forest plot of 1 pool, ")


def test_refits_carry_the_lights_of_their_studies():
    """The study that was left out is judged as in the figure of the pool."""
    judged = RiskOfBias(
        tool="RoB2",
        study=tuple(NAMES),
        domains=find_tool("RoB2").domains[:1],
        judgments=tuple(("low",) for _ in NAMES),
    )
    rows = of_kind(forest_rows(leave_one_out(simple()), bias=judged), "refit")
    assert all(("low",) in row.texts.values() for row in rows)


def test_refits_are_read_per_hundred():
    """Risk differences in percent: the positions stay, the texts do not."""
    refits = leave_one_out(ma.pool(bcg_counts().effects["RD"]))
    record = forest_rows(refits, layout={"per": 100}, digits=1)
    row = of_kind(record, "refit")[0]
    assert row.value == pytest.approx(refits.value[0])
    assert row.effect[0] == f"{100 * refits.value[0]:.1f}".replace("-", "−")
