"""Kenward and Roger's inference for REML: the variance of tau² enters that of the coefficients.

With ``W = (V + tau² I)^-1``, ``B = (X'W X)^-1``, ``M = B X'W²X B`` (the slope of B in tau²), P the
residual projection and ``2 / tr(P P)`` the variance of tau² from the expected information:

* the covariance of the coefficients is ``B + 2 · 2 / tr(P P) · B U'P U B`` with ``U = W X``
  (in the paper's letters ``U'P U = Q - P B P``; V is linear in tau², so that its term R of second
  derivatives is 0);
* the degrees of freedom of a combination a'beta are ``tr(P P) (a'B a)² / (a'M a)²``.

Everything is found in a basis of the design that is orthonormal under the weights, where B is the
identity, and the weights are taken relative to the largest: moderators in any unit lose no digits.
Nor do weights of any range: p studies, whose weighted rows span the most, stand apart. With L the
shares of their rows that make the rows of the others, and weights w and g of the others and of
these, ``E = (V + tau² I + L (V + tau² I) L')^-1`` is the inverse covariance of the residuals that
they leave; P is made of E, of ``-L'E`` and of ``L'E L``, and in none of these does what study
differs from fit cancel where p studies have nearly all of the weight.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.core.errors import InputError
from metaan.numerics.tails import t_quantile
from metaan.univariate.inferred import Inferred
from metaan.univariate.weighing import Weighted

MOST = 1e60  # of ratios of weights
ROUNDING = 1e-26  # share of the square of a row, below which nothing is left of it


class Scaling(NamedTuple):
    """What makes a joint Wald statistic an F: residual degrees of freedom, factor; shape (n,)."""

    df: Floats
    factor: Floats


class Pieces(NamedTuple):
    """The letters of the module in the basis, for weights relative to ``unit``.

    Attributes
    ----------
    back : ndarray, shape (n, p, p)
        Turns coefficients of the basis into those of the design: ``B = back back'``.
    slope : ndarray, shape (n, p, p)
        ``X'W²X``, which is M there.
    information : ndarray, shape (n,)
        ``tr(P P)``; 1 where no degree of freedom is left.
    middle : ndarray, shape (n, p, p)
        ``U'P U``.
    unit : ndarray, shape (n,)
        The largest weight.
    alone : ndarray of bool, shape (n,)
        Where no degree of freedom is left.
    """

    back: Floats
    slope: Floats
    information: Floats
    middle: Floats
    unit: Floats
    alone: Booleans


def kenward_roger(weighted: Weighted, level: float) -> Inferred:
    """Return Kenward and Roger's covariance with t limits, degrees of freedom by coefficient.

    Notes
    -----
    The expected information is used [1]_, as by the R package pbkrtest; the observed one gives
    other standard errors and degrees of freedom. For one coefficient the degrees of freedom are
    Satterthwaite's, and the paper's factor is 1. The R packages meta and pimeta [2]_ have the same
    standard error, but put it where the paper has the model's own into the degrees of freedom,
    which are then ``(B / B adjusted)²`` times these. Where no degree of freedom is left tau² has
    no variance: the model's own standard error and the normal distribution are used.

    References
    ----------
    .. [1] Kenward MG, Roger JH (1997). Biometrics 53:983. doi:10.2307/2533558
    .. [2] Partlett C, Riley RD (2017). Stat Med 36:301. doi:10.1002/sim.7140
    """
    pieces = _pieces(weighted)
    share = np.where(pieces.alone, 0.0, 4 / pieces.information)[:, None, None]
    # relative weights: B is 1 / unit of theirs, and the variance of tau² 1 / unit²
    grown = (np.eye(weighted.studies.p) + share * pieces.middle) / pieces.unit[:, None, None]
    covariance = pieces.back @ grown @ _turn(pieces.back)
    df = _degrees(pieces, pieces.back)
    se = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
    return Inferred(weighted.beta, covariance, df, t_quantile(level, df) * se)


def contrast_degrees(weighted: Weighted, combinations: Floats) -> Floats:
    """Return the degrees of freedom of combinations ``(m, p)`` of coefficients, shape (n, m)."""
    pieces = _pieces(weighted)
    return _degrees(pieces, combinations @ pieces.back)


def joint_scaling(weighted: Weighted, combinations: Floats) -> Scaling:
    """Return what makes ``(L b)'(L C L')^-1 (L b) / q`` an F with q degrees of freedom.

    Parameters
    ----------
    weighted : Weighted
        The coefficients b; C is their covariance by `kenward_roger`.
    combinations : ndarray, shape (q, p)
        L, of rank q.

    Returns
    -------
    Scaling
        The paper's m and lambda: the statistic times the factor is F with q and ``df`` degrees of
        freedom. Where no degree of freedom is left, ``inf`` and 1; NaN where the moments that the
        paper matches do not exist, which takes very few studies.
    """
    pieces = _pieces(weighted)
    turned = combinations @ pieces.back
    own = np.linalg.qr(_turn(turned))[0]  # of the rows' space: the traces are all that counts
    theta = _turn(own) @ pieces.slope @ own
    variance, q = 2 / pieces.information, len(combinations)
    a1 = variance * np.trace(theta, axis1=-2, axis2=-1) ** 2
    a2 = variance * np.einsum("npq,nqp->n", theta, theta)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        b = (a1 + 6 * a2) / (2 * q)
        g = ((q + 1) * a1 - (q + 4) * a2) / ((q + 2) * a2)
        under = 3 * q + 2 * (1 - g)
        c1, c2, c3 = g / under, (q - g) / under, (q + 2 - g) / under
        mean = 1 / (1 - a2 / q)
        spread = 2 / q * (1 + c1 * b) / ((1 - c2 * b) ** 2 * (1 - c3 * b))
        df = 4 + (q + 2) / (q * spread / (2 * mean * mean) - 1)
        factor = df / (mean * (df - 2))
    if q == 1:  # the formulas' limit, which they reach but for rounding
        df, factor = 2 / a2, np.ones_like(df)
    exists = (a2 < q) & (df > 2) if q > 1 else df > 0
    df, factor = np.where(exists, df, np.nan), np.where(exists, factor, np.nan)
    return Scaling(np.where(pieces.alone, np.inf, df), np.where(pieces.alone, 1.0, factor))


def _pieces(weighted: Weighted) -> Pieces:
    alone = weighted.freedom < 1
    w = _capped(weighted.w, weighted.studies.p, alone)
    unit = np.maximum.reduce(w, axis=-1)
    w = w / unit[:, None]
    if weighted.studies.x is None:
        total = np.add.reduce(w, axis=-1)
        slope = (np.add.reduce(w * w, axis=-1) / total)[:, None, None]
        back = (1 / np.sqrt(total))[:, None, None]
        information, middle = _of_mean(w)
    else:
        back, slope, information, middle = _of_design(w, weighted.studies.x)
    return Pieces(
        back=back,
        slope=slope,
        information=np.where(alone, 1.0, information),
        middle=middle,
        unit=unit,
        alone=alone,
    )


def _of_design(w: Floats, x: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return ``back``, X'W²X, tr(P P) and U'P U; see the module for how.

    Rows of the p studies apart are 1 at the roots ``r`` of their weights; ``s`` are those of the
    others there, ``I + s's = C C'``, and ``t = s C^-T`` are theirs in the basis, which has the
    rows ``C^-T / r`` for the studies apart. ``E = root (I - t t') root`` then.
    """
    plain, triangle = _basis(x, (w > 0).astype(float))
    apart = _spanning(plain * np.sqrt(w)[..., None])
    rows = np.take_along_axis(plain, apart[..., None], axis=1)
    r = np.sqrt(np.take_along_axis(w, apart, axis=1))
    others = w.copy()
    np.put_along_axis(others, apart, 0.0, axis=1)
    root = np.sqrt(others)[..., None]
    shares = np.linalg.solve(_turn(rows), _turn(plain))
    s = root * _turn(shares) / r[:, None]
    lower = np.linalg.cholesky(np.eye(x.shape[-1]) + _turn(s) @ s)
    upper = np.linalg.inv(_turn(lower))
    t, own = s @ upper, r[..., None] * upper  # own: the studies' apart, times their weights
    both = _turn(t) @ (others[..., None] * t)
    left = 1 - 2 * np.add.reduce(t * t, axis=-1)
    across = own @ _turn(root * t)  # L'E
    square = own @ (_turn(t) @ t) @ _turn(lower) * r[:, None]  # L'E L
    information = np.add.reduce(others * others * left, axis=-1)
    information = information + _sum_square(both) + 2 * _sum_square(across) + _sum_square(square)
    z = others[..., None] * t - (s * r[:, None]) @ own
    middle = _turn(z) @ z - _turn(_turn(t) @ z) @ (_turn(t) @ z)
    back = np.linalg.solve(rows @ triangle, upper / r[..., None])
    return np.asarray(back), _turn(own) @ own + both, information, middle


def _spanning(rows: Floats) -> Integers:
    """Return p of the rows (n, k, p) that span the most: each the longest beside those before.

    Shares of these make every other row, and none of the shares is large.
    """
    rows, chosen = rows.copy(), []
    least = ROUNDING * np.add.reduce(rows * rows, axis=-1)
    for _ in range(rows.shape[-1]):
        size = np.add.reduce(rows * rows, axis=-1)
        best = np.argmax(size, axis=-1)
        chosen.append(best)
        unit = np.take_along_axis(rows, best[:, None, None], axis=1)
        length = np.sqrt(np.take_along_axis(size, best[:, None], axis=1))[..., None]
        unit = unit / np.where(length > 0, length, 1.0)
        rows = rows - np.add.reduce(rows * unit, axis=-1, keepdims=True) * unit
        # what rounding leaves of a heavy row is no row, however little the others weigh
        rows[np.add.reduce(rows * rows, axis=-1) <= least] = 0.0
    return np.stack(chosen, axis=-1)


def _turn(matrices: Any) -> Floats:
    return np.asarray(np.swapaxes(matrices, -1, -2))


def _sum_square(matrices: Floats) -> Floats:
    return np.asarray(np.add.reduce(matrices * matrices, axis=(-2, -1)))


def _capped(w: Floats, p: int, alone: Booleans) -> Floats:
    """Return the weights, that of a mean's first study cut where it is `MOST` times the next.

    What is left of it changes nothing then: the variance of tau² has long taken its place.
    """
    if p == w.shape[-1]:
        return w
    ordered = np.sort(w, axis=-1)
    most = np.where(alone, np.inf, MOST * ordered[:, -1 - p])[:, None]
    if p > 1 and (w > most).any():
        raise InputError(
            f"Kenward and Roger's inference: {p} coefficients rest on {p} studies or fewer, whose "
            f"variances are less than {1 / MOST:g} of all others; choose another inference"
        )
    return np.minimum(w, most)


def _of_mean(w: Floats) -> tuple[Floats, Floats]:
    """Return tr(P P) and U'P U of a mean, the largest weight (1) apart.

    In the textbook's sums everything cancels where one study has most of the weight.
    """
    row, largest = np.arange(len(w)), np.argmax(w, axis=-1)
    others = w.copy()
    others[row, largest] = 0.0
    rest, total = np.add.reduce(others, axis=-1), 1 + np.add.reduce(others, axis=-1)
    square = others * others
    squares = np.add.reduce(square, axis=-1)
    own = np.add.reduce(square * (total[:, None] - others) ** 2, axis=-1)
    pairs = squares * squares - np.add.reduce(square * square, axis=-1) + 2 * squares
    centered = others - ((1 + squares) / total)[:, None]
    centered[row, largest] = np.add.reduce(others * (1 - others), axis=-1) / total
    middle = np.add.reduce(w * centered * centered, axis=-1) / total
    return (own + pairs + rest * rest) / (total * total), middle[:, None, None]


def _basis(x: Floats, present: Floats) -> tuple[Floats, Floats]:
    """Return an orthonormal design, (n, k, p), and the triangle that makes x of it."""
    triangle = np.asarray(np.linalg.qr(x * present[..., None], mode="r"))
    turned = np.linalg.solve(_turn(triangle), _turn(x))
    return _turn(turned), triangle


def _degrees(pieces: Pieces, rows: Floats) -> Floats:
    """Return the degrees of freedom of combinations in the basis, rows (n, m, p)."""
    size = np.add.reduce(rows * rows, axis=-1)
    slope = np.add.reduce((rows @ pieces.slope) * rows, axis=-1)
    df = pieces.information[:, None] * (size / slope) ** 2
    return np.where(pieces.alone[:, None], np.inf, df)
