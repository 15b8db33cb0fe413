"""FAIL_SAFE_METHODS: how many studies without an effect would overturn a result.

Letters: y effects less no effect, v their variances, w = 1 / v; k studies; N studies added, whose
effects average no effect; mu and tau2 the mean less no effect and the between-study variance of a
random-effects fit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from scipy.special import log_ndtr, ndtri

from metaan.core.arrays import Floats
from metaan.numerics.tails import log_two_sided

# A number this near to a whole one, relatively, is that one: 13.000000000000002 is 13.
WHOLE = 1e-10


class Question(NamedTuple):
    """What a method is asked: the smallest effect that matters, or the error of a test.

    ``mean`` (less no effect) and ``tau2`` are those of a fit, for methods that look at one.
    """

    target: float
    level: float
    mean: float = math.nan
    tau2: float = 0.0


class Answer(NamedTuple):
    """What a method found: N as it comes, the mean and the log p of the studies as they are.

    NaN where a method has none.
    """

    number: float
    mean: float
    log_p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FailSafeMethod:
    """A row of ``FAIL_SAFE_METHODS``.

    Attributes
    ----------
    key, name : str
        Key and full name.
    function : callable
        ``function(y, v, question) -> Answer``.
    overturned : str
        What N studies would do, as the end of a sentence.
    looked_at : str
        What it looks at, of the effect ``{label}`` in so many ``{studies}``.
    doi : str
        Where it was published.
    by_target : bool
        Whether it asks for a mean, and not for a test.
    by_fit : bool
        Whether it looks at the mean and tau² of a fit.
    """

    key: str
    name: str
    function: Callable[[Floats, Floats, Question], Answer]
    overturned: str
    doi: str
    looked_at: str = "combined {label} of {studies}"
    by_target: bool = False
    by_fit: bool = False


def rosenthal(y: Floats, v: Floats, question: Question) -> Answer:
    """Return N with ``|sum z| / sqrt(k + N) = z_error``, one-sided: Stouffer's combined z."""
    total = abs(float(np.sum(y / np.sqrt(v))))
    error = -float(ndtri(1 - question.level))
    k = len(y)
    number = (total / error) ** 2 - k if total > 0 else -math.inf
    return Answer(number, math.nan, float(log_ndtr(-total / math.sqrt(k))))


def orwin(y: Floats, v: Floats, question: Question) -> Answer:
    """Return N with ``k mean / (k + N) = target``, the mean without weights."""
    del v
    return _toward(float(np.mean(y)), len(y), question.target)


def orwin_weighted(y: Floats, v: Floats, question: Question) -> Answer:
    """Return N with ``k mean / (k + N) = target``: weights ``1 / v``, N of mean weight."""
    return _toward(float(np.sum(y / v) / np.sum(1 / v)), len(y), question.target)


def _toward(mean: float, k: int, target: float) -> Answer:
    return Answer(k * (abs(mean) - target) / target, mean, math.nan)


def rosenberg(y: Floats, v: Floats, question: Question) -> Answer:
    """Return N, of mean weight, with ``|sum w y| / sqrt(sum w + N mean w) = z``, two-sided."""
    w = 1 / v
    total, weight = float(np.sum(w * y)), float(np.sum(w))
    z = -float(ndtri((1 - question.level) / 2))
    number = len(y) * ((total / z) ** 2 / weight - 1)
    log_p = float(log_two_sided(total / math.sqrt(weight), math.inf))
    return Answer(number, total / weight, log_p)


def general(y: Floats, v: Floats, question: Question) -> Answer:
    """Return the first N with which the mean of a random-effects model is not significant.

    The N studies have the harmonic mean of v. With n = k + N, tau² of all of them together is
    ``((n - 2) tau2 + k N mu² / n) / (n - 1)``: as if both groups varied by tau2 about their means
    mu and 0; for the common effect it stays 0. The test is normal, two-sided.
    """

    def log_p(number: int) -> float:
        mean, error = _with_nulls(y, v, number, question)
        return float(log_two_sided(mean / error, math.inf))

    wanted, start = math.log1p(-question.level), log_p(0)
    if start > wanted:
        return Answer(0.0, question.mean, start)
    below, above = 0, 1
    while log_p(above) <= wanted:
        below, above = above, 2 * above
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (middle, above) if log_p(middle) <= wanted else (below, middle)
    return Answer(float(above), question.mean, start)


def _with_nulls(y: Floats, v: Floats, number: int, question: Question) -> tuple[float, float]:
    """Return the mean with N studies of no effect, and its standard error."""
    k, n, tau2 = len(y), len(y) + number, question.tau2
    if number and tau2 == tau2:
        between = k * number / n * question.mean**2
        tau2 = ((n - 2) * tau2 + between) / (n - 1)
    tau2 = 0.0 if tau2 != tau2 else tau2  # NaN stands for the common effect
    w = 1 / (v + tau2)
    weight = float(np.sum(w)) + number / (1 / float(np.mean(1 / v)) + tau2)
    return float(np.sum(w * y)) / weight, 1 / math.sqrt(weight)


_ROWS = (
    FailSafeMethod(
        key="ROSENTHAL",
        name="Rosenthal, combined z-values",
        function=rosenthal,
        overturned="make the combined one-sided test no longer significant",
        looked_at="test that combines the z-values of {studies}, one-sided towards the side they "
        "are on,",
        doi="10.1037/0033-2909.86.3.638",
    ),
    FailSafeMethod(
        key="ORWIN",
        name="Orwin, unweighted mean",
        function=orwin,
        overturned="bring the unweighted mean down to",
        doi="10.3102/10769986008002157",
        by_target=True,
    ),
    FailSafeMethod(
        key="ORWIN_WEIGHTED",
        name="Orwin, mean with inverse-variance weights",
        function=orwin_weighted,
        overturned="bring the common-effect mean down to",
        doi="10.3102/10769986008002157",
        by_target=True,
    ),
    FailSafeMethod(
        key="ROSENBERG",
        name="Rosenberg, common-effect mean",
        function=rosenberg,
        overturned="make the common-effect mean no longer significant",
        doi="10.1111/j.0014-3820.2005.tb01004.x",
    ),
    FailSafeMethod(
        key="GENERAL",
        name="general, random-effects mean",
        function=general,
        overturned="make the mean of the fit's model no longer significant by a normal test",
        doi="10.18637/jss.v036.i03",
        by_fit=True,
    ),
)
FAIL_SAFE_METHODS: Mapping[str, FailSafeMethod] = MappingProxyType({row.key: row for row in _ROWS})
DEFAULT_FAIL_SAFE = _ROWS[0].key


def least_whole(number: float) -> int:
    """Return the least whole number that is enough; 0 where none is needed."""
    if not number > 0:
        return 0
    return math.ceil(number - WHOLE * max(1.0, number))
