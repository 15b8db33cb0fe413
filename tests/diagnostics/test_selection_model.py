"""Selection models: laws, what is asked of them, edges, and what they say."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import metaan as ma
from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.diagnostics.selection.model import selection_model
from metaan.diagnostics.selection.record import SelectionFit
from metaan.diagnostics.selection.selections import SELECTIONS
from metaan.diagnostics.selection.tables import PRECISIONS, VEVEA_WOODS
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from tests.reference.pinned import pins
from tests.tolerance import EXACT, SOLVED, Tolerance, close

Y = np.array([0.51, -0.12, 0.62, 0.10, 0.44, 0.05, 0.85, 0.33, 0.29, -0.31])
SE = np.array([0.20, 0.15, 0.28, 0.11, 0.21, 0.16, 0.34, 0.16, 0.13, 0.35])
OPTIMA = Tolerance(
    relative=1e-7,
    absolute=1e-9,
    reason="two searches whose gradients vanish to 1e-9 standard errors, in other units or order",
)
STEPS = (0.025, 0.5)
OPTIONS: Mapping[str, Mapping[str, Any]] = {"STEP": {"steps": STEPS}}


def effects(y: Any = Y, se: Any = SE, **options: Any) -> Effects:
    """Return effects made up for these tests."""
    return Effects.from_arrays(y, se=se, **options)


@cache
def fitted(key: str = "STEP", alternative: str = "greater") -> SelectionFit:
    """Return a model of the studies above."""
    return selection_model(pool(effects()), key, alternative=alternative, **OPTIONS.get(key, {}))


def numbers(fit: SelectionFit) -> list[float]:
    """Return what a change of units, signs or order may not change, but for them."""
    mean = fit.estimate
    own = [x for each in fit.delta for x in (each.value, each.se)]
    return [mean.value, mean.se, fit.tau2, *own, fit.lr_test.statistic]


def test_fixed_weights_of_one_are_no_selection() -> None:
    """Everything is that of the plain maximum likelihood fit."""
    plain = pool(effects(), tau2="ML", inference="WALD")
    found = selection_model(pool(effects()), steps=STEPS, delta=(1, 1, 1))
    mean = plain.estimate
    assert close([found.estimate.value, found.tau2], [mean.value, plain.tau2], OPTIMA)
    assert found.log_likelihood == pytest.approx(found.unadjusted_log_likelihood, abs=1e-12)
    assert found.lr_test.df == 0
    assert math.isnan(found.lr_test.p_value)
    assert found.estimate.se == pytest.approx(found.unadjusted[0].se, rel=1e-9)


@pytest.mark.parametrize("key", [key for key, row in SELECTIONS.items() if row.kind == "smooth"])
def test_parameters_without_selection_are_no_selection(key: str) -> None:
    """At the null of each function."""
    null = SELECTIONS[key].null
    null = (0.0, 1.0) if null == (0.0, 0.0) else null  # the power cannot be 0
    found = selection_model(pool(effects()), key, delta=null)
    assert close(found.log_likelihood, found.unadjusted_log_likelihood, SOLVED)
    assert close(found.estimate.value, found.unadjusted[0].value, OPTIMA)


def test_the_unadjusted_model_is_the_plain_one() -> None:
    """Whatever estimator the fit has; also with moderators, and for a common effect."""
    plain = regress(effects(columns=dose()), "~ dose", tau2="ML", inference="WALD")
    found = selection_model(regress(effects(columns=dose()), "~ dose", tau2="DL"))
    assert close([each.value for each in found.unadjusted], plain.beta, OPTIMA)
    assert close(found.unadjusted_tau2, plain.tau2, OPTIMA, typical=0.03)
    assert close(found.unadjusted_log_likelihood, plain.ml.log_likelihood, SOLVED)
    common = pool(effects(), model="common")
    found = selection_model(common)
    assert close(found.unadjusted[0].se, common.estimate.se, SOLVED)
    assert found.tau2 == 0
    assert math.isnan(found.tau2_lr_test.p_value)
    assert str(found.convergence) == "no tau² in the model"


def dose() -> dict[str, list[float]]:
    """Return a moderator."""
    return {"dose": [1.0, 3.0, 2.0, 5.0, 4.0, 1.5, 2.5, 3.5, 6.0, 2.2]}


@pytest.mark.parametrize(
    ("key", "unit"), [("STEP", 1e-7), ("BETA", 1e-7), *((key, 300.0) for key in SELECTIONS)]
)
def test_sign_unit_and_order(key: str, unit: float) -> None:
    """Effects turned, in another unit and order: estimates follow, the rest is as it was."""
    order = np.random.default_rng(4).permutation(len(Y))
    turned = effects(-Y[order] * unit, SE[order] * unit)
    found = selection_model(pool(turned), key, alternative="less", **OPTIONS.get(key, {}))
    expected = numbers(fitted(key))
    scaled = np.array(expected) * [-unit, unit, unit**2, *np.ones(len(expected) - 3)]
    assert close(numbers(found), scaled, OPTIMA)
    assert close(found.p_values, fitted(key).p_values[order], EXACT)
    shift = found.k * math.log(unit)
    assert close(found.log_likelihood + shift, fitted(key).log_likelihood, OPTIMA)


def test_units_of_moderators() -> None:
    """A slope per ten units is ten times as large, and so is its error."""
    ten = {"dose": [x / 10 for x in dose()["dose"]]}
    first, second = (
        selection_model(regress(effects(columns=columns), "~ dose")) for columns in (dose(), ten)
    )
    assert close(second["dose"].value, 10 * first["dose"].value, OPTIMA)
    assert close(second["dose"].se, 10 * first["dose"].se, OPTIMA)
    assert close(second.delta[1].value, first.delta[1].value, OPTIMA)
    assert (first.interval("dose").low, first["Intercept"].se) != (0, 0)


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 10_000))
def test_never_lower_than_without_selection(seed: int) -> None:
    """Of nested models the larger one is at least as likely."""
    rng = np.random.default_rng(seed)
    se = rng.uniform(0.1, 0.5, 14)
    fit = pool(effects(rng.normal(0.3, 0.3, 14) + rng.normal(0, se), se), tau2="DL")
    for key in ("BETA", "HALF_NORMAL"):
        found = selection_model(fit, key)
        assert found.log_likelihood >= found.unadjusted_log_likelihood - 1e-10
        assert found.tau2_lr_test.statistic >= 0


def test_nested_steps() -> None:
    """One step fewer cannot be more likely; a fixed weight is one parameter fewer."""
    two, one = fitted(), selection_model(pool(effects()), steps=0.025, alternative="greater")
    assert two.log_likelihood >= one.log_likelihood
    value = two.delta[2].value
    held = selection_model(
        pool(effects()), steps=STEPS, alternative="greater", delta=(2, None, 2 * value)
    )
    assert close(held.log_likelihood, two.log_likelihood, OPTIMA)
    assert (held.lr_test.df, held.delta[2].fixed, held.statistics.parameters) == (1, True, 3)
    assert close(held.delta[1].value, two.delta[1].value, OPTIMA)


def test_alternative_is_the_side_of_the_estimate() -> None:
    """Said in a remark, unless it was chosen."""
    found = selection_model(pool(effects(-Y)))
    assert found.alternative == "less"
    assert "the side of the unadjusted estimate" in found.remarks[0]
    assert not any("side of" in remark for remark in fitted().remarks)


def test_empty_intervals_are_joined_and_named() -> None:
    """The likelihood falls with the weight of an interval without a study: its estimate is 0."""
    fit, steps = pool(effects()), (0.002, 0.025, 0.04, 0.045, 0.5, 0.99)
    joined = selection_model(fit, steps=steps, alternative="greater")
    counts = np.histogram(joined.p_values, (0, *joined.steps, 1))[0]
    assert [each.count for each in joined.counts] == counts.tolist()
    assert (counts > 0).all()
    told = "no study has p ≤ 0.002, 0.025 < p ≤ 0.04, 0.04 < p ≤ 0.045, p > 0.99; joined to the"
    assert told in " ".join(joined.remarks)
    kept = selection_model(fit, steps=(0.025, 0.04, 0.045, 0.5), alternative="greater",
                           merge_empty=False)  # fmt: skip
    empty = kept.delta[2]
    assert (empty.value, empty.border, empty.fixed) == (0, "low", False)
    assert math.isnan(empty.se)
    assert kept.lr_test.df == 4
    nearly = selection_model(
        fit, steps=(0.025, 0.04, 0.045, 0.5), alternative="greater",
        delta=(1, 1e-9, 1e-9, None, None),
    )  # fmt: skip
    assert close(nearly.log_likelihood, kept.log_likelihood, Tolerance(absolute=1e-7, reason=""))


def test_profile_limits_lie_where_the_likelihood_has_fallen() -> None:
    """By chi²/2, with the parameter held there."""
    fit = pool(effects())
    whole = selection_model(fit, steps=0.025, alternative="greater")
    limits = whole.interval("delta2")
    drop = 3.841458820694124 / 2
    for at in (limits.low, limits.high):
        held = selection_model(fit, steps=0.025, alternative="greater", delta=(1, at))
        assert close(whole.log_likelihood - held.log_likelihood, drop, OPTIMA)
    mean, wide = whole.interval(), whole.interval(level=0.99)
    assert wide.low < mean.low < whole.estimate.value < mean.high < wide.high
    assert whole.interval("tau2").low == 0


@pytest.mark.parametrize("precision", PRECISIONS)
def test_precision(precision: str) -> None:
    """Equally precise studies: the measure of precision says nothing."""
    fit = pool(effects(Y, np.full(10, 0.2), columns={"n": [50] * 10}))
    plain = selection_model(fit, "LOGISTIC", alternative="greater")
    found = selection_model(fit, "LOGISTIC", alternative="greater", precision=precision)
    assert close(found.delta[0].value, plain.delta[0].value, OPTIMA)
    assert found.precision == precision


def test_sizes_come_from_the_columns() -> None:
    """Both groups, or one; without them an error says what is missing."""
    n1, n2 = list(range(20, 30)), list(range(30, 40))
    two = pool(effects(columns={"n1": n1, "n2": n2}))
    one = pool(effects(columns={"n": [a + b for a, b in zip(n1, n2, strict=True)]}))
    found = [selection_model(fit, "POWER", precision="1/N") for fit in (two, one)]
    assert close(numbers(found[0]), numbers(found[1]), SOLVED)
    with pytest.raises(InputError, match='columns "n1" and "n2" or "n"'):
        selection_model(pool(effects()), "POWER", precision="1/SQRT_N")


def test_weights_of_a_curve() -> None:
    """Values by the formula, limits by the delta method on the log, 1 at the place asked for."""
    found = fitted("HALF_NORMAL")
    delta = found.delta[0]
    curve = found.weights([0.1, 0.8])
    assert close(curve.weight, np.exp(-delta.value * np.square([0.1, 0.8])), SOLVED)
    half = 1.959963984540054 * delta.se * 0.64
    assert close(curve.high[1], curve.weight[1] * np.exp(half), SOLVED)
    steps = fitted()
    assert close(steps.weights([0.025, 0.0251]).weight, [1, steps.delta[1].value], SOLVED)
    relative = fitted("BETA").weights([0.025, 0.3], relative_to=0.025)
    assert (relative.weight[0], relative.low[0]) == (1, 1)
    assert list(curve.to_frame().columns) == ["at", "weight", "low", "high"]
    cut = fitted("TRUNCATED")
    assert close(cut.weights([-0.1, 0.1]).weight, [cut.delta[0].value, 1], SOLVED)
    with pytest.raises(InputError, match="between 0 and 1"):
        steps.weights(1.2)


def test_an_estimated_cut_lies_at_a_study() -> None:
    """No cut between studies is more likely, by a search along all of them."""
    fit = pool(effects(Y[:7], SE[:7]))
    found = selection_model(fit, "TRUNCATED_ESTIMATED", alternative="greater")
    assert found.cut in Y[:7]
    cuts = np.sort(Y[:7])
    between = np.concatenate((cuts[1:] - 1e-9, (cuts[1:] + cuts[:-1]) / 2, cuts[:-1] + 1e-9))
    best = max(
        selection_model(fit, "TRUNCATED", steps=at, alternative="greater").log_likelihood
        for at in between
    )
    assert close(found.log_likelihood, best, Tolerance(absolute=1e-6, reason="1e-9 from a study"))
    assert found.lr_test.df == 2


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"selection": "STEPS"}, "choose one of STEP, BETA"),
        ({"alternative": "two.sided"}, 'Did you mean "two-sided"'),
        ({"steps": (0.5, 0.025)}, "increasing order"),
        ({"steps": "0.025"}, "must be numbers"),
        ({"steps": ()}, "needs a step"),
        ({"steps": 1e-9}, "all 10 studies have p > 1e−09"),
        ({"precision": "SE"}, 'no part in "STEP"'),
        ({"selection": "BETA", "steps": 0.05}, "takes no steps"),
        ({"selection": "POWER", "precision": "SD"}, "choose one of SE, V"),
        ({"selection": "POWER", "steps": 1e-8}, "have p-values above it"),
        ({"delta": (1, 2, 3)}, "must be 2 numbers"),
        ({"delta": (0, 1)}, "must begin with the weight"),
        ({"delta": (1, -1)}, "finite numbers >= 0"),
        ({"delta": (1, 0)}, "a weight of 0 says"),
        ({"delta": "SEVERE"}, "choose one of MODERATE_ONE"),
        ({"delta": "SEVERE_ONE", "steps": 0.05}, "steps of its own"),
        ({"delta": "SEVERE_ONE", "alternative": "two-sided"}, "one-sided"),
        ({"selection": "BETA", "delta": "SEVERE_ONE"}, "weights of intervals"),
        ({"selection": "TRUNCATED", "alternative": "two-sided"}, "truncates at one effect"),
        ({"selection": "TRUNCATED", "steps": 7.0}, "on one side of the cut"),
        ({"selection": "TRUNCATED_ESTIMATED", "steps": 0.0}, "the cut is estimated"),
        ({"steps": (1e-9, 0.3), "merge_empty": False}, "to which weights are relative"),
    ],
)
def test_errors(options: dict[str, Any], match: str) -> None:
    """What does not go together is named, with what to do."""
    with pytest.raises(InputError, match=match):
        selection_model(pool(effects()), **options)


def test_fits_that_cannot_be_adjusted() -> None:
    """Counts, weights of one's own, levels without a value of no effect, too few studies."""
    table = {"events1": [4, 6, 3], "n1": [123, 306, 231], "events2": [11, 29, 11],
             "n2": [139, 303, 220], "study": list("abc")}  # fmt: skip
    counts = ma.counts(table)
    with pytest.raises(InputError, match="as pool"):
        selection_model(ma.peto(counts))  # type: ignore[arg-type]
    level = ma.effect_sizes({"events": [3, 5, 9], "n": [40, 50, 60], "study": list("abc")}, "PLO")
    weighted = pool(level, weights=np.ones(3))
    with pytest.raises(InputError, match=r"no likelihood.*no value of no effect"):
        selection_model(weighted)
    with pytest.raises(InputError, match="3 studies or more"):
        selection_model(pool(effects(Y[:2], SE[:2])))
    with pytest.raises(ChoiceError, match="a coefficient or parameter"):
        fitted()["delta9"]
    with pytest.raises(InputError, match="ask for a coefficient"):
        _ = selection_model(regress(effects(columns=dose()), "~ dose")).estimate


@pytest.mark.filterwarnings("ignore::metaan.core.errors.EmptyIntervalWarning")
def test_edges_are_said() -> None:
    """tau² and delta at 0, a flat likelihood, few studies; equal effects and variances."""
    record = pins("selection")["fits"]["dat.normand1999/uni_SMD"]
    border = selection_model(pool(Effects.from_arrays(record["yi"], record["vi"])), "HALF_NORMAL")
    assert (border.delta[0].value, border.delta[0].border) == (0, "low")
    assert math.isnan(border.delta[0].se)
    assert close(border.estimate.se, border.unadjusted[0].se, OPTIMA)
    assert "9 studies say little" in " ".join(border.remarks)
    sure = selection_model(pool(effects(Y + 30, np.full(10, 0.3))), "POWER")
    assert "the likelihood is flat" in " ".join(sure.remarks)
    equal = selection_model(pool(effects(np.full(10, 0.3), SE)))
    assert equal.tau2 == 0
    assert "tau² is estimated as 0" in " ".join(equal.remarks)
    assert selection_model(pool(effects(Y[:3], SE[:3]))).k == 3


def test_what_it_says() -> None:
    """Sentence, summary, frame, references."""
    found = fitted()
    assert found.sentence().startswith(
        "In a random-effects meta-analysis of 10 studies adjusted for selective publication by a "
        "step function of the p-values (steps at 0.025 and 0.5) [1], the effect was"
    )
    assert "Relative to studies with p ≤ 0.025, the chance of publication" in found.sentence()
    assert "P-values are small for effects above the null value." in found.sentence()
    assert "Psychometrika 1995" in found.references[0]
    assert "delta2 (0.025 < p ≤ 0.5)" in str(found)
    assert found.to_frame()["term"].tolist()[:3] == ["mean", "mean, unadjusted", "delta1"]
    assert "<table" in found._repr_html_()
    for key in VEVEA_WOODS:
        fixed = selection_model(pool(effects()), delta=key)
        assert "fixed in advance: the data neither estimate nor test" in fixed.sentence()
        assert "Psychol Methods 2005" in fixed.references[0]
    texts = " ".join(fitted(key).sentence() for key in SELECTIONS)
    assert "studies with effects below 0 was estimated" in texts
    slopes = selection_model(regress(effects(columns=dose()), "~ dose")).sentence()
    assert "the coefficients of the effect, analysis scale, were Intercept" in slopes
