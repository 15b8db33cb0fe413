"""Contrasts of all arms of a study, and their variances, which hold the whole covariance.

Where an effect is the difference of one quantity of each arm (a mean, a log odds), the formulas of
two groups serve every pair: ``v_ij = s_i + s_j``, so that two contrasts which share arm l have the
covariance ``(v_il + v_jl - v_ij) / 2 = s_l``. What pairs would not share in a study with more arms
is taken from all its arms: the pooled SD, and the zero-cell rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.core.effects import GENERIC, LeftOut
from metaan.core.errors import ChoiceError, InputError
from metaan.core.lookup import look_up, nearest
from metaan.measures.binary import arcsine_difference, odds_ratio, risk_difference, risk_ratio
from metaan.measures.corrections import DEFAULT_CORRECTION, small_sample_factor
from metaan.measures.differences import DIFFERENCE_VARIANCES, mean_difference, ratio_of_means
from metaan.measures.rates import rate_difference, rate_ratio, root_rate_difference
from metaan.measures.row import EVENTS, MEANS, Measure
from metaan.measures.standardized import (
    CONTROL_VARIANCES,
    DEFAULT_VARIANCE,
    standardized_mean_difference,
)
from metaan.measures.table import MEASURES
from metaan.measures.zero_rules import UNTOUCHED, selected_by
from metaan.trials.naming import PRINTED
from metaan.trials.network_arms import Arms, Pairs, pairs_of
from metaan.trials.printed import HAZARD_RATIO
from metaan.trials.table_rules import some
from metaan.trials.zero_cells import ADD, DROP, TO

VARIANCE, CORRECTION = "variance", "correction"
POOLED = tuple(DIFFERENCE_VARIANCES)[1]  # the variance with one SD for all arms
# Each is one quantity of the first arm less the same of the second.
DIFFERENCES = (
    mean_difference,
    ratio_of_means,
    odds_ratio,
    risk_ratio,
    risk_difference,
    arcsine_difference,
    rate_ratio,
    rate_difference,
    root_rate_difference,
)
NETWORK_MEASURES: Mapping[str, Measure] = {
    key: row
    for key, row in MEASURES.items()
    if row.function in (*DIFFERENCES, standardized_mean_difference)
}
TAKEN = (*NETWORK_MEASURES, HAZARD_RATIO, GENERIC)
LISTED = (
    f"{', '.join(NETWORK_MEASURES)} of arms or contrasts, and of contrasts {HAZARD_RATIO} and "
    f"{GENERIC} (effects as given)"
)
NONE, ALL = "no events in any arm", "nobody without an event in any arm"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """Contrasts made from arms.

    Attributes
    ----------
    arms : Arms
        Those of the studies that have an effect.
    pairs : Pairs
        Their m pairs.
    y, v : ndarray, shape (m,)
        First arm less second, and the variance; analysis scale.
    kept : ndarray of bool, shape (k,)
        Which of the studies that were asked about have one.
    lost : tuple of LeftOut
        The studies that have none.
    remarks : tuple of str
        What was added to whose cells.
    bare : tuple of str
        What to warn of: studies that say next to nothing about their ratio.
    """

    arms: Arms
    pairs: Pairs
    y: Floats
    v: Floats
    kept: Booleans
    lost: tuple[LeftOut, ...]
    remarks: tuple[str, ...]
    bare: tuple[str, ...]


def find_network_measure(measure: object) -> Measure:
    """Return the row of a key, or raise with the measures that networks take.

    Raises
    ------
    ChoiceError
        If there is no such key.
    """
    if isinstance(measure, str) and measure in MEASURES:
        return MEASURES[measure]
    names = dict.fromkeys(PRINTED, HAZARD_RATIO)
    names |= {row.name.casefold(): key for key, row in NETWORK_MEASURES.items()}
    word = " ".join(str(measure).split()).casefold()
    near = nearest(word, names)
    key = names.get(word) or nearest(measure, TAKEN) or (names[near] if near else None)
    offered = f' Did you mean "{key}" ({_name(key)})?' if key else ""
    raise ChoiceError(
        f"measure={measure!r} is not an effect measure; networks take {LISTED}.{offered} "
        "docs/measures.md tells what each is."
    )


def _name(key: str) -> str:
    return "hazard ratio, contrasts only" if key == HAZARD_RATIO else MEASURES[key].name


def network_row(row: Measure, key: str = "") -> Measure:
    """Return the measure if arms of any number have contrasts of it that agree, or raise.

    ``key`` is what the measure is called where it has no row of its own.
    """
    if row.key in NETWORK_MEASURES:
        return row
    raise InputError(
        f"{key or row.key} is not one quantity of each arm, so that the contrasts of three arms "
        f"would contradict each other; choose one of {', '.join(NETWORK_MEASURES)}, or give "
        "contrasts: treat1, treat2, y and se"
    )


def check_variance(row: Measure, options: Mapping[str, Any]) -> None:
    """Raise if the variance that is asked for has no form for several arms."""
    if VARIANCE not in options:
        return
    standard = row.function is standardized_mean_difference
    names = tuple(CONTROL_VARIANCES) if standard else row.options[VARIANCE]
    look_up(
        dict.fromkeys(name for name in names if name not in row.across),
        options[VARIANCE],
        argument=VARIANCE,
        what=f"a variance of the {row.key} in studies of several arms",
    )


def contrasts_of(
    arms: Arms, row: Measure, options: Mapping[str, Any], correlation: Floats
) -> Found:
    """Return all contrasts of all studies, which have two arms or more.

    Parameters
    ----------
    arms : Arms
        The arms of k studies, every number known.
    row : Measure
        One of ``NETWORK_MEASURES``.
    options : mapping
        Its options; see ``metaan.network_effects``.
    correlation : ndarray, shape (k,)
        Between the arms of each study: 0 for other people.

    Returns
    -------
    Found
        With the studies that have no effect left out.
    """
    cells = _corrected(arms, row, options) if ADD in row.options else _untouched(arms)
    kept = ~np.isin(np.arange(len(arms.studies)), list(cells.reasons))
    pairs = pairs_of(arms)
    if row.function is standardized_mean_difference:
        y, v = _standardized(arms, pairs, options, correlation)
    else:
        y, v = _differences(arms, pairs, row, options, correlation, cells.numbers)
    lost = [
        LeftOut(study=arms.studies[s], rows=(), reason=why) for s, why in cells.reasons.items()
    ]
    bad = ~(np.isfinite(y) & np.isfinite(v) & (v > 0)) & kept[pairs.study]
    for s in np.unique(pairs.study[bad]).tolist():
        lost.append(LeftOut(study=arms.studies[s], rows=(), reason=_reason(s, pairs, row, y, v)))
        kept[s] = False
    chosen = kept[pairs.study]
    left = arms if kept.all() else arms.without(~kept)
    return Found(
        arms=left,
        pairs=pairs if kept.all() else pairs_of(left),
        y=y[chosen],
        v=v[chosen],
        kept=kept,
        lost=tuple(lost),
        remarks=cells.remarks,
        bare=cells.bare,
    )


def _reason(study: int, pairs: Pairs, row: Measure, y: Floats, v: Floats) -> str:
    mine = pairs.study == study
    if np.isfinite(y[mine]).all() and np.isfinite(v[mine]).all():
        return f"the variance of one of its {row.key} is 0: it would get all the weight"
    return f"{row.key} is not defined for its numbers"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cells:
    """Numbers after the zero-cell rule, and what it did."""

    numbers: Mapping[str, Floats]
    reasons: Mapping[int, str]
    remarks: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()


def _untouched(arms: Arms) -> _Cells:
    return _Cells(numbers=arms.numbers, reasons={})


def _corrected(arms: Arms, row: Measure, options: Mapping[str, Any]) -> _Cells:
    """Return the counts after the zero-cell rule, applied to all arms of a study alike.

    Arms of one study must not differ in what was added to them, or its contrasts contradict.
    """
    add, to = options.get(ADD, row.default(ADD)), options.get(TO, row.default(TO))
    people = row.inputs == EVENTS
    events = arms.numbers["events"]
    none = _all_arms(arms, events == 0)
    full = _all_arms(arms, events == arms.numbers["n"]) if people else np.zeros_like(none)
    drop = options.get(DROP, row.scale.is_log)
    reasons: dict[int, str] = {}
    if drop:
        for where, words in ((none, NONE), (full, ALL)):
            why = f"{words}, which says nothing about a ratio"
            reasons |= dict.fromkeys(np.flatnonzero(where).tolist(), why)
    zero = events == 0
    if people:
        zero = zero | (events == arms.numbers["n"])
    empty = np.bincount(arms.study, weights=zero, minlength=len(arms.studies)) > 0
    if drop:
        empty &= ~(none | full)
    touched = selected_by(empty, add=add, to=to)
    plus = (float(add) * touched)[arms.study]
    numbers = {**arms.numbers, "events": events + plus}
    if people:
        numbers["n"] = arms.numbers["n"] + 2 * plus
    remarks, bare = [], []
    if add and touched.any():
        what = "each cell" if people else "the events"
        who = "every study" if touched.sum() > empty.sum() else f"{some(arms.studies, touched)}"
        remarks.append(f"zero cells: {add:g} added to {what} of all arms of {who}")
    if row.scale.is_log and not drop:
        bare = [
            f"{words} of {some(arms.studies, where)}: next to no information about a ratio"
            for where, words in ((none, NONE), (full, ALL))
            if where.any()
        ]
    return _Cells(numbers=numbers, reasons=reasons, remarks=(*remarks, *bare), bare=tuple(bare))


def _all_arms(arms: Arms, true: Booleans) -> Booleans:
    """Return the studies of which it is true in all arms, shape (k,)."""
    found = np.bincount(arms.study, weights=true, minlength=len(arms.studies))
    return np.asarray(found == arms.sizes)


def _differences(
    arms: Arms,
    pairs: Pairs,
    row: Measure,
    options: Mapping[str, Any],
    correlation: Floats,
    numbers: Mapping[str, Floats],
) -> tuple[Floats, Floats]:
    """Return differences of one quantity of each arm, ``v_ij = s_i + s_j - 2 rho sqrt(s_i s_j)``.

    A pair of an arm and itself, taken as independent, has the variance ``2 s_i``.
    """
    given = {name: value for name, value in options.items() if name not in (ADD, TO, DROP)}
    if ADD in row.options:
        given |= {ADD: UNTOUCHED, DROP: False}
    of_v = numbers
    if row.inputs == MEANS and given.get(VARIANCE) == POOLED:
        given.pop(VARIANCE)
        of_v = {**numbers, "sd": np.sqrt(_pooled(arms)[0])[arms.study]}

    def each(values: Mapping[str, Floats], first: Integers, second: Integers) -> Any:
        sides = {"1": first, "2": second}
        chosen = {name: values[name[:-1]][sides[name[-1]]] for name in row.inputs}
        return row.function(**chosen, **given)

    y, v = each(numbers, pairs.first, pairs.second)
    if of_v is not numbers:
        v = each(of_v, pairs.first, pairs.second)[1]
    if correlation.any():
        every = np.arange(len(arms.study), dtype=np.int64)
        twice = each(of_v, every, every)[1]
        rho = correlation[pairs.study]
        v = v - rho * np.sqrt(twice[pairs.first] * twice[pairs.second])
    return y, v


def _pooled(arms: Arms) -> tuple[Floats, Floats]:
    """Return the variance pooled over all arms of each study and its degrees of freedom."""
    n, sd = arms.numbers["n"], arms.numbers["sd"]
    k = len(arms.studies)
    df = np.asarray(np.bincount(arms.study, weights=n - 1, minlength=k), dtype=np.float64)
    squares = np.bincount(arms.study, weights=(n - 1) * sd * sd, minlength=k)
    return squares / np.where(df > 0, df, np.nan), df


def _standardized(
    arms: Arms, pairs: Pairs, options: Mapping[str, Any], correlation: Floats
) -> tuple[Floats, Floats]:
    """Return ``g_ij = J(m) (mean_i - mean_j) / s`` with the s of all arms, m = N - a.

    ``v_ij = 1/n_i + 1/n_j + g_ij² / (2 N)`` (LS) makes the covariance of two contrasts that share
    arm l ``1/n_l + g_il g_jl / (2 N)``, as Gleser and Olkin have it. With the same people in all
    arms, ``2 rho / sqrt(n_i n_j)`` is taken off, and N and m are divided by
    ``1 + (a - 1) rho²``: the variances of arms that correlate by rho correlate by rho².
    """
    spread: Callable[..., Floats] = CONTROL_VARIANCES[options.get(VARIANCE, DEFAULT_VARIANCE)]
    n, mean = arms.numbers["n"], arms.numbers["mean"]
    variance, df = _pooled(arms)
    shrink = 1 + (arms.sizes - 1) * correlation**2
    df = (df / shrink)[pairs.study]
    size = np.bincount(arms.study, weights=n, minlength=len(arms.studies)) / shrink
    n1, n2 = n[pairs.first], n[pairs.second]
    with np.errstate(divide="ignore", invalid="ignore"):
        j = small_sample_factor(options.get(CORRECTION, DEFAULT_CORRECTION), df)
        sd = np.sqrt(variance)[pairs.study]
        g = j * (mean[pairs.first] - mean[pairs.second]) / sd
        own = 1 / n1 + 1 / n2 - 2 * correlation[pairs.study] / np.sqrt(n1 * n2)
        # the formulas know the sizes of the two arms by 1/n1 + 1/n2 alone
        return np.asarray(g), spread(g, 2 / own, 2 / own, size[pairs.study], df, j)
