"""The common SD of two groups from what is printed of their difference: interval, t, p, F."""

from __future__ import annotations

import numpy as np
from scipy import special

from metaan.core.arrays import ArrayLike, Floats
from metaan.recovery.assumed import noted, together
from metaan.recovery.recovered import Assumption, Recovered, faults, refuse
from metaan.recovery.spread import (
    DEFAULT_QUANTILE,
    assumed_interval,
    crossed,
    interval_quantile,
    percent,
)

TWO_GROUPS = "Cochrane Handbook 6.5.2.3. doi:10.1002/9781119536604.ch6"
SAME_SD = Assumption(name="standard deviation", value="the same in both groups")


def sd_from_difference_ci(
    low: ArrayLike,
    high: ArrayLike,
    n1: ArrayLike,
    n2: ArrayLike,
    *,
    level: float = 0.95,
    distribution: str = DEFAULT_QUANTILE,
) -> Recovered:
    """Return the common SD from the interval of a difference: ``se / sqrt(1/n1 + 1/n2)``.

    se is ``(high - low) / (2 q)``.

    Parameters
    ----------
    low, high : array_like, broadcastable
        Confidence limits of a *difference of two means*, unadjusted and on the outcome's scale.
        NaN gives NaN.
    n1, n2 : array_like
        Participants.
    level : float
        Coverage of the interval.
    distribution : {"t", "z"}
        Whether q is the quantile of t with n1 + n2 - 2 degrees of freedom or the normal one.

    Returns
    -------
    Recovered
        ``sd1`` and ``sd2``, the same number: one SD of both groups is all that the interval tells.

    Raises
    ------
    InputError
        If a lower limit is above the upper or there are too few participants.

    References
    ----------
    .. [1] Cochrane Handbook for Systematic Reviews of Interventions, 6.5.2.3.
       doi:10.1002/9781119536604.ch6

    Examples
    --------
    >>> from metaan.recovery.common_sd import sd_from_difference_ci
    >>> sd_from_difference_ci([-7.2], [-1.4], n1=30, n2=28)["sd1"].round(2)
    array([5.51])
    """
    quantile = interval_quantile(distribution, level)
    below, above, first, second = together(low=low, high=high, n1=n1, n2=n2)
    refuse(crossed("low", below, "high", above), _too_few(first, second))
    se = (above - below) / (2 * quantile(level, first + second - 2))
    return _common(
        se, first, second,
        method=f"common SD from the {percent(level)} confidence interval of the difference",
        assumptions=(assumed_interval(distribution), SAME_SD),
    )  # fmt: skip


def sd_from_t(difference: ArrayLike, t: ArrayLike, n1: ArrayLike, n2: ArrayLike) -> Recovered:
    """Return the common SD from a t statistic: ``|difference / t| / sqrt(1/n1 + 1/n2)``.

    Parameters
    ----------
    difference, t : array_like, broadcastable
        Difference of two means and its t statistic (of independent groups, equal variances); the
        signs do not matter. NaN gives NaN.
    n1, n2 : array_like
        Participants.

    Returns
    -------
    Recovered
        ``sd1`` and ``sd2``, the same number; NaN, and a flag, where t or the difference is
        printed as 0, which tells nothing of the SD.

    Raises
    ------
    InputError
        If there are too few participants; every fault is named.

    References
    ----------
    .. [1] Cochrane Handbook for Systematic Reviews of Interventions, 6.5.2.3.
       doi:10.1002/9781119536604.ch6

    Examples
    --------
    >>> from metaan.recovery.common_sd import sd_from_t
    >>> sd_from_t([3.8], t=2.78, n1=25, n2=22)["sd1"].round(2)
    array([4.68])
    """
    effect, statistic, first, second = together(difference=difference, t=t, n1=n1, n2=n2)
    refuse(_too_few(first, second))
    return _from_statistic(effect, statistic, first, second, "t statistic")


def sd_from_p(difference: ArrayLike, p: ArrayLike, n1: ArrayLike, n2: ArrayLike) -> Recovered:
    """Return the common SD from a p-value: ``|difference / t| / sqrt(1/n1 + 1/n2)``, t from p.

    Parameters
    ----------
    difference : array_like
        Difference of two means; the sign does not matter. NaN gives NaN.
    p : array_like
        Two-sided p-value of a t test of independent groups. It must be a number: a printed
        "p < 0.05" or "not significant" says nothing about the SD, and taking 0.05 for it gives
        an SD that is too large by an unknown factor.
    n1, n2 : array_like
        Participants.

    Returns
    -------
    Recovered
        ``sd1`` and ``sd2``, the same number; NaN, and a flag, where p is 1 or the difference 0.

    Raises
    ------
    InputError
        If p is not above 0 and at most 1, or there are too few participants.

    References
    ----------
    .. [1] Cochrane Handbook for Systematic Reviews of Interventions, 6.5.2.3.
       doi:10.1002/9781119536604.ch6

    Examples
    --------
    >>> from metaan.recovery.common_sd import sd_from_p
    >>> sd_from_p([3.8], p=0.008, n1=25, n2=22)["sd1"].round(2)
    array([4.68])
    """
    effect, tail, first, second = together(difference=difference, p=p, n1=n1, n2=n2)
    refuse(
        faults((tail <= 0) | (tail > 1), {"p": tail}, rule="p must be above 0 and at most 1",
               remedy="leave out what is printed as p < 0.001, or take the interval"),
        _too_few(first, second),
    )  # fmt: skip
    statistic = _two_sided_t(tail, first + second - 2)
    return _from_statistic(effect, statistic, first, second, "two-sided p-value of a t test")


def sd_from_f(difference: ArrayLike, f: ArrayLike, n1: ArrayLike, n2: ArrayLike) -> Recovered:
    """Return the common SD from F of two groups: ``|difference| / sqrt(F (1/n1 + 1/n2))``.

    Parameters
    ----------
    difference, f : array_like, broadcastable
        Difference of two means, and F of a one-way analysis of variance of just these two groups
        (1 and n1 + n2 - 2 degrees of freedom): then F = t². NaN gives NaN.
    n1, n2 : array_like
        Participants.

    Returns
    -------
    Recovered
        ``sd1`` and ``sd2``, the same number; NaN, and a flag, where F or the difference is 0.

    Raises
    ------
    InputError
        If F is negative or there are too few participants; every fault is named.

    References
    ----------
    .. [1] Cochrane Handbook for Systematic Reviews of Interventions, 6.5.2.3.
       doi:10.1002/9781119536604.ch6

    Examples
    --------
    >>> from metaan.recovery.common_sd import sd_from_f
    >>> sd_from_f([3.8], f=7.73, n1=25, n2=22)["sd1"].round(2)
    array([4.68])
    """
    effect, ratio, first, second = together(difference=difference, f=f, n1=n1, n2=n2)
    refuse(
        faults(
            ratio < 0,
            {"f": ratio},
            rule="f must not be negative",
            remedy="look for a misread sign or column",
        ),
        _too_few(first, second),
    )
    return _from_statistic(effect, np.sqrt(ratio), first, second, "F statistic of two groups")


def _from_statistic(
    difference: Floats, statistic: Floats, n1: Floats, n2: Floats, what: str
) -> Recovered:
    nothing = (statistic == 0) | (difference == 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.where(nothing, np.nan, np.abs(difference / statistic))
    text = "a difference or a statistic of 0 tells nothing of the SD"
    return _common(
        se, n1, n2,
        method=f"common SD from the difference and the {what}",
        assumptions=(SAME_SD,),
        flags=noted(nothing, [text] * int(np.sum(nothing))),
    )  # fmt: skip


def _common(
    se: Floats,
    n1: Floats,
    n2: Floats,
    *,
    method: str,
    assumptions: tuple[Assumption, ...],
    flags: tuple[str, ...] = (),
) -> Recovered:
    sd = se / np.sqrt(1 / n1 + 1 / n2)
    return Recovered(
        columns={"sd1": sd, "sd2": sd},
        method=method,
        source=TWO_GROUPS,
        assumptions=assumptions,
        flags=flags,
    )


def _two_sided_t(p: Floats, df: Floats) -> Floats:
    """Return t > 0 with this two-sided p: ``p = I_x(df / 2, 1 / 2)``, x = df / (df + t²)."""
    x = special.betaincinv(df / 2, 0.5, p)
    rest = special.betaincinv(0.5, df / 2, 1 - p)  # 1 - x, without the loss where x is near 1
    with np.errstate(divide="ignore"):
        return np.asarray(np.sqrt(df * np.where(p < 0.5, (1 - x) / x, rest / (1 - rest))))


def _too_few(n1: Floats, n2: Floats) -> list[str]:
    return faults(
        (n1 < 1) | (n2 < 1) | (n1 + n2 < 3), {"n1": n1, "n2": n2},
        rule="both groups need participants, three in all", remedy="look for a misread column",
    )  # fmt: skip
