"""Proportions of one group."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.lookup import look_up
from metaan.core.scale import (
    ARCSINE,
    DOUBLE_ARCSINE,
    IDENTITY,
    LOG,
    LOGIT,
    NO_NULL,
    PROBIT,
    double_arcsine_at,
)
from metaan.measures.defined import defined
from metaan.measures.row import AVERAGE, ONE_EVENTS, Measure, Pair, Swap, at
from metaan.measures.zero_rules import DEFAULT_ADD, DEFAULT_RULE, RULE_OPTIONS, UNTOUCHED, addition
from metaan.numerics.normal import normal_density, quantile_of_parts


def counts(events: Floats, n: Floats, *, add: float, to: str) -> tuple[Floats, Floats]:
    """Return events and participants after the zero rule, NaN where they are impossible.

    Parameters
    ----------
    events, n : ndarray, shape (..., k)
        Events and participants.
    add, to : float, str
        See ``addition``; it goes to the events and to the non-events of a study in which one
        of the two is 0.
    """
    possible = (n > 0) & (events >= 0) & (events <= n)
    plus = addition(possible & ((events == 0) | (events == n)), add=add, to=to)
    return np.where(possible, events + plus, np.nan), np.where(possible, n + 2 * plus, np.nan)


def binomial(events: Floats, n: Floats) -> Floats:
    """Return ``p (1 - p) / n``: the maximum of the likelihood (LS)."""
    return events * (n - events) / n**3


def unbiased(events: Floats, n: Floats) -> Floats:
    """Return ``p (1 - p) / (n - 1)``: unbiased (UB)."""
    return events * (n - events) / (n * n * (n - 1))


def of_logarithm(events: Floats, n: Floats) -> Floats:
    """Return ``1 / events - 1 / n``: of the logarithm, by the delta method (LS)."""
    return (n - events) / (events * n)


def of_logit(events: Floats, n: Floats) -> Floats:
    """Return ``1 / events + 1 / (n - events)``: of the logit, by the delta method (LS)."""
    return n / (events * (n - events))


def average_risk(events: Floats, n: Floats) -> Floats:
    """Return the events expected were the risk the same in all studies of the last axis.

    That risk is the sum of the events over the sum of n, of the studies that have both.
    """
    known = ~(np.isnan(events) | np.isnan(n))
    happened = np.sum(np.where(known, events, 0.0), axis=-1, keepdims=True)
    people = np.sum(np.where(known, n, 0.0), axis=-1, keepdims=True)
    expected: Floats = n * (happened / np.where(people > 0, people, np.nan))
    return expected


def binomial_of_average(events: Floats, n: Floats) -> Floats:
    """Return LS at the average risk (AV), so that v does not hang on its own y."""
    return binomial(average_risk(events, n), n)


def of_logarithm_of_average(events: Floats, n: Floats) -> Floats:
    """Return LS at the average risk (AV)."""
    return of_logarithm(average_risk(events, n), n)


def of_logit_of_average(events: Floats, n: Floats) -> Floats:
    """Return LS at the average risk (AV)."""
    return of_logit(average_risk(events, n), n)


Variances = Mapping[str, Callable[[Floats, Floats], Floats]]

VARIANCES: Variances = MappingProxyType(
    {"LS": binomial, "UB": unbiased, AVERAGE: binomial_of_average}
)
LOG_VARIANCES: Variances = MappingProxyType({"LS": of_logarithm, AVERAGE: of_logarithm_of_average})
LOGIT_VARIANCES: Variances = MappingProxyType({"LS": of_logit, AVERAGE: of_logit_of_average})
DEFAULT_VARIANCE = next(iter(VARIANCES))


def proportion(
    events: Floats,
    n: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
    variance: str = DEFAULT_VARIANCE,
) -> Pair:
    """Return the proportion ``p = events / n`` and its variance, shape (..., k).

    Parameters
    ----------
    events, n : ndarray, shape (..., k)
        Events and participants; NaN comes back unless 0 <= events <= n and n > 0.
    add, to : float, str
        See ``counts``. Without an addition, no events (or only events) have variance 0.
    variance : {"LS", "UB", "AV"}
        Row of ``VARIANCES``; AV averages over the last axis.

    Returns
    -------
    y, v : ndarray
        Proportion and variance.

    References
    ----------
    .. [1] Fleiss JL, Levin B, Paik MC (2003). Statistical Methods for Rates and Proportions,
       3rd ed. doi:10.1002/0471445428
    """
    spread = look_up(VARIANCES, variance, argument="variance", what="a variance of a proportion")
    x, total = counts(events, n, add=add, to=to)
    with np.errstate(divide="ignore", invalid="ignore"):
        return defined(x / total, spread(x, total))


def log_proportion(
    events: Floats,
    n: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
    variance: str = DEFAULT_VARIANCE,
) -> Pair:
    """Return ``log(events / n)`` and by default ``1 / events - 1 / n``, shape (..., k).

    See ``proportion`` for the parameters; ``variance`` is a row of ``LOG_VARIANCES``.

    References
    ----------
    .. [1] Katz D, Baptista J, Azen SP, Pike MC (1978). Biometrics 34:469. doi:10.2307/2530610
    """
    spread = look_up(
        LOG_VARIANCES, variance, argument="variance", what="a variance of a log proportion"
    )
    x, total = counts(events, n, add=add, to=to)
    with np.errstate(divide="ignore", invalid="ignore"):
        return defined(np.log(x / total), spread(x, total))


def log_odds(
    events: Floats,
    n: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
    variance: str = DEFAULT_VARIANCE,
) -> Pair:
    """Return ``log(events / (n - events))``, the logit, and its variance, shape (..., k).

    See ``proportion`` for the parameters; ``variance`` is a row of ``LOGIT_VARIANCES``, by
    default ``1 / events + 1 / (n - events)``.

    References
    ----------
    .. [1] Gart JJ, Zweifel JR (1967). Biometrika 54:181. doi:10.1093/biomet/54.1-2.181
    """
    spread = look_up(
        LOGIT_VARIANCES, variance, argument="variance", what="a variance of a log odds"
    )
    x, total = counts(events, n, add=add, to=to)
    with np.errstate(divide="ignore", invalid="ignore"):
        return defined(np.log(x) - np.log(total - x), spread(x, total))


def probit_proportion(
    events: Floats, n: Floats, *, add: float = DEFAULT_ADD, to: str = DEFAULT_RULE
) -> Pair:
    """Return the normal quantile z of p and ``p (1 - p) / (n phi(z)²)``, shape (..., k).

    See ``proportion`` for the parameters; phi is the standard normal density.

    References
    ----------
    .. [1] Sánchez-Meca J, Marín-Martínez F, Chacón-Moscoso S (2003). Psychol Methods 8:448.
       doi:10.1037/1082-989X.8.4.448
    """
    x, total = counts(events, n, add=add, to=to)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        z = quantile_of_parts(x, total - x)
        return defined(z, binomial(x, total) / normal_density(z) ** 2)


def arcsine_proportion(
    events: Floats, n: Floats, *, add: float = UNTOUCHED, to: str = DEFAULT_RULE
) -> Pair:
    """Return ``arcsin(sqrt(events / n))`` and ``1 / (4 n)``, shape (..., k).

    See ``proportion`` for the parameters; defined at 0 and at n events, so that by default
    nothing is added.

    References
    ----------
    .. [1] Anscombe FJ (1948). Biometrika 35:246. doi:10.1093/biomet/35.3-4.246
    """
    x, total = counts(events, n, add=add, to=to)
    return defined(ARCSINE.transform(x / total), 1 / (4 * total))


def double_arcsine(events: Floats, n: Floats) -> Pair:
    """Return Freeman and Tukey's double arcsine and ``1 / (4 n + 2)``, any shape.

    ``y = [arcsin sqrt(x / (n + 1)) + arcsin sqrt((x + 1) / (n + 1))] / 2`` for x events, half of
    what Freeman and Tukey print, as metafor has it. Defined at 0 and at n events; nothing can be
    added, or it would not read as the proportion that a study printed.

    Notes
    -----
    It is read by Miller's inverse at a number of participants: each study at its own, a pool at
    the harmonic mean (``DOUBLE_ARCSINE.at``). One proportion thus has as many values of y as
    there are sizes, and a pool of studies of very different sizes can read outside all of them
    [2]_; the logit does not.

    References
    ----------
    .. [1] Freeman MF, Tukey JW (1950). Ann Math Stat 21:607. doi:10.1214/aoms/1177729756
    .. [2] Schwarzer G, Chemaitelly H, Abu-Raddad LJ, Rücker G (2019). Res Synth Methods 10:476.
       doi:10.1002/jrsm.1348
    """
    x, total = counts(events, n, add=UNTOUCHED, to=DEFAULT_RULE)
    return defined(double_arcsine_at(total).transform(x / total), 1 / (4 * total + 2))


_POINT = at(ONE_EVENTS, 38.0, 110.0)

ROWS: tuple[Measure, ...] = (
    Measure(
        key="PR",
        name="Proportion",
        inputs=ONE_EVENTS,
        function=proportion,
        options={**RULE_OPTIONS, "variance": tuple(VARIANCES)},
        scale=IDENTITY.with_null(NO_NULL),
        swap=Swap.NONE,
        zero_variance=True,
        across=(AVERAGE,),
        design_point=_POINT,
        doi="10.1002/0471445428",
    ),
    Measure(
        key="PLN",
        name="Proportion",
        inputs=ONE_EVENTS,
        function=log_proportion,
        options={**RULE_OPTIONS, "variance": tuple(LOG_VARIANCES)},
        scale=LOG.with_null(NO_NULL),
        swap=Swap.NONE,
        zero_variance=True,
        across=(AVERAGE,),
        design_point=_POINT,
        doi="10.2307/2530610",
    ),
    Measure(
        key="PLO",
        name="Proportion",
        inputs=ONE_EVENTS,
        function=log_odds,
        options={**RULE_OPTIONS, "variance": tuple(LOGIT_VARIANCES)},
        scale=LOGIT,
        swap=Swap.NONE,
        across=(AVERAGE,),
        design_point=_POINT,
        doi="10.1093/biomet/54.1-2.181",
    ),
    Measure(
        key="PRZ",
        name="Proportion",
        inputs=ONE_EVENTS,
        function=probit_proportion,
        options=RULE_OPTIONS,
        scale=PROBIT,
        swap=Swap.NONE,
        design_point=_POINT,
        doi="10.1037/1082-989X.8.4.448",
    ),
    Measure(
        key="PAS",
        name="Proportion",
        inputs=ONE_EVENTS,
        function=arcsine_proportion,
        options=RULE_OPTIONS,
        scale=ARCSINE,
        swap=Swap.NONE,
        design_point=_POINT,
        doi="10.1093/biomet/35.3-4.246",
    ),
    Measure(
        key="PFT",
        name="Proportion",
        inputs=ONE_EVENTS,
        function=double_arcsine,
        scale=DOUBLE_ARCSINE,
        swap=Swap.NONE,
        design_point=_POINT,
        doi="10.1214/aoms/1177729756",
    ),
)
