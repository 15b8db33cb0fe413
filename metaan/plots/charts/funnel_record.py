"""The record of a funnel plot: every number and every string that will be drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from metaan.core.scale import Scale
from metaan.plots.charts.bubble_colors import Look
from metaan.plots.pages import theme
from metaan.plots.pages.chart import ChartFrame

if TYPE_CHECKING:
    import pandas as pd

PointKind = Literal["study", "imputed"]

STUDY_LOOK = Look(fill=theme.OURS)
IMPUTED_LOOK = Look(fill=theme.PAPER)
BAND_COLOR, BAND_EDGE = theme.BAND, theme.QUIET
STUDY_EDGE, GROUP_EDGE = theme.PAPER, theme.INK
CENTER_COLOR, NULL_COLOR, FOUND_COLOR = theme.OURS, theme.QUIET, theme.PUBLISHED_EDGE
LIMIT_COLORS = (theme.OURS, theme.QUIET, theme.RULE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelPoint:
    """One study.

    Attributes
    ----------
    study : str
        Label.
    kind : str
        "study", or "imputed" for one that no one has seen (drawn open).
    x, y : float
        Effect on the analysis scale, and value on the vertical axis.
    se : float
        Standard error, analysis scale.
    estimate : float
        Effect, reading scale.
    group : str
        Value of the column that marks are told apart by; empty if there is none.
    look : Look
        Fill and marker.
    outside : bool or None
        Whether it lies outside of the first limits; None where there are none.
    beyond : int
        -1 or 1 where the effect lies left or right of the axis: drawn as an arrow; else 0.
    named : bool
        Whether the label is to stand beside it.
    rows : tuple of str
        Row ids of the data behind it.
    """

    study: str
    x: float
    y: float
    se: float
    estimate: float
    kind: PointKind = "study"
    group: str = ""
    look: Look = STUDY_LOOK
    outside: bool | None = None
    beyond: int = 0
    named: bool = False
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelBand:
    """The range of effects between two limits, along the vertical axis.

    Attributes
    ----------
    level : float
        Coverage.
    label : str
        What the legend calls it.
    color : str
        Of its lines, or of its area; a name of the theme.
    y, low, high : tuple of float
        Values on the vertical axis, and the limits there, analysis scale.
    """

    level: float
    label: str
    color: str
    y: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelPoints:
    """What a funnel plot shows, as numbers and strings.

    Attributes
    ----------
    points : tuple of FunnelPoint
        Studies, in their order.
    groups : tuple of str
        Values that marks are told apart by, in the order of the legend; empty if none.
    axis : str
        Row of ``FUNNEL_AXES``.
    center : float
        Pooled effect, analysis scale; 0 for residuals; NaN if there is none. Of trim and fill, the
        pool with the filled studies.
    null : float
        Center of the contours, analysis scale; NaN where there are none.
    limits : tuple of FunnelBand
        Limits around the center.
    contours : tuple of FunnelBand
        Ranges of effects whose two-sided p is above ``1 - level``, from wide to narrow; what lies
        beyond the widest has the color ``outer``.
    outer : str
        Ground of the panel, a name of the theme.
    scale : Scale
        How effects are read.
    frame : ChartFrame
        Axes, title, footnotes, legend and names.
    alt : str
        The figure in one sentence, for readers who cannot see it.
    as_found : float
        Pool of the studies alone, where ``center`` is that with filled ones; NaN otherwise.
    important : (float, float)
        Ends of the effects too small to matter, analysis scale; NaN where none are drawn.
    """

    points: tuple[FunnelPoint, ...]
    groups: tuple[str, ...]
    axis: str
    center: float
    null: float
    limits: tuple[FunnelBand, ...]
    contours: tuple[FunnelBand, ...]
    outer: str
    scale: Scale
    frame: ChartFrame
    alt: str
    as_found: float = math.nan
    important: tuple[float, float] = (math.nan, math.nan)

    @property
    def title(self) -> str:
        """Above the figure; may be empty."""
        return self.frame.title

    def to_frame(self) -> pd.DataFrame:
        """Return one line per study: estimate (reading scale), se, value on the axis, group."""
        import pandas as pd

        return pd.DataFrame([self._line(point) for point in self.points])

    def _line(self, point: FunnelPoint) -> Mapping[str, Any]:
        return {
            "study": point.study,
            "kind": point.kind,
            "estimate": point.estimate,
            "se": point.se,
            "on_axis": point.y,
            "group": point.group,
            "outside": point.outside,
            "rows": " ".join(point.rows),
        }
