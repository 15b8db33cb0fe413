"""From a fit to the record of its funnel plot; no matplotlib here."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Unpack

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.core.numbers import counted
from metaan.core.wording import in_sentence, percent
from metaan.plots.charts.bubble_colors import PLAIN, Colored, colored
from metaan.plots.charts.funnel_axes import DEFAULT_AXIS, FUNNEL_AXES, FunnelAxis
from metaan.plots.charts.funnel_bands import (
    Levels,
    contour_bands,
    grid_of,
    half_width,
    levels_of,
    limit_bands,
)
from metaan.plots.charts.funnel_frame import (
    Parts,
    cut_notes,
    effect_axis,
    effect_ends,
    error_axis,
    frame_of,
    marked_beyond,
)
from metaan.plots.charts.funnel_important import (
    FunnelTexts,
    asked_important,
    band_notes,
    divided,
)
from metaan.plots.charts.funnel_record import IMPUTED_LOOK, STUDY_LOOK, FunnelPoint, FunnelPoints
from metaan.plots.charts.funnel_source import Source, Subject, participants, source_of
from metaan.plots.charts.names import NONE, Names, is_list, named
from metaan.plots.forests.asked_axis import NO_BAND, Ends
from metaan.plots.forests.wording import clean
from metaan.plots.pages.texts import Written, written


def funnel_points(
    fit: Subject,
    y: str = DEFAULT_AXIS,
    *,
    contours: Sequence[float] | None = None,
    levels: Sequence[float] | None = None,
    tau2: bool = False,
    names: Names = None,
    color: str = "",
    **texts: Unpack[FunnelTexts],
) -> FunnelPoints:
    """Return the record of a funnel plot: every number and string that will be drawn.

    Parameters
    ----------
    fit, y, contours, levels, tau2, names, color, **texts
        See `metaan.funnel`.

    Raises
    ------
    InputError
        See `metaan.funnel`.
    """
    words, important = divided(texts)
    titles = written(words, verb="funnel", of=funnel_points)
    row = look_up(FUNNEL_AXES, y, argument="y", what="a vertical axis of a funnel plot")
    source = source_of(fit, verb="funnel")
    band = asked_important(important, source)
    asked = levels_of(source, row, contours=contours, levels=levels, tau2=tau2)
    colors = colored(color or source.by, source.columns, source.k)
    points, lost = _points(source, row, (_outside(source, asked), colors), names)
    if lost:
        told = f"Not shown: {counted(lost, 'study', 'studies')} without a number of participants."
        source = replace(source, notes=(*source.notes, told))
    points = (*points, *_filled(source, row))
    return record_around(
        source,
        row,
        asked,
        (points, colors),
        titles,
        asked_names=is_list(names),
        important=band,
    )


def record_around(
    source: Source,
    row: FunnelAxis,
    levels: Levels,
    marks: tuple[tuple[FunnelPoint, ...], Colored],
    titles: Written,
    *,
    asked_names: bool = False,
    important: Ends = NO_BAND,
) -> FunnelPoints:
    """Return the record around points and colors; imputed points may stand among the studies."""
    points, colors = marks
    ends = row.ends(np.array([point.y for point in points]))
    grid = grid_of(row, ends, source.se)
    limits = limit_bands(source, row, levels, grid)
    contours, color, label = contour_bands(source.scale, row, levels, grid)
    null = source.scale.null if contours else math.nan
    widest, usual = (
        levels.reach(source, float(se)) for se in (np.max(source.se), np.median(source.se))
    )
    spots = (null, *important, *(point.x for point in points))
    x = effect_axis(effect_ends(source, widest, usual, spots), source.scale, source.label)
    axes = (x, error_axis(row, ends, source))
    points = marked_beyond(points, x)
    parts = Parts(
        points=points,
        colors=colors.legend,
        limits=limits,
        contours=contours,
        outer=(color, label),
        null=null,
        notes=(*cut_notes(widest, x), *band_notes(source, important)),
        important=important,
        asked=asked_names,
    )
    return FunnelPoints(
        points=points,
        groups=colors.names,
        axis=row.key,
        center=source.middle,
        null=null,
        limits=tuple(limits),
        contours=tuple(contours),
        outer=color,
        scale=source.scale,
        frame=frame_of(source, axes, parts, titles),
        alt=_alt(source, axes[1].label, levels, points),
        as_found=math.nan if source.as_found is None else source.as_found.value,
        important=important,
    )


def _outside(source: Source, levels: Levels) -> list[bool] | None:
    """Return whether each study lies outside of the narrowest limits; None without a center.

    The axis does not matter: the question is about effects and standard errors.
    """
    if not math.isfinite(source.middle):
        return None
    level = levels.limits[0] if levels.limits else source.level
    half = half_width(level, source.se, source.tau2 if levels.tau2 else 0.0)
    return [bool(out) for out in np.abs(source.x - source.middle) > half]


def _points(
    source: Source,
    row: FunnelAxis,
    judged: tuple[list[bool] | None, Colored],
    names: Names,
) -> tuple[tuple[FunnelPoint, ...], int]:
    """Return the studies as points, and how many have no value on the axis.

    ``judged`` holds whether each study lies outside of the limits, and the colors.
    """
    outside, colors = judged
    sizes = participants(source) if row.of_participants else source.se
    with np.errstate(invalid="ignore"):
        values: Floats = row.value(sizes)
    told = named(names, source.study, default=NONE, outside=outside, limits=True)
    points = tuple(
        FunnelPoint(
            study=clean(source.study[i]),
            x=float(source.x[i]),
            y=float(values[i]),
            se=float(source.se[i]),
            estimate=float(source.read[i]),
            group=colors.groups[i],
            look=STUDY_LOOK if colors.looks[i] == PLAIN else colors.looks[i],
            outside=None if outside is None else outside[i],
            named=told[i],
            rows=source.rows[i],
        )
        for i in range(source.k)
        if math.isfinite(values[i])
    )
    return points, source.k - len(points)


def _filled(source: Source, row: FunnelAxis) -> Iterator[FunnelPoint]:
    """Yield the filled studies as points; InputError on axes of participants, which none has."""
    if source.filled is None:
        return
    if row.of_participants:
        raise InputError(
            f"filled studies have no participants, as y={row.key!r} asks for; take an axis of "
            f"standard errors, such as y={DEFAULT_AXIS!r}"
        )
    filled = source.filled
    with np.errstate(over="ignore"):  # an effect beyond all numbers is read as infinite
        read = np.asarray(filled.study_scale.inverse(filled.y), dtype=np.float64)
    values = row.value(filled.se)
    for i in range(filled.k):
        yield FunnelPoint(
            study=clean(filled.study[i]),
            kind="imputed",
            x=float(filled.y[i]),
            y=float(values[i]),
            se=float(filled.se[i]),
            estimate=float(read[i]),
            look=IMPUTED_LOOK,
        )


def _alt(source: Source, axis_label: str, levels: Levels, points: Sequence[FunnelPoint]) -> str:
    """Return the figure in one sentence."""
    seen = [point for point in points if point.kind == "study"]
    studies = counted(len(seen), "study", "studies")
    told = (
        f"Funnel plot of {studies}: {in_sentence(source.label)} against {in_sentence(axis_label)}"
    )
    if source.center is not None:
        told += f"; {in_sentence(source.pooled_text)}"
    filled = len(points) - len(seen)
    if filled:
        told += f"; {counted(filled, 'filled study', 'filled studies')}"
    if levels.limits:
        out = counted(sum(bool(point.outside) for point in seen), "study", "studies")
        told += f"; {out} outside of the {percent(levels.limits[0])} limits"
    return f"{told}."
