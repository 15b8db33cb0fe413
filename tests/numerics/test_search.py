"""Batched roots against scipy: one root at a time by brentq, all at once by elementwise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.optimize.elementwise import find_root

from metaan.numerics.search import bracketed_root
from tests.tolerance import EXACT, close

# name: (f(x, parameter), low, high)
FUNCTIONS = {
    "cubic": (lambda x, c: x**3 - c, 0.0, 10.0),
    "steep": (lambda x, c: np.expm1(30 * (x - c)), 0.0, 3.0),
    "flat": (lambda x, c: np.arctan(1e6 * (x - c)), -1.0, 4.0),
    "like Q": (lambda x, c: 1 / (x + 0.01) + 1 / (x + 2.0) - c, 0.0, 1e6),
    "high order": (lambda x, c: (x - c) ** 9, -1.0, 5.0),
}
PARAMETERS = np.linspace(0.11, 2.3, 41)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_roots_of_a_batch(name):
    """Each root is brentq's, and scipy's batched method finds the same."""
    function, low, high = FUNCTIONS[name]
    n = len(PARAMETERS)
    roots = bracketed_root(
        lambda x, which: function(x, PARAMETERS[which]), np.full(n, low), np.full(n, high)
    )
    one_by_one = [
        brentq(function, low, high, args=(c,), xtol=1e-300, maxiter=10_000) for c in PARAMETERS
    ]
    together = find_root(function, (np.full(n, low), np.full(n, high)), args=(PARAMETERS,)).x
    if name == "high order":  # flat to 1e-16 around the root: only its ninth power is known
        assert close((roots - PARAMETERS) ** 9, np.zeros(n), EXACT)
    else:
        assert close(roots, one_by_one, EXACT)
        assert close(roots, together, EXACT)


def test_only_open_functions_are_called_again():
    """A function that has converged is not evaluated any more."""
    calls = np.zeros(2, dtype=int)

    def function(x, which):
        calls[which] += 1
        return np.where(which == 0, x - 1.0, np.expm1(x) - 1e-5)

    roots = bracketed_root(function, np.array([0.0, -3.0]), np.array([2.0, 20.0]))
    assert close(roots, [1.0, np.log1p(1e-5)], EXACT)
    assert calls[0] < calls[1]


def test_root_on_the_edge_of_a_bracket():
    """Zeros at either end are the answer."""
    roots = bracketed_root(lambda x, _: x - 1.0, np.array([1.0, 0.0]), np.array([2.0, 1.0]))
    assert close(roots, [1.0, 1.0], EXACT)


def test_empty_batch():
    """No functions, no roots."""
    assert bracketed_root(lambda x, _: x, np.zeros(0), np.zeros(0)).shape == (0,)


@given(
    st.lists(st.floats(-1e3, 1e3, allow_nan=False), min_size=1, max_size=8),
    st.floats(1e-8, 1e8),
)
def test_lines_with_any_slope(zeros, slope):
    """Roots of straight lines in wide brackets, at machine precision of the bracket."""
    zero = np.array(zeros)
    low, high = zero - 10.0, zero + 1e4
    roots = bracketed_root(lambda x, which: slope * (x - zero[which]), low, high)
    assert close(roots, zero, EXACT, typical=float(np.max(np.abs(zero))) + 1e-9)
