"""The log-likelihood of a selection model with its gradient and Hessian, many points at once.

A study of effect y has the density ``phi(y) w(y) / A``: phi that of a normal distribution with
mean ``x beta`` and variance v + tau², w its selection function and A the integral of their
product. In units of the study's standard error, with z, m = x beta / se and R = 1 + tau² / v, all
derivatives of A in m and R are integrals of Hermite polynomials, because a normal density has
``d/dR = ½ d²/dm²``; so gradient and Hessian cost one pass over the same components as A itself.

Letters: theta (n, d) holds beta (p, of an orthonormal design), tau² and eta (q, the parameters of
the selection function as they are searched); everything is in units in which variances are near 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.diagnostics.selection.components import Components, Selector
from metaan.diagnostics.selection.functions import LogWeight

LOG_2PI = float(np.log(2 * np.pi))
CELLS = 1000  # points times studies that are looked at together


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """What is maximized.

    Attributes
    ----------
    z, v, se : ndarray, shape (k,)
        Turned effects over their standard errors; variances and standard errors.
    x : ndarray, shape (k, p)
        Design, turned and orthonormal.
    selector : Selector or None
        Selection function; None for none, whatever eta is.
    q : int
        Number of its parameters.
    """

    z: Floats
    v: Floats
    se: Floats
    x: Floats
    selector: Selector | None
    q: int

    @property
    def p(self) -> int:
        """Number of coefficients."""
        return int(self.x.shape[1])


class Curved(NamedTuple):
    """Log-likelihoods (n,), gradients (n, d), Hessians (n, d, d)."""

    value: Floats
    gradient: Floats
    hessian: Floats


class _Local(NamedTuple):
    """Each study's log-likelihood (n, k), and derivatives in m, R and eta, by place."""

    value: Floats
    first: list[Floats]
    second: list[list[Floats]]


def evaluate(problem: Problem, theta: Floats, which: Integers) -> Curved:
    """Return the log-likelihood at some points.

    Parameters
    ----------
    problem : Problem
        k studies.
    theta : ndarray, shape (n, d)
        Points.
    which : ndarray, shape (n,)
        Their numbers, where every point has a cut of its own.
    """
    p = problem.p
    ratio = 1 + theta[:, p, None] / problem.v
    m = (theta[:, :p] @ problem.x.T) / problem.se
    local = _normal(problem, m, ratio)
    if problem.selector is not None:
        selector = problem.selector.take(which)
        eta = theta[:, p + 1 :]
        _add(local, _integral(selector, m, ratio, eta), -1.0)
        own = selector.observed(eta)
        _add(local, _of_parameters(own, m.shape), 1.0)
    return _assembled(problem, local)


def heights(problem: Problem, theta: Floats) -> Floats:
    """Return log-likelihoods alone, shape (n,), of a problem whose points share their cuts."""
    p, found = problem.p, np.empty(len(theta))
    rows = max(1, CELLS // len(problem.z))
    for begin in range(0, len(theta), rows):
        some = theta[begin : begin + rows]
        ratio = 1 + some[:, p, None] / problem.v
        m = (some[:, :p] @ problem.x.T) / problem.se
        off = problem.z - m
        value = -0.5 * (LOG_2PI + np.log(problem.v * ratio) + off * off / ratio)
        if problem.selector is not None:
            eta = some[:, p + 1 :]
            share = problem.selector.log_share(m, np.sqrt(ratio))
            share += problem.selector.weights(eta).value
            value += problem.selector.observed(eta).value - _log_sum(share)
        found[begin : begin + rows] = value.sum(axis=-1)
    return found


def _log_sum(logs: Floats) -> Floats:
    """Return the logarithm of the sum of exponentials along the last axis; ``logs`` is spent."""
    peak = logs.max(axis=-1)
    logs -= peak[..., None]
    return np.asarray(peak + np.log(np.exp(logs, out=logs).sum(axis=-1)))


def _normal(problem: Problem, m: Floats, ratio: Floats) -> _Local:
    """Return the log of the normal density of each effect, and its derivatives."""
    off = problem.z - m
    scaled = off / ratio
    square = scaled * scaled
    value = -0.5 * (LOG_2PI + np.log(problem.v * ratio) + off * scaled)
    none = np.zeros_like(m)
    first = [scaled, 0.5 * (square - 1 / ratio), *(none.copy() for _ in range(problem.q))]
    size = 2 + problem.q
    second = [[none.copy() for _ in range(size)] for _ in range(size)]
    second[0][0] = -1 / ratio
    second[0][1] = -scaled / ratio
    second[1][1] = 0.5 / (ratio * ratio) - square / ratio
    return _Local(value, first, second)


def _of_parameters(own: LogWeight, shape: tuple[int, ...]) -> _Local:
    """Return log weights of the studies as terms that depend on eta alone."""
    none = np.zeros(shape)
    q = len(own.first)
    first = [none, none, *own.first]
    second = [[none] * (2 + q) for _ in range(2 + q)]
    for i in range(q):
        for j in range(i, q):
            second[2 + i][2 + j] = own.second[i][j]
    return _Local(np.broadcast_to(own.value, shape), first, second)


def _add(to: _Local, other: _Local, sign: float) -> None:
    """Add a term in place; of the second derivatives the upper half."""
    to.value[...] += sign * other.value
    for i, first in enumerate(other.first):
        to.first[i] += sign * first
        for j in range(i, len(other.first)):
            to.second[i][j] = to.second[i][j] + sign * other.second[i][j]


def _integral(selector: Selector, m: Floats, ratio: Floats, eta: Floats) -> _Local:
    """Return log A of each study, and its derivatives."""
    root = np.sqrt(ratio)
    found, weight = selector.components(m, root), selector.weights(eta)
    logs = found.log_share + weight.value
    peak = logs.max(axis=-1, keepdims=True)
    share = np.exp(logs - peak)
    total = share.sum(axis=-1)
    share /= total[..., None]
    one, two, three, four = (np.vecdot(share, each) for each in found.hermite)
    # A's own derivatives over A, in m, R and each of eta
    first = [one / root, two / (2 * ratio), *(np.vecdot(share, each) for each in weight.first)]
    size = len(first)
    second = [[np.empty(0)] * size for _ in range(size)]
    second[0][0] = two / ratio
    second[0][1] = three / (2 * ratio * root)
    second[1][1] = four / (4 * ratio * ratio)
    _cross(second, share, found, weight, root)
    for i in range(size):
        for j in range(i, size):
            second[i][j] = second[i][j] - first[i] * first[j]
    return _Local(peak[..., 0] + np.log(total), first, second)


def _cross(
    second: list[list[Floats]], share: Floats, found: Components, weight: LogWeight, root: Floats
) -> None:
    """Fill in the second derivatives of A, over A, in which parameters take part."""
    q = len(weight.first)
    if not q:
        return
    by_mean, by_spread = share * found.hermite[0], share * found.hermite[1]
    for i, first in enumerate(weight.first):
        second[0][2 + i] = np.vecdot(by_mean, first) / root
        second[1][2 + i] = np.vecdot(by_spread, first) / (2 * root * root)
        for j in range(i, q):
            curved = weight.second[i][j] + first * weight.first[j]
            second[2 + i][2 + j] = np.vecdot(share, curved)


def _assembled(problem: Problem, local: _Local) -> Curved:
    """Return sums over studies, in theta."""
    n, p, q = len(local.value), problem.p, problem.q
    d = p + 1 + q
    by_m, by_ratio = problem.x / problem.se[:, None], 1 / problem.v
    gradient, hessian = np.empty((n, d)), np.empty((n, d, d))
    gradient[:, :p] = local.first[0] @ by_m
    gradient[:, p] = local.first[1] @ by_ratio
    hessian[:, :p, :p] = np.matmul(by_m.T, local.second[0][0][..., None] * by_m)
    hessian[:, :p, p] = (local.second[0][1] * by_ratio) @ by_m
    hessian[:, p, p] = local.second[1][1] @ (by_ratio * by_ratio)
    for i in range(q):
        gradient[:, p + 1 + i] = local.first[2 + i].sum(axis=-1)
        hessian[:, :p, p + 1 + i] = local.second[0][2 + i] @ by_m
        hessian[:, p, p + 1 + i] = local.second[1][2 + i] @ by_ratio
        for j in range(i, q):
            hessian[:, p + 1 + i, p + 1 + j] = local.second[2 + i][2 + j].sum(axis=-1)
    low = np.tril_indices(d, -1)
    hessian[:, low[0], low[1]] = hessian[:, low[1], low[0]]
    return Curved(local.value.sum(axis=-1), gradient, hessian)
