"""Shares of variance explained: the likelihood with fixed predictors, R's numbers, the edges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gammaln, logsumexp
from scipy.stats import f as fisher

from metaan.core.errors import ChoiceError
from metaan.measures.correlation import correlation
from metaan.measures.explained import (
    FAR,
    ROWS,
    STEEP,
    _log_kummer_far,
    _log_kummer_near,
    explained_share,
    explained_share_fixed,
    fisher_z_of_root,
    fisher_z_of_root_fixed,
)
from metaan.measures.table import MEASURES
from tests.reference.pinned import columns, numbers, pins
from tests.tolerance import EXACT, Tolerance, close

R2, N, PREDICTORS = (np.array(x) for x in (
    [0.0, 0.02, 0.3, 0.55, 0.9], [60.0, 150.0, 40.0, 7.0, 25.0], [3.0, 1.0, 4.0, 3.0, 2.0]
))  # fmt: skip
QUADRATURE = Tolerance(
    relative=1e-9,
    reason="Gauss-Legendre with 64 nodes against adaptive quadrature, which was asked for 1e-12",
)
LEFT_OUT = Tolerance(
    relative=3e-7,
    reason="metafor integrates from 0.0001 on, and to some 1e-8 only: 1.8e-7 was the largest "
    "difference from that integral, where it leaves out the most",
)
TERMS = np.arange(3000)


def likelihood(u, r2, n, predictors):
    """Return the noncentral beta density of R², but for a factor without u, summed as it is."""
    half = n * u / (1 - u) / 2
    a, total = predictors / 2, (n - 1) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        powers = np.where(TERMS > 0, TERMS * np.log(half * r2), 0.0)
    coefficients = gammaln(total + TERMS) - gammaln(a + TERMS) - gammaln(TERMS + 1)
    return np.exp(logsumexp(powers + coefficients) - half - gammaln(total) + gammaln(a))


def spread(r2, n, predictors, low=0.0):
    """Return the variance of u under its likelihood from ``low`` to 1."""

    def integral(weight):
        def integrand(u):
            return weight(u) * likelihood(u, r2, n, predictors)

        return quad(integrand, low, 1 - 1e-12, epsabs=0, epsrel=1e-12, limit=400)[0]

    whole = integral(lambda _: 1.0)
    mean = integral(lambda u: u) / whole
    return integral(lambda u: (u - mean) ** 2) / whole


def pinned(key):
    """Return R's effects and variances."""
    entry = pins("escalc")["datasets"]["escalc_all"][key]
    return numbers(entry["yi"]), numbers(entry["vi"])


def inputs():
    """Return what R had."""
    table = columns("escalc_all")
    return [table[name] for name in ("r2i", "ni", "mi")]


def test_variance_with_fixed_predictors_is_that_of_the_likelihood():
    """Another density, another quadrature, the same variance."""
    y, v = explained_share_fixed(R2, N, PREDICTORS)
    expected = [spread(*case) for case in zip(R2, N, PREDICTORS, strict=True)]
    assert close(y, R2, EXACT)
    assert close(v, expected, QUADRATURE)


def test_many_predictors_and_the_smallest_study():
    """The likelihood of a share that many predictors inflate lies far below it."""
    r2, n, p = (
        np.array([0.1, 0.3, 0.3, 0.3]),
        np.array([1000.0, 300.0, 80.0, 3.0]),
        [60, 60, 40, 1],
    )
    _, v = explained_share_fixed(r2, n, np.array(p, dtype=float))
    assert close(v, [spread(*case) for case in zip(r2, n, p, strict=True)], QUADRATURE)


def test_predictors_that_are_no_whole_number():
    """The series ends for them too, between the variances of their neighbors."""
    r2, n, p = np.full(3, 0.3), np.full(3, 100.0), np.array([1.0, 1.001, 2.0])
    _, v = explained_share_fixed(r2, n, p)
    assert close(v[1], spread(r2[1], n[1], p[1]), QUADRATURE)
    assert min(v[0], v[2]) < v[1] < max(v[0], v[2])


def test_large_studies_with_fixed_predictors():
    """The variance goes to ``4 R² (1 - R²)² (1 - R² / 2) / n``, and many studies are like one."""
    r2, n, p = np.array([0.1, 0.5, 0.9]), np.full(3, 1e6), np.full(3, 5.0)
    limit = 4 * r2 * (1 - r2) ** 2 * (1 - r2 / 2) / n
    _, v = explained_share_fixed(r2, n, p)
    assert close(v, limit, Tolerance(relative=1e-4, reason="the next order is 1 / n"))
    many = np.random.default_rng(1).uniform(0.01, 0.99, 300)
    _, v = explained_share_fixed(many, np.array(30.0), np.array(2.0))
    alone = [explained_share_fixed(x[None], np.array([30.0]), np.array([2.0]))[1][0] for x in many]
    assert close(v, alone, EXACT)


def test_metafor_leaves_out_the_shares_near_0():
    """R's R2F is the same integral without its first ten-thousandth; ours has all of it."""
    y, v = explained_share_fixed(*inputs())
    expected_y, expected_v = pinned("R2F")
    assert close(y, expected_y, EXACT)
    cases = list(zip(*inputs(), strict=True))
    assert close(expected_v, [spread(*case, low=1e-4) for case in cases], LEFT_OUT)
    assert close(v, [spread(*case) for case in cases], QUADRATURE)
    short = 1 - expected_v / v
    assert np.all(short > 0)
    assert 5e-4 < short.max() < 6e-4


def test_metafor_takes_the_slope_of_another_transform():
    """R's ZR2F divides by the squared slope of atanh(R²); its effects are atanh(R)."""
    r2, n, predictors = inputs()
    y, v = fisher_z_of_root_fixed(r2, n, predictors)
    expected_y, expected_v = pinned("ZR2F")
    assert close(y, expected_y, EXACT)
    assert close(expected_v, pinned("R2F")[1] / (1 - r2**2) ** 2, EXACT)
    step = 1e-6
    slope = (np.arctanh(np.sqrt(r2 + step)) - np.arctanh(np.sqrt(r2 - step))) / (2 * step)
    _, raw = explained_share_fixed(r2, n, predictors)
    assert close(v, slope**2 * raw, Tolerance(relative=1e-8, reason="a central difference"))
    assert close(v / expected_v, (1 + r2) ** 2 / (4 * r2), Tolerance(relative=6e-4, reason="R2F"))


def test_effects_with_fixed_predictors_vary_as_stated():
    """Drawn with fixed predictors at the design point, both scales have a ratio of 1.03."""
    rng = np.random.default_rng(8)
    point = MEASURES["R2F"].design_point
    share, n, predictors = point["r2"], point["n"], point["predictors"]
    explained = rng.noncentral_chisquare(predictors, n * share / (1 - share), 20_000)
    r2 = explained / (explained + rng.chisquare(n - predictors - 1, 20_000))
    measured = Tolerance(relative=0.03, reason="20,000 draws: a standard error of 1%")
    for function in (explained_share_fixed, fisher_z_of_root_fixed):
        y, v = function(r2, np.array(n), np.array(predictors))
        assert close(np.var(y) / np.mean(v), 1.026, measured)
    metafor = np.mean(v * 4 * r2 / (1 + r2) ** 2)
    assert close(np.var(y) / metafor, 1.40, measured)


def test_one_predictor_is_a_squared_correlation():
    """LS and the z of its root follow from the correlation by the delta method, n for n - 1."""
    r, n, one = np.array([0.3, 0.7]), np.array([50.0, 20.0]), np.ones(2)
    _, v = correlation(r, n)
    assert close(explained_share(r * r, n, one)[1], (2 * r) ** 2 * v * (n - 1) / n, EXACT)
    z, v_z = fisher_z_of_root(r * r, n, one)
    assert close(z, np.arctanh(r), EXACT)
    assert close(v_z, v * (n - 1) / n / (1 - r * r) ** 2, EXACT)


def test_average_share_skips_what_is_missing():
    """A study without a number changes nothing for the others, and has none itself."""
    r2, n, p = (np.append(a, b) for a, b in (
        (R2, [np.nan, 0.5, 1.2]), (N, [30.0, np.nan, 30.0]), (PREDICTORS, [2.0, 2.0, 2.0])
    ))  # fmt: skip
    for variance in ("AV", "AV2"):
        y, v = explained_share(r2, n, p, variance=variance)
        assert close(v[:5], explained_share(R2, N, PREDICTORS, variance=variance)[1], EXACT)
        assert np.isnan([y[5:], v[5:]]).all()
    mean = sum(a * b for a, b in zip(R2, N, strict=True)) / sum(N)
    _, v = explained_share(R2, N, PREDICTORS, variance="AV")
    assert close(v, 4 * mean * (1 - mean) ** 2 / N, EXACT)


def test_routes_from_the_f_test():
    """F and its p-value lead back to R², p-values far below the rounding of 1 too."""
    r2, n, p = R2[1:], N[1:], PREDICTORS[1:]
    df = n - p - 1
    f = r2 / p / ((1 - r2) / df)
    routes = {route.inputs[0]: route.convert for route in ROWS[0].routes}
    assert close(routes["f"](f, n, p)[0], r2, EXACT)
    near = Tolerance(relative=1e-10, reason="quantile of a beta distribution")
    assert close(routes["p"](fisher.sf(f, p, df), n, p)[0], r2, near)
    tiny = routes["p"](np.array([1e-30]), np.array([100.0]), np.array([4.0]))[0]
    again = fisher.sf(tiny / 4 / ((1 - tiny) / 95), 4, 95)
    assert close(again, 1e-30, Tolerance(relative=1e-8, reason="a quantile and back"))
    assert np.isnan(routes["f"](-f, n, p)[0]).all()
    assert np.isnan(routes["p"](np.array([0.0, 1.5]), n[:2], p[:2])[0]).all()


def test_edges():
    """R² of 0 and 1 have no variance in LS; z of 1 and the fixed z of 0 do not exist."""
    r2 = np.array([0.0, 1.0, 0.3, 0.3, -0.1, 1.1, np.nan, 0.3])
    n = np.array([20.0, 20.0, 5.0, 20.0, 20.0, 20.0, 20.0, np.nan])
    p = np.array([3.0, 3.0, 4.0, 0.0, 3.0, 3.0, 3.0, 3.0])
    y, v = explained_share(r2, n, p)
    assert np.array_equal(v[:2], [0.0, 0.0])
    assert np.isnan([y[2:], v[2:]]).all()
    for function, known in (
        (fisher_z_of_root, [True, False]),
        (explained_share_fixed, [True, False]),
        (fisher_z_of_root_fixed, [False, False]),
    ):
        y, v = function(r2, n, p)
        assert np.array_equal(np.isfinite(v[:2]), known)
        assert np.array_equal(np.isfinite(y[:2]), known)
        assert np.isnan([y[2:], v[2:]]).all()
    assert explained_share_fixed(*np.empty((3, 0)))[1].shape == (0,)


def test_unknown_variance():
    """A name that is not in the table is refused."""
    with pytest.raises(ChoiceError, match="variance='UB'"):
        explained_share(R2, N, PREDICTORS, variance="UB")


def test_a_study_with_fixed_predictors_is_the_same_in_company():
    """What one study needs (n = 3, R² at an end) changes no other."""
    rng = np.random.default_rng(5)
    n = rng.choice([3.0, 4.0, 8.0, 30.0, 3000.0], 60)
    p = np.minimum(rng.integers(1, 4, 60), n - 2)
    r2 = rng.choice([0.0, 1e-12, 0.01, 0.3, 0.99, 1 - 1e-9], 60)
    _, v = explained_share_fixed(r2, n, p)
    alone = [explained_share_fixed(*(x[i : i + 1] for x in (r2, n, p)))[1][0] for i in range(60)]
    assert close(v, alone, Tolerance(relative=1e-13, reason="the series stop a term later"))


def test_nearly_all_explained_takes_no_longer():
    """The variance goes with (1 - R²)² there, and the work stays bounded (it was minutes)."""
    rest = np.array([1e-6, 1e-9, 1e-12, 2.0**-52])
    _, v = explained_share_fixed(1 - rest, np.array(50.0), np.array(1.0))
    rest = 1 - (1 - rest)
    assert close(v / rest**2, np.full(4, v[0] / rest[0] ** 2),
                 Tolerance(relative=1e-5, reason="the next order is 1 - R²"))  # fmt: skip
    _, v = explained_share_fixed(np.array([0.97]), np.array([9.0]), np.array([2.0]))
    assert close(v, [spread(0.97, 9.0, 2.0)], QUADRATURE)


def test_both_series_of_kummers_function_meet():
    """Where the asymptotic series begins it is the sum that it replaces."""
    a, b = np.array([1.0, 1.5, 7.0, 49.5, 40.0, 200.0]), np.array([0.5, 1.0, 2.0, 2.5, 30.0, 1.5])
    x = np.maximum(FAR, (a / STEEP) ** 2)
    near = Tolerance(relative=0, absolute=2e-11, reason="logarithms of the size of x log(x)")
    assert close(_log_kummer_far(a, b, x), _log_kummer_near(a, b, x), near)
