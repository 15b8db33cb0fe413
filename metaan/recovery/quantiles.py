"""Mean and SD of a group whose paper prints a median with its range, its quartiles, or both."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.lookup import look_up
from metaan.core.numbers import compact
from metaan.recovery.faults import faults, refuse
from metaan.recovery.given import Given, carrying, together
from metaan.recovery.noting import noted, shared_note
from metaan.recovery.quantile_formulas import Scenario, Summary, skewness
from metaan.recovery.quantile_methods import DEFAULT_METHOD, QUANTILE_METHODS, QuantileMethod
from metaan.recovery.recovered import Assumption, Part, Recovered
from metaan.recovery.rules import n_faults

SHI_2023 = "Shi J, Luo D, Wan X, et al. (2023). doi:10.1177/09622802231172043"


def mean_sd_from_quantiles(
    n: Given,
    *,
    median: Given,
    low: Given | None = None,
    q1: Given | None = None,
    q3: Given | None = None,
    high: Given | None = None,
    method: str = DEFAULT_METHOD,
) -> Recovered:
    """Return the mean and SD of groups that print a median with range, quartiles or both.

    Each study is taken by what it has: minimum, median and maximum; median and quartiles; or all
    five. Columns may be mixed, NaN where a study does not print a number.

    Parameters
    ----------
    n : array_like
        Participants, at least 3.
    median : array_like, broadcastable with n
        Medians. Where one is missing there is no mean, but still an SD if the method needs none.
    low, high : array_like, optional
        Minima and maxima.
    q1, q3 : array_like, optional
        First and third quartiles.
    method : str
        Row of ``QUANTILE_METHODS``. For normal data "LUO_WAN_SHI" (mean [1]_, SD [2]_ [3]_),
        "WAN" [2]_ and the same with exact constants "WAN_EXACT", "BLUE" [4]_, and of historical
        interest "HOZO" [5]_ and "WALTER_YAO" [6]_ (range only) and "BLAND" [7]_ (five numbers).
        For skewed positive data "QE" and "BC" [8]_, and "LOGNORMAL" [9]_.

    Returns
    -------
    Recovered
        ``mean`` and ``sd``. NaN, and no flag, where no quantile is given. Flags name every study
        that Shi's test [10]_ finds skewed (its mean and SD are given nevertheless), every other
        study without a result and why, and with "QE" the distribution that was chosen.

    Raises
    ------
    InputError
        If quantiles are not in order, n is below 3, a value is infinite, or one is not positive
        where the method takes logarithms; every study is named.
    ChoiceError
        If ``method`` is not a row of ``QUANTILE_METHODS``.

    Notes
    -----
    A mean and an SD found this way are less certain than printed ones, which v does not know:
    compare with a pool without these studies.

    "WAN" and the default have Wan's approximate constants (eq. 9 and 16), as R's metafor has; R's
    meta has his tables, which "WAN_EXACT" computes instead of rounding them to three decimals;
    meta also adds (low - 2 median + high)/(4 n) to the mean of a range, which Wan leaves out. R's
    metafor gives NA where the test finds skewness. "QE" finds the least squares that R's optimizer
    stops short of (up to 2e-4 off in the SD). "BC" is integrated, not simulated, and gives no
    number where the mean is infinite (a clearly negative power), for which R prints a simulation.
    "BLUE" has its authors' ranks, as R has: unless n = 4 Q + 1 its mean is biased (by -0.03 SD at
    n = 40), the default's is not.

    References
    ----------
    .. [1] Luo D, Wan X, Liu J, Tong T (2018). Stat Methods Med Res 27:1785.
       doi:10.1177/0962280216669183
    .. [2] Wan X, Wang W, Liu J, Tong T (2014). BMC Med Res Methodol 14:135.
       doi:10.1186/1471-2288-14-135
    .. [3] Shi J, Luo D, Weng H, et al. (2020). Res Synth Methods 11:641. doi:10.1002/jrsm.1429
    .. [4] Yang X, Hutson AD, Wang D (2022). J Appl Stat 49:3846.
       doi:10.1080/02664763.2021.1967890
    .. [5] Hozo SP, Djulbegovic B, Hozo I (2005). BMC Med Res Methodol 5:13.
       doi:10.1186/1471-2288-5-13
    .. [6] Walter SD, Yao X (2007). J Clin Epidemiol 60:849. doi:10.1016/j.jclinepi.2006.11.003
    .. [7] Bland M (2015). Int J Stat Med Res 4:57. doi:10.6000/1929-6029.2015.04.01.6
    .. [8] McGrath S, Zhao X, Steele R, et al. (2020). Stat Methods Med Res 29:2520.
       doi:10.1177/0962280219889080
    .. [9] Shi J, Tong T, Wang Y, Genton MG (2020). Stat Interface 13:519.
       doi:10.4310/sii.2020.v13.n4.a9
    .. [10] Shi J, Luo D, Wan X, et al. (2023). Stat Methods Med Res 32:1338.
       doi:10.1177/09622802231172043

    Examples
    --------
    >>> import metaan as ma
    >>> nan = float("nan")
    >>> found = ma.mean_sd_from_quantiles(
    ...     n=[40, 55, 33], median=[9, 11, 18],
    ...     low=[2, nan, 10], q1=[nan, 8, 14], q3=[nan, 14.5, 25], high=[17, nan, 41])
    >>> found["mean"].round(1), found["sd"].round(1)
    (array([ 9.1, 11.2, 19.9]), array([3.5, 4.9, 7.8]))
    >>> found.flags
    ('row 3: skewed (Shi 2023 test, 0.666 > 0.516): mean and SD not advised',)
    """
    row = look_up(QUANTILE_METHODS, method, argument="method", what="a way from quantiles")
    given, shape = _summary(n, low, q1, median, q3, high)
    refuse(_faults(given, shape), _not_positive(given, shape, method) if row.logs else [])
    where = _scenarios(given)
    mean, sd = (np.full(given.n.shape, np.nan) for _ in range(2))
    notes: dict[str, Booleans] = {}
    for scenario in row.scenarios:
        chosen = where[scenario]
        if not chosen.any():
            continue
        found = row.formula(Summary(*(x[chosen] for x in given)), scenario)
        mean[chosen], sd[chosen] = found.mean, found.sd
        for text, concerned in found.notes.items():
            notes.setdefault(text, np.zeros_like(chosen))[chosen] |= concerned
    notes |= _gaps(given, where, row, method, sd)
    distribution = Assumption(name="distribution of the participants", value=row.distribution)
    result = Recovered(
        columns={"mean": mean.reshape(shape), "sd": sd.reshape(shape)},
        method=row.says,
        source=row.source,
        assumptions=(distribution,) if row.distribution else (),
        flagged=(
            *(_asymmetric(given, shape, row, sd) if row.tested else ()),
            *(shared_note(rows, text) for text, rows in notes.items() if rows.any()),
        ),
    )
    return carrying(result, n, median, low, q1, q3, high)


def skewness_test(
    n: Given,
    *,
    median: Given,
    low: Given | None = None,
    q1: Given | None = None,
    q3: Given | None = None,
    high: Given | None = None,
) -> Recovered:
    """Return Shi's test of skewness from printed quantiles, at 5%.

    With minimum a, quartiles and maximum b, the statistic is ``|a + b - 2 median| / (b - a)``,
    the same of the quartiles, or of five numbers the larger of the second and of ``2.65 ln(0.6 n)
    / sqrt(n)`` times the first; its critical values are ``1.01 / ln(n + 9) + 2.43 / (n + 1)``,
    ``2.66 / sqrt(n) - 5.92 / n²`` and ``2.97 / sqrt(n) - 39.1 / n³``.

    Parameters
    ----------
    n : array_like
        Participants, at least 3; below 5 nothing is tested.
    median, low, q1, q3, high : array_like
        As `mean_sd_from_quantiles` takes them. Give logarithms to test a lognormal distribution.

    Returns
    -------
    Recovered
        ``statistic``, ``critical`` and ``skewed`` (1 or 0), NaN where nothing can be tested.
        Flags name the skewed studies.

    Raises
    ------
    InputError
        If quantiles are not in order, n is below 3, or a value is infinite.

    References
    ----------
    .. [1] Shi J, Luo D, Wan X, et al. (2023). Stat Methods Med Res 32:1338.
       doi:10.1177/09622802231172043

    Examples
    --------
    >>> import metaan as ma
    >>> found = ma.skewness_test([55, 18], median=[11, 3.1], q1=[8, 2.2], q3=[14.5, 6.4])
    >>> found["statistic"].round(2), found["critical"].round(2)
    (array([0.08, 0.57]), array([0.36, 0.61]))
    """
    given, shape = _summary(n, low, q1, median, q3, high)
    refuse(_faults(given, shape))
    statistic, critical = (x.reshape(shape) for x in _skewness(given))
    tested = ~np.isnan(statistic)
    result = Recovered(
        columns={
            "statistic": statistic,
            "critical": np.where(tested, critical, np.nan),
            "skewed": np.where(tested, statistic > critical, np.nan),
        },
        method="test of skewness from the printed quantiles, at 5%",
        source=SHI_2023,
        flagged=_skewed(statistic, critical, "skewed"),
    )
    return carrying(result, n, median, low, q1, q3, high)


def _summary(
    n: Given,
    low: Given | None,
    q1: Given | None,
    median: Given,
    q3: Given | None,
    high: Given | None,
) -> tuple[Summary, tuple[int, ...]]:
    """Return the columns, flat, and the shape they had."""
    nothing = np.nan
    arrays = together(
        n=n,
        low=nothing if low is None else low,
        q1=nothing if q1 is None else q1,
        median=median,
        q3=nothing if q3 is None else q3,
        high=nothing if high is None else high,
    )
    return Summary(*(np.ravel(x) for x in arrays)), arrays[0].shape


def _scenarios(s: Summary) -> Mapping[Scenario, Booleans]:
    """Return which studies print what; those without n print nothing."""
    known = ~np.isnan(s.n)
    ends, quartiles = ~np.isnan(s.low + s.high), ~np.isnan(s.q1 + s.q3)
    return {
        Scenario.RANGE: known & ends & ~quartiles,
        Scenario.QUARTILES: known & quartiles & ~ends,
        Scenario.FIVE: known & ends & quartiles,
    }


def _skewness(s: Summary) -> tuple[Floats, Floats]:
    statistic, critical = (np.full(s.n.shape, np.nan) for _ in range(2))
    for scenario, chosen in _scenarios(s).items():
        part = Summary(*(x[chosen] for x in s))
        statistic[chosen], critical[chosen] = skewness(part, scenario)
    return statistic, critical


def _asymmetric(
    s: Summary, shape: tuple[int, ...], row: QuantileMethod, sd: Floats
) -> tuple[Part, ...]:
    statistic, critical = _skewness(s.logarithms() if row.logs else s)
    what = "the logarithms are skewed" if row.logs else "skewed"
    found = np.where(np.isnan(sd), np.nan, statistic)
    return _skewed(found.reshape(shape), critical.reshape(shape), what)


def _skewed(statistic: Floats, critical: Floats, what: str) -> tuple[Part, ...]:
    skewed = statistic > critical
    texts = [
        f"{what} (Shi 2023 test, {compact(t)} > {compact(c)}): mean and SD not advised"
        for t, c in zip(statistic[skewed], critical[skewed], strict=True)
    ]
    return noted(skewed, texts)


def _gaps(
    s: Summary,
    where: Mapping[Scenario, Booleans],
    row: QuantileMethod,
    method: str,
    sd: Floats,
) -> dict[str, Booleans]:
    """Return why there is no mean, no SD or none that is of use, and for which studies."""
    blank = np.all(np.isnan(s[1:]), axis=0)  # its mean and SD are printed elsewhere
    nothing = ~np.isnan(s.n) & ~np.any(list(where.values()), axis=0) & ~blank
    can = np.any([where[each] for each in row.scenarios], axis=0)
    gaps = {
        "n is missing": np.isnan(s.n) & ~blank,
        "neither range nor quartiles are complete": nothing,
        "no median, so that there is no mean": can & np.isnan(s.median),
        "SD 0: the printed quantiles are one value": sd == 0,
    }
    for each, rows in where.items():
        if each not in row.scenarios:
            gaps[f"{method} has no formula for {each.value}"] = rows
    return gaps


def _faults(s: Summary, shape: tuple[int, ...]) -> list[str]:
    values = np.stack(s[1:])
    highest = np.fmax.accumulate(values, axis=0)
    disorder = np.any(values[1:] < highest[:-1], axis=0)
    given = {name: x.reshape(shape) for name, x in zip(s._fields, s, strict=True)}
    quantiles = {name: x for name, x in given.items() if name != "n"}
    return [
        *faults(disorder.reshape(shape), quantiles,
                rule="quantiles must not decrease: low, q1, median, q3, high",
                remedy="look for exchanged columns or a lost minus sign"),
        *n_faults(given["n"], least=3),
        *faults(np.isinf(np.stack(s)).any(axis=0).reshape(shape), given,
                rule="numbers must be finite", remedy="write NaN for what is missing"),
    ]  # fmt: skip


def _not_positive(s: Summary, shape: tuple[int, ...], method: str) -> list[str]:
    bad = np.any(np.stack(s[1:]) <= 0, axis=0).reshape(shape)
    given = {name: x.reshape(shape) for name, x in zip(s._fields[1:], s[1:], strict=True)}
    return faults(
        bad, given, rule=f"{method} needs positive values",
        remedy="take QE, which then fits a normal distribution, or leave the study out",
    )  # fmt: skip
