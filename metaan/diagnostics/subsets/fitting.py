"""Fits to many subsets of the studies of a fit, block by block: no more than GOSH asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.conventions import FROM_Q
from metaan.core.counts_fit import CountsFit
from metaan.core.errors import InputError
from metaan.core.fit import GIVEN, PooledFit
from metaan.diagnostics.counts_refitting import counts_refitter
from metaan.diagnostics.refitting import SAME, refitting_plan
from metaan.diagnostics.subsets.drawing import Packed, parts, unpacked
from metaan.diagnostics.subsets.likelihood import shared_likelihood, subset_maxima
from metaan.numerics.linalg import binary_scale
from metaan.numerics.projection import fit_weighted
from metaan.tau2.curves import inverse_variances
from metaan.tau2.heterogeneity import i_squared, i_squared_from_q, typical_variance
from metaan.tau2.likelihood import maximum_likelihood, restricted_maximum_likelihood
from metaan.tau2.studies import Studies, make_studies
from metaan.univariate.kernel import Plan, estimate_tau2, pool_arrays
from metaan.univariate.weighing import weigh

STATISTICS = ("value", "se", "tau2", "i2", "h2", "q")
CELLS = 40_000  # memberships in a block: its arrays stay in the processor's cache
LEAST_ROWS = 256  # of a block: of many studies, too, calls must not cost more than sums
WIDE = 1e40  # ratio of two variances beyond which each subset needs a unit of its own

Arrays = Mapping[str, Floats]
Refitter = Callable[[Booleans], Arrays]
Tau2Finder = Callable[[Studies], Floats]


def fitted_subsets(fit: PooledFit | CountsFit, members: Packed) -> dict[str, Floats]:
    """Return the statistics of a fit to each of n subsets, by name, shape (n,).

    Raises
    ------
    InputError
        If the fit to all studies is another than this fit.
    """
    k = len(fit.effects.study if isinstance(fit, PooledFit) else fit.counts.study)
    refit = _pool_refitter(fit) if isinstance(fit, PooledFit) else _counts_refitter(fit)
    _check_whole(fit, refit(np.ones((1, k), dtype=bool)))
    n = len(members)
    found = {name: np.empty(n) for name in (*STATISTICS, "k")}
    for rows in parts(n, max(LEAST_ROWS, CELLS // k)):
        for name, values in refit(unpacked(members[rows], k)).items():
            found.setdefault(name, np.empty(n))[rows] = values
    return found


def _check_whole(fit: PooledFit | CountsFit, whole: Arrays) -> None:
    """Raise ``InputError`` if the subset of all studies is not the fit."""
    own, value, se = fit.estimate, float(whole["value"][0]), float(whole["se"][0])
    if not max(abs(value - own.value), abs(se - own.se)) <= SAME * own.se:
        raise InputError(
            "gosh needs the pool of its own studies alone, which this fit is not (as a subgroup "
            f"that shares tau² with others): refitted, its studies give {value:.6g} (SE "
            f"{se:.6g}), not {own.value:.6g} (SE {own.se:.6g}); pool them by themselves first"
        )


def _counts_refitter(fit: CountsFit) -> Refitter:
    refit = counts_refitter(fit)

    def all_of(present: Booleans) -> Arrays:
        index = np.broadcast_to(np.arange(present.shape[1]), present.shape)
        found = refit(index, present)
        return {name: found[name] for name in (*STATISTICS, "k")}

    return all_of


def _pool_refitter(fit: PooledFit) -> Refitter:
    effects, plan = fit.effects, refitting_plan(fit)
    given = fit.weights if fit.weighting == GIVEN else None
    # Read as printed: the kind of I² that the fit names first.
    from_q = fit.i2_first == FROM_Q
    scale = effects.scale
    sizes = effects.columns.get(scale.sized_by) if scale.at is not None else None
    inverse = None if sizes is None else 1 / np.asarray(sizes, dtype=np.float64)
    wide = float(effects.v.max()) > WIDE * float(effects.v.min())
    fitted = _one_by_one(fit, plan, from_q) if wide else _together(fit, plan, from_q)

    def refit(present: Booleans) -> Arrays:
        weights, lost = None, None
        if given is not None:
            weights = np.broadcast_to(given, present.shape)
            lost = np.asarray(~(present & (given > 0)).any(axis=-1))
            weights = np.where(lost[:, None], 1.0, weights)
        mask = present.astype(np.float64)
        found = dict(fitted(mask, weights))
        if lost is not None:
            found = {name: np.where(lost, np.nan, values) for name, values in found.items()}
        found["k"] = np.add.reduce(mask, axis=-1)
        if inverse is not None:
            found["sizes"] = found["k"] / (mask @ inverse)
        return found

    return refit


def _one_by_one(
    fit: PooledFit, plan: Plan, from_q: bool
) -> Callable[[Floats, Floats | None], Arrays]:
    """Return what fits subsets in a unit of each one's own, as ``pool`` itself does."""
    y, v = fit.effects.y, fit.effects.v

    def fitted(mask: Floats, weights: Floats | None) -> Arrays:
        across, down = np.broadcast_to(y, mask.shape), np.broadcast_to(v, mask.shape)
        arrays = pool_arrays(across, down, mask, plan, weights=weights)
        found = {name: getattr(arrays, name) for name in STATISTICS}
        return {**found, "i2": arrays.i2_q} if from_q else found

    return fitted


def _together(
    fit: PooledFit, plan: Plan, from_q: bool
) -> Callable[[Floats, Floats | None], Arrays]:
    """Return what fits subsets in one unit for all."""
    unit = float(binary_scale(fit.effects.v[None], np.ones((1, fit.k)))[0, 0])
    y, v = fit.effects.y / unit, fit.effects.v / unit / unit
    find = _tau2_finder(y, v, plan, unit)

    def fitted(mask: Floats, weights: Floats | None) -> Arrays:
        across, down = np.broadcast_to(y, mask.shape), np.broadcast_to(v, mask.shape)
        studies = make_studies(across, down, mask, weights=weights)
        tau2 = find(studies)
        weighted = weigh(studies, tau2)
        inferred = plan.inference.function(weighted, plan.level)
        freedom = studies.freedom
        if plan.varying:
            w = inverse_variances(studies)
            r = fit_weighted(studies.y, w, None).residual
            q, typical = np.vecdot(w * r, r), typical_variance(studies)
            i2, h2 = i_squared(tau2, typical), 1.0 + tau2 / typical
        else:
            q = weighted.least_spread
            h2 = np.where(freedom > 0, q / np.maximum(freedom, 1.0), np.nan)
        if from_q or not plan.varying:
            i2 = i_squared_from_q(q, freedom)
        value, se = inferred.beta[:, 0] * unit, np.sqrt(inferred.covariance[:, 0, 0]) * unit
        return {"value": value, "se": se, "tau2": tau2 * unit * unit, "i2": i2, "h2": h2, "q": q}

    return fitted


def _tau2_finder(y: Floats, v: Floats, plan: Plan, unit: float) -> Tau2Finder:
    """Return what finds tau² of subsets: by what they share where it is a likelihood's."""
    function = plan.row.function if plan.row is not None else None
    restricted = function is restricted_maximum_likelihood
    shared = None
    if restricted or function is maximum_likelihood:
        shared = shared_likelihood(y, v, restricted=restricted)

    def by_itself(studies: Studies) -> Floats:
        return estimate_tau2(studies, plan, np.full(studies.n, unit)).tau2

    def by_all(studies: Studies) -> Floats:
        assert shared is not None
        tau2, left = subset_maxima(shared, studies.present, studies.count)
        if len(left):
            tau2[left] = by_itself(studies.take(left))
        return tau2

    return by_itself if shared is None else by_all
