"""Weighted means and the unit that keeps them in range, against numpy and exact fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from metaan.numerics.linalg import binary_scale, residual_sum, weighted_mean
from tests.tolerance import EXACT, close


def test_weighted_mean_and_residuals():
    """Mean, total and residual sum in exact rational arithmetic."""
    rng = np.random.default_rng(11)
    y, w = rng.normal(size=(4, 7)), rng.uniform(0.1, 5.0, size=(4, 7))
    w[:, -2:] = 0.0
    mu, total = weighted_mean(y, w)
    spread = residual_sum(y, w, mu)
    for i in range(4):
        values = [Fraction(float(x)) for x in y[i]]
        weights = [Fraction(float(x)) for x in w[i]]
        mean = sum(a * b for a, b in zip(weights, values, strict=True)) / sum(weights)
        around = sum(a * (b - mean) ** 2 for a, b in zip(weights, values, strict=True))
        assert close([mu[i], total[i]], [float(mean), float(sum(weights))], EXACT)
        assert close(spread[i], float(around), EXACT)


@pytest.mark.parametrize("size", [1e-300, 1e-7, 1.0, 3e5, 1e299])
def test_binary_scale(size):
    """The unit is a power of two within a factor of two of the typical standard error."""
    v = size * np.array([[0.5, 1.0, 2.0, 7.0]])
    unit = binary_scale(v, np.ones_like(v))
    assert unit.shape == (1, 1)
    assert np.frexp(unit[0, 0])[0] == 0.5
    typical = np.exp(np.mean(np.log(v)) / 2)
    assert 0.5 < unit[0, 0] / typical < 2.0


def test_binary_scale_of_absent_studies():
    """What stands in an absent cell has no say."""
    v = np.array([[0.04, 0.09, -3.0], [0.04, 0.09, 1e9]])
    present = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0]])
    alone = binary_scale(v[:1, :2], np.ones((1, 2)))[0, 0]
    assert np.all(binary_scale(v, present) == alone)
