"""r_call of what asks about missing studies: asymmetry, trim and fill, fail-safe N, excess."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from metaan.core.arrays import FrozenDict
from metaan.core.errors import InputError
from metaan.diagnostics.asymmetry.asymmetry_making import (
    CONTINUITY,
    EXACT,
    NORMAL,
    RANK_DISTRIBUTIONS,
    how_of,
)
from metaan.diagnostics.asymmetry.asymmetry_record import (
    AsymmetryLine,
    AsymmetryRanks,
    AsymmetryTest,
)
from metaan.diagnostics.asymmetry.fail_safe_methods import FAIL_SAFE_METHODS
from metaan.diagnostics.asymmetry.fail_safe_record import FailSafeN
from metaan.diagnostics.asymmetry.trim_and_fill_record import TrimAndFill
from metaan.report.r_calls.call import RCall
from metaan.report.r_calls.escalc import STUDIES, studies_of
from metaan.report.r_calls.packages import BASE, CLOSED, ITERATIVE
from metaan.report.r_calls.pooling import (
    TESTS,
    THRESHOLD,
    estimate_printed,
    kind_of,
    level_text,
    model_arguments,
    pooled_script,
    unit_of,
)
from metaan.report.r_calls.script import Printed, Script, make_call
from metaan.report.r_calls.writing import called, data_frame, number, text
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.inference import WALD
from metaan.univariate.kernel import Plan
from metaan.univariate.planning import COMMON, RANDOM, make_plan
from metaan.univariate.prediction import DEFAULT_PREDICTION

ROSENTHAL, ORWIN, ORWIN_WEIGHTED, ROSENBERG, GENERAL = FAIL_SAFE_METHODS
# Our method to metafor's `type`, and whether its mean has weights.
FAIL_SAFE: Mapping[str, str] = FrozenDict(
    {
        ROSENTHAL: "Rosenthal",
        ORWIN: "Orwin",
        ORWIN_WEIGHTED: "Orwin",
        ROSENBERG: "Rosenberg",
        GENERAL: "General",
    }
)


def asymmetry_call(test: AsymmetryTest) -> RCall:
    """Return a weighted line, a meta-regression or a rank correlation, of the test's points."""
    if not test.defined:
        raise InputError(f"no call for a test that could not be made: {'; '.join(test.remarks)}")
    told = (f"{test.name}; predictor: {test.predictor}",)
    if isinstance(test, AsymmetryRanks):
        return _ranks(test, told)
    if isinstance(test, AsymmetryLine):
        return _mixed(test, told) if test.how else _weighted(test, told)
    raise InputError(f"no call for {type(test).__name__}")


def _points(test: AsymmetryTest, **columns: np.ndarray) -> str:
    more = {name: values.tolist() for name, values in columns.items()}
    own = {"study": test.study, "y": test.y.tolist(), "x": test.x.tolist(), **more}
    return f"points <- {data_frame(own)}"


def _weighted(test: AsymmetryLine, told: tuple[str, ...]) -> RCall:
    """Return ``lm`` of base R, whose residual spread multiplies the variances."""
    script = Script(
        lines=(
            _points(test, weight=1 / test.spread),
            "fit <- summary(lm(y ~ x, data = points, weights = weight))$coefficients",
        ),
        remarks=told,
    )
    printed = [
        *_slope(test, "fit[2, 1]", "fit[2, 2]"),
        Printed("t", "fit[2, 3]", test.statistic, 1.0),
        Printed("p", "fit[2, 4]", test.p_value),
    ]
    return make_call("the asymmetry test", script, printed, kind=CLOSED, package=BASE)


def _slope(test: AsymmetryLine, slope: str, error: str) -> list[Printed]:
    return [
        Printed("slope", slope, test.slope.value, test.slope.se),
        Printed("slope_se", error, test.slope.se),
    ]


def _mixed(test: AsymmetryLine, told: tuple[str, ...]) -> RCall:
    """Return ``rma`` with a moderator; where its estimator is not known, at the tau² it found."""
    plan = _plan_of(test)
    arguments = {"mods": "~ x", "data": "points", "level": level_text(test.slope.level)}
    lines = [_points(test, v=np.asarray(test.spread))]
    if plan is None or plan.row is None:
        arguments["tau2"] = number(test.tau2)
        told = (*told, f"tau² is given ({test.how})")
    else:
        arguments["method"] = text(plan.row.key)
        step = number(THRESHOLD * float(np.median(test.spread)))
        arguments["control"] = f"list(threshold = {step}, tol = {step}, maxiter = 10000)"
    inference = "" if plan is None else plan.inference.key
    arguments["test"] = text(TESTS.get(inference, TESTS[WALD]))
    named = [f"{name} = {value}" for name, value in arguments.items()]
    lines.append(f"fit <- {called('rma', ['y', 'v', *named])}")
    size = test.slope.se
    printed = [Printed("slope", "fit$beta[[2]]", test.slope.value, size)]
    if inference in TESTS:
        printed += [
            Printed("slope_se", "fit$se[[2]]", size),
            Printed("p", "fit$pval[[2]]", test.p_value),
        ]
    printed += [
        Printed("intercept", "fit$beta[[1]]", test.intercept.value, test.intercept.se),
        Printed("tau2", "fit$tau2", test.tau2, float(np.median(test.spread))),
    ]
    script = Script(lines=tuple(lines), remarks=told)
    return make_call("the asymmetry test", script, printed, kind=ITERATIVE)


def _plan_of(test: AsymmetryLine) -> Plan | None:
    """Return the plan whose words are those of the test; None where it has a given tau²."""
    for tau2 in ("", *(row.key for row in ESTIMATORS.values() if not row.weighted)):
        for inference in TESTS:
            plan = make_plan(
                model=RANDOM if tau2 else COMMON,
                tau2=tau2 or 0.0,
                inference=inference,
                prediction=DEFAULT_PREDICTION,
                level=test.slope.level,
            )
            if how_of(plan) == test.how:
                return plan
    return None


def _ranks(test: AsymmetryRanks, told: tuple[str, ...]) -> RCall:
    """Return ``cor.test`` of base R on the two lists that were ranked."""
    names = {name: key for key, name in RANK_DISTRIBUTIONS.items()}
    key = names[test.reference]
    arguments = {
        "x": "points$y",
        "y": "points$x",
        "method": text("kendall"),
        "exact": number(key == EXACT),
        "continuity": number(key == CONTINUITY),
    }
    script = Script(lines=(_points(test), f"fit <- {called('cor.test', arguments)}"), remarks=told)
    printed = [
        Printed("tau", "fit$estimate[[1]]", test.tau, 1.0),
        Printed("p", "fit$p.value", test.p_value, 1.0 if key == NORMAL else 1e-3),
    ]
    return make_call("the asymmetry test", script, printed, kind=CLOSED, package=BASE)


def trim_and_fill_call(found: TrimAndFill) -> RCall:
    """Return ``trimfill`` of metafor."""
    fit = found.fit
    script = pooled_script(fit)
    same = fit.model == found.trim_model
    if not same:
        raise InputError(
            f"metafor's trimfill trims by the model that it fills; this one trimmed by "
            f"{found.trim_model} effects and pooled by {fit.model}: meta's trimfill does that "
            "(ma.fixed = FALSE), but the record cannot tell its options apart"
        )
    asked = f"estimator = {text(found.estimator)}, side = {text(found.side)}"
    taken = [f"{name} = {value}" for name, value in model_arguments(fit).items()]
    named = ["again$yi", "again$vi", *taken]
    script = script.and_then(
        f"again <- trimfill(fit, {asked})",
        "# trimfill() itself takes neither thresholds nor Hartung and Knapp's intervals over",
        f"filled <- {called('rma', named)}",
    )
    if len(set(fit.effects.y.tolist())) < fit.k:
        script = script.and_then(
            remarks=("of equal effects R trims the last row first, metaan the less precise",)
        )
    printed = [
        Printed("missing", "again$k0", float(found.missing)),
        *estimate_printed("filled", found.refit.estimate),
    ]
    if fit.tau2_method:
        unit = unit_of(found.refit.heterogeneity, found.refit.tau2)
        printed.append(Printed("tau2", "filled$tau2", found.refit.tau2, unit))
    return make_call("trim and fill", script, printed, kind=kind_of(fit))


def fail_safe_call(found: FailSafeN) -> RCall:
    """Return ``fsn`` of metafor."""
    word = FAIL_SAFE[found.method]
    row = FAIL_SAFE_METHODS[found.method]
    if row.by_fit:
        raise InputError(
            "no call for the general fail-safe N: the record does not hold its fit; in R it is "
            'fsn(fit, type = "General") of metafor 4 or later, whose number is rounded otherwise'
        )
    effects = found.effects
    script = studies_of(effects)
    null = effects.scale.null if effects.scale.has_null else 0.0
    shifted = "yi" if null == 0 else f"yi - {number(null)}"
    arguments = {"type": text(word)}
    if row.by_target:
        arguments["target"] = number(abs(found.target - null))
        arguments["weighted"] = number(found.method == ORWIN_WEIGHTED)
    else:
        arguments["alpha"] = number(1 - found.level)
    named = ", ".join(f"{name} = {value}" for name, value in arguments.items())
    if found.method == ORWIN_WEIGHTED:
        script = script.and_then(executed=True)
    script = script.and_then(f"again <- fsn({shifted}, vi, data = {STUDIES}, {named})")
    printed = [Printed("number", "again$fsnum", float(found.number), 1.0)]
    return make_call("fail-safe N", script, printed, kind=CLOSED)
