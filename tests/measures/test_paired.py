"""Paired comparisons: the delta method, exact unbiasedness, published sums, and the edges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import nct
from scipy.stats import t as student

from metaan.core.errors import ChoiceError
from metaan.measures.corrections import exact_correction
from metaan.measures.correlation import unbiased
from metaan.measures.paired import (
    ROWS,
    change_by_change_sd,
    change_by_earlier_sd,
    change_by_earlier_sd_of_unequal,
    mean_change,
)
from metaan.measures.paired_average import (
    change_by_average_sd,
    change_by_average_sd_of_unequal,
)
from metaan.measures.paired_ratios import (
    ratio_of_deviations,
    ratio_of_means,
    ratio_of_variations,
)
from tests.tolerance import EXACT, Tolerance, close

# mean1, sd1, mean2, sd2, r, n; the first two with equal spreads.
STUDIES = [
    (44.0, 19.0, 52.0, 19.0, 0.55, 80.0),
    (7.0, 2.0, 4.0, 2.0, -0.3, 12.0),
    (44.0, 16.0, 52.0, 21.0, 0.7, 80.0),
    (3.1, 1.2, 2.2, 0.9, 0.2, 15.0),
]
EQUAL = STUDIES[:2]
ARRAYS = [np.array(values) for values in zip(*STUDIES, strict=True)]
DELTA = Tolerance(relative=1e-7, reason="central differences of relative step 1e-5")
INTEGRAL = Tolerance(relative=1e-8, reason="adaptive quadrature, asked for 1e-10")
FUNCTIONS = [row.function for row in ROWS]
UNCORRECTED = {
    mean_change: {},
    ratio_of_means: {"correct": False},
    ratio_of_variations: {"correct": False},
}


def by_earlier_sd(mean1, sd1, mean2, sd2, r, n, **options):
    """Return the change over the earlier SD; the later one is not asked for."""
    assert np.shape(sd1)
    return change_by_earlier_sd(mean1, mean2, sd2, r, n, **options)


def by_delta(function, study, n_of_means, n_of_spreads):
    """Return the sandwich of an effect's slopes at the means, variances and covariance."""
    mean1, sd1, mean2, sd2, r, n = study
    var1, var2, cov = sd1**2, sd2**2, r * sd1 * sd2
    center = np.array([mean1, mean2, var1, var2, cov])
    spread = np.zeros((5, 5))
    spread[:2, :2] = np.array([[var1, cov], [cov, var2]]) / n_of_means
    spread[2:, 2:] = np.array([
        [2 * var1**2, 2 * cov**2, 2 * var1 * cov],
        [2 * cov**2, 2 * var2**2, 2 * var2 * cov],
        [2 * var1 * cov, 2 * var2 * cov, var1 * var2 + cov**2],
    ]) / n_of_spreads  # fmt: skip

    def effect(moments):
        m1, m2, v1, v2, c = moments
        options = UNCORRECTED.get(function, {"correction": None})
        inputs = (m1, v1**0.5, m2, v2**0.5, c / (v1 * v2) ** 0.5, n)
        return function(*(np.array([x]) for x in inputs), **options)[0][0]

    steps = np.diag(1e-5 * np.abs(center))
    slopes = [(effect(center + h) - effect(center - h)) / (2 * h.sum()) for h in steps]
    return np.array(slopes) @ spread @ np.array(slopes)


def variance(function, study, **options):
    """Return what a function states for one study."""
    options = {**UNCORRECTED.get(function, {"correction": None}), **options}
    return function(*(np.array([x]) for x in study), **options)[1][0]


@pytest.mark.parametrize("study", STUDIES)
def test_variances_where_spreads_differ(study):
    """Bonett's are the delta method with n - 1 throughout, ratios with n for the means."""
    n = study[-1]
    for function in (change_by_earlier_sd_of_unequal, change_by_average_sd_of_unequal):
        assert close(variance(function, study), by_delta(function, study, n - 1, n - 1), DELTA)
    for function in (mean_change, ratio_of_means, ratio_of_variations):
        assert close(variance(function, study), by_delta(function, study, n, n - 1), DELTA)
    assert close(variance(change_by_change_sd, study),
                 by_delta(change_by_change_sd, study, n, n), DELTA)  # fmt: skip


@pytest.mark.parametrize("study", EQUAL)
def test_variances_where_spreads_are_equal(study):
    """These take both spreads for the same; where they are, they are the delta method with n."""
    n = study[-1]
    for function in (by_earlier_sd, change_by_average_sd):
        assert close(variance(function, study), by_delta(function, study, n, n), DELTA)


def moments(delta, n):
    """Return mean and variance of d of changes: sqrt(n) d has a noncentral t distribution."""

    def power(k):
        return quad(
            lambda t: t**k * nct.pdf(t, n - 1, delta * n**0.5),
            -60, 80, epsabs=1e-14, epsrel=1e-10, limit=400, points=[0.0, delta * n**0.5],
        )[0]  # fmt: skip

    mean, square = power(1) / n**0.5, power(2) / n
    return mean, square - mean**2, square


@pytest.mark.parametrize("correction", ["exact", "approximate", None])
@pytest.mark.parametrize(("delta", "n"), [(0.0, 12.0), (0.8, 20.0)])
def test_unbiased_and_null_variance_of_changes(delta, n, correction):
    """UB's mean is the variance of the effect, with every correction; H0's without a change."""
    j = {"exact": exact_correction(n - 1), "approximate": 1 - 3 / (4 * n - 5), None: 1.0}[
        correction
    ]
    mean, v, square = moments(delta, n)

    def stated(d, name):
        inputs = (np.array([x]) for x in (d, 1.0, 0.0, 0.0, 0.0, n))
        return change_by_change_sd(*inputs, correction=correction, variance=name)[1][0]

    at_0, at_1 = stated(0.0, "UB"), stated(1.0, "UB")  # linear in d²
    assert close(at_0 + (at_1 - at_0) * square, j**2 * v, INTEGRAL)
    if correction == "exact":
        assert close(j * mean, delta, INTEGRAL, typical=1e-3)
    if delta == 0:
        assert close(stated(0.3, "H0"), j**2 * v, INTEGRAL)


def test_unbiased_variance_by_the_earlier_sd():
    """As for the SD of the changes, with twice the unbiased estimate of 1 - r for 1."""
    mean1, _, mean2, sd2, r, n = ARRAYS
    d = (mean1 - mean2) / sd2
    lead = 2 * (1 - unbiased(r, n))
    _, of_change = change_by_change_sd(d, 1.0, 0.0, 0.0, 0.0, n, variance="UB")
    _, v = by_earlier_sd(*ARRAYS, variance="UB")
    assert close(v - lead / n, of_change - 1 / n, Tolerance(relative=1e-11, reason="a difference"))
    _, null = change_by_change_sd(d, 1.0, 0.0, 0.0, 0.0, n, variance="H0")
    assert close(by_earlier_sd(*ARRAYS, variance="H0")[1], lead * null, EXACT)


def test_older_and_newer_large_sample_variances():
    """LS takes the corrected effect; LS2 the uncorrected one and J² throughout."""
    mean1, _, mean2, sd2, r, n = ARRAYS
    d, j = (mean1 - mean2) / sd2, exact_correction(n - 1)
    for name, expected in (
        ("LS", 2 * (1 - r) / n + (j * d) ** 2 / (2 * n)),
        ("LS2", j**2 * (2 * (1 - r) / n + d**2 / (2 * n))),
    ):
        y, v = by_earlier_sd(*ARRAYS, variance=name)
        assert close(y, j * d, EXACT)
        assert close(v, expected, EXACT)


def test_the_sd_is_that_of_the_earlier_measurement():
    """Standardized by the earlier SD, the later one does not matter, or only to the variance."""
    mean1, _, mean2, sd2, r, n = ARRAYS
    for function in (by_earlier_sd, change_by_earlier_sd_of_unequal):
        y, _ = function(*ARRAYS, correction=None)
        assert close(y, (mean1 - mean2) / sd2, EXACT)
    unknown = np.full(4, np.nan)
    assert close(by_earlier_sd(mean1, unknown, mean2, sd2, r, n),
                 by_earlier_sd(*ARRAYS), EXACT)  # fmt: skip
    assert np.isnan(change_by_earlier_sd_of_unequal(mean1, unknown, mean2, sd2, r, n)).all()


def test_second_order_variances_as_published():
    """Senior's sums, term by term."""
    for study in STUDIES:
        m1, s1, m2, s2, r, n = study
        means = s1**2 / (n * m1**2) + s2**2 / (n * m2**2) - 2 * r * s1 * s2 / (n * m1 * m2)
        means += s1**4 / (2 * n**2 * m1**4) + s2**4 / (2 * n**2 * m2**4)
        means += r**2 * s1**2 * s2**2 * (m1**4 + m2**4) / (2 * n**2 * m1**4 * m2**4)
        spreads = n / (n - 1) ** 2 - r**2 / (n - 1)
        spreads += r**4 * (s1**8 + s2**8) / (2 * (n - 1) ** 2 * s1**4 * s2**4)
        assert close(variance(ratio_of_means, study, variance="LS2"), means, EXACT)
        both = variance(ratio_of_variations, study, variance="LS2")
        assert close(both, means + spreads, EXACT)
        inputs = (np.array([x]) for x in (s1, s2, r, n))
        assert close(ratio_of_deviations(*inputs, variance="LS2")[1], [spreads], EXACT)


def test_corrections_of_the_logarithms():
    """The mean of log(mean) is too low by CV² / (2 n); a ratio of CVs turns that round."""
    mean1, sd1, mean2, sd2, _, n = ARRAYS
    shift = ((sd1 / mean1) ** 2 - (sd2 / mean2) ** 2) / (2 * n)
    for function, sign in ((ratio_of_means, 1), (ratio_of_variations, -1)):
        y, v = function(*ARRAYS)
        plain, same = function(*ARRAYS, correct=False)
        near = Tolerance(relative=1e-9, absolute=1e-15, reason="a difference of logarithms")
        assert close(y - plain, sign * shift, near)
        assert close(v, same, EXACT)


def test_routes_of_the_standardized_change():
    """The paired t, d and the signed p lead to the same change."""
    mean1, sd1, mean2, sd2, r, n = ARRAYS
    d = (mean1 - mean2) / np.sqrt(sd1**2 + sd2**2 - 2 * r * sd1 * sd2)
    t = d * np.sqrt(n)
    p = np.copysign(2 * student.sf(np.abs(t), n - 1), t)
    routes = {route.inputs[0]: route.convert for row in ROWS for route in row.routes}
    near = Tolerance(relative=1e-10, reason="a quantile of t and back")
    for name, given in (("t", t), ("d", d), ("p", p)):
        inputs = routes[name](given, n)
        for options in ({}, {"correction": None}, {"variance": "UB"}):
            assert close(change_by_change_sd(*inputs, **options),
                         change_by_change_sd(*ARRAYS, **options), near)  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_no_study_can_have_is_nan(function):
    """Negative SDs, r beyond 1, one participant and a missing number: NaN in both."""
    names = ("mean1", "sd1", "mean2", "sd2", "r", "n")
    wanted = next(row for row in ROWS if row.function is function).inputs
    for name, value in (("sd1", -1.0), ("sd2", -1.0), ("r", 1.01), ("n", 1.0), ("sd2", np.nan),
                        ("r", np.nan), ("n", np.nan)):  # fmt: skip
        if name not in wanted:
            continue
        study = {**dict(zip(names, STUDIES[2], strict=True)), name: value}
        y, v = function(*(np.array([study[x]]) for x in wanted))
        assert np.isnan([y, v]).all(), name


def test_edges():
    """With r = 1 and equal spreads: no variance of the change, nothing to standardize by."""
    alike = [np.array([x]) for x in (5.0, 2.0, 4.0, 2.0, 1.0, 20.0)]
    assert mean_change(*alike)[1] == 0
    assert np.isnan(change_by_change_sd(*alike)).all()
    y, v = by_earlier_sd(*alike)
    assert close(v, y**2 / 40, EXACT)
    assert ratio_of_deviations(*alike[1:2], *alike[3:])[1] == 0
    still = [np.array([x]) for x in (5.0, 0.0, 4.0, 0.0, 0.5, 20.0)]
    assert mean_change(*still)[1] == 0
    for function in FUNCTIONS[1:]:
        if function not in (ratio_of_means, ratio_of_deviations, change_by_earlier_sd):
            assert np.isnan(function(*still)).all()
    assert np.isnan(by_earlier_sd(*still)).all()
    assert ratio_of_means(*still)[1] == 0
    assert np.isnan(ratio_of_deviations(*still[1:2], *still[3:])).all()


def test_ratios_need_means_of_one_sign():
    """Both below 0 have a ratio like both above; one of each and 0 have none."""
    mean1, sd1, mean2, sd2, r, n = ARRAYS
    for function in (ratio_of_means, ratio_of_variations):
        assert close(function(-mean1, sd1, -mean2, sd2, r, n), function(*ARRAYS), EXACT)
        for other in (-mean2, np.zeros(4)):
            assert np.isnan(function(mean1, sd1, other, sd2, r, n)).all()


def test_two_participants():
    """J does not exist at 1 df: NaN with a correction, a number without."""
    two = [np.array([x]) for x in (5.0, 2.0, 4.0, 1.5, 0.5, 2.0)]
    for function in (change_by_change_sd, by_earlier_sd, change_by_earlier_sd_of_unequal):
        assert np.isnan(function(*two)).all()
        assert np.isfinite(function(*two, correction=None)).all()


def test_unknown_names():
    """Names that are not in the tables are refused."""
    for function, name in ((change_by_change_sd, "AV"), (ratio_of_means, "HO")):
        with pytest.raises(ChoiceError, match=f"variance='{name}'"):
            function(*ARRAYS, variance=name)
    with pytest.raises(ChoiceError, match="correction='exakt'"):
        change_by_average_sd(*ARRAYS, correction="exakt")


@pytest.mark.parametrize("function", [ratio_of_means, ratio_of_variations, mean_change])
def test_equal_changes_have_no_variance_at_all(function):
    """At r = 1 and equal spreads v is 0, not the square of a rounding that takes over a pool."""
    rng = np.random.default_rng(3)
    mean1, mean2 = rng.integers(1, 99, (2, 2000)) / 10
    share = rng.integers(1, 99, 2000) / 100
    if function is mean_change:
        mean2 = mean1 * 3 / 3 + 0.1 - 0.1  # one spread that came by another way
    for r in (1.0, 1 - 1.1e-16):
        _, v = function(
            mean1, mean1 * share, mean2, mean2 * share, np.full(2000, r), np.full(2000, 9.0)
        )
        assert np.array_equal(v, np.zeros(2000))


def test_a_real_difference_of_spreads_counts():
    """Only what rounding can explain is 0."""
    one, n = np.ones(2), np.full(2, 10.0)
    _, v = mean_change(one, one, one, one - np.array([1e-7, 1e-12]), one, n)
    near = Tolerance(relative=1e-3, reason="1 - 1e-12 is itself rounded")
    assert close(v, np.array([1e-15, 1e-25]), near)
    _, v = ratio_of_deviations(one, one, np.array([1.0, -1 + 1.2e-16]), n)
    assert np.array_equal(v, [0.0, 0.0])
