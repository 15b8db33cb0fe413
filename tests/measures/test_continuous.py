"""Standardized differences: corrections and variances by their definitions."""

from __future__ import annotations

from math import lgamma

import numpy as np
import pytest
from scipy.integrate import quad

from metaan.core.errors import ChoiceError
from metaan.measures.continuous import (
    CORRECTIONS,
    VARIANCES,
    exact_correction,
    standardized_mean_difference,
)
from tests.tolerance import EXACT, Tolerance, close

QUADRATURE = Tolerance(relative=1e-9, reason="adaptive quadrature of the chi density")
ARMS = tuple(np.array([x]) for x in (36.0, 19.0, 58.0, 44.0, 21.0, 60.0))


def expected_inverse_chi(m):
    """Return E[1 / sqrt(X / m)] for X chi-square with m degrees of freedom, by quadrature."""
    log_norm = m / 2 * np.log(2) + lgamma(m / 2)

    def density_over_root(x):
        return np.exp((m / 2 - 1) * np.log(x) - x / 2 - log_norm) / np.sqrt(x / m)

    return quad(density_over_root, 0, m + 60 * np.sqrt(2 * m), points=[m], limit=400)[0]


@pytest.mark.parametrize("m", [2.0, 3.0, 10.0, 117.0])
def test_exact_correction_unbiases_d(m):
    """J times the expectation of sigma / s is 1."""
    j = float(exact_correction(np.array([m]))[0])
    if m == 2.0:  # the density has a pole of its integrand at 0: E = sqrt(pi)
        assert close(1 / j, np.sqrt(np.pi), EXACT)
    else:
        assert close(1 / j, expected_inverse_chi(m), QUADRATURE)


@pytest.mark.parametrize("variance", VARIANCES)
@pytest.mark.parametrize("correction", [None, *CORRECTIONS])
def test_size_of_the_difference(correction, variance):
    """The corrected difference is J d, whatever the variance, and v shrinks as groups grow."""
    y, v = standardized_mean_difference(*ARMS, correction=correction, variance=variance)
    pooled = np.sqrt((57 * 19.0**2 + 59 * 21.0**2) / 116)
    factor = CORRECTIONS[correction or "none"](np.array([116.0]))
    assert close(y, factor * -8 / pooled, EXACT)
    larger = [x * (10 if i % 3 == 2 else 1) for i, x in enumerate(ARMS)]
    _, small_v = standardized_mean_difference(*larger, correction=correction, variance=variance)
    assert 0.09 < small_v[0] / v[0] < 0.11


def test_revman_by_hand():
    """RevMan's variance as its statistical methods print it, with 1 - 3 / (4 N - 9)."""
    y, v = standardized_mean_difference(*ARMS, correction="approximate", variance="REVMAN")
    pooled = np.sqrt((57 * 19.0**2 + 59 * 21.0**2) / 116)
    g = (1 - 3 / (4 * 118 - 9)) * -8 / pooled
    assert close(y, [g], EXACT)
    assert close(v, [118 / (58 * 60) + g**2 / (2 * (118 - 3.94))], EXACT)


def test_too_few_participants():
    """Two participants have no pooled SD with a corrected mean: NaN, not a number."""
    arms = [np.array([x]) for x in (1.0, 1.0, 1.0, 2.0, 1.0, 1.0)]
    y, v = standardized_mean_difference(*arms)
    assert np.isnan(y[0])
    assert np.isnan(v[0])


def test_unknown_choices():
    """Misspelled options are answered with the rows."""
    with pytest.raises(ChoiceError, match='Did you mean "exact"'):
        standardized_mean_difference(*ARMS, correction="exat")
    with pytest.raises(ChoiceError, match="variance='LS3' is not a variance of the SMD"):
        standardized_mean_difference(*ARMS, variance="LS3")
