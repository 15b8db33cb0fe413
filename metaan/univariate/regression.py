"""regress: how the effects of k studies change with their moderators."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from metaan.core.arrays import ArrayLike, Floats
from metaan.core.cells import is_missing
from metaan.core.effects import Effects, LeftOut
from metaan.core.errors import EmptyIntervalWarning, InputError, LeftOutWarning
from metaan.core.estimate import Estimate
from metaan.core.fit import GIVEN, INVERSE_VARIANCE
from metaan.core.numbers import counted
from metaan.core.regression_answers import JointTest
from metaan.core.regression_fit import FitStatistics, RegressionFit
from metaan.numerics.tails import log_two_sided, normal_quantile
from metaan.tau2.studies import make_studies
from metaan.univariate.contrasts import slope_scale
from metaan.univariate.design import Encoded, check_design
from metaan.univariate.fitting import convergence_record, heterogeneity_record
from metaan.univariate.formula import encode
from metaan.univariate.formula_rules import check_formula
from metaan.univariate.inference import FLOOR, HKSJ, WALD, check_inference
from metaan.univariate.kernel import Plan
from metaan.univariate.newdata import FormulaAnswers
from metaan.univariate.planning import (
    COMMON,
    DEFAULT_LEVEL,
    DEFAULT_MODEL,
    RANDOM,
    check_effects,
    method_name,
    study_weights,
)
from metaan.univariate.prediction import check_prediction
from metaan.univariate.presets import (
    i2_first,
    plan_under,
    regression_methods,
    regression_remarks,
)
from metaan.univariate.regression_kernel import (
    RegressionArrays,
    criteria,
    regress_arrays,
)

STUDIES_EACH = 10


def regress(
    effects: Effects,
    formula: str,
    *,
    model: str = DEFAULT_MODEL,
    tau2: str | float | None = None,
    inference: str | None = None,
    prediction: str | None = None,
    level: float = DEFAULT_LEVEL,
    weights: ArrayLike | str | None = None,
    conventions: str | None = None,
) -> RegressionFit:
    """Return the meta-regression of the effects on columns of theirs.

    Parameters
    ----------
    effects : Effects
        Effects of k studies, with the moderators among their ``columns``.
    formula : str
        Right side of the model: ``"~ dose + C(sham)"``. Columns that hold text are categories;
        numbers that came as text are numbers, and ``C(year)`` makes categories of them.
        ``C(column, contr.treatment("sham"))`` chooses the one to compare with. ``a:b``
        interacts, ``a*b`` is ``a + b + a:b``, ``0 +`` leaves the intercept out. Calls are those
        of ``TRANSFORMS`` (logarithms, ``I(dose**2)``, ``center``, ``poly``, splines ``bs`` and
        ``cr``); a transform of one's own is a column of one's own. No other Python is evaluated.
    model : {"random", "common"}
        Whether the true effects vary beyond what the moderators explain.
    tau2, inference, prediction, level, weights : str, float or array_like
        As for `pool`; the degrees of freedom are k - p.
    conventions : str, optional
        Row of ``CONVENTIONS``: what is not given is as this program has it. The summary names it,
        and says so where no page was found about its meta-regression.

    Returns
    -------
    RegressionFit
        Coefficients on the analysis scale; ``fit["dose"]`` is one of them. Studies that lack a
        moderator are left out, listed in ``fit.effects.left_out`` and warned about.

    Raises
    ------
    InputError
        If the formula cannot be read or asks for more than columns and the known calls, a column
        is unknown, a category has one level, columns make each other up, there are more
        coefficients than studies, or a name is unknown.

    Warns
    -----
    LeftOutWarning
        If studies lack a moderator.
    EmptyIntervalWarning
        If no tau² >= 0 lies in the Q-profile set; [0, 0] is reported.

    Notes
    -----
    ``b = (X'W X)^-1 X'W y`` with ``w = 1 / (v + tau²)``, tau² from the weighted residuals [1]_.
    The default tests are those of Knapp and Hartung [2]_, on k - p degrees of freedom. R² is
    ``100 (tau²_0 - tau²) / tau²_0``, not below 0, with tau²_0 of the mean alone by the same
    estimator [3]_. With as many coefficients as studies every effect is fitted, tau² is taken
    as 0 and the intervals are Wald's.

    References
    ----------
    .. [1] Berkey CS, Hoaglin DC, Mosteller F, Colditz GA (1995). Stat Med 14:395.
       doi:10.1002/sim.4780140406
    .. [2] Knapp G, Hartung J (2003). Stat Med 22:2693. doi:10.1002/sim.1482
    .. [3] Raudenbush SW (2009). In: The handbook of research synthesis and meta-analysis,
       2nd ed, p. 295.

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.Effects.from_arrays(
    ...     [0.10, 0.05, 0.62, 0.40, 0.95], se=[0.12, 0.20, 0.15, 0.18, 0.25],
    ...     columns={"dose": [1.0, 2.0, 3.0, 4.0, 5.0]})
    >>> fit = ma.regress(effects, "~ dose")
    >>> round(fit["dose"].value, 3), fit.names
    (0.186, ('Intercept', 'dose'))
    >>> round(float(fit.predict({"dose": 6.0}).estimate[0]), 3)
    0.992
    """
    plan = plan_under(
        conventions,
        model=model,
        tau2=tau2,
        inference=inference,
        prediction=prediction,
        level=level,
    )
    check_effects(
        effects, network="Let a covariate change all of them: network_regress(effects, covariate)"
    )
    own = study_weights(effects, weights, plan)
    check_inference(plan.inference, plan.estimator, design=True, own_weights=own is not None)
    check_prediction(plan.prediction, plan.estimator, design=True, own_weights=own is not None)
    names = check_formula(formula, effects.columns)
    effects, own = _complete(effects, names, own)
    columns = {name: list(effects.columns[name]) for name in names}
    encoded = encode(formula, columns, effects.k)
    check_design(encoded, tuple(effects.study), None if own is None else own[0])
    studies = make_studies(effects.y[None], effects.v[None], x=encoded.x[None], weights=own)
    try:
        arrays = regress_arrays(studies, plan)
    except np.linalg.LinAlgError:
        raise InputError(
            "studies of next to no weight leave the design dependent: without them, the "
            "coefficients cannot be told apart; leave those studies out, or moderators"
        ) from None
    return make_regression(effects, encoded, arrays, plan, own)


def make_regression(
    effects: Effects,
    encoded: Encoded,
    arrays: RegressionArrays,
    plan: Plan,
    own: Floats | None = None,
) -> RegressionFit:
    """Return the record of a batch of one; ``own`` are the caller's weights, shape (1, k)."""
    if arrays.empty[0]:
        warnings.warn(
            f"residual Q = {arrays.q[0]:.3g} lies below the lower limit of its "
            f"{100 * plan.level:g}% range at tau² = 0: the Q-profile set is empty and is reported "
            "as [0, 0]; the studies agree more than chance would have it, so look for copied or "
            "dependent results, and for more moderators than the studies can bear",
            EmptyIntervalWarning,
            stacklevel=3,
        )
    k, p = encoded.x.shape
    parameters = p + (plan.row is not None)
    has_prediction = plan.varying and k - p > 1
    inference = WALD if k == p else plan.inference.key
    return RegressionFit(
        effects=effects,
        formula=encoded.formula,
        model=RANDOM if plan.varying else COMMON,
        tau2_method=method_name(plan),
        inference=inference,
        prediction=plan.prediction.key if has_prediction else "",
        names=encoded.names,
        terms=encoded.terms,
        x=encoded.x,
        coefficients=_coefficients(effects, encoded, arrays, plan.level),
        covariance=arrays.covariance[0],
        tau2=float(arrays.tau2[0]),
        heterogeneity=heterogeneity_record(arrays, 0, plan),
        r2=float(arrays.r2[0]),
        moderators=_moderators(arrays, encoded.names),
        ml=_statistics(arrays.ml, parameters, k),
        reml=_statistics(arrays.reml, parameters, k - p),
        weights=arrays.weights[0],
        level=plan.level,
        answers=FormulaAnswers(encoded=encoded),
        convergence=convergence_record(arrays, 0, plan),
        weighting=INVERSE_VARIANCE if own is None else GIVEN,
        given_weights=None if own is None else own[0],
        conventions=plan.conventions,
        i2_first=i2_first(plan),
        methods=regression_methods(plan, inference),
        remarks=(*_remarks(arrays, plan, k, p), *encoded.remarks, *regression_remarks(plan)),
    )


def _complete(
    effects: Effects, names: Sequence[str], own: Floats | None
) -> tuple[Effects, Floats | None]:
    """Return the studies that have every moderator, with the caller's weights of theirs."""
    columns = [effects.columns[name] for name in names]
    absent = np.array([list(map(is_missing, column)) for column in columns], dtype=bool)
    absent = absent.reshape(len(names), effects.k)
    lost = [
        LeftOut(
            study=effects.study[int(i)],
            rows=effects.rows[int(i)],
            reason=f"{', '.join(names[int(j)] for j in np.flatnonzero(absent[:, i]))} missing",
        )
        for i in np.flatnonzero(absent.any(axis=0))
    ]
    if not lost:
        return effects, own
    listed = ", ".join(f"{item.study} ({item.reason})" for item in lost)
    if len(lost) == effects.k:
        raise InputError(f"every study lacks a moderator: {listed}; complete the table")
    warnings.warn(
        f"{len(lost)} of {effects.k} studies left out, a moderator missing: {listed}",
        LeftOutWarning,
        stacklevel=3,
    )
    keep = ~absent.any(axis=0)
    rest = replace(
        effects.take(keep),
        left_out=(*effects.left_out, *lost),
        remarks=effects.remarks,
    )
    return rest, None if own is None else own[:, keep]


def _coefficients(
    effects: Effects, encoded: Encoded, arrays: RegressionArrays, level: float
) -> tuple[Estimate, ...]:
    """Return the coefficients; an intercept is an effect, with the effects' scale and null."""
    found = []
    for j in range(len(encoded.names)):
        scale, null = slope_scale(effects.scale), 0.0
        if j not in arrays.tested:
            scale, null = effects.scale, effects.scale.null
        value, se = float(arrays.value[0, j]), float(arrays.se[0, j])
        statistic, log_p = float(arrays.statistic[0, j]), float(arrays.log_p_value[0, j])
        if null != 0:
            statistic = (value - null) / se
            log_p = float(log_two_sided(statistic, arrays.df[0, j]))
        found.append(
            Estimate(
                value=value,
                se=se,
                low=float(arrays.low[0, j]),
                high=float(arrays.high[0, j]),
                statistic=statistic,
                df=float(arrays.df[0, j]),
                p_value=float(np.exp(log_p)),
                log_p_value=log_p,
                level=level,
                scale=scale,
            )
        )
    return tuple(found)


def _moderators(arrays: RegressionArrays, names: tuple[str, ...]) -> JointTest:
    log_p = float(arrays.qm_log_p_value[0])
    return JointTest(
        terms=tuple(names[j] for j in arrays.tested),
        statistic=float(arrays.qm[0]),
        df=float(arrays.qm_df[0]),
        df_residual=float(arrays.qm_df_residual[0]),
        p_value=float(np.exp(log_p)),
        log_p_value=log_p,
    )


def _statistics(log_likelihood: Floats, parameters: int, observations: int) -> FitStatistics:
    aic, bic, aicc = criteria(log_likelihood, parameters, observations)
    return FitStatistics(
        log_likelihood=float(log_likelihood[0]),
        aic=float(aic[0]),
        bic=float(bic[0]),
        aicc=float(aicc[0]),
        parameters=parameters,
    )


def _remarks(arrays: RegressionArrays, plan: Plan, k: int, p: int) -> tuple[str, ...]:
    remarks: list[str] = []
    if k == p:
        remarks.append(
            "as many coefficients as studies: every effect is fitted, tau² cannot be estimated "
            "and is taken as 0"
        )
    elif p > 1 and k < STUDIES_EACH * (p - 1):
        remarks.append(
            f"{k} studies for {counted(p - 1, 'coefficient')} besides a mean: fewer than "
            f"{STUDIES_EACH} for each, so that chance findings are likely"
        )
    if arrays.empty[0]:
        remarks.append(
            "no tau² >= 0 fits the Q-profile, whose limits are given as 0: the studies agree more "
            "than chance would have it"
        )
    if plan.inference.key == HKSJ and k > p and _narrower(arrays, plan):
        remarks.append(f'{HKSJ} intervals are narrower than Wald\'s; inference="{FLOOR}" never is')
    if k == p + 1 and bool(np.isfinite(arrays.df).all()) and not _narrower(arrays, plan):
        remarks.append("one residual degree of freedom: the intervals are very wide")
    return tuple(remarks)


def _narrower(arrays: RegressionArrays, plan: Plan) -> bool:
    wald: Any = normal_quantile(plan.level) * arrays.wald_se[0]
    return bool((arrays.high[0] - arrays.low[0] < 2 * wald).any())
