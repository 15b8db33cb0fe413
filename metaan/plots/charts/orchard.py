"""The orchard plot: every study as a point around the mean of its group."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Unpack

import numpy as np
from matplotlib.axes import Axes

from metaan.core.effects import Effects
from metaan.core.numbers import compact, counted
from metaan.core.scale import Scale
from metaan.core.wording import percent
from metaan.plots.charts.bubble_axis import carried, drawn_effects, effect_label
from metaan.plots.charts.orchard_groups import Branch, OrchardFit, Tree, tree_of
from metaan.plots.charts.orchard_record import OrchardGroup, OrchardGroups, OrchardPoint
from metaan.plots.charts.orchard_swarm import radii, squeezed, swarm
from metaan.plots.charts.subjects import remarks_on
from metaan.plots.forests.axis import effect_axis
from metaan.plots.forests.record import ForestAxis, ForestRow
from metaan.plots.forests.wording import clean
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import ChartAxis, ChartFrame, open_chart
from metaan.plots.pages.marks import (
    ARROW_HALF,
    ARROW_LENGTH,
    POLYGONS,
    Paint,
    Point,
    add_lines,
    add_polygons,
    arrow,
)
from metaan.plots.pages.page import Opened, Page
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts, written
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme
from metaan.plots.pages.typesetting import wrap

LARGEST_RADIUS, SMALLEST_RADIUS = 7.0, 1.8
HEAD = 1.3  # half of an arrow head, in weights of its bar
# Up to this many studies the largest point has its full size; then sizes shrink, slower than
# the number grows.
FULL_SIZE, SHRINKING, LEAST_LARGEST = 40, 0.3, 3.0
LEAST_HALF, MOST_HALF = 13.0, 62.0  # half the height of a group, points
GROUP_GAP = 14.0
NAME_ROOM = 150.0
MEAN_RADIUS = 4.0
MEAN_ROOM = 0.06  # of the range of effects, that a mean and an arrow beside it need
CLEAR = MEAN_RADIUS + 1.2  # what means and their bars have for themselves
THICK, THIN = 3.6, 1.3


def orchard(
    fit: OrchardFit,
    *,
    by: str = "",
    at: Mapping[str, Any] | None = None,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[OrchardGroups]:
    """Return an orchard plot: studies as points around the mean of their group [1]_.

    Parameters
    ----------
    fit : PooledFit, SubgroupFit, CountsFit, GlmmFit, RegressionFit or RobustFit
        A pool is one group. Subgroups are a group each, the mean of all studies last. A
        meta-regression gives the expected effect at each level of a moderator, and the studies
        of that level with their own effects. A robust fit has the limits of its own.
    by : str, optional
        The moderator that makes the groups; not needed where there is only one.
    at : mapping of str to value, optional
        Values of the other moderators; the means of numbers by default, and the figure says so.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of OrchardGroups
        ``.save(path)``, ``.record``, ``.data``.

    Raises
    ------
    InputError
        If the fit has no groups, or a moderator needs a value; ChoiceError if there is no such
        moderator.

    Notes
    -----
    Areas of points are in proportion to the precision 1/SE. Points stand beside each other
    and on both sides of the mean without chance: each takes the free place nearest to it, the
    largest first. Thick bars
    are confidence intervals of the means, thin bars prediction intervals, where there are any.

    References
    ----------
    .. [1] Nakagawa S, Lagisz M, O'Dea RE, et al. (2021). The orchard plot. Res Synth Methods
       12:4-12. doi:10.1002/jrsm.1424

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.Effects.from_arrays([0.10, 0.30, 0.55], se=[0.12, 0.20, 0.18])
    >>> plot = orchard(ma.pool(effects))
    >>> plot.record.groups[0].k
    3
    """
    return draw_orchard(orchard_groups(fit, by=by, at=at, **texts), ax=ax, theme=theme)


def orchard_groups(
    fit: OrchardFit,
    *,
    by: str = "",
    at: Mapping[str, Any] | None = None,
    **texts: Unpack[Texts],
) -> OrchardGroups:
    """Return what an orchard plot shows; see `orchard`."""
    titles = written(texts, verb="orchard", of=orchard_groups)
    tree = tree_of(fit, by, at)
    scale = tree.effects.scale
    axis = _axis(tree, scale)
    base = ChartFrame(
        x=ChartAxis(
            low=axis.low,
            high=axis.high,
            ticks=axis.ticks,
            tick_labels=axis.tick_labels,
            label=effect_label(tree.effects.label, scale),
        ),
        y=ChartAxis(low=1.0, high=0.0),
    )
    groups, height = _placed(tree, base)
    legend = f"Points: studies, areas in proportion to 1/SE{_floor_text(groups)}. "
    legend += _bars_text(tree)
    frame = replace(
        base,
        y=_group_axis(groups, height),
        height=height,
        title=titles.title,
        subtitle=titles.subtitle,
        notes=titles.footnotes((legend, *_beyond(groups, base.x), *tree.notes), remarks_on(fit)),
    )
    return OrchardGroups(
        groups=groups,
        frame=frame,
        null=axis.null,
        scale=scale,
        level=tree.level,
        alt=_alt(tree),
    )


def draw_orchard(
    record: OrchardGroups, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[OrchardGroups]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_chart(record.frame, ax, find_theme(theme))
        axis, height = record.frame.x, record.frame.height
        unit = (axis.high - axis.low) / (opened.page.right - opened.page.left)
        paint, scale = opened.theme.color, opened.scale
        null = [] if math.isnan(record.null) else [[(record.null, 0.0), (record.null, height)]]
        add_lines(opened.panel, null, paint(themes.RULE), 0.8 * scale)
        for i, group in enumerate(record.groups):
            circles = [
                _circle(point.value, group.y + point.offset, point.radius, unit)
                for point in sorted(group.points, key=lambda each: -each.radius)
            ]
            look = Paint(
                fill=paint(_color(i, record)), edge=paint(themes.PAPER), weight=0.6 * scale
            )
            add_polygons(opened.panel, circles, look)
            _draw_mean(opened, group, axis, unit)
    return Plot(figure=opened.figure, axes=opened.panel, record=record)


def _color(i: int, record: OrchardGroups) -> str:
    return themes.STUDY if len(record.groups) == 1 else f"series {i}"


def _circle(x: float, y: float, radius: float, unit: float) -> list[Point]:
    return [(x + radius * unit * a, y + radius * b) for a, b in POLYGONS["circle"]]


def _draw_mean(opened: Opened[Page], group: OrchardGroup, axis: ChartAxis, unit: float) -> None:
    """Draw the mean with its intervals; what runs beyond the axis ends in an arrow."""
    mean, y, panel, scale = group.mean, group.y, opened.panel, opened.scale
    ink, paper = opened.theme.color(themes.INK), opened.theme.color(themes.PAPER)
    spans = [
        (mean.prediction_low, mean.prediction_high, THIN),
        (mean.low, mean.high, THICK),
    ]
    for low, high, weight in spans:
        if math.isnan(low) or math.isnan(high) or high < axis.low or low > axis.high:
            continue
        half = max(ARROW_HALF, HEAD * weight)
        back = ARROW_LENGTH * half / ARROW_HALF * unit  # a bar ends where its head begins
        start = low if low >= axis.low else axis.low + back
        end = high if high <= axis.high else axis.high - back
        add_lines(panel, [[(start, y), (end, y)]] if start < end else [], ink, weight * scale)
        heads = [arrow(axis.low, y, unit, -1, half)] if low < axis.low else []
        heads += [arrow(axis.high, y, unit, 1, half)] if high > axis.high else []
        add_polygons(panel, heads, Paint(fill=ink, edge=ink, weight=0.0))
    if axis.low <= mean.value <= axis.high:
        look = Paint(fill=paper, edge=ink, weight=1.6 * scale)
        add_polygons(panel, [_circle(mean.value, y, MEAN_RADIUS, unit)], look)


def _axis(tree: Tree, scale: Scale) -> ForestAxis:
    """Return an axis that holds all points, and intervals of ordinary length."""
    rows = []
    for branch in tree.branches:
        mean = branch.mean
        rows.append(
            ForestRow(kind="pool", label="", value=mean.value, low=mean.low, high=mean.high)
        )
        limits = (mean.prediction_low, mean.prediction_high)
        rows.append(ForestRow(kind="prediction", label="", low=limits[0], high=limits[1]))
    for y in drawn_effects(tree.effects).tolist():
        rows.append(ForestRow(kind="study", label="", value=y, low=y, high=y))
    values = [row.value for row in rows if math.isfinite(row.value)]
    room = MEAN_ROOM * (max(values, default=0.0) - min(values, default=0.0))
    rows += [
        ForestRow(kind="pool", label="", low=branch.mean.value - room,
                  high=branch.mean.value + room)
        for branch in tree.branches
    ]  # fmt: skip
    return effect_axis(rows, scale)


def _floor_text(groups: Sequence[OrchardGroup]) -> str:
    """Return the clause about points that would be too small to be seen."""
    points = [point for group in groups for point in group.points]
    floor = any(point.radius <= SMALLEST_RADIUS for point in points)
    return " (the smallest are drawn larger)" if floor else ""


def _beyond(groups: Sequence[OrchardGroup], x: ChartAxis) -> Iterator[str]:
    """Yield the footnotes about points that are not on the axis, and intervals that are cut."""
    values = [point.value for group in groups for point in group.points]
    lost = sum(not x.low <= value <= x.high for value in values)
    if lost:
        verb = "lies" if lost == 1 else "lie"
        told = counted(lost, "study", "studies")
        yield f"{told} of {len(values)} {verb} beyond the axis and cannot be seen."
    means = [group.mean for group in groups]
    limits = [(mean.low, mean.high) for mean in means]
    limits += [(mean.prediction_low, mean.prediction_high) for mean in means]
    cut = sum(low < x.low or high > x.high for low, high in limits)
    if cut:
        verb = "reaches" if cut == 1 else "reach"
        yield f"{counted(cut, 'interval')} {verb} beyond the axis (arrows)."


def _placed(tree: Tree, base: ChartFrame) -> tuple[tuple[OrchardGroup, ...], float]:
    """Return the groups on their lines, and the height of the panel."""
    largest = max(
        LEAST_LARGEST, LARGEST_RADIUS * min(1.0, FULL_SIZE / tree.effects.k) ** SHRINKING
    )
    top, groups = GROUP_GAP / 2, []
    for branch in tree.branches:
        points, half = _points(branch, base, tree.effects, largest)
        lines = len(wrap(branch.name, themes.TICK, NAME_ROOM)) + 1
        half = max(half, LEAST_HALF, lines * themes.TICK.leading / 2)
        groups.append(
            OrchardGroup(
                name=branch.name, k=branch.k, y=top + half, mean=branch.mean, points=points
            )
        )
        top += 2 * half + GROUP_GAP
    return tuple(groups), top - GROUP_GAP / 2


def _points(
    branch: Branch, base: ChartFrame, effects: Effects, largest: float
) -> tuple[tuple[OrchardPoint, ...], float]:
    """Return the points of a group, and half the height that they take."""
    studies = branch.studies
    if studies is None:
        return (), 0.0
    precision = float(effects.se.min()) / studies.se
    size = radii(precision, largest, SMALLEST_RADIUS)
    values = carried(studies.y, studies.study_scale, effects.scale).tolist()
    place = np.array([base.x.share(y) * base.width for y in values])
    offset = squeezed(swarm(place, size, CLEAR), CLEAR + size, MOST_HALF - largest)
    points = tuple(
        OrchardPoint(
            study=clean(studies.study[i]),
            value=float(values[i]),
            se=float(studies.se[i]),
            radius=float(size[i]),
            offset=float(offset[i]),
        )
        for i in range(studies.k)
    )
    return points, float((np.abs(offset) + size).max())


def _group_axis(groups: Sequence[OrchardGroup], height: float) -> ChartAxis:
    """Return the axis of names: a tick for each of their lines, and one for k."""
    ticks: list[float] = []
    labels: list[str] = []
    for group in groups:
        lines = (*wrap(group.name, themes.TICK, NAME_ROOM), f"k = {group.k}")
        first = group.y - (len(lines) - 1) * themes.TICK.leading / 2
        ticks += [first + i * themes.TICK.leading for i in range(len(lines))]
        labels += lines
    return ChartAxis(
        low=height, high=0.0, ticks=tuple(ticks), tick_labels=tuple(labels), line=False
    )


def _bars_text(tree: Tree) -> str:
    level = percent(tree.level)
    text = f"Circles and thick bars: means with {level} CIs"
    if any(not math.isnan(branch.mean.prediction_low) for branch in tree.branches):
        return f"{text}; thin bars: {level} prediction intervals."
    return f"{text}."


def _alt(tree: Tree) -> str:
    read = tree.effects.scale.inverse
    with np.errstate(over="ignore"):
        numbers = [
            [compact(float(read(x))) for x in (b.mean.value, b.mean.low, b.mean.high)]
            for b in tree.branches
        ]
    means = [
        f"{branch.name} {value} ({low} to {high})"
        for branch, (value, low, high) in zip(tree.branches, numbers, strict=True)
    ]
    studies = counted(tree.effects.k, "study", "studies")
    label = clean(tree.effects.label)
    text = f"Orchard plot of {studies}, {label} with {percent(tree.level)} CIs: "
    return text + "; ".join(means) + "."
