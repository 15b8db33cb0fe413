"""Figures of influence: records are the numbers of the measures, texts stay apart."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.diagnostics.influence.influence import influence
from metaan.diagnostics.influence.quantiles import quantiles
from metaan.plots.diagnostics.baujat_plot import baujat_plot
from metaan.plots.diagnostics.influence_panels import PANELS, influence_panels
from metaan.plots.diagnostics.influence_plot import influence_plot
from metaan.plots.diagnostics.qq_plot import qq_plot
from metaan.plots.pages.theme import THEMES
from metaan.twobytwo.mantel_haenszel import mantel_haenszel
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from metaan.univariate.subgrouping import subgroups
from tests.diagnostics.comparing import bcg_counts, drawn, quiet
from tests.plots import builders as make
from tests.plots.looking import misplaced, overlaps, texts

LONG = " ".join(["A title that is much longer than any page is wide"] * 5)
VERBS = (influence_plot, baujat_plot, qq_plot)


def far(k: int):
    """Return a pool with an outlier."""
    effects = drawn(k)
    y = np.array(effects.y)
    y[0] += 4
    return quiet(make.effects(y, effects.v))


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("k", [2, 3, 13, 63])
def test_nothing_overlaps_and_nothing_is_cut(verb, k: int) -> None:
    """Whatever is drawn, texts stay apart and on the page."""
    studies = make.many(k, "binary", long_labels=k != 13)
    options = {} if verb is influence_plot else {"names": "all"}
    for theme in THEMES if k == 13 else ("light",):
        plot = verb(
            quiet(studies), title=LONG, subtitle=LONG, notes=(LONG,), theme=theme, **options
        )
        assert misplaced(plot) == ([], [])


@pytest.mark.parametrize("verb", VERBS)
def test_numbers_of_any_size_can_be_drawn(verb) -> None:
    """Equal effects, huge and tiny ones, an outlier; several moderators; clusters."""
    equal = quiet(make.effects([0.2, 0.2, 0.2], [0.1, 0.2, 0.3]))
    huge = quiet(make.effects([1e7, -3e8, 2e7, 5e8], [1e10, 1e14, 1e12, 1e13]))
    tiny = quiet(make.effects([1e-7, -3e-8, 2e-7], [1e-16, 1e-14, 1e-15]))
    wide = regress(drawn(12, columns={"x": np.arange(12.0) ** 2}), "~ x")
    for fit in (equal, huge, tiny, far(8), wide):
        assert misplaced(verb(fit)) == ([], [])


def test_panels_are_the_measures() -> None:
    """Values, cut-offs, flags and reference values; the frame and the description."""
    fit = far(9)
    record, found = influence_panels(fit), influence(fit)
    by_key = {panel.key: panel for panel in record.panels}
    assert [*by_key] == [key for key in PANELS if key not in ("weight", "dfbetas")]
    for key, panel in by_key.items():
        assert list(panel.values) == getattr(found, key).tolist()
        assert panel.low < min(panel.values)
        assert panel.high > max(panel.values)
    assert by_key["tau2"].base == fit.tau2
    assert by_key["q"].base == fit.heterogeneity.q
    assert by_key["cook"].cutoffs == (found.cutoffs["cook"],)
    assert list(by_key["hat"].flagged) == found.beyond["hat"].tolist()
    assert list(record.influential) == found.influential.tolist()
    assert record.alt == "Measures of influence of 9 studies; influential: Trial 1."
    assert list(record.to_frame()["DFFITS"]) == found.dffits.tolist()
    common = influence_panels(quiet(fit.effects, model="common"), measures=["tau2", "weight"])
    assert [panel.key for panel in common.panels] == ["tau2", "weight"]


def test_clusters_and_coefficients_have_panels() -> None:
    """One panel of DFBETAS for each coefficient; a cluster has no line at 1.96."""
    effects = drawn(12, columns={"x": np.arange(12.0), "c": [*"aabbccddeeff"]})
    record = influence_panels(regress(effects, "~ x"), by="c")
    assert [panel.head for panel in record.panels][-2:] == ["DFBETAS: Intercept", "DFBETAS: x"]
    assert record.panels[0].cutoffs == ()
    assert record.study == tuple("abcdef")
    many = influence_panels(quiet(drawn(130)))
    assert len(many.study) == 100
    assert "100 of 130 studies shown: the largest Cook's distances." in many.notes


def test_marks_are_the_record() -> None:
    """One mark for each study and panel, a stem for each, dashes at the cut-offs."""
    fit = far(6)
    plot = influence_plot(fit)
    drawn_marks = [
        path
        for each in plot.axes.collections
        if isinstance(each, PolyCollection)
        for path in each.get_paths()
    ]
    assert len(drawn_marks) == 6 * len(plot.record.panels)
    lines = [each for each in plot.axes.collections if isinstance(each, LineCollection)]
    cuts = sum(len(panel.cutoffs) for panel in plot.record.panels)
    sizes = [len(each.get_segments()) for each in lines]
    assert sizes == [len(plot.record.panels), 6 * len(plot.record.panels), cuts]


def test_baujat_points_are_the_coordinates() -> None:
    """Contribution and influence; measures may be given; who is named."""
    fit = far(9)
    found = influence(fit)
    for subject in (fit, found):
        points = baujat_plot(subject).record.points
        assert [point.x for point in points] == found.q_contribution.tolist()
        assert [point.y for point in points] == found.overall.tolist()
        assert all(point.named for point in points)
    many = far(40)
    named = [point.study for point in baujat_plot(many).record.points if point.named]
    assert "Trial 1" in named
    assert 8 <= len(named) <= 16
    asked = baujat_plot(many, names=["Trial 3"]).record
    assert [point.study for point in asked.points if point.named] == ["Trial 3"]
    assert asked.alt.startswith("Baujat plot of 40 studies; Trial 1 contributes most")
    undefined = quiet(make.effects([0.1, 0.5, 0.2], [0.1] * 3), model="common", weights=[0, 5, 0])
    assert len(baujat_plot(undefined).record.points) == 2


def words_of(plot) -> list[str]:
    """Return every text of a figure."""
    return [text for text, _ in texts(plot)]


def test_long_names_keep_what_tells_them_apart() -> None:
    """Names that begin alike are cut in the middle."""
    studies = [f"The International Multicenter Randomized Trial of Anything {i}" for i in range(9)]
    effects = drawn(9)
    named = quiet(Effects(y=effects.y, v=effects.v, study=tuple(studies)))
    shown = [text for text in words_of(influence_plot(named)) if "…" in text]
    assert len(set(shown)) == 9
    assert all(text.startswith("The I") and text[-1] == str(i) for i, text in enumerate(shown))


def test_a_panel_without_points_is_explained() -> None:
    """Equal effects have no covariance ratio; a footnote says so."""
    equal = influence_panels(quiet(make.effects([0.2] * 3, [0.1, 0.2, 0.3])))
    assert "Not defined for any of the studies, and empty: Covariance ratio." in equal.notes
    assert not any("Not defined" in note for note in influence_panels(far(6)).notes)


def test_studies_under_one_mark_have_one_name() -> None:
    """Their number and place beside it, their names below; a caller's names stay apart."""
    equal = quiet(make.effects([0.2] * 5, [0.1, 0.2, 0.3, 0.2, 0.4]))
    plot = baujat_plot(equal)
    assert "5 studies at 0, 0" in words_of(plot)
    listed = "5 studies at 0, 0: Trial 1, Trial 2, Trial 3, Trial 4 and Trial 5."
    assert plot.record.frame.notes == (listed,)
    asked = baujat_plot(equal, names=["Trial 2"])
    assert [label.text for label in asked.record.frame.labels] == ["Trial 2"]


@pytest.mark.parametrize("seed", range(4))
def test_names_in_the_corner_find_a_place(seed: int) -> None:
    """Of six studies of which one lies far out, none is left out for want of a place."""
    for shift, model in ((0, "common"), (4, "random"), (30, "common")):
        effects = drawn(6, seed)
        y = np.array(effects.y)
        y[0] += shift
        plot = baujat_plot(quiet(make.effects(y, effects.v), model=model))
        told = " ".join(words_of(plot))
        assert "no free place" not in told
        assert all(f"Trial {i + 1}" in told for i in range(6))
        assert misplaced(plot) == ([], [])


def test_influential_studies_of_many_are_named() -> None:
    """One of nearly all weight lies in the corner, and has its name."""
    effects = drawn(40)
    y, v = np.array(effects.y), np.array(effects.v)
    v[7] = 0.002
    y[7] = quiet(effects).estimate.value
    plot = baujat_plot(quiet(make.effects(y, v), model="common"))
    assert plot.record.points[7].influential
    assert "Trial 8" in words_of(plot)


def test_subgroups_are_drawn_together_and_counts_are_not() -> None:
    """Of subgroups the pool of all; the error about counts says what to do."""
    split = subgroups(drawn(8, columns={"g": [*"aabbaabb"]}), "g")
    assert baujat_plot(split).record.points == baujat_plot(split.overall).record.points
    with pytest.raises(InputError, match=r"influence\(pool\(fit\.effects\)\)"):
        influence_plot(mantel_haenszel(bcg_counts()))


def test_quantile_points_are_the_residuals() -> None:
    """Sorted residuals at normal quantiles, the band around them."""
    fit = far(12)
    record, found = qq_plot(fit, level=0.9).record, quantiles(fit, level=0.9)
    assert [point.x for point in record.points] == found.theoretical.tolist()
    assert [point.y for point in record.points] == found.observed.tolist()
    assert [y for _, y in record.band[:12]] == found.low.tolist()
    assert [point.named for point in record.points] == found.outside.tolist()
    assert record.alt == (
        "Normal quantile plot of 12 standardized residuals; "
        f"{int(found.outside.sum()) or 'none'} outside of the 90% band."
    )
    drawn_again = qq_plot(fit, residual="studentized", rng=4)
    assert "simulated" in drawn_again.record.frame.notes[0]
    assert list(drawn_again.data["low"]) == quantiles(fit, rng=4).low.tolist()


@pytest.mark.parametrize("verb", VERBS)
def test_an_axes_of_the_caller_is_filled(verb) -> None:
    """Two figures beside each other stay in their own halves."""
    figure = Figure(figsize=(12, 4))
    plots = [verb(quiet(make.bcg_effects()), ax=ax) for ax in figure.subplots(1, 2)]
    assert overlaps(plots[0]) == []
    middle = 12 * 72 / 2
    assert all((box[2] < middle) or (box[0] > middle) for _, box in texts(plots[0]))


def test_faults_are_named() -> None:
    """No fit, no measure, clusters of measures that are made."""
    fit = far(5)
    with pytest.raises(InputError, match=r"influence_plot draws a fit.*got str"):
        influence_plot("fit")
    with pytest.raises(InputError, match=r"baujat_plot draws a fit.*got Effects"):
        baujat_plot(fit.effects)
    with pytest.raises(InputError, match="by='c' belongs to the measures"):
        influence_plot(influence(fit), by="c")
    with pytest.raises(ChoiceError, match="measures='cooks' is not a measure"):
        influence_plot(fit, measures=["cooks"])
    with pytest.raises(InputError, match="measures must be a sequence"):
        influence_plot(fit, measures="cook")
    with pytest.raises(ChoiceError, match="has no argument 'titel'"):
        qq_plot(pool(fit.effects), titel="x")
