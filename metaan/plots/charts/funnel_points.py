"""From a fit to the record of its funnel plot; no matplotlib here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.errors import InputError
from metaan.core.lookup import hint, look_up
from metaan.core.numbers import compact, counted
from metaan.core.wording import in_sentence
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
    effect_axis,
    effect_ends,
    error_axis,
    frame_of,
    marked_beyond,
)
from metaan.plots.charts.funnel_names import Names, named
from metaan.plots.charts.funnel_record import (
    GROUP_MARKERS,
    FunnelPoint,
    FunnelPoints,
    FunnelRegion,
)
from metaan.plots.charts.funnel_source import Source, Subject, participants, source_of
from metaan.plots.charts.funnel_titles import Titles, titles_of
from metaan.plots.forests.wording import clean, sentence_case

UNKNOWN = "not reported"
SAMPLING = FunnelRegion()


def funnel_points(
    fit: Subject,
    y: str = DEFAULT_AXIS,
    *,
    contours: Sequence[float] | None = None,
    region: FunnelRegion | None = SAMPLING,
    names: Names = None,
    by: str | None = None,
    title: str | Titles = "",
) -> FunnelPoints:
    """Return the record of a funnel plot: every number and string that will be drawn.

    Parameters
    ----------
    fit, y, contours, region, names, by, title
        See `metaan.funnel`.

    Raises
    ------
    InputError
        See `metaan.funnel`.
    """
    row = look_up(FUNNEL_AXES, y, argument="y", what="a vertical axis of a funnel plot")
    source, titles = source_of(fit), titles_of(title)
    levels = levels_of(source, row, region, contours)
    texts, groups = _groups(source, source.by if by is None else by)
    points, lost = _points(source, row, (_outside(source, levels), texts), names)
    if lost:
        told = f"Not shown: {counted(lost, 'study', 'studies')} without a number of participants."
        source = replace(source, notes=(*source.notes, told))
    return record_around(source, row, levels, (points, groups), titles)


def record_around(
    source: Source,
    row: FunnelAxis,
    levels: Levels,
    marks: tuple[tuple[FunnelPoint, ...], tuple[str, ...]],
    titles: Titles,
) -> FunnelPoints:
    """Return the record around points and groups; imputed points may stand among the studies."""
    points, groups = marks
    ends = row.ends(np.array([point.y for point in points]))
    grid = grid_of(row, ends, source.se)
    limits = limit_bands(source, row, levels, grid)
    contours, color, label = contour_bands(source.scale, row, levels, grid)
    null = source.scale.null if contours else math.nan
    x = effect_axis(effect_ends(source, levels.reach(source), null), source.scale, source.label)
    axes = (x, error_axis(row, ends, source))
    points = marked_beyond(points, x)
    parts = Parts(
        points=points,
        groups=groups,
        limits=limits,
        contours=contours,
        outer=(color, label),
        null=null,
    )
    return FunnelPoints(
        points=points,
        groups=groups,
        axis=row.key,
        center=source.middle,
        null=null,
        limits=tuple(limits),
        contours=tuple(contours),
        outer=color,
        scale=source.scale,
        frame=frame_of(source, axes, parts, titles),
        alt=_alt(source, axes[1].label, levels, points),
    )


def _outside(source: Source, levels: Levels) -> list[bool] | None:
    """Return whether each study lies outside of the narrowest limits; None without a center.

    The axis does not matter: the question is about effects and standard errors.
    """
    if math.isnan(source.middle):
        return None
    level = levels.limits[0] if levels.limits else source.level
    half = half_width(level, source.se, source.tau2 if levels.tau2 else 0.0)
    return [bool(out) for out in np.abs(source.x - source.middle) > half]


def _points(
    source: Source,
    row: FunnelAxis,
    judged: tuple[list[bool] | None, tuple[str, ...]],
    names: Names,
) -> tuple[tuple[FunnelPoint, ...], int]:
    """Return the studies as points, and how many have no value on the axis.

    ``judged`` holds whether each study lies outside of the limits, and the group of each.
    """
    outside, texts = judged
    sizes = participants(source) if row.of_participants else source.se
    with np.errstate(invalid="ignore"):
        values: Floats = row.value(sizes)
    told = named(names, source.study, outside)
    points = tuple(
        FunnelPoint(
            study=clean(source.study[i]),
            x=float(source.x[i]),
            y=float(values[i]),
            se=float(source.se[i]),
            estimate=float(source.read[i]),
            group=texts[i],
            outside=None if outside is None else outside[i],
            named=told[i],
            rows=source.rows[i],
        )
        for i in range(source.k)
        if math.isfinite(values[i])
    )
    return points, source.k - len(points)


def _groups(source: Source, by: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the group of each study, and the groups in the order of their first study."""
    if not by:
        return ("",) * source.k, ()
    if by not in source.columns:
        there = ", ".join(source.columns) or "none"
        raise InputError(
            f"by={by!r} is not a column of these effects; they have: {there}."
            f"{hint(by, source.columns)}"
        )
    texts = tuple(_group_text(by, value) for value in source.columns[by])
    groups = tuple(dict.fromkeys(texts))
    if len(groups) > len(GROUP_MARKERS):
        raise InputError(
            f"by={by!r} has {len(groups)} values; marks tell {len(GROUP_MARKERS)} apart. Join "
            "some of them in a column of your own."
        )
    return texts, groups


def _group_text(by: str, value: Any) -> str:
    """Return a value for the legend; numbers and truth values with the name of their column."""
    if value is None or value != value or value == "":
        return UNKNOWN
    if isinstance(value, bool):
        return f"{sentence_case(by)}: {'yes' if value else 'no'}"
    if isinstance(value, int | float):
        return f"{sentence_case(by)}: {compact(value, 6)}"
    return clean(value)


def _alt(source: Source, axis_label: str, levels: Levels, points: Sequence[FunnelPoint]) -> str:
    """Return the figure in one sentence."""
    seen = [point for point in points if point.kind == "study"]
    studies = counted(len(seen), "study", "studies")
    told = (
        f"Funnel plot of {studies}: {in_sentence(source.label)} against {in_sentence(axis_label)}"
    )
    if source.center is not None:
        told += f"; {in_sentence(source.pooled_text)}"
    if levels.limits:
        out = counted(sum(bool(point.outside) for point in seen), "study", "studies")
        told += f"; {out} outside of the {100 * levels.limits[0]:g}% limits"
    return f"{told}."
