"""Examples printed in the reference pages of R's metafor (wviechtb.github.io/metafor/reference).

The page at each test. Data: the pinned BCG trials; ``lee2004.csv`` and ``bangertdrowns2004.csv``
from R's metadat 1.2-0.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammaln

import metaan as ma
from metaan.twobytwo.glmm import glmm
from tests.papers.pooled import numbers, reads
from tests.papers.tabled import bcg, bcg_counts, bcg_effects, data
from tests.tolerance import DEFAULT_R, SOLVED, Tolerance, close

WALD = {"tau2": "REML", "inference": "WALD"}
R_OPTIMUM = Tolerance(
    relative=1e-3,
    reason="R's optimizers of these likelihoods stop early (tau2 to about 1e-3 in CM.EL, 1e-4 "
    "elsewhere; R's tight fits and ours agree beyond)",
)


def lee2004():
    """Return the log odds ratios of 16 trials of wrist stimulation against nausea."""
    columns = {"events1": "ai", "n1": "n1i", "events2": "ci", "n2": "n2i", "study": "id"}
    return ma.effect_sizes(data("lee2004"), "OR", **columns)


def test_lee2004():
    """hc: the usual random-effects model of the trials in Henmi and Copas 2010."""
    effects = lee2004()
    assert reads(effects.y[[0, 1, 12, 15]], "-0.1301", "-1.6219", "-3.0990", "0.1610")
    assert reads(effects.v[[0, 1, 12, 15]], "0.1303", "0.3090", "1.1702", "0.0995")
    fit = ma.pool(effects, **WALD)
    found = fit.heterogeneity
    assert reads(
        [fit.tau2, found.tau2_se, found.i2, found.h2], "0.3526", "0.2254", "62.35", "2.66"
    )
    assert reads([found.q, found.p_value], "38.4231", "0.0008")
    mean = fit.estimate
    assert reads(
        [mean.value, mean.se, mean.statistic, mean.p_value, mean.low, mean.high],
        *("-0.6820", "0.2013", "-3.3877", "0.0007", "-1.0766", "-0.2874"),
    )
    assert reads(numbers(mean), "0.5056", "0.3408", "0.7502")


def test_henmi_copas():
    """hc: the interval of Henmi and Copas 2010, doi:10.1002/sim.4029."""
    fit = ma.pool(lee2004(), tau2="DL", inference="HC")
    mean = fit.estimate
    assert reads([fit.tau2, mean.value, mean.se], "0.3325", "-0.5145", "0.2178")
    assert reads([mean.low, mean.high], "-0.9994", "-0.0295")
    assert reads(numbers(mean), "0.5978", "0.3681", "0.9709")


def bangertdrowns2004():
    """Return the effects of 48 studies of writing to learn."""
    table = data("bangertdrowns2004")
    return ma.Effects.from_arrays(table["yi"], table["vi"], columns={"id": list(table["id"])})


def test_bangertdrowns2004():
    """robust: the random-effects model."""
    fit = ma.pool(bangertdrowns2004(), **WALD)
    found, mean = fit.heterogeneity, fit.estimate
    assert reads(
        [fit.tau2, found.tau2_se, found.i2, found.h2], "0.0499", "0.0197", "58.37", "2.40"
    )
    assert reads([found.q], "107.1061")
    assert reads(
        [mean.value, mean.se, mean.low, mean.high], "0.2219", "0.0460", "0.1317", "0.3122"
    )
    assert close(mean.statistic, 4.8209, DEFAULT_R)


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("CR1", ("0.2219", "0.0460", "4.8283", "47", "0.1295", "0.3144")),
        ("CR2", ("0.2219", "0.0460", "4.8280", "41.04", "0.1291", "0.3148")),
    ],
)
def test_robust(kind, texts):
    """robust: each study its own cluster, CR1 and clubSandwich's CR2."""
    found = ma.robust(ma.pool(bangertdrowns2004(), **WALD), cluster="id", kind=kind).estimate
    ours = [found.value, found.se, found.statistic, found.df, found.low, found.high]
    assert reads(ours, *texts)


def test_bcg_ml():
    """rma.glmm: log odds ratios of BCG by maximum likelihood, for comparison."""
    fit = ma.pool(bcg_effects("OR"), tau2="ML", inference="WALD")
    found, mean = fit.heterogeneity, fit.estimate
    assert reads(
        [fit.tau2, found.tau2_se, found.i2, found.h2], "0.3025", "0.1549", "91.23", "11.40"
    )
    assert reads([found.q], "163.1649")
    assert reads(
        [mean.value, mean.se, mean.statistic, mean.low, mean.high],
        *("-0.7420", "0.1780", "-4.1694", "-1.0907", "-0.3932"),
    )


@pytest.mark.parametrize(
    ("likelihood", "tau2", "ratio", "line"),
    [
        ("UM.FS", 0.2949, 176.9544, (-0.7450, 0.1756, -4.2434, -1.0891, -0.4009)),
        ("CM.AL", 0.2887, 161.8210, (-0.7221, 0.1744, -4.1405, -1.0639, -0.3803)),
        ("CM.EL", 0.3116, 176.8738, (-0.7538, 0.1801, -4.1860, -1.1068, -0.4009)),
    ],
)
def test_bcg_glmm(likelihood, tau2, ratio, line):
    """rma.glmm: the generalized linear mixed models of Stijnen 2010, doi:10.1002/sim.4040."""
    fit = glmm(bcg_counts(), likelihood)
    mean = fit.estimate
    ours = [mean.value, mean.se, mean.statistic, mean.low, mean.high]
    assert close(ours, line, R_OPTIMUM)
    assert close([fit.tau2, fit.q_lrt.statistic], [tau2, ratio], R_OPTIMUM)


def test_bcg_glmm_wald():
    """rma.glmm: Wald's tests of equal effects; 268.4283 for CM.EL is an inexact Hessian of R's.

    (Another version prints 268.6120.) The likelihoods of single trials, each on its own below,
    give 163.0895, near the 163.1649 of the unconditional model.
    """
    assert reads([glmm(bcg_counts(), "UM.FS").q_wald.statistic], "163.1649")
    assert reads([glmm(bcg_counts(), "CM.AL").q_wald.statistic], "147.9061")
    alone = [conditional(*cells) for cells in bcg()[["tpos", "tneg", "cpos", "cneg"]].to_numpy()]
    y, w = np.transpose(alone)
    q = np.sum(w * (y - np.average(y, weights=w)) ** 2)
    assert reads([q], "163.0895")
    assert close(glmm(bcg_counts(), "CM.EL").q_wald.statistic, q, SOLVED)


def conditional(a, b, c, d):
    """Return the conditional log odds ratio of a table and its information, by Newton steps."""
    x = np.arange(max(0, a - d), min(a + b, a + c) + 1)
    chances = -gammaln(x + 1) - gammaln(a + b - x + 1) - gammaln(a + c - x + 1)
    chances -= gammaln(d - a + x + 1)
    log_ratio = 0.0
    for _ in range(60):
        share = np.exp(chances + log_ratio * x - np.max(chances + log_ratio * x))
        mean = np.average(x, weights=share)
        spread = np.average((x - mean) ** 2, weights=share)
        log_ratio += np.clip((a - mean) / spread, -1, 1)
    return log_ratio, spread
