"""pool_many: what pool says of each analysis, in any shape, and every fault named."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

import metaan as ma
from metaan.tau2.table import ESTIMATORS
from metaan.univariate import many
from metaan.univariate.inference import INFERENCES
from tests.laws.sets import one, ragged
from tests.tolerance import Tolerance, close

NAMES = [field.name for field in fields(ma.pool_many([0.0], [1.0]))]
ROUNDING = Tolerance(
    relative=1e-13, absolute=1e-13, reason="the same sums over other blocks, and zeros added"
)


def drawn(*shape):
    """Return effects and variances of a shape."""
    rng = np.random.default_rng(5)
    v = rng.uniform(0.02, 0.5, size=shape)
    return rng.normal(0.3, np.sqrt(v + 0.1)), v


@pytest.mark.parametrize("tau2", [key for key, row in ESTIMATORS.items() if not row.weighted])
def test_one_analysis_is_pool(tau2):
    """The same shape gives the numbers of pool, to the last bit."""
    y, v = drawn(9)
    found, fit = ma.pool_many(y, v, tau2=tau2), ma.pool(ma.Effects.from_arrays(y, v), tau2=tau2)
    assert found.value.shape == ()
    assert found.value == fit.estimate.value
    assert (found.low, found.high) == (fit.estimate.low, fit.estimate.high)
    assert found.log_p_value == fit.estimate.log_p_value
    assert found.tau2 == fit.tau2
    assert found.prediction_high == fit.prediction_interval.high
    assert np.array_equal(found.weights, fit.weights)
    for name in ("q", "i2", "i2_q", "h2", "tau2_low", "tau2_high", "tau2_se", "i2_high"):
        assert np.array_equal(
            getattr(found, name), getattr(fit.heterogeneity, name), equal_nan=True
        )


@pytest.mark.parametrize("inference", ["WALD", "HKSJ"])
def test_ragged_and_blocked(inference, monkeypatch):
    """Blocks of a few rows, and gaps, change nothing beyond rounding."""
    assert inference in INFERENCES
    sets = ragged(n=40, k=9)
    y = np.where(sets[2] > 0, sets[0], np.nan)
    whole = ma.pool_many(y, sets[1], mask=sets[2], inference=inference)
    monkeypatch.setattr(many, "BLOCK", 30)
    blocked = ma.pool_many(y, sets[1], mask=sets[2], inference=inference)
    for i in range(40):
        alone = ma.pool_many(*(array[0] for array in one(sets, i)[:2]), inference=inference)
        for name in (name for name in NAMES if name not in ("weights", "steps")):
            mine = getattr(whole, name)[i]
            assert close(mine, getattr(alone, name), ROUNDING, typical=1.0)
            assert close(mine, getattr(blocked, name)[i], ROUNDING, typical=1.0)
        assert close(whole.weights[i, sets[2][i] > 0], alone.weights, ROUNDING, typical=1.0)


def test_any_leading_shape():
    """Leading axes stay; y, v, mask and weights broadcast."""
    y, v = drawn(2, 3, 6)
    found = ma.pool_many(y, v[0, 0], weights=np.arange(1.0, 7.0))
    assert found.value.shape == found.q.shape == (2, 3)
    assert found.weights.shape == (2, 3, 6)
    alone = ma.pool_many(y[1, 2], v[0, 0], weights=np.arange(1.0, 7.0))
    assert found.value[1, 2] == pytest.approx(float(alone.value), rel=1e-13)
    assert close(found.weights[1, 2], 100 * np.arange(1, 7) / 21, ROUNDING)
    assert ma.pool_many(np.zeros((0, 4)), np.ones((0, 4))).value.shape == (0,)


def test_as_a_table():
    """One row per analysis with the p-values beside their logarithms; a short repr."""
    y, v = drawn(2, 3, 6)
    found = ma.pool_many(y, v)
    frame = found.to_frame()
    assert len(frame) == 6
    assert frame["value"].iloc[5] == found.value[1, 2]
    assert close(frame["p_value"], np.exp(found.log_p_value).ravel(), ROUNDING)
    assert close(frame["q_p_value"], np.exp(found.q_log_p_value).ravel(), ROUNDING)
    assert "weights" not in frame
    assert repr(found).startswith("PooledArrays: analyses of shape (2, 3), up to 6 studies")


def test_every_fault_is_named():
    """Missing and infinite numbers, variances, weights and empty analyses, all at once."""
    y = [[0.1, np.nan], [np.inf, 0.2], [0.1, 0.3]]
    v = [[0.1, 0.0], [-1.0, 0.2], [0.1, 0.3]]
    with pytest.raises(ma.InputError) as caught:
        ma.pool_many(y, v, mask=[[1, 1], [1, 1], [0, 0]], weights=[1.0, -2.0])
    text = str(caught.value)
    for part in (
        "effects must be finite; got nan at (0, 1), inf at (1, 0)",
        "above 0; got 0.0 at (0, 1), -1.0 at (1, 0)",
        "weights must be finite and >= 0; got -2.0 at (0, 1), -2.0 at (1, 1)",
        "an analysis needs a study; got (2,)",
        "mask= leaves studies out",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (([1.0, 2.0], [1.0, 2.0, 3.0]), "one shape"),
        (([], []), "k >= 1"),
        ((1.0, 1.0), "k >= 1"),
        ((["a"], [1.0]), "numbers"),
        (([1.0, np.nan] * 6, [1.0] * 12), "and 1 more"),
    ],
)
def test_shapes_and_words(arguments, text):
    """What is no array of effects says so."""
    with pytest.raises(ma.InputError, match=text):
        ma.pool_many(*arguments)


def test_many_at_all_scales():
    """Effects from 1e-150 to 1e150 side by side."""
    y, v = drawn(7)
    factor = np.array([1e-150, 1e-20, 1.0, 1e20, 1e150])[:, None]
    found = ma.pool_many(y * factor, v * factor * factor)
    alone = ma.pool_many(y, v)
    assert close(found.value / factor[:, 0], float(alone.value), ROUNDING, typical=1.0)
    assert close(found.q, float(alone.q), ROUNDING)
