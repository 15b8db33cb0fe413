"""Prediction intervals against metafor's predict, and by hand from its tight fits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm, t

from metaan.univariate.prediction import PREDICTIONS
from tests.reference.pinned import fits, ours
from tests.tolerance import SOLVED, close

K1, HTS, NORMAL, TAU_ONLY, *_ = PREDICTIONS
PREDTYPES = {
    "REML:z, predtype=default": NORMAL,
    "REML:z, predtype=simple": TAU_ONLY,
    "REML:z, predtype=riley": HTS,
    "REML:z, predtype=t": K1,
    "REML:knha, predtype=riley": HTS,
}
# Quantile and share of the mean's error, from the definitions, for k studies.
BY_HAND = {
    K1: lambda k: (t.ppf(0.975, k - 1), 1.0),
    HTS: lambda k: (t.ppf(0.975, k - 2), 1.0),
    NORMAL: lambda _: (norm.ppf(0.975), 1.0),
    TAU_ONLY: lambda _: (norm.ppf(0.975), 0.0),
}


@pytest.mark.parametrize("dataset", fits())
@pytest.mark.parametrize("entry", PREDTYPES)
def test_prediction_interval_of_r(dataset, entry):
    """R computed its predtype= entries from the tight fit, so SOLVED holds."""
    record = fits()[dataset]
    fit = ours(record, entry.partition(",")[0], prediction=PREDTYPES[entry])
    expected = record["predict"][entry]
    limits = [fit.prediction_interval.low, fit.prediction_interval.high]
    size = expected["pi.ub"] - expected["pi.lb"]
    assert close(limits, [expected["pi.lb"], expected["pi.ub"]], SOLVED, typical=size)


@pytest.mark.parametrize("dataset", fits())
@pytest.mark.parametrize("key", ["PM:z", "PM:knha", "REML:z", "REML:knha", "ML:z", "ML:knha"])
@pytest.mark.parametrize("rule", BY_HAND)
def test_prediction_interval_by_hand(dataset, key, rule):
    """``mu ± q sqrt(tau² + se²)`` from the numbers of R's tight fit."""
    record = fits()[dataset]
    expected = record["rma_tight"][key]
    quantile, share = BY_HAND[rule](len(record["yi"]))
    half = quantile * np.sqrt(expected["tau2"] + share * expected["se"] ** 2)
    fit = ours(record, key, prediction=rule)
    limits = [fit.prediction_interval.low, fit.prediction_interval.high]
    by_hand = [expected["beta"] - half, expected["beta"] + half]
    assert close(limits, by_hand, SOLVED, typical=half + expected["se"])
