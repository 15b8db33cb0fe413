"""I², H², the typical variance and the Q-profile, by their definitions and at their edges."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import chi2

from metaan.tau2.generalized import solve_q
from metaan.tau2.heterogeneity import i_squared, i_squared_from_q, typical_variance
from metaan.tau2.interval import q_profile
from metaan.tau2.studies import make_studies
from tests.laws.sets import one, ragged
from tests.tolerance import EXACT, SOLVED, close

LEVELS = [0.8, 0.95, 0.99]


def q_at(y, v, tau2):
    """Return the generalized Q of one analysis, with plain loops."""
    w = [1 / (x + tau2) for x in v]
    mean = sum(a * b for a, b in zip(w, y, strict=True)) / sum(w)
    return sum(a * (b - mean) ** 2 for a, b in zip(w, y, strict=True))


@pytest.mark.parametrize("level", LEVELS)
def test_q_profile_limits(level):
    """Each limit is where Q meets its quantile, by scipy's brentq, or 0."""
    sets = ragged(n=50, seed=21)
    low, high, empty = q_profile(make_studies(*sets), level)
    for i in range(50):
        y, v, _ = (array[0] for array in one(sets, i))
        upper, lower = chi2.isf((1 - level) / 2, len(y) - 1), chi2.ppf((1 - level) / 2, len(y) - 1)
        for found, quantile in ((low[i], upper), (high[i], lower)):
            if q_at(y, v, 0.0) <= quantile:
                assert found == 0.0
            else:
                expected = brentq(lambda x, *a: q_at(*a[:2], x) - a[2], 0, 1e5, (y, v, quantile))
                assert close(found, expected, SOLVED, typical=1e-2)
                assert close(q_at(y, v, found), quantile, SOLVED)
        assert empty[i] == (q_at(y, v, 0.0) < lower)


def test_limits_widen_with_the_level():
    """A higher level gives a wider interval, nested."""
    sets = ragged(n=50, seed=22)
    found = [q_profile(make_studies(*sets), level)[:2] for level in LEVELS]
    for (inner_low, inner_high), (outer_low, outer_high) in pairwise(found):
        assert np.all(outer_low <= inner_low)
        assert np.all(outer_high >= inner_high)


def test_one_study_has_no_interval():
    """No spread, no limits; not an empty set either."""
    low, high, empty = q_profile(make_studies(np.array([[0.3]]), np.array([[0.1]])), 0.95)
    assert np.isnan(low[0])
    assert np.isnan(high[0])
    assert not empty[0]


def test_value_of_q_that_is_never_reached():
    """Q(0) below the target: 0; no target: NaN; an empty batch: nothing."""
    y, v = np.array([[0.1, 0.2, 0.3]]), np.full((1, 3), 0.5)
    studies = make_studies(y, v)
    assert solve_q(studies, np.array([2.0]))[0][0] == 0.0
    assert np.isnan(solve_q(studies, np.array([np.nan]))[0][0])
    assert solve_q(make_studies(y[:0], v[:0]), np.zeros(0))[0].shape == (0,)


def test_typical_variance():
    """Equal variances are typical of themselves; otherwise by the two sums."""
    y = np.zeros((1, 4))
    assert close(typical_variance(make_studies(y, np.full((1, 4), 0.3))), [0.3], EXACT)
    v = np.array([[0.1, 0.2, 0.4, 0.8]])
    w = [10.0, 5.0, 2.5, 1.25]
    expected = 3 * sum(w) / (sum(w) ** 2 - sum(x * x for x in w))
    assert close(typical_variance(make_studies(y, v)), [expected], EXACT)
    assert np.isnan(typical_variance(make_studies(y[:, :1], v[:, :1]))[0])


def test_i_squared_by_both_definitions():
    """From tau² and from Q; with equal variances and DerSimonian-Laird they are one number."""
    assert close(i_squared(np.array([0.3]), np.array([0.1])), [75.0], EXACT)
    q, df = np.array([8.0, 2.0, 0.0, 1.0]), np.array([4.0, 4.0, 4.0, 0.0])
    assert close(i_squared_from_q(q, df), [50.0, 0.0, 0.0, np.nan], EXACT)
