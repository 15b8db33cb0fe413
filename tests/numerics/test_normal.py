"""The normal density against scipy's."""

from __future__ import annotations

import numpy as np
from scipy import stats

from metaan.numerics.normal import normal_density
from tests.tolerance import EXACT, close


def test_density():
    """The density, far into the tails; 0 at infinity, NaN where there is no number."""
    z = np.array([[-30.0, -1.96, 0.0], [0.5, 8.0, 37.0]])
    assert close(normal_density(z), stats.norm.pdf(z), EXACT)
    assert np.array_equal(normal_density(np.array([-np.inf, np.inf])), [0.0, 0.0])
    assert np.isnan(normal_density(np.array(np.nan)))
