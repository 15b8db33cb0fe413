"""Integrals of log-concave functions over one or two axes, many at once, to machine precision.

Each integrand is centered at its mode and scaled by the root of its inverse Hessian there. Two
rules are then laid out:

- equidistant nodes on a box beyond whose sides nothing is left (the trapezoidal rule, which
  converges geometrically for smooth integrands that fade on both sides, however skewed; its error
  is about the square of that with every second node, which costs nothing to compute) [1]_;
- Gauss and Hermite's nodes (adaptive Gauss-Hermite quadrature [2]_), exact for a polynomial times
  a normal density: what other programs use, with a number of nodes chosen by hand.

Shapes: n integrands, d axes, N nodes.

References
----------
.. [1] Trefethen LN, Weideman JAC (2014). SIAM Rev 56:385. doi:10.1137/130932132
.. [2] Liu Q, Pierce DA (1994). Biometrika 81:624. doi:10.1093/biomet/81.3.624
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers

FADED = 36.0  # e^-36 is 2e-16: what lies below this share of the mode is not seen in a sum
REACH = 6.0  # first sides, in standard deviations; a normal density fades at 8.5
WIDER = 1.13
MOST_WIDER = 200
FACE_POINTS = 17  # along each axis of a side that is looked at
START_POINTS, MOST_POINTS = (49, 45), (3073, 705)  # on each of one, two axes
HALVES_AGREE = 1e-6  # all nodes are then good to about the square of it

LogIntegrand = Callable[[Floats, Integers], Floats]
"""``function(u, which)``: nodes (m, N, d) of the integrands ``which`` (m,) to logs (m, N)."""


class Box(NamedTuple):
    """Where to integrate.

    Attributes
    ----------
    center : ndarray, shape (n, d)
        Modes, or near them.
    root : ndarray, shape (n, d, d)
        Root of the inverse of minus the Hessian there: the standard deviations of the axes.
    low, high : ndarray, shape (n, d)
        Sides, in units of ``root`` from the center; low < 0 < high.
    """

    center: Floats
    root: Floats
    low: Floats
    high: Floats

    def take(self, which: Integers) -> Box:
        """Return these boxes."""
        return Box(*(part[which] for part in self))


class Nodes(NamedTuple):
    """Where integrands are looked at: u (n, N, d), and the logarithms of the weights (n, N)."""

    u: Floats
    log_weight: Floats


def find_box(function: LogIntegrand, center: Floats, root: Floats) -> Box:
    """Return boxes on whose sides the integrands have faded.

    A log-concave function that has faded everywhere on the surface of a box around its mode has
    faded everywhere outside it. Sides are moved outward, each by itself, until that is so.

    Parameters
    ----------
    function : callable
        Logarithms of the integrands.
    center : ndarray, shape (n, d)
        Modes, or near them.
    root : ndarray, shape (n, d, d)
        See `Box`.
    """
    n, d = center.shape
    sides = np.full((n, d, 2), REACH) * np.array([-1.0, 1.0])
    which = np.arange(n)
    peak = function(center[:, None, :], which)[:, 0]
    for _ in range(MOST_WIDER):
        box = Box(center, root, sides[..., 0], sides[..., 1]).take(which)
        full = _not_faded(function, box, which, peak[which])
        sides[which] = np.where(full, sides[which] * WIDER, sides[which])
        which = which[full.any(axis=(1, 2))]
        if not which.size:
            break
    return Box(center, root, sides[..., 0], sides[..., 1])


def _not_faded(function: LogIntegrand, box: Box, which: Integers, peak: Floats) -> Booleans:
    """Return for each side, shape (n, d, 2), whether something is left on it."""
    n, d = box.center.shape
    full = np.zeros((n, d, 2), dtype=bool)
    grid = _unit_grid(FACE_POINTS, d)
    for axis in range(d):
        for end in (0, 1):
            face = grid[grid[:, axis] == end]
            logs = function(_on_axes(box, face), which)
            full[:, axis, end] = logs.max(axis=1) > peak - FADED
    return full


def even_nodes(box: Box, points: int) -> Nodes:
    """Return equidistant nodes, ``points`` (odd) on each axis."""
    d = box.center.shape[1]
    step = (box.high - box.low) / (points - 1)
    size = np.linalg.slogdet(box.root)[1] + np.log(step).sum(axis=1)
    return Nodes(
        _on_axes(box, _unit_grid(points, d)),
        np.broadcast_to(size[:, None], (len(size), points**d)),
    )


def hermite_nodes(center: Floats, root: Floats, points: int) -> Nodes:
    """Return Gauss and Hermite's nodes, ``points`` on each axis; 1 is Laplace's approximation."""
    d = center.shape[1]
    x, weight = _hermite(points)
    axes = np.stack(np.meshgrid(*[x] * d, indexing="ij"), axis=-1).reshape(-1, d)
    logs = np.stack(np.meshgrid(*[np.log(weight) + x * x] * d, indexing="ij")).sum(axis=0).ravel()
    size = np.linalg.slogdet(root)[1] + 0.5 * d * np.log(2.0)
    u = center[:, None, :] + np.sqrt(2.0) * np.einsum("nij,Nj->nNi", root, axes)
    return Nodes(u, size[:, None] + logs)


def log_sums(logs: Floats, points: int, axes: int) -> tuple[Floats, Floats]:
    """Return log integrals (n,), and how far every second node alone is off, relatively.

    Parameters
    ----------
    logs : ndarray, shape (n, points ** axes)
        Logarithms of integrand times weight at `even_nodes`.
    points, axes : int
        Nodes on each axis, and axes.
    """
    peak = logs.max(axis=1)
    share = np.exp(logs - peak[:, None])
    total = share.sum(axis=1)
    every_second = (slice(None), *[slice(None, None, 2)] * axes)
    cube = share.reshape(len(logs), *[points] * axes)[every_second]
    half = cube.reshape(len(logs), -1).sum(axis=1) * 2.0**axes
    return peak + np.log(total), np.abs(half / total - 1)


def log_integral(function: LogIntegrand, box: Box) -> tuple[Floats, Floats]:
    """Return the logarithms of the integrals, and the estimates of their relative errors.

    Parameters
    ----------
    function : callable
        Logarithms of n log-concave integrands.
    box : Box
        From `find_box`.

    Returns
    -------
    value, error : ndarray, shape (n,)
        Nodes are doubled until every second one is enough for a relative error of 1e-6; the error
        of all of them is about the square of that.
    """
    n, d = box.center.shape
    value, error = np.empty(n), np.empty(n)
    which, points = np.arange(n), START_POINTS[d - 1]
    while which.size:
        nodes = even_nodes(box.take(which), points)
        value[which], off = log_sums(function(nodes.u, which) + nodes.log_weight, points, d)
        error[which] = off * off
        which = which[off > HALVES_AGREE]
        points = 2 * points - 1
        if points > MOST_POINTS[d - 1]:
            break
    return value, error


@lru_cache(maxsize=64)
def _hermite(points: int) -> tuple[Floats, Floats]:
    x, weight = np.polynomial.hermite.hermgauss(points)
    return np.asarray(x), np.asarray(weight)


@lru_cache(maxsize=64)
def _unit_grid(points: int, d: int) -> Floats:
    """Return the nodes of the unit cube, shape (points ** d, d)."""
    x = np.linspace(0.0, 1.0, points)
    grid = np.stack(np.meshgrid(*[x] * d, indexing="ij"), axis=-1).reshape(-1, d)
    grid.flags.writeable = False
    return grid


def _on_axes(box: Box, unit: Floats) -> Floats:
    """Return points of the unit cube, (N, d), in each box, (n, N, d)."""
    x = box.low[:, None, :] + (box.high - box.low)[:, None, :] * unit
    return np.asarray(box.center[:, None, :] + np.einsum("nij,nNj->nNi", box.root, x))
