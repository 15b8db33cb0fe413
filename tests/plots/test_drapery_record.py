"""p-value functions against p-values computed otherwise, and the intervals of the fits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from metaan.core.counts import Counts
from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.plots.charts.drapery_axes import DRAPERY_AXES
from metaan.plots.charts.drapery_curves import PCurve
from metaan.plots.charts.drapery_record import drapery_curves
from metaan.twobytwo.mantel_haenszel import mantel_haenszel
from metaan.twobytwo.peto import peto
from metaan.univariate.pooling import pool
from metaan.univariate.prediction import PREDICTIONS
from metaan.univariate.subgrouping import subgroups
from tests.plots import builders as make


def bcg_counts() -> Counts:
    """Return the BCG trials as counts."""
    table = np.array([row[1:] for row in make.BCG], float)
    effects = {"OR": make.bcg_effects(), "RR": make.bcg_effects(), "PETO": make.bcg_effects()}
    return Counts(
        events=table[:, ::2],
        denominators=table[:, 1::2],
        kind="people",
        study=[row[0] for row in make.BCG],
        effects=effects,
    )


def limits_at(curve: PCurve, p: float) -> tuple[float, float]:
    """Return where a curve crosses a p-value that is on its grid."""
    place = curve.p.index(p)
    return curve.low[place], curve.high[place]


FITS: dict[str, Callable[[], Any]] = {
    "HKSJ": lambda: pool(make.bcg_effects(), inference="HKSJ"),
    "WALD": lambda: pool(make.bcg_effects(), inference="WALD"),
    "T": lambda: pool(make.bcg_effects(), inference="T"),
    "KR": lambda: pool(make.bcg_effects(), inference="KR"),
    "common": lambda: pool(make.bcg_effects(), model="common"),
    "one": lambda: pool(make.bcg_effects().take([0])),
    "90%": lambda: pool(make.bcg_effects(), level=0.9),
    "counts": lambda: mantel_haenszel(bcg_counts(), "OR"),
    "peto": lambda: peto(bcg_counts()),
}


@pytest.mark.parametrize("name", list(FITS))
def test_the_pool_crosses_its_level_exactly_at_its_limits(name: str) -> None:
    """And is 1 at the estimate, whatever the inference."""
    fit = FITS[name]()
    curve = drapery_curves(fit).pools[-1]
    low, high = limits_at(curve, round(1 - fit.estimate.level, 12))
    assert (low, high) == pytest.approx((fit.estimate.low, fit.estimate.high), rel=1e-12)
    assert (curve.p[0], curve.low[0], curve.high[0]) == (1.0, *[fit.estimate.value] * 2)


def test_curves_are_the_p_values_of_every_effect() -> None:
    """Scipy's tails at the effects of the record: normal for studies, t for the pool."""
    fit = pool(make.bcg_effects(), inference="HKSJ")
    record = drapery_curves(fit)
    for i, curve in enumerate(record.studies):
        for ends in (curve.low, curve.high):
            z = np.abs(np.array(ends) - fit.effects.y[i]) / np.sqrt(fit.effects.v[i])
            np.testing.assert_allclose(2 * stats.norm.sf(z), curve.p, rtol=1e-6)
    mean = record.pools[0]
    t = (np.array(mean.high) - fit.estimate.value) / fit.estimate.se
    np.testing.assert_allclose(2 * stats.t.sf(t, 12), mean.p, rtol=1e-6)
    at_null = np.interp(0.0, mean.high, mean.p)
    assert at_null == pytest.approx(fit.estimate.p_value, rel=0.05)


@pytest.mark.parametrize("key", [key for key, row in PREDICTIONS.items() if "KR" not in key])
def test_the_prediction_region_is_the_interval_at_every_level(key: str) -> None:
    """At the fit's level, and at those of fits with other levels."""
    fits = {
        level: pool(make.bcg_effects(), inference="HKSJ", prediction=key, level=level)
        for level in (0.95, 0.8, 0.5)
    }
    region = drapery_curves(fits[0.95], levels=(0.95, 0.8, 0.5)).prediction
    assert region is not None
    for level, fit in fits.items():
        limits = fit.prediction_interval
        assert limits is not None
        wanted = (limits.low, limits.high)
        assert limits_at(region, round(1 - level, 12)) == pytest.approx(wanted, rel=1e-9)


def test_a_region_whose_distribution_is_not_known_is_left_out_and_told() -> None:
    """The standard error of another inference than the fit's; no word about a common effect."""
    fit = pool(make.bcg_effects(), inference="WALD", prediction="HK")
    record = drapery_curves(fit)
    assert record.prediction is None
    assert record.frame.notes[1].startswith("No prediction region")
    common = drapery_curves(pool(make.bcg_effects(), model="common"))
    assert common.prediction is None
    assert len(common.frame.notes) == 1


def test_kenward_roger_has_its_own_region() -> None:
    """Degrees of freedom that are no whole numbers."""
    fit = pool(make.bcg_effects(), inference="KR", prediction="KR_PR")
    wide = pool(make.bcg_effects(), inference="KR", prediction="KR_PR", level=0.8)
    region = drapery_curves(fit, levels=(0.8,)).prediction
    assert region is not None
    assert wide.prediction_interval is not None
    limits = (wide.prediction_interval.low, wide.prediction_interval.high)
    assert limits_at(region, 0.2) == pytest.approx(limits, rel=1e-9)


def test_subgroups_have_curves_of_their_own() -> None:
    """In the order of the fit, then that of all."""
    made = make.bcg_effects()
    made = replace(made, columns={**made.columns, "alloc": ["a", "b", "c"] * 4 + ["a"]})
    fit = subgroups(made, by="alloc")
    record = drapery_curves(fit)
    assert [(curve.kind, curve.name) for curve in record.pools] == [
        ("subgroup", "a"), ("subgroup", "b"), ("subgroup", "c"), ("pool", "All studies"),
    ]  # fmt: skip
    for curve, part in zip(record.pools, (*fit.fits, fit.overall), strict=True):
        wanted = (part.estimate.low, part.estimate.high)
        assert limits_at(curve, 0.05) == pytest.approx(wanted, rel=1e-12)
    assert [line.text for line in record.lines][-1] == "95% CI"


def test_effects_are_drawn_without_a_pool() -> None:
    """Nothing is pooled that nobody pooled."""
    record = drapery_curves(make.bcg_effects())
    assert record.pools == ()
    assert len(record.studies) == 13
    assert [entry.label for entry in record.frame.legend] == ["Study"]


def test_marked_levels_bear_the_intervals_of_the_pool() -> None:
    """As another fit of that level has them."""
    record = drapery_curves(pool(make.bcg_effects()), axis="LOG_P", levels=(0.9, 0.99, 0.9))
    assert [line.level for line in record.lines] == [0.9, 0.95, 0.99]
    read = pool(make.bcg_effects(), level=0.99).estimate.read()
    assert record.lines[-1].text == f"99% CI {read.low:.2f} to {read.high:.2f}"
    assert record.lines[-1].height == pytest.approx(math.log10(0.01))


def test_levels_too_near_to_each_other_give_way_to_that_of_the_fit() -> None:
    """Their texts would overlap."""
    record = drapery_curves(pool(make.bcg_effects()), levels=(0.94, 0.96, 0.5))
    assert [line.level for line in record.lines] == [0.5, 0.95]


@pytest.mark.parametrize("key", list(DRAPERY_AXES))
def test_every_axis_has_p_of_1_at_its_top(key: str) -> None:
    """And its ticks within it, falling p from top to bottom."""
    record = drapery_curves(pool(make.bcg_effects()), axis=key, levels=(0.99, 0.9999))
    y = record.frame.y
    assert record.height(1.0) == y.high
    shares = [y.share(record.height(p)) for p in (1.0, 0.5, 0.05, 1e-4)]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] == pytest.approx(0.0, abs=1e-3)
    assert all(-1e-9 <= y.share(tick) <= 1 + 1e-9 for tick in y.ticks)


def test_the_z_axis_reads_normal_quantiles() -> None:
    """1.96 at p = 0.05."""
    record = drapery_curves(make.bcg_effects(), axis="Z")
    assert record.height(0.05) == pytest.approx(stats.norm.isf(0.025), rel=1e-12)
    assert record.frame.y.low > record.frame.y.high


@pytest.mark.parametrize(
    ("make_fit", "options", "told"),
    [
        (
            lambda: pool(make.bcg_effects(), tau2="DL", inference="HC"),
            {},
            "has no curve; choose one of WALD",
        ),
        (make.bcg_effects, {"axis": "LOGP"}, 'Did you mean "LOG_P"'),
        (make.bcg_effects, {"levels": (95,)}, "did you mean 0.95"),
        (make.bcg_effects, {"names": ("Aronson 1949",)}, 'Did you mean "Aronson 1948"'),
        (make.bcg_effects, {"names": "Aronson 1948"}, "must be a sequence of studies"),
        (lambda: 3, {}, "drapery draws a PooledFit"),
        (lambda: make.bcg_effects().take([]), {}, "no study to draw"),
        (make.bcg_effects, {"notes": 1}, "notes must be a sequence"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    make_fit: Callable[[], Any], options: dict[str, Any], told: str
) -> None:
    """Each error says what to do."""
    with pytest.raises(InputError, match=told):
        drapery_curves(make_fit(), **options)


def test_unknown_studies_are_choices() -> None:
    """As everywhere."""
    with pytest.raises(ChoiceError):
        drapery_curves(make.bcg_effects(), names=("Nobody",))


def test_the_table_is_on_the_reading_scale() -> None:
    """A line for each curve and p-value."""
    record = drapery_curves(pool(make.bcg_effects()))
    table = record.to_frame()
    mean = table[(table.kind == "pool") & (table.p == 0.05)]
    assert mean.low.item() == pytest.approx(math.exp(limits_at(record.pools[0], 0.05)[0]))
    assert set(table.kind) == {"study", "prediction", "pool"}


def test_studies_with_scales_of_their_own_are_read_at_their_sizes() -> None:
    """A double arcsine of each study has its peak where the study's proportion is read."""
    from metaan.core.scale import double_arcsine_at

    n, p = np.array([20.0, 50.0, 400.0]), np.array([0.1, 0.3, 0.2])
    scale = double_arcsine_at(3 / np.sum(1 / n))
    y = double_arcsine_at(n).transform(p)
    made = Effects(
        y=y, v=1 / (4 * n + 2), study=["A", "B", "C"], scale=scale, columns={"n": n}, measure="PFT"
    )
    record = drapery_curves(made)
    read = [float(scale.inverse(curve.value)) for curve in record.studies]
    np.testing.assert_allclose(read, p, rtol=1e-9)
