"""From subsets of a pool to the record of their GOSH plot; no matplotlib here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, Unpack

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.counts_fit import CountsFit
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.numbers import counted, fixed
from metaan.core.scale import IDENTITY
from metaan.core.subgroup_fit import SubgroupFit
from metaan.core.wording import in_sentence
from metaan.diagnostics.subsets.clusters import Clusters
from metaan.diagnostics.subsets.gosh import ALL_UNASKED, gosh
from metaan.diagnostics.subsets.record import Gosh, i2_source, study_place
from metaan.plots.charts.funnel_source import Source, pool_of
from metaan.plots.diagnostics.gosh_cells import (
    WITHIN,
    Window,
    counted_cells,
    density,
    filled_cells,
    outlines,
)
from metaan.plots.diagnostics.gosh_record import GoshCell, GoshGroup, GoshPoints, Path
from metaan.plots.forests.wording import clean
from metaan.plots.pages import theme
from metaan.plots.pages.chart import ChartAxis, ChartFrame
from metaan.plots.pages.legend import DASHES, LegendEntry
from metaan.plots.pages.texts import Texts, Written, written
from metaan.plots.pages.ticks import nice_ticks

CLUSTERS = "clusters"
FEW = 400  # subsets up to which each is a point
FEWEST_CURVES = 10  # subsets of which densities are drawn along the axes
TAIL = 5e-4  # share of many subsets that may lie beyond either end of the horizontal axis
BAND = 0.2  # of an axis, for the density along it
BAND_GAP = 0.02  # of an axis, between it and the density
PANEL_WIDTH, PANEL_HEIGHT = 350.0, 280.0
MARKERS = ("circle", "square", "triangle", "pentagon", "hexagon")
EDGE, POINT_EDGE = 0.03, 0.06  # of an axis, beyond the last subset: where cells, where points
NAMED = 2  # studies that a legend names beside a cluster
FIT_COLOR, FIT_EDGE, FIT_MARKER, ONE_COLOR = theme.INK, theme.PAPER, "diamond", theme.OURS
NULL_COLOR = theme.QUIET


class Part(NamedTuple):
    """A group of subsets: its name, and which of those shown."""

    name: str
    rows: Booleans


def gosh_points(
    found: Gosh | PooledFit | CountsFit | SubgroupFit,
    *,
    color: str | int | None = None,
    **texts: Unpack[Texts],
) -> GoshPoints:
    """Return the record of a GOSH plot: every number and string that will be drawn.

    Parameters
    ----------
    found, color, **texts
        See `metaan.gosh_plot`.

    Raises
    ------
    InputError
        See `metaan.gosh_plot`.
    """
    titles = written(texts, verb="gosh_plot", of=gosh_points)
    subsets = _subsets(found)
    source = pool_of(subsets.fit, verb="gosh_plot")
    shown = subsets.defined
    if not shown.any():
        raise InputError("gosh_plot has nothing to show: no subset has an estimate and an I²")
    value = np.asarray(subsets.scale.carried(subsets.value, source.scale), dtype=np.float64)
    x, y = value[shown], subsets.i2[shown]
    fit = (source.middle, _own_i2(subsets))
    window = _window(x, y, fit)
    inside = window.holds(x, y)
    parts = _parts(subsets, color, shown)
    curves = len(x) >= FEWEST_CURVES
    groups = _groups(parts, x, y, window, curves=curves)
    cells, size = _cells(parts, x, y, window)
    null = source.scale.null
    beyond = int(np.count_nonzero(~inside))
    return GoshPoints(
        groups=groups,
        cells=cells,
        size=size,
        x=fit[0],
        y=fit[1],
        null=null if window.left < null < window.right else math.nan,
        beyond=beyond,
        scale=source.scale,
        frame=_frame(subsets, source, (window, curves), groups, titles, beyond),
        alt=_alt(subsets, source, groups),
    )


def _subsets(found: Gosh | PooledFit | CountsFit | SubgroupFit) -> Gosh:
    if isinstance(found, Gosh):
        return found
    if isinstance(found, PooledFit | CountsFit) and found.k > ALL_UNASKED:
        raise InputError(
            f"a fit of {found.k} studies has too many subsets to look at them all; draw some "
            "first: gosh_plot(gosh(fit, rng=1))"
        )
    return gosh(found)


def _own_i2(subsets: Gosh) -> float:
    het = subsets.fit.heterogeneity
    return float(het.i2_q if i2_source(subsets) == "Q" else het.i2)


def _window(x: Floats, y: Floats, fit: tuple[float, float]) -> Window:
    """Return what is shown: nearly all estimates, and tens of percent of I²."""
    tail = TAIL if len(x) > 1 / TAIL else 0.0
    left, right = np.quantile(x, (tail, 1 - tail)).tolist()
    left, right = min(left, fit[0]), max(right, fit[0])
    edge = EDGE if len(x) > FEW else POINT_EDGE
    pad = edge * (right - left) or 0.1 * max(abs(left), 1e-3)
    low = 10.0 * math.floor(min(float(y.min()), fit[1]) / 10)
    high = min(100.0, 10.0 * math.ceil(max(float(y.max()), fit[1]) / 10 + 1e-9))
    return Window(left - pad, right + pad, min(low, high - 20.0), max(high, low + 20.0))


def _parts(subsets: Gosh, color: str | int | None, shown: Booleans) -> list[Part]:
    """Return the groups that the color tells apart."""
    if color is None:
        return [Part("", np.ones(int(shown.sum()), dtype=bool))]
    if color == CLUSTERS and CLUSTERS not in subsets.study:
        clusters = subsets.clusters()
        label = clusters.label[shown]
        return [Part(_cluster_name(clusters, i), label == i) for i in range(len(clusters))]
    try:
        name = clean(subsets.study[study_place(subsets.study, color)])
    except InputError as error:
        raise type(error)(
            f'color={color!r} is neither "{CLUSTERS}" nor a study: {error}'
        ) from None
    held = subsets.with_(color)[shown]
    return [Part(f"With {name}", held), Part(f"Without {name}", ~held)]


def _cluster_name(clusters: Clusters, i: int) -> str:
    """Return the name of a cluster, its share, and the studies that make it."""
    share = f"{fixed(100 * clusters.size[i] / clusters.size.sum(), 0)}%"
    more, less = clusters.makers(i)
    told = []
    share_of = dict(zip(clusters.study, clusters.share[i].tolist(), strict=True))
    for names, end, how in (
        (more, 1.0, ("always with", "mostly with")),
        (less, 0.0, ("never with", "mostly without")),
    ):
        if names:
            word = how[0] if all(share_of[name] == end for name in names) else how[1]
            rest = len(names) - NAMED
            kept = [clean(name) for name in names[: NAMED if rest != 1 else NAMED + 1]]
            also = f" and {rest} more" if rest > 1 else ""
            told.append(f"{word} {', '.join(kept)}{also}")
    return f"Cluster {i + 1} ({share})" + (f": {'; '.join(told)}" if told else "")


def _groups(
    parts: Sequence[Part], x: Floats, y: Floats, window: Window, *, curves: bool
) -> tuple[GoshGroup, ...]:
    alone = len(parts) == 1
    groups = [
        GoshGroup(
            name=part.name,
            color=ONE_COLOR if alone else f"series {i}",
            dashes=DASHES[i % len(DASHES)],
            marker=MARKERS[i % len(MARKERS)],
            count=int(np.count_nonzero(part.rows)),
            outlines=() if alone else outlines(_counts(part, x, y, window), window),
        )
        for i, part in enumerate(parts)
    ]
    if not curves:
        return tuple(groups)
    ends = ((window.left, window.right), (window.low, window.high))
    both = [
        [density(values[part.rows], *end) for part in parts]
        for values, end in zip((x, y), ends, strict=True)
    ]
    tops = [max(float(heights.max()) for _, heights in each) or 1.0 for each in both]
    return tuple(
        replace(
            group,
            above=_curve(*both[0][i], tops[0], (window.low, window.high), upright=False),
            beside=_curve(*both[1][i], tops[1], (window.left, window.right), upright=True),
        )
        for i, group in enumerate(groups)
    )


def _counts(part: Part, x: Floats, y: Floats, window: Window) -> np.ndarray:
    rows = part.rows & window.holds(x, y)
    return counted_cells(x[rows], y[rows], window)


def _curve(
    at: Floats, heights: Floats, top: float, ends: tuple[float, float], *, upright: bool
) -> Path:
    """Return a density as a line in the band beyond the end of the other axis."""
    room = ends[1] - ends[0]
    base = ends[1] + BAND_GAP * room
    far = base + (BAND - BAND_GAP) * room * heights / top
    line = list(zip(at.tolist(), far.tolist(), strict=True))
    line = [(line[0][0], base), *line, (line[-1][0], base)]
    return tuple((b, a) for a, b in line) if upright else tuple(line)


def _cells(
    parts: Sequence[Part], x: Floats, y: Floats, window: Window
) -> tuple[tuple[GoshCell, ...], tuple[float, float]]:
    if len(x) > FEW:
        counts = np.array([_counts(part, x, y, window) for part in parts])
        return filled_cells(counts, window), window.cell
    held = np.array([part.rows for part in parts]).T.astype(int).tolist()
    rows = zip(x.tolist(), y.tolist(), held, strict=True)
    return tuple(GoshCell(x=a, y=b, counts=tuple(own)) for a, b, own in rows), (0.0, 0.0)


def _frame(
    subsets: Gosh,
    source: Source,
    panel: tuple[Window, bool],
    groups: Sequence[GoshGroup],
    titles: Written,
    beyond: int,
) -> ChartFrame:
    window, curves = panel
    room = BAND if curves else 0.0
    below = 0.0 if _many(groups) else POINT_EDGE / 2 * (window.high - window.low)
    ticks, labels = nice_ticks(window.left, window.right, source.scale)
    heights, height_labels = nice_ticks(window.low, window.high, IDENTITY)
    bent = source.scale.key != IDENTITY.key
    return ChartFrame(
        x=ChartAxis(
            low=window.left,
            high=window.right + room * (window.right - window.left),
            ticks=ticks,
            tick_labels=labels,
            label=f"{source.label}{f' ({source.scale.key} scale)' if bent else ''}",
            span=(window.left, window.right),
        ),
        y=ChartAxis(
            low=window.low - below,
            high=window.high + max(room * (window.high - window.low), below),
            ticks=heights,
            tick_labels=height_labels,
            label=f"I² (from {i2_source(subsets)}), %",
            span=(window.low, window.high),
        ),
        title=titles.title,
        subtitle=titles.subtitle,
        notes=titles.footnotes((*_notes(subsets, groups, beyond), *source.notes), source.remarks),
        legend=tuple(_legend(subsets, groups)),
        width=PANEL_WIDTH,
        height=PANEL_HEIGHT,
    )


def _legend(subsets: Gosh, groups: Sequence[GoshGroup]) -> list[LegendEntry]:
    k = len(subsets.study)
    named = [group for group in groups if group.name]
    if _many(groups):
        entries = [
            LegendEntry(label=group.name, kind="line", edge=group.color, dashes=group.dashes)
            for group in named
        ]
    else:
        entries = [
            LegendEntry(label=group.name, fill=group.color, edge=theme.PAPER, marker=group.marker)
            for group in named
        ]
    whole = LegendEntry(
        label=f"All {k} studies", kind="marker", fill=FIT_COLOR, edge=FIT_EDGE, marker=FIT_MARKER
    )
    return [*entries, whole]


def _many(groups: Sequence[GoshGroup]) -> bool:
    """Return whether subsets are counted in cells."""
    return sum(group.count for group in groups) > FEW


def _notes(subsets: Gosh, groups: Sequence[GoshGroup], beyond: int) -> list[str]:
    """Return what the figure shows, and what it does not."""
    shown = sum(group.count for group in groups)
    which = "all" if subsets.every else "random"
    told = [f"{shown:,} of {which} {len(subsets):,} subsets of {len(subsets.study)} studies"]
    alone = int(np.count_nonzero(np.isfinite(subsets.value) & (subsets.k == 1)))
    if alone:
        told[0] += f" (not those of one study, {alone:,}, which have no I²)"
    if shown > FEW:
        told.append("the stronger the color of a cell, the more subsets")
    if any(group.outlines for group in groups):
        told.append(f"outlines hold {fixed(100 * WITHIN, 0)}% of each group")
    notes = ["; ".join(told) + "."]
    if beyond:
        notes.append(f"{counted(beyond, 'subset')} beyond the ends of the horizontal axis.")
    return notes


def _alt(subsets: Gosh, source: Source, groups: Sequence[GoshGroup]) -> str:
    """Return the figure in one sentence."""
    k = len(subsets.study)
    told = (
        f"GOSH plot: I² against the {in_sentence(source.label)} in {len(subsets):,} subsets of "
        f"{counted(k, 'study', 'studies')}"
    )
    if len(groups) > 1:
        told += f", colored as {'; '.join(group.name for group in groups)}"
    return f"{told}."
