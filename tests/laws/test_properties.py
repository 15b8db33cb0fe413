"""Properties of a pool that hold for whatever effects hypothesis can think of."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaan.core.effects import Effects
from metaan.core.errors import EmptyIntervalWarning
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.inference import FLOOR, HKSJ, WALD
from metaan.univariate.pooling import pool
from tests.tolerance import EXACT, SOLVED, close

DECIMALS = st.integers(-4000, 4000).map(lambda x: x / 1000)
VARIANCES = st.integers(1, 20_000).map(lambda x: x / 1000)
# GENQM looks for a median of an exact distribution each time; test_kernel.py has its laws.
QUICK = [key for key in ESTIMATORS if key != "GENQM"]
# Of a law that asks nothing of how tau² was found: over all estimators some 400 examples.
SHARE = 30
STUDIES = st.lists(st.tuples(DECIMALS, VARIANCES), min_size=2, max_size=12)


def fitted(studies, **options):
    """Return a pool of (y, v) pairs; an empty Q-profile is no matter here."""
    y, v = zip(*studies, strict=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EmptyIntervalWarning)
        effects = Effects.from_arrays(y, v)
        row = ESTIMATORS.get(options.get("tau2"))
        if row is not None and row.weighted:
            options["weights"] = 1 / effects.se
        return pool(effects, **options)


@pytest.mark.parametrize("tau2", QUICK)
@given(studies=STUDIES)
def test_ranges(tau2, studies):
    """The mean lies among the effects, I² and p in their ranges, weights are shares."""
    fit = fitted(studies, tau2=tau2)
    y = [effect for effect, _ in studies]
    het = fit.heterogeneity
    slack = 1e-12 * (1 + max(abs(x) for x in y))
    assert min(y) - slack <= fit.estimate.value <= max(y) + slack
    assert 0 <= fit.tau2 < np.inf
    assert 0 <= het.i2 < 100
    assert 0 <= het.p_value <= 1
    assert np.isnan(fit.estimate.p_value) or 0 <= fit.estimate.p_value <= 1
    assert het.tau2_low <= het.tau2_high
    assert np.all(fit.weights > 0)
    assert close(fit.weights.sum(), 100.0, EXACT)


@pytest.mark.parametrize("tau2", QUICK)
@settings(max_examples=SHARE)
@given(studies=STUDIES)
def test_floor_is_the_wider(tau2, studies):
    """The floored standard error is the larger of Hartung-Knapp's and Wald's."""
    wald, hksj, floor = (
        fitted(studies, tau2=tau2, inference=name).estimate for name in (WALD, HKSJ, FLOOR)
    )
    assert close(floor.se, max(wald.se, hksj.se), EXACT)
    assert wald.value == hksj.value == floor.value


@pytest.mark.parametrize("tau2", QUICK)
@settings(max_examples=SHARE)
@given(studies=STUDIES)
def test_mirror(tau2, studies):
    """Effects with the other sign give the mirror image."""
    fit = fitted(studies, tau2=tau2)
    mirrored = fitted([(-y, v) for y, v in studies], tau2=tau2)
    assert mirrored.estimate.value == -fit.estimate.value
    assert mirrored.estimate.low == -fit.estimate.high
    assert mirrored.tau2 == fit.tau2


@given(studies=STUDIES)
def test_paule_mandel_is_in_its_profile(studies):
    """The Paule-Mandel estimate solves Q = k - 1 and lies in the Q-profile where that can be."""
    fit = fitted(studies, tau2="PM", level=0.99)
    het = fit.heterogeneity
    assert het.tau2_low <= fit.tau2
    assert fit.tau2 <= het.tau2_high or fit.tau2 == 0
    if fit.tau2 > 0:
        y, v = (np.array(x) for x in zip(*studies, strict=True))
        w = 1 / (v + fit.tau2)
        q = np.sum(w * (y - np.average(y, weights=w)) ** 2)
        assert close(q, len(y) - 1, SOLVED)


@given(studies=STUDIES)
def test_study_split_in_two_halves(studies):
    """Under the common effect a study may come as two halves of twice its variance."""
    whole = fitted(studies, model="common")
    halves = [(y, 2 * v) for y, v in studies for _ in range(2)]
    split = fitted(halves, model="common")
    assert close(split.estimate.value, whole.estimate.value, EXACT, typical=1.0)
    assert close(split.estimate.se, whole.estimate.se, EXACT)
