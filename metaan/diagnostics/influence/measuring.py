"""Measures of influence from the fits without each group; arrays only.

Letters: b coefficients of all studies and V their covariance, d what they are more than without
the group, x rows of the design, c a group, phi = v + tau² (without the group).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Floats
from metaan.diagnostics.influence.deleting import Deleted
from metaan.diagnostics.influence.grouping import Groups
from metaan.numerics.tails import statistic_of

FLAT = 1e-12  # of the largest: directions of a group's rows that are none


class Measures(NamedTuple):
    """Measures of m groups, shape (m,); ``dfbetas`` has the shape (m, p)."""

    studentized: Floats
    dffits: Floats
    cook: Floats
    covariance_ratio: Floats
    dfbetas: Floats
    overall: Floats


class Whole(NamedTuple):
    """The fit of all studies, in the units of the fits without each group.

    Attributes
    ----------
    x, y, v : ndarray, shapes (k, p), (k,) and (k,)
        Studies.
    covariance : ndarray, shape (p, p)
        V.
    hat : ndarray, shape (m,), or None
        Leverage of each group; None where the weights are not the inverse variances.
    """

    x: Floats
    y: Floats
    v: Floats
    covariance: Floats
    hat: Floats | None


def measures(deleted: Deleted, groups: Groups, whole: Whole) -> Measures:
    """Return the measures of all groups.

    Parameters
    ----------
    deleted : Deleted
        Fits without each group, one for each, NaN where there is none.
    groups : Groups
        What was deleted.
    whole : Whole
        The fit of all studies.
    """
    x, y, v = whole.x, whole.y, whole.v
    move = np.add.reduce(x * deleted.shift[groups.code], axis=-1)
    spread = np.diagonal(deleted.covariance_of_all, axis1=-2, axis2=-1)
    if groups.single:
        size = _leverage(deleted, v, whole.hat)
        if size is None:
            size = _quadratic(x, deleted.covariance_of_all)
        others = _quadratic(x, deleted.covariance)
        dffits = statistic_of(move, np.sqrt(size))
        overall = statistic_of(move, np.sqrt(others)) ** 2
        raw = y - np.add.reduce(x * deleted.beta, axis=-1)
        studentized = raw / np.sqrt(v + deleted.tau2 + others)
    else:
        rows = groups.total(x[:, :, None] * x[:, None, :])
        moved = groups.total(move)
        joint = _along(rows, deleted.shift, deleted.covariance_of_all)
        dffits = np.sign(moved) * np.sqrt(joint)
        size = _leverage(deleted, v[groups.order[groups.start]], whole.hat)
        if size is not None:
            alone = groups.size == 1
            dffits = np.where(alone, statistic_of(moved, np.sqrt(size)), dffits)
        overall = _along(rows, deleted.shift, deleted.covariance)
        studentized = _joint(deleted, groups, x, y, v)
    return Measures(
        studentized=studentized,
        dffits=dffits,
        cook=_distance(deleted.shift, whole.covariance),
        covariance_ratio=_ratio(deleted.covariance, whole.covariance),
        dfbetas=statistic_of(deleted.shift, np.sqrt(spread)),
        overall=overall,
    )


def _leverage(deleted: Deleted, v: Floats, hat: Floats | None) -> Floats | None:
    """Return Viechtbauer and Cheung's variance of the fitted effect of a single study.

    Leverage with all studies, but tau² (and the factor of the inference) without the study; a
    given tau² makes it x'A x. They have no such formula for weights of one's own.
    """
    return None if hat is None else hat * (v + deleted.tau2) * deleted.factor


def _quadratic(x: Floats, covariance: Floats) -> Floats:
    """Return ``x'C x`` of each row with its own C."""
    if x.shape[1] == 1:
        return np.asarray(x[:, 0] ** 2 * covariance[:, 0, 0])
    return np.asarray(np.maximum(np.einsum("kp,kpq,kq->k", x, covariance, x), 0.0))


def _distance(shift: Floats, covariance: Floats) -> Floats:
    """Return Cook's distances ``d'V^-1 d``: 0 where nothing moved, though V may be 0."""
    if len(covariance) == 1:
        return np.asarray(statistic_of(shift[:, 0], np.sqrt(covariance[0, 0])) ** 2)
    own = np.sqrt(np.diagonal(covariance))
    if not (own > 0).all():
        return np.asarray(np.add.reduce(statistic_of(shift, own) ** 2, axis=-1))
    alike = covariance / np.outer(own, own)
    scaled = shift / own
    return np.asarray(np.vecdot(scaled, np.linalg.solve(alike, scaled.T).T))


def _ratio(without: Floats, whole: Floats) -> Floats:
    """Return ratios of determinants, NaN where there is no covariance."""
    with np.errstate(invalid="ignore", divide="ignore"):
        if len(whole) == 1:
            return np.asarray(without[:, 0, 0] / whole[0, 0])
        own = np.sqrt(np.diagonal(whole))
        size = np.outer(own, own)
        return np.asarray(np.linalg.det(without / size) / np.linalg.det(whole / size))


def _along(rows: Floats, shift: Floats, covariance: Floats) -> Floats:
    """Return the squared length of a group's fitted shift in units of its own covariance.

    With L L' = C and A = x L, that is the part of L^-1 d in the directions of A's rows.
    """
    own = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
    if shift.shape[1] == 1:
        return np.asarray(statistic_of(shift[:, 0], own[:, 0]) ** 2)
    known = np.asarray((own > 0).all(axis=-1) & np.isfinite(shift).all(axis=-1))
    unit = np.where(known[:, None], own, 1.0)
    size = unit[:, :, None] * unit[:, None, :]
    alike = np.where(known[:, None, None], covariance / size, np.eye(shift.shape[1]))
    lower = np.linalg.cholesky(alike)
    straight = np.linalg.solve(lower, (shift / unit)[..., None])[..., 0]
    straight = np.where(known[:, None], straight, 0.0)
    inside = np.swapaxes(lower, -1, -2) @ (rows * size) @ lower
    values, vectors = np.linalg.eigh(inside)
    parts = np.matmul(straight[:, None, :], vectors)[:, 0]
    there = values > FLAT * values[:, -1:]
    found = np.add.reduce(np.where(there, parts * parts, 0.0), axis=-1)
    nothing = np.where((shift == 0).all(axis=-1), 0.0, np.inf)
    unknown = np.where(np.isnan(shift).any(axis=-1), np.nan, nothing)
    return np.where(known, found, unknown)


def _joint(deleted: Deleted, groups: Groups, x: Floats, y: Floats, v: Floats) -> Floats:
    """Return the length of each group's deleted residuals in units of their joint covariance.

    That is the root of ``e'(D + x C x')^-1 e``, D the diagonal of phi; of a single study, with
    its sign.
    """
    code = groups.code
    e = y - np.add.reduce(x * deleted.beta[code], axis=-1)
    w = 1 / (v + deleted.tau2[code])
    wx = w[:, None] * x
    alone, g = groups.total(w * e * e), groups.total(wx * e[:, None])
    m = groups.total(wx[:, :, None] * x[:, None, :])
    known = np.isfinite(alone)
    c = np.where(known[:, None, None], deleted.covariance, 0.0)
    m, g = np.where(known[:, None, None], m, 0.0), np.where(known[:, None], g, 0.0)
    common = np.linalg.solve(np.eye(x.shape[1]) + c @ m, c @ g[..., None])[..., 0]
    length = np.sqrt(np.maximum(alone - np.vecdot(g, common), 0.0))
    return np.asarray(np.where(groups.size == 1, np.sign(groups.total(e)), 1.0) * length)
