"""The marginal likelihood of a generalized linear mixed model, with gradient and Hessian.

The linear predictors of study i are ``eta = offset + X beta + own a_i + sum_r lambda_r z_r u``:
linear in all parameters for given random effects u ~ N(0, I), whose standard deviations are the
lambdas. With D the derivative of eta in the parameters, l the log-likelihood of the study's
counts, and E and Var over the posterior of u,

    gradient = E[D' l1],    Hessian = E[D' l2 D] + Var[D' l1]

(Louis 1982, doi:10.1111/j.2517-6161.1982.tb01203.x), sums over the nodes of the integral.

Letters: k studies, g predictors of a study, p coefficients, r standard deviations, d axes of u,
q = p + r + 1 parameters of a study: shared ones, then its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp

from metaan.core.arrays import Floats, Integers
from metaan.numerics.quadrature import (
    HALVES_AGREE,
    MOST_POINTS,
    START_POINTS,
    Nodes,
    even_nodes,
    find_box,
    hermite_nodes,
    log_sums,
)
from metaan.twobytwo.glmm_kernels import Kernel, Slopes

MODE_STEPS, MODE_NEAR = 100, 0.03  # the nodes need a center, not the last digit of the mode
SMALLEST_STEP, MODE_LEAP = 1e-6, 30.0  # halved so far; of a predictor, which are logarithms
QUICK_POINTS = (15, 9)  # Gauss-Hermite nodes for a search, on each of one, two axes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """What the linear predictors are made of.

    Attributes
    ----------
    kernel : Kernel
        Likelihood of the counts.
    offset : ndarray, shape (k, g)
        Known part.
    x : ndarray, shape (k, g, p)
        Columns of the shared coefficients.
    z : ndarray, shape (k, g, r)
        What each standard deviation times its axis of u is multiplied by.
    axes : tuple of int, length r
        The axis of u that belongs to each standard deviation.
    spreads : tuple of str, length r
        Names of the standard deviations.
    own : ndarray, shape (k, g), or None
        Column of each study's own coefficient.
    """

    kernel: Kernel
    offset: Floats
    x: Floats
    z: Floats
    axes: tuple[int, ...] = ()
    spreads: tuple[str, ...] = ()
    own: Floats | None = None

    @property
    def k(self) -> int:
        """Number of studies."""
        return len(self.offset)

    @property
    def p(self) -> int:
        """Number of shared coefficients."""
        return int(self.x.shape[2])

    @property
    def d(self) -> int:
        """Number of axes of the random effects."""
        return max(self.axes, default=-1) + 1

    def without(self, name: str) -> Design:
        """Return the design with a standard deviation of 0."""
        kept = [r for r, spread in enumerate(self.spreads) if spread != name]
        used = sorted({self.axes[r] for r in kept})
        return replace(
            self,
            z=self.z[..., kept],
            axes=tuple(used.index(self.axes[r]) for r in kept),
            spreads=tuple(self.spreads[r] for r in kept),
        )


class Point(NamedTuple):
    """Values of the parameters: shared (p + r,), own (k,); zeros where a study has none."""

    shared: Floats
    own: Floats


class Height(NamedTuple):
    """The marginal log-likelihood at a point, study by study.

    Attributes
    ----------
    value : ndarray, shape (k,)
        Log-likelihoods.
    gradient : ndarray, shape (k, q)
        Derivatives in the shared parameters, then in the study's own one.
    hessian : ndarray, shape (k, q, q)
        Second derivatives.
    points : int
        Most nodes on an axis.
    error : float
        Estimate of the largest relative error of the integrals.
    """

    value: Floats
    gradient: Floats
    hessian: Floats
    points: int
    error: float


def height(design: Design, point: Point, *, quick: bool = False) -> Height:
    """Return the marginal log-likelihood with its derivatives.

    Parameters
    ----------
    design : Design
        The model.
    point : Point
        Where.
    quick : bool
        True: a few Gauss-Hermite nodes, for a search. False: as many nodes as it takes.
    """
    scale = _scale(design, point)
    center, root = modes(design, point, scale)
    every = np.arange(design.k)
    if design.d == 0:
        nodes = Nodes(center[:, None, :], np.zeros((design.k, 1)))
        return _at_nodes(design, point, nodes)

    def logs(u: Floats, which: Integers) -> Floats:
        return _log_integrand(u, _slopes(design, point, scale, u, which))

    if quick:
        return _at_nodes(design, point, hermite_nodes(center, root, QUICK_POINTS[design.d - 1]))
    box = find_box(logs, center, root)
    points, which, error = START_POINTS[design.d - 1], every, 0.0
    value, q = np.empty(design.k), len(point.shared) + 1
    gradient, hessian = np.empty((design.k, q)), np.empty((design.k, q, q))
    while True:
        nodes = even_nodes(box.take(which), points)
        slopes = _slopes(design, point, scale, nodes.u, which)
        terms = _log_integrand(nodes.u, slopes) + nodes.log_weight
        total, off = log_sums(terms, points, design.d)
        good = (off <= HALVES_AGREE) | (2 * points - 1 > MOST_POINTS[design.d - 1])
        done = which[good]
        value[done] = total[good]
        some = Slopes(*(part[good] for part in slopes))
        share = np.exp(terms[good] - total[good, None])
        gradient[done], hessian[done] = _louis(design, nodes.u[good], some, share, done)
        error = max(error, float(np.max(off[good], initial=0.0)) ** 2)
        which = which[~good]
        if not which.size:
            return Height(value, gradient, hessian, points, error)
        points = 2 * points - 1


def gauss_hermite_height(design: Design, point: Point, points: int) -> Floats:
    """Return the log-likelihoods (k,) by adaptive Gauss-Hermite quadrature with so many nodes.

    That is what other programs maximize (``nAGQ`` nodes on each axis; 1 is Laplace's
    approximation); ours does not depend on a number of nodes.
    """
    scale = _scale(design, point)
    center, root = modes(design, point, scale, near=1e-12)
    nodes = hermite_nodes(center, root, points)
    return _at_nodes(design, point, nodes).value


def modes(
    design: Design, point: Point, scale: Floats, near: float = MODE_NEAR
) -> tuple[Floats, Floats]:
    """Return the modes of the random effects, (k, d), and the roots of the inverse Hessians.

    Newton's method; the integrand is log-concave. A step is halved that does not climb, or, near
    the top, where the values of millions of events are rounding, does not flatten the slope.
    """
    which = np.arange(design.k)
    u = np.zeros((design.k, design.d))
    identity = np.eye(design.d)

    def look(u: Floats) -> tuple[Floats, Floats, Floats]:
        slopes = _slopes(design, point, scale, u[:, None, :], which)
        gradient = np.einsum("kgd,kg->kd", scale, slopes.l1[:, 0]) - u
        minus = identity - np.einsum("kgd,kg,kge->kde", scale, slopes.l2[:, 0], scale)
        return _log_integrand(u[:, None, :], slopes)[:, 0], gradient, minus

    value, gradient, minus = look(u)
    for _ in range(MODE_STEPS if design.d else 0):
        step = np.linalg.solve(minus, gradient[..., None])[..., 0]
        longest = np.abs(np.einsum("kgd,kd->kg", scale, step)).max(axis=1)
        step *= np.minimum(1.0, MODE_LEAP / np.maximum(longest, MODE_LEAP))[:, None]
        gain = np.einsum("kd,kd->k", step, gradient)
        if np.all(gain <= near * near):
            break
        share = np.ones(design.k)
        while True:
            new = look(u + share[:, None] * step)
            slope = np.abs(np.einsum("kd,kd->k", step, new[1]))
            flatter = (gain < 1) & (slope < gain / 2)
            worse = (new[0] < value + 1e-4 * share * gain - 1e-9) & ~flatter
            worse &= share > SMALLEST_STEP
            if not worse.any():
                break
            share = np.where(worse, share / 2, share)
        u = u + share[:, None] * step
        value, gradient, minus = new
    return u, np.linalg.cholesky(np.linalg.inv(minus)) if design.d else minus


def _scale(design: Design, point: Point) -> Floats:
    """Return the derivative of the predictors in u, shape (k, g, d)."""
    scale = np.zeros((*design.offset.shape, design.d))
    for r, axis in enumerate(design.axes):
        scale[..., axis] += point.shared[design.p + r] * design.z[..., r]
    return scale


def _slopes(design: Design, point: Point, scale: Floats, u: Floats, which: Integers) -> Slopes:
    base = design.offset + design.x @ point.shared[: design.p]
    if design.own is not None:
        base = base + design.own * point.own[:, None]
    eta = base[which][:, None, :] + u @ np.swapaxes(scale[which], 1, 2)
    return design.kernel.slopes(eta, which)


def _log_integrand(u: Floats, slopes: Slopes) -> Floats:
    d = u.shape[-1]
    normal = -0.5 * np.einsum("mNd,mNd->mN", u, u) - 0.5 * d * np.log(2 * np.pi)
    return np.asarray(slopes.l.sum(axis=-1) + normal)


def _at_nodes(design: Design, point: Point, nodes: Nodes) -> Height:
    """Return the height with these nodes."""
    every = np.arange(design.k)
    slopes = _slopes(design, point, _scale(design, point), nodes.u, every)
    terms = _log_integrand(nodes.u, slopes) + nodes.log_weight
    value = logsumexp(terms, axis=1)
    gradient, hessian = _louis(design, nodes.u, slopes, np.exp(terms - value[:, None]), every)
    return Height(value, gradient, hessian, nodes.u.shape[1], 0.0)


def _louis(
    design: Design, u: Floats, slopes: Slopes, share: Floats, which: Integers
) -> tuple[Floats, Floats]:
    """Return gradients and Hessians; ``share`` (m, N) is the posterior of the nodes."""
    columns = _columns(design, u, which)
    m, count, g, q = columns.shape
    score = (slopes.l1[:, :, None, :] @ columns)[:, :, 0]
    gradient = (share[:, None, :] @ score)[:, 0]
    score -= gradient[:, None, :]
    hessian = np.swapaxes(score, 1, 2) @ (share[..., None] * score)
    weighted = columns * (share[..., None] * slopes.l2)[..., None]
    flat = columns.reshape(m, count * g, q)
    return gradient, hessian + np.swapaxes(flat, 1, 2) @ weighted.reshape(m, count * g, q)


def _columns(design: Design, u: Floats, which: Integers) -> Floats:
    """Return the derivatives of the predictors in all parameters, shape (m, N, g, q)."""
    m, count = u.shape[:2]
    g, p = design.offset.shape[1], design.p
    columns = np.empty((m, count, g, p + len(design.axes) + 1))
    columns[..., :p] = design.x[which][:, None]
    for r, axis in enumerate(design.axes):
        columns[..., p + r] = design.z[which][:, None, :, r] * u[..., axis][..., None]
    columns[..., -1] = 0.0 if design.own is None else design.own[which][:, None, :]
    return columns
