"""Probability of superiority: by integration, by slopes, and at its ends."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtr

from metaan.core.errors import ChoiceError
from metaan.measures.superiority import (
    AREA_VARIANCES,
    given_superiority,
    normal_superiority,
    paired_normal_superiority,
)
from tests.tolerance import EXACT, Tolerance, close

INTEGRATED = Tolerance(relative=1e-9, reason="adaptive quadrature")
SLOPES = Tolerance(relative=1e-7, reason="central differences of step 1e-5 of the value")
ARMS = (44.0, 19.0, 58.0, 36.0, 21.0, 60.0)
PAIR = (44.0, 19.0, 36.0, 21.0, 0.6, 80.0)


def one(*values):
    """Return the inputs of one study as arrays."""
    return [np.array([value]) for value in values]


@pytest.mark.parametrize("auc", [0.5, 0.7, 0.95])
def test_hanley_is_the_variance_for_exponential_outcomes(auc):
    """Of U / (n1 n2) over (n1 - 1) (n2 - 1), with the chances of double wins integrated."""
    n1, n2, rate = 58.0, 60.0, (1 - auc) / auc  # of group 1; the rate of group 2 is 1

    def two_of_one_win(y):
        return np.exp(-2 * rate * y) * np.exp(-y)

    def wins_over_two(x):
        return (1 - np.exp(-x)) ** 2 * rate * np.exp(-rate * x)

    q1, q2 = (quad(each, 0, np.inf)[0] for each in (two_of_one_win, wins_over_two))
    spread = auc * (1 - auc) + (n1 - 1) * (q1 - auc**2) + (n2 - 1) * (q2 - auc**2)
    y, v = given_superiority(*one(auc, n1, n2), variance="LS2")
    assert close(y, [auc], EXACT)
    assert close(v, [spread / ((n1 - 1) * (n2 - 1))], INTEGRATED)


def test_the_two_forms_agree_for_equal_groups():
    """Newcombe's has the mean of the sizes for both, and is the same with the sizes exchanged."""
    auc = np.linspace(0.01, 0.99, 25)
    _, newcombe = given_superiority(auc, np.array(40.0), np.array(40.0))
    _, hanley = given_superiority(auc, np.array(40.0), np.array(40.0), variance="LS2")
    assert close(newcombe, hanley, EXACT)
    _, v = given_superiority(auc, np.array(20.0), np.array(60.0))
    _, exchanged = given_superiority(auc, np.array(60.0), np.array(20.0))
    assert close(v, exchanged, EXACT)


@pytest.mark.parametrize("variance", AREA_VARIANCES)
def test_exchange_of_an_area(variance):
    """With the groups exchanged the area is what it lacked of 1, of the same variance."""
    auc, n1, n2 = np.linspace(0.01, 0.99, 25), np.array(20.0), np.array(60.0)
    y, v = given_superiority(auc, n1, n2, variance=variance)
    other_y, other_v = given_superiority(1 - auc, n2, n1, variance=variance)
    assert close(other_y, 1 - y, EXACT)
    assert close(other_v, v, EXACT)


@pytest.mark.parametrize("variance", AREA_VARIANCES)
def test_ends_of_an_area(variance):
    """Complete separation has a variance of 0; what is no share, or a group of one, is NaN."""
    auc = np.array([0.0, 1.0, -0.1, 1.1, np.nan])
    y, v = given_superiority(auc, np.array(20.0), np.array(30.0), variance=variance)
    assert close(y, [0.0, 1.0, np.nan, np.nan, np.nan], EXACT)
    assert close(v, [0.0, 0.0, np.nan, np.nan, np.nan], EXACT)
    for sizes in ((1.0, 30.0), (30.0, 1.0), (np.nan, 30.0), (0.0, 30.0)):
        assert np.isnan(given_superiority(*one(0.7, *sizes), variance=variance)).all()
    with pytest.raises(ChoiceError, match="variance='HO' is not a variance of the area"):
        given_superiority(*one(0.7, 20.0, 30.0), variance="HO")


def test_normal_superiority_is_an_integral():
    """The chance that one normal variable exceeds another, by integrating over the second."""
    mean1, sd1, _, mean2, sd2, _ = ARMS

    def wins(x):
        density = np.exp(-(((x - mean2) / sd2) ** 2) / 2) / (sd2 * np.sqrt(2 * np.pi))
        return density * ndtr((mean1 - x) / sd1)

    y, _ = normal_superiority(*one(*ARMS))
    assert close(y, [quad(wins, -200, 300, points=[mean1, mean2])[0]], INTEGRATED)


def slopes(function, inputs, names):
    """Return the derivatives of y by these inputs, the SDs taken as variances."""
    found = []
    for i, is_sd in names:
        up, down = list(inputs), list(inputs)
        step = 1e-5 * (inputs[i] ** 2 if is_sd else inputs[i])
        up[i] = np.sqrt(inputs[i] ** 2 + step) if is_sd else inputs[i] + step
        down[i] = np.sqrt(inputs[i] ** 2 - step) if is_sd else inputs[i] - step
        found.append((function(*up)[0] - function(*down)[0]) / (2 * step))
    return np.array(found)[:, 0]


def test_variance_from_means_by_slopes():
    """The delta method, with n - 1 below the line for means too (Bonett 2008)."""
    sd1, m1, sd2, m2 = 19.0, 57.0, 21.0, 59.0
    found = slopes(normal_superiority, one(*ARMS), [(0, 0), (1, 1), (3, 0), (4, 1)])
    spreads = [sd1**2 / m1, 2 * sd1**4 / m1, sd2**2 / m2, 2 * sd2**4 / m2]
    assert close(normal_superiority(*one(*ARMS))[1], [found**2 @ spreads], SLOPES)


def test_variance_from_paired_means_by_slopes():
    """The delta method with the covariances of two correlated means, and of two variances."""
    sd1, sd2, r, m = 19.0, 21.0, 0.6, 79.0
    found = slopes(paired_normal_superiority, one(*PAIR), [(0, 0), (2, 0), (1, 1), (3, 1)])
    covariance = np.zeros((4, 4))
    covariance[:2, :2] = np.array([[sd1**2, r * sd1 * sd2], [r * sd1 * sd2, sd2**2]]) / m
    covariance[2:, 2:] = 2 * np.array([[sd1**4, (r * sd1 * sd2) ** 2],
                                       [(r * sd1 * sd2) ** 2, sd2**4]]) / m  # fmt: skip
    _, v = paired_normal_superiority(*one(*PAIR))
    assert close(v, [found @ covariance @ found], SLOPES)


def test_uncorrelated_pairs_are_two_groups():
    """With r = 0 a pair is two groups of one size."""
    unpaired = normal_superiority(*one(44.0, 19.0, 80.0, 36.0, 21.0, 80.0))
    paired = paired_normal_superiority(*one(*PAIR[:4], 0.0, 80.0))
    assert close(paired, unpaired, EXACT)


def test_one_spread():
    """HO puts the pooled SD in y as well; with equal SDs y is the same."""
    equal = one(44.0, 20.0, 58.0, 36.0, 20.0, 60.0)
    y, _ = normal_superiority(*equal)
    assert close(normal_superiority(*equal, variance="HO")[0], y, EXACT)
    assert abs(normal_superiority(*one(*ARMS), variance="HO")[0] - y)[0] > 1e-5
    with pytest.raises(ChoiceError, match="variance='LS2' is not a variance of the prob"):
        normal_superiority(*equal, variance="LS2")


def test_ends_of_normal_superiority():
    """No spread, one participant, a missing number, a correlation beyond 1: NaN."""
    for bad in ((44.0, 0.0, 58.0, 36.0, 0.0, 60.0), (44.0, 9.0, 1.0, 36.0, 9.0, 60.0),
                (44.0, np.nan, 58.0, 36.0, 9.0, 60.0)):  # fmt: skip
        assert np.isnan(normal_superiority(*one(*bad))).all()
    for sd, r, n in ((0.0, 0.5, 80.0), (9.0, 1.1, 80.0), (9.0, 0.5, 1.0), (9.0, np.nan, 80.0)):
        assert np.isnan(paired_normal_superiority(*one(44.0, sd, 36.0, sd, r, n))).all()
    y, v = normal_superiority(*one(900.0, 1.0, 20.0, 0.0, 1.0, 20.0))
    assert (y[0], v[0]) == (1.0, 0.0)
    y, v = paired_normal_superiority(*one(5.0, 2.0, 5.0, 2.0, 1.0, 20.0))
    assert close([y[0], v[0]], [0.5, 0.0], EXACT)
