"""Effect measures against metafor's escalc: closed forms on both sides."""

from __future__ import annotations

import pytest

from metaan.measures.table import MEASURES
from tests.reference.pinned import columns, numbers, pins
from tests.tolerance import EXACT, Tolerance, close

LOG_GAMMAS = Tolerance(
    relative=1e-11,
    reason="J is the exponential of a difference of log-gammas near 600, and UB's variance "
    "subtracts terms that nearly cancel; against 40 digits R is off by 3.3e-12, we by 1.9e-12",
)

# R's argument names, for each data set, in the order of the table's inputs.
MEANS = ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")
SUFFIXES = {
    "": {},
    "LS": {},
    "LS2": {"variance": "LS2"},
    "UB": {"variance": "UB"},
    "correct=FALSE": {"correction": None},
    "to=all": {"to": "all"},
    "to=if0all": {"to": "if0all"},
    "to=none": {"to": "none"},
    "add=.1": {"add": 0.1},
}
CASES = [(name, key) for name, found in pins("escalc")["datasets"].items() for key in found]


def arms(dataset, key):
    """Return the inputs of a measure, in the order of its row."""
    table = columns(dataset)
    if "sd1i" in table and key in ("MD", "SMD"):
        return [table[name] for name in MEANS]
    if dataset == "dat.bcg":
        a, b, c, d = (table[name] for name in ("tpos", "tneg", "cpos", "cneg"))
        return [a, a + b, c, c + d]
    if dataset == "dat.nielweise2007":
        return [table[name] for name in ("ai", "n1i", "ci", "n2i")]
    return [table["ai"], table["ai"] + table["bi"], table["ci"], table["ci"] + table["di"]]


@pytest.mark.parametrize(("dataset", "key"), CASES)
def test_effects_and_variances_are_those_of_escalc(dataset, key):
    """Every measure, variance formula and zero-cell rule agrees to the last digits, NaN too."""
    name, _, suffix = key.partition(":")
    expected = pins("escalc")["datasets"][dataset][key]
    y, v = MEASURES[name].function(*arms(dataset, name), **SUFFIXES[suffix])
    assert close(y, numbers(expected["yi"]), EXACT)
    assert close(v, numbers(expected["vi"]), LOG_GAMMAS if suffix == "UB" else EXACT)


def test_every_pinned_measure_is_a_row():
    """The pins visit each measure that has a closed form."""
    visited = {key.partition(":")[0] for _, key in CASES}
    assert visited == {key for key, row in MEASURES.items() if row.doi}
