"""r_call of a mixed model of counts: ``rma.glmm`` of metafor."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from metaan.core.arrays import FrozenDict
from metaan.core.counts import PEOPLE, TIME
from metaan.core.counts_fit import RANDOM
from metaan.core.glmm_fit import GlmmFit
from metaan.report.r_calls.call import RCall
from metaan.report.r_calls.counting import counts_lines, estimate_of
from metaan.report.r_calls.escalc import STUDIES
from metaan.report.r_calls.escalc_words import IRLN, IRR, OR, PLO
from metaan.report.r_calls.packages import LAPLACE, LIKELIHOOD
from metaan.report.r_calls.pooling import COMMON_EFFECT, TESTS, level_text
from metaan.report.r_calls.script import Printed, Script, make_call
from metaan.report.r_calls.writing import called, number, text
from metaan.twobytwo.glmm import glmm
from metaan.twobytwo.glmm_table import CODINGS, GLMMS
from metaan.univariate.prediction import PREDICTIONS

UM_FS, UM_RS, CM_EL, CM_AL, BN, PN = GLMMS
# What metafor calls the effect, by what is counted in how many groups.
OUTCOMES: Mapping[tuple[str, int], str] = MappingProxyType(
    {(PEOPLE, 2): OR, (TIME, 2): IRR, (PEOPLE, 1): PLO, (TIME, 1): IRLN}
)
R_CODINGS: Mapping[str, str] = FrozenDict(dict(zip(CODINGS, ("1/2", "1", "0"), strict=True)))
NODES = "25"
SAME = 1e-6


def glmm_call(fit: GlmmFit) -> RCall:
    """Return the call of a mixed model."""
    counts, key = fit.counts, fit.likelihood
    line, names = counts_lines(counts)
    varying = fit.model == RANDOM
    arguments = {
        "measure": text(OUTCOMES[counts.kind, counts.groups]),
        **names,
        "data": STUDIES,
        "method": text("ML" if varying else COMMON_EFFECT),
        "test": text(TESTS[fit.inference]),
        "level": level_text(fit.estimate.level),
    }
    if counts.groups == 2:
        arguments["model"] = text(key)
    told: list[str] = []
    if key in (UM_FS, UM_RS):
        arguments["coding"] = R_CODINGS[_coding(fit)]
    if key == UM_RS:
        arguments["cor"] = number(not math.isnan(fit.rho))
        arguments["drop00"] = number(not bool(fit.used.all()))
        told.append("R has Laplace's approximation of these integrals, metaan the integrals")
    elif varying and key != CM_EL:
        arguments["nAGQ"] = NODES
    early = key != CM_EL or counts.kind == TIME
    if not early:
        told.append(
            "not run by the tests: it needs the package BiasedUrn; R's optimizer stops early here"
        )
    script = Script(
        lines=(line, f"fit <- {called('rma.glmm', arguments)}"),
        remarks=tuple(told),
        executed=early,
    )
    printed = estimate_of("fit", fit.estimate, p_size=1.0)
    if varying:
        printed.append(Printed("tau2", "fit$tau2", fit.tau2, fit.typical_v))
    script, more = _predicted(fit, script)
    kind = LAPLACE if key == UM_RS else LIKELIHOOD
    return make_call("the mixed model", script, [*printed, *more], kind=kind)


def _predicted(fit: GlmmFit, script: Script) -> tuple[Script, list[Printed]]:
    limits = fit.prediction_interval
    if limits is None:
        return script, []
    row = PREDICTIONS[fit.prediction]
    tail = number((1 + limits.level) / 2)
    quantile = f"qnorm({tail})"
    if math.isfinite(row.studies_less):
        quantile = f"qt({tail}, {number(fit.k - row.studies_less)})"
    spread = "fit$tau2 + fit$se[[1]]^2" if row.with_error else "fit$tau2"
    line = f"prediction <- fit$beta[[1]] + c(-1, 1) * {quantile} * sqrt({spread})"
    size = fit.estimate.se + math.sqrt(fit.tau2)
    return script.and_then(line), [
        Printed("prediction", "prediction", [limits.low, limits.high], size)
    ]


def _coding(fit: GlmmFit) -> str:
    """Return the coding that gives this fit back; the record does not hold it."""
    for coding in CODINGS:
        again = glmm(
            fit.counts,
            fit.likelihood,
            model=fit.model,
            coding=coding,
            correlated=not math.isnan(fit.rho),
            double_zero=bool(fit.used.all()),
        )
        near = abs(again.fit.log_likelihood - fit.fit.log_likelihood) < SAME
        if near and abs(again.estimate.value - fit.estimate.value) < SAME * fit.estimate.se:
            return coding
    return next(iter(CODINGS))
