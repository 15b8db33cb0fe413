"""From a pool to the record of its sunset funnel; no matplotlib here."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Unpack

import numpy as np

from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.numbers import counted
from metaan.core.subgroup_fit import SubgroupFit
from metaan.core.wording import in_sentence, percent
from metaan.diagnostics.asymmetry.power import power_of_studies
from metaan.diagnostics.asymmetry.power_curve import se_of_power
from metaan.diagnostics.asymmetry.power_record import StudyPower, power_lines, read_effect
from metaan.numerics.tails import normal_quantile
from metaan.plots.charts.funnel_axes import STANDARD_ERROR
from metaan.plots.charts.funnel_frame import (
    FEW_NOTE,
    FEWEST,
    effect_axis,
    effect_ends,
    error_axis,
    radius_of,
)
from metaan.plots.charts.funnel_record import CENTER_COLOR, FOUND_COLOR, NULL_COLOR, FunnelPoint
from metaan.plots.charts.funnel_source import Source, pool_of
from metaan.plots.charts.names import NONE, Names, is_list, named
from metaan.plots.diagnostics.sunset_record import PowerRegion, SunsetPoints
from metaan.plots.forests.wording import clean, sentence_case
from metaan.plots.pages import theme
from metaan.plots.pages.chart import PANEL_HEIGHT, PANEL_WIDTH, ChartAxis, ChartFrame
from metaan.plots.pages.labels import Dot, PanelText, PointLabel
from metaan.plots.pages.legend import DASHES, LegendEntry
from metaan.plots.pages.texts import Texts, Written, written
from metaan.plots.pages.typesetting import width
from metaan.univariate.planning import DEFAULT_LEVEL

EDGES = (0.8, 0.6, 0.4, 0.2)  # power between regions
# Power marked on the second axis where there is room, the most wanted first.
MARKS = (0.8, 0.2, 0.4, 0.6, 0.95, 0.1, 0.99)
COLORS_NOTE = "Colors from pale to strong: power below 80%, 60%, 40% and 20%."
TICK, GAP = 3.5, 3.0  # points
HEAD = "Power"
EFFECT_DASHES = DASHES[1]
LINE_STEPS = 40


def sunset_points(
    fit: PooledFit | SubgroupFit,
    effect: float | None = None,
    *,
    level: float = DEFAULT_LEVEL,
    names: Names = None,
    **texts: Unpack[Texts],
) -> SunsetPoints:
    """Return the record of a sunset funnel: every number and string that will be drawn.

    Parameters
    ----------
    fit, effect, level, names, **texts
        See `metaan.sunset_funnel`.

    Raises
    ------
    InputError
        See `metaan.sunset_funnel`.
    """
    titles = written(texts, verb="sunset_funnel", of=sunset_points)
    found = power_of_studies(fit, effect, level=level)
    source = pool_of(found.fit, verb="sunset_funnel")
    null = float(source.scale.null)
    distance = abs(found.effect - null)
    if distance == 0:
        raise InputError(
            "the effect is no effect, of which every study has the same power, "
            f"{percent(1 - found.level)}; give effect= that is to be found, reading scale"
        )
    row = STANDARD_ERROR
    se_ends = row.ends(source.se)
    z = normal_quantile(found.level)
    reach = [
        [(null - z * float(se), null + z * float(se))]
        for se in (np.max(source.se), np.median(source.se))
    ]
    ends = effect_ends(source, reach[0], reach[1], (null, found.effect))
    marks = tuple((each, se_of_power(each, distance, found.level)) for each in MARKS)
    ticks = _apart(marks, se_ends)
    points = _points(source, names)
    deepest = se_ends[1]
    significance = tuple(((null, 0.0), (null + side * z * deepest, deepest)) for side in (-1, 1))
    return SunsetPoints(
        power=found,
        points=points,
        regions=tuple(_regions(distance, found.level, se_ends)),
        ticks=ticks,
        ends=ends,
        effect=found.effect,
        pooled=source.middle,
        significance=significance,
        frame=_frame(source, found, (ends, se_ends), (points, ticks), titles, is_list(names)),
        alt=_alt(source, found),
    )


def _points(source: Source, names: Names) -> tuple[FunnelPoint, ...]:
    told = named(names, source.study, default=NONE)
    return tuple(
        FunnelPoint(
            study=clean(source.study[i]),
            x=float(source.x[i]),
            y=float(source.se[i]),
            se=float(source.se[i]),
            estimate=float(source.read[i]),
            named=told[i],
            rows=source.rows[i],
        )
        for i in range(source.k)
    )


def _regions(distance: float, level: float, ends: tuple[float, float]) -> Iterator[PowerRegion]:
    """Yield the regions of power that lie on the axis, from the top."""
    powers = (1.0, *EDGES, 1 - level)
    places = [ends[0], *(se_of_power(each, distance, level) for each in EDGES), math.inf]
    bounds = zip(pairwise(powers), pairwise(places), strict=True)
    for i, ((high, low), (top, bottom)) in enumerate(bounds):
        if top < ends[1]:
            yield PowerRegion(
                low=low, high=high, top=top, bottom=min(bottom, ends[1]), shade=i / len(EDGES)
            )


def _apart(
    marks: tuple[tuple[float, float], ...], ends: tuple[float, float]
) -> tuple[tuple[float, float], ...]:
    """Return the marks on the axis that have room under its name, from the top."""
    per_point = (ends[1] - ends[0]) / PANEL_HEIGHT
    need = theme.TICK.leading * per_point
    kept: list[tuple[float, float]] = []
    for power, se in marks:
        clear = ends[0] + need <= se <= ends[1]
        if clear and all(abs(se - other) >= need for _, other in kept):
            kept.append((power, se))
    return tuple(sorted(kept, reverse=True))


def _frame(
    source: Source,
    found: StudyPower,
    ends: tuple[tuple[float, float], tuple[float, float]],
    shown: tuple[tuple[FunnelPoint, ...], tuple[tuple[float, float], ...]],
    titles: Written,
    asked: bool,
) -> ChartFrame:
    (low, high), (points, ticks) = ends[0], shown
    labels = [HEAD, *(percent(power) for power, _ in ticks)]
    room = TICK + GAP + max(width(text, theme.TICK) for text in labels)
    x = effect_axis((low, high), source.scale, source.label)
    wide = replace(x, high=high + (high - low) * room / PANEL_WIDTH, span=(low, high))
    y = error_axis(STANDARD_ERROR, ends[1], source)
    radius = radius_of(len(points))
    style = replace(theme.SMALL, color=theme.INK)
    texts = [PanelText(x=high, y=se, text=percent(power), shift=TICK + GAP) for power, se in ticks]
    return ChartFrame(
        x=wide,
        y=y,
        title=titles.title,
        subtitle=titles.subtitle,
        notes=titles.footnotes(tuple(_notes(source, found)), source.remarks),
        legend=tuple(_legend(source, found)),
        labels=tuple(
            PointLabel(x=each.x, y=each.y, text=each.study, radius=radius, style=style, must=asked)
            for each in points
            if each.named
        ),
        texts=(PanelText(x=high, y=ends[1][0], text=HEAD, shift=TICK + GAP), *texts),
        dots=(
            *(Dot(x=each.x, y=each.y, radius=radius) for each in points),
            *(Dot(x=high, y=at, radius=1.0) for at in np.linspace(*ends[1], LINE_STEPS).tolist()),
        ),
        lines=(*_lines((source.middle, found.effect), y), *_sides(found, ends[1][1], (low, high))),
        width=PANEL_WIDTH + room,
        height=PANEL_HEIGHT,
    )


def _lines(places: tuple[float, ...], y: ChartAxis) -> Iterator[Dot]:
    """Yield places along the lines of the effects, that names keep clear of."""
    for x in places:
        for at in np.linspace(y.low, y.high, LINE_STEPS).tolist():
            yield Dot(x=x, y=at, radius=1.0)


def _sides(found: StudyPower, deepest: float, ends: tuple[float, float]) -> Iterator[Dot]:
    """Yield places along the lines of significance."""
    null, z = float(found.fit.effects.scale.null), normal_quantile(found.level)
    for se in np.linspace(0.0, deepest, LINE_STEPS).tolist():
        for x in (null - z * se, null + z * se):
            if ends[0] <= x <= ends[1]:
                yield Dot(x=x, y=se, radius=1.0)


def _notes(source: Source, found: StudyPower) -> Iterator[str]:
    yield from source.notes
    yield COLORS_NOTE
    for line in power_lines(found):
        yield f"{sentence_case(line)}."
    for remark in found.remarks:
        yield f"{sentence_case(clean(remark))}."
    if found.fit.k < FEWEST:
        yield FEW_NOTE


def _legend(source: Source, found: StudyPower) -> Iterator[LegendEntry]:
    if found.given:
        told = f"Effect to be found {read_effect(found, found.effect)}"
        yield LegendEntry(label=told, kind="line", edge=FOUND_COLOR, dashes=EFFECT_DASHES)
    yield LegendEntry(label=source.pooled_text, kind="line", edge=CENTER_COLOR)
    error = percent(1 - found.level)
    yield LegendEntry(
        label=f"Outside: significant at {error} against no effect",
        kind="dashed",
        edge=NULL_COLOR,
    )


def _alt(source: Source, found: StudyPower) -> str:
    """Return the figure in one sentence."""
    return (
        f"Sunset funnel plot of {counted(source.k, 'study', 'studies')}: "
        f"{in_sentence(source.label)} against standard error, with regions of power to find "
        f"{read_effect(found, found.effect)}; {power_lines(found)[0]}."
    )
