"""Pooled means, intervals, tests, weights and heterogeneity against metafor's rma."""

from __future__ import annotations

import numpy as np
import pytest

from tests.reference.pinned import COMMON, SOLVED_P, cases, effects, fits, ours
from tests.tolerance import DEFAULT_R, EXACT, SOLVED, close

ITERATIVE = ("PM", "REML", "ML")
CLOSED = cases("rma")
TIGHT = cases("rma_tight")


def check_mean(estimate, expected, tolerance, p_tolerance):
    """Compare an estimate with R's."""
    size = expected["se"]  # a mean near zero is known to a share of its standard error
    assert close(estimate.value, expected["beta"], tolerance, typical=size)
    assert close(estimate.se, expected["se"], tolerance)
    assert close(estimate.low, expected["ci_lb"], tolerance, typical=size)
    assert close(estimate.high, expected["ci_ub"], tolerance, typical=size)
    assert close(estimate.statistic, expected["stat"], tolerance, typical=1.0)
    assert close(estimate.log_p_value, np.log(expected["pval"]), p_tolerance)
    assert estimate.df == (np.inf if expected["ddf"] is None else expected["ddf"])


@pytest.mark.parametrize(("dataset", "block", "key"), CLOSED)
def test_mean_with_closed_forms(dataset, block, key):
    """Common effect and DerSimonian-Laird agree with R to the last digits."""
    record = fits()[dataset]
    check_mean(ours(record, key).estimate, record[block][key], EXACT, EXACT)


@pytest.mark.parametrize(("dataset", "block", "key"), TIGHT)
def test_mean_with_solved_tau2(dataset, block, key):
    """PM, REML and ML agree with R's tight fits."""
    record = fits()[dataset]
    check_mean(ours(record, key).estimate, record[block][key], SOLVED, SOLVED_P)


@pytest.mark.parametrize(("dataset", "block", "key"), [c for c in CLOSED if c[2].endswith(":z")])
def test_heterogeneity_with_closed_forms(dataset, block, key):
    """Q, its p-value, I², H², tau² and the typical variance agree with R."""
    record = fits()[dataset]
    fit, expected = ours(record, key), record[block][key]
    het = fit.heterogeneity
    assert close(het.q, expected["QE"], EXACT)
    assert close(het.log_p_value, np.log(expected["QEp"]), EXACT)
    assert close(fit.tau2, expected["tau2"], EXACT, typical=het.typical_v)
    assert close(het.i2, expected["I2"], EXACT, typical=1.0)
    assert close(het.h2, expected["H2"], EXACT)
    assert close(het.typical_v, expected["vt"], EXACT)
    assert het.df == expected["QE_df"]


@pytest.mark.parametrize(("dataset", "block", "key"), [c for c in TIGHT if c[2].endswith(":z")])
def test_tau2_and_its_ratios(dataset, block, key):
    """tau², I² and H² of the searched estimators agree with R's tight fits."""
    record = fits()[dataset]
    fit, expected = ours(record, key), record[block][key]
    het = fit.heterogeneity
    assert close(fit.tau2, expected["tau2"], SOLVED, typical=het.typical_v)
    assert close(het.i2, expected["I2"], SOLVED, typical=1.0)
    assert close(het.h2, expected["H2"], SOLVED)


@pytest.mark.parametrize("dataset", fits())
def test_common_effect_i2_is_that_of_q(dataset):
    """Without tau² the two conventions of I² are one, and equal (Q - df) / Q by hand."""
    record = fits()[dataset]
    het = ours(record, f"{COMMON}:z").heterogeneity
    expected = record["rma"][f"{COMMON}:z"]
    by_hand = 100 * max(0.0, 1 - expected["QE_df"] / expected["QE"])
    assert close([het.i2, het.i2_q], [by_hand, by_hand], EXACT, typical=1.0)
    assert close(het.i2_q, expected["I2"], EXACT, typical=1.0)


@pytest.mark.parametrize("dataset", fits())
def test_weights(dataset):
    """Weights in percent: the common effect's against R, REML's against R's tight tau²."""
    record = fits()[dataset]
    common = ours(record, f"{COMMON}:z")
    assert close(common.weights, record["per_study"]["weights_EE"], EXACT)
    solved = record["rma_tight"]["REML:z"]["tau2"]
    by_hand = 1 / (effects(record).v + solved)
    fit = ours(record, "REML:z")
    assert close(fit.weights, 100 * by_hand / by_hand.sum(), SOLVED)
    assert close(fit.weights, record["per_study"]["weights_REML"], DEFAULT_R)


@pytest.mark.parametrize("dataset", fits())
@pytest.mark.parametrize("method", ITERATIVE)
def test_floor_from_tight_fits(dataset, method):
    """HKSJ_FLOOR is the larger of R's tight Wald and Hartung-Knapp standard errors."""
    record = fits()[dataset]
    tight = record["rma_tight"]
    larger = max(tight[f"{method}:z"]["se"], tight[f"{method}:knha"]["se"])
    fit = ours(record, f"{method}:adhoc")
    assert close(fit.estimate.se, larger, SOLVED)
    assert fit.estimate.df == fit.k - 1
