"""r_call of a network: ``netmeta`` with its answers, or ``rma.mv`` of metafor."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from metaan.core.arrays import Floats, FrozenDict
from metaan.core.counts import RATE_DIFFERENCE, RATE_RATIO
from metaan.core.errors import InputError
from metaan.core.heterogeneity import Heterogeneity
from metaan.core.network_effects import NetworkEffects
from metaan.networks.combining.evidence import gather_evidence
from metaan.networks.combining.relative import RelativeEffects
from metaan.networks.fits.network_fit import NetworkFit
from metaan.networks.ranks.ranking import rank_treatments
from metaan.report.r_calls.call import RCall
from metaan.report.r_calls.escalc_words import MD, OR, RD, ROM, RR, SMD
from metaan.report.r_calls.packages import CLOSED, FIXED_SEARCH, MULTIVARIATE, NETMETA, Kind
from metaan.report.r_calls.pooling import MOMENTS, unit_of
from metaan.report.r_calls.script import Printed, Script, make_call
from metaan.report.r_calls.writing import called, data_frame, matrix, number, text, vector
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.inference import FLOOR, HKSJ, WALD

RESTRICTED = {row.restricted: row.key for row in ESTIMATORS.values() if row.restricted is not None}
# Estimators that netmeta and rma.mv have; at others tau² is given.
NETMETA_ESTIMATORS = (MOMENTS, *RESTRICTED.values())
RMA_MV_ESTIMATORS = tuple(RESTRICTED.values())
SUMMARIES = frozenset({MD, SMD, OR, RR, RD, ROM, RATE_RATIO, RATE_DIFFERENCE})  # netmeta's names
SEPARATORS = (":", "|", "//", " versus ")
WAYS: Mapping[str, str] = FrozenDict({"lower": "desirable", "higher": "undesirable"})
ONLY_NORMAL = (
    "netmeta has normal intervals only: estimates and their model-based standard errors are "
    "compared, not this fit's limits"
)
TAU2_GIVEN = "{package} has no such estimator of tau² ({method}): its value is given"


def contrasts_line(effects: NetworkEffects) -> str:
    """Return the line that makes ``contrasts``, one row for each pair of arms of a study."""
    columns = {
        "study": effects.study,
        "treat1": effects.treat1,
        "treat2": effects.treat2,
        "TE": effects.y.tolist(),
        "seTE": effects.se.tolist(),
    }
    return f"contrasts <- {data_frame(columns)}"


def netmeta_arguments(effects: NetworkEffects, reference: str, level: float) -> dict[str, str]:
    """Return the arguments of ``netmeta`` and ``discomb`` that data and shape decide."""
    found = {name: name for name in ("TE", "seTE", "treat1", "treat2")}
    found |= {"studlab": "study", "data": "contrasts"}
    if effects.measure in SUMMARIES:
        found["sm"] = text(effects.measure)
    separator = separator_for(effects.treatments)
    return {
        **found,
        "reference.group": text(reference),
        "level.ma": number(level),
        "sep.trts": text(separator),
    }


def separator_for(treatments: Sequence[str]) -> str:
    """Return what netmeta can put between two names: none of them holds it."""
    for separator in SEPARATORS:
        if not any(separator in name for name in treatments):
            return separator
    raise InputError(
        f"netmeta puts one of {', '.join(SEPARATORS)} between treatments, and the names hold all "
        "of them; rename the treatments"
    )


def netmeta_call(fit: NetworkFit) -> RCall:
    """Return ``netmeta`` with P-scores, the decomposition of Q, and node splits."""
    varying = bool(fit.tau2_method)
    kind = "random" if varying else "common"
    arguments = netmeta_arguments(fit.effects, fit.reference, fit.level)
    arguments |= {"common": number(not varying), "random": number(varying)}
    given = varying and fit.tau2_method not in NETMETA_ESTIMATORS
    told = []
    if given:
        arguments["tau.preset"] = number(math.sqrt(fit.tau2))
        told.append(TAU2_GIVEN.format(package="netmeta", method=fit.tau2_method))
    elif varying:
        arguments["method.tau"] = text(fit.tau2_method)
    others = [name for name in fit.treatments if name != fit.reference]
    at = f"[others, {text(fit.reference)}]"
    lines = [
        contrasts_line(fit.effects),
        f"net <- {called('netmeta', arguments)}",
        f"others <- {vector(others)}",
    ]
    printed = _against(fit, kind, at)
    if fit.inference == WALD:
        lines += _ranking_lines(kind)
        printed += _ranking(fit)
    else:
        told.append(ONLY_NORMAL)
    lines += [
        "designs <- decomp.design(net)",
        "# all treatments against each other, and direct beside indirect evidence:",
        f"print(netleague(net, common = {number(not varying)}, random = {number(varying)}))",
        "print(netsplit(net))",
    ]
    printed += [*_designs(fit), *_splits(fit, kind, lines)]
    searched = varying and not given and not ESTIMATORS[fit.tau2_method].closed_form
    return make_call(
        "the network",
        Script(lines=tuple(lines), remarks=tuple(told)),
        printed,
        kind=FIXED_SEARCH if searched else CLOSED,
        package=NETMETA,
    )


def _against(fit: NetworkFit, kind: str, at: str) -> list[Printed]:
    """Return the effects against the reference, model-based errors, tau² and Q."""
    base = fit.treatments.index(fit.reference)
    places = [i for i in range(len(fit.treatments)) if i != base]
    values = fit.combined.differences[places, base]
    errors = np.sqrt(fit.combined.variances[places, base])
    size = float(errors.max())
    het = fit.heterogeneity
    found = [
        Printed("effect", f"net$TE.{kind}{at}", values, size),
        Printed("se", f"net$seTE.{kind}{at}", errors),
    ]
    if fit.inference == WALD:
        half = fit.relative.half[places, base]
        found += [
            Printed("low", f"net$lower.{kind}{at}", values - half, size),
            Printed("high", f"net$upper.{kind}{at}", values + half, size),
        ]
    if fit.tau2_method:
        found.append(Printed("tau2", "net$tau^2", fit.tau2, unit_of(het, fit.tau2)))
    return [*found, Printed("Q", "net$Q", het.q, 1.0)]


def _ranking_lines(kind: str) -> list[str]:
    return [
        f"{name} <- netrank(net, small.values = {text(name)})$ranking.{kind}[net$trts]"
        for name in WAYS.values()
    ]


def _ranking(fit: NetworkFit) -> list[Printed]:
    """Return the P-scores of both readings of "better"."""
    order = f"[{vector(fit.treatments)}]"
    return [
        Printed(
            f"P_score_{name}",
            f"{name}{order}",
            rank_treatments(fit.relative, better=better).p_scores,
            1.0,
        )
        for better, name in WAYS.items()
    ]


def _designs(fit: NetworkFit) -> list[Printed]:
    found = fit.decomposition()
    q = [found.total.q, found.within.q, found.between.q]
    return [Printed("Q_designs", "designs$Q.decomp$Q", q, 1.0)]


def _splits(fit: NetworkFit, kind: str, lines: list[str]) -> list[Printed]:
    """Return direct and indirect evidence of the comparisons that have both."""
    splits = fit.node_splits()
    both = np.flatnonzero(~np.isnan(splits.direct) & ~np.isnan(splits.indirect))
    if not len(both):
        return []
    names = np.array(fit.treatments, dtype=object)
    first, second = names[splits.treatment[both]], names[splits.control[both]]
    lines.append(f"both <- cbind({vector(first.tolist())}, {vector(second.tolist())})")
    size = float(np.nanmax(splits.indirect_se[both]))
    return [
        Printed("direct", f"net$TE.direct.{kind}[both]", splits.direct[both], size),
        Printed("indirect", f"net$TE.indirect.{kind}[both]", splits.indirect[both], size),
    ]


def stacked_lines(effects: NetworkEffects) -> tuple[list[str], list[list[int]], list[int]]:
    """Return contrasts with the first arm of each study, with their covariances, for ``rma.mv``.

    Returns
    -------
    lines : list of str
        That make ``stacked`` (y, study, arm) and ``V``.
    pairs : list of list of int
        Treatment and first arm of each row, as numbers.
    study : list of int
        Number of the study of each row.
    """
    evidence = gather_evidence(effects)
    blocks: dict[int, tuple[Floats, Floats, list[int]]] = {}
    for block in evidence.blocks:
        for i, study in enumerate(block.studies.tolist()):
            blocks[study] = (block.y[i], block.v[i], block.treatments[i].tolist())
    y: list[float] = []
    names: list[str] = []
    arm: list[int] = []
    covariances, pairs, numbers = [], [], []
    for study in sorted(blocks):
        own, v, treatments = blocks[study]
        m = len(treatments) - 1
        y += own.tolist()
        names += [effects.studies[study]] * m
        numbers += [study] * m
        arm += list(range(1, m + 1))
        pairs += [[each, treatments[0]] for each in treatments[1:]]
        cells = vector(v.ravel().tolist())
        covariances.append(f"matrix({cells}, {m})" if m > 1 else number(float(v[0, 0])))
    frame = data_frame({"study": names, "arm": arm, "y": y})
    return (
        [f"stacked <- {frame}", f"V <- bldiag({called('list', covariances)})"],
        pairs,
        numbers,
    )


def rma_mv_lines(
    design: Floats, names: Sequence[str], *, method: str, tau2: float, level: float
) -> list[str]:
    """Return ``X`` and ``rma.mv``: tau² in every comparison, half of it between two of a study.

    Parameters
    ----------
    design : ndarray, shape (b, p)
        What each row is of the coefficients.
    names : sequence of str, length p
        Of the coefficients.
    method : str
        Key of the estimator; empty for common effects.
    tau2 : float
        Given where R has no such estimator.
    level : float
        Coverage.
    """
    arguments = {"mods": "X", "intercept": "FALSE"}
    if method:
        arguments |= {"random": "~ arm | study", "struct": text("CS"), "rho": "1/2"}
        if method in RMA_MV_ESTIMATORS:
            arguments["method"] = text(method)
            arguments["control"] = 'list(optimizer = "nlminb", rel.tol = 1e-10)'
        else:
            arguments["tau2"] = number(tau2)
    else:
        arguments["method"] = text("FE")
    arguments |= {"level": number(100 * level), "data": "stacked"}
    named = ["stacked$y", "V", *(f"{name} = {value}" for name, value in arguments.items())]
    return [f"X <- {matrix(design.tolist(), names)}", f"fit <- {called('rma.mv', named)}"]


def spread_lines(inference: str, df: float, level: float) -> tuple[list[str], str]:
    """Return lines that make ``se`` and ``half``: rma.mv itself has no Hartung-Knapp intervals.

    ``half`` is half the width of the intervals; the second part is a remark.
    """
    tail = number((1 + level) / 2)
    quantile = f"qnorm({tail})" if math.isinf(df) else f"qt({tail}, {number(df)})"
    if inference not in (HKSJ, FLOOR):
        return ["se <- fit$se", f"half <- {quantile} * se"], ""
    factor = "sum(r * solve(fit$M, r)) / (fit$k - fit$p)"
    if inference == FLOOR:
        factor = f"max(1, {factor})"
    lines = [
        "r <- stacked$y - c(X %*% fit$beta)",
        f"se <- fit$se * sqrt({factor})",
        f"half <- {quantile} * se",
    ]
    return lines, "Hartung and Knapp's factor is worked out below rma.mv, which does not have it"


def multivariate_call(fit: NetworkFit) -> RCall:
    """Return ``rma.mv`` of metafor, which is the same model."""
    lines, pairs, _ = stacked_lines(fit.effects)
    base = fit.treatments.index(fit.reference)
    others = [i for i in range(len(fit.treatments)) if i != base]
    design = np.array([[float(i == a) - float(i == b) for i in others] for a, b in pairs])
    names = [fit.treatments[i] for i in others]
    lines += rma_mv_lines(design, names, method=fit.tau2_method, tau2=fit.tau2, level=fit.level)
    relative: RelativeEffects = fit.relative
    spread, told = spread_lines(fit.inference, relative.df, fit.level)
    remarks = [told] if told else []
    if fit.tau2_method and fit.tau2_method not in RMA_MV_ESTIMATORS:
        remarks.append(TAU2_GIVEN.format(package="rma.mv", method=fit.tau2_method))
    values, errors = relative.differences[others, base], relative.se[others, base]
    half = relative.half[others, base]
    printed = multivariate_printed(values, errors, half)
    printed += multivariate_spread(fit.tau2, fit.tau2_method, fit.heterogeneity)
    script = Script(lines=(*lines, *spread), remarks=tuple(remarks))
    return make_call("the network", script, printed, kind=multivariate_kind(fit.tau2_method))


def multivariate_printed(values: Floats, errors: Floats, half: Floats) -> list[Printed]:
    """Return coefficients of ``rma.mv`` with their errors and limits."""
    size = float(np.max(errors))
    return [
        Printed("effect", "c(fit$beta)", values, size),
        Printed("se", "se", errors),
        Printed("low", "c(fit$beta) - half", values - half, size),
        Printed("high", "c(fit$beta) + half", values + half, size),
    ]


def multivariate_spread(tau2: float, method: str, het: Heterogeneity) -> list[Printed]:
    """Return tau² and Q of ``rma.mv``."""
    found = [Printed("tau2", "fit$tau2", tau2, unit_of(het, tau2))] if method else []
    return [*found, Printed("Q", "fit$QE", het.q, 1.0)]


def multivariate_kind(method: str) -> Kind:
    """Return how nearly the numbers of ``rma.mv`` are ours."""
    return MULTIVARIATE if method in RMA_MV_ESTIMATORS else CLOSED
