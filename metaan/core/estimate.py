"""An estimate with its uncertainty, and an interval; both on the analysis scale until read."""

from __future__ import annotations

from dataclasses import dataclass, replace

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

    def read(self) -> Interval:
        """Return the interval on the reading scale (e.g. risk ratio instead of its logarithm)."""
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

    def read(self) -> Estimate:
        """Return value and limits on the reading scale; ``se`` by the delta method.

        The statistic, its degrees of freedom and the p-value belong to the test on the analysis
        scale and stay as they are.
        """
        return replace(
            self,
            value=float(self.scale.inverse(self.value)),
            low=float(self.scale.inverse(self.low)),
            high=float(self.scale.inverse(self.high)),
            se=float(self.se * abs(self.scale.derivative(self.value))),
            scale=IDENTITY,
        )
