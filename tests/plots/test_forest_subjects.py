"""Forest plots of pooled counts: Mantel-Haenszel, Peto, and mixed models."""

from __future__ import annotations

import math

import numpy as np
import pytest

import metaan as ma
from metaan.plots.forests.rows import forest_rows, remarks_of
from tests.plots.forest_subjects import (
    FITS,
    NAMES,
    NORMAL,
    ONE_ZERO,
    SILENT,
    bcg_counts,
    bcg_fit,
    notes_of,
    of_kind,
    tables,
)
from tests.plots.looking import misplaced
from tests.plots.reading import cells, head, heads


def test_mantel_haenszel_has_its_own_weights_and_total():
    """The total and the weights are those of the formula, summed by hand."""
    record = forest_rows(bcg_fit("Mantel-Haenszel"))
    own = [(c * n1 / (n1 + n2), a * n2 / (n1 + n2)) for a, n1, c, n2 in tables()]
    below, above = (math.fsum(column) for column in zip(*own, strict=True))
    studies, total = of_kind(record, "study"), of_kind(record, "total")[0]
    assert total.value == pytest.approx(math.log(above / below), rel=1e-12)
    drawn = [row.weight for i, row in enumerate(studies) if i != SILENT]
    due = [100 * w / below for i, (w, _) in enumerate(own) if i != SILENT]
    assert drawn == pytest.approx(due, rel=1e-12)
    assert total.label == "Total (k = 12)"
    assert heads(record) == ["Events/n", "Events/n"]
    assert cells(record, total) == ("1055/191064", "1499/166283")


@pytest.mark.parametrize("name", ["Mantel-Haenszel", "Peto", "mixed model"])
def test_a_study_without_information_is_shown_and_says_so(name):
    """It keeps its row and its counts, and has no mark, no number and no weight."""
    record = forest_rows(bcg_fit(name))
    row = of_kind(record, "study")[SILENT]
    assert row.label == NAMES[SILENT]
    assert row.effect == ("not estimable",)
    assert cells(record, row) == ("0/123", "0/139")
    assert all(math.isnan(x) for x in (row.value, row.low, row.high, row.weight))
    assert "weight" not in row.texts
    assert any(NAMES[SILENT] in note for note in remarks_of(bcg_fit(name)))


def test_the_studies_of_mantel_haenszel_have_half_added_to_a_zero():
    """A study with one empty cell is drawn at its ratio with 1/2 in each cell."""
    row = of_kind(forest_rows(bcg_fit("Mantel-Haenszel")), "study")[ONE_ZERO]
    a, n1, c, n2 = tables()[ONE_ZERO]
    value = math.log((a + 0.5) / (n1 + 1) / ((c + 0.5) / (n2 + 1)))
    assert row.value == pytest.approx(value, rel=1e-12)


def test_peto_draws_observed_less_expected():
    """Every study stands at (O - E) / V, its limits from V; the total from their sums."""
    record = forest_rows(bcg_fit("Peto"))
    parts = []
    for a, n1, c, n2 in tables():
        n, events = n1 + n2, a + c
        v = n1 * n2 * events * (n - events) / (n * n * (n - 1))
        parts.append((a - n1 * events / n, v))
    for i, row in enumerate(of_kind(record, "study")):
        if i != SILENT:
            o, v = parts[i]
            due = (o / v, o / v - NORMAL / math.sqrt(v), o / v + NORMAL / math.sqrt(v))
            assert (row.value, row.low, row.high) == pytest.approx(due, rel=1e-10)
    sums = [math.fsum(column) for column in zip(*parts, strict=True)]
    assert of_kind(record, "total")[0].value == pytest.approx(sums[0] / sums[1], rel=1e-12)
    assert head(record, "effect") == "Odds ratio (Peto) (95% CI)"


def test_a_mixed_model_draws_the_studies_own_odds_ratios():
    """Points and limits are Wald's, from the four cells; nothing is added to them."""
    record = forest_rows(bcg_fit("mixed model"))
    for i, row in enumerate(of_kind(record, "study")):
        a, n1, c, n2 = tables()[i]
        if i in (SILENT, ONE_ZERO):
            continue
        value = math.log(a / (n1 - a)) - math.log(c / (n2 - c))
        se = math.sqrt(1 / a + 1 / (n1 - a) + 1 / c + 1 / (n2 - c))
        due = (value, value - NORMAL * se, value + NORMAL * se)
        assert (row.value, row.low, row.high) == pytest.approx(due, rel=1e-9)


def test_an_infinite_effect_is_an_arrow_without_limits():
    """No events in one group: the odds ratio is 0, beyond every axis, and a footnote says so."""
    record = forest_rows(bcg_fit("mixed model"), left=["se"])
    row = of_kind(record, "study")[ONE_ZERO]
    assert row.value == -math.inf
    assert row.effect == ("0.00 (no limits)",)
    assert record.axis.cuts(row) == (True, False)
    assert cells(record, row) == ("–",)
    assert record.notes == ("1 effect of 13 lies beyond the axis; arrows point to where.",)


def test_a_mixed_model_has_its_total_its_prediction_and_its_tests():
    """They are those of the fit; squares show inverse variances without percents."""
    fit = bcg_fit("mixed model")
    record = forest_rows(fit)
    total, ahead = of_kind(record, "total")[0], of_kind(record, "prediction")[0]
    limits = fit.prediction_interval
    assert (total.value, total.low, total.high) == pytest.approx(
        (fit.estimate.value, fit.estimate.low, fit.estimate.high)
    )
    assert (ahead.low, ahead.high) == pytest.approx((limits.low, limits.high))
    assert "Heterogeneity by likelihood ratio: Q = 197.50, df = 11 (p" in notes_of(record)
    assert "τ² = 0.558; I² = 95%" in notes_of(record)
    assert "mixed model (unconditional, fixed study levels)" in notes_of(record)
    assert head(record, "weight") == ""
    sizes = [row.size for row in of_kind(record, "study")]
    assert max(sizes) == sizes[NAMES.index("TPT Madras 1980")] == 1.0


def test_the_lines_of_counts_name_their_tests():
    """The method's own test of no effect, in the words of the layout."""
    fit = ma.mantel_haenszel(bcg_counts(), "OR", model="random")
    plain, revman = notes_of(forest_rows(fit)), forest_rows(fit, layout="RevMan")
    assert "Cochran-Mantel-Haenszel test: χ² = 136.16, df = 1 (p < 0.001)" in plain
    assert "τ² by DerSimonian-Laird" in plain
    assert "Test for overall effect: Z = " in notes_of(revman)
    assert head(revman, "effect") == "M-H, Random, 95% CI"
    assert "Total events" in notes_of(revman)


def test_rates_and_single_groups_have_the_columns_of_theirs():
    """Person-time of two groups; events over n of one."""
    rates = {"events1": [16, 4], "time1": [170.5, 300], "events2": [20, 9], "time2": [160, 280]}
    record = forest_rows(ma.mantel_haenszel(ma.counts(rates), "IRR"))
    assert heads(record) == ["Events/time", "Events/time"]
    assert cells(record, record.rows[0]) == ("16/170.5", "20/160")
    one = forest_rows(ma.glmm(ma.counts({"events": [16, 5, 26], "n": [17, 30, 40]})))
    assert heads(one) == ["Events/n"]
    assert [row.effect[0] for row in of_kind(one, "study")] == ["0.94", "0.17", "0.65"]
    assert np.isnan(one.axis.null)


@pytest.mark.parametrize("layout", ["plain", "RevMan", "BMJ", "JAMA"])
@pytest.mark.parametrize("name", FITS)
def test_no_text_of_any_subject_overlaps_or_is_cut(name, layout):
    """Every type that can be drawn is drawn whole, and described in a sentence."""
    plot = ma.forest(bcg_fit(name), layout=layout, favors=("Favors vaccine", "Favors none"))
    assert misplaced(plot) == ([], [])
    assert plot.record.alt.startswith("Forest plot of 13 ")
    assert plot.record.alt.endswith(".")
    assert len(plot.data) == len(plot.record.rows)
