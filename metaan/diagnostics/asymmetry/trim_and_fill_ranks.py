"""MISSING_ESTIMATORS: how many studies are missing, from ranks of deviations from a center.

Letters: n studies; T the sum of the ranks of the deviations that are positive, deviations ranked
by size; g how many of the largest deviations are positive without a break; k0 missing studies.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Floats

# Sizes of deviations nearer than this, of the largest, are a tie: a center is known to 1e-10.
TIE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """What the estimators take from n deviations: the sum of ranks T, and the run g."""

    n: int
    total: float
    run: int


def ranked(deviation: Floats) -> Ranked:
    """Return the sum of ranks and the run of deviations, shape (n,), positive on the full side.

    Deviations of one size share the mean of their ranks, so that neither the order of the studies
    nor a change of side decides between them; a tie of opposite signs ends the run.
    """
    size = np.abs(deviation)
    order = np.argsort(size)
    scale = float(size[order[-1]])
    fresh = np.concatenate([[True], np.diff(size[order]) > TIE * scale])
    block = np.cumsum(fresh) - 1
    place = np.bincount(block, np.arange(1, len(size) + 1)) / np.bincount(block)
    positive = deviation > TIE * scale
    rank = np.empty(len(size))
    rank[order] = place[block]
    others = rank[~positive]
    longest = float(others.max()) if len(others) else 0.0
    return Ranked(
        n=len(size),
        total=float(rank[positive].sum()),
        run=int(np.count_nonzero(rank[positive] > longest)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingEstimator:
    """A row of ``MISSING_ESTIMATORS``.

    Attributes
    ----------
    key, name : str
        Key, and what it rests on.
    number : callable
        ``number(ranked) -> float``: estimated number, not rounded; NaN where it has no value.
    variance : callable
        ``variance(n, k0) -> float``: of the estimator, at k0 missing studies.
    tests : bool
        Whether it comes with a test that none is missing.
    """

    key: str
    name: str
    number: Callable[[Ranked], float]
    variance: Callable[[int, float], float]
    tests: bool = False


def _of_ranks(n: int, k0: float) -> float:
    """Return the variance of T at k0 missing studies."""
    return (
        n * (n + 1) * (2 * n + 1)
        + 10 * k0**3
        + 27 * k0**2
        + 17 * k0
        - 18 * n * k0**2
        - 18 * n * k0
        + 6 * n**2 * k0
    ) / 24


def _linear(found: Ranked) -> float:
    return (4 * found.total - found.n * (found.n + 1)) / (2 * found.n - 1)


def _linear_variance(n: int, k0: float) -> float:
    return 16 * _of_ranks(n, k0) / (2 * n - 1) ** 2


def _run(found: Ranked) -> float:
    return max(found.run - 1.0, 0.0)


def _run_variance(n: int, k0: float) -> float:
    del n
    return 2 * k0 + 2


def _quadratic(found: Ranked) -> float:
    inside = 2 * found.n**2 - 4 * found.total + 0.25
    return found.n - 0.5 - math.sqrt(inside) if inside >= 0 else math.nan


def _quadratic_variance(n: int, k0: float) -> float:
    under = (n - 0.5) ** 2 - k0 * (2 * n - k0 - 1)
    return 4 * _of_ranks(n, k0) / under if under > 0 else math.nan


_ROWS = (
    MissingEstimator(
        key="L0", name="linear in the sum of ranks", number=_linear, variance=_linear_variance
    ),
    MissingEstimator(
        key="R0", name="run of largest ranks", number=_run, variance=_run_variance, tests=True
    ),
    MissingEstimator(
        key="Q0",
        name="quadratic in the sum of ranks",
        number=_quadratic,
        variance=_quadratic_variance,
    ),
)
MISSING_ESTIMATORS: Mapping[str, MissingEstimator] = MappingProxyType(
    {row.key: row for row in _ROWS}
)
DEFAULT_MISSING = _ROWS[0].key


def rounded(number: float, n: int) -> int:
    """Return the number of studies that are trimmed: the nearest whole one, from 0 to n - 1."""
    return min(max(math.floor(number + 0.5), 0), n - 1)


def standard_error(row: MissingEstimator, n: int, number: float) -> float:
    """Return the standard error at the estimate as it is; NaN where its variance is not positive.

    A negative estimate, of which nothing is trimmed, lies outside of what the variance was
    derived for; metafor evaluates it there all the same.
    """
    variance = row.variance(n, number)
    return math.sqrt(variance) if variance > 0 else math.nan
