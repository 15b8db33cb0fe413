"""p-values of arrangements are valid: under the null hypothesis P(p <= a) is at most a.

10,000 data sets, through the function that ``permutation_test`` calls for each block.
"""

from __future__ import annotations

import numpy as np
import pytest

from metaan.batch.arrangements import Shuffles, Signs
from metaan.batch.arranging import infer
from metaan.batch.tallying import TIE
from metaan.tau2.studies import make_studies
from metaan.univariate.inference import HKSJ, WALD
from metaan.univariate.planning import DEFAULT_LEVEL, DEFAULT_MODEL, make_plan
from metaan.univariate.prediction import DEFAULT_PREDICTION

SETS, AT_ONCE = 10_000, 100
LEVELS = np.array([0.01, 0.05, 0.1, 0.5])
ERRORS = 3 * np.sqrt(LEVELS * (1 - LEVELS) / SETS)
TAU2 = 0.1


def drawn(k, mean, seed):
    """Return normal effects with heterogeneity, and variances, of all data sets."""
    rng = np.random.default_rng(seed)
    v = rng.uniform(0.02, 0.4, (SETS, k))
    return rng.normal(mean, np.sqrt(v + TAU2)), v


def p_values(arranged, own, v, tau2, inference):
    """Return the share of arrangements whose |t| of the last coefficient is that of the data.

    ``arranged(part)`` makes effects and designs of some data sets, shape (sets, arrangements, k
    and p); the data are arrangement number ``own``.
    """
    plan = make_plan(
        model=DEFAULT_MODEL,
        tau2=tau2,
        inference=inference,
        prediction=DEFAULT_PREDICTION,
        level=DEFAULT_LEVEL,
    )
    found = np.empty(SETS)
    for start in range(0, SETS, AT_ONCE):
        part = slice(start, start + AT_ONCE)
        y, x = arranged(part)
        n, count, k = y.shape
        spread = np.repeat(v[part], count, axis=0)
        flat = None if x is None else x.reshape(n * count, k, -1)
        studies = make_studies(y.reshape(-1, k), spread, x=flat)
        inferred = infer(studies, plan, np.ones(1))
        t = np.abs(inferred.beta[:, -1] / inferred.se[:, -1]).reshape(n, count)
        found[part] = np.mean(t >= t[:, [own]] * (1 - TIE), axis=1)
    return found


def check(found, steps):
    """Assert that P(p <= a) is at most a, and no less than p-values in such steps allow."""
    share = np.mean(found[:, None] <= LEVELS + 1e-12, axis=0)
    assert (share <= LEVELS + ERRORS).all(), share
    assert (share >= np.floor(LEVELS * steps + 1e-9) / steps - ERRORS).all(), share


@pytest.mark.parametrize(("k", "tau2", "inference"), [(8, "DL", HKSJ), (6, "REML", WALD)])
def test_signs(k, tau2, inference):
    """Symmetric effects about 0, each with a variance of its own."""
    y, v = drawn(k, 0.0, 1)
    signs = Signs(k=k).numbered(0, 2 ** (k - 1))

    def arranged(part):
        return y[part, None, :] * signs, None

    check(p_values(arranged, 0, v, tau2, inference), len(signs))


def test_rows():
    """Effects that know nothing of two groups of 3 and 4 studies."""
    group = np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0])
    design = np.column_stack([np.ones(7), group])
    shuffles = Shuffles.of(design)
    designs = shuffles.numbered(0, shuffles.count)
    own = int(np.flatnonzero((designs == design).all(axis=(1, 2)))[0])
    y, v = drawn(7, 0.3, 2)

    def arranged(part):
        n = len(y[part])
        x = np.broadcast_to(designs, (n, *designs.shape))
        return np.repeat(y[part, None, :], len(designs), axis=1), x

    check(p_values(arranged, own, v, "DL", HKSJ), len(designs))
