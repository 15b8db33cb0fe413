"""The common SD of two groups from what is printed of their difference: interval, t, p, F."""

from __future__ import annotations

import numpy as np
from scipy import special

from metaan.core.arrays import ArrayLike, Floats
from metaan.core.study_intervals import DEFAULT_LEVEL
from metaan.recovery.faults import refuse
from metaan.recovery.given import Given, carrying, together
from metaan.recovery.levels import levels, percent
from metaan.recovery.noting import noted
from metaan.recovery.recovered import Assumption, Part, Recovered
from metaan.recovery.rules import crossed_faults, negative_faults, p_faults, two_group_faults
from metaan.recovery.spread import (
    DEFAULT_QUANTILE,
    assumed_interval,
    interval_quantile,
)

TWO_GROUPS = "Cochrane Handbook 6.5.2.3. doi:10.1002/9781119536604.ch6"
SAME_SD = Assumption(name="standard deviation", value="the same in both groups")


def sd_from_difference_ci(
    low: Given,
    high: Given,
    n1: Given,
    n2: Given,
    *,
    level: ArrayLike = DEFAULT_LEVEL,
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
    level : array_like
        Coverage of the interval, between 0 and 1.
    distribution : {"t", "z"}
        Whether q is the quantile of t with n1 + n2 - 2 degrees of freedom or the normal one.

    Returns
    -------
    Recovered
        ``sd1`` and ``sd2``, the same number: one SD of both groups is all that the interval tells.

    Raises
    ------
    InputError
        If a lower limit is above the upper, there are too few participants, or a level is not
        between 0 and 1.

    References
    ----------
    .. [1] Cochrane Handbook for Systematic Reviews of Interventions, 6.5.2.3.
       doi:10.1002/9781119536604.ch6

    Examples
    --------
    >>> import metaan as ma
    >>> ma.sd_from_difference_ci([-7.2], [-1.4], n1=30, n2=28)["sd1"].round(2)
    array([5.51])
    """
    quantile = interval_quantile(distribution)
    below, above, first, second, part = together(
        low=low, high=high, n1=n1, n2=n2, level=levels(level)
    )
    refuse(crossed_faults("low", below, "high", above), two_group_faults(first, second))
    se = (above - below) / (2 * quantile(part, first + second - 2))
    result = _common(
        se, first, second,
        method=f"common SD from the {percent(part)} confidence interval of the difference",
        assumptions=(assumed_interval(distribution), SAME_SD),
    )  # fmt: skip
    return carrying(result, low, high, n1, n2)


def sd_from_t(difference: Given, t: Given, n1: Given, n2: Given) -> Recovered:
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
    >>> import metaan as ma
    >>> ma.sd_from_t([3.8], t=2.78, n1=25, n2=22)["sd1"].round(2)
    array([4.68])
    """
    effect, statistic, first, second = together(difference=difference, t=t, n1=n1, n2=n2)
    refuse(two_group_faults(first, second))
    result = _from_statistic(effect, statistic, first, second, "t statistic")
    return carrying(result, difference, t, n1, n2)


def sd_from_p(difference: Given, p: Given, n1: Given, n2: Given) -> Recovered:
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
    >>> import metaan as ma
    >>> ma.sd_from_p([3.8], p=0.008, n1=25, n2=22)["sd1"].round(2)
    array([4.68])
    """
    effect, tail, first, second = together(difference=difference, p=p, n1=n1, n2=n2)
    refuse(
        p_faults(tail, remedy="leave out what is printed as p < 0.001, or take the interval"),
        two_group_faults(first, second),
    )  # fmt: skip
    statistic = _two_sided_t(tail, first + second - 2)
    result = _from_statistic(effect, statistic, first, second, "two-sided p-value of a t test")
    return carrying(result, difference, p, n1, n2)


def sd_from_f(difference: Given, f: Given, n1: Given, n2: Given) -> Recovered:
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
    >>> import metaan as ma
    >>> ma.sd_from_f([3.8], f=7.73, n1=25, n2=22)["sd1"].round(2)
    array([4.68])
    """
    effect, ratio, first, second = together(difference=difference, f=f, n1=n1, n2=n2)
    refuse(
        negative_faults("f", ratio),
        two_group_faults(first, second),
    )
    result = _from_statistic(effect, np.sqrt(ratio), first, second, "F statistic of two groups")
    return carrying(result, difference, f, n1, n2)


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
        flagged=noted(nothing, [text] * int(np.sum(nothing))),
    )  # fmt: skip


def _common(
    se: Floats,
    n1: Floats,
    n2: Floats,
    *,
    method: str,
    assumptions: tuple[Assumption, ...],
    flagged: tuple[Part, ...] = (),
) -> Recovered:
    sd = se / np.sqrt(1 / n1 + 1 / n2)
    return Recovered(
        columns={"sd1": sd, "sd2": sd},
        method=method,
        source=TWO_GROUPS,
        assumptions=assumptions,
        flagged=flagged,
    )


def _two_sided_t(p: Floats, df: Floats) -> Floats:
    """Return t > 0 with this two-sided p: ``p = I_x(df / 2, 1 / 2)``, x = df / (df + t²)."""
    x = special.betaincinv(df / 2, 0.5, p)
    rest = special.betaincinv(0.5, df / 2, 1 - p)  # 1 - x, without the loss where x is near 1
    with np.errstate(divide="ignore"):
        return np.asarray(np.sqrt(df * np.where(p < 0.5, (1 - x) / x, rest / (1 - rest))))
