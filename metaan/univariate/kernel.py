"""The one kernel: from (n, k) arrays of effects and variances to every pooled quantity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from metaan.core.arrays import Floats
from metaan.numerics.linalg import binary_scale
from metaan.numerics.tails import log_chi2_tail, log_two_sided
from metaan.tau2.curves import at_zero
from metaan.tau2.found import Found, by_formula
from metaan.tau2.heterogeneity import i_squared, i_squared_from_q, typical_variance
from metaan.tau2.interval import Tau2Interval
from metaan.tau2.studies import Studies, make_studies
from metaan.tau2.table import Tau2Estimator
from metaan.univariate.inference import Inference
from metaan.univariate.pooled_arrays import PooledArrays
from metaan.univariate.prediction import Prediction, error_of, half_width
from metaan.univariate.weighing import weigh


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to compute: rows of the tables and a level.

    Attributes
    ----------
    estimator : Tau2Estimator, float or None
        How tau² is found, or its fixed value; None for the common effect.
    inference : Inference
        Interval of the mean.
    prediction : Prediction
        Prediction interval (random effects only).
    interval : Tau2Interval
        Limits of tau².
    level : float
        Coverage of every interval.
    conventions : str
        Row of ``CONVENTIONS`` that the caller asked for; empty if none.
    remarks : tuple of str
        What is to be said of every fit by this plan.
    """

    estimator: Tau2Estimator | float | None
    inference: Inference
    prediction: Prediction
    interval: Tau2Interval
    level: float
    conventions: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def varying(self) -> bool:
        """Whether effects vary between studies."""
        return self.estimator is not None

    @property
    def row(self) -> Tau2Estimator | None:
        """The estimator, if tau² is estimated."""
        return self.estimator if isinstance(self.estimator, Tau2Estimator) else None


def pool_arrays(
    y: Floats, v: Floats, present: Floats, plan: Plan, weights: Floats | None = None
) -> PooledArrays:
    """Return every pooled quantity of a batch of analyses.

    Parameters
    ----------
    y, v, present : ndarray, shape (n, k)
        Effects, variances (> 0) and mask (1 present, 0 absent); at least one study present in
        each analysis.
    plan : Plan
        What to compute.
    weights : ndarray, shape (n, k), optional
        The user's weights.

    Returns
    -------
    PooledArrays
        All on the scale of y.
    """
    unit = binary_scale(v, present)
    studies = make_studies(y / unit, v / unit / unit, present, weights=weights)
    u = unit[:, 0]
    found = estimate_tau2(studies, plan, u)
    weighted = weigh(studies, found.tau2)
    inferred = plan.inference.function(weighted, plan.level)
    mu, se, half = inferred.beta[:, 0], inferred.se[:, 0], inferred.half[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = mu / se
    if plan.varying:
        error, count = error_of(plan.prediction, weighted, se)
        predicted = half_width(plan.prediction, found.tau2, error, count, plan.level)
    else:
        predicted = np.full_like(mu, np.nan)
    df, share = inferred.df[:, 0], inferred.share
    if share is None:
        share = weighted.w * weighted.bread[:, 0]
    return PooledArrays(
        value=mu * u,
        se=se * u,
        wald_se=np.sqrt(weighted.covariance[:, 0, 0]) * u,
        low=(mu - half) * u,
        high=(mu + half) * u,
        prediction_low=(mu - predicted) * u,
        prediction_high=(mu + predicted) * u,
        statistic=statistic,
        df=df,
        log_p_value=inferred.log_p(statistic) if inferred.log_p else log_two_sided(statistic, df),
        weights=100.0 * share,
        tau2=found.tau2 * u * u,
        steps=found.steps,
        maxima=found.maxima,
        **heterogeneity(studies, found.tau2, plan, u),
    )


def estimate_tau2(studies: Studies, plan: Plan, unit: Floats) -> Found:
    """Return tau² as the plan asks, in units of ``unit²``, shape (n,)."""
    if plan.estimator is None:
        return by_formula(np.zeros(studies.n))
    if isinstance(plan.estimator, Tau2Estimator):
        return plan.estimator.function(studies)
    return by_formula(plan.estimator / unit / unit)


def heterogeneity(studies: Studies, tau2: Floats, plan: Plan, unit: Floats) -> dict[str, Any]:
    """Return Q, I², H², the limits of tau² and its standard error, shape (n,), by name."""
    row = plan.row
    limits = plan.interval.function(studies, plan.level, row.restricted if row else None)
    q, freedom, typical = at_zero(studies)[0], studies.freedom, typical_variance(studies)
    i2_q = i_squared_from_q(q, freedom)
    i2, i2_low, i2_high = i_squared(np.array((tau2, limits.low, limits.high)), typical)
    if plan.varying:
        h2 = 1.0 + tau2 / typical
    else:
        i2, h2 = i2_q, np.where(freedom > 0, q / np.where(freedom > 0, freedom, 1.0), np.nan)
    square = unit * unit
    return {
        "q": q,
        "q_df": freedom,
        "q_log_p_value": log_chi2_tail(q, freedom),
        "i2": i2,
        "h2": h2,
        "i2_q": i2_q,
        "typical_v": typical * square,
        "tau2_se": row.se(studies, tau2) * square if row else np.full(studies.n, np.nan),
        "tau2_low": limits.low * square,
        "tau2_high": limits.high * square,
        "i2_low": i2_low,
        "i2_high": i2_high,
        "empty": limits.empty,
    }
