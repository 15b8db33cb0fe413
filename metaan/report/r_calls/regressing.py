"""r_call of a meta-regression, of subgroups and of a robust fit."""

from __future__ import annotations

from metaan.core.fit import GIVEN, PooledFit
from metaan.core.regression_answers import JointTest
from metaan.core.regression_fit import RegressionFit
from metaan.core.subgroup_fit import SubgroupFit
from metaan.report.r_calls.call import RCall
from metaan.report.r_calls.escalc import studies_of
from metaan.report.r_calls.packages import ITERATIVE
from metaan.report.r_calls.pooling import (
    COMMON_EFFECT,
    NO_KR,
    TESTS,
    X,
    control_line,
    heterogeneity_printed,
    kind_of,
    level_text,
    model_arguments,
    not_here,
    rma,
    unit_of,
)
from metaan.report.r_calls.script import Printed, Script, make_call
from metaan.report.r_calls.writing import matrix, text, vector
from metaan.univariate.inference import KR, WALD

GROUP = "group"
# As many coefficients as studies: tau² is taken as 0, which R says so.
SATURATED = {"method": text(COMMON_EFFECT), "test": text(TESTS[WALD])}
THROUGH_ZERO = (
    "metafor 3.8 has tau² and Q of another model for a line through 0 (one number and no constant)"
)


def design_lines(fit: RegressionFit) -> list[str]:
    """Return the line that makes the design, one row per study and one column per coefficient."""
    return [f"{X} <- {matrix(fit.x.tolist(), fit.names)}"]


def regression_script(fit: RegressionFit, *, inference: str = "") -> Script:
    """Return the lines that make the studies, the design and the model."""
    weights = None
    if fit.weighting == GIVEN and fit.given_weights is not None:
        weights = {"weight": fit.given_weights.tolist()}
    absent = not_here(fit.tau2_method)
    lines = design_lines(fit)
    if fit.tau2_method:
        lines.append(control_line(fit.heterogeneity, fit.tau2))
    arguments = model_arguments(fit, inference=inference)
    if fit.df_residual < 1:
        arguments = {**SATURATED, "level": level_text(fit.level)}
    if fit.moderators.df:
        places = [fit.names.index(name) + 1 for name in fit.moderators.terms]
        arguments["btt"] = vector(places)
    lines.append(f"fit <- {rma(arguments, mods=X)}")
    told = [f'the design is that of the formula "{fit.formula}"']
    if fit.p == 1 and len(set(fit.x[:, 0].tolist())) > 1:
        absent = (*absent, THROUGH_ZERO)
    told += absent
    return studies_of(fit.effects, weights).and_then(*lines, remarks=told, executed=not absent)


def regression_call(fit: RegressionFit) -> RCall:
    """Return the call of a meta-regression."""
    saturated = fit.df_residual < 1
    script = regression_script(fit)
    exact = fit.inference != KR
    printed = coefficients_printed("fit", fit, tested=exact)
    if not exact:
        script = script.and_then(remarks=(NO_KR,))
    elif fit.moderators.df:
        printed += _joint_printed("fit", fit.moderators)
    if not saturated:
        script, more = heterogeneity_printed(fit, script)
        printed += more
    # R loses digits in designs as they come: a column of years, say
    return make_call("the meta-regression", script, printed, kind=ITERATIVE)


def coefficients_printed(source: str, fit: RegressionFit, *, tested: bool = True) -> list[Printed]:
    """Return the coefficients of a model with their limits and tests."""
    errors = [each.se for each in fit.coefficients]
    size = max(errors)
    found = [Printed("b", f"c({source}$beta)", [each.value for each in fit.coefficients], size)]
    if not tested:
        return found
    return [
        *found,
        Printed("se", f"{source}$se", errors),
        Printed("low", f"{source}$ci.lb", [each.low for each in fit.coefficients], size),
        Printed("high", f"{source}$ci.ub", [each.high for each in fit.coefficients], size),
        Printed("p", f"{source}$pval", [each.p_value for each in fit.coefficients], 1.0),
    ]


def _joint_printed(source: str, test: JointTest) -> list[Printed]:
    return [
        Printed("QM", f"{source}$QM", test.statistic, 1.0),
        Printed("QM_p", f"{source}$QMp", test.p_value, 1.0),
    ]


def subgroups_call(fit: SubgroupFit) -> RCall:
    """Return the call of subgroups: a model each, or one with a mean for each."""
    return _shared(fit) if fit.shared_tau2 else _separate(fit)


def _labels(fit: SubgroupFit) -> list[str]:
    return [str(value) for value in fit.overall.effects.columns[fit.by]]


def _separate(fit: SubgroupFit) -> RCall:
    overall = fit.overall
    script = studies_of(overall.effects, {GROUP: _labels(fit)})
    printed: list[Printed] = []
    lines: list[str] = []
    told = [NO_KR] if overall.inference == KR else []
    for i, (level, part) in enumerate(zip(fit.levels, fit.fits, strict=True), start=1):
        name = f"fit{i}"
        lines += _subset_lines(part, name, level)
        printed += _group_printed(f"group{i}", name, part, tested=overall.inference != KR)
    means = ", ".join(f"fit{i}$beta[[1]]" for i in range(1, len(fit.levels) + 1))
    # the test takes Wald's standard errors whatever the intervals are
    spread = ", ".join(
        f"sqrt(1 / sum(1 / (fit{i}$vi + fit{i}$tau2)))" for i in range(1, len(fit.levels) + 1)
    )
    if fit.df_between > 0:
        lines.append(f'between <- rma(c({means}), sei = c({spread}), method = "{COMMON_EFFECT}")')
        printed += [
            Printed("Q_between", "between$QE", fit.q_between, 1.0),
            Printed("p_between", "between$QEp", fit.p_between),
        ]
    more, whole = _overall(overall)
    absent = not_here(overall.tau2_method)
    script = script.and_then(*lines, *more, remarks=[*told, *absent], executed=not absent)
    printed += whole
    return make_call("the subgroups", script, printed, kind=kind_of(overall))


def _overall(fit: PooledFit) -> tuple[list[str], list[Printed]]:
    """Return the pool of all studies, whose tau² is its own."""
    lines = [control_line(fit.heterogeneity, fit.tau2)] if fit.tau2_method and fit.k > 1 else []
    arguments = model_arguments(fit) if fit.k > 1 else {"method": text(COMMON_EFFECT)}
    lines.append(f"overall <- {rma(arguments)}")
    return lines, _group_printed("overall", "overall", fit, tested=fit.inference != KR)


def _subset_lines(part: PooledFit, name: str, level: str) -> list[str]:
    arguments = {"method": text(COMMON_EFFECT), "level": level_text(part.estimate.level)}
    lines = []
    if part.k > 1:
        arguments = model_arguments(part)
        if part.tau2_method:
            lines.append(control_line(part.heterogeneity, part.tau2))
    arguments["subset"] = f"{GROUP} == {text(level)}"
    return [*lines, f"{name} <- {rma(arguments)}"]


def _group_printed(prefix: str, name: str, part: PooledFit, *, tested: bool) -> list[Printed]:
    estimate = part.estimate
    found = [Printed(prefix, f"{name}$beta[[1]]", estimate.value, estimate.se)]
    if tested:
        limits = [estimate.low, estimate.high]
        found += [
            Printed(f"{prefix}_se", f"{name}$se", estimate.se),
            Printed(f"{prefix}_limits", f"c({name}$ci.lb, {name}$ci.ub)", limits, estimate.se),
        ]
    if part.tau2_method and part.k > 1:
        unit = unit_of(part.heterogeneity, part.tau2)
        found.append(Printed(f"{prefix}_tau2", f"{name}$tau2", part.tau2, unit))
    return found


def _shared(fit: SubgroupFit) -> RCall:
    """Return one regression on an indicator of each subgroup, and ``anova`` of its contrasts."""
    overall, p = fit.overall, len(fit.levels)
    labels = _labels(fit)
    x = [[float(label == level) for level in fit.levels] for label in labels]
    first = fit.fits[0]
    saturated = p == overall.k
    arguments = model_arguments(first)
    if saturated:
        arguments = {**SATURATED, "level": level_text(first.estimate.level)}
    lines = [f"{X} <- {matrix(x, fit.levels)}"]
    if first.tau2_method:
        lines.append(control_line(first.heterogeneity, first.tau2))
    one = p == 1
    lines.append(f"fit <- {rma(arguments) if one else rma(arguments, mods=X)}")
    parts = [part.estimate for part in fit.fits]
    size = max(each.se for each in parts)
    printed = [Printed("means", "c(fit$beta)", [each.value for each in parts], size)]
    if overall.inference != KR:
        printed += [
            Printed("se", "fit$se", [each.se for each in parts]),
            Printed("low", "fit$ci.lb", [each.low for each in parts], size),
            Printed("high", "fit$ci.ub", [each.high for each in parts], size),
        ]
    unit = unit_of(first.heterogeneity, first.tau2)
    if first.tau2_method and not saturated:
        printed.append(Printed("tau2", "fit$tau2", first.tau2, unit))
    if fit.df_between > 0:
        lines += [
            "wald <- sqrt(1 / colSums(X / (fit$vi + fit$tau2)))",
            f'between <- rma(c(fit$beta), sei = wald, method = "{COMMON_EFFECT}")',
        ]
        printed += [
            Printed("Q_between", "between$QE", fit.q_between, 1.0),
            Printed("p_between", "between$QEp", fit.p_between),
        ]
    told = [NO_KR] if overall.inference == KR else []
    more, whole = _overall(overall)
    printed += whole
    absent = not_here(overall.tau2_method)
    script = studies_of(overall.effects).and_then(
        *lines, *more, remarks=[*told, *absent], executed=not absent
    )
    return make_call("the subgroups, one tau²", script, printed, kind=kind_of(overall))
