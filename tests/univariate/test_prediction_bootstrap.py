"""bootstrap_prediction: the distribution of tau² by other means, seeds, edges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import brentq

from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.scale import LOG
from metaan.univariate.bootstrap_prediction import bootstrap_prediction, draw_effects, draw_tau2
from metaan.univariate.pooling import pool
from tests.tolerance import EXACT, Tolerance, close

Y, V = np.array([0.1, 0.6, 0.9, 0.2, 0.7]), np.array([0.01, 0.16, 0.12, 0.04, 0.09])
FIT = pool(Effects.from_arrays(Y, V))
BY_INVERSION = Tolerance(
    relative=1e-8, reason="a sum of 200,000 terms, cut where 1e-10 is left, inverted by brentq"
)
SAME = Tolerance(relative=1e-9, reason="effects of another unit are rounded otherwise")


def upper_tail(q, v, tau2):
    """Return P(Q > q; tau²) from the eigenvalues of the k x k form.

    By the midpoint sum of Imhof's integral, whose error is the probability of far larger values.
    """
    w, root = 1 / v, np.sqrt(v + tau2)
    form = np.diag(w) - np.outer(w, w) / w.sum()
    lam = np.linalg.eigvalsh(root[:, None] * form * root)[1:]
    step = 0.05 / lam.max()
    u = (np.arange(200_000) + 0.5) * step
    theta, size = -0.5 * q * u, np.ones_like(u)
    for each in lam:
        theta += 0.5 * np.arctan(each * u)
        size *= (1 + (each * u) ** 2) ** 0.25
    return 0.5 + np.sum(np.sin(theta) / (u * size)) * step / np.pi


def test_quantiles_of_tau2_by_inversion():
    """The confidence distribution inverted by brentq, from dense matrices and eigenvalues."""
    v = np.array([0.05, 0.3, 0.11, 0.7, 0.2, 0.16])
    y = np.array([-0.3, 0.9, 0.4, 1.2, -0.1, 0.6])
    q = np.sum((y - np.average(y, weights=1 / v)) ** 2 / v)
    at_zero = upper_tail(q, v, 0.0)
    u = np.array([0.5 * at_zero, at_zero + 1e-4, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99])
    found = draw_tau2(y, v, u)
    assert found[0] == 0.0
    for one, tau2 in zip(u[1:], found[1:], strict=True):
        theirs = brentq(lambda t, one=one: upper_tail(q, v, t) - one, 0.0, 60.0, xtol=1e-13)
        assert close(tau2, theirs, BY_INVERSION, typical=0.05)


def test_equal_variances_have_a_closed_form():
    """Q v / (v + tau²) is a chi-square: tau² = v (q / chi² - 1), at every probability."""
    y, v = np.array([0.2, 1.9, -0.7, 0.8]), np.full(4, 0.5)
    q = 3 * np.var(y, ddof=1) / 0.5
    u = np.array([1e-12, 1e-6, 0.01, 0.2, 0.5, 0.9, 0.999, 1 - 1e-9])
    exact = np.maximum(0.5 * (q / stats.chi2.ppf(1 - u, 3) - 1), 0.0)
    slack = Tolerance(relative=1e-6, reason="1 - u loses digits on scipy's side, too")
    assert close(draw_tau2(y, v, u), exact, slack, typical=0.5)


@pytest.mark.parametrize("k", [3, 4, 40])
def test_quantiles_grow(k):
    """Quantiles are sorted as their probabilities are, for variances across four decades."""
    rng = np.random.default_rng(k)
    y, v = rng.normal(size=k), 10 ** rng.uniform(-3, 1, k)
    u = np.sort(rng.random(400))
    found = draw_tau2(y, v, u)
    assert np.all(np.diff(found) >= 0)
    assert np.all(np.isfinite(found) & (found >= 0))


def test_draws_one_by_one():
    """The interval from loops over the same random numbers, written out."""
    rng = np.random.default_rng(9)
    u, z, t = rng.random(1500), rng.standard_normal(1500), rng.standard_t(4, size=1500)
    new = []
    for each, tau2 in enumerate(draw_tau2(Y, V, u)):
        w = 1 / (V + tau2)
        mean = np.sum(w * Y) / np.sum(w)
        error = np.sqrt(np.sum(w * (Y - mean) ** 2) / (4 * np.sum(w)))
        new.append(mean + z[each] * np.sqrt(tau2) - t[each] * error)
    assert close(draw_effects(Y, V, np.random.default_rng(9), 1500), new, EXACT, typical=1.0)
    interval = bootstrap_prediction(FIT, rng=np.random.default_rng(9), draws=1500, level=0.9)
    assert close([interval.low, interval.high], np.quantile(new, [0.05, 0.95]), SAME)
    assert interval.level == 0.9


def test_same_seed_same_bytes():
    """A seed and a Generator of it give one interval; another seed another one."""
    one, same = (bootstrap_prediction(FIT, rng=rng) for rng in (3, np.random.default_rng(3)))
    other = bootstrap_prediction(FIT, rng=4)
    assert (one.low, one.high) == (same.low, same.high)
    assert one.low != other.low
    assert one.level == FIT.estimate.level


@pytest.mark.parametrize("factor", [1e-150, 1e150])
def test_any_unit(factor):
    """Effects of any size give the same draws, in their unit."""
    far = pool(Effects.from_arrays(Y * factor, V * factor**2))
    one, other = (bootstrap_prediction(fit, rng=3, draws=1000) for fit in (FIT, far))
    assert close([other.low / factor, other.high / factor], [one.low, one.high], SAME)


def test_equal_effects_are_a_point():
    """Nothing varies: tau² is 0 in every draw, and so is the spread of the mean."""
    v = np.array([0.1, 0.2, 0.3])
    assert np.all(draw_tau2(np.full(3, 0.4), v, np.array([0.01, 0.5, 0.99])) == 0.0)
    new = draw_effects(np.full(3, 0.4), v, np.random.default_rng(0), 1000)
    assert close(new, 0.4, EXACT)


def test_scale_is_read():
    """The interval of log ratios reads as ratios."""
    effects = Effects.from_arrays(Y, V, scale=LOG.key)
    interval = bootstrap_prediction(pool(effects), rng=1, draws=1000)
    assert close(interval.read().high, np.exp(interval.high), EXACT)


@pytest.mark.parametrize(
    ("fit", "options", "text"),
    [
        (FIT, {"rng": None}, r"rng=None must be a numpy Generator or a whole number"),
        (FIT, {"rng": -1}, "rng=-1 must be"),
        (FIT, {"rng": True}, "rng=True must be"),
        (FIT, {"rng": 1, "draws": 999}, "draws=999 must be a whole number, 1000 or more"),
        (FIT, {"rng": 1, "draws": 5000.0}, "draws=5000.0 must be"),
        (FIT, {"rng": 1, "level": 95}, "level=95 must lie between 0 and 1"),
        (FIT, {"rng": 1, "draws": 1, "level": 0}, "draws=1 .*; level=0 must"),
        (pool(FIT.effects, model="common"), {"rng": 1}, "a common effect has no prediction"),
        (pool(FIT.effects, weights=np.ones(5)), {"rng": 1}, "pool without weights="),
        (pool(Effects.from_arrays(Y[:2], V[:2])), {"rng": 1}, "needs 3 studies; got 2"),
        ("fit", {"rng": 1}, "fit must be a PooledFit, as pool gives it; got str"),
    ],
)
def test_refusals(fit, options, text):
    """What cannot be used is named, all of it at once."""
    with pytest.raises(InputError, match=text):
        bootstrap_prediction(fit, **options)
