"""selection_model: a meta-analysis or meta-regression adjusted for selective publication."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.convergence import Convergence
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate
from metaan.core.fit_statistics import FitStatistics
from metaan.core.lookup import look_up
from metaan.core.scale import IDENTITY, Scale
from metaan.diagnostics.selection.parameters import Asked, Numbers, asked, raise_all, tried
from metaan.diagnostics.selection.parts import (
    BOTTOM,
    INTERIOR,
    TOP,
    IntervalCount,
    LikelihoodRatio,
    SelectionParameter,
)
from metaan.diagnostics.selection.record import SelectionFit
from metaan.diagnostics.selection.remarks import remarks_on
from metaan.diagnostics.selection.selections import (
    CUT,
    DEFAULT_SELECTION,
    SELECTIONS,
    SMOOTH,
    STEPPED,
    Selection,
)
from metaan.diagnostics.selection.setting import Fit, Setting, make_setting, named_alternative
from metaan.diagnostics.selection.solving import (
    Solved,
    solve,
    solve_without_selection,
    solve_without_tau2,
)
from metaan.numerics.tails import log_chi2_tail, log_two_sided, normal_quantile
from metaan.univariate.regression_kernel import criteria

COMMON_STEPS = (0.025, 0.5)  # by which studies are counted where a model has no steps
NOISE = 1e-11  # of log-likelihoods
NAN = float("nan")


def selection_model(
    fit: Fit,
    selection: str = DEFAULT_SELECTION,
    *,
    steps: Sequence[float] | float | None = None,
    alternative: str | None = None,
    delta: Numbers | str | None = None,
    precision: str | None = None,
    merge_empty: bool = True,
) -> SelectionFit:
    """Return a fit adjusted for the publication of some results rather than others.

    Parameters
    ----------
    fit : PooledFit or RegressionFit
        What to adjust. The model is fitted again by maximum likelihood, with a between-study
        variance if the fit has one (fixed if it was fixed), whatever the fit's own estimator and
        inference; limits are normal ones of its level.
    selection : str
        Row of ``SELECTIONS``: STEP, BETA, HALF_NORMAL, NEGATIVE_EXPONENTIAL, LOGISTIC, POWER,
        NEGATIVE_EXPONENTIAL_POWER, TRUNCATED or TRUNCATED_ESTIMATED.
    steps : float or sequence of float, optional
        STEP: upper ends of the intervals of p-values, 0.025 by default (with which it is called
        the three-parameter selection model). Of functions that fall with the p-value: one p-value
        up to which all are published alike, and from which on the function falls. TRUNCATED: the
        cut, analysis scale, by default the value of no effect.
    alternative : {"greater", "less", "two-sided"}, optional
        Which effects have small p-values; by default one-sided, for the side of the unadjusted
        estimate, which a remark says.
    delta : sequence of float or None, or str, optional
        Fixed parameters of the selection function, None for one to be estimated; of STEP weights
        of all intervals, relative to the first. Or a row of ``VEVEA_WOODS``, weights fixed in
        advance with steps of their own, for a sensitivity analysis.
    precision : {"SE", "V", "1/N", "1/SQRT_N"}, optional
        Imprecision of a study by which delta is multiplied, as a share of the largest.
    merge_empty : bool
        STEP: whether an interval without a study is joined to the next one, which a remark says.
        If not, its weight is estimated as 0.

    Returns
    -------
    SelectionFit
        ``.estimate``, ``.tau2``, ``.delta``, ``.lr_test``, ``.weights(p)``, ``.interval()``.

    Raises
    ------
    InputError
        If the fit is none of independent effects, has weights of its own, its scale no value of no
        effect, there are too few studies, or what is asked does not go together.

    Notes
    -----
    A study of effect y and variance v has the density ``phi(y) w(y) / A``: phi that of a normal
    distribution with the expected effect and variance ``v + tau²``, w the relative chance of
    publication, A the integral of their product, in closed form for intervals and by fixed nodes
    (errors below 1e-11) for smooth functions. Coefficients, tau² and parameters are estimated
    together by Newton's method with exact derivatives, from the best places of a wide grid (means
    up to 100 typical standard errors on the side that is not favored, tau² = 0 and large); the
    highest maximum is reported, and a remark names one with another estimate no more than 3 lower
    in log-likelihood. Standard errors are those of the observed information.

    STEP after Vevea and Hedges [1]_, with fixed weights after Vevea and Woods [2]_; BETA after
    Citkowicz and Vevea [3]_, whose p-values nearer than 1e-5 to 0 and 1 count as 1e-5, as do
    those of POWER; the falling functions after Preston and others [4]_; a power in the exponent
    after Begg and Mazumdar [5]_; truncation after Rust and others [6]_. Parameters of smooth
    functions are searched up to 100. Tests of the parameters compare with no selection: 1 for
    weights and the beta density, 0 for the others.

    References
    ----------
    .. [1] Vevea JL, Hedges LV (1995). Psychometrika 60:419. doi:10.1007/BF02294384
    .. [2] Vevea JL, Woods CM (2005). Psychol Methods 10:428. doi:10.1037/1082-989X.10.4.428
    .. [3] Citkowicz M, Vevea JL (2017). Psychol Methods 22:28. doi:10.1037/met0000119
    .. [4] Preston C, Ashby D, Smyth R (2004). J Eval Clin Pract 10:313.
       doi:10.1111/j.1365-2753.2003.00457.x
    .. [5] Begg CB, Mazumdar M (1994). Biometrics 50:1088. doi:10.2307/2533446
    .. [6] Rust RT, Lehmann DR, Farley JU (1990). J Mark Res 27:220.
       doi:10.1177/002224379002700209

    Examples
    --------
    Made-up numbers:

    >>> import metaan as ma
    >>> from metaan.diagnostics.selection.model import selection_model
    >>> effects = ma.Effects.from_arrays(
    ...     [0.51, 0.18, 0.65, 0.10, 0.34, 0.05, 0.29, 0.80, 0.13, 0.20],
    ...     se=[0.20, 0.15, 0.28, 0.11, 0.21, 0.16, 0.13, 0.34, 0.16, 0.24],
    ... )
    >>> adjusted = selection_model(ma.pool(effects), steps=0.025)
    >>> [round(each.estimate.value, 3) for each in adjusted.delta]
    [1.0, 0.212]
    """
    faults: list[InputError] = []
    row = tried(faults, partial(_named, selection))
    side = None if alternative is None else tried(faults, partial(named_alternative, alternative))
    setting = tried(faults, partial(make_setting, fit, None if side is None else side.key))
    if row is None or setting is None:
        raise_all(faults)
    assert row is not None
    assert setting is not None
    plan = asked(
        setting,
        row,
        steps=steps,
        delta=delta,
        precision=precision,
        merge_empty=merge_empty,
        faults=faults,
    )
    return _record(setting, plan, solve(setting, plan))


def _named(key: str) -> Selection:
    return look_up(SELECTIONS, key, argument="selection", what="a selection model")


def _record(setting: Setting, plan: Asked, solved: Solved) -> SelectionFit:
    found, p = solved.found, solved.search.problem.p
    unadjusted, base_spread = solve_without_selection(setting)
    unit2 = setting.unit**2
    base_likelihood = unadjusted.value - setting.k * math.log(setting.unit)
    covariance = _covariance(setting, solved)
    delta, counts = _parameters(setting, solved), _counts(setting, plan)
    plain = _coefficients(setting, unadjusted.theta, _in_design(setting, base_spread[:p, :p]))
    base_se = np.array([each.se for each in plain])
    border = bool(found.border[p])
    how = "border" if border else "search" if found.free[p] else "fixed"
    how = "none" if not found.free[p] and not setting.tau2_fixed else how
    tested = float(np.count_nonzero(np.isnan(plan.delta))) + plan.row.estimated_cut
    return SelectionFit(
        fit=setting.fit,
        selection=plan.row.key,
        alternative=setting.alternative.key,
        names=setting.names,
        coefficients=_coefficients(setting, found.theta, covariance),
        unadjusted=plain,
        tau2=float(found.theta[p]) * unit2,
        tau2_se=NAN if border or not found.free[p] else math.sqrt(covariance[p, p]),
        unadjusted_tau2=float(unadjusted.theta[p]) * unit2,
        delta=delta,
        covariance=covariance,
        log_likelihood=solved.log_likelihood,
        unadjusted_log_likelihood=base_likelihood,
        statistics=_statistics(solved, tested),
        lr_test=_ratio(solved.log_likelihood, base_likelihood, tested),
        tau2_lr_test=_tau2_test(solved),
        p_values=setting.p_value,
        counts=counts,
        steps=() if plan.row.kind == CUT else plan.steps,
        cut=_cut(setting, solved),
        precision=plan.precision,
        convergence=Convergence(how=how, steps=found.steps, maxima=found.maxima),
        remarks=(*remarks_on(solved, delta, counts, base_se), *setting.effects.remarks),
        solved=solved,
    )


def _in_design(setting: Setting, block: Floats) -> Floats:
    return np.asarray(setting.back @ block @ setting.back.T)


def _covariance(setting: Setting, solved: Solved) -> Floats:
    """Return the covariance of coefficients, tau² and delta, in their own units."""
    p, d = solved.search.problem.p, len(solved.found.theta)
    turn = np.zeros((d, d))
    turn[:p, :p] = setting.back
    turn[p, p] = setting.unit**2
    slope = np.where(solved.logs, solved.delta, 1.0)
    turn[p + 1 :, p + 1 :] = np.diag(slope)
    return np.asarray(turn @ solved.spread @ turn.T)


def _coefficients(setting: Setting, theta: Floats, covariance: Floats) -> tuple[Estimate, ...]:
    p = len(setting.names)
    value = setting.back @ theta[:p] + setting.shift
    scale = setting.effects.scale
    null = np.zeros(p) if p > 1 else setting.shift
    return tuple(
        _estimate(value[i], math.sqrt(covariance[i, i]), null[i], setting.level, scale)
        for i in range(p)
    )


def _estimate(
    value: float, se: float, null: float, level: float, scale: Scale, least: float = -math.inf
) -> Estimate:
    """Return an estimate with its Wald interval, which ends at ``least``."""
    half = normal_quantile(level) * se
    statistic = (value - null) / se if se > 0 else NAN
    log_p = float(log_two_sided(statistic, np.inf)) if se > 0 else NAN
    low = value - half
    return Estimate(
        value=float(value),
        se=se,
        low=float(low if math.isnan(low) else max(low, least)),
        high=float(value + half),
        statistic=float(statistic),
        df=math.inf,
        p_value=math.exp(log_p),
        log_p_value=log_p,
        level=level,
        scale=scale,
    )


def _parameters(setting: Setting, solved: Solved) -> tuple[SelectionParameter, ...]:
    plan, found, p = solved.asked, solved.found, solved.search.problem.p
    stepped = plan.row.kind == STEPPED
    nulls, labels = plan.spread(plan.row.null), _labels(plan)
    errors = np.sqrt(np.diag(_covariance(setting, solved)))[p + 1 :]
    several = stepped or plan.q > 1
    told = []
    if stepped:
        told.append(_held("delta1", labels[0], 1.0, setting.level, 1.0))
    for j, value in enumerate(solved.delta):
        place, name = p + 1 + j, f"delta{j + 1 + stepped}" if several else "delta"
        label = labels[j + stepped]
        if not found.free[place]:
            empty = j in plan.empty
            told.append(
                _held(name, label, float(value), setting.level, nulls[j], empty=empty, place=j)
            )
            continue
        border = INTERIOR
        if found.border[place]:
            low = found.theta[place] <= solved.search.space.low[place]
            border = BOTTOM if low else TOP
        scale = IDENTITY.with_null(nulls[j])
        se = NAN if border else float(errors[j])
        own = _estimate(float(value), se, nulls[j], setting.level, scale, least=0.0)
        told.append(
            SelectionParameter(name=name, label=label, estimate=own, border=border, place=j)
        )
    return tuple(told)


def _held(
    name: str,
    label: str,
    value: float,
    level: float,
    null: float,
    *,
    empty: bool = False,
    place: int = -1,
) -> SelectionParameter:
    """Return a parameter that is not estimated, or whose estimate is known to be 0."""
    own = _estimate(value, NAN, null, level, IDENTITY.with_null(null))
    return SelectionParameter(
        name=name,
        label=label,
        estimate=own,
        fixed=not empty,
        border=BOTTOM if empty else INTERIOR,
        place=place if empty else -1,
    )


def _labels(plan: Asked) -> tuple[str, ...]:
    if plan.row.kind == STEPPED:
        return tuple(each.words for each in _intervals(plan.steps, np.zeros(0)))
    return plan.row.labels


def _counts(setting: Setting, plan: Asked) -> tuple[IntervalCount, ...]:
    steps = plan.steps if plan.row.kind == STEPPED else COMMON_STEPS
    if plan.row.kind == SMOOTH and plan.steps:
        steps = plan.steps
    return _intervals(steps, setting.p_value)


def _intervals(steps: tuple[float, ...], p_values: Floats) -> tuple[IntervalCount, ...]:
    number = np.bincount(np.searchsorted(steps, p_values), minlength=len(steps) + 1)
    ends = (0.0, *steps, 1.0)
    return tuple(
        IntervalCount(low=low, high=high, count=int(count))
        for low, high, count in zip(ends[:-1], ends[1:], number, strict=True)
    )


def _statistics(solved: Solved, tested: float) -> FitStatistics:
    p, value = solved.search.problem.p, solved.log_likelihood
    parameters = p + int(solved.found.free[p]) + int(tested)
    aic, bic, aicc = criteria(np.array(value), parameters, solved.setting.k)
    return FitStatistics(
        log_likelihood=value,
        aic=float(aic),
        bic=float(bic),
        aicc=float(aicc),
        parameters=parameters,
    )


def _ratio(high: float, low: float, df: float) -> LikelihoodRatio:
    statistic = 2 * (high - low)
    if statistic < NOISE * (1 + abs(high)):  # one likelihood, but for rounding
        statistic = 0.0
    if not df > 0:
        return LikelihoodRatio(statistic=statistic, df=0.0, p_value=NAN, log_p_value=NAN)
    log_p = float(log_chi2_tail(statistic, df))
    return LikelihoodRatio(statistic=statistic, df=df, p_value=math.exp(log_p), log_p_value=log_p)


def _tau2_test(solved: Solved) -> LikelihoodRatio:
    p, found = solved.search.problem.p, solved.found
    if not found.free[p]:
        return LikelihoodRatio(statistic=NAN, df=0.0, p_value=NAN, log_p_value=NAN)
    if found.border[p]:
        return _ratio(solved.log_likelihood, solved.log_likelihood, 1.0)
    return _ratio(solved.log_likelihood, solve_without_tau2(solved), 1.0)


def _cut(setting: Setting, solved: Solved) -> float:
    if solved.cut is None:
        return NAN
    turned = float(solved.cut.at[0]) * setting.unit
    return setting.alternative.sign * turned + setting.effects.scale.null
