"""COUNT_TESTS: tests of association and of homogeneity of tables, one row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.counts import PEOPLE, TIME, Counts
from metaan.core.counts_fit import Test
from metaan.core.lookup import Named
from metaan.numerics.tails import log_chi2_tail
from metaan.twobytwo.estimators import DEFAULT_MEASURE, MH_MEASURES, odds_ratio
from metaan.twobytwo.groups import Groups, groups_of

CONTINUITY = 0.5


class ChiSquare(NamedTuple):
    """Statistics and degrees of freedom, shape (n,); NaN and 0 where no study tells."""

    statistic: Floats
    df: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class CountTest:
    """A row of ``COUNT_TESTS``.

    Attributes
    ----------
    key, name : str
        Key, and name ready to print.
    function : callable
        ``function(groups) -> ChiSquare``.
    kinds : tuple of str
        What the events may be counted over.
    homogeneity : bool
        Whether it asks if the odds ratios are one; else it asks if there is an effect.
    doi : str
        Where it was published; empty for a book.
    """

    key: str
    name: str
    function: Callable[[Groups], ChiSquare]
    kinds: tuple[str, ...]
    homogeneity: bool
    doi: str


def association(groups: Groups) -> ChiSquare:
    """Return the Cochran-Mantel-Haenszel chi-square: ``(sum (O - E))² / sum V``."""
    return _association(groups, 0.0)


def association_corrected(groups: Groups) -> ChiSquare:
    """Return it corrected for continuity: ``max(0, |sum (O - E)| - 1/2)² / sum V``.

    Within half an event of the expectation it is 0. (R's ``mantelhaen.test`` leaves the
    correction out there, so that the statistic would jump up; metafor's grows again.)
    """
    return _association(groups, CONTINUITY)


def _association(groups: Groups, less: float) -> ChiSquare:
    distance = np.abs(np.add.reduce(groups.excess, axis=-1))
    variance = np.add.reduce(groups.chance_variance, axis=-1)
    told = variance > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.maximum(0.0, distance - less) / np.sqrt(variance)
    return ChiSquare(np.where(told, statistic**2, np.nan), told.astype(np.float64))


class Fitted(NamedTuple):
    """Observed minus fitted events of the treatment, and their variance, shape (n, k)."""

    residual: Floats
    variance: Floats


def fitted_tables(groups: Groups, psi: Floats) -> Fitted:
    """Return how the tables differ from those with their margins and this odds ratio.

    Parameters
    ----------
    groups : Groups
        Tables (n, k) of people.
    psi : ndarray, shape (n,)
        Odds ratio, finite and greater than 0.

    Notes
    -----
    Each of the four fitted cells is the root of its own quadratic, none the difference of two
    numbers (`_fitted_cell`); the variance is ``1 / (1/A + 1/B + 1/C + 1/D)``.
    """
    ratio = psi[:, None]
    n1, n2 = groups.whole1, groups.whole2
    m, rest = groups.events, groups.spared1 + groups.spared2
    a, d = _fitted_cell(n1, n2, m, ratio), _fitted_cell(n2, n1, rest, ratio)
    b, c = _fitted_cell(n1, n2, rest, 1 / ratio), _fitted_cell(n2, n1, m, 1 / ratio)
    with np.errstate(divide="ignore"):
        return Fitted(groups.events1 - a, 1 / (1 / a + 1 / b + 1 / c + 1 / d))


def _fitted_cell(n1: Floats, n2: Floats, m: Floats, psi: Floats) -> Floats:
    """Return the A of n1 and m for which ``A (n2 - m + A) = psi (n1 - A) (m - A)``.

    ``(1 - psi) A² + s A = psi n1 m`` with ``s = n2 - m + psi (n1 + m)``. Its discriminant is
    written as a sum of positive terms, and the root taken in the form that adds.
    """
    s = n2 - m + psi * (n1 + m)
    root = np.sqrt(
        (n2 - m) ** 2 + psi**2 * (n1 - m) ** 2 + 2 * psi * (n1 * n2 + m * (n1 + n2 - m))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        cell = np.where(s >= 0, 2 * psi * n1 * m / (s + root), (root - s) / (2 * (1 - psi)))
    return np.asarray(np.where((n1 > 0) & (m > 0), cell, 0.0))


def breslow_day(groups: Groups) -> ChiSquare:
    """Return Breslow and Day's chi-square: ``sum (a - A)² / var(a)`` at the MH odds ratio."""
    fitted, told, df = _at_mantel_haenszel(groups)
    return ChiSquare(np.where(df > 0, _squares(fitted, told), np.nan), df)


def tarone(groups: Groups) -> ChiSquare:
    """Return it less Tarone's ``(sum (a - A))² / sum var(a)``.

    The Mantel-Haenszel odds ratio is not the efficient one, and Breslow and Day's statistic too
    large for a chi-square by just that.
    """
    fitted, told, df = _at_mantel_haenszel(groups)
    off = np.add.reduce(np.where(told, fitted.residual, 0.0), axis=-1)
    whole = np.add.reduce(np.where(told, fitted.variance, 0.0), axis=-1)
    less = off**2 / np.where(whole > 0, whole, 1.0)
    return ChiSquare(np.where(df > 0, _squares(fitted, told) - less, np.nan), df)


def _at_mantel_haenszel(groups: Groups) -> tuple[Fitted, Booleans, Floats]:
    """Return the fitted tables, which of them tell, and their number less one."""
    log_psi = MH_MEASURES[DEFAULT_MEASURE].value(odds_ratio(groups))
    good = np.isfinite(log_psi)
    fitted = fitted_tables(groups, np.exp(np.where(good, log_psi, 0.0)))
    told = (fitted.variance > 0) & good[:, None]
    return fitted, told, np.maximum(0.0, np.add.reduce(told, axis=-1) - 1.0)


def _squares(fitted: Fitted, told: Booleans) -> Floats:
    squares = fitted.residual**2 / np.where(told, fitted.variance, 1.0)
    return np.asarray(np.add.reduce(np.where(told, squares, 0.0), axis=-1))


_CMH = "10.1093/jnci/22.4.719"

_ROWS = (
    CountTest(
        key="CMH",
        name="Cochran-Mantel-Haenszel test",
        function=association,
        kinds=(PEOPLE, TIME),
        homogeneity=False,
        doi=_CMH,
    ),
    CountTest(
        key="CMH_CORRECTED",
        name="Cochran-Mantel-Haenszel test, corrected for continuity",
        function=association_corrected,
        kinds=(PEOPLE, TIME),
        homogeneity=False,
        doi=_CMH,
    ),
    CountTest(
        key="BRESLOW_DAY",
        name="Breslow-Day test of one odds ratio",
        function=breslow_day,
        kinds=(PEOPLE,),
        homogeneity=True,
        doi="",
    ),
    CountTest(
        key="TARONE",
        name="Breslow-Day test of one odds ratio with Tarone's correction",
        function=tarone,
        kinds=(PEOPLE,),
        homogeneity=True,
        doi="10.1093/biomet/72.1.91",
    ),
)

COUNT_TESTS: Mapping[str, CountTest] = MappingProxyType({row.key: row for row in _ROWS})


def run_tests(groups: Groups, rows: Sequence[CountTest]) -> Mapping[str, Test]:
    """Return some tests of the first analysis of a batch."""
    found = {}
    for row in rows:
        statistic, df = (float(part[0]) for part in row.function(groups))
        log_p = float(log_chi2_tail(statistic, df)) if df > 0 else float("nan")
        found[row.key] = Test(
            name=row.name,
            statistic=statistic,
            df=df,
            p_value=float(np.exp(log_p)),
            log_p_value=log_p,
            doi=row.doi,
            homogeneity=row.homogeneity,
        )
    return Named("a test of these counts", found)


def count_tests(counts: Counts) -> Mapping[str, Test]:
    """Return the tests of association and of homogeneity of counts in two groups.

    Parameters
    ----------
    counts : Counts
        Counts of k >= 1 studies in two groups.

    Returns
    -------
    mapping of str to Test
        By key of ``COUNT_TESTS``: the Cochran-Mantel-Haenszel test, without and with the
        correction for continuity (over person-time its Poisson form); for people also the
        Breslow-Day test that all odds ratios are one, as published and with Tarone's correction.
        A test that no study tells about has NaN for its statistic.

    Raises
    ------
    InputError
        If the counts are of one group, or of no study.

    Notes
    -----
    All are of the counts as they are: nothing is added to zero cells, and tables with a margin of
    0 have no part in them, nor in the degrees of freedom. Breslow and Day's test [2]_ is at the
    Mantel-Haenszel odds ratio; only with Tarone's correction [3]_ is it a chi-square. Both ask
    for tables that are not sparse.

    References
    ----------
    .. [1] Mantel N, Haenszel W (1959). J Natl Cancer Inst 22:719. doi:10.1093/jnci/22.4.719
    .. [2] Breslow NE, Day NE (1980). Statistical Methods in Cancer Research, volume 1. IARC.
    .. [3] Tarone RE (1985). Biometrika 72:91. doi:10.1093/biomet/72.1.91

    Examples
    --------
    >>> import metaan as ma
    >>> table = {"events1": [4, 6], "n1": [123, 306], "events2": [11, 29], "n2": [139, 303]}
    >>> tests = ma.count_tests(ma.counts(table))
    >>> round(tests["CMH"].statistic, 3), round(tests["TARONE"].p_value, 3)
    (18.14, 0.329)
    """
    groups = groups_of(counts)
    rows = [row for row in COUNT_TESTS.values() if counts.kind in row.kinds]
    return run_tests(groups, rows)
