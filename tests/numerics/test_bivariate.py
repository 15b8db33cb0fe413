"""Corners of the bivariate normal distribution against integrals in longer floats."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import multivariate_normal

from metaan.numerics.bivariate import corner_probability, density
from tests.tolerance import EXACT, Tolerance, close

Long = np.longdouble
CORNER = Tolerance(
    absolute=4e-16,
    reason="T functions and normal probabilities of at most 1/2, a unit of the last place each; "
    "seen: 1.7e-16",
)
CORRELATIONS = (-0.9999, -0.97, -0.6, -0.1, 0.0, 1e-8, 0.3, 0.8, 0.95, 0.9999)
THRESHOLDS = (-6.0, -2.5, -0.7, -1e-9, 0.0, 0.2, 0.7, 1.9, 5.0)


def gauss_legendre(n):
    """Return nodes and weights on (-1, 1) to the digits of a long double."""
    x = np.polynomial.legendre.leggauss(n)[0].astype(Long)
    for _ in range(3):
        value, slope = legendre(n, x)
        x = x - value / slope
    _, slope = legendre(n, x)
    return x, 2 / ((1 - x * x) * slope**2)


def legendre(n, x):
    """Return the Legendre polynomial of degree n and its derivative."""
    before, value = np.ones_like(x), x.copy()
    for j in range(2, n + 1):
        before, value = value, ((2 * j - 1) * x * value - (j - 1) * before) / j
    return value, n * (x * value - before) / (x * x - 1)


NODES, WEIGHTS = gauss_legendre(40)


def plackett(h, k, rho):
    """Return the corner's probability by Plackett's integral over the angle, in long doubles.

    Panels halve toward the end, where the integrand bends if rho is near -1 or 1.
    """
    h, k, end = Long(h), Long(k), np.arcsin(Long(rho))
    edges = np.append(end * (1 - Long(2) ** -np.arange(0, 50, dtype=Long)), end)
    half = np.diff(edges)[:, None] / 2
    angle = edges[:-1, None] + half * (1 + NODES)
    square = h * h + k * k - 2 * h * k * np.sin(angle)
    inside = np.sum(half * WEIGHTS * np.exp(-square / (2 * np.cos(angle) ** 2)))
    return float(Long(ndtr(float(h))) * Long(ndtr(float(k))) + inside / (2 * np.arccos(Long(-1))))


@pytest.mark.parametrize("rho", CORRELATIONS)
def test_corner_is_the_integral(rho):
    """Any signs of the thresholds, zero and equal ones, any correlation."""
    h, k = np.meshgrid(THRESHOLDS, THRESHOLDS)
    expected = [[plackett(h[cell], k[cell], rho)] for cell in np.ndindex(h.shape)]
    assert close(corner_probability(h, k, rho).reshape(-1, 1), expected, CORNER)


def test_closed_forms():
    """Both thresholds 0, independence, perfect correlation, infinite thresholds."""
    rho = np.linspace(-1, 1, 41)
    assert close(corner_probability(0.0, 0.0, rho), 0.25 + np.arcsin(rho) / (2 * np.pi), CORNER)
    h, k = np.meshgrid(THRESHOLDS, THRESHOLDS)
    p, q = ndtr(h), ndtr(k)
    assert close(corner_probability(h, k, 0.0), p * q, CORNER)
    assert close(corner_probability(h, k, 1.0), np.minimum(p, q), CORNER)
    assert close(corner_probability(h, k, -1.0), np.maximum(p - ndtr(-k), 0.0), CORNER)
    assert close(corner_probability(np.inf, k, 0.4), q, CORNER)
    assert close(corner_probability(-np.inf, k, 0.4), 0 * q, CORNER)
    assert close(corner_probability(h, -np.inf, -0.4), 0 * q, CORNER)


def test_what_is_no_distribution():
    """A correlation outside -1 to 1, or NaN anywhere, is NaN."""
    nan = np.nan
    rows = [(0.1, 0.2, 1.5), (0.1, 0.2, -1.5), (nan, 0.0, 0.1), (0.0, nan, 0.1), (1.0, 1.0, nan),
            (-np.inf, 0.0, nan)]  # fmt: skip
    assert np.isnan([float(corner_probability(*row)) for row in rows]).all()


def test_density():
    """The density is scipy's, and the slope of the corner in the correlation (Plackett)."""
    for h, k, rho in [(0.3, -1.2, 0.5), (-2.0, -1.9, 0.97), (0.0, 0.0, 0.0), (1.0, 1.0, -0.8)]:
        shape = [[1.0, rho], [rho, 1.0]]
        ours = density(np.array(h), np.array(k), np.array(rho))
        assert close(ours, multivariate_normal([0.0, 0.0], shape).pdf([h, k]), EXACT)
        step = 1e-5
        rise = corner_probability(h, k, rho + step) - corner_probability(h, k, rho - step)
        assert close(
            rise / (2 * step), float(ours), Tolerance(relative=1e-5, reason="finite steps of 1e-5")
        )
