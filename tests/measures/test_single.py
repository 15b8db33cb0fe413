"""One group's mean and SD: variances by their exact distributions, and the edges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import digamma, polygamma

from metaan.core.errors import ChoiceError
from metaan.measures.corrections import exact_correction
from metaan.measures.single import (
    ROWS,
    log_deviation,
    log_mean,
    log_variation,
    single_mean,
    standardized_mean,
)
from tests.tolerance import EXACT, Tolerance, close

MEAN, SD, N = (np.array(x) for x in ([44.0, 3.1], [16.0, 2.2], [80.0, 12.0]))
DELTA = Tolerance(relative=1e-8, reason="a central difference of step 1e-5")
FUNCTIONS = [row.function for row in ROWS]


def by_delta(function, mean, sd, n):
    """Return the variance of a function of mean and SD, each with its own sampling variance."""
    step = 1e-5
    of_mean = (function(mean * (1 + step), sd) - function(mean * (1 - step), sd)) / (
        2 * step * mean
    )
    of_sd = (function(mean, sd * (1 + step)) - function(mean, sd * (1 - step))) / (2 * step * sd)
    return of_mean**2 * sd**2 / n, of_sd**2 * sd**2 / 2


def test_logarithms_by_the_delta_method():
    """The variances are squared slopes times the variances of mean and SD (over n - 1)."""
    mean_part, sd_part = by_delta(lambda m, s: np.log(s / m), MEAN, SD, N)
    assert close(log_variation(MEAN, SD, N)[1], mean_part + sd_part / (N - 1), DELTA)
    mean_part, _ = by_delta(lambda m, _: np.log(m), MEAN, SD, N)
    assert close(log_mean(MEAN, SD, N)[1], mean_part, DELTA)
    _, sd_part = by_delta(lambda _, s: np.log(s), MEAN, SD, N)
    assert close(log_deviation(SD, N)[1], sd_part / (N - 1), DELTA)


@pytest.mark.parametrize("n", [5.0, 12.0, 80.0])
def test_log_deviation_of_normal_samples(n):
    """The correction takes the bias of log s away, and v its variance, but for 1 / n³ and 1 / n².

    Of normal data 2 log s is log chi-square: its moments are digamma and trigamma.
    """
    m = n - 1
    bias = (digamma(m / 2) - np.log(m / 2)) / 2
    variance = polygamma(1, m / 2) / 4
    y, v = log_deviation(np.array([1.0]), np.array([n]))
    assert abs(y[0] + bias) < 0.2 / m**2
    assert 0 < variance - v[0] < 0.7 / m**2


@pytest.mark.parametrize("n", [30.0, 80.0, 500.0])
@pytest.mark.parametrize("delta", [0.0, 0.5, 2.75])
def test_standardized_mean_of_normal_samples(n, delta):
    """Against the noncentral t, v at the true effect is short by at most 4 / n of itself."""
    m = n - 1
    j = exact_correction(np.array([m]))[0]
    exact = j**2 * m / (m - 2) * (1 / n + delta**2) - delta**2
    _, v = standardized_mean(np.array([delta / j]), np.array([1.0]), np.array([n]))
    assert 1 < exact / v[0] < 1 + 4 / n


def test_standardized_mean_by_hand():
    """The effect is J mean / sd with each correction."""
    d = MEAN / SD
    for name, j in (
        ("exact", exact_correction(N - 1)),
        ("approximate", 1 - 3 / (4 * N - 5)),
        (None, 1.0),
    ):
        y, v = standardized_mean(MEAN, SD, N, correction=name)
        assert close(y, j * d, EXACT)
        assert close(v, 1 / N + (j * d) ** 2 / (2 * N), EXACT)


def test_common_spread_by_a_loop():
    """HO pools the SDs of the studies that have one, along the last axis only."""
    rng = np.random.default_rng(1)
    sd, n = rng.uniform(1, 3, (2, 5)), rng.integers(5, 90, (2, 5)).astype(float)
    sd[0, 1] = n[1, 3] = np.nan
    y, v = single_mean(np.ones((2, 5)), sd, n, variance="HO")
    for i in range(2):
        known = [k for k in range(5) if np.isfinite(sd[i, k]) and np.isfinite(n[i, k])]
        squares = sum((n[i, k] - 1) * sd[i, k] ** 2 for k in known)
        pooled = squares / sum(n[i, k] - 1 for k in known)
        assert close(v[i, known], pooled / n[i, known], EXACT)
    assert np.isnan([v[0, 1], v[1, 3], y[0, 1], y[1, 3]]).all()


def test_nothing_to_pool():
    """A common SD of studies without any, or of one person each, is unknown."""
    for sd, n in ((np.nan, 20.0), (2.0, 1.0)):
        y, v = single_mean(np.ones(2), np.full(2, sd), np.full(2, n), variance="HO")
        assert np.isnan([y, v]).all()


def test_no_spread():
    """With SD 0 a mean and its logarithm are known exactly; what divides by the SD is not."""
    group = (np.array([5.0]), np.array([0.0]), np.array([20.0]))
    assert [float(x[0]) for x in single_mean(*group)] == [5.0, 0.0]
    assert close([x[0] for x in log_mean(*group)], [np.log(5), 0.0], EXACT)
    for function in (standardized_mean, log_variation):
        assert np.isnan(function(*group)).all()
    assert np.isnan(log_deviation(*group[1:])).all()


def test_one_person():
    """One person has a mean, with an SD known from elsewhere, but none of its own."""
    group = (np.array([5.0]), np.array([2.0]), np.array([1.0]))
    assert [float(x[0]) for x in single_mean(*group)] == [5.0, 4.0]
    for function in (standardized_mean, log_variation):
        assert np.isnan(function(*group)).all()
    assert np.isnan(log_deviation(*group[1:])).all()


def test_means_without_a_logarithm():
    """A mean of 0 or below has none; a standardized mean keeps its sign."""
    group = (np.array([0.0, -5.0]), np.array([2.0, 2.0]), np.array([9.0, 9.0]))
    for function in (log_mean, log_variation):
        assert np.isnan(function(*group)).all()
    y, v = standardized_mean(*group)
    assert close([y[0], v[0]], [0.0, 1 / 9], EXACT)
    assert y[1] < 0 < v[1]


@pytest.mark.parametrize("row", ROWS, ids=[row.key for row in ROWS])
def test_missing_and_impossible(row):
    """NaN, a negative SD or no one: NaN for that study alone, in y and in v."""
    good = {"mean": 5.0, "sd": 2.0, "n": 20.0}
    bad = [("mean", np.nan), ("sd", np.nan), ("n", np.nan), ("sd", -1.0), ("n", 0.0)]
    for name, value in bad:
        if name not in row.inputs:
            continue
        inputs = [np.array([good[i], value if i == name else good[i]]) for i in row.inputs]
        y, v = row.function(*inputs)
        assert np.isfinite([y[0], v[0]]).all()
        assert np.isnan([y[1], v[1]]).all()


def test_unknown_choices():
    """Misspelled options are answered with the rows."""
    group = (MEAN, SD, N)
    with pytest.raises(ChoiceError, match="a variance of a mean; choose one of LS, HO"):
        single_mean(*group, variance="H0!")
    with pytest.raises(ChoiceError, match='Did you mean "exact"'):
        standardized_mean(*group, correction="exat")
