"""Refits of a fit to many subsets of its studies, block by block through the shared kernels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.core.counts_fit import CountsFit
from metaan.core.errors import InputError
from metaan.core.fit import GIVEN, PooledFit
from metaan.core.fit_words import PREDICTION, used
from metaan.core.numbers import listed
from metaan.core.refit_words import NAMES_SHOWN, numbered
from metaan.core.refits import LEAVE_ONE_OUT, STATISTICS, Refits
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.counts_refitting import counts_refitter
from metaan.networks.fits.answers_sensitivity import SensitivityAnswers
from metaan.numerics.tails import log_two_sided
from metaan.tau2.interval import NO_LIMITS
from metaan.univariate.fitted import plan_of
from metaan.univariate.kernel import Plan, pool_arrays
from metaan.univariate.prediction import PREDICTIONS

CELLS = 50_000  # of a block: its arrays stay in the processor's cache
SAME = 1e-6  # share of the standard error by which a refit to all studies may miss the fit

Arrays = Mapping[str, Floats]
Refitter = Callable[[Integers, Booleans], Arrays]


class Block(NamedTuple):
    """Some of the subsets: which rows they are, their studies, and the mask, shape (rows, m)."""

    rows: slice
    studies: Integers
    present: Booleans


def leaving_each_out(k: int) -> Iterator[Block]:
    """Yield the k subsets of k - 1 studies, in the order of the study that is missing."""
    place = np.arange(k - 1)
    for rows in _slices(k, k - 1):
        out = np.arange(rows.start, rows.stop)[:, None]
        index = place + (place >= out)
        yield Block(rows, index, np.ones(index.shape, dtype=bool))


def leaving_groups_out(code: Integers, m: int) -> Iterator[Block]:
    """Yield the m subsets without one group of studies, in the order of the groups.

    Parameters
    ----------
    code : ndarray of int, shape (k,)
        The group of each study, from 0 to m - 1.
    m : int
        Number of groups.
    """
    place = np.arange(len(code))
    for rows in _slices(m, len(code)):
        present = code != np.arange(rows.start, rows.stop)[:, None]
        yield Block(rows, np.broadcast_to(place, present.shape), present)


def adding_each(position: Integers) -> Iterator[Block]:
    """Yield the first study, the first two, and so on to all."""
    for rows in _slices(len(position), len(position)):
        count = np.arange(rows.start + 1, rows.stop + 1)[:, None]
        present = np.arange(rows.stop) < count
        yield Block(rows, np.broadcast_to(position[: rows.stop], present.shape), present)


def _slices(n: int, m: int) -> Iterator[slice]:
    step = max(1, CELLS // max(1, m))
    return (slice(i, min(i + step, n)) for i in range(0, n, step))


def whole_pool(fit: PooledFit | CountsFit | SubgroupFit, verb: str) -> PooledFit | CountsFit:
    """Return the fit whose studies are to be varied; of subgroups it is the pool of all."""
    fit = fit.overall if isinstance(fit, SubgroupFit) else fit
    if isinstance(fit, PooledFit | CountsFit):
        return fit
    if isinstance(fit, SensitivityAnswers):
        own = "a network is left without each study by its own method, fit.leave_one_out()"
        raise InputError(f"{verb} needs a pool; got {type(fit).__name__}: {own}")
    raise InputError(
        f"{verb} needs a pool, as pool(effects), subgroups(effects, by), mantel_haenszel(counts) "
        f"or peto(counts) gives it; got {type(fit).__name__}"
    )


def refitted(
    fit: PooledFit | CountsFit,
    blocks: Iterator[Block],
    *,
    kind: str,
    position: Integers,
    order: str = "",
    remarks: tuple[str, ...] = (),
    label: tuple[str, ...] = (),
    by: str = "",
) -> Refits:
    """Return the refits to the subsets of some blocks, one for each study of ``position``.

    ``label`` names what is left out or added, if that is not the study.
    """
    if isinstance(fit, PooledFit):
        refit, study = _pool_refitter(fit), fit.effects.study
    else:
        refit, study = counts_refitter(fit), fit.counts.study
    k = len(study)
    _check_same(fit, refit(np.arange(k)[None], np.ones((1, k), dtype=bool)))
    n = len(position)
    found = {name: np.full(n, np.nan) for name in (*STATISTICS, "k", "sizes")}
    for rows, chosen, present in blocks:
        for name, values in refit(chosen, present).items():
            found[name][rows] = values
    sizes = found.pop("sizes")
    names = label or tuple(study[i] for i in position.tolist())
    told = numbered(names)
    lost = [told[i] for i in np.flatnonzero(np.isnan(found["value"])).tolist()]
    return Refits(
        kind=kind,
        fit=fit,
        label=names,
        position=position,
        k=found.pop("k").astype(np.int64),
        sizes=None if np.isnan(sizes).all() else sizes,
        order=order,
        by=by,
        remarks=(*remarks, *_undefined(kind, lost)),
        **found,
    )


def _undefined(kind: str, lost: Sequence[str]) -> tuple[str, ...]:
    """Return a remark where the studies of a refit say nothing about the effect."""
    if not lost:
        return ()
    more = len(lost) - NAMES_SHOWN
    shown = listed([*lost[:NAMES_SHOWN], f"{more} others"] if more > 1 else lost)
    when, which = f"yet after {shown}", "those so far"
    if kind == LEAVE_ONE_OUT:
        when, which = f"without {shown}", "the others"
    return (f"no estimate {when}: {which} leave the effect undefined",)


def _check_same(fit: PooledFit | CountsFit, all_of: Arrays) -> None:
    """Raise ``InputError`` if the refit to all studies is another than the fit."""
    own = fit.estimate
    off = [abs(float(all_of["value"][0]) - own.value), abs(float(all_of["se"][0]) - own.se)]
    if not max(off) <= SAME * own.se:
        raise InputError(
            "this fit is not the pool of its own studies alone (as a subgroup that shares tau² "
            f"with others is not): refitted, they give {float(all_of['value'][0]):.6g} "
            f"(SE {float(all_of['se'][0]):.6g}), not {own.value:.6g} (SE {own.se:.6g}); pool them "
            "by themselves first"
        )


def refitting_plan(fit: PooledFit) -> Plan:
    """Return the plan of a fit, its prediction interval included, without limits of tau²."""
    name = used(fit, PREDICTION, fit.prediction).name
    same = (row for row in PREDICTIONS.values() if name in (row.name, row.key))
    plan = plan_of(fit)
    return replace(plan, prediction=next(same, plan.prediction), interval=NO_LIMITS)


def _pool_refitter(fit: PooledFit) -> Refitter:
    effects, plan = fit.effects, refitting_plan(fit)
    given = fit.weights if fit.weighting == GIVEN else None
    scale = effects.scale
    sizes = effects.columns.get(scale.sized_by) if scale.at is not None else None
    inverse = None if sizes is None else 1 / np.asarray(sizes, dtype=np.float64)

    def refit(index: Integers, present: Booleans) -> Arrays:
        weights, lost = None, np.zeros(len(index), dtype=bool)
        if given is not None:
            weights = given[index]
            lost = np.asarray(~(present & (weights > 0)).any(axis=-1))
            weights = np.where(lost[:, None], 1.0, weights)
        arrays = pool_arrays(
            effects.y[index], effects.v[index], present.astype(float), plan, weights=weights
        )
        found = {name: getattr(arrays, name) for name in STATISTICS}
        if scale.null != 0:  # the kernel tests against 0; a level, whose null is NaN, has no test
            found["statistic"] = (arrays.value - scale.null) / arrays.se
            found["log_p_value"] = log_two_sided(found["statistic"], arrays.df)
        found = {name: np.where(lost, np.nan, values) for name, values in found.items()}
        count = np.add.reduce(present, axis=-1)
        if inverse is not None:
            total = np.add.reduce(np.where(present, inverse[index], 0.0), axis=-1)
            found["sizes"] = 1 / (total / count)
        return {**found, "k": count}

    return refit
