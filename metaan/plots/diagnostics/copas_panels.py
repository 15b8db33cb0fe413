"""From a Copas selection model to the record of its four panels; no matplotlib here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Unpack

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.errors import InputError
from metaan.core.numbers import compact, printed
from metaan.core.scale import IDENTITY, Scale
from metaan.core.wording import counted_studies, in_sentence, percent
from metaan.diagnostics.selection.copas_record import CopasModel
from metaan.diagnostics.selection.copas_surface import CopasSurface, copas_surface
from metaan.plots.charts.bubble_axis import effect_axis, effect_range, finite, number_axis
from metaan.plots.forests.footnotes import footnotes
from metaan.plots.forests.wording import clean
from metaan.plots.pages import theme
from metaan.plots.pages.chart import ChartAxis, ChartFrame
from metaan.plots.pages.labels import PanelText
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.marks import Point
from metaan.plots.pages.texts import Texts, written
from metaan.plots.pages.ticks import nice_ticks

if TYPE_CHECKING:
    import pandas as pd

VERB = "copas_plot"
WIDE, HIGH = 200.0, 150.0  # of a panel
PATH, BAND, CONTOUR, POOL = theme.OURS, "shade 2", theme.STUDY, theme.INK
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
SPECK = 6.0  # points; shorter pieces of contours are left out
FREE = 0.17  # of the panel's sides, between labels of contours
EDGE = 0.1  # and between a label and the panel's edge
FIRST, LAST = 1.03, -0.03  # ends of an axis of probabilities, which falls to the right


@dataclass(frozen=True, slots=True, kw_only=True)
class CopasPanels:
    """What the figure of a Copas analysis shows.

    Attributes
    ----------
    found : CopasModel
        The analysis.
    surface : CopasSurface
        Mean effects over the grid.
    contours : tuple of (float, tuple of points)
        Levels, analysis scale, and their lines in (gamma0, gamma1).
    frames : tuple of ChartFrame
        Studies, contours, effect and test, by the row.
    title, subtitle : str
        Above the figure; may be empty.
    notes : tuple of str
        Footnotes.
    alt : str
        The figure in one sentence.
    """

    found: CopasModel
    surface: CopasSurface
    contours: tuple[tuple[float, tuple[Point, ...]], ...]
    frames: tuple[ChartFrame, ...]
    title: str
    subtitle: str
    notes: tuple[str, ...]
    alt: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row per assumption, effects on the reading scale."""
        return self.found.to_frame()


def copas_panels(found: CopasModel, **texts: Unpack[Texts]) -> CopasPanels:
    """Return the record of the figure; parameters and errors as in `copas_plot`."""
    titles = written(texts, verb=VERB, of=copas_panels)
    if not isinstance(found, CopasModel):
        raise InputError(f"{VERB} draws what copas(fit) gives; got {type(found).__name__}")
    surface = copas_surface(found)
    contours = tuple(_contours(surface, found.effects.scale))
    last = found.m - 1
    ends = [_reading(found, i) for i in (0, last)]
    return CopasPanels(
        found=found,
        surface=surface,
        contours=contours,
        frames=(
            _studies(found),
            _selections(found, surface, contours),
            _effects(found),
            _tests(found),
        ),
        title=titles.title,
        subtitle=titles.subtitle,
        notes=titles.footnotes((_note(found),), footnotes(map(clean, found.remarks))),
        alt=(
            f"Copas selection model of {counted_studies(found.k)}: the "
            f"{in_sentence(found.effects.label)} is {ends[0]} without selection and {ends[1]} "
            f"with {100 * found.probability[last]:.0f}% of the least precise studies published."
        ),
    )


def _reading(found: CopasModel, row: int) -> str:
    scale = found.effects.scale
    return printed(float(scale.inverse(found.value[row])), ratio=scale.is_log)[0]


def _note(found: CopasModel) -> str:
    se = found.effects.se
    return (
        f"Published: the assumed probability for studies with a standard error of "
        f"{compact(float(se.max()))}; it is {found.most_precise:g} for {compact(float(se.min()))}."
    )


def _studies(found: CopasModel) -> ChartFrame:
    """Return the funnel: effects against standard errors."""
    effects = found.effects
    ends = effect_range(effects.y.tolist(), [], found.value[[0, -1]].tolist(), effects.scale)
    deepest = 1.06 * float(effects.se.max())
    ticks, labels = nice_ticks(0.0, deepest, IDENTITY)
    return ChartFrame(
        x=_fewer(effect_axis(*ends, effects.scale, effects.label)),
        y=ChartAxis(low=deepest, high=0.0, ticks=ticks, tick_labels=labels,
                    label="Standard error"),
        subtitle="Studies",
        legend=(
            LegendEntry(label="No selection", kind="line", edge=POOL),
            LegendEntry(label="Strongest selection", kind="dashed", edge=PATH),
        ),
        width=WIDE,
        height=HIGH,
    )  # fmt: skip


def _fewer(axis: ChartAxis, most: int = 5) -> ChartAxis:
    """Return the axis with labels at few enough of its ticks."""
    step = math.ceil(len(axis.ticks) / most)
    kept = range(0, len(axis.ticks), max(step, 1))
    return replace(
        axis,
        ticks=tuple(axis.ticks[i] for i in kept),
        tick_labels=tuple(axis.tick_labels[i] for i in kept),
    )


def _contours(surface: CopasSurface, scale: Scale) -> Iterable[tuple[float, tuple[Point, ...]]]:
    """Yield levels of the effect and their lines."""
    from contourpy import contour_generator

    low, high = float(np.min(surface.value)), float(np.max(surface.value))
    if not high - low > 1e-9 * max(abs(low), abs(high)):
        return
    maker = contour_generator(x=surface.gamma0, y=surface.gamma1, z=surface.value)
    levels, _ = nice_ticks(low, high, scale)
    for level in levels:
        lines = [np.asarray(line) for line in maker.lines(level)]
        for line in lines:
            if _long(line, surface):
                yield float(level), tuple((float(x), float(y)) for x, y in line)


def _long(line: Floats, surface: CopasSurface) -> bool:
    """Return whether a piece of a contour is one to see: a speck is no shape of the surface."""
    ends = (np.ptp(surface.gamma0) / WIDE, np.ptp(surface.gamma1) / HIGH)
    reach = np.ptp(line, axis=0) / ends
    return bool(np.hypot(*reach) >= SPECK)


def _selections(
    found: CopasModel,
    surface: CopasSurface,
    contours: Sequence[tuple[float, tuple[Point, ...]]],
) -> ChartFrame:
    """Return the map of mean effects over the selections."""
    x, y = (_between(each.tolist(), name) for each, name in (
        (surface.gamma0, "gamma0: publication of all"),
        (surface.gamma1, "gamma1: by precision"),
    ))  # fmt: skip
    return ChartFrame(
        x=x,
        y=y,
        subtitle=f"{found.effects.label} by selection",
        legend=(
            LegendEntry(label="Contours of the effect", kind="line", edge=CONTOUR),
            LegendEntry(label="Assumptions", kind="line", edge=PATH),
        ),
        texts=tuple(_levels(found, x, y, contours)),
        width=WIDE,
        height=HIGH,
    )


def _between(values: Sequence[float], label: str) -> ChartAxis:
    low, high = min(values), max(values)
    ticks, labels = nice_ticks(low, high, IDENTITY)
    axis = ChartAxis(low=low, high=high, ticks=ticks, tick_labels=labels, label=label)
    inside = [i for i, tick in enumerate(ticks) if low <= tick <= high]
    return _fewer(replace(axis, ticks=tuple(ticks[i] for i in inside),
                          tick_labels=tuple(labels[i] for i in inside)))  # fmt: skip


def _levels(
    found: CopasModel,
    x: ChartAxis,
    y: ChartAxis,
    contours: Sequence[tuple[float, tuple[Point, ...]]],
) -> Iterable[PanelText]:
    """Yield the labels of contours, away from the path, the edges and each other."""
    pairs = zip(found.gamma0[1:].tolist(), found.gamma1[1:].tolist(), strict=True)
    path = [(x.share(a), y.share(b)) for a, b in pairs]
    scale, taken = found.effects.scale, list(path)
    for level, line in contours:
        spots = [((x.share(a), y.share(b)), (a, b)) for a, b in line]
        free = [
            (min(math.dist(spot, other) for other in taken), spot, at)
            for spot, at in spots
            if EDGE < spot[0] < 1 - EDGE and EDGE < spot[1] < 1 - EDGE
        ]
        best = max(free, default=(0.0, (0.0, 0.0), (0.0, 0.0)))
        if best[0] > FREE:
            taken.append(best[1])
            text = printed(float(scale.inverse(level)), ratio=scale.is_log)[0]
            yield PanelText(x=best[2][0], y=best[2][1], text=text, align="center",
                            style=theme.SMALL)  # fmt: skip


def _probabilities() -> ChartAxis:
    return ChartAxis(
        low=FIRST,
        high=LAST,
        ticks=SHARES,
        tick_labels=tuple(f"{share:g}" for share in SHARES),
        label="Published, of the least precise",
    )


def _effects(found: CopasModel) -> ChartFrame:
    """Return the effect and its interval against the assumed probability."""
    effects = found.effects
    shown = finite([*found.value.tolist(), *found.low.tolist(), *found.high.tolist()])
    ends = effect_range(shown, [], [], effects.scale)
    return ChartFrame(
        x=_probabilities(),
        y=effect_axis(*ends, effects.scale, effects.label),
        subtitle=f"{effects.label} by publication",
        legend=(
            LegendEntry(label="Effect", kind="line", edge=PATH),
            LegendEntry(label=f"{percent(found.level)} CI", kind="area", fill=BAND, edge="none"),
        ),
        width=WIDE,
        height=HIGH,
    )


def _tests(found: CopasModel) -> ChartFrame:
    """Return the test of the selection that is left against the assumed probability."""
    y = number_axis([0.0, *np.exp(found.log_residual).tolist(), found.significance], "p-value")
    return ChartFrame(
        x=_probabilities(),
        y=replace(y, low=0.0),
        subtitle="Selection that is left",
        legend=(
            LegendEntry(label="p-value", kind="line", edge=PATH),
            LegendEntry(label=f"{found.significance:g}", kind="dashed", edge=theme.QUIET),
        ),
        width=WIDE,
        height=HIGH,
    )
