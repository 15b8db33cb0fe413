"""Every chart with every fit: a good figure, or an error that says what to do instead."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

import metaan
from metaan.core.errors import InputError
from metaan.plots.charts.bias_summary import bias_summary
from metaan.plots.charts.bias_traffic import traffic_light
from metaan.plots.charts.bubble import bubble
from metaan.plots.charts.caterpillar import caterpillar
from metaan.plots.charts.drapery import drapery
from metaan.plots.charts.funnel import funnel
from metaan.plots.charts.labbe import labbe
from metaan.plots.charts.orchard import orchard
from metaan.plots.charts.prisma import prisma
from metaan.plots.charts.radial import radial
from metaan.plots.charts.subjects import remarks_on
from metaan.plots.forests.forest import forest
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.theme import DARK, DEFAULT_THEME, THEMES
from metaan.trials.effects import effect_sizes
from metaan.univariate.pooling import pool
from tests.plots.looking import misplaced, texts
from tests.plots.subjects import judged, subjects


def bubble_of(fit: Any, **options: Any) -> Plot[Any]:
    """Return bubbles along the moderator that the regressions have."""
    return bubble(fit, "alloc", **options)


POOLS = ("PooledFit", "SubgroupFit", "CountsFit", "GlmmFit", "RobustFit")
LINES = ("RegressionFit", "RobustFit of a regression")
ONE_MEAN = "draw it with bubble, orchard, funnel or forest"
# Chart: how it is called, what it draws, and what it says of what it does not.
TABLE: dict[str, tuple[Callable[..., Plot[Any]], tuple[str, ...], dict[str, str]]] = {
    "forest": (forest, (*POOLS, *LINES, "Effects", "Refits", "cumulative Refits"), {}),
    "funnel": (funnel, (*POOLS, *LINES, "Effects"), {"Refits": "Draw refits with forest"}),
    "radial": (radial, (*POOLS, "Effects"), dict.fromkeys(LINES, ONE_MEAN)),
    "drapery": (drapery, (*POOLS, "Effects"), dict.fromkeys(LINES, ONE_MEAN)),
    "caterpillar": (
        caterpillar,
        (*POOLS, "Effects", "Refits"),
        {**dict.fromkeys(LINES, ONE_MEAN), "cumulative Refits": "draw them with forest"},
    ),
    "orchard": (orchard, (*POOLS, *LINES), {"Effects": "Pool these effects first"}),
    "bubble": (
        bubble_of,
        LINES,
        dict.fromkeys((*POOLS, "Effects"), "Put the moderator into a regression first"),
    ),
    "labbe": (labbe, (*POOLS, "Effects", "Counts"), dict.fromkeys(LINES, ONE_MEAN)),
    "traffic_light": (
        traffic_light, ("RiskOfBias",), dict.fromkeys(POOLS, "Read judgments with risk_of_bias"),
    ),
    "bias_summary": (
        bias_summary, ("RiskOfBias",), dict.fromkeys(POOLS, "Read judgments with risk_of_bias"),
    ),
    "prisma": (prisma, (), dict.fromkeys(POOLS, "counts by name")),
}  # fmt: skip


@pytest.mark.parametrize("subject", subjects())
@pytest.mark.parametrize("chart", TABLE)
def test_every_chart_meets_every_fit(chart: str, subject: str) -> None:
    """Texts apart and on the page, or one error that names the chart's own subjects."""
    verb, draws, advice = TABLE[chart]
    fit = subjects()[subject]
    if subject not in draws:
        with pytest.raises(InputError, match=advice.get(subject, chart)) as caught:
            verb(fit)
        assert chart in str(caught.value)
        assert type(fit).__name__ in str(caught.value) or "cumulative" in str(caught.value)
        return
    plot = verb(fit, title="The trials")
    assert misplaced(plot) == ([], [])
    assert plot.record.title == "The trials"
    assert plot.record.alt.endswith(".")
    assert len(plot.data) > 0


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("chart", [name for name in TABLE if name not in ("prisma",)])
def test_texts_around_a_chart_are_the_same_everywhere(chart: str, theme: str) -> None:
    """Title, subtitle and notes by the same names; the notes replace the remarks of the fit."""
    verb, draws, _ = TABLE[chart]
    fit = subjects()[draws[-1] if "RobustFit" not in draws else "RobustFit"]
    plot = verb(fit, title="A\nfigure", subtitle="Below", notes="Mine.", theme=theme)
    shown = " ".join(text for text, _ in texts(plot))
    assert all(text in shown for text in ("A figure", "Below", "Mine."))
    assert not [each for each in remarks_on(fit) if each in shown]
    for fault, told in (
        ({"notes": 3}, "notes must be a sequence of texts"),
        ({"titel": "T"}, "titel" if chart == "forest" else 'Did you mean "title"'),
        ({"theme": "drak"}, 'Did you mean "dark"'),
    ):
        with pytest.raises(InputError, match=told):
            verb(fit, **fault)


@pytest.mark.parametrize("chart", ["funnel", "radial", "drapery", "bubble", "labbe", "orchard"])
def test_remarks_of_the_fit_are_footnotes(chart: str) -> None:
    """Unless the caller has footnotes of his own."""
    verb, draws, _ = TABLE[chart]
    fit = subjects()["RobustFit" if "RobustFit" in draws else "RegressionFit"]
    notes = verb(fit).record.frame.notes
    assert remarks_on(fit)
    assert set(remarks_on(fit)) <= set(notes)
    own = verb(fit, notes=()).record.frame.notes
    assert not set(remarks_on(fit)) & set(own)
    assert set(own) <= set(notes)


def test_a_robust_fit_shows_its_own_interval() -> None:
    """The limits of the robust standard error, wherever an interval is drawn."""
    fit = subjects()["RobustFit"]
    own = fit.estimate
    assert own.low != fit.fit.estimate.low
    pool = [row for row in caterpillar(fit).record.rows if row.kind == "pool"]
    assert (pool[0].low, pool[0].high) == (own.low, own.high)
    mean = orchard(fit).record.groups[0].mean
    assert (mean.low, mean.high) == (own.low, own.high)
    curve = drapery(fit).record.pools[0]
    at = curve.p.index(0.05)
    assert (curve.low[at], curve.high[at]) == pytest.approx((own.low, own.high), rel=1e-9)
    assert (labbe(fit).record.low, labbe(fit).record.high) == (own.low, own.high)
    arc = radial(fit).record.arc.interval
    slopes = [y / x for x, y in (arc[0], arc[-1])]
    assert sorted(slopes) == pytest.approx([own.low, own.high], abs=1e-3)
    for plot in (caterpillar(fit), orchard(fit), drapery(fit), labbe(fit), radial(fit)):
        assert any("robust to dependence" in note for note in plot.record.frame.notes)


def test_a_robust_regression_shows_its_own_band() -> None:
    """Bubbles and orchards alike; there is no prediction interval."""
    fit = subjects()["RobustFit of a regression"]
    asked = fit.predict({"alloc": ["random"]})
    (mean,) = [each.mean for each in orchard(fit).record.groups if each.name == "random"]
    assert (mean.low, mean.high) == pytest.approx((asked.low[0], asked.high[0]), rel=1e-12)
    assert np.isnan(mean.prediction_low)
    (point,) = [each for each in bubble(fit, "alloc").record.curve if each.level == "random"]
    assert (point.low, point.high) == (mean.low, mean.high)


def test_leave_one_out_pools_are_sorted() -> None:
    """Each refit where its own numbers put it, the pool of all studies last."""
    refits = subjects()["Refits"]
    rows = caterpillar(refits).record.rows
    by_hand = sorted(
        (each.value, each.low, each.high, f"Without {name}")
        for each, name in zip(refits.estimates, refits.label, strict=True)
    )
    assert [(r.value, r.low, r.high, r.label) for r in rows[:-1]] == by_hand
    assert rows[-1].value == refits.fit.estimate.value


def test_studies_without_an_effect_are_named() -> None:
    """Infinite effects of a mixed model have no place on an axis."""
    from metaan.trials.counting import counts
    from metaan.twobytwo.glmm import glmm

    table = {"study": list("ABCD"), "events1": [4, 6, 0, 5], "n1": [50, 90, 20, 70],
             "events2": [9, 11, 2, 9], "n2": [52, 88, 21, 66]}  # fmt: skip
    fit = glmm(counts(table))
    for verb in (funnel, radial, drapery, caterpillar, orchard):
        record = verb(fit).record
        assert "Without an effect of their own, and not shown: C." in record.frame.notes
    assert len(labbe(fit).record.bubbles) == 4


def test_a_mixed_model_has_its_prediction_region() -> None:
    """Of the pooled effect's error and tau², at every level; as wide as its interval at 95%."""
    fit = subjects()["GlmmFit"]
    curve = drapery(fit).record.prediction
    assert curve is not None
    assert curve.se == pytest.approx((fit.estimate.se**2 + fit.tau2) ** 0.5, rel=1e-9)
    at, limits = curve.p.index(0.05), fit.prediction_interval
    assert (curve.low[at], curve.high[at]) == pytest.approx((limits.low, limits.high), rel=1e-9)


def test_weights_of_a_robust_fit_are_those_of_its_fit() -> None:
    """And other things are no weights."""
    fits = subjects()
    bars = [bias_summary(judged(), weights=fits[name]).record.bars
            for name in ("PooledFit", "RobustFit", "SubgroupFit")]  # fmt: skip
    assert bars[0] == bars[1] == bars[2]
    for wrong in ("Effects", "GlmmFit"):
        with pytest.raises(InputError, match="weights must be a PooledFit, SubgroupFit"):
            bias_summary(judged(), weights=fits[wrong])


CHARTS = [name for name in TABLE if name != "forest"]


@pytest.mark.parametrize("chart", CHARTS)
def test_verbs_and_their_drawings_have_one_form(chart: str) -> None:
    """``verb(fit, ..., ax=, theme=, **texts)`` and ``draw_verb(record, *, ax=, theme=)``."""
    verb = getattr(metaan, chart)
    asked = list(inspect.signature(verb).parameters.values())
    names = [each.name for each in asked]
    assert names[-3:] == ["ax", "theme", "numbers" if chart == "prisma" else "texts"]
    assert asked[-1].kind is inspect.Parameter.VAR_KEYWORD
    draw = getattr(inspect.getmodule(verb), f"draw_{chart}")
    drawing = inspect.signature(draw).parameters
    assert list(drawing) == ["record", "ax", "theme"]
    assert (drawing["ax"].default, drawing["theme"].default) == (None, DEFAULT_THEME)


@pytest.mark.parametrize("chart", [name for name in CHARTS if name != "prisma"])
def test_a_record_is_drawn_again_in_another_theme(chart: str) -> None:
    """The record knows no colors: one record, many figures."""
    verb, draws, _ = TABLE[chart]
    plot = verb(subjects()[draws[0]])
    draw = getattr(inspect.getmodule(getattr(metaan, chart)), f"draw_{chart}")
    dark = draw(plot.record, theme=DARK.name)
    assert dark.record is plot.record
    assert to_hex(dark.figure.get_facecolor()) == DARK.paper
    assert [text for text, _ in texts(dark)] == [text for text, _ in texts(plot)]


def test_remarks_are_words_for_readers_and_no_code() -> None:
    """Keys of options tell a reader of the figure nothing."""
    table = {"study": ["A", "B", "C"], "events1": [0, 5, 9], "n1": [20, 30, 40],
             "events2": [3, 6, 8], "n2": [21, 31, 41]}  # fmt: skip
    fit = pool(effect_sizes(pd.DataFrame(table), "RR"))
    notes = " ".join(remarks_on(fit))
    assert "0.5 added to each cell" in notes
    assert "(rule" in " ".join(fit.effects.remarks)
    assert "(rule" not in notes
    assert "inference=" not in notes
