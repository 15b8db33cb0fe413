"""Layouts: the words, numbers and columns of each, and that they are rows of data alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import metaan as ma
from metaan.core.errors import InputError
from metaan.core.scale import LOG
from metaan.core.subgroup_fit import SubgroupFit
from metaan.plots.forests.forest import forest
from metaan.plots.forests.layouts import DEFAULT_LAYOUT, LAYOUTS, find_layout
from metaan.plots.forests.lines import Lines, filled, tau2_text
from metaan.plots.forests.record import ForestRows
from metaan.plots.forests.rows import forest_rows
from metaan.plots.forests.wording import Hand, pieces_of
from metaan.plots.pages.theme import THEMES
from tests.architecture.source import sources
from tests.architecture.test_face import typed_in
from tests.plots import builders as make
from tests.plots.forest_subjects import bcg, bcg_counts
from tests.plots.looking import misplaced, texts
from tests.plots.reading import cells, head, heads


def told(record: ForestRows, kind: str) -> list[str]:
    """Return the labels of the rows of a kind."""
    return [row.label for row in record.rows if row.kind == kind]


def test_a_layout_is_data_and_no_branch() -> None:
    """The name of a layout stands in its table alone, and every row of it can be drawn."""
    names = [name for name in LAYOUTS if name != DEFAULT_LAYOUT]
    places = {
        file for files in typed_in(sources("metaan/plots"), names).values() for file in files
    }
    assert places == {"metaan/plots/forests/layouts.py"}
    assert list(LAYOUTS) == [row.name for row in LAYOUTS.values()]
    for row in LAYOUTS.values():
        assert find_layout(replace(row)) == row  # every field passes the check of a caller's own
        assert row.theme in THEMES
        assert row.follows.startswith("https://") == (row.name != DEFAULT_LAYOUT)


def test_revman() -> None:
    """Separate counts, square brackets, both tests, the events in a row of their own."""
    record = forest_rows(make.bcg_fit(), layout="RevMan")
    first, total = record.rows[0], record.rows[13]
    assert record.label_head == "Study or Subgroup"
    assert heads(record)[:5] == ["Events", "Total", "Events", "Total", "Weight"]
    assert [column.side for column in record.columns] == ["left"] * 6
    assert head(record, "effect") == "IV, Random, 95% CI"
    assert record.axis_label == "Risk ratio\nIV, Random, 95% CI"
    assert cells(record, first)[:5] == ("4", "123", "11", "139", "5.1%")
    assert first.effect == ("0.41", "[0.13,", "1.26]")
    assert (total.label, cells(record, total)[:4]) == (
        "Total (95% CI)",
        ("", "191064", "", "166283"),
    )
    assert cells(record, record.rows[14])[:4] == ("1065", "", "1510", "")
    assert told(record, "note") == [
        "Total events",
        "Heterogeneity: Tau² = 0.0100; Chi² = 3.49, df = 12 (P = 0.32); I² = 14%",
        "Test for overall effect: T = −3.00, df = 12 (P = 0.012)",
    ]


def test_revman_colors_its_squares_by_the_numbers_of_the_arms() -> None:
    """Counts, means and effects alone have colors of their own; diamonds are black."""
    found = []
    for kind in ("binary", "continuous", "none"):
        fit = make.fit(make.many(3, kind), mean=(-0.5, -0.9, -0.1))
        colors = forest_rows(fit, layout="RevMan").layout.colors
        found.append(colors["study"])
        assert colors["ours"] == "#000000"
    assert len(set(found)) == 3


def test_bmj() -> None:
    """Arms under one head, limits with "to", weights without a sign of percent."""
    record = forest_rows(make.bcg_fit(), layout="BMJ")
    first, total = record.rows[0], record.rows[13]
    assert [(c.head, c.over) for c in record.columns[:2]] == [
        ("BCG vaccine", "No of events / total"),
        ("No vaccine", "No of events / total"),
    ]
    assert heads(record, "right") == ["Weight (%)", "Risk ratio, IV, random (95% CI)"]
    assert first.effect == ("0.41", "", "(0.13 to 1.26)")
    assert first.texts["weight"] == ("5.1",)
    assert cells(record, total) == ("1065/191064", "1510/166283")
    assert told(record, "note") == [
        "Test for heterogeneity: τ²=0.0100; χ²=3.49, df=12, P=0.32; I²=14%",
        "Test for overall effect: t=-3.00, df=12, P=0.012",
    ]


def test_jama() -> None:
    """No tau², degrees of freedom low on the line, P without its zero, hyphens in ranges."""
    record = forest_rows(make.bcg_fit(), layout="JAMA")
    assert record.label_head == "Source"
    assert record.rows[0].effect == ("0.41", "", "(0.13-1.26)")
    assert record.rows[14].effect == ("", "", "(0.14-1.76)")
    assert record.axis_label == "Risk ratio (95% CI)"
    assert told(record, "note") == [
        "Heterogeneity: χ²₁₂ = 3.49 (P = .32), I² = 14%",
        "Test for overall effect: t₁₂ = −3.00 (P = .01)",
    ]
    negative = make.fit(make.effects([-1.0, 2.0], [0.01, 0.01]), mean=(0.5, 0.1, 0.9))
    rows = forest_rows(negative, layout="JAMA").rows
    assert [row.effect_text for row in rows[:3]] == [
        "−1.00 (−1.20 to −0.80)",
        "2.00 (1.80-2.20)",
        "0.50 (0.10-0.90)",
    ]


@pytest.mark.parametrize("name", LAYOUTS)
def test_only_what_applies_is_told(name: str) -> None:
    """A common effect has no tau²; a normal test no degrees of freedom; one study no spread."""
    fit = make.fit(make.effects([1.0, 2.0], [1.0, 1.0]), mean=(1.5, 0.5, 2.5))
    normal = replace(fit.estimate, df=np.inf)
    common = replace(fit, model="common", tau2_method="", inference="W", estimate=normal)
    lines = "\n".join(told(forest_rows(common, layout=name), "note"))
    assert [word for word in ("3.49", "14%") if word not in lines] == []
    absent = ("τ²", "Tau²", "t =", "T =", "t=", "inf", "∞", "[", "{")
    assert [word for word in absent if word in lines] == []
    one = replace(fit.heterogeneity, df=0.0)
    line = Lines(layout=LAYOUTS[name], level=0.95).heterogeneity(one, tau2=None, i2=np.nan)
    assert line == LAYOUTS[name].one_study


@pytest.mark.parametrize("name", LAYOUTS)
def test_one_study_is_not_pooled(name: str) -> None:
    """No total, no percent, no method in a head; the study and a line that says so."""
    counts = bcg_counts()
    fits: list[Any] = [
        ma.pool(bcg().take([0])),
        ma.mantel_haenszel(counts.take([0]), "RR"),
        ma.glmm(counts.take([0]), model="common"),
    ]
    for fit in fits:
        plot = forest(fit, layout=name)
        assert [row.kind for row in plot.record.rows] == ["study", "note"]
        assert told(plot.record, "note") == ["One study: nothing is pooled"]
        assert plot.record.notes == ()
        assert np.isnan(plot.record.rows[0].weight)
        words = " ".join(text for text, _ in texts(plot))
        assert [word for word in ("Total (", "100", "andom", "IV", "M-H") if word in words] == []
        assert plot.record.alt == "Forest plot of 1 study, not pooled."
        assert misplaced(plot) == ([], [])


def test_a_program_without_prediction_intervals_shows_none() -> None:
    """By its conventions; the caller decides over them."""
    shown = {
        (name, asked): "prediction"
        in [row.kind for row in forest_rows(fit, layout="RevMan", prediction=asked).rows]
        for name, fit in {
            "RevMan5": ma.pool(bcg(), conventions="RevMan5"),
            "RevMan": ma.pool(bcg(), conventions="RevMan"),
            "": ma.pool(bcg()),
        }.items()
        for asked in (None, True, False)
    }
    assert [key for key, there in shown.items() if not there] == [
        ("RevMan5", None),
        *((name, False) for name in ("RevMan5", "RevMan", "")),
    ]
    own = {"based_on": "BMJ", "prediction": ""}
    assert told(forest_rows(ma.pool(bcg()), layout=own), "prediction") == []


@pytest.mark.parametrize(
    ("tau2", "text"),
    [(0.4, "0.400"), (0.393, "0.393"), (12.0, "12.0"), (123.0, "123"), (1234.0, "1234"),
     (0.0, "0"), (0.00279, "0.00279"), (2e-7, "2e−07")],
)  # fmt: skip
def test_tau2_has_three_digits_everywhere(tau2: float, text: str) -> None:
    """Zeros at the end are kept, so that lines of one figure agree."""
    assert tau2_text(tau2) == text


@pytest.mark.parametrize("name", LAYOUTS)
def test_subgroups_in_every_layout(name: str) -> None:
    """The subtotal and the test between subgroups have the words of the layout."""
    fit = make.pooled_or_split(make.many(5, "binary"), split=True)
    assert isinstance(fit, SubgroupFit)
    record = forest_rows(fit, layout=name)
    lines = Lines(layout=LAYOUTS[name], level=0.95)
    second = lines.header("Sham type", fit.levels[1])
    assert told(record, "header")[1] == second
    assert told(record, "pool") == [lines.subtotal(4, second)]
    assert told(record, "total") == [lines.total(5)]
    notes = told(record, "note")
    assert lines.between(fit) in notes
    assert notes.count("Total events") == 2 * bool(LAYOUTS[name].total_events)
    only = replace(fit, levels=fit.levels[:1], fits=fit.fits[:1], df_between=0.0)
    assert lines.between(only) == LAYOUTS[name].one_subgroup


def test_a_level_is_not_tested() -> None:
    """A prevalence has no line for a test of no effect, in any layout."""
    counts = {"study": ["A", "B", "C"], "events": [16.0, 5.0, 26.0], "n": [17.0, 30.0, 40.0]}
    fit = ma.pool(ma.effect_sizes(counts, "PLO"))
    for name in LAYOUTS:
        text = " ".join(told(forest_rows(fit, layout=name), "note"))
        assert [word for word in ("overall effect", "no effect") if word in text] == []


@pytest.mark.parametrize(
    ("p", "plain", "jama", "bmj"),
    [
        (0.0312, "p = 0.031", "P = .03", "P=0.031"),
        (0.3237, "p = 0.32", "P = .32", "P=0.32"),
        (0.0049, "p = 0.005", "P = .005", "P=0.005"),
        (0.0009, "p < 0.001", "P < .001", "P<0.001"),
        (0.9976, "p > 0.99", "P > .99", "P>0.99"),
        (np.nan, "p not defined", "P not defined", "P not defined"),
    ],
)
def test_p_values(p: float, plain: str, jama: str, bmj: str) -> None:
    """Signs, decimals and zeros are the layout's; none says 0 or 1."""
    found = [Lines(layout=LAYOUTS[name], level=0.95).p(p) for name in ("plain", "JAMA", "BMJ")]
    assert found == [plain, jama, bmj]


def test_a_p_value_below_all_numbers() -> None:
    """Its logarithm decides where the number itself is 0."""
    assert Lines(layout=LAYOUTS["plain"], level=0.95).p(0.0, -2000.0) == "p < 0.001"


def test_filling_in() -> None:
    """A bracket goes with its number, a line with a number outside of brackets."""
    assert filled("Q = {q}[; I² = {i2}%].", {"q": "3", "i2": ""}) == "Q = 3."
    assert filled("Q = {q}[; I² = {i2}%].", {"q": "", "i2": "9"}) == ""
    assert filled("[n] {q} [sic]", {"q": "{x} [y]"}) == "[n] {x} [y] [sic]"


def test_pieces_stand_under_each_other_where_spaces_part_them() -> None:
    """Three numbers, three pieces; limits with a word or a dash between them are one piece."""
    assert pieces_of("{value} [{low}; {high}]") == ("{value}", "[{low};", "{high}]")
    assert pieces_of("{value} ({low} bis {high})") == ("{value}", "", "({low} bis {high})")
    assert pieces_of("{value} ({low}–{high})") == ("{value}", "", "({low}–{high})")


def test_the_model_is_told_in_words() -> None:
    """No key of a table where there is a name."""
    effects = ma.Effects.from_arrays([0.1, 0.3, 0.55, 0.2], se=[0.12, 0.2, 0.18, 0.2])
    record = forest_rows(ma.pool(effects, inference="HKSJ_FLOOR"))
    assert told(record, "note")[1] == (
        "Random effects, τ² by restricted maximum likelihood; 95% CI by "
        "Hartung-Knapp-Sidik-Jonkman (not narrower than Wald, t, df = 3); test of no effect "
        "p = 0.089"
    )
    common = told(forest_rows(ma.pool(effects, model="common")), "note")[1]
    assert common.startswith("Common effect; 95% CI by Wald (normal); test of no")


def test_percent_is_a_way_of_reading() -> None:
    """Numbers, axis, label and table are per hundred; positions stay where they were."""
    counts = {"study": ["A", "B", "C"], "events": [16.0, 5.0, 26.0], "n": [17.0, 30.0, 40.0]}
    fit = ma.pool(ma.effect_sizes(counts, "PLO"))
    plain, percent = forest_rows(fit), forest_rows(fit, layout={"per": 100})
    assert [row.effect[0] for row in percent.rows[:3]] == ["94.1", "16.7", "65.0"]
    assert [row.value for row in percent.rows[:4]] == [row.value for row in plain.rows[:4]]
    assert percent.axis_label == "Proportion, %"
    assert percent.to_frame()["estimate"][0] == pytest.approx(100 * 16 / 17, rel=1e-12)
    ticks = [float(percent.scale.inverse(tick)) for tick in percent.axis.ticks]
    assert [float(label) for label in percent.axis.tick_labels] == pytest.approx(ticks)


def test_a_ratio_is_not_read_per_hundred() -> None:
    """A risk ratio of 0.49 is no 49%."""
    with pytest.raises(InputError, match="a ratio cannot be read per 100"):
        forest_rows(make.bcg_fit(), layout={"per": 100})


def test_signs_of_numbers() -> None:
    """Minus and point are the layout's, in effects, weights and lines."""
    arm: dict[str, list[float]] = {
        "sd1": [1, 1],
        "n1": [9, 9],
        "mean2": [0, 0],
        "sd2": [1, 1],
        "n2": [9, 9],
    }
    columns: dict[str, list[float]] = {"mean1": [-1.5, 2.0], **arm, "change": [-2, 1]}
    effects = make.effects([-1.5, 2.0], [1.0, 1.0], columns=columns)
    fit = make.fit(effects, mean=(-0.5, -1.5, 0.5))
    record = forest_rows(fit, layout={"minus": "-", "point": "·"}, left=["arms", "change"])
    first = cells(record, record.rows[0])
    assert (first[0], first[-1]) == ("-1·5", "-2")
    assert record.axis.tick_labels[0] == "-2"
    assert record.rows[0].effect_text == "-1·50 (-3·46, 0·46)"
    assert record.rows[0].texts["weight"] == ("50·0%",)
    assert "Q = 3·49, df = 1 (p = 0·32); τ² = 0·01" in told(record, "note")[0]


def test_infinite_and_unknown_numbers_have_words() -> None:
    """A limit beyond all numbers is infinite; what cannot be estimated says so."""
    huge = make.effects([0.0, 1.0], [1e6, 1.0], scale=LOG)
    record = forest_rows(make.fit(huge, mean=(0.0, -1.0, 1.0)))
    assert record.rows[0].effect[2] == "∞)"
    hand = Hand(scale=LOG, digits=2, level=0.95, layout=LAYOUTS["RevMan"])
    assert hand.effect(np.nan, np.nan, np.nan) == ("Not estimable",)
    assert hand.effect(0.0, -np.inf, np.inf) == ("1.00", "[0.00,", "∞]")
