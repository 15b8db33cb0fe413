"""Bootstrap intervals against R's package boot: the same draws, and the same analysis."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.diagnostics.resampling.bootstrap import bootstrap
from metaan.diagnostics.resampling.draws import CASES, PARAMETRIC
from metaan.diagnostics.resampling.limits import (
    BASIC,
    BCA,
    BOOTSTRAP_INTERVALS,
    NORMAL,
    PERCENTILE,
    STUDENTIZED,
    Sample,
    acceleration,
    quantiles,
)
from metaan.univariate.inference import WALD
from metaan.univariate.pooling import pool
from tests.reference.pinned import numbers, pins
from tests.tolerance import EXACT, SIMULATED, Tolerance, close, simulated

TYPES = {NORMAL: "norm", BASIC: "basic", STUDENTIZED: "stud", PERCENTILE: "perc", BCA: "bca"}
KINDS = {PARAMETRIC: "parametric", CASES: "cases"}
PARTS = 20  # of our draws, whose limits say how far a limit is off by chance
R_ZERO = 1e-4  # where R's search for a tau² of 0 stops


def record():
    """Return what R made of the nine trials of diuretics."""
    return pins("bootstrap")


@pytest.mark.parametrize("key", TYPES)
@pytest.mark.parametrize("case", ["mean_199", "tau2_199", "mean_250"])
def test_the_same_draws(case, key):
    """boot.ci on 199 and 250 draws, with every digit; ranks between two draws included."""
    given, levels = record()["arithmetic"][case], record()["levels"]
    draws, errors = numbers(given["draws"]), numbers(given["errors"])
    there = np.isfinite(draws)
    sample = Sample(
        observed=given["observed"],
        draws=draws[there],
        error=given["error"],
        errors=errors[there],
        without=-np.array(given["influence"]),
    )
    ours = [BOOTSTRAP_INTERVALS[key].function(sample, level) for level in levels]
    assert close(np.ravel(ours), given["limits"][TYPES[key]], EXACT)


@pytest.fixture(
    scope="module", params=[(kind, what) for kind in KINDS for what in ("mean", "tau2")]
)
def analysis(request):
    """Return our bootstrap and R's figures of the page's analysis, metafor's Wald test."""
    kind, what = request.param
    fit = pool(Effects.from_arrays(record()["yi"], record()["vi"]), inference=WALD)
    ours = bootstrap(fit, what, kind=kind, rng=1, draws=10_000)
    return ours, record()["page"][KINDS[kind]][what]


def by_chance(values):
    """Return the allowance for the difference of two means or limits, ours estimated by parts."""
    error = np.std(values, axis=0, ddof=1) / np.sqrt(len(values))
    return SIMULATED * np.sqrt(2) * error + R_ZERO


def test_the_analysis_of_the_metafor_page(analysis):
    """tips:bootstrapping_with_ma: value, mean, spread and limits of 10,000 draws each."""
    ours, theirs = analysis
    assert close(ours.value, theirs["observed"], Tolerance(absolute=1e-5, reason="R's REML"))
    parts = ours.draws.reshape(PARTS, -1)
    for found, expected, each in (
        (ours.draws.mean(), theirs["average"], parts.mean(axis=1)),
        (ours.se, theirs["sd"], parts.std(axis=1, ddof=1)),
    ):
        allowed = Tolerance(absolute=float(by_chance(each)), reason="two simulations")
        assert close(found, expected, allowed)
    share = theirs["zero"]
    error = np.sqrt(2 * share * (1 - share) / theirs["draws"])
    if theirs["observed"] > 0:
        assert close(ours.at_zero, share, simulated(float(error)))


def test_the_limits_of_the_metafor_page(analysis):
    """Every interval of boot.ci at 80, 90 and 95%."""
    ours, theirs = analysis
    halves = zip(ours.draws.reshape(PARTS, -1), ours.errors.reshape(PARTS, -1), strict=True)
    samples = [Sample(ours.value, *half[:1], ours.error, half[1], ours.without) for half in halves]
    for key, name in TYPES.items():
        if name not in theirs["limits"]:
            continue
        for i, level in enumerate(record()["levels"]):
            expected = theirs["limits"][name][2 * i : 2 * i + 2]
            limits = ours.limits(key, level=level)
            each = [BOOTSTRAP_INTERVALS[key].function(sample, level) for sample in samples]
            off = np.abs([limits.low - expected[0], limits.high - expected[1]])
            assert (off <= by_chance(each)).all(), (key, level, off, by_chance(each))


def test_quantiles():
    """Ranks that are draws are those draws; beyond the first and last it is the extreme one."""
    draws = np.random.default_rng(1).permutation(np.arange(1.0, 100.0))
    shares = np.arange(1, 100) / 100
    assert close(quantiles(draws, shares), np.arange(1.0, 100.0), EXACT)
    assert quantiles(draws, np.array([0.0, 1e-9, 0.9999, 1.0])).tolist() == [1, 1, 99, 99]
    between = quantiles(draws, np.array([0.013]))[0]
    assert 1 < between < 2


def test_acceleration_by_hand():
    """The sum l³ / (6 (sum l²)^1.5) of l = mean less the number without each study."""
    without = np.array([0.1, 0.4, 0.35, 0.2])
    less = without.mean() - without
    expected = np.sum(less**3) / (6 * np.sum(less**2) ** 1.5)
    assert close([acceleration(without), acceleration(without * 1e200)], [expected] * 2, EXACT)
    assert acceleration(np.full(5, 0.2)) == 0.0


def test_symmetric_draws_need_no_correction():
    """BCa is the percentile interval where draws and jackknife are symmetric."""
    draws = np.concatenate([-np.arange(1.0, 100.0), [0.0], np.arange(1.0, 100.0)])
    nothing = np.full(len(draws), np.nan)
    sample = Sample(0.0, draws, np.nan, nothing, np.array([-0.2, -0.1, 0.0, 0.1, 0.2]))
    by_bca, by_percentile = (
        BOOTSTRAP_INTERVALS[key].function(sample, 0.9) for key in (BCA, PERCENTILE)
    )
    assert close(by_bca, by_percentile, EXACT)


@pytest.mark.parametrize(
    ("key", "changed", "text"),
    [
        (BCA, {"observed": 200.0}, "not defined: all draws lie below the number of the data"),
        (BCA, {"observed": -200.0}, "not defined: all draws lie above the number of the data"),
        (BCA, {"without": np.array([0.1, np.nan])}, "so that it has no jackknife; choose another"),
        (STUDENTIZED, {"error": np.nan}, "needs a standard error of the number, which means"),
        (STUDENTIZED, {"errors": np.full(99, np.nan)}, "in most draws the number has no standard"),
    ],
)
def test_intervals_that_do_not_exist(key, changed, text):
    """The reason, and another interval."""
    sample = Sample(50.0, np.arange(1.0, 100.0), 1.0, np.ones(99), np.array([1.0, 2.0, 4.0]))
    with pytest.raises(InputError, match=text):
        BOOTSTRAP_INTERVALS[key].function(sample._replace(**changed), 0.95)
