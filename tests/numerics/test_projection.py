"""Traces of the projection beside one dominating study, against exact fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from metaan.numerics.projection import trace, trace_square, trace_with
from tests.tolerance import EXACT, close

D = np.array([[1.0, 2.0, 0.5, 3.0, 0.25]])


@pytest.mark.parametrize("precise", [1.0, 1e-2, 1e-3, 1e-6, 1e-10, 1e-20])
def test_one_study_with_nearly_all_the_weight(precise):
    """The sums of the textbook cancel to nothing there; these keep their digits."""
    w = 1 / np.array([[precise, 1.0, 2.0, 1.5, 0.75]])
    exact = [Fraction(float(x)) for x in w[0]]
    d = [Fraction(float(x)) for x in D[0]]
    total = sum(exact)
    p = [
        [(a if i == j else 0) - a * b / total for j, b in enumerate(exact)]
        for i, a in enumerate(exact)
    ]
    sizes = range(5)
    assert close(trace(w, None), [float(sum(p[i][i] for i in sizes))], EXACT)
    assert close(trace_with(w, D, None), [float(sum(p[i][i] * d[i] for i in sizes))], EXACT)
    plain = sum(p[i][j] ** 2 for i in sizes for j in sizes)
    assert close(trace_square(w, None, None), [float(plain)], EXACT)
    scaled = sum(p[i][j] ** 2 * d[i] * d[j] for i in sizes for j in sizes)
    assert close(trace_square(w, D, None), [float(scaled)], EXACT)
