"""The record of a funnel plot against numbers computed another way."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.core.scale import LOG, LOGIT
from metaan.core.wording import estimate_words
from metaan.dependent.robust import robust
from metaan.plots.charts.funnel_axes import FUNNEL_AXES
from metaan.plots.charts.funnel_frame import CUT_NOTE
from metaan.plots.charts.funnel_points import funnel_points
from metaan.plots.charts.radial_points import radial_points
from metaan.trials.counting import counts
from metaan.trials.effects import effect_sizes
from metaan.twobytwo.mantel_haenszel import mantel_haenszel
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from metaan.univariate.subgrouping import subgroups
from tests.plots import builders as make

CONTOURS = (0.90, 0.95, 0.99)


def two_sided(effect: float, se: float) -> float:
    """Return p of a z-test by the standard library."""
    return 2 * NormalDist().cdf(-abs(effect / se))


def test_points_are_effects_against_standard_errors() -> None:
    """Each study stands where its own table puts it."""
    record = funnel_points(make.bcg_fit())
    for point, (name, a, n1, c, n2) in zip(record.points, make.BCG, strict=True):
        se = (1 / a - 1 / n1 + 1 / c - 1 / n2) ** 0.5
        assert point.study == name
        assert point.estimate == pytest.approx((a / n1) / (c / n2), rel=1e-12)
        assert (point.y, point.se) == pytest.approx((se, se), rel=1e-12)
    assert record.center == -0.7145


@pytest.mark.parametrize("key", FUNNEL_AXES)
def test_every_axis_puts_precise_studies_at_the_top(key: str) -> None:
    """The study with the most participants and the least error is the highest."""
    studies = make.effects([0.1, 0.2, 0.3], [0.01, 0.04, 0.5], columns={"n": [900, 90, 9]})
    record = funnel_points(studies, key)
    heights = [record.frame.y.share(point.y) for point in record.points]
    assert heights == sorted(heights, reverse=True)
    assert min(heights) > 0
    assert max(heights) < 1
    # limits and contours need standard errors back from what is drawn
    back = FUNNEL_AXES[key].se(np.array([point.y for point in record.points]))
    expected = [np.nan] * 3 if "n" in key.split("/")[-1].split(" ") else studies.se
    np.testing.assert_allclose(back, expected, rtol=1e-12)


def test_limits_enclose_the_level_of_a_normal_distribution() -> None:
    """At each height the mass between the limits is the level, with tau² where asked for."""
    fit = replace(make.bcg_fit(), tau2=0.3132)
    for tau2 in (False, True):
        record = funnel_points(fit, "variance", levels=(0.99, 0.8), tau2=tau2)
        assert [band.level for band in record.limits] == [0.8, 0.99]
        for band in record.limits:
            for v, low, high in list(zip(band.y, band.low, band.high, strict=True))[1:]:
                spread = NormalDist(fit.estimate.value, (v + tau2 * 0.3132) ** 0.5)
                assert spread.cdf(high) - spread.cdf(low) == pytest.approx(band.level, abs=1e-12)


@pytest.mark.parametrize("key", ["SE", "variance", "precision", "inverse variance"])
def test_contours_part_studies_by_their_p(key: str) -> None:
    """Where each study lies among the contours is what its own z-test says."""
    record = funnel_points(make.bcg_effects(), key, contours=CONTOURS)
    assert [band.label for band in record.contours] == [
        "0.01 < p ≤ 0.05", "0.05 < p ≤ 0.10", "p > 0.10",
    ]  # fmt: skip
    for point in record.points:
        p = two_sided(point.x, point.se)
        for band in record.contours:
            order = np.argsort(band.y)
            high = np.interp(point.y, np.array(band.y)[order], np.array(band.high)[order])
            if abs(p - (1 - band.level)) > 0.01:  # curves are sampled
                assert (abs(point.x) < high) == (p > 1 - band.level)


def test_outside_is_the_same_on_every_axis() -> None:
    """Limits judge effects and standard errors, not what is drawn of them."""
    fit = make.bcg_fit()
    both = zip(fit.effects.y, fit.effects.se, strict=True)
    expected = [two_sided(y + 0.7145, se) < 0.05 for y, se in both]
    for key in FUNNEL_AXES:
        found = [point.outside for point in funnel_points(fit, key).points]
        assert found == expected
    assert sum(expected) == 7


def test_all_points_lie_on_the_axes() -> None:
    """The panel holds every point, with the null where contours stand around it."""
    for k in (1, 3, 13, 63, 200):
        record = funnel_points(make.many(k, "binary"), contours=CONTOURS)
        assert all(0 < record.frame.x.share(point.x) < 1 for point in record.points)
        assert 0 < record.frame.x.share(record.null) < 1


def test_an_effect_beyond_all_numbers_is_an_arrow() -> None:
    """A ratio of exp(800) cannot be read; the others still can."""
    record = funnel_points(make.effects([-1.0, 0.5, 800.0], [0.2, 0.3, 0.4], scale=LOG))
    assert [point.beyond for point in record.points] == [0, 0, 1]
    assert "1 study lies beyond the axis (arrows)." in record.frame.notes


def test_effects_have_no_center() -> None:
    """Nobody pooled them: no center, no limits, nothing outside."""
    record = funnel_points(make.bcg_effects())
    assert np.isnan(record.center)
    assert record.limits == ()
    assert {point.outside for point in record.points} == {None}


def test_a_regression_shows_residuals() -> None:
    """Observed less fitted, around 0."""
    studies = make.effects([0.1, 0.5, 0.9, 1.7], [0.1] * 4, columns={"dose": [0.0, 1, 2, 3]})
    record = funnel_points(regress(studies, "~ dose", model="common"))
    slope, intercept = np.polyfit([0.0, 1, 2, 3], [0.1, 0.5, 0.9, 1.7], 1)
    expected = np.array([0.1, 0.5, 0.9, 1.7]) - intercept - slope * np.arange(4)
    assert [point.x for point in record.points] == pytest.approx(expected, abs=1e-12)
    # hat values of a straight line through 0, 1, 2, 3
    hat = 0.25 + (np.arange(4) - 1.5) ** 2 / 5
    assert [p.se for p in record.points] == pytest.approx(np.sqrt(0.1 * (1 - hat)), rel=1e-12)
    assert record.center == 0.0
    assert record.frame.x.label == "Mean difference: observed − fitted"
    assert record.frame.y.label == "Standard error of the residual"


def test_a_study_that_determines_its_own_fit_is_not_shown() -> None:
    """It has no residual; a footnote says so."""
    studies = make.effects([0.1, 0.2, 0.9], [0.1] * 3, columns={"new": [0.0, 0, 1]})
    record = funnel_points(regress(studies, "~ new", model="common"))
    assert [point.study for point in record.points] == ["Trial 1", "Trial 2"]
    assert "Not shown: 1 study with no residual of its own." in record.frame.notes


def test_subgroups_are_told_apart() -> None:
    """Their column gives the groups, unless another or none is asked for."""
    columns = {"sham": ["a", "a", "b", "b"], "year": [1999, 1999, 2020, None]}
    studies = make.effects([0.1, 0.5, 0.9, 1.7], [0.1] * 4, columns=columns)
    fit = subgroups(studies, "sham")
    assert funnel_points(fit).groups == ("a", "b")
    assert funnel_points(fit.overall).groups == ()
    other = funnel_points(fit, color="year")
    assert other.groups == ("1999", "2020", "not stated")
    assert [entry.label for entry in other.frame.legend[:3]] == [
        "1999", "2020", "not stated",
    ]  # fmt: skip
    assert other.frame.legend[0].head == "Year"
    assert [point.group for point in other.points] == [other.groups[i] for i in (0, 0, 1, 2)]


def test_pooled_counts_and_robust_fits_are_drawn_too() -> None:
    """Counts around their own estimate; a robust fit around its own, which has not moved."""
    names, a, n1, c, n2 = zip(*make.BCG, strict=True)
    tables = {"study": names, "events1": a, "n1": n1, "events2": c, "n2": n2}
    found = mantel_haenszel(counts(tables), "RR")
    record = funnel_points(found)
    assert record.center == found.estimate.value
    assert record.points[0].estimate == pytest.approx((4 / 123) / (11 / 139))
    columns = {"team": ["a", "a", "b", "b", "c", "d"]}
    studies = make.effects([0.1, 0.5, 0.9, 1.7, 0.4, 0.2], [0.1] * 6, columns=columns)
    fit = pool(studies)
    sturdy = robust(fit, cluster="team")
    record = funnel_points(sturdy)
    assert record.points == funnel_points(fit).points
    assert estimate_words(sturdy.estimate) in record.frame.legend[0].label
    assert estimate_words(sturdy.estimate) != estimate_words(fit.estimate)
    assert "Limits are robust to dependence within 4 clusters (team)." in record.frame.notes


def test_few_studies_get_a_caution() -> None:
    """Nine do, ten do not."""
    notes = [funnel_points(make.many(k, "none")).frame.notes for k in (9, 10)]
    assert "doi:10.1136/bmj.d4002" in notes[0][0]
    assert notes[1] == ()


def test_names() -> None:
    """All, those outside, or these."""
    fit = make.bcg_fit()

    def told(names: object) -> list[str]:
        record = funnel_points(fit, names=names)  # type: ignore[arg-type]
        return [label.text for label in record.frame.labels]

    assert told(None) == []
    assert told("all") == [name for name, *_ in make.BCG]
    assert len(told("outside")) == 7
    assert told(["Aronson 1948"]) == ["Aronson 1948"]


def test_titles_are_printable() -> None:
    """Without line breaks; what the figure says itself comes before the caller's footnotes."""
    studies = make.many(3, "none")
    frame = funnel_points(studies, title="A\ntitle", subtitle="Below", notes=("A note.",)).frame
    assert (frame.title, frame.subtitle, frame.notes[1]) == ("A title", "Below", "A note.")


def test_the_table_has_the_numbers() -> None:
    """The record hands out a frame on the reading scale."""
    table = funnel_points(make.bcg_fit()).to_frame()
    assert list(table.estimate) == pytest.approx(list(np.exp(make.bcg_effects().y)))
    assert list(table.on_axis) == list(make.bcg_effects().se)


def test_studies_without_participants_are_left_out() -> None:
    """A missing number is no place on the axis."""
    studies = make.effects([0.1, 0.2, 0.3], [0.1] * 3, columns={"n1": [9, 9, None], "n2": [3] * 3})
    record = funnel_points(studies, "n")
    assert [point.y for point in record.points] == [12.0, 12.0]
    assert "Not shown: 1 study without a number of participants." in record.frame.notes


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"y": "se"}, "y='se' is not a vertical axis .* Did you mean \"SE\""),
        ({"y": "n", "contours": (0.95,)}, "contours need an axis of standard errors"),
        ({"y": "n"}, "columns n1 and n2, or n; these effects have: events, name"),
        ({"contours": (0.05,)}, "levels of confidence"),
        ({"contours": (0.6, 0.7, 0.8, 0.9, 0.95)}, "at most 4 contours"),
        ({"levels": (0.6, 0.7, 0.8, 0.9)}, "at most 3 levels"),
        ({"levels": 0.9}, "sequence of levels"),
        ({"levels": (95,)}, "level"),
        ({"names": "outer"}, 'Did you mean "outside"'),
        ({"names": ["Trial 31"]}, "'Trial 31' is no study"),
        ({"names": "Trial 3"}, "sequence of studies"),
        ({"color": "event"}, 'not a column .* Did you mean "events"'),
        ({"color": "name"}, "has 30 values, of which at most 21"),
        ({"notes": 3}, "sequence of texts"),
        ({"title": 3}, "title must be a text"),
        ({"titel": "T"}, 'Did you mean "title"'),
    ],
)
def test_faults_are_named(options: dict[str, object], told: str) -> None:
    """What cannot be drawn is said, with what could."""
    y = [0.1 * i for i in range(30)]
    columns = {"events": list(range(30)), "name": [f"lab {i}" for i in range(30)]}
    fit = make.fit(make.effects(y, [0.1] * 30, columns=columns), mean=(0.4, 0.2, 0.6))
    with pytest.raises(InputError, match=told):
        funnel_points(fit, **options)  # type: ignore[arg-type]


def test_faults_of_the_subject_are_named() -> None:
    """Levels have no null; effects no limits; other things are no fit."""
    level = make.effects([0.1, 0.2], [0.1, 0.1], scale=LOGIT)
    with pytest.raises(InputError, match=r"no effect, which 'Mean difference' .* does not have"):
        funnel_points(level, contours=(0.95,))
    with pytest.raises(InputError, match="needs a pooled effect"):
        funnel_points(level, names="outside")
    line = make.effects([0.1, 0.5, 0.9, 1.7], [0.1] * 4, columns={"dose": [0.0, 1, 2, 3]})
    with pytest.raises(InputError, match="not of residuals"):
        funnel_points(regress(line, "~ dose", model="common"), contours=(0.95,))
    with pytest.raises(InputError, match="got dict"):
        funnel_points({})  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no study to draw"):
        funnel_points(make.effects([], []))
    with pytest.raises(ChoiceError):
        funnel_points(level, "weight")


@pytest.mark.parametrize("spread", [0.0, 0.02, 0.1])
@pytest.mark.parametrize("contours", [None, CONTOURS])
@pytest.mark.filterwarnings("ignore::metaan.core.errors.EmptyIntervalWarning")
def test_a_funnel_of_studies_that_agree_shows_its_limits(
    spread: float, contours: tuple[float, ...] | None
) -> None:
    """To their ends at the least precise study, so that the axis magnifies no noise."""
    rng = np.random.default_rng(9)
    se = rng.uniform(0.1, 0.5, 10)
    fit = pool(Effects.from_arrays(0.4 + rng.normal(0, spread, 10), se=se), model="common")
    record = funnel_points(fit, contours=contours)
    reach = NormalDist().inv_cdf(0.975) * se.max()
    assert record.frame.x.low < record.center - reach
    assert record.frame.x.high > record.center + reach
    assert CUT_NOTE not in record.frame.notes


def test_limits_of_two_unlike_studies_are_shown() -> None:
    """One is seven times as precise as the other."""
    record = funnel_points(pool(Effects.from_arrays([0.3, 0.4], se=[0.1, 0.7]), model="common"))
    assert record.frame.x.low < record.center - 1.96 * 0.7 < record.frame.x.low + 0.3


@pytest.mark.filterwarnings("ignore::metaan.core.errors.EmptyIntervalWarning")
def test_limits_of_a_stray_study_are_cut_and_a_footnote_says_so() -> None:
    """It would squash all others."""
    se = [0.1] * 9 + [40.0]
    record = funnel_points(pool(Effects.from_arrays([0.4] * 9 + [0.3], se=se), model="common"))
    assert -3 < record.frame.x.low < record.frame.x.high < 3
    assert CUT_NOTE in record.frame.notes


def test_sized_scales_say_how_their_axes_are_read() -> None:
    """A double arcsine reads each study at its own n, an axis all of them at one."""
    table = {"events": [1, 4, 30], "n": [20, 300, 3000]}
    fit = pool(effect_sizes(pd.DataFrame(table), "PFT"))
    for record in (funnel_points(fit), radial_points(fit)):
        assert any("harmonic mean of the studies' sizes" in note for note in record.frame.notes)
        assert [point.estimate for point in record.points] == pytest.approx(
            [1 / 20, 4 / 300, 0.01]
        )
    plain = funnel_points(make.bcg_fit())
    assert not any("harmonic" in note for note in plain.frame.notes)
