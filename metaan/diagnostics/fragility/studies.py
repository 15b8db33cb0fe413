"""fewest_studies: the smallest set of studies whose removal turns the conclusion."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, combinations
from math import comb
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.core.counts_fit import CountsFit
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.counts_refitting import counts_refitter
from metaan.diagnostics.fragility.conclusion import INTERVAL, Conclusion, Limits, conclusion_of
from metaan.diagnostics.fragility.refit import (
    WORK,
    check_same,
    in_blocks,
    own_weights,
    plan_for,
    refit,
)
from metaan.diagnostics.fragility.studies_record import FewestStudies
from metaan.diagnostics.refitting import whole_pool

MOST_SETS = 50_000
FEWEST_LEFT = 2

Pools = Callable[[Booleans], Limits]  # mask of the studies that stay, shape (n, k)


class Search(NamedTuple):
    """What was found: sets as positions, shape (sets, size), and the pools without them."""

    sets: Integers
    found: Limits
    exact: bool
    tried: int


def fewest_studies(
    fit: PooledFit | CountsFit | SubgroupFit,
    *,
    conclusion: str = INTERVAL,
    against: float | None = None,
    sets: int = MOST_SETS,
) -> FewestStudies:
    """Return the fewest studies without which the pool concludes something else.

    Parameters
    ----------
    fit : PooledFit, CountsFit or SubgroupFit
        Pool of k >= 3 studies; of subgroups it is the pool of all. Everything of the fit stays,
        and tau² is estimated again without the studies.
    conclusion : {"interval", "estimate"}
        On which side of ``against`` the interval (significance), or the estimate (its sign),
        lies. Row of ``CONCLUSIONS``.
    against : float, optional
        Reading scale; no effect by default, or a minimal important difference.
    sets : int
        Sets to try, at most: all of one study, of two, and so on while they are no more than
        these; larger sets are built one study at a time, until that takes too long.

    Returns
    -------
    FewestStudies
        ``.number``, ``.removed`` (all sets of that size), ``.exact``.

    Raises
    ------
    InputError
        If this is no pool of at least three studies, not the pool of its own studies alone, or an
        option is impossible.

    Notes
    -----
    At least two studies are left: what one study concludes is its own result, no pool. Sets of
    one size are refitted in one batch. Beyond the exhaustive sizes the study is removed, one at a
    time, after which the limit lies nearest to ``against``: an upper bound (``exact`` is False).

    A removal can turn a conclusion by what it does to the interval alone: with the t distribution
    few studies have wide intervals whatever they say.

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.fragility.studies import fewest_studies
    >>> effects = ma.Effects.from_arrays([0.10, 0.30, 0.55, 0.71], se=[0.12, 0.20, 0.18, 0.25])
    >>> fewest_studies(ma.pool(effects, model="common")).removed
    (('Study 3', 'Study 4'),)
    """
    if isinstance(sets, bool) or not isinstance(sets, int) or sets < 1:
        raise InputError(f"sets={sets!r} must be a whole number of at least 1")
    pooled = whole_pool(fit, "fewest_studies")
    names = pooled.effects.study if isinstance(pooled, PooledFit) else pooled.counts.study
    k = len(names)
    if k <= FEWEST_LEFT:
        raise InputError(
            f"fewest_studies needs {FEWEST_LEFT + 1} studies or more, so that {FEWEST_LEFT} are "
            f"left to pool; got {k}"
        )
    wanted = conclusion_of(pooled, conclusion=conclusion, against=against, verb="fewest_studies")
    search = _search(_pools_of(pooled), wanted, k, sets)
    turned = len(search.sets)
    left = k - search.sets.shape[1]
    remarks: tuple[str, ...] = ()
    if turned and left == FEWEST_LEFT:
        remarks = (f"only {left} studies are left: their interval may be wide whatever they say",)
    if not turned and not search.exact:
        remarks = ("larger sets were built for as long as that was quick, and none turned it",)
    return FewestStudies(
        fit=pooled,
        conclusion=wanted,
        number=search.sets.shape[1] if turned else None,
        removed=tuple(tuple(names[i] for i in row) for row in search.sets.tolist()),
        value=search.found.value,
        low=search.found.low,
        high=search.found.high,
        exact=search.exact,
        tried=search.tried,
        remarks=remarks,
    )


def _pools_of(fit: PooledFit | CountsFit) -> Pools:
    """Return what pools the studies of masks."""
    if isinstance(fit, PooledFit):
        plan, weights, effects = plan_for(fit, "fewest_studies"), own_weights(fit), fit.effects

        def pools(stay: Booleans) -> Limits:
            y, v = (np.broadcast_to(each, stay.shape) for each in (effects.y, effects.v))
            own = None if weights is None else np.broadcast_to(weights, stay.shape)
            return refit(plan, y, v, stay, own)

        return pools
    again, k = counts_refitter(fit), fit.counts.k

    def of_counts(stay: Booleans) -> Limits:
        arrays = again(np.broadcast_to(np.arange(k), stay.shape), stay)
        return Limits(arrays["value"], arrays["low"], arrays["high"])

    check_same(fit.estimate, of_counts(np.ones((1, k), dtype=bool)), "fewest_studies")
    return of_counts


def _search(pools: Pools, wanted: Conclusion, k: int, most: int) -> Search:
    tried = 0
    for size in range(1, k - FEWEST_LEFT + 1):
        if comb(k, size) > most:
            break
        most -= comb(k, size)
        picks = chain.from_iterable(combinations(range(k), size))
        chosen = np.fromiter(picks, dtype=np.int64).reshape(-1, size)
        found = _without(pools, chosen, k)
        done = np.flatnonzero(wanted.turned(found))
        tried = size
        if len(done):
            order = done[np.argsort(_least_room(wanted, found)[done], kind="stable")]
            return Search(chosen[order], Limits(*(each[order] for each in found)), True, tried)
    if tried == k - FEWEST_LEFT:
        return _nothing(tried, exact=True)
    paths = [_one_by_one(pools, wanted, way, k) for way in wanted.targets()]
    done_paths = [path for path in paths if path is not None]
    if not done_paths:
        return _nothing(tried, exact=False)
    chosen, found = min(done_paths, key=lambda path: path[0].shape[1])
    return Search(chosen, found, False, tried)


def _nothing(tried: int, *, exact: bool) -> Search:
    none = np.empty(0)
    return Search(np.empty((0, 1), dtype=np.int64), Limits(none, none, none), exact, tried)


def _least_room(wanted: Conclusion, found: Limits) -> Floats:
    rooms = np.stack([wanted.room(found, way) for way in wanted.targets()])
    return np.asarray(np.where(np.isnan(rooms), np.inf, rooms).min(axis=0))


def _without(pools: Pools, chosen: Integers, k: int) -> Limits:
    """Return the pools without each of these sets, shape (n, size)."""

    def block(rows: slice) -> Limits:
        part = chosen[rows]
        stay = np.ones((len(part), k), dtype=bool)
        np.put_along_axis(stay, part, False, axis=1)
        return pools(stay)

    return in_blocks(len(chosen), k, block)


def _one_by_one(
    pools: Pools, wanted: Conclusion, direction: int, k: int
) -> tuple[Integers, Limits] | None:
    """Return the set of the step-by-step search in one direction, or None."""
    out: list[int] = []
    work = 0
    while k - len(out) > FEWEST_LEFT and work <= WORK:
        work += (k - len(out)) * k
        left = np.setdiff1d(np.arange(k), out)
        rows = [[*out, i] for i in left.tolist()]
        found = _without(pools, np.array(rows, dtype=np.int64), k)
        room = wanted.room(found, direction)
        if not np.isfinite(room).any():
            return None
        best = int(np.nanargmin(room))
        out.append(int(left[best]))
        kept = Limits(*(each[best : best + 1] for each in found))
        if bool(wanted.turned(kept, direction)[0]):
            return np.sort(np.array([out], dtype=np.int64), axis=1), kept
    return None
