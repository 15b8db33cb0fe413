"""From changed 2x2 tables to the pool of them, a whole batch at once.

a b c d are the events and non-events of treatment and control.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.counts import PEOPLE, PETO_ODDS_RATIO
from metaan.core.counts_fit import RANDOM, CountsFit
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.fit_words import VARIANCE
from metaan.core.numbers import listed
from metaan.diagnostics.fragility.conclusion import Limits
from metaan.diagnostics.fragility.refit import check_same, own_weights, refit
from metaan.diagnostics.refitting import refitting_plan
from metaan.numerics.tails import normal_quantile
from metaan.twobytwo.estimators import MH_MEASURES, odds_ratio, risk_difference, risk_ratio
from metaan.twobytwo.groups import Groups, make_groups
from metaan.twobytwo.heterogeneity import q_about
from metaan.twobytwo.mantel_haenszel import mantel_haenszel_arrays
from metaan.twobytwo.peto import peto_arrays

Pair = tuple[Floats, Floats]
Formula = Callable[[Floats, Floats, Floats, Floats], Pair]
INPUTS = ("events1", "n1", "events2", "n2")
ADDED = 0.5
ALIKE = 1e-9


class Tables(NamedTuple):
    """The 2x2 tables of a fit and what pools a batch of changed ones.

    Attributes
    ----------
    study : tuple of str
        Labels.
    events, sizes : ndarray, shape (k, 2)
        Events and participants, treatment first.
    pool : callable
        Events, shape (n, k, 2), to `Limits`, shape (n,).
    """

    study: tuple[str, ...]
    events: Floats
    sizes: Floats
    pool: Callable[[Floats], Limits]


def _log_odds(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    return np.log(a) + np.log(d) - np.log(b) - np.log(c), 1 / a + 1 / b + 1 / c + 1 / d


def _log_risk(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    n1, n2 = a + b, c + d
    return np.log(a / n1) - np.log(c / n2), b / (a * n1) + d / (c * n2)


def _difference(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    n1, n2 = a + b, c + d
    return a / n1 - c / n2, a * b / n1**3 + c * d / n2**3


# By what the Mantel-Haenszel method takes for the same measure, so that no key is typed again.
FORMULAS: Mapping[Callable[..., object], Callable[..., Pair]] = MappingProxyType(
    {odds_ratio: _log_odds, risk_ratio: _log_risk, risk_difference: _difference}
)


def corrected(
    cells: Callable[..., Pair], rule: str, e1: Floats, n1: Floats, e2: Floats, n2: Floats
) -> Pair:
    """Return y and v with 0.5 added to the cells of tables with a zero, or of every table."""
    a, b, c, d = e1, n1 - e1, e2, n2 - e2
    zero = (a == 0) | (b == 0) | (c == 0) | (d == 0)
    plus = ADDED * (zero if rule == ZEROS else np.ones_like(zero))
    return cells(a + plus, b + plus, c + plus, d + plus)


ZEROS, EVERY = "zero cells", "every study"


def tables_of(fit: PooledFit | CountsFit, formula: Formula | None, verb: str) -> Tables:
    """Return the tables behind a fit and what pools changed ones; InputError without tables."""
    if isinstance(fit, CountsFit):
        return _of_counts(fit, formula, verb)
    if not isinstance(fit, PooledFit):
        raise InputError(
            f"{verb} needs a pool of two groups with events, as pool(effects), "
            f"mantel_haenszel(counts) or peto(counts) gives it; got {type(fit).__name__}"
        )
    effects = fit.effects
    missing = [name for name in INPUTS if name not in effects.columns]
    if missing:
        raise InputError(
            f"{verb} changes events, but these effects have no column {listed(missing)}; make "
            "them with effect_sizes from events1, n1, events2 and n2"
        )
    e1, n1, e2, n2 = (np.asarray(effects.columns[name], dtype=float) for name in INPUTS)
    used = _proved(effects, formula, (e1, n1, e2, n2), verb)
    plan, weights = refitting_plan(fit), own_weights(fit)

    def pool(events: Floats) -> Limits:
        y, v, there = _effects(used, events[..., 0], n1, events[..., 1], n2)
        own = None if weights is None else np.broadcast_to(weights, y.shape)
        return refit(plan, y, v, there, own)

    return _checked(fit, np.stack([e1, e2], axis=1), np.stack([n1, n2], axis=1), pool, verb)


def _effects(
    formula: Formula, e1: Floats, n1: Floats, e2: Floats, n2: Floats
) -> tuple[Floats, Floats, Booleans]:
    """Return y, v and whether they are defined, all of the shape of the events."""
    n1, n2 = np.broadcast_to(n1, e1.shape), np.broadcast_to(n2, e2.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        y, v = formula(e1, n1, e2, n2)
        there = np.isfinite(y) & np.isfinite(v) & (v > 0)
    return np.where(there, y, 0.0), np.where(there, v, 1.0), np.asarray(there)


def _offered(measure: str) -> Iterator[Formula]:
    row = MH_MEASURES.get(measure)
    if row is None or row.kind != PEOPLE or row.function not in FORMULAS:
        return
    for rule in (ZEROS, EVERY):
        yield partial(corrected, FORMULAS[row.function], rule)


def _proved(
    effects: Effects, formula: Formula | None, table: tuple[Floats, ...], verb: str
) -> Formula:
    """Return the formula that gives these effects from their own tables."""
    offered = _offered(effects.measure) if formula is None else iter((formula,))
    for each in offered:
        e1, n1, e2, n2 = (part[None] for part in table)
        y, v, there = _effects(each, e1, n1, e2, n2)
        off = np.abs(y[0] - effects.y) <= ALIKE * np.sqrt(effects.v)
        if (there[0] & off & (np.abs(v[0] / effects.v - 1) <= ALIKE)).all():
            return each
    raise InputError(
        f"{verb} must make the effects again after each change, and "
        + (
            f"{effects.label.lower()} as given here is not one it knows by itself (odds ratio, "
            "risk ratio and risk difference, 0.5 added where a cell is 0, or everywhere); give "
            "formula=, e.g. MEASURES[effects.measure].function with the options that were used"
            if formula is None
            else "formula= does not give the effects of this fit from their own events1, n1, "
            "events2, n2; give the function and the options that made them"
        )
    )


def _checked(
    fit: PooledFit | CountsFit,
    events: Floats,
    sizes: Floats,
    pool: Callable[[Floats], Limits],
    verb: str,
) -> Tables:
    check_same(fit.estimate, pool(events[None]), verb)
    names = fit.effects.study if isinstance(fit, PooledFit) else fit.counts.study
    return Tables(tuple(names), events, sizes, pool)


def _of_counts(fit: CountsFit, formula: Formula | None, verb: str) -> Tables:
    counts = fit.counts
    if formula is not None:
        raise InputError(f"{verb}: {fit.method} pools counts and takes no formula=")
    if counts.kind != PEOPLE:
        raise InputError(
            f"{verb} turns a person's outcome, but these events are counted over person-time"
        )
    events, sizes = counts.events, counts.denominators
    method = _peto if fit.measure == PETO_ODDS_RATIO else _mantel_haenszel(fit, verb)
    z = normal_quantile(fit.estimate.level)

    def pool(changed: Floats) -> Limits:
        whole = np.broadcast_to(sizes, changed.shape)
        value, se = method(make_groups(changed, whole, PEOPLE))
        good = np.isfinite(value) & (se > 0)
        value, half = np.where(good, value, np.nan), np.where(good, z * se, np.nan)
        return Limits(value, value - half, value + half)

    return _checked(fit, events, sizes, pool, verb)


def _peto(groups: Groups) -> Pair:
    found = peto_arrays(groups)
    return found.value, found.se


def _mantel_haenszel(fit: CountsFit, verb: str) -> Callable[[Groups], Pair]:
    if fit.measure not in MH_MEASURES:
        raise InputError(f"{verb}: {fit.method} of {fit.label} cannot be made again")
    row = MH_MEASURES[fit.measure]
    told = fit.methods[VARIANCE].name if VARIANCE in fit.methods else ""
    variance = next((key for key in row.variances if key.title().replace("_", "-") == told), None)

    def method(groups: Groups) -> Pair:
        found = mantel_haenszel_arrays(groups, row, variance, fit.correction)
        if fit.model != RANDOM:
            return found.value, found.se
        formula = partial(corrected, FORMULAS[row.function], ZEROS)
        y, v, there = _effects(
            formula, groups.events1, groups.whole1, groups.events2, groups.whole2
        )
        if row.is_ratio:
            there = there & ~groups.no_events & ~groups.all_events
        tau2 = q_about(y, v, there.astype(float), found.value).tau2
        w = np.where(there, 1 / (v + tau2[:, None]), 0.0)
        total = w.sum(axis=-1)
        return (w * y).sum(axis=-1) / total, total**-0.5

    return method
