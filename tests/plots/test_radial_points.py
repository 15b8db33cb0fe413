"""The record of a radial plot against geometry done another way."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.scale import LOG
from metaan.plots.charts.radial_points import radial_points
from metaan.univariate.regression import regress
from tests.plots import builders as make


def bcg(tau2: float) -> PooledFit:
    """Return the BCG fit with this between-study variance."""
    return replace(make.bcg_fit(), tau2=tau2)


@pytest.mark.parametrize("tau2", [0.0, 0.3132])
def test_slopes_are_effects(tau2: float) -> None:
    """The ray through a study has its effect as slope; precision is the length across."""
    studies = make.bcg_effects()
    record = radial_points(bcg(tau2))
    for point, y, v in zip(record.points, studies.y, studies.v, strict=True):
        assert point.y / point.x == pytest.approx(y, rel=1e-12)
        assert point.x**-2 == pytest.approx(v + tau2, rel=1e-12)


def test_the_band_is_of_constant_height() -> None:
    """Two standard normal quantiles high, around a line through the origin."""
    record = radial_points(bcg(0.0))
    z = NormalDist().inv_cdf(0.975)
    (x0, top0), (x1, top1), (x2, low1), (x3, low0) = record.band
    assert (x0, x3, x1) == (0.0, 0.0, x2)
    assert (top0 - low0, top1 - low1) == pytest.approx((2 * z, 2 * z))
    assert (top1 + low1) / 2 == pytest.approx(-0.7145 * x1)
    both = zip(make.bcg_effects().y, make.bcg_effects().se, strict=True)
    expected = [abs(y + 0.7145) / se > z for y, se in both]
    assert [point.outside for point in record.points] == expected


def test_the_arc_is_a_circle_around_the_origin() -> None:
    """On the page, every place on it is as far from (0, 0)."""
    record = radial_points(bcg(0.0))
    frame = record.frame
    points = [
        math.hypot(x / frame.x.high * frame.width, y / (frame.y.high - frame.y.low) * frame.height)
        for x, y in (*record.arc.line, *record.arc.interval, record.line[1])
    ]
    assert points == pytest.approx([points[0]] * len(points))


def test_ticks_of_the_arc_stand_where_their_effect_is_read() -> None:
    """Slope of the tick's place, read as a ratio, is its label."""
    record = radial_points(bcg(0.3132))
    labels = [text.text for text in record.frame.texts]
    assert len(labels) >= 3
    for (x, y), label in zip((mark[0] for mark in record.arc.marks), labels, strict=True):
        assert math.exp(y / x) == pytest.approx(float(label), rel=1e-9)


def test_the_interval_ends_at_its_limits() -> None:
    """The thick part of the arc is the confidence interval."""
    record = radial_points(bcg(0.3132))
    ends = [y / x for x, y in (record.arc.interval[0], record.arc.interval[-1])]
    assert ends == pytest.approx([-1.1084, -0.3206])


@pytest.mark.parametrize("k", [1, 3, 13, 63, 200])
def test_the_arc_lies_beyond_everything(k: int) -> None:
    """No study and no corner of the band reaches it."""
    record = radial_points(make.fit(make.many(k, "binary"), mean=(-0.5, -0.9, -0.1)))
    frame = record.frame
    across, up = frame.x.high / frame.width, (frame.y.high - frame.y.low) / frame.height
    radius = math.hypot(record.arc.line[0][0] / across, record.arc.line[0][1] / up)
    places = [(point.x, point.y) for point in record.points] + list(record.band)
    assert max(math.hypot(x / across, y / up) for x, y in places) < radius - 10


def test_equal_variances_stand_under_each_other() -> None:
    """One precision, as it is."""
    record = radial_points(make.fit(make.effects([0.0, 1.0, 2.0], [4.0] * 3), mean=(1, 0, 2)))
    assert len({point.x for point in record.points}) == 1
    assert [point.y for point in record.points] == sorted(point.y for point in record.points)


def test_limits_that_are_not_known_are_not_drawn() -> None:
    """NaN gives no thick arc, infinity one to the arc's end."""
    studies = make.effects([0.0, 1.0], [4.0, 1.0])
    assert radial_points(make.fit(studies, mean=(0.5, make.NAN, make.NAN))).arc.interval == ()
    endless = radial_points(make.fit(studies, mean=(0.5, -math.inf, math.inf))).arc
    assert endless.interval[0] == pytest.approx(endless.line[0])
    assert endless.interval[-1] == pytest.approx(endless.line[-1])


def test_effects_have_no_line() -> None:
    """Nobody pooled them."""
    record = radial_points(make.bcg_effects())
    assert (record.line, record.band, record.frame.legend) == ((), (), ())
    assert {point.outside for point in record.points} == {None}


def test_a_ratio_beyond_all_numbers_can_be_drawn() -> None:
    """Its ray is steep; ticks stay where numbers can be read."""
    record = radial_points(make.effects([-1.0, 0.5, 800.0], [0.2, 0.3, 0.4], scale=LOG))
    assert np.isfinite([(point.x, point.y) for point in record.points]).all()
    assert all(abs(tick) < 21 for tick in record.arc.ticks)


def test_the_table_has_the_numbers() -> None:
    """The record hands out a frame on the reading scale."""
    table = radial_points(bcg(0.0)).to_frame()
    studies = make.bcg_effects()
    assert list(table.estimate) == pytest.approx(list(np.exp(studies.y)))
    assert list(table.standardized) == pytest.approx(list(studies.y / studies.se))


def test_faults_are_named() -> None:
    """A regression has no one slope."""
    studies = make.effects([0.1, 0.5, 0.9, 1.7], [0.1] * 4, columns={"dose": [0.0, 1, 2, 3]})
    with pytest.raises(InputError, match="A regression has no single effect"):
        radial_points(regress(studies, "~ dose"))
    with pytest.raises(InputError, match="'Nobody' is no study"):
        radial_points(studies, names=["Nobody"])
