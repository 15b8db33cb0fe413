"""Laws of every estimator of tau² with every inference and prediction, through the kernel."""

from __future__ import annotations

from dataclasses import fields
from itertools import product

import numpy as np
import pytest

from metaan.tau2.table import ESTIMATORS
from metaan.univariate.inference import INFERENCES
from metaan.univariate.kernel import Plan, PooledArrays, pool_arrays
from metaan.univariate.prediction import PREDICTIONS
from tests.laws.sets import one, ragged
from tests.tolerance import EXACT, SOLVED, Tolerance, close

COMMON = "common effect"
PLANS = list(product((COMMON, *ESTIMATORS), INFERENCES))
SHIFTED = ("value", "low", "high", "predicted_low", "predicted_high")
LINEAR = (*SHIFTED, "se", "wald_se")
SQUARED = ("tau2", "tau2_low", "tau2_high", "typical_v")
SAME_SUMS = Tolerance(
    relative=1e-13,
    absolute=1e-13,
    reason="the same sums and, in the searches, the same steps; only zeros are added",
)
NAMES = tuple(field.name for field in fields(PooledArrays))


def plan_of(estimator, inference, prediction=None):
    """Return a plan at 95%."""
    return Plan(
        estimator=ESTIMATORS.get(estimator),
        inference=INFERENCES[inference],
        prediction=PREDICTIONS[prediction or next(iter(PREDICTIONS))],
        level=0.95,
    )


@pytest.fixture(scope="module")
def sets():
    """Return the random sets."""
    return ragged()


def compare(actual, expected, names, tolerance):
    """Compare columns of two batches; the size of an analysis is its standard error."""
    for name in names:
        ours, theirs = getattr(actual, name), getattr(expected, name)
        size = float(np.max(expected.se)) if name in LINEAR else 0.0
        assert close(ours, theirs, tolerance, typical=size)


@pytest.mark.parametrize(("estimator", "inference"), PLANS)
def test_shift(sets, estimator, inference):
    """Adding a constant to every effect moves the mean and its limits, nothing else."""
    y, v, present = sets
    plan = plan_of(estimator, inference)
    before, after = (pool_arrays(y + by * present, v, present, plan) for by in (0.0, 3.75))
    for name in SHIFTED:
        assert close(getattr(after, name) - 3.75, getattr(before, name), SOLVED, typical=4.0)
    for name in (*SQUARED, "se", "q", "weights"):
        assert close(getattr(after, name), getattr(before, name), SOLVED, typical=0.01)


@pytest.mark.parametrize(("estimator", "inference"), PLANS)
@pytest.mark.parametrize("factor", [-1.0, 1e-150, 1e-6, 0.3, 7e4, 1e150])
def test_change_of_unit(sets, estimator, inference, factor):
    """Effects times a and variances times a²: everything follows, from 1e-150 to 1e150."""
    y, v, present = sets
    plan = plan_of(estimator, inference)
    new_v = np.where(present > 0, v * factor * factor, 1.0)
    before, after = pool_arrays(y, v, present, plan), pool_arrays(y * factor, new_v, present, plan)
    pairs = {"low": "high", "high": "low", "predicted_low": "predicted_high"}
    pairs["predicted_high"] = "predicted_low"
    for name in LINEAR:
        other = pairs.get(name, name) if factor < 0 else name
        scale = abs(factor) if name.endswith("se") else factor
        expected = getattr(before, other)
        size = float(np.max(before.se))
        assert close(getattr(after, name) / scale, expected, SOLVED, typical=size)
    for name in SQUARED:
        theirs = getattr(before, name)
        ours = getattr(after, name) / factor / factor
        assert close(ours, theirs, SOLVED, typical=float(np.median(before.typical_v)))
    for name in ("q", "i2", "h2", "i2_q", "df", "weights"):
        assert close(getattr(after, name), getattr(before, name), SOLVED, typical=1.0)


@pytest.mark.parametrize(("estimator", "inference"), PLANS)
def test_order_of_studies(sets, estimator, inference):
    """Studies and their gaps in another order give the same pool and the same weights."""
    order = np.random.default_rng(3).permutation(sets[0].shape[1])
    plan = plan_of(estimator, inference)
    before = pool_arrays(*sets, plan)
    after = pool_arrays(*(array[:, order] for array in sets), plan)
    compare(after, before, LINEAR, SOLVED)
    compare(after, before, (*SQUARED, "q", "i2", "h2", "log_p_value"), SOLVED)
    assert close(after.weights, before.weights[:, order], SOLVED)


@pytest.mark.parametrize(("estimator", "inference"), PLANS)
def test_batch_is_loop(sets, estimator, inference):
    """A ragged batch gives what each analysis gives alone, gaps left out."""
    plan = plan_of(estimator, inference)
    batch = pool_arrays(*sets, plan)
    for i in range(len(sets[0])):
        alone = pool_arrays(*one(sets, i), plan)
        for name in NAMES:
            mine = getattr(batch, name)[i]
            if name == "weights":
                mine = mine[sets[2][i] > 0]
            theirs = getattr(alone, name)[0]
            assert close(mine, theirs, SAME_SUMS, typical=1.0)


@pytest.mark.parametrize(("estimator", "inference"), PLANS)
def test_absent_cells_have_no_say(sets, estimator, inference):
    """Whatever finite numbers stand in absent cells, they count as y = 0 and v = 1."""
    y, v, present = sets
    plan = plan_of(estimator, inference)
    junk = np.random.default_rng(8).normal(0, 1e6, size=y.shape)
    before = pool_arrays(y, v, present, plan)
    after = pool_arrays(
        np.where(present > 0, y, junk), np.where(present > 0, v, junk), present, plan
    )
    for name in NAMES:
        assert np.array_equal(getattr(after, name), getattr(before, name), equal_nan=True)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("k", [1, 2, 3, 9])
def test_homogeneous_effects(estimator, k):
    """Equal effects have no variance between them, whatever their own variances."""
    v = np.array([np.geomspace(0.01, 3.0, k)])
    y = np.full((1, k), -0.75)
    assert ESTIMATORS[estimator].function(y, v, np.ones((1, k)))[0] == 0.0


@pytest.mark.parametrize(("estimator", "inference"), PLANS)
@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_intervals_are_in_order(sets, estimator, inference, prediction):
    """Limits surround the mean symmetrically; tau² is in range; weights sum to 100."""
    found = pool_arrays(*sets, plan_of(estimator, inference, prediction))
    assert np.all(found.low <= found.value)
    middle = (found.low + found.high) / 2
    size = float(np.max(np.abs(found.high)))
    assert close(middle, found.value, EXACT, typical=size)
    assert np.all((found.tau2 >= 0) & (found.tau2_low <= found.tau2_high))
    assert close(found.weights.sum(axis=1), 100.0, EXACT)
    assert np.all((found.i2 >= 0) & (found.i2 < 100) & (found.h2 >= 0))
    if estimator == COMMON:
        assert np.all(np.isnan(found.predicted_low))
    else:
        assert np.all(found.predicted_low <= found.value)
        assert np.all(found.predicted_high >= found.value)
