"""From a fit to the record of its normal quantile plot; no matplotlib here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from metaan.core.fit import PooledFit
from metaan.core.numbers import counted, listed
from metaan.core.regression_fit import RegressionFit
from metaan.core.scale import IDENTITY
from metaan.core.subgroup_fit import SubgroupFit
from metaan.core.wording import in_sentence, percent
from metaan.diagnostics.influence.quantiles import (
    EXACT,
    RESIDUALS,
    STANDARDIZED,
    Quantiles,
    quantiles,
)
from metaan.plots.charts.funnel_frame import radius_of
from metaan.plots.charts.names import OUTSIDE, Names, is_list, named
from metaan.plots.forests.wording import clean
from metaan.plots.pages import theme
from metaan.plots.pages.chart import ChartAxis, ChartFrame
from metaan.plots.pages.labels import Dot, PointLabel
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.texts import Texts, Written, written
from metaan.plots.pages.ticks import nice_ticks

if TYPE_CHECKING:
    import pandas as pd

VERB = "qq_plot"
BAND, LINE = "shade 1", theme.QUIET
LOOKS = {False: (theme.OURS, "circle"), True: (theme.HIGH, "diamond")}  # by outside
PAD = 0.06
STRETCH = 3.0  # times as far as the residuals reach, the band is shown
STEPS = 40
Path = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QQPoint:
    """One study.

    Attributes
    ----------
    study : str
        Label.
    x, y : float
        Normal quantile, and residual.
    low, high : float
        Where a residual of this rank is expected.
    outside : bool
        Whether it is not there.
    named : bool
        Whether the label is to stand beside it.
    """

    study: str
    x: float
    y: float
    low: float
    high: float
    outside: bool
    named: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QQPoints:
    """What a normal quantile plot shows, as numbers and strings.

    Attributes
    ----------
    points : tuple of QQPoint
        Studies, smallest residual first.
    band : tuple of points
        Corners of the pointwise band.
    line : tuple of points
        Where residuals are their normal quantiles.
    level : float
        Coverage of the band.
    frame : ChartFrame
        Axes, title, footnotes, legend and names.
    alt : str
        The figure in one sentence, for readers who cannot see it.
    """

    points: tuple[QQPoint, ...]
    band: Path
    line: Path
    level: float
    frame: ChartFrame
    alt: str

    @property
    def title(self) -> str:
        """Above the figure; may be empty."""
        return self.frame.title

    def to_frame(self) -> pd.DataFrame:
        """Return one line per study: normal quantile, residual, band, whether it is outside."""
        import pandas as pd

        return pd.DataFrame([_line(point) for point in self.points])


def _line(point: QQPoint) -> Mapping[str, Any]:
    return {
        "study": point.study,
        "theoretical": point.x,
        "observed": point.y,
        "low": point.low,
        "high": point.high,
        "outside": point.outside,
    }


def qq_points(
    fit: PooledFit | RegressionFit | SubgroupFit,
    *,
    residual: str = STANDARDIZED,
    level: float | None = None,
    rng: np.random.Generator | int | None = None,
    names: Names = None,
    **texts: Unpack[Texts],
) -> QQPoints:
    """Return the record of a normal quantile plot: every number and string that will be drawn.

    Parameters
    ----------
    fit, residual, level, rng, names, **texts
        See `metaan.qq_plot`.

    Raises
    ------
    InputError
        See `metaan.qq_plot`.
    """
    titles = written(texts, verb=VERB, of=qq_points)
    found = quantiles(fit, residual=residual, level=level, rng=rng)
    outside = found.outside.tolist()
    told = named(names, found.study, default=OUTSIDE, outside=outside, limits=True)
    columns = (found.theoretical, found.observed, found.low, found.high)
    points = tuple(
        QQPoint(study=clean(study), x=x, y=y, low=low, high=high, outside=out, named=name)
        for study, x, y, low, high, out, name in zip(
            found.study, *(each.tolist() for each in columns), outside, told, strict=True
        )
    )
    end = PAD * float(np.ptp(found.theoretical)) + float(found.theoretical[-1])
    band = (
        *((point.x, point.low) for point in points),
        *((point.x, point.high) for point in reversed(points)),
    )
    return QQPoints(
        points=points,
        band=band,
        line=((-end, -end), (end, end)),
        level=found.level,
        frame=_frame(found, points, titles, end, asked=is_list(names)),
        alt=_alt(found),
    )


def _frame(
    found: Quantiles, points: Sequence[QQPoint], titles: Written, end: float, *, asked: bool
) -> ChartFrame:
    radius = radius_of(len(points))
    reach = max(end, *(abs(point.y) for point in points))
    ends = [end, -end, *(point.y for point in points)]
    ends += [y for point in points for y in (point.low, point.high) if abs(y) <= STRETCH * reach]
    pad = PAD * (max(ends) - min(ends))
    low, high = min(ends) - pad, max(ends) + pad
    across, across_texts = nice_ticks(-end, end, IDENTITY)
    ups, up_texts = nice_ticks(low, high, IDENTITY)
    return ChartFrame(
        x=ChartAxis(
            low=-end,
            high=end,
            ticks=across,
            tick_labels=across_texts,
            label="Normal quantile",
        ),
        y=ChartAxis(
            low=low,
            high=high,
            ticks=ups,
            tick_labels=up_texts,
            label=RESIDUALS[found.kind].name,
        ),
        title=titles.title,
        subtitle=titles.subtitle,
        notes=titles.footnotes(_notes(found)),
        legend=_legend(found),
        labels=tuple(
            PointLabel(x=point.x, y=point.y, text=point.study, radius=radius, must=asked)
            for point in points
            if point.named
        ),
        dots=tuple(Dot(x=point.x, y=point.y, radius=radius) for point in points),
        lines=tuple(Dot(x=x, y=x, radius=1.0) for x in np.linspace(-end, end, STEPS).tolist()),
    )


def _legend(found: Quantiles) -> tuple[LegendEntry, ...]:
    entries = [
        LegendEntry(
            label=f"Where {percent(found.level)} of residuals of each rank are expected",
            kind="area",
            fill=BAND,
            edge=theme.RULE,
        ),
        LegendEntry(label="Normal", kind="line", edge=LINE),
    ]
    return tuple(entries)


def _notes(found: Quantiles) -> tuple[str, ...]:
    how = "Band: exact for independent residuals; those of a fit vary a little less."
    if found.band != EXACT:
        how = "Band: simulated from the model at its τ²."
    told = [f"{how} It holds for each rank by itself, and not for all at once."]
    if found.left_out:
        names = listed([clean(name) for name in found.left_out])
        told.append(f"Not shown, without a residual: {names}.")
    return tuple(told)


def _alt(found: Quantiles) -> str:
    """Return the figure in one sentence."""
    name = in_sentence(RESIDUALS[found.kind].name)
    out = int(np.count_nonzero(found.outside))
    return (
        f"Normal quantile plot of {counted(len(found.study), name)}; {out or 'none'} outside of "
        f"the {percent(found.level)} band."
    )
