"""r_call of a pool: ``rma`` of metafor with the options that make its numbers ours."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from metaan.core.arrays import FrozenDict
from metaan.core.estimate import Estimate
from metaan.core.fit import GIVEN, PooledFit
from metaan.core.heterogeneity import Heterogeneity
from metaan.core.regression_fit import RegressionFit
from metaan.report.r_calls.call import RCall
from metaan.report.r_calls.escalc import STUDIES, studies_of
from metaan.report.r_calls.packages import CLOSED, ITERATIVE, Kind
from metaan.report.r_calls.script import Printed, Script, make_call
from metaan.report.r_calls.writing import called, number, text
from metaan.tau2.interval import DEFAULT_INTERVAL, INTERVALS
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.inference import FLOOR, HC, HKSJ, KR, WALD, T
from metaan.univariate.planning import FIXED
from metaan.univariate.prediction import PREDICTIONS

Fit = PooledFit | RegressionFit
K1, HTS, NORMAL, TAU_ONLY, HK, HK_PR, KR_PREDICTION, KR_PR = PREDICTIONS
MOMENTS, *_, MEDIAN, ITERATED = ESTIMATORS
COMMON_EFFECT = "EE"
ONE = text(COMMON_EFFECT)
# Our inference to the `test` of metafor; the others have none there.
TESTS: Mapping[str, str] = FrozenDict({WALD: "z", T: "t", HKSJ: "knha", FLOOR: "adhoc"})
# Estimators that the R of the tests does not have as they should be, and why.
NOT_HERE: Mapping[str, str] = FrozenDict(
    {
        ITERATED: "metafor 3.8 stops before this equation is solved; 5.1 solves it",
        MEDIAN: "metafor asks for the package CompQuadForm here",
    }
)
THRESHOLD = 1e-12  # relative to tau² + typical v: where R's searches stop
CONTROL, X = "control", "X"
FAR = 1000.0  # how far above the limits of tau² R searches for them
NO_KR = (
    "metafor has no Kenward-Roger intervals (meta's have other degrees of freedom): the estimate "
    "and tau² are compared, its interval and test are not"
)


def not_here(tau2_method: str) -> tuple[str, ...]:
    """Return why the tests cannot run a call with this estimator; nothing if they can."""
    return (NOT_HERE[tau2_method],) if tau2_method in NOT_HERE else ()


def unit_of(het: Heterogeneity, tau2: float) -> float:
    """Return what tau² is measured by: itself and the typical sampling variance."""
    typical = 0.0 if math.isnan(het.typical_v) else het.typical_v
    return tau2 + typical or 1.0


def control_line(het: Heterogeneity, tau2: float) -> str:
    """Return the line that sets thresholds in the unit of tau², and how far limits may lie."""
    unit = unit_of(het, tau2)
    step = number(float(f"{THRESHOLD * 10.0 ** math.floor(math.log10(unit)):.0e}"))
    high = 0.0 if math.isnan(het.tau2_high) else het.tau2_high
    top = number(10.0 ** math.ceil(math.log10(FAR * max(unit, high))))
    parts = {"threshold": step, "tol": step, "maxiter": "10000", "tau2.max": top}
    return f"{CONTROL} <- {called('list', parts)}"


def kind_of(fit: Fit) -> Kind:
    """Return how nearly R's numbers of a fit are ours: its limits of tau² are searched, too."""
    return ITERATIVE if fit.tau2_method else CLOSED


def level_text(level: float) -> str:
    """Return a coverage in percent, as metafor takes it."""
    share = 100 * level
    return number(round(share) if abs(share - round(share)) < 1e-9 else share)


def model_arguments(fit: Fit, *, inference: str = "") -> dict[str, str]:
    """Return the arguments of ``rma`` that make a model, behind ``yi, vi``."""
    method, test = fit.tau2_method, TESTS.get(inference or fit.inference, TESTS[WALD])
    level = fit.level if isinstance(fit, RegressionFit) else fit.estimate.level
    found: dict[str, str] = {}
    if not method:
        found["method"] = text(COMMON_EFFECT)
    elif method == FIXED:
        found["tau2"] = number(fit.tau2)
    else:
        found["method"] = text(method)
    found["test"] = text(test)
    if fit.weighting == GIVEN:
        found["weights"] = "weight"
    found["level"] = level_text(level)
    if fit.tau2_method:
        found["control"] = CONTROL
    return found


def rma(arguments: Mapping[str, str], *, mods: str = "") -> str:
    """Return ``rma(yi, vi, ...)`` on the studies."""
    moderators = {"mods": mods, "intercept": "FALSE"} if mods else {}
    named = {**moderators, **arguments, "data": STUDIES}
    return called("rma", ["yi", "vi", *(f"{name} = {value}" for name, value in named.items())])


def pooled_script(fit: PooledFit, *, name: str = "fit", inference: str = "") -> Script:
    """Return the lines that make the studies and the model of a pool."""
    weights = {"weight": fit.weights.tolist()} if fit.weighting == GIVEN else None
    script = studies_of(fit.effects, weights)
    if fit.k == 1:
        taken = {"tau2": number(fit.tau2)} if fit.tau2_method == FIXED else {"method": ONE}
        arguments = {**taken, "level": level_text(fit.estimate.level)}
        return script.and_then(f"{name} <- {rma(arguments)}")
    told = not_here(fit.tau2_method)
    lines = [control_line(fit.heterogeneity, fit.tau2)] if fit.tau2_method else []
    lines.append(f"{name} <- {rma(model_arguments(fit, inference=inference))}")
    return script.and_then(*lines, remarks=told, executed=not told)


def pool_call(fit: PooledFit) -> RCall:
    """Return the call of a pool."""
    script = pooled_script(fit)
    if fit.inference == HC:
        return _henmi_copas(fit, script)
    printed = estimate_printed("fit", fit.estimate, tested=fit.inference != KR)
    if fit.inference == KR:
        script = script.and_then(remarks=(NO_KR,))
    if fit.k > 1:
        script, more = heterogeneity_printed(fit, script)
        printed += more
        script, limits = _predicted(fit, script)
        printed += limits
    if fit.conventions:
        script = script.and_then(remarks=(f"under the conventions of {fit.conventions}",))
    return make_call("the pool", script, printed, kind=kind_of(fit))


def estimate_printed(source: str, estimate: Estimate, *, tested: bool = True) -> list[Printed]:
    """Return the estimate of a model of one coefficient, its limits and its test."""
    se = estimate.se
    found = [Printed("estimate", f"{source}$beta[[1]]", estimate.value, se)]
    if not tested:
        return found
    found += [
        Printed("se", f"{source}$se", se),
        Printed("low", f"{source}$ci.lb", estimate.low, se),
        Printed("high", f"{source}$ci.ub", estimate.high, se),
    ]
    if estimate.scale.has_null and estimate.scale.null == 0:
        found.append(Printed("p", f"{source}$pval", estimate.p_value))
    return found


def heterogeneity_printed(fit: Fit, script: Script) -> tuple[Script, list[Printed]]:
    """Return tau² and its limits, Q, I² and H² of ``fit``."""
    het, unit = fit.heterogeneity, unit_of(fit.heterogeneity, fit.tau2)
    found = [Printed("tau2", "fit$tau2", fit.tau2, unit)] if fit.tau2_method else []
    found += [
        Printed("Q", "fit$QE", het.q, 1.0),
        Printed("Q_p", "fit$QEp", het.p_value),
        Printed("I2", "fit$I2", het.i2, 100.0),
        Printed("H2", "fit$H2", het.h2, 1.0),
    ]
    estimated = bool(fit.tau2_method) and fit.tau2_method != FIXED
    if not estimated or math.isnan(het.tau2_low):
        return script, found
    if het.interval != DEFAULT_INTERVAL:
        name = INTERVALS[het.interval].name
        told = f"the limits of tau² ({name}) are left out: R stops its search at 1e-4 of tau²"
        return script.and_then(remarks=(told,)), found
    script = script.and_then(f"limits <- {_limits(fit)}")
    found += [
        Printed("tau2_low", "limits$random[1, 2]", het.tau2_low, unit),
        Printed("tau2_high", "limits$random[1, 3]", het.tau2_high, unit),
    ]
    return script, found


def _limits(fit: Fit) -> str:
    """Return ``confint``; beside a generalized Q, that of a fit whose limits are Q-profile's."""
    row = ESTIMATORS.get(fit.tau2_method)
    if row is None or not row.weighted:
        return f"confint(fit, control = {CONTROL})"
    arguments = {**model_arguments(fit), "method": text(MOMENTS)}
    mods = X if isinstance(fit, RegressionFit) else ""
    inner = rma(arguments, mods=mods)
    return called("confint", [inner, f"control = {CONTROL}"])


def _predicted(fit: PooledFit, script: Script) -> tuple[Script, list[Printed]]:
    """Return the prediction interval: metafor's own where it has one, else from its numbers."""
    limits = fit.prediction_interval
    if limits is None:
        return script, []
    size = fit.estimate.se + math.sqrt(fit.tau2)
    both = [limits.low, limits.high]
    line, told = _prediction_line(fit, limits.level)
    if not line:
        return script.and_then(remarks=told), []
    return script.and_then(line, remarks=told), [Printed("prediction", "prediction", both, size)]


def _prediction_line(fit: PooledFit, level: float) -> tuple[str, Sequence[str]]:
    row = PREDICTIONS[fit.prediction]
    if row.key in (KR_PREDICTION, KR_PR) or (fit.inference == KR and row.with_error and
                                             not row.inference):  # fmt: skip
        return "", ("metafor has no Kenward-Roger standard error: the prediction interval is "
                    "left out",)  # fmt: skip
    own = NORMAL if fit.inference == WALD else K1
    if row.key == own:
        return "expected <- predict(fit)\nprediction <- c(expected$pi.lb, expected$pi.ub)", ()
    tail = number((1 + level) / 2)
    quantile = f"qnorm({tail})"
    if math.isfinite(row.studies_less):
        quantile = f"qt({tail}, fit$k - {number(row.studies_less)})"
    error, before = "fit$tau2", ""
    if row.with_error:
        error = "fit$tau2 + fit$se^2"
    if row.inference == HKSJ and fit.inference != HKSJ:
        before = f"knha <- {rma(model_arguments(fit, inference=HKSJ))}\n"
        error = "fit$tau2 + knha$se^2"
    line = f"prediction <- fit$beta[[1]] + c(-1, 1) * {quantile} * sqrt({error})"
    return before + line, ()


def _henmi_copas(fit: PooledFit, script: Script) -> RCall:
    """Return ``hc`` of metafor, its quantile searched with a lowered threshold."""
    script = script.and_then("found_hc <- hc(fit, control = list(tol = 1e-15, maxiter = 10000))")
    estimate = fit.estimate
    printed = [
        Printed("estimate", "found_hc$beta[[1]]", estimate.value, estimate.se),
        Printed("se", "found_hc$se", estimate.se),
        Printed("low", "found_hc$ci.lb", estimate.low, estimate.se),
        Printed("high", "found_hc$ci.ub", estimate.high, estimate.se),
    ]
    script, more = heterogeneity_printed(fit, script)
    return make_call("the pool", script, [*printed, *more], kind=ITERATIVE)
