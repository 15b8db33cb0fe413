"""From a fit to the record of its radial plot; no matplotlib here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Unpack

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.effects import Effects
from metaan.core.numbers import counted
from metaan.core.scale import IDENTITY
from metaan.core.wording import in_sentence, percent
from metaan.numerics.tails import normal_quantile
from metaan.plots.charts.funnel_frame import radius_of
from metaan.plots.charts.funnel_source import Source, pool_of
from metaan.plots.charts.names import NONE, Names, is_list, named
from metaan.plots.charts.radial_arc import (
    PANEL_HEIGHT,
    PANEL_WIDTH,
    Panel,
    arc_of,
    label_width,
    panel_of,
)
from metaan.plots.charts.radial_record import RadialArc, RadialPoint, RadialPoints
from metaan.plots.charts.subjects import Pool
from metaan.plots.forests.wording import clean
from metaan.plots.pages import theme
from metaan.plots.pages.chart import ChartAxis, ChartFrame
from metaan.plots.pages.labels import Dot, PanelText, PointLabel
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.texts import Texts, Written, written
from metaan.plots.pages.ticks import nice_ticks

BAND_COLOR, LINE_COLOR = "shade 1", theme.OURS
LINE_STEPS = 40


def radial_points(
    fit: Pool | Effects, *, names: Names = None, **texts: Unpack[Texts]
) -> RadialPoints:
    """Return the record of a radial plot: every number and string that will be drawn.

    Parameters
    ----------
    fit, names, **texts
        See `metaan.radial`.

    Raises
    ------
    InputError
        See `metaan.radial`.
    """
    titles = written(texts, verb="radial", of=radial_points)
    source = pool_of(fit, verb="radial")
    spread = np.sqrt(source.se**2 + source.tau2)
    x, y = 1 / spread, source.x / spread
    z, center = normal_quantile(source.level), source.middle
    has_center = math.isfinite(center)
    outside = [bool(out) for out in np.abs(y - center * x) > z] if has_center else None
    told = named(names, source.study, default=NONE, outside=outside, limits=True)
    points = tuple(
        RadialPoint(
            study=clean(source.study[i]),
            x=float(x[i]),
            y=float(y[i]),
            estimate=float(source.read[i]),
            outside=None if outside is None else outside[i],
            named=told[i],
            rows=source.rows[i],
        )
        for i in range(source.k)
    )
    panel, arc, labels = _arc(source, x, y, z)
    end = panel.reach
    sides = ((0.0, z), (end, center * end + z), (end, center * end - z), (0.0, -z))
    return RadialPoints(
        points=points,
        center=center,
        line=((0.0, 0.0), panel.at(panel.angle(center))) if has_center else (),
        band=sides if has_center else (),
        half_width=z,
        level=source.level,
        tau2=source.tau2,
        arc=arc,
        scale=source.scale,
        frame=_frame(source, panel, points, (arc, labels), titles, asked=is_list(names)),
        alt=_alt(source, points),
    )


def _arc(
    source: Source, x: Floats, y: Floats, z: float
) -> tuple[Panel, RadialArc, tuple[PanelText, ...]]:
    """Return the panel, the arc and its labels; their widths decide where the arc stands."""
    mean, end = source.center, float(np.max(x))
    limits = (math.nan, math.nan) if mean is None else (mean.low, mean.high)
    corners = [] if mean is None else [mean.value * end + z, mean.value * end - z]
    x, y = np.append(x, [end] * len(corners)), np.append(y, corners)
    effects = [*source.x.tolist(), *limits, source.middle, source.scale.null]
    room = 0.0
    for _ in range(2):  # first without labels, then with the room they take
        panel = panel_of(x, y, z, room)
        arc, labels = arc_of(panel, source.scale, effects, limits)
        room = label_width(text.text for text in labels)
    return panel, arc, labels


def _frame(
    source: Source,
    panel: Panel,
    points: Sequence[RadialPoint],
    around: tuple[RadialArc, tuple[PanelText, ...]],
    titles: Written,
    *,
    asked: bool,
) -> ChartFrame:
    """Return axes, legend and names that may be ``asked`` for; ``around``: arc and its labels."""
    radius = radius_of(len(points))
    ticks, texts = nice_ticks(0.0, panel.reach, IDENTITY)
    heights, height_texts = nice_ticks(panel.low, panel.high, IDENTITY)
    under = "√(SE² + τ²)" if source.tau2 else "standard error"
    bent = "" if source.scale.key == IDENTITY.key else f" ({source.scale.key} scale)"
    named_points = [point for point in points if point.named]
    return ChartFrame(
        x=ChartAxis(
            low=0.0,
            high=panel.x_end,
            ticks=ticks,
            tick_labels=texts,
            label=f"1 / {under}",
            span=(0.0, panel.reach),
        ),
        y=ChartAxis(
            low=panel.low,
            high=panel.high,
            ticks=heights,
            tick_labels=height_texts,
            label=f"{source.label}{bent} / {under}",
        ),
        title=titles.title,
        subtitle=titles.subtitle,
        notes=titles.footnotes(source.notes, source.remarks),
        legend=tuple(_legend(source)),
        labels=tuple(
            PointLabel(x=point.x, y=point.y, text=point.study, radius=radius, must=asked)
            for point in named_points
        ),
        texts=around[1],
        dots=(
            *(Dot(x=point.x, y=point.y, radius=radius) for point in points),
            *(Dot(x=at, y=up, radius=1.0) for at, up in around[0].line),
        ),
        lines=(*_ray(source.middle, panel), *_ray(0.0, panel)),
        width=PANEL_WIDTH,
        height=PANEL_HEIGHT,
    )


def _ray(center: float, panel: Panel) -> tuple[Dot, ...]:
    """Return places along the line of the pooled effect."""
    if math.isnan(center):
        return ()
    end = panel.at(panel.angle(center))
    shares = np.linspace(0.0, 1.0, LINE_STEPS).tolist()
    return tuple(Dot(x=share * end[0], y=share * end[1], radius=1.0) for share in shares)


def _legend(source: Source) -> list[LegendEntry]:
    if source.center is None:
        return []
    told = f"{source.pooled_text}; its interval on the arc"
    return [
        LegendEntry(label=told, kind="line", edge=LINE_COLOR),
        LegendEntry(
            label=f"Where {percent(source.level)} of the studies are expected",
            kind="area",
            fill=BAND_COLOR,
            edge=theme.RULE,
        ),
    ]


def _alt(source: Source, points: Sequence[RadialPoint]) -> str:
    """Return the figure in one sentence."""
    told = (
        f"Radial plot of {counted(source.k, 'study', 'studies')}: "
        f"{in_sentence(source.label)} over its standard error against precision"
    )
    if source.center is not None:
        out = counted(sum(bool(point.outside) for point in points), "study", "studies")
        told += f"; {in_sentence(source.pooled_text)}; {out} outside of the "
        told += f"{percent(source.level)} band"
    return f"{told}."
