"""The craft of a forest plot: aligned numbers, heads in their places, room for what is said."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import metaan as ma
from metaan.core.scale import IDENTITY, LOG
from metaan.plots.forests.axis import effect_axis, with_room
from metaan.plots.forests.columns import LEFT_LEAST, PlacedColumn, forest_columns
from metaan.plots.forests.footnotes import footnotes
from metaan.plots.forests.forest import draw_forest, forest
from metaan.plots.forests.layout import EFFECT
from metaan.plots.forests.pieces import decimals_of
from metaan.plots.forests.placing import forest_page
from metaan.plots.forests.record import ForestRow, ForestRows
from metaan.plots.forests.rows import forest_rows, remarks_of
from metaan.plots.pages import theme
from metaan.plots.pages.page import Word
from metaan.plots.pages.typesetting import width
from tests.plots import builders as make
from tests.plots.forest_subjects import bcg, bcg_counts
from tests.plots.looking import misplaced

LONG = "A column whose head needs three lines or so to be told"


def words(record: ForestRows, *texts: str) -> list[Word]:
    """Return the words of the page that say one of these texts."""
    return [word for word in forest_page(record).words if word.text in texts]


def placed(record: ForestRows, key: str) -> PlacedColumn:
    """Return a column where it stands."""
    return next(c for c in forest_columns(record, 0.0).placed if c.column.key == key)


def test_limits_with_more_decimals_have_their_points_under_the_others() -> None:
    """0.002 begins no further left than it must; every point of the piece has one place."""
    studies = ma.Effects.from_arrays([-2.2, -0.9, 1.3], se=[2.0, 0.4, 0.9], scale="log")
    record = forest_rows(studies)
    column, digit = placed(record, EFFECT), width("0", theme.BODY)
    lows = [row.effect[1] for row in record.rows]
    assert lows == ["(0.002,", "(0.19,", "(0.63,"]
    ends = [column.piece_ends(row)[1] for row in record.rows]
    tails = [width(low[low.index(".") :], theme.BODY) for low in lows]
    points = np.subtract(ends, tails)
    assert points == pytest.approx(points[0], abs=1e-9)
    assert ends[0] - ends[1] == pytest.approx(digit)
    starts = [end - width(low, theme.BODY) for end, low in zip(ends, lows, strict=True)]
    values = [column.piece_ends(row)[0] for row in record.rows]
    assert min(np.subtract(starts, values)) > 0
    plot = draw_forest(record)
    assert misplaced(plot) == ([], [])


def test_the_layout_s_own_point_counts_too() -> None:
    """A decimal comma is followed by another comma, and is found all the same."""
    assert [decimals_of(piece, ",") for piece in ("(0,002,", "3,4)", "12,", "")] == [3, 1, 0, 0]


def test_the_head_of_a_group_stands_over_the_heads_of_its_own_columns() -> None:
    """Also where another head is longer: one line, two gaps and a rule between them."""
    record = forest_rows(make.bcg_fit(), layout={"effect_head": LONG})
    (over,) = words(record, record.columns[0].over)
    below = words(record, record.columns[0].head)
    assert len(below) == 2
    assert [word.y - over.y for word in below] == pytest.approx([theme.HEAD.leading + 3.0] * 2)
    between = [r for r in forest_page(record).rules if over.y < r.start[1] < below[0].y]
    assert len(between) == 2


@pytest.mark.parametrize(("layout", "head"), [("BMJ", "Weight (%)"), ("JAMA", "Weight, %")])
def test_a_short_head_is_not_broken(layout: str, head: str) -> None:
    """Ten letters make the column wider."""
    assert placed(forest_rows(make.bcg_fit(), layout=layout), "weight").head == (head,)


def test_revman_breaks_the_name_of_the_axis_after_the_measure() -> None:
    """As the program does; under the panel the break stays as well."""
    for place in ("over", "under"):
        own = {"based_on": "RevMan", "axis_title": place}
        record = forest_rows(make.bcg_fit(), layout=own)
        middle = np.mean([forest_page(record).left, forest_page(record).right])
        (first,) = (w for w in words(record, "Risk ratio") if w.x == pytest.approx(middle))
        (second,) = (w for w in words(record, "IV, Random, 95% CI") if w.align == "center")
        assert second.x == first.x
        assert 0 < second.y - first.y <= theme.HEAD.leading


@pytest.mark.parametrize(
    ("measure", "instruments", "label"),
    [
        ("MD", ["VAS_0_100", "VAS_0_100"], "Mean difference (VAS 0–100)"),
        ("MD", ["VAS_0_100", "NRS_0_10"], "Mean difference"),
        ("MD", ["PAIN_MIXED"], "Mean difference"),
        ("MD", [""], "Mean difference"),
        ("SMD", ["VAS_0_100"], "Standardized mean difference"),
        ("SMD_difference", [""], "Standardized mean difference, difference of two"),
        ("OR", [""], "Odds ratio"),
        ("SRR", [""], "SRR"),
        ("", [""], "Effect"),
    ],
)
def test_an_umbrella_names_its_axis(measure: str, instruments: list[str], label: str) -> None:
    """In words; with the scale that all pools share, where the measure has its units."""
    pools = [
        replace(make.published(0.5, 0.4, 0.7), measure=measure, instrument=each)
        for each in instruments
    ]
    assert forest_rows(pools).axis_label == label


def rows(*ends: tuple[float, float]) -> list[ForestRow]:
    """Return studies with these limits."""
    return [
        ForestRow(kind="study", label="", value=(low + high) / 2, low=low, high=high)
        for low, high in ends
    ]


def test_the_axis_has_room_for_the_text_of_a_side_without_results() -> None:
    """One tick beyond no effect, on either side and on any scale; only where a text is due."""
    for scale, low, high in ((IDENTITY, -3.9, -1.1), (LOG, -2.4, -0.2)):
        short = effect_axis(rows((low, high)), scale)
        longer = with_room(short, ("", "right"), scale)
        assert max(short.ticks) == 0 < max(longer.ticks) < longer.high
        assert longer.low == short.low
        assert sum(tick > 0 for tick in longer.ticks) <= 2
        assert with_room(short, ("left", ""), scale) == short
        turned = effect_axis(rows((-high, -low)), scale)
        mirrored = with_room(turned, ("left", "right"), scale)
        assert mirrored.low == pytest.approx(-longer.high)
        assert mirrored.high == turned.high


def test_an_axis_that_is_asked_for_or_has_room_stays() -> None:
    """So does one without no effect."""
    wide = effect_axis(rows((-3.0, 3.0)), IDENTITY)
    assert with_room(wide, ("left", "right"), IDENTITY) == wide
    none = replace(wide, null=math.nan)
    assert with_room(none, ("left", "right"), IDENTITY) is none
    studies = ma.Effects.from_arrays([-3.1, -2.0], se=[0.4, 0.3])
    asked = forest_rows(studies, favors=("left", "right"), axis=(-4, 0))
    assert (asked.axis.low, asked.axis.high) == (-4.0, 0.0)
    assert forest_rows(studies, favors=("left", "right")).axis.high > 0.5
    assert forest_rows(studies, favors=("left", "")).axis.high < 0.5


def test_short_labels_leave_no_stripe_beside_the_panel() -> None:
    """Lines take as much room as they need for as few lines, and none where there are none."""
    studies = ma.Effects.from_arrays([0.1, 0.4], se=[0.2, 0.1], study=["A", "B"])
    alone = forest_columns(forest_rows(studies), 0.0)
    assert alone.text_right == pytest.approx(theme.MARGIN + width("Study", theme.HEAD))
    record = forest_rows(ma.pool(studies))
    columns = forest_columns(record, 0.0)
    room = columns.text_right - theme.MARGIN
    assert width("95% prediction interval", theme.BODY) <= room <= LEFT_LEAST
    plot = draw_forest(record)
    assert misplaced(plot) == ([], [])
    left = forest_page(record).left
    notes = [w for w in forest_page(record).words if w.style == theme.SMALL]
    assert notes
    assert all(
        w.x + width(w.text, w.style) < left for w in notes if w.y < forest_page(record).bottom
    )


def test_remarks_name_instruments_in_words() -> None:
    """A factor of 1 changes nothing, and is not told."""
    told = (
        "NRS_0_10 carried to VAS_0_10, factor 1: Shin 2013",
        "BOTHERSOMENESS_0_10 carried to VAS_0_100, factor 10: A; A_0_1 carried to B, factor 1.5",
    )
    assert footnotes(told) == (
        "NRS 0–10 carried to VAS 0–10: Shin 2013.",
        "Bothersomeness 0–10 carried to VAS 0–100, factor 10: A; A 0–1 carried to B, factor 1.5.",
    )


def test_no_footnote_is_about_a_test_that_is_not_shown() -> None:
    """Wald's test of heterogeneity stays in the summary of a mixed model, with its remark."""
    fit = ma.glmm(bcg_counts(zeros=True), "CM.EL")
    assert any("Wald's test of heterogeneity" in remark for remark in fit.remarks)
    assert not any("Wald" in note for note in remarks_of(fit))


def test_tau2_of_one_study_is_shown_if_it_was_given() -> None:
    """It is not estimated from one; where it is fixed in advance, it is known."""
    fit = ma.pool(bcg(), tau2=0.2, inference="WALD")
    first = forest_rows(ma.cumulative(fit, "year")).rows[0]
    assert first.texts["tau2"] == ("0.200",)


def test_a_model_is_not_named_twice() -> None:
    """Its words stand alone where they begin with its name, in whatever letters."""
    common = ma.pool(bcg(), model="common")
    record = forest(ma.pool(bcg()), models={"common effect": common, "Com": common}).record
    notes = [row.label for row in record.rows if row.kind == "note"]
    assert notes[-2].startswith("Common effect; 95% CI")
    assert notes[-1].startswith("Com: common effect; 95% CI")


def test_a_column_of_one_piece_has_no_points_to_align() -> None:
    """An interval that begins with its limits is set as one text."""
    record = forest_rows(make.bcg_fit(), layout={"interval": "{low}-{high}: {value}"})
    assert record.rows[0].effect == ("0.13-1.26: 0.41",)
    assert placed(record, EFFECT).decimals == (0, 0, 0)
