"""The kernel of meta-regression: from (n, k) effects and an (n, k, p) design to every quantity.

Moderators come in any unit, and powers of a year are nearly collinear. The estimators of tau²
therefore see an orthonormal basis of the design, and the coefficients are solved in a second one
that is orthonormal under their own weights; only then is anything turned back into the design's
own terms. Effects and columns are scaled by powers of two, which is exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.numerics.linalg import binary_scale
from metaan.numerics.projection import gram, residual_square
from metaan.numerics.tails import log_two_sided
from metaan.tau2.studies import Studies, make_studies
from metaan.univariate.inferred import Inferred
from metaan.univariate.kernel import Plan, estimate_tau2, heterogeneity
from metaan.univariate.wald import Joint, wald_test
from metaan.univariate.weighing import Weighted, weigh

LOG_2PI = float(np.log(2 * np.pi))
SPANNED = 1e-9  # share of a constant that the design leaves out, below which it holds one


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegressionArrays:
    """Every quantity of n meta-regressions, analysis scale, in the units of y and of the design.

    Attributes
    ----------
    value, se, low, high, statistic, df, log_p_value, wald_se : ndarray, shape (n, p)
        Of the coefficients; ``wald_se`` is the model-based standard error whatever the inference.
    covariance : ndarray, shape (n, p, p)
        Of the coefficients.
    tau2, tau2_se, tau2_low, tau2_high, q, q_df, q_log_p_value, typical_v, i2, i2_low, i2_high,
    i2_q, h2, steps, maxima, empty : ndarray, shape (n,)
        As in ``PooledArrays``; q is that of the residuals.
    tau2_null : ndarray, shape (n,)
        tau² of the mean alone, same estimator.
    r2 : ndarray, shape (n,)
        Percent explained; see ``RegressionFit``.
    tested : tuple of int
        Coefficients of the test of moderators.
    qm, qm_df, qm_df_residual, qm_log_p_value : ndarray, shape (n,)
        That test: chi-square where ``qm_df_residual`` is inf, else F.
    ml, reml : ndarray, shape (n,)
        Log-likelihoods at the reported tau² and coefficients.
    weights : ndarray, shape (n, k)
        Percent.
    """

    value: Floats
    se: Floats
    low: Floats
    high: Floats
    statistic: Floats
    df: Floats
    log_p_value: Floats
    wald_se: Floats
    covariance: Floats
    tau2: Floats
    tau2_se: Floats
    tau2_low: Floats
    tau2_high: Floats
    q: Floats
    q_df: Floats
    q_log_p_value: Floats
    typical_v: Floats
    i2: Floats
    i2_low: Floats
    i2_high: Floats
    i2_q: Floats
    h2: Floats
    steps: Integers
    maxima: Integers
    empty: Booleans
    tau2_null: Floats
    r2: Floats
    tested: tuple[int, ...]
    qm: Floats
    qm_df: Floats
    qm_df_residual: Floats
    qm_log_p_value: Floats
    ml: Floats
    reml: Floats
    weights: Floats


class Scaled(NamedTuple):
    """A batch brought to units near 1.

    Attributes
    ----------
    studies : Studies
        Effects and columns of the design near 1; ``x`` is None for a constant alone.
    unit : ndarray, shape (n,)
        Of the effects.
    column_units : ndarray, shape (n, p)
        Of the design.
    constant : tuple of bool, length p
        Which columns are 1 for every study.
    """

    studies: Studies
    unit: Floats
    column_units: Floats
    constant: tuple[bool, ...]


def regress_arrays(studies: Studies, plan: Plan) -> RegressionArrays:
    """Return every quantity of a batch of meta-regressions.

    Parameters
    ----------
    studies : Studies
        n analyses in their own units, with a design ``x`` of independent columns and at least as
        many studies as columns; ``weights`` are the user's. A constant column is recognized by
        its ones.
    plan : Plan
        What to compute.

    Returns
    -------
    RegressionArrays
        In the units of y and of the design.
    """
    scaled = scale_studies(studies)
    near, u = scaled.studies, scaled.unit
    based = near if near.x is None else replace(near, x=basis(near.x, near.v**-0.25)[0])
    found = estimate_tau2(based, plan, u)
    weighted = weigh_terms(near, found.tau2)
    inferred = plan.inference.function(weighted, plan.level)
    factor = u[:, None] / scaled.column_units
    value, se, half = inferred.beta, inferred.se, inferred.half
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = value / se
    tested = _tested(scaled.constant)
    joint = _moderators(weighted, inferred, list(tested), plan)
    spread = heterogeneity(based, found.tau2, plan, u)
    null, r2 = _explained(based, plan, found.tau2, spread["h2"], u)
    ml, reml = _likelihoods(weighted, based, u)
    return RegressionArrays(
        value=value * factor,
        se=se * factor,
        wald_se=np.sqrt(np.diagonal(weighted.covariance, axis1=-2, axis2=-1)) * factor,
        low=(value - half) * factor,
        high=(value + half) * factor,
        statistic=statistic,
        df=inferred.df,
        log_p_value=log_two_sided(statistic, inferred.df),
        covariance=inferred.covariance * factor[:, :, None] * factor[:, None, :],
        tau2=found.tau2 * u**2,
        steps=found.steps,
        maxima=found.maxima,
        tau2_null=null * u**2,
        r2=r2,
        tested=tested,
        qm=joint.statistic,
        qm_df=joint.df,
        qm_df_residual=joint.df_residual,
        qm_log_p_value=joint.log_p_value,
        ml=ml,
        reml=reml,
        weights=100 * (weighted.w * (1 / np.add.reduce(weighted.w, axis=-1))[:, None]),
        **spread,
    )


def scale_studies(studies: Studies) -> Scaled:
    """Return the batch with effects and columns near 1; a constant alone becomes ``x=None``."""
    unit = binary_scale(studies.v, studies.present)
    y, v = studies.y / unit, studies.v / unit / unit
    if studies.x is None:
        x, columns = None, np.ones((studies.n, 1))
        constant: tuple[bool, ...] = (True,)
    else:
        size = np.max(np.abs(studies.x), axis=1)
        columns = np.exp2(np.round(np.log2(np.where(size > 0, size, 1.0))))
        ones = (studies.x == studies.present[..., None]).all(axis=(0, 1))
        constant = tuple(bool(one) for one in ones)
        x = None if constant == (True,) else studies.x / columns[:, None, :]
    near = make_studies(y, v, studies.present, x=x, weights=studies.weights)
    return Scaled(near, unit[:, 0], columns, constant)


def basis(x: Floats, root: Floats) -> tuple[Floats, Floats]:
    """Return a design orthonormal under weights ``root²``, and the triangle that makes x of it.

    Parameters
    ----------
    x : ndarray, shape (n, k, p)
        Design.
    root : ndarray, shape (n, k)
        Roots of weights. For a search along tau², v^-1/4 lies in the middle between those at
        tau² = 0 and the equal ones of a large tau², so that neither end is badly conditioned.

    Returns
    -------
    tuple of ndarray
        Basis, shape (n, k, p), and the upper triangle R, shape (n, p, p), with x = basis R.
    """
    triangle = np.asarray(np.linalg.qr(x * root[..., None], mode="r"))
    turned = np.linalg.solve(np.swapaxes(triangle, -1, -2), np.swapaxes(x, -1, -2))
    return np.swapaxes(turned, -1, -2), triangle


def weigh_terms(studies: Studies, tau2: Floats) -> Weighted:
    """Return what `weigh` does, solved in a basis of the design and turned back into its terms.

    The result belongs to ``studies``, its own design included.
    """
    if studies.x is None:
        return weigh(studies, tau2)
    w = studies.weights
    if w is None:
        w = studies.present / (studies.v + tau2[:, None])
    turned, triangle = basis(studies.x, np.sqrt(w))
    found = weigh(replace(studies, x=turned), tau2)
    back = np.linalg.inv(triangle)
    across = np.swapaxes(back, -1, -2)
    return replace(
        found,
        studies=studies,
        beta=np.asarray(np.matmul(back, found.beta[..., None])[..., 0]),
        bread=np.asarray(back @ found.bread @ across),
        covariance=np.asarray(back @ found.covariance @ across),
    )


def _tested(constant: tuple[bool, ...]) -> tuple[int, ...]:
    return tuple(i for i, one in enumerate(constant) if not one)


def _moderators(weighted: Weighted, inferred: Inferred, places: list[int], plan: Plan) -> Joint:
    """Return the test that the coefficients at these places are all 0."""
    covariance = inferred.covariance[:, places][:, :, places]
    df = inferred.df[:, places].min(axis=-1, initial=np.inf)
    factor = np.ones_like(df)
    if plan.inference.scaling is not None and places:
        df, factor = plan.inference.scaling(weighted, np.eye(weighted.studies.p)[places])
    return wald_test(inferred.beta[:, places], covariance, df, factor)


def _explained(
    based: Studies, plan: Plan, tau2: Floats, h2: Floats, unit: Floats
) -> tuple[Floats, Floats]:
    """Return tau² of the mean alone, and the percentage of heterogeneity that is explained."""
    alone = replace(based, x=None)
    null = estimate_tau2(alone, plan, unit).tau2
    if based.x is None or isinstance(plan.estimator, float):
        return null, np.full(based.n, np.nan)
    before, after = null, tau2
    if not plan.varying:
        before, after = heterogeneity(alone, null, plan, unit)["h2"], h2
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 100 * np.maximum(0.0, (before - after) / before)
    left = residual_square(based.present, based.present, based.x)
    known = (before > 0) & (left <= SPANNED * based.count) & (based.freedom > 0)
    return null, np.where(known, share, np.nan)


def _likelihoods(weighted: Weighted, based: Studies, unit: Floats) -> tuple[Floats, Floats]:
    """Return the log-likelihood and the restricted one, in the units of the effects."""
    total = based.v + weighted.tau2[:, None]
    core = np.add.reduce(based.present * np.log(total), axis=-1) + weighted.spread
    ml = -0.5 * (core + based.count * LOG_2PI) - based.count * np.log(unit)
    w = based.present / total
    if based.x is None:
        design = np.log(np.add.reduce(w, axis=-1)) - np.log(based.count)
    else:
        design = np.linalg.slogdet(gram(w, based.x))[1]
        design = design - np.linalg.slogdet(gram(based.present, based.x))[1]
    reml = -0.5 * (core + design + based.freedom * LOG_2PI) - based.freedom * np.log(unit)
    return np.asarray(ml), np.asarray(reml)


def log_likelihoods(studies: Studies, tau2: Floats) -> tuple[Floats, Floats]:
    """Return the log-likelihood and the restricted one at some tau², each of shape (n,).

    Parameters
    ----------
    studies : Studies
        n analyses in their own units, with a design.
    tau2 : ndarray, shape (n,)
        Between-study variances; the coefficients are the best ones there.
    """
    scaled = scale_studies(studies)
    near = scaled.studies
    based = near if near.x is None else replace(near, x=basis(near.x, near.v**-0.25)[0])
    weighted = weigh_terms(near, tau2 / scaled.unit / scaled.unit)
    return _likelihoods(weighted, based, scaled.unit)


def criteria(
    log_likelihood: Floats, parameters: Any, observations: Any
) -> tuple[Floats, Floats, Floats]:
    """Return AIC, BIC and AICc of a log-likelihood, shape (n,).

    Parameters
    ----------
    log_likelihood : ndarray, shape (n,)
        At the reported estimates.
    parameters, observations : array_like, shape (n,)
        Numbers of parameters, and of studies (less p for the restricted likelihood).
    """
    deviance, q, m = -2 * log_likelihood, np.asarray(parameters), np.asarray(observations)
    enough = np.maximum(m, q + 2)
    with np.errstate(divide="ignore"):
        bic = deviance + q * np.log(m)
    return (
        np.asarray(deviance + 2 * q),
        np.asarray(bic),
        np.asarray(deviance + 2 * q * enough / (enough - q - 1)),
    )
