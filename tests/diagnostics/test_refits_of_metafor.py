"""leave_one_out and cumulative against metafor's leave1out and cumul, and rma run on subsets."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.diagnostics.cumulative import cumulative
from metaan.diagnostics.leaving_out import leave_one_out
from tests.diagnostics.comparing import quiet
from tests.reference.pinned import COMMON, TESTS, effects, fits, numbers, pins
from tests.reference.rscript import run
from tests.tolerance import EXACT, SOLVED, Tolerance, close

PINS = pins("refits")
CLOSED = [(name, method) for name in PINS["closed"] for method in (COMMON, "DL")]
TIGHT = [(name, key) for name in PINS["tight"] for key in PINS["tight"][name]["cumul"]]
LOG_P = Tolerance(
    relative=1e-9,
    absolute=1e-12,
    reason="R's p-values are rounded before we take their logarithm, and a p-value changes by z² "
    "times as much as its statistic",
)


def fitted(name, key):
    """Return our fit of a pinned data set, METHOD:test."""
    method, test = f"{key}:z".split(":")[:2]
    options = {"model": "common"} if method == COMMON else {"tau2": method}
    return quiet(effects(fits()[name]), inference=TESTS[test], **options)


def agree(found, expected, tolerance, rows=slice(None)):
    """Assert that estimates, tests and heterogeneity are R's."""
    for ours, theirs in (
        ("value", "estimate"), ("se", "se"), ("statistic", "zval"), ("low", "ci.lb"),
        ("high", "ci.ub"), ("q", "Q"), ("i2", "I2"), ("h2", "H2"), ("tau2", "tau2"),
    ):  # fmt: skip
        if theirs in expected:
            assert close(getattr(found, ours)[rows], expected[theirs], tolerance, typical=1.0)
    with np.errstate(divide="ignore"):
        log_p, log_q = np.log(numbers(expected["pval"])), np.log(numbers(expected["Qp"]))
    assert close(found.log_p_value[rows], log_p, LOG_P)
    assert close(found.q_log_p_value[rows], log_q, LOG_P, typical=1.0)


def renamed(record):
    """Return what rma prints under the names of leave1out."""
    names = {"beta": "estimate", "QE": "Q", "QEp": "Qp"}
    return {names.get(key, key): numbers(values) for key, values in record.items()}


@pytest.mark.parametrize(("name", "method"), CLOSED)
def test_closed_forms(name, method):
    """Common effect and DerSimonian-Laird, metafor 5.1."""
    fit, record = fitted(name, method), PINS["closed"][name]
    agree(leave_one_out(fit), record["leave1out"][method], EXACT)
    order = np.array(record["position"]) - 1
    # R has I² = 0 and H² = 1 for one study, of which we say that they are not defined
    expected = {key: numbers(values) for key, values in record["cumul"][method].items()}
    found = cumulative(fit, order)
    assert np.isnan([found.i2[0], found.h2[0]]).all()
    agree(found, {key: values[1:] for key, values in expected.items()}, EXACT, slice(1, None))
    assert close(found.value[0], expected["estimate"][0], EXACT)
    assert close(found.high[0], expected["ci.ub"][0], EXACT)


@pytest.mark.parametrize(("name", "key"), TIGHT)
def test_searches(name, key):
    """REML and ML, with Wald's and Hartung and Knapp's intervals, rma on each subset."""
    fit, record = fitted(name, key), PINS["tight"][name]
    agree(leave_one_out(fit), renamed(record["leave1out"][key]), SOLVED)
    found = cumulative(fit, np.array(record["order"]) - 1)
    agree(found, renamed(record["cumul"][key]), SOLVED, slice(1, None))


@pytest.mark.r
def test_pins_are_made_again(tmp_path):
    """The installed metafor gives the tight figures of a pinned set; ``all`` makes every one."""
    name = "dat.hart1999/uni_logIRR"
    record = PINS["tight"][name]
    again = run("refits.R", name, str(tmp_path / "refits.json"))["tight"][name]
    assert again["order"] == record["order"]
    for what in ("leave1out", "cumul"):
        for key, expected in record[what].items():
            assert close(again[what][key]["beta"], expected["beta"], SOLVED)
            assert close(again[what][key]["tau2"], expected["tau2"], SOLVED, typical=1.0)
