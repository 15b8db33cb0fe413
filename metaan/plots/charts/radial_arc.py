"""The geometry of a radial plot: a panel that holds points and arc, and the arc's ticks.

A ray from (0, 0) of slope t meets the arc where the effect t is read. The arc is a circle on the
page: with lengths of the panel, ``x = R cos(a) u`` and ``y = R sin(a) w``, where u and w are the
units of the axes per point, and ``tan(a) = t u / w``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.scale import Scale
from metaan.plots.charts.funnel_ticks import effect_ticks
from metaan.plots.charts.radial_record import Path, RadialArc
from metaan.plots.pages import theme
from metaan.plots.pages.labels import PanelText
from metaan.plots.pages.typesetting import width

PANEL_WIDTH, PANEL_HEIGHT = 360.0, 270.0  # points
EDGE = 8.0  # points between the outermost mark and an edge of the panel
ARC_GAP = 16.0  # points between the outermost mark and the arc
TICK_OUT, LABEL_GAP = 4.0, 3.0
STEPS = 90  # of a line along the arc
STEEPEST = 0.98  # of a quarter turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The panel of a radial plot in the numbers of its axes, and its arc.

    Attributes
    ----------
    x_end : float
        Right end of the panel; the left one is 0.
    low, high : float
        Ends of the vertical axis.
    reach : float
        Greatest precision of a study: the horizontal axis is drawn to there.
    radius : float
        Of the arc, points.
    """

    x_end: float
    low: float
    high: float
    reach: float
    radius: float

    @property
    def across(self) -> float:
        """Precision per point."""
        return self.x_end / PANEL_WIDTH

    @property
    def up(self) -> float:
        """Standardized effect per point."""
        return (self.high - self.low) / PANEL_HEIGHT

    def angle(self, slope: float) -> float:
        """Return the angle of a ray on the page, radians; infinite slopes point up or down."""
        return math.atan(slope * self.across / self.up)

    def slope(self, angle: float) -> float:
        """Return the effect that a ray of this angle reads."""
        return math.tan(angle) * self.up / self.across

    def at(self, angle: float, beyond: float = 0.0) -> tuple[float, float]:
        """Return the place on the arc, or some points outside of it."""
        radius = self.radius + beyond
        return radius * math.cos(angle) * self.across, radius * math.sin(angle) * self.up

    @property
    def angles(self) -> tuple[float, float]:
        """Where the arc enters and leaves the panel."""
        steep = STEEPEST * math.pi / 2
        ends = []
        for end in (self.low, self.high):
            share = (end / self.up - math.copysign(EDGE, end)) / self.radius
            ends.append(min(max(math.asin(min(max(share, -1.0), 1.0)), -steep), steep))
        return ends[0], ends[1]


def panel_of(x: Floats, y: Floats, half_width: float, labels_width: float) -> Panel:
    """Return a panel that holds the points, the arc around them, and the labels of the arc.

    Parameters
    ----------
    x, y : ndarray, shape (k,)
        Places of the studies, and of corners of the band.
    half_width : float
        The panel holds heights from minus to plus this number.
    labels_width : float
        Room right of the arc, points.
    """
    heights = [half_width, -half_width, *y.tolist()]
    low, high = min(heights), max(heights)
    room = EDGE / (PANEL_HEIGHT - 2 * EDGE) * (high - low)
    low, high = low - room, high + room
    up = (high - low) / PANEL_HEIGHT
    radius = PANEL_WIDTH - TICK_OUT - LABEL_GAP - labels_width
    # The greatest unit of x that keeps every study within the arc, by its distance from (0, 0).
    free = np.sqrt(np.maximum((radius - ARC_GAP) ** 2 - (y / up) ** 2, (radius / 2) ** 2))
    across = float(np.max(x / free))
    return Panel(
        x_end=across * PANEL_WIDTH, low=low, high=high, reach=float(np.max(x)), radius=radius
    )


def arc_of(
    panel: Panel, scale: Scale, effects: Iterable[float], limits: tuple[float, float]
) -> tuple[RadialArc, tuple[PanelText, ...]]:
    """Return the arc and its labels.

    Parameters
    ----------
    panel : Panel
        Where it stands.
    scale : Scale
        How effects are read.
    effects : iterable of float
        Effects that the arc should cover, as far as they lie in the panel; analysis scale.
    limits : tuple of float
        Interval of the pooled effect; NaN for none.
    """
    first, last = panel.angles
    wanted = [panel.angle(t) for t in effects if not math.isnan(t)]
    first, last = max(first, min(wanted)), min(last, max(wanted))
    if last - first < 0.05:  # one effect: the arc shows what lies around it
        middle = (first + last) / 2
        first, last = max(middle - 0.2, panel.angles[0]), min(middle + 0.2, panel.angles[1])
    ticks, texts = _arc_ticks(panel, scale, (first, last))
    spots = [panel.angle(t) for t in ticks]
    arc = RadialArc(
        line=_along(panel, first, last),
        ticks=ticks,
        marks=tuple((panel.at(a), panel.at(a, TICK_OUT)) for a in spots),
        interval=_interval(panel, limits, (first, last)),
    )
    labels = tuple(
        PanelText(x=at[0], y=at[1], text=text, shift=LABEL_GAP * math.cos(a))
        for a, at, text in zip(spots, (panel.at(a, TICK_OUT) for a in spots), texts, strict=True)
    )
    return arc, labels


def _arc_ticks(
    panel: Panel, scale: Scale, ends: tuple[float, float]
) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Return effects and labels along the arc, those that stand clear of the one before."""
    low, high = panel.slope(ends[0]), panel.slope(ends[1])
    kept: list[tuple[float, str]] = []
    below = -math.inf
    for at, text in effect_ticks(low, high, scale):
        height = panel.radius * math.sin(panel.angle(at))
        if height - below >= theme.TICK.leading:
            kept.append((at, text))
            below = height
    return tuple(at for at, _ in kept), tuple(text for _, text in kept)


def _along(panel: Panel, first: float, last: float, beyond: float = 0.0) -> Path:
    return tuple(panel.at(float(a), beyond) for a in np.linspace(first, last, STEPS))


def _interval(panel: Panel, limits: tuple[float, float], ends: tuple[float, float]) -> Path:
    """Return the part of the arc between the limits, as far as the arc goes."""
    if any(math.isnan(limit) for limit in limits):
        return ()
    first, last = (min(max(panel.angle(limit), ends[0]), ends[1]) for limit in limits)
    return _along(panel, first, last) if first < last else ()


def label_width(texts: Iterable[str]) -> float:
    """Return the room that labels of the arc take, points."""
    return max((width(text, theme.TICK) for text in texts), default=0.0)
