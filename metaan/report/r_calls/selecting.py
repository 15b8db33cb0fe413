"""r_call of a selection model: ``selmodel`` of metafor."""

from __future__ import annotations

import math
from collections.abc import Mapping

from metaan.core.arrays import FrozenDict
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.regression_fit import RegressionFit
from metaan.diagnostics.selection.record import SelectionFit
from metaan.diagnostics.selection.selections import SELECTIONS
from metaan.diagnostics.selection.tables import ALTERNATIVES, PRECISIONS
from metaan.report.r_calls.call import RCall
from metaan.report.r_calls.escalc import studies_of
from metaan.report.r_calls.packages import FLAT, LIKELIHOOD
from metaan.report.r_calls.pooling import (
    COMMON_EFFECT,
    CONTROL,
    X,
    control_line,
    level_text,
    rma,
    unit_of,
)
from metaan.report.r_calls.script import Printed, make_call
from metaan.report.r_calls.writing import matrix, number, text, vector
from metaan.univariate.planning import FIXED

STEP, BETA, HALF_NORMAL, EXPONENTIAL, LOGISTIC, POWER, EXPONENTIAL_POWER, CUT, CUT_ESTIMATED = (
    SELECTIONS
)
# Our selection to metafor's `type`.
TYPES: Mapping[str, str] = FrozenDict(
    {
        STEP: "stepfun",
        BETA: "beta",
        HALF_NORMAL: "halfnorm",
        EXPONENTIAL: "negexp",
        LOGISTIC: "logistic",
        POWER: "power",
        EXPONENTIAL_POWER: "negexppow",
        CUT: "trunc",
        CUT_ESTIMATED: "truncest",
    }
)
LATER = frozenset({CUT, CUT_ESTIMATED})  # not in metafor 3.8
TESTED = frozenset({STEP, HALF_NORMAL})  # R's integrals of the others take time
R_ALTERNATIVES: Mapping[str, str] = FrozenDict(
    dict(zip(ALTERNATIVES, ("greater", "less", "two.sided"), strict=True))
)
R_PRECISIONS: Mapping[str, str] = FrozenDict(
    dict(zip(PRECISIONS, ("sei", "vi", "ninv", "sqrtninv"), strict=True))
)


def selection_call(found: SelectionFit) -> RCall:
    """Return ``selmodel`` of a fit by maximum likelihood."""
    fit = found.fit
    by_size = bool(found.precision) and PRECISIONS[found.precision].by_size
    if by_size:
        raise InputError("no call for imprecision by sample sizes: the record does not hold them")
    level = fit.estimate.level if isinstance(fit, PooledFit) else fit.level
    arguments = {"method": text("ML" if fit.tau2_method else COMMON_EFFECT)}
    if fit.tau2_method == FIXED:
        arguments["tau2"] = number(fit.tau2)
    arguments["level"] = level_text(level)
    lines = []
    if fit.tau2_method and fit.tau2_method != FIXED:
        lines.append(control_line(fit.heterogeneity, fit.tau2))
        arguments["control"] = CONTROL
    mods = ""
    if isinstance(fit, RegressionFit):
        lines.append(f"{X} <- {matrix(fit.x.tolist(), fit.names)}")
        mods = X
    lines += [f"fit <- {rma(arguments, mods=mods)}", f"again <- selmodel(fit, {_asked(found)})"]
    told = [
        "R's optimizer and integrals are approximate; where R ends on a lower likelihood, its "
        "parameters are others"
    ]
    script = studies_of(fit.effects).and_then(
        *lines, remarks=told, executed=found.selection not in LATER
    )
    if found.selection not in TESTED:
        script = script.run_by_hand()
    size = max((each.se for each in found.coefficients), default=0.0)
    inner = [each for each in found.delta if not each.border]
    if len(inner) < len(found.delta):
        script = script.and_then(remarks=("parameters at the end of their range are left out",))
    places = vector([found.delta.index(each) + 1 for each in inner])
    delta = [each.value for each in inner]
    errors = [each.se for each in inner if each.se == each.se]
    printed = [
        Printed("b", "c(again$beta)", [each.value for each in found.coefficients], size),
        Printed("delta", f"again$delta[{places}]", delta, max([*delta, *errors])),
        Printed("log_likelihood", "c(logLik(again))", found.log_likelihood, 1.0),
    ]
    if fit.tau2_method:
        unit = unit_of(fit.heterogeneity, fit.tau2)
        printed.insert(1, Printed("tau2", "again$tau2", found.tau2, unit))
    if found.lr_test.df > 0:
        printed.append(Printed("LRT", "again$LRT", found.lr_test.statistic, 1.0))
    return make_call(
        "the selection model",
        script,
        printed,
        kind=LIKELIHOOD if found.selection == STEP else FLAT,
    )


def _asked(found: SelectionFit) -> str:
    parts = [f"type = {text(TYPES[found.selection])}"]
    if not math.isnan(found.cut) and found.selection == CUT:
        parts.append(f"steps = {number(found.cut)}")
    elif found.steps:
        steps = [step for step in found.steps if step < 1]
        parts.append(f"steps = {vector(steps)}")
    if found.selection not in LATER or found.alternative:
        parts.append(f"alternative = {text(R_ALTERNATIVES[found.alternative])}")
    if found.precision:
        parts.append(f"prec = {text(R_PRECISIONS[found.precision])}")
    asked = found.delta[1:] if found.selection == STEP else found.delta
    if any(each.fixed for each in asked):
        values = [each.value if each.fixed else math.nan for each in found.delta]
        parts.append(f"delta = {vector(values)}")
    return ", ".join(parts)
