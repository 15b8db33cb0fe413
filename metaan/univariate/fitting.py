"""From arrays to a record: what one analysis of a batch says."""

from __future__ import annotations

import math
import warnings

import numpy as np

from metaan.core.convergence import Convergence
from metaan.core.effects import Effects
from metaan.core.errors import EmptyIntervalWarning
from metaan.core.estimate import Estimate, Interval
from metaan.core.fit import GIVEN, INVERSE_VARIANCE, Heterogeneity, PooledFit
from metaan.numerics.tails import log_two_sided, normal_quantile
from metaan.univariate.inference import FLOOR, HKSJ, KR, WALD
from metaan.univariate.kernel import Plan
from metaan.univariate.planning import COMMON, RANDOM, method_name
from metaan.univariate.pooled_arrays import PooledArrays
from metaan.univariate.prediction import FEWEST_STUDIES
from metaan.univariate.presets import counts_remark, i2_first, methods
from metaan.univariate.regression_kernel import RegressionArrays

LIMITS = ("tau2_low", "tau2_high", "i2_low", "i2_high")


def make_fit(
    effects: Effects, arrays: PooledArrays, i: int, plan: Plan, *, weighted: bool = False
) -> PooledFit:
    """Return the record of analysis ``i`` of a batch; its studies are those of ``effects``.

    ``weighted`` says that the weights are the caller's.
    """
    varying = plan.varying
    if arrays.empty[i]:
        warnings.warn(
            f"Q = {arrays.q[i]:.3g} lies below the lower limit of its {100 * plan.level:g}% range "
            "at tau² = 0: the Q-profile set is empty and is reported as [0, 0]; the studies agree "
            "more than chance would have it, so look for copied or dependent results",
            EmptyIntervalWarning,
            stacklevel=3,
        )
    inference = WALD if effects.k == 1 else plan.inference.key
    has_prediction = varying and not np.isnan(arrays.prediction_low[i])
    return PooledFit(
        effects=effects,
        model=RANDOM if varying else COMMON,
        tau2_method=method_name(plan),
        inference=inference,
        prediction=plan.prediction.key if has_prediction else "",
        estimate=_estimate(effects, arrays, i, plan),
        tau2=arrays.tau2.item(i),
        heterogeneity=heterogeneity_record(arrays, i, plan),
        prediction_interval=Interval(
            low=arrays.prediction_low.item(i),
            high=arrays.prediction_high.item(i),
            level=plan.level,
            scale=effects.scale,
        )
        if has_prediction
        else None,
        weights=arrays.weights[i, : effects.k],
        weighting=GIVEN if weighted else INVERSE_VARIANCE,
        convergence=convergence_record(arrays, i, plan),
        conventions=plan.conventions,
        i2_first=i2_first(plan),
        methods=methods(plan, inference),
        remarks=(
            *_remarks(arrays, i, plan, effects.k),
            *plan.remarks,
            *counts_remark(plan, effects.measure),
        ),
    )


def _estimate(effects: Effects, arrays: PooledArrays, i: int, plan: Plan) -> Estimate:
    value, se, null = arrays.value.item(i), arrays.se.item(i), effects.scale.null
    statistic, log_p = arrays.statistic.item(i), arrays.log_p_value.item(i)
    if null != 0:  # the kernel tests against 0; a level, whose null is NaN, has no test
        statistic = (value - null) / se
        log_p = float(log_two_sided(statistic, arrays.df[i]))
    return Estimate(
        value=value,
        se=se,
        low=arrays.low.item(i),
        high=arrays.high.item(i),
        statistic=statistic,
        df=arrays.df.item(i),
        p_value=math.exp(log_p),
        log_p_value=log_p,
        level=plan.level,
        scale=effects.scale,
    )


def heterogeneity_record(
    arrays: PooledArrays | RegressionArrays, i: int, plan: Plan
) -> Heterogeneity:
    """Return Q, I², H² and the limits of tau² of analysis ``i`` of a batch."""
    names = ("q", "i2", "h2", "i2_q", "typical_v", "tau2_se", *LIMITS)
    log_p = arrays.q_log_p_value.item(i)
    return Heterogeneity(
        **{name: getattr(arrays, name).item(i) for name in names},
        df=arrays.q_df.item(i),
        p_value=math.exp(log_p),
        log_p_value=log_p,
        level=plan.level,
        interval=plan.interval.key,
    )


def convergence_record(arrays: PooledArrays | RegressionArrays, i: int, plan: Plan) -> Convergence:
    """Return how tau² of analysis ``i`` of a batch was found."""
    if plan.row is None:
        return Convergence(how="fixed" if plan.varying else "none")
    if plan.row.closed_form:
        return Convergence(how="formula")
    how = "search" if arrays.tau2[i] > 0 else "border"
    return Convergence(how=how, steps=arrays.steps.item(i), maxima=arrays.maxima.item(i))


def _remarks(arrays: PooledArrays, i: int, plan: Plan, k: int) -> tuple[str, ...]:
    if k == 1:
        return ("one study: nothing is pooled, and tau² cannot be estimated",)
    remarks: list[str] = []
    if arrays.empty[i]:
        remarks.append(
            "no tau² >= 0 fits the Q-profile, whose limits are given as 0: the studies agree more "
            "than chance would have it"
        )
    wald_half = normal_quantile(plan.level) * arrays.wald_se.item(i)
    narrow = (arrays.high[i] - arrays.low[i]) / 2 < wald_half
    floor = f'narrower than Wald\'s; inference="{FLOOR}" never is'
    if plan.inference.key == HKSJ and narrow:
        agreeing = "two studies that agree by chance: " if k == 2 else ""
        remarks.append(f"{agreeing}the {HKSJ} interval is {floor}")
    elif k == 2 and arrays.df[i] == 1:
        remarks.append(
            "two studies leave one degree of freedom: the interval is wide, because the spread is "
            "known from a single difference"
        )
    if plan.varying and k >= FEWEST_STUDIES and np.isnan(arrays.prediction_low[i]):
        remarks.append(
            "no prediction interval: too few degrees of freedom are left for its t distribution"
        )
    if plan.inference.key == KR and arrays.df[i] < 2:
        left = f"{arrays.df[i]:.2g}"
        noun = "degree" if left == "1" else "degrees"
        remarks.append(
            f"Kenward-Roger leaves {left} {noun} of freedom: one study has most of the "
            "weight, and the interval says little"
        )
    return tuple(remarks)
