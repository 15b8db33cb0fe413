"""Pools and regressions of twelve studies with clusters, for the tests of influence."""

from __future__ import annotations

from metaan.univariate.regression import regress
from tests.diagnostics.comparing import drawn, quiet
from tests.tolerance import Tolerance

ALGEBRA = Tolerance(relative=1e-10, absolute=1e-12, reason="closed forms against refits")
CLUSTERS = {"c": [*"aabbbcdddefa"], "x": [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8.0]}
FIXED = ({"model": "common"}, {"tau2": 0.2}, {"tau2": 0.0}, {"model": "common", "weights": "w"})


def twelve(**columns):
    """Return twelve studies with clusters, a moderator and weights."""
    w = [1, 2, 3, 1, 2, 3, 1, 2, 3, 4, 5, 2.0]
    return drawn(12, columns={**CLUSTERS, "w": w, **columns})


def fitted(formula, **options):
    """Return a pool, or a regression."""
    effects = twelve()
    return regress(effects, formula, **options) if formula else quiet(effects, **options)
