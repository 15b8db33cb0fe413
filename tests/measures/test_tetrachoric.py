"""The tetrachoric correlation against the bivariate normal distribution itself, and R."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import multivariate_normal

from metaan.measures.row import EVENTS
from metaan.measures.tetrachoric import fisher_tetrachoric, tetrachoric_correlation
from metaan.numerics.bivariate import corner_probability
from tests.reference.escalc import SHARED
from tests.reference.pinned import columns, numbers, pins
from tests.tolerance import EXACT, Tolerance, close

CORNER = Tolerance(absolute=1e-12, reason="a root to the last digits of a probability that is")
OPTIMIZER = Tolerance(
    absolute=1e-4,
    relative=1e-4,
    reason="R's number is where its optimizer stopped; seen: 3e-5 in rho, 4e-5 of v",
)
DIFFERENCES = Tolerance(relative=1e-6, reason="central differences with steps of 1e-3 of a count")


def random_tables(size):
    """Return events1, n1, events2, n2 of tables without zeros, from even to very uneven."""
    rng = np.random.default_rng(8)
    a, b, c, d = np.ceil(10 ** rng.uniform(0, 4, size=(4, size)))
    return a, a + b, c, c + d


def test_corner_is_the_cell():
    """At rho, with the thresholds of the margins, each cell has its probability."""
    events1, n1, events2, n2 = random_tables(3000)
    rho, v = tetrachoric_correlation(events1, n1, events2, n2)
    n = n1 + n2
    h, k = ndtri(n1 / n), ndtri((events1 + events2) / n)
    assert np.all(np.abs(rho) < 1)
    assert np.all(v > 0)
    assert close(corner_probability(h, k, rho), events1 / n, CORNER)
    assert close(corner_probability(-h, -k, rho), (n2 - events2) / n, CORNER)


def test_rho_by_scipy():
    """Scipy's distribution function, which integrates in another way, gives the cell too."""
    events1, n1, events2, n2 = random_tables(20)
    rho, _ = tetrachoric_correlation(events1, n1, events2, n2)
    n = n1 + n2
    for i in range(20):
        at = [ndtri(n1[i] / n[i]), ndtri((events1[i] + events2[i]) / n[i])]
        corner = multivariate_normal([0, 0], [[1, rho[i]], [rho[i], 1]]).cdf(at)
        looser = Tolerance(absolute=1e-7, reason="scipy's integral stops near 1e-8")
        assert close(corner, events1[i] / n[i], looser)


def test_even_margins():
    """With margins of one half, rho is ``sin(2 pi (p - 1/4))`` (Sheppard)."""
    p = np.array([0.05, 0.1, 0.25, 0.3, 0.499])
    n = np.full(5, 1000.0)
    rho, _ = tetrachoric_correlation(2 * n * p, n, n - 2 * n * p, n)
    assert close(rho, np.sin(2 * np.pi * (p - 0.25)), EXACT)


def test_variance_is_the_delta_method():
    """Pearson's variance is that of a function of four multinomial counts."""
    cells = np.array([[12.0, 8.0, 5.0, 15.0], [3.0, 40.0, 9.0, 31.0], [200.0, 9.0, 17.0, 3.0]])
    slopes = []
    for i in range(4):
        step = np.zeros(4)
        step[i] = 1e-3
        ends = []
        for sign in (1, -1):
            a, b, c, d = (cells + sign * step).T
            ends.append(tetrachoric_correlation(a, a + b, c, c + d)[0])
        slopes.append((ends[0] - ends[1]) / 2e-3)
    slope = np.array(slopes).T
    expected = (cells * slope**2).sum(axis=1)
    expected -= (cells * slope).sum(axis=1) ** 2 / cells.sum(axis=1)
    a, b, c, d = cells.T
    assert close(tetrachoric_correlation(a, a + b, c, c + d)[1], expected, DIFFERENCES)


@pytest.mark.parametrize("dataset", ["escalc_all", "dat.bcg"])
def test_r_comes_near(dataset):
    """R's optimizer ends nearby; where it ends at -1 or 1, we say NaN, and Fisher's z does too."""
    inputs = SHARED[dataset, EVENTS](columns(dataset))
    found = pins("escalc")["datasets"][dataset]
    for pin, function in (("RTET", tetrachoric_correlation), ("ZTET", fisher_tetrachoric)):
        y, v = function(*inputs)
        r, r_v = numbers(found[pin]["yi"]), numbers(found[pin]["vi"])
        border = np.abs(r) == 1
        assert close(y, np.where(border, np.nan, r), OPTIMIZER)
        assert close(v, np.where(border, np.nan, r_v), OPTIMIZER)


def test_zero_cells():
    """A zero cell leaves no estimate, a margin of zero neither; with something added, there is."""
    events1, n1 = np.array([0.0, 9.0, 4.0, 0.0]), np.array([12.0, 9.0, 8.0, 10.0])
    events2, n2 = np.array([4.0, 3.0, 0.0, 0.0]), np.array([15.0, 7.0, 9.0, 9.0])
    for function in (tetrachoric_correlation, fisher_tetrachoric):
        assert np.isnan(function(events1, n1, events2, n2)).all()
        y, v = function(events1, n1, events2, n2, add=0.5)
        assert np.isfinite(y).all()
        assert np.all(v > 0)
        assert np.array_equal(np.sign(y[:3]), [-1, 1, 1])


def test_one_study_and_none():
    """NaN in, NaN out, for that study only; no studies give no effects."""
    table = [np.array([x, np.nan, x]) for x in (12.0, 20.0, 5.0, 20.0)]
    y, v = tetrachoric_correlation(*table)
    assert np.isnan([y[1], v[1]]).all()
    assert np.isfinite([y[0], v[2]]).all()
    y, v = tetrachoric_correlation(*([np.array([])] * 4))
    assert y.shape == v.shape == (0,)
