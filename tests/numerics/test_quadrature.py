"""Integrals of log-concave functions: against closed forms and scipy's adaptive quadrature."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gammaln
from scipy.stats import multivariate_normal

from metaan.numerics.quadrature import (
    HALVES_AGREE,
    Box,
    even_nodes,
    find_box,
    hermite_nodes,
    log_integral,
    log_sums,
)
from tests.tolerance import Tolerance, close

TO_ROUNDING = Tolerance(
    relative=1e-13,
    absolute=1e-12,
    reason="sums of some hundred terms, whose logarithm is compared; what is left outside of a "
    "box is 2e-16 of the mode",
)
BY_QUAD = Tolerance(absolute=1e-11, reason="scipy's quad was asked for 1e-13 and gives 1e-12")

ONE = (np.zeros((1, 1)), np.ones((1, 1, 1)))


def integral(logs, center=0.0, size=1.0):
    """Return our integral of one function of one variable, and its estimated error."""
    start = (np.full((1, 1), center), np.full((1, 1, 1), size))

    def function(u, which):
        del which
        return logs(u[..., 0])

    value, error = log_integral(function, find_box(function, *start))
    return float(value[0]), float(error[0])


@pytest.mark.parametrize("size", [0.05, 1.0, 30.0])
def test_a_normal_density_integrates_to_one(size):
    """Whatever the scale it is started with, within a factor of 30."""
    value, error = integral(lambda u: -0.5 * u * u - 0.5 * np.log(2 * np.pi), size=size)
    assert close(value, 0.0, TO_ROUNDING)
    assert error <= HALVES_AGREE**2


def test_gumbel_densities_integrate_to_one():
    """The skewed one: it falls as exp(-exp(u)) on one side and as exp(u) on the other."""
    for shape in (0.5, 1.0, 40.0):
        expected = float(gammaln(shape))

        def logs(u, shape=shape):
            return shape * u - np.exp(u)

        assert close(integral(logs, np.log(shape), shape**-0.5)[0], expected, TO_ROUNDING)


@pytest.mark.parametrize(("n", "tau"), [(3, 0.4), (40, 1.5), (5000, 3.0), (20, 25.0)])
def test_a_binomial_without_events_and_a_normal_effect(n, tau):
    """What Gauss and Hermite's nodes find hard: half a normal curve with a steep end."""

    def logs(u):
        return -n * np.logaddexp(0, tau * u - 1.0) - 0.5 * u * u

    grid = np.linspace(-12, 6, 100_001)
    mode = grid[np.argmax(logs(grid))]
    peak = float(logs(mode))
    bend = 1 + tau**2 * n * np.exp(tau * mode - 1) / (1 + np.exp(tau * mode - 1)) ** 2
    value, error = integral(logs, mode, bend**-0.5)
    parts = [
        quad(lambda u: np.exp(logs(u) - peak), a, b, epsabs=0, epsrel=1e-13, limit=500)[0]
        for a, b in ((-40.0, mode - 3), (mode - 3, mode), (mode, mode + 3), (mode + 3, 40.0))
    ]
    assert close(value, peak + np.log(np.sum(parts)), BY_QUAD)
    assert error <= HALVES_AGREE**2


def test_two_axes_that_lean_on_each_other():
    """A bivariate normal density with correlation 0.9, started with the wrong shape."""
    law = multivariate_normal(mean=[1.0, -2.0], cov=[[4.0, 1.8], [1.8, 1.0]])
    center = np.array([[1.0, -2.0]])

    def flat(u, which):
        del which
        return np.reshape(law.logpdf(u), u.shape[:2])

    for root in (np.linalg.cholesky(law.cov)[None], np.eye(2)[None]):
        value, error = log_integral(flat, find_box(flat, center, root))
        assert close(value, [0.0], TO_ROUNDING)
        assert error[0] <= HALVES_AGREE**2


def test_many_at_once_equal_one_by_one():
    """Integrals of a batch do not depend on their neighbors, but for the nodes they are given."""
    n = np.array([2.0, 30.0, 400.0])

    def logs(u, which):
        eta = 1.3 * u[..., 0] - 0.5
        return -n[which][:, None] * np.logaddexp(0, eta) + eta - 0.5 * u[..., 0] ** 2

    center = np.array([[-0.2], [-1.2], [-2.4]])
    root = np.full((3, 1, 1), 0.6)
    together = log_integral(logs, find_box(logs, center, root))[0]
    for i in range(3):

        def alone(u, which, i=i):
            return logs(u, which + i)

        box = find_box(alone, center[i : i + 1], root[i : i + 1])
        assert close(log_integral(alone, box)[0][0], together[i], TO_ROUNDING)


def test_hermite_nodes_are_exact_for_polynomials_times_a_normal_density():
    """Moments up to degree 2 N - 1, of an axis and of two."""
    nodes = hermite_nodes(*ONE, 5)
    weight = np.exp(nodes.log_weight[0] - 0.5 * nodes.u[0, :, 0] ** 2) / np.sqrt(2 * np.pi)
    moments = [np.sum(weight * nodes.u[0, :, 0] ** power) for power in range(10)]
    assert close(moments, [1, 0, 1, 0, 3, 0, 15, 0, 105, 0], TO_ROUNDING)
    flat = hermite_nodes(np.zeros((1, 2)), np.eye(2)[None], 3)
    weight = np.exp(flat.log_weight[0] - 0.5 * np.sum(flat.u[0] ** 2, axis=1)) / (2 * np.pi)
    assert close(np.sum(weight * flat.u[0, :, 0] ** 2 * flat.u[0, :, 1] ** 4), 3.0, TO_ROUNDING)


def test_one_hermite_node_is_laplace_approximation():
    """``exp(g(mode)) sqrt(2 pi) s``, by hand."""
    nodes = hermite_nodes(np.array([[0.7]]), np.array([[[0.2]]]), 1)
    assert close(nodes.u, [[[0.7]]], TO_ROUNDING)
    assert close(nodes.log_weight, [[np.log(np.sqrt(2 * np.pi) * 0.2)]], TO_ROUNDING)


def test_the_error_is_seen_in_every_second_node():
    """Nine nodes on a normal density: half of them are off by as much as is told."""
    box = Box(*ONE, np.full((1, 1), -8.0), np.full((1, 1), 8.0))
    nodes = even_nodes(box, 9)
    value, off = log_sums(nodes.log_weight - 0.5 * nodes.u[..., 0] ** 2, 9, 1)
    by_hand = [2.0 * np.sum(np.exp(-0.5 * np.arange(-8, 9, step) ** 2)) for step in (2, 4)]
    assert close(np.exp(value), [by_hand[0]], TO_ROUNDING)
    assert close(off, [abs(2 * by_hand[1] / by_hand[0] - 1)], TO_ROUNDING)
