"""Differences and ratios of means and spreads, derived again in other ways."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import polygamma, psi

from metaan.core.errors import ChoiceError
from metaan.measures.differences import (
    DIFFERENCE_VARIANCES,
    RATIO_VARIANCES,
    SPREAD_VARIANCES,
    mean_by_size,
    mean_difference,
    ratio_of_means,
    variability_ratio,
    variation_ratio,
)
from tests.tolerance import EXACT, Tolerance, close

SLOPES = Tolerance(relative=1e-7, reason="central differences of step 1e-5 of the value")
THIRD_ORDER = Tolerance(absolute=4e-6, reason="1 / (3 m³) of each group is left out, m >= 57")
ARMS = (36.0, 19.0, 58.0, 44.0, 21.0, 60.0)
MEANS_ONLY = [mean_difference, ratio_of_means, variation_ratio]


def arms(*values):
    """Return the inputs of one study as arrays."""
    return [np.array([value]) for value in values or ARMS]


def delta_variance(function, inputs, variances, **options):
    """Return the variance of y by numerical slopes; None where an input is known exactly."""
    total = 0.0
    for i, own in enumerate(variances):
        if own is None:
            continue
        step = 1e-5 * inputs[i]
        up, down = list(inputs), list(inputs)
        up[i], down[i] = inputs[i] + step, inputs[i] - step
        slope = (function(*up, **options)[0] - function(*down, **options)[0]) / (2 * step)
        total = total + slope**2 * own
    return total


def sampling_variances(mean1, sd1, n1, mean2, sd2, n2):
    """Return those of normal samples, to the first order: means, SDs, and None for n."""
    del mean1, mean2
    return [sd1**2 / n1, sd1**2 / (2 * (n1 - 1)), None,
            sd2**2 / n2, sd2**2 / (2 * (n2 - 1)), None]  # fmt: skip


@pytest.mark.parametrize("function", [ratio_of_means, variation_ratio])
def test_first_order_is_the_delta_method(function):
    """LS is the sum of squared slopes times the sampling variances of means and SDs."""
    inputs = arms()
    _, v = function(*inputs)
    ours = delta_variance(function, inputs, sampling_variances(*inputs), correct=False)
    assert close(ours, v, SLOPES)


def test_spread_of_logarithms():
    """Bias and variance of log(sd) are a digamma and a trigamma; LS2 has two of its orders."""
    m1, m2 = 57.0, 59.0
    y, v = variability_ratio(*arms(19.0, 58.0, 21.0, 60.0), variance="LS2")
    raw, _ = variability_ratio(*arms(19.0, 58.0, 21.0, 60.0), correct=False)
    biases = [(psi(m / 2) - np.log(m / 2)) / 2 for m in (m1, m2)]
    assert close(y - raw, [biases[1] - biases[0]], Tolerance(absolute=1e-5, reason="1 / m²"))
    assert close(v, [(polygamma(1, m1 / 2) + polygamma(1, m2 / 2)) / 4], THIRD_ORDER)


def test_second_order_of_a_logarithm():
    """LS2 is the variance of the logarithm's parabola, by integrating over the mean."""
    q = np.array([0.3, 0.2]) ** 2 / 40
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    error = np.sqrt(q)[:, None] * nodes
    parabola = error - error**2 / 2
    share = weights / weights.sum()
    second = (parabola**2 @ share) - (parabola @ share) ** 2
    _, v = ratio_of_means(*arms(10.0, 3.0, 40.0, 10.0, 2.0, 40.0), variance="LS2")
    assert close(v, [second.sum()], EXACT)


def test_bias_of_a_logarithm():
    """The correction is the mean of the logarithm's parabola, and the CVR has both of them."""
    mean, _ = ratio_of_means(*arms())
    raw_mean, _ = ratio_of_means(*arms(), correct=False)
    added = -0.5 * (21.0**2 / (60 * 44.0**2) - 19.0**2 / (58 * 36.0**2))
    assert close(mean - raw_mean, [added], Tolerance(relative=1e-9, reason="a small difference"))
    spread, _ = variability_ratio(*arms(19.0, 58.0, 21.0, 60.0))
    y, _ = variation_ratio(*arms())
    assert close(y, spread - mean, EXACT)


@pytest.mark.parametrize("function", [mean_difference, ratio_of_means])
def test_one_spread(function):
    """With equal SDs it makes no difference to suppose them equal."""
    equal = arms(36.0, 20.0, 58.0, 44.0, 20.0, 60.0)
    assert close(function(*equal, variance="HO")[1], function(*equal)[1], EXACT)
    with pytest.raises(ChoiceError, match="variance='H0' is not a variance of the"):
        function(*equal, variance="H0")


STUDIES = [np.array(column) for column in (
    [10.0, 12.0, 8.0, 5.0, 3.0], [2.0, 3.0, 2.0, np.nan, 1.0], [20.0, 15.0, 30.0, 10.0, 99.0],
    [9.0, 10.0, 7.0, 6.0, -4.0], [2.0, 2.0, 1.0, 1.0, 1.0], [20.0, 15.0, 30.0, 11.0, 99.0],
)]  # fmt: skip


def test_mean_variation_by_hand():
    """Each group's CVs are averaged over the studies that have one, weighted by size."""
    sizes = ((20, 20), (15, 15), (30, 30))
    y, v = ratio_of_means(*STUDIES, variance="AV")
    cv1 = (20 * 0.2 + 15 * 0.25 + 30 * 0.25) / 65
    cv2 = (20 * 2 / 9 + 15 * 0.2 + 30 / 7 + 11 / 6) / 76
    by_hand = [cv1**2 / n1 + cv2**2 / n2 for n1, n2 in sizes]
    assert close(v, [*by_hand, np.nan, np.nan], EXACT)
    assert np.array_equal(np.isnan(y), np.isnan(v))
    metafor = [0.0043447424542707664, 0.0057929899390276891, 0.0028964949695138445]
    assert close(v[:3], metafor, EXACT)  # 3.8.1, run without the last study
    _, v = ratio_of_means(*STUDIES, variance="AVHO")
    cv = (65 * cv1 + 76 * cv2) / 141
    assert close(v[:3], [cv**2 * (1 / n1 + 1 / n2) for n1, n2 in sizes], EXACT)


@pytest.mark.parametrize("options", [{"variance": "AV"}, {"variance": "AVHO"}, {}])
def test_means_below_zero_are_mirrored(options):
    """A study with both means negative counts as its mirror image.

    In metafor its CVs cancel those of others: 3.8.1 gives 0.00121 for the first study's AV.
    """
    mirrored = [column.copy() for column in STUDIES]
    mirrored[0][1], mirrored[3][1] = -mirrored[0][1], -mirrored[3][1]
    ours, expected = (ratio_of_means(*each, **options) for each in (mirrored, STUDIES))
    assert close(ours, expected, EXACT)
    assert close(variation_ratio(*mirrored), variation_ratio(*STUDIES), EXACT)


def test_mean_runs_over_studies_alone():
    """Rows are analyses of their own, and a scalar size serves all studies."""
    values = np.array([[1.0, 3.0, np.nan], [5.0, np.inf, 7.0]])
    assert close(mean_by_size(values, np.array([1.0, 3.0, 9.0])), [[2.5], [6.8]], EXACT)
    assert close(mean_by_size(values, np.array(2.0)), [[2.0], [6.0]], EXACT)


@pytest.mark.parametrize("function", MEANS_ONLY)
@pytest.mark.parametrize("missing", range(6))
def test_missing_number(function, missing):
    """A missing number leaves its own study without an effect, and no other."""
    inputs = [np.array([value, value]) for value in ARMS]
    inputs[missing][0] = np.nan
    y, v = function(*inputs)
    assert np.array_equal(np.isnan([y, v]), [[True, False], [True, False]])


@pytest.mark.parametrize("variance", RATIO_VARIANCES)
@pytest.mark.parametrize("means", [(0.0, 5.0), (5.0, 0.0), (-5.0, 5.0), (5.0, -5.0)])
def test_no_ratio_of_means(means, variance):
    """Means of opposite signs, or a mean of 0, have no ratio."""
    inputs = arms(means[0], 2.0, 30.0, means[1], 2.0, 30.0)
    assert np.isnan(ratio_of_means(*inputs, variance=variance)).all()
    assert np.isnan(variation_ratio(*inputs)).all()


def test_too_little_to_spread():
    """One participant or an SD of 0 has no log SD; SDs of 0 have differences without variance."""
    for sd1, n1 in ((2.0, 1.0), (0.0, 30.0), (np.nan, 30.0)):
        for variance in SPREAD_VARIANCES:
            assert np.isnan(variability_ratio(*arms(sd1, n1, 2.0, 30.0), variance=variance)).all()
            inputs = arms(5.0, sd1, n1, 5.0, 2.0, 30.0)
            assert np.isnan(variation_ratio(*inputs, variance=variance)).all()
    for variance in DIFFERENCE_VARIANCES:
        y, v = mean_difference(*arms(5.0, 0.0, 30.0, 4.0, 0.0, 30.0), variance=variance)
        assert (y[0], v[0]) == (1.0, 0.0)
    assert np.isnan(mean_difference(*arms(5.0, 1.0, 0.0, 4.0, 1.0, 30.0))).all()
    assert np.isnan(mean_difference(*arms(5.0, 1.0, 1.0, 4.0, 1.0, 1.0), variance="HO")).all()
