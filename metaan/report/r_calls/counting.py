"""r_call of fits of counts: ``rma.mh``, ``rma.peto`` and ``rma.glmm`` of metafor."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from metaan.core.counts import PEOPLE, PETO_ODDS_RATIO, TIME, Counts
from metaan.core.counts_fit import RANDOM, CountsFit
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate
from metaan.core.fit_words import VARIANCE
from metaan.report.r_calls.call import RCall
from metaan.report.r_calls.escalc import STUDIES
from metaan.report.r_calls.packages import CLOSED
from metaan.report.r_calls.pooling import level_text
from metaan.report.r_calls.script import Printed, Script, make_call
from metaan.report.r_calls.writing import called, data_frame, number, text
from metaan.twobytwo.estimators import MH_MEASURES

# metafor's names of two groups, and of one, by what is counted.
COLUMNS: Mapping[tuple[str, int], tuple[str, ...]] = MappingProxyType(
    {
        (PEOPLE, 2): ("ai", "n1i", "ci", "n2i"),
        (TIME, 2): ("x1i", "t1i", "x2i", "t2i"),
        (PEOPLE, 1): ("xi", "ni"),
        (TIME, 1): ("xi", "ti"),
    }
)
Q = "Q"
ONLY_EVENTS = (
    "beside a risk ratio metafor leaves out studies in which everybody had the event, metaan "
    "keeps them as studies without a difference"
)
RR, DIFFERENCE = tuple(MH_MEASURES)[1:3]
SATO = tuple(MH_MEASURES[DIFFERENCE].variances)[1]


def counts_lines(counts: Counts) -> tuple[str, dict[str, str]]:
    """Return the line that makes the studies, and the arguments that name their columns."""
    names = COLUMNS[counts.kind, counts.groups]
    cells = [
        column
        for g in range(counts.groups)
        for column in (counts.events[:, g].tolist(), counts.denominators[:, g].tolist())
    ]
    columns = {"study": tuple(counts.study), **dict(zip(names, cells, strict=True))}
    return f"{STUDIES} <- {data_frame(columns)}", {name: name for name in names}


def counts_call(fit: CountsFit) -> RCall:
    """Return the call of a Mantel-Haenszel or Peto fit."""
    line, names = counts_lines(fit.counts)
    level = level_text(fit.estimate.level)
    if fit.measure == PETO_ODDS_RATIO:
        arguments = {**names, "data": STUDIES, "level": level}
        script = Script(lines=(line, f"fit <- {called('rma.peto', arguments)}"))
        return make_call("Peto's method", script, _pooled(fit, all_of=True), kind=CLOSED)
    return _mantel_haenszel(fit, line, names, level)


def _mantel_haenszel(fit: CountsFit, line: str, names: dict[str, str], level: str) -> RCall:
    row = MH_MEASURES[fit.measure]
    # R leaves out studies with nothing but events, which say that two risks are equal
    only = fit.measure == RR and bool(fit.counts.all_events.any())
    if only and (fit.correction or fit.model == RANDOM):
        raise InputError(f"no call of R: {ONLY_EVENTS}")
    added = number(fit.correction) if fit.correction else "0"
    ratio = number(row.is_ratio)
    arguments = {
        "measure": text(fit.measure),
        **names,
        "data": STUDIES,
        "level": level,
        # the first of each pair is for the studies' own effects, the second for the estimate
        "add": f"c(0.5, {added})",
        "to": f'c("only0", {text("only0" if fit.correction else "none")})',
        "drop00": f"c({ratio}, {number(row.is_ratio and not only)})",
        "correct": "FALSE",
    }
    script = Script(lines=(line, f"fit <- {called('rma.mh', arguments)}"))
    if fit.model == RANDOM:
        return _random(fit, script)
    told = [f"Q is not compared: {ONLY_EVENTS}"] if only else []
    error = fit.methods.get(VARIANCE)
    other = fit.measure == DIFFERENCE and (error is None or error.name.upper() != SATO)
    if other:
        told.append(
            "metafor has Sato's variance of the risk difference, this fit Greenland and Robins's "
            "(as meta has): its standard error and limits are not compared"
        )
    printed = [
        each
        for each in _pooled(fit, all_of=not other)
        if not (only and each.name in (Q, f"{Q}_p", "I2"))
    ]
    return make_call("Mantel-Haenszel", script.and_then(remarks=told), printed, kind=CLOSED)


def _pooled(fit: CountsFit, *, all_of: bool) -> list[Printed]:
    found = estimate_of("fit", fit.estimate) if all_of else estimate_of("fit", fit.estimate)[:1]
    het = fit.heterogeneity
    if het.df > 0:
        found += [
            Printed(Q, "fit$QE", het.q, 1.0),
            Printed(f"{Q}_p", "fit$QEp", het.p_value),
            Printed("I2", "fit$I2", het.i2, 100.0),
        ]
    return found


def estimate_of(source: str, estimate: Estimate, *, p_size: float = 0.0) -> list[Printed]:
    """Return an estimate with its standard error, limits and p-value, of this fit of R."""
    se = estimate.se
    found = [
        Printed("estimate", f"{source}$beta[[1]]", estimate.value, se),
        Printed("se", f"{source}$se[[1]]", se),
        Printed("low", f"{source}$ci.lb[[1]]", estimate.low, se),
        Printed("high", f"{source}$ci.ub[[1]]", estimate.high, se),
    ]
    if estimate.scale.has_null:
        found.append(Printed("p", f"{source}$pval[[1]]", estimate.p_value, p_size))
    return found


def _random(fit: CountsFit, script: Script) -> RCall:
    """Return RevMan 5's random effects: tau² by moments from Q about the Mantel-Haenszel mean."""
    effects: Effects = fit.effects
    own = {"yi": effects.y.tolist(), "vi": effects.v.tolist()}
    level = level_text(fit.estimate.level)
    script = script.and_then(
        f"own <- {data_frame(own)}",
        "w <- 1 / own$vi",
        "tau2 <- max(0, (fit$QE - (length(w) - 1)) / (sum(w) - sum(w^2) / sum(w)))",
        f"random <- rma(yi, vi, tau2 = tau2, data = own, level = {level})",
        remarks=("metafor has no such method: its parts are put together as in RevMan 5",),
    )
    printed = [
        *estimate_of("random", fit.estimate),
        Printed("tau2", "random$tau2", fit.tau2, 1.0),
        Printed("Q", "fit$QE", fit.heterogeneity.q, 1.0),
    ]
    return make_call("Mantel-Haenszel, random effects", script, printed, kind=CLOSED)
