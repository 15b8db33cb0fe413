"""Effect measures against metafor's escalc: closed forms on both sides."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from metaan.measures.table import MEASURES
from tests.reference import cases
from tests.reference.escalc import SHARED
from tests.reference.pinned import columns, numbers, pins
from tests.tolerance import close

FAMILIES = [
    importlib.import_module(f"{cases.__name__}.{found.name}")
    for found in pkgutil.iter_modules(cases.__path__)
]
CASES = [case for family in FAMILIES for case in family.CASES]
# Pins that other tests compare: study limits, and what R's optimizer only approximates.
ELSEWHERE = {(d, p) for family in FAMILIES for d, p in getattr(family, "ELSEWHERE", ())}
PINNED = {(d, pin) for d, found in pins("escalc")["datasets"].items() for pin in found}


@pytest.mark.parametrize("case", CASES, ids=[f"{c.dataset}/{c.pin}" for c in CASES])
def test_effects_and_variances_are_those_of_escalc(case):
    """Every measure, variance formula and zero-cell rule agrees to the last digits, NaN too."""
    expected = pins("escalc")["datasets"][case.dataset][case.pin]
    row = MEASURES[case.measure]
    inputs = (case.inputs or SHARED[case.dataset, row.inputs])(columns(case.dataset))
    y, v = row.function(*inputs, **case.options)
    assert close(y, numbers(expected["yi"]), case.tolerance)
    assert close(v, numbers(expected["vi"]), case.variance_tolerance)


def test_every_pin_is_visited():
    """No pinned entry is passed over."""
    assert PINNED - {(c.dataset, c.pin) for c in CASES} == ELSEWHERE


def test_every_row_is_pinned():
    """Every measure with a formula has a number of R's."""
    visited = {case.measure for case in CASES} | {pin for _, pin in ELSEWHERE}
    assert {key for key, row in MEASURES.items() if row.doi} <= visited
