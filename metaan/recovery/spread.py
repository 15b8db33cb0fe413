"""The SD of one group from what is printed instead: standard error, interval, range, quartiles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from scipy import special

from metaan.core.arrays import ArrayLike, Floats
from metaan.core.lookup import look_up
from metaan.core.study_intervals import DEFAULT_LEVEL
from metaan.recovery.faults import refuse
from metaan.recovery.given import Given, carrying, together
from metaan.recovery.levels import level_quantile, levels, percent
from metaan.recovery.order_statistics import expected_order_statistic
from metaan.recovery.recovered import Assumption, Recovered
from metaan.recovery.rules import crossed_faults, n_faults, negative_faults

ONE_GROUP = "Cochrane Handbook 6.5.2.2. doi:10.1002/9781119536604.ch6"
WAN = "Wan X, Wang W, Liu J, Tong T (2014). doi:10.1186/1471-2288-14-135"
NORMAL_DATA = Assumption(name="distribution of the participants", value="normal")

INTERVAL_QUANTILES: Mapping[str, Callable[[Floats, Floats], Floats]] = MappingProxyType(
    {
        "t": level_quantile,
        "z": lambda level, df: level_quantile(level, np.full_like(df, np.inf)),
    }
)
DEFAULT_QUANTILE = next(iter(INTERVAL_QUANTILES))


def wan_range(n: Floats) -> Floats:
    """Return ``2 Phi⁻¹((n - 0.375) / (n + 0.25))``: about the range of n normal draws, in SDs."""
    return np.asarray(2 * special.ndtri((n - 0.375) / (n + 0.25)))


def exact_range(n: Floats) -> Floats:
    """Return the expected range of n normal draws in SDs, by integration (4.32 for n = 40)."""
    return 2 * expected_order_statistic(n, n)


def hozo_range(n: Floats) -> Floats:
    """Return √12 up to 15 participants, 4 up to 70, 6 beyond (no median is used here)."""
    value = np.where(n <= 15, np.sqrt(12.0), np.where(n <= 70, 4.0, 6.0))
    return np.where(np.isnan(n), np.nan, value)


def wan_quartiles(n: Floats) -> Floats:
    """Return ``2 Phi⁻¹((0.75 n - 0.125) / (n + 0.25))``: about the interquartile range in SDs."""
    return np.asarray(2 * special.ndtri((0.75 * n - 0.125) / (n + 0.25)))


def exact_quartiles(n: Floats) -> Floats:
    """Return twice the expected order statistic of rank ``0.75 n + 0.25``, by integration."""
    return 2 * expected_order_statistic(0.75 * n + 0.25, n)


def cochrane_quartiles(n: Floats) -> Floats:
    """Return 1.35, whatever n: the interquartile range of a normal distribution in SDs."""
    return np.where(np.isnan(n), np.nan, 1.35)


# Name → divisor, what is said of it, source.
Divisor = tuple[Callable[[Floats], Floats], str, str]
RANGE_DIVISORS: Mapping[str, Divisor] = MappingProxyType(
    {
        "WAN": (
            wan_range,
            "the normal quantile at (n - 0.375)/(n + 0.25), twice",
            WAN + ", eq. 9",
        ),
        "WALTER_YAO": (
            exact_range,
            "the expected range of n normal draws",
            "Walter SD, Yao X (2007). doi:10.1016/j.jclinepi.2006.11.003",
        ),
        "HOZO": (
            hozo_range,
            "√12, 4 or 6 by sample size",
            "Hozo SP, Djulbegovic B, Hozo I (2005). doi:10.1186/1471-2288-5-13",
        ),
    }
)
QUARTILE_DIVISORS: Mapping[str, Divisor] = MappingProxyType(
    {
        "WAN": (
            wan_quartiles,
            "the normal quantile at (0.75 n - 0.125)/(n + 0.25), twice",
            WAN + ", eq. 16",
        ),
        "WAN_EXACT": (
            exact_quartiles,
            "the expected difference of the quartiles of n normal draws",
            WAN + ", eq. 15 and table 2",
        ),
        "COCHRANE": (cochrane_quartiles, "1.35", "Cochrane Handbook 6.5.2.5. "
                     "doi:10.1002/9781119536604.ch6"),
    }
)  # fmt: skip
DEFAULT_RANGE, DEFAULT_QUARTILES = next(iter(RANGE_DIVISORS)), next(iter(QUARTILE_DIVISORS))


def sd_from_se(se: Given, n: Given) -> Recovered:
    """Return the SD of one group from the standard error of its mean: ``se sqrt(n)``.

    Parameters
    ----------
    se, n : array_like, broadcastable
        Standard error of the *mean of one group* (not of a difference), participants. NaN gives
        NaN.

    Returns
    -------
    Recovered
        ``sd``.

    Raises
    ------
    InputError
        If a standard error is negative or n is below 2; every fault is named.

    References
    ----------
    .. [1] Cochrane Handbook for Systematic Reviews of Interventions, 6.5.2.2.
       doi:10.1002/9781119536604.ch6

    Examples
    --------
    >>> import metaan as ma
    >>> ma.sd_from_se([1.2, 0.8], n=[25, 64])["sd"]
    array([6. , 6.4])
    """
    error, size = together(se=se, n=n)
    refuse(negative_faults("se", error), n_faults(size, least=2))
    result = Recovered(
        columns={"sd": error * np.sqrt(size)},
        method="SD from the standard error of the mean: se √n",
        source=ONE_GROUP,
    )
    return carrying(result, se, n)


def sd_from_ci(
    low: Given,
    high: Given,
    n: Given,
    *,
    level: ArrayLike = DEFAULT_LEVEL,
    distribution: str = DEFAULT_QUANTILE,
) -> Recovered:
    """Return the SD of one group from the interval of its mean: ``sqrt(n) (high - low) / (2 q)``.

    Parameters
    ----------
    low, high : array_like, broadcastable
        Confidence limits of the *mean of one group*. NaN gives NaN.
    n : array_like
        Participants.
    level : array_like
        Coverage of the interval, between 0 and 1.
    distribution : {"t", "z"}
        Whether q is the quantile of t with n - 1 degrees of freedom or the normal one (3.92 for
        2 q at 95%). Papers seldom say; it is recorded as an assumption.

    Returns
    -------
    Recovered
        ``sd``.

    Raises
    ------
    InputError
        If a lower limit is above the upper, n is below 2, or a level is not between 0 and 1;
        every fault is named.

    References
    ----------
    .. [1] Cochrane Handbook for Systematic Reviews of Interventions, 6.5.2.2.
       doi:10.1002/9781119536604.ch6

    Examples
    --------
    >>> import metaan as ma
    >>> found = ma.sd_from_ci(30.0, 34.2, n=25)
    >>> round(float(found["sd"]), 2), str(found.assumptions[0])
    (5.09, 'distribution of the interval t (assumed)')
    """
    quantile = interval_quantile(distribution)
    below, above, size, part = together(low=low, high=high, n=n, level=levels(level))
    refuse(crossed_faults("low", below, "high", above), n_faults(size, least=2))
    result = Recovered(
        columns={"sd": np.sqrt(size) * (above - below) / (2 * quantile(part, size - 1))},
        method=f"SD from the {percent(part)} confidence interval of the mean",
        source=ONE_GROUP,
        assumptions=(assumed_interval(distribution),),
    )
    return carrying(result, low, high, n)


def sd_from_range(low: Given, high: Given, n: Given, *, method: str = DEFAULT_RANGE) -> Recovered:
    """Return the SD of one group from its smallest and largest value: ``(high - low) / xi(n)``.

    The range is the least reliable of all sources: it rests on two participants.

    Parameters
    ----------
    low, high : array_like, broadcastable
        Minimum and maximum. NaN gives NaN.
    n : array_like
        Participants.
    method : {"WAN", "WALTER_YAO", "HOZO"}
        Row of ``RANGE_DIVISORS``, what xi is: Wan's quantile, the expected range itself (which
        Wan's table 1 and Walter and Yao's table round), or Hozo's √12, 4 and 6.

    Returns
    -------
    Recovered
        ``sd``.

    Raises
    ------
    InputError
        If a minimum is above the maximum or n is below 2; every fault is named.

    References
    ----------
    .. [1] Wan X, Wang W, Liu J, Tong T (2014). BMC Med Res Methodol 14:135.
       doi:10.1186/1471-2288-14-135
    .. [2] Walter SD, Yao X (2007). J Clin Epidemiol 60:849. doi:10.1016/j.jclinepi.2006.11.003
    .. [3] Hozo SP, Djulbegovic B, Hozo I (2005). BMC Med Res Methodol 5:13.
       doi:10.1186/1471-2288-5-13

    Examples
    --------
    >>> import metaan as ma
    >>> ma.sd_from_range([2, 10], [17, 41], n=[40, 33])["sd"].round(2)
    array([3.48, 7.45])
    >>> ma.sd_from_range([2, 10], [17, 41], n=[40, 33], method="HOZO")["sd"].round(2)
    array([3.75, 7.75])
    """
    divisor, says, source = look_up(
        RANGE_DIVISORS, method, argument="method", what="a way to use a range"
    )
    below, above, size = together(low=low, high=high, n=n)
    refuse(crossed_faults("low", below, "high", above), n_faults(size, least=2))
    result = Recovered(
        columns={"sd": (above - below) / divisor(size)},
        method=f"SD from the range, divided by {says}",
        source=source,
        assumptions=(NORMAL_DATA,),
    )
    return carrying(result, low, high, n)


def sd_from_iqr(q1: Given, q3: Given, n: Given, *, method: str = DEFAULT_QUARTILES) -> Recovered:
    """Return the SD of one group from its quartiles: ``(q3 - q1) / eta(n)``.

    Parameters
    ----------
    q1, q3 : array_like, broadcastable
        First and third quartile. NaN gives NaN.
    n : array_like
        Participants.
    method : {"WAN", "WAN_EXACT", "COCHRANE"}
        Row of ``QUARTILE_DIVISORS``, what eta is: Wan's quantile, the expected difference of the
        quartiles (which Wan's table 2 rounds), or 1.35 whatever n.

    Returns
    -------
    Recovered
        ``sd``.

    Raises
    ------
    InputError
        If a first quartile is above the third or n is below 2; every fault is named.

    References
    ----------
    .. [1] Wan X, Wang W, Liu J, Tong T (2014). BMC Med Res Methodol 14:135.
       doi:10.1186/1471-2288-14-135
    .. [2] Cochrane Handbook for Systematic Reviews of Interventions, 6.5.2.5.
       doi:10.1002/9781119536604.ch6

    Examples
    --------
    >>> import metaan as ma
    >>> ma.sd_from_iqr([8, 2.2], [14.5, 4.4], n=[55, 18])["sd"].round(2)
    array([4.95, 1.77])
    >>> ma.sd_from_iqr([8, 2.2], [14.5, 4.4], n=[55, 18], method="COCHRANE")["sd"].round(2)
    array([4.81, 1.63])
    """
    divisor, says, source = look_up(
        QUARTILE_DIVISORS, method, argument="method", what="a way to use quartiles"
    )
    below, above, size = together(q1=q1, q3=q3, n=n)
    refuse(crossed_faults("q1", below, "q3", above), n_faults(size, least=2))
    result = Recovered(
        columns={"sd": (above - below) / divisor(size)},
        method=f"SD from the interquartile range, divided by {says}",
        source=source,
        assumptions=(NORMAL_DATA,),
    )
    return carrying(result, q1, q3, n)


def interval_quantile(distribution: str) -> Callable[[Floats, Floats], Floats]:
    """Return the row of ``INTERVAL_QUANTILES``."""
    return look_up(
        INTERVAL_QUANTILES, distribution, argument="distribution", what="a quantile of an interval"
    )


def assumed_interval(distribution: str) -> Assumption:
    """Return the record that an interval was read as one of t or of the normal distribution."""
    return Assumption(name="distribution of the interval", value=distribution)
