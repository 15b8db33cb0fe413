"""The chance that a study is published: a normal density times a selection function, integrated.

Every integral is a sum over C *components*, pieces of the axis of z on which the selection
function is constant (intervals, closed form) or looked at (nodes of Gauss and Legendre's rule, and
two tails). Since the standard deviation of a study's z is sqrt(1 + tau² / v) >= 1, fixed nodes are
good for all studies and all tau²; what depends on the p-value alone is computed once.

Letters: z, m its expectation, r its standard deviation, He_n Hermite polynomials of
``t = (z - m) / r``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np
from scipy.special import log_ndtr

from metaan.core.arrays import Floats, Integers
from metaan.diagnostics.selection.functions import (
    LogWeight,
    Places,
    SmoothFunction,
    from_edge,
)

LOG_ROOT_2PI = 0.5 * float(np.log(2 * np.pi))


class Components(NamedTuple):
    """Shares of the normal density, shape (n, k, C).

    Attributes
    ----------
    log_share : ndarray
        Logarithms of the probabilities of the pieces (weights times densities of nodes).
    hermite : tuple of ndarray
        Means of He_1 to He_4 over the pieces.
    """

    log_share: Floats
    hermite: tuple[Floats, Floats, Floats, Floats]


class Selector(Protocol):
    """What a likelihood asks of a selection function; n points of the search, k studies."""

    def log_share(self, m: Floats, r: Floats) -> Floats:
        """Return logarithms of the probabilities of the pieces alone, shape (n, k, C)."""

    def components(self, m: Floats, r: Floats) -> Components:
        """Return the pieces, for m and r of shape (n, k)."""

    def weights(self, eta: Floats) -> LogWeight:
        """Return log w on them, for parameters (n, q) as they are searched."""

    def observed(self, eta: Floats) -> LogWeight:
        """Return log w at the studies' own z, shape (n, k)."""

    def take(self, which: Integers) -> Selector:
        """Return that of some points of the search."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SmoothSelector:
    """A smooth function.

    Attributes
    ----------
    function : callable
        log w.
    nodes, log_width : ndarray, shape (C - 2,)
        Places on the axis of z and logarithms of the widths they stand for.
    ends : tuple of float
        Beyond which w is constant.
    places : Places, shape (k or 1, C)
        p-values at the nodes and at the ends.
    own : Places, shape (k, 1)
        p-values of the studies.
    edge : Places, shape (k or 1, 1), or None
        The p-value up to which all studies are published alike, if there is one.
    beyond, own_beyond : ndarray, shape (1, C) and (k, 1)
        Which p-values are larger.
    """

    function: SmoothFunction
    nodes: Floats
    log_width: Floats
    ends: tuple[float, float]
    places: Places
    own: Places
    edge: Places | None
    beyond: Floats
    own_beyond: Floats

    def log_share(self, m: Floats, r: Floats) -> Floats:
        """Return those of nodes and tails."""
        scale = 1 / r[..., None]
        log_share = np.empty((*m.shape, len(self.nodes) + 2))
        t = (self.nodes - m[..., None]) * scale
        t *= t
        t *= -0.5
        t += self.log_width
        log_share[..., :-2] = t
        log_share[..., :-2] -= (np.log(r) + LOG_ROOT_2PI)[..., None]
        for side, end, sign in self._tails():
            log_share[..., side] = log_ndtr(sign * (end - m) * scale[..., 0])
        return log_share

    def _tails(self) -> tuple[tuple[int, float, float], ...]:
        return (-2, self.ends[0], 1.0), (-1, self.ends[1], -1.0)

    def components(self, m: Floats, r: Floats) -> Components:
        """Return nodes and tails."""
        scale = 1 / r[..., None]
        log_share = self.log_share(m, r)
        first = np.zeros(log_share.shape)
        first[..., :-2] = (self.nodes - m[..., None]) * scale
        second = first * first
        third = (second - 3) * first
        fourth = (second - 6) * second + 3
        second -= 1
        for side, end, sign in self._tails():
            edge, tail = (end - m) * scale[..., 0], log_share[..., side]
            # the mean of He_n over a tail is He_(n-1) at its edge times density over probability
            rate = -sign * np.exp(-0.5 * edge * edge - LOG_ROOT_2PI - tail)
            first[..., side] = rate
            second[..., side] = rate * edge
            third[..., side] = rate * (edge * edge - 1)
            fourth[..., side] = rate * edge * (edge * edge - 3)
        return Components(log_share, (first, second, third, fourth))

    def weights(self, eta: Floats) -> LogWeight:
        """Return log w at nodes and ends, (n, k or 1, C)."""
        return self._relative(self.places, self.beyond, eta)

    def observed(self, eta: Floats) -> LogWeight:
        """Return log w of the studies, (n, k)."""
        found = self._relative(self.own, self.own_beyond, eta)
        return LogWeight(
            found.value[..., 0],
            tuple(each[..., 0] for each in found.first),
            tuple(tuple(each[..., 0] for each in row) for row in found.second),
        )

    def _relative(self, at: Places, beyond: Floats, eta: Floats) -> LogWeight:
        found = self.function(at, _columns(eta))
        if self.edge is None:
            return found
        return from_edge(found, self.function(self.edge, _columns(eta)), beyond)

    def take(self, which: Integers) -> SmoothSelector:
        """Return itself: it is the same at all points."""
        del which
        return self


def _columns(eta: Floats) -> tuple[Floats, ...]:
    return tuple(eta[:, j, None, None] for j in range(eta.shape[1]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IntervalSelector:
    """Constant weights on intervals of z; their logarithms are the parameters.

    Attributes
    ----------
    cuts : ndarray, shape (n or 1, k or 1, C - 1)
        Between the intervals, increasing.
    parameter : tuple of int, length C
        Which parameter is the log weight of each interval; -1 for a weight of 1.
    own : ndarray, shape (n or 1, k)
        Parameter of the interval of each study, or -1.
    """

    cuts: Floats
    parameter: tuple[int, ...]
    own: Integers

    def log_share(self, m: Floats, r: Floats) -> Floats:
        """Return those of the intervals."""
        t = (self.cuts - m[..., None]) / r[..., None]
        shape = (*t.shape[:-1], t.shape[-1] + 1)
        low, high = np.full(shape, -np.inf), np.full(shape, np.inf)
        low[..., 1:], high[..., :-1] = t, t
        return log_between(low, high)

    def components(self, m: Floats, r: Floats) -> Components:
        """Return the intervals."""
        t = (self.cuts - m[..., None]) / r[..., None]
        log_share = self.log_share(m, r)
        shape = log_share.shape
        at = [_edge_terms(t, log_share, side) for side in (slice(1, None), slice(None, -1))]
        means = []
        for lower, upper in zip(*at, strict=True):
            mean = np.zeros(shape)
            mean[..., 1:] += lower
            mean[..., :-1] -= upper
            means.append(mean)
        return Components(log_share, (means[0], means[1], means[2], means[3]))

    def weights(self, eta: Floats) -> LogWeight:
        """Return log w of the intervals, (n, 1, C)."""
        return self._weights(eta, np.asarray(self.parameter)[None, None])

    def observed(self, eta: Floats) -> LogWeight:
        """Return log w of the studies, (n, k)."""
        return self._weights(eta, self.own)

    def _weights(self, eta: Floats, which: Integers) -> LogWeight:
        n, q = eta.shape
        known = np.concatenate((eta, np.zeros((n, 1))), axis=1)  # -1 is the last one
        value = known[np.arange(n).reshape(-1, *[1] * (which.ndim - 1)), which]
        first = tuple(np.asarray(which == j, dtype=np.float64) for j in range(q))
        none = np.zeros((1,) * which.ndim)
        return LogWeight(value, first, ((none,) * q,) * q)

    def take(self, which: Integers) -> IntervalSelector:
        """Return that of some points of the search."""
        if len(self.own) == 1:
            return self
        return replace(self, cuts=self.cuts[which], own=self.own[which])


def log_between(low: Floats, high: Floats) -> Floats:
    """Return log(Phi(high) - Phi(low)), from the tail in which the interval lies.

    Parameters
    ----------
    low, high : ndarray
        Ends, low <= high; infinite ones too.
    """
    # mirrored where the interval lies above 0, so that no digits are lost
    turn = low > 0
    a, b = np.where(turn, -high, low), np.where(turn, -low, high)
    with np.errstate(divide="ignore", invalid="ignore"):
        beside = log_ndtr(b) + np.log1p(-np.exp(log_ndtr(a) - log_ndtr(b)))
        across = np.log1p(-(np.exp(log_ndtr(a)) + np.exp(log_ndtr(-b))))
    return np.asarray(np.where((a < 0) & (b > 0), across, beside))


def _edge_terms(t: Floats, log_share: Floats, side: slice) -> tuple[Floats, ...]:
    """Return He_0 to He_3 at the edges, times density over the probability of one neighbor."""
    with np.errstate(invalid="ignore"):
        rate = np.exp(-0.5 * t * t - LOG_ROOT_2PI - log_share[..., side])
    rate = np.where(np.isfinite(rate), rate, 0.0)
    square = t * t
    return rate, rate * t, rate * (square - 1), rate * t * (square - 3)


@lru_cache(maxsize=8)
def _legendre(points: int) -> tuple[Floats, Floats]:
    x, weight = np.polynomial.legendre.leggauss(points)
    return np.asarray(x), np.asarray(weight)


def panel_nodes(breaks: Floats, points: int) -> tuple[Floats, Floats]:
    """Return Gauss and Legendre's nodes on panels, and the logarithms of their weights.

    Parameters
    ----------
    breaks : ndarray, shape (b,)
        Ends of the panels, increasing.
    points : int
        Nodes on each of them.
    """
    x, weight = _legendre(points)
    half, middle = np.diff(breaks) / 2, (breaks[:-1] + breaks[1:]) / 2
    nodes = middle[:, None] + half[:, None] * x
    return nodes.ravel(), np.log(half[:, None] * weight).ravel()
