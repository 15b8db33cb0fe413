"""Likelihoods of one study: against scipy's distributions, fractions and differences."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from math import comb, log

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import xlogy
from scipy.stats import nchypergeom_fisher, poisson

from metaan.twobytwo.glmm_kernels import Binomial, Hypergeometric, Poisson
from tests.tolerance import Tolerance, close

LOGS = Tolerance(
    relative=1e-11,
    absolute=1e-11,
    reason="logarithms of factorials are good to 1e-16 of their own size, 1e5 here",
)
SLOPE = Tolerance(
    relative=1e-6,
    absolute=1e-6,
    reason="central differences of a step of 1e-5 lose half the digits",
)
RATIONAL = Tolerance(
    relative=1e-13, absolute=1e-13, reason="exact fractions on one side, logarithms on the other"
)
FROM_TOP = Tolerance(
    relative=1e-9, absolute=1e-9, reason="the predictor's own rounding, times 1e8 events"
)
ETAS = np.array([-40.0, -5.0, -0.7, 0.0, 0.3, 2.0, 8.0, 35.0])
TABLES = ((0, 5, 2, 7), (5, 5, 2, 7), (3, 123, 11, 139), (62, 13598, 248, 12867), (40, 60, 55, 60))


def look(kernel, etas):
    """Return value and derivatives of the first study's first predictor at some predictors."""
    found = kernel.slopes(np.asarray(etas, float)[None, :, None], np.array([0]))
    return (part[0, :, 0] for part in found)


def hypergeometric(a, n1, c, n2):
    """Return the kernel of one table."""
    return Hypergeometric(np.array([[a, c]], float), np.array([[n1, n2]], float))


def differences(kernel, etas):
    """Return numerical first and second derivatives."""
    h = 1e-5
    up, down = (list(look(kernel, etas + side * h)) for side in (1, -1))
    return (up[0] - down[0]) / (2 * h), (up[1] - down[1]) / (2 * h)


@pytest.mark.parametrize(("x", "n"), [(0, 4), (4, 4), (3, 17), (310, 90_000)])
def test_binomial(x, n):
    """Exact binomial coefficients, and derivatives by differences."""
    kernel = Binomial(x=np.array([[float(x)]]), n=np.array([[float(n)]]))
    etas = ETAS[1:-1]
    value, first, second = look(kernel, etas)
    # not scipy.stats.binom, which is off by 1e-10 for the largest of these
    assert close(value, log(comb(n, x)) + x * etas - n * np.logaddexp(0, etas), LOGS)
    assert close(first, differences(kernel, etas)[0], SLOPE, typical=n)
    assert close(second, differences(kernel, etas)[1], SLOPE, typical=n)
    alone = kernel.saturated()
    best = log(comb(n, x)) + xlogy(x, x / n) + xlogy(n - x, 1 - x / n)
    assert close(alone.l, [[best]], LOGS, typical=log(comb(n, x)))
    assert close(alone.information, [[x * (n - x) / n]], RATIONAL)


@pytest.mark.parametrize(("x", "t"), [(0, 12.5), (9, 413.0), (2000, 1.0)])
def test_poisson(x, t):
    """Logs of scipy's probabilities, and derivatives."""
    kernel = Poisson(x=np.array([[float(x)]]), t=np.array([[t]]))
    etas = ETAS[1:-1]
    value, first, second = look(kernel, etas)
    assert close(value, poisson.logpmf(x, t * np.exp(etas)), LOGS)
    assert close(first, differences(kernel, etas)[0], SLOPE, typical=t)
    assert close(second, differences(kernel, etas)[1], SLOPE, typical=t)
    assert close(kernel.saturated().l, [[poisson.logpmf(x, x)]], LOGS)


@pytest.mark.parametrize("table", TABLES)
def test_noncentral_hypergeometric(table):
    """The definition in exact fractions, for odds ratios that are ratios of whole numbers."""
    a, n1, c, n2 = table
    kernel, s = hypergeometric(*table), a + c
    for psi in (Fraction(1), Fraction(1, 3), Fraction(17, 2), Fraction(1, 10**6), Fraction(10**9)):
        terms = {
            j: comb(n1, j) * comb(n2, s - j) * psi ** (j - a)
            for j in range(max(0, s - n2), min(s, n1) + 1)
        }
        total = sum(terms.values())
        mean = sum(j * term for j, term in terms.items()) / total
        variance = sum((j - mean) ** 2 * term for j, term in terms.items()) / total
        value, first, second = look(kernel, [log(psi)])
        share = terms[a] / total
        expected = log(share.numerator) - log(share.denominator)
        assert close(value, [expected], RATIONAL)
        assert close(first, [float(a - mean)], RATIONAL, typical=s)
        assert close(second, [-float(variance)], RATIONAL, typical=s)


def test_noncentral_hypergeometric_of_scipy():
    """The same as scipy's distribution where that one works."""
    value, _, _ = look(hypergeometric(4, 123, 11, 139), ETAS[1:-1])
    law = nchypergeom_fisher(123 + 139, 123, 15, np.exp(ETAS[1:-1]))
    scipys = Tolerance(relative=1e-9, reason="scipy's code is asked for 1e-10 or so")
    assert close(value, law.logpmf(4), scipys)


def test_huge_tables_stay_finite():
    """A hundred thousand events, log odds ratios from -300 to 300."""
    kernel = hypergeometric(60_000, 200_000, 50_000, 250_000)
    value, first, second = look(kernel, np.linspace(-300, 300, 41))
    assert np.isfinite(value).all()
    assert (np.diff(first) <= 1e-6).all()
    assert (second <= 0).all()
    near = np.log(60_000 * 200_000 / (50_000 * 140_000))
    value, first, second = look(kernel, [near])
    normal = 1 / (1 / 60_000 + 1 / 50_000 + 1 / 140_000 + 1 / 200_000)
    large = Tolerance(relative=1e-3, reason="the normal approximation of large tables")
    assert close(-second, [normal], large)
    assert abs(first[0]) < 1


def test_conditional_estimates():
    """The root of a - E by scipy's search on scipy's distribution; ends are infinite."""
    tables = np.array(TABLES, float)
    alone = Hypergeometric(tables[:, [0, 2]], tables[:, [1, 3]]).saturated()
    assert alone.eta[0, 0] == -np.inf
    assert alone.eta[1, 0] == np.inf
    assert close(alone.information[:2], np.zeros((2, 1)), RATIONAL)
    assert close(alone.l[:2], np.zeros((2, 1)), RATIONAL)
    a, n1, c, n2 = TABLES[2]
    eta = brentq(
        lambda e: nchypergeom_fisher(n1 + n2, n1, a + c, np.exp(e)).mean() - a, -9, 9, xtol=1e-12
    )
    law = nchypergeom_fisher(n1 + n2, n1, a + c, np.exp(eta))
    scipys = Tolerance(relative=1e-7, reason="scipy's mean and variance are sums to about 1e-9")
    assert close(alone.eta[2, 0], eta, scipys)
    assert close(alone.information[2, 0], law.var(), scipys)


def test_windows_do_not_depend_on_neighbors():
    """A small study beside a huge one, at very different log odds ratios, as if alone."""
    tables = np.array([(0, 6, 3, 8), (900, 5000, 1100, 4000), (7, 7, 1, 900)], float)
    kernel = Hypergeometric(tables[:, [0, 2]], tables[:, [1, 3]])
    eta = np.array([[-30.0, 0.0, 4.0], [-2.0, 0.0, 2.0], [-1.0, 6.0, 60.0]])[..., None]
    together = kernel.slopes(eta, np.arange(3))
    for i, (a, n1, c, n2) in enumerate(tables):
        alone = hypergeometric(a, n1, c, n2).slopes(eta[i : i + 1], np.array([0]))
        for ours, own in zip(together, alone, strict=True):
            assert close(ours[i], own[0], RATIONAL)


@pytest.mark.parametrize("rates", [False, True])
@pytest.mark.parametrize(("x", "n"), [(362871819, 547941780), (17, 470055137), (5, 5), (0, 10**8)])
def test_differences_of_millions(x, n, rates):
    """How far below another predictor's the likelihood is, against 50 digits: no rounding."""
    counts = np.array([[float(x)]]), np.array([[float(n)]])
    kernel = Poisson(x=counts[0], t=counts[1]) if rates else Binomial(x=counts[0], n=counts[1])
    top = log(max(x, 0.5) / (n if rates else n - x + 0.5))
    etas = [top, top - 600.0, top - 3.0, top - 1e-5, top + 1e-5, top + 1e-3, top + 2.0]
    value = next(iter(look(kernel, etas)))
    with localcontext() as context:
        context.prec = 50

        def digits(eta):
            eta = Decimal(eta)
            return x * eta - (n * eta.exp() if rates else n * (1 + eta.exp()).ln())

        expected = [float(digits(eta) - digits(top)) for eta in etas]
    assert close(value - value[0], expected, FROM_TOP)


def test_a_table_with_one_choice_at_its_end():
    """A mean of exactly 0 among the few that there could be: no infinity less infinity."""
    table = Hypergeometric(np.array([[0.0, 4.0], [2.0, 0.0]]), np.array([[1.0, 4.0], [2.0, 1.0]]))
    for eta in (-800.0, -40.0, 0.0, 40.0, 800.0):
        found = table.slopes(np.full((2, 1, 1), eta), np.arange(2)).l[:, 0, 0]
        assert np.isfinite(found).all()
        # none or one of the treatment's one: C(1, 0) C(4, 4) : C(1, 1) C(4, 3)
        assert close(found[0], -np.logaddexp(0.0, np.log(4.0) + eta), RATIONAL)
