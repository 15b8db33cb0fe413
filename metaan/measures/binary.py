"""Effects from events and numbers of participants in two groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Real
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.errors import InputError
from metaan.core.lookup import look_up

Pair = tuple[Floats, Floats]
Cells = tuple[Floats, Floats, Floats, Floats]

DEFAULT_ADD = 0.5


def _only_zero(zero: Booleans) -> Booleans:
    return zero


def _every(zero: Booleans) -> Booleans:
    return np.ones_like(zero)


def _every_if_any(zero: Booleans) -> Booleans:
    return np.broadcast_to(zero.any(axis=-1, keepdims=True), zero.shape)


def _nowhere(zero: Booleans) -> Booleans:
    return np.zeros_like(zero)


ZERO_RULES: Mapping[str, Callable[[Booleans], Booleans]] = MappingProxyType(
    {"only0": _only_zero, "all": _every, "if0all": _every_if_any, "none": _nowhere}
)
DEFAULT_RULE = next(iter(ZERO_RULES))


def cells(
    events1: Floats,
    n1: Floats,
    events2: Floats,
    n2: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
) -> Cells:
    """Return the four cells of each table after the zero-cell rule.

    Parameters
    ----------
    events1, n1, events2, n2 : ndarray, shape (..., k)
        Events and participants.
    add : float
        Added to each of the four cells of a table that the rule selects.
    to : {"only0", "all", "if0all", "none"}
        Tables with a zero cell; all; all if any has one; none. Row of ``ZERO_RULES``.

    Returns
    -------
    a, b, c, d : ndarray, shape (..., k)
        Events and non-events of the treatment, then of the control.
    """
    rule = look_up(ZERO_RULES, to, argument="to", what="a zero-cell rule")
    if not isinstance(add, Real) or not 0 <= float(add) < np.inf:
        raise InputError(f"add={add!r} must be a number of at least 0, e.g. {DEFAULT_ADD}")
    table = (events1, n1 - events1, events2, n2 - events2)
    zero = np.any(np.stack([cell == 0 for cell in table]), axis=0)
    plus = add * rule(zero)
    a, b, c, d = (cell + plus for cell in table)
    return a, b, c, d


def risk_ratio(
    events1: Floats,
    n1: Floats,
    events2: Floats,
    n2: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
) -> Pair:
    """Return the log risk ratio and ``1/a - 1/n1 + 1/c - 1/n2``, shape (..., k).

    See ``cells`` for the parameters; NaN where an uncorrected zero leaves it undefined.

    References
    ----------
    .. [1] Katz D, Baptista J, Azen SP, Pike MC (1978). Biometrics 34:469. doi:10.2307/2530610
    """
    a, b, c, d = cells(events1, n1, events2, n2, add=add, to=to)
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(a / (a + b)) - np.log(c / (c + d))
        v = 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)
    return _defined(y, v)


def odds_ratio(
    events1: Floats,
    n1: Floats,
    events2: Floats,
    n2: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
) -> Pair:
    """Return the log odds ratio and ``1/a + 1/b + 1/c + 1/d``, shape (..., k).

    See ``cells`` for the parameters; NaN where an uncorrected zero leaves it undefined.

    References
    ----------
    .. [1] Woolf B (1955). Ann Hum Genet 19:251. doi:10.1111/j.1469-1809.1955.tb01348.x
    """
    a, b, c, d = cells(events1, n1, events2, n2, add=add, to=to)
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(a) - np.log(b) - np.log(c) + np.log(d)
        v = 1 / a + 1 / b + 1 / c + 1 / d
    return _defined(y, v)


def risk_difference(
    events1: Floats,
    n1: Floats,
    events2: Floats,
    n2: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
) -> Pair:
    """Return the risk difference and ``p1 (1 - p1) / n1 + p2 (1 - p2) / n2``, shape (..., k).

    See ``cells`` for the parameters; the zero-cell rule keeps the variance from being 0.

    References
    ----------
    .. [1] Fleiss JL, Levin B, Paik MC (2003). Statistical Methods for Rates and Proportions,
       3rd ed. doi:10.1002/0471445428
    """
    a, b, c, d = cells(events1, n1, events2, n2, add=add, to=to)
    p1, p2 = a / (a + b), c / (c + d)
    return p1 - p2, p1 * (1 - p1) / (a + b) + p2 * (1 - p2) / (c + d)


def _defined(y: Floats, v: Floats) -> Pair:
    good = np.isfinite(y) & np.isfinite(v)
    return np.where(good, y, np.nan), np.where(good, v, np.nan)
