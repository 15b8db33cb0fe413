"""Sums along tau², for many values at once: what the searches of this room look at.

With w = 1 / (v + tau²), r the weighted residuals and P the residual projection:
``q = y'P y``, ``a = y'P P y = -dq/dtau²``, ``b = y'P P P y = -½ da/dtau²`` and ``c = -⅓ db/dtau²``
with one P more; ``t`` the trace of P (REML) or of W (ML), ``u = -dt/dtau²`` of its square and
``h = -½ du/dtau²`` of its cube. All fall with tau² and are convex: with K a basis of the design's
complement and m, z the eigenvalues and coordinates of ``K'V K`` and ``K'y``,
``q = sum z² / (m + tau²)`` and so on.

Studies come first here, ``(k, ...)``: sums over the first axis run along whole rows of analyses.
Absent studies have v = inf, so that their weight is 0 without a mask. Constants are floats: NumPy
takes longer over ``2 * x`` than over ``2.0 * x``, and a single analysis is some 300 such calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.numerics.linalg import sum_products
from metaan.numerics.projection import fit_weighted, power_sums, power_traces
from metaan.tau2.studies import Studies

CELLS = 60_000  # numbers in one array of a step: they stay in the processor's cache


class Sums(NamedTuple):
    """Six sums of the module, at some values of tau²."""

    a: Floats
    b: Floats
    c: Floats
    t: Floats
    u: Floats
    h: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curves:
    """The sums of n analyses as functions of tau², studies first; `curves` makes them.

    Attributes
    ----------
    y, v : ndarray, shape (k, n)
        Effects about their inverse-variance mean, and variances, ``inf`` where a study is absent.
    design : Studies or None
        Where they come from, if they have a design; not otherwise: these curves are kept with
        the studies, and what holds itself lives until the garbage collector comes.
    smallest, largest : ndarray, shape (n,)
        Range of the variances.
    """

    y: Floats
    v: Floats
    design: Studies | None
    smallest: Floats
    largest: Floats

    def take(self, rows: Integers) -> Curves:
        """Return some of the analyses."""
        few = len(rows) < len(self.y)  # sums are fast if memory runs along the longer axis
        return Curves(
            y=self.y.T[rows].T if few else self.y[:, rows],
            v=self.v.T[rows].T if few else self.v[:, rows],
            design=None if self.design is None else self.design.take(rows),
            smallest=self.smallest[rows],
            largest=self.largest[rows],
        )

    def q_and_slope(self, tau2: Floats) -> tuple[Floats, Floats]:
        """Return q and a at one tau² for each analysis, shape (n,)."""
        if self.design is not None:
            w, r = _weighted(self.design, tau2)
            a = w * r
            return np.add.reduce(a * r, axis=-1), np.add.reduce(a * a, axis=-1)
        w = self.v + tau2
        w = np.divide(1.0, w, out=w)  # with many studies fresh memory costs more than the sum
        r = self.y - sum_products(w, self.y) / np.add.reduce(w, axis=0)
        s = np.multiply(w, r, out=w)
        return sum_products(s, r), sum_products(s, s)

    def score(self, tau2: Floats, *, restricted: bool) -> tuple[Floats, Floats]:
        """Return a and t, shape (g, n), on a grid of that shape."""
        if self.design is not None:
            parts = [self.sums(row, restricted=restricted) for row in tau2]
            return np.array([part.a for part in parts]), np.array([part.t for part in parts])
        a, t = np.empty_like(tau2), np.empty_like(tau2)
        rows = max(1, CELLS // max(1, self.y.size))
        y, v = self.y[:, None, :], self.v[:, None, :]
        order: Literal["F", "C"] = "F" if self.y.shape[1] < len(self.y) else "C"
        for i in range(0, len(tau2), rows):
            part = tau2[i : i + rows]
            w = np.add(v, part, out=np.empty((len(y), *part.shape), order=order))
            np.divide(1.0, w, out=w)
            total = np.add.reduce(w, axis=0)
            r = y - np.add.reduce(w * y, axis=0) / total
            r *= w
            a[i : i + rows] = np.add.reduce(r * r, axis=0)
            if restricted:
                total = total - np.add.reduce(w * w, axis=0) / total
            t[i : i + rows] = total
        return a, t

    def sums(self, tau2: Floats, *, restricted: bool) -> Sums:
        """Return a, b, c, t, u and h at one tau² for each analysis, shape (n,)."""
        if self.design is not None:
            return _general(self.design, tau2, restricted)
        w = 1.0 / (self.v + tau2)
        w2 = w * w
        total, second = np.add.reduce(w, axis=0), np.add.reduce(w2, axis=0)
        third = sum_products(w2, w)
        s = w * (self.y - sum_products(w, self.y) / total)
        p = w * (s - sum_products(w, s) / total)
        t, u, h = total, second, third
        if restricted:
            share, skew = second / total, third / total
            t = total - share
            u = second - 2.0 * skew + share * share
            fourth = sum_products(w2, w2) / total
            h = third - 3.0 * (fourth - share * skew) - share * share * share
        return Sums(sum_products(s, s), sum_products(s, p), sum_products(p, p), t, u, h)


def _general(studies: Studies, tau2: Floats, restricted: bool) -> Sums:
    w, r = _weighted(studies, tau2)
    s = w * r
    p = w * fit_weighted(s, w, studies.x).residual
    x = studies.x if restricted else None
    t, u, h = power_sums(w) if x is None else power_traces(w, x)
    a, b, c = (np.add.reduce(each, axis=-1) for each in (s * s, s * p, p * p))
    return Sums(a, b, c, t, u, h)


def _weighted(studies: Studies, tau2: Floats) -> tuple[Floats, Floats]:
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


def inverse_variances(studies: Studies) -> Floats:
    """Return the weights at tau² = 0, shape (n, k)."""
    return studies.once("inverse variances", _inverse_variances)


def _inverse_variances(studies: Studies) -> Floats:
    return studies.present / studies.v


def _total(studies: Studies) -> Floats:
    return np.asarray(np.add.reduce(inverse_variances(studies), axis=-1))


def _at_zero(studies: Studies) -> tuple[Floats, Floats]:
    if studies.x is not None:
        return curves(studies).q_and_slope(np.zeros(studies.n))
    w, y = inverse_variances(studies), curves(studies).y.T
    # About the mean once more: the first time, what all effects share took digits.
    r = y - (np.vecdot(w, y) / studies.once("total", _total))[:, None]
    s = w * r
    return np.vecdot(s, r), np.vecdot(s, s)


def _curves(studies: Studies) -> Curves:
    y, v = studies.y, studies.v
    if studies.x is None:  # about their mean: what all effects share must not take digits
        w = inverse_variances(studies)
        y = y - (np.vecdot(w, y) / studies.once("total", _total))[:, None]
    v, y = v.T, y.T
    if np.count_nonzero(studies.present) < studies.present.size:
        v = np.where(studies.present.T > 0, v, np.inf)
    elif len(v) > 1 and studies.n > 1:
        v, y = np.ascontiguousarray(v), np.ascontiguousarray(y)
    smallest = np.minimum.reduce(v, axis=0)
    largest = np.maximum.reduce(studies.v * studies.present, axis=-1)
    design = None if studies.x is None else studies
    return Curves(y=y, v=v, design=design, smallest=smallest, largest=largest)


def _spread(studies: Studies) -> tuple[Floats, Floats]:
    here = studies.present
    if studies.x is None:
        y = curves(studies).y.T
        r = y - (np.vecdot(y, here) / studies.count)[:, None]
    else:
        r = fit_weighted(studies.y, here, studies.x).residual
    r2 = r * r * here
    total = np.add.reduce(r2, axis=-1)
    weighted = np.vecdot(r2, studies.v)
    if np.count_nonzero(total) == studies.n:
        return total, weighted / total
    with np.errstate(invalid="ignore"):
        return total, weighted / total
