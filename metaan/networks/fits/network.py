"""network: many treatments compared at once, by direct and indirect evidence."""

from __future__ import annotations

import warnings
from typing import Any

from metaan.core.arrays import FrozenDict
from metaan.core.errors import EmptyIntervalWarning, InputError
from metaan.core.fit_words import MODEL
from metaan.core.network_effects import NetworkEffects
from metaan.core.numbers import counted
from metaan.core.wording import Method
from metaan.networks.combining.combined import rows_of
from metaan.networks.combining.evidence import gather_evidence
from metaan.networks.combining.network_plan import network_plan
from metaan.networks.combining.relative import RelativeEffects, place_of
from metaan.networks.combining.solving import Solved, SolvedRows, predicted_half, solve
from metaan.networks.fits.network_fit import NetworkFit
from metaan.univariate.inference import FLOOR, HKSJ, WALD
from metaan.univariate.kernel import Plan
from metaan.univariate.planning import COMMON, DEFAULT_LEVEL, DEFAULT_MODEL, RANDOM, method_name
from metaan.univariate.presets import regression_methods

RUECKER = "10.1002/jrsm.1058"
SHOWN = 8  # treatments of a part that an error names


def network(
    effects: NetworkEffects,
    *,
    reference: str | int | None = None,
    model: str = DEFAULT_MODEL,
    tau2: str | float | None = None,
    inference: str | None = None,
    prediction: str | None = None,
    level: float = DEFAULT_LEVEL,
) -> NetworkFit:
    """Return the effects of all treatments of a network, direct and indirect evidence combined.

    Parameters
    ----------
    effects : NetworkEffects
        All contrasts of k studies with two or more arms, made by `network_effects`; every two
        treatments must be connected by a path of studies.
    reference : str, optional
        Treatment that the others are shown against; the one in most studies (the first in
        alphabetic order of several) by default. No result depends on it. A whole number stands
        for the name that it is as a text, here and wherever a treatment is asked for.
    model : {"random", "common"}
        Whether the true effects vary between studies: by tau² for every comparison, with a
        covariance of tau² / 2 between contrasts of a study that share an arm.
    tau2 : str or float
        Row of ``ESTIMATORS`` that needs no weights, or a value; REML by default. "DL" is the
        generalized method of moments [2]_.
    inference : str
        Row of ``INFERENCES``: HKSJ by default for random and WALD for common effects; T,
        HKSJ_FLOOR.
    prediction : str
        Row of ``PREDICTIONS`` whose standard error is that of the fit, with n - 1 coefficients
        counted off: K1, the default, is t(b - n + 1) for b independent contrasts.
    level : float
        Coverage of every interval.

    Returns
    -------
    NetworkFit
        ``fit.effect("a", "b")`` is one effect; ``fit.league()``, ``fit.ranking()``,
        ``fit.split()``, ``fit.inconsistency()`` and others answer the usual questions.

    Raises
    ------
    InputError
        If the network is not connected (its parts are named), or a name or value is unknown.
    ChoiceError
        If the reference is not in the network; the nearest name is offered.

    Warns
    -----
    EmptyIntervalWarning
        If no tau² >= 0 lies in the Q-profile set; [0, 0] is reported.

    Notes
    -----
    The contrasts of a study with a arms have the covariance V + tau² S, ``S = (I + J) / 2``.
    Generalized least squares with it and the graph-theoretical method [1]_ are the same: the
    effects are ``L⁺ B' W y`` with the Laplacian ``L = B' W B`` of a network whose edges conduct
    as the inverse variances. REML and ML maximize the (restricted) likelihood of the contrasts.

    References
    ----------
    .. [1] Rücker G (2012). Network meta-analysis, electrical networks and graph theory. Res Synth
       Methods 3:312. doi:10.1002/jrsm.1058
    .. [2] Jackson D, White IR, Riley RD (2012). Quantifying the impact of between-study
       heterogeneity in multivariate meta-analyses. Stat Med 31:3805. doi:10.1002/sim.5453

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.NetworkEffects.from_arrays(
    ...     [-0.5, -0.3, 0.1], se=[0.2, 0.25, 0.3], study=["Ann", "Bo", "Cy"],
    ...     treat1=["true", "sham", "true"], treat2=["sham", "usual", "usual"])
    >>> fit = ma.network(effects, reference="sham", model="common")
    >>> fit.effect("true")
    −0.313, 95% CI (−0.662, 0.036), p = 0.079
    """
    _check(effects)
    plan = network_plan(
        model=model, tau2=tau2, inference=inference, prediction=prediction, level=level
    )
    base = choose_reference(effects, reference)
    evidence = gather_evidence(effects)
    solved = solve(evidence, rows_of(evidence), plan)
    return make_network(effects, base, solved, plan)


def make_network(
    effects: NetworkEffects, reference: str, solved: Solved, plan: Plan
) -> NetworkFit:
    """Return the record of a solved network."""
    warn_if_empty(solved, plan)
    none_left = solved.heterogeneity.df < 1
    inference = WALD if none_left else plan.inference.key
    half = predicted_half(solved, plan)
    varying = plan.varying
    has_prediction = bool((half == half).any())
    methods = dict(regression_methods(plan, inference))
    methods[MODEL] = Method(name="generalized least squares", doi=RUECKER)
    return NetworkFit(
        effects=effects,
        model=RANDOM if varying else COMMON,
        tau2_method=method_name(plan),
        inference=inference,
        prediction=plan.prediction.key if has_prediction else "",
        reference=reference,
        relative=relative_of(solved, effects, plan.level),
        combined=solved.combined,
        prediction_half=half,
        tau2=solved.combined.tau2,
        heterogeneity=solved.heterogeneity,
        convergence=solved.convergence,
        plan=plan,
        methods=FrozenDict(methods),
        remarks=solved_remarks(solved, plan),
    )


def warn_if_empty(solved: SolvedRows, plan: Plan) -> None:
    """Warn the caller of the caller of the caller if no tau² >= 0 lies in the Q-profile set."""
    if solved.empty:
        warnings.warn(
            f"Q = {solved.heterogeneity.q:.3g} lies below the lower limit of its "
            f"{100 * plan.level:g}% range at tau² = 0: the Q-profile set is empty and is reported "
            "as [0, 0]; the studies agree more than chance would have it, so look for copied or "
            "dependent results",
            EmptyIntervalWarning,
            stacklevel=4,
        )


def relative_of(solved: Solved, effects: NetworkEffects, level: float) -> RelativeEffects:
    """Return the treatments' effects relative to each other, by the inference."""
    return RelativeEffects(
        treatments=effects.treatments,
        values=solved.combined.effects,
        covariance=solved.combined.inverse * solved.factor,
        df=solved.df,
        level=level,
        scale=effects.scale,
        label=effects.label,
    )


def choose_reference(effects: NetworkEffects, reference: str | int | None) -> str:
    """Return the reference, or the treatment in most studies; ChoiceError for an unknown one."""
    if reference is not None:
        return effects.treatments[place_of(reference, effects.treatments, argument="reference")]
    arms = effects.layout.arm_treatment.tolist()
    counts = dict.fromkeys(range(len(effects.treatments)), 0)
    for arm in arms:
        counts[arm] += 1
    return effects.treatments[max(counts, key=lambda i: (counts[i], -i))]


def _check(effects: Any) -> None:
    """Raise ``InputError`` if these are not contrasts of one connected network."""
    check_effects(effects)
    if len(effects.layout.parts()) > 1:
        raise InputError(not_connected(effects.parts()))


def check_effects(effects: Any) -> None:
    """Raise ``InputError`` if these are no contrasts of any network."""
    if not isinstance(effects, NetworkEffects):
        raise InputError(
            f"effects must be NetworkEffects; got {type(effects).__name__}. Make them with "
            "network_effects(table, measure) or NetworkEffects.from_arrays(y, v, study=, "
            "treat1=, treat2=)"
        )
    if effects.k == 0:
        reasons = [f"{item.study}: {item.reason}" for item in effects.left_out]
        listed = f" Left out: {'; '.join(reasons)}." if reasons else ""
        raise InputError(f"no study is left to combine; complete the table.{listed}")


def not_connected(parts: tuple[NetworkEffects, ...]) -> str:
    """Return the parts of a network that is not connected, and what can be done."""
    told = []
    for i, part in enumerate(parts, start=1):
        names = ", ".join(part.treatments[:SHOWN])
        more = f" and {len(part.treatments) - SHOWN} more" * (len(part.treatments) > SHOWN)
        studies = counted(part.k, "study", "studies")
        told.append(f"({i}) {names}{more}: {studies}")
    return (
        f"the network falls into {len(parts)} parts that no study connects: {'; '.join(told)}. "
        "Analyze one of them (effects.largest_part(), or effects.parts()[i]), or merge "
        "treatments that are the same; network_components can connect parts that share components"
    )


def solved_remarks(solved: SolvedRows, plan: Plan) -> tuple[str, ...]:
    """Return what a careful reader should know of any fit of rows."""
    remarks = []
    if solved.heterogeneity.df < 1:
        taken = "; tau² is taken as 0 and intervals are Wald's" if plan.varying else ""
        remarks.append(
            "as many effects as independent contrasts: no information is left on heterogeneity "
            f"or inconsistency{taken}"
        )
    if solved.empty:
        remarks.append(
            "no tau² >= 0 fits the Q-profile, whose limits are given as 0: the studies agree more "
            "than chance would have it"
        )
    if plan.inference.key == HKSJ and solved.heterogeneity.df >= 1 and solved.narrower:
        remarks.append(
            f"the {HKSJ} intervals are narrower than Wald's; "
            f'inference="{FLOOR}" is never narrower'
        )
    return tuple(remarks)
