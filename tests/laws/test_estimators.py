"""Each searched estimator of tau² solves its own equation, and is the best solution there is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import chi2

from metaan.tau2.interval import q_profile
from metaan.tau2.studies import make_studies
from metaan.tau2.table import ESTIMATORS
from tests.laws.sets import one, ragged
from tests.tolerance import SOLVED, Tolerance, close

RESTRICTED = {"REML": True, "ML": False}
BIG = ragged(n=260, k=15, seed=99)
SMALL = ragged(n=140, k=3, seed=5)
FLAT_TOP = Tolerance(
    relative=3e-7,
    reason="minimize_scalar compares heights, which sees a maximum only to the square root of "
    "machine precision; the score is tested at 1e-10 beside it",
)


def weights_and_mean(y, v, tau2):
    """Return the weights and the weighted mean of one analysis, in extended precision."""
    w = 1 / (v.astype(np.longdouble) + np.longdouble(tau2))
    return w, np.sum(w * y) / np.sum(w)


def q_of(y, v, tau2):
    """Return the generalized Q of one analysis."""
    w, mean = weights_and_mean(y, v, tau2)
    return float(np.sum(w * (y - mean) ** 2))


def height(y, v, tau2, restricted):
    """Return the log-likelihood from the multivariate normal, the mean profiled or integrated."""
    return float(heights(y, v, np.array([tau2]), restricted)[0])


def heights(y, v, grid, restricted):
    """Return the log-likelihood at every tau² of a grid, in extended precision."""
    w = 1 / (v.astype(np.longdouble) + grid.astype(np.longdouble)[:, None])
    means = np.sum(w * y, axis=1) / np.sum(w, axis=1)
    squares = np.log(2 * np.pi / w) + w * (y - means[:, None]) ** 2
    values = -0.5 * np.sum(squares, axis=1)
    if restricted:
        values += 0.5 * np.log(2 * np.pi / np.sum(w, axis=1))
    return values.astype(float)


def relative_score(y, v, tau2, restricted):
    """Return the score from the projection matrix, as a share of its trace."""
    w, _ = weights_and_mean(y, v, tau2)
    w = w.astype(float)
    projection = np.diag(w) - np.outer(w, w) / w.sum()
    trace = np.trace(projection) if restricted else w.sum()
    return float((y @ projection @ projection @ y - trace) / trace)


def best_by_grid(y, v, restricted):
    """Return the highest point of 400, polished where it is not an end, and its height."""
    top = 4 * (np.var(y) + np.max(v))
    grid = np.concatenate([[0.0], np.geomspace(1e-6 * np.min(v), top, 399)])
    found = heights(y, v, grid, restricted)
    i = int(np.argmax(found))
    low, high = grid[max(i - 1, 0)], grid[min(i + 1, len(grid) - 1)]
    polished = minimize_scalar(
        lambda x: -height(y, v, x, restricted),
        bounds=(low, high),
        method="bounded",
        options={"xatol": 1e-14 + 1e-12 * high, "maxiter": 2000},
    )
    choices = [(found[0], 0.0), (found[i], grid[i]), (-polished.fun, polished.x)]
    best = max(choices)
    return best[1], best[0]


def solutions(sets, key):
    """Yield (y, v, tau2) of every set, tau² computed in one batch."""
    tau2 = ESTIMATORS[key].function(make_studies(*sets)).tau2
    for i, value in enumerate(tau2):
        y, v, _ = one(sets, i)
        yield y[0], v[0], float(value)


def test_every_likelihood_has_a_law_of_its_own():
    """A new likelihood needs its maximum here; other rows tests/tau2/test_moment_equations.py."""
    assert {key for key, row in ESTIMATORS.items() if row.restricted is not None} == set(
        RESTRICTED
    )


@pytest.mark.parametrize("sets", [BIG, SMALL], ids=["k to 15", "k = 3"])
def test_paule_mandel_equation(sets):
    """Q(tau²) = k - 1 inside, Q(0) <= k - 1 at the border."""
    inside = 0
    for y, v, tau2 in solutions(sets, "PM"):
        if tau2 > 0:
            inside += 1
            assert close(q_of(y, v, tau2), len(y) - 1, SOLVED)
        else:
            assert q_of(y, v, 0.0) <= len(y) - 1
    assert inside > len(sets[0]) // 3


@pytest.mark.parametrize("sets", [BIG, SMALL], ids=["k to 15", "k = 3"])
def test_dersimonian_laird_expectation(sets):
    """The expectation of Q under tau², by the trace of its matrix, is the observed Q."""
    for y, v, tau2 in solutions(sets, "DL"):
        w = 1 / v
        projection = np.diag(w) - np.outer(w, w) / w.sum()
        expected = float(np.trace(projection @ np.diag(v + tau2)))
        observed = float(y @ projection @ y)
        if tau2 > 0:
            assert close(expected, observed, SOLVED)
        else:
            assert observed <= expected + 1e-9


@pytest.mark.parametrize("key", RESTRICTED)
@pytest.mark.parametrize("sets", [BIG, SMALL], ids=["k to 15", "k = 3"])
def test_score_is_zero(sets, key):
    """Inside, the score vanishes; at the border it does not point inwards."""
    inside = 0
    for y, v, tau2 in solutions(sets, key):
        centered = y - np.median(y)
        score = relative_score(centered, v, tau2, RESTRICTED[key])
        if tau2 > 0:
            inside += 1
            assert abs(score) < SOLVED.relative
        else:
            assert score <= SOLVED.relative
    assert inside > len(sets[0]) // 3


@pytest.mark.parametrize("key", RESTRICTED)
@pytest.mark.parametrize("sets", [BIG, SMALL], ids=["k to 15", "k = 3"])
def test_maximum_is_global(sets, key):
    """No point of a dense grid, polished, is higher."""
    for y, v, tau2 in solutions(sets, key):
        other, top = best_by_grid(y, v, RESTRICTED[key])
        ours = height(y, v, tau2, RESTRICTED[key])
        assert ours >= top - 1e-10 * (1 + abs(top))
        if abs(ours - top) < 1e-9 and (tau2 > 0) == (other > 0):
            assert close(tau2, other, FLAT_TOP, typical=float(np.median(v)) * 1e3)


def heights_on(grid, y, v, restricted):
    """Return the log-likelihood, constants dropped, on a whole grid."""
    w = 1 / (v + grid[:, None])
    mean = np.sum(w * y, axis=1) / np.sum(w, axis=1)
    value = np.sum(w * (y - mean[:, None]) ** 2 - np.log(w), axis=1)
    return -0.5 * (value + (np.log(np.sum(w, axis=1)) if restricted else 0.0))


@pytest.mark.parametrize("key", RESTRICTED)
def test_likelihoods_with_several_maxima(key):
    """Precise studies that agree beside imprecise ones that do not: the best of several peaks."""
    rng = np.random.default_rng(17)
    grid = np.geomspace(1e-9, 1e5, 1500)
    several = 0
    for _ in range(150):
        precise, vague = rng.integers(2, 5, size=2)
        v = np.concatenate([10 ** rng.uniform(-6, -4, precise), 10 ** rng.uniform(-1, 0, vague)])
        y = np.concatenate([rng.normal(0, 1e-3, precise), rng.normal(0, 2.5, vague)])
        heights = heights_on(grid, y, v, RESTRICTED[key])
        inner = (heights[1:-1] > heights[:-2]) & (heights[1:-1] > heights[2:])
        several += int(np.sum(inner) + (heights[0] > heights[1]) > 1)
        tau2 = ESTIMATORS[key].function(make_studies(y[None], v[None])).tau2
        reached = heights_on(tau2, y, v, RESTRICTED[key])[0]
        assert reached >= heights.max() - 1e-12 * abs(heights.max())
    assert several > 100


@pytest.mark.parametrize("distance", [1e2, 1e5, 1e7, 1e8, 1e10, 1e15, 1e40])
def test_effects_far_apart(distance):
    """Effects far apart beside their errors: the root stays inside its bracket, Q on its value.

    Q of such sets is S / tau² to the last digit, so that a bracket that ends there exactly can
    lose its change of sign to rounding, and an estimate of 0 would come back.
    """
    rng = np.random.default_rng(4)
    y, v = rng.normal(0, distance, (40, 5)), rng.uniform(0.5, 2.0, (40, 5))
    studies = make_studies(y, v)
    low, high, _ = q_profile(studies, 0.95)
    targets = {"PM": 4.0, "low": chi2.isf(0.025, 4), "high": chi2.isf(0.975, 4)}
    found = {"PM": ESTIMATORS["PM"].function(studies).tau2, "low": low, "high": high}
    for name, target in targets.items():
        for i in range(40):
            assert close(q_of(y[i], v[i], found[name][i]), target, SOLVED)
    for key, restricted in RESTRICTED.items():
        tau2 = ESTIMATORS[key].function(studies).tau2
        scores = [relative_score(y[i], v[i], tau2[i], restricted) for i in range(40)]
        assert np.all(tau2 > 0)
        assert np.max(np.abs(scores)) < SOLVED.relative
