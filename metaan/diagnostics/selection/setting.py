"""From a fit to what a selection model is fitted to: turned, scaled, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from metaan.core.arrays import Floats
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.fit import GIVEN, PooledFit
from metaan.core.lookup import look_up
from metaan.core.regression_fit import RegressionFit
from metaan.diagnostics.selection.tables import ALTERNATIVES, GREATER, LESS, Alternative
from metaan.numerics.linalg import binary_scale
from metaan.tau2.likelihood import maximum_likelihood
from metaan.tau2.studies import Studies, make_studies
from metaan.univariate.fitted import MEAN
from metaan.univariate.planning import COMMON, FIXED
from metaan.univariate.regression_kernel import basis, weigh_terms

Fit = PooledFit | RegressionFit


class Base(NamedTuple):
    """The model without selection, by maximum likelihood, in units of the setting.

    Attributes
    ----------
    beta : ndarray, shape (p,)
        Coefficients of the orthonormal design.
    tau2, tau2_se : float
        Between-study variance, and about its standard error.
    """

    beta: Floats
    tau2: float
    tau2_se: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Setting:
    """Studies as a selection model sees them; k studies, p coefficients.

    Attributes
    ----------
    fit : PooledFit or RegressionFit
        Where they are from.
    names : tuple of str
        Of the coefficients.
    alternative : Alternative
        Which results are favored.
    chosen : bool
        Whether the caller chose it.
    unit : float
        A power of two near the typical standard error.
    z, p_value : ndarray, shape (k,)
        Turned z-values, and p-values.
    v, se : ndarray, shape (k,)
        In units of ``unit``.
    x : ndarray, shape (k, p)
        Turned design, orthonormal under the weights of the base.
    back : ndarray, shape (p, p)
        What makes coefficients of the design from those of ``x``, in units of the effects.
    shift : ndarray, shape (p,)
        Added to them: the null value of the scale.
    tau2_fixed : float or None
        tau², in ``unit²``, where it is not estimated.
    base : Base
        Without selection.
    """

    fit: Fit
    names: tuple[str, ...]
    alternative: Alternative
    chosen: bool
    unit: float
    z: Floats
    p_value: Floats
    v: Floats
    se: Floats
    x: Floats
    back: Floats
    shift: Floats
    tau2_fixed: float | None
    base: Base

    @property
    def effects(self) -> Effects:
        """The studies."""
        return self.fit.effects

    @property
    def k(self) -> int:
        """Number of studies."""
        return len(self.z)

    @property
    def level(self) -> float:
        """Coverage of the fit's intervals."""
        fit = self.fit
        return fit.estimate.level if isinstance(fit, PooledFit) else fit.level


def make_setting(fit: Fit, alternative: str | None) -> Setting:
    """Return the studies of a fit, turned as the alternative asks; InputError if it cannot be."""
    effects = _checked(fit).effects
    null = effects.scale.null
    unit = float(binary_scale(effects.v[None], np.ones((1, effects.k)))[0, 0])
    y, v = (effects.y - null) / unit, effects.v / unit / unit
    own = np.ones((effects.k, 1)) if isinstance(fit, PooledFit) else np.asarray(fit.x)
    if not isinstance(fit, PooledFit) and null != 0:
        raise InputError(
            f"selection_model needs a scale whose null value is 0 for a regression; that of "
            f"{effects.label} is {null:g}"
        )
    size = np.abs(own).max(axis=0)
    tau2 = _held(fit, unit)
    base, turned, triangle = _base(y, v, own / size, tau2)
    row = _alternative(alternative, turned @ base.beta)
    se, sign = np.sqrt(v), row.sign
    z = sign * y / se
    return Setting(
        fit=fit,
        names=(MEAN,) if isinstance(fit, PooledFit) else fit.names,
        alternative=row,
        chosen=alternative is not None,
        unit=unit,
        z=z,
        p_value=ndtr(-z) if row.sides == 1 else 2 * ndtr(-np.abs(z)),
        v=v,
        se=se,
        x=sign * turned,
        back=np.linalg.inv(triangle) * (unit / size)[:, None],
        shift=np.full(1, null) if isinstance(fit, PooledFit) else np.zeros(own.shape[1]),
        tau2_fixed=tau2,
        base=base,
    )


def _checked(fit: Fit) -> Fit:
    if not isinstance(fit, PooledFit | RegressionFit):
        raise InputError(
            "selection_model needs a fit of independent effects, as pool(effects) or "
            f"regress(effects, formula) gives it; got {type(fit).__name__}"
        )
    effects, faults = fit.effects, []
    if fit.weighting == GIVEN:
        faults.append("weights of one's own have no likelihood: fit without weights=")
    if not effects.scale.has_null:
        faults.append(
            f"{effects.label} has no value of no effect, so its studies have no p-values: give "
            "effects a scale with one, e.g. scale.with_null(...)"
        )
    needed = len(fit.names) + 2 if isinstance(fit, RegressionFit) else 3
    if effects.k < needed:
        faults.append(
            f"{needed} studies or more are needed to tell selection from the effect; "
            f"there are {effects.k}"
        )
    if faults:
        raise InputError(f"selection_model cannot use this fit: {'; '.join(faults)}")
    return fit


def _held(fit: Fit, unit: float) -> float | None:
    """Return tau² where the model does not estimate it."""
    if fit.model == COMMON:
        return 0.0
    return fit.tau2 / unit / unit if fit.tau2_method == FIXED else None


def _base(y: Floats, v: Floats, x: Floats, tau2: float | None) -> tuple[Base, Floats, Floats]:
    """Return the fit without selection, an orthonormal design, and what makes x of it."""
    studies = make_studies(y[None], v[None], x=x[None])
    even = basis(studies.x, v[None] ** -0.25)[0] if studies.x is not None else None
    found = np.array([tau2 or 0.0])
    if tau2 is None:
        alone = (
            make_studies(y[None], v[None])
            if _constant(x)
            else (make_studies(y[None], v[None], x=even))
        )
        found = maximum_likelihood(alone).tau2
    weight = 1 / (v + found[0])
    turned, triangle = basis(x[None], np.sqrt(weight)[None])
    ours: Studies = make_studies(y[None], v[None], x=turned)
    beta = weigh_terms(ours, found).beta[0]
    tau2_se = float(np.sqrt(2 / np.sum(weight * weight)))
    return Base(beta, float(found[0]), tau2_se), turned[0], triangle[0]


def _constant(x: Floats) -> bool:
    return x.shape[1] == 1 and bool((x == 1).all())


def _alternative(key: str | None, expected: Floats) -> Alternative:
    """Return the row that was asked for, or that of the sign of what is expected."""
    if key is not None:
        return named_alternative(key)
    return GREATER if np.mean(expected) >= 0 else LESS


def named_alternative(key: str) -> Alternative:
    """Return a row of ``ALTERNATIVES``; ChoiceError if there is none."""
    return look_up(ALTERNATIVES, key, argument="alternative", what="an alternative")
