"""Limits of tau² in every way, by their definitions: dense matrices, series and grids."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import chi2

from metaan.core.errors import InputError
from metaan.tau2.interval import INTERVALS
from metaan.tau2.studies import make_studies
from tests.laws.sets import one, ragged
from tests.tau2.dense import eigenvalues, log_likelihoods, projection, tails
from tests.tolerance import SOLVED, Tolerance, close

WEIGHTS = {"J": lambda v: v**-0.5, "BJ": lambda v: 1 / v, "GQ": np.sqrt}
GRID = Tolerance(relative=2e-3, absolute=1e-8, reason="the next point of a grid of 20,000")
BATCH = Tolerance(
    relative=1e-12, absolute=1e-12, reason="the same root; tails are summed in other blocks"
)


def milder(n=20, k=9, seed=6, p=1):
    """Return (y, v, x) with variances over one decade: a plain series needs few terms."""
    rng = np.random.default_rng(seed)
    v = 10 ** rng.uniform(-1, 0, (n, k))
    y = rng.normal(0.4, np.sqrt(v + rng.choice([0.0, 0.3, 1.0], (n, 1))))
    x = rng.normal(size=(n, k, p))
    x[..., 0] = 1.0
    return y, v, x


@pytest.mark.parametrize("key", WEIGHTS)
@pytest.mark.parametrize("p", [1, 3])
def test_generalized_q_has_exact_tails(key, p):
    """At each limit above 0 a tail is (1 - level) / 2 by Ruben's series; at 0 it is not less."""
    y, v, x = milder(p=p)
    a = WEIGHTS[key](v)
    studies = make_studies(y, v, x=None if p == 1 else x, weights=a)
    low, high, empty = INTERVALS[key].function(studies, 0.9, None)
    for i in range(len(y)):
        q = y[i] @ projection(a[i], x[i]) @ y[i]
        above = tails(q, eigenvalues(a[i], v[i] + low[i], x[i]))[1]
        below = tails(q, eigenvalues(a[i], v[i] + high[i], x[i]))[0]
        assert close(above, 0.05, SOLVED) if low[i] > 0 else above > 0.05
        assert close(below, 0.05, SOLVED) if high[i] > 0 else below < 0.05
        assert empty[i] == (high[i] == 0)
    assert np.sum(low > 0) > 3
    assert np.sum(high > 0) > 15


def hull(y, v, level, restricted):
    """Return the ends of the likelihood set on a grid, and the number of its parts."""
    grid = np.concatenate([[0.0], np.geomspace(1e-9, 1e5, 20_000)])
    heights = log_likelihoods(y, v, grid, restricted=restricted)
    inside = np.flatnonzero(heights >= heights.max() - chi2.ppf(level, 1) / 2)
    return grid[inside[0]], grid[inside[-1]], int(np.sum(np.diff(inside) > 1)) + 1


@pytest.mark.parametrize("restricted", [True, False])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_profile_likelihood_with_several_maxima(restricted, level):
    """The hull of a set in parts: precise studies that agree beside vague ones that do not."""
    rng = np.random.default_rng(17)
    parts = 0
    for _ in range(60):
        precise, vague = rng.integers(2, 5, size=2)
        v = np.concatenate([10 ** rng.uniform(-6, -4, precise), 10 ** rng.uniform(-1, 0, vague)])
        y = np.concatenate([rng.normal(0, 1e-3, precise), rng.normal(0, 2.5, vague)])
        found = INTERVALS["PL"].function(make_studies(y[None], v[None]), level, restricted)
        low, high, count = hull(y, v, level, restricted)
        assert close([found.low[0], found.high[0]], [low, high], GRID)
        parts += count > 1
    assert parts > 0


def profiled(y, v, x, tau2, restricted):
    """Return the log-likelihood with a design, from dense matrices."""
    w = 1 / (v + tau2)
    value = y @ projection(w, x) @ y - np.sum(np.log(w))
    if restricted:
        value += np.linalg.slogdet(x.T @ (w[:, None] * x))[1]
    return -0.5 * value


@pytest.mark.parametrize("restricted", [True, False])
@pytest.mark.parametrize("p", [1, 3])
def test_profile_likelihood_is_on_its_height(restricted, p):
    """Limits above 0 lie half a quantile below the highest point of a dense search."""
    y, v, x = milder(p=p, seed=12)
    studies = make_studies(y, v, x=None if p == 1 else x)
    low, high, empty = INTERVALS["PL"].function(studies, 0.95, restricted)
    assert not empty.any()
    for i in range(len(y)):
        grid = np.linspace(low[i], high[i], 500)
        top = max(profiled(y[i], v[i], x[i], t, restricted) for t in grid)
        for end in (low[i], high[i]):
            drop = 2 * (top - profiled(y[i], v[i], x[i], end, restricted))
            if end > 0:
                assert abs(drop - chi2.ppf(0.95, 1)) < 1e-3  # the grid's top is a bit too low
            else:
                assert drop <= chi2.ppf(0.95, 1)


@pytest.mark.parametrize("key", INTERVALS)
def test_limits_widen_with_the_level(key):
    """A higher level gives a wider interval, nested."""
    y, v, present = ragged(n=40, seed=22)
    studies = make_studies(y, v, present, weights=1 / v)
    found = [INTERVALS[key].function(studies, level, True) for level in (0.5, 0.95, 0.999)]
    for inner, outer in pairwise(found):
        assert np.all(outer.low <= inner.low)
        assert np.all(outer.high >= inner.high)
        assert np.all(inner.empty | ~outer.empty)


@pytest.mark.parametrize("key", INTERVALS)
def test_ragged_batch_is_loop(key):
    """A ragged batch gives what each analysis gives alone, gaps left out."""
    sets = ragged(n=15, seed=4)
    batch = INTERVALS[key].function(make_studies(*sets, weights=1 / sets[1]), 0.95, True)
    for i in range(15):
        y, v, here = one(sets, i)
        alone = INTERVALS[key].function(make_studies(y, v, here, weights=1 / v), 0.95, True)
        for mine, theirs in zip(batch, alone, strict=True):
            assert close(mine[i], theirs[0], BATCH)


@pytest.mark.parametrize("key", INTERVALS)
def test_one_study_has_no_limits(key):
    """No spread, no limits; not an empty set either. An empty batch is answered by nothing."""
    one_study = make_studies(np.array([[0.3]]), np.array([[0.1]]), weights=np.ones((1, 1)))
    low, high, empty = INTERVALS[key].function(one_study, 0.95, True)
    assert np.isnan(low[0])
    assert np.isnan(high[0])
    assert not empty[0]
    nothing = one_study.take(np.zeros(0, dtype=int))
    assert INTERVALS[key].function(nothing, 0.95, True).low.shape == (0,)


@pytest.mark.parametrize("key", INTERVALS)
def test_effects_that_agree_too_well(key):
    """Equal effects: the set of every Q is empty, that of a likelihood never."""
    v = np.array([[0.1, 0.2, 0.3, 0.4]])
    studies = make_studies(np.full((1, 4), 0.1), v, weights=v)
    low, high, empty = INTERVALS[key].function(studies, 0.95, True)
    assert low[0] == 0
    assert empty[0] == (key != "PL")
    assert (high[0] == 0) == (key != "PL")


@pytest.mark.parametrize("key", INTERVALS)
@pytest.mark.parametrize("distance", [1e2, 1e6, 1e12])
def test_effects_far_apart(key, distance):
    """Limits grow with the square of the distance, to rounding of the variances' share."""
    rng = np.random.default_rng(4)
    y, v = rng.normal(0, 1.0, (8, 5)), rng.uniform(0.5, 2.0, (8, 5))
    found = [
        INTERVALS[key].function(make_studies(size * y, v, weights=1 / v), 0.95, True)
        for size in (distance, 10 * distance)
    ]
    for near, far in ((found[0].low, found[1].low), (found[0].high, found[1].high)):
        assert np.all(near > 0)
        share = Tolerance(relative=300 / distance**2 + 1e-9, reason="the variances' share")
        assert close(far / near, 100.0, share)


def test_what_cannot_be_had():
    """A likelihood that is not maximized, and weights that were not given, are named."""
    studies = make_studies(np.zeros((1, 3)), np.ones((1, 3)))
    with pytest.raises(InputError, match="a tau² that maximizes a likelihood"):
        INTERVALS["PL"].function(studies, 0.95, None)
    with pytest.raises(InputError, match="asks for weights; give weights="):
        INTERVALS["GQ"].function(studies, 0.95, None)
    wanting = {key for key, row in INTERVALS.items() if row.weighted or row.of_likelihood}
    assert wanting == {"PL", "GQ"}


def test_profile_likelihood_of_variances_that_span_everything():
    """One study of v = 1e200 is as good as none, and nothing overflows on the way."""
    y, v = np.array([[0.1, 0.4, 0.2, 0.9, 0.7]]), np.array([[0.01, 0.02, 0.03, 0.02, 1e200]])
    limits = INTERVALS["PL"].function(make_studies(y, v), 0.95, False)
    without = INTERVALS["PL"].function(make_studies(y[:, :4], v[:, :4]), 0.95, False)
    slack = Tolerance(relative=1e-9, reason="what the fifth study adds is constant in tau²")
    assert close([limits.low[0], limits.high[0]], [without.low[0], without.high[0]], slack)
