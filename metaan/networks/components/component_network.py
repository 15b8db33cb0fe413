"""network_components: treatments that combine components, in networks connected or not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypedDict, Unpack

import numpy as np

from metaan.core.arrays import Booleans, Floats, FrozenDict, Integers
from metaan.core.errors import InputError
from metaan.core.fit_words import MODEL
from metaan.core.lookup import hint
from metaan.core.network_effects import NetworkEffects
from metaan.core.network_rules import look_alikes
from metaan.core.numbers import counted, listed
from metaan.core.wording import Method
from metaan.networks.combining.combined import analysis_of, centered
from metaan.networks.combining.evidence import Evidence, gather_evidence
from metaan.networks.combining.network_plan import network_plan
from metaan.networks.combining.relative import RelativeEffects
from metaan.networks.combining.solving import SolvedRows, predicted_halves, solve_rows
from metaan.networks.components.component_additivity import additivity
from metaan.networks.components.component_design import (
    ComponentDesign,
    design_components,
    groups_of,
)
from metaan.networks.components.component_fit import ComponentFit
from metaan.networks.components.component_names import (
    SEPARATOR,
    Given,
    check_inactive,
    read_components,
    read_interactions,
)
from metaan.networks.components.component_words import ADDITION
from metaan.networks.fits.network import (
    check_effects,
    choose_reference,
    solved_remarks,
    warn_if_empty,
)
from metaan.univariate.inference import WALD
from metaan.univariate.kernel import Plan
from metaan.univariate.planning import COMMON, DEFAULT_LEVEL, DEFAULT_MODEL, RANDOM, method_name
from metaan.univariate.presets import regression_methods

WELTON, RUECKER = "10.1093/aje/kwp014", "10.1002/bimj.201800167"


class FitOptions(TypedDict, total=False):
    """How a network is combined, as in `metaan.network`; each may be left out."""

    model: str
    tau2: str | float | None
    inference: str | None
    prediction: str | None
    level: float


def network_components(
    effects: NetworkEffects,
    *,
    components: Given | None = None,
    separator: str = SEPARATOR,
    inactive: str | None = None,
    interactions: str | Iterable[str | Sequence[str]] = (),
    reference: str | int | None = None,
    **options: Unpack[FitOptions],
) -> ComponentFit:
    """Return a network meta-analysis in which a treatment's effect is the sum of its components'.

    Parameters
    ----------
    effects : NetworkEffects
        All contrasts of k studies, made by `network_effects`. The network need not be connected:
        parts that share components are compared through them.
    components : mapping of str to sequence of str, optional
        Components of some or all treatments, ``{"multimodal care": ["exercise", "advice"]}``; an
        empty list for none. The others are read from their names.
    separator : str
        What joins components in a name; blanks around them do not count, and "a + b" has the same
        components as "b + a".
    inactive : str, optional
        A component that has no effect by definition, e.g. "placebo". Without one, components are
        known only where treatments with and without them are compared.
    interactions : iterable of str or of sequences of str, optional
        ``("acupuncture*exercise",)`` or ``[("acupuncture", "exercise")]``: what treatments that
        hold all of them have beyond the sum.
    reference : str, optional
        Treatment that the others are shown against; by default that of the inactive component
        alone, else the one in most studies.
    **options
        ``model``, ``tau2``, ``inference``, ``prediction`` and ``level`` as in `metaan.network`.

    Returns
    -------
    ComponentFit
        ``fit.component("exercise")``; ``fit.combination("acupuncture + exercise",
        against="usual care")``, also for combinations that were never tried; ``fit.effect``
        between treatments; ``fit.additivity`` tests the sums.

    Raises
    ------
    InputError
        If components, interactions or options do not fit the network (every fault is named), or
        nothing can be known of any component.
    ChoiceError
        If the reference is not in the network; the nearest name is offered.

    Warns
    -----
    EmptyIntervalWarning
        If no tau² >= 0 lies in the Q-profile set; [0, 0] is reported.

    Notes
    -----
    ``E(y) = X C beta`` with the network's design X and the matrix C of treatments and components
    [1]_, [2]_, weighted as in `metaan.network`. What the data cannot tell is found from the null
    space of X C, is NaN, and is remarked on; what they can tell does not depend on it. Effects
    between parts of a disconnected network rest on additivity, which no study tests there [3]_.

    References
    ----------
    .. [1] Welton NJ, Caldwell DM, Adamopoulos E, Vedhara K (2009). Mixed treatment comparison
       meta-analysis of complex interventions. Am J Epidemiol 169:1158. doi:10.1093/aje/kwp014
    .. [2] Rücker G, Petropoulou M, Schwarzer G (2020). Network meta-analysis of multicomponent
       interventions. Biom J 62:808. doi:10.1002/bimj.201800167
    .. [3] Rücker G, Schmitz S, Schwarzer G (2021). Component network meta-analysis compared to a
       matching method in a disconnected network. Biom J 63:447. doi:10.1002/bimj.201900339

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.NetworkEffects.from_arrays(
    ...     [-0.5, -0.3, -0.9, -0.2], se=[0.2, 0.25, 0.3, 0.3], study=["Ann", "Bo", "Cy", "Di"],
    ...     treat1=["needles", "exercise", "needles + exercise", "exercise + advice"],
    ...     treat2=["usual care", "usual care", "usual care", "exercise"])
    >>> fit = ma.network_components(effects, inactive="usual care", model="common")
    >>> fit.component("exercise")
    −0.332, 95% CI (−0.735, 0.070), p = 0.11
    >>> fit.combination("needles + advice", against="exercise")
    −0.388, 95% CI (−1.242, 0.466), p = 0.37
    """
    plan = _planned(options)
    check_effects(effects)
    parts = read_components(effects.treatments, components, separator)
    check_inactive(inactive, {part for names in parts.values() for part in names})
    design = design_components(
        effects.layout,
        parts,
        read_interactions(interactions, parts, inactive),
        inactive=inactive,
        separator=separator,
    )
    base = choose_reference(effects, _preferred(design) if reference is None else reference)
    return make_components(effects, base, design, plan)


def make_components(
    effects: NetworkEffects, reference: str, design: ComponentDesign, plan: Plan
) -> ComponentFit:
    """Return the record of a network under a design of components."""
    evidence = gather_evidence(effects)
    rows = analysis_of(evidence.y, evidence.v, evidence.x @ design.matrix @ design.basis)
    solved = solve_rows(rows, plan)
    warn_if_empty(solved, plan)
    inference = WALD if solved.heterogeneity.df < 1 else plan.inference.key
    weighted, unit = solved.weighted, solved.unit
    coefficients = design.basis @ weighted.beta[0] * unit
    own = weighted.covariance[0] * unit**2 * solved.factor
    covariance = design.basis @ own @ design.basis.T
    comparable = design.comparable()
    relative = RelativeEffects(
        treatments=effects.treatments,
        **_about_their_means(design.matrix, coefficients, covariance, comparable),
        df=solved.df,
        level=plan.level,
        scale=effects.scale,
        label=effects.label,
    )
    half = _predicted(solved, plan, design.matrix @ design.basis, relative)
    has_prediction = bool((half == half).any())
    unidentified = design.unidentified()
    methods = dict(regression_methods(plan, inference))
    methods[MODEL] = Method(name="generalized least squares", doi=RUECKER)
    methods[ADDITION] = Method(name="additive components", doi=WELTON)
    return ComponentFit(
        effects=effects,
        model=RANDOM if plan.varying else COMMON,
        tau2_method=method_name(plan),
        inference=inference,
        prediction=plan.prediction.key if has_prediction else "",
        reference=reference,
        design=design,
        coefficients=coefficients,
        covariance=(covariance + covariance.T) / 2,
        relative=relative,
        prediction_half=half,
        tau2=solved.tau2,
        heterogeneity=solved.heterogeneity,
        additivity=additivity(evidence, rows, solved.tau2),
        convergence=solved.convergence,
        plan=plan,
        unidentified=unidentified,
        methods=FrozenDict(methods),
        remarks=(
            *_remarks(evidence, design, groups_of(comparable)),
            *dict.fromkeys(unidentified.values()),
            *solved_remarks(solved, plan),
        ),
    )


def _planned(options: FitOptions) -> Plan:
    """Return the plan of the options, what is left out by default."""
    allowed = tuple(FitOptions.__annotations__)
    strange = [name for name in options if name not in allowed]
    if strange:
        others = ("components", "separator", "inactive", "interactions", "reference", *allowed)
        raise InputError(
            f"{strange[0]}= is not an argument; there are {', '.join(others)}."
            f"{hint(strange[0], others)}"
        )
    return network_plan(
        model=options.get("model", DEFAULT_MODEL),
        tau2=options.get("tau2"),
        inference=options.get("inference"),
        prediction=options.get("prediction"),
        level=options.get("level", DEFAULT_LEVEL),
    )


def _preferred(design: ComponentDesign) -> str | None:
    """Return the treatment that has no active component, if there is one."""
    if design.inactive is None:
        return None
    none = [
        name for name, row in zip(design.treatments, design.matrix, strict=True) if not row.any()
    ]
    return design.inactive if design.inactive in none else next(iter(none), None)


def _about_their_means(
    matrix: Floats, coefficients: Floats, covariance: Floats, comparable: Booleans
) -> dict[str, Floats]:
    """Return treatments' effects about the mean of those they can be compared with.

    Treatments with the same components get the same numbers to the last bit, so that nothing but
    0 is between them.
    """
    unique, place = np.unique(matrix, axis=0, return_inverse=True)
    place = place.ravel()
    values = (unique @ coefficients)[place]
    spread = (unique @ covariance @ unique.T)[np.ix_(place, place)]
    for group in np.unique(comparable, axis=0):
        members = np.flatnonzero(group)
        values[members] -= values[members].mean()
        inside = np.ix_(members, members)
        spread[inside] = centered(spread[inside])
    return {"values": values, "covariance": np.where(comparable, spread, np.nan)}


def _predicted(
    solved: SolvedRows, plan: Plan, matrix: Floats, relative: RelativeEffects
) -> Floats:
    """Return half the widths of the prediction intervals of all differences, shape (n, n)."""
    n = relative.n
    design = (matrix[:, None, :] - matrix[None, :, :]).reshape(n * n, -1)
    variances = relative.se**2
    half = predicted_halves(solved, plan, design, variances.ravel()).reshape(n, n)
    half = np.where(np.isnan(variances), np.nan, half)
    np.fill_diagonal(half, np.nan)
    return half


def _remarks(evidence: Evidence, design: ComponentDesign, group: Integers) -> tuple[str, ...]:
    names = design.treatments
    remarks = [
        f"{listed(same)} have the same active components: their effects are taken as equal"
        for same in design.alike()
    ]
    pieces = len(evidence.layout.parts())
    groups = [[names[i] for i in np.flatnonzero(group == g)] for g in range(group.max() + 1)]
    if pieces > len(groups):
        remarks.append(
            f"the network falls into {pieces} parts that no study connects: effects between them "
            "rest on the additivity of components, which no study can test there"
        )
    if len(groups) > 1:
        told = "; ".join(f"({i}) {', '.join(each)}" for i, each in enumerate(groups, start=1))
        remarks.append(
            f"treatments fall into {counted(len(groups), 'group')} that cannot be compared with "
            f"each other: {told}"
        )
    return (*remarks, *look_alikes(design.names, "components"))
