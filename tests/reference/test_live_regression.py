"""Meta-regressions of data that are not pinned, computed by the R that is installed."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.tau2.likelihood import log_likelihood
from metaan.tau2.studies import make_studies
from metaan.tau2.table import DEFAULT_TAU2, ESTIMATORS
from metaan.univariate.prediction import PREDICTIONS
from metaan.univariate.regression import regress
from tests.reference.pinned import COMMON, TESTS
from tests.reference.test_live_r import run
from tests.tolerance import Tolerance, close

STUDIES, SPREAD = (11, 40), (0.02, 0.2)
K1, _, NORMAL, *_ = PREDICTIONS
HIGHER = 1e-9  # of a log-likelihood: ours lies clearly above R's
LIVE = Tolerance(
    relative=1e-7,
    absolute=1e-10,
    reason="whatever version of metafor is installed, at the tightest threshold it reaches, and "
    "with the digits that its normal equations keep",
)

pytestmark = pytest.mark.r


@pytest.fixture(scope="module")
def table():
    """Return data sets of several sizes: some without heterogeneity, one with much."""
    rng = np.random.default_rng(77)
    rows = []
    for number, k in enumerate(STUDIES):
        v, dose = rng.uniform(0.01, 0.3, k), np.round(rng.uniform(0.5, 12, k), 2)
        y = 0.05 * dose + rng.normal(0, np.sqrt(v + SPREAD[number]))
        for i in range(k):
            group, year = "abc"[(i + number) % 3], int(rng.integers(1985, 2024))
            rows.append((number, y[i], v[i], dose[i], year, group))
    return rows


@pytest.fixture(scope="module")
def figures(tmp_path_factory, table):
    """Return what R makes of the table."""
    folder = tmp_path_factory.mktemp("regression")
    with (folder / "data.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["set", "yi", "vi", "dose", "year", "group"])
        writer.writerows([number, repr(float(y)), repr(float(v)), *more]
                         for number, y, v, *more in table)  # fmt: skip
    return run("regression.R", str(folder / "data.csv"), str(folder / "out.json"))["fits"]


def ours(key, table):
    """Return our fit for a key such as ``0 | ~ dose | REML | knha``."""
    number, formula, method, test = key.split(" | ")
    rows = [row for row in table if row[0] == int(number)]
    y, v, dose, year, group = zip(*(row[1:] for row in rows), strict=True)
    effects = Effects.from_arrays(y, v, columns={"dose": dose, "year": year, "group": group})
    common = method == COMMON
    return regress(
        effects,
        formula.replace("factor(", "C(").replace("^", "**"),
        model="common" if common else "random",
        tau2=DEFAULT_TAU2 if common else method,
        inference=TESTS[test],
        prediction=NORMAL if test == "z" else K1,
    )


def higher_than_r(fit, theirs):
    """Whether our tau² has a likelihood that lies clearly above that of R's."""
    row = ESTIMATORS.get(fit.tau2_method)
    if row is None or row.restricted is None:
        return False
    x = np.linalg.qr(fit.x)[0]
    studies = make_studies(fit.effects.y[None], fit.effects.v[None], x=x[None])
    heights = [
        log_likelihood(studies, np.array([tau2]), restricted=row.restricted)[0]
        for tau2 in (fit.tau2, theirs)
    ]
    return heights[0] > heights[1] + HIGHER


def test_every_fit(figures, table):
    """Six formulas, eight methods, two tests, two data sets: figures, tests, predictions."""
    compared, better = 0, []
    for key, expected in figures.items():
        fit = ours(key, table)
        if higher_than_r(fit, expected["tau2"]):
            better.append(key)
            continue
        compare(fit, expected)
        compared += 1
    assert compared > 170
    assert len(better) <= 6, better


def compare(fit, expected):
    """Compare one fit."""
    size = float(np.max(expected["se"]))
    coefficients = fit.coefficients
    assert close(fit.tau2, expected["tau2"], LIVE, typical=fit.heterogeneity.typical_v)
    assert close(fit.beta, expected["beta"], LIVE, typical=size)
    assert close([each.se for each in coefficients], expected["se"], LIVE)
    assert close([each.p_value for each in coefficients], expected["pval"], LIVE, typical=1e-3)
    assert close([each.low for each in coefficients], expected["ci_lb"], LIVE, typical=size)
    assert close([each.high for each in coefficients], expected["ci_ub"], LIVE, typical=size)
    assert close(fit.covariance.ravel(), expected["vb"], LIVE, typical=size * size)
    het = fit.heterogeneity
    assert close([het.q, het.h2], [expected["QE"], expected["H2"]], LIVE)
    assert close(het.i2, expected["I2"], LIVE, typical=100.0)
    assert close(fit.moderators.statistic, expected["QM"], LIVE)
    assert close(fit.moderators.p_value, expected["QMp"], LIVE, typical=1e-3)
    last = fit.test(fit.names[-1])
    assert close([last.statistic], [expected["last_QM"]], LIVE, typical=1e-2)
    combined = fit.contrast([list(range(1, fit.p + 1))]).estimates[0]
    assert close(combined.value, expected["combined"], LIVE, typical=expected["combined_se"])
    assert close(combined.se, expected["combined_se"], LIVE)
    found = fit.predict()
    assert close(found.estimate, expected["pred"], LIVE, typical=size)
    assert close(found.se, expected["pred_se"], LIVE)
    if fit.tau2_method:
        assert close(found.prediction_low, expected["pi_lb"], LIVE, typical=size)
        assert close(found.prediction_high, expected["pi_ub"], LIVE, typical=size)
    for record, theirs in ((fit.ml, expected["ml"]), (fit.reml, expected["reml"])):
        values = [record.log_likelihood, record.aic, record.bic, record.aicc]
        assert close(values, [theirs[0], *theirs[2:]], LIVE, typical=1.0)
