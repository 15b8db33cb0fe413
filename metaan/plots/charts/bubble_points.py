"""The record of a bubble plot: studies and what a meta-regression expects along a moderator."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.numbers import printed
from metaan.core.regression_fit import RegressionFit
from metaan.core.robust_fit import RobustFit
from metaan.core.scale import Scale
from metaan.core.wording import counted_studies, in_sentence, percent
from metaan.plots.charts.bubble_axis import (
    drawn_effects,
    effect_axis,
    effect_range,
    important_effects,
    number_axis,
    shown_null,
)
from metaan.plots.charts.bubble_colors import colored
from metaan.plots.charts.bubble_curve import (
    CurvePoint,
    Held,
    Moderator,
    curve_of,
    held_values,
    moderator_of,
    regression_of,
)
from metaan.plots.charts.bubble_levels import (
    LEVEL_HALF,
    level_axis,
    level_notes,
    level_width,
    spread_out,
)
from metaan.plots.charts.bubble_marks import (
    PRECISION,
    WEIGHT,
    Bubble,
    chosen_size,
    dots_of,
    labels_of,
    radii_of,
    shares_of,
    size_note,
)
from metaan.plots.charts.names import Names
from metaan.plots.charts.subjects import remarks_on, robust_note
from metaan.plots.forests.wording import clean, sentence_case
from metaan.plots.pages import theme
from metaan.plots.pages.chart import PANEL_HEIGHT, PANEL_WIDTH, ChartAxis, ChartFrame
from metaan.plots.pages.labels import Dot
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.texts import Texts, written

if TYPE_CHECKING:
    import pandas as pd

LINE_DOT = 1.5  # points around lines that names keep clear of
LINE_DOTS = 80
CONFIDENCE, PREDICTED = "shade 2", "shade 0"
ASIDE = 0.86  # of half a category's width that marks may take


@dataclass(frozen=True, slots=True, kw_only=True)
class BubblePoints:
    """What a bubble plot shows; effects on the analysis scale.

    Attributes
    ----------
    moderator : str
        Column along the axis.
    levels : tuple of str
        Its categories, at 0, 1, ...; empty for a number.
    bubbles : tuple of Bubble
        The studies.
    size : str
        Row of ``BUBBLE_SIZES``: what their areas show.
    curve : tuple of CurvePoint
        What is expected, from left to right.
    held : tuple of Held
        The other moderators, and where they are held.
    important : tuple of float
        One effect (a line) or two (a band); empty without.
    null : float
        Value of no effect; NaN where the axis does not hold it.
    level : float
        Coverage of the intervals.
    scale : Scale
        How effects are read.
    frame : ChartFrame
        Axes, titles, legend, footnotes and names.
    alt : str
        The figure in one sentence.
    """

    moderator: str
    levels: tuple[str, ...]
    bubbles: tuple[Bubble, ...]
    size: str
    curve: tuple[CurvePoint, ...]
    held: tuple[Held, ...]
    important: tuple[float, ...]
    null: float
    level: float
    scale: Scale
    frame: ChartFrame
    alt: str

    @property
    def title(self) -> str:
        """Above the figure; may be empty."""
        return self.frame.title

    @property
    def predicts(self) -> bool:
        """Whether there are prediction limits."""
        return any(not math.isnan(point.prediction_low) for point in self.curve)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per study and per value of the curve, effects on the reading scale.

        Returns
        -------
        DataFrame
            kind ("study" or "expected"), study, moderator (number or category), group (of the
            colors), estimate, low, high, prediction_low, prediction_high, share (of the largest
            area), rows (ids of the data).
        """
        import pandas as pd

        return pd.DataFrame([*map(self._study, self.bubbles), *map(self._expected, self.curve)])

    def _study(self, mark: Bubble) -> dict[str, Any]:
        nothing = (math.nan,) * 4
        place: float | str = mark.x
        if self.levels:
            place = self.levels[round(mark.x)]
        named = {"kind": "study", "study": mark.study, "moderator": place, "group": mark.group}
        read = float(self.scale.inverse(mark.y))
        rest = {"share": mark.share, "rows": " ".join(mark.rows)}
        return {**named, "estimate": read, **dict(zip(LIMITS, nothing, strict=True)), **rest}

    def _expected(self, point: CurvePoint) -> dict[str, Any]:
        with np.errstate(over="ignore"):  # a limit beyond all numbers is read as infinite
            limits = {name: float(self.scale.inverse(getattr(point, name))) for name in LIMITS}
            read = float(self.scale.inverse(point.estimate))
        place: float | str = point.level if self.levels else point.x
        named = {"kind": "expected", "study": "", "moderator": place, "group": ""}
        return {**named, "estimate": read, **limits, "share": math.nan, "rows": ""}


LIMITS = ("low", "high", "prediction_low", "prediction_high")


def bubble_points(
    fit: RegressionFit | RobustFit,
    x: str,
    *,
    at: Mapping[str, Any] | None = None,
    size: str = "",
    color: str = "",
    names: Names = None,
    important: float | Sequence[float] | None = None,
    **texts: Unpack[Texts],
) -> BubblePoints:
    """Return the record of a bubble plot; parameters and errors as in `bubble`.

    Parameters
    ----------
    fit : RegressionFit or RobustFit
        A meta-regression, or robust standard errors of one.
    x : str
        A moderator of its formula.
    at : mapping of str to value, optional
        Where other moderators are held.
    size, color, names
        How studies are shown.
    important : float or two of them, optional
        Effects to mark, reading scale.
    **texts
        Title, subtitle and footnotes.

    Returns
    -------
    BubblePoints
        Numbers on the analysis scale, texts on the reading scale.
    """
    titles = written(texts, verb="bubble", of=bubble_points)
    base = regression_of(fit)
    moderator, own = moderator_of(base, x)
    held = held_values(base, x, own, at)
    curve = curve_of(fit, moderator, held)
    marked = important_effects(important, base.effects.scale)
    y_axis = _y_axis(base, curve, marked)
    x_axis, wide = _x_axis(moderator)
    marks, shown, legend = _marks(base, moderator, (size, color), y_axis, wide / _length(x_axis))
    null = shown_null(base.effects.scale, y_axis)
    lines = [*marked, *([] if math.isnan(null) else [null])]
    own_notes = (
        *level_notes(moderator.levels),
        *_held_note(held),
        size_note(shown),
        *([robust_note(fit)] if isinstance(fit, RobustFit) else []),
    )
    frame = ChartFrame(
        x=x_axis,
        y=y_axis,
        title=titles.title,
        subtitle=titles.subtitle,
        notes=titles.footnotes(own_notes, remarks_on(fit)),
        legend=(*_curve_legend(base, curve, fit.level), *_important_legend(marked), *legend),
        labels=labels_of(marks, base.effects.study, names),
        dots=dots_of(marks),
        lines=(*_curve_dots(moderator, curve), *_line_dots(x_axis, lines)),
        width=wide,
        height=PANEL_HEIGHT,
    )
    return BubblePoints(
        moderator=x,
        levels=moderator.levels,
        bubbles=marks,
        size=shown,
        curve=curve,
        held=held,
        important=marked,
        null=null,
        level=fit.level,
        scale=base.effects.scale,
        frame=frame,
        alt=_alt(base, moderator, curve),
    )


def _length(axis: ChartAxis) -> float:
    return axis.high - axis.low


def _y_axis(
    base: RegressionFit, curve: Sequence[CurvePoint], marked: tuple[float, ...]
) -> ChartAxis:
    scale = base.effects.scale
    points = [*drawn_effects(base.effects).tolist(), *(point.estimate for point in curve)]
    bands = [getattr(point, name) for point in curve for name in LIMITS]
    low, high = effect_range(points, bands, marked, scale)
    return effect_axis(low, high, scale, base.effects.label)


def _x_axis(moderator: Moderator) -> tuple[ChartAxis, float]:
    """Return the axis of the moderator, and the width of the panel it needs."""
    label = sentence_case(moderator.name)
    if moderator.levels:
        return level_axis(moderator.levels, label), level_width(moderator.levels)
    return number_axis(moderator.values, label), PANEL_WIDTH


def _marks(
    base: RegressionFit, moderator: Moderator, ways: tuple[str, str], y: ChartAxis, unit: float
) -> tuple[tuple[Bubble, ...], str, tuple[LegendEntry, ...]]:
    """Return the studies, what their areas show, and what their colors mean.

    ``ways`` are the size and the column of colors that are asked for; ``unit`` is the length of
    one on the axis of the moderator, points.
    """
    effects = base.effects
    values: dict[str, Floats] = {WEIGHT: base.weights, PRECISION: 1 / effects.v}
    size = chosen_size(ways[0], values)
    shares = shares_of(values[size])
    radii = radii_of(shares)
    heights = drawn_effects(effects)
    if moderator.levels:
        places = np.array([float(moderator.levels.index(value)) for value in moderator.values])
        up = np.array([y.share(float(height)) for height in heights]) * PANEL_HEIGHT
        places = places + spread_out(places, up, radii, ASIDE * LEVEL_HALF * unit) / unit
    else:
        places = np.array(moderator.values)
    color = colored(ways[1], effects.columns, effects.k)
    marks = tuple(
        Bubble(
            study=str(effects.study[i]),
            x=float(places[i]),
            y=float(heights[i]),
            share=float(shares[i]),
            radius=float(radii[i]),
            group=color.groups[i],
            look=color.looks[i],
            rows=effects.rows[i],
        )
        for i in range(effects.k)
    )
    return marks, size, color.legend


def _curve_dots(moderator: Moderator, curve: Sequence[CurvePoint]) -> tuple[Dot, ...]:
    """Return the places along the expected effect, so that no name lies on it."""
    if not moderator.levels:
        return tuple(Dot(x=point.x, y=point.estimate, radius=LINE_DOT) for point in curve)
    across = np.linspace(-LEVEL_HALF, LEVEL_HALF, 25).tolist()
    return tuple(
        Dot(x=point.x + dx, y=point.estimate, radius=LINE_DOT) for point in curve for dx in across
    )


def _line_dots(x: ChartAxis, heights: Sequence[float]) -> tuple[Dot, ...]:
    """Return the places along level lines, so that no name is struck through."""
    across = np.linspace(x.low, x.high, LINE_DOTS).tolist()
    return tuple(Dot(x=place, y=height, radius=LINE_DOT) for height in heights for place in across)


def _held_note(held: Sequence[Held]) -> tuple[str, ...]:
    if not held:
        return ()
    many = "moderators are" if len(held) > 1 else "moderator is"
    return (f"The other {many} held at {', '.join(map(str, held))}.",)


def _curve_legend(
    base: RegressionFit, curve: Sequence[CurvePoint], level: float
) -> list[LegendEntry]:
    label = clean(in_sentence(base.effects.label))
    entries = [LegendEntry(label=f"Expected {label}", kind="line", edge=theme.OURS)]
    if any(not math.isnan(point.low) for point in curve):
        told = f"{percent(level)} CI"
        entries.append(LegendEntry(label=told, kind="area", fill=CONFIDENCE, edge=CONFIDENCE))
    if any(not math.isnan(point.prediction_low) for point in curve):
        told = f"{percent(level)} prediction interval"
        entries.append(LegendEntry(label=told, kind="area", fill=PREDICTED, edge=theme.PREDICTION))
    return entries


def _important_legend(marked: tuple[float, ...]) -> list[LegendEntry]:
    if not marked:
        return []
    if len(marked) == 1:
        told = "Smallest important effect"
        return [LegendEntry(label=told, kind="dashed", edge=theme.PUBLISHED_EDGE)]
    told = "Effects too small to matter"
    return [LegendEntry(label=told, kind="area", fill=theme.BAND, edge=theme.PUBLISHED_EDGE)]


def _alt(base: RegressionFit, moderator: Moderator, curve: Sequence[CurvePoint]) -> str:
    label, name = clean(in_sentence(base.effects.label)), clean(moderator.name)
    first, last = curve[0], curve[-1]
    with np.errstate(over="ignore"):
        read = [float(base.effects.scale.inverse(point.estimate)) for point in (first, last)]
    start, end = printed(*read, ratio=base.effects.scale.is_log)
    told = f"Bubble plot of {counted_studies(base.k)}: {label} by {name}; "
    if moderator.levels:
        each = [
            f"{text} in {point.level}"
            for text, point in zip(_read_each(base, curve), curve, strict=True)
        ]
        return f"{told}expected are {', '.join(each)}."
    places = printed(first.x, last.x)
    return f"{told}expected are {start} at {places[0]} and {end} at {places[1]}."


def _read_each(base: RegressionFit, curve: Sequence[CurvePoint]) -> tuple[str, ...]:
    with np.errstate(over="ignore"):
        read = [float(base.effects.scale.inverse(point.estimate)) for point in curve]
    return printed(*read, ratio=base.effects.scale.is_log)
