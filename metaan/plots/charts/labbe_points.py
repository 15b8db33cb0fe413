"""The record of a L'Abbé plot: risks of two groups against each other, and the pooled effect."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Unpack

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.counts import PEOPLE
from metaan.core.errors import InputError
from metaan.core.numbers import counted, fixed
from metaan.core.scale import IDENTITY
from metaan.core.wording import estimate_words, in_sentence, percent
from metaan.plots.charts.bubble_colors import Colored, colored
from metaan.plots.charts.bubble_marks import (
    Bubble,
    chosen_size,
    dots_of,
    labels_of,
    radii_of,
    shares_of,
    size_note,
)
from metaan.plots.charts.labbe_counts import Subject, TwoGroups, two_groups
from metaan.plots.charts.labbe_curves import LABBE_CURVES
from metaan.plots.charts.names import Names
from metaan.plots.charts.subjects import remarks_on
from metaan.plots.forests.wording import clean
from metaan.plots.pages import theme
from metaan.plots.pages.chart import ChartAxis, ChartFrame
from metaan.plots.pages.labels import Dot
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.marks import Point
from metaan.plots.pages.texts import Texts, written
from metaan.plots.pages.ticks import nice_ticks

if TYPE_CHECKING:
    import pandas as pd

SIDE = 280.0  # points of the panel, which is square
WHOLE = 0.6  # risk from which on the axes go to 1
ROOM = 1.04  # of the largest risk that axes reach to
MARGIN = 0.04  # of the axes beyond both ends, so that a mark at 0 lies on no axis
AREA = "shade 1"
LINE_DOT, LINE_DOTS = 1.5, 80
SIDES = ("treatment", "control")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabbePoints:
    """What a L'Abbé plot shows.

    Attributes
    ----------
    bubbles : tuple of Bubble
        The studies: the control's risk or rate across, the treatment's upwards.
    events, whole : tuple of tuple of float
        Events, and people or person-time, of treatment and control of each study.
    kind : str
        "people" or "time".
    size : str
        Row of ``BUBBLE_SIZES``: what areas show.
    measure : str
        Key of the effect measure; empty without a fit.
    effect, low, high : float
        Pooled effect and its limits, analysis scale; NaN without.
    curve, band : tuple of (float, float)
        Risks under the pooled effect, and the outline of what its interval makes of them; empty
        without a pool or where its measure says nothing about risks.
    most : float
        End of both axes.
    frame : ChartFrame
        Axes, titles, legend, footnotes and names.
    alt : str
        The figure in one sentence.
    """

    bubbles: tuple[Bubble, ...]
    events: tuple[tuple[float, ...], ...]
    whole: tuple[tuple[float, ...], ...]
    kind: str
    size: str
    measure: str
    effect: float
    low: float
    high: float
    curve: tuple[Point, ...]
    band: tuple[Point, ...]
    most: float
    frame: ChartFrame
    alt: str

    @property
    def title(self) -> str:
        """Above the figure; may be empty."""
        return self.frame.title

    def to_frame(self) -> pd.DataFrame:
        """Return one row per study and per value of the curve.

        Returns
        -------
        DataFrame
            kind ("study" or "pooled"), study, group (of the colors), control, treatment (risks,
            0 to 1, or rates), events1, whole1, events2, whole2 (people or time; 1 is the
            treatment), share (of the largest area), rows (ids of the data).
        """
        import pandas as pd

        lines = [
            {
                "kind": "study",
                "study": mark.study,
                "group": mark.group,
                "control": mark.x,
                "treatment": mark.y,
                "events1": events[0],
                "whole1": whole[0],
                "events2": events[1],
                "whole2": whole[1],
                "share": mark.share,
                "rows": " ".join(mark.rows),
            }
            for mark, events, whole in zip(self.bubbles, self.events, self.whole, strict=True)
        ]
        pooled = [
            {"kind": "pooled", "study": "", "group": "", "control": x, "treatment": y, "rows": ""}
            for x, y in self.curve
        ]
        return pd.DataFrame([*lines, *pooled])


def labbe_points(
    fit: Subject,
    *,
    size: str = "",
    color: str = "",
    names: Names = None,
    most: float | None = None,
    **texts: Unpack[Texts],
) -> LabbePoints:
    """Return the record of a L'Abbé plot; parameters and errors as in `labbe`.

    Parameters
    ----------
    fit : PooledFit, SubgroupFit, CountsFit, GlmmFit, RobustFit, Effects or Counts
        What to show.
    size, color, names
        How studies are shown.
    most : float, optional
        End of both axes.
    **texts
        Title, subtitle and footnotes.

    Returns
    -------
    LabbePoints
        Risks between 0 and 1, or rates.
    """
    titles = written(texts, verb="labbe", of=labbe_points)
    found = two_groups(fit)
    if not len(found.study):
        raise InputError("there is nothing to draw: no study has counts")
    risks = found.events / found.whole
    end = _end(risks, found.kind, most)
    shown = chosen_size(size, found.sizes)
    looks = colored(color or found.by, found.columns, len(found.study))
    marks = _marks(found, risks, shares_of(found.sizes[shown]), looks)
    curve, band, why = _curves(found, end)
    x, y = (_axis(end, found, side) for side in (1, 0))
    frame = ChartFrame(
        x=x,
        y=y,
        title=titles.title,
        subtitle=titles.subtitle,
        notes=titles.footnotes((size_note(shown), *why, *found.notes), remarks_on(fit)),
        legend=(*_legend(found, bool(curve)), *looks.legend),
        labels=labels_of(marks, found.study, names),
        dots=dots_of(marks),
        lines=_line_dots(curve, end),
        width=SIDE,
        height=SIDE,
    )
    pool = found.estimate
    effect, low, high = (pool.value, pool.low, pool.high) if pool else (math.nan,) * 3
    return LabbePoints(
        bubbles=marks,
        events=tuple(map(tuple, found.events.tolist())),
        whole=tuple(map(tuple, found.whole.tolist())),
        kind=found.kind,
        size=shown,
        measure=found.measure,
        effect=effect,
        low=low,
        high=high,
        curve=curve,
        band=band,
        most=end,
        frame=frame,
        alt=_alt(found, risks),
    )


def _marks(found: TwoGroups, risks: Floats, shares: Floats, color: Colored) -> tuple[Bubble, ...]:
    radii = radii_of(shares)
    return tuple(
        Bubble(
            study=str(found.study[i]),
            x=float(risks[i, 1]),
            y=float(risks[i, 0]),
            share=float(shares[i]),
            radius=float(radii[i]),
            group=color.groups[i],
            look=color.looks[i],
            rows=found.rows[i],
        )
        for i in range(len(found.study))
    )


def _end(risks: Floats, kind: str, most: float | None) -> float:
    """Return the end of both axes: as asked, 1 for large risks, else a little over the largest."""
    top = float(risks.max())
    if most is not None:
        if not _is_end(most) or (kind == PEOPLE and most > 1):
            raise InputError(f"most must be above 0{', at most 1 for risks' * (kind == PEOPLE)}; "
                             f"got {most!r}")  # fmt: skip
        if most < top:
            raise InputError(f"most={most!r} would cut off studies: the largest is {top:.4g}")
        return float(most)
    if kind == PEOPLE and not 0 < top <= WHOLE:
        return 1.0
    return top * ROOM if top > 0 else 1.0


def _is_end(most: object) -> bool:
    """Return whether an axis can end there."""
    known = isinstance(most, Real) and not isinstance(most, bool)
    return known and math.isfinite(most) and most > 0  # type: ignore[arg-type,operator]


def _axis(end: float, found: TwoGroups, side: int) -> ChartAxis:
    """Return the axis of the treatment (0) or the control (1)."""
    people = found.kind == PEOPLE
    ticks, labels = nice_ticks(0.0, 100 * end if people else end, IDENTITY)
    if people:
        ticks = tuple(tick / 100 for tick in ticks)
        labels = tuple(f"{label}%" for label in labels)
    group = (found.treatment, found.control)[side]
    name = f"{SIDES[side]}: {group}" if group else SIDES[side]
    what = "Risk" if people else "Events per unit of time"
    return ChartAxis(
        low=-MARGIN * end,
        high=(1 + MARGIN) * end,
        ticks=ticks,
        tick_labels=labels,
        label=f"{what}, {name}",
    )


def _curves(
    found: TwoGroups, end: float
) -> tuple[tuple[Point, ...], tuple[Point, ...], tuple[str, ...]]:
    """Return the pooled curve, its band, and why there is none."""
    pool = found.estimate
    if pool is None:
        return (), (), ()
    row = LABBE_CURVES.get(found.measure)
    name = clean(in_sentence(found.label))
    if row is None or row.kind != found.kind:
        why = f"No curve: the {name} alone does not say what a risk becomes."
        return (), (), (why,)
    if not math.isfinite(pool.value):
        return (), (), (f"No curve: the pooled {name} is not finite.",)
    band: tuple[Point, ...] = ()
    if math.isfinite(pool.low) and math.isfinite(pool.high):
        band = row.band(pool.low, pool.high, end)
    return row.points(pool.value, end), band, ()


def _legend(found: TwoGroups, drawn: bool) -> list[LegendEntry]:
    entries = [LegendEntry(label="No difference", kind="dashed", edge=theme.QUIET)]
    pool = found.estimate
    if pool is None or not drawn:
        return entries
    label = clean(in_sentence(found.label))
    told = f"Pooled {label} {estimate_words(pool)}"
    if not (math.isfinite(pool.low) and math.isfinite(pool.high)):
        return [LegendEntry(label=told, kind="line", edge=theme.OURS), *entries]
    area = f"Its {percent(pool.level)} CI"
    return [
        LegendEntry(label=told, kind="line", edge=theme.OURS),
        LegendEntry(label=area, kind="area", fill=AREA, edge=AREA),
        *entries,
    ]


def _line_dots(curve: Sequence[Point], end: float) -> tuple[Dot, ...]:
    """Return places along the lines, so that no name is struck through."""
    diagonal = np.linspace(0.0, end, LINE_DOTS).tolist()
    return (
        *(Dot(x=x, y=x, radius=LINE_DOT) for x in diagonal),
        *(Dot(x=x, y=y, radius=LINE_DOT) for x, y in curve[:: max(1, len(curve) // LINE_DOTS)]),
    )


def _alt(found: TwoGroups, risks: Floats) -> str:
    people = found.kind == PEOPLE
    lower = int(np.sum(risks[:, 0] < risks[:, 1]))
    what = "risks" if people else "rates"
    said = f"{what[:-1]} is lower with {found.treatment or 'treatment'}"
    told = f"L'Abbé plot of {counted(len(risks), 'study', 'studies')}: {what} of two groups; the "
    pool = found.estimate
    ends = f"; pooled {clean(in_sentence(found.label))} {estimate_words(pool)}" if pool else ""
    return f"{told}{said} in {fixed(lower, 0)} of them{ends}."
