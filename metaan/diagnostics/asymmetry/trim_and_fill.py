"""trim_and_fill: how many extreme results one side of the funnel lacks, and the pool with them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from numbers import Real
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Integers
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.faults import Faults
from metaan.core.fit import GIVEN, PooledFit
from metaan.core.lookup import look_up
from metaan.core.numbers import counted
from metaan.core.scale import Scale
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.asymmetry.excess import checked_pool
from metaan.diagnostics.asymmetry.trim_and_fill_filling import filled_effects, pooled_again
from metaan.diagnostics.asymmetry.trim_and_fill_ranks import (
    DEFAULT_MISSING,
    MISSING_ESTIMATORS,
    MissingEstimator,
    ranked,
    rounded,
    standard_error,
)
from metaan.diagnostics.asymmetry.trim_and_fill_record import ENOUGH, FEW, TrimAndFill
from metaan.diagnostics.refitting import SAME, refitting_plan
from metaan.tau2.interval import NO_LIMITS
from metaan.tau2.studies import make_studies
from metaan.tau2.table import DEFAULT_TAU2
from metaan.univariate.inference import INFERENCES, WALD
from metaan.univariate.kernel import Plan, pool_arrays
from metaan.univariate.planning import MODELS, make_plan
from metaan.univariate.prediction import DEFAULT_PREDICTION
from metaan.univariate.regression_kernel import regress_arrays

AUTO = "auto"
# Where studies may be missing; 1 where the full side is that of large effects.
SIDES: Mapping[str, int] = MappingProxyType({AUTO: 0, "left": 1, "right": -1})
_, LEFT, RIGHT = SIDES
FEWEST = 3
HETEROGENEOUS = 50.0  # percent of I² from which a remark warns


def trim_and_fill(
    fit: PooledFit | SubgroupFit,
    *,
    estimator: str = DEFAULT_MISSING,
    side: str = AUTO,
    trim_model: str | None = None,
    within: tuple[float, float] | None = None,
) -> TrimAndFill:
    """Return how many studies one side of the funnel lacks, and the pool with them filled in.

    Parameters
    ----------
    fit : PooledFit or SubgroupFit
        Pool of k >= 3 studies; of subgroups it is the pool of all. The pool with the filled
        studies has its model, estimator of tau², inference, prediction interval, level and
        weights (a filled study has the weight of the one it mirrors).
    estimator : {"L0", "R0", "Q0"}
        Row of ``MISSING_ESTIMATORS`` for the number of missing studies. R0 comes with a test that
        none is missing; Q0 has no value for strongly asymmetric funnels.
    side : {"auto", "left", "right"}
        Where studies are missing: small or large effects (analysis scale). "auto": left if the
        slope of effects on standard errors (Egger's regression under the model that trims) is
        not negative, right otherwise, as metafor chooses.
    trim_model : {"random", "common"}, optional
        Model whose mean is the center while studies are trimmed; that of the fit by default, as
        in metafor. "common" with a fit of random effects is what the R package meta does by
        default (and Peters et al. studied [3]_ as fixed-random).
    within : (float, float), optional
        Ends, on the reading scale, beyond which no filled effect may lie: (-1, 1) for
        correlations, (0.1, 10) for ratios. An end that no effect can pass, as 0 for a ratio,
        holds nothing.

    Returns
    -------
    TrimAndFill
        ``.missing`` with ``.se``, the filled effects, ``.refit`` and what it is compared with;
        ``.sentence()`` says so. Filled studies are called "Filled: " and the study they mirror.

    Raises
    ------
    InputError
        If this is no pool of three studies or more, or one that its own studies do not give (a
        subgroup with a shared tau²), all standard errors are equal and no side is given, the
        estimator Q0 has no value, the bounds are no pair or impossible, or a name is unknown.

    Notes
    -----
    With the k0 most extreme studies of the full side trimmed, the others give a center; the
    deviations of all n studies from it are ranked by size, and the ranks T and the run g of those
    on the full side give a new k0 [1]_, [2]_::

        L0 = (4 T - n (n + 1)) / (2 n - 1)
        R0 = g - 1
        Q0 = n - 1/2 - sqrt(2 n² - 4 T + 1/4)

    rounded to the nearest whole number, not below 0, until k0 stays. Then the mirror images of
    the trimmed studies are added. Where k0 runs in a circle the largest number of the circle is
    taken, ``.converged`` is False, and a remark names the circle (R stops with an error after 100
    rounds); under a common effect that cannot happen. Of equal effects the less precise are
    trimmed first, where metafor's choice hangs on the order of the rows; deviations of equal size
    share their ranks. The test of R0 has ``p = 0.5^(k0 + 1)``.

    References
    ----------
    .. [1] Duval S, Tweedie R (2000). Biometrics 56:455. doi:10.1111/j.0006-341x.2000.00455.x
    .. [2] Duval S, Tweedie R (2000). J Am Stat Assoc 95:89. doi:10.1080/01621459.2000.10473905
    .. [3] Peters JL et al (2007). Stat Med 26:4544. doi:10.1002/sim.2889

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.asymmetry.trim_and_fill import trim_and_fill
    >>> y, se = [0.10, 0.12, 0.30, 0.55, 0.90, 1.20], [0.05, 0.06, 0.20, 0.30, 0.40, 0.50]
    >>> fit = ma.pool(ma.Effects.from_arrays(y, se=se), model="common")
    >>> found = trim_and_fill(fit)
    >>> found.side, found.missing, found.y.round(3)
    ('left', 3, array([-0.32, -0.67, -0.97]))
    """
    faults, ends = Faults(), None
    with faults:
        row = look_up(MISSING_ESTIMATORS, estimator, argument="estimator", what="an estimator")
    with faults:
        sign = look_up(SIDES, side, argument="side", what="a side of the funnel")
    with faults:
        if trim_model is not None:
            look_up(MODELS, trim_model, argument="trim_model", what="a model")
    with faults:
        ends = _checked_ends(within)
    with faults:
        pooled = _checked_pool(fit)
        bounds = _bounds(ends, pooled.effects.scale)
    faults.refuse()
    plan = _trimming_plan(pooled, trim_model)
    slope = math.nan
    if sign == 0:
        slope = _slope(pooled.effects, plan)
        side = RIGHT if slope < 0 else LEFT
    search = _Search(pooled, plan, row, SIDES[side])
    trimmed = search.run()
    effects = filled_effects(pooled.effects, trimmed.twins, trimmed.center, bounds)
    number = trimmed.number
    return TrimAndFill(
        fit=pooled,
        refit=pooled_again(pooled, effects, trimmed.twins),
        estimator=row.key,
        side=side,
        slope=slope,
        trim_model=trim_model or pooled.model,
        number=number,
        se=standard_error(row, pooled.k, number),
        p_value=0.5 ** (len(trimmed.twins) + 1) if row.tests else math.nan,
        center=trimmed.center,
        twins=trimmed.twins,
        rounds=trimmed.rounds,
        circle=trimmed.circle,
        remarks=_remarks(pooled, trimmed.circle, row),
    )


class Trimmed(NamedTuple):
    """Where the search ended: the studies trimmed, the center and the estimate not rounded."""

    twins: Integers
    center: float
    number: float
    rounds: int
    circle: tuple[int, ...]


class _Search:
    """From a number of trimmed studies to the next, until it stays or comes again."""

    def __init__(self, fit: PooledFit, plan: Plan, row: MissingEstimator, sign: int) -> None:
        self.effects, self.plan, self.row, self.sign = fit.effects, plan, row, sign
        self.weights = fit.weights if fit.weighting == GIVEN else None
        # Of equal effects the less precise stand further out.
        self.order = np.lexsort((fit.effects.v, sign * fit.effects.y))

    def center(self, trimmed: int) -> float:
        """Return the pooled effect without the outermost studies of the full side."""
        keep = self.order[: len(self.order) - trimmed]
        own = None if self.weights is None else self.weights[keep][None]
        if own is not None and not own.any():
            raise InputError(
                f"after {counted(trimmed, 'study', 'studies')} trimmed, weights= leave only "
                "studies of weight 0; give others weights above 0, or none"
            )
        y, v = self.effects.y[keep][None], self.effects.v[keep][None]
        return float(pool_arrays(y, v, np.ones_like(y), self.plan, weights=own).value[0])

    def step(self, trimmed: int) -> tuple[float, float]:
        """Return the center with so many trimmed, and the number that is missing around it."""
        center = self.center(trimmed)
        number = self.row.number(ranked(self.sign * (self.effects.y - center)))
        if math.isnan(number):
            instead = ", ".join(key for key in MISSING_ESTIMATORS if key != self.row.key)
            raise InputError(
                f"estimator={self.row.key!r} has no value for so asymmetric a funnel (its root is "
                f"of a negative number); choose one of {instead}"
            )
        return center, number

    def run(self) -> Trimmed:
        """Return where it ends."""
        k, seen = len(self.order), [0]
        while True:
            _, number = self.step(seen[-1])
            following = rounded(number, k)
            if following in seen:
                break
            seen.append(following)
        circle = tuple(seen[seen.index(following) :])
        trimmed = max(circle)
        center, number = self.step(trimmed)
        twins = self.order[k - trimmed :]
        return Trimmed(twins, center, number, len(seen), circle if len(circle) > 1 else ())


def _checked_pool(fit: PooledFit | SubgroupFit) -> PooledFit:
    pooled = checked_pool(fit, "trim_and_fill")
    if pooled.k < FEWEST:
        raise InputError(
            f"trim_and_fill needs {FEWEST} studies or more, got {pooled.k}: of fewer, no side of "
            "a funnel can be fuller than the other"
        )
    return pooled


def _checked_ends(within: object) -> tuple[float, float] | None:
    if within is None:
        return None
    ends = list(within) if isinstance(within, Iterable) else []
    good = all(isinstance(end, Real) and not isinstance(end, bool) for end in ends)
    if not good or len(ends) != 2 or not ends[0] < ends[1]:
        raise InputError(
            f"within={within!r} must be two numbers on the reading scale, the smaller first, "
            "e.g. within=(-1, 1)"
        )
    return float(ends[0]), float(ends[1])


def _bounds(ends: tuple[float, float] | None, scale: Scale) -> tuple[float, float]:
    """Return the ends on the analysis scale; infinite where they hold nothing."""
    if ends is None:
        return -math.inf, math.inf
    with np.errstate(divide="ignore", invalid="ignore"):
        bounds = [float(scale.transform(end)) for end in ends]
    if any(map(math.isnan, bounds)):
        raise InputError(
            f"within={ends!r} cannot be effects on the {scale.key} scale; give them as they are "
            "read (ratios as ratios, not below 0)"
        )
    return min(bounds), max(bounds)


def _trimming_plan(fit: PooledFit, trim_model: str | None) -> Plan:
    """Return how the center is found while studies are trimmed."""
    plan = refitting_plan(fit)
    own = fit.effects
    weights = fit.weights[None] if fit.weighting == GIVEN else None
    whole = pool_arrays(own.y[None], own.v[None], np.ones((1, own.k)), plan, weights=weights)
    if not abs(float(whole.value[0]) - fit.estimate.value) <= SAME * fit.estimate.se:
        raise InputError(
            "this fit is not the pool of its own studies alone (as a subgroup that shares tau² "
            "with others is not); pool them by themselves first"
        )
    if trim_model is None or trim_model == fit.model:
        return plan
    made = make_plan(
        model=trim_model,
        tau2=DEFAULT_TAU2,
        inference=WALD,
        prediction=DEFAULT_PREDICTION,
        level=plan.level,
    )
    return replace(made, interval=NO_LIMITS)


def _slope(effects: Effects, plan: Plan) -> float:
    """Return the slope of effects on their standard errors, under a plan."""
    se = effects.se
    if np.ptp(se) <= 1e-12 * float(se.max()):
        raise InputError(
            "all standard errors are equal, so that no slope shows on which side studies are "
            f"missing; choose side={LEFT!r} or side={RIGHT!r}"
        )
    x = np.stack([np.ones(effects.k), se], axis=-1)[None]
    studies = make_studies(effects.y[None], effects.v[None], x=x)
    found = regress_arrays(studies, replace(plan, inference=INFERENCES[WALD]))
    return float(found.value[0, 1])


def _remarks(fit: PooledFit, circle: tuple[int, ...], row: MissingEstimator) -> tuple[str, ...]:
    told = [
        "a sensitivity analysis: it takes all asymmetry for suppressed extreme results, and the "
        "filled studies are no data"
    ]
    if circle:
        told.append(
            f"{row.key} did not settle: its number runs through "
            f"{', '.join(map(str, circle))} again and again; the largest is taken"
        )
    if fit.k < ENOUGH:
        told.append(FEW)
    het = fit.heterogeneity
    if het.i2_q >= HETEROGENEOUS:
        told.append(
            f"I² = {het.i2_q:.0f}% (from Q): where effects differ between studies, trim and fill "
            "fills in studies also when none are missing"
        )
    return tuple(told)
