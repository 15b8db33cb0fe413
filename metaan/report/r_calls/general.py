"""r_call by the package meta: ``metagen`` for a pool, ``metabin`` for counts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from metaan.core.arrays import FrozenDict
from metaan.core.counts import PEOPLE, PETO_ODDS_RATIO
from metaan.core.counts_fit import RANDOM, CountsFit
from metaan.core.errors import InputError
from metaan.core.fit import GIVEN, PooledFit
from metaan.core.fit_words import VARIANCE
from metaan.report.r_calls.call import RCall
from metaan.report.r_calls.counting import DIFFERENCE, SATO
from metaan.report.r_calls.escalc_words import OR
from metaan.report.r_calls.packages import CLOSED, FIXED_SEARCH, META
from metaan.report.r_calls.pooling import (
    HK,
    HK_PR,
    HTS,
    K1,
    KR_PR,
    KR_PREDICTION,
    NORMAL,
    unit_of,
)
from metaan.report.r_calls.script import Printed, Script, make_call
from metaan.report.r_calls.writing import called, data_frame, number, text
from metaan.tau2.interval import DEFAULT_INTERVAL
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.inference import FLOOR, HKSJ, KR, WALD
from metaan.univariate.planning import FIXED

DL, HE, HS, HSK, SJ, SJIT, ML, REML, EB, PM, *OTHERS = ESTIMATORS
META_ESTIMATORS = (DL, HE, HS, SJ, ML, REML, EB, PM)  # those that meta has, by the same names
# Our inference to meta's method.random.ci and adhoc.hakn.ci.
INTERVALS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {WALD: ("classic", ""), HKSJ: ("HK", ""), FLOOR: ("HK", "se"), KR: ("KR", "")}
)
# Our prediction interval beside an inference to meta's method.predict, which has its own.
PREDICTED: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        (WALD, K1): "V",
        (WALD, HTS): "HTS",
        (WALD, NORMAL): "S",
        (HKSJ, K1): "HK",
        (HKSJ, HTS): "HK-PR",
    }
)
OWN: Mapping[str, str] = FrozenDict({HK: "HK", HK_PR: "HK-PR"})

METHODS: Mapping[bool, str] = MappingProxyType({True: "Peto", False: "MH"})


def metagen_call(fit: PooledFit) -> RCall:
    """Return ``metagen`` of meta."""
    if fit.weighting == GIVEN:
        raise InputError('meta takes no weights of one\'s own: ask for package="metafor"')
    varying = bool(fit.tau2_method)
    if varying and fit.inference not in INTERVALS:
        raise InputError(
            f'meta has no interval like inference="{fit.inference}": ask for package="metafor"'
        )
    effects = fit.effects
    frame = {"study": effects.study, "TE": effects.y.tolist(), "seTE": effects.se.tolist()}
    arguments = {
        "TE": "TE", "seTE": "seTE", "studlab": "study", "data": "studies",
        "level.ma": number(fit.estimate.level), "common": number(not varying),
        "random": number(varying),
    }  # fmt: skip
    told: list[str] = []
    if varying:
        told = _add_model(fit, arguments)
    predicted = _add_prediction(fit, arguments)
    lines = (f"studies <- {data_frame(frame)}", f"fit <- {called('metagen', arguments)}")
    kind = "random" if varying else "common"
    estimate, het = fit.estimate, fit.heterogeneity
    se = estimate.se
    printed = [
        Printed("estimate", f"fit$TE.{kind}", estimate.value, se),
        Printed("se", f"fit$seTE.{kind}", se),
    ]
    if fit.inference != KR:
        printed += [
            Printed("low", f"fit$lower.{kind}", estimate.low, se),
            Printed("high", f"fit$upper.{kind}", estimate.high, se),
        ]
    if fit.k > 1:
        printed += [
            Printed("Q", "fit$Q", het.q, 1.0),
            Printed("I2_from_Q", "100 * fit$I2", het.i2_q, 100.0),
        ]
    if varying and fit.k > 1:
        printed.append(Printed("tau2", "fit$tau2", fit.tau2, unit_of(het, fit.tau2)))
    limits = fit.prediction_interval
    if limits is not None and predicted:
        size = se + math.sqrt(fit.tau2)
        ends = "c(fit$lower.predict, fit$upper.predict)"
        printed.append(Printed("prediction", ends, [limits.low, limits.high], size))
    elif limits is not None:
        told.append("meta has no such prediction interval beside this inference")
    script = Script(lines=lines, remarks=tuple(told))
    row = ESTIMATORS.get(fit.tau2_method)
    searched = row is not None and not row.closed_form
    used = FIXED_SEARCH if searched else CLOSED
    return make_call("the pool", script, printed, kind=used, package=META)


def _add_model(fit: PooledFit, arguments: dict[str, str]) -> list[str]:
    """Add what makes the random effects, and return what differs."""
    told = ["meta names first the I² from Q"]
    if fit.tau2_method == FIXED or fit.tau2_method not in META_ESTIMATORS:
        arguments["tau.preset"] = number(math.sqrt(fit.tau2))
        if fit.tau2_method != FIXED:
            told.append(f"meta has no such estimator of tau² ({fit.tau2_method}): it is given")
    else:
        arguments["method.tau"] = text(fit.tau2_method)
        if fit.heterogeneity.interval == DEFAULT_INTERVAL:
            arguments["method.tau.ci"] = text(DEFAULT_INTERVAL)
    interval, adhoc = INTERVALS[fit.inference]
    arguments["method.random.ci"] = text(interval)
    if adhoc:
        arguments["adhoc.hakn.ci"] = text(adhoc)
    if fit.inference == KR:
        told.append("meta's Kenward-Roger degrees of freedom are others: limits are not compared")
    return told


def _add_prediction(fit: PooledFit, arguments: dict[str, str]) -> bool:
    """Add the prediction interval, and return whether meta has it."""
    if fit.prediction_interval is None or fit.prediction in (KR_PREDICTION, KR_PR):
        return False
    word = OWN.get(fit.prediction) or PREDICTED.get((fit.inference, fit.prediction))
    if word is None:
        return False
    arguments |= {
        "prediction": "TRUE",
        "method.predict": text(word),
        "level.predict": number(fit.prediction_interval.level),
    }
    return True


def metabin_call(fit: CountsFit) -> RCall:
    """Return ``metabin`` of meta: Mantel-Haenszel without corrections, or Peto."""
    counts = fit.counts
    error = fit.methods.get(VARIANCE)
    sato = error is not None and error.name.upper() == SATO and fit.measure == DIFFERENCE
    if counts.kind != PEOPLE or fit.correction or fit.tau2 or fit.model == RANDOM or sato:
        raise InputError(
            "a call of meta is written for counts of people, a common effect and no correction "
            '(nor Sato\'s variance); ask for package="metafor"'
        )
    peto = fit.measure == PETO_ODDS_RATIO
    frame = {
        "study": tuple(counts.study),
        "event1": counts.events[:, 0].tolist(),
        "n1": counts.denominators[:, 0].tolist(),
        "event2": counts.events[:, 1].tolist(),
        "n2": counts.denominators[:, 1].tolist(),
    }
    arguments = {
        "event.e": "event1", "n.e": "n1", "event.c": "event2", "n.c": "n2", "studlab": "study",
        "data": "studies", "method": text(METHODS[peto]),
        "sm": text(OR if peto else fit.measure), "MH.exact": "TRUE",
        "level.ma": number(fit.estimate.level), "common": "TRUE", "random": "FALSE",
    }  # fmt: skip
    lines = (f"studies <- {data_frame(frame)}", f"fit <- {called('metabin', arguments)}")
    estimate, se = fit.estimate, fit.estimate.se
    printed = [
        Printed("estimate", "fit$TE.common", estimate.value, se),
        Printed("se", "fit$seTE.common", se),
        Printed("low", "fit$lower.common", estimate.low, se),
        Printed("high", "fit$upper.common", estimate.high, se),
    ]
    told = ("meta's Q is about the inverse-variance mean and is not compared",)
    script = Script(lines=lines, remarks=told)
    return make_call("the pool of counts", script, printed, kind=CLOSED, package=META)
