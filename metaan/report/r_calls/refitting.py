"""r_call of refits: one study left out or added at a time, measures of influence, all subsets."""

from __future__ import annotations

import numpy as np

from metaan.core.counts_fit import CountsFit
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.refits import LEAVE_ONE_OUT, Refits
from metaan.core.regression_fit import RegressionFit
from metaan.diagnostics.influence.blups_record import Blups
from metaan.diagnostics.influence.record import Influence
from metaan.diagnostics.subsets.record import Gosh
from metaan.report.r_calls.call import RCall
from metaan.report.r_calls.packages import ITERATIVE
from metaan.report.r_calls.pooling import kind_of, pooled_script, unit_of
from metaan.report.r_calls.regressing import regression_script
from metaan.report.r_calls.script import Printed, Script, make_call
from metaan.report.r_calls.writing import number, vector
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.inference import WALD, T

CLUSTERS = (
    "R leaves out single studies here, not clusters: give rma() the studies without each cluster"
)
NO_RESIDUALS = (
    "deleted residuals are not compared: R's standard errors of them carry a factor of the other "
    "studies' spread, metaan's are from v and tau²"
)


def refits_call(refits: Refits) -> RCall:
    """Return ``leave1out`` or ``cumul`` of metafor."""
    fit = _pool(refits.fit, "refits of counts")
    if refits.by:
        raise InputError(f"no call for clusters left out: {CLUSTERS}")
    if fit.k < 2:
        raise InputError("no call for refits of one study: nothing is left to fit")
    script = pooled_script(fit)
    size = fit.estimate.se
    if refits.kind == LEAVE_ONE_OUT:
        line, name, start = "again <- leave1out(fit)", "leave one out", 0
    else:
        ranks = np.argsort(refits.position) + 1  # when each study, as it stands, is added
        line = f"again <- cumul(fit, order = {vector(ranks.tolist())})"
        name, start = "cumulative", 1
    # R takes one study for a common effect and has I² = 0 there: the rows with more are compared
    told = ["the first row, one study, is not compared"] if start else []
    row = ESTIMATORS.get(fit.tau2_method)
    if row is not None and row.restricted is not None:
        told.append("where a likelihood has two maxima R may end on the lower one")
    keep = f"[-{start}]" if start else ""
    columns = (
        ("estimate", "estimate", refits.value, size),
        ("se", "se", refits.se, 0.0),
        ("low", "ci.lb", refits.low, size),
        ("high", "ci.ub", refits.high, size),
        ("Q", "Q", refits.q, 1.0),
        ("I2", "I2", refits.i2, 100.0),
    )
    printed = [
        Printed(own, f"again${theirs}{keep}", values[start:], most)
        for own, theirs, values, most in columns
        if not np.isnan(values[start:]).any()  # what one study alone leaves undefined
    ]
    if fit.tau2_method:
        unit = unit_of(fit.heterogeneity, fit.tau2)
        printed.append(Printed("tau2", f"again$tau2{keep}", refits.tau2[start:], unit))
    script = script.and_then(line, remarks=told)
    return make_call(name, script, printed, kind=kind_of(fit))


def _pool(fit: PooledFit | CountsFit, what: str) -> PooledFit:
    if not isinstance(fit, PooledFit):
        raise InputError(
            f"no call for {what}: write r_call(fit) of the pool of counts, and fit it again"
        )
    return fit


def _whole(fit: PooledFit | RegressionFit) -> Script:
    """Return the lines of a fit, without the limits of tau² and predictions."""
    return pooled_script(fit) if isinstance(fit, PooledFit) else regression_script(fit)


def influence_call(found: Influence) -> RCall:
    """Return ``influence`` of metafor."""
    fit = found.fit
    if found.by:
        raise InputError(f"no call for the influence of clusters: {CLUSTERS}")
    unit = unit_of(fit.heterogeneity, fit.tau2)
    # beside Hartung and Knapp's R's error of a deleted residual can lie below the study's own
    plain = fit.inference in (WALD, T)
    told = () if plain else (NO_RESIDUALS,)
    columns = (
        *((("rstudent", found.studentized, 1.0),) if plain else ()),
        ("dffits", found.dffits, 1.0),
        ("cook.d", found.cook, 1.0),
        ("cov.r", found.covariance_ratio, 1.0),
        *((("tau2.del", found.tau2, unit),) if fit.tau2_method else ()),
        ("QE.del", found.q, 1.0),
        ("hat", found.hat, 1.0),
        ("weight", found.weight, 100.0),
    )
    printed = [
        Printed(name.replace(".", "_"), f"again$inf${name}", values, size)
        for name, values, size in columns
    ]
    script = _whole(fit).and_then("again <- influence(fit)", remarks=told)
    return make_call("influence", script, printed, kind=ITERATIVE)


def blup_call(found: Blups) -> RCall:
    """Return ``blup`` of metafor."""
    line = f"again <- blup(fit, level = {number(100 * found.level)})"
    script = _whole(found.fit).and_then(line)
    size = float(np.max(found.se)) if len(found.se) else 0.0
    printed = [
        Printed("value", "again$pred", found.value, size),
        Printed("se", "again$se", found.se, size),
        Printed("low", "again$pi.lb", found.low, size),
        Printed("high", "again$pi.ub", found.high, size),
    ]
    return make_call("predicted true effects", script, printed, kind=kind_of(found.fit))


def gosh_call(found: Gosh) -> RCall:
    """Return ``gosh`` of metafor: means and ranges over all subsets."""
    fit = _pool(found.fit, "subsets of counts")
    if not found.every:
        raise InputError(
            "no call for subsets drawn at random: R draws others; with few studies gosh(fit) "
            "makes all of them"
        )
    order = "order(again$incl %*% 2^(seq_len(fit$k) - 1))"
    script = pooled_script(fit, inference=WALD).and_then(
        f"again <- gosh(fit, subsets = {number(len(found.k))}, progbar = FALSE)",
        "# as metaan counts them: row i holds study j if bit j of i is set",
        f"again <- again$res[{order}, ]",
    )
    size, unit = fit.estimate.se, unit_of(fit.heterogeneity, fit.tau2)
    several = np.asarray(found.k) > 1
    printed = [
        Printed("subsets", "nrow(again)", float(len(found.k))),
        Printed("mean", "mean(again$estimate)", float(np.mean(found.value)), size),
        Printed("least", "min(again$estimate)", float(np.min(found.value)), size),
        Printed("most", "max(again$estimate)", float(np.max(found.value)), size),
        Printed("Q_mean", "mean(again$QE[again$k > 1])", float(np.mean(found.q[several])), 1.0),
    ]
    if fit.tau2_method:
        tau2 = float(np.mean(found.tau2[several]))
        printed.append(Printed("tau2_mean", "mean(again$tau2[again$k > 1])", tau2, unit))
    return make_call("all subsets", script, printed, kind=ITERATIVE)
