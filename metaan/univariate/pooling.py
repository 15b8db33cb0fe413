"""pool: one pooled effect from the effects of k studies."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.effects import Effects
from metaan.core.errors import EmptyIntervalWarning, InputError
from metaan.core.estimate import Estimate, Interval
from metaan.core.fit import Heterogeneity, PooledFit
from metaan.core.lookup import look_up
from metaan.numerics.tails import log_two_sided, normal_quantile
from metaan.tau2.table import DEFAULT_TAU2, ESTIMATORS
from metaan.univariate.inference import FLOOR, HKSJ, INFERENCES, WALD
from metaan.univariate.kernel import Plan, PooledArrays, pool_arrays
from metaan.univariate.prediction import DEFAULT_PREDICTION, PREDICTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A row of ``MODELS``: whether effects vary between studies, and the default interval."""

    key: str
    varying: bool
    default_inference: str


_ROWS = (
    Model(key="random", varying=True, default_inference=HKSJ),
    Model(key="common", varying=False, default_inference=WALD),
)
MODELS: Mapping[str, Model] = MappingProxyType({row.key: row for row in _ROWS})
DEFAULT_MODEL = _ROWS[0].key
DEFAULT_LEVEL = 0.95


def pool(
    effects: Effects,
    *,
    model: str = DEFAULT_MODEL,
    tau2: str = DEFAULT_TAU2,
    inference: str | None = None,
    prediction: str = DEFAULT_PREDICTION,
    level: float = DEFAULT_LEVEL,
) -> PooledFit:
    """Return the pooled effect with its heterogeneity and prediction interval.

    Parameters
    ----------
    effects : Effects
        Effects of k >= 1 studies.
    model : {"random", "common"}
        Whether the true effects vary between studies.
    tau2 : str
        Row of ``ESTIMATORS``; not used by the common effect.
    inference : str, optional
        Row of ``INFERENCES``; HKSJ for random effects and WALD for the common effect by default.
    prediction : str
        Row of ``PREDICTIONS``.
    level : float
        Coverage of all intervals, between 0 and 1.

    Returns
    -------
    PooledFit
        On the analysis scale; ``fit.estimate.read()`` for the reading scale.

    Raises
    ------
    InputError
        If there is no study, a name is unknown or the level is not between 0 and 1.

    Warns
    -----
    EmptyIntervalWarning
        If no tau² >= 0 lies in the Q-profile set; [0, 0] is reported.

    Notes
    -----
    ``mu = sum w y / sum w`` with ``w = 1 / (v + tau²)`` [1]_. The default interval is that of
    Hartung, Knapp, Sidik and Jonkman [2]_ without a floor: where it is narrower than Wald's, a
    remark says so. One study is reported as it is, with its own Wald interval.

    References
    ----------
    .. [1] DerSimonian R, Laird N (1986). Control Clin Trials 7:177.
       doi:10.1016/0197-2456(86)90046-2
    .. [2] Knapp G, Hartung J (2003). Stat Med 22:2693. doi:10.1002/sim.1482

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.Effects.from_arrays([0.10, 0.30, 0.55, 0.71], se=[0.12, 0.20, 0.18, 0.25])
    >>> fit = ma.pool(effects, tau2="DL", inference="WALD")
    >>> round(fit.estimate.value, 4), round(fit.tau2, 4)
    (0.3733, 0.0467)
    """
    plan = make_plan(
        model=model, tau2=tau2, inference=inference, prediction=prediction, level=level
    )
    check_effects(effects)
    arrays = pool_arrays(effects.y[None], effects.v[None], np.ones((1, effects.k)), plan)
    return make_fit(effects, arrays, 0, plan)


def check_effects(effects: Effects) -> None:
    """Raise ``InputError`` if this is not effects of at least one study."""
    if not isinstance(effects, Effects):
        raise InputError(
            f"effects must be Effects; got {type(effects).__name__}. Make them with "
            "effect_sizes(table, measure) or Effects.from_arrays(y, v)"
        )
    if effects.k == 0:
        raise InputError(_nothing_left(effects))


def make_plan(
    *, model: str, tau2: str, inference: str | None, prediction: str, level: float
) -> Plan:
    """Return the rows of the tables that the names ask for, or raise ``InputError``."""
    row = look_up(MODELS, model, argument="model", what="a model")
    estimator = look_up(ESTIMATORS, tau2, argument="tau2", what="an estimator")
    wanted = row.default_inference if inference is None else inference
    if isinstance(level, bool) or not isinstance(level, Real) or not 0 < float(level) < 1:
        raise InputError(f"level={level!r} must lie between 0 and 1, e.g. {DEFAULT_LEVEL}")
    return Plan(
        estimator=estimator if row.varying else None,
        inference=look_up(INFERENCES, wanted, argument="inference", what="an inference"),
        prediction=look_up(
            PREDICTIONS, prediction, argument="prediction", what="a prediction interval"
        ),
        level=float(level),
    )


def make_fit(effects: Effects, arrays: PooledArrays, i: int, plan: Plan) -> PooledFit:
    """Return the record of analysis ``i`` of a batch; its studies are those of ``effects``."""
    varying = plan.estimator is not None
    if arrays.empty[i]:
        warnings.warn(
            f"Q = {arrays.q[i]:.3g} lies below the lower limit of its {100 * plan.level:g}% range "
            "at tau² = 0: the Q-profile set is empty and is reported as [0, 0]; the studies agree "
            "more than chance would have it, so look for copied or dependent results",
            EmptyIntervalWarning,
            stacklevel=3,
        )
    has_prediction = varying and not np.isnan(arrays.predicted_low[i])
    return PooledFit(
        effects=effects,
        model=_ROWS[0].key if varying else _ROWS[1].key,
        tau2_method=plan.estimator.key if plan.estimator is not None else "",
        inference=WALD if effects.k == 1 else plan.inference.key,
        prediction=plan.prediction.key if has_prediction else "",
        estimate=_estimate(effects, arrays, i, plan),
        tau2=float(arrays.tau2[i]),
        heterogeneity=_heterogeneity(arrays, i, plan),
        prediction_interval=Interval(
            low=float(arrays.predicted_low[i]),
            high=float(arrays.predicted_high[i]),
            level=plan.level,
            scale=effects.scale,
        )
        if has_prediction
        else None,
        weights=arrays.weights[i, : effects.k],
        remarks=_remarks(arrays, i, plan, effects.k),
    )


def _estimate(effects: Effects, arrays: PooledArrays, i: int, plan: Plan) -> Estimate:
    value, se, null = float(arrays.value[i]), float(arrays.se[i]), effects.scale.null
    statistic, log_p = float(arrays.statistic[i]), float(arrays.log_p_value[i])
    if null != 0:  # the kernel tests against 0; a level, whose null is NaN, has no test
        statistic = (value - null) / se
        log_p = float(log_two_sided(statistic, arrays.df[i]))
    return Estimate(
        value=value,
        se=se,
        low=float(arrays.low[i]),
        high=float(arrays.high[i]),
        statistic=statistic,
        df=float(arrays.df[i]),
        p_value=float(np.exp(log_p)),
        log_p_value=log_p,
        level=plan.level,
        scale=effects.scale,
    )


def _heterogeneity(arrays: PooledArrays, i: int, plan: Plan) -> Heterogeneity:
    names = ("q", "i2", "h2", "i2_q", "typical_v", "tau2_low", "tau2_high", "i2_low", "i2_high")
    log_p = float(arrays.q_log_p_value[i])
    return Heterogeneity(
        **{name: float(getattr(arrays, name)[i]) for name in names},
        df=float(arrays.q_df[i]),
        p_value=float(np.exp(log_p)),
        log_p_value=log_p,
        level=plan.level,
    )


def _remarks(arrays: PooledArrays, i: int, plan: Plan, k: int) -> tuple[str, ...]:
    if k == 1:
        return ("one study: nothing is pooled, and tau² cannot be estimated",)
    remarks: list[str] = []
    if arrays.empty[i]:
        remarks.append(
            "no tau² >= 0 fits the Q-profile, whose limits are given as 0: the studies agree more "
            "than chance would have it"
        )
    wald_half = _wald_half_width(arrays, i, plan.level)
    half = (arrays.high[i] - arrays.low[i]) / 2
    if plan.inference.key == HKSJ and half < wald_half:
        remarks.append(
            f'the {HKSJ} interval is narrower than Wald\'s; inference="{FLOOR}" never is'
        )
    if k == 2 and plan.inference.key != WALD and half > wald_half:
        remarks.append("two studies: one degree of freedom, the interval is very wide")
    return tuple(remarks)


def _wald_half_width(arrays: PooledArrays, i: int, level: float) -> Floats:
    return np.asarray(normal_quantile(level) * arrays.wald_se[i])


def _nothing_left(effects: Effects) -> str:
    reasons: Sequence[str] = [f"{item.study}: {item.reason}" for item in effects.left_out]
    listed = f" Left out: {'; '.join(reasons)}." if reasons else ""
    return f"no study is left to pool; select more broadly or complete the table.{listed}"
