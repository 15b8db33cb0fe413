"""network_regress: how the effects of a network change with a covariate of its studies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from metaan.core.arrays import Booleans, Floats, FrozenDict
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate
from metaan.core.fit_words import MODEL
from metaan.core.lookup import look_up
from metaan.core.network_effects import NetworkEffects
from metaan.core.numbers import counted, listed
from metaan.core.regression_answers import JointTest
from metaan.core.wording import Method
from metaan.networks.combining.combined import analysis_of, rows_of
from metaan.networks.combining.evidence import Evidence, gather_evidence
from metaan.networks.combining.network_plan import network_plan
from metaan.networks.combining.relative import RelativeEffects, estimate_of
from metaan.networks.combining.solving import SolvedRows, solve_rows
from metaan.networks.fits.network import (
    check_effects,
    choose_reference,
    not_connected,
    solved_remarks,
    warn_if_empty,
)
from metaan.networks.moderators.moderating import Covariate, covariate_of
from metaan.networks.moderators.network_regression_fit import (
    NetworkRegressionFit,
    moved_to,
    relative_at,
)
from metaan.univariate.contrasts import slope_scale
from metaan.univariate.inference import WALD
from metaan.univariate.kernel import Plan
from metaan.univariate.planning import COMMON, DEFAULT_LEVEL, DEFAULT_MODEL, RANDOM, method_name
from metaan.univariate.presets import regression_methods
from metaan.univariate.wald import wald_test

DIAS = "10.1177/0272989X13485157"
STUDIES_EACH = 10
# Singular values of a design with columns of length 1, relative to the largest, that are 0, and
# what a coefficient may have in such a direction and still be told.
RANK, SEEN = 1e-10, 1e-7


@dataclass(frozen=True, slots=True, kw_only=True)
class Interactions:
    """A row of ``INTERACTIONS``: what the slopes of n treatments have in common.

    Attributes
    ----------
    key : str
        Key.
    name : str
        In words.
    slopes : callable
        ``slopes(n, j) -> ndarray``, shape (n, m): what each of m slopes adds to the effect of each
        treatment where number j is the reference.
    """

    key: str
    name: str
    slopes: Callable[[int, int], Floats] = field(repr=False)


def one_slope(n: int, j: int) -> Floats:
    """Return one slope for every treatment but the reference, shape (n, 1)."""
    found = np.ones((n, 1))
    found[j] = 0.0
    return found


def own_slopes(n: int, j: int) -> Floats:
    """Return a slope for each treatment but the reference, shape (n, n - 1)."""
    return np.delete(np.eye(n), j, axis=1)


_ROWS = (
    Interactions(key=COMMON, name="one slope against the reference", slopes=one_slope),
    Interactions(key="independent", name="own slope of each treatment", slopes=own_slopes),
)
INTERACTIONS: Mapping[str, Interactions] = FrozenDict({row.key: row for row in _ROWS})
DEFAULT_INTERACTIONS, INDEPENDENT = (row.key for row in _ROWS)


def network_regress(
    effects: NetworkEffects,
    covariate: str,
    *,
    reference: str | int | None = None,
    interactions: str = DEFAULT_INTERACTIONS,
    center: float | str | None = None,
    model: str = DEFAULT_MODEL,
    tau2: str | float | None = None,
    inference: str | None = None,
    level: float = DEFAULT_LEVEL,
) -> NetworkRegressionFit:
    """Return a network whose effects change with a covariate of the studies.

    Parameters
    ----------
    effects : NetworkEffects
        All contrasts of k studies, with the covariate among their ``columns``.
    covariate : str
        Name of a column with one value per study: numbers, or a category of two levels, of which
        the first in alphabetic order is 0 and the second 1.
    reference : str, optional
        Treatment that effects and slopes are against; as in `network`. **With common interactions
        the model itself depends on it.**
    interactions : {"common", "independent"}
        One slope for every treatment against the reference, so that comparisons of two other
        treatments do not change with the covariate (the usual choice [1]_: choose a reference of
        another kind than the rest, as placebo); or an own slope of each treatment.
    center : float or str, optional
        Value of the covariate at which the effects of the record are; the mean of the studies by
        default, the first level of a category. ``fit.at(value)`` moves it.
    model, tau2, inference, level : str or float
        As for `network`; degrees of freedom are those of the independent contrasts less all
        coefficients.

    Returns
    -------
    NetworkRegressionFit
        ``fit.slopes``, ``fit.test`` of no interaction, ``fit.effect("a")`` and ``fit.league()`` at
        the center, ``fit.at(2005).league()`` elsewhere.

    Raises
    ------
    InputError
        If the covariate is unknown, is the same in all studies or differs within one, the network
        is not connected, or no slope can be estimated.
    ChoiceError
        If a name is unknown; the nearest is offered.

    Warns
    -----
    LeftOutWarning
        If studies lack the covariate.
    EmptyIntervalWarning
        If no tau² >= 0 lies in the Q-profile set; [0, 0] is reported.

    Notes
    -----
    A contrast of treatments a and b in a study with the covariate z is ``d_a - d_b +
    (z - center) (b_a - b_b)``, with ``b = 0`` for the reference, and ``b_a = b`` for all others in
    the common model [1]_. With independent interactions slopes that the studies cannot tell are
    left out of the model, whichever way treatments are called: the effects of these treatments
    against the reference are then taken not to change, and a remark names them. R² is
    ``100 (tau²_0 - tau²) / tau²_0``, not below 0, with tau²_0 of the same studies without the
    covariate; for common effects it is of Q / df. The covariate is one of studies: a relation
    between them need not hold for patients.

    References
    ----------
    .. [1] Dias S, Sutton AJ, Welton NJ, Ades AE (2013). Evidence synthesis for decision making 3:
       heterogeneity - subgroups, meta-regression, bias, and bias-adjustment. Med Decis Making
       33:618. doi:10.1177/0272989X13485157

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.networks.moderators.network_regression import network_regress
    >>> effects = ma.NetworkEffects.from_arrays(
    ...     [-0.9, -0.5, -0.4, -0.2, 0.1], se=[0.2, 0.25, 0.2, 0.2, 0.3],
    ...     study=["Ann", "Bo", "Cy", "Di", "Ed"],
    ...     treat1=["true", "true", "sham", "sham", "true"],
    ...     treat2=["usual", "usual", "usual", "usual", "sham"],
    ...     columns={"weeks": [4, 8, 4, 8, 6]})
    >>> fit = network_regress(effects, "weeks", reference="usual", model="common")
    >>> fit.slopes[0]
    0.077, 95% CI (−0.027, 0.180), p = 0.15
    >>> fit.at(12).effect("true")
    −0.158, 95% CI (−0.873, 0.557), p = 0.66
    """
    check_effects(effects)
    plan = network_plan(model=model, tau2=tau2, inference=inference, prediction=None, level=level)
    row = look_up(INTERACTIONS, interactions, argument="interactions", what="a kind of slopes")
    kept, found = covariate_of(effects, covariate)
    if len(kept.layout.parts()) > 1:
        raise InputError(not_connected(kept.parts()))
    base = choose_reference(kept, reference)
    value = found.middle if center is None else found.number(center, "center")
    evidence = gather_evidence(kept)
    design = slope_design(evidence, found, row, kept.treatments.index(base))
    rows = analysis_of(
        evidence.y, evidence.v, np.concatenate([evidence.x[:, 1:], design.columns], axis=1)
    )
    solved, alone = solve_rows(rows, plan), solve_rows(rows_of(evidence), plan)
    fit = _record(kept, found, (row, base), design, (solved, alone), plan)
    return moved_to(fit, value)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SlopeDesign:
    """What slopes add to the design of b rows.

    Attributes
    ----------
    columns : ndarray, shape (b, m)
        Columns of the m slopes that can be estimated, the covariate in units near 1 about
        ``middle``.
    slopes : ndarray, shape (n, m)
        What they add to the effect of each treatment.
    lost : tuple of str
        Treatments whose slope cannot be estimated.
    middle, unit : float
        Mean of the covariate and its largest distance from there.
    """

    columns: Floats
    slopes: Floats
    lost: tuple[str, ...]
    middle: float
    unit: float


def slope_design(
    evidence: Evidence, covariate: Covariate, row: Interactions, reference: int
) -> SlopeDesign:
    """Return the columns of the slopes that the studies can tell.

    The rows of a study are fixed combinations of its contrasts, which share its covariate.

    Raises
    ------
    InputError
        If there is no such slope.
    """
    names = evidence.layout.treatments
    middle = float(covariate.values.mean())
    apart = covariate.values - middle
    unit = float(np.abs(apart).max())
    slopes = row.slopes(evidence.n, reference)
    columns = (apart / unit)[evidence.study][:, None] * (evidence.x @ slopes)
    told = estimable(evidence.x[:, 1:], columns)
    if not told.any():
        raise InputError(
            f"no slope on {covariate.name} can be estimated: no treatment is compared with "
            f"{names[reference]}, directly or by others, in studies with different values"
        )
    lost = [names[i] for i in np.flatnonzero((slopes[:, ~told] != 0).any(axis=1)).tolist()]
    return SlopeDesign(
        columns=columns[:, told],
        slopes=slopes[:, told],
        lost=tuple(lost),
        middle=middle,
        unit=unit,
    )


def estimable(x: Floats, columns: Floats) -> Booleans:
    """Return which coefficients of the columns (b, m) can be told beside a design x (b, p).

    Those without a share in what leaves ``[x, columns]`` 0.
    """
    both = np.concatenate([x, columns], axis=1)
    length = np.sqrt(np.add.reduce(both * both, axis=0))
    _, values, across = np.linalg.svd(both / np.where(length > 0, length, 1.0))
    rank = int(np.count_nonzero(values > RANK * values[0]))
    hidden = np.sqrt(np.add.reduce(across[rank:] ** 2, axis=0))
    return np.asarray(hidden[x.shape[1] :] < SEEN)


def _record(
    effects: NetworkEffects,
    covariate: Covariate,
    chosen: tuple[Interactions, str],
    design: SlopeDesign,
    solutions: tuple[SolvedRows, SolvedRows],
    plan: Plan,
) -> NetworkRegressionFit:
    """Return the record at the mean of the covariate."""
    (row, base), (solved, alone) = chosen, solutions
    warn_if_empty(solved, plan)
    n, m = design.slopes.shape
    units = np.concatenate([np.full(n, solved.unit), np.full(m, solved.unit / design.unit)])
    coefficients, covariance = np.zeros(n + m), np.zeros((n + m, n + m))
    coefficients[1:] = solved.weighted.beta[0]
    covariance[1:, 1:] = solved.weighted.covariance[0] * solved.factor
    coefficients, covariance = coefficients * units, covariance * np.outer(units, units)
    relative = RelativeEffects(
        treatments=effects.treatments,
        values=coefficients[:n],
        covariance=covariance[:n, :n],
        df=solved.df,
        level=plan.level,
        scale=effects.scale,
        label=effects.label,
    )
    inference = WALD if solved.heterogeneity.df < 1 else plan.inference.key
    methods = dict(regression_methods(plan, inference))
    methods[MODEL] = Method(name="generalized least squares", doi=DIAS)
    names = (covariate.name,)
    if row.key == INDEPENDENT:
        names = tuple(effects.treatments[i] for i in np.argmax(design.slopes, axis=0).tolist())
    return NetworkRegressionFit(
        effects=effects,
        covariate=covariate,
        interactions=row.key,
        value=design.middle,
        model=RANDOM if plan.varying else COMMON,
        tau2_method=method_name(plan),
        inference=inference,
        reference=base,
        relative=relative_at(relative, coefficients, covariance, design.slopes),
        slope_names=names,
        slopes=_slopes(coefficients[n:], covariance[n:, n:], relative),
        slope_map=design.slopes,
        coefficients=coefficients,
        covariance=covariance,
        tau2=solved.tau2,
        tau2_null=alone.tau2,
        r2=_explained(solved, alone, plan),
        heterogeneity=solved.heterogeneity,
        test=_joint(solved, names, m),
        convergence=solved.convergence,
        plan=plan,
        methods=FrozenDict(methods),
        remarks=(*solved_remarks(solved, plan), *_remarks(effects, covariate, chosen, design)),
    )


def _slopes(values: Floats, covariance: Floats, relative: RelativeEffects) -> tuple[Estimate, ...]:
    se = np.sqrt(np.diagonal(covariance))
    scale = slope_scale(relative.scale)
    return tuple(
        replace(estimate_of(value, error, relative), scale=scale)
        for value, error in zip(values.tolist(), se.tolist(), strict=True)
    )


def _joint(solved: SolvedRows, names: tuple[str, ...], m: int) -> JointTest:
    """Return the test that all slopes are 0."""
    weighted = solved.weighted
    covariance = weighted.covariance[:, -m:, -m:] * solved.factor
    found = wald_test(weighted.beta[:, -m:], covariance, np.array([solved.df]), np.ones(1))
    log_p = float(found.log_p_value[0])
    return JointTest(
        terms=names,
        statistic=float(found.statistic[0]),
        df=float(found.df[0]),
        df_residual=float(found.df_residual[0]),
        p_value=float(np.exp(log_p)),
        log_p_value=log_p,
    )


def _explained(solved: SolvedRows, alone: SolvedRows, plan: Plan) -> float:
    """Return the percentage of heterogeneity that the covariate explains; NaN for none."""
    before, after = alone.tau2, solved.tau2
    if not plan.varying:
        before, after = alone.heterogeneity.h2, solved.heterogeneity.h2
    known = solved.heterogeneity.df >= 1 and (plan.row is not None or not plan.varying)
    return 100 * max(0.0, (before - after) / before) if known and before > 0 else float("nan")


def _remarks(
    effects: NetworkEffects,
    covariate: Covariate,
    chosen: tuple[Interactions, str],
    design: SlopeDesign,
) -> tuple[str, ...]:
    (row, base), told = chosen, []
    m = design.slopes.shape[1]
    if row.key == COMMON and len(effects.treatments) > 2:
        told.append(
            f"one slope for every treatment against {base}: the fit depends on that choice of the "
            f"reference, and comparisons of two other treatments do not change with "
            f"{covariate.name}"
        )
    if design.lost:
        told.append(
            f"the slope of {listed(design.lost)} cannot be estimated from these studies: the "
            f"effect against {base} is taken not to change with {covariate.name}"
        )
    if effects.k < STUDIES_EACH * m:
        told.append(
            f"{counted(effects.k, 'study', 'studies')} for {counted(m, 'slope')}: fewer than "
            f"{STUDIES_EACH} for each, so that chance findings are likely"
        )
    return tuple(told)
