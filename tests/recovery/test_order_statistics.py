"""Expected order statistics against closed values, adaptive quadrature and draws."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, special

from metaan.recovery.order_statistics import (
    approximate_moments,
    best_linear,
    expected_order_statistic,
)
from tests.tolerance import EXACT, Tolerance, close, printed, simulated

ADAPTIVE = Tolerance(relative=1e-11, absolute=1e-13, reason="adaptive quadrature of the range")
DAVID_JOHNSON = Tolerance(
    relative=0.03,
    absolute=0.002,
    reason="the series stops at 1 / (n + 2)²; worst for the variance of the extremes",
)

# Wan et al. (2014), BMC Med Res Methodol 14:135, table 1: xi(n) for n = 1 to 50. At n = 12 it
# prints 3.259; the range is 3.258455, and 3.258 in every table of d2.
MISPRINTED = 12
TABLE_1 = (
    "0 1.128 1.693 2.059 2.326 2.534 2.704 2.847 2.970 3.078",
    "3.173 3.259 3.336 3.407 3.472 3.532 3.588 3.640 3.689 3.735",
    "3.778 3.819 3.858 3.895 3.931 3.964 3.997 4.027 4.057 4.086",
    "4.113 4.139 4.165 4.189 4.213 4.236 4.259 4.280 4.301 4.322",
    "4.341 4.361 4.379 4.398 4.415 4.433 4.450 4.466 4.482 4.498",
)


def test_the_printed_table_of_ranges():
    """Every number of Wan's table 1 but a misprint is the expected range with three decimals."""
    texts = " ".join(TABLE_1).split()
    for n, text in enumerate(texts, start=1):
        range_ = 2 * expected_order_statistic(n, n)
        assert n == MISPRINTED or close(range_, float(text), printed(text))
    assert close(2 * expected_order_statistic(MISPRINTED, MISPRINTED), 3.258, printed("3.258"))


@pytest.mark.parametrize(("n", "expected"), [(1, 0.0), (2, 1.0), (3, 1.5)])
def test_closed_expectations(n, expected):
    """The largest of two is 1 / sqrt(pi), of three 1.5 / sqrt(pi)."""
    assert close(expected_order_statistic(n, n), expected / np.sqrt(np.pi), EXACT)


@pytest.mark.parametrize("n", [4, 25, 700, 100_000])
def test_the_range_by_another_integral(n):
    """``E = int 1 - Phi^n - (1 - Phi)^n``, piece by piece."""

    def upper(z):
        return -np.expm1(n * special.log_ndtr(z)) - special.ndtr(-z) ** n

    edges = [-10, -4, -2, 0, 2, 3, 4, 5, 10]
    pieces = [integrate.quad(upper, a, b)[0] for a, b in pairwise(edges)]
    assert close(2 * expected_order_statistic(n, n), sum(pieces), ADAPTIVE)


@pytest.mark.parametrize("n", [1e3, 1e5, 1e7])
def test_central_ranks_of_large_samples(n):
    """Far from the ends it is the quantile and a term of 1/n (David and Johnson)."""
    z, p, rank = special.ndtri(0.75), 0.75, 0.75 * (n + 1)
    second = z * 2 * np.pi * np.exp(z * z)
    expected = z + p * (1 - p) * second / (2 * (n + 2))
    assert close(expected_order_statistic(rank, n), expected, Tolerance(
        relative=1e-12 + 2 / n**2, reason="the next term, and rounding of n log p"))  # fmt: skip


def test_symmetry_broadcasting_and_gaps():
    """E(r) = -E(n + 1 - r); ranks between whole numbers lie between; NaN stays NaN."""
    n = np.array([[7.0], [8.0]])
    rank = np.array([1.0, 2.5, 4.0])
    below, above = expected_order_statistic(rank, n), expected_order_statistic(n + 1 - rank, n)
    assert close(below, -above, EXACT)
    assert np.all(np.diff(below, axis=-1) > 0)
    assert np.isnan(expected_order_statistic([1, np.nan], 5)).tolist() == [False, True]
    assert expected_order_statistic(np.zeros(0), np.zeros(0)).shape == (0,)


def test_moments_and_weights_against_draws():
    """Means and covariances of three order statistics of 25, and an unbiased mean and SD."""
    rng = np.random.default_rng(4)
    draws = np.sort(rng.normal(size=(100_000, 25)), axis=-1)[:, [0, 12, 18]]
    ranks, n = np.array([[1.0, 13.0, 19.0]]), np.array([25.0])
    mean, covariance = approximate_moments(ranks, n)
    assert close(mean[0], draws.mean(axis=0), DAVID_JOHNSON)
    assert close(covariance[0], np.cov(draws.T), DAVID_JOHNSON)
    x = 10 + 2 * draws
    center, sd = best_linear(x, np.tile(ranks, (len(x), 1)), np.full(len(x), 25.0))
    assert close(center.mean(), 10.0, simulated(center.std() / np.sqrt(len(x))))
    assert close(sd.mean(), 2.0, Tolerance(relative=0.005, reason="bias of the series, and draws"))
    assert center.std() < x[:, 1].std()  # better than the median alone
