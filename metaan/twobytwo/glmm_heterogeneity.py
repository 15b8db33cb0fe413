"""Tests of equal effects against an effect of its own for each study."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.counts_fit import Test
from metaan.numerics.tails import log_chi2_tail
from metaan.twobytwo.glmm_designs import SIGMA, Model
from metaan.twobytwo.glmm_likelihood import Design, Height, Point
from metaan.twobytwo.glmm_maximum import Maximum, climb, global_maximum, informed

WALD_NAME = "heterogeneity (Wald)"
LRT_NAME = "heterogeneity (likelihood ratio)"


class OwnEffects(NamedTuple):
    """Each study's own effect, its variance (both infinite at an end), and all their likelihood.

    Attributes
    ----------
    y, v : ndarray, shape (k,)
        Effects and variances.
    value : float
        Log-likelihood of all studies with these.
    """

    y: Floats
    v: Floats
    value: float


def own_effects(model: Model) -> OwnEffects:
    """Return the effect that each study has by itself."""
    alone = model.design.kernel.saturated()
    eta = alone.eta - model.design.offset
    with np.errstate(invalid="ignore", divide="ignore"):
        y = eta[:, 0] - eta[:, 1] if eta.shape[1] > 1 else eta[:, 0]
        v = np.sum(1 / alone.information, axis=1)
    return OwnEffects(np.asarray(y), v, float(alone.l.sum()))


def equality_tests(model: Model, own: OwnEffects, common: Maximum) -> tuple[Test, Test]:
    """Return Wald's test and the likelihood ratio test of equal effects.

    Notes
    -----
    The likelihood ratio is that of the model with an effect of its own for each study against the
    common effect. Wald's statistic is the smallest value, over all equal effects, of the
    quadratic form of the observed information of that model; for studies that are independent of
    each other Cochran's Q with inverse variances. A study whose own effect is infinite has no
    information and adds nothing to it, however much it disagrees: the likelihood ratio sees it.
    """
    df = model.design.k - 1.0
    if model.saturated is None:
        wald, value = _cochran(own), own.value
    else:
        full = _saturated(model.saturated, common)
        wald, value = _wald(full.height, full.point), full.value
    ratio = max(0.0, 2 * (value - common.value))
    return _test(WALD_NAME, wald, df), _test(LRT_NAME, ratio, df)


def _saturated(design: Design, common: Maximum) -> Maximum:
    """Return the highest maximum with an effect of its own for each study and random levels.

    There can be two along the standard deviation of the levels; one of them, where that is 0, may
    be the only one above the common effect's.
    """
    start = Point(common.point.shared[:1].copy(), np.zeros(design.k))
    return global_maximum(design, climb(design.without(SIGMA), start))


def _test(name: str, statistic: float, df: float) -> Test:
    log_p = float(log_chi2_tail(statistic, df))
    return Test(
        name=name, statistic=statistic, df=df, p_value=float(np.exp(log_p)), log_p_value=log_p
    )


def _cochran(own: OwnEffects) -> float:
    told = np.isfinite(own.y) & np.isfinite(own.v)
    if not told.any():
        return float("nan")
    y, w = own.y[told], 1 / own.v[told]
    return float(np.sum(w * (y - np.average(y, weights=w)) ** 2))


def _wald(at: Height, point: Point) -> float:
    """Return the quadratic form at the nearest point of equal effects; see `equality_tests`.

    With h the information of an own effect a, b its cross information and S that of the shared
    parameters: the least ``sum h (t - a)² + 2 (t - a) b'e + e'S e`` over t and e.
    """
    has = informed(at)
    if not has.any():
        return float("nan")
    a, h, b = point.own[has], -at.hessian[has, -1, -1], -at.hessian[has, -1, :-1]
    shared = -at.hessian[:, :-1, :-1].sum(axis=0)
    a = a - np.average(a, weights=h)
    cross = b.sum(axis=0)
    matrix = np.block([[np.array([[h.sum()]]), cross[None]], [cross[:, None], shared]])
    right = np.append(h @ a, b.T @ a)
    return max(0.0, float(h @ (a * a) - right @ np.linalg.solve(matrix, right)))
