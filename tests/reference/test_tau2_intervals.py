"""Limits of tau² against metafor and meta; where those stop early, against a plain series."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from metaan.core.errors import InputError
from metaan.univariate.pooling import pool
from metaan.univariate.tau2_interval import tau2_interval
from tests.reference.pinned import effects, pins
from tests.tau2.dense import eigenvalues, log_likelihoods, projection, tails
from tests.tolerance import SOLVED, Tolerance, close

FITS, META = pins("tau2")["fits"], pins("tau2")["meta"]
TIGHT = "confint_tau2_tight"
EARLY = Tolerance(
    absolute=1.2e-4,
    reason="R's uniroot stops at its default distance from the root, .Machine$double.eps^0.25, "
    "in the tight entry too; the exact tails beside it decide",
)
MEASURED_LOW = Tolerance(relative=1e-3, reason="R's confint at its default tolerance")
TAIL = 0.025
PROFILED = [(n, key) for n in FITS for key in ("ML", "REML") if f"{key}:PL" in FITS[n][TIGHT]]


def limits(dataset, key, method, **options):
    """Return our limits for a fit of a pinned set."""
    return tau2_interval(pool(effects(FITS[dataset]), tau2=key, **options), method)


@pytest.mark.parametrize(("dataset", "key"), PROFILED)
def test_profile_likelihood(dataset, key):
    """Limits of tau², I² and H² agree with R's, its tolerance lowered."""
    expected = FITS[dataset][TIGHT][f"{key}:PL"]
    found = limits(dataset, key, "PL")
    size = expected["tau2"][0] + float(np.median(FITS[dataset]["vi"]))
    for ours, name in ((found.tau2, "tau2"), (found.i2, "I2"), (found.h2, "H2")):
        theirs = expected[name][1:]
        assert close(
            [ours.low, ours.high], theirs, SOLVED, typical=max(size, 1.0 * (name != "tau2"))
        )


@pytest.mark.parametrize("dataset", FITS)
def test_profile_of_no_maximum_has_no_answer(dataset):
    """R measures the likelihood from its height at an estimate that does not maximize it.

    Its set is then larger than that of the likelihood ratio, by twice the height the estimate
    lacks: the two log-likelihoods, written out, differ by half the quantile. Ours is an error.
    """
    record = FITS[dataset]
    y, v = np.array(record["yi"]), np.array(record["vi"])
    for key in ("EB:PL", "SJ:PL", "DL:PL"):
        estimate, *ends = record["confint_tau2"].get(key, {"tau2": [0.0]})["tau2"]
        heights = log_likelihoods(y, v, np.array([estimate, *ends]), restricted=False)
        inside = [h for h, end in zip(heights[1:], ends, strict=True) if 0 < end < 10 * estimate]
        for height in inside:
            assert close(2 * (heights[0] - height), chi2.isf(0.05, 1), MEASURED_LOW, typical=1.0)
        with pytest.raises(InputError, match="a tau² that maximizes a likelihood"):
            limits(dataset, key.split(":")[0], "PL")


def exact_tails(record, weights, tau2):
    """Return P(Q <= q) and P(Q > q) at the observed Q under tau², by Ruben's series."""
    y, v = np.array(record["yi"]), np.array(record["vi"])
    x = np.ones((len(y), 1))
    q = float(y @ projection(weights, x) @ y)
    return tails(q, eigenvalues(weights, v + tau2, x))


@pytest.mark.parametrize("dataset", META)
@pytest.mark.parametrize("method", ["J", "BJ"])
def test_generalized_q(dataset, method):
    """Exact tails at ours by a plain series; near meta's limits, which stop early."""
    record = FITS[dataset]
    found = limits(dataset, "DL", method).tau2
    weights = np.array(record["vi"]) ** {"J": -0.5, "BJ": -1.0}[method]
    assert close(exact_tails(record, weights, found.low)[1], TAIL, SOLVED)
    assert close(exact_tails(record, weights, found.high)[0], TAIL, SOLVED)
    theirs = META[dataset][f"metagen:DL tau2 CI {method}"]
    assert close([found.low, found.high], list(theirs.values()), EARLY)
    # theirs are off by what their search leaves open, not by another definition
    assert abs(exact_tails(record, weights, theirs["lower.tau2"])[1] - TAIL) > 1e-8


@pytest.mark.parametrize("dataset", FITS)
def test_generalized_q_with_given_weights(dataset):
    """Weights 1 / sqrt(v) given to the fit give Jackson's limits, which are R's for GENQ."""
    record = FITS[dataset]
    own = 1 / np.sqrt(np.array(record["vi"]))
    found = limits(dataset, "GENQ", "GQ", weights=own)
    other = limits(dataset, "REML", "J")
    assert close([found.tau2.low, found.tau2.high], [other.tau2.low, other.tau2.high], SOLVED)
    theirs = record[TIGHT]["GENQ"]["tau2"]
    # a limit of hundreds (MD) comes with a share of that distance, not a fixed one
    size = max(1.0, theirs[0])
    assert close(
        np.array([found.tau2.low, found.tau2.high]) / size, np.array(theirs[1:]) / size, EARLY
    )
    for end, side in ((found.tau2.low, 1), (found.tau2.high, 0)):
        tail = exact_tails(record, own, end)[side]
        assert close(tail, TAIL, SOLVED) if end > 0 else tail >= TAIL
