"""permutation_test of any number of a fit: every row of the table and functions, one by one."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pytest

from metaan.batch.permutation import permutation_test
from metaan.batch.statistics import COEFFICIENT, MEAN, STATISTICS, T
from metaan.batch.tallying import ALTERNATIVES
from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.univariate.inference import WALD
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from tests.tolerance import EXACT, close, simulated

Y = np.array([0.12, 0.55, -0.2, 0.7, 0.31, 0.9])
V = np.array([0.02, 0.05, 0.03, 0.08, 0.04, 0.1])
DOSE = np.array([1.0, 3.0, 1.0, 4.0, 2.0, 3.0])
TIE = 1e-8
BOTH, GREATER, LESS = ALTERNATIVES


def effects(y=Y, v=V, dose=DOSE):
    """Return six studies with a moderator."""
    return Effects.from_arrays(y, v, columns={"dose": dose})


# What a fit's own fields say, for every row of the table.
OF_POOL = {
    T: lambda fit: fit.estimate.statistic,
    COEFFICIENT: lambda fit: fit.estimate.value,
    MEAN: lambda fit: fit.estimate.value,
    "se": lambda fit: fit.estimate.se,
    "low": lambda fit: fit.estimate.low,
    "high": lambda fit: fit.estimate.high,
    "prediction_low": lambda fit: fit.prediction_interval.low,
    "prediction_high": lambda fit: fit.prediction_interval.high,
    "tau2": lambda fit: fit.tau2,
    **{
        key: lambda fit, key=key: getattr(fit.heterogeneity, key)
        for key in ("i2", "i2_q", "h2", "q", "tau2_low", "tau2_high", "i2_low", "i2_high")
    },
}
OF_REGRESSION = {
    **{key: OF_POOL[key] for key in ("tau2", "i2", "i2_q", "h2", "q", "tau2_low", "i2_high")},
    "qm": lambda fit: fit.moderators.statistic,
    "r2": lambda fit: fit.r2,
    "dose": lambda fit: fit["dose"].value,
}


def expected(values, observed, alternative, row):
    """Return the share of values as extreme as the observed one, by the words of the docstring."""
    slack = TIE * abs(observed)
    above = np.mean(np.isnan(values) | (values >= observed - slack))
    below = np.mean(np.isnan(values) | (values <= observed + slack))
    if alternative == BOTH and row is not None and row.null == 0:
        return np.mean(np.abs(values) >= abs(observed) - slack)
    both = min(1.0, 2 * min(above, below))
    return {BOTH: both, GREATER: above, LESS: below}[alternative]


@pytest.fixture(scope="module")
def flipped():
    """Return the pools of all 64 choices of signs, the data first."""
    return [pool(effects(np.array(signs) * Y)) for signs in product([1, -1], repeat=6)]


@pytest.fixture(scope="module")
def shuffled():
    """Return the regressions of all 60 different orders of five doses, the data last."""
    own = tuple(DOSE[:5])
    orders = dict.fromkeys(permutations(own))
    del orders[own]
    return [regress(effects(Y[:5], V[:5], np.array(x)), "~ dose") for x in (*orders, own)]


@pytest.mark.parametrize("key", OF_POOL)
def test_every_number_of_a_pool(key, flipped):
    """All signs, fitted one by one, on every side; mirror images by the row's own rule."""
    row, values = STATISTICS[key], np.array([OF_POOL[key](fit) for fit in flipped])
    for alternative in (None, *ALTERNATIVES):
        found = permutation_test(flipped[0], statistic=key, alternative=alternative)
        side = row.alternative if alternative is None else alternative
        assert found.alternative == side
        assert close(found.observed[0], values[0], EXACT)
        assert close(found.p_value, expected(values, values[0], side, row), EXACT)
        assert (found.draws, found.exact) == (64, True)


@pytest.mark.parametrize("key", OF_REGRESSION)
def test_every_number_of_a_regression(key, shuffled):
    """All designs, fitted one by one; undefined ones count as extreme and are told."""
    values = np.array([OF_REGRESSION[key](fit) for fit in shuffled])
    row = STATISTICS.get(key, STATISTICS[COEFFICIENT])
    found = permutation_test(shuffled[-1], statistic=key)
    assert found.names == (key,)
    assert close(found.p_value, expected(values, values[-1], row.alternative, row), EXACT)
    told = [remark for remark in found.remarks if "not defined" in remark]
    lost = np.count_nonzero(np.isnan(values))
    assert len(told) == (lost > 0)
    assert not told or told[0].startswith(f"in {lost} of 60 arrangements")


def test_every_row_is_visited():
    """No row of the table without a test."""
    assert {*OF_POOL, *OF_REGRESSION} - {"dose"} == set(STATISTICS)


def test_functions_of_ones_own(flipped, shuffled):
    """The width of an interval, the weight of a study, the slope over tau: as in a loop."""
    width = permutation_test(
        flipped[0], statistic=lambda fits: fits.high - fits.low, alternative=LESS
    )
    values = np.array([fit.estimate.high - fit.estimate.low for fit in flipped])
    assert close(width.p_value, expected(values, values[0], LESS, None), EXACT)
    assert width.statistic == "own function"

    def slope(fits):
        return fits.value[:, 1] / (1 + fits.tau2)

    found = permutation_test(shuffled[-1], statistic=slope)
    values = np.array([fit["dose"].value / (1 + fit.tau2) for fit in shuffled])
    assert close(found.p_value, expected(values, values[-1], BOTH, None), EXACT)
    assert found.names == ("slope",)


def test_functions_see_the_limits_of_tau2(flipped):
    """They are made for functions, which may ask for them."""
    found = permutation_test(
        flipped[0], statistic=lambda fits: fits.tau2_high, alternative=GREATER
    )
    same = permutation_test(flipped[0], statistic="tau2_high")
    assert close(found.p_value, same.p_value, EXACT)


def test_random_draws_of_anything(flipped):
    """Within four Monte Carlo errors of all arrangements, and never 0."""
    for options in (
        {"statistic": "tau2", "alternative": LESS},
        {"statistic": "low"},
        {"statistic": lambda fits: fits.i2, "alternative": LESS},
        {"statistic": T, "alternative": GREATER},
    ):
        every = permutation_test(flipped[0], **options)
        drawn = permutation_test(flipped[0], **options, exact=False, draws=5_000, rng=1)
        error = float(drawn.standard_errors[0])
        assert 0 < error < 0.01
        assert close(drawn.p_value, every.p_value, simulated(error))


def test_one_sided_p_values_add_up(flipped):
    """For t, both sides together are all arrangements and the ties; two-sided is one of them."""
    sides = [permutation_test(flipped[0], alternative=side).p_value for side in ALTERNATIVES]
    assert close(sides[1] + sides[2], 1 + 1 / 64, EXACT)
    assert close(sides[0], 2 * sides[1], EXACT)


def test_where_no_effect_is_not_zero():
    """On a scale whose null is 0.5 the signs are flipped about it, and t is of the distance."""
    shift = 0.5
    moved = effects(Y + shift)
    moved = replace(moved, scale=moved.scale.with_null(shift))
    here, there = pool(effects()), pool(moved)
    for statistic in (T, "low", "tau2", lambda fits: fits.statistic):
        one, other = (permutation_test(fit, statistic=statistic) for fit in (here, there))
        assert close(other.p_value, one.p_value, EXACT)
    assert close(permutation_test(there).observed, permutation_test(here).observed, EXACT)


def test_a_regression_on_a_constant():
    """Signs, with what regressions have."""
    found = permutation_test(regress(effects(), "~ 1", inference=WALD), statistic="tau2")
    same = permutation_test(pool(effects(), inference=WALD), statistic="tau2")
    assert found.arranged == same.arranged
    assert close(found.p_value, same.p_value, EXACT)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"statistic": "qm"}, "statistic='qm' is not a statistic of a pool; choose one of t, "),
        ({"alternative": "both"}, "alternative='both' is not an alternative; choose one of two-s"),
        ({"statistic": lambda _: 1.0}, r"shape \(1,\) of 1 here; got shape \(\)"),
        ({"statistic": lambda fits: fits.weights}, r"got shape \(1, 6\).* lambda fits: fits.we"),
        ({"statistic": lambda fits: fits.estimate}, "what is not there: .*PooledArrays of many"),
        ({"statistic": lambda _: "no"}, "statistic must return numbers, one for each analysis"),
        ({"statistic": lambda fits: fits.tau2 * np.nan}, "not defined for these data"),
        ({"statistic": 3}, "statistic=3 is not a statistic of a pool"),
    ],
)
def test_faults(options, text):
    """Every fault by name, rule, value and remedy."""
    with pytest.raises(InputError, match=text):
        permutation_test(pool(effects()), **options)


def test_names_of_a_regression():
    """A coefficient by its name; what pools alone have is refused."""
    fit = regress(effects(), "~ dose")
    with pytest.raises(ChoiceError, match="statistic='mean' is not a statistic of a regression"):
        permutation_test(fit, statistic=MEAN)
    both = permutation_test(fit, statistic=COEFFICIENT)
    assert close(permutation_test(fit, statistic="dose").p_value, both["dose"], EXACT)


def test_few_arrangements_say_so():
    """The least p-value is twice as large where mirror images tie."""
    three = pool(effects(Y[[0, 1, 3]], V[:3], DOSE[:3]), tau2="DL")
    for statistic, alternative, least in ((T, BOTH, 0.25), (T, GREATER, 0.125), ("q", None, 0.25)):
        found = permutation_test(three, statistic=statistic, alternative=alternative)
        assert found.remarks == (f"with 8 arrangements no p-value can be below {least:.3g}",)
        assert found.p_value >= least


@pytest.mark.parametrize("statistic", [T, "tau2", "dose"])
def test_weights_of_zero(statistic):
    """Rows that fall to studies without weight can leave nothing to fit: that is extreme."""
    dose = np.array([1.0, 2.0, 3.0, 1.0, 1.0, 1.0])
    fit = regress(effects(dose=dose), "~ dose", weights=[1, 1, 1, 0, 0, 0], tau2="DL")
    found = permutation_test(fit, statistic=statistic)
    lost = 6  # of 30 arrangements: 2 and 3 both fall to the last three studies
    assert found.remarks[1].startswith(f"in {lost} of 30 arrangements the statistic is not def")
    assert found.p_values[-1] >= (lost + 1) / 30


def test_words():
    """What was compared, how, and the papers behind it."""
    found = permutation_test(pool(effects()), statistic="tau2", exact=False, draws=99, rng=1)
    assert found.summary().startswith(
        "Permutation test, random 99 arrangements of the signs of the effects [tau2, greater]"
    )
    assert found.sentence().startswith(
        "Over 99 random arrangements of the signs of the effects of 6 studies [1] [2], the "
        "one-sided (greater) permutation test that compares tau² gave p "
    )
    assert [text.split(" ")[0] for text in found.references] == ["Follmann", "Phipson"]
    by_q = permutation_test(pool(effects()), statistic="q", exact=False, draws=9, rng=1)
    assert "permutation test that compares Cochran's Q gave p " in by_q.sentence()
    by_se = permutation_test(pool(effects()), statistic="se", exact=False, draws=9, rng=1)
    assert "permutation test that compares the standard error gave p " in by_se.sentence()
    rows = permutation_test(regress(effects(), "~ dose"))
    assert "for dose and p " in rows.sentence()
    assert rows.sentence().endswith("for the moderators together.")
    assert rows.references[0].startswith("Higgins JPT, Thompson SG. Controlling the risk")
