"""Correlations: unbiasedness by the exact distribution of r, routes, and the edges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gammaln, hyp2f1
from scipy.stats import t as student

from metaan.core.errors import ChoiceError
from metaan.measures.correlation import (
    ROWS,
    correlation,
    fisher_z,
    fisher_z_of_partial,
    fisher_z_of_semi_partial,
    partial_correlation,
    semi_partial_correlation,
    unbiased,
    unbiased_correlation,
)
from tests.tolerance import EXACT, Tolerance, close

INTEGRAL = Tolerance(relative=1e-9, reason="adaptive quadrature, asked for 1e-10")
R, N = (np.array(x) for x in ([0.35, -0.62, 0.9, 0.0], [80.0, 12.0, 25.0, 40.0]))
T, PREDICTORS = np.array([2.9, -1.3, 6.0, 0.0]), np.array([4.0, 2.0, 1.0, 3.0])


def density(r, rho, n):
    """Return the density of r of n normal pairs (Hotelling 1953)."""
    constant = np.log(n - 2) + gammaln(n - 1) - gammaln(n - 0.5) - np.log(2 * np.pi) / 2
    powers = (
        (n - 1) / 2 * np.log1p(-rho * rho)
        + (n - 4) / 2 * np.log1p(-r * r)
        - (n - 1.5) * np.log1p(-rho * r)
    )
    return np.exp(constant + powers) * hyp2f1(0.5, 0.5, n - 0.5, (1 + rho * r) / 2)


def expected(function, rho, n):
    """Return the mean of a function of r."""
    return quad(
        lambda r: function(np.array([r]), np.array([n]))[0] * density(r, rho, n),
        -1, 1, epsabs=1e-13, epsrel=1e-10, limit=200,
    )[0]  # fmt: skip


@pytest.mark.parametrize(("rho", "n"), [(0.0, 6.0), (0.35, 9.0), (-0.8, 7.0), (0.6, 30.0)])
def test_unbiased_correlation_and_variance(rho, n):
    """The mean of the unbiased r is rho, and that of UB the variance of the unbiased r."""
    assert close(expected(unbiased, rho, n), rho, INTEGRAL, typical=1e-3)
    variance = expected(lambda r, n: unbiased(r, n) ** 2, rho, n) - rho**2
    stated = expected(lambda r, n: unbiased_correlation(r, n, variance="UB")[1], rho, n)
    assert close(stated, variance, INTEGRAL)


@pytest.mark.parametrize("n", [5.0, 10.0, 50.0])
def test_variance_without_a_correlation(n):
    """Without a correlation r varies by 1 / (n - 1), and H0 says so on average."""
    assert close(expected(lambda r, _: r**2, 0.0, n), 1 / (n - 1), INTEGRAL)
    stated = expected(lambda r, n: correlation(r, n, variance="H0")[1], 0.0, n)
    assert close(stated, 1 / (n - 1), INTEGRAL)


def test_fisher_z_is_the_delta_method_but_for_two_participants():
    """LS over the squared slope of atanh is 1 / (n - 1); Fisher's 1 / (n - 3) is larger."""
    _, v = correlation(R, N)
    slope = 1 / (1 - R**2)
    z, stated = fisher_z(R, N)
    assert close(z, np.log((1 + R) / (1 - R)) / 2, EXACT)
    assert close(v * slope**2 * (N - 1) / (N - 3), stated, EXACT)


def test_average_correlation_skips_what_is_missing():
    """A study without a number changes nothing for the others, and has none itself."""
    r, n = np.append(R, [np.nan, 0.5, 1.2]), np.append(N, [30.0, np.nan, 30.0])
    for function in (correlation, unbiased_correlation):
        y, v = function(r, n, variance="AV")
        alone_y, alone_v = function(R, N, variance="AV")
        assert close(y[:4], alone_y, EXACT)
        assert close(v[:4], alone_v, EXACT)
        assert np.isnan([y[4:], v[4:]]).all()
    mean = sum(a * b for a, b in zip(R, N, strict=True)) / sum(N)
    assert close(correlation(R, N, variance="AV")[1], (1 - mean**2) ** 2 / (N - 1), EXACT)


def test_partial_correlation_is_one_of_fewer_participants():
    """Held predictors cost a participant each, on both scales; alone it is the correlation."""
    r, v = partial_correlation(T, N, PREDICTORS)
    as_simple, v_simple = correlation(r, N - PREDICTORS + 1)
    assert close(v, v_simple, EXACT)
    z, v_z = fisher_z_of_partial(T, N, PREDICTORS)
    simple_z, v_simple_z = fisher_z(as_simple, N - PREDICTORS + 1)
    assert close(z, simple_z, EXACT)
    assert close(v_z, v_simple_z, EXACT)


def test_partial_and_semi_partial_of_a_regression():
    """Computed from raw data, t and R² give the correlations of the residuals."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(60, 3)) @ rng.normal(size=(3, 3))
    outcome = x @ [0.5, -0.3, 0.2] + rng.normal(size=60)
    design = np.column_stack([np.ones(60), x])
    beta, rest, *_ = np.linalg.lstsq(design, outcome, rcond=None)
    se = np.sqrt(rest[0] / 56 * np.linalg.inv(design.T @ design)[1, 1])
    total = np.sum((outcome - outcome.mean()) ** 2)
    inputs = [np.array([value]) for value in (beta[1] / se, 60.0, 3.0, 1 - rest[0] / total)]
    others = np.column_stack([np.ones(60), x[:, 1:]])

    def residual(values):
        return values - others @ np.linalg.lstsq(others, values, rcond=None)[0]

    near = Tolerance(relative=1e-10, reason="least squares on both sides")
    partial = np.corrcoef(residual(outcome), residual(x[:, 0]))[0, 1]
    assert close(partial_correlation(*inputs[:3])[0], [partial], near)
    semi = np.corrcoef(outcome, residual(x[:, 0]))[0, 1]
    assert close(semi_partial_correlation(*inputs)[0], [semi], near)
    assert close(fisher_z_of_semi_partial(*inputs)[0], [np.arctanh(semi)], near)


def test_semi_partial_correlation_of_the_only_predictor():
    """It is the correlation itself, and the variance ``(1 - r²)² / n``."""
    t, n, one = np.array([2.0, -3.5]), np.array([30.0, 50.0]), np.ones(2)
    r = t / np.sqrt(t * t + n - 2)
    s, v = semi_partial_correlation(t, n, one, r * r)
    assert close(s, r, EXACT)
    assert close(v, (1 - r * r) ** 2 / n, EXACT)


@pytest.mark.parametrize("key", ["COR", "UCOR", "ZCOR"])
def test_routes_from_t_and_p(key):
    """Both t and the signed p of a correlation lead back to it."""
    routes = next(row for row in ROWS if row.key == key).routes
    t = R * np.sqrt((N - 2) / (1 - R**2))
    p = np.copysign(2 * student.sf(np.abs(t), N - 2), t)
    by_inputs = {route.inputs: route.convert for route in routes}
    for given, found in ((t, ("t", "n")), (p, ("p", "n"))):
        r, n = by_inputs[found](given, N)
        assert close(r, R, Tolerance(relative=1e-11, absolute=1e-15, reason="quantile of t"))
        assert close(n, N, EXACT)


def test_routes_of_the_partial_correlation():
    """Both p and the partial correlation lead back to t."""
    routes = {route.inputs[0]: route.convert for row in ROWS for route in row.routes
              if row.key == "PCOR"}  # fmt: skip
    p = np.copysign(2 * student.sf(np.abs(T), N - PREDICTORS - 1), T)
    near = Tolerance(relative=1e-11, absolute=1e-15, reason="quantile of t")
    assert close(routes["p"](p, N, PREDICTORS)[0], T, near)
    r, _ = partial_correlation(T, N, PREDICTORS)
    assert close(routes["r"](r, N, PREDICTORS)[0], T, EXACT)
    assert np.isnan(routes["p"](np.array([0.0, 1.5]), N[:2], PREDICTORS[:2])[0]).all()


def test_edges_of_correlations():
    """At 1 the variance is 0 and z infinite: NaN; beyond 1, or with too few, nothing is known."""
    r = np.array([1.0, -1.0, 1.001, 0.5, 0.5, 0.5, np.nan, 0.5])
    n = np.array([20.0, 20.0, 20.0, 1.0, 2.0, 3.0, 20.0, np.nan])
    y, v = correlation(r, n)
    assert np.array_equal(np.isnan(v), [0, 0, 1, 1, 0, 0, 1, 1])
    assert np.array_equal(np.isnan(y), np.isnan(v))
    assert np.array_equal(v[:2], [0.0, 0.0])
    y, v = unbiased_correlation(r, n)
    assert np.array_equal(np.isnan(v), [0, 0, 1, 1, 1, 1, 1, 1])
    assert np.array_equal(y[:2], [1.0, -1.0])
    for function in (fisher_z, lambda r, n: correlation(r[3:5], n[3:5], variance="H0")):
        assert np.isnan(function(r, n)).all()


def test_edges_of_partial_correlations():
    """No residual df, no predictor, an impossible R², or t too large for it: NaN."""
    n = np.array([20.0, 5.0, 6.0, 20.0, 20.0, 20.0, 20.0])
    predictors = np.array([3.0, 4.0, 4.0, 0.0, 3.0, 3.0, 3.0])
    t, r2 = np.full(7, 2.0), np.array([0.3, 0.3, 0.3, 0.3, 1.0, -0.1, 0.3])
    t[6] = 30.0
    _, v = partial_correlation(t, n, predictors)
    assert np.array_equal(np.isnan(v), [0, 1, 0, 1, 0, 0, 0])
    _, v = fisher_z_of_partial(t, n, predictors)
    assert np.array_equal(np.isnan(v), [0, 1, 1, 1, 0, 0, 0])
    for function in (semi_partial_correlation, fisher_z_of_semi_partial):
        y, v = function(t, n, predictors, r2)
        assert np.isnan(v[[1, 3, 4, 5, 6]]).all()
        assert np.isnan(y[[1, 3, 4, 5, 6]]).all()
        assert v[0] > 0
    slightly = semi_partial_correlation(*(np.array([x]) for x in (3.3, 12.0, 4.0, 0.6)))
    assert slightly[0][0] ** 2 > 0.6
    assert slightly[1][0] > 0


@pytest.mark.parametrize("function", [correlation, unbiased_correlation])
def test_unknown_variance(function):
    """A name that is not in the table is refused."""
    with pytest.raises(ChoiceError, match="variance='LS2'"):
        function(R, N, variance="LS2")


@pytest.mark.parametrize("variance", ["LS", "UB"])
def test_three_participants_have_no_unbiased_correlation(variance):
    """F(1/2, 1/2; 1/2; 1 - r²) = 1 / |r|: y would be 1 or -1 whatever r is, v rounding noise."""
    r, n = np.array([0.3, -0.8, 0.99, 0.3]), np.array([3.0, 3.0, 3.0, 4.0])
    y, v = unbiased_correlation(r, n, variance=variance)
    assert np.isnan([y[:3], v[:3]]).all()
    assert np.isfinite([y[3], v[3]]).all()


def test_variance_of_a_correlation_next_to_1():
    """1 - r² keeps the digits that r has: 1 - r is exact there."""
    r = 1 - np.array([2.0**-40, 2.0**-50])
    rest = np.array([2.0**-40, 2.0**-50]) * (2 - np.array([2.0**-40, 2.0**-50]))
    _, v = correlation(r, np.array(11.0))
    tight = Tolerance(relative=4e-16, reason="a few roundings")
    assert close(v, rest**2 / 10, tight)
    assert close(correlation(-r, np.array(11.0))[1], v, EXACT)
