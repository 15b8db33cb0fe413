"""network_subgroups: a network for each level of a column, and the test between them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from metaan.core.arrays import Floats, FrozenDict
from metaan.core.errors import InputError
from metaan.core.fit_words import MODEL
from metaan.core.heterogeneity import Heterogeneity
from metaan.core.network_effects import NetworkEffects
from metaan.core.numbers import listed
from metaan.core.regression_answers import JointTest
from metaan.networks.combining.combined import Combined, analysis_of, rows_of
from metaan.networks.combining.evidence import Evidence, gather_evidence
from metaan.networks.combining.network_plan import network_plan
from metaan.networks.combining.solving import Solved, SolvedRows, solve, solve_rows
from metaan.networks.fits.network import (
    choose_reference,
    make_network,
    network,
    warn_if_empty,
)
from metaan.networks.fits.network_fit import NetworkFit
from metaan.networks.moderators.moderating import values_of_studies
from metaan.networks.moderators.network_subgroup_fit import NetworkSubgroupFit
from metaan.numerics.tails import log_chi2_tail
from metaan.univariate.inference import WALD
from metaan.univariate.kernel import Plan
from metaan.univariate.planning import DEFAULT_LEVEL, DEFAULT_MODEL, method_name
from metaan.univariate.presets import regression_methods


def network_subgroups(
    effects: NetworkEffects,
    by: str,
    *,
    reference: str | int | None = None,
    model: str = DEFAULT_MODEL,
    tau2: str | float | None = None,
    inference: str | None = None,
    level: float = DEFAULT_LEVEL,
    shared_tau2: bool = False,
) -> NetworkSubgroupFit:
    """Return a network for each value of a column, that of all studies, and the test between them.

    Parameters
    ----------
    effects : NetworkEffects
        All contrasts of k studies of one connected network.
    by : str
        Name of a column of ``effects.columns`` with one value per study; none may be missing.
    reference : str, optional
        Treatment that effects are compared against; as in `network`.
    model, tau2, inference, level : str or float
        As in `network`.
    shared_tau2 : bool
        Whether one tau² is estimated for all levels, from a model with effects of each level, as
        a regression with independent interactions would; otherwise each level has its own. The
        network of all studies keeps its own tau² either way.

    Returns
    -------
    NetworkSubgroupFit
        Levels that are numbers by their size, others in the order of their first study. One whose
        studies are not connected or lack the reference has no network and is listed in ``left``.

    Raises
    ------
    InputError
        If the column does not exist, has missing values or differs within a study, no level has a
        network, or as `network` raises.

    Notes
    -----
    With effects d_g against the reference and their model-based covariance V_g in level g, the
    test of an interaction is ``Q = sum (d_g - d)' V_g^-1 (d_g - d)`` about the d that minimizes
    it, chi-square with one degree of freedom for each effect of a level less those of d. For
    common effects it is Q of one network less Q of the networks of the levels. For one treatment
    it compares that treatment's effects. Variances are the model's whatever the inference,
    because a Hartung-Knapp factor can be near 0 by chance in a small network.

    With a shared tau² intervals take their degrees of freedom and residual spread from the model
    of all levels.

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.networks.moderators.network_subgroups import network_subgroups
    >>> effects = ma.NetworkEffects.from_arrays(
    ...     [-0.9, -0.5, -0.4, -0.2, 0.1], se=[0.2, 0.25, 0.2, 0.2, 0.3],
    ...     study=["Ann", "Bo", "Cy", "Di", "Ed"],
    ...     treat1=["true", "true", "sham", "sham", "true"],
    ...     treat2=["usual", "usual", "usual", "usual", "sham"],
    ...     columns={"dose": ["low", "high", "low", "high", "high"]})
    >>> fit = network_subgroups(effects, "dose", reference="usual", model="common")
    >>> fit.levels, fit.between
    (('low', 'high'), chi² = 3.43 (df 2, p = 0.18))
    """
    plan = network_plan(model=model, tau2=tau2, inference=inference, prediction=None, level=level)
    overall = network(
        effects, reference=reference, model=model, tau2=tau2, inference=inference, level=level
    )
    base = choose_reference(effects, reference)
    groups, left = _groups(effects, by, base)
    if not isinstance(shared_tau2, bool | np.bool_):
        raise InputError(f"shared_tau2={shared_tau2!r} must be True or False")
    sharing = bool(shared_tau2) and plan.varying
    evidence = [gather_evidence(part) for part in groups.values()]
    remarks: tuple[str, ...] = ()
    if sharing:
        whole = _together(evidence, plan)
        fits = tuple(
            _sharing(part, own, whole, base, plan)
            for part, own in zip(groups.values(), evidence, strict=True)
        )
    else:
        fits = tuple(
            make_network(part, base, solve(own, rows_of(own), plan), plan)
            for part, own in zip(groups.values(), evidence, strict=True)
        )
        remarks = _remarks(tuple(groups), fits)
    return NetworkSubgroupFit(
        by=by,
        reference=base,
        levels=tuple(groups),
        fits=fits,
        overall=overall,
        left=FrozenDict(left),
        between=interaction_between(tuple(fit.combined for fit in fits), base),
        by_treatment=FrozenDict(_each_treatment(fits, base)),
        shared_tau2=sharing,
        remarks=remarks,
    )


def _groups(
    effects: NetworkEffects, by: str, base: str
) -> tuple[dict[str, NetworkEffects], dict[str, str]]:
    """Return the studies of each level that has a network, and why the others have none."""
    values = values_of_studies(effects, by, "by")
    missing = [s for s, value in zip(effects.studies, values, strict=True) if value is None]
    if missing:
        raise InputError(
            f"by={by!r} is missing for {', '.join(missing)}; fill it in or leave those studies out"
        )
    studies: dict[str, list[str]] = {}
    for study, value in zip(effects.studies, values, strict=True):
        studies.setdefault(str(value), []).append(study)
    groups, left = {}, {}
    for name in in_order(tuple(studies)):
        own = studies[name]
        part = effects.take(own)
        parts = len(part.layout.parts())
        if base not in part.treatments:
            left[name] = f"no study compares anything with {base}"
        elif parts > 1:
            left[name] = f"its studies fall into {parts} parts that no study connects"
        else:
            groups[name] = part
    if not groups:
        told = "; ".join(f"{name}: {reason}" for name, reason in left.items())
        raise InputError(f"no level of {by!r} has a network with {base}: {told}")
    return groups, left


def in_order(levels: tuple[str, ...]) -> tuple[str, ...]:
    """Return levels by their size if all are numbers, as they are otherwise.

    Examples
    --------
    >>> in_order(("10", "9", "2.5")), in_order(("mild", "3", "1"))
    (('2.5', '9', '10'), ('mild', '3', '1'))
    """
    try:
        return tuple(sorted(levels, key=float))
    except ValueError:
        return levels


def _together(evidence: list[Evidence], plan: Plan) -> SolvedRows:
    """Return the model of all levels, each with effects of its own, and one tau²."""
    y, v = (np.concatenate([getattr(own, name) for own in evidence]) for name in ("y", "v"))
    sizes = [own.n - 1 for own in evidence]
    x = np.zeros((len(y), sum(sizes)))
    row = column = 0
    for own, size in zip(evidence, sizes, strict=True):
        x[row : row + len(own.y), column : column + size] = own.x[:, 1:]
        row, column = row + len(own.y), column + size
    whole = solve_rows(analysis_of(y, v, x), plan)
    warn_if_empty(whole, plan)
    return whole


def _sharing(
    effects: NetworkEffects, evidence: Evidence, whole: SolvedRows, base: str, plan: Plan
) -> NetworkFit:
    """Return the network of one level at the tau² of all, its uncertainty from their model."""
    given = replace(plan, estimator=whole.tau2)
    own = solve(evidence, rows_of(evidence), given)
    solved: Solved = replace(
        own,
        factor=whole.factor,
        df=whole.df,
        weighted=replace(own.weighted, freedom=whole.weighted.freedom),
        heterogeneity=_limits(own.heterogeneity, whole.heterogeneity),
        convergence=whole.convergence,
        empty=False,
    )
    inference = WALD if whole.heterogeneity.df < 1 else plan.inference.key
    fit = make_network(effects, base, solved, given)
    methods = {**regression_methods(plan, inference), MODEL: fit.methods[MODEL]}
    return replace(
        fit,
        tau2_method=method_name(plan),
        inference=inference,
        methods=FrozenDict(methods),
        remarks=(),  # what is remarked on one small network is not true of the model of all
    )


def _limits(own: Heterogeneity, whole: Heterogeneity) -> Heterogeneity:
    """Return a level's own Q, with the limits of the shared tau²."""
    low, high, typical = whole.tau2_low, whole.tau2_high, own.typical_v
    return replace(
        own,
        tau2_se=whole.tau2_se,
        tau2_low=low,
        tau2_high=high,
        i2_low=100 * low / (low + typical),
        i2_high=100 * high / (high + typical),
    )


def interaction_between(levels: tuple[Combined, ...], base: str) -> JointTest:
    """Return the test that the effects are the same in all levels.

    Parameters
    ----------
    levels : tuple of Combined
        Networks of different studies, each at its tau².
    base : str
        A treatment that all have.
    """
    treatments = sorted({name for each in levels for name in each.evidence.layout.treatments})
    treatments.remove(base)
    where = {name: i for i, name in enumerate(treatments)}
    precision, score = np.zeros((len(treatments),) * 2), np.zeros(len(treatments))
    found: list[tuple[list[int], Floats, Floats]] = []
    df = -len(treatments)
    for each in levels:
        names = each.evidence.layout.treatments
        kept = [i for i, name in enumerate(names) if name != base]
        x = each.evidence.x[:, kept]
        own = (x * each.w[:, None]).T @ x
        effects = each.effects[kept] - each.effects[names.index(base)]
        places = [where[names[i]] for i in kept]
        precision[np.ix_(places, places)] += own
        score[places] += own @ effects
        found.append((places, own, effects))
        df += len(kept)
    mean = np.linalg.solve(precision, score)
    q = 0.0
    for places, own, effects in found:
        apart = effects - mean[places]
        q += float(apart @ own @ apart)
    shared = [
        name
        for name in treatments
        if sum(name in each.evidence.layout.treatments for each in levels) > 1
    ]
    return _chi2(tuple(shared), q, df)


def _chi2(terms: tuple[str, ...], q: float, df: int) -> JointTest:
    log_p = float(log_chi2_tail(q, float(df))) if df > 0 else float("nan")
    return JointTest(
        terms=terms,
        statistic=q if df > 0 else float("nan"),
        df=float(df),
        df_residual=float("inf"),
        p_value=float(np.exp(log_p)),
        log_p_value=log_p,
    )


def _each_treatment(fits: tuple[NetworkFit, ...], base: str) -> dict[str, JointTest]:
    """Return the test of every treatment that has an effect in two levels or more."""
    values: dict[str, list[tuple[float, float]]] = {}
    for fit in fits:
        j = fit.treatments.index(base)
        for i, name in enumerate(fit.treatments):
            if i != j:
                each = fit.combined.differences[i, j], fit.combined.variances[i, j]
                values.setdefault(name, []).append((float(each[0]), float(each[1])))
    found = {}
    for name in sorted(values):
        y, v = np.array(values[name]).T
        w = 1 / v
        mean = w @ y / w.sum()
        if len(y) > 1:
            found[name] = _chi2((name,), float(w @ (y - mean) ** 2), len(y) - 1)
    return found


def _remarks(levels: tuple[str, ...], fits: tuple[NetworkFit, ...]) -> tuple[str, ...]:
    none = [name for name, fit in zip(levels, fits, strict=True) if fit.heterogeneity.df < 1]
    if not none or len(levels) < 2 or not fits[0].plan.varying:
        return ()
    return (
        f"in {listed(none)} no degree of freedom is left, so that tau² is taken as 0: the test of "
        "an interaction finds differences too readily; shared_tau2=True takes one tau² for all",
    )
