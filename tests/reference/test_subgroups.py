"""Subgroups against the package meta, and the test between them by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from metaan.core.effects import Effects
from metaan.univariate.inference import HKSJ, WALD
from metaan.univariate.subgrouping import subgroups
from tests.reference.pinned import fits, pins, texts
from tests.tolerance import DEFAULT_R, EXACT, close


@pytest.fixture(scope="module")
def fit():
    """Return the pools of the BCG trials by method of allocation."""
    record = fits()["dat.bcg/uni_logRR"]
    effects = Effects.from_arrays(
        record["yi"], record["vi"], columns={"alloc": texts("dat.bcg", "alloc")}
    )
    return subgroups(effects, by="alloc", inference=WALD)


def test_pools_within_subgroups(fit):
    """Counts and Q agree exactly; means and tau² as well as meta's default REML allows."""
    expected = pins("subgroups")["result"]
    assert list(fit.levels) == expected["subgroup.levels"]
    assert [part.k for part in fit.fits] == expected["k.w"]
    assert close([part.heterogeneity.q for part in fit.fits], expected["Q.w"], EXACT)
    assert close([part.tau2 for part in fit.fits], expected["tau2.w"], DEFAULT_R)
    assert close([part.estimate.value for part in fit.fits], expected["TE.random.w"], DEFAULT_R)
    assert close([part.estimate.se for part in fit.fits], expected["seTE.random.w"], DEFAULT_R)
    assert close(fit.overall.estimate.value, expected["TE.random"], DEFAULT_R)


def test_difference_between_subgroups(fit):
    """Q between subgroups and its p-value agree with meta (its REML is at 2e-5)."""
    expected = pins("subgroups")["result"]
    assert close(fit.q_between, expected["Q.b.random"], DEFAULT_R)
    assert close(fit.p_between, expected["pval.Q.b.random"], DEFAULT_R)
    assert fit.df_between == expected["df.Q.b.random"]


def test_difference_under_the_common_effect(fit):
    """With common effects no iteration is left, and meta agrees to the last digits."""
    expected = pins("subgroups")["result"]
    plain = subgroups(fit.overall.effects, by="alloc", model="common")
    assert close(plain.q_between, expected["Q.b.common"], EXACT)
    assert close(np.log(plain.p_between), np.log(expected["pval.Q.b.common"]), EXACT)
    assert close([p.estimate.value for p in plain.fits], expected["TE.common.w"], EXACT)
    assert close([p.estimate.se for p in plain.fits], expected["seTE.common.w"], EXACT)


def test_wald_errors_carry_the_test_whatever_the_inference(fit):
    """Hartung-Knapp changes the intervals and not the test between subgroups."""
    other = subgroups(fit.overall.effects, by="alloc", inference=HKSJ)
    means = np.array([part.estimate.value for part in fit.fits])
    w = np.array([part.estimate.se for part in fit.fits]) ** -2.0
    by_hand = float(np.sum(w * (means - np.average(means, weights=w)) ** 2))
    assert close([fit.q_between, other.q_between], [by_hand, by_hand], EXACT)
    assert close(other.p_between, chi2.sf(by_hand, len(means) - 1), EXACT)
    assert other.fits[0].estimate.se != fit.fits[0].estimate.se
