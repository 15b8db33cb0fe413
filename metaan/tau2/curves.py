"""Sums along tau², for many values at once: what the searches of this room look at.

With w = 1 / (v + tau²), r the weighted residuals and P the residual projection:
``q = y'P y``, ``a = y'P P y = -dq/dtau²``, ``b = y'P P P y = -½ da/dtau²``, ``t`` the trace of P
(REML) or of W (ML) and ``u = -dt/dtau²`` the trace of its square. All five fall with tau² and
are convex: with K a basis of the design's complement and m, z the eigenvalues and coordinates of
``K'V K`` and ``K'y``, ``q = sum z² / (m + tau²)`` and so on.

Studies come first here, ``(k, ...)``: sums over the first axis run along whole rows of analyses.
Absent studies have v = inf, so that their weight is 0 without a mask.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.numerics.projection import fit_weighted, residual_square, trace, trace_square
from metaan.tau2.studies import Studies

CELLS = 60_000  # numbers in one array of a step: they stay in the processor's cache


class Sums(NamedTuple):
    """Four sums of the module, at some values of tau²."""

    a: Floats
    b: Floats
    t: Floats
    u: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curves:
    """The sums of n analyses as functions of tau², studies first; `curves` makes them.

    Attributes
    ----------
    y, v : ndarray, shape (k, n)
        Effects about their inverse-variance mean, and variances, ``inf`` where a study is absent.
    studies : Studies
        Where they come from.
    smallest, largest : ndarray, shape (n,)
        Range of the variances.
    """

    y: Floats
    v: Floats
    studies: Studies
    smallest: Floats
    largest: Floats

    def take(self, rows: Integers) -> Curves:
        """Return some of the analyses."""
        return Curves(
            y=self.y[:, rows],
            v=self.v[:, rows],
            studies=self.studies if self.studies.x is None else self.studies.take(rows),
            smallest=self.smallest[rows],
            largest=self.largest[rows],
        )

    def q_and_slope(self, tau2: Floats) -> tuple[Floats, Floats]:
        """Return q and a at one tau² for each analysis, shape (n,)."""
        if self.studies.x is not None:
            w, r = self._weighted(tau2)
            a = w * r
            return np.add.reduce(a * r, axis=-1), np.add.reduce(a * a, axis=-1)
        w = 1 / (self.v + tau2)
        r = self.y - np.add.reduce(w * self.y, axis=0) / np.add.reduce(w, axis=0)
        a = w * r
        return np.add.reduce(a * r, axis=0), np.add.reduce(a * a, axis=0)

    def score(self, tau2: Floats, *, restricted: bool) -> tuple[Floats, Floats]:
        """Return a and t, shape (g, n), on a grid of that shape."""
        if self.studies.x is not None:
            parts = [self.sums(row, restricted=restricted) for row in tau2]
            return np.array([part.a for part in parts]), np.array([part.t for part in parts])
        a, t = np.empty_like(tau2), np.empty_like(tau2)
        rows = max(1, CELLS // max(1, self.y.size))
        y, v = self.y[:, None, :], self.v[:, None, :]
        for i in range(0, len(tau2), rows):
            w = 1 / (v + tau2[i : i + rows])
            total = np.add.reduce(w, axis=0)
            weighted = w * y
            r = y - np.add.reduce(weighted, axis=0) / total
            r *= w
            a[i : i + rows] = np.add.reduce(r * r, axis=0)
            if restricted:
                total = total - np.add.reduce(w * w, axis=0) / total
            t[i : i + rows] = total
        return a, t

    def sums(self, tau2: Floats, *, restricted: bool) -> Sums:
        """Return a, b, t and u at one tau² for each analysis, shape (n,)."""
        if self.studies.x is not None:
            return self._general(tau2, restricted)
        w = 1 / (self.v + tau2)
        w2 = w * w
        total, second = np.add.reduce(w, axis=0), np.add.reduce(w2, axis=0)
        r = self.y - np.add.reduce(w * self.y, axis=0) / total
        s = w * r
        s2 = s * s
        first = np.add.reduce(w * s, axis=0)
        b = np.add.reduce(w * s2, axis=0) - first * first / total
        t, u = total, second
        if restricted:
            share = second / total
            t = total - share
            u = second - 2 * np.add.reduce(w2 * w, axis=0) / total + share * share
        return Sums(np.add.reduce(s2, axis=0), b, t, u)

    def _general(self, tau2: Floats, restricted: bool) -> Sums:
        w, r = self._weighted(tau2)
        s = w * r
        if restricted:
            t, u = trace(w, self.studies.x), trace_square(w, None, self.studies.x)
        else:
            t, u = np.add.reduce(w, axis=-1), np.add.reduce(w * w, axis=-1)
        b = residual_square(s, w, self.studies.x)
        return Sums(np.add.reduce(s * s, axis=-1), b, t, u)

    def _weighted(self, tau2: Floats) -> tuple[Floats, Floats]:
        studies = self.studies
        w = studies.present / (studies.v + tau2[:, None])
        return w, fit_weighted(studies.y, w, studies.x).residual


def curves(studies: Studies) -> Curves:
    """Return the curves of a batch."""
    return studies.once("curves", _curves)


def at_zero(studies: Studies) -> tuple[Floats, Floats]:
    """Return q, which is Cochran's Q there, and a at tau² = 0, shape (n,)."""
    return studies.once("at zero", _at_zero)


def spread(studies: Studies) -> tuple[Floats, Floats]:
    """Return the unweighted ``sum r²`` and ``sum v r² / sum r²`` (NaN for 0 / 0), shape (n,)."""
    return studies.once("spread", _spread)


def _at_zero(studies: Studies) -> tuple[Floats, Floats]:
    return curves(studies).q_and_slope(np.zeros(studies.n))


def _curves(studies: Studies) -> Curves:
    y, v = studies.y, studies.v
    if studies.x is None:  # about their mean: what all effects share must not take digits
        w = studies.present / v
        y = y - (np.add.reduce(w * y, axis=-1) / np.add.reduce(w, axis=-1))[:, None]
    v, y = v.T, y.T
    if not studies.present.all():
        v = np.where(studies.present.T > 0, v, np.inf)
    elif len(v) > 1 and studies.n > 1:
        v, y = np.ascontiguousarray(v), np.ascontiguousarray(y)
    smallest = np.minimum.reduce(v, axis=0)
    largest = np.maximum.reduce(np.where(np.isinf(v), 0.0, v), axis=0)
    return Curves(y=y, v=v, studies=studies, smallest=smallest, largest=largest)


def _spread(studies: Studies) -> tuple[Floats, Floats]:
    r = fit_weighted(studies.y, studies.present, studies.x).residual
    r2 = r * r * studies.present
    total = np.add.reduce(r2, axis=-1)
    with np.errstate(invalid="ignore"):
        return total, np.add.reduce(r2 * studies.v, axis=-1) / total
