"""From a plan to a combined network: tau², effects by the inference, heterogeneity."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.convergence import Convergence
from metaan.core.heterogeneity import Heterogeneity
from metaan.networks.combining.combined import Combined, Rows, combined_of, weigh_exactly
from metaan.networks.combining.evidence import Evidence
from metaan.numerics.tails import normal_quantile, t_quantile
from metaan.univariate.kernel import Plan, estimate_tau2, heterogeneity
from metaan.univariate.prediction import FEWEST_STUDIES, error_of, half_width
from metaan.univariate.weighing import Weighted


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SolvedRows:
    """Independent rows with a design under a plan.

    Attributes
    ----------
    weighted : Weighted
        The rows' analysis, in units of ``unit``; of a network n - 1 coefficients, then further
        ones.
    unit : float
        Of the effects.
    tau2 : float
        Between-study variance, analysis scale.
    factor : float
        What the inference multiplies the model-based covariance by.
    df : float
        Degrees of freedom of intervals and tests.
    heterogeneity : Heterogeneity
        Q, I², H², limits of tau².
    convergence : Convergence
        How tau² was found.
    empty : bool
        Whether no tau² >= 0 lies in the Q-profile set.
    """

    weighted: Weighted
    unit: float
    tau2: float
    factor: float
    df: float
    heterogeneity: Heterogeneity
    convergence: Convergence
    empty: bool

    @property
    def narrower(self) -> bool:
        """Whether the intervals are narrower than Wald's."""
        return self.width() < 1

    def width(self) -> float:
        """Return how many times as wide as Wald's the intervals are (of any level: 95%)."""
        quantile = float(t_quantile(0.95, self.df)) / normal_quantile(0.95)
        return quantile * math.sqrt(self.factor)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solved(SolvedRows):
    """A network under a plan.

    Attributes
    ----------
    combined : Combined
        Effects and model-based covariance at tau².
    """

    combined: Combined


def solve(evidence: Evidence, rows: Rows, plan: Plan) -> Solved:
    """Return a network under a plan; ``rows`` are those of the evidence, with further columns."""
    own = solve_rows(rows, plan)
    return Solved(
        combined=combined_of(evidence, own.tau2, own.weighted, own.unit),
        **{each.name: getattr(own, each.name) for each in fields(own)},
    )


def solve_rows(rows: Rows, plan: Plan) -> SolvedRows:
    """Return rows with any design of independent columns under a plan."""
    unit = np.array([rows.unit])
    found = estimate_tau2(rows.based, plan, unit)
    weighted = weigh_exactly(rows.near, found.tau2)
    inferred = plan.inference.function(weighted, plan.level)
    spread = heterogeneity(rows.based, found.tau2, plan, unit)
    own, model = inferred.covariance[0, 0, 0], weighted.covariance[0, 0, 0]
    tau2 = float(found.tau2[0]) * rows.unit * rows.unit
    numbers = {name: values.item(0) for name, values in spread.items()}
    numbers["q"] *= float(weighted.spread[0]) > 0 or tau2 > 0  # rounding of exact agreement
    empty, log_p = bool(numbers.pop("empty")), numbers.pop("q_log_p_value")
    return SolvedRows(
        weighted=weighted,
        unit=rows.unit,
        tau2=tau2,
        factor=float(own / model),
        df=float(inferred.df[0, 0]),
        heterogeneity=Heterogeneity(
            df=numbers.pop("q_df"),
            p_value=math.exp(log_p),
            log_p_value=log_p,
            level=plan.level,
            interval=plan.interval.key,
            **numbers,
        ),
        convergence=_convergence(plan, tau2, int(found.steps[0]), int(found.maxima[0])),
        empty=empty,
    )


def predicted_half(solved: Solved, plan: Plan) -> Floats:
    """Return half the widths of the prediction intervals of all differences, shape (n, n).

    NaN for a common effect and below three studies more than coefficients, less one.
    """
    variances = solved.combined.variances * solved.factor
    n = len(variances)
    design = np.zeros((n * n, solved.weighted.beta.shape[1]))
    eye = np.eye(n)[:, 1:]
    design[:, : n - 1] = (eye[:, None, :] - eye[None, :, :]).reshape(n * n, n - 1)
    half = predicted_halves(solved, plan, design, variances.ravel()).reshape(n, n)
    np.fill_diagonal(half, np.nan)
    return half


def predicted_halves(solved: SolvedRows, plan: Plan, design: Floats, variances: Floats) -> Floats:
    """Return half the widths of the prediction intervals of combinations of coefficients.

    Parameters
    ----------
    solved : SolvedRows
        With p coefficients.
    plan : Plan
        What to compute.
    design : ndarray, shape (m, p)
        The combinations.
    variances : ndarray, shape (m,)
        Their variances by the inference, analysis scale.

    Returns
    -------
    ndarray, shape (m,)
        NaN for a common effect and below three rows more than coefficients, less one.
    """
    if not plan.varying or float(solved.weighted.freedom[0]) + 1 < FEWEST_STUDIES:
        return np.full_like(variances, np.nan)
    se = np.sqrt(variances / solved.unit**2).reshape(1, -1)
    error, count = error_of(plan.prediction, solved.weighted, se, design)
    half = half_width(plan.prediction, solved.weighted.tau2[:, None], error, count, plan.level)
    return np.asarray(half[0] * solved.unit)


def _convergence(plan: Plan, tau2: float, steps: int, maxima: int) -> Convergence:
    if plan.row is None:
        return Convergence(how="fixed" if plan.varying else "none")
    if plan.row.closed_form:
        return Convergence(how="formula")
    return Convergence(how="search" if tau2 > 0 else "border", steps=steps, maxima=maxima)
