"""What a pool and a meta-regression have in common: a weighted fit of a design to effects."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.counts_fit import CountsFit
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate
from metaan.core.fit import GIVEN, PooledFit
from metaan.core.regression_fit import RegressionFit
from metaan.core.robust_fit import RobustFit
from metaan.core.subgroup_fit import SubgroupFit
from metaan.numerics.linalg import binary_scale
from metaan.univariate.kernel import Plan
from metaan.univariate.planning import FIXED, make_plan
from metaan.univariate.prediction import DEFAULT_PREDICTION

MEAN = "mean"
INSTEAD: tuple[tuple[type, str], ...] = (
    (SubgroupFit, ". Give the pool of all, fit.overall, or that of one subgroup, fit[level]"),
    (CountsFit, ". Pool the studies' own effects first, pool(fit.effects)"),
    (Effects, ". Pool them first, pool(effects)"),
    (RobustFit, ". Give the fit it was made from, fit.fit"),
)


class Fitted(NamedTuple):
    """A fit as arrays, in units in which variances and weights are near 1.

    Attributes
    ----------
    names : tuple of str, length p
        Names of the coefficients; ("mean",) for a pool.
    coefficients : tuple of Estimate, length p
        As the fit has them.
    x : ndarray, shape (k, p)
        Design.
    w, phi : ndarray, shape (k,)
        Weights of the coefficients, and v + tau², in units of ``unit²``.
    fitted, residual : ndarray, shape (k,)
        ``X beta`` in the units of the effects, and ``y - X beta`` in units of ``unit``.
    unit : float
        A power of two near the typical standard error.
    given : ndarray, shape (k,), or None
        The caller's weights as they enter, if any.
    null : tuple of float, length p
        What the tests of the coefficients compare with: 0, but for a mean or an intercept, where
        it is the scale's null value, NaN if it has none.
    """

    names: tuple[str, ...]
    coefficients: tuple[Estimate, ...]
    x: Floats
    w: Floats
    phi: Floats
    fitted: Floats
    residual: Floats
    unit: float
    given: Floats | None
    null: tuple[float, ...]


def fitted_arrays(fit: PooledFit | RegressionFit, verb: str) -> Fitted:
    """Return the arrays behind a fit; InputError, naming the verb, for anything else."""
    effects = checked_fit(fit, verb).effects
    unit = float(binary_scale(effects.v[None], np.ones((1, effects.k)))[0, 0])
    phi = effects.v / unit / unit + fit.tau2 / unit / unit
    if isinstance(fit, PooledFit):
        names: tuple[str, ...] = (MEAN,)
        coefficients: tuple[Estimate, ...] = (fit.estimate,)
        x, given = np.ones((effects.k, 1)), fit.weights if fit.weighting == GIVEN else None
        w = fit.weights / fit.weights.mean()  # some inferences bring weights of their own
    else:
        names, coefficients, x, given = fit.names, fit.coefficients, fit.x, fit.given_weights
        w = 1 / phi if given is None else given / given.mean()
    fitted = x @ np.array([each.value for each in coefficients])
    return Fitted(
        names=names,
        coefficients=coefficients,
        x=x,
        w=w,
        phi=phi,
        fitted=fitted,
        residual=(effects.y - fitted) / unit,
        unit=unit,
        given=given,
        null=_nulls(fit, names),
    )


def _nulls(fit: PooledFit | RegressionFit, names: tuple[str, ...]) -> tuple[float, ...]:
    slopes = () if isinstance(fit, PooledFit) else fit.moderators.terms
    return tuple(0.0 if name in slopes else fit.effects.scale.null for name in names)


def checked_fit(fit: PooledFit | RegressionFit, verb: str) -> PooledFit | RegressionFit:
    """Return the fit, or raise ``InputError`` if it is none."""
    if isinstance(fit, PooledFit | RegressionFit):
        return fit
    raise InputError(
        f"{verb} needs a fit, as pool(effects) or regress(effects, formula) gives it; got "
        f"{type(fit).__name__}{instead_of(fit)}"
    )


def instead_of(given: object) -> str:
    """Return what to give instead, as the end of a message; nothing for what is unknown."""
    return next((text for kind, text in INSTEAD if isinstance(given, kind)), "")


def plan_of(fit: PooledFit | RegressionFit) -> Plan:
    """Return the plan by which the same model is fitted to other numbers."""
    method: str | float = fit.tau2 if fit.tau2_method == FIXED else fit.tau2_method
    return make_plan(
        model=fit.model,
        tau2=method or 0.0,  # of no account where effects do not vary
        inference=fit.inference,
        prediction=DEFAULT_PREDICTION,
        level=fit.estimate.level if isinstance(fit, PooledFit) else fit.level,
    )
