"""Linear combinations of coefficients: their values, and the Wald test that all are 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate
from metaan.core.lookup import hint
from metaan.core.regression_answers import ContrastEstimates, JointTest
from metaan.core.regression_fit import RegressionFit
from metaan.core.scale import IDENTITY, LOG, Scale
from metaan.numerics.tails import log_two_sided, t_quantile
from metaan.tau2.studies import make_studies
from metaan.univariate.inference import INFERENCES
from metaan.univariate.regression_kernel import scale_studies, weigh_terms
from metaan.univariate.wald import wald_test
from metaan.univariate.weighing import Weighted

ALONE = "contrast"  # the name of a single combination without one
DEPENDENT = 1e-10


def combine(
    fit: RegressionFit, rows: Floats, names: tuple[str, ...], level: float | None = None
) -> ContrastEstimates:
    """Return linear combinations of a fit's coefficients, and their joint test.

    Parameters
    ----------
    fit : RegressionFit
        The fit.
    rows : ndarray, shape (m, p)
        Weights of the coefficients.
    names : tuple of str, length m
        What the combinations are called.
    level : float, optional
        Coverage; that of the fit by default.
    """
    level = fit.level if level is None else level
    value, covariance, df = rows @ fit.beta, rows @ fit.covariance @ rows.T, degrees(fit, rows)
    se = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    half = t_quantile(level, df) * se
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = value / se
    log_p = log_two_sided(statistic, df)
    estimates = tuple(
        Estimate(
            value=float(value[i]),
            se=float(se[i]),
            low=float(value[i] - half[i]),
            high=float(value[i] + half[i]),
            statistic=float(statistic[i]),
            df=float(df[i]),
            p_value=float(np.exp(log_p[i])),
            log_p_value=float(log_p[i]),
            level=level,
            scale=slope_scale(fit.effects.scale),
        )
        for i in range(len(rows))
    )
    return ContrastEstimates(
        names=names,
        weights=rows,
        estimates=estimates,
        covariance=covariance,
        joint=joint_test(fit, rows, names),
    )


def joint_test(fit: RegressionFit, rows: Floats, names: tuple[str, ...]) -> JointTest:
    """Return the Wald test that all combinations, rows ``(m, p)``, are 0.

    Raises
    ------
    InputError
        If one combination follows from the others.
    """
    if np.linalg.matrix_rank(unit_rows(rows), tol=DEPENDENT) < len(rows):
        raise InputError(
            f"the combinations {', '.join(names)} are not independent: one of them follows from "
            "the others, or is 0; leave it out"
        )
    value, covariance = rows @ fit.beta, rows @ fit.covariance @ rows.T
    df = float(np.min(degrees(fit, rows), initial=np.inf))
    factor, scaling = 1.0, INFERENCES[fit.inference].scaling
    if scaling is not None and len(rows):
        again = weighted_again(fit)
        own = scaling(again.weighted, rows / again.column_units)
        df, factor = float(own.df[0]), float(own.factor[0])
    found = wald_test(value[None], covariance[None], np.array([df]), np.array([factor]))
    return JointTest(
        terms=names,
        statistic=float(found.statistic[0]),
        df=float(found.df[0]),
        df_residual=float(found.df_residual[0]),
        p_value=float(np.exp(found.log_p_value[0])),
        log_p_value=float(found.log_p_value[0]),
    )


def degrees(fit: RegressionFit, rows: Floats) -> Floats:
    """Return the degrees of freedom of combinations ``(m, p)``, shape (m,)."""
    own = INFERENCES[fit.inference].degrees
    if own is not None and len(rows):
        again = weighted_again(fit)
        return np.asarray(own(again.weighted, rows / again.column_units)[0])
    return np.full(len(rows), min(each.df for each in fit.coefficients))


class Again(NamedTuple):
    """A fit as the kernel has it: its coefficients, the units of the design and of the effects."""

    weighted: Weighted
    column_units: Floats
    unit: float


def weighted_again(fit: RegressionFit) -> Again:
    """Return a fit's coefficients as the kernel has them, in units near 1."""
    given = None if fit.given_weights is None else fit.given_weights[None]
    effects = fit.effects
    scaled = scale_studies(
        make_studies(effects.y[None], effects.v[None], x=fit.x[None], weights=given)
    )
    weighted = weigh_terms(scaled.studies, fit.tau2 / scaled.unit / scaled.unit)
    return Again(weighted, scaled.column_units[0], float(scaled.unit[0]))


def slope_scale(scale: Scale) -> Scale:
    """Return how differences of effects are read: of logarithms as ratios, else as they are."""
    return LOG if scale.is_log else IDENTITY


def contrast(fit: RegressionFit, weights: Any, level: float | None) -> ContrastEstimates:
    """Return what `RegressionFit.contrast` says."""
    rows, names = _rows(fit, weights)
    return combine(fit, rows, names, checked(level))


def checked(level: float | None) -> float | None:
    """Return a level between 0 and 1, or None; InputError otherwise."""
    if level is not None and not 0 < level < 1:
        raise InputError(f"level={level!r} must lie between 0 and 1, e.g. 0.95")
    return level


def terms_test(fit: RegressionFit, terms: str | Sequence[str]) -> JointTest:
    """Return the test that all coefficients of some terms are 0; see `RegressionFit.test`."""
    wanted = [terms] if isinstance(terms, str) else list(terms)
    places: list[int] = []
    faults = []
    for each in wanted:
        found = places_of(fit, each)
        places += found
        if not found:
            known = ", ".join(dict.fromkeys([*fit.terms, *fit.names]))
            near = hint(each, [*fit.terms, *fit.names])
            faults.append(f"{each!r} is no term of {fit.formula}; there are {known}.{near}")
    if faults or not wanted:
        raise InputError(" ".join(faults) or "name the terms to test")
    unique = sorted(set(places))
    return joint_test(fit, np.eye(fit.p)[unique], tuple(fit.names[i] for i in unique))


def places_of(fit: RegressionFit, name: Any) -> tuple[int, ...]:
    """Return the positions of a coefficient, of a term's, or of all terms' of a column alone."""
    if name in fit.names:
        return (fit.names.index(name),)
    return fit.terms.get(name) or fit.answers.by_column.get(name) or ()


def _rows(fit: RegressionFit, weights: Any) -> tuple[Floats, tuple[str, ...]]:
    if isinstance(weights, Mapping):
        nested = [isinstance(each, Mapping) for each in weights.values()]
        if nested and all(nested):
            rows = np.array([_row(fit, each) for each in weights.values()])
            return rows, tuple(str(name) for name in weights)
        return _row(fit, weights)[None], (ALONE,)
    listed = list(weights) if isinstance(weights, Sequence | np.ndarray) else []
    if listed and all(isinstance(each, Mapping) for each in listed):
        rows = np.array([_row(fit, each) for each in listed])
    else:
        rows = _numbers(weights)
        rows = rows[None] if rows.ndim == 1 else rows
    if rows.ndim != 2 or rows.shape[1] != fit.p or not rows.size or not np.isfinite(rows).all():
        raise InputError(
            f"weights are finite numbers for {fit.p} coefficients ({', '.join(fit.names)}), or "
            f"mappings of their names to numbers; got shape {rows.shape}"
        )
    names = [ALONE] if len(rows) == 1 else [f"{ALONE} {i + 1}" for i in range(len(rows))]
    return rows, tuple(names)


def _numbers(weights: Any) -> Floats:
    try:
        return np.array(weights, dtype=float)
    except (TypeError, ValueError):
        return np.empty(0)


def _row(fit: RegressionFit, weights: Mapping[str, Any]) -> Floats:
    faults = [
        f"{name!r} is not a coefficient; there are {', '.join(fit.names)}.{hint(name, fit.names)}"
        for name in weights
        if name not in fit.names
    ]
    if faults or not weights:
        raise InputError(" ".join(faults) or "name a coefficient and its weight")
    row = np.zeros(fit.p)
    for name, weight in weights.items():
        row[fit.names.index(name)] = float(weight)
    return row


def unit_rows(rows: Floats) -> Floats:
    """Return rows of length 1; rows of zeros stay."""
    length = np.sqrt(np.sum(rows * rows, axis=-1, keepdims=True))
    return np.asarray(rows / np.where(length > 0, length, 1.0))
