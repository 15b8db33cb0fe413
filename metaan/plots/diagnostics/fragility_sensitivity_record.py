"""From a sensitivity analysis to the record of its figure; no matplotlib here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Unpack

from metaan.core.errors import InputError
from metaan.core.numbers import compact
from metaan.core.scale import Scale
from metaan.core.wording import in_sentence, percent
from metaan.diagnostics.fragility.sensitivity_record import Sensitivity
from metaan.plots.charts.bubble_axis import (
    effect_axis,
    effect_range,
    number_axis,
)
from metaan.plots.diagnostics.fragility_important import important_entry, important_lines
from metaan.plots.forests.wording import sentence_case
from metaan.plots.pages import theme
from metaan.plots.pages.chart import ChartFrame
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.letters import printable
from metaan.plots.pages.texts import Texts, written

if TYPE_CHECKING:
    import pandas as pd

LINE_COLOR, BAND_COLOR, TURN_COLOR = theme.OURS, "shade 2", theme.INK


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivityCurve:
    """What a sensitivity plot shows; effects on the analysis scale.

    Attributes
    ----------
    values : tuple of float
        The assumption.
    estimate, low, high : tuple of float
        The pool at each value.
    turns : tuple of float
        Values at which the conclusion becomes another.
    against : float
        The value that the conclusion is about; NaN where the axis does not hold it.
    important : tuple of float
        One or two effects that matter.
    scale : Scale
        How effects are read.
    frame : ChartFrame
        Axes, titles, legend and footnotes.
    found : Sensitivity
        What is drawn.
    alt : str
        The figure in one sentence.
    """

    values: tuple[float, ...]
    estimate: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    turns: tuple[float, ...]
    against: float
    important: tuple[float, ...]
    scale: Scale
    frame: ChartFrame
    found: Sensitivity
    alt: str

    @property
    def title(self) -> str:
        """Above the figure; may be empty."""
        return self.frame.title

    def to_frame(self) -> pd.DataFrame:
        """Return one row per value of the assumption, effects on the reading scale."""
        return self.found.to_frame()


def sensitivity_curve(
    found: Sensitivity,
    *,
    important: float | Sequence[float] | None = None,
    **texts: Unpack[Texts],
) -> SensitivityCurve:
    """Return the record of a sensitivity plot; parameters and errors as in `sensitivity_plot`."""
    titles = written(texts, verb="sensitivity_plot", of=sensitivity_curve)
    if not isinstance(found, Sensitivity):
        raise InputError(
            "sensitivity_plot draws what sensitivity(fit, make_effects, values=...) gives; got "
            f"{type(found).__name__}"
        )
    own = found.conclusion
    scale = own.scale
    chosen = important_lines(important, scale)
    value, low, high = (each.tolist() for each in (found.value, found.low, found.high))
    ends = effect_range(value, [*low, *high], [*chosen, own.against], scale)
    name = printable(found.name)
    x = number_axis(found.values.tolist(), sentence_case(name))
    first, last = float(found.values[0]), float(found.values[-1])
    x = replace(x, low=first, high=last)
    inside = [i for i, tick in enumerate(x.ticks) if first <= tick <= last]
    x = replace(
        x,
        ticks=tuple(x.ticks[i] for i in inside),
        tick_labels=tuple(x.tick_labels[i] for i in inside),
    )
    y = effect_axis(*ends, scale, own.label)
    return SensitivityCurve(
        values=tuple(found.values.tolist()),
        estimate=tuple(value),
        low=tuple(low),
        high=tuple(high),
        turns=tuple(turn.at for turn in found.turns),
        against=own.against if y.low <= own.against <= y.high else math.nan,
        important=chosen,
        scale=scale,
        frame=ChartFrame(
            x=x,
            y=y,
            title=titles.title,
            subtitle=titles.subtitle,
            notes=titles.footnotes((found.sentence(),), found.remarks),
            legend=_legend(found, chosen),
        ),
        found=found,
        alt=(
            f"Pooled {in_sentence(own.label)} with its {percent(own.level)} CI against "
            f"{name}. {found.sentence()}"
        ),
    )


def _legend(found: Sensitivity, important: tuple[float, ...]) -> tuple[LegendEntry, ...]:
    own = found.conclusion
    entries = [
        LegendEntry(label=f"Pooled {in_sentence(own.label)}", kind="line", edge=LINE_COLOR),
        LegendEntry(label=f"{percent(own.level)} CI", kind="area", fill=BAND_COLOR, edge="none"),
    ]
    if own.against != own.scale.null:
        entries.append(
            LegendEntry(label=f"Compared with {own.value_text}", kind="line", edge=theme.INK)
        )
    if found.turns:
        at = ", ".join(compact(turn.at) for turn in found.turns)
        entries.append(
            LegendEntry(label=f"Conclusion turns ({at})", kind="dashed", edge=TURN_COLOR)
        )
    if important:
        entries.append(important_entry(important, own.scale))
    return tuple(entries)
