"""Tails of sums of squares: chi-squares, Ruben's series, extreme weights and edges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from metaan.numerics.quadratic_forms import log_tail_of_form
from tests.tau2.dense import eigenvalues, tails
from tests.tolerance import Tolerance, close

SERIES = Tolerance(relative=2e-13, reason="3,000 positive terms and the eigenvalues' rounding")
MANY = Tolerance(relative=3e-12, reason="a logarithm's sum over 30,000 studies")


@pytest.mark.parametrize("k", [2, 3, 5, 20, 200, 3000])
@pytest.mark.parametrize("p", [1e-12, 1e-5, 0.025, 0.5, 0.975, 1 - 1e-8])
def test_equal_weights_are_a_chi_square(k, p):
    """Both tails in logarithms, far ones too."""
    q, ones = np.array([chi2.ppf(p, k - 1)]), np.ones((1, k))
    below = log_tail_of_form(q, ones, ones, None, upper=False)
    above = log_tail_of_form(q, ones, ones, None, upper=True)
    assert close(below, chi2.logcdf(q, k - 1), SERIES, typical=1.0)
    assert close(above, chi2.logsf(q, k - 1), SERIES, typical=1.0)


def test_far_tails():
    """An upper tail of 1e-200 and a lower one of 1e-90."""
    ones = np.ones((2, 4))
    above = log_tail_of_form(np.array([900.0, 950.0]), ones, ones, None, upper=True)
    assert close(above, chi2.logsf([900.0, 950.0], 3), SERIES)
    below = log_tail_of_form(np.array([1e-60, 1e-40]), ones, ones, None, upper=False)
    assert close(below, chi2.logcdf([1e-60, 1e-40], 3), SERIES)


def test_many_studies():
    """Thirty thousand studies in one form, no k x k matrix."""
    ones, q = np.ones((1, 30_001)), np.array([30_300.0])
    assert close(log_tail_of_form(q, ones, ones, None, upper=True), chi2.logsf(q, 30_000), MANY)


@pytest.mark.parametrize(
    ("k", "p", "spread"), [(3, 1, 1), (5, 2, 1), (6, 1, 2), (9, 3, 1.5), (20, 4, 1)]
)
@pytest.mark.parametrize("share", [0.02, 0.3, 1.0, 3.0, 8.0])
def test_unequal_weights(k, p, spread, share):
    """Against the eigenvalues of a dense matrix and Ruben's series."""
    rng = np.random.default_rng(k)
    a, s = 10 ** rng.uniform(0, spread, k), 10 ** rng.uniform(0, 0.5, k)
    x = np.column_stack([np.ones(k), rng.normal(size=(k, p - 1))])
    scales = eigenvalues(a, s, x)
    q = share * scales.sum()
    below, above = tails(q, scales)
    design = None if p == 1 else x[None]
    found = [
        float(log_tail_of_form(np.array([q]), a[None], s[None], design, upper=side)[0])
        for side in (False, True)
    ]
    assert close(np.exp(found), [below, above], SERIES)


@pytest.mark.parametrize("weights", [[1e20, 1, 1], [1e12, 1e12, 1, 3], [1e150, 1e-150, 1, 1]])
def test_weights_far_apart(weights):
    """The tails stay tails; deviations from one sure study have the eigenvalues 1 and 3."""
    a = np.array([weights], dtype=float)
    for q in (1e-3, 0.3, 1.0, 10.0):
        below, above = (
            float(np.exp(log_tail_of_form(np.array([q]), a, np.ones_like(a), None, upper=side))[0])
            for side in (False, True)
        )
        assert close(below + above, 1.0, SERIES)
        assert 0 < below < 1
    if weights == [1e20, 1, 1]:
        assert close(below, tails(q, np.array([1.0, 3.0]))[0], SERIES)


def test_edges():
    """No degree of freedom: NaN; q of 0 or below: all above; NaN stays; nothing asked: nothing."""
    a = np.array([[1.0, 0.0], [1.0, 2.0], [1.0, 2.0], [1.0, 1.0]])
    q = np.array([1.0, 0.0, np.nan, 2.0])
    above = log_tail_of_form(q, a, np.ones_like(a), None, upper=True)
    below = log_tail_of_form(q, a, np.ones_like(a), None, upper=False)
    assert np.isnan(above[[0, 2]]).all()
    assert above[1] == 0
    assert below[1] == -np.inf
    assert close(above[3], chi2.logsf(2.0, 1), SERIES)
    assert log_tail_of_form(q[:0], a[:0], a[:0], None, upper=True).shape == (0,)


def test_ragged_batch_is_loop():
    """A batch with absent studies, in blocks, gives what each form gives alone."""
    rng = np.random.default_rng(3)
    n, k = 700, 15
    counts = rng.integers(3, k + 1, size=n)
    here = np.arange(k) < counts[:, None]
    a = np.where(here, 10 ** rng.uniform(-1, 1, (n, k)), 0.0)
    s = np.where(here, 10 ** rng.uniform(-1, 1, (n, k)), 1.0)
    q = rng.uniform(0.5, 20.0, n)
    batch = log_tail_of_form(q, a, s, None, upper=True)
    for i in range(0, n, 50):
        c = counts[i]
        alone = log_tail_of_form(
            q[i : i + 1], a[i : i + 1, :c], s[i : i + 1, :c], None, upper=True
        )
        assert close(batch[i], alone[0], SERIES)
