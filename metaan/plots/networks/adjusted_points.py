"""From the small studies of a network to the record of their funnel; no matplotlib here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Unpack

import numpy as np

from metaan.core.errors import InputError
from metaan.core.numbers import compact, counted, p_text
from metaan.core.scale import IDENTITY, Scale
from metaan.core.wording import in_sentence, percent
from metaan.networks.fits.network_fit import NetworkFit
from metaan.networks.sensitivity.small_studies import SmallStudies
from metaan.numerics.tails import normal_quantile
from metaan.plots.charts.bubble_colors import MOST_GROUPS, Look, look_of
from metaan.plots.charts.funnel_frame import radius_of
from metaan.plots.charts.funnel_ticks import effect_ticks
from metaan.plots.charts.names import NONE, named
from metaan.plots.forests.footnotes import footnotes
from metaan.plots.networks.unfitted import got
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import PANEL_WIDTH, ChartAxis, ChartFrame
from metaan.plots.pages.labels import Dot, PointLabel
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.letters import printable
from metaan.plots.pages.marks import Point
from metaan.plots.pages.texts import Texts, Written, written
from metaan.plots.pages.ticks import nice_ticks

if TYPE_CHECKING:
    import pandas as pd

MOST_COMPARISONS = MOST_GROUPS - 1  # with looks of their own; the others share the last
OTHERS = Look(fill=themes.UNCLEAR)
HEADROOM, APEX_ROOM, SIDE_ROOM = 0.06, 0.04, 0.06
LONGEST = 2.0  # times the points' reach, that limits may make the axis long
MANY, ROOMY = 10, 400.0  # comparisons from which the panel is so wide, for the legend
BY_CONSTRUCTION = "by construction"  # in the remark on contrasts alone in their comparison
STEPS = 30  # places along lines of which names keep clear


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustedPoint:
    """A contrast.

    Attributes
    ----------
    study, comparison : str
        Its study, and "later:earlier".
    x, se : float
        Effect less the mean of its comparison, analysis scale, and standard error.
    alone : bool
        Whether no other contrast is of its comparison, so that x is 0 by construction.
    look : Look
        Color and marker of its comparison.
    """

    study: str
    comparison: str
    x: float
    se: float
    alone: bool
    look: Look


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AdjustedPoints:
    """What a comparison-adjusted funnel shows.

    Attributes
    ----------
    points : tuple of AdjustedPoint
        Contrasts in their order.
    small_studies : SmallStudies
        Numbers and test behind them.
    z : float
        Normal quantile of the limits.
    line : tuple of points
        Ends of the line of Egger's test (x, se); empty where none is defined.
    radius : float
        Of marks, points.
    frame : ChartFrame
        Axes, title, footnotes and legend.
    alt : str
        The figure in words.
    """

    points: tuple[AdjustedPoint, ...]
    small_studies: SmallStudies
    z: float
    line: tuple[Point, ...]
    radius: float
    frame: ChartFrame
    alt: str

    @property
    def title(self) -> str:
        """Above the figure; may be empty."""
        return self.frame.title

    def to_frame(self) -> pd.DataFrame:
        """Return one row per contrast, see `SmallStudies.to_frame`; analysis scale."""
        return self.small_studies.to_frame()


def adjusted_points(
    net: NetworkFit | SmallStudies,
    *,
    order: Sequence[str] | None = None,
    names: Sequence[str] | bool = False,
    **texts: Unpack[Texts],
) -> AdjustedPoints:
    """Return what a comparison-adjusted funnel shows; see `network_funnel`."""
    titles = written(texts, verb="network_funnel", of=adjusted_points)
    found = _small_studies(net, order)
    looks, legend = _looks(found)
    points = tuple(
        AdjustedPoint(
            study=found.study[i],
            comparison=found.comparison[i],
            x=float(found.y[i]),
            se=float(found.se[i]),
            alone=bool(found.alone[i]),
            look=looks.get(found.comparison[i], OTHERS),
        )
        for i in range(len(found.y))
    )
    record = AdjustedPoints(
        points=points,
        small_studies=found,
        z=float(normal_quantile(found.level)),
        line=tuple(_line(found)),
        radius=radius_of(len(points)),
        frame=ChartFrame(x=ChartAxis(low=0.0, high=1.0), y=ChartAxis(low=0.0, high=1.0)),
        alt=_alt(found),
    )
    told = named(names, found.study, default=NONE)
    return replace(record, frame=_frame(record, (*legend, *_lines_legend(found)), told, titles))


def _small_studies(net: NetworkFit | SmallStudies, order: Sequence[str] | None) -> SmallStudies:
    if isinstance(net, SmallStudies):
        if order is not None:
            raise InputError("these small studies have their order; leave order= out")
        return net
    if not isinstance(net, NetworkFit):
        raise InputError(
            f"network_funnel draws a NetworkFit or its small_studies(order=...); {got(net)}"
        )
    if order is None:
        raise InputError(
            "order= is needed: all treatments from the earliest (oldest, inactive) to the latest, "
            f"which are {', '.join(net.treatments)}"
        )
    return net.small_studies(order=order)


def _looks(found: SmallStudies) -> tuple[Mapping[str, Look], tuple[LegendEntry, ...]]:
    """Return the look of each comparison, those with most contrasts first, and the legend."""
    counts = Counter(found.comparison)
    ordered = sorted(counts, key=lambda name: -counts[name])
    many = len(ordered) > MOST_GROUPS
    own = ordered[:MOST_COMPARISONS] if many else ordered
    looks = {name: look_of(i) for i, name in enumerate(own)}
    alone = {name for name in own if counts[name] == 1}
    entries = [
        LegendEntry(
            label=f"{printable(name)} ({counts[name]})",
            fill=themes.PAPER if name in alone else look.fill,
            edge=look.fill if name in alone else themes.INK,
            marker=look.marker,
            head="Later:earlier" if i == 0 else "",
        )
        for i, (name, look) in enumerate(looks.items())
    ]
    if many:
        rest = ordered[MOST_COMPARISONS:]
        label = f"{len(rest)} other comparisons ({sum(counts[name] for name in rest)})"
        entries.append(LegendEntry(label=label, fill=OTHERS.fill, edge=themes.INK))
    return looks, tuple(entries)


def _line(found: SmallStudies) -> Iterator[Point]:
    """Yield the ends of the line of the test, from the most to the least precise contrast."""
    if found.slope is None or found.intercept is None:
        return
    for se in (float(found.se.min()), float(found.se.max())):
        yield found.intercept.value + found.slope.value * se, se


def _frame(
    record: AdjustedPoints,
    legend: tuple[LegendEntry, ...],
    told: Sequence[bool],
    titles: Written,
) -> ChartFrame:
    found = record.small_studies
    top = float(found.se.max()) * (1 + HEADROOM)
    reach = max([float(np.abs(found.y).max()), *(abs(x) for x, _ in record.line)])
    reach = max(min(record.z * top, LONGEST * reach), reach) or record.z * top
    reach *= 1 + SIDE_ROOM
    ticks, labels = nice_ticks(0.0, top, IDENTITY)
    x_ticks = effect_ticks(-reach, reach, found.scale) if found.scale.is_log else tuple(
        zip(*nice_ticks(-reach, reach, IDENTITY), strict=True))  # fmt: skip
    dots = [Dot(x=each.x, y=each.se, radius=record.radius) for each in record.points]
    names = [
        PointLabel(x=each.x, y=each.se, text=printable(each.study), radius=record.radius)
        for each, yes in zip(record.points, told, strict=True)
        if yes
    ]
    along = np.linspace(0.0, top, STEPS).tolist()
    lines = [
        Dot(x=side * record.z * se, y=se, radius=1.0)
        for se in along
        for side in (-1.0, 0.0, 1.0)
        if abs(side * record.z * se) <= reach
    ]
    return ChartFrame(
        x=ChartAxis(
            low=-reach,
            high=reach,
            ticks=tuple(at for at, _ in x_ticks),
            tick_labels=tuple(text for _, text in x_ticks),
            label=_effect_words(found.label, found.scale),
        ),
        y=ChartAxis(
            low=top,
            high=-APEX_ROOM * top,
            ticks=ticks,
            tick_labels=labels,
            label="Standard error",
        ),
        title=titles.title,
        subtitle=titles.subtitle,
        notes=titles.footnotes(_notes(found), footnotes(_remarks(found))),
        legend=legend,
        labels=tuple(names),
        dots=tuple(dots),
        lines=tuple(lines),
        width=ROOMY if len(found.comparisons) >= MANY else PANEL_WIDTH,
    )


def _effect_words(label: str, scale: Scale) -> str:
    name = printable(label)
    if scale.is_log:
        return f"{name} divided by the mean of its comparison (log scale)"
    return f"{name} less the mean of its comparison"


def _lines_legend(found: SmallStudies) -> Iterator[LegendEntry]:
    yield LegendEntry(
        label=f"{percent(found.level)} limits without small-study effects",
        kind="dashed",
        edge=themes.QUIET,
    )
    if found.slope is not None:
        yield LegendEntry(label=_test_words(found), kind="line", edge=themes.OURS)


def _test_words(found: SmallStudies) -> str:
    """Return Egger's bias with its interval and test."""
    slope = found.slope
    assert slope is not None
    value, low, high = (compact(x) for x in (slope.value, slope.low, slope.high))
    test = p_text(slope.p_value, slope.log_p_value)
    return (
        f"Egger's line: bias {value} ({percent(slope.level)} CI {low} to {high}; t = "
        f"{compact(slope.statistic)}, df = {slope.df:g}, {test})"
    )


def _notes(found: SmallStudies) -> Iterator[str]:
    order = ", ".join(printable(name) for name in found.order)
    yield f"Effects of the later against the earlier treatment, in the order {order}."
    alone = int(found.alone.sum())
    if alone:
        each, lie, say = ("", "lies", "says") if alone == 1 else ("each ", "lie", "say")
        null = 1 if found.scale.is_log else 0
        yield (
            f"Open: {alone} of {counted(len(found.y), 'contrast')}, {each}the only one of its "
            f"comparison, {lie} at {null} by construction and {say} nothing about small studies."
        )


def _remarks(found: SmallStudies) -> Iterator[str]:
    """Yield the remarks but for that on lone contrasts, which the key to open marks holds."""
    return (remark for remark in found.remarks if BY_CONSTRUCTION not in remark)


def _alt(found: SmallStudies) -> str:
    told = (
        f"Comparison-adjusted funnel plot of {counted(len(found.y), 'contrast')} in "
        f"{counted(len(found.comparisons), 'comparison')}: {in_sentence(printable(found.label))} "
        "less the mean of its comparison against standard error"
    )
    low, high = found.pseudo_limits()
    out = int(((found.y < low) | (found.y > high)).sum())
    told += f"; {counted(out, 'contrast')} outside of the {percent(found.level)} limits"
    if found.slope is None:
        return f"{told}; no test of asymmetry."
    return f"{told}. {_test_words(found)}."
