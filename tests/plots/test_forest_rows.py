"""The record of a forest plot: its numbers, its strings, and what it refuses."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from metaan.core.errors import InputError
from metaan.core.scale import LOG
from metaan.plots.forests.rows import forest_rows
from tests.plots import builders as make
from tests.plots.reading import cells, head, heads


def test_bcg_reads_as_metafor_prints_it() -> None:
    """The published fit comes out on the risk ratio scale, arrows and all."""
    record = forest_rows(make.bcg_fit(), favors=("Favors BCG", "Favors no vaccine"))
    first, total, prediction, heterogeneity, model = (
        record.rows[0],
        *record.rows[13:],
    )
    assert head(record, "effect") == "RR (95% CI)"
    assert record.axis_label == "Risk ratio"
    assert first.effect_text == "0.41 (0.13, 1.26)"
    assert cells(record, first) == ("4/123", "11/139")
    assert first.texts["weight"] == ("5.1%",)
    assert total.effect_text == "0.49 (0.33, 0.73)"
    assert (total.value, total.low, total.high) == (-0.7145, -1.1084, -0.3206)
    assert cells(record, total) == ("1065/191064", "1510/166283")
    assert prediction.label == "95% prediction interval"
    assert prediction.effect == ("", "(0.14,", "1.76)")
    assert heterogeneity.label.startswith("Heterogeneity: Q = 3.49, df = 12 (p = 0.32); τ² =")
    told = "Random effects, τ² by REML; 95% CI by HKSJ; test of no effect p = 0.012"
    assert model.label == told  # a fit made by hand has keys alone


def test_heterogeneity_is_one_line_in_the_words_of_the_field() -> None:
    """Q, df, p, tau² and I² stand in the order of a review."""
    studies = make.effects([1.0, 2.0, 3.0, 2.0], [1.0] * 4)
    rows = forest_rows(make.fit(studies, mean=(2.0, 1.0, 3.0))).rows
    assert rows[5].label == ("Heterogeneity: Q = 3.49, df = 3 (p = 0.32); τ² = 0.0100; I² = 14%")


def test_a_common_effect_has_no_tau2() -> None:
    """A model without between-study variance does not print one."""
    fit = make.fit(make.effects([1.0, 2.0], [1.0, 1.0]), mean=(1.5, 0.5, 2.5))
    common = replace(fit, model="common", tau2_method="", inference="WALD")
    labels = [row.label for row in forest_rows(common).rows if row.kind == "note"]
    assert "τ²" not in "".join(labels)
    assert labels[1].startswith("Common effect; 95% CI by WALD")


def test_intervals_follow_the_level_of_the_fit() -> None:
    """A 90% fit has 90% whiskers, and says so."""
    studies = make.effects([0.0], [1.0])
    record = forest_rows(make.fit(studies, mean=(0.0, -1.0, 1.0), level=0.90))
    assert record.rows[0].high == pytest.approx(1.6448536269514722, rel=1e-12)
    assert head(record, "effect") == "MD (90% CI)"


def test_squares_have_the_size_of_the_weights() -> None:
    """Sizes are relative to the heaviest study; equal weights give equal squares."""
    studies = make.effects([1.0, 2.0], [1.0, 4.0])
    rows = forest_rows(make.fit(studies, mean=(1.2, 0.0, 2.0), weights=[80.0, 20.0])).rows
    assert [row.size for row in rows[:2]] == [1.0, 0.25]
    equal = forest_rows(make.fit(studies, mean=(1.2, 0.0, 2.0))).rows
    assert [row.size for row in equal[:2]] == [1.0, 1.0]


def test_effects_alone_have_no_pool_and_no_percent() -> None:
    """Studies that nobody pooled: squares by inverse variance, published results beside them."""
    studies = make.effects([-10.0, -12.0], [1.0, 4.0])
    pools = [make.published(-9.22, -13.82, -4.61), make.published(-10.2, -15.0, -5.4)]
    record = forest_rows(studies, published=pools)
    assert [row.kind for row in record.rows] == ["study", "study", "published", "published"]
    assert [row.size for row in record.rows[:2]] == [1.0, 0.25]
    assert head(record, "weight") == ""
    assert all(np.isnan(row.weight) for row in record.rows)


def test_row_ids_reach_the_figure() -> None:
    """What is drawn can be traced to the tables."""
    record = forest_rows(
        make.effects([1.0, 2.0], [1.0, 1.0]), published=[make.published(1.0, 0.5, 2.0)]
    )
    assert [row.rows for row in record.rows] == [("1", "2"), ("3", "4"), ("mu2020_01",)]


def test_subgroups_are_blocks_with_the_weights_of_the_total() -> None:
    """Header, studies, pool, heterogeneity per block; then the total and the test between."""
    studies = make.effects([1.0, 2.0, 4.0], [1.0, 1.0, 1.0])
    one, two = make.some(studies, [1]), make.some(studies, [0, 2])
    parts = [("b", make.fit(one, mean=(2, 1, 3))), ("a", make.fit(two, mean=(2.5, 0, 5)))]
    overall = make.fit(studies, mean=(2.2, 1.0, 3.4), weights=[50.0, 20.0, 30.0])
    record = forest_rows(make.subgroup_fit(parts, overall))
    kinds = [row.kind for row in record.rows]
    assert kinds == [
        *("header", "study"),  # one study is no pool
        *("header", "study", "study", "pool", "note"),
        *("total", "note", "note", "note"),
    ]
    assert record.rows[0].label == "Sham type: b"
    assert [row.weight for row in record.rows if row.kind == "pool"] == [80.0]
    assert [row.weight for row in record.rows if row.kind == "study"] == [20.0, 50.0, 30.0]
    assert record.rows[-1].label == "Test for subgroup differences: Q = 1.86, df = 1, p = 0.40"


def test_a_study_without_a_subgroup_is_still_shown() -> None:
    """A study that is in the total but in no subgroup gets a block of its own."""
    studies = make.effects([1.0, 2.0, 4.0], [1.0, 1.0, 1.0])
    parts = [("a", make.fit(make.some(studies, [0, 1]), mean=(1.5, 0, 3)))]
    overall = make.fit(studies, mean=(2.2, 1.0, 3.4))
    rows = forest_rows(make.subgroup_fit(parts, overall)).rows
    assert [row.label for row in rows[5:7]] == ["Sham type: not stated", "Trial 3"]


def test_subgroups_of_other_studies_are_refused() -> None:
    """Blocks and total must speak about the same studies."""
    studies, other = make.effects([1.0], [1.0]), make.effects([9.0], [1.0])
    parts = [("a", make.fit(other, mean=(9, 8, 10)))]
    with pytest.raises(InputError, match="subgroup 'a' holds studies that the overall fit lacks"):
        forest_rows(make.subgroup_fit(parts, make.fit(studies, mean=(1, 0, 2))))


def test_published_numbers_stay_as_printed() -> None:
    """An asymmetric interval keeps its limits; its text keeps its decimals."""
    row = forest_rows(make.effects([-10.0], [1.0]), published=[make.published(-9.22, -13.82, -1)])
    mark = row.rows[-1]
    assert (mark.value, mark.low, mark.high) == (-9.22, -13.82, -1.0)
    assert mark.effect_text == "−9.22 (−13.82, −1.00)"
    assert mark.label == "Published: Mu 2020 (k = 7, n = 1403)"


def test_a_published_ratio_moves_to_the_analysis_scale() -> None:
    """Printed risk ratios are drawn at their logarithms, zero at minus infinity."""
    studies = make.effects([0.1], [1.0], scale=LOG, measure="RR")
    pools = [make.published(0.68, 0.46, 1.01), make.published(0.5, 0.0, 2.0)]
    first, second = forest_rows(studies, published=pools).rows[1:]
    assert (first.value, first.low) == (np.log(0.68), np.log(0.46))
    assert first.effect_text == "0.68 (0.46, 1.01)"
    assert second.low == -np.inf
    with pytest.raises(InputError, match="mu2020_01: a ratio cannot be negative"):
        forest_rows(studies, published=[make.published(-0.5, -1.0, 0.1)])


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((-9.55, -16.5, make.NAN), "−9.55 (−16.50, not reported)"),
        ((make.NAN, 2.02, 7.98), "not reported (2.02, 7.98)"),
        ((-0.17, make.NAN, make.NAN), "−0.17 (limits not reported)"),
        ((make.NAN, make.NAN, make.NAN), "not reported"),
    ],
)
def test_what_is_not_reported_is_said(numbers: tuple[float, float, float], text: str) -> None:
    """Missing limits and points become words, never numbers."""
    rows = forest_rows(make.effects([-1.0], [1.0]), published=[make.published(*numbers)]).rows
    assert rows[-1].effect_text == text


def test_plain_pools_are_grouped_by_comparison_and_outcome() -> None:
    """An umbrella groups by what was compared; k and n become columns."""
    first = make.published(0.68, 0.46, 1.01, measure="RR")
    other = replace(first, comparison="acupuncture vs usual care", k=make.NAN, n=make.NAN)
    record = forest_rows([first, other, first])
    headers = [row.label for row in record.rows if row.kind == "header"]
    assert headers == ["Acupuncture vs sham: pain", "Acupuncture vs usual care: pain"]
    assert heads(record) == ["Instrument", "Time", "k", "n"]
    assert cells(record, record.rows[1]) == ("VAS 0–100", "immediate", "7", "1403")
    assert cells(record, record.rows[4])[2:] == ("–", "–")
    assert record.rows[1].value == np.log(0.68)
    assert (record.label_head, head(record, "effect")) == ("Review", "RR (95% CI)")


def test_a_mapping_gives_the_headers_of_an_umbrella() -> None:
    """Headers of the caller's own, in the caller's order."""
    pool = make.published(-1.0, -2.0, 0.0)
    rows = forest_rows({"Second": [pool], "First": [pool, pool]}).rows
    assert [row.group for row in rows] == ["Second"] * 2 + ["First"] * 3
    assert [row.kind for row in rows[:2]] == ["header", "published"]


def test_an_umbrella_has_one_measure() -> None:
    """Differences and ratios cannot share an axis."""
    pools = [make.published(1, 0, 2), make.published(1, 0.5, 2, measure="RR")]
    with pytest.raises(InputError, match="different measures cannot share an axis; got MD, RR"):
        forest_rows(pools)


def test_what_cannot_be_drawn_says_why() -> None:
    """Every refusal names the remedy."""
    empty = make.effects([], [])
    one = make.effects([1.0], [1.0])
    with pytest.raises(InputError, match=r"no study to draw.*effects\.left_out"):
        forest_rows(empty)
    with pytest.raises(InputError, match="no published pool to draw; widen the selection"):
        forest_rows([])
    with pytest.raises(
        InputError, match="a mapping of headers to such sequences; got list with int"
    ):
        forest_rows([3])  # type: ignore[list-item]
    with pytest.raises(InputError, match="put all published pools into `fit`"):
        forest_rows([make.published(1, 0, 2)], published=[make.published(1, 0, 2)])
    with pytest.raises(InputError, match="favors must be two texts"):
        forest_rows(one, favors="left")  # type: ignore[arg-type]


def test_labels_become_one_clean_line() -> None:
    """Line breaks and control characters become spaces; everything else stays."""
    studies = make.effects([1.0], [1.0], study=["A\nB\x00 $x_1$ \\frac 50% <script>"])
    record = forest_rows(studies, title="One\ntitle", notes=("a\tb",))
    assert record.rows[0].label == "A B $x_1$ \\frac 50% <script>"
    assert (record.title, record.notes) == ("One title", ("a b",))


def test_a_measure_without_a_name_shows_its_label() -> None:
    """Generic effects are headed by the label that came with them."""
    studies = replace(make.effects([1.0], [1.0], measure="GEN"), label="Change in pain")
    assert head(forest_rows(studies), "effect") == "Change in pain (95% CI)"


def test_the_record_as_a_table() -> None:
    """One line per row, on the reading scale."""
    frame = forest_rows(make.bcg_fit()).to_frame()
    total = frame[frame["kind"] == "total"].iloc[0]
    assert total["estimate"] == pytest.approx(np.exp(-0.7145), rel=1e-12)
    assert frame["BCG vaccine Events/n"][0] == "4/123"
    assert frame["rows"][0] == "1 2"
    assert len(frame) == 17


def test_the_sentence_for_those_who_cannot_see_it() -> None:
    """Alt text has the number of studies and the result."""
    alt = forest_rows(make.bcg_fit()).alt
    assert alt == "Forest plot of 13 studies; pooled: Risk ratio 0.49 (95% CI 0.33, 0.73)."


def test_records_need_no_matplotlib() -> None:
    """A table of a forest plot costs no plotting library."""
    code = (
        "import sys, metaan.core.fit, metaan.plots.forests.rows;"
        "print([m for m in ('matplotlib', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
