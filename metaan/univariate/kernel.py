"""The one kernel: from (n, k) arrays of effects and variances to every pooled quantity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.numerics.linalg import binary_scale, residual_sum, weighted_mean
from metaan.numerics.tails import log_chi2_tail, log_two_sided, t_quantile
from metaan.tau2.heterogeneity import i_squared, i_squared_from_q, typical_variance
from metaan.tau2.interval import q_profile
from metaan.tau2.table import Tau2Estimator
from metaan.univariate.inference import Inference, wald
from metaan.univariate.prediction import Prediction, half_width


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to compute: rows of the tables and a level.

    Attributes
    ----------
    estimator : Tau2Estimator or None
        None for the common effect.
    inference : Inference
        Interval of the mean.
    prediction : Prediction
        Prediction interval (random effects only).
    level : float
        Coverage of every interval.
    """

    estimator: Tau2Estimator | None
    inference: Inference
    prediction: Prediction
    level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledArrays:
    """Every pooled quantity of n analyses, analysis scale; arrays of shape (n,), weights (n, k).

    The names are those of ``Estimate``, ``Heterogeneity`` and ``PooledFit``; ``wald_se`` is the
    Wald standard error whatever the inference, ``empty`` marks an empty Q-profile set.
    """

    value: Floats
    se: Floats
    wald_se: Floats
    low: Floats
    high: Floats
    statistic: Floats
    df: Floats
    log_p_value: Floats
    tau2: Floats
    tau2_low: Floats
    tau2_high: Floats
    empty: Booleans
    q: Floats
    q_df: Floats
    q_log_p_value: Floats
    typical_v: Floats
    i2: Floats
    i2_low: Floats
    i2_high: Floats
    i2_q: Floats
    h2: Floats
    predicted_low: Floats
    predicted_high: Floats
    weights: Floats


def pool_arrays(y: Floats, v: Floats, present: Floats, plan: Plan) -> PooledArrays:
    """Return every pooled quantity of a batch of analyses.

    Parameters
    ----------
    y, v, present : ndarray, shape (n, k)
        Effects, variances (> 0) and mask (1 present, 0 absent with y = 0 and v = 1); at least one
        study present in each analysis.
    plan : Plan
        What to compute.

    Returns
    -------
    PooledArrays
        All on the scale of y.
    """
    unit = binary_scale(v, present)
    y, v = np.where(present > 0, y / unit, 0.0), np.where(present > 0, v / unit / unit, 1.0)
    count = np.sum(present, axis=-1)
    tau2 = np.zeros(len(y)) if plan.estimator is None else plan.estimator.function(y, v, present)
    w = present / (v + tau2[:, None])
    mu, total = weighted_mean(y, w)
    spread = residual_sum(y, w, mu)
    se, df = plan.inference.function(total, spread, count - 1)
    half = t_quantile(plan.level, df) * se
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = mu / se
    predicted = half_width(plan.prediction, tau2, se, count, plan.level)
    if plan.estimator is None:
        predicted = np.full_like(predicted, np.nan)
    u = unit[:, 0]
    limits, empty = _tau2_limits(y, v, present, plan.level, u)
    scaled = {
        "value": mu * u,
        "se": se * u,
        "wald_se": wald(total, spread, count - 1)[0] * u,
        "low": (mu - half) * u,
        "high": (mu + half) * u,
        "predicted_low": (mu - predicted) * u,
        "predicted_high": (mu + predicted) * u,
    }
    return PooledArrays(
        **scaled,
        statistic=statistic,
        df=df,
        log_p_value=np.asarray(log_two_sided(statistic, df)),
        weights=100 * w / total[:, None],
        empty=empty,
        tau2=tau2 * u**2,
        **_heterogeneity(y, v, present, tau2, plan),
        **limits,
    )


def _tau2_limits(
    y: Floats, v: Floats, present: Floats, level: float, unit: Floats
) -> tuple[dict[str, Floats], Booleans]:
    low, high, empty = q_profile(y, v, present, level)
    typical = typical_variance(v, present)
    limits = {
        "tau2_low": low * unit**2,
        "tau2_high": high * unit**2,
        "typical_v": typical * unit**2,
        "i2_low": i_squared(low, typical),
        "i2_high": i_squared(high, typical),
    }
    return limits, empty


def _heterogeneity(
    y: Floats, v: Floats, present: Floats, tau2: Floats, plan: Plan
) -> dict[str, Floats]:
    w = present / v
    mu, _ = weighted_mean(y, w)
    q, freedom = residual_sum(y, w, mu), np.sum(present, axis=-1) - 1
    i2_q = i_squared_from_q(q, freedom)
    if plan.estimator is None:
        h2 = np.where(freedom > 0, q / np.where(freedom > 0, freedom, 1.0), np.nan)
        i2 = i2_q
    else:
        typical = typical_variance(v, present)
        i2, h2 = i_squared(tau2, typical), 1 + tau2 / typical
    return {
        "q": q,
        "q_df": freedom,
        "q_log_p_value": log_chi2_tail(q, freedom),
        "i2": i2,
        "h2": h2,
        "i2_q": i2_q,
    }
