"""Data that are not pinned, computed by the R that is installed, in the same run."""

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
from metaan.tau2.studies import make_studies
from metaan.univariate.prediction import PREDICTIONS
from tests.reference.escalc import SHARED
from tests.reference.make.check import as_floats, is_older, variants
from tests.reference.pinned import numbers, ours
from tests.reference.test_measures import CASES
from tests.tolerance import EXACT, Tolerance, close

MAKE = Path(__file__).parent / "make"
LIVE = Tolerance(
    relative=1e-8,
    reason="whatever version of metafor is installed, at the tightest threshold it reaches",
)
K1, _, NORMAL, *_ = PREDICTIONS
RESTRICTED = {"REML": True, "ML": False}
with (MAKE / "sets.csv").open(encoding="utf-8", newline="") as _file:
    ROWS = {row["key"]: row for row in csv.DictReader(_file) if row["group"] == "live"}

ROUNDED = Tolerance(
    relative=1e-10,
    absolute=1e-13,
    reason="closed forms at random inputs: some variances subtract terms that nearly cancel, and "
    "R reads decimals with an error of its own",
)
UNBIASED = Tolerance(
    relative=2e-9,
    absolute=1e-13,
    reason="R has the unbiased variance's share of g² from log-gammas that nearly cancel: off by "
    "up to 3e-10 of it near 500 df against 50 digits, where ours is off by 1e-15",
)
MADE_UP = "escalc_all"  # the data set whose columns hold the inputs of every measure
STUDIES = 250
ASKED = {row["key"]: row for row in variants() if row["dataset"] == MADE_UP}
RANDOM = [case for case in CASES if case.dataset == MADE_UP]
SURE = [case for case in RANDOM if not ASKED[case.pin]["in_3_8"]]
LATER = [case for case in RANDOM if ASKED[case.pin]["in_3_8"]]

pytestmark = pytest.mark.r


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    """Return what R computes for the live sets."""
    out = tmp_path_factory.mktemp("r") / "live.json"
    return run("univariate.R", "live", str(out))["fits"]


@pytest.fixture(scope="module")
def table():
    """Return the columns of the made-up data set, at random: printed decimals, zero cells.

    Left out are the inputs of the departures that the README lists: correlations below 0.1, where
    R's unbiased one is imprecise, means below 0, and t-values that their own R² does not allow.
    """
    rng = np.random.default_rng(19)
    n1, n2 = rng.integers(6, 300, STUDIES), rng.integers(6, 300, STUDIES)
    events1, events2 = (rng.binomial(n, rng.beta(0.6, 0.9, STUDIES)) for n in (n1, n2))
    n, predictors, r2 = (
        rng.integers(14, 400, STUDIES),
        rng.integers(1, 9, STUDIES),
        between(rng, 0.01, 0.95),
    )
    largest = np.sqrt(r2 / (1 - r2) * (n - predictors - 1))
    return {
        "n1i": n1,
        "n2i": n2,
        **{name: between(rng, 3, 9) for name in ("m1i", "m2i")},
        **{name: between(rng, 0.5, 4) for name in ("sd1i", "sd2i")},
        **{"ai": events1, "bi": n1 - events1, "ci": events2, "di": n2 - events2},
        **{name: rng.negative_binomial(1, 0.1, STUDIES) for name in ("x1i", "x2i")},
        **{name: between(rng, 5, 2000) for name in ("t1i", "t2i")},
        "ri": rng.choice([-1, 1], STUDIES) * between(rng, 0.1, 0.97),
        "ni": n,
        "ti": np.round(between(rng, -0.99, 0.99) * largest, 3),
        "r2i": r2,
        "mi": predictors,
        "alpha": between(rng, -0.3, 0.98),
        "items": rng.integers(2, 40, STUDIES),
        "auc": between(rng, 0.05, 0.95),
        "prop": between(rng, 0.01, 0.3),
    }


@pytest.fixture(scope="module")
def escalc(tmp_path_factory, table):
    """Return what R's escalc makes of the random table."""
    folder = tmp_path_factory.mktemp("escalc")
    calls = [ASKED[case.pin] for case in RANDOM]
    for name, header, rows in (
        ("calls.csv", calls[0], [row.values() for row in calls]),
        ("table.csv", table, zip(*(column.tolist() for column in table.values()), strict=True)),
    ):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
    return run(
        "escalc.R", *(str(folder / name) for name in ("calls.csv", "out.json", "table.csv"))
    )


def run(script, *arguments):
    """Run one of the scripts and return what it wrote, into its second argument."""
    done = subprocess.run(
        ["Rscript", script, *arguments],
        cwd=MAKE,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(Path(arguments[1]).read_text("utf-8"))


def between(rng, low, high):
    """Return numbers from a range, with the three decimals of a printed table."""
    return np.round(rng.uniform(low, high, STUDIES), 3)


def compare(case, found, table):
    """Compare our numbers for an entry of escalc with R's, at the random table."""
    row = MEASURES[case.measure]
    given = {name: column.astype(float) for name, column in table.items()}
    y, v = row.function(*(case.inputs or SHARED[MADE_UP, row.inputs])(given), **case.options)
    assert close(y, as_floats(found["yi"]), ROUNDED)
    assert close(v, as_floats(found["vi"]), UNBIASED if case.pin.endswith(":UB") else ROUNDED)
    assert np.isfinite(y).sum() > STUDIES / 10


@pytest.mark.parametrize("case", SURE, ids=[case.pin for case in SURE])
def test_random_table(escalc, table, case):
    """Every measure and option that metafor has known since 3.8, at inputs never pinned."""
    compare(case, escalc["escalc"][f"{MADE_UP}/{case.pin}"], table)


@pytest.mark.parametrize("case", LATER, ids=[case.pin for case in LATER])
def test_random_table_of_later_versions(escalc, table, case):
    """What metafor 3.8 refuses or computes otherwise: it still does, or it agrees with ours."""
    found = escalc["escalc"].get(f"{MADE_UP}/{case.pin}")
    if not is_older(escalc["versions"]):
        compare(case, found, table)
        return
    # A listed reason that no longer holds would hide a comparison.
    with pytest.raises((AssertionError, KeyError, TypeError)):
        compare(case, found, table)


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
    studies = make_studies(np.array([record["yi"]]), np.array([record["vi"]]))
    heights = [
        log_likelihood(studies, np.array([x]), restricted=RESTRICTED[method])[0]
        for x in (tau2, theirs)
    ]
    return heights[0] > heights[1] + 1e-9
