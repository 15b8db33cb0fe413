"""Gauss's function against its integral, where scipy's overflows and where it does not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gammaln

from metaan.numerics.hypergeometric import LARGE, gauss
from tests.tolerance import Tolerance, close

QUADRATURE = Tolerance(relative=1e-9, reason="adaptive quadrature of Euler's integral")


def integral(a, b, c, x):
    """Return Euler's integral, which holds for c > b > 0, with t = s² to tame its end."""
    log_norm = gammaln(c) - gammaln(b) - gammaln(c - b)
    tail = np.exp(log_norm)

    def density(s):
        return 2 * tail * s ** (2 * b - 1) * (1 - s * s) ** (c - b - 1) * (1 - x * s * s) ** -a

    value, _ = quad(density, 0, 1, limit=400, epsabs=0)
    return value


@pytest.mark.parametrize("x", [0.0, 0.3, 0.9, 0.99, 1.0])
@pytest.mark.parametrize("c", [1.6, 4.0, 49.0, LARGE, 51.0, 124.0, 700.0])
@pytest.mark.parametrize("a", [0.5, 1.0])
def test_against_the_integral(a, c, x):
    """On both sides of the change from one way to the other."""
    if x == 1.0 and c <= 2 * a:
        assert c < LARGE
        return
    assert close(gauss(a, a, np.array([c]), np.array([x]))[0], integral(a, a, c, x), QUADRATURE)


def test_large_studies_have_a_value():
    """Where scipy gives NaN or infinity."""
    c, x = np.meshgrid(np.linspace(100, 5000, 50), 1 - np.linspace(0, 0.4, 20) ** 2)
    for a in (0.5, 1.0):
        value = gauss(a, a, c, x)
        assert np.all((value >= 1) & (value < 1.02))
