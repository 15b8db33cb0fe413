"""Laws of every row of MEASURES."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.measures.table import EVENTS, GIVEN, MEANS, MEASURES, Swap
from tests.tolerance import EXACT, Tolerance, close

DRAWS = 200_000
DELTA_METHOD = Tolerance(
    relative=0.03,
    reason="v is a large-sample formula: its bias is of order 1/n (n = 58 to 120 at the design "
    "points), and the variance of 200,000 draws has a standard error of 0.3%",
)


def point(row):
    """Return the design point of a row as arrays, in the order of its inputs."""
    return [np.array([row.design_point[name]]) for name in row.inputs]


def neighbors(row, rng):
    """Return 12 inputs near the design point, shape (3, 4) each; counts stay whole."""
    inputs = []
    for name in row.inputs:
        value = row.design_point[name] * rng.uniform(0.8, 1.2, size=(3, 4))
        inputs.append(np.round(value) if name.startswith(("n", "events")) else value)
    return inputs


def exchanged(row, inputs):
    """Return the inputs with groups 1 and 2 exchanged."""
    named = dict(zip(row.inputs, inputs, strict=True))
    other = {"1": "2", "2": "1"}
    return [named[name[:-1] + other.get(name[-1], name[-1])] for name in row.inputs]


def draw_means(row, rng):
    """Return means and SDs of normal samples of the design point's sizes."""
    drawn = dict(row.design_point)
    for group in "12":
        n, sd = row.design_point[f"n{group}"], row.design_point[f"sd{group}"]
        drawn[f"mean{group}"] = rng.normal(row.design_point[f"mean{group}"], sd / n**0.5, DRAWS)
        drawn[f"sd{group}"] = sd * np.sqrt(rng.chisquare(n - 1, DRAWS) / (n - 1))
    return drawn


def draw_events(row, rng):
    """Return binomial events at the design point's risks."""
    drawn = dict(row.design_point)
    for group in "12":
        n, events = int(row.design_point[f"n{group}"]), row.design_point[f"events{group}"]
        drawn[f"events{group}"] = rng.binomial(n, events / n, DRAWS).astype(float)
    return drawn


def draw_given(row, rng):
    """Return effects that scatter with the variance they state."""
    y, v = (row.design_point[name] for name in row.inputs)
    return {"y": rng.normal(y, v**0.5, DRAWS), "v": v}


DRAWERS = {MEANS: draw_means, EVENTS: draw_events, GIVEN: draw_given}


@pytest.mark.parametrize("key", MEASURES)
def test_exchange_of_groups(key):
    """Exchanging the groups does what the row declares and leaves the variance."""
    row = MEASURES[key]
    inputs = neighbors(row, np.random.default_rng(1))
    y, v = row.function(*inputs)
    swapped_y, swapped_v = row.function(*exchanged(row, inputs))
    sign = {Swap.SIGN: -1.0, Swap.NONE: 1.0}[row.swap]
    assert close(swapped_y, sign * y, EXACT, typical=1.0)
    assert close(swapped_v, v, EXACT)
    grouped = any(name[-1] in "12" for name in row.inputs)
    assert grouped == (row.swap is not Swap.NONE)


@pytest.mark.parametrize("key", MEASURES)
def test_variance_is_positive(key):
    """At the design point and around it, v > 0 and y is finite."""
    row = MEASURES[key]
    for inputs in (point(row), neighbors(row, np.random.default_rng(2))):
        y, v = row.function(*inputs)
        assert np.all(np.isfinite(y))
        assert np.all(v > 0)


@pytest.mark.parametrize("key", MEASURES)
def test_vector_is_loop(key):
    """An array of inputs gives what its cells give one by one."""
    row = MEASURES[key]
    inputs = neighbors(row, np.random.default_rng(3))
    y, v = row.function(*inputs)
    assert y.shape == v.shape == (3, 4)
    for cell in np.ndindex(3, 4):
        alone = row.function(*(np.array([values[cell]]) for values in inputs))
        assert close([y[cell], v[cell]], [alone[0][0], alone[1][0]], EXACT)


@pytest.mark.parametrize("key", [key for key, row in MEASURES.items() if row.inputs == MEANS])
def test_change_of_unit(key):
    """In another unit, effects in units change with it; standardized ones stay."""
    row, factor = MEASURES[key], 25.4
    inputs = neighbors(row, np.random.default_rng(4))
    scales = [1.0 if name.startswith("n") else factor for name in row.inputs]
    y, v = row.function(*inputs)
    new_y, new_v = row.function(*(a * s for a, s in zip(inputs, scales, strict=True)))
    expected = factor if row.in_units else 1.0
    assert close(new_y, expected * y, EXACT)
    assert close(new_v, expected**2 * v, EXACT)


@pytest.mark.parametrize("key", MEASURES)
def test_monte_carlo_variance(key):
    """The variance of y over drawn studies is the mean of v, and y is centered at its point."""
    row = MEASURES[key]
    drawn = DRAWERS[row.inputs](row, np.random.default_rng(5))
    y, v = row.function(*(np.asarray(drawn[name], dtype=float) for name in row.inputs))
    assert close(np.mean(v), np.var(y), DELTA_METHOD)
    truth = row.function(*point(row))[0][0]
    assert abs(np.mean(y) - truth) < 0.05 * np.std(y)


@pytest.mark.parametrize("key", MEASURES)
def test_row_is_complete(key):
    """The design point names the inputs, the scale reads its null, the key is the row's."""
    row = MEASURES[key]
    assert row.key == key
    assert tuple(row.design_point) == row.inputs
    assert row.scale.reading_null == (1.0 if row.scale.key == "log" else 0.0)
    assert not row.doi or row.doi.startswith("10.")
