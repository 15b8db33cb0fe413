"""Standardized differences: corrections, variances and routes by their definitions."""

from __future__ import annotations

from decimal import Decimal, localcontext
from math import lgamma

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from metaan.core.errors import ChoiceError
from metaan.measures.corrections import CORRECTIONS, LARGE, exact_correction, unbiased_share
from metaan.measures.standardized import (
    CONTROL_VARIANCES,
    ROUTES,
    VARIANCES,
    difference_by_average_sd,
    difference_by_control_sd,
    difference_by_control_sd_of_unequal,
    standardized_mean_difference,
)
from tests.tolerance import EXACT, Tolerance, close, printed

QUADRATURE = Tolerance(relative=1e-9, reason="adaptive quadrature of the chi density")
SLOPES = Tolerance(relative=1e-7, reason="central differences of step 1e-5 of the value")
TEST = Tolerance(relative=1e-10, reason="an effect near 0 from 20 digits of means that cancel")
ARMS = tuple(np.array([x]) for x in (36.0, 19.0, 58.0, 44.0, 21.0, 60.0))
CONTROL_ARMS = (ARMS[0], *ARMS[2:])


def expected_inverse_chi(m):
    """Return E[1 / sqrt(X / m)] for X chi-square with m degrees of freedom, by quadrature."""
    log_norm = m / 2 * np.log(2) + lgamma(m / 2)

    def density_over_root(x):
        return np.exp((m / 2 - 1) * np.log(x) - x / 2 - log_norm) / np.sqrt(x / m)

    return quad(density_over_root, 0, m + 60 * np.sqrt(2 * m), points=[m], limit=400)[0]


@pytest.mark.parametrize("m", [2.0, 3.0, 10.0, 117.0])
def test_exact_correction_unbiases_d(m):
    """J times the expectation of sigma / s is 1."""
    j = float(exact_correction(np.array([m]))[0])
    if m == 2.0:  # the density has a pole of its integrand at 0: E = sqrt(pi)
        assert close(1 / j, np.sqrt(np.pi), EXACT)
    else:
        assert close(1 / j, expected_inverse_chi(m), QUADRATURE)


@pytest.mark.parametrize("variance", VARIANCES)
@pytest.mark.parametrize("correction", [None, *CORRECTIONS])
def test_size_of_the_difference(correction, variance):
    """The corrected difference is J d, whatever the variance, and v shrinks as groups grow."""
    y, v = standardized_mean_difference(*ARMS, correction=correction, variance=variance)
    pooled = np.sqrt((57 * 19.0**2 + 59 * 21.0**2) / 116)
    factor = CORRECTIONS[correction or "none"](np.array([116.0]))
    assert close(y, factor * -8 / pooled, EXACT)
    larger = [x * (10 if i % 3 == 2 else 1) for i, x in enumerate(ARMS)]
    _, small_v = standardized_mean_difference(*larger, correction=correction, variance=variance)
    assert 0.09 < small_v[0] / v[0] < 0.11


def test_revman_by_hand():
    """RevMan's variance as its statistical methods print it, with 1 - 3 / (4 N - 9)."""
    y, v = standardized_mean_difference(*ARMS, correction="approximate", variance="REVMAN")
    pooled = np.sqrt((57 * 19.0**2 + 59 * 21.0**2) / 116)
    g = (1 - 3 / (4 * 118 - 9)) * -8 / pooled
    assert close(y, [g], EXACT)
    assert close(v, [118 / (58 * 60) + g**2 / (2 * (118 - 3.94))], EXACT)


def second_moment(delta, a, m):
    """Return E[g²] from the noncentral t distribution of d / sqrt(a), with the exact J."""
    j = float(exact_correction(np.array([m]))[0])
    return j**2 * m / (m - 2) * (a + delta**2)


@pytest.mark.parametrize("delta", [0.0, 0.3, -1.5])
def test_unbiased_variance(delta):
    """The expectation of UB, which is linear in g², is the exact variance of g."""
    n1, n2, a = 9.0, 6.0, 1 / 9 + 1 / 6
    for function, unit, m in (
        (standardized_mean_difference, (1.0, n1, 0.0, 1.0, n2), 13.0),
        (difference_by_control_sd, (n1, 0.0, 1.0, n2), 5.0),
    ):
        mean_square = second_moment(delta, a, m)
        others = [np.array([value]) for value in unit]
        root = np.array([np.sqrt(mean_square)]) / exact_correction(np.array([m]))
        _, v = function(root, *others, variance="UB")
        exact = Tolerance(relative=1e-11, reason="two nearly equal squares are subtracted")
        assert close(v, [mean_square - delta**2], exact)


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_variance_without_effect(correction):
    """H0 is J² times that of a t distribution, by quadrature, times 1 / n1 + 1 / n2."""
    small = [x / 10 if i % 3 == 2 else x for i, x in enumerate(ARMS)]
    for m, (_, v) in (
        (9.8, standardized_mean_difference(*small, correction=correction, variance="H0")),
        (5.0, difference_by_control_sd(*(small[0], *small[2:]), correction=correction,
                                       variance="H0")),
    ):  # fmt: skip
        spread = 2 * quad(lambda t, m=m: t * t * stats.t.pdf(t, m), 0, np.inf)[0]
        j = CORRECTIONS[correction](np.array([m]))
        assert close(v, j**2 * spread * (1 / 5.8 + 1 / 6), QUADRATURE)


def test_average_effect_by_hand():
    """AV puts the mean effect, weighted by N, in each study; one without an effect stands out."""
    inputs = [np.tile(x, 3) * np.array([1.0, 1.2, 0.9]) for x in ARMS]
    inputs[1][2] = np.nan
    (y, v), (plain, _) = (standardized_mean_difference(*inputs, variance=variance)
                          for variance in ("AV", "LS"))  # fmt: skip
    n1, n2 = inputs[2], inputs[5]
    mean = ((n1 + n2)[:2] * plain[:2]).sum() / (n1 + n2)[:2].sum()
    assert close(y, plain, EXACT)
    assert close(v[:2], (1 / n1 + 1 / n2 + mean**2 / (2 * (n1 + n2)))[:2], EXACT)
    assert np.isnan(v[2])


def test_variances_of_unequal_spreads_by_slopes():
    """The delta method, with n - 1 below the line for means too (Bonett 2008, 2009)."""
    variances = [19.0**2 / 57, 2 * 19.0**4 / 57, 21.0**2 / 59, 2 * 21.0**4 / 59]
    for function in (difference_by_average_sd, difference_by_control_sd_of_unequal):
        total = 0.0
        for place, own in zip((0, 1, 3, 4), variances, strict=True):
            squared = place in (1, 4)
            values = [x * x if i == place and squared else x for i, x in enumerate(ARMS)]
            step, sides = 1e-5 * values[place], []
            for sign in (1, -1):
                moved = list(ARMS)
                moved[place] = values[place] + sign * step
                moved[place] = np.sqrt(moved[place]) if squared else moved[place]
                sides.append(function(*moved, correction=None)[0])
            total = total + ((sides[0] - sides[1]) / (2 * step)) ** 2 * own
        assert close(function(*ARMS, correction=None)[1], total, SLOPES)


@pytest.mark.parametrize("correction", [None, *CORRECTIONS])
def test_one_spread_makes_all_alike(correction):
    """With equal SDs, and but for the correction, every standardizer gives the same effect."""
    mean1, _, n1, mean2, sd2, n2 = ARMS
    equal = (mean1, sd2, n1, mean2, sd2, n2)
    pooled, _ = standardized_mean_difference(*equal, correction=correction)
    average, _ = difference_by_average_sd(*equal, correction=correction)
    control, _ = difference_by_control_sd(mean1, n1, mean2, sd2, n2, correction=correction)
    unequal, _ = difference_by_control_sd_of_unequal(*equal, correction=correction)
    assert close(average, pooled, EXACT)
    assert close(control, unequal, EXACT)
    j = CORRECTIONS[correction or "none"]
    assert close(control / j(n2 - 1), pooled / j(n1 + n2 - 2), EXACT)


def samples():
    """Return the participants of two groups, and the study's inputs."""
    rng = np.random.default_rng(8)
    one, two = rng.normal(2.0, 3.0, 23), rng.normal(0.5, 3.0, 31)
    inputs = [each for group in (one, two)
              for each in (group.mean(), group.std(ddof=1), float(group.size))]  # fmt: skip
    return one, two, [np.array([value]) for value in inputs]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_routes_from_what_a_test_prints(sign):
    """t, d, the correlation and the signed p-value of raw data lead to the effect of the means."""
    one, two, inputs = samples()
    inputs[0], inputs[3] = sign * inputs[0], sign * inputs[3]
    found = stats.ttest_ind(sign * one, sign * two)
    member = np.repeat([1.0, 0.0], [one.size, two.size])
    printed_numbers = {
        "t": found.statistic,
        "d": standardized_mean_difference(*inputs, correction=None)[0][0],
        "r": np.corrcoef(member, sign * np.concatenate([one, two]))[0, 1],
        "p": np.copysign(found.pvalue, found.statistic),
    }
    expected = standardized_mean_difference(*inputs)
    assert {route.inputs[0] for route in ROUTES} == set(printed_numbers)
    for route in ROUTES:
        start = np.array([printed_numbers[route.inputs[0]]])
        ours = standardized_mean_difference(*route.convert(start, inputs[2], inputs[5]))
        assert close(ours, expected, TEST)


def by(start):
    """Return the converter of the route that begins with this column."""
    (route,) = (each for each in ROUTES if each.inputs[0] == start)
    return route.convert


def test_signed_p_of_the_documentation():
    """The page on escalc of metafor: p = -0.018 with 20 and 20 is a difference of -0.7664."""
    y, _ = standardized_mean_difference(*by("p")(*(np.array([x]) for x in (-0.018, 20.0, 20.0))))
    assert close(y, [-0.7664], printed("-0.7664"))


def test_routes_at_their_ends():
    """A p of 1 is no difference; 0, beyond 1 or missing is no p-value; r stays below 1."""
    size = np.full(6, 20.0)
    p = np.array([1.0, -1.0, 0.0, 1.5, np.nan, 1e-30])
    y, v = standardized_mean_difference(*by("p")(p, size, size))
    assert close(y[:5], [0.0, 0.0, np.nan, np.nan, np.nan], EXACT)
    assert np.array_equal(np.isnan(y), np.isnan(v))
    qt = 35.449980132797386  # R: qt(5e-31, 38, lower.tail = FALSE)
    assert close(by("p")(p, size, size)[0][5], qt * np.sqrt(0.1), EXACT)
    r = np.array([1.0, -1.0, 1.2, np.nan, 0.0, 0.5])
    y, _ = standardized_mean_difference(*by("r")(r, size, size))
    assert np.array_equal(np.isnan(y), [True, True, True, True, False, False])
    nobody = np.zeros(6)
    for start in ("t", "d", "r", "p"):
        y, v = standardized_mean_difference(*by(start)(np.full(6, 0.5), nobody, size))
        assert np.isnan([y, v]).all()


ONE_PER_ROW = [
    (standardized_mean_difference, (0, 1, 2, 3, 4, 5)),
    (difference_by_average_sd, (0, 1, 2, 3, 4, 5)),
    (difference_by_control_sd, (0, 2, 3, 4, 5)),
    (difference_by_control_sd_of_unequal, (0, 1, 2, 3, 4, 5)),
]


@pytest.mark.parametrize(("function", "places"), ONE_PER_ROW)
def test_missing_number(function, places):
    """A missing number leaves its own study without an effect, and no other."""
    for missing in range(len(places)):
        inputs = [np.tile(ARMS[place], 2) for place in places]
        inputs[missing][0] = np.nan
        assert np.array_equal(np.isnan(function(*inputs)), [[True, False], [True, False]])


@pytest.mark.parametrize("correction", [None, *CORRECTIONS])
@pytest.mark.parametrize(("function", "places"), ONE_PER_ROW)
def test_nothing_to_divide_by(function, places, correction):
    """An SD of 0 or a single participant in each group standardizes nothing."""
    for sd, n in ((0.0, 30.0), (2.0, 1.0), (2.0, 0.0)):
        arms = [np.array([x]) for x in (1.0, sd, n, 2.0, sd, n)]
        assert np.isnan(function(*(arms[i] for i in places), correction=correction)).all()


def test_too_few_participants():
    """Three have a d but no corrected one, as in R; the control's SD needs two, then three."""
    arms = [np.array([x]) for x in (1.0, 1.0, 1.0, 2.0, 1.0, 2.0)]
    control = (arms[0], *arms[2:])
    assert close(standardized_mean_difference(*arms, correction=None)[0], [-1.0], EXACT)
    assert close(difference_by_control_sd(*control, correction=None)[0], [-1.0], EXACT)
    for correction in ("exact", "approximate"):
        assert np.isnan(standardized_mean_difference(*arms, correction=correction)).all()
        assert np.isnan(difference_by_control_sd(*control, correction=correction)).all()


def test_unknown_choices():
    """Misspelled options are answered with the rows; RevMan has no formula for one group's SD."""
    with pytest.raises(ChoiceError, match='Did you mean "exact"'):
        standardized_mean_difference(*ARMS, correction="exat")
    with pytest.raises(ChoiceError, match="variance='LS3' is not a variance of the SMD"):
        standardized_mean_difference(*ARMS, variance="LS3")
    with pytest.raises(ChoiceError, match="is not a variance of Glass' delta"):
        difference_by_control_sd(*CONTROL_ARMS, variance="REVMAN")
    assert {*VARIANCES} - {*CONTROL_VARIANCES} == {"REVMAN"}


def exact_factor(m):
    """Return J² of a whole number m as a Decimal, by the recurrence of the gamma function."""
    pi = Decimal("3.14159265358979323846264338327950288419716939937510582")
    ratio = 1 / pi.sqrt()  # gamma(m / 2) / gamma((m - 1) / 2) at m = 2
    for k in range(2, m):
        ratio = Decimal(k - 1) / 2 / ratio
    return ratio**2 * 2 / m


def test_digits_of_the_correction_in_large_studies():
    """J to the last digit at every size, and the share of g² too, which nearly cancels."""
    sizes = [2, 3, 4, 7, 15, 29, 30, 31, 50, 99, 599, 600, 2000, 200_000]
    with localcontext() as context:
        context.prec = 50
        squares = [exact_factor(m) for m in sizes]
        factors = [float(square.sqrt()) for square in squares]
        shares = [
            float(1 - Decimal(m - 2) / (m * square))
            for m, square in zip(sizes, squares, strict=True)
        ]
    m = np.array(sizes, dtype=float)
    assert close(exact_correction(m), factors, Tolerance(relative=4e-16, reason="two roundings"))
    series = m >= LARGE
    tight = Tolerance(relative=1e-15, reason="a few roundings")
    assert close(unbiased_share(m)[series], np.array(shares)[series], tight)
    logs = Tolerance(relative=1e-13, reason="below 30 df, 1 less a quotient of gammas")
    assert close(unbiased_share(m), shares, logs)
    assert np.isnan(unbiased_share(np.array([1.0, 0.0, np.nan]))).all()
