"""Tests of funnel asymmetry of data that are not pinned, by the metafor that is installed."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.diagnostics.asymmetry.asymmetry_points import PREDICTORS
from metaan.diagnostics.asymmetry.asymmetry_testing import asymmetry_test
from tests.reference.rscript import run
from tests.tolerance import EXACT, Tolerance, close

pytestmark = pytest.mark.r

WORDS = dict(zip(("sei", "vi", "ni", "ninv", "sqrtni", "sqrtninv"), PREDICTORS, strict=True))
INFERENCE = {"z": "WALD", "t": "T", "adhoc": "HKSJ_FLOOR", "knha": "HKSJ"}
KEYS = ("egger2001 OR", "gibson2002 SMD")  # "live" stands for all of them
EQUATIONS = Tolerance(
    relative=1e-10,
    absolute=1e-12,
    reason="R solves its normal equations in the units of the predictor, which costs it digits "
    "where sample sizes are large",
)
TIGHT = Tolerance(
    relative=1e-7, absolute=1e-9, reason="rma at the tightest threshold that it reaches"
)
TAIL = Tolerance(
    relative=1e-6,
    reason="R's exact tail is 1 less the other one: of p = 5e-8 it is off by 2e-7, against counts "
    "of orders in whole numbers",
)


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    """Return what R computes for the live sets."""
    out = tmp_path_factory.mktemp("r") / "out.json"
    return run("asymmetry.R", ";".join(KEYS), str(out))["sets"]


def agrees(found, expected, tolerance):
    """Assert that a regression test and its limit are R's."""
    assert close(found.statistic, expected["zval"], tolerance, typical=1.0)
    if expected["pval"] > 0:
        log_p = np.log(expected["pval"])
        assert close(found.log_p_value, log_p, tolerance, typical=1.0)
    if "limit" in expected:
        limit = found.limit
        assert close([limit.value, limit.low, limit.high], expected["limit"], tolerance,
                     typical=limit.se)  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_regressions(figures, key):
    """Every predictor: multiplicative, common effect, moments with t, Hedges with the floor."""
    record = figures[key]
    effects = Effects.from_arrays(record["yi"], record["vi"])
    for name, expected in record["regtest"].items():
        spec, word = name.split("|")
        given = {"predictor": WORDS[word], "n": record.get("ni")}
        if spec == "lm":
            found = asymmetry_test(effects, "EGGER", **given)
        elif spec == "DL:t":
            found = asymmetry_test(effects, "THOMPSON", **given)
        else:
            method, test = spec.split(":")
            given["tau2"] = 0.0 if method == "EE" else method
            given["inference"] = INFERENCE[test]
            found = asymmetry_test(effects, "EGGER_MIXED", **given)
        agrees(found, expected, EQUATIONS)
    assert len(record["regtest"]) >= 8
    found = asymmetry_test(effects, "EGGER_MIXED")
    assert close(found.tau2, record["tight"]["tau2"], TIGHT, typical=float(np.mean(effects.v)))
    agrees(found, record["tight"], TIGHT)


@pytest.mark.parametrize("key", KEYS)
def test_ranks(figures, key):
    """Exact where there are no ties, normal otherwise; a continuity correction if asked for."""
    record = figures[key]["ranks"]
    effects = Effects.from_arrays(figures[key]["yi"], figures[key]["vi"])
    found = asymmetry_test(effects, "BEGG")
    assert close(found.tau, record["tau"], EXACT)
    assert close(found.p_value, record["pval"], TAIL)
    normal = asymmetry_test(effects, "BEGG", ranks="NORMAL")
    assert close(normal.log_p_value, np.log(record["normal"]), EQUATIONS, typical=1.0)
    corrected = asymmetry_test(effects, "BEGG", ranks="CONTINUITY")
    assert close(corrected.log_p_value, np.log(record["continuity"]), EQUATIONS, typical=1.0)
