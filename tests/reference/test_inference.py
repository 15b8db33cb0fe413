"""Intervals of coefficients and new studies against metafor, meta, pbkrtest and pimeta."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from metaan.core.effects import Effects
from metaan.numerics.tails import t_quantile
from metaan.tau2.interval import DEFAULT_INTERVAL, INTERVALS
from metaan.tau2.studies import make_studies
from metaan.univariate.beyond import probability_beyond
from metaan.univariate.bootstrap_prediction import bootstrap_prediction, draw_effects
from metaan.univariate.inference import FLOOR, HC, HKSJ, INFERENCES, KR, WALD, T
from metaan.univariate.kenward_roger import contrast_degrees, joint_scaling
from metaan.univariate.kernel import Plan, pool_arrays
from metaan.univariate.pooling import pool
from metaan.univariate.prediction import PREDICTIONS
from metaan.univariate.regression_kernel import weigh_terms
from metaan.univariate.weighing import weigh
from tests.reference.pinned import pins
from tests.tolerance import EXACT, Tolerance, close, printed, simulated

PINS = pins("inference")
FITS, META, METAREG = PINS["fits"], PINS["meta"], PINS["metareg"]
TESTS = {"z": WALD, "t": T, "knha": HKSJ, "adhoc": FLOOR}
K1, HTS, NORMAL, _, HK, HK_PR, KR_OWN, KR_LESS = PREDICTIONS
LEVEL = 0.95

THROUGH_R = Tolerance(
    relative=1e-10,
    reason="R inverts X'WX of a design with years in it: closed form, but a few digits are lost",
)
HC_SEARCHED = Tolerance(
    relative=1e-8,
    reason="R searches its quantile to machine precision through a numerical integral of the "
    "default tolerance; the largest difference is 1e-9",
)
HC_DEFAULT = Tolerance(
    relative=1e-4, reason="R's search stops at its default tolerance, up to 5e-5 off here"
)


def pooled(yi, vi, tau2, inference, prediction=K1):
    """Return the batch of one pool at a tau² that R found."""
    plan = Plan(
        estimator=tau2,
        inference=INFERENCES[inference],
        prediction=PREDICTIONS[prediction],
        interval=INTERVALS[DEFAULT_INTERVAL],
        level=LEVEL,
    )
    y, v = np.array([yi], dtype=float), np.array([vi], dtype=float)
    return pool_arrays(y, v, np.ones_like(y), plan)


@pytest.mark.parametrize("dataset", FITS)
@pytest.mark.parametrize("method", ["EE", "DL", "SJ", "REML"])
@pytest.mark.parametrize("test", TESTS)
def test_pool_of_r(dataset, method, test):
    """At R's tau²: standard error, limits, statistic and p-value of each test."""
    record = FITS[dataset]
    tau2 = None if method == "EE" else record["rma"][f"{method}:z"]["tau2"][0]
    expected = record["rma"][f"{method}:{test}"]
    found = pooled(record["yi"], record["vi"], tau2, TESTS[test])
    names = {"value": "beta", "se": "se", "low": "ci_lb", "high": "ci_ub", "statistic": "stat"}
    for ours, theirs in names.items():
        assert close(getattr(found, ours), expected[theirs], EXACT)
    p = np.log(expected["pval"]) if expected["pval"][0] > 0 else found.log_p_value
    assert close(found.log_p_value, p, THROUGH_R, typical=1.0)


def designs():
    """Return every (data set, formula, method and test) of the pinned meta-regressions."""
    return [
        (name, formula, key)
        for name, formulas in METAREG.items()
        for formula, record in formulas.items()
        for key in record["fits"]
    ]


@pytest.mark.parametrize(("dataset", "formula", "key"), designs())
def test_design_of_r(dataset, formula, key):
    """Coefficients of meta-regressions at R's tau²: covariance, limits and joint test."""
    record = METAREG[dataset][formula]
    expected = record["fits"][key]
    y, se = np.array(META[dataset]["TE"]), np.array(META[dataset]["seTE"])
    x = np.array(record["x"], dtype=float)[None]
    weighted = weigh_terms(make_studies(y[None], se[None] ** 2, x=x), np.array(expected["tau2"]))
    found = INFERENCES[TESTS[key.split(" | ")[1]]].function(weighted, LEVEL)
    for ours, theirs in ((found.beta, "beta"), (found.se, "se")):
        assert close(np.sort(ours[0]), np.sort(expected[theirs]), THROUGH_R)
    assert close(np.sort((found.beta + found.half)[0]), np.sort(expected["ci_ub"]), THROUGH_R)
    tested = [i for i, name in enumerate(expected["coef_names"]) if name != "intrcpt"]
    beta, covariance = found.beta[0, tested], found.covariance[0][np.ix_(tested, tested)]
    joint, df, m = beta @ np.linalg.solve(covariance, beta), found.df[0, 0], len(tested)
    log_p = stats.chi2.logsf(joint, m) if np.isinf(df) else stats.f.logsf(joint / m, m, df)
    assert close(joint if np.isinf(df) else joint / m, expected["QM"], THROUGH_R)
    assert close(log_p, np.log(expected["QMp"]), THROUGH_R, typical=1.0)


@pytest.mark.parametrize("dataset", FITS)
def test_henmi_copas_of_r(dataset):
    """The hc of metafor with its search driven to the end; ours has the same distribution."""
    record = FITS[dataset]
    fit = pool(Effects.from_arrays(record["yi"], record["vi"]), tau2="DL", inference=HC)
    estimate, tight, default = fit.estimate, record["hc_tight"], record["hc"]
    assert close([estimate.value, estimate.se], [tight["beta"], tight["se"]], EXACT)
    assert close(fit.tau2, tight["tau2"], EXACT, typical=1e-3)
    half = (tight["ci.ub"] - tight["ci.lb"]) / 2
    assert close((estimate.high - estimate.low) / 2, half, HC_SEARCHED)
    half = (default["ci.ub"] - default["ci.lb"]) / 2
    assert close((estimate.high - estimate.low) / 2, half, HC_DEFAULT)
    assert np.isnan(estimate.df)
    assert close(fit.weights, 100 * (1 / fit.effects.v) / np.sum(1 / fit.effects.v), EXACT)


def bcg_weighted(formula, tau2):
    """Return the BCG trials weighed at a tau², with the design of a pinned pbkrtest entry."""
    y, se = np.array(META["dat.bcg"]["TE"]), np.array(META["dat.bcg"]["seTE"])
    x = np.array(METAREG["dat.bcg"]["~ ablat + year"]["x"]) - [0, 0, 1948]
    design = None if formula == "~ 1" else x[None]
    return weigh(make_studies(y[None], se[None] ** 2, x=design), np.array([tau2]))


COMBINATIONS = {
    "1": [[1, 0, 0]],
    "2": [[0, 1, 0]],
    "3": [[0, 0, 1]],
    "30 degrees in 1960": [[1, 30, 12]],
    "2 and 3": [[0, 1, 0], [0, 0, 1]],
    "all": np.eye(3),
}


@pytest.mark.parametrize("name", COMBINATIONS)
def test_kenward_roger_of_pbkrtest(name):
    """Standard errors, degrees of freedom and the scaling of F, for combinations of each kind."""
    record = PINS["pbkrtest"]["~ ablat + I(year - 1948)"]
    weighted = bcg_weighted("~ ablat + year", record["tau2"])
    found = INFERENCES[KR].function(weighted, LEVEL)
    assert close(found.se[0], record["se"], THROUGH_R)
    rows, expected = np.array(COMBINATIONS[name], dtype=float), record[name]
    df, factor = joint_scaling(weighted, rows)
    assert close([df[0], factor[0]], [expected["ddf"], expected["scaling"]], THROUGH_R)
    if len(rows) == 1:
        assert close(contrast_degrees(weighted, rows)[0], [expected["ddf"]], THROUGH_R)
        variance = (rows @ found.covariance[0] @ rows.T)[0, 0]
        statistic = (rows[0] @ found.beta[0]) ** 2 / variance
        assert close(statistic * factor[0], expected["F"], THROUGH_R)
        assert close(stats.f.sf(statistic, 1, df[0]), expected["p"], THROUGH_R)


@pytest.mark.parametrize("dataset", META)
def test_kenward_roger_of_meta(dataset):
    """The package meta (that is, pimeta) has our standard error, but other degrees of freedom.

    Kenward and Roger (1997) find them with the model's covariance B of the coefficients (as do
    pbkrtest, above, and mmrm's documented arguments); meta puts the adjusted one there, which for
    a mean divides them by (adjusted / B)². Both are pinned: Lb_ddf of pbkrtest gives meta's number
    when it is handed the adjusted matrix twice.
    """
    record = META[dataset]
    expected = record["metagen:REML CI KR"]
    tau2, v = record["metagen:REML"]["tau2"], np.square(record["seTE"])
    found = pooled(record["TE"], v, tau2, KR)
    assert close(found.se[0], expected["seTE.random"], EXACT)
    assert found.df[0] > 1.03 * expected["df.random"]
    ratio = (found.wald_se[0] / found.se[0]) ** 4
    assert close(found.df[0] * ratio, expected["df.random"], EXACT)


def test_degrees_of_freedom_of_meta_are_those_of_a_slip():
    """The numbers of pbkrtest for a mean stand in the ratio that separates meta's from ours."""
    record = PINS["pbkrtest"]["~ 1"]
    weighted = bcg_weighted("~ 1", record["tau2"])
    found = INFERENCES[KR].function(weighted, LEVEL)
    assert close(found.df[0, 0], record["1"]["ddf"], EXACT)
    ratio = weighted.bread[0, 0, 0] ** 2 / found.covariance[0, 0, 0] ** 2
    assert close(found.df[0, 0] * ratio, record["1"]["ddf_adjusted_in_both"], EXACT)


OF_META = {
    "V": (WALD, K1),
    "HTS": (WALD, HTS),
    "S": (WALD, NORMAL),
    "HK": (WALD, HK),
    "HK-PR": (WALD, HK_PR),
}


@pytest.mark.parametrize("dataset", META)
@pytest.mark.parametrize("rule", OF_META)
def test_prediction_interval_of_meta(dataset, rule):
    """method.predict of meta, at its tau²; HK is HK whatever the interval of the mean."""
    record = META[dataset]
    inference, prediction = OF_META[rule]
    tau2, v = record["metagen:REML"]["tau2"], np.square(record["seTE"])
    expected = record[f"metagen:REML PI {rule}"]
    for own in (inference, HKSJ) if rule.startswith("HK") else (inference,):
        found = pooled(record["TE"], v, tau2, own, prediction)
        limits = [found.prediction_low[0], found.prediction_high[0]]
        assert close(limits, [expected["lower.predict"], expected["upper.predict"]], EXACT)


@pytest.mark.parametrize("dataset", META)
@pytest.mark.parametrize(("rule", "prediction"), [("KR", KR_OWN), ("KR-PR", KR_LESS)])
def test_kenward_roger_prediction_of_meta(dataset, rule, prediction):
    """Same standard error; the width differs by the quantiles of the two degrees of freedom."""
    record = META[dataset]
    expected = record[f"metagen:REML PI {rule}"]
    tau2, v = record["metagen:REML"]["tau2"], np.square(record["seTE"])
    found = pooled(record["TE"], v, tau2, KR, prediction)
    df = found.df[0] - (1 if prediction == KR_LESS else 0)
    half = (found.prediction_high[0] - found.prediction_low[0]) / 2
    assert close(half / t_quantile(0.95, df), expected["seTE.predict"], EXACT)
    theirs = (expected["upper.predict"] - expected["lower.predict"]) / 2
    assert close(
        half * t_quantile(0.95, expected["df.predict"]) / t_quantile(0.95, df), theirs, EXACT
    )


@pytest.mark.parametrize("dataset", META)
def test_probability_beyond_of_meta(dataset):
    """The cidprop of meta is our predictive probability, at its tau²."""
    record = META[dataset]
    expected = record["cidprop_0.1"]
    effects = Effects.from_arrays(record["TE"], se=record["seTE"])
    fit = pool(effects, tau2=record["metagen:REML"]["tau2"], inference=WALD, prediction=K1)
    below = probability_beyond(fit, -expected["cid"], direction="below").predictive
    above = probability_beyond(fit, expected["cid"], direction="above").predictive
    theirs = [expected["prop.cid.below.null"], expected["prop.cid.above.null"]]
    assert close([below, above], theirs, EXACT)


def cisapride():
    """Return the log odds ratios of pimeta's documented example and their variances."""
    record = PINS["pimeta"]
    m1, n1, m2, n2 = (np.array(record[name], float) for name in ("m1", "n1", "m2", "n2"))
    a, b, c, d = (cell + 0.5 for cell in (m1, n1 - m1, m2, n2 - m2))
    return np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d


def test_bootstrap_of_pimeta():
    """The authors' own example of 25,000 draws, each figure within 4 simulation errors.

    Simulation errors of quantiles are found from 40 of our runs of that size.
    """
    record, (y, v) = PINS["pimeta"], cisapride()
    assert close(y[0], float(record["first_y"][0]), printed(record["first_y"][0]))
    assert close(np.sqrt(v[0]), float(record["first_se"][0]), printed(record["first_se"][0]))
    fit = pool(Effects.from_arrays(y, v), tau2="DL")
    assert close(fit.tau2, float(record["tau2"]), printed(record["tau2"]))
    assert close(np.exp(fit.estimate.value), float(record["ratio"]), printed(record["ratio"]))
    runs = draw_effects(y, v, np.random.default_rng(11), 40 * record["draws"]).reshape(40, -1)
    limits = np.quantile(runs, [0.025, 0.975], axis=1)
    theirs = np.log([float(text) for text in record["prediction"]])
    for i in range(2):
        assert close(limits[i].mean(), theirs[i], simulated(limits[i].std(ddof=1) * 1.02))
    below = (runs < 0).mean()
    assert close(below, float(record["below_0"]), simulated(np.sqrt(below / record["draws"])))
    interval = bootstrap_prediction(fit, rng=5, draws=record["draws"])
    assert close(interval.low, theirs[0], simulated(1.5 * limits[0].std(ddof=1)))
    assert close(interval.high, theirs[1], simulated(1.5 * limits[1].std(ddof=1)))
