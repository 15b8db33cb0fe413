"""Meta-regressions against metafor's: every formula, estimator and test that is pinned."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.tau2.table import DEFAULT_TAU2, ESTIMATORS
from metaan.univariate.comparing import compare
from metaan.univariate.inference import T
from metaan.univariate.pooling import pool
from metaan.univariate.prediction import PREDICTIONS
from metaan.univariate.regression import regress
from tests.reference.pinned import COMMON, TESTS, pins
from tests.tolerance import EXACT, Tolerance, close

SETS = pins("regression")["datasets"]
CASES = [(name, key) for name, record in SETS.items() for key in record["fits"]]
DETAILS = [(name, formula) for name, record in SETS.items() for formula in record["details"]]
TIGHT = [case for case in CASES if case[1].endswith("tight")]
ML = next(key for key, row in ESTIMATORS.items() if row.restricted is False)
OUR_TESTS = {**TESTS, "t": T}
NORMAL = next(key for key, row in PREDICTIONS.items() if np.isinf(row.studies_less))
FIGURES = ("beta", "se", "stat", "pval", "ci_lb", "ci_ub")
OURS = ("value", "se", "statistic", "p_value", "low", "high")

CONDITION = Tolerance(
    relative=2e-8,
    absolute=1e-13,
    reason="R solves normal equations of the moderators as they come; years near 1950 beside an "
    "intercept cost it 6 digits and more (test_exact_arithmetic). p-values lose z² times as much",
)
FORMULA_STEPS = Tolerance(
    relative=1e-8,
    absolute=2e-4,
    reason="R's default thresholds stop when tau² moves by less than 1e-5; scoring of ML "
    "converges linearly, so that several times that is left",
)
SOLVED_FIT = Tolerance(
    relative=1e-8,
    absolute=1e-11,
    reason="tau² of the tight fits is good to about 1e-10, and what follows from it to a few "
    "times that; p-values change by z² times as much",
)


@cache
def effects(name):
    """Return the effects of a pinned data set with their moderators."""
    record = SETS[name]
    return Effects.from_arrays(record["yi"], record["vi"], columns=record["columns"])


def ours(name, key, **options):
    """Return our fit for a key such as ``~ ablat | REML | knha``."""
    formula, method, test = key.split(" | ")[:3]
    common = method == COMMON
    options.setdefault("tau2", DEFAULT_TAU2 if common else method)
    return regress(
        effects(name),
        formula.replace("factor(", "C("),
        model="common" if common else "random",
        inference=OUR_TESTS[test],
        **options,
    )


def well_conditioned(key):
    """Whether the moderators lose R no digits worth mentioning."""
    return "year" not in key


def compare_coefficients(fit, expected, tolerance):
    """Compare every figure of the coefficients and of their test."""
    for theirs, own in zip(FIGURES, OURS, strict=True):
        found = [getattr(each, own) for each in fit.coefficients]
        assert close(found, expected[theirs], tolerance, typical=spread(expected, theirs))
    size = float(np.max(np.abs(expected["vb"])))
    assert close(fit.covariance, expected["vb"], tolerance, typical=size)
    moderators = fit.moderators
    assert close(moderators.statistic, expected["QM"], tolerance)
    assert close(moderators.p_value, expected["QMp"], tolerance)
    residual = float("inf") if expected["QM_df"][1] is None else expected["QM_df"][1]
    assert (moderators.df, moderators.df_residual) == (expected["QM_df"][0], residual)


def spread(expected, figure):
    """Return the size of a figure whose value may be near zero."""
    return float(np.max(expected["se"])) if figure in ("beta", "ci_lb", "ci_ub") else 0.0


@pytest.mark.parametrize(("name", "key"), CASES)
def test_everything_at_the_tau2_of_r(name, key):
    """With tau² given, nothing is left to a search: coefficients, tests, Q and likelihoods."""
    expected = SETS[name]["fits"][key]
    options = {} if COMMON in key else {"tau2": expected["tau2"][0]}
    fit = ours(name, key, **options)
    tolerance = EXACT if well_conditioned(key) else CONDITION
    tolerance = Tolerance(relative=max(tolerance.relative, 1e-11), absolute=1e-14,
                          reason=tolerance.reason)  # fmt: skip
    compare_coefficients(fit, expected, tolerance)
    assert close(fit.heterogeneity.q, expected["QE"], tolerance)
    assert close(fit.heterogeneity.p_value, expected["QEp"], tolerance)
    assert fit.heterogeneity.df == expected["QE_df"]
    for record, block in ((fit.ml, "ML"), (fit.reml, "REML")):
        assert close(
            record.log_likelihood, expected["fit_stats"][block]["ll"], tolerance, typical=1.0
        )


@pytest.mark.parametrize(("name", "key"), CASES)
def test_tau2(name, key):
    """Closed forms and tight searches to their digits, R's default searches to their threshold."""
    expected = SETS[name]["fits"][key]
    fit, row = ours(name, key), ESTIMATORS.get(key.split(" | ")[1])
    if key.endswith("tight"):
        tolerance = SOLVED_FIT
    elif row is None or row.closed_form:
        tolerance = EXACT if well_conditioned(key) else CONDITION
    else:
        tolerance = FORMULA_STEPS
    typical = fit.heterogeneity.typical_v
    assert close(fit.tau2, expected["tau2"][0], tolerance, typical=typical)


@pytest.mark.parametrize(("name", "key"), TIGHT)
def test_tight_fits(name, key):
    """Every figure of R's fits with thresholds near machine precision, criteria included."""
    expected = SETS[name]["fits"][key]
    fit = ours(name, key)
    tolerance = SOLVED_FIT if well_conditioned(key) else CONDITION
    compare_coefficients(fit, expected, tolerance)
    compare_heterogeneity(fit, expected, tolerance)


@pytest.mark.parametrize(("name", "key"), [case for case in CASES if f"| {COMMON} |" in case[1]])
def test_common_effect(name, key):
    """I², H² and R² of the common effect come from Q."""
    expected = SETS[name]["fits"][key]
    tolerance = EXACT if well_conditioned(key) else CONDITION
    compare_heterogeneity(ours(name, key), expected, tolerance)


def compare_heterogeneity(fit, expected, tolerance):
    """Compare I², H², R², the standard error of tau² and the likelihoods with their criteria."""
    het = fit.heterogeneity
    # R² of the tight fits has a null model at R's default thresholds.
    loose = Tolerance(relative=1e-3, absolute=1e-3, reason="the null model of R² is not tight")
    assert close(het.i2, expected["I2"][0], tolerance, typical=100.0)
    assert close(het.h2, expected["H2"][0], tolerance)
    assert close(fit.r2, expected["R2"], tolerance if not fit.tau2_method else loose)
    if fit.tau2_method:
        assert close(het.tau2_se, expected["se_tau2"], tolerance)
    for record, block in ((fit.ml, "ML"), (fit.reml, "REML")):
        theirs = expected["fit_stats"][block]
        found = (record.log_likelihood, record.aic, record.bic, record.aicc)
        wanted = [theirs[field] for field in ("ll", "AIC", "BIC", "AICc")]
        assert close(found, wanted, tolerance, typical=1.0)


@pytest.mark.parametrize(("name", "formula"), DETAILS)
def test_tight_reml(name, formula):
    """REML with its limits of tau², predictions, a test of one coefficient."""
    record = SETS[name]["details"][formula]
    fit = ours(name, f"{formula} | {DEFAULT_TAU2} | z", prediction=NORMAL)
    tolerance = SOLVED_FIT if well_conditioned(formula) else CONDITION
    compare_coefficients(fit, record["fit_tight"], tolerance)
    assert close(fit.x, record["X"], EXACT)
    low, high = record["confint"]["random"]["values"][0][1:]
    size = fit.heterogeneity.typical_v + high
    limits = [fit.heterogeneity.tau2_low, fit.heterogeneity.tau2_high]
    search = Tolerance(relative=2e-4, reason="R's default search for the limits")
    assert close(limits, [low, high], search, typical=size)
    second = record["anova_btt2"]
    test = fit.test(fit.names[1])
    assert close(test.statistic, second["QM"], tolerance)
    assert close(test.p_value, second["QMp"], tolerance)


@pytest.mark.parametrize(("name", "formula"), DETAILS)
def test_predictions(name, formula):
    """R's predictions rest on its tight tau²: values, standard errors and both intervals."""
    record = SETS[name]["details"][formula]
    fit = ours(name, f"{formula} | {DEFAULT_TAU2} | z", prediction=NORMAL)
    tolerance = SOLVED_FIT if well_conditioned(formula) else CONDITION
    compare_predictions(fit.predict(), record["predict"], tolerance)
    if "predict_new" in record:
        new = record["predict_new"]
        moderator = fit.names[1]
        compare_predictions(fit.predict({moderator: new["newmods"]}), new, tolerance)


def compare_predictions(found, expected, tolerance):
    """Compare predictions with those of R."""
    typical = float(np.max(expected["se"]))
    assert close(found.estimate, expected["pred"], tolerance, typical=typical)
    assert close(found.se, expected["se"], tolerance)
    for ours_, theirs in (
        (found.low, "ci.lb"),
        (found.high, "ci.ub"),
        (found.prediction_low, "pi.lb"),
        (found.prediction_high, "pi.ub"),
    ):
        assert close(ours_, expected[theirs], tolerance, typical=typical)


@pytest.mark.parametrize(("name", "formula"), DETAILS)
def test_likelihood_ratio(name, formula):
    """The model against the mean alone, by maximum likelihood."""
    expected = SETS[name]["details"][formula]["anova_LRT_ML"]
    fit = ours(name, f"{formula} | {ML} | z")
    found = compare(pool(effects(name), tau2=ML), fit)
    compare_comparison(found, expected)
    steps = Tolerance(relative=1e-4, absolute=2e-2, reason="R's tau² is not tight here")
    assert close(found.r2, expected["R2"], steps)


@pytest.mark.parametrize("name", SETS)
def test_heterogeneity_by_likelihood(name):
    """Random against common effect, where R² has no meaning for us and is 0 for R."""
    expected = SETS[name]["anova_RE_vs_EE_ML"]
    found = compare(pool(effects(name), tau2=ML), pool(effects(name), model="common"))
    compare_comparison(found, expected)
    assert np.isnan(found.r2)


def compare_comparison(found, expected):
    """Compare a likelihood-ratio test and the differences of the criteria."""
    flat = Tolerance(
        relative=1e-7, absolute=1e-9, reason="likelihoods at their maxima, where tau² has no slope"
    )
    assert close(found.statistic, expected["LRT"], flat, typical=1.0)
    assert close(found.p_value, expected["pval"], Tolerance(relative=1e-5, reason=flat.reason))
    assert found.parameters == (expected["parms.r"], expected["parms.f"])
    full, reduced = np.array(expected["fit.stats.f"]), np.array(expected["fit.stats.r"])
    differences = [found.aic_difference, found.bic_difference, found.aicc_difference]
    assert close(differences, (full - reduced)[2:], flat, typical=10.0)


@pytest.mark.parametrize("formula", ["~ ablat", "~ ablat + year", "~ ablat * year"])
def test_exact_arithmetic(formula):
    """DerSimonian and Laird's tau² in fractions: ours is right where R has lost digits."""
    record = SETS["bcg"]
    y, v = ([Fraction(value) for value in record[key]] for key in ("yi", "vi"))
    x = [[Fraction(int(value)) for value in row] for row in record["details"][formula]["X"]]
    w = [1 / each for each in v]
    b, bread = solved(x, y, w)
    residual = [yi - dot(row, b) for yi, row in zip(y, x, strict=True)]
    q = sum(wi * r * r for wi, r in zip(w, residual, strict=True))
    second = weighted(x, [wi * wi for wi in w])
    p = len(b)
    trace = sum(w) - sum(bread[i][j] * second[j][i] for i in range(p) for j in range(p))
    exact = (q - (len(x) - p)) / trace
    fit = ours("bcg", f"{formula} | DL | z")
    sharp = Tolerance(relative=1e-12, reason="exact arithmetic on the other side")
    assert close(fit.tau2, float(exact), sharp)
    b, bread = solved(x, y, [1 / (each + exact) for each in v])
    assert close(fit.beta, [float(each) for each in b], sharp)
    assert close(
        [each.se for each in fit.coefficients],
        [float(bread[i][i]) ** 0.5 for i in range(p)],
        sharp,
    )
    theirs = record["fits"][f"{formula} | DL | z"]["tau2"][0]
    assert abs(fit.tau2 - float(exact)) <= abs(theirs - float(exact))


def dot(row, b):
    """Return a sum of products."""
    return sum(one * other for one, other in zip(row, b, strict=True))


def weighted(x, w):
    """Return ``X'W X`` in fractions."""
    p = range(len(x[0]))
    return [
        [sum(wi * row[i] * row[j] for wi, row in zip(w, x, strict=True)) for j in p] for i in p
    ]


def solved(x, y, w):
    """Return weighted least squares in fractions: coefficients and ``(X'W X)^-1``."""
    p = len(x[0])
    right = [sum(wi * row[i] * yi for wi, row, yi in zip(w, x, y, strict=True)) for i in range(p)]
    table = [
        [*row, *(Fraction(int(i == j)) for j in range(p))] for i, row in enumerate(weighted(x, w))
    ]
    for i in range(p):
        table[i] = [value / table[i][i] for value in table[i]]
        for j in range(p):
            if j != i:
                factor = table[j][i]
                table[j] = [a - factor * b for a, b in zip(table[j], table[i], strict=True)]
    bread = [row[p:] for row in table]
    return [dot(row, right) for row in bread], bread


@pytest.mark.parametrize(("name", "formula"), DETAILS)
@pytest.mark.parametrize("restricted", [True, False])
def test_own_score_equation(name, formula, restricted):
    """At our tau² the score is 0, by k x k matrices as the textbook has them."""
    key = next(key for key, row in ESTIMATORS.items() if row.restricted is restricted)
    fit = ours(name, f"{formula} | {key} | z")
    x, y = fit.x / np.max(np.abs(fit.x), axis=0), np.array(fit.effects.y)
    w = np.diag(1 / (fit.effects.v + fit.tau2))
    p = w - w @ x @ np.linalg.inv(x.T @ w @ x) @ x.T @ w
    score = y @ p @ p @ y - np.trace(p if restricted else w)
    if fit.tau2 > 0:
        assert abs(score) < 1e-7 * np.trace(w)
    else:
        assert score < 0
