"""permutation_test: one by one with loops, random draws, edges and faults."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from metaan.batch.arrangements import Shuffles, Signs
from metaan.batch.permutation import permutation_test
from metaan.batch.statistics import COEFFICIENT, T
from metaan.core.effects import Effects
from metaan.core.errors import EmptyIntervalWarning, InputError
from metaan.tau2.table import ESTIMATORS
from metaan.twobytwo.mantel_haenszel import mantel_haenszel
from metaan.univariate.inference import HKSJ, INFERENCES, WALD
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from metaan.univariate.subgrouping import subgroups
from tests.tolerance import EXACT, close, simulated
from tests.twobytwo.builders import people

Y = np.array([0.12, 0.55, -0.2, 0.7, 0.31, 0.9])
V = np.array([0.02, 0.05, 0.03, 0.08, 0.04, 0.1])
DOSE = np.array([1.0, 3.0, 1.0, 4.0, 2.0, 3.0])
W = np.array([1.0, 2.0, 1.0, 3.0, 0.5, 1.0])
SLACK = 1 - 1e-8


FEWER = 5  # studies where every arrangement is fitted by itself


def effects(y=Y, v=V, dose=DOSE):
    """Return six studies with a moderator."""
    return Effects.from_arrays(y, v, columns={"dose": dose})


def measured(fit, statistic):
    """Return the statistics of the coefficients of a fit."""
    coefficients = fit.coefficients if hasattr(fit, "coefficients") else (fit.estimate,)
    if statistic == T:
        return np.array([abs(each.statistic) for each in coefficients])
    return np.array([abs(each.value) for each in coefficients])


def estimators(inference):
    """Return every tau² that an inference takes; the one that asks for its own gets it."""
    row = INFERENCES[inference]
    if row.needs_restricted or row.needs_moment:
        return ["REML" if row.needs_restricted else "DL"]
    return [*ESTIMATORS, 0.03]


# Every inference with its last tau², which is given unless it asks for its own; every tau² once.
PLANS = [
    *((tau2, WALD) for tau2 in ESTIMATORS),
    *((estimators(inference)[-1], inference) for inference in INFERENCES),
]


@pytest.mark.filterwarnings("ignore::metaan.core.errors.EmptyIntervalWarning")
@pytest.mark.parametrize(("tau2", "inference"), PLANS)
def test_signs_one_by_one(tau2, inference):
    """The share of 32 pools, fitted in a loop, that are as extreme."""
    needy = tau2 in ESTIMATORS and ESTIMATORS[tau2].weighted
    options = {"tau2": tau2, "inference": inference, "weights": W[:FEWER] if needy else None}
    few, v, dose = Y[:FEWER], V[:FEWER], DOSE[:FEWER]
    fit = pool(effects(few, v, dose), **options)
    choices = product([1, -1], repeat=FEWER)
    flipped = [pool(effects(np.array(signs) * few, v, dose), **options) for signs in choices]
    for statistic in (T, COEFFICIENT):
        bar = measured(fit, statistic)[0] * SLACK
        every = [measured(other, statistic)[0] >= bar for other in flipped]
        found = permutation_test(fit, statistic=statistic)
        assert close(found.p_value, np.mean(every), EXACT)
        assert (found.draws, found.exact, found.standard_errors[0]) == (32, True, 0.0)


@pytest.mark.filterwarnings("ignore::metaan.core.errors.EmptyIntervalWarning")
@pytest.mark.parametrize(("inference", "weights"), [(WALD, W), (HKSJ, None)])
def test_rows_one_by_one(inference, weights):
    """The share of all 120 regressions, equal designs counted as often as they come."""
    own = None if weights is None else weights[:FEWER]
    options = {"tau2": "DL", "inference": inference, "weights": own}
    y, v, dose = Y[:FEWER], V[:FEWER], DOSE[:FEWER]
    fit = regress(effects(y, v, dose), "~ dose", **options)
    orders = [tuple(dose[list(order)]) for order in permutations(range(FEWER))]
    made = {x: regress(effects(y, v, np.array(x)), "~ dose", **options) for x in set(orders)}
    others = [made[x] for x in orders]  # 60 different ones, each as often as it comes
    joint = [each.moderators.statistic >= fit.moderators.statistic * SLACK for each in others]
    for statistic in (T, COEFFICIENT):
        bar = measured(fit, statistic) * SLACK
        every = [measured(other, statistic) >= bar for other in others]
        found = permutation_test(fit, statistic=statistic)
        assert found.draws == 60  # 120 / 2!
        assert close(found.p_values, np.mean(every, axis=0), EXACT)
        assert close(found.moderators_p_value, np.mean(joint), EXACT)


def test_signs_are_all_there():
    """Each mirror pair once; together with their mirror images all 32."""
    made = Signs(k=5).numbered(0, 16)
    both = {tuple(row) for row in np.concatenate([made, -made]).tolist()}
    assert both == set(product([1.0, -1.0], repeat=5))
    assert (Signs(k=5).count, Signs(k=5).stands_for) == (16, 2)


@pytest.mark.parametrize("dose", [[1, 2, 3, 4], [1, 1, 2, 2, 2], [5, 5, 5, 1, 2], [3.5]])
def test_rows_are_all_there(dose):
    """Every different design once, in blocks of any size."""
    x = np.column_stack([np.ones(len(dose)), dose])
    shuffles = Shuffles.of(x)
    parts = [
        shuffles.numbered(start, min(start + 7, shuffles.count))
        for start in range(0, shuffles.count, 7)
    ]
    made = np.concatenate(parts)[:, :, 1]
    expected = {tuple(map(float, order)) for order in permutations(dose)}
    assert {tuple(row) for row in made.tolist()} == expected
    assert len(made) == len(expected) == shuffles.count


def test_random_draws_agree_with_all():
    """Random signs and rows: within four standard errors of the exact p-value."""
    for fit in (pool(effects()), regress(effects(), "~ dose")):
        exact = permutation_test(fit)
        drawn = permutation_test(fit, exact=False, draws=5_000, rng=np.random.default_rng(3))
        assert not drawn.exact
        assert drawn.draws == 5_000
        for i in range(len(drawn.names)):
            error = float(drawn.standard_errors[i])
            assert close(error**2, drawn.p_values[i] * (1 - drawn.p_values[i]) / 5_000, EXACT)
            assert close(drawn.p_values[i], exact.p_values[i], simulated(error + 1e-4))


def test_same_seed_same_answer():
    """Randomness comes from rng alone, and the data count as one of the arrangements."""
    fit = pool(Effects.from_arrays(np.arange(1, 31), np.ones(30)))
    one, two = (
        permutation_test(fit, draws=99, rng=np.random.default_rng(5)).p_value for _ in range(2)
    )
    assert one == two == 0.01


def test_blocks_do_not_matter(monkeypatch):
    """One arrangement at a time gives the same."""
    fit = regress(effects(Y[:FEWER], V[:FEWER], DOSE[:FEWER]), "~ dose")
    whole = permutation_test(fit)
    monkeypatch.setattr("metaan.batch.permutation.BLOCK", 1)
    assert close(permutation_test(fit).p_values, whole.p_values, EXACT)


@pytest.mark.parametrize("unit", [1e-150, 1e150])
def test_extreme_units(unit):
    """p-values do not know the unit."""
    for formula in ("~ 1", "~ dose"):
        one = permutation_test(regress(effects(), formula))
        se = np.sqrt(V) * unit
        scaled = Effects.from_arrays(Y * unit, se=se, columns={"dose": DOSE})
        other = permutation_test(regress(scaled, formula))
        assert close(other.p_values, one.p_values, EXACT)


def test_a_constant_alone_gets_signs():
    """A regression on a constant is a pool; no test of moderators."""
    one, other = permutation_test(regress(effects(), "~ 1")), permutation_test(pool(effects()))
    assert one.arranged == other.arranged == "signs of the effects"
    assert close(one.p_value, other.p_value, EXACT)
    assert np.isnan(one.moderators_p_value)
    assert len(one.to_frame()) == 1


def test_few_studies():
    """One and two studies: nothing can be significant, and the summary says so."""
    one = permutation_test(pool(Effects.from_arrays([0.4], [0.1])))
    assert one.p_value == 1.0
    two = permutation_test(pool(Effects.from_arrays([0.4, 0.5], [0.1, 0.1]), tau2="DL"))
    assert two.p_value == 0.5
    assert two.remarks == ("with 4 arrangements no p-value can be below 0.5",)


def test_all_effects_zero_or_equal():
    """Effects of 0 are never extreme; equal ones are as extreme as their mirror image only."""
    with pytest.warns(EmptyIntervalWarning):
        zero = pool(Effects.from_arrays(np.zeros(4), np.ones(4)))
    with pytest.warns(EmptyIntervalWarning):
        equal = pool(Effects.from_arrays(np.full(4, 0.3), np.ones(4)))
    assert permutation_test(zero).p_value == 1.0
    assert permutation_test(equal).p_value == 2 / 16


def test_a_level_has_no_signs():
    """A logit of one group has no null value to flip about."""
    fit = pool(Effects.from_arrays([0.2, 0.4, 0.5], [0.01, 0.02, 0.01], scale="logit"))
    with pytest.raises(InputError, match="has no null value, so that its effects have no signs"):
        permutation_test(fit)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, r"rng=None must be a numpy Generator .* seed, e.g. rng=1: of about 10\^30 arr"),
        ({"exact": True}, r"exact=True would take about 10\^30 arrangements, at most 20,000,000"),
        ({"rng": -5}, "rng=-5 must be a numpy Generator or a whole number >= 0 as a seed"),
        ({"rng": True}, "rng=True must be a numpy Generator"),
        ({"rng": np.random.default_rng(1), "draws": 0}, "draws=0 must be a whole number"),
        ({"rng": np.random.default_rng(1), "draws": 1.5}, "draws=1.5 must be a whole number"),
        (
            {"statistic": "z"},
            "statistic='z' is not a statistic of a pool; choose one of t, coefficient, mean",
        ),
        (
            {"statistic": "z", "alternative": "x", "draws": -1, "exact": "no", "rng": "x"},
            "statistic='z' .*alternative='x' .*draws=-1 .*exact='no' .*rng='x' must",
        ),
    ],
)
def test_faults(options, text):
    """Every fault by name, rule, value and remedy."""
    with pytest.raises(InputError, match=text):
        permutation_test(pool(Effects.from_arrays(np.arange(100), np.ones(100))), **options)


def test_options_that_are_not_needed():
    """Where all arrangements are made those of random ones are checked all the same."""
    fit = pool(effects())
    with pytest.raises(InputError, match=r"draws=-1 must be .*rng='x' must be"):
        permutation_test(fit, draws=-1, rng="x")
    with pytest.raises(InputError, match="draws=True must be"):
        permutation_test(fit, draws=True)
    found = permutation_test(fit, exact=np.False_, draws=np.int64(99), rng=np.int64(1))
    assert found.draws == 99
    assert type(found.draws) is int


def test_a_seed():
    """It is short for a generator; the same seed gives the same p-values."""
    fit = pool(effects())
    one, same, other = (
        permutation_test(fit, exact=False, draws=200, rng=rng)
        for rng in (3, np.random.default_rng(3), 4)
    )
    assert one.p_value == same.p_value
    assert one.p_value != other.p_value


def test_more_arrangements_than_a_float_holds():
    """400 studies have more orders than 1e308; random ones are drawn all the same."""
    rng = np.random.default_rng(2)
    dose = rng.normal(size=400)
    y = dose + rng.normal(size=400)
    fit = regress(Effects.from_arrays(y, np.ones(400), columns={"dose": dose}), "~ dose")
    with pytest.raises(InputError, match=r"of about 10\^868 arrangements"):
        permutation_test(fit)
    found = permutation_test(fit, rng=rng, draws=99)
    assert close(found["dose"], 0.01, EXACT)


def test_not_a_fit():
    """Effects are no fit; nor are subgroups and counts, whose pools are named."""
    with pytest.raises(InputError, match=r"permutation_test needs a fit.* first, pool\(effects\)"):
        permutation_test(effects())
    groups = subgroups(effects(), "dose")
    with pytest.raises(InputError, match=r"SubgroupFit\. Give the pool of all, fit\.overall"):
        permutation_test(groups)
    assert permutation_test(groups.overall).exact
    with pytest.raises(InputError, match=r"CountsFit\. Pool the studies' own effects first"):
        permutation_test(mantel_haenszel(people([4, 2], [9, 8], [1, 5], [9, 9]), "OR"))


def test_text_and_table():
    """The summary says how many arrangements of what; the table has the joint test last."""
    found = permutation_test(regress(effects(), "~ dose"))
    assert found.summary().startswith(
        "Permutation test, all 180 arrangements of the rows of the design"
    )
    assert list(found.to_frame()["term"]) == ["Intercept", "dose", "moderators"]
    assert "<b>Permutation test" in found._repr_html_()
    drawn = permutation_test(pool(effects()), exact=False, draws=100, rng=np.random.default_rng(1))
    assert "random 100 arrangements of the signs" in drawn.summary()
    assert "Monte Carlo SE" in drawn.summary()
