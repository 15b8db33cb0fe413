"""An estimate with its uncertainty, and an interval; both on the analysis scale until read."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from metaan.core.numbers import fixed, interval, p_text
from metaan.core.scale import IDENTITY, Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An interval with its level.

    Attributes
    ----------
    low, high : float
        Limits, analysis scale.
    level : float
        Coverage, e.g. 0.95.
    scale : Scale
        How the limits are read.
    """

    low: float
    high: float
    level: float
    scale: Scale = IDENTITY

    def __str__(self) -> str:
        """Return the limits, reading scale."""
        own = self.read()
        return f"{100 * self.level:g}% interval {interval(own.low, own.high, 3)}"

    __repr__ = __str__

    def read(self) -> Interval:
        """Return the interval on the reading scale (e.g. risk ratio instead of its logarithm)."""
        with np.errstate(over="ignore"):  # a limit beyond all numbers reads as infinite
            low, high = float(self.scale.inverse(self.low)), float(self.scale.inverse(self.high))
        return Interval(low=low, high=high, level=self.level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A point estimate with its standard error, interval and test of no effect.

    Attributes
    ----------
    value, se : float
        Estimate and standard error, analysis scale.
    low, high : float
        Confidence limits, analysis scale.
    statistic, df, p_value : float
        Test statistic against the scale's null, its degrees of freedom (``inf``: normal) and the
        two-sided p-value.
    log_p_value : float
        Natural logarithm of the p-value; finite where the p-value underflows to 0.
    level : float
        Coverage of the interval.
    scale : Scale
        How the numbers are read.
    """

    value: float
    se: float
    low: float
    high: float
    statistic: float
    df: float
    p_value: float
    log_p_value: float
    level: float
    scale: Scale = IDENTITY

    def __str__(self) -> str:
        """Return the estimate, its limits and test; reading scale."""
        own, test = self.read(), ""
        if self.scale.has_null:
            test = f", {p_text(self.p_value, self.log_p_value)}"
        limits = interval(own.low, own.high, 3)
        return f"{fixed(own.value, 3)}, {100 * self.level:g}% CI {limits}{test}"

    __repr__ = __str__

    def read(self) -> Estimate:
        """Return value and limits on the reading scale; ``se`` by the delta method.

        The statistic, its degrees of freedom and the p-value belong to the test on the analysis
        scale and stay as they are.
        """
        ends = Interval(low=self.low, high=self.high, level=self.level, scale=self.scale).read()
        with np.errstate(over="ignore"):
            value = float(self.scale.inverse(self.value))
            se = float(self.se * abs(self.scale.derivative(self.value)))
        return replace(self, value=value, low=ends.low, high=ends.high, se=se, scale=IDENTITY)
