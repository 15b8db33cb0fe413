"""Every estimator of tau² and its standard error against metafor, means with given weights too."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.tau2.heterogeneity import typical_variance
from metaan.tau2.studies import make_studies
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.pooling import pool
from tests.reference.pinned import effects, pins
from tests.tolerance import EXACT, SOLVED, Tolerance, close

BLOCKS = {"rma": EXACT, "rma_tight": SOLVED}
FITS = pins("tau2")["fits"]
CASES = [(name, block, key) for name in FITS for block in BLOCKS for key in FITS[name][block]]
OWN = [case for case in CASES if "weights" in case[2]]
DESIGNS = pins("tau2")["designs"]
RAW_YEARS = Tolerance(
    relative=1e-8,
    reason="R takes the year as it is (1933 to 1980), alone and times latitude: its sums of "
    "squares lose digits that an orthonormal design keeps; seen: 3e-10 of tau² + typical v",
)


def studies_of(record, x=None):
    """Return a pinned set, with weights 1 / sqrt(v)."""
    y, v = np.array([record["yi"]]), np.array([record["vi"]])
    return make_studies(y, v, x=None if x is None else x[None], weights=1 / np.sqrt(v))


def check(studies, key, expected, tolerance):
    """Compare tau², and its standard error at R's tau²."""
    row = ESTIMATORS[key]
    typical = float(typical_variance(studies)[0])
    assert close(row.function(studies).tau2[0], expected["tau2"], tolerance, typical=typical)
    wider = EXACT if tolerance in BLOCKS.values() else tolerance
    assert close(row.se(studies, np.array([expected["tau2"]]))[0], expected["se_tau2"], wider)


@pytest.mark.parametrize(("dataset", "block", "key"), CASES)
def test_tau2_and_its_standard_error(dataset, block, key):
    """Closed forms to the last digits, searches against the tight fits."""
    record = FITS[dataset]
    check(studies_of(record), key.split(":")[0], record[block][key], BLOCKS[block])


def test_every_estimator_is_pinned_for_every_set():
    """No row and no set is forgotten."""
    found = {(name, key.split(":")[0]) for name, _, key in CASES}
    assert found == {(name, key) for name in FITS for key in ESTIMATORS}


@pytest.mark.parametrize(("dataset", "block", "key"), OWN)
def test_mean_with_given_weights(dataset, block, key):
    """The weights that tau² takes are those of the mean too; its error is theirs."""
    record, expected = FITS[dataset], FITS[dataset][block][key]
    own = 1 / np.sqrt(np.array(record["vi"]))
    fit = pool(effects(record), tau2=key.split(":")[0], inference="WALD", weights=own)
    tolerance = BLOCKS[block]
    assert close(fit.estimate.value, expected["beta"], tolerance, typical=expected["se"])
    assert close(fit.estimate.se, expected["se"], tolerance)
    assert close(fit.heterogeneity.tau2_se, expected["se_tau2"], tolerance)


def design(columns, formula):
    """Return an orthonormal design that spans a pinned formula's."""
    k = len(next(iter(columns.values())))
    parts = [] if formula.startswith("~ 0 +") else [np.ones(k)]
    for term in formula.removeprefix("~ ").removeprefix("0 + ").split(" + "):
        if " * " in term:
            one, two = (np.array(columns[name]) for name in term.split(" * "))
            parts += [one, two, one * two]
            continue
        values = columns[term.removeprefix("factor(").removesuffix(")")]
        if not isinstance(values[0], str):
            parts.append(np.array(values))
            continue
        levels = sorted(set(values))[1 if parts else 0 :]
        parts += [np.array([float(value == level) for value in values]) for level in levels]
    x = np.column_stack(parts)
    return np.linalg.qr(x / np.linalg.norm(x, axis=0))[0]


@pytest.mark.parametrize(
    ("dataset", "key"), [(name, key) for name, r in DESIGNS.items() for key in r["metareg"]]
)
def test_tau2_with_moderators(dataset, key):
    """Residual tau² and its standard error: closed forms, and searches from the tight fits."""
    record = DESIGNS[dataset]
    formula, method = key.split(" | ")[:2]
    studies = studies_of(record, design(record["columns"], formula))
    tolerance = SOLVED if key.endswith("tight") else EXACT
    if "year" in formula:
        tolerance = RAW_YEARS
    check(studies, method, record["metareg"][key], tolerance)
