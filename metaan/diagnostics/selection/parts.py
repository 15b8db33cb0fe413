"""Parts of a fitted selection model: parameters, tests, intervals with their studies."""

from __future__ import annotations

from dataclasses import dataclass

from metaan.core.estimate import Estimate
from metaan.core.numbers import compact, counted, p_text
from metaan.core.wording import degrees_words

TAU2 = "tau2"
INTERIOR, BOTTOM, TOP = "", "low", "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionParameter:
    """A parameter of a selection function.

    Attributes
    ----------
    name, label : str
        "delta2", and what it is ("0.025 < p ≤ 0.5").
    estimate : Estimate
        Value, standard error, Wald limits (not below 0) and test of no selection; NaN for what is
        fixed or at a border.
    fixed : bool
        Whether the caller fixed it, or it is 1 by definition.
    border : str
        "low" or "high" if the likelihood still rises at the end of its range, else empty.
    place : int
        Its number among those that are searched; -1 for the others.
    """

    name: str
    label: str
    estimate: Estimate
    fixed: bool = False
    border: str = INTERIOR
    place: int = -1

    @property
    def value(self) -> float:
        """The estimate."""
        return self.estimate.value

    @property
    def se(self) -> float:
        """Its standard error."""
        return self.estimate.se

    def __str__(self) -> str:
        """Return name, meaning and estimate."""
        return f"{self.name} ({self.label}): {self.estimate}"

    __repr__ = __str__


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelihoodRatio:
    """A likelihood ratio test.

    Attributes
    ----------
    statistic, df, p_value, log_p_value : float
        Twice the difference of the log-likelihoods (not below 0), degrees of freedom, and p-value
        of the chi-square distribution; NaN where there is nothing to test.
    """

    statistic: float
    df: float
    p_value: float
    log_p_value: float

    def __str__(self) -> str:
        """Return the test."""
        if not self.df > 0:
            return "not tested"
        p = p_text(self.p_value, self.log_p_value)
        return f"chi² = {compact(self.statistic)}, {degrees_words(self.df)}, {p}"

    __repr__ = __str__


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalCount:
    """An interval of p-values and its studies.

    Attributes
    ----------
    low, high : float
        ``low < p <= high``.
    count : int
        Studies in it.
    """

    low: float
    high: float
    count: int

    @property
    def words(self) -> str:
        """The interval as it is printed."""
        if self.low == 0:
            return f"p ≤ {compact(self.high)}"
        low = compact(self.low)
        return f"p > {low}" if self.high == 1 else f"{low} < p ≤ {compact(self.high)}"

    def __str__(self) -> str:
        """Return interval and count."""
        return f"{self.words}: {counted(self.count, 'study', 'studies')}"

    __repr__ = __str__
