"""EXCESS_TESTS: a number of significant studies against what their power lets expect.

Letters: k studies; O of them are significant, with probabilities p_i, their power; E = sum p_i.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Floats
from metaan.numerics.tails import log_chi2_tail

# A probability within this of that of the observed number counts as equal, as R's binom.test has.
SAME = 1e-7


def number_of_successes(p: Floats) -> Floats:
    """Return P(0), ..., P(k) successes of k trials with probabilities p, by adding one at a time.

    Examples
    --------
    >>> number_of_successes(np.array([0.5, 0.2])).round(3)
    array([0.4, 0.5, 0.1])
    """
    mass = np.ones(1)
    for each in p.tolist():
        mass = np.append(mass * (1 - each), 0.0) + np.append(0.0, mass * each)
    return mass


def _binomial(p: Floats) -> Floats:
    """Return the same for trials of equal probability, their mean."""
    from scipy.special import gammaln, xlog1py, xlogy

    k, mean = len(p), float(np.mean(p))
    x = np.arange(k + 1.0)
    ways = gammaln(k + 1) - gammaln(x + 1) - gammaln(k - x + 1)
    return np.asarray(np.exp(ways + xlogy(x, mean) + xlog1py(k - x, -mean)))


def _tails(mass: Floats, observed: int, alternative: str) -> float:
    """Return the p-value of an observed number under its distribution."""
    if alternative == GREATER:
        return min(float(mass[observed:].sum()), 1.0)
    if alternative == LESS:
        return min(float(mass[: observed + 1].sum()), 1.0)
    return min(float(mass[mass <= mass[observed] * (1 + SAME)].sum()), 1.0)


def by_counting(p: Floats, observed: int, alternative: str) -> tuple[float, float]:
    """Return no statistic and the exact p-value."""
    return math.nan, _tails(number_of_successes(p), observed, alternative)


def by_binomial(p: Floats, observed: int, alternative: str) -> tuple[float, float]:
    """Return no statistic and the p-value as if all studies had the mean power."""
    return math.nan, _tails(_binomial(p), observed, alternative)


def by_chi2(p: Floats, observed: int, alternative: str) -> tuple[float, float]:
    """Return chi² of O and k - O against what is expected, and its p-value, one-sided by half."""
    k, expected = len(p), float(p.sum())
    gap = observed - expected
    if gap == 0:
        statistic = 0.0
    elif expected == 0 or expected >= k:
        statistic = math.inf
    else:
        statistic = gap**2 / expected + gap**2 / (k - expected)
    both = math.exp(float(log_chi2_tail(statistic, 1.0)))
    if alternative == TWO_SIDED:
        return statistic, both
    toward = gap > 0 if alternative == GREATER else gap < 0
    return statistic, both / 2 if toward else 1 - both / 2


ALTERNATIVES = ("greater", "less", "two-sided")
GREATER, LESS, TWO_SIDED = ALTERNATIVES
SOUGHT: Mapping[str, str] = MappingProxyType(
    {
        GREATER: "more significant results than expected",
        LESS: "fewer significant results than expected",
        TWO_SIDED: "more or fewer significant results than expected",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcessTest:
    """A row of ``EXCESS_TESTS``.

    Attributes
    ----------
    key, name : str
        Key and full name.
    function : callable
        ``function(p, observed, alternative) -> (statistic, p_value)``; the statistic is NaN where
        the p-value is counted.
    doi : str
        Where it was published for this purpose.
    """

    key: str
    name: str
    function: Callable[[Floats, int, str], tuple[float, float]]
    doi: str


_ROWS = (
    ExcessTest(
        key="EXACT",
        name="exact, each study with its own power",
        function=by_counting,
        doi="10.1016/j.jmp.2013.02.003",
    ),
    ExcessTest(
        key="BINOMIAL",
        name="binomial, all with the mean power",
        function=by_binomial,
        doi="10.1177/1740774507079441",
    ),
    ExcessTest(key="CHI2", name="chi-square", function=by_chi2, doi="10.1177/1740774507079441"),
)
EXCESS_TESTS: Mapping[str, ExcessTest] = MappingProxyType({row.key: row for row in _ROWS})
DEFAULT_EXCESS_TEST = _ROWS[0].key
