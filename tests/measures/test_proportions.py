"""Proportions: the delta method, whole binomial distributions, zero rules and edges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammaln

from metaan.core.errors import ChoiceError, InputError
from metaan.measures.proportions import (
    ROWS,
    arcsine_proportion,
    double_arcsine,
    log_odds,
    log_proportion,
    probit_proportion,
    proportion,
)
from metaan.measures.zero_rules import addition
from tests.tolerance import EXACT, Tolerance, close, printed

EVENTS, N = np.array([5.0, 30.0, 119.0]), np.array([40.0, 110.0, 120.0])
DELTA = Tolerance(relative=1e-7, reason="a central difference of step 1e-6")
CORRECTED = [proportion, log_proportion, log_odds, probit_proportion]
EVERY = [row.function for row in ROWS]


def binomial(n, p):
    """Return the probabilities of 0 to n events."""
    x = np.arange(n + 1.0)
    ways = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)
    return np.exp(ways + x * np.log(p) + (n - x) * np.log1p(-p))


@pytest.mark.parametrize("function", CORRECTED)
def test_variance_by_the_delta_method(function):
    """The variance is p (1 - p) / n times the squared slope of y in p."""
    step = 1e-6 * (N - EVENTS)
    near = [function(EVENTS + way * step, N)[0] for way in (1, -1)]
    slope = (near[0] - near[1]) / (2 * step / N)
    p = EVENTS / N
    assert close(function(EVENTS, N)[1], slope**2 * p * (1 - p) / N, DELTA)


@pytest.mark.parametrize("row", ROWS, ids=[row.key for row in ROWS])
def test_whole_binomial_distribution(row):
    """Over all outcomes of 400 people at 0.3, Var(y) is the mean of v to 1%."""
    weights = binomial(400, 0.3)
    y, v = row.function(np.arange(401.0), np.full(401, 400.0))
    mean = weights @ y
    assert 0.99 < weights @ (y - mean) ** 2 / (weights @ v) < 1.01
    assert abs(row.scale.inverse(mean) - 0.3) < 0.002


def test_unbiased_variance_is_unbiased():
    """UB's mean over all outcomes is p (1 - p) / n itself."""
    weights = binomial(7, 0.3)
    _, v = proportion(np.arange(8.0), np.full(8, 7.0), variance="UB", to="none")
    assert close(weights @ v, 0.3 * 0.7 / 7, EXACT)


def test_double_arcsine_as_posted():
    """Viechtbauer's example on r-help, 16 December 2010, and the sum that he halves."""
    events, n = np.array([0.0, 1, 12, 38, 40]), np.array([10.0, 10, 20, 40, 40])
    y, v = double_arcsine(events, n)
    for i, text in enumerate(["0.1531387", "0.3733940", "0.8813361", "1.3224900", "1.4923885"]):
        assert close(y[i], float(text), printed(text))
    for i, text in enumerate(["0.02380952", "0.02380952", "0.01219512", "0.00617284"]):
        assert close(v[i], float(text), printed(text))
    halves = [np.arcsin(np.sqrt((events + more) / (n + 1))) for more in (0, 1)]
    assert close(2 * y, halves[0] + halves[1], EXACT)


@pytest.mark.parametrize("function", [proportion, log_proportion, log_odds])
def test_average_by_a_loop(function):
    """AV puts the pooled risk of the last axis into LS's formula; missing studies are passed."""
    events = np.array([[3.0, 10.0, np.nan, 7.0], [1.0, 2.0, 5.0, 9.0]])
    n = np.array([[20.0, 50.0, 30.0, 90.0], [10.0, 20.0, np.nan, 30.0]])
    y, v = function(events, n, variance="AV")
    own, _ = function(events, n)
    for i, known in enumerate(([0, 1, 3], [0, 1, 3])):
        risk = sum(events[i, k] for k in known) / sum(n[i, k] for k in known)
        for k in known:
            _, expected = function(np.array([risk * n[i, k]]), n[i, [k]])
            assert close(v[i, [k]], expected, EXACT)
    assert np.array_equal(y, own, equal_nan=True)
    assert np.isnan([v[0, 2], v[1, 2]]).all()


def test_average_of_nothing():
    """Without any study that is known there is no average."""
    y, v = proportion(np.full(2, np.nan), np.array([9.0, 0.0]), variance="AV")
    assert np.isnan([y, v]).all()


@pytest.mark.parametrize("function", CORRECTED)
def test_zero_rules(function):
    """Each rule adds to events and to non-events of the studies that it names."""
    events, n = np.array([[0.0, 4.0, 10.0], [1.0, 4.0, 3.0]]), np.full((2, 3), 10.0)
    plus = {
        "only0": [[0.5, 0, 0.5], [0, 0, 0]],
        "all": [[0.5] * 3, [0.5] * 3],
        "if0all": [[0.5] * 3, [0] * 3],
    }
    for rule, added in plus.items():
        expected = function(events + added, n + 2 * np.array(added), to="none")
        for ours, by_hand in zip(function(events, n, to=rule), expected, strict=True):
            assert close(ours, by_hand, EXACT)


def test_uncorrected_zeros():
    """No events, or only events: a proportion with variance 0, no logit, no probit."""
    events, n = np.array([0.0, 10.0]), np.full(2, 10.0)
    y, v = proportion(events, n, to="none")
    assert y.tolist() == [0.0, 1.0]
    assert v.tolist() == [0.0, 0.0]
    y, v = log_proportion(events, n, to="none")
    assert np.isnan([y[0], v[0]]).all()
    assert [y[1], v[1]] == [0.0, 0.0]
    for function in (log_odds, probit_proportion):
        assert np.isnan(function(events, n, to="none")).all()
        assert np.isnan(function(events, n, add=0)).all()


def test_arcsines_need_no_addition():
    """No events and only events are finite mirror images; an addition is taken."""
    events, n = np.array([0.0, 10.0]), np.full(2, 10.0)
    for function in (arcsine_proportion, double_arcsine):
        y, v = function(events, n)
        assert close(y.sum(), np.pi / 2, EXACT)
        assert v[0] == v[1] > 0
    for ours, by_hand in zip(
        arcsine_proportion(events, n, add=0.5),
        arcsine_proportion(events + 0.5, n + 1),
        strict=True,
    ):
        assert close(ours, by_hand, EXACT)


@pytest.mark.parametrize("function", EVERY)
def test_missing_and_impossible(function):
    """NaN, no participants, or more events than participants: NaN for that study alone.

    metafor refuses the whole data set where n is 0.
    """
    events = np.array([4.0, np.nan, 4.0, 0.0, 11.0, -1.0])
    n = np.array([10.0, 10.0, np.nan, 0.0, 10.0, 10.0])
    y, v = function(events, n)
    assert np.isfinite([y[0], v[0]]).all()
    assert np.isnan([y[1:], v[1:]]).all()


def test_impossible_studies_have_no_zero():
    """A study without participants does not set off "if0all"."""
    y, _ = proportion(np.array([4.0, 0.0]), np.array([10.0, 0.0]), to="if0all")
    assert y[0] == 0.4


def test_one_participant():
    """One person: an unbiased variance is undefined, the others are not."""
    one = (np.array([1.0]), np.array([1.0]))
    assert np.isnan(proportion(*one, variance="UB", to="none")).all()
    for function in EVERY:
        assert np.isfinite(function(*one)).all()


def test_unknown_choices():
    """Misspelled options and impossible additions are answered with the rows."""
    with pytest.raises(ChoiceError, match='Did you mean "only0"'):
        proportion(EVENTS, N, to="only")
    with pytest.raises(ChoiceError, match="a variance of a log odds; choose one of LS, AV"):
        log_odds(EVENTS, N, variance="UB")
    for add in (-0.5, np.inf, "0.5"):
        with pytest.raises(InputError, match="must be a number of at least 0"):
            addition(np.array([True]), add=add, to="all")


def test_probit_of_nearly_all_is_that_of_nearly_none():
    """One in 10^15 either way: the same variance, the opposite quantile, to the last digit."""
    x, n = np.array([1.0, 3.0, 40.0]), np.array([1e15, 1e9, 80.0])
    y, v = probit_proportion(x, n)
    other, v_other = probit_proportion(n - x, n)
    assert np.array_equal(other, -y)
    assert close(v_other, v, Tolerance(relative=1e-15, reason="the order of a product"))
