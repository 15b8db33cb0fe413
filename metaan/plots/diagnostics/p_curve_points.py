"""The record of a p-curve plot, and how an analysis becomes one; no matplotlib here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

from metaan.core.errors import InputError
from metaan.core.numbers import counted, p_text
from metaan.diagnostics.selection.p_curve_record import EDGES, PCurve, percent_of, power_words
from metaan.plots.forests.footnotes import footnotes
from metaan.plots.forests.wording import clean
from metaan.plots.pages import theme
from metaan.plots.pages.chart import ChartAxis, ChartFrame
from metaan.plots.pages.labels import Dot, PointLabel
from metaan.plots.pages.legend import DASHES, LegendEntry
from metaan.plots.pages.marks import Point
from metaan.plots.pages.texts import Texts, written

if TYPE_CHECKING:
    import pandas as pd

VERB = "p_curve_plot"
EVEN = 0.2  # share of each bin without an effect
OBSERVED, LOW_POWER, NO_EFFECT = theme.OURS, theme.QUIET, theme.INK
LOW_DASHES, NO_DASHES = DASHES[1], DASHES[2]
RADIUS = 3.0
STEPS = 12
TICKS = (0, 25, 50, 75, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class PCurvePoints:
    """What a p-curve plot shows, as numbers and strings.

    Attributes
    ----------
    p : tuple of float
        Upper ends of the bins.
    observed, low_power, no_effect : tuple of float
        Percent of the significant p-values in each: of the studies, at a power of 1/3, and
        without an effect.
    found : PCurve
        What is drawn.
    frame : ChartFrame
        Axes, titles, legend and footnotes.
    alt : str
        The figure in one sentence.
    """

    p: tuple[float, ...]
    observed: tuple[float, ...]
    low_power: tuple[float, ...]
    no_effect: tuple[float, ...]
    found: PCurve
    frame: ChartFrame
    alt: str

    @property
    def title(self) -> str:
        """Above the figure; may be empty."""
        return self.frame.title

    def line(self, heights: tuple[float, ...]) -> list[Point]:
        """Return a curve as points of the panel."""
        return list(zip(self.p, heights, strict=True))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per bin: upper end and percent of the three curves."""
        import pandas as pd

        rows = {
            "p_up_to": self.p,
            "observed": self.observed,
            "power_33": self.low_power,
            "no_effect": self.no_effect,
        }
        return pd.DataFrame(rows)


def p_curve_points(found: PCurve, **texts: Unpack[Texts]) -> PCurvePoints:
    """Return the record of a p-curve plot; parameters and errors as in `p_curve_plot`."""
    titles = written(texts, verb=VERB, of=p_curve_points)
    if not isinstance(found, PCurve):
        raise InputError(f"{VERB} draws what p_curve(fit) gives; got {type(found).__name__}")
    p = tuple(EDGES[1:].tolist())
    observed, low_power = (
        tuple((100 * shares).tolist()) for shares in (found.observed, found.at_low_power)
    )
    even = (100 * EVEN,) * len(p)
    curves = (observed, low_power, even)
    frame = ChartFrame(
        x=ChartAxis(
            low=p[0] - 0.004,
            high=p[-1] + 0.004,
            ticks=p,
            tick_labels=tuple(f"{each:g}" for each in p),
            label="p-value, up to",
        ),
        y=ChartAxis(
            low=-4.0,
            high=108.0,
            ticks=tuple(float(each) for each in TICKS),
            tick_labels=tuple(f"{each}%" for each in TICKS),
            label="Significant results",
            span=(0.0, 100.0),
        ),
        title=titles.title,
        subtitle=titles.subtitle,
        notes=titles.footnotes(_notes(found), footnotes(map(clean, found.remarks))),
        legend=_legend(found),
        labels=tuple(
            PointLabel(x=x, y=y, text=f"{y:.0f}%", radius=RADIUS, must=True)
            for x, y in zip(p, observed, strict=True)
        ),
        dots=tuple(Dot(x=x, y=y, radius=RADIUS) for x, y in zip(p, observed, strict=True)),
        lines=tuple(
            Dot(x=x + (z - x) * i / STEPS, y=y + (w - y) * i / STEPS, radius=1.0)
            for heights in curves
            for x, z, y, w in zip(p, p[1:], heights, heights[1:], strict=False)
            for i in range(STEPS)
        ),
    )
    return PCurvePoints(
        p=p,
        observed=observed,
        low_power=low_power,
        no_effect=even,
        found=found,
        frame=frame,
        alt=(
            f"p-curve of {counted(found.significant, 'significant study', 'significant studies')} "
            f"of {found.k}: {percent_of(float(found.observed[0]))} of p-values are up to 0.01; "
            f"{found.verdict}."
        ),
    )


def _legend(found: PCurve) -> tuple[LegendEntry, ...]:
    studies = counted(found.significant, "significant study", "significant studies")
    return (
        LegendEntry(label=f"Observed ({studies} of {found.k})", kind="line", edge=OBSERVED),
        LegendEntry(label="At a power of 33%", kind="line", edge=LOW_POWER, dashes=LOW_DASHES),
        LegendEntry(label="Without an effect", kind="line", edge=NO_EFFECT, dashes=NO_DASHES),
    )


def _notes(found: PCurve) -> tuple[str, ...]:
    right, flat = found.right_skew, found.flat
    half = p_text(right.p_half, right.log_p_half) if right.half == right.half else "none"
    return (
        f"Right skew: {p_text(right.p_full, right.log_p_full)}, half curve {half}. Flatter than "
        f"at a power of 33%: {p_text(flat.p_full, flat.log_p_full)}. Reading: {found.verdict}. "
        f"Average power {power_words(found)}.",
    )
