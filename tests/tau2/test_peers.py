"""Estimators of tau² against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.meta_analysis import combine_effects

from metaan.core.effects import Effects
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.inference import HKSJ, WALD
from metaan.univariate.pooling import pool
from tests.tolerance import EXACT, Tolerance, close

ITERATED = Tolerance(
    relative=1e-6,
    reason="statsmodels stops its Paule-Mandel iteration when Q - (k - 1) < atol",
)
SEEDS = range(12)


def drawn(seed):
    """Return a random set with some variance between studies."""
    rng = np.random.default_rng(seed)
    v = rng.uniform(0.02, 0.6, size=int(rng.integers(3, 30)))
    return rng.normal(0.2, np.sqrt(v + 0.3)), v


def by_moments(y, v):
    """Return statsmodels' DerSimonian-Laird fit."""
    return combine_effects(y, v, method_re="chi2")


def by_iteration(y, v):
    """Return statsmodels' Paule-Mandel fit.

    Where rounding makes its last Q - (k - 1) negative it answers tau² = 0, against Q; another
    atol ends one step earlier.
    """
    for atol in (1e-8, 1e-7, 1e-6, 1e-5):
        fit = combine_effects(y, v, method_re="iterated", atol=atol, maxiter=500)
        if fit.tau2 > 0 or fit.q <= len(y) - 1:
            return fit
    raise AssertionError("statsmodels answers tau² = 0 although Q > k - 1, at every atol")


PEERS = {"DL": (by_moments, EXACT), "PM": (by_iteration, ITERATED)}


@pytest.mark.parametrize("key", PEERS)
@pytest.mark.parametrize("seed", SEEDS)
def test_tau2_and_both_intervals(key, seed):
    """tau², the mean, and its Wald and Hartung-Knapp standard errors."""
    y, v = drawn(seed)
    peer, tolerance = PEERS[key]
    theirs = peer(y, v)
    effects = Effects.from_arrays(y, v)
    wald, hksj = (pool(effects, tau2=key, inference=name) for name in (WALD, HKSJ))
    assert close(wald.tau2, max(theirs.tau2, 0.0), tolerance, typical=float(np.median(v)))
    assert close(wald.estimate.value, theirs.mean_effect_re, tolerance, typical=0.1)
    assert close(wald.estimate.se, theirs.sd_eff_w_re, tolerance)
    assert close(hksj.estimate.se, theirs.sd_eff_w_re_hksj, tolerance)
    assert close(wald.heterogeneity.q, theirs.q, EXACT)


def test_every_peer_is_a_row():
    """The estimators compared here exist under these keys."""
    assert set(PEERS) <= set(ESTIMATORS)
