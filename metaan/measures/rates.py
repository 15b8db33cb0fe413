"""Events per person-time, in one group and in two."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.counts import RATE_DIFFERENCE, RATE_RATIO, ROOT_RATE_DIFFERENCE
from metaan.core.scale import DOUBLE_ROOT, IDENTITY, LOG, NO_NULL, ROOT, double_root_at
from metaan.measures.defined import defined
from metaan.measures.row import ONE_RATE, RATES, Measure, Pair, Swap, at
from metaan.measures.zero_rules import (
    DEFAULT_ADD,
    DEFAULT_RULE,
    RULE_OPTIONS,
    UNTOUCHED,
    ZERO_OPTIONS,
    addition,
)


def _possible(events: Floats, time: Floats) -> tuple[Floats, Floats]:
    """Return events and time, both NaN unless events >= 0 and time > 0."""
    good = (events >= 0) & (time > 0)
    return np.where(good, events, np.nan), np.where(good, time, np.nan)


def _counted(events: Floats, time: Floats, *, add: float, to: str) -> tuple[Floats, Floats]:
    x, t = _possible(events, time)
    return x + addition(x == 0, add=add, to=to), t


def _counted_twice(
    events1: Floats,
    time1: Floats,
    events2: Floats,
    time2: Floats,
    *,
    add: float,
    to: str,
    drop_double_zero: bool,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return both groups; a zero in either counts, and the addition goes to both."""
    x1, t1 = _possible(events1, time1)
    x2, t2 = _possible(events2, time2)
    missing = np.isnan(x1 + x2)
    if drop_double_zero:
        missing = missing | ((x1 == 0) & (x2 == 0))
    plus = addition(~missing & ((x1 == 0) | (x2 == 0)), add=add, to=to)
    plus = np.where(missing, np.nan, plus)
    return x1 + plus, t1, x2 + plus, t2


def rate_ratio(
    events1: Floats,
    time1: Floats,
    events2: Floats,
    time2: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
    drop_double_zero: bool = False,
) -> Pair:
    """Return the log rate ratio and ``1 / events1 + 1 / events2``, shape (..., k).

    Parameters
    ----------
    events1, time1, events2, time2 : ndarray, shape (..., k)
        Events and person-time; NaN comes back unless events >= 0 and time > 0.
    add : float
        Added to the events of both groups where the rule says so; the time stays.
    to : {"only0", "all", "if0all", "none"}
        Studies without events in a group; all; all if there is such a study; none.
    drop_double_zero : bool
        True makes studies without events in both groups NaN; they then are no zeros.

    Returns
    -------
    y, v : ndarray
        NaN where an uncorrected zero leaves them undefined.

    References
    ----------
    .. [1] Bagos PG, Nikolopoulos GK (2009). Int J Biostat 5(1):21. doi:10.2202/1557-4679.1168
    """
    x1, t1, x2, t2 = _counted_twice(
        events1, time1, events2, time2, add=add, to=to, drop_double_zero=drop_double_zero
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return defined(np.log(x1 / t1) - np.log(x2 / t2), 1 / x1 + 1 / x2)


def rate_difference(
    events1: Floats,
    time1: Floats,
    events2: Floats,
    time2: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
    drop_double_zero: bool = False,
) -> Pair:
    """Return the rate difference and ``events1 / time1² + events2 / time2²``, shape (..., k).

    See ``rate_ratio`` for the parameters.

    References
    ----------
    .. [1] Bagos PG, Nikolopoulos GK (2009). Int J Biostat 5(1):21. doi:10.2202/1557-4679.1168
    """
    x1, t1, x2, t2 = _counted_twice(
        events1, time1, events2, time2, add=add, to=to, drop_double_zero=drop_double_zero
    )
    return defined(x1 / t1 - x2 / t2, x1 / t1**2 + x2 / t2**2)


def root_rate_difference(
    events1: Floats,
    time1: Floats,
    events2: Floats,
    time2: Floats,
    *,
    add: float = UNTOUCHED,
    to: str = DEFAULT_RULE,
    drop_double_zero: bool = False,
) -> Pair:
    """Return the difference of the roots of two rates and ``1/(4 time1) + 1/(4 time2)``.

    Shape (..., k); see ``rate_ratio`` for the parameters. Defined without events, so that by
    default nothing is added. It has no reading scale: the roots of which rates it separates
    cannot be told from the difference.

    References
    ----------
    .. [1] Anscombe FJ (1948). Biometrika 35:246. doi:10.1093/biomet/35.3-4.246
    """
    x1, t1, x2, t2 = _counted_twice(
        events1, time1, events2, time2, add=add, to=to, drop_double_zero=drop_double_zero
    )
    return defined(np.sqrt(x1 / t1) - np.sqrt(x2 / t2), 1 / (4 * t1) + 1 / (4 * t2))


def rate(
    events: Floats, time: Floats, *, add: float = DEFAULT_ADD, to: str = DEFAULT_RULE
) -> Pair:
    """Return events per person-time and ``events / time²``, shape (..., k).

    Parameters
    ----------
    events, time : ndarray, shape (..., k)
        Events and person-time (or expected events: a standardized incidence ratio); NaN comes
        back unless events >= 0 and time > 0.
    add, to : float, str
        Added to the events of a study without any, or as the rule says; the time stays.

    References
    ----------
    .. [1] Rothman KJ, Greenland S, Lash TL (2008). Modern Epidemiology, 3rd ed.
       ISBN 9780781755641.
    .. [2] Bagos PG, Nikolopoulos GK (2009). Int J Biostat 5(1):21. doi:10.2202/1557-4679.1168
    """
    x, t = _counted(events, time, add=add, to=to)
    return defined(x / t, x / t**2)


def log_rate(
    events: Floats, time: Floats, *, add: float = DEFAULT_ADD, to: str = DEFAULT_RULE
) -> Pair:
    """Return the logarithm of the rate and ``1 / events``, shape (..., k).

    See ``rate`` for the parameters.

    References
    ----------
    .. [1] Bagos PG, Nikolopoulos GK (2009). Int J Biostat 5(1):21. doi:10.2202/1557-4679.1168
    """
    x, t = _counted(events, time, add=add, to=to)
    with np.errstate(divide="ignore"):
        return defined(np.log(x / t), 1 / x)


def root_rate(
    events: Floats, time: Floats, *, add: float = UNTOUCHED, to: str = DEFAULT_RULE
) -> Pair:
    """Return the root of the rate and ``1 / (4 time)``, shape (..., k).

    See ``rate`` for the parameters; defined without events, so that by default nothing is added.

    References
    ----------
    .. [1] Anscombe FJ (1948). Biometrika 35:246. doi:10.1093/biomet/35.3-4.246
    """
    x, t = _counted(events, time, add=add, to=to)
    return defined(np.sqrt(x / t), 1 / (4 * t))


def double_root_rate(events: Floats, time: Floats) -> Pair:
    """Return ``[sqrt(x / t) + sqrt((x + 1) / t)] / 2`` and ``1 / (4 t)``, any shape.

    Freeman and Tukey's transformation of x events in person-time t, half of what they print, as
    metafor has it. It is read at a person-time (``DOUBLE_ROOT.at``); nothing can be added to the
    events, or it would not read as the rate that a study printed.

    References
    ----------
    .. [1] Freeman MF, Tukey JW (1950). Ann Math Stat 21:607. doi:10.1214/aoms/1177729756
    """
    x, t = _possible(events, time)
    return defined(double_root_at(t).transform(x / t), 1 / (4 * t))


_TWO = at(RATES, 46.0, 820.0, 71.0, 790.0)
_ONE = at(ONE_RATE, 46.0, 820.0)
_POISSON = "10.2202/1557-4679.1168"
_ROOT = "10.1093/biomet/35.3-4.246"

ROWS: tuple[Measure, ...] = (
    Measure(
        key=RATE_RATIO,
        name="Rate ratio",
        inputs=RATES,
        function=rate_ratio,
        options=ZERO_OPTIONS,
        scale=LOG,
        swap=Swap.SIGN,
        design_point=_TWO,
        doi=_POISSON,
    ),
    Measure(
        key=RATE_DIFFERENCE,
        name="Rate difference",
        inputs=RATES,
        function=rate_difference,
        options=ZERO_OPTIONS,
        scale=IDENTITY,
        swap=Swap.SIGN,
        zero_variance=True,
        design_point=_TWO,
        doi=_POISSON,
    ),
    Measure(
        key=ROOT_RATE_DIFFERENCE,
        name="Difference of root rates",
        inputs=RATES,
        function=root_rate_difference,
        options=ZERO_OPTIONS,
        scale=IDENTITY,
        swap=Swap.SIGN,
        design_point=_TWO,
        doi=_ROOT,
    ),
    Measure(
        key="IR",
        name="Rate",
        inputs=ONE_RATE,
        function=rate,
        options=RULE_OPTIONS,
        scale=IDENTITY.with_null(NO_NULL),
        swap=Swap.NONE,
        zero_variance=True,
        design_point=_ONE,
        doi=_POISSON,
    ),
    Measure(
        key="IRLN",
        name="Rate",
        inputs=ONE_RATE,
        function=log_rate,
        options=RULE_OPTIONS,
        scale=LOG.with_null(NO_NULL),
        swap=Swap.NONE,
        design_point=_ONE,
        doi=_POISSON,
    ),
    Measure(
        key="IRS",
        name="Rate",
        inputs=ONE_RATE,
        function=root_rate,
        options=RULE_OPTIONS,
        scale=ROOT,
        swap=Swap.NONE,
        design_point=_ONE,
        doi=_ROOT,
    ),
    Measure(
        key="IRFT",
        name="Rate",
        inputs=ONE_RATE,
        function=double_root_rate,
        scale=DOUBLE_ROOT,
        swap=Swap.NONE,
        design_point=_ONE,
        doi="10.1214/aoms/1177729756",
    ),
)
