"""One pinned entry of escalc, and what we call to get the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from metaan.core.arrays import Floats
from metaan.measures.row import EVENTS, MEANS
from tests.tolerance import EXACT, Tolerance

Inputs = Callable[[Mapping[str, Floats]], list[Floats]]


def take(*names: str) -> Inputs:
    """Return a function that takes these columns of a pinned data set."""
    return lambda table: [table[name] for name in names]


def cells(*names: str) -> Inputs:
    """Return a function that turns four cells into events and participants of two groups."""

    def counted(table: Mapping[str, Floats]) -> list[Floats]:
        a, b, c, d = (table[name] for name in names)
        return [a, a + b, c, c + d]

    return counted


# R's names of the columns, by data set, for the inputs that several families share.
SHARED: Mapping[tuple[str, tuple[str, ...]], Inputs] = {
    ("escalc_all", MEANS): take("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"),
    ("dat.normand1999", MEANS): take("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"),
    ("escalc_all", EVENTS): cells("ai", "bi", "ci", "di"),
    ("dat.bcg", EVENTS): cells("tpos", "tneg", "cpos", "cneg"),
    ("dat.nielweise2007", EVENTS): take("ai", "n1i", "ci", "n2i"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A pinned entry and our call.

    Attributes
    ----------
    dataset, pin : str
        Data set and key of the entry in ``pins/escalc.json``.
    measure : str
        Row of ``MEASURES``.
    options : mapping
        Options of its function.
    inputs : callable or None
        Columns of the data set to the function's inputs; None: as in ``SHARED``.
    tolerance, variance_tolerance : Tolerance
        For y and for v.
    """

    dataset: str
    pin: str
    measure: str
    options: Mapping[str, Any] = field(default_factory=dict)
    inputs: Inputs | None = None
    tolerance: Tolerance = EXACT
    variance_tolerance: Tolerance = EXACT
