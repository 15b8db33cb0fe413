"""What surrounds the points of a funnel: axes, legend, names and footnotes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from metaan.core.numbers import counted
from metaan.core.scale import Scale
from metaan.core.wording import estimate_words
from metaan.plots.charts.bubble_axis import effect_label
from metaan.plots.charts.funnel_axes import FunnelAxis
from metaan.plots.charts.funnel_record import (
    BAND_COLOR,
    BAND_EDGE,
    CENTER_COLOR,
    FOUND_COLOR,
    GROUP_EDGE,
    IMPUTED_LOOK,
    NULL_COLOR,
    STUDY_LOOK,
    FunnelBand,
    FunnelPoint,
)
from metaan.plots.charts.funnel_source import Source
from metaan.plots.charts.funnel_ticks import effect_ticks, readable
from metaan.plots.forests.asked_axis import NO_BAND, Ends
from metaan.plots.pages import theme
from metaan.plots.pages.chart import ChartAxis, ChartFrame
from metaan.plots.pages.labels import Dot, PointLabel
from metaan.plots.pages.legend import DASHES, LegendEntry
from metaan.plots.pages.texts import Written
from metaan.plots.pages.ticks import nice_ticks

FEWEST = 10  # studies below which Sterne 2011 advises against judging asymmetry
FEW_NOTE = (
    f"Fewer than {FEWEST} studies: chance alone can make a funnel asymmetric, so that asymmetry "
    "cannot be judged (Sterne 2011, doi:10.1136/bmj.d4002)."
)
PAD = 0.04
# Limits and contours are shown to their ends, unless that makes the axis this many times longer
# than the studies and the limits of an ordinary one need.
STRETCH = 2.5
CUT_NOTE = "The limits of the least precise studies run beyond the axis."
WIDE_PER_SE = 2.0  # of an axis with one point and nothing else
FOUND_DASHES, BAND_DASHES = DASHES[1], DASHES[2]
LINE_STEPS = 40  # places along the center line that names keep clear of
# Studies up to so many get marks of this radius, points.
RADII = ((60, 3.3), (150, 2.7), (400, 2.1))
SMALLEST_RADIUS = 1.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a frame is made around."""

    points: tuple[FunnelPoint, ...]
    colors: tuple[LegendEntry, ...]  # of groups
    limits: Sequence[FunnelBand]
    contours: Sequence[FunnelBand]
    outer: tuple[str, str]  # color and label of what lies beyond the contours
    null: float
    notes: tuple[str, ...] = ()  # on limits that are cut
    asked: bool = False  # whether the caller named the studies
    important: Ends = NO_BAND  # effects too small to matter


def radius_of(k: int) -> float:
    """Return the radius of the marks of k studies, points."""
    return next((radius for most, radius in RADII if k <= most), SMALLEST_RADIUS)


Reach = Sequence[tuple[float, float]]


def effect_ends(source: Source, widest: Reach, usual: Reach, spots: Iterable[float]) -> Ends:
    """Return the ends of the effect axis, analysis scale.

    All studies, the center and other ``spots`` are shown, and the narrowest limits at the
    least precise study, unless that one is far less precise than the others; wider ones where
    they make the axis little longer. A logarithm is read from 1e-9 to 1e9.

    Parameters
    ----------
    source : Source
        The studies.
    widest, usual : sequence of (float, float)
        Limits and contours at the largest standard error and at the median one.
    spots : iterable of float
        Null of contours, filled studies, effects that matter; NaN for none.
    """
    must = [x for x in (*source.x.tolist(), source.middle, *spots) if math.isfinite(x)]
    low, high = min(must), max(must)
    if high - low <= 1e-9 * max(1.0, abs(low)):
        room = WIDE_PER_SE * float(np.max(source.se))
        low, high = low - room, high + room
    for left, right in usual[:1]:
        low, high = min(low, left), max(high, right)
    longest = STRETCH * (high - low)
    for i, (left, right) in enumerate(widest):
        wide = min(low, left), max(high, right)
        if wide[1] - wide[0] <= longest:
            low, high = wide
        elif i == 0:
            more = (longest - (high - low)) / 2
            low, high = max(wide[0], low - more), min(wide[1], high + more)
    pad = PAD * (high - low)
    return readable(low - pad, high + pad, source.scale)


def effect_axis(ends: tuple[float, float], scale: Scale, label: str) -> ChartAxis:
    """Return a horizontal axis of effects; without ticks where all of it reads the same."""
    low, high = ends
    found = effect_ticks(low, high, scale)
    return ChartAxis(
        low=low,
        high=high,
        ticks=tuple(at for at, _ in found),
        tick_labels=tuple(text for _, text in found),
        label=effect_label(label, scale),
    )


def error_axis(row: FunnelAxis, ends: tuple[float, float], source: Source) -> ChartAxis:
    """Return the vertical axis: precise studies at the top."""
    low, high = ends
    ticks, labels = nice_ticks(low, high, row.reading)
    of_residuals = source.residual and not row.of_participants
    return ChartAxis(
        low=high if row.falling else low,
        high=low if row.falling else high,
        ticks=ticks,
        tick_labels=labels,
        label=f"{row.label} of the residual" if of_residuals else row.label,
    )


def frame_of(
    source: Source, axes: tuple[ChartAxis, ChartAxis], parts: Parts, titles: Written
) -> ChartFrame:
    """Return the frame of a funnel plot; ``titles`` holds the footnotes of the caller."""
    x, y = axes
    radius = radius_of(len(parts.points))
    dots = [Dot(x=_held(point, x), y=point.y, radius=radius) for point in parts.points]
    # Lesser text cannot be read on shades.
    style = replace(theme.SMALL, color=theme.INK) if parts.contours else theme.SMALL
    names = [
        PointLabel(
            x=_held(point, x),
            y=point.y,
            text=point.study,
            radius=radius,
            style=style,
            must=parts.asked,
        )
        for point in parts.points
        if point.named
    ]
    return ChartFrame(
        x=x,
        y=y,
        title=titles.title,
        subtitle=titles.subtitle,
        notes=titles.footnotes(
            (*source.notes, *parts.notes, *_notes(parts.points)), source.remarks
        ),
        legend=tuple(_legend(source, parts)),
        labels=tuple(names),
        dots=tuple(dots),
        lines=(*_along(source.middle, y), *_along(_found(source), y), *_sides(parts.limits, x)),
    )


def _held(point: FunnelPoint, x: ChartAxis) -> float:
    """Return where a point is drawn: at the end of the axis if it lies beyond."""
    return min(max(point.x, x.low), x.high)


def _found(source: Source) -> float:
    return math.nan if source.as_found is None else source.as_found.value


def _along(middle: float, y: ChartAxis) -> Iterator[Dot]:
    """Yield places along the center line."""
    if math.isfinite(middle):
        for at in np.linspace(y.low, y.high, LINE_STEPS).tolist():
            yield Dot(x=middle, y=at, radius=1.0)


def _sides(limits: Iterable[FunnelBand], x: ChartAxis) -> Iterator[Dot]:
    """Yield places along the limits."""
    for band in limits:
        for at, up in zip((*band.low, *band.high), (*band.y, *band.y), strict=True):
            if x.low <= at <= x.high:
                yield Dot(x=at, y=up, radius=1.0)


def _notes(points: Sequence[FunnelPoint]) -> Iterator[str]:
    seen = sum(point.kind == "study" for point in points)
    beyond = sum(point.beyond != 0 for point in points)
    if beyond:
        verb = "lies" if beyond == 1 else "lie"
        yield f"{counted(beyond, 'study', 'studies')} {verb} beyond the axis (arrows)."
    if seen < FEWEST:
        yield FEW_NOTE


def _legend(source: Source, parts: Parts) -> Iterator[LegendEntry]:
    """Yield what marks, lines and areas stand for."""
    for entry in parts.colors:
        yield replace(entry, edge=GROUP_EDGE)
    if any(point.kind == "imputed" for point in parts.points):
        if not parts.colors:
            yield LegendEntry(label="Study", fill=STUDY_LOOK.fill, edge=STUDY_LOOK.fill)
        yield LegendEntry(label="Imputed", fill=IMPUTED_LOOK.fill, edge=theme.INK)
    if source.pooled_text:
        yield LegendEntry(label=source.pooled_text, kind="line", edge=CENTER_COLOR)
    if source.as_found is not None:
        told = f"Pooled as found {estimate_words(source.as_found)}"
        yield LegendEntry(label=told, kind="line", edge=FOUND_COLOR, dashes=FOUND_DASHES)
    for band in parts.limits:
        yield LegendEntry(label=band.label, kind="dashed", edge=band.color)
    if parts.contours:
        yield LegendEntry(label="No effect", kind="line", edge=NULL_COLOR)
    for band in reversed(parts.contours):
        yield LegendEntry(label=band.label, kind="area", fill=band.color, edge=theme.RULE)
    if parts.contours:
        color, label = parts.outer
        yield LegendEntry(label=label, kind="area", fill=color, edge=theme.RULE)
    if math.isfinite(parts.important[0]):
        told = "Effects too small to matter"
        if parts.contours:
            yield LegendEntry(
                label=f"{told} (between)", kind="line", edge=BAND_EDGE, dashes=BAND_DASHES
            )
        else:
            yield LegendEntry(label=told, kind="area", fill=BAND_COLOR, edge=BAND_EDGE)


def cut_notes(widest: Reach, x: ChartAxis) -> tuple[str, ...]:
    """Return the footnote about limits that the axis does not show to their ends."""
    cut = any(left < x.low or right > x.high for left, right in widest[:1])
    return (CUT_NOTE,) if cut else ()


def marked_beyond(points: Iterable[FunnelPoint], x: ChartAxis) -> tuple[FunnelPoint, ...]:
    """Return the points, those beyond the axis marked so."""
    return tuple(
        replace(point, beyond=int(point.x > x.high) - int(point.x < x.low)) for point in points
    )
