"""From the points of a test to its record: the kernel that a row asks for, and what to remark."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from metaan.core.errors import InputError
from metaan.core.estimate import Estimate
from metaan.core.faults import Faults
from metaan.core.fit import PooledFit
from metaan.core.lookup import look_up
from metaan.core.numbers import compact
from metaan.core.scale import IDENTITY, Scale
from metaan.core.wording import in_sentence
from metaan.diagnostics.asymmetry.asymmetry_evidence import Evidence
from metaan.diagnostics.asymmetry.asymmetry_points import Points
from metaan.diagnostics.asymmetry.asymmetry_record import (
    FEW,
    AsymmetryLine,
    AsymmetryRanks,
    AsymmetryTest,
)
from metaan.diagnostics.asymmetry.asymmetry_table import (
    HARBORD,
    MOMENTS,
    MULTIPLICATIVE,
    PETERS,
    PUSTEJOVSKY,
    RANKS,
    AsymmetryMethod,
    standardized_differences,
)
from metaan.diagnostics.asymmetry.line_kernel import (
    LEAST,
    Lines,
    flat,
    mixed_lines,
    weighted_lines,
)
from metaan.diagnostics.asymmetry.rank_kernel import (
    EXACT_MOST,
    Ranks,
    exact_log_p,
    kendall,
    normal_log_p,
)
from metaan.numerics.tails import log_two_sided, statistic_of
from metaan.tau2.interval import NO_LIMITS
from metaan.tau2.moments import dersimonian_laird
from metaan.tau2.table import DEFAULT_TAU2, ESTIMATORS
from metaan.univariate.inference import INFERENCES, T, check_inference
from metaan.univariate.kernel import Plan
from metaan.univariate.planning import (
    COMMON,
    DEFAULT_MODEL,
    FIXED,
    check_plan,
    make_plan,
    method_name,
)
from metaan.univariate.prediction import DEFAULT_PREDICTION

AUTO, EXACT, NORMAL, CONTINUITY = "AUTO", "EXACT", "NORMAL", "CONTINUITY"
RANK_DISTRIBUTIONS: Mapping[str, str] = MappingProxyType(
    {
        AUTO: "exact where there are no ties, else normal",
        EXACT: "exact",
        NORMAL: "normal",
        CONTINUITY: "normal, continuity corrected",
    }
)
SIMILAR = 1.5  # ratio of the largest predictor to the smallest below which studies are alike
MOMENT_ESTIMATOR = next(
    row.key for row in ESTIMATORS.values() if row.function is dersimonian_laird
)


class Choices(NamedTuple):
    """What the caller chose about the model: estimator of tau², inference, distribution of ranks.

    Attributes
    ----------
    tau2 : str, float or None
        Row of ``ESTIMATORS`` or a value; None for the row's own, or the fit's.
    inference : str or None
        Row of ``INFERENCES``; None likewise.
    ranks : str
        Row of ``RANK_DISTRIBUTIONS``.
    """

    tau2: str | float | None = None
    inference: str | None = None
    ranks: str = AUTO


def made(
    row: AsymmetryMethod, points: Points, evidence: Evidence, choices: Choices
) -> AsymmetryTest:
    """Return a test of some points."""
    shared = {
        "method": row.key,
        "name": row.name,
        "doi": row.doi,
        "label": points.label,
        "study": tuple(points.study),
        "y": points.y,
        "x": points.x,
        "predictor": points.predictor,
        "grows": points.grows,
        "remarks": _remarks(row, points, evidence),
    }
    if row.model == RANKS:
        return _ranks(points, choices.ranks, shared)
    return _line(row, points, evidence, choices, shared)


def _line(
    row: AsymmetryMethod,
    points: Points,
    evidence: Evidence,
    choices: Choices,
    shared: Mapping[str, Any],
) -> AsymmetryLine:
    y, x, spread = points.y[None], points.x[None], points.spread[None]
    how, level = "", evidence.level
    if row.model == MULTIPLICATIVE:
        lines = weighted_lines(y, x, 1 / spread, level=level)
    else:
        plan = plan_of_line(row, evidence.fit, choices, level)
        lines = mixed_lines(y, x, spread, plan=plan)
        how = how_of(plan)
    slope = estimate_of(lines, 1, level, IDENTITY, 0.0)
    return AsymmetryLine(
        slope=slope,
        intercept=estimate_of(lines, 0, level, points.scale, points.scale.null),
        spread=points.spread,
        dispersion=float(lines.dispersion[0]),
        tau2=float(lines.tau2[0]),
        how=how,
        statistic=slope.statistic,
        df=slope.df,
        p_value=slope.p_value,
        log_p_value=slope.log_p_value,
        **shared,
    )


def _ranks(points: Points, ranks: str, shared: Mapping[str, Any]) -> AsymmetryRanks:
    found = kendall(points.y[None], points.x[None])
    able = not found.tied[0] and found.studies[0] <= EXACT_MOST
    exact = ranks == EXACT or (ranks == AUTO and able)
    _check_exact(found, ranks)
    z, log_p = normal_log_p(found, continuity=ranks == CONTINUITY)
    name = RANK_DISTRIBUTIONS[CONTINUITY if ranks == CONTINUITY else NORMAL]
    if exact:
        log_p, name = exact_log_p(found), RANK_DISTRIBUTIONS[EXACT]
    return AsymmetryRanks(
        tau=float(found.tau[0]),
        score=float(found.score[0]),
        score_se=float(found.se[0]),
        reference=name,
        statistic=float(z[0]),
        df=np.inf,
        p_value=math.exp(log_p[0]),
        log_p_value=float(log_p[0]),
        **shared,
    )


def _check_exact(found: Ranks, ranks: str) -> None:
    if ranks != EXACT:
        return
    if found.tied[0] or found.studies[0] > EXACT_MOST:
        reason = "ties" if found.tied[0] else f"{found.studies[0]:.0f} studies"
        raise InputError(
            f'ranks="{EXACT}" is for at most {EXACT_MOST} studies without ties; these have '
            f'{reason}. Choose ranks="{NORMAL}"'
        )


def plan_of_line(
    row: AsymmetryMethod | None, fit: PooledFit | None, choices: Choices, level: float
) -> Plan:
    """Return the plan of a meta-regression: the row's, or that of the fit, changed as chosen."""
    model, tau2, inference = DEFAULT_MODEL, choices.tau2, choices.inference
    if row is not None and row.model == MOMENTS:
        tau2 = MOMENT_ESTIMATOR if tau2 is None else tau2
        inference = T if inference is None else inference
    elif fit is not None:
        if tau2 is None:
            model = fit.model
            tau2 = fit.tau2 if fit.tau2_method == FIXED else fit.tau2_method
        inference = fit.inference if inference is None else inference
    faults = Faults()
    with faults:
        if inference is not None:
            look_up(INFERENCES, inference, argument="inference", what="an inference")
    with faults:
        plan = make_plan(
            model=model,
            tau2=0.0 if model == COMMON else DEFAULT_TAU2 if tau2 is None else tau2,
            inference=inference,
            prediction=DEFAULT_PREDICTION,
            level=level,
        )
    faults.refuse()
    check_plan(plan, None)
    check_inference(plan.inference, plan.estimator, design=True)
    return Plan(
        estimator=plan.estimator,
        inference=plan.inference,
        prediction=plan.prediction,
        interval=NO_LIMITS,
        level=plan.level,
    )


def how_of(plan: Plan) -> str:
    """Return the estimator of tau² and the inference in words."""
    how = f"tau² by {method_name(plan)}" if plan.varying else "no tau²"
    return f"{how}, inference {plan.inference.key}"


def estimate_of(lines: Lines, place: int, level: float, scale: Scale, null: float) -> Estimate:
    """Return a coefficient of the first analysis, tested against ``null``."""
    value, se, low, high, statistic, df, log_p = (
        float(getattr(lines, name)[0, place])
        for name in ("value", "se", "low", "high", "statistic", "df", "log_p_value")
    )
    if null != 0:
        statistic = float(statistic_of(value - null, se))
        log_p = float(log_two_sided(statistic, df))
    return Estimate(
        value=value,
        se=se,
        low=low,
        high=high,
        statistic=statistic,
        df=df,
        p_value=math.exp(log_p),
        log_p_value=log_p,
        level=level,
        scale=scale,
    )


def _remarks(row: AsymmetryMethod, points: Points, evidence: Evidence) -> tuple[str, ...]:
    told, undefined = [], _undefined(row, points)
    if undefined:
        told.append(undefined)
    elif np.max(points.x) < SIMILAR * np.min(points.x):
        low, high = compact(float(np.min(points.x))), compact(float(np.max(points.x)))
        told.append(
            f"studies are much alike ({points.predictor} from {low} to {high}): the test has "
            "little to go by"
        )
    told += few_remark(len(points.y))
    told += _artifacts(row, points, evidence)
    return (*told, *points.remarks, *evidence.remarks)


def _undefined(row: AsymmetryMethod, points: Points) -> str:
    """Return why a test cannot be made of these points, or ``""``."""
    every = np.ones((1, len(points.y)), dtype=bool)
    if len(points.y) < LEAST:
        return f"fewer than {LEAST} studies say something"
    if points.undefined:
        return points.undefined
    if flat(points.x[None], every)[0]:
        return f"all studies have the same {points.predictor}"
    if row.model == RANKS and flat(points.y[None], every)[0]:
        return "all studies have the same effect"
    return ""


def few_remark(k: int) -> list[str]:
    """Return what is to be said of a test of few studies."""
    if k >= FEW:
        return []
    return [f"fewer than {FEW} studies: the test has little power (Sterne 2011)"]


def _artifacts(row: AsymmetryMethod, points: Points, evidence: Evidence) -> list[str]:
    """Return whether effects depend on their standard errors by construction."""
    if not row.own_error:
        return []
    what = in_sentence(points.label)
    if evidence.tables is not None and points.scale.is_log:
        return [
            f"the standard error of a log {what} depends on the {what} itself, which alone can "
            f'make a funnel asymmetric: method="{HARBORD}" and "{PETERS}" avoid that'
        ]
    if standardized_differences(evidence):
        return [
            f"the standard error of a {what} depends on the difference itself, which alone can "
            f'make a funnel asymmetric: method="{PUSTEJOVSKY}" avoids that'
        ]
    return []
