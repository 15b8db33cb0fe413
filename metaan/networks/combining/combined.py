"""Direct and indirect evidence combined: effects of all treatments at one tau²."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from metaan.core.arrays import Floats
from metaan.networks.combining.evidence import Evidence
from metaan.numerics.linalg import binary_scale
from metaan.tau2.studies import Studies, make_studies
from metaan.univariate.regression_kernel import basis, weigh_terms
from metaan.univariate.weighing import Weighted

AGREEMENT = 2.0**-44  # residuals beside effects, and effects beside the largest, that are rounding
TINY = 1e-300


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Combined:
    """The treatments' effects at one tau², by generalized least squares.

    The graph-theoretical way (Rücker 2012) is the same: ``inverse`` is the pseudoinverse of the
    network's Laplacian, whose edges conduct as the weights of the contrasts.

    Attributes
    ----------
    evidence : Evidence
        What was combined; connected.
    tau2 : float
        Between-study variance; 0 for common effects.
    w : ndarray, shape (b,)
        Weights of the rows, ``1 / (v + tau²)``.
    effects : ndarray, shape (n,)
        Effects of the treatments about their mean; only differences mean something.
    inverse : ndarray, shape (n, n)
        Their covariance if v and tau² are right; rows add up to 0.
    residual : ndarray, shape (b,)
        Rows less what the effects say of them.
    q : float
        ``sum w residual²``.
    df : int
        Rows less treatments and one more.
    """

    evidence: Evidence
    tau2: float
    w: Floats
    effects: Floats
    inverse: Floats
    residual: Floats
    q: float
    df: int

    @property
    def differences(self) -> Floats:
        """Effect of each treatment (row) against each other (column), shape (n, n)."""
        return np.asarray(self.effects[:, None] - self.effects[None, :])

    def told(self, values: Floats) -> Floats:
        """Return differences between parts of the evidence: none where all rows agree exactly."""
        return values if self.q > 0 else np.where(np.isnan(values), np.nan, 0.0)

    @property
    def variances(self) -> Floats:
        """Model-based variances of the differences, shape (n, n)."""
        return spread_of(self.inverse)


def spread_of(covariance: Floats) -> Floats:
    """Return the variances of all differences of a covariance, both of shape (..., n, n)."""
    own = np.diagonal(covariance, axis1=-2, axis2=-1)
    found = own[..., :, None] + own[..., None, :] - 2 * covariance
    return np.asarray(np.maximum(found, 0.0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """The rows of a network as one analysis for the estimators of tau².

    Attributes
    ----------
    near : Studies
        One analysis with effects near 1 and n - 1 columns: the first treatment is left out.
    based : Studies
        The same with an orthonormal design.
    unit : float
        Of the effects.
    """

    near: Studies
    based: Studies
    unit: float


def rows_of(evidence: Evidence, more: Floats | None = None) -> Rows:
    """Return the rows as one analysis; ``more`` are further columns of the design, (b, q)."""
    columns = evidence.x[:, 1:]
    if more is not None:
        columns = np.concatenate([columns, more], axis=1)
    return analysis_of(evidence.y, evidence.v, columns)


def analysis_of(y: Floats, v: Floats, x: Floats) -> Rows:
    """Return rows (b,) with a design (b, p) of independent columns as one analysis."""
    unit = binary_scale(v[None], np.ones_like(v)[None])
    near = make_studies(y[None] / unit, v[None] / unit / unit, x=x[None])
    root = near.v**-0.25
    based = make_studies(near.y, near.v, x=basis(x[None], root)[0])
    return Rows(near=near, based=based, unit=float(unit[0, 0]))


def combine(evidence: Evidence, tau2: float, rows: Rows | None = None) -> Combined:
    """Return the treatments' effects at tau²; the network must be connected."""
    rows = rows_of(evidence) if rows is None else rows
    weighted = weigh_exactly(rows.near, np.array([tau2 / rows.unit / rows.unit]))
    return combined_of(evidence, tau2, weighted, rows.unit)


def weigh_exactly(studies: Studies, tau2: Floats) -> Weighted:
    """Return the coefficients of n analyses at tau², (n,), without rounding where rows agree.

    Where the rows agree exactly, what rounding leaves of residuals is put to 0: a
    Hartung-Knapp factor would turn it into standard errors, and test rounding by rounding.
    """
    weighted = weigh_terms(studies, tau2)
    size = AGREEMENT * AGREEMENT * np.vecdot(weighted.w, studies.y * studies.y)
    rough = weighted.spread > size
    if rough.all():
        return weighted
    return replace(
        weighted,
        residual=np.where(rough[:, None], weighted.residual, 0.0),
        spread=np.where(rough, weighted.spread, 0.0),
        least_spread=np.where(rough, weighted.least_spread, 0.0),
    )


def combined_of(evidence: Evidence, tau2: float, weighted: Weighted, unit: float) -> Combined:
    """Return what a solved analysis of the rows says of the treatments."""
    n = evidence.n
    effects, inverse = np.zeros(n), np.zeros((n, n))
    effects[1:] = weighted.beta[0, : n - 1] * unit
    if float(weighted.spread[0]) == 0:  # equal effects shall be equal
        step = 2.0 ** np.round(np.log2(AGREEMENT * max(np.ptp(effects), TINY)))
        effects = np.round(effects / step) * step
    inverse[1:, 1:] = weighted.covariance[0, : n - 1, : n - 1] * unit * unit
    effects -= effects.mean()
    return Combined(
        evidence=evidence,
        tau2=tau2,
        w=weighted.w[0] / unit / unit,
        effects=effects,
        inverse=centered(inverse),
        residual=weighted.residual[0] * unit,
        q=float(weighted.spread[0]),
        df=int(weighted.freedom[0]),
    )


def centered(covariance: Floats) -> Floats:
    """Return the covariance (n, n) of quantities less their mean."""
    mean = covariance.mean(axis=0)
    found = covariance - mean[:, None] - mean[None, :] + mean.mean()
    return np.asarray((found + found.T) / 2)
