"""Selection models against metafor's selmodel, pinned.

R's optima are as good as its optimizer, and its integrals as ``integrate`` at its default (1e-4
where the function has a kink). So three questions are kept apart: is the likelihood the same at
R's own estimates, is ours at least as high at ours, and are the estimates the same where R's
gradient there is small.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.fit import PooledFit
from metaan.diagnostics.selection.likelihood import evaluate
from metaan.diagnostics.selection.model import selection_model
from metaan.diagnostics.selection.record import SelectionFit
from metaan.diagnostics.selection.solving import Solved
from metaan.univariate.pooling import pool
from tests.reference.pinned import pins
from tests.tolerance import Tolerance, close

CLOSED = Tolerance(relative=1e-12, absolute=2e-13, reason="sums of closed forms on both sides")
QUADRATURE = {
    "beta": Tolerance(absolute=5e-4, reason="R integrates across the kinks at censored p-values"),
    "power": Tolerance(absolute=3e-5, reason="the same, at one of them"),
}
INTEGRATED = Tolerance(absolute=6e-5, reason="R's integrals are asked for 1e-4")
OPTIMUM = Tolerance(
    relative=2e-4,
    absolute=2e-4,
    reason="R's BFGS stops where the likelihood rises by less than 1e-8 of itself: estimates "
    "are good to about its root",
)
LOWER = Tolerance(absolute=1e-3, reason="R stopped this far below the maximum")
REACHED = 1e-8  # of the log-likelihood, that R may lie below us where estimates are compared
NAMES = {
    "stepfun": "STEP",
    "beta": "BETA",
    "halfnorm": "HALF_NORMAL",
    "negexp": "NEGATIVE_EXPONENTIAL",
    "logistic": "LOGISTIC",
    "power": "POWER",
    "negexppow": "NEGATIVE_EXPONENTIAL_POWER",
    "trunc": "TRUNCATED",
    "truncest": "TRUNCATED_ESTIMATED",
}
TABLES = {"moderate1": "MODERATE_ONE", "severe1": "SEVERE_ONE"}
FITS: Mapping[str, Any] = pins("selection")["fits"]
CASES = [(name, key) for name, record in FITS.items() for key in record["models"]]


def each_case(check: Callable[[str, str], None]) -> Callable[[str], None]:
    """Return a test of one set with all its models."""

    @pytest.mark.parametrize("name", FITS)
    def test(name: str) -> None:
        for key in FITS[name]["models"]:
            check(name, key)

    test.__doc__ = check.__doc__
    return test


@cache
def base(name: str, common: bool) -> PooledFit:
    """Return the fit that is adjusted; its own estimator is of no account."""
    effects = Effects.from_arrays(FITS[name]["yi"], FITS[name]["vi"])
    return pool(effects, model="common") if common else pool(effects, tau2="DL")


@cache
def ours(name: str, key: str) -> SelectionFit:
    """Return our fit for one of R's keys."""
    kind, _, rest = key.removeprefix("EE ").partition(":")
    options: dict[str, Any] = {"alternative": FITS[name]["alternative"]}
    if kind == "VeveaWoods":
        options["delta"] = TABLES[rest]
    elif kind == "stepfun":
        options["steps"] = tuple(float(x) for x in rest.split(",") if float(x) < 1)
        options["merge_empty"] = False
    elif rest:
        options["precision"] = "SE"
    return selection_model(base(name, key.startswith("EE")), NAMES.get(kind, "STEP"), **options)


def at_their_estimates(solved: Solved, record: Mapping[str, Any]) -> float:
    """Return our log-likelihood where R stopped."""
    q, setting = solved.search.problem.q, solved.setting
    delta = np.array(record["delta"], dtype=float)
    delta = delta[1:] if len(delta) > q else delta
    with np.errstate(divide="ignore"):
        eta = np.where(solved.logs, np.log(delta), delta)
    beta = np.array(record["beta"]) / setting.back[0, 0]
    theta = np.concatenate((beta, np.array(record["tau2"]) / setting.unit**2, eta))
    value = evaluate(solved.search.problem, theta[None], np.zeros(1, dtype=int)).value[0]
    return float(value - setting.k * np.log(setting.unit))


@each_case
def test_the_likelihood_is_theirs(name: str, key: str) -> None:
    """At R's own estimates: a cut of theirs is not at a study, so that case has no common one."""
    if key == "truncest":
        return
    record, kind = FITS[name]["models"][key], key.split(":")[0]
    closed = kind.split()[-1] in ("stepfun", "VeveaWoods", "trunc")
    tolerance = CLOSED if closed else QUADRATURE.get(kind, INTEGRATED)
    assert close(at_their_estimates(ours(name, key).solved, record), record["ll"], tolerance)


@each_case
def test_ours_is_at_least_as_high(name: str, key: str) -> None:
    """Not below our own likelihood at R's estimates, nor R's figure, but for its integrals."""
    record, found = FITS[name]["models"][key], ours(name, key)
    if key != "truncest":
        assert found.log_likelihood >= at_their_estimates(found.solved, record) - 1e-10
    assert found.log_likelihood > record["ll"] - 1e-6


@each_case
def test_estimates(name: str, key: str) -> None:
    """Where R came as high as we did: mean, tau², parameters and their errors."""
    record, found = FITS[name]["models"][key], ours(name, key)
    if found.log_likelihood - record["ll"] > REACHED or key == "truncest":
        return
    delta = [each.value for each in found.delta]
    assert close(found.estimate.value, record["beta"][0], OPTIMUM)
    assert close(found.tau2, record["tau2"][0], OPTIMUM)
    assert close(delta, record["delta"], OPTIMUM, typical=0.1)
    if found.solved.found.border.any():
        return  # R's errors are those of a parameter that it put beside its border
    assert close(found.estimate.se, record["se"][0], OPTIMUM)
    errors = [each.se for each in found.delta if not each.fixed]
    theirs = [each for each in record["se_delta"] if each is not None]
    assert close(errors, theirs, Tolerance(relative=3e-3, reason="R differentiates integrals"))


def test_many_estimates_are_compared() -> None:
    """R comes as high as we do in more than a third of the cases."""
    reached = [
        ours(name, key).log_likelihood - FITS[name]["models"][key]["ll"] < REACHED
        for name, key in CASES
    ]
    assert sum(reached) > len(CASES) / 3


@each_case
def test_ratios(name: str, key: str) -> None:
    """Of no selection, and of tau² = 0: as much higher as the likelihood is."""
    record, found = FITS[name]["models"][key], ours(name, key)
    gain = found.log_likelihood - record["ll"]
    # R counts an estimated cut as no parameter
    assert found.lr_test.df == record["LRTdf"] + (key == "truncest")
    assert close(found.lr_test.statistic, max(0.0, record["LRT"] + 2 * gain), LOWER)
    if record["LRT_tau2"] is not None and key != "truncest":
        # R's own model without tau² may be lower, too, so that its ratio is larger
        assert found.tau2_lr_test.statistic < record["LRT_tau2"] + 2 * gain + 1e-3


@pytest.mark.parametrize("name", FITS)
def test_counts(name: str) -> None:
    """Studies in each interval."""
    for key, record in FITS[name]["models"].items():
        if "counts" in record:
            assert [each.count for each in ours(name, key).counts] == record["counts"]


@pytest.mark.parametrize("name", FITS)
def test_profile_limits(name: str) -> None:
    """Of the three-parameter model; R looks for those of delta from a tenth to ten times it."""
    found = ours(name, "stepfun:.025")
    tolerance = Tolerance(relative=1e-3, absolute=2e-5, reason="R's search stops at 1e-4 or so")
    for parameter, (estimate, *expected) in FITS[name]["confint"].items():
        limits = found.interval(parameter)
        for value, theirs in zip((limits.low, limits.high), expected, strict=True):
            if not np.isclose(theirs / max(estimate, 1e-9), [0.1, 10], rtol=1e-6).any():
                assert close(value, theirs, tolerance)
