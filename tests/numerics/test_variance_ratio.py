"""The upper tail of F, near and far out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from metaan.numerics.tails import log_two_sided
from metaan.numerics.variance_ratio import log_f_tail
from tests.tolerance import Tolerance, close

SHARP = Tolerance(
    relative=1e-11, absolute=1e-13, reason="two ways to one incomplete beta function"
)


@pytest.mark.parametrize("df", [(1, 1), (2, 10), (3, 40.5), (7, 300), (1, 5), (12, 2)])
@pytest.mark.parametrize("f", [0.0, 0.3, 1.0, 5.0, 80.0])
def test_against_scipy(f, df):
    """Where the tail is a number."""
    assert close(log_f_tail(f, *df), stats.f.logsf(f, *df), SHARP)


@pytest.mark.parametrize("t", [3.0, 1e10, 1e40, 1e80, 1e120])
@pytest.mark.parametrize("df", [1.0, 9.0, 60.0, 4000.0])
def test_a_square_of_t(t, df):
    """F with one degree of freedom is t², far beyond where the tail underflows."""
    assert close(log_f_tail(t * t, 1.0, df), log_two_sided(t, df), SHARP)


@pytest.mark.parametrize(
    ("f", "df", "expected"),
    [
        # mpmath, 40 digits: log of the regularized incomplete beta function
        (1e40, (3.0, 40.0), -1788.625639448763094),
        (1e300, (2.0, 10.0), -3445.829699),
        (float("inf"), (2.0, 10.0), -np.inf),
    ],
)
def test_far_out(f, df, expected):
    """The logarithm goes on where the tail is 0."""
    if f == 1e300:  # in closed form: (1 + 2 f / 10)^-5
        expected = -5 * np.log(0.2e300)
    assert close(log_f_tail(f, *df), expected, SHARP)


def test_arrays():
    """Near and far in one call, shapes broadcast."""
    found = log_f_tail([[1.0, 1e60]], 2.0, [[8.0], [4.0]])
    expected = [[-4 * np.log(1.25), -4 * np.log(0.25e60)], [-2 * np.log(1.5), -2 * np.log(0.5e60)]]
    assert close(found, expected, SHARP)
