"""null_trial: how large a further trial would have to be to turn the conclusion."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.fit import GIVEN, PooledFit
from metaan.core.numbers import compact
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.fragility.conclusion import (
    INTERVAL,
    Conclusion,
    Limits,
    conclusion_of,
    reference_of,
)
from metaan.diagnostics.fragility.new_trial_common import common_pool
from metaan.diagnostics.fragility.new_trial_record import NullTrial
from metaan.diagnostics.fragility.refit import in_blocks, plan_for, pooled_only, refit
from metaan.univariate.planning import COMMON

# Variances tried, in units of the smallest and of the largest of the studies, and their number.
FINEST, COARSEST, STEPS = 1e-6, 1e6, 1201
BEYOND = 1e-3  # of the variance by which a common effect yields where z is 1
HALVINGS = 60
Pools = Callable[[Floats, Floats], Limits]  # effects and variances of the further trial, (n,)


class Sizes(NamedTuple):
    """How participants of both groups follow from a variance: ``n = c / v``, and in words."""

    middle: float
    low: float
    high: float
    relation: str


def null_trial(
    fit: PooledFit | SubgroupFit,
    *,
    effect: float | None = None,
    conclusion: str = INTERVAL,
    against: float | None = None,
    sd: float | None = None,
) -> NullTrial:
    """Return the smallest further trial of no effect with which the pool concludes otherwise.

    Parameters
    ----------
    fit : PooledFit or SubgroupFit
        Pool of k >= 1 studies; of subgroups it is the pool of all. The model is fitted again with
        k + 1 studies, tau² included.
    effect : float, optional
        Result of the further trial, reading scale; no effect by default. A minimal important
        difference asks how large a trial that just reaches it would have to be.
    conclusion : {"interval", "estimate"}
        On which side of ``against`` the interval (significance), or the estimate, lies. Row of
        ``CONCLUSIONS``.
    against : float, optional
        Reading scale; no effect by default.
    sd : float, optional
        Standard deviation of the outcome, for mean differences (1 for standardized ones): n is
        then ``4 sd² / v``, two equal groups. By default it is as in the studies.

    Returns
    -------
    NullTrial
        ``.se`` and ``.n``; ``.exists`` is False where no size suffices; ``.holds`` says whether
        all larger trials suffice too; ``.common_se`` is that of the common-effect pool.

    Raises
    ------
    InputError
        If this is no pool, has weights of the caller's own, has no limits, or a number cannot be
        an effect.

    Notes
    -----
    This is the vertical line of the extended funnel plot [1]_ through ``effect``. The conclusion
    is computed for 1201 variances between a million times the largest and a millionth of the
    smallest of the studies in one batch, and the first that turns it, coming from small trials,
    is refined by bisection: sizes are not in order of the conclusion. With random effects the
    weight of even an endless trial is bounded by ``1 / tau²``, and its disagreement raises tau²,
    so that no size may suffice, or a larger trial turn the conclusion back. That a conclusion
    stands against any trial is then no strength of it: ``.common_se`` is what turns the
    common-effect pool of the same studies (normal limits), in closed form.

    A study's information goes with its participants: ``n = c / v`` with c the geometric mean of
    ``n v`` of the studies, and n by the least and the greatest of these ratios beside it.

    References
    ----------
    .. [1] Langan D, Higgins JPT, Gregory W, Sutton AJ (2012). J Clin Epidemiol 65:511.
       doi:10.1016/j.jclinepi.2011.10.009

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.fragility.new_trial import null_trial
    >>> effects = ma.Effects.from_arrays([0.4, 0.6], se=[0.2, 0.2])
    >>> found = null_trial(ma.pool(effects, model="common"))
    >>> round(found.se ** -2, 3)  # (0.5 * 50 / 1.96)² - 50
    112.699
    """
    pooled = pooled_only(fit, "null_trial")
    wanted = conclusion_of(pooled, conclusion=conclusion, against=against, verb="null_trial")
    scale = pooled.estimate.scale
    result = reference_of(scale, effect, verb="null_trial", argument="effect")
    sizes = _sizes(pooled.effects, sd)
    pools = pools_with(pooled, "null_trial")
    grid = np.geomspace(COARSEST * pooled.effects.v.max(), _finest(pooled, result), STEPS)
    turned = wanted.turned(pools(np.full(STEPS, result), grid))
    found = _first(pools, wanted, result, (grid, turned))
    back, holds = _back(pools, wanted, result, (grid, turned))
    kept = pools(np.array([result]), np.array([found]))
    there = math.isfinite(found)
    value, low, high = (float(each[0]) if there else math.nan for each in kept)
    n = [c / found if there else math.nan for c in sizes[:3]]
    remarks = () if math.isfinite(sizes.middle) else (sizes.relation,)
    common = common_pool(pooled, wanted, result)
    return NullTrial(
        fit=pooled,
        conclusion=wanted,
        effect=result,
        se=math.sqrt(found) if found == found else math.nan,
        value=value,
        low=low,
        high=high,
        holds=holds,
        back=back,
        n=n[0],
        n_low=n[1],
        n_high=n[2],
        relation=sizes.relation,
        largest=float(np.sqrt(grid[-1])),
        common_side=common.side,
        common_se=math.sqrt(common.v),
        common_n=sizes.middle / common.v,
        remarks=remarks,
    )


def _finest(fit: PooledFit, result: float) -> float:
    """Return the smallest variance that is tried.

    A common effect yields to a trial of weight ``(sum w d / z)² - sum w``, d being the distance
    of each study from its result: that and more is tried. Random effects need no such weights:
    their own are bounded by ``1 / tau²``.
    """
    v = fit.effects.v
    finest = float(FINEST * v.min())
    if fit.model == COMMON:
        pull = abs(float(np.sum((fit.effects.y - result) / v)))
        finest = min(finest, BEYOND / pull**2 if pull > 0 else finest)
    return finest


def pools_with(fit: PooledFit, verb: str) -> Pools:
    """Return what pools the studies of a fit with one more, a batch of such studies at once."""
    if fit.weighting == GIVEN:
        raise InputError(
            f"{verb}: this pool has weights of its own, and nobody knows that of a further "
            "trial; pool without weights="
        )
    plan, effects = plan_for(fit, verb), fit.effects
    k = effects.k

    def pools(y: Floats, v: Floats) -> Limits:
        v = np.where(np.isfinite(v), v, 1.0)

        def block(rows: slice) -> Limits:
            n = len(y[rows])
            every, spread = np.empty((n, k + 1)), np.empty((n, k + 1))
            every[:, :k], spread[:, :k] = effects.y, effects.v
            every[:, k], spread[:, k] = y[rows], v[rows]
            return refit(plan, every, spread, np.ones((n, k + 1), dtype=bool))

        return in_blocks(len(y), k + 1, block)

    return pools


def _first(
    pools: Pools, wanted: Conclusion, result: float, tried: tuple[Floats, Booleans]
) -> float:
    """Return the largest variance that turns the conclusion: inf, NaN or a number."""
    grid, turned = tried
    places = np.flatnonzero(turned)
    if not len(places):
        return math.nan
    if places[0] == 0:
        return math.inf
    i = int(places[0])
    return _edge(pools, wanted, result, (float(grid[i - 1]), float(grid[i])), True)


def _back(
    pools: Pools, wanted: Conclusion, result: float, tried: tuple[Floats, Booleans]
) -> tuple[float, bool]:
    """Return the standard error at which larger trials stop to turn it, and if they never do."""
    grid, turned = tried
    places = np.flatnonzero(turned)
    after = np.flatnonzero(~turned)
    after = after[after > places[0]] if len(places) else after[:0]
    if not len(after):
        return math.nan, bool(len(places))
    i = int(after[0])
    edge = _edge(pools, wanted, result, (float(grid[i - 1]), float(grid[i])), False)
    return math.sqrt(edge), False


def _edge(
    pools: Pools, wanted: Conclusion, result: float, ends: tuple[float, float], turns: bool
) -> float:
    """Return the variance between two at which the conclusion changes, on the side of the second.

    By halving: what is sought is a change of a yes to a no, which may be a jump.
    """
    far, near = ends
    for _ in range(HALVINGS):
        middle = math.sqrt(far) * math.sqrt(near)
        found = pools(np.array([result]), np.array([middle]))
        if bool(wanted.turned(found)[0]) == turns:
            near = middle
        else:
            far = middle
    return near


def _sizes(effects: Effects, sd: float | None) -> Sizes:
    if sd is not None:
        if isinstance(sd, bool) or not isinstance(sd, Real) or not 0 < float(sd) < math.inf:
            raise InputError(f"null_trial: sd={sd!r} must be a finite number greater than 0")
        if effects.scale.is_log:
            raise InputError("null_trial: sd= is for differences of means, not for ratios")
        c = 4 * float(sd) ** 2
        return Sizes(c, c, c, f"a standard deviation of {compact(float(sd))} in two equal groups")
    n = participants(effects)
    if n is None or not (n > 0).all():
        return Sizes(
            math.nan, math.nan, math.nan,
            "the number of participants is unknown: the effects have no columns n1 and n2, or n",
        )  # fmt: skip
    c = np.log(n) + np.log(effects.v)
    low, middle, high = (float(np.exp(each)) for each in (c.min(), c.mean(), c.max()))
    return Sizes(middle, low, high, "the studies' own n times variance (geometric mean)")


def participants(effects: Effects) -> Floats | None:
    """Return the participants of each study, shape (k,), from n1 and n2 or n; None without."""
    for names in (("n1", "n2"), ("n",)):
        if all(name in effects.columns for name in names):
            try:
                columns = [np.asarray(effects.columns[name], dtype=float) for name in names]
            except (TypeError, ValueError):
                continue
            return np.asarray(sum(columns[1:], columns[0]))
    return None
