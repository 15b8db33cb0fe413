"""fragility: the fewest outcomes that turn the conclusion of a pool of 2x2 tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, combinations_with_replacement
from math import comb
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.core.counts_fit import CountsFit
from metaan.core.errors import InputError
from metaan.core.faults import Faults
from metaan.core.fit import PooledFit
from metaan.core.lookup import look_up
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.fragility.conclusion import (
    CONCLUSIONS,
    INTERVAL,
    Conclusion,
    Limits,
    conclusion_of,
)
from metaan.diagnostics.fragility.events_record import MOVES, TOWARD, Fragility, turned
from metaan.diagnostics.fragility.refit import WORK, in_blocks
from metaan.diagnostics.fragility.tables import Formula, Tables, tables_of

# Of the two groups: a change in events times this moves the effect up.
UPWARD = (1, -1)
MOST_SETS = 20_000

Move = tuple[int, int, int]  # study, group, change in events


class Path(NamedTuple):
    """Moves in order, and the pool after each of them."""

    moves: tuple[Move, ...]
    found: Limits


def fragility(
    fit: PooledFit | CountsFit | SubgroupFit,
    *,
    conclusion: str = INTERVAL,
    against: float | None = None,
    moves: str = TOWARD,
    formula: Formula | None = None,
    most: int | None = None,
    sets: int = MOST_SETS,
) -> Fragility:
    """Return how few outcomes turn the conclusion: the fragility index of a meta-analysis.

    Parameters
    ----------
    fit : PooledFit, CountsFit or SubgroupFit
        Pool of two groups with events: of effects that carry columns events1, n1, events2 and
        n2, by Mantel and Haenszel or by Peto; of subgroups it is the pool of all. Everything of
        the fit stays, and tau² is estimated again after each change.
    conclusion : {"interval", "estimate"}
        On which side of ``against`` the interval (so that significance is turned, either way) or
        the estimate lies. Row of ``CONCLUSIONS``.
    against : float, optional
        Reading scale (0.8 for a risk ratio); no effect by default. A minimal important difference
        asks how few outcomes turn whether the effect is beyond it.
    moves : {"toward", "any"}
        Which outcomes may be turned; the first is the published index. Row of ``MOVES``.
    formula : callable, optional
        Events and participants, ``(events1, n1, events2, n2)``, to (y, v), for effects other than
        log odds ratios, log risk ratios and risk differences: ``MEASURES[key].function``.
    most : int, optional
        The search ends after so many turned outcomes; by default where it takes too long, which
        a remark says.
    sets : int
        Smaller sets to try all of, at most, in order to prove that no smaller one does.

    Returns
    -------
    Fragility
        ``.index``, ``.quotient``, ``.changes``; ``.exact`` says whether the index is proved.

    Raises
    ------
    InputError
        If this is no such pool, its effects do not follow from their own columns, the estimate
        has no limits, or an option is impossible; every fault of the options is named.

    Notes
    -----
    The iterative search of Atal et al. [1]_: each outcome of each group of each trial is turned
    in turn (events in one group, non-events in the other, so that the trial's effect moves toward
    the other conclusion), all pools are made again in one batch, and the change after which the
    limit lies nearest to ``against`` is kept; until it is crossed. From a conclusion of "includes"
    both directions are searched and the shorter kept. As the search looks one step ahead, its
    index is an upper bound: where there are at most ``sets`` smaller sets of the changes allowed,
    all are tried, and ``index`` is the true minimum among them (``exact``).

    The index falls with the number of participants lost to follow-up that would be needed to turn
    a result, and also simply with the p-value: it says how near the limit lies to the value, in
    people, and nothing about bias.

    References
    ----------
    .. [1] Atal I, Porcher R, Boutron I, Ravaud P (2019). J Clin Epidemiol 111:32.
       doi:10.1016/j.jclinepi.2019.03.012

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.fragility.events import fragility
    >>> tables = {"study": ["A", "B", "C"], "events1": [10, 22, 6], "n1": [100, 150, 60],
    ...           "events2": [22, 38, 11], "n2": [100, 150, 62]}
    >>> fit = ma.pool(ma.effect_sizes(tables, "RR"), model="common")
    >>> found = fragility(fit)
    >>> found.index, found.exact
    (12, True)
    """
    fit = fit.overall if isinstance(fit, SubgroupFit) else fit
    faults = Faults()
    with faults:
        look_up(MOVES, moves, argument="moves", what="a kind of change")
    with faults:
        look_up(CONCLUSIONS, conclusion, argument="conclusion", what="a kind of conclusion")
    for name, number in (("most", 0 if most is None else most), ("sets", sets)):
        with faults:
            _check_whole(name, number)
    faults.refuse()
    tables = tables_of(fit, formula, "fragility")
    wanted = conclusion_of(fit, conclusion=conclusion, against=against, verb="fragility")
    longest = _longest(tables, moves) if most is None else most
    paths = [(way, _iterate(tables, wanted, way, moves, longest)) for way in wanted.targets()]
    done = [(len(path.moves), way, path) for way, path in paths if path is not None]
    index = min((length for length, _, _ in done), default=None)
    best = next((path for length, _, path in done if length == index), None)
    tried = index if index is not None else longest + 1
    better, exact = _exhaust(tables, wanted, moves, tried, sets)
    best = best if better is None else better
    found = _record(fit, tables, wanted, best, iterative=index, exact=exact, moves=moves)
    if best is not None or longest >= tables.sizes.sum():  # or no outcome was left to turn
        return found
    stop = f"the search ended after {longest} outcomes; most= lets it go on"
    return replace(found, remarks=(*found.remarks, stop))


def _check_whole(name: str, number: object) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise InputError(f"{name}={number!r} must be a whole number of at least 0")


def _longest(tables: Tables, moves: str) -> int:
    """Return how many steps the search may take where the caller says nothing."""
    k = len(tables.study)
    return max(1, WORK // (len(allowed(tables, 1, moves)) * k))


def allowed(tables: Tables, direction: int, moves: str) -> list[Move]:
    """Return the changes of one outcome that may be made, study by study."""
    found = [
        (i, j, change)
        for i in range(len(tables.study))
        for j in range(2)
        for change in ((UPWARD[j] * direction,) if moves == TOWARD else (1, -1))
    ]
    return found


def _iterate(
    tables: Tables, wanted: Conclusion, direction: int, moves: str, most: int
) -> Path | None:
    """Return the moves of the iterative search, or None if they turn nothing."""
    every = allowed(tables, direction, moves)
    steps = _steps(tables, every)
    events = tables.events
    taken: list[int] = []
    kept: list[Limits] = []
    while len(taken) < most:
        changed = events + steps
        open_to = _possible(tables, changed)
        places = np.flatnonzero(open_to)
        found = _pools(tables, changed[places])
        room = wanted.room(found, direction)
        if not np.isfinite(room).any():
            return None
        best = int(np.nanargmin(room))
        taken.append(int(places[best]))
        kept.append(Limits(*(each[best : best + 1] for each in found)))
        if bool(wanted.turned(kept[-1], direction)[0]):
            return Path(tuple(every[i] for i in taken), _joined(kept))
        events = changed[places[best]]
    return None


def _exhaust(
    tables: Tables, wanted: Conclusion, moves: str, index: int, sets: int
) -> tuple[Path | None, bool]:
    """Return a smaller set of moves that turns the conclusion, if any, and if all were tried."""
    ways = wanted.targets()
    every = [allowed(tables, way, moves) for way in ways]
    left = sets
    for size in range(1, index):
        left -= sum(comb(len(each) + size - 1, size) for each in every)
        if left < 0:
            return None, False
        for way, own in zip(ways, every, strict=True):
            found = _of_size(tables, wanted, (own, way), size)
            if found is not None:
                return found, True
    return None, True


def _of_size(
    tables: Tables, wanted: Conclusion, own: tuple[list[Move], int], size: int
) -> Path | None:
    """Return the set of so many moves that turns the conclusion furthest, or None."""
    every, way = own
    steps = _steps(tables, every)
    picks = chain.from_iterable(combinations_with_replacement(range(len(every)), size))
    chosen = np.fromiter(picks, dtype=np.int64).reshape(-1, size)
    changed = tables.events + steps[chosen].sum(axis=1)
    possible = _possible(tables, changed)
    chosen, changed = chosen[possible], changed[possible]
    found = _pools(tables, changed)
    done = np.flatnonzero(wanted.turned(found, way))
    if not len(done):
        return None
    best = done[int(np.argmin(wanted.room(found, way)[done]))]
    return _path(tables, every, chosen[best])


def _path(tables: Tables, every: Sequence[Move], chosen: Integers) -> Path:
    steps = _steps(tables, every)[chosen]
    return Path(
        tuple(every[i] for i in chosen.tolist()),
        _pools(tables, tables.events + np.cumsum(steps, axis=0)),
    )


def _steps(tables: Tables, every: Sequence[Move]) -> Floats:
    """Return the change of all events by each move, shape (moves, k, 2)."""
    steps = np.zeros((len(every), *tables.events.shape))
    i, j, change = np.array(every).T
    steps[np.arange(len(every)), i, j] = change
    return steps


def _possible(tables: Tables, events: Floats) -> Booleans:
    inside = (events >= 0) & (events <= tables.sizes)
    return np.asarray(inside.all(axis=(-2, -1)))


def _pools(tables: Tables, events: Floats) -> Limits:
    k = len(tables.study)
    return in_blocks(len(events), k, lambda rows: tables.pool(events[rows]))


def _joined(kept: Sequence[Limits]) -> Limits:
    return Limits(*(np.concatenate(each) for each in zip(*kept, strict=True)))


def _record(
    fit: PooledFit | CountsFit,
    tables: Tables,
    wanted: Conclusion,
    best: Path | None,
    *,
    iterative: int | None,
    exact: bool,
    moves: str,
) -> Fragility:
    nothing = np.empty(0)
    made, found = best if best is not None else ((), Limits(nothing, nothing, nothing))
    remarks: tuple[str, ...] = ()
    if np.modf(tables.events)[0].any():
        remarks = ("some events are fractions; they are changed by 1 as whole ones are",)
    if moves == TOWARD and len(made) != 1:  # no set is smaller than one
        remarks += (
            "outcomes whose change moves a trial's effect away from the other conclusion were not "
            'turned, and fewer of them may do: moves="any" tries them too',
        )
    return Fragility(
        fit=fit,
        conclusion=wanted,
        index=len(made) if best is not None else None,
        changes=turned(tables.study, made),
        value=found.value,
        low=found.low,
        high=found.high,
        iterative=iterative,
        exact=exact,
        moves=moves,
        participants=float(tables.sizes.sum()),
        events=float(tables.events.sum()),
        remarks=remarks,
    )
