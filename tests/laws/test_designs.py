"""Estimators of tau² with a design: the intercept written out, dense matrices, global maxima."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.numerics.projection import fit_weighted, trace, trace_square, trace_with
from metaan.tau2.curves import curves
from metaan.tau2.generalized import solve_q
from metaan.tau2.interval import q_profile
from metaan.tau2.likelihood import log_likelihood
from metaan.tau2.studies import make_studies
from metaan.tau2.table import ESTIMATORS
from tests.laws.sets import ragged
from tests.tolerance import SOLVED, close

LIKELIHOODS = {
    key: row.restricted for key, row in ESTIMATORS.items() if row.restricted is not None
}
WITHOUT_WEIGHTS = [key for key, row in ESTIMATORS.items() if not row.weighted]


def designed(n=40, k=12, p=3, seed=3):
    """Return ragged analyses with a design of p columns, at least p + 2 studies each."""
    y, v, present = ragged(n=n, k=k, seed=seed)
    present[:, : p + 2] = 1.0
    v = np.where(present > 0, np.where(v == 1.0, 0.3, v), 1.0)
    rng = np.random.default_rng(seed + 1)
    x = np.concatenate([np.ones((n, k, 1)), rng.normal(size=(n, k, p - 1))], axis=-1)
    return make_studies(y, v, present, x=x)


def dense(studies, i, tau2):
    """Return y, V + tau² and P of one analysis as plain matrices."""
    here = studies.present[i] > 0
    y, x = studies.y[i, here], studies.x[i, here]
    inverse = np.diag(1 / (studies.v[i, here] + tau2))
    left = inverse @ x
    return y, inverse, inverse - left @ np.linalg.solve(x.T @ left, left.T), x


@pytest.mark.parametrize("key", WITHOUT_WEIGHTS)
def test_a_column_of_ones_is_the_intercept(key):
    """The general formulas and the short ones of a mean agree."""
    y, v, present = ragged(n=50)
    short = make_studies(y, v, present)
    written_out = make_studies(y, v, present, x=np.ones((*y.shape, 1)))
    row = ESTIMATORS[key]
    mine, other = row.function(short).tau2, row.function(written_out).tau2
    assert close(mine, other, SOLVED, typical=float(np.median(v)))
    assert close(row.se(short, mine), row.se(written_out, mine), SOLVED)
    for one, two in zip(q_profile(short, 0.9), q_profile(written_out, 0.9), strict=True):
        assert close(one, two, SOLVED, typical=float(np.median(v)))


def test_sums_are_those_of_dense_matrices():
    """Traces and quadratic forms without a k x k matrix equal those with one."""
    studies = designed()
    rng = np.random.default_rng(1)
    tau2, d = rng.uniform(0, 2, size=40), rng.uniform(0.5, 2, size=studies.y.shape)
    w = studies.present / (studies.v + tau2[:, None])
    fit = fit_weighted(studies.y, w, studies.x)
    sums = {key: curves(studies).sums(tau2, restricted=key) for key in (True, False)}
    here = curves(studies).q_and_slope(tau2)
    for i in range(40):
        y, inverse, p, x = dense(studies, i, tau2[i])
        e = np.diag(d[i, studies.present[i] > 0])
        assert close(
            fit.beta[i], np.linalg.solve(x.T @ inverse @ x, x.T @ inverse @ y), SOLVED, typical=1.0
        )
        assert close(trace(w, studies.x)[i], np.trace(p), SOLVED)
        assert close(trace_with(w, d, studies.x)[i], np.trace(p @ e), SOLVED)
        assert close(trace_square(w, d, studies.x)[i], np.trace(p @ e @ p @ e), SOLVED)
        py = p @ y
        assert close([part[i] for part in here], [y @ py, py @ py], SOLVED)
        expected = [
            py @ py,
            py @ p @ py,
            py @ p @ p @ py,
            np.trace(p),
            np.trace(p @ p),
            np.trace(p @ p @ p),
        ]
        assert close([part[i] for part in sums[True]], expected, SOLVED)
        expected[3:] = [
            np.trace(inverse),
            np.trace(inverse @ inverse),
            np.trace(inverse @ inverse @ inverse),
        ]
        assert close([part[i] for part in sums[False]], expected, SOLVED)


@pytest.mark.parametrize("key", LIKELIHOODS)
def test_no_higher_likelihood_with_moderators(key):
    """A dense grid finds none, and the density of the contrasts has the same shape."""
    studies, restricted = designed(), LIKELIHOODS[key]
    tau2 = ESTIMATORS[key].function(studies).tau2
    ours = log_likelihood(studies, tau2, restricted=restricted)
    grid = np.concatenate([[0.0], np.geomspace(1e-6, 1e3, 600)])
    for i in range(40):
        heights = []
        for point in (*grid, tau2[i]):
            y, inverse, p, x = dense(studies, i, point)
            value = -np.linalg.slogdet(inverse)[1] + y @ p @ y
            value += np.linalg.slogdet(x.T @ inverse @ x)[1] if restricted else 0.0
            heights.append(-0.5 * value)
        assert close(ours[i], heights[-1], SOLVED, typical=10.0)
        assert heights[-1] >= max(heights) - 1e-10
    assert np.sum(tau2 > 0) > 10


def test_q_reaches_its_target_with_moderators():
    """The quadratic form at the root is its target."""
    studies = designed()
    target = np.linspace(0.5, 9.0, 40)
    roots = solve_q(studies, target)[0]
    for i in np.flatnonzero(roots > 0):
        y, _, p, _ = dense(studies, i, roots[i])
        assert close(y @ p @ y, target[i], SOLVED)
    assert np.sum(roots > 0) > 20


def test_no_degree_of_freedom():
    """As many coefficients as studies: tau² is 0, and its limits are not defined."""
    y, v = np.array([[0.1, 0.7]]), np.array([[0.1, 0.2]])
    studies = make_studies(y, v, x=np.array([[[1.0, 0.0], [1.0, 1.0]]]))
    for key in WITHOUT_WEIGHTS:
        row = ESTIMATORS[key]
        assert row.function(studies).tau2[0] == 0.0
        assert np.isnan(row.se(studies, np.zeros(1))[0]) or row.restricted is False
    low, high, empty = q_profile(studies, 0.95)
    assert np.isnan(low[0])
    assert np.isnan(high[0])
    assert not empty[0]
