"""BOOTSTRAPS: how the data of one more set of studies like these are made up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

import numpy as np

from metaan.batch.analyses import Model, Sets, determined
from metaan.core.arrays import Booleans, Floats, Integers
from metaan.univariate.residuals import residuals


class Draws(NamedTuple):
    """Data of n draws, and which of them, shape (n,), determine the coefficients at all."""

    sets: Sets
    usable: Booleans


DrawFunction: TypeAlias = Callable[[Model, int, np.random.Generator], Draws]


@dataclass(frozen=True, slots=True, kw_only=True)
class BootstrapKind:
    """A row of ``BOOTSTRAPS``.

    Attributes
    ----------
    key, name : str
        Key, and name before "bootstrap".
    function : callable
        ``function(model, n, rng) -> Draws``.
    of_model : bool
        Whether effects are drawn about the fitted ones, with the fit's tau².
    doi : str
        Where it was published.
    """

    key: str
    name: str
    function: DrawFunction
    of_model: bool
    doi: str


def parametric(model: Model, n: int, rng: np.random.Generator) -> Draws:
    """Return normal effects about the fitted ones, variance v + tau²; the variances stay."""
    return _about(model, rng.standard_normal((n, model.fit.k)))


def residual(model: Model, n: int, rng: np.random.Generator) -> Draws:
    """Return effects about the fitted ones with the studies' own standardized residuals.

    Those are centered and drawn with replacement; each is scaled by the root of v + tau² of the
    study it falls to. A study that alone determines its expected effect lends none.
    """
    own = residuals(model.fit).standardized
    own = own[np.isfinite(own)]
    own = own - own.mean()
    return _about(model, own[rng.integers(0, len(own), (n, model.fit.k))])


def _about(model: Model, errors: Floats) -> Draws:
    """Return effects with these errors, shape (n, k), in units of the root of v + tau²."""
    own, fitted, n = model.own, model.fitted, len(errors)
    y = fitted.fitted + np.sqrt(fitted.phi) * fitted.unit * errors
    sets = Sets(y=y, v=_repeated(own.v, n), x=_maybe(own.x, n), weights=_maybe(own.weights, n))
    return Draws(sets, np.ones(n, dtype=bool))


def cases(model: Model, n: int, rng: np.random.Generator) -> Draws:
    """Return studies drawn with replacement, each with all that belongs to it."""
    k = model.fit.k
    return chosen(model, rng.integers(0, k, (n, k)))


def chosen(model: Model, index: Integers) -> Draws:
    """Return sets of these studies, shape (n, m).

    Where they leave the coefficients undefined, the first m studies stand in and the set is not
    usable.
    """
    own = model.own
    usable = _determined(own, index)
    if not usable.all():
        index = np.where(usable[:, None], index, _standing_in(own, index))
    x = None if own.x is None else own.x[0][index]
    weights = None if own.weights is None else own.weights[0][index]
    return Draws(Sets(y=own.y[0][index], v=own.v[0][index], x=x, weights=weights), usable)


def _standing_in(own: Sets, index: Integers) -> Integers:
    """Return m studies that determine the coefficients, those that tell most of them first."""
    weights = np.ones(own.y.shape[1]) if own.weights is None else own.weights[0]
    order = np.argsort(-weights, kind="stable")
    if own.x is not None:
        from scipy.linalg import qr

        x = own.x[0] * (weights > 0)[:, None]
        order = qr(x.T, pivoting=True)[2]
    return np.asarray(order[: index.shape[1]], dtype=np.int64)


def _determined(own: Sets, index: Integers) -> Booleans:
    """Return which sets of studies determine the coefficients, shape (n,)."""
    weights = None if own.weights is None else own.weights[0][index]
    if own.x is not None:
        return determined(own.x[0], own.x[0][index], weights)
    return np.ones(len(index), dtype=bool) if weights is None else (weights > 0).any(axis=1)


def _repeated(values: Floats, n: int) -> Floats:
    return np.broadcast_to(values, (n, *values.shape[1:]))


def _maybe(values: Floats | None, n: int) -> Floats | None:
    return None if values is None else _repeated(values, n)


TWO_LEVELS = "10.3758/BF03206394"

_ROWS = (
    BootstrapKind(
        key="PARAMETRIC", name="parametric", function=parametric, of_model=True, doi=TWO_LEVELS
    ),
    BootstrapKind(key="CASES", name="cases", function=cases, of_model=False, doi=TWO_LEVELS),
    BootstrapKind(
        key="RESIDUAL",
        name="residual",
        function=residual,
        of_model=True,
        doi="10.1017/CBO9780511802843",
    ),
)
BOOTSTRAPS: Mapping[str, BootstrapKind] = MappingProxyType({row.key: row for row in _ROWS})
PARAMETRIC, CASES, RESIDUAL = BOOTSTRAPS
DEFAULT_BOOTSTRAP = PARAMETRIC
