"""r_call of a robust fit: ``robust`` of metafor, or clubSandwich for the bias-reduced kind."""

from __future__ import annotations

from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.robust_fit import RobustFit
from metaan.dependent.robust_answers import Clustered
from metaan.dependent.robust_kinds import ROBUST_KINDS
from metaan.report.r_calls.call import RCall
from metaan.report.r_calls.escalc import STUDIES
from metaan.report.r_calls.packages import ITERATIVE
from metaan.report.r_calls.pooling import kind_of, pooled_script
from metaan.report.r_calls.regressing import regression_script
from metaan.report.r_calls.script import Printed, Script, make_call
from metaan.report.r_calls.writing import number, vector
from metaan.univariate.inference import WALD

CLUBSANDWICH = "clubSandwich"
BREAD = (
    'the model is fitted with test = "z": R\'s robust() would carry a Hartung-Knapp factor into '
    "the sandwich"
)


def robust_call(fit: RobustFit) -> RCall:
    """Return the call of a robust fit."""
    if not isinstance(fit.answers, Clustered):
        raise InputError("this fit does not say which study is in which cluster")
    places = [place + 1 for place in fit.answers.clusters.code.tolist()]
    inner = fit.fit
    script = (
        pooled_script(inner, inference=WALD)
        if isinstance(inner, PooledFit)
        else regression_script(inner, inference=WALD)
    )
    line = f"{STUDIES}$cluster <- {vector(places)}"
    told = (BREAD,) if inner.inference != WALD else ()
    script = script.and_then(line, remarks=told)
    row = ROBUST_KINDS[fit.kind]
    if row.satterthwaite:
        return _bias_reduced(fit, script)
    adjusted = number(row.adjusted)
    script = script.and_then(
        f"fit <- robust(fit, cluster = {STUDIES}$cluster, adjust = {adjusted})"
    )
    errors = [each.se for each in fit.coefficients]
    printed = [
        _values(fit, "c(fit$beta)"),
        Printed("se", "fit$se", errors),
        Printed("df", "fit$dfs", [each.df for each in fit.coefficients][:1]),
        Printed("low", "fit$ci.lb", [each.low for each in fit.coefficients], max(errors)),
        Printed("high", "fit$ci.ub", [each.high for each in fit.coefficients], max(errors)),
        Printed("p", "fit$pval", [each.p_value for each in fit.coefficients], 1.0),
    ]
    if fit.moderators is not None and fit.moderators.df:
        printed += [
            Printed("QM", "fit$QM", fit.moderators.statistic, 1.0),
            Printed("QM_p", "fit$QMp", fit.moderators.p_value, 1.0),
        ]
    return make_call("the robust fit", script, printed, kind=kind_of(inner))


def _values(fit: RobustFit, code: str) -> Printed:
    size = max(each.se for each in fit.coefficients)
    return Printed("b", code, [each.value for each in fit.coefficients], size)


def _bias_reduced(fit: RobustFit, script: Script) -> RCall:
    level = number(fit.level)
    joint = fit.moderators is not None and bool(fit.moderators.df)
    lines = [
        f'V <- vcovCR(fit, cluster = {STUDIES}$cluster, type = "CR2")',
        'tests <- coef_test(fit, vcov = V, test = "Satterthwaite")',
        f'limits <- conf_int(fit, vcov = V, level = {level}, test = "Satterthwaite")',
    ]
    errors = [each.se for each in fit.coefficients]
    printed = [
        _values(fit, "tests$beta"),
        Printed("se", "tests$SE", errors),
        Printed("df", "tests$df_Satt", [each.df for each in fit.coefficients]),
        Printed("low", "limits$CI_L", [each.low for each in fit.coefficients], max(errors)),
        Printed("high", "limits$CI_U", [each.high for each in fit.coefficients], max(errors)),
        Printed("p", "tests$p_Satt", [each.p_value for each in fit.coefficients], 1.0),
    ]
    if joint and fit.moderators is not None:
        p = len(fit.names)
        places = vector([fit.names.index(name) + 1 for name in fit.moderators.terms])
        lines += [
            f"slopes <- diag({p})[{places}, , drop = FALSE]",
            'joint <- Wald_test(fit, constraints = slopes, vcov = V, test = "HTZ")',
        ]
        printed += [
            Printed("F", "joint$Fstat", fit.moderators.statistic, 1.0),
            Printed("F_p", "joint$p_val", fit.moderators.p_value, 1.0),
        ]
    script = Script(
        lines=(*_as_vectors(script.lines), *lines),
        remarks=script.remarks,
        executed=script.executed,
        libraries=(CLUBSANDWICH,),
    )
    return make_call("the robust fit", script, printed, kind=ITERATIVE)


def _as_vectors(lines: tuple[str, ...]) -> list[str]:
    """Return the lines with ``yi`` and ``vi`` as vectors: clubSandwich evaluates them again."""
    return [
        line.replace("yi, vi,", f"{STUDIES}$yi, {STUDIES}$vi,")
        if line.startswith("fit <-")
        else line
        for line in lines
    ]
