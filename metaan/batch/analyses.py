"""The model of a fit, fitted to many sets of numbers at once through the shared kernels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.regression_fit import RegressionFit
from metaan.numerics.tails import log_two_sided
from metaan.tau2.interval import INTERVALS, NO_LIMITS
from metaan.tau2.studies import make_studies
from metaan.univariate.fitted import Fitted, fitted_arrays, plan_of
from metaan.univariate.kernel import Plan, pool_arrays
from metaan.univariate.pooled_arrays import PooledArrays
from metaan.univariate.prediction import PREDICTIONS
from metaan.univariate.regression_kernel import RegressionArrays, basis, regress_arrays

Arrays: TypeAlias = PooledArrays | RegressionArrays

BLOCK = 40_000  # cells of a block of designs: its arrays stay in the processor's cache
# Smallest eigenvalue of a design's cross products, in a basis that is orthonormal for the data,
# below which its coefficients cannot be told apart.
DEPENDENT = 1e-12
SAME = 1e-6  # share of the standard error by which a refit to the data may miss the fit


class Sets(NamedTuple):
    """The numbers of n analyses of k studies, in their own units.

    Attributes
    ----------
    y, v : ndarray, shape (n, k)
        Effects and variances.
    x : ndarray, shape (n, k, p), or None
        Designs; None for a pool.
    weights : ndarray, shape (n, k), or None
        The caller's weights.
    """

    y: Floats
    v: Floats
    x: Floats | None
    weights: Floats | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """How a fit was made, ready to be made of other numbers.

    Attributes
    ----------
    fit : PooledFit or RegressionFit
        The fit.
    fitted : Fitted
        It as arrays.
    plan : Plan
        Estimator of tau², inference, level, and the intervals that are wanted.
    """

    fit: PooledFit | RegressionFit
    fitted: Fitted
    plan: Plan

    @property
    def own(self) -> Sets:
        """The numbers that the fit was made of, a batch of one."""
        effects, given = self.fit.effects, self.fitted.given
        return Sets(
            y=effects.y[None],
            v=effects.v[None],
            x=None if isinstance(self.fit, PooledFit) else self.fitted.x[None],
            weights=None if given is None else given[None],
        )

    def arrays(self, sets: Sets) -> Arrays:
        """Return every quantity of n analyses; a pool is tested against the scale's null."""
        if sets.x is not None:
            studies = make_studies(sets.y, sets.v, x=sets.x, weights=sets.weights)
            return regress_arrays(studies, self.plan)
        present = np.ones(sets.y.shape)
        arrays = pool_arrays(sets.y, sets.v, present, self.plan, weights=sets.weights)
        null = self.fit.effects.scale.null
        if null == 0:
            return arrays
        statistic = (arrays.value - null) / arrays.se
        log_p = log_two_sided(statistic, arrays.df)
        return replace(arrays, statistic=statistic, log_p_value=log_p)


def model_of(fit: PooledFit | RegressionFit, verb: str, *, limits: bool) -> Model:
    """Return the model of a fit.

    Parameters
    ----------
    fit : PooledFit or RegressionFit
        What ``pool`` or ``regress`` gave.
    verb : str
        What asks, for the message.
    limits : bool
        Whether the limits of tau² are wanted.

    Raises
    ------
    InputError
        If this is no fit, or not that of its own studies alone.
    """
    fitted = fitted_arrays(fit, verb)
    plan = plan_of(fit)
    own = INTERVALS.get(fit.heterogeneity.interval, plan.interval)
    plan = replace(
        plan,
        prediction=PREDICTIONS.get(fit.prediction, plan.prediction),
        interval=own if limits else NO_LIMITS,
    )
    return Model(fit=fit, fitted=fitted, plan=plan)


def determined(own: Floats, x: Floats, weights: Floats | None) -> Booleans:
    """Return which of n designs tell their coefficients apart.

    Parameters
    ----------
    own : ndarray, shape (k, p)
        The design of the data.
    x : ndarray, shape (n, m, p)
        Designs made of its rows.
    weights : ndarray, shape (n, m), optional
        The caller's weights; rows of weight 0 tell nothing.
    """
    triangle = basis(own[None], np.ones((1, len(own))))[1][0]
    turned = np.linalg.solve(triangle.T, np.swapaxes(x, -1, -2))
    if weights is not None:
        turned = turned * (weights > 0)[:, None, :]
    square = np.matmul(turned, np.swapaxes(turned, -1, -2))
    return np.asarray(np.linalg.eigvalsh(square)[:, 0] > DEPENDENT)


def check_alone(model: Model, again: Arrays) -> None:
    """Raise ``InputError`` if the refit to the data, a batch of one, is another than the fit."""
    values, errors = np.ravel(again.value), np.ravel(again.se)
    for name, own, value, se in zip(
        model.fitted.names, model.fitted.coefficients, values, errors, strict=True
    ):
        off = max(abs(float(value) - own.value), abs(float(se) - own.se))
        if not off <= SAME * own.se:
            raise InputError(
                "this fit is not that of its own studies alone (as a subgroup that shares tau² "
                f"with others is not): refitted, they give {name} {float(value):.6g} "
                f"(SE {float(se):.6g}), not {own.value:.6g} (SE {own.se:.6g}); fit them by "
                "themselves first"
            )
