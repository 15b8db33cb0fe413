"""Data sets that are not pinned, computed by the R that is installed, in the same run."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from metaan.core.effects import GENERIC
from metaan.measures.table import MEASURES
from metaan.tau2.likelihood import log_likelihood
from metaan.univariate.prediction import PREDICTIONS
from tests.reference.pinned import numbers, ours
from tests.tolerance import EXACT, Tolerance, close

MAKE = Path(__file__).parent / "make"
LIVE = Tolerance(
    relative=1e-8,
    reason="whatever version of metafor is installed, at the tightest threshold it reaches",
)
K1, _, NORMAL, _ = PREDICTIONS
RESTRICTED = {"REML": True, "ML": False}
with (MAKE / "sets.csv").open(encoding="utf-8", newline="") as _file:
    ROWS = {row["key"]: row for row in csv.DictReader(_file) if row["group"] == "live"}

pytestmark = pytest.mark.r


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    """Return what R computes for the live sets."""
    out = tmp_path_factory.mktemp("r") / "live.json"
    done = subprocess.run(
        ["Rscript", "univariate.R", "live", str(out)],
        cwd=MAKE,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(out.read_text("utf-8"))["fits"]


@pytest.mark.parametrize("key", ROWS)
def test_measure(figures, key):
    """Effects and variances from the arms' numbers are those of escalc."""
    record = figures[key]
    name = ROWS[key]["call"].split("'")[1]
    row = MEASURES[GENERIC if name == GENERIC else name]
    y, v = row.function(*(numbers(record["inputs"][column]) for column in row.inputs))
    known = ~np.isnan(numbers(record["all_yi"]))
    assert known.sum() == len(record["yi"])
    assert close(y[known], record["yi"], EXACT)
    assert close(v[known], record["vi"], EXACT)


@pytest.mark.parametrize("key", ROWS)
@pytest.mark.parametrize("block", ["rma", "rma_tight"])
def test_mean_and_heterogeneity(figures, key, block):
    """Means, limits, tests, tau², I², H² and Q for every method and inference."""
    record = figures[key]
    for name, expected in record[block].items():
        fit = ours(record, name)
        het, size = fit.heterogeneity, expected["se"]
        assert close(fit.estimate.value, expected["beta"], LIVE, typical=size)
        assert close(fit.estimate.se, size, LIVE)
        assert close(fit.estimate.low, expected["ci_lb"], LIVE, typical=size)
        assert close(fit.estimate.high, expected["ci_ub"], LIVE, typical=size)
        assert close(fit.estimate.p_value, expected["pval"], LIVE)
        assert close(het.q, expected["QE"], EXACT)
        assert close(het.p_value, expected["QEp"], LIVE)
        assert close(het.i2, expected["I2"], LIVE, typical=1.0)
        assert close(het.h2, expected["H2"], LIVE)


@pytest.mark.parametrize("key", ROWS)
@pytest.mark.parametrize("method", ["DL", "PM", "REML", "ML"])
def test_tau2_and_its_limits(figures, key, method):
    """Each tau² and the Q-profile limits; a likelihood higher than R's is a pass."""
    record = figures[key]
    block = "rma" if method == "DL" else "rma_tight"
    theirs = record[block][f"{method}:z"]["tau2"]
    fit = ours(record, f"{method}:z")
    het = fit.heterogeneity
    if not better_than_r(record, method, fit.tau2, theirs):
        assert close(fit.tau2, theirs, LIVE, typical=het.typical_v)
    limits = record["confint_tau2_tight"][f"{method}:QP"]["tau2"][1:]
    assert close([het.tau2_low, het.tau2_high], limits, LIVE, typical=het.typical_v)


@pytest.mark.parametrize("key", ROWS)
def test_prediction_intervals(figures, key):
    """R's default: normal beside a z test, t(k - 1) with Hartung-Knapp."""
    record = figures[key]
    for name, expected in record["predict_tight"].items():
        rule = NORMAL if name.endswith(":z") else K1
        found = ours(record, name, prediction=rule).prediction_interval
        limits = [expected["pi.lb"], expected["pi.ub"]]
        size = limits[1] - limits[0]
        assert close([found.low, found.high], limits, LIVE, typical=size)


def better_than_r(record, method, tau2, theirs):
    """Return True, and print the likelihoods, where ours lies clearly above R's."""
    if method not in RESTRICTED:
        return False
    y, v = np.array([record["yi"]]), np.array([record["vi"]])
    heights = [
        log_likelihood(y, v, np.ones_like(y), np.array([x]), restricted=RESTRICTED[method])[0]
        for x in (tau2, theirs)
    ]
    return heights[0] > heights[1] + 1e-9
