"""Rates: the delta method, whole Poisson distributions, zero rules and edges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammaln

from metaan.core.errors import ChoiceError, InputError
from metaan.measures.rates import (
    ROWS,
    double_root_rate,
    log_rate,
    rate,
    rate_difference,
    rate_ratio,
    root_rate,
    root_rate_difference,
)
from metaan.measures.row import ONE_RATE, RATES
from tests.tolerance import EXACT, Tolerance, close

EVENTS, TIME = np.array([5.0, 30.0, 119.0]), np.array([40.0, 9.5, 1200.0])
DELTA = Tolerance(relative=1e-7, reason="a central difference of step 1e-6")
ONE = [row for row in ROWS if row.inputs == ONE_RATE]
TWO = [row.function for row in ROWS if row.inputs == RATES]


@pytest.mark.parametrize("function", [rate, log_rate, root_rate])
def test_variance_by_the_delta_method(function):
    """The variance is the Poisson variance of the events times the squared slope of y."""
    step = 1e-6 * EVENTS
    slope = (function(EVENTS + step, TIME)[0] - function(EVENTS - step, TIME)[0]) / (2 * step)
    assert close(function(EVENTS, TIME)[1], slope**2 * EVENTS, DELTA)


@pytest.mark.parametrize("row", ONE, ids=[row.key for row in ONE])
def test_whole_poisson_distribution(row):
    """Over all outcomes with 150 expected, Var(y) is the mean of v to 1%."""
    x = np.arange(400.0)
    weights = np.exp(x * np.log(150.0) - 150.0 - gammaln(x + 1))
    y, v = row.function(x, np.full(400, 30.0))
    mean = weights @ y
    assert 0.99 < weights @ (y - mean) ** 2 / (weights @ v) < 1.01
    assert abs(row.scale.inverse(mean) / 5 - 1) < 0.005


@pytest.mark.parametrize(
    ("two", "one"),
    [(rate_ratio, log_rate), (rate_difference, rate), (root_rate_difference, root_rate)],
)
def test_two_groups_are_twice_one(two, one):
    """Without zeros an effect is the difference of two groups' levels, and variances add."""
    other = (EVENTS[::-1] + 3, TIME * 1.7)
    y, v = two(EVENTS, TIME, *other)
    first, second = one(EVENTS, TIME), one(*other)
    assert close(y, first[0] - second[0], EXACT)
    assert close(v, first[1] + second[1], EXACT)


def test_double_root_by_hand():
    """The mean of the roots of x and of x + 1, over the root of the time."""
    y, v = double_root_rate(EVENTS, TIME)
    by_hand = (np.sqrt(EVENTS) + np.sqrt(EVENTS + 1)) / (2 * np.sqrt(TIME))
    assert close(y, by_hand, EXACT)
    assert close(v, 1 / (4 * TIME), EXACT)


@pytest.mark.parametrize("function", TWO)
def test_zero_rules_of_two_groups(function):
    """A zero in one group adds to the events of both, and never to the time."""
    x1, x2 = np.array([[0.0, 4.0, 6.0], [1.0, 4.0, 3.0]]), np.array([[3.0, 0.0, 5.0], [7.0] * 3])
    time = np.full((2, 3), 10.0)
    plus = {
        "only0": [[0.5, 0.5, 0], [0, 0, 0]],
        "all": [[0.5] * 3, [0.5] * 3],
        "if0all": [[0.5] * 3, [0] * 3],
        "none": np.zeros((2, 3)),
    }
    for rule, added in plus.items():
        expected = function(x1 + added, time, x2 + added, 2 * time, add=0)
        found = function(x1, time, x2, 2 * time, add=0.5, to=rule)
        for ours, by_hand in zip(found, expected, strict=True):
            assert close(ours, by_hand, EXACT)


@pytest.mark.parametrize("function", TWO)
def test_dropping_double_zeros(function):
    """Studies without events in both groups can be left out, and then are no zeros."""
    x1, x2, time = np.array([0.0, 4.0]), np.array([0.0, 3.0]), np.full(2, 10.0)
    y, v = function(x1, time, x2, time, to="if0all", drop_double_zero=True)
    assert np.isnan([y[0], v[0]]).all()
    alone = function(x1[1:], time[1:], x2[1:], time[1:])
    assert close([y[1], v[1]], [alone[0][0], alone[1][0]], EXACT)
    kept, _ = function(x1, time, x2, time)
    assert np.isfinite(kept).all()


def test_missing_studies_have_no_zero():
    """A study that is half unknown does not set off "if0all"."""
    x1, x2, time = np.array([np.nan, 4.0]), np.array([0.0, 3.0]), np.full(2, 10.0)
    assert close(rate_ratio(x1, time, x2, time, to="if0all")[0][1], np.log(4 / 3), EXACT)


def test_zero_rules_of_one_group():
    """The addition goes to the events where the rule says so."""
    x, time = np.array([0.0, 4.0]), np.full(2, 10.0)
    plus = {"only0": [0.5, 0], "all": [0.5, 0.5], "if0all": [0.5, 0.5], "none": [0, 0]}
    for rule, added in plus.items():
        assert close(rate(x, time, to=rule)[0], (x + added) / 10, EXACT)
    assert close(log_rate(x, time, add=0.1)[0], np.log([0.01, 0.4]), EXACT)
    assert close(root_rate(x, time, add=0.1)[0], np.sqrt([0.01, 0.4]), EXACT)


def test_uncorrected_zeros():
    """No events: a rate of 0 with variance 0, no logarithm; roots need no addition."""
    none, some, time = np.array([0.0]), np.array([4.0]), np.array([10.0])
    assert [float(x[0]) for x in rate(none, time, to="none")] == [0.0, 0.0]
    assert np.isnan(log_rate(none, time, to="none")).all()
    for groups in ((none, time, some, time), (some, time, none, time), (none, time, none, time)):
        assert np.isnan(rate_ratio(*groups, to="none")).all()
        assert np.isfinite(rate_difference(*groups, to="none")).all()
        assert np.isfinite(root_rate_difference(*groups)).all()
    for function in (root_rate, double_root_rate):
        assert np.isfinite(function(none, time)).all()


@pytest.mark.parametrize("row", ONE, ids=[row.key for row in ONE])
def test_missing_and_impossible(row):
    """NaN, no time, or negative events: NaN for that study alone."""
    events = np.array([4.0, np.nan, 4.0, 0.0, -1.0])
    time = np.array([10.0, 10.0, np.nan, 0.0, 10.0])
    y, v = row.function(events, time)
    assert np.isfinite([y[0], v[0]]).all()
    assert np.isnan([y[1:], v[1:]]).all()


@pytest.mark.parametrize("function", TWO)
def test_missing_and_impossible_in_either_group(function):
    """The same of two groups, whichever it is."""
    events = np.array([4.0, np.nan, 4.0, 0.0, -1.0])
    time = np.array([10.0, 10.0, np.nan, 0.0, 10.0])
    good = np.full(5, 6.0)
    for groups in ((events, time, good, good), (good, good, events, time)):
        y, v = function(*groups)
        assert np.isfinite([y[0], v[0]]).all()
        assert np.isnan([y[1:], v[1:]]).all()


def test_unknown_choices():
    """Misspelled rules and impossible additions are refused."""
    with pytest.raises(ChoiceError, match='Did you mean "if0all"'):
        rate(EVENTS, TIME, to="if0al")
    with pytest.raises(InputError, match="must be a number of at least 0"):
        rate_ratio(EVENTS, TIME, EVENTS, TIME, add=-1)
