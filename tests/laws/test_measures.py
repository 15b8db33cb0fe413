"""Laws of every row of MEASURES, with every name that its options take."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache

import numpy as np
import pytest

from metaan.measures.row import Swap, Unit
from metaan.measures.table import MEASURES
from tests.laws import draws
from tests.laws.printed import PRINTED
from tests.tolerance import EXACT, Tolerance, close

DRAWS = 100_000
FAMILIES = [
    importlib.import_module(f"{draws.__name__}.{found.name}")
    for found in pkgutil.iter_modules(draws.__path__)
]
DRAWERS = {inputs: drawer for family in FAMILIES for inputs, drawer in family.DRAWERS.items()}
RATIOS = {name: ratio for family in FAMILIES for name, ratio in family.RATIOS.items()}
MEASURED = Tolerance(
    relative=0.03,
    reason="the variance of 100,000 draws has a standard error of 0.5%, more where effects have "
    "heavy tails; the ratio itself is what was measured and written down",
)
ROUNDED = Tolerance(relative=1e-11, reason="a difference of means, squared, after a shift by 300")
INVERTED = Tolerance(relative=1e-10, reason="a p-value and the quantile that it came from")
OPTIONS = [
    (key, {option: name})
    for key, row in MEASURES.items()
    for option, names in row.options.items()
    for name in names
] + [(key, {}) for key, row in MEASURES.items() if not any(row.options.values())]
WHOLE = ("n", "events", "predictors", "items", "both", "only", "neither", "dominant",
         "heterozygous", "recessive")  # fmt: skip


def borrows(row, chosen):
    """Return True if a study's variance depends on its neighbors under these options."""
    return bool(set(chosen.values()) & {*row.across, "if0all"})


def named(row, values):
    """Return the inputs by name."""
    return dict(zip(row.inputs, values, strict=True))


def point(row):
    """Return the design point of a row as arrays, in the order of its inputs."""
    return [np.array([row.design_point[name]]) for name in row.inputs]


def neighbors(row, seed):
    """Return 12 inputs near the design point, shape (3, 4) each; counts stay whole."""
    rng = np.random.default_rng(seed)
    inputs = []
    for name in row.inputs:
        value = row.design_point[name] * rng.uniform(0.9, 1.1, size=(3, 4))
        inputs.append(np.round(value) if name.startswith(WHOLE) else value)
    return inputs


def exchanged(row, inputs):
    """Return the inputs with 1 and 2 exchanged."""
    other = {"1": "2", "2": "1"}
    found = named(row, inputs)
    if "auc" in found:  # the probability that 1 exceeds 2
        found["auc"] = 1 - found["auc"]
    return [
        found[name[:-1] + other[name[-1]] if name[-1] in other and name != "r2" else name]
        for name in row.inputs
    ]


@pytest.mark.parametrize(("key", "chosen"), OPTIONS)
def test_exchange_of_groups(key, chosen):
    """Exchanging the groups does what the row declares and leaves the variance."""
    row = MEASURES[key]
    inputs = neighbors(row, 1)
    pairs = any(name[-1] in "12" and name != "r2" for name in row.inputs)
    assert pairs == (row.swap is not Swap.NONE)
    if row.swap in (Swap.NONE, Swap.OTHER):
        return
    y, v = row.function(*inputs, **chosen)
    swapped_y, swapped_v = row.function(*exchanged(row, inputs), **chosen)
    assert close(swapped_y, -y if row.swap is Swap.SIGN else 1 - y, EXACT, typical=1.0)
    assert close(swapped_v, v, EXACT)


@pytest.mark.parametrize(
    "key",
    [
        k
        for k, row in MEASURES.items()
        if row.swap is Swap.OTHER and {"sd1", "sd2"} < {*row.inputs}
    ],
)
def test_groups_that_play_different_parts(key):
    """Where a row says that an exchange gives another effect, it does."""
    row = MEASURES[key]
    inputs = neighbors(row, 1)
    y, _ = row.function(*inputs)
    other, _ = row.function(*exchanged(row, inputs))
    assert not np.allclose(other, -y, rtol=1e-3)


@pytest.mark.parametrize(("key", "chosen"), OPTIONS)
def test_variance_is_positive(key, chosen):
    """At the design point and around it, v > 0 and y is finite."""
    row = MEASURES[key]
    for inputs in (point(row), neighbors(row, 2)):
        y, v = row.function(*inputs, **chosen)
        assert np.all(np.isfinite(y))
        assert np.all(v > 0)


@pytest.mark.parametrize(("key", "chosen"), OPTIONS)
def test_vector_is_loop(key, chosen):
    """Rows of studies give what they give one by one; studies too unless the row says not."""
    row = MEASURES[key]
    inputs = neighbors(row, 3)
    y, v = row.function(*inputs, **chosen)
    assert y.shape == v.shape == (3, 4)
    alone = [row.function(*(values[i] for values in inputs), **chosen) for i in range(3)]
    assert close(y, [effect for effect, _ in alone], EXACT)
    assert close(v, [variance for _, variance in alone], EXACT)
    if borrows(row, chosen):
        return
    for cell in np.ndindex(3, 4):
        one = row.function(*(np.array([values[cell]]) for values in inputs), **chosen)
        assert close([y[cell], v[cell]], [one[0][0], one[1][0]], EXACT)


@pytest.mark.parametrize(
    ("key", "chosen"),
    [(k, c) for k, c in OPTIONS if any(n[:2] == "sd" for n in MEASURES[k].inputs)],
)
def test_change_of_unit(key, chosen):
    """In another unit, effects and variances change as the row declares."""
    row, factor = MEASURES[key], 25.4
    inputs = neighbors(row, 4)
    scaled = [a * (factor if name[:2] in ("me", "sd") else 1.0)
              for name, a in zip(row.inputs, inputs, strict=True)]  # fmt: skip
    y, v = row.function(*inputs, **chosen)
    new_y, new_v = row.function(*scaled, **chosen)
    expected = {Unit.FREE: y, Unit.SCALES: factor * y, Unit.SHIFTS: y + np.log(factor)}[row.unit]
    assert close(new_y, expected, EXACT, typical=1e-3)
    assert close(new_v, v * (factor**2 if row.unit is Unit.SCALES else 1.0), EXACT)


@pytest.mark.parametrize("key", [k for k, row in MEASURES.items() if "mean1" in row.inputs])
def test_turning_the_outcome_round(key):
    """Scores subtracted from a constant do to the effect what the row declares."""
    row = MEASURES[key]
    inputs = neighbors(row, 6)
    y, v = row.function(*inputs)
    turned = [300.0 - a if name.startswith("mean") else a
              for name, a in zip(row.inputs, inputs, strict=True)]  # fmt: skip
    new_y, new_v = row.function(*turned)
    expected = {Swap.SIGN: -y, Swap.COMPLEMENT: 1 - y, Swap.NONE: y}
    if row.turn is Swap.OTHER:
        assert not any(np.allclose(new_y, each) for each in expected.values())
        return
    assert close(new_y, expected[row.turn], EXACT, typical=1.0)
    assert close(new_v, v, ROUNDED)


@lru_cache(maxsize=4)
def drawn(inputs, point):
    """Return studies drawn at a design point, the same for every measure of these inputs."""
    found = DRAWERS[inputs](dict(point), np.random.default_rng(5), DRAWS)
    arrays = tuple(np.asarray(found[name], dtype=float) for name in inputs)
    for array in arrays:
        array.flags.writeable = False
    return arrays


@pytest.mark.parametrize(("key", "chosen"), OPTIONS)
def test_monte_carlo_variance(key, chosen):
    """The variance of y over drawn studies is the measured ratio times the mean of v."""
    row = MEASURES[key]
    y, v = row.function(*drawn(row.inputs, tuple(row.design_point.items())), **chosen)
    good = np.isfinite(y) & np.isfinite(v)
    assert good.mean() > 0.999
    name = ":".join([key, *chosen.values()])
    ratio = RATIOS.get(name, RATIOS.get(key, 1.0))
    assert close(np.var(y[good]) / np.mean(v[good]), ratio, MEASURED)


@pytest.mark.parametrize("key", MEASURES)
def test_row_is_complete(key):
    """The design point names the inputs, the scale reads its null, the key is the row's."""
    row = MEASURES[key]
    assert row.key == key
    assert tuple(row.design_point) == row.inputs
    if row.scale.key == "log" and not np.isnan(row.scale.null):
        assert row.scale.reading_null == 1.0
    assert not row.doi or row.doi.startswith("10.")
    for variance in row.across:
        assert variance in row.options["variance"]


@pytest.mark.parametrize(
    ("key", "route"), [(key, route) for key, row in MEASURES.items() for route in row.routes]
)
def test_routes_end_at_the_effect(key, route):
    """What a study at the design point would print gives the y and v of its own inputs."""
    row = MEASURES[key]
    printed = PRINTED[row.inputs](row.design_point)
    inputs = route.convert(*(np.array([printed[name]]) for name in route.inputs))
    assert len(inputs) == len(row.inputs)
    y, v = row.function(*inputs)
    assert np.isfinite([y, v]).all()
    expected_y, expected_v = row.function(*point(row))
    assert close(y, expected_y, INVERTED)
    assert close(v, expected_v, INVERTED)
    assert route.says
