"""Caterpillar plots: every study in its order, its interval where it belongs."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.plots.charts.caterpillar import caterpillar
from metaan.plots.charts.caterpillar_record import CaterpillarRows
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.theme import LIGHT, THEMES
from metaan.univariate.pooling import pool
from metaan.univariate.subgrouping import subgroups
from tests.plots.builders import LONG, bcg_effects, bcg_fit, effects, fit, many
from tests.plots.looking import misplaced, outside, overlaps, texts

NAN = float("nan")


def seeded(k: int) -> Effects:
    """Return k seeded studies of two kinds."""
    rng = np.random.default_rng(k)
    return Effects.from_arrays(
        rng.normal(-0.3, 0.4, k),
        se=rng.uniform(0.05, 0.6, k),
        columns={"kind": [("manual", "electric")[i % 2] for i in range(k)]},
    )


def whiskers(plot: Plot[CaterpillarRows]) -> np.ndarray:
    """Return the whiskers of the studies: left end, right end and height of each."""
    for artist in plot.axes.findobj(LineCollection):
        if to_hex(artist.get_colors()[0]) == LIGHT.study:
            return np.array([[a[0], b[0], a[1]] for a, b in artist.get_segments()])
    raise AssertionError("no whiskers")


@pytest.mark.parametrize("descending", [False, True])
def test_studies_are_sorted_with_their_intervals(descending: bool) -> None:
    """Python's own sort, and limits by the standard library's normal quantile."""
    made = bcg_fit()
    rows = caterpillar(made, descending=descending).record.rows
    z = NormalDist().inv_cdf(0.975)
    y, se, names = made.effects.y.tolist(), made.effects.se.tolist(), made.effects.study
    by_hand = sorted(zip(y, se, names, strict=True), reverse=descending)
    studies = [row for row in rows if row.kind == "study"]
    for row, (value, error, name) in zip(studies, by_hand, strict=True):
        assert (row.value, row.label) == (value, name)
        assert row.low == pytest.approx(value - z * error, rel=1e-12)
        assert row.high == pytest.approx(value + z * error, rel=1e-12)
    assert [row.kind for row in rows[-2:]] == ["pool", "prediction"]
    assert (rows[-2].value, rows[-2].low, rows[-2].high) == (-0.7145, -1.1084, -0.3206)
    assert (rows[-1].low, rows[-1].high) == (-1.995, 0.566)


@pytest.mark.parametrize("descending", [False, True])
def test_ties_stay_in_their_order(descending: bool) -> None:
    """Whichever way studies are sorted."""
    tied = effects([0.0, 1.0, 0.0, 1.0, 0.0], [1.0] * 5, study=list("ABCDE"))
    labels = [row.label for row in caterpillar(tied, descending=descending).record.rows]
    assert labels == (["B", "D", "A", "C", "E"] if descending else ["A", "C", "E", "B", "D"])


def test_whiskers_are_where_the_record_says() -> None:
    """From limit to limit on the height of the row, cut at the axis."""
    plot = caterpillar(bcg_fit())
    axis = plot.record.frame.x
    rows = [row for row in plot.record.rows if row.kind == "study"]
    expected = [[max(r.low, axis.low), min(r.high, axis.high), r.y] for r in rows]
    np.testing.assert_allclose(whiskers(plot), expected)


def test_the_table_is_read_and_follows_the_figure() -> None:
    """Ratios of the BCG trials from their counts; effects alone have no pool."""
    frame = caterpillar(bcg_effects()).data
    assert frame["kind"].tolist() == ["study"] * 13
    assert frame["estimate"].is_monotonic_increasing
    aronson = frame.set_index("study").loc["Aronson 1948"]
    assert aronson["estimate"] == pytest.approx((4 / 123) / (11 / 139))


def test_levels_are_those_of_the_fit() -> None:
    """At 90% intervals are shorter, and the figure says 90%."""
    made = replace(bcg_fit(), estimate=replace(bcg_fit().estimate, level=0.9))
    record = caterpillar(made).record
    z = NormalDist().inv_cdf(0.95)
    row = record.rows[0]
    first = int(np.argmin(made.effects.y))
    assert row.high - row.low == pytest.approx(2 * z * made.effects.se[first])
    assert record.frame.x.label == "Risk ratio (90% CI, log scale)"
    assert record.rows[-2].label == "Pooled (90% CI)"


def test_subgroups_have_their_colors_and_a_legend() -> None:
    """Studies are colored by their own value of the column."""
    studies = seeded(20)
    record = caterpillar(subgroups(studies, by="kind")).record
    kind = dict(zip(studies.study, studies.columns["kind"], strict=True))
    for row in record.rows[:20]:
        assert row.group == kind[row.label]
        assert row.color == f"series {('manual', 'electric').index(row.group)}"
    assert [entry.label for entry in record.frame.legend] == ["manual", "electric"]


def test_names_are_drawn_where_they_fit() -> None:
    """Up to seventy, unless the caller decides."""
    for k, names, shown in ((70, None, True), (71, None, False), (5, False, False),
                            (120, True, True)):  # fmt: skip
        plot = caterpillar(seeded(k), names=names)
        found = [text for text, _ in texts(plot)]
        assert ("Study 1" in found) is shown
        assert (f"{k} studies, sorted by effect" in found) is not shown
        assert overlaps(plot) == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("k", [1, 3, 13, 63, 200])
def test_nothing_overlaps_and_nothing_is_cut(k: int, theme: str) -> None:
    """Few and many studies, long names, ratios."""
    made = (pool(seeded(k)), many(k, "binary", long_labels=True))
    for each in made:
        plot = caterpillar(each, title=LONG, notes=(LONG,), theme=theme)
        assert misplaced(plot) == ([], [])


def test_two_thousand_studies_are_no_higher_than_a_page() -> None:
    """One artist for all whiskers, thinner than their distance asks for."""
    plot = caterpillar(pool(seeded(2000)))
    assert plot.figure.get_figheight() < 9
    assert len(whiskers(plot)) == 2000
    assert len(plot.axes.collections) < 12
    assert overlaps(plot) == []


def test_what_runs_beyond_the_axis_ends_in_an_arrow_or_is_counted() -> None:
    """An arrow where there is room, else a footnote; infinite limits of a pool are drawn."""
    y, v = [0.0] * 9 + [0.1], [0.01] * 9 + [400.0]
    plot = caterpillar(effects(y, v))
    axis = plot.record.frame.x
    tips = {
        round(float(x), 6)
        for artist in plot.axes.findobj(PolyCollection)
        for path in artist.get_paths()
        if len(path.vertices) == 4
        for x in path.vertices[:, 0]
    }
    assert {round(axis.low, 6), round(axis.high, 6)} <= tips
    bare = caterpillar(effects([0.0] * 99 + y[-1:], [0.01] * 99 + v[-1:]), names="none")
    assert bare.record.frame.notes == ("1 interval reaches beyond the axis.",)
    studies = effects([0.1, 0.2], [0.01, 0.01])
    for low, high in ((-np.inf, np.inf), (NAN, NAN), (NAN, 0.4)):
        plot = caterpillar(fit(studies, mean=(0.2, low, high), prediction=(-np.inf, np.inf)))
        assert outside(plot) == []


def test_names_are_drawn_literally_and_axes_are_respected() -> None:
    """No mathematics, no markup; texts inside the axes that were given."""
    hostile = ["<script>alert(1)</script>", "$x_{", "100% \\alpha"]
    figure = Figure(figsize=(4, 2))
    plot = caterpillar(effects([1, 2, 3], [1, 1, 1], study=hostile), ax=figure.subplots())
    assert set(hostile) <= {text for text, _ in texts(plot)}
    assert outside(plot) == []
    told = caterpillar(bcg_fit()).record.alt
    assert "13 studies sorted by risk ratio, 0.198 to 1.56; pooled 0.49 (95% CI 0.33" in told


def test_other_things_are_refused() -> None:
    """Named by their type; nothing without a study."""
    with pytest.raises(InputError, match="got list"):
        caterpillar([1, 2])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no study"):
        caterpillar(effects([], []))


def test_the_label_of_an_axis_without_names_stands_at_the_panel() -> None:
    """Not left of the names of the pool, that are far below it."""
    plot = caterpillar(pool(seeded(200)))
    boxes = dict(texts(plot))
    label, pooled = boxes["200 studies, sorted by effect"], boxes["Pooled (95% CI)"]
    panel = plot.axes.get_window_extent().x0 * 72 / plot.figure.dpi
    assert 0 < panel - label[2] < 8
    assert label[1] > pooled[3]
    assert misplaced(plot) == ([], [])
    few = caterpillar(pool(seeded(200)), names=["Study 5"])
    assert dict(texts(few))["200 studies, sorted by effect"][2] < dict(texts(few))["Study 5"][0]
