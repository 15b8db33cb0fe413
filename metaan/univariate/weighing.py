"""The coefficients at a given tau²: what every inference starts from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metaan.core.arrays import Floats
from metaan.numerics.projection import fit_weighted, residual_square
from metaan.tau2.studies import Studies


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighted:
    """Coefficients of n analyses at their tau², and their model-based covariance.

    Attributes
    ----------
    studies : Studies
        The analyses; ``studies.x`` is None for a mean, where p = 1.
    tau2 : ndarray, shape (n,)
        Between-study variance; 0 for the common effect.
    w : ndarray, shape (n, k)
        Weights of the coefficients: ``1 / (v + tau²)``, or the user's.
    beta : ndarray, shape (n, p)
        Coefficients.
    bread : ndarray, shape (n, p, p)
        ``(X'W X)^-1``.
    covariance : ndarray, shape (n, p, p)
        Of the coefficients if v and tau² are right: the bread, or for the user's weights the
        sandwich ``B X'W (V + tau²) W X B``.
    residual : ndarray, shape (n, k)
        ``y - X beta``.
    spread : ndarray, shape (n,)
        ``sum r² / (v + tau²)``: the generalized Q about these coefficients.
    least_spread : ndarray, shape (n,)
        The same about the coefficients with inverse-variance weights, where it is least and has
        the expectation k - p; equal to ``spread`` without weights of the user's.
    freedom : ndarray, shape (n,)
        k - p.
    """

    studies: Studies
    tau2: Floats
    w: Floats
    beta: Floats
    bread: Floats
    covariance: Floats
    residual: Floats
    spread: Floats
    least_spread: Floats
    freedom: Floats


def weigh(studies: Studies, tau2: Floats) -> Weighted:
    """Return the coefficients at tau², shape (n,): inverse-variance or the user's weights."""
    inverse = studies.present / (studies.v + tau2[:, None])
    w = inverse if studies.weights is None else studies.weights
    beta, bread, residual = fit_weighted(studies.y, w, studies.x)
    covariance = bread
    spread = least = np.vecdot(inverse * residual, residual)
    if studies.weights is not None:
        covariance = _sandwich(studies, w, bread, studies.v + tau2[:, None])
        least = residual_square(studies.y, inverse, studies.x)
    return Weighted(
        studies=studies,
        tau2=tau2,
        w=w,
        beta=beta,
        bread=bread,
        covariance=covariance,
        residual=residual,
        spread=spread,
        least_spread=least,
        freedom=studies.freedom,
    )


def _sandwich(studies: Studies, w: Floats, bread: Floats, variance: Floats) -> Floats:
    if studies.x is None:
        meat = np.vecdot(w * w, variance)[:, None, None]
    else:
        wx = studies.x * w[..., None]
        meat = np.matmul(np.swapaxes(wx * variance[..., None], -1, -2), wx)
    return np.asarray(bread @ meat @ bread)
