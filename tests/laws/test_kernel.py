"""Laws of every estimator of tau² with every inference and prediction, through the kernel."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from itertools import product

import numpy as np
import pytest

from metaan.tau2.interval import DEFAULT_INTERVAL, INTERVALS
from metaan.tau2.studies import make_studies
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.inference import INFERENCES, misfit
from metaan.univariate.kernel import Plan, pool_arrays
from metaan.univariate.pooled_arrays import PooledArrays
from metaan.univariate.prediction import PREDICTIONS
from tests.laws.sets import one, ragged
from tests.tolerance import EXACT, SOLVED, Tolerance, close

COMMON = "common effect"
PLANS = [
    (estimator, inference)
    for estimator, inference in product((COMMON, *ESTIMATORS), INFERENCES)
    if not misfit(
        INFERENCES[inference],
        ESTIMATORS.get(estimator),
        own_weights=estimator != COMMON and ESTIMATORS[estimator].weighted,
    )
]
SHIFTED = ("value", "low", "high", "prediction_low", "prediction_high")
LINEAR = (*SHIFTED, "se", "wald_se")
SQUARED = ("tau2", "tau2_low", "tau2_high", "typical_v")
SAME_SUMS = Tolerance(
    relative=1e-13,
    absolute=1e-13,
    reason="the same sums, only zeros are added; searches end within rounding of one root, "
    "whatever grid their company asked for",
)
TURNS = 3  # every estimator has more inferences than this, and neighbors among PLANS are of one
BEYOND_SENSE = 1e6
FAR = Tolerance(
    relative=1e-9,
    reason="limits by next to no degrees of freedom, which grow as exp(1 / df)",
)
# How many steps a search took depends on the grid, and the grid on the company in the batch.
NAMES = tuple(field.name for field in fields(PooledArrays) if field.name != "steps")


def plan_of(estimator, inference, prediction=None):
    """Return a plan at 95%."""
    return Plan(
        estimator=ESTIMATORS.get(estimator),
        inference=INFERENCES[inference],
        prediction=PREDICTIONS[prediction or next(iter(PREDICTIONS))],
        interval=INTERVALS[DEFAULT_INTERVAL],
        level=0.95,
    )


@pytest.fixture(scope="module")
def sets():
    """Return the random sets."""
    return ragged()


def pooled(sets, plan):
    """Return the pools of a batch; estimators that ask for weights get the inverse errors."""
    y, v, present = sets
    weighted = plan.row is not None and plan.row.weighted
    with np.errstate(invalid="ignore"):
        weights = 1 / np.sqrt(np.where(present > 0, v, 1.0)) if weighted else None
    return pool_arrays(y, v, present, plan, weights=weights)


@cache
def pooled_as_they_are(plan):
    """Return the pools of the random sets, computed once for all laws of a plan."""
    return pooled(ragged(), plan)


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
    before, after = pooled_as_they_are(plan), pooled((y + 3.75 * present, v, present), plan)
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
    before, after = pooled_as_they_are(plan), pooled((y * factor, new_v, present), plan)
    pairs = {"low": "high", "high": "low", "prediction_low": "prediction_high"}
    pairs["prediction_high"] = "prediction_low"
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
    before = pooled_as_they_are(plan)
    after = pooled([array[:, order] for array in sets], plan)
    compare(after, before, LINEAR, SOLVED)
    compare(after, before, (*SQUARED, "q", "i2", "h2", "log_p_value"), SOLVED)
    assert close(after.weights, before.weights[:, order], SOLVED)


@pytest.mark.parametrize(("estimator", "inference"), PLANS)
def test_batch_is_loop(sets, estimator, inference):
    """A ragged batch gives what each analysis gives alone, gaps left out.

    Each set comes with every estimator and with every inference, not with all pairs of them.
    """
    plan = plan_of(estimator, inference)
    turn = PLANS.index((estimator, inference)) % TURNS
    batch = pooled_as_they_are(plan)
    for i in range(turn, len(sets[0]), TURNS):
        alone = pooled(one(sets, i), plan)
        for name in NAMES:
            mine = getattr(batch, name)[i]
            if name == "weights":
                mine = mine[sets[2][i] > 0]
            theirs = getattr(alone, name)[0]
            far = name in SHIFTED and abs(theirs) > BEYOND_SENSE
            assert close(mine, theirs, FAR if far else SAME_SUMS, typical=1.0)


@pytest.mark.parametrize(("estimator", "inference"), PLANS)
def test_absent_cells_have_no_say(sets, estimator, inference):
    """Whatever finite numbers stand in absent cells, they count as y = 0 and v = 1."""
    y, v, present = sets
    plan = plan_of(estimator, inference)
    junk = np.random.default_rng(8).normal(0, 1e6, size=y.shape)
    before = pooled_as_they_are(plan)
    after = pooled((np.where(present > 0, y, junk), np.where(present > 0, v, junk), present), plan)
    for name in NAMES:
        assert np.array_equal(getattr(after, name), getattr(before, name), equal_nan=True)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("k", [1, 2, 3, 9])
def test_homogeneous_effects(estimator, k):
    """Equal effects have no variance between them, whatever their own variances."""
    v = np.array([np.geomspace(0.01, 3.0, k)])
    studies = make_studies(np.full((1, k), -0.75), v, weights=1 / np.sqrt(v))
    row = ESTIMATORS[estimator]
    assert (row.function(studies).tau2[0] == 0.0) == (row.zero_at_equal or k == 1)


@pytest.mark.parametrize(("estimator", "inference"), PLANS)
@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_intervals_are_in_order(estimator, inference, prediction):
    """Limits surround the mean symmetrically; tau² is in range; weights sum to 100."""
    found = pooled_as_they_are(plan_of(estimator, inference, prediction))
    assert np.all(found.low <= found.value)
    # next to no degrees of freedom leave limits beyond all numbers, on either side
    known = np.isfinite(found.high)
    assert np.all(np.isneginf(found.low[~known]) & np.isposinf(found.high[~known]))
    assert np.all(known) or INFERENCES[inference].needs_restricted
    half = found.high[known] - found.value[known]
    size = float(np.max(np.abs(found.high[known])))
    assert close(found.value[known] - found.low[known], half, EXACT, typical=size)
    assert np.all((found.tau2 >= 0) & (found.tau2_low <= found.tau2_high))
    assert close(found.weights.sum(axis=1), 100.0, EXACT)
    assert np.all((found.i2 >= 0) & (found.i2 < 100) & (found.h2 >= 0))
    if estimator == COMMON:
        assert np.all(np.isnan(found.prediction_low))
    else:
        # degrees of freedom of the row's own may leave nothing, even of three studies
        none = np.isnan(found.prediction_low) & bool(PREDICTIONS[prediction].inference)
        assert np.all((found.prediction_low <= found.value) | none)
        assert np.all((found.prediction_high >= found.value) | none)
