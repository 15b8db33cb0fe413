"""Fits without each group of studies: tau² of all of them in one batch, or none to find at all.

With tau² fixed, or a common effect, everything without a group is algebra: with Z a basis of the
design that is orthonormal under the weights and r the residuals, the group c takes
``M = sum_c w z z'`` from ``Z'W Z = I`` and ``g = sum_c w r z`` from ``Z'W r = 0``, so that the
coefficients move by ``(I - M)^-1 g`` and the weighted sum of squares by
``sum_c w r² + g'(I - M)^-1 g``. Groups that hold most of what is known of a direction, or of the
spread, would cost digits there; they are fitted like those with a tau² to find.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.diagnostics.influence.grouping import Groups
from metaan.diagnostics.influence.searching import can_thin, thinned_tau2
from metaan.numerics.projection import residual_square
from metaan.tau2.studies import Studies, make_studies
from metaan.univariate.inferred import Inferred
from metaan.univariate.kernel import Plan, estimate_tau2
from metaan.univariate.regression_kernel import Scaled, basis, weigh_terms
from metaan.univariate.weighing import Weighted

CELLS = 100_000  # of a block: its arrays stay in the processor's cache
LITTLE_LEFT = 0.1  # of what is known of a direction; algebra is not used below it
LITTLE_SPREAD = 1e-4  # of a sum of squares, likewise


class Deleted(NamedTuple):
    """Fits without each of n groups, in units near 1.

    Attributes
    ----------
    beta, half : ndarray, shape (n, p)
        Coefficients, and half the width of their intervals.
    shift : ndarray, shape (n, p)
        Coefficients of all studies, less these.
    covariance : ndarray, shape (n, p, p)
        Of the coefficients, by the inference of the fit.
    covariance_of_all : ndarray, shape (n, p, p)
        Of the coefficients of all studies, at the tau² and with the factor of the fit without.
    factor : ndarray, shape (n,)
        That factor: by how much the inference multiplies the model's covariance.
    tau2, q : ndarray, shape (n,)
        Between-study variance, and Cochran's Q (of the residuals).
    """

    beta: Floats
    half: Floats
    shift: Floats
    covariance: Floats
    covariance_of_all: Floats
    factor: Floats
    tau2: Floats
    q: Floats


class Model(NamedTuple):
    """What is fitted again: scaled studies, the plan, what goes together, and all of it at once.

    Attributes
    ----------
    scaled : Scaled
        A batch of the one analysis.
    plan : Plan
        How it is fitted.
    groups : Groups
        What is deleted.
    """

    scaled: Scaled
    plan: Plan
    groups: Groups

    @property
    def one(self) -> Studies:
        """The analysis of all studies."""
        return self.scaled.studies

    @property
    def own_weights(self) -> Floats | None:
        """Weights that do not follow tau², shape (1, k); None for inverse variances."""
        if self.plan.inference.needs_moment:
            return 1 / self.one.v
        return self.one.weights


def delete_each(model: Model, rows: Integers, beta: Floats) -> Deleted:
    """Return the fits without each of these groups.

    Parameters
    ----------
    model : Model
        What is fitted.
    rows : ndarray of int, shape (n,)
        Groups without which the coefficients are defined; m, where tau² is estimated, for none.
    beta : ndarray, shape (p,)
        Coefficients of all studies, in the units of the model.
    """
    if model.plan.row is not None or model.own_weights is not model.one.weights:
        return refit_each(model, rows, beta)
    found, poor = _by_algebra(model, rows, beta)
    if poor.any():
        again = refit_each(model, rows[poor], beta)
        for ours, theirs in zip(found, again, strict=True):
            ours[poor] = theirs
    return found


def refit_each(model: Model, rows: Integers, beta: Floats) -> Deleted:
    """Return the same by fitting each anew, block by block."""
    k, p = model.one.y.shape[1], model.one.p
    parts = [_refits(model, part, beta) for part in _blocks(rows, k * p)]
    if len(parts) == 1:
        return parts[0]
    return Deleted(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _blocks(rows: Integers, cells: int) -> Iterator[Integers]:
    step = max(1, CELLS // cells)
    return (rows[i : i + step] for i in range(0, max(len(rows), 1), step))


def _refits(model: Model, rows: Integers, beta: Floats) -> Deleted:
    one, plan, unit = model.one, model.plan, float(model.scaled.unit[0])
    present = (model.groups.code != rows[:, None]).astype(float)
    studies = _repeated(one, present, one.weights)
    tau2 = _tau2(model, studies, rows, unit)
    weighted = weigh_terms(studies, tau2)
    inferred = plan.inference.function(weighted, plan.level)
    full = weigh_terms(_repeated(one, np.ones_like(present), model.own_weights), tau2)
    factor = _factor(plan, weighted, inferred)
    return Deleted(
        beta=inferred.beta,
        half=inferred.half,
        shift=beta - inferred.beta,
        covariance=inferred.covariance,
        covariance_of_all=full.covariance * factor[:, None, None],
        factor=factor,
        tau2=tau2,
        q=residual_square(studies.y, present / studies.v, _based(studies).x),
    )


def _tau2(model: Model, studies: Studies, rows: Integers, unit: float) -> Floats:
    estimator, groups = model.plan.row, model.groups
    if estimator is not None and groups.single and can_thin(estimator, model.one):
        return thinned_tau2(estimator, model.one.y[0], model.one.v[0], rows).tau2
    return estimate_tau2(_based(studies), model.plan, np.full(len(rows), unit)).tau2


def _repeated(one: Studies, present: Floats, weights: Floats | None) -> Studies:
    """Return one analysis as often as there are rows of a mask."""

    def alike(values: Floats) -> Floats:
        return np.broadcast_to(values, (len(present), *values.shape[1:]))

    return make_studies(
        alike(one.y),
        alike(one.v),
        present,
        x=None if one.x is None else alike(one.x),
        weights=None if weights is None else alike(weights),
    )


def _based(studies: Studies) -> Studies:
    """Return the studies with an orthonormal design, for searches and sums of squares."""
    if studies.x is None:
        return studies
    return replace(studies, x=basis(studies.x, studies.v**-0.25)[0])


def _factor(plan: Plan, weighted: Weighted, inferred: Inferred) -> Floats:
    """Return what the inference multiplies the model's covariance by, shape (n,)."""
    row, n = plan.inference, len(weighted.tau2)
    if row.needs_restricted or row.needs_moment:  # no single factor: the model's covariance
        return np.ones(n)
    own, known = weighted.covariance[:, 0, 0], np.ones(n)
    return np.divide(inferred.covariance[:, 0, 0], own, out=known, where=own > 0)


def _by_algebra(model: Model, rows: Integers, beta: Floats) -> tuple[Deleted, Booleans]:
    """Return the fits without each group at a tau² that stays, and which of them lost digits."""
    one, plan, groups = model.one, model.plan, model.groups
    tau2 = estimate_tau2(one, plan, model.scaled.unit).tau2
    inverse = 1 / (one.v[0] + tau2)
    given = None if one.weights is None else one.weights[0]
    coefficients = _Whole.of(one, inverse if given is None else given, groups)
    least = coefficients if given is None else _Whole.of(one, inverse, groups)
    at_zero = _Whole.of(one, 1 / one.v[0], groups) if tau2[0] > 0 else least
    covariance, poor = coefficients.covariance(1 / inverse, given is not None)
    freedom = len(one.y[0]) - groups.size - one.p
    studies = _counted(one, groups)
    weighted = Weighted(
        studies=studies,
        tau2=np.repeat(tau2, groups.m),
        w=studies.y,
        beta=beta - coefficients.shift,
        bread=covariance,
        covariance=covariance,
        residual=studies.y,
        spread=least.spread,
        least_spread=least.spread,
        freedom=np.asarray(freedom, dtype=np.float64),
    )
    inferred = plan.inference.function(weighted, plan.level)
    full, factor = weigh_terms(one, tau2).covariance, _factor(plan, weighted, inferred)
    found = Deleted(
        beta=inferred.beta,
        half=inferred.half,
        shift=coefficients.shift,
        covariance=inferred.covariance,
        covariance_of_all=full * factor[:, None, None],
        factor=factor,
        tau2=weighted.tau2,
        q=at_zero.spread,
    )
    poor = poor | coefficients.poor | least.poor | at_zero.poor
    return Deleted(*(np.array(each[rows]) for each in found)), poor[rows]


def _counted(one: Studies, groups: Groups) -> Studies:
    """Return studies of which nothing but their number is known."""
    nothing = np.empty((groups.m, 0))
    return Studies(
        y=nothing,
        v=nothing,
        present=nothing,
        count=np.asarray(len(one.y[0]) - groups.size, dtype=np.float64),
        x=None if one.x is None else np.empty((groups.m, 0, one.p)),
    )


class _Whole(NamedTuple):
    """One set of weights: what is left without each group.

    ``shift`` (m, p) is what the coefficients of all studies are more than those without,
    ``spread`` (m,) the weighted sum of squares without, ``poor`` (m,) where digits were lost.
    """

    z: Floats
    w: Floats
    back: Floats
    left: Floats
    shift: Floats
    spread: Floats
    poor: Booleans
    groups: Groups

    @classmethod
    def of(cls, one: Studies, w: Floats, groups: Groups) -> _Whole:
        """Return what is left of the studies under these weights, shape (k,)."""
        x = np.ones((1, len(w), 1)) if one.x is None else one.x
        turned, triangle = basis(x, np.sqrt(w)[None])
        z, y, back = turned[0], one.y[0], np.linalg.inv(triangle[0])
        r = y - z @ (z.T @ (w * y))
        r = r - z @ (z.T @ (w * r))
        wz = w[:, None] * z
        m = groups.total(wz[:, :, None] * z[:, None, :])
        g = groups.total(wz * r[:, None])
        squares = w * r * r
        rest = np.eye(z.shape[1]) - m
        known = np.linalg.eigvalsh(rest)[:, 0] > LITTLE_LEFT
        rest = np.where(known[:, None, None], rest, np.eye(z.shape[1]))
        left = np.asarray(np.linalg.inv(rest), dtype=np.float64)
        moved = np.matmul(left, g[..., None])[..., 0]
        whole = np.add.reduce(squares)
        without = whole - groups.total(squares) - np.add.reduce(g * moved, axis=-1)
        spread = np.maximum(without, 0.0)  # what is left of rounded numbers may lie below 0
        poor = ~known | (without < LITTLE_SPREAD * whole)
        return cls(z, w, back, left, moved @ back.T, spread, poor, groups)

    def covariance(self, phi: Floats, own: bool) -> tuple[Floats, Booleans]:
        """Return the coefficients' covariance without each group, and where digits were lost."""
        inside, poor = self.left, np.zeros(len(self.left), dtype=bool)
        if own:  # weights of one's own: a sandwich
            wz = self.w[:, None] * self.z
            each = phi[:, None, None] * wz[:, :, None] * wz[:, None, :]
            whole = np.add.reduce(each, axis=0)
            meat = whole - self.groups.total(each)
            parts = np.diagonal(meat, axis1=-2, axis2=-1)
            poor = np.asarray((parts < LITTLE_SPREAD * np.diagonal(whole)).any(axis=-1))
            meat = np.where(poor[:, None, None], whole, meat)  # which may lie below 0
            inside = self.left @ meat @ self.left
        return np.asarray(self.back @ inside @ self.back.T), poor
