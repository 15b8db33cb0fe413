"""Effects from events and numbers of participants in two groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.counts import PETO_ODDS_RATIO
from metaan.core.lookup import look_up
from metaan.core.scale import IDENTITY, LOG, Scale
from metaan.measures.row import AVERAGE, EVENTS, Measure, Pair, Route, Swap, at
from metaan.measures.zero_rules import (
    DEFAULT_ADD,
    DEFAULT_RULE,
    UNTOUCHED,
    ZERO_OPTIONS,
    selected_by,
)

Cells = tuple[Floats, Floats, Floats, Floats]
CellFormula = Callable[[Floats, Floats, Floats, Floats], Pair]

BLOCK = 16_384  # tables at a time: what a formula juggles then stays in the processor's cache


def double_zero(events1: Floats, n1: Floats, events2: Floats, n2: Floats) -> Booleans:
    """Return where both groups are without events, or both without non-events, shape (..., k).

    Such a study says next to nothing about a ratio: whatever is added to its cells decides.
    """
    nobody = (events1 == 0) & (events2 == 0)
    return np.asarray(nobody | ((events1 == n1) & (events2 == n2)))


def cells(
    events1: Floats,
    n1: Floats,
    events2: Floats,
    n2: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
    drop_double_zero: bool = False,
) -> Cells:
    """Return the four cells of each table after the zero-cell rule.

    Parameters
    ----------
    events1, n1, events2, n2 : ndarray, shape (..., k)
        Events and participants.
    add : float
        Added to each of the four cells of a table that the rule selects.
    to : {"only0", "all", "if0all", "none"}
        Tables with a zero cell; all; all of an analysis (the last axis) in which any has one;
        none. Row of ``ZERO_RULES``.
    drop_double_zero : bool
        True makes the cells of the tables of `double_zero` NaN; they then do not count as zeros
        of the analysis.

    Returns
    -------
    a, b, c, d : ndarray, shape (..., k)
        Events and non-events of the treatment, then of the control. NaN where a group has no
        participants or more events than participants.
    """
    table = (events1, n1, events2, n2)
    raw, missing = _raw(table, drop_double_zero=drop_double_zero)
    selected = select(raw, missing, add=add, to=to)
    plus = np.where(missing, np.nan, float(add) * selected)
    a, b, c, d = (cell + plus for cell in raw)
    return a, b, c, d


def select(raw: Cells, missing: Booleans, *, add: float, to: str) -> Booleans:
    """Return which tables the zero-cell rule selects, shape (..., k), or raise on its words."""
    a, b, c, d = raw
    zero = np.asarray(((a == 0) | (b == 0) | (c == 0) | (d == 0)) & ~missing)
    return selected_by(zero, add=add, to=to)


def from_cells(
    formula: CellFormula, raw: Cells, missing: Booleans, *, add: float, to: str
) -> Pair:
    """Return a formula's y and v of four cells after the zero-cell rule, shape (..., k).

    Parameters
    ----------
    formula : callable
        Cells to (y, v), each table for itself.
    raw : tuple of four ndarray, shape (..., k)
        Cells as counted.
    missing : ndarray of bool, shape (..., k)
        Tables that have no effect.
    add, to : float, str
        See `cells`.

    Returns
    -------
    y, v : ndarray, shape (..., k)
        NaN, both, where either is not finite.
    """
    selected = select(raw, missing, add=add, to=to)
    addend = float(add)  # NaN has no place in whole numbers
    y, v = np.empty(missing.shape), np.empty(missing.shape)
    flat_y, flat_v = y.reshape(-1), v.reshape(-1)  # views: fresh arrays are contiguous
    tables = [np.broadcast_to(cell, missing.shape).reshape(-1) for cell in raw]
    chosen, gone = selected.reshape(-1), missing.reshape(-1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for start in range(0, y.size, BLOCK):
            here = slice(start, start + BLOCK)
            plus = addend * chosen[here]
            plus[gone[here]] = np.nan
            a, b, c, d = (cell[here] + plus for cell in tables)
            one, other = formula(a, b, c, d)
            bad = ~(np.isfinite(one) & np.isfinite(other))
            if bad.any():
                one, other = np.where(bad, np.nan, one), np.where(bad, np.nan, other)
            flat_y[here], flat_v[here] = one, other
    return y, v


def from_events(
    formula: CellFormula, table: Cells, *, add: float, to: str, drop_double_zero: bool
) -> Pair:
    """Return `from_cells` of events1, n1, events2, n2; see `cells` for the parameters."""
    raw, missing = _raw(table, drop_double_zero=drop_double_zero)
    return from_cells(formula, raw, missing, add=add, to=to)


def _raw(table: Cells, *, drop_double_zero: bool) -> tuple[Cells, Booleans]:
    """Return the cells as counted, and which tables are none (or are to be dropped)."""
    events1, n1, events2, n2 = table
    b, d = n1 - events1, n2 - events2
    counted = (events1 >= 0) & (b >= 0) & (events2 >= 0) & (d >= 0) & (n1 > 0) & (n2 > 0)
    missing = np.asarray(~counted)
    if drop_double_zero:
        missing |= double_zero(*table)
    return (events1, b, events2, d), missing


def _log_risk_ratio(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    n1, n2 = a + b, c + d
    return np.log(a * n2 / (c * n1)), b / (a * n1) + d / (c * n2)


def _log_odds_ratio(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    ab, cd = a * b, c * d
    return np.log(a * d / (b * c)), (a + b) / ab + (c + d) / cd


def _arcsine_difference(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    n1, n2 = a + b, c + d
    return np.arcsin(np.sqrt(a / n1)) - np.arcsin(np.sqrt(c / n2)), 0.25 / n1 + 0.25 / n2


def _peto_log_odds_ratio(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    n1, n2, events, others = a + b, c + d, a + c, b + d
    n = n1 + n2
    # a - E is (a d - b c) / n, which does not cancel twice
    v = n * n * (n - 1) / (n1 * n2 * events * others)
    return (a * d - b * c) / n * v, v


def risk_ratio(
    events1: Floats,
    n1: Floats,
    events2: Floats,
    n2: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
    drop_double_zero: bool = False,
) -> Pair:
    """Return the log risk ratio and ``1/a - 1/n1 + 1/c - 1/n2``, shape (..., k).

    See `cells` for the parameters; NaN where an uncorrected zero leaves it undefined.

    References
    ----------
    .. [1] Katz D, Baptista J, Azen SP, Pike MC (1978). Biometrics 34:469. doi:10.2307/2530610
    """
    table = (events1, n1, events2, n2)
    return from_events(_log_risk_ratio, table, add=add, to=to, drop_double_zero=drop_double_zero)


def odds_ratio(
    events1: Floats,
    n1: Floats,
    events2: Floats,
    n2: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
    drop_double_zero: bool = False,
) -> Pair:
    """Return the log odds ratio and ``1/a + 1/b + 1/c + 1/d``, shape (..., k).

    See `cells` for the parameters; NaN where an uncorrected zero leaves it undefined.

    References
    ----------
    .. [1] Woolf B (1955). Ann Hum Genet 19:251. doi:10.1111/j.1469-1809.1955.tb01348.x
    """
    table = (events1, n1, events2, n2)
    return from_events(_log_odds_ratio, table, add=add, to=to, drop_double_zero=drop_double_zero)


def peto_odds_ratio(
    events1: Floats,
    n1: Floats,
    events2: Floats,
    n2: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
    drop_double_zero: bool = False,
) -> Pair:
    """Return Peto's log odds ratio ``(a - E) / V`` and ``1 / V``, shape (..., k).

    E and V are the hypergeometric mean and variance of the treatment's events, given the
    margins, without an effect: both formulas hold near an odds ratio of 1 (and equal groups)
    only. See `cells` for the parameters.

    Notes
    -----
    One zero cell leaves it defined, and Yusuf et al. add nothing; the zero-cell rule acts all the
    same unless ``to="none"``, as in metafor. Without any event (uncorrected) it is NaN.

    References
    ----------
    .. [1] Yusuf S, Peto R, Lewis J, Collins R, Sleight P (1985). Prog Cardiovasc Dis 27:335.
       doi:10.1016/s0033-0620(85)80003-7
    """
    table = (events1, n1, events2, n2)
    return from_events(
        _peto_log_odds_ratio, table, add=add, to=to, drop_double_zero=drop_double_zero
    )


def arcsine_difference(
    events1: Floats,
    n1: Floats,
    events2: Floats,
    n2: Floats,
    *,
    add: float = UNTOUCHED,
    to: str = DEFAULT_RULE,
    drop_double_zero: bool = False,
) -> Pair:
    """Return ``asin(sqrt(p1)) - asin(sqrt(p2))`` and ``1/(4 n1) + 1/(4 n2)``, shape (..., k).

    Half of Cohen's h. It needs no correction of zeros, so ``add`` is 0 unless given; see `cells`
    for the parameters.

    References
    ----------
    .. [1] Rücker G, Schwarzer G, Carpenter J, Olkin I (2009). Stat Med 28:721.
       doi:10.1002/sim.3511
    """
    table = (events1, n1, events2, n2)
    return from_events(
        _arcsine_difference, table, add=add, to=to, drop_double_zero=drop_double_zero
    )


def large_sample(p: Floats, n: Floats) -> Floats:
    """Return ``p (1 - p) / n`` of each group, which are added (metafor's LS)."""
    return p * (1 - p) / n


def unbiased(p: Floats, n: Floats) -> Floats:
    """Return ``p (1 - p) / (n - 1)``, unbiased for the variance of p (metafor's UB)."""
    return p * (1 - p) / np.where(n > 1, n - 1, np.nan)


def average_risk(p: Floats, n: Floats) -> Floats:
    """Return ``m (1 - m) / n``, m the risk of all studies (last axis) together (AV)."""
    missing = np.isnan(p)
    people = np.where(missing, 0.0, n)
    events = np.where(missing, 0.0, p * n).sum(axis=-1, keepdims=True)
    m = events / np.where(missing, np.nan, people.sum(axis=-1, keepdims=True))
    return np.asarray(m * (1 - m) / n)


RISK_VARIANCES: Mapping[str, Callable[[Floats, Floats], Floats]] = MappingProxyType(
    {"LS": large_sample, "UB": unbiased, AVERAGE: average_risk}
)
DEFAULT_VARIANCE = next(iter(RISK_VARIANCES))


def risk_difference(
    events1: Floats,
    n1: Floats,
    events2: Floats,
    n2: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
    drop_double_zero: bool = False,
    variance: str = DEFAULT_VARIANCE,
) -> Pair:
    """Return the risk difference and ``p1 (1 - p1) / n1 + p2 (1 - p2) / n2``, shape (..., k).

    Parameters
    ----------
    events1, n1, events2, n2, add, to, drop_double_zero
        See `cells`; the zero-cell rule keeps the variance from being 0.
    variance : {"LS", "UB", "AV"}
        The formula above; n - 1 instead of n; the risks of all studies of the last axis together
        instead of the study's own, which frees the weights from its chance. Row of
        ``RISK_VARIANCES``.

    Returns
    -------
    y, v : ndarray, shape (..., k)
        NaN where a group is empty; UB also where it has one participant.

    References
    ----------
    .. [1] Fleiss JL, Levin B, Paik MC (2003). Statistical Methods for Rates and Proportions,
       3rd ed. doi:10.1002/0471445428
    """
    spread = look_up(
        RISK_VARIANCES, variance, argument="variance", what="a variance of the risk difference"
    )
    a, b, c, d = cells(events1, n1, events2, n2, add=add, to=to, drop_double_zero=drop_double_zero)
    size1, size2 = a + b, c + d
    p1, p2 = a / size1, c / size2
    v = spread(p1, size1) + spread(p2, size2)
    return np.where(np.isnan(v), np.nan, p1 - p2), v


def _from_cells(a: Floats, b: Floats, c: Floats, d: Floats) -> Cells:
    return a, a + b, c, c + d


FOUR_CELLS = Route(
    inputs=("events1", "nonevents1", "events2", "nonevents2"),
    convert=_from_cells,
    says="from the four cells",
)


def events_row(
    key: str, name: str, function: Callable[..., Pair], scale: Scale, doi: str
) -> Measure:
    """Return the row of an effect of two groups with events that changes its sign with them."""
    return Measure(
        key=key,
        name=name,
        inputs=EVENTS,
        function=function,
        options=ZERO_OPTIONS,
        scale=scale,
        swap=Swap.SIGN,
        design_point=at(EVENTS, 52.0, 120.0, 31.0, 110.0),
        doi=doi,
        routes=(FOUR_CELLS,),
    )


_RATIO = events_row("RR", "Risk ratio", risk_ratio, LOG, "10.2307/2530610")
_DIFFERENCE = events_row("RD", "Risk difference", risk_difference, IDENTITY, "10.1002/0471445428")

# Uncorrected (to="none"), v is 0 where everybody had the event, and for RD also where nobody had.
ROWS = (
    replace(_RATIO, zero_variance=True),
    events_row("OR", "Odds ratio", odds_ratio, LOG, "10.1111/j.1469-1809.1955.tb01348.x"),
    replace(
        _DIFFERENCE,
        options={**ZERO_OPTIONS, "variance": tuple(RISK_VARIANCES)},
        across=(AVERAGE,),
        zero_variance=True,
    ),
    events_row("AS", "Arcsine difference", arcsine_difference, IDENTITY, "10.1002/sim.3511"),
    events_row(
        PETO_ODDS_RATIO,
        "Odds ratio (Peto)",
        peto_odds_ratio,
        LOG,
        "10.1016/s0033-0620(85)80003-7",
    ),
)
