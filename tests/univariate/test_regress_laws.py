"""Laws of meta-regression: what must not change, and what must change in proportion."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.tau2.studies import make_studies
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.inference import HKSJ, INFERENCES, KR, WALD
from metaan.univariate.planning import make_plan
from metaan.univariate.prediction import DEFAULT_PREDICTION
from metaan.univariate.regression import regress
from metaan.univariate.regression_kernel import RegressionArrays, regress_arrays
from tests.tolerance import EXACT, Tolerance, close

KEYS = [key for key, row in ESTIMATORS.items() if not row.weighted]
INFERENCE_KEYS = [key for key, row in INFERENCES.items() if not row.means_only]
RNG = np.random.default_rng(5)
K = 14
V = RNG.uniform(0.01, 0.2, K)
DOSE = np.round(RNG.uniform(0, 10, K), 2)
GROUP = [*"aabbccabcabcab"]
Y = 0.1 * DOSE + RNG.normal(0, np.sqrt(V + 0.08))
LAW = Tolerance(relative=1e-10, absolute=1e-12, reason="two searches, and sums in another order")
SAME = Tolerance(relative=1e-13, absolute=1e-15, reason="the same operations in another batch")
FORMULA = "~ dose + group"


def fitted(y=Y, v=V, dose=DOSE, group=GROUP, formula=FORMULA, **options):
    """Return a fit of the test data, some of it replaced."""
    effects = Effects.from_arrays(y, v, columns={"dose": dose, "group": group})
    return regress(effects, formula, **options)


def restricted(inference):
    """Return options under which every inference can be had."""
    key = next(key for key, row in ESTIMATORS.items() if row.restricted)
    return {"inference": inference, "tau2": key}


@pytest.mark.parametrize("key", KEYS)
def test_shift(key):
    """A constant added to every effect changes the intercept alone."""
    one, other = fitted(tau2=key), fitted(y=Y + 3, tau2=key)
    assert close(other.beta, one.beta + np.array([3, 0, 0, 0]), LAW)
    assert close(other.tau2, one.tau2, LAW, typical=0.1)
    assert close(other.covariance, one.covariance, LAW, typical=0.1)
    assert close(other.moderators.statistic, one.moderators.statistic, LAW)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("unit", [1e-150, 3.0, 1e150])
def test_units_of_the_effects(key, unit):
    """Everything follows, from the smallest to the largest unit; tests and R² stay."""
    one, other = fitted(tau2=key), fitted(y=Y * unit, v=V * unit**2, tau2=key)
    assert close(other.beta / unit, one.beta, LAW)
    assert close(other.tau2 / unit / unit, one.tau2, LAW, typical=0.1)
    for mine, theirs in zip(other.coefficients, one.coefficients, strict=True):
        assert close([mine.low / unit, mine.high / unit], [theirs.low, theirs.high], LAW)
        assert close(mine.p_value, theirs.p_value, LAW)
    assert close(other.r2, one.r2, LAW, typical=1.0)
    assert close(other.heterogeneity.i2, one.heterogeneity.i2, LAW, typical=1.0)
    shift = K * np.log(unit)
    assert close(one.ml.log_likelihood - other.ml.log_likelihood, shift, LAW, typical=10.0)
    shift = (K - 4) * np.log(unit)
    assert close(one.reml.log_likelihood - other.reml.log_likelihood, shift, LAW, typical=10.0)


@pytest.mark.parametrize("inference", INFERENCE_KEYS)
@pytest.mark.parametrize("unit", [1e-150, 7.0, 1e150])
def test_units_of_a_moderator(inference, unit):
    """Its coefficient is divided, everything else stays, the restricted likelihood included."""
    options = restricted(inference)
    one, other = fitted(**options), fitted(dose=DOSE * unit, **options)
    for name in one.names:
        factor = unit if name == "dose" else 1.0
        mine, theirs = other[name], one[name]
        assert close(mine.value * factor, theirs.value, LAW)
        assert close(mine.se * factor, theirs.se, LAW)
        assert close([mine.df, mine.p_value], [theirs.df, theirs.p_value], LAW)
    assert close(other.fitted, one.fitted, LAW)
    assert close(other.moderators.statistic, one.moderators.statistic, LAW)
    assert close(other.reml.log_likelihood, one.reml.log_likelihood, LAW)
    assert close(other.r2, one.r2, LAW)


@pytest.mark.parametrize("key", KEYS)
def test_order_of_the_studies(key):
    """None has a say."""
    order = np.random.default_rng(1).permutation(K)
    one = fitted(tau2=key)
    other = fitted(Y[order], V[order], DOSE[order], [GROUP[i] for i in order], tau2=key)
    assert close(other.beta, one.beta, LAW)
    assert close(other.tau2, one.tau2, LAW, typical=0.1)
    assert close(other.weights, one.weights[order], LAW)


@pytest.mark.parametrize(
    "formula",
    [
        "~ dose + C(group, contr.treatment('b'))",
        "~ dose + C(group, contr.sum)",
        "~ 0 + group + dose",
        "~ center(dose) + group",
        "~ I(dose * 3 - 2) + group",
        "~ C(group, levels=['c', 'a', 'b']) + scale(dose)",
    ],
)
@pytest.mark.parametrize("inference", INFERENCE_KEYS)
def test_another_coding_of_one_model(formula, inference):
    """Fitted values, their errors, tau² and likelihoods belong to the model, not to its coding."""
    options = restricted(inference)
    one, other = fitted(**options), fitted(formula=formula, **options)
    assert close(other.fitted, one.fitted, LAW)
    assert close(other.tau2, one.tau2, LAW, typical=0.1)
    mine, theirs = other.predict(), one.predict()
    for name in ("se", "df", "low", "high", "prediction_low", "prediction_high"):
        assert close(getattr(mine, name), getattr(theirs, name), LAW)
    assert close(other.ml.log_likelihood, one.ml.log_likelihood, LAW)
    assert close(other.r2, one.r2, LAW)
    dose = next(term for term in other.terms if "dose" in term)
    assert close(other.test(dose).statistic, one.test("dose").statistic, LAW)
    assert close(other.test(dose).p_value, one.test("dose").p_value, LAW)


def ragged(n=5):
    """Return a batch of analyses of different sizes, and the same one by one."""
    rng = np.random.default_rng(8)
    y, v = rng.normal(size=(n, K)), rng.uniform(0.05, 0.5, (n, K))
    x = np.stack([np.ones((n, K)), rng.normal(1950, 10, (n, K)), rng.uniform(size=(n, K))], -1)
    present = np.ones((n, K))
    for i in range(n):
        present[i, K - 2 * i :] = 0.0
    x = x * present[..., None]
    return y, v, x, present


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("inference", INFERENCE_KEYS)
def test_a_batch_is_its_analyses_one_by_one(key, inference):
    """Ragged: absent studies say nothing, whatever stands in their cells."""
    if inference == KR and not ESTIMATORS[key].restricted:
        return
    y, v, x, present = ragged()
    plan = make_plan(
        model="random", tau2=key, inference=inference, prediction=DEFAULT_PREDICTION, level=0.9
    )
    batch = regress_arrays(make_studies(y, v, present, x=x), plan)
    for i in range(len(y)):
        here = present[i] > 0
        one = regress_arrays(
            make_studies(y[i : i + 1, here], v[i : i + 1, here], x=x[i : i + 1, here]), plan
        )
        for name in RegressionArrays.__slots__:
            if name in ("tested", "steps"):
                continue
            mine, alone = np.asarray(getattr(batch, name)[i]), np.asarray(getattr(one, name)[0])
            mine = mine[here] if name == "weights" else mine
            size = float(np.max(np.abs(np.nan_to_num(alone)), initial=0.0)) if alone.ndim else 0.1
            assert close(mine, alone, LAW, typical=min(size, 1e6)), name


def test_level():
    """Wider coverage, wider intervals; nothing else changes."""
    one, other = fitted(level=0.8), fitted(level=0.99)
    assert one.tau2 == other.tau2
    for mine, theirs in zip(one.coefficients, other.coefficients, strict=True):
        assert theirs.low < mine.low < mine.high < theirs.high
        assert mine.se == theirs.se


def test_hartung_knapp_is_wald_scaled():
    """The covariance is the model's times the spread of the residuals."""
    one, other = fitted(inference=WALD), fitted(inference=HKSJ)
    w = 1 / (V + one.tau2)
    factor = np.sum(w * (Y - one.fitted) ** 2) / (K - 4)
    assert close(other.covariance, one.covariance * factor, EXACT, typical=0.1)
    assert other["dose"].df == K - 4
