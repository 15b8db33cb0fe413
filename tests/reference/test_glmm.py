"""Generalized linear mixed models against metafor, and against lme4 with more nodes.

metafor fits with lme4's ``glmer`` (7 nodes; 1, Laplace's approximation, with two random effects)
and with an optimizer of its own for the hypergeometric likelihood. Where its figures are those of
an approximation, ours are shown to be the maximum, and its figures to come from the
approximation.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq, minimize
from scipy.stats import nchypergeom_fisher

from metaan.core.glmm_fit import GlmmFit
from metaan.twobytwo.glmm import glmm
from metaan.twobytwo.glmm_likelihood import Point, gauss_hermite_height
from metaan.univariate.inference import WALD, T
from metaan.univariate.planning import COMMON, RANDOM
from tests.reference.pinned import pins
from tests.tolerance import Tolerance, close
from tests.twobytwo.glmm_cases import best_given, data, fitted

DATA = data()
ONE_GROUP = {"dat.pritz1997": "BN", "dat.hart1999/1": "PN"}
OPTIMIZED = Tolerance(
    relative=1e-4, absolute=1e-8, reason="R's optimizers and its 7 nodes: 1e-4, 1e-3 for CM.EL"
)
LOOSE = Tolerance(
    relative=2e-3,
    absolute=1e-8,
    reason="metafor's fixed study effects with zero cells and its numerical Hessians",
)
NODES = Tolerance(relative=3e-6, reason="lme4 with 25 nodes; its optimizer stops near 1e-6")
CLOSED = Tolerance(
    relative=1e-6, absolute=1e-9, reason="R's scoring stops at 1e-8 of the deviance"
)
PENALTY = Tolerance(relative=1e-12, absolute=1e-12, reason="whole numbers but for a logarithm")


def entries() -> list[tuple[str, str, str, str, str]]:
    """Return every pinned fit as (data set, key, likelihood, model, inference)."""
    found = []
    for name, fits in pins("glmm")["metafor"].items():
        for key in fits:
            words = key.replace(" ", ":").split(":")
            one = "PLO" in words or "IRLN" in words
            place = "dat.hart1999/1" if "IRLN" in words else name
            row = ONE_GROUP[place] if one else words[2]
            model = COMMON if "EE" in words else RANDOM
            found.append((place, key, row, model, T if words[-1] == "t" else WALD))
    return found


ENTRIES = entries()
VARYING = sorted({(name, row) for name, _, row, model, _ in ENTRIES if model == RANDOM})


@cache
def ours(name: str, row: str, model: str, inference: str = WALD) -> GlmmFit:
    """Return our fit, without studies without events, which metafor drops."""
    return glmm(DATA[name], row, model=model, inference=inference, double_zero=False)


def pinned(name: str, key: str) -> Any:
    """Return a pinned fit."""
    return pins("glmm")["metafor"][name.split("/")[0]][key]


def laplace(row: str, model: str) -> bool:
    """Return whether metafor's fit rests on Laplace's approximation."""
    return row == "UM.RS" and model == RANDOM


def near(name: str, row: str, model: str) -> Tolerance:
    """Return how near R is."""
    if row == "CM.EL" or (name, row, model) == ("dat.nielweise2007", "UM.FS", RANDOM):
        return LOOSE
    return OPTIMIZED


@pytest.mark.parametrize(("name", "key", "row", "model", "inference"), ENTRIES)
def test_estimate_and_variance(name, key, row, model, inference):
    """Estimate, error, limits, tau², I², H² and the typical variance."""
    fit, pin = ours(name, row, model, inference), pinned(name, key)
    assert fit.k == pin["k"]
    assert close([fit.typical_v], [pin["vt"]], PENALTY)
    if laplace(row, model):
        return  # the next tests
    tolerance, estimate = near(name, row, model), fit.estimate
    assert close([estimate.value], pin["beta"], tolerance)
    assert close([estimate.se], pin["se"], tolerance)
    assert close([estimate.low, estimate.high], [*pin["ci_lb"], *pin["ci_ub"]], tolerance)
    assert close([fit.tau2, fit.i2, fit.h2], [*pin["tau2"], *pin["I2"], *pin["H2"]], tolerance)
    assert close([estimate.statistic], pin["stat"], tolerance)
    assert estimate.df == (pin["ddf"][0] if inference == T else np.inf)
    if pin["se_tau2"] is not None:
        assert close(fit.tau2_se, pin["se_tau2"], tolerance)


@pytest.mark.parametrize(("name", "key", "row", "model", "inference"), ENTRIES)
def test_information_criteria(name, key, row, model, inference):
    """Parameters and observations are counted as metafor counts them."""
    fit, theirs = ours(name, row, model, inference).fit, pinned(name, key)["fit_stats"]
    for criterion, value in (("AIC", fit.aic), ("BIC", fit.bic), ("AICc", fit.aicc)):
        assert close(
            value + 2 * fit.log_likelihood, theirs[criterion] + 2 * theirs["ll"], PENALTY,
            typical=1e3,
        )  # fmt: skip


def saturated(name: str, row: str) -> float:
    """Return the log-likelihood with a parameter for each count."""
    fit = ours(name, "UM.FS" if row == "UM.RS" else row, COMMON)
    return fit.fit.log_likelihood + fit.q_lrt.statistic / 2


@pytest.mark.parametrize(("name", "key", "row", "model", "inference"), ENTRIES)
def test_log_likelihood(name, key, row, model, inference):
    """Ours is the marginal one with its constant, which metafor's only sometimes is.

    With random effects and one axis metafor takes lme4's deviance given the predicted random
    effects for -2 times a marginal log-likelihood; with random levels alone (the common effect of
    UM.RS) it gives that without its constant. The first is shown by lme4's own figures.
    """
    del inference
    fit, theirs = ours(name, row, model), pinned(name, key)["fit_stats"]["ll"]
    value = fit.fit.log_likelihood
    if row == "UM.RS" and model == COMMON:
        assert close(value - saturated(name, row), theirs, OPTIMIZED)
    elif laplace(row, model):
        assert abs(value - theirs) < 0.1
    elif model == COMMON or row == "CM.EL" or fit.tau2 == 0:
        assert close(value, theirs, CLOSED)
    else:
        lme4 = pins("glmm")["lme4"][name.split("/")[0]][row]
        assert close(value - saturated(name, row), lme4["logLik"], NODES)
        wrong = saturated(name, row) - lme4["conditional_deviance"] / 2
        assert close(theirs, wrong, OPTIMIZED)


LME4 = [(name, row) for name, rows in pins("glmm")["lme4"].items() if name[:3] == "dat"
        for row in rows if row != "UM.RS"]  # fmt: skip


@pytest.mark.parametrize(("name", "row"), LME4)
def test_lme4_with_more_nodes(name, row):
    """25 nodes and small thresholds: an order of magnitude nearer than metafor's defaults."""
    pin = pins("glmm")["lme4"][name][row]
    fit = ours("dat.hart1999/1" if row == "PN" else name, row, RANDOM)
    assert close(fit.estimate.value, pin["beta"], NODES)
    assert close(fit.tau2, pin["tau2"], Tolerance(relative=1e-5, reason=NODES.reason))
    assert close(fit.estimate.se, pin["se"], Tolerance(relative=3e-5, reason="numerical Hessian"))


@pytest.mark.parametrize("name", ["dat.bcg", "dat.nielweise2007", "dat.hart1999"])
def test_random_levels_by_laplace(name):
    """With one node our likelihood has its maximum where R's is; with all of them it is higher."""
    model, _, found = fitted(DATA[name], "UM.RS")
    spreads = [found.spread(spread) for spread in ("sigma", "tau")]
    start = np.append(found.point.shared[:2], spreads)
    own = found.point.own

    def negative(shared):
        return -gauss_hermite_height(model.design, Point(shared, own), 1).sum()

    best = minimize(negative, start, method="BFGS", options={"gtol": 1e-4})
    pin = pinned(name, next(key for n, key, *rest in ENTRIES
                            if (n, *rest[:2]) == (name, "UM.RS", RANDOM)))  # fmt: skip
    assert close([best.x[1]], pin["beta"], OPTIMIZED)
    assert close([best.x[3] ** 2], pin["tau2"], Tolerance(
        relative=3e-4, absolute=1e-6, reason="lme4's optimizer, for a variance"))  # fmt: skip
    assert close(-best.fun, pin["fit_stats"]["ll"], CLOSED)
    if name in pins("glmm")["lme4"] and "UM.RS" in pins("glmm")["lme4"][name]:
        levels = pins("glmm")["lme4"][name]["UM.RS"]["all_variances"][0]
        assert close(best.x[2] ** 2, levels, Tolerance(relative=3e-4, reason="as above"))


@pytest.mark.parametrize(("name", "row"), VARYING)
def test_no_point_of_r_lies_higher(name, row):
    """Our likelihood at R's estimate and tau², all else at its best, is not above our maximum."""
    model, _, found = fitted(DATA[name], row)
    for entry in ENTRIES:
        if (entry[0], *entry[2:4]) == (name, row, RANDOM):
            pin = pinned(name, entry[1])
            theirs = best_given(model, found, pin["beta"][0], np.sqrt(pin["tau2"][0]))
            assert theirs.value <= found.value + 1e-10
            assert theirs.value >= found.value - 1e-3


@pytest.mark.parametrize(("name", "key", "row", "model", "inference"), ENTRIES)
def test_heterogeneity(name, key, row, model, inference):
    """Likelihood ratio and Wald's test; see the next test for CM.EL and Wald.

    UM.RS: metafor's random-effects fits take Laplace's approximation for the tests too, and with
    zero cells its Wald statistic rests on effects that it did not follow to infinity.
    """
    fit, pin = ours(name, row, model, inference), pinned(name, key)
    assert (fit.q_lrt.df, fit.q_wald.df) == (pin["QE_df"], pin["QE_df"])
    if laplace(row, model):
        return
    assert close(fit.q_lrt.statistic, pin["QE_LRT"], CLOSED)
    assert close(np.exp(fit.q_lrt.log_p_value), pin["QEp_LRT"], OPTIMIZED)
    if row == "UM.RS" and name == "dat.nielweise2007":
        assert abs(fit.q_wald.statistic - pin["QE_Wld"]) < 0.1
    elif (row, name) != ("CM.EL", "dat.bcg"):
        assert close(fit.q_wald.statistic, pin["QE_Wld"], LOOSE if row != "CM.AL" else CLOSED)


def test_wald_of_the_exact_conditional_likelihood():
    """Ours is Cochran's Q of conditional estimates, by scipy's distribution; R has another.

    metafor answers 268.6 for the BCG trials, where all else is near 163: the Hessian of its
    saturated model is a numerical one.
    """
    counts, effects, weights = DATA["dat.bcg"], [], []
    for (a, c), (n1, n2) in zip(counts.events, counts.denominators, strict=True):

        def law(eta, n1=n1, n2=n2, s=a + c):
            return nchypergeom_fisher(n1 + n2, n1, s, np.exp(eta))

        effects.append(brentq(lambda eta, law=law, a=a: law(eta).mean() - a, -4, 4, xtol=1e-12))
        weights.append(law(effects[-1]).var())
    y, w = np.array(effects), np.array(weights)
    q = np.sum(w * (y - np.average(y, weights=w)) ** 2)
    fit = ours("dat.bcg", "CM.EL", RANDOM)
    assert close(fit.q_wald.statistic, q, Tolerance(relative=1e-7, reason="scipy's sums"))
    assert close(fit.q_wald.statistic, ours("dat.bcg", "UM.FS", RANDOM).q_wald.statistic,
                 Tolerance(relative=2e-3, reason="conditional and other estimates"))  # fmt: skip
    assert pinned("dat.bcg", "rma.glmm:OR:CM.EL:ML:z")["QE_Wld"] > 268
