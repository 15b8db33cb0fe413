"""r_call of networks with moderators or components: ``rma.mv`` of metafor, ``discomb``."""

from __future__ import annotations

import math

import numpy as np

from metaan.core.arrays import Floats
from metaan.networks.components.component_fit import ComponentFit
from metaan.networks.moderators.network_regression_fit import NetworkRegressionFit
from metaan.report.r_calls.call import RCall
from metaan.report.r_calls.networking import (
    ONLY_NORMAL,
    RMA_MV_ESTIMATORS,
    TAU2_GIVEN,
    contrasts_line,
    multivariate_kind,
    multivariate_printed,
    multivariate_spread,
    netmeta_arguments,
    rma_mv_lines,
    spread_lines,
    stacked_lines,
)
from metaan.report.r_calls.packages import CLOSED, NETMETA
from metaan.report.r_calls.script import Printed, Script, make_call
from metaan.report.r_calls.writing import called, matrix, number, text, vector
from metaan.univariate.inference import WALD


def network_regression_call(fit: NetworkRegressionFit) -> RCall:
    """Return ``rma.mv`` with effects at the fit's value of the covariate, then slopes."""
    lines, pairs, studies = stacked_lines(fit.effects)
    base = fit.treatments.index(fit.reference)
    others = [i for i in range(len(fit.treatments)) if i != base]
    apart = np.asarray(fit.covariate.values)[studies] - fit.value
    trades = np.array([[float(i == a) - float(i == b) for i in others] for a, b in pairs])
    ends = np.array(pairs)
    slopes = apart[:, None] * (fit.slope_map[ends[:, 0]] - fit.slope_map[ends[:, 1]])
    names = [*(fit.treatments[i] for i in others), *(f"slope: {name}" for name in fit.slope_names)]
    design = np.concatenate([trades, slopes], axis=1)
    lines += rma_mv_lines(design, names, method=fit.tau2_method, tau2=fit.tau2, level=fit.level)
    relative = fit.relative
    spread, told = spread_lines(fit.inference, relative.df, fit.level)
    values = [*relative.differences[others, base], *(each.value for each in fit.slopes)]
    errors = [*relative.se[others, base], *(each.se for each in fit.slopes)]
    halves = [each.high - each.value for each in fit.slopes]
    half = [*relative.half[others, base], *halves]
    printed = multivariate_printed(np.array(values), np.array(errors), np.array(half))
    # slopes and effects differ in size: each is measured by its own error
    m = len(fit.slopes)
    own = f"c(fit$beta)[{vector(list(range(len(others) + 1, len(others) + m + 1)))}]"
    size = min(each.se for each in fit.slopes)
    printed.append(Printed("slope", own, [each.value for each in fit.slopes], size))
    printed += multivariate_spread(fit.tau2, fit.tau2_method, fit.heterogeneity)
    remarks = [*_given(fit.tau2_method), *([told] if told else [])]
    script = Script(lines=(*lines, *spread), remarks=tuple(remarks))
    return make_call(
        "the network regression", script, printed, kind=multivariate_kind(fit.tau2_method)
    )


def _given(method: str) -> tuple[str, ...]:
    if not method or method in RMA_MV_ESTIMATORS:
        return ()
    return (TAU2_GIVEN.format(package="rma.mv", method=method),)


def components_multivariate_call(fit: ComponentFit) -> RCall:
    """Return ``rma.mv`` whose moderators are components: what one arm has and the other lacks."""
    lines, pairs, _ = stacked_lines(fit.effects)
    known = np.flatnonzero(fit.design.identified)
    columns, told = _identified(fit)
    ends = np.array(pairs)
    design = columns[ends[:, 0]] - columns[ends[:, 1]]
    names = fit.design.names
    labels = [names[i] for i in known] if columns.shape[1] == len(known) else _numbered(columns)
    lines += rma_mv_lines(design, labels, method=fit.tau2_method, tau2=fit.tau2, level=fit.level)
    found = [fit.component(names[i]) for i in known]
    spread, more = spread_lines(fit.inference, fit.relative.df, fit.level)
    printed = multivariate_spread(fit.tau2, fit.tau2_method, fit.heterogeneity)
    if columns.shape[1] == len(known):
        values, errors = (np.array([getattr(e, n) for e in found]) for n in ("value", "se"))
        half = np.array([each.high - each.value for each in found])
        printed = [*multivariate_printed(values, errors, half), *printed]
    remarks = [*_given(fit.tau2_method), *told, more]
    script = Script(lines=(*lines, *spread), remarks=tuple(each for each in remarks if each))
    return make_call("the components", script, printed, kind=multivariate_kind(fit.tau2_method))


def _identified(fit: ComponentFit) -> tuple[Floats, tuple[str, ...]]:
    """Return the columns of a model without redundant ones, and what became of them."""
    design = fit.design
    known = design.identified
    if known.all():
        return np.asarray(design.matrix), ()
    return np.asarray(design.matrix @ design.basis), (
        "some components cannot be told apart: the model is that of all sums that can be known, "
        "and its tau² and Q are compared",
    )


def _numbered(columns: Floats) -> list[str]:
    return [f"sum {i + 1}" for i in range(columns.shape[1])]


def components_netmeta_call(fit: ComponentFit) -> RCall:
    """Return ``discomb`` of netmeta, which also takes networks in several parts."""
    arguments = netmeta_arguments(fit.effects, fit.reference, fit.level)
    varying = bool(fit.tau2_method)
    kind = "random" if varying else "common"
    design, names = fit.design, fit.design.names
    rows = [row.tolist() for row in np.asarray(design.matrix)]
    cells = matrix(rows, names)
    arguments["C.matrix"] = "C"
    if design.inactive is not None:
        arguments["inactive"] = text(design.inactive)
    arguments |= {"common": number(not varying), "random": number(varying)}
    if varying:
        arguments["tau.preset"] = number(math.sqrt(fit.tau2))
    known = [names[i] for i in np.flatnonzero(design.identified)]
    found = [fit.component(name) for name in known]
    lines = [
        contrasts_line(fit.effects),
        f"C <- {cells}",
        f"rownames(C) <- {vector(design.treatments)}",
        f"net <- {called('discomb', arguments)}",
        f"known <- {vector(known)}",
    ]
    told = ['no numbers of netmeta are at hand for components: package="metafor" is compared']
    if varying:
        told.append("tau² is given, as metaan found it")
    size = max((each.se for each in found), default=0.0)
    printed = [
        Printed("component", f"net$Comp.{kind}[known]", [each.value for each in found], size),
        Printed("Q", "net$Q.additive", fit.heterogeneity.q, 1.0),
    ]
    if fit.inference == WALD:
        errors = [each.se for each in found]
        printed.insert(1, Printed("se", f"net$seComp.{kind}[known]", errors))
    else:
        told.append(ONLY_NORMAL)
    script = Script(lines=tuple(lines), remarks=tuple(told))
    return make_call("the components", script, printed, kind=CLOSED, package=NETMETA)
