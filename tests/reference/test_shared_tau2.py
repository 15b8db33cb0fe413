"""Subgroups with one tau² against metafor's regression on a factor, and against meta."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.univariate.inference import HKSJ, WALD
from metaan.univariate.subgrouping import subgroups
from tests.reference.pinned import fits, pins, texts
from tests.tolerance import DEFAULT_R, EXACT, SOLVED, Tolerance, close

R_ORDER = ("alternate", "random", "systematic")
ROOT = Tolerance(
    relative=1e-9, reason="metafor's uniroot was asked for 1e-15 and stops near 1e-10"
)


@pytest.fixture(scope="module")
def effects():
    """Return the log risk ratios of the BCG trials with their method of allocation."""
    record = fits()["dat.bcg/uni_logRR"]
    return Effects.from_arrays(
        record["yi"], record["vi"], columns={"alloc": texts("dat.bcg", "alloc")}
    )


def regression(key):
    """Return a pinned regression on the factor."""
    return pins("conventions")["metareg"][key]


@pytest.mark.parametrize(
    ("key", "tolerance"),
    [
        ("DL | z", EXACT),
        ("ML | z | tight", SOLVED),
        ("PM | z | tight", SOLVED),
        ("REML | z", DEFAULT_R),
    ],
)
def test_one_mean_each_is_a_regression_on_the_factor(effects, key, tolerance):
    """tau², its standard error, means, limits and the test between subgroups."""
    means = regression(f"~ 0 + factor(alloc) | {key}")
    contrasts = regression(f"~ factor(alloc) | {key}")
    fit = subgroups(effects, "alloc", tau2=key.split(" ")[0], inference=WALD, shared_tau2=True)
    parts = [fit[level] for level in R_ORDER]
    estimates = [part.estimate for part in parts]
    assert fit.shared_tau2
    assert close([part.tau2 for part in parts], means["tau2"][0], tolerance)
    assert close([part.heterogeneity.tau2_se for part in parts], means["se_tau2"], tolerance)
    assert close([each.value for each in estimates], means["beta"], tolerance)
    assert close([each.se for each in estimates], means["se"], tolerance)
    assert close([each.low for each in estimates], means["ci_lb"], tolerance)
    assert close([each.high for each in estimates], means["ci_ub"], tolerance)
    assert close(fit.q_between, contrasts["QM"], tolerance)
    assert fit.df_between == contrasts["QM_df"][0]
    assert close(fit.p_between, contrasts["QMp"], tolerance)
    assert close(
        sum(part.heterogeneity.q for part in fit.fits), contrasts["QE"], EXACT
    )  # Q within subgroups adds up to the residual Q of the regression


def test_hartung_knapp_takes_its_spread_from_the_whole_model(effects):
    """The factor and the k - p degrees of freedom are those of the regression."""
    means = regression("~ 0 + factor(alloc) | DL | knha")
    fit = subgroups(effects, "alloc", tau2="DL", inference=HKSJ, shared_tau2=True)
    estimates = [fit[level].estimate for level in R_ORDER]
    assert close([each.se for each in estimates], means["se"], EXACT)
    assert close([each.low for each in estimates], means["ci_lb"], EXACT)
    assert close([each.p_value for each in estimates], means["pval"], EXACT)
    assert [each.df for each in estimates] == means["ddf"] * 3


@pytest.mark.parametrize(
    ("inference", "prediction", "key"), [(HKSJ, "K1", "knha"), (WALD, "NORMAL", "z")]
)
def test_prediction_intervals_of_the_shared_model(effects, inference, prediction, key):
    """t(k - 1) becomes t(k - p), as metafor predicts from the regression."""
    expected = pins("conventions")["predict"][f"~ 0 + factor(alloc) | DL | {key}"]
    fit = subgroups(
        effects, "alloc", tau2="DL", inference=inference, prediction=prediction, shared_tau2=True
    )
    intervals = [fit[level].prediction_interval for level in R_ORDER]
    assert close([each.low for each in intervals], expected["pi_lb"], EXACT)
    assert close([each.high for each in intervals], expected["pi_ub"], EXACT)


def test_limits_of_the_shared_tau2(effects):
    """The Q-profile of the regression, the same in every subgroup."""
    low, high = pins("conventions")["predict"]["~ 0 + factor(alloc) | DL | z"]["tau2_ci"]
    fit = subgroups(effects, "alloc", tau2="DL", shared_tau2=True)
    for part in fit.fits:
        assert close(part.heterogeneity.tau2_low, low, ROOT)
        assert close(part.heterogeneity.tau2_high, high, ROOT)


def test_the_package_meta_agrees(effects):
    """Its tau.common: counts, tau², means, Wald errors and both tests between subgroups."""
    expected = pins("conventions")["meta"]["dat.bcg/metabin:RR:Inverse:subgroup alloc, tau.common"]
    fit = subgroups(effects, "alloc", inference=WALD, shared_tau2=True)
    assert list(fit.levels) == expected["subgroup.levels"]
    assert [part.k for part in fit.fits] == expected["k.w"]
    assert close([part.tau2 for part in fit.fits], expected["tau2.w"], DEFAULT_R)
    assert close([part.estimate.value for part in fit.fits], expected["TE.random.w"], DEFAULT_R)
    assert close([part.estimate.se for part in fit.fits], expected["seTE.random.w"], DEFAULT_R)
    assert close([part.heterogeneity.q for part in fit.fits], expected["Q.w"], EXACT)
    assert close(
        [part.heterogeneity.i2_q for part in fit.fits], 100 * np.array(expected["I2.w"]), EXACT
    )
    assert close(fit.q_between, expected["Q.b.random"], DEFAULT_R)
    common = subgroups(effects, "alloc", model="common", shared_tau2=True)
    assert not common.shared_tau2
    assert close(common.q_between, expected["Q.b.common"], EXACT)
    assert close(common.p_between, expected["pval.Q.b.common"], EXACT)
