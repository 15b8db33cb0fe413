"""The record of a sunset funnel: every number and every string that will be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaan.diagnostics.asymmetry.power_record import StudyPower
from metaan.plots.charts.funnel_record import FunnelPoint
from metaan.plots.pages.chart import ChartFrame

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerRegion:
    """Standard errors with which studies have a power between two values.

    Attributes
    ----------
    low, high : float
        Power, 0 to 1.
    top, bottom : float
        Standard errors where it begins and ends, within the axis.
    shade : float
        0 for the highest power, which is not colored, to 1 for the lowest.
    """

    low: float
    high: float
    top: float
    bottom: float
    shade: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SunsetPoints:
    """What a sunset funnel shows, as numbers and strings.

    Attributes
    ----------
    power : StudyPower
        Power of each study and what sums it up.
    points : tuple of FunnelPoint
        Studies, in their order.
    regions : tuple of PowerRegion
        From high power to low.
    ticks : tuple of (float, float)
        Power and standard error of each mark of the second axis.
    ends : tuple of float
        Left and right end of the effects, analysis scale; the panel goes on for the second axis.
    effect, pooled : float
        Effect whose power is shown, and the pooled one, analysis scale.
    significance : tuple of lines
        Two lines of points ``(effect, standard error)``: where a study's p is ``1 - level``.
    frame : ChartFrame
        Axes, title, footnotes, legend and names.
    alt : str
        The figure in one sentence, for readers who cannot see it.
    """

    power: StudyPower
    points: tuple[FunnelPoint, ...]
    regions: tuple[PowerRegion, ...]
    ticks: tuple[tuple[float, float], ...]
    ends: tuple[float, float]
    effect: float
    pooled: float
    significance: tuple[tuple[tuple[float, float], ...], ...]
    frame: ChartFrame
    alt: str

    @property
    def title(self) -> str:
        """Above the figure; may be empty."""
        return self.frame.title

    def to_frame(self) -> pd.DataFrame:
        """Return one line per study: estimate (reading scale), se, power, significant."""
        return self.power.to_frame()
