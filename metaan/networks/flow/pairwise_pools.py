"""Every comparison with direct evidence pooled by itself, with a tau² of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import Booleans, Integers
from metaan.core.network_effects import NetworkEffects
from metaan.networks.combining.evidence import gather_evidence
from metaan.networks.combining.network_plan import network_plan
from metaan.networks.combining.pairs import labels_of, pairs_of
from metaan.networks.flow.hat_matrix import COMPARISON
from metaan.numerics.tails import normal_quantile
from metaan.univariate.inference import FLOOR, HKSJ
from metaan.univariate.kernel import Plan, pool_arrays
from metaan.univariate.planning import COMMON, RANDOM
from metaan.univariate.pooled_arrays import PooledArrays

if TYPE_CHECKING:
    import pandas as pd

ROUNDING = 1e-9  # share of the width of an interval that is the rounding of its limits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairwisePools:
    """The d comparisons with direct evidence, each pooled by itself.

    Attributes
    ----------
    comparisons : tuple of str, length d
        "a:b": the effect of a against b.
    studies : ndarray of int, shape (d,)
        Studies that compare the two.
    pooled : PooledArrays
        Every pooled quantity, shape (d,), analysis scale.
    estimated : ndarray of bool, shape (d,)
        Whether tau² was estimated and there were two studies to estimate it from.
    remarks : tuple of str, length d
        What a careful reader should know of each interval; mostly empty.
    """

    comparisons: tuple[str, ...]
    studies: Integers
    pooled: PooledArrays
    estimated: Booleans
    remarks: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per comparison, analysis scale.

        Returns
        -------
        DataFrame
            comparison, studies, estimate, se, low, high, statistic, df, p_value, tau2, i2,
            i2_q (percent), q, q_df, q_p_value, remark. Of a single study i2, i2_q and q_p_value
            are NaN, and tau2 too unless it was given.
        """
        import pandas as pd

        pooled, several = self.pooled, self.studies > 1
        return pd.DataFrame(
            {
                COMPARISON: self.comparisons,
                "studies": self.studies,
                "estimate": pooled.value,
                "se": pooled.se,
                "low": pooled.low,
                "high": pooled.high,
                "statistic": pooled.statistic,
                "df": pooled.df,
                "p_value": pooled.p_value,
                "tau2": np.where(self.estimated, pooled.tau2, np.nan),
                "i2": np.where(several, pooled.i2, np.nan),
                "i2_q": np.where(several, pooled.i2_q, np.nan),
                "q": pooled.q,
                "q_df": pooled.q_df,
                "q_p_value": np.where(several, pooled.q_p_value, np.nan),
                "remark": self.remarks,
            }
        )


def pairwise_pools(
    effects: NetworkEffects, plan: Plan, *, tau2: str | float | None = None
) -> PairwisePools:
    """Return every comparison with direct evidence pooled by itself, all at once.

    Parameters
    ----------
    effects : NetworkEffects
        Contrasts; the network need not be connected.
    plan : Plan
        Model, inference and level.
    tau2 : str or float, optional
        Row of ``ESTIMATORS``, for a tau² of each comparison, or one value for all; the plan's
        estimator or value by default.

    Notes
    -----
    A study of many arms enters every comparison of its arms with the variance of that contrast;
    the pools of such comparisons are not independent.
    """
    plan = plan if tau2 is None else _other(plan, tau2)
    n = len(effects.treatments)
    pairs = pairs_of(gather_evidence(effects))
    order = np.argsort(pairs.first * n + pairs.second, kind="stable")
    keys, start, counts = np.unique(
        (pairs.first * n + pairs.second)[order], return_index=True, return_counts=True
    )
    place = np.repeat(np.arange(len(keys)), counts), np.arange(len(order)) - start.repeat(counts)
    y, v, present = (np.zeros((len(keys), counts.max())) for _ in range(3))
    v += 1.0  # an absent study has a variance that divides
    y[place], v[place], present[place] = pairs.y[order], pairs.v[order], 1.0
    fixed = plan.varying and plan.row is None
    pooled = pool_arrays(y, v, present, plan)
    return PairwisePools(
        comparisons=labels_of(effects.treatments, keys // n, keys % n),
        studies=counts.astype(np.int64),
        pooled=pooled,
        estimated=(counts > 1) | fixed,
        remarks=tuple(_remark(*each) for each in zip(*_widths(pooled, plan), strict=True)),
    )


def _widths(pooled: PooledArrays, plan: Plan) -> tuple[list[float], list[float]]:
    """Return half the widths of the intervals, and of Wald's; shape (d,) each."""
    wald = normal_quantile(plan.level) * pooled.wald_se
    return ((pooled.high - pooled.low) / 2).tolist(), wald.tolist()


def _remark(half: float, wald: float) -> str:
    """Return what is to be said of an interval that is too narrow to be believed."""
    remedy = f'inference="{FLOOR}" is never narrower'
    if half <= ROUNDING * wald:
        return f"its studies agree exactly, so that {HKSJ} gives no width: {remedy} than Wald's"
    return f"narrower than Wald's interval: {remedy}" if half < wald * (1 - ROUNDING) else ""


def _other(plan: Plan, tau2: str | float) -> Plan:
    return network_plan(
        model=RANDOM if plan.varying else COMMON,
        tau2=tau2,
        inference=plan.inference.key,
        prediction=plan.prediction.key,
        level=plan.level,
    )
