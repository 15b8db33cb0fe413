"""One tau² for several subgroups: a model of all studies with a mean for each subgroup."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.core.errors import EmptyIntervalWarning
from metaan.numerics.linalg import binary_scale
from metaan.numerics.tails import log_two_sided
from metaan.tau2.limits import Limits
from metaan.tau2.studies import make_studies
from metaan.univariate.inference import (
    FLOOR,
    HKSJ,
    INFERENCES,
    WALD,
    check_inference,
)
from metaan.univariate.inferred import Inferred
from metaan.univariate.kernel import Plan, estimate_tau2
from metaan.univariate.pooled_arrays import PooledArrays
from metaan.univariate.prediction import error_of, half_width
from metaan.univariate.weighing import weigh

EMPTY = (
    "no tau² >= 0 fits the Q-profile of the shared tau², whose limits are given as 0: the studies "
    "of each subgroup agree more than chance would have it"
)


ALONE = (
    "as many subgroups as studies: every mean is its study's effect, tau² cannot be estimated and "
    f'is taken as 0, and the intervals are Wald\'s ("{WALD}") whatever was asked for'
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shared:
    """What a model with a mean for each of p subgroups says, in units of ``unit``.

    Attributes
    ----------
    inferred : Inferred
        The means, shape (1, p), with their uncertainty.
    predicted : ndarray, shape (1, p)
        Half the width of each prediction interval.
    found : tuple of float and two int
        tau², steps and maxima of its search.
    limits : Limits
        Limits of tau².
    tau2_se : float
        Standard error of tau².
    narrow : bool
        Whether a Hartung-Knapp interval is narrower than Wald's.
    unit : float
        Scale of the effects.
    alone : bool
        Whether there are as many subgroups as studies.
    inference : str
        Key of the row of ``INFERENCES`` that the intervals are by.
    """

    inferred: Inferred
    predicted: Floats
    found: tuple[float, int, int]
    limits: Limits
    tau2_se: float
    narrow: bool
    unit: float
    alone: bool
    inference: str

    @property
    def tau2(self) -> float:
        """The tau² of all subgroups, on the scale of the effects."""
        return self.found[0] * self.unit**2

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a careful reader should know about it."""
        told = [EMPTY] if self.limits.empty[0] else []
        if self.alone:
            told.append(ALONE)
        if self.narrow:
            told.append(f'the {HKSJ} intervals are narrower than Wald\'s; "{FLOOR}" never is')
        return tuple(told)

    def brought_into(self, arrays: PooledArrays, chosen: Integers) -> PooledArrays:
        """Return pools of some subgroups at this tau², uncertainty and limits from this model."""
        beta, df = self.inferred.beta[0, chosen], self.inferred.df[0, chosen]
        se, half = self.inferred.se[0, chosen], self.inferred.half[0, chosen]
        predicted, unit = self.predicted[0, chosen], self.unit
        n = len(chosen)
        low = np.full(n, self.limits.low[0] * unit**2)
        high = np.full(n, self.limits.high[0] * unit**2)
        typical = arrays.typical_v
        with np.errstate(divide="ignore", invalid="ignore"):  # equal effects have no spread
            statistic = beta / se
        return replace(
            arrays,
            value=beta * unit,
            se=se * unit,
            low=(beta - half) * unit,
            high=(beta + half) * unit,
            statistic=statistic,
            df=df,
            log_p_value=log_two_sided(statistic, df),
            prediction_low=(beta - predicted) * unit,
            prediction_high=(beta + predicted) * unit,
            tau2_se=np.full(n, self.tau2_se * unit**2),
            steps=np.full(n, self.found[1]),
            maxima=np.full(n, self.found[2]),
            tau2_low=low,
            tau2_high=high,
            i2_low=100 * low / (low + typical),
            i2_high=100 * high / (high + typical),
            empty=np.zeros(n, dtype=bool),
        )


def pool_sharing_tau2(y: Floats, v: Floats, group: Integers, p: int, plan: Plan) -> Shared:
    """Return the model of k studies in p subgroups, ``group`` telling which is whose.

    Warns
    -----
    EmptyIntervalWarning
        If no tau² >= 0 lies in the set that bounds it; [0, 0] is reported.
    """
    k = len(y)
    unit = binary_scale(v[None], np.ones((1, k)))
    u = unit[:, 0]
    x = np.zeros((1, k, p))
    x[0, np.arange(k), group] = 1.0
    studies = make_studies(y[None] / unit, v[None] / unit / unit, x=None if p == 1 else x)
    check_inference(plan.inference, plan.estimator, design=True)
    found = estimate_tau2(studies, plan, u)
    weighted = weigh(studies, found.tau2)
    inferred = plan.inference.function(weighted, plan.level)
    error, counted = error_of(plan.prediction, weighted, inferred.se, np.eye(p))
    wald = INFERENCES[WALD].function(weighted, plan.level)
    row = plan.row
    limits = plan.interval.function(studies, plan.level, row.restricted if row else None)
    if limits.empty[0]:
        warnings.warn(EMPTY, EmptyIntervalWarning, stacklevel=3)
    return Shared(
        inferred=inferred,
        predicted=half_width(plan.prediction, found.tau2[:, None], error, counted, plan.level),
        found=(float(found.tau2[0]), int(found.steps[0]), int(found.maxima[0])),
        limits=limits,
        tau2_se=float(row.se(studies, found.tau2)[0]) if row else float("nan"),
        narrow=bool(plan.inference.key == HKSJ and (inferred.half < wald.half).any()),
        unit=float(u[0]),
        alone=k == p > 1,
        inference=WALD if k == p else plan.inference.key,
    )
