"""Fits of every kind whose calls of metafor are run: every row of the tables, and the edges."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from metaan.batch.permutation import permutation_test
from metaan.core.counts import Counts
from metaan.core.effects import Effects
from metaan.core.network_effects import NetworkEffects
from metaan.dependent.robust import robust
from metaan.dependent.robust_kinds import ROBUST_KINDS
from metaan.diagnostics.asymmetry.asymmetry_making import RANK_DISTRIBUTIONS
from metaan.diagnostics.asymmetry.asymmetry_points import PREDICTORS
from metaan.diagnostics.asymmetry.asymmetry_table import ASYMMETRY_TESTS, BEGG, EGGER
from metaan.diagnostics.asymmetry.asymmetry_testing import asymmetry_test, asymmetry_tests
from metaan.diagnostics.asymmetry.fail_safe import fail_safe_n
from metaan.diagnostics.asymmetry.fail_safe_methods import FAIL_SAFE_METHODS
from metaan.diagnostics.asymmetry.trim_and_fill import trim_and_fill
from metaan.diagnostics.asymmetry.trim_and_fill_ranks import MISSING_ESTIMATORS
from metaan.diagnostics.cumulative import cumulative
from metaan.diagnostics.influence.blup import blup
from metaan.diagnostics.influence.influence import influence
from metaan.diagnostics.leaving_out import leave_one_out
from metaan.diagnostics.selection.model import selection_model
from metaan.diagnostics.subsets.gosh import gosh
from metaan.measures.table import MEASURES
from metaan.networks.components.component_network import network_components
from metaan.networks.fits.network import network
from metaan.networks.moderators.network_regression import INTERACTIONS, network_regress
from metaan.report.r_calls.call import Beside, RCall
from metaan.report.r_calls.calling import r_call
from metaan.report.r_calls.packages import METAFOR
from metaan.tau2.table import ESTIMATORS
from metaan.trials.counting import counts
from metaan.trials.effects import effect_sizes
from metaan.twobytwo.estimators import MH_MEASURES
from metaan.twobytwo.glmm import glmm
from metaan.twobytwo.glmm_table import GLMMS, row_for
from metaan.twobytwo.mantel_haenszel import mantel_haenszel
from metaan.twobytwo.peto import peto
from metaan.univariate.inference import HKSJ, INFERENCES, WALD, misfit
from metaan.univariate.pooling import pool
from metaan.univariate.prediction import PREDICTIONS
from metaan.univariate.regression import regress
from metaan.univariate.subgrouping import subgroups
from tests.networks import dated
from tests.networks import pinned as networks
from tests.reference.escalc import SHARED, Case
from tests.reference.pinned import columns, fits, texts
from tests.reference.test_measures import CASES

HOSTILE = [
    '"); quit("no"); ("',
    "back\\slash\\",
    "line\nbreak # comment",
    "ünïcode ☃ 𝄞",
    "'%s` $x",
]
# Data sets on which not every estimator is asked again, and those that are.
SEARCHED_ONLY = {
    "dat.raudenbush1985/uni": ("REML",),
    "dat.nielweise2007/uni_logOR": ("REML", "SJIT"),
    "dat.hart1999/uni_logIRR": ("ML", "PMM"),
    "dat.pritz1997/uni_PLO": ("EB", "GENQ"),
    "1 trials": ("REML",),
}
FEW = 3  # studies of which not every prediction interval is asked for
SLOW = (("rare", "UM.FS"), ("rare", "UM.RS"), ("bcg", "UM.RS"))  # seconds in R
Named = Iterator[tuple[str, RCall]]


@cache
def bcg_table() -> dict[str, Any]:
    """Return the BCG trials: tables, latitude, year, allocation."""
    table = columns("dat.bcg")
    names = zip(texts("dat.bcg", "author"), texts("dat.bcg", "year"), strict=True)
    return {
        "study": [f"{author} {year}" for author, year in names],
        "events1": table["tpos"],
        "n1": table["tpos"] + table["tneg"],
        "events2": table["cpos"],
        "n2": table["cpos"] + table["cneg"],
        "ablat": table["ablat"],
        "year": table["year"],
        "alloc": texts("dat.bcg", "alloc"),
    }


@cache
def bcg(measure: str = "RR") -> Effects:
    """Return effects of the BCG trials."""
    return effect_sizes(bcg_table(), measure)


@cache
def tables() -> dict[str, Counts]:
    """Return counts of two groups and of one, of people and over time, with zero cells."""
    rare, rates, one = (
        columns(f"dat.{name}") for name in ("nielweise2007", "hart1999", "pritz1997")
    )
    times = {"events1": rates["x1i"], "time1": rates["t1i"]}
    return {
        "bcg": counts(bcg_table()),
        "rare": counts(
            {
                "events1": rare["ai"],
                "n1": rare["n1i"],
                "events2": rare["ci"],
                "n2": rare["n2i"],
            }
        ),
        "rates": counts({**times, "events2": rates["x2i"], "time2": rates["t2i"]}),
        "one": counts({"events": one["xi"], "n": one["ni"]}),
        "one rate": counts({"events": rates["x1i"], "time": rates["t1i"]}),
    }


def every_pool() -> Named:
    """Yield pools of every estimator, inference and prediction interval, of 1 to 13 studies."""
    sets = {name: Effects.from_arrays(one["yi"], one["vi"]) for name, one in fits().items()}
    sets |= {f"{k} trials": bcg().take(slice(0, k)) for k in (1, 2, 3)}
    sets["alike"] = Effects.from_arrays([0.1, 0.12, 0.11], [0.04, 0.05, 0.06])
    for name, effects in sets.items():
        for row in ESTIMATORS.values():
            if name in SEARCHED_ONLY and row.key not in SEARCHED_ONLY[name]:
                continue
            weights = effects.v**-0.5 if row.weighted else None
            fit = pool(effects, tau2=row.key, inference=WALD, weights=weights)
            yield f"{name} {row.key}", r_call(fit)
        yield f"{name} common", r_call(pool(effects, model="common"))
        yield f"{name} common {HKSJ}", r_call(pool(effects, model="common", inference=HKSJ))
        yield f"{name} given tau2", r_call(pool(effects, tau2=0.1))
        weights = np.arange(1.0, effects.k + 1)
        yield f"{name} own weights", r_call(pool(effects, weights=weights))
    for name in ("2 trials", "3 trials", "dat.bcg/uni_logRR"):
        yield from _intervals(name, sets[name])


def _intervals(name: str, effects: Effects) -> Named:
    for inference in INFERENCES.values():
        tau2 = "DL" if inference.needs_moment else "REML"
        for prediction in list(PREDICTIONS.values())[: None if effects.k > FEW else 2]:
            own = INFERENCES.get(prediction.inference, inference)
            if misfit(own, ESTIMATORS[tau2]):
                continue
            fit = pool(
                effects,
                tau2=tau2,
                inference=inference.key,
                prediction=prediction.key,
                level=0.9,
            )
            yield f"{name} {inference.key} {prediction.key}", r_call(fit)


def every_measure() -> Named:
    """Yield pools of every measure and option that has an entry of escalc, from its inputs."""
    for case in CASES:
        fit = _pool_of(case)
        if fit is not None:
            yield f"{case.dataset} {case.pin} {case.measure}", r_call(fit)


def _pool_of(case: Case) -> Any:
    row = MEASURES[case.measure]
    given = (case.inputs or SHARED[case.dataset, row.inputs])(columns(case.dataset))
    table = {name: values[:12] for name, values in zip(row.inputs, given, strict=True)}
    if case.pin == "SMCC from ti":  # its SDs are made up: 1 and 0
        return None
    return pool(effect_sizes(table, row.key, **case.options), model="common")


def regressions() -> Named:
    """Yield regressions: numbers, factors, interactions, without a constant; subgroups."""
    effects = bcg()
    formulas = ("~ ablat", "~ ablat + year", "~ C(alloc)", "~ 0 + C(alloc)", "~ ablat * C(alloc)")
    for formula in formulas:
        for row in ESTIMATORS.values() if formula == formulas[0] else ():
            weights = effects.v**-0.5 if row.weighted else None
            fit = regress(effects, formula, tau2=row.key, weights=weights)
            yield f"{formula} {row.key}", r_call(fit)
        for inference in INFERENCES.values():
            if not inference.means_only:
                fit = regress(effects, formula, inference=inference.key)
                yield f"{formula} {inference.key}", r_call(fit)
        yield f"{formula} common", r_call(regress(effects, formula, model="common"))
        yield f"{formula} given tau2", r_call(regress(effects, formula, tau2=0.1))
    for shared in (False, True):
        for tau2 in ("REML", "DL", "PM"):
            fit = subgroups(effects, "alloc", tau2=tau2, shared_tau2=shared)
            yield f"subgroups {tau2} {shared}", r_call(fit)
        few = effects.take([0, 2, 3, 8])
        yield f"four in subgroups {shared}", r_call(subgroups(few, "alloc", shared_tau2=shared))
    yield "common subgroups", r_call(subgroups(effects, "alloc", model="common"))
    for kind in ROBUST_KINDS:
        for fit in (pool(effects), pool(effects, tau2="DL", inference=WALD)):
            yield f"{kind} {fit.inference}", r_call(robust(fit, cluster="alloc", kind=kind))
        for formula in formulas[:2]:
            fit = robust(regress(effects, formula), cluster="study", kind=kind)
            yield f"{kind} {formula}", r_call(fit)


def every_count() -> Named:
    """Yield Mantel-Haenszel and Peto fits and mixed models, with and without zero cells."""
    for name in ("bcg", "rare", "rates"):
        own = tables()[name]
        for row in MH_MEASURES.values():
            if row.kind != own.kind:
                continue
            for variance in row.variances:
                fit = mantel_haenszel(own, row.key, variance=variance)
                yield f"{name} {row.key} {variance}", r_call(fit)
            fit = mantel_haenszel(own, row.key, correction=0.5)
            yield f"{name} {row.key} corrected", r_call(fit)
            if row.kind == "people":
                fit = mantel_haenszel(own, row.key, model="random")
                yield f"{name} {row.key} random", r_call(fit)
    for name in ("bcg", "rare"):
        yield f"{name} Peto", r_call(peto(tables()[name]))
    for name, own in tables().items():
        for key, row in GLMMS.items():
            fitting = row.groups == own.groups and own.kind in row.kinds
            if fitting and (name, key) not in SLOW:
                assert row_for(own, key) is row
                yield f"{name} {key}", r_call(glmm(own, key))
                fit = glmm(own, key, model="common", inference="T")
                yield f"{name} {key} common", r_call(fit)
    fit = glmm(tables()["rates"], "UM.FS", coding="treatment")
    yield "rates UM.FS treatment", r_call(fit)


def refits() -> Named:
    """Yield refits, measures of influence, subsets, permutations."""
    effects = bcg()
    models: list[dict[str, str]] = [
        {"tau2": tau2, "inference": inference}
        for tau2, inference in (("REML", WALD), ("REML", HKSJ), ("DL", WALD), ("PM", HKSJ))
    ]
    for options in [*models, {"model": "common"}]:
        fit, name = pool(effects, **options), " ".join(options.values())
        yield f"{name} leave one out", r_call(leave_one_out(fit))
        yield f"{name} cumulative", r_call(cumulative(fit, "year"))
        yield f"{name} influence", r_call(influence(fit))
        yield f"{name} blup", r_call(blup(fit))
    for inference in (WALD, HKSJ):
        line = regress(effects, "~ ablat", inference=inference)
        yield f"~ ablat {inference} influence", r_call(influence(line))
        yield f"~ ablat {inference} blup", r_call(blup(line))
    for options in ({"tau2": "REML"}, {"tau2": "DL"}, {"model": "common"}):
        fit = pool(effects.take(slice(0, 5)), **options)
        yield f"subsets {options}", r_call(gosh(fit))
    yield "every sign", r_call(permutation_test(pool(effects.take(slice(0, 5)))))


def missing_studies() -> Named:
    """Yield tests of asymmetry, trim and fill, fail-safe N, selection models."""
    means = columns("dat.normand1999")
    table = {
        f"{name}{group}": means[f"{r}{group}i"]
        for name, r in (("mean", "m"), ("sd", "sd"), ("n", "n"))
        for group in "12"
    }
    sets = {"RR": bcg(), "OR": bcg("OR"), "SMD": effect_sizes(table, "SMD")}
    made = set()
    for name, effects in sets.items():
        for test in asymmetry_tests(pool(effects)).tests:
            made.add(test.method)
            yield f"{name} {test.method}", r_call(test)
        for key in PREDICTORS:
            yield f"{name} {key}", r_call(asymmetry_test(effects, EGGER, predictor=key))
        for key in RANK_DISTRIBUTIONS:
            yield f"{name} {key}", r_call(asymmetry_test(effects, BEGG, ranks=key))
    for key in ASYMMETRY_TESTS.keys() - made:
        yield f"OR {key}", r_call(asymmetry_test(sets["OR"], key))
    for options in ({"tau2": "REML"}, {"tau2": "DL", "inference": WALD}, {"model": "common"}):
        for key in MISSING_ESTIMATORS:
            for side in ("left", "right"):
                filled = trim_and_fill(pool(bcg(), **options), estimator=key, side=side)
                yield f"{options} {key} {side}", r_call(filled)
    for row in FAIL_SAFE_METHODS.values():
        if not row.by_fit:
            target = float(np.exp(-0.1)) if row.by_target else None
            found = fail_safe_n(pool(bcg()), row.key, target=target)
            yield f"fail-safe {row.key}", r_call(found)
    yield from _selections()


def _selections() -> Named:
    fit = pool(bcg())
    for name, options in {
        "one step": {"steps": 0.025},
        "two steps": {"steps": [0.025, 0.5]},
        "two sides": {"steps": 0.05, "alternative": "two-sided"},
        "weights": {"steps": [0.025, 0.5], "delta": [1, 0.5, 0.2]},
    }.items():
        yield name, r_call(selection_model(fit, **options))
    yield "common, one step", r_call(selection_model(pool(bcg(), model="common"), steps=0.025))
    line = regress(bcg(), "~ ablat")
    yield "regression, one step", r_call(selection_model(line, steps=0.025))
    few = pool(bcg().take(slice(0, 5)))  # R's integrals take time for each study
    yield "half-normal", r_call(selection_model(few, "HALF_NORMAL"))


def every_network() -> Named:
    """Yield networks, components and network regressions as multivariate models."""
    for name in networks.PINNED:
        effects = networks.effects(name)
        for tau2 in ("REML", "ML", "DL"):
            for inference in (WALD, HKSJ):
                fit = network(effects, tau2=tau2, inference=inference)
                yield f"{name} {tau2} {inference}", r_call(fit, package=METAFOR.key)
        fit = network(effects, model="common")
        yield f"{name} common", r_call(fit, package=METAFOR.key)
    senn, linde = networks.effects("senn2013"), networks.linde2016()
    for name, whole, inactive in (("senn", senn, "placebo"), ("linde", linde, "Placebo")):
        for tau2 in ("REML", "DL"):
            parts = network_components(whole, inactive=inactive, tau2=tau2)
            yield f"components of {name} {tau2}", r_call(parts)
    yield "components not told apart", r_call(network_components(senn))
    for kind in INTERACTIONS:
        for tau2 in ("REML", "DL"):
            line = network_regress(
                _dated(), "year", reference="placebo", interactions=kind, tau2=tau2
            )
            yield f"year {kind} {tau2}", r_call(line)


def _dated() -> NetworkEffects:
    return dated.senn2013()


def hostile() -> Named:
    """Yield fits of studies and subgroups whose names try to break out of their quotes."""
    effects = Effects.from_arrays(
        [0.1, 0.3, 0.2, 0.5, 0.4],
        v=[0.02, 0.04, 0.03, 0.05, 0.02],
        study=HOSTILE,
        columns={"side": [HOSTILE[0], HOSTILE[2]] * 2 + [HOSTILE[2]]},
    )
    fit = r_call(pool(effects, tau2="DL"))
    yield "pool", fit
    yield "subgroups", r_call(subgroups(effects, "side", tau2="DL"))
    yield "regression", r_call(regress(effects, "~ side", tau2="DL"))
    letters = [float(ord(letter)) for name in HOSTILE for letter in name]
    asked = "found <- list(letters = unlist(lapply(studies$study, utf8ToInt)))"
    read = Beside(name="letters", values=tuple(letters))
    yield "letters", replace(fit, code=f"{fit.code}\n{asked}", numbers=(read,))


def edges() -> Named:
    """Yield fits of one to three studies, other units, levels and studies without events."""
    three = Effects.from_arrays(
        [0.1, 0.5, 0.2],
        v=[0.02, 0.03, 0.05],
        columns={"x": [1, 2, 4], "g": list("aba"), "one": list("ccc")},
    )
    two = three.take([0, 1])
    for formula in ("~ x", "~ g"):
        yield f"{formula}, as many as studies", r_call(regress(two, formula))
        yield f"{formula}, one more", r_call(regress(three, formula))
    for shared in (False, True):
        for name, effects, by in (("two", two, "g"), ("three", three, "g"), ("one", three, "one")):
            fit = subgroups(effects, by, shared_tau2=shared)
            yield f"{name} in subgroups {shared}", r_call(fit)
    yield "two, leave one out", r_call(leave_one_out(pool(two)))
    yield "two, cumulative", r_call(cumulative(pool(two)))
    for unit in (1e-6, 1e6):
        scaled = Effects.from_arrays(three.y * unit, three.v * unit**2)
        for tau2 in ("REML", "PM"):
            yield f"{unit} {tau2}", r_call(pool(scaled, tau2=tau2, prediction="HTS"))
    yield "level", r_call(pool(three, level=0.999))
    yield "equal effects", r_call(pool(Effects.from_arrays([0.2] * 3, [0.01, 0.02, 0.03])))
    events, n = [[0, 0], [0, 2], [3, 1], [20, 20]], [[20, 21], [10, 12], [15, 14], [20, 20]]
    own = dict(zip(("events1", "events2"), zip(*events, strict=True), strict=True))
    rare = counts({**own, **dict(zip(("n1", "n2"), zip(*n, strict=True), strict=True))})
    for measure in ("OR", "RR", "RD"):
        yield f"silent {measure}", r_call(mantel_haenszel(rare, measure))
        yield f"silent {measure} as effects", r_call(pool(rare.effects[measure]))
    yield "silent OR corrected", r_call(mantel_haenszel(rare, "OR", correction=0.5))
    yield "silent Peto", r_call(peto(rare))
    yield "one table", r_call(mantel_haenszel(rare.take([2])))


GROUPS: Mapping[str, Callable[[], Named]] = {
    "pools": every_pool,
    "measures": every_measure,
    "regressions": regressions,
    "counts": every_count,
    "refits": refits,
    "missing studies": missing_studies,
    "networks": every_network,
    "hostile names": hostile,
    "edges": edges,
}
