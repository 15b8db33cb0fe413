"""Likelihoods of one study's counts given its linear predictors, with two derivatives.

Letters: eta linear predictor; x events, n people, t person-time; l, l1, l2 the log-likelihood of
one predictor, constants included, and its derivatives. A kernel is given predictors (m, N, g) of
the studies ``which`` (m,): N nodes, g predictors each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
from scipy.special import betaln, gammaln, logit, xlogy

from metaan.core.arrays import Floats, Integers
from metaan.numerics.search import bracketed_root

TINY = 1e-200  # person-time that stands for none
LARGEST = 300.0  # of a log rate: e^300 and its square still are numbers
FAR = 600.0  # of a log odds from its own maximum: e^600 still is a number
FARTHEST = 100.0  # log odds ratio of a table of 10^20 people
SPREADS, SLACK = 9.0, 14.0  # half a window, in standard deviations and in counts


class Slopes(NamedTuple):
    """Log-likelihoods with their derivatives, each of the shape of eta."""

    l: Floats  # noqa: E741
    l1: Floats
    l2: Floats


class Saturated(NamedTuple):
    """Each predictor by itself, shape (k, g).

    Attributes
    ----------
    eta : ndarray
        Where its likelihood is highest; infinite at the end of what can be counted.
    information : ndarray
        Minus the second derivative there; 0 at infinity.
    l : ndarray
        Log-likelihood there.
    """

    eta: Floats
    information: Floats
    l: Floats  # noqa: E741


class Kernel(Protocol):
    """What a kernel does."""

    def slopes(self, eta: Floats, which: Integers) -> Slopes:
        """Return the log-likelihoods and their derivatives."""
        ...

    def saturated(self) -> Saturated:
        """Return each predictor's own maximum."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Binomial:
    """Events x among n people, logit link; both of shape (k, g)."""

    x: Floats
    n: Floats
    top: Saturated = field(init=False)

    def __post_init__(self) -> None:
        """Find each predictor's own maximum."""
        n = np.where(self.n > 0, self.n, 1.0)
        eta, spared = logit(self.x / n), self.n - self.x
        constant = -np.log1p(self.n) - betaln(spared + 1, self.x + 1)
        value = constant + xlogy(self.x, self.x / n) + xlogy(spared, spared / n)
        object.__setattr__(self, "top", Saturated(eta, self.x * spared / n, value))

    def slopes(self, eta: Floats, which: Integers) -> Slopes:
        """Return ``x eta - n log(1 + e^eta) + log C(n, x)`` and its derivatives."""
        x, n = self.x[which][:, None, :], self.n[which][:, None, :]
        small = np.exp(-np.abs(eta))
        p = np.where(eta > 0, 1.0, small) / (1 + small)
        inner = (x > 0) & (x < n)
        end = -n * (np.maximum(np.where(x > 0, -eta, eta), 0.0) + np.log1p(small))
        value = np.where(inner, self._from_top(eta, which), end)
        return Slopes(value, x - n * p, -n * small / (1 + small) ** 2)

    def _from_top(self, eta: Floats, which: Integers) -> Floats:
        """Return log-likelihoods as distances from the top, where there is one.

        Differences of the numbers of people times eta would be rounding for millions of them.
        """
        top, value = (part[which][:, None, :] for part in (self.top.eta, self.top.l))
        n = np.where(np.isfinite(top), self.n[which][:, None, :], 1.0)
        x = np.where(np.isfinite(top), self.x[which][:, None, :], 0.0)
        off = eta - np.where(np.isfinite(top), top, 0.0)
        few = 2 * x <= n
        away, part = np.where(few, off, -off), np.where(few, x, n - x)
        steep = np.maximum(away - FAR, 0.0)
        bent = np.log1p(part / n * np.expm1(away - steep)) + steep
        return np.asarray(value + part * away - n * bent)

    def saturated(self) -> Saturated:
        """Return logits of x / n."""
        return self.top


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Poisson:
    """Events x in person-time t, log link; both of shape (k, g)."""

    x: Floats
    t: Floats

    def slopes(self, eta: Floats, which: Integers) -> Slopes:
        """Return ``x log(t e^eta) - t e^eta - log x!`` and its derivatives."""
        x, t = self.x[which][:, None, :], self.t[which][:, None, :]
        log_mean = np.minimum(eta + np.log(np.maximum(t, TINY)), LARGEST)
        mean = np.exp(log_mean)
        off = log_mean - np.log(np.where(x > 0, x, 1.0))
        top = xlogy(x, x) - x - gammaln(x + 1)
        # as distances from the top, which millions of events do not turn into rounding
        value = np.where(x > 0, top + x * (off - np.expm1(off)), -mean)
        return Slopes(value, x - mean, -mean)

    def saturated(self) -> Saturated:
        """Return logarithms of x / t."""
        with np.errstate(divide="ignore"):
            eta = np.log(self.x / self.t)
        value = xlogy(self.x, self.x) - self.x - gammaln(self.x + 1)
        return Saturated(eta, self.x, value)


class Hypergeometric:
    """Events x of the first group given both margins; eta is the log odds ratio.

    Notes
    -----
    ``log [C(n1, x) C(n2, s - x) e^(x eta) / sum_j C(n1, j) C(n2, s - j) e^(j eta)]``, Fisher's
    noncentral hypergeometric distribution. Terms are logarithms relative to that of x, from sums
    of the logarithms of the ratios of neighbors: no factorial of a large number enters. Only a
    window of 9 standard deviations (and 14 counts) around the mode is summed; what is left out is
    below rounding.

    References
    ----------
    .. [1] Liao JG, Rosen O (2001). Am Stat 55:366. doi:10.1198/000313001753272547
    """

    def __init__(self, events: Floats, people: Floats) -> None:
        (x, y), (n1, n2) = events.T, people.T
        s = x + y
        self.low, high = np.maximum(0.0, s - n2), np.minimum(s, n1)
        self.x, self.s, self.n1, self.n2 = x, s, n1, n2
        self.length = (high - self.low + 1).astype(np.int64)
        j = self.low[:, None] + np.arange(int(self.length.max()) - 1)
        inside = j < high[:, None]
        up = np.where(inside, (n1[:, None] - j) * (s[:, None] - j), 1.0)
        down = np.where(inside, (j + 1) * (n2[:, None] - s[:, None] + j + 1), 1.0)
        logs = np.zeros((len(x), int(self.length.max())))
        np.cumsum(np.log(up) - np.log(down), axis=1, out=logs[:, 1:])
        own = (x - self.low).astype(np.int64)
        logs -= np.take_along_axis(logs, own[:, None], axis=1)
        logs[np.arange(logs.shape[1]) >= self.length[:, None]] = -np.inf
        self.logs = logs

    def slopes(self, eta: Floats, which: Integers) -> Slopes:
        """Return the log-likelihoods and their derivatives."""
        start, width = self._window(eta[..., 0], which)
        place = start[..., None] + np.arange(width)
        from_x = place + (self.low - self.x)[which][:, None, None]
        size = self.logs.shape[1]
        terms = self.logs.ravel()[place + (which * size)[:, None, None]] + from_x * eta
        peak = terms.max(axis=-1, keepdims=True)
        share = np.exp(terms - peak)
        total = share.sum(axis=-1, keepdims=True)
        mean = np.einsum("mNw,mNw->mN", share, from_x)[..., None] / total
        from_x -= mean
        variance = np.einsum("mNw,mNw,mNw->mN", share, from_x, from_x)[..., None] / total
        return Slopes(-peak - np.log(total), -mean, -variance)

    def saturated(self) -> Saturated:
        """Return the conditional estimates of the log odds ratios."""
        high = self.low + self.length - 1
        inner = np.flatnonzero((self.x > self.low) & (self.x < high))
        eta = np.where(self.x > self.low, np.inf, -np.inf)
        information, value = np.zeros(len(eta)), np.zeros(len(eta))

        def slope(at: Floats, which: Integers) -> Floats:
            return self.slopes(at[:, None, None], inner[which]).l1[:, 0, 0]

        if inner.size:
            ends = np.full(len(inner), FARTHEST)
            eta[inner] = bracketed_root(slope, -ends, ends)
            there = self.slopes(eta[inner][:, None, None], inner)
            information[inner], value[inner] = -there.l2[:, 0, 0], there.l[:, 0, 0]
        return Saturated(eta[:, None], information[:, None], value[:, None])

    def _window(self, eta: Floats, which: Integers) -> tuple[Integers, int]:
        """Return the first place of each window, (m, N), and the width of all of them."""
        s, n1, n2 = (part[which][:, None] for part in (self.s, self.n1, self.n2))
        low, length = self.low[which][:, None], self.length[which][:, None]
        # Cornfield's mean: m (n2 - s + m) = e^eta (n1 - m) (s - m), divided by max(1, e^eta)
        odds, over = np.exp(np.minimum(eta, 0.0)), np.exp(-np.maximum(eta, 0.0))
        b = odds * (n1 + s) + over * (n2 - s)
        root = np.sqrt(np.maximum(b * b - 4 * (odds - over) * odds * n1 * s, 0.0))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            positive = 2 * odds * n1 * s / (b + root)
            negative = (b - root) / (2 * (odds - over))
            mean = np.clip(np.where(b > 0, positive, negative), low, low + length - 1)
            mean = np.abs(mean)  # 1 / -0.0 would be minus infinity
            precision = 1 / mean + 1 / (n1 - mean) + 1 / (s - mean) + 1 / (n2 - s + mean)
        half = SPREADS * np.sqrt(np.max(1 / precision)) + SLACK
        width = int(min(2 * np.ceil(half) + 1, length.max()))
        start = np.rint(mean - low).astype(np.int64) - width // 2
        return np.clip(start, 0, np.maximum(length - width, 0)), width
