"""What a meta-regression answers: predictions, contrasts, tests, comparisons."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.tau2.studies import make_studies
from metaan.tau2.table import DEFAULT_TAU2, ESTIMATORS
from metaan.univariate.comparing import compare
from metaan.univariate.inference import HKSJ, KR, WALD, T
from metaan.univariate.kenward_roger import contrast_degrees, joint_scaling
from metaan.univariate.planning import FIXED
from metaan.univariate.pooling import pool
from metaan.univariate.prediction import PREDICTIONS
from metaan.univariate.regression import regress
from metaan.univariate.weighing import weigh
from tests.tolerance import EXACT, Tolerance, close

Y = [0.12, -0.30, 0.42, 0.55, 0.80, 0.61, 0.2, 1.05, 0.35]
V = [0.02, 0.05, 0.03, 0.04, 0.06, 0.01, 0.08, 0.03, 0.02]
COLUMNS = {
    "dose": [1.0, 2.0, 3.5, 4.0, 6.0, 7.0, 9.0, 2.5, 5.0],
    "year": [1990, 1991, 1995, 1999, 2003, 2004, 2010, 2011, 2001],
    "sham": ["a", "b", "c", "a", "b", "c", "a", "a", "b"],
}
EFFECTS = Effects.from_arrays(Y, V, columns=COLUMNS)
ML = next(key for key, row in ESTIMATORS.items() if row.restricted is False)
NAIVE = Tolerance(relative=1e-10, absolute=1e-12, reason="other sums on the other side")


def fitted(formula="~ dose + sham", **options):
    """Return a fit of the nine studies."""
    return regress(EFFECTS, formula, **options)


@pytest.mark.parametrize("inference", [WALD, T, HKSJ])
@pytest.mark.parametrize("prediction", ["K1", "HTS", "NORMAL", "TAU_ONLY"])
def test_predictions_by_hand(inference, prediction):
    """``x'b``, ``x'C x``, tau² on top, t with the degrees of freedom that are left."""
    fit = fitted(inference=inference, prediction=prediction)
    found = fit.predict({"dose": [1.5, 8.0], "sham": ["c", "a"]}, level=0.9)
    x = np.array([[1, 1.5, 0, 1], [1, 8.0, 0, 0]])
    se = np.sqrt(np.diag(x @ fit.covariance @ x.T))
    assert close(found.estimate, x @ fit.beta, NAIVE)
    assert close(found.se, se, NAIVE)
    quantile = stats.norm.ppf(0.95) if inference == WALD else stats.t.ppf(0.95, 5)
    assert close(found.high, x @ fit.beta + quantile * se, NAIVE)
    df = {"K1": 5, "HTS": 4}.get(prediction, np.inf)
    error = 0.0 if prediction == "TAU_ONLY" else se**2
    half = stats.t.ppf(0.95, df) * np.sqrt(fit.tau2 + error)
    assert close(found.prediction_low, x @ fit.beta - half, NAIVE)
    assert close(found.prediction_high, x @ fit.beta + half, NAIVE)


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_another_prediction_interval_than_that_of_the_fit(prediction):
    """Every row can be asked for later."""
    fit = fitted(prediction=prediction)
    other = fitted().predict(prediction=prediction)
    assert close(other.prediction_low, fit.predict().prediction_low, EXACT)
    assert other.prediction == prediction
    with pytest.raises(ChoiceError, match="is not a prediction interval"):
        fit.predict(prediction="K9")


def test_predictions_of_the_studies():
    """Without new data, the studies' own moderators; a DataFrame and a mapping say the same."""
    fit = fitted("~ bs(dose, df=4) + sham")
    own = fit.predict()
    assert close(own.estimate, fit.fitted, EXACT)
    assert len(own) == 9
    for newdata in (pd.DataFrame(COLUMNS), COLUMNS, {**COLUMNS, "other": 3}):
        assert close(fit.predict(newdata).estimate, own.estimate, EXACT)
    assert list(own.settings) == ["dose", "sham"]


GOOD = {"dose": [1.5, 8.0], "sham": ["c", "a"]}
WRONG = (
    ({"dose": "ten", "sham": "a"}, "dose must be a number, as it is among the studies; got 'ten'"),
    ({"dose": [1.0], "sham": [3]}, "sham=3 was not among the studies; its levels are a, b, c"),
    ({"dose": ["x"], "sham": ["z"]}, "dose must be a number.* sham='z' was not among"),
    ({"dose": [], "sham": []}, "newdata has no rows; give values of dose, sham"),
    ({"dose": [], "sham": "a"}, "newdata has no rows"),
    (pd.DataFrame({"dose": [], "sham": []}), "newdata has no rows"),
    ({"dose": [99.0], "sham": ["a"]}, "dose=99 lies beyond 1 to 9, the range of bs"),
    ({"dose": np.array(["2002"], "datetime64[ns]"), "sham": "a"}, "dose must be a number"),
)


@pytest.mark.parametrize(("newdata", "message"), WRONG)
def test_a_failed_prediction_leaves_the_fit_as_it_was(newdata, message):
    """Whatever went wrong before, the same question has the same answer."""
    fit = fitted("~ bs(dose, df=4) + C(sham)")
    before = fit.predict(GOOD)
    with pytest.raises(InputError, match=message):
        fit.predict(newdata)
    after = fit.predict(GOOD)
    assert list(after.estimate) == list(before.estimate)
    assert list(after.high) == list(before.high)


def test_predictions_in_any_order_and_at_once():
    """One fit may be asked by several threads, right and wrong questions mixed."""
    fit = fitted("~ bs(dose, df=4) + C(sham)")
    expected = list(fit.predict(GOOD).estimate)

    def ask(i):
        """Return whether a wrong or a right question was answered as it should be."""
        if i % 3 == 0:
            with pytest.raises(InputError):
                fit.predict(WRONG[i % len(WRONG)][0])
            return True
        return list(fit.predict(GOOD).estimate) == expected

    with ThreadPoolExecutor(4) as pool_of_threads:
        assert all(pool_of_threads.map(ask, range(60)))


def test_a_mean_alone_needs_rows_too():
    """Any column says how many; none is no row."""
    fit = fitted("~ 1")
    assert len(fit.predict(pd.DataFrame({"any": [1, 2]}))) == 2
    with pytest.raises(InputError, match="newdata has no rows; give values of any"):
        fit.predict(pd.DataFrame({"any": []}))


def test_single_values_are_repeated():
    """One value beside several."""
    found = fitted().predict({"dose": [1.0, 2.0, 3.0], "sham": "b"})
    assert list(found.settings["sham"]) == ["b", "b", "b"]
    assert len(found) == 3


def test_predictions_on_the_reading_scale():
    """Frames and texts are read; the arrays are not."""
    effects = Effects.from_arrays(Y, V, columns=COLUMNS, scale="log", label="Risk ratio")
    found = regress(effects, "~ dose").predict({"dose": [2.0, 4.0]})
    frame = found.to_frame()
    assert close(frame["estimate"], np.exp(found.estimate), EXACT)
    assert close(frame["prediction_high"], np.exp(found.prediction_high), EXACT)
    assert close(frame["se"], np.exp(found.estimate) * found.se, EXACT)
    assert list(frame["dose"]) == [2.0, 4.0]
    text = found.summary()
    assert "95% prediction [K1]" in text
    assert str(found) == repr(found) == text
    assert "95% prediction" in found._repr_html_()
    common = regress(effects, "~ dose", model="common").predict({"dose": 2.0})
    assert np.isnan(common.prediction_low).all()
    assert "prediction" not in common.summary()


@pytest.mark.parametrize(
    ("newdata", "message"),
    [
        ({"dose": 1.0}, "newdata lacks sham; ~ dose \\+ sham needs dose, sham"),
        ({"dose": [1.0, None], "sham": "a"}, "newdata is missing dose in row 2"),
        ({"dose": [1.0, 2.0], "sham": ["a", "b", "c"]}, "one value of each moderator per row"),
        ({"dose": 1.0, "sham": "z"}, "sham='z' was not among the studies; its levels are a, b, c"),
        ({"dose": float("inf"), "sham": "a"}, "newdata makes dose not finite"),
        (3, "newdata must be a DataFrame or a mapping"),
    ],
)
def test_new_data_that_cannot_be_used(newdata, message):
    """Each fault with its place."""
    with pytest.raises(InputError, match=message):
        fitted().predict(newdata)
    with pytest.raises(InputError, match="between 0 and 1"):
        fitted().predict(level=95)


@pytest.mark.parametrize("inference", [WALD, HKSJ])
def test_contrasts_by_hand(inference):
    """Values, errors and the joint test of two combinations."""
    fit = fitted(inference=inference)
    found = fit.contrast(
        {"c - b": {"sham[T.c]": 1, "sham[T.b]": -1}, "five doses": {"dose": 5}}, level=0.8
    )
    rows = np.array([[0, 0, -1, 1], [0, 5, 0, 0]])
    value, covariance = rows @ fit.beta, rows @ fit.covariance @ rows.T
    assert close([each.value for each in found.estimates], value, NAIVE)
    assert close(found.covariance, covariance, NAIVE)
    assert found["five doses"].value == 5 * fit["dose"].value
    statistic = value @ np.linalg.solve(covariance, value)
    if inference == WALD:
        p, half = stats.chi2.sf(statistic, 2), stats.norm.ppf(0.9)
    else:
        statistic /= 2
        p, half = stats.f.sf(statistic, 2, 5), stats.t.ppf(0.9, 5)
    assert close([found.joint.statistic, found.joint.p_value], [statistic, p], NAIVE)
    assert close(found["c - b"].high, value[0] + half * np.sqrt(covariance[0, 0]), NAIVE)
    assert found.joint.df == 2
    listed = fit.contrast(rows)
    assert listed.names == ("contrast 1", "contrast 2")
    assert close(listed.covariance, found.covariance, EXACT)
    assert close(fit.contrast([{"dose": 5}]).covariance, found.covariance[1:, 1:], EXACT)
    assert fit.contrast(rows[1]).names == fit.contrast({"dose": 1}).names == ("contrast",)


def test_contrasts_of_kenward_and_roger():
    """Each combination has degrees of freedom of its own, and so has the joint test."""
    fit = fitted(inference=KR)
    x = np.column_stack([np.ones(9), COLUMNS["dose"], np.array(COLUMNS["sham"]) == "b",
                         np.array(COLUMNS["sham"]) == "c"]).astype(float)  # fmt: skip
    weighted = weigh(make_studies(np.array([Y]), np.array([V]), x=x[None]), np.array([fit.tau2]))
    rows = np.array([[0, 0, -1.0, 1], [0, 5, 0, 0]])
    found = fit.contrast(rows)
    assert close([each.df for each in found.estimates], contrast_degrees(weighted, rows)[0], NAIVE)
    df, factor = joint_scaling(weighted, rows)
    value = rows @ fit.beta
    statistic = factor[0] * value @ np.linalg.solve(rows @ fit.covariance @ rows.T, value) / 2
    assert close(found.joint.statistic, statistic, NAIVE)
    assert close(found.joint.df_residual, df[0], NAIVE)
    assert close(found.joint.p_value, stats.f.sf(statistic, 2, df[0]), NAIVE)
    assert close(fit.test(["dose", "sham"]).statistic, fit.moderators.statistic, NAIVE)
    assert close(fit.test("sham").df_residual, joint_scaling(weighted, np.eye(4)[2:]).df[0], NAIVE)
    own = fit.predict({"dose": 3.0, "sham": "a"})
    assert close(own.df, contrast_degrees(weighted, np.array([[1, 3.0, 0, 0]]))[0], NAIVE)


def test_tests_of_terms():
    """A term, a coefficient, a column of several terms, several of them; the moderators."""
    fit = fitted("~ dose + I(dose**2) + C(sham)", inference=WALD)
    value = fit.beta[3:]
    statistic = value @ np.linalg.solve(fit.covariance[3:, 3:], value)
    found = fit.test("C(sham)")
    assert found.terms == ("C(sham)[T.b]", "C(sham)[T.c]")
    assert close(found.statistic, statistic, NAIVE)
    assert close(found.p_value, stats.chi2.sf(statistic, 2), NAIVE)
    assert fit.test("sham") == found
    assert fit.test() == fit.moderators
    assert fitted("~ 1").test().df == 0
    assert fit.test("dose").terms == ("dose",)
    assert fit.test(["dose", "I(dose ** 2)", "sham"]) == fit.moderators
    assert close(fit.test("C(sham)[T.b]").statistic, fit["C(sham)[T.b]"].statistic ** 2, NAIVE)
    assert "chi² = " in str(found)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda fit: fit.test("doze"), 'no term of ~ dose \\+ sham.*Did you mean "dose"'),
        (lambda fit: fit.test([]), "name the terms"),
        (lambda fit: fit.contrast({"doze": 1}), 'not a coefficient.*Did you mean "dose"'),
        (lambda fit: fit.contrast({}), "name a coefficient"),
        (lambda fit: fit.contrast([1, 2]), "4 coefficients"),
        (lambda fit: fit.contrast("dose"), "4 coefficients"),
        (lambda fit: fit.contrast([0, float("nan"), 0, 0]), "finite numbers"),
        (lambda fit: fit.contrast([[0, 1, 0, 0], [0, 2, 0, 0]]), "are not independent"),
        (lambda fit: fit.contrast({"dose": 1}, level=2), "between 0 and 1"),
    ],
)
def test_questions_that_have_no_answer(ask, message):
    """Each is refused by name."""
    with pytest.raises(InputError, match=message):
        ask(fitted())


def test_contrasts_print():
    """An aligned table and the joint test."""
    found = fitted().contrast({"one": {"dose": 1}, "other": {"sham[T.b]": 2}})
    assert found.summary().split("\n")[-1].startswith("all 0: F = ")
    assert str(found) == repr(found)
    assert list(found.to_frame()["contrast"]) == ["one", "other"]
    assert "contrast" in found._repr_html_()
    with pytest.raises(ChoiceError, match="is not a contrast"):
        found["neither"]


def test_likelihood_ratio_by_hand():
    """Twice the difference of the log-likelihoods, by the densities themselves."""
    small, large = fitted("~ dose", tau2=ML), fitted("~ dose + sham", tau2=ML)
    heights = [
        stats.norm.logpdf(Y, fit.fitted, np.sqrt(np.array(V) + fit.tau2)).sum()
        for fit in (small, large)
    ]
    assert close([small.ml.log_likelihood, large.ml.log_likelihood], heights, NAIVE)
    found = compare(large, small)
    assert close(found.statistic, 2 * (heights[1] - heights[0]), NAIVE, typical=1.0)
    assert close(found.p_value, stats.chi2.sf(found.statistic, 2), NAIVE)
    assert close(found.aic_difference, large.ml.aic - small.ml.aic, NAIVE, typical=1.0)
    assert close(found.bic_difference, large.ml.bic - small.ml.bic, NAIVE, typical=1.0)
    assert close(found.aicc_difference, large.ml.aicc - small.ml.aicc, NAIVE, typical=1.0)
    assert (found.df, found.parameters) == (2, (3, 5))
    assert close(found.r2, 100 * max(0, 1 - large.tau2 / small.tau2), EXACT)
    assert compare(small, large) == found
    assert "likelihood ratio chi²" in str(found)
    assert re.search(r"ΔAIC \S+, ΔBIC \S+, ΔAICc \S+ against the smaller model", str(found))
    assert "against" in found._repr_html_()


def test_restricted_likelihoods():
    """They compare models of tau² with the same moderators, in any coding."""
    fit = fitted("~ dose + sham")
    common = regress(EFFECTS, "~ sham + I(2*dose)", model="common")
    found = compare(fit, common)
    statistic = 2 * (fit.reml.log_likelihood - common.reml.log_likelihood)
    # the constant ½ log det X'X differs with the coding and is not compared
    same = regress(EFFECTS, "~ dose + sham", model="common")
    exact = 2 * (fit.reml.log_likelihood - same.reml.log_likelihood)
    assert close(statistic, exact, NAIVE, typical=1.0)
    assert close(found.statistic, exact, NAIVE, typical=1.0)
    assert (found.df, found.method) == (1, DEFAULT_TAU2)
    assert "border" in found.remarks[0]
    assert np.isnan(found.r2)


def test_a_given_tau2_is_part_of_an_estimated_one():
    """Also a fixed value other than 0."""
    given = fitted("~ dose", tau2=0.02)
    found = compare(given, fitted("~ dose", tau2=ML))
    assert (found.df, given.tau2_method) == (1, FIXED)


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        (("~ dose", "DL"), ("~ 1", "DL"), "maximizes no likelihood; fit both models with one of"),
        (("~ dose", DEFAULT_TAU2), ("~ 1", DEFAULT_TAU2), "different moderators"),
        (("~ dose", DEFAULT_TAU2), ("~ 1", ML), "two different likelihoods"),
        (("~ dose", ML), ("~ sham", ML), "is not part of"),
        (("~ dose", ML), ("~ dose", ML), "is not part of"),
        (("~ dose", 0.1), ("~ 1", 0.2), "is not part of"),
        (("~ dose + sham", 0.1), ("~ 1", ML), "is not part of"),
    ],
)
def test_models_that_cannot_be_compared(one, other, message):
    """Each reason is said."""
    with pytest.raises(InputError, match=message):
        compare(*(fitted(formula, tau2=key) for formula, key in (one, other)))


def test_other_studies_cannot_be_compared():
    """Nor other numbers, nor the caller's weights, nor anything but fits."""
    fit = fitted("~ dose", tau2=ML)
    fewer = regress(EFFECTS.take(slice(0, 8)), "~ 1", tau2=ML)
    with pytest.raises(InputError, match=r"different studies \(8 and 9\): Study 9"):
        compare(fit, fewer)
    shifted = Effects.from_arrays(np.array(Y) + 1, V)
    with pytest.raises(InputError, match="different effects or variances"):
        compare(fit, pool(shifted, tau2=ML))
    with pytest.raises(InputError, match="weights of the caller's"):
        compare(fit, pool(EFFECTS, tau2=ML, weights=V))
    with pytest.raises(InputError, match="fit_b must be a fit"):
        compare(fit, 3)
