"""Cronbach's alpha by its exact distribution, genotypes by the delta method, and the edges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import polygamma

from metaan.measures.reliability import (
    ROWS,
    cube_root_alpha,
    excess_heterozygosity,
    log_alpha,
    raw_alpha,
)
from metaan.measures.row import RELIABILITY
from tests.laws.draws.reliability import draw_alpha
from tests.tolerance import EXACT, Tolerance, close, simulated

ALPHA, ITEMS, N = np.array([0.8, 0.3]), np.array([10.0, 4.0]), np.array([90.0, 33.0])
DELTA = Tolerance(relative=1e-7, reason="a central difference of step 1e-6")
OF_ALPHA = [row for row in ROWS if row.inputs == RELIABILITY]


def items_of(alpha, items, n, size, rng):
    """Return sample alphas of drawn normal items that share one true score, by its definition."""
    between = alpha / (items * (1 - alpha))  # Spearman and Brown, for an error variance of 1
    truth = rng.normal(0, np.sqrt(between), (size, n, 1))
    scores = truth + rng.normal(size=(size, n, items))
    of_items = scores.var(axis=1, ddof=1).sum(axis=1)
    of_sum = scores.sum(axis=2).var(axis=1, ddof=1)
    return items / (items - 1) * (1 - of_items / of_sum)


def test_draws_are_those_of_items():
    """The F distribution of the laws' draws is that of alphas computed from items."""
    size, rng = 20_000, np.random.default_rng(3)
    from_items = np.log(1 - items_of(0.7, 5, 30, size, rng))
    point = {"alpha": 0.7, "items": 5.0, "n": 30.0}
    from_f = np.log(1 - draw_alpha(point, rng, size)["alpha"])
    spread = from_f.std()
    assert close(from_items.mean(), from_f.mean(), simulated(spread * np.sqrt(2 / size)))
    assert close(from_items.std(), spread, simulated(spread / np.sqrt(size)))
    for share in (0.1, 0.9):
        cut = np.quantile(from_f, share)
        assert close(np.mean(from_items < cut), share, simulated(np.sqrt(0.18 / size)))


@pytest.mark.parametrize(("n", "items"), [(30.0, 5.0), (90.0, 10.0), (400.0, 2.0)])
def test_log_alpha_by_trigamma(n, items):
    """The exact variance of log F is two trigammas; Bonett's agrees but for 2 / n² of it."""
    exact = polygamma(1, (n - 1) / 2) + polygamma(1, (n - 1) * (items - 1) / 2)
    _, v = log_alpha(np.array([0.8]), np.array([items]), np.array([n]))
    assert abs(v[0] / exact - 1) < 1 / n


def test_transformations_by_the_delta_method():
    """The three variances are each other's by the slopes of the transformations."""
    step = 1e-6
    for function, of_n in (
        (cube_root_alpha, lambda n: 81 * (n - 1) * (n - 2) / (9 * n - 11) ** 2),
        (log_alpha, lambda n: np.ones_like(n)),
    ):
        near = [function(ALPHA + way * step, ITEMS, N)[0] for way in (1, -1)]
        slope = (near[0] - near[1]) / (2 * step)
        raw = raw_alpha(ALPHA, ITEMS, N)[1]
        assert close(function(ALPHA, ITEMS, N)[1], slope**2 * raw * of_n(N), DELTA)


def test_reading_gives_alpha_back():
    """Each transformed alpha is read as the alpha it came from, below 0 too."""
    alpha = np.array([0.8, 0.0, -0.4])
    for row in OF_ALPHA:
        y, _ = row.function(alpha, np.full(3, 6.0), np.full(3, 50.0))
        assert close(row.scale.inverse(y), alpha, EXACT)


def test_perfect_alpha():
    """Alpha of 1 has variance 0, and no logarithm."""
    one = (np.array([1.0]), np.array([6.0]), np.array([50.0]))
    for function in (raw_alpha, cube_root_alpha):
        assert [float(x[0]) for x in function(*one)] == [1.0, 0.0]
    assert np.isnan(log_alpha(*one)).all()


def test_few_participants():
    """Two people: n - 2 is 0, which only Hakstian and Whalen's variance does not divide by."""
    two = (np.array([0.8]), np.array([6.0]), np.array([2.0]))
    for function in (raw_alpha, log_alpha):
        assert np.isnan(function(*two)).all()
    assert np.isfinite(cube_root_alpha(*two)).all()


@pytest.mark.parametrize("row", OF_ALPHA, ids=[row.key for row in OF_ALPHA])
def test_missing_and_impossible(row):
    """NaN, alpha above 1, one item, one person: NaN for that study alone."""
    alpha = np.array([0.8, np.nan, 0.8, 0.8, 1.1, 0.8, 0.8])
    items = np.array([6.0, 6.0, np.nan, 6.0, 6.0, 1.0, 6.0])
    n = np.array([50.0, 50.0, 50.0, np.nan, 50.0, 50.0, 1.0])
    y, v = row.function(alpha, items, n)
    assert np.isfinite([y[0], v[0]]).all()
    assert np.isnan([y[1:], v[1:]]).all()


def test_excess_heterozygosity_by_the_delta_method():
    """The variance is the multinomial's, by the slopes in the three shares."""
    counts = np.array([34.0, 58.0, 28.0])
    total = counts.sum()
    shares = counts / total
    covariance = (np.diag(shares) - np.outer(shares, shares)) / total
    step, slopes = 1e-6, []
    for i in range(3):
        move = step * np.eye(3)[i]
        near = [excess_heterozygosity(*((shares + way * move)[:, None]))[0] for way in (1, -1)]
        slopes.append((near[0][0] - near[1][0]) / (2 * step))
    _, v = excess_heterozygosity(*counts[:, None])
    assert close(v[0], np.array(slopes) @ covariance @ np.array(slopes), DELTA)


@pytest.mark.parametrize("q", [0.1, 0.5, 0.8])
def test_hardy_weinberg_proportions(q):
    """In equilibrium the logarithm is 0; twice the heterozygotes add log 2."""
    p = 1 - q
    genotypes = np.array([[1e4 * p * p], [1e4 * 2 * p * q], [1e4 * q * q]])
    y, _ = excess_heterozygosity(*genotypes)
    assert close(y, [0.0], EXACT, typical=1.0)
    y, _ = excess_heterozygosity(genotypes[0], 2 * genotypes[1], genotypes[2])
    assert close(y, [np.log(2)], EXACT)


def test_missing_genotypes():
    """A genotype that nobody has, or that is not known: NaN."""
    for i in range(3):
        for bad in (0.0, np.nan, -1.0):
            counts = [np.array([20.0, bad if i == j else 20.0]) for j in range(3)]
            y, v = excess_heterozygosity(*counts)
            assert np.isfinite([y[0], v[0]]).all()
            assert np.isnan([y[1], v[1]]).all()
