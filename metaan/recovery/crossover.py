"""Crossover trials: the paired difference, from its means or from what is printed of it."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import ArrayLike, Floats
from metaan.core.numbers import compact
from metaan.core.study_intervals import DEFAULT_LEVEL
from metaan.recovery.assumed import assumed
from metaan.recovery.designs import (
    change_sd,
    implied_correlation,
)
from metaan.recovery.faults import refuse
from metaan.recovery.given import Given, carrying, together
from metaan.recovery.noting import noted, spread_over
from metaan.recovery.printed_effect import effect_from_ci, effect_from_p, effect_from_statistic
from metaan.recovery.recovered import Recovered
from metaan.recovery.rules import correlation_faults, n_faults, sd_faults

ELBOURNE = "Elbourne DR et al. (2002). Int J Epidemiol 31:140. doi:10.1093/ije/31.1.140"

UNKNOWN_SDS = (np.nan, np.nan)


def paired_difference(
    mean1: Given,
    sd1: Given,
    mean2: Given,
    sd2: Given,
    n: Given,
    correlation: Given,
) -> Recovered:
    """Return the mean paired difference, ``v = sd² / n``, sd² = sd1² + sd2² - 2 r sd1 sd2.

    Parameters
    ----------
    mean1, sd1, mean2, sd2 : array_like, shape (k,)
        Means and standard deviations under the two treatments.
    n : array_like
        Participants with both.
    correlation : array_like
        Between a participant's two results, assumed; ``correlation[:, None]`` for a sweep.

    Returns
    -------
    Recovered
        ``y``, ``v``, ``se`` and ``sd``, that of the differences.

    Raises
    ------
    InputError
        If an SD is negative, n not positive, or a correlation beyond -1 or 1.

    Notes
    -----
    Without period effects and carry-over, and with the variance of MD of paired means.

    References
    ----------
    .. [1] Elbourne DR, Altman DG, Higgins JPT, Curtin F, Worthington HV, Vail A (2002).
       Int J Epidemiol 31:140. doi:10.1093/ije/31.1.140
    .. [2] Cochrane Handbook for Systematic Reviews of Interventions, 23.2.7.
       doi:10.1002/9781119536604.ch23

    Examples
    --------
    >>> import metaan as ma
    >>> found = ma.paired_difference([7.0], [2.38], [6.5], [2.21], [10], correlation=0.68)
    >>> found["y"], found["sd"].round(4), found["se"].round(3)
    (array([0.5]), array([1.8426]), array([0.583]))
    """
    m1, s1, m2, s2, size, r = together(
        mean1=mean1, sd1=sd1, mean2=mean2, sd2=sd2, n=n, correlation=correlation
    )
    refuse(
        sd_faults("sd1", s1), sd_faults("sd2", s2), n_faults(size),
        correlation_faults("correlation", r),
    )  # fmt: skip
    sd = change_sd(s2, s1, r)["sd"]
    result = Recovered(
        columns={"y": m1 - m2, "v": sd * sd / size, "se": sd / np.sqrt(size), "sd": sd},
        method="paired difference from the means of both treatments",
        source=ELBOURNE,
        assumptions=(assumed("correlation", r),),
    )
    return carrying(result, mean1, sd1, mean2, sd2, n, correlation)


def paired_from_ci(
    difference: Given,
    low: Given,
    high: Given,
    n: Given,
    *,
    sds: tuple[Given, Given] = UNKNOWN_SDS,
    level: ArrayLike = DEFAULT_LEVEL,
    df: ArrayLike | None = None,
) -> Recovered:
    """Return y, v and se of a paired difference from its interval: half its width over t.

    Parameters
    ----------
    difference, low, high : array_like
        Mean paired difference and its limits, as printed.
    n : array_like
        Participants with both treatments.
    sds : pair of array_like, optional
        Standard deviations under treatment and control, for the correlation.
    level : array_like
        Of the interval.
    df : array_like, optional
        Of t; None: n - 1 (give n - 2 if the analysis had a period effect, inf if normal).

    Returns
    -------
    Recovered
        ``y``, ``v``, ``se``, ``sd`` of the differences and ``r``, the correlation that follows
        from the SDs (NaN without them); flags as of ``effect_from_ci``, and where no
        correlation fits (r is NaN).

    Raises
    ------
    InputError
        As of ``effect_from_ci``; also if n is below 2, or an SD not positive.

    References
    ----------
    .. [1] Elbourne DR et al. (2002). Int J Epidemiol 31:140. doi:10.1093/ije/31.1.140

    Examples
    --------
    >>> import metaan as ma
    >>> found = ma.paired_from_ci([0.5], [-0.82], [1.82], [10], sds=([2.38], [2.21]))
    >>> found["se"].round(2), found["r"].round(2)
    (array([0.58]), array([0.68]))
    """
    size = _pairs(n)
    freedom = size - 1 if df is None else df
    effect = effect_from_ci(difference, low, high, level=level, df=freedom)
    result = _with_correlation(effect, size, sds, "interval")
    return carrying(result, difference, low, high, n, *sds)


def paired_from_t(
    difference: Given,
    t: Given,
    n: Given,
    *,
    sds: tuple[Given, Given] = UNKNOWN_SDS,
) -> Recovered:
    """Return y, v and se of a paired difference from its t: ``se = difference / t``.

    Parameters
    ----------
    difference, t : array_like
        Mean paired difference and its paired t statistic, as printed.
    n, sds : array_like
        See ``paired_from_ci``.

    Returns
    -------
    Recovered
        As of ``paired_from_ci``.

    Raises
    ------
    InputError
        As of ``effect_from_statistic``; also if n is below 2, or an SD not positive.

    References
    ----------
    .. [1] Elbourne DR et al. (2002). Int J Epidemiol 31:140. doi:10.1093/ije/31.1.140

    Examples
    --------
    >>> import metaan as ma
    >>> found = ma.paired_from_t([0.5], [0.858], [10], sds=([2.38], [2.21]))
    >>> found["se"].round(3), found["r"].round(2)
    (array([0.583]), array([0.68]))
    """
    result = _with_correlation(effect_from_statistic(difference, t), _pairs(n), sds, "t")
    return carrying(result, difference, t, n, *sds)


def paired_from_p(
    difference: Given,
    p: Given,
    n: Given,
    *,
    sds: tuple[Given, Given] = UNKNOWN_SDS,
    df: ArrayLike | None = None,
    digits: ArrayLike | None = None,
) -> Recovered:
    """Return y, v and se of a paired difference from the p-value of its paired t test.

    Parameters
    ----------
    difference, p : array_like
        Mean paired difference and two-sided p-value, as printed.
    n, sds, df : array_like
        See ``paired_from_ci``.
    digits : array_like of int, optional
        Decimals of p; None: as many as it needs.

    Returns
    -------
    Recovered
        As of ``paired_from_ci``; flags as of ``effect_from_p``.

    Raises
    ------
    InputError
        As of ``effect_from_p``; also if n is below 2, or an SD not positive.

    References
    ----------
    .. [1] Elbourne DR et al. (2002). Int J Epidemiol 31:140. doi:10.1093/ije/31.1.140

    Examples
    --------
    >>> import metaan as ma
    >>> found = ma.paired_from_p([0.5], [0.413], [10], sds=([2.38], [2.21]))
    >>> found["se"].round(2), found["r"].round(2)
    (array([0.58]), array([0.68]))
    """
    size = _pairs(n)
    effect = effect_from_p(difference, p, df=size - 1 if df is None else df, digits=digits)
    result = _with_correlation(effect, size, sds, "p-value")
    return carrying(result, difference, p, n, *sds)


def _pairs(n: Given) -> Floats:
    (size,) = together(n=n)
    refuse(n_faults(size, least=2, remedy="take the number of participants with both treatments"))
    return size


def _with_correlation(
    effect: Recovered, n: Floats, sds: tuple[Given, Given], printed: str
) -> Recovered:
    se, size, s1, s2 = together(se=effect["se"], n=n, sd1=sds[0], sd2=sds[1])
    refuse(sd_faults("sd1", s1, zero=False), sd_faults("sd2", s2, zero=False))
    sd = se * np.sqrt(size)
    r = implied_correlation(s1, s2, sd)
    beyond = np.abs(r) > 1
    texts = [
        f"the SD of the differences, {compact(a)}, fits no correlation of results with SDs "
        f"{compact(b)} and {compact(c)}: adjusted for periods, or a parallel analysis?"
        for a, b, c in zip(sd[beyond], s1[beyond], s2[beyond], strict=True)
    ]
    return Recovered(
        columns={**effect, "sd": sd, "r": np.where(beyond, np.nan, r)},
        method=f"paired difference from its {printed}",
        source=ELBOURNE,
        assumptions=effect.assumptions,
        parts=spread_over(effect.parts, effect.shape, se.shape),
        flagged=spread_over(effect.flagged, effect.shape, se.shape) + noted(beyond, texts),
    )
