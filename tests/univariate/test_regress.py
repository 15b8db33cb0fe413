"""regress: what it answers, what it refuses, and what it says."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, EmptyIntervalWarning, InputError, LeftOutWarning
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.inference import FLOOR, HC, HKSJ, INFERENCES, KR, WALD, T
from metaan.univariate.pooling import pool
from metaan.univariate.prediction import PREDICTIONS
from metaan.univariate.regression import regress
from tests.tolerance import EXACT, Tolerance, close

Y = [0.12, -0.30, 0.42, 0.55, 0.80, 0.61, 0.2, 1.05]
V = [0.02, 0.05, 0.03, 0.04, 0.06, 0.01, 0.08, 0.03]
COLUMNS = {
    "dose": [1.0, 2.0, 3.5, 4.0, 6.0, 7.0, 9.0, 2.5],
    "year": [1990, 1991, 1995, 1999, 2003, 2004, 2010, 2011],
    "sham": ["a", "b", "c", "a", "b", "c", "a", "a"],
}
STUDY = list("ABCDEFGH")
NAIVE = Tolerance(
    relative=1e-11, absolute=1e-13, reason="inverted k x k matrices on the other side"
)


def effects(**options):
    """Return eight studies with three moderators."""
    return Effects.from_arrays(Y, V, study=STUDY, **{"columns": COLUMNS, **options})


def fits_of(inference):
    """Return the estimator that an inference asks for."""
    return {"tau2": next(key for key, row in ESTIMATORS.items() if row.restricted)} | {
        "inference": inference
    }


@pytest.mark.parametrize("inference", [key for key in INFERENCES if key != HC])
@pytest.mark.parametrize("model", ["random", "common"])
def test_a_mean_alone_is_the_pool(inference, model):
    """``~ 1`` is `pool`, to the last digit."""
    if inference == KR and model == "common":
        return
    options = fits_of(inference) | {"model": model}
    fit, pooled = regress(effects(), "~ 1", **options), pool(effects(), **options)
    assert fit["Intercept"] == pooled.estimate
    assert str(fit.heterogeneity) == str(pooled.heterogeneity)  # NaN equals nothing
    assert (fit.tau2, fit.convergence) == (pooled.tau2, pooled.convergence)
    assert list(fit.weights) == list(pooled.weights)
    assert fit.moderators.df == 0
    assert np.isnan(fit.moderators.p_value)
    assert np.isnan(fit.r2)


@pytest.mark.parametrize("key", [key for key, row in ESTIMATORS.items() if not row.weighted])
def test_a_mean_alone_is_the_pool_for_every_estimator(key):
    """Whatever finds tau²."""
    fit, pooled = regress(effects(), "~ 1", tau2=key), pool(effects(), tau2=key)
    assert (fit["Intercept"], fit.tau2) == (pooled.estimate, pooled.tau2)


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_predictions_of_a_mean_are_those_of_the_pool(prediction):
    """Every row, at one row of new data without a moderator."""
    pooled = pool(effects(), prediction=prediction)
    found = regress(effects(), "~ 1", prediction=prediction).predict({})
    limits = pooled.prediction_interval
    assert len(found) == 1
    assert close(found.prediction_low, limits.low, EXACT)
    assert close(found.prediction_high, limits.high, EXACT)
    assert close(found.low, pooled.estimate.low, EXACT)


@pytest.mark.parametrize("formula", ["~ dose", "~ dose + sham", "~ 0 + sham", "~ poly(year, 2)"])
@pytest.mark.parametrize("own", [None, [1, 2, 3, 4, 1, 2, 3, 0.5]])
def test_coefficients_by_the_textbook(formula, own):
    """Weighted least squares with k x k matrices, the sandwich for weights of one's own."""
    fit = regress(effects(), formula, tau2=0.07, inference=HKSJ, weights=own)
    x, y, total = fit.x, np.array(Y), np.array(V) + 0.07
    w = np.diag(1 / total if own is None else own)
    bread = np.linalg.inv(x.T @ w @ x)
    beta = bread @ x.T @ w @ y
    covariance = bread @ x.T @ w @ np.diag(total) @ w @ x @ bread
    best = np.diag(1 / total)  # Hartung and Knapp's factor, whatever the weights
    residual = y - x @ np.linalg.solve(x.T @ best @ x, x.T @ best @ y)
    covariance = covariance * np.sum(residual**2 / total) / (8 - x.shape[1])
    assert close(fit.beta, beta, NAIVE)
    assert close(fit.covariance, covariance, NAIVE, typical=float(np.max(np.abs(covariance))))
    assert close([each.se**2 for each in fit.coefficients], np.diag(covariance), NAIVE)
    assert close(fit.fitted, x @ beta, NAIVE)
    assert close(fit.weights, 100 * np.diag(w) / np.trace(w), NAIVE)


def test_explained_heterogeneity():
    """R² compares tau² with that of the mean by the same estimator; cut at 0."""
    for key in ("DL", "PM", "EB"):
        before, fit = pool(effects(), tau2=key).tau2, regress(effects(), "~ sham", tau2=key)
        assert close(fit.r2, 100 * max(0.0, 1 - fit.tau2 / before), EXACT)
    common = regress(effects(), "~ year + sham", model="common")
    null = pool(effects(), model="common").heterogeneity
    assert close(common.r2, 100 * (1 - common.heterogeneity.h2 / null.h2), EXACT)
    assert np.isnan(regress(effects(), "~ dose", tau2=0.1).r2)
    assert np.isnan(regress(effects(), "~ 0 + dose").r2)
    assert not np.isnan(regress(effects(), "~ 0 + sham").r2)


def test_as_many_coefficients_as_studies():
    """Every effect is fitted: tau² is 0, intervals are Wald's, and a remark says so."""
    few = Effects.from_arrays([0.1, 0.4], [0.04, 0.09], columns={"dose": [1.0, 3.0]})
    for key in (key for key, row in ESTIMATORS.items() if not row.weighted):
        fit = regress(few, "~ dose", tau2=key)
        assert close(fit.fitted, few.y, EXACT)
        assert (fit.tau2, fit.inference, fit["dose"].df) == (0.0, WALD, np.inf)
    assert close(fit["dose"].value, 0.15, EXACT)
    assert close(fit["dose"].se, np.sqrt(0.13) / 2, EXACT)
    assert "as many coefficients as studies" in fit.remarks[0]
    assert "no degree of freedom is left" in fit.summary()
    assert np.isnan(fit.predict().prediction_low).all()
    one = Effects.from_arrays([0.1], [0.04])
    assert regress(one, "~ 1")["Intercept"] == pool(one).estimate


def test_a_perfect_line():
    """Effects on a line leave nothing: tau² and standard errors are 0, and nothing fails."""
    dose = np.arange(1.0, 6.0)
    line = Effects.from_arrays(0.5 * dose - 1, np.full(5, 0.1), columns={"dose": dose})
    with pytest.warns(EmptyIntervalWarning):
        fit = regress(line, "~ dose")
    assert close(fit.beta, [-1.0, 0.5], EXACT)
    assert fit.tau2 == 0
    assert any("no tau²" in remark for remark in fit.remarks)
    equal = Effects.from_arrays(np.full(5, 0.3), np.full(5, 0.1), columns={"dose": dose})
    with pytest.warns(EmptyIntervalWarning):
        fit = regress(equal, "~ dose", inference=WALD)
    assert close(fit.beta, [0.3, 0.0], EXACT)
    assert np.isnan(fit.r2)


def test_studies_without_a_moderator_are_left_out():
    """They are named with what is missing, and only the moderators that are used count."""
    columns = {**COLUMNS, "dose": [None, *COLUMNS["dose"][1:]]}
    columns["sham"] = [*COLUMNS["sham"][:7], ""]
    columns["empty"] = [None] * 8
    some = effects(columns=columns)
    with pytest.warns(LeftOutWarning, match=r"2 of 8 studies .* A \(dose missing\), H \(sham"):
        fit = regress(some, "~ dose + sham")
    rest = effects().take(slice(1, 7))
    assert close(fit.beta, regress(rest, "~ dose + sham").beta, EXACT)
    assert [item.study for item in fit.effects.left_out] == ["A", "H"]
    assert "6 of 8 studies" in fit.summary()
    assert "left out: A: dose missing" in fit.summary()
    assert regress(some, "~ year").k == 8
    with pytest.raises(InputError, match=r"every study lacks a moderator: A \(empty missing"):
        regress(some, "~ empty")


def test_weights_follow_the_studies_that_stay():
    """A column of weights is cut like the effects."""
    columns = {"dose": [None, *COLUMNS["dose"][1:]], "w": [9, 1, 2, 3, 4, 5, 6, 7]}
    with pytest.warns(LeftOutWarning):
        fit = regress(effects(columns=columns), "~ dose", weights="w")
    assert list(fit.given_weights) == [1, 2, 3, 4, 5, 6, 7]
    rest = effects().take(slice(1, 8))
    assert close(fit.beta, regress(rest, "~ dose", weights=range(1, 8)).beta, EXACT)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"formula": "~ doze"}, 'doze is not a column; .* Did you mean "dose"'),
        ({"formula": "~ dose + I(dose*2)"}, r"I\(dose \* 2\) is a combination of dose"),
        ({"formula": "~ C(dose)*sham"}, "coefficients .* for 8 studies; leave moderators out"),
        ({"formula": "~ open('x')"}, "open may not be called"),
        ({"formula": "~ log(dose - 1)"}, "is not finite for A"),
        ({"tau2": "REM"}, "is not an estimator"),
        ({"inference": "HC", "tau2": "DL"}, "is for a mean"),
        ({"inference": "KR", "tau2": "DL"}, "needs tau2="),
        ({"prediction": "KR", "tau2": "DL"}, 'prediction="KR" needs tau2='),
        ({"level": 95}, "between 0 and 1"),
        ({"weights": [1, 2]}, "one number for each of 8 studies"),
        ({"weights": [1, 0, 0, 0, 0, 0, 0, 0]}, "2 coefficients .* for 1 studies"),
        ({"model": "fixed"}, "is not a model"),
    ],
)
def test_refusals(options, message):
    """Each names the fault and the remedy."""
    with pytest.raises(InputError, match=message):
        regress(effects(), **{"formula": "~ dose", **options})
    with pytest.raises(InputError, match="effects must be Effects"):
        regress([1, 2], "~ dose")


def test_look_up():
    """A coefficient by its name; the nearest is offered."""
    fit = regress(effects(), "~ dose")
    assert fit["dose"].value == fit.beta[1]
    with pytest.raises(ChoiceError, match='Did you mean "dose"'):
        fit["doze"]


@pytest.mark.parametrize("inference", [T, HKSJ, FLOOR, KR, WALD])
def test_summary_says_everything(inference):
    """Conventions first, an aligned table, then what is left."""
    fit = regress(effects(label="Mean difference"), "~ dose + sham", inference=inference)
    text = fit.summary()
    lines = text.split("\n")
    assert lines[0].startswith("Mean difference ~ dose + sham, 8 studies (random effects")
    assert inference in lines[0]
    table = lines[1:6]
    assert len({len(line) for line in table}) == 1
    assert table[1].split()[0] == "Intercept"
    assert "test of moderators" in text
    assert "residual heterogeneity Q = " in text
    assert "8 studies for 3 coefficients" in text
    assert str(fit) == repr(fit) == text
    assert "<pre" in fit._repr_html_() or "<table" in fit._repr_html_()


def test_summary_of_ratios_and_tiny_numbers():
    """Coefficients of logarithms are logarithms, which is said; odd units still print."""
    ratios = regress(effects(scale="log"), "~ dose")
    assert "exp() of a coefficient is a ratio" in ratios.summary()
    assert close(ratios["dose"].read().value, np.exp(ratios["dose"].value), EXACT)
    tiny = Effects.from_arrays(np.array(Y) * 1e-150, np.array(V) * 1e-300, columns=COLUMNS)
    assert "e−15" in regress(tiny, "~ dose").summary()
    common = regress(effects(), "~ dose", model="common").summary()
    assert "(common effect, interval WALD)" in common
    assert "test of all coefficients" in regress(effects(), "~ 0 + sham").summary()


def test_frame():
    """One row for each coefficient."""
    fit = regress(effects(), "~ dose + sham")
    frame = fit.to_frame()
    assert list(frame["term"]) == list(fit.names)
    assert list(frame.columns) == [
        "term", "estimate", "se", "low", "high", "statistic", "df", "p_value",
    ]  # fmt: skip
    assert list(frame["estimate"]) == list(fit.beta)


def test_a_level_is_not_tested_against_no_effect():
    """A prevalence's intercept has no null, its slope has: no difference."""
    levels = regress(effects(scale="logit"), "~ dose")
    assert np.isnan(levels["Intercept"].p_value)
    assert levels["dose"].p_value == regress(effects(), "~ dose")["dose"].p_value


def test_records_are_frozen_and_copied():
    """Arrays are read-only, pickles and copies answer as before."""
    fit = regress(effects(), "~ bs(dose, df=4) + sham")
    for array in (fit.x, fit.covariance, fit.weights, fit.beta, fit.fitted):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    for other in (pickle.loads(pickle.dumps(fit)), copy.deepcopy(fit)):
        new = {"dose": [3.0, 5.0], "sham": "b"}
        assert close(other.predict(new).estimate, fit.predict(new).estimate, EXACT)
        assert other.test("sham") == fit.test("sham")


def test_two_studies_and_kenward_roger():
    """No degree of freedom is left for tau², nor for its variance."""
    few = Effects.from_arrays([0.1, 0.4], [0.04, 0.09], columns={"dose": [1.0, 3.0]})
    fit = regress(few, "~ dose", inference=KR)
    assert close(fit["dose"].se, regress(few, "~ dose", inference=WALD)["dose"].se, EXACT)
    assert fit.test("dose").df_residual == np.inf


def test_polars_and_plain_mappings():
    """New data need columns and values, not a library."""
    import polars as pl

    fit = regress(effects(), "~ dose + sham")
    frame = pl.DataFrame({"dose": [1.0, 2.0], "sham": ["a", "c"]})
    plain = fit.predict({"dose": (1.0, 2.0), "sham": np.array(["a", "c"])})
    assert close(fit.predict(frame).estimate, plain.estimate, EXACT)


def test_numbers_that_came_as_text():
    """They are taken as numbers, and the fit says so; C( ) makes categories of them."""
    written = {**COLUMNS, "year": [str(year) for year in COLUMNS["year"]]}
    fit, plain = regress(effects(columns=written), "~ year"), regress(effects(), "~ year")
    assert fit["year"] == plain["year"]
    assert fit.test("year") == plain.test("year")
    assert "note: year holds numbers as text and is taken as numbers" in fit.summary()
    assert set(fit.remarks) - set(plain.remarks) == {
        "year holds numbers as text and is taken as numbers; C(year) makes categories of them"
    }
    assert fit.predict({"year": "2001"}).estimate == plain.predict({"year": 2001}).estimate
