"""The normal density and quantile against scipy's."""

from __future__ import annotations

import numpy as np
from scipy import stats

from metaan.numerics.normal import normal_density, quantile_of_parts
from tests.tolerance import EXACT, close


def test_density():
    """The density, far into the tails; 0 at infinity, NaN where there is no number."""
    z = np.array([[-30.0, -1.96, 0.0], [0.5, 8.0, 37.0]])
    assert close(normal_density(z), stats.norm.pdf(z), EXACT)
    assert np.array_equal(normal_density(np.array([-np.inf, np.inf])), [0.0, 0.0])
    assert np.isnan(normal_density(np.array(np.nan)))


def test_quantile_of_parts():
    """The quantile of a share, its mirror image for the parts swapped, infinite for none."""
    below, above = np.array([1.0, 2.0, 3.0, 1.0]), np.array([3.0, 2.0, 1.0, 1e18])
    z = quantile_of_parts(below, above)
    assert close(z, stats.norm.ppf(below / (below + above)), EXACT)
    assert np.array_equal(quantile_of_parts(above, below), -z)
    assert np.array_equal(quantile_of_parts(np.array([0.0, 5.0]), np.array([5.0, 0.0])),
                          [-np.inf, np.inf])  # fmt: skip
    assert np.isnan(quantile_of_parts(np.array(0.0), np.array(np.nan)))
