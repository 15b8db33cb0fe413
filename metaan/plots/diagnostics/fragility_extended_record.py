"""From a pool to the record of its extended funnel plot; no matplotlib here."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Unpack

import numpy as np

from metaan.core.fit import PooledFit
from metaan.core.numbers import counted
from metaan.core.scale import Scale
from metaan.core.subgroup_fit import SubgroupFit
from metaan.core.wording import in_sentence
from metaan.diagnostics.fragility.conclusion import INTERVAL, conclusion_of
from metaan.diagnostics.fragility.conclusion_map import ConclusionMap, mapped
from metaan.diagnostics.fragility.refit import pooled_only
from metaan.plots.charts.funnel_axes import DEFAULT_AXIS, FUNNEL_AXES
from metaan.plots.charts.funnel_frame import effect_axis, error_axis, radius_of
from metaan.plots.charts.funnel_record import STUDY_EDGE, STUDY_LOOK
from metaan.plots.charts.funnel_source import Source, pool_of
from metaan.plots.charts.funnel_ticks import readable
from metaan.plots.charts.names import NONE, Names, is_list, named
from metaan.plots.diagnostics.fragility_important import important_entry, important_lines
from metaan.plots.forests.wording import clean, sentence_case
from metaan.plots.pages import theme
from metaan.plots.pages.chart import ChartFrame
from metaan.plots.pages.labels import Dot, PointLabel
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.texts import Texts, written
from metaan.univariate.planning import FIXED

if TYPE_CHECKING:
    import pandas as pd

ACROSS, DOWN = 201, 121  # places of the grid
STEPS = 40  # along a line
ROOM = 0.35  # of the range of effects, on both sides of it
FINEST = 1e-3  # of the deepest standard error: the first row of the grid, next to 0
ABOVE_COLOR, BELOW_COLOR, INCLUDES_COLOR = "shade 3", "shade 1", theme.PAPER
NAME = replace(theme.SMALL, color=theme.INK)  # lesser text cannot be read on shades
POOL_COLOR, NULL_COLOR = theme.OURS, theme.QUIET


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedFunnel:
    """What an extended funnel plot shows; effects on the analysis scale.

    Attributes
    ----------
    study : tuple of str
        Labels.
    x, se : tuple of float
        Effects and standard errors of the studies.
    map : ConclusionMap
        What the pool would conclude with one further trial.
    center : float
        Pooled effect.
    against : float
        The value that conclusions are about.
    important : tuple of float
        One or two effects that matter.
    scale : Scale
        How effects are read.
    frame : ChartFrame
        Axes, titles, legend, names and footnotes.
    alt : str
        The figure in one sentence.
    """

    study: tuple[str, ...]
    x: tuple[float, ...]
    se: tuple[float, ...]
    map: ConclusionMap
    center: float
    against: float
    important: tuple[float, ...]
    scale: Scale
    frame: ChartFrame
    alt: str

    @property
    def title(self) -> str:
        """Above the figure; may be empty."""
        return self.frame.title

    def to_frame(self) -> pd.DataFrame:
        """Return one row per place of the grid; see ``ConclusionMap.to_frame``."""
        return self.map.to_frame()


def extended_funnel_points(
    fit: PooledFit | SubgroupFit,
    *,
    conclusion: str = INTERVAL,
    against: float | None = None,
    important: float | Sequence[float] | None = None,
    names: Names = None,
    **texts: Unpack[Texts],
) -> ExtendedFunnel:
    """Return the record of an extended funnel plot; parameters as in `extended_funnel`."""
    titles = written(texts, verb="extended_funnel", of=extended_funnel_points)
    pooled = pooled_only(fit, "extended_funnel")
    source = pool_of(pooled, verb="extended_funnel")
    chosen = important_lines(important, source.scale)
    row = FUNNEL_AXES[DEFAULT_AXIS]
    low, high = _ends(source, chosen)
    deepest = row.ends(source.se)
    found = mapped(
        pooled,
        conclusion_of(pooled, conclusion=conclusion, against=against, verb="extended_funnel"),
        np.linspace(low, high, ACROSS),
        np.linspace(FINEST * deepest[1], deepest[1], DOWN),
    )
    told = named(names, source.study, default=NONE, outside=None)
    radius = radius_of(source.k)
    places = list(zip(source.x.tolist(), source.se.tolist(), strict=True))
    return ExtendedFunnel(
        study=tuple(source.study),
        x=tuple(source.x.tolist()),
        se=tuple(source.se.tolist()),
        map=found,
        center=source.middle,
        against=found.conclusion.against,
        important=chosen,
        scale=source.scale,
        frame=ChartFrame(
            x=effect_axis((low, high), source.scale, source.label),
            y=error_axis(row, (0.0, deepest[1]), source),
            title=titles.title,
            subtitle=titles.subtitle,
            notes=titles.footnotes((_note(found), *source.notes), source.remarks),
            legend=tuple(_legend(source, found, chosen)),
            labels=tuple(
                PointLabel(
                    x=x,
                    y=y,
                    text=clean(source.study[i]),
                    radius=radius,
                    style=NAME,
                    must=is_list(names),
                )
                for i, (x, y) in enumerate(places)
                if told[i]
            ),
            dots=tuple(Dot(x=x, y=y, radius=radius) for x, y in places),
            lines=tuple(_along((source.middle, found.conclusion.against, *chosen), deepest[1])),
        ),
        alt=(
            f"Funnel plot of {counted(source.k, 'study', 'studies')} of "
            f"{in_sentence(source.label)} with the conclusion that the pool would have with one "
            f"further trial at each place. {found.sentence()}"
        ),
    )


def _ends(source: Source, important: Sequence[float]) -> tuple[float, float]:
    """Return the ends of the axis of effects: the studies, no effect, and room beside them."""
    known = [*source.x.tolist(), source.middle, *important, source.scale.null]
    finite = [x for x in known if math.isfinite(x)]
    low, high = min(finite), max(finite)
    span = high - low if high > low else 4 * float(np.max(source.se))
    return readable(low - ROOM * span, high + ROOM * span, source.scale)


def _along(verticals: Sequence[float], deepest: float) -> Iterator[Dot]:
    """Return places along the vertical lines, which names keep clear of."""
    for x in verticals:
        if math.isfinite(x):
            yield from (Dot(x=x, y=y, radius=1.0) for y in np.linspace(0.0, deepest, STEPS))


def _note(found: ConclusionMap) -> str:
    again = ", τ² estimated again" if found.fit.tau2_method not in ("", FIXED) else ""
    told = found.sentence().replace(" [1]", "")  # the figure has no references
    return (
        "Shaded by what the pool of all these studies and one further trial there would conclude"
        f"{again}. {told}"
    )


def _legend(
    source: Source, found: ConclusionMap, important: Sequence[float]
) -> Iterator[LegendEntry]:
    colors = {1: ABOVE_COLOR, 0: INCLUDES_COLOR, -1: BELOW_COLOR}
    sides = found.side
    for side, color in colors.items():
        if (sides == side).any():
            told = sentence_case(found.conclusion.words(side, verb="would"))
            yield LegendEntry(label=told, kind="area", fill=color, edge=theme.RULE)
    fill = STUDY_LOOK.fill
    yield LegendEntry(label="Study", fill=fill, edge=STUDY_EDGE, marker=STUDY_LOOK.marker)
    yield LegendEntry(label=source.pooled_text, kind="line", edge=POOL_COLOR)
    if important:
        yield important_entry(important, source.scale)
