"""The record of a radial plot: every number and every string that will be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaan.core.scale import Scale
from metaan.plots.pages.chart import ChartFrame

if TYPE_CHECKING:
    import pandas as pd

Path = tuple[tuple[float, float], ...]  # points in the numbers of the axes


@dataclass(frozen=True, slots=True, kw_only=True)
class RadialPoint:
    """One study.

    Attributes
    ----------
    study : str
        Label.
    x, y : float
        ``1 / sqrt(v + tau²)`` and ``effect / sqrt(v + tau²)``; tau² is 0 for a common effect.
    estimate : float
        Effect, reading scale.
    outside : bool or None
        Whether it lies outside of the band; None where there is none.
    named : bool
        Whether the label is to stand beside it.
    rows : tuple of str
        Row ids of the data behind it.
    """

    study: str
    x: float
    y: float
    estimate: float
    outside: bool | None = None
    named: bool = False
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RadialArc:
    """The arc on which effects are read: every ray from (0, 0) to it has one effect as slope.

    Attributes
    ----------
    line : tuple of points
        The arc itself.
    ticks : tuple of float
        Effects marked on it, analysis scale.
    marks : tuple of pairs of points
        Inner and outer end of each tick.
    interval : tuple of points
        Part of the arc between the limits of the pooled effect; empty without one.
    """

    line: Path
    ticks: tuple[float, ...]
    marks: tuple[Path, ...]
    interval: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RadialPoints:
    """What a radial plot shows, as numbers and strings.

    Attributes
    ----------
    points : tuple of RadialPoint
        Studies, in their order.
    center : float
        Pooled effect, analysis scale, the slope of the line; NaN if there is none.
    line : tuple of points
        From (0, 0) to the arc; empty without a pooled effect.
    band : tuple of points
        Corners of the band ``center x ± z``; empty without a pooled effect.
    half_width : float
        z, half the height of the band.
    level : float
        Coverage of the band.
    tau2 : float
        Between-study variance in ``x`` and ``y``.
    arc : RadialArc
        The scale of effects.
    scale : Scale
        How effects are read.
    frame : ChartFrame
        Axes, title, footnotes, legend and names.
    alt : str
        The figure in one sentence, for readers who cannot see it.
    """

    points: tuple[RadialPoint, ...]
    center: float
    line: Path
    band: Path
    half_width: float
    level: float
    tau2: float
    arc: RadialArc
    scale: Scale
    frame: ChartFrame
    alt: str

    @property
    def title(self) -> str:
        """Above the figure; may be empty."""
        return self.frame.title

    def to_frame(self) -> pd.DataFrame:
        """Return one line per study: estimate (reading scale), precision, standardized effect."""
        import pandas as pd

        return pd.DataFrame([_line(point) for point in self.points])


def _line(point: RadialPoint) -> Mapping[str, Any]:
    return {
        "study": point.study,
        "estimate": point.estimate,
        "precision": point.x,
        "standardized": point.y,
        "outside": point.outside,
        "rows": " ".join(point.rows),
    }
