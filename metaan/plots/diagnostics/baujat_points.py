"""From a fit to the record of its Baujat plot; no matplotlib here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import numpy as np

from metaan.core.fit import PooledFit
from metaan.core.numbers import counted
from metaan.core.refit_words import numbered
from metaan.core.regression_fit import RegressionFit
from metaan.core.scale import IDENTITY
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.influence.record import Influence
from metaan.plots.charts.funnel_frame import radius_of
from metaan.plots.charts.names import ALL, NONE, Names, is_list, named
from metaan.plots.diagnostics.baujat_names import point_labels
from metaan.plots.diagnostics.baujat_record import BaujatPoint, BaujatPoints
from metaan.plots.diagnostics.influence_panels import measured, remarks_of
from metaan.plots.forests.wording import clean
from metaan.plots.pages import theme
from metaan.plots.pages.chart import ChartAxis, ChartFrame
from metaan.plots.pages.labels import Dot
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.texts import Texts, Written, written
from metaan.plots.pages.ticks import nice_ticks

VERB = "baujat_plot"
FEW = 20  # studies up to which all are named
LARGEST = 8  # studies that are named where there are more
PAD = 0.09
LOOKS = {False: (theme.OURS, "circle"), True: (theme.HIGH, "diamond")}  # by influential


def baujat_points(
    fit: PooledFit | RegressionFit | SubgroupFit | Influence,
    *,
    by: str | None = None,
    names: Names = None,
    **texts: Unpack[Texts],
) -> BaujatPoints:
    """Return the record of a Baujat plot: every number and string that will be drawn.

    Parameters
    ----------
    fit, by, names, **texts
        See `metaan.baujat_plot`.

    Raises
    ------
    InputError
        See `metaan.baujat_plot`.
    """
    titles = written(texts, verb=VERB, of=baujat_points)
    found = measured(fit, by, VERB)
    label = numbered(found.label)
    chosen = named(names, found.label, default=ALL if len(found) <= FEW else NONE)
    if names is None and len(found) > FEW:
        chosen = _largest(found)
    flags, there = found.influential, np.isfinite(found.overall)
    points = tuple(
        BaujatPoint(
            study=clean(label[i]),
            x=float(found.q_contribution[i]),
            y=float(found.overall[i]),
            influential=bool(flags[i]),
            named=chosen[i],
        )
        for i in np.flatnonzero(there).tolist()
    )
    return BaujatPoints(
        points=points,
        frame=_frame(found, points, titles, asked=is_list(names)),
        alt=_alt(found, points),
    )


def _largest(found: Influence) -> tuple[bool, ...]:
    """Return whether a study is influential or among those furthest from the corner."""
    x, y = (np.nan_to_num(each) for each in (found.q_contribution, found.overall))
    far = x / (x.max() or 1.0) + y / (y.max() or 1.0)
    top = np.argsort(-far, kind="stable")[:LARGEST]
    return tuple((found.influential | np.isin(np.arange(len(far)), top)).tolist())


def _frame(
    found: Influence, points: Sequence[BaujatPoint], titles: Written, *, asked: bool
) -> ChartFrame:
    radius = radius_of(len(points))
    what = "clusters" if found.by else "studies"
    pool, common = isinstance(found.fit, PooledFit), not found.fit.tau2_method
    to_q = "Q" if common else "heterogeneity (squared Pearson residual)"
    result = "pooled effect" if pool else "fitted effect"
    lost = len(found) - len(points)
    notes = [f"Not shown: {lost} without which the model is not determined."] if lost else []
    flagged = any(point.influential for point in points)
    legend = (
        _entry("Influential (Viechtbauer & Cheung 2010)", flag=True),
        _entry(f"Other {what}", flag=False),
    )
    axes = (
        _axis([point.x for point in points], f"Contribution to {to_q}"),
        _axis(
            [point.y for point in points],
            f"Influence on the {result} (squared, standardized)",
        ),
    )
    labels, told = point_labels(points, axes, radius, asked=asked)
    return ChartFrame(
        x=axes[0],
        y=axes[1],
        title=titles.title,
        subtitle=titles.subtitle,
        notes=titles.footnotes([*notes, *told], remarks_of(found)),
        legend=legend if flagged else (),
        labels=labels,
        dots=tuple(Dot(x=point.x, y=point.y, radius=radius) for point in points),
    )


def _entry(label: str, *, flag: bool) -> LegendEntry:
    fill, marker = LOOKS[flag]
    return LegendEntry(label=label, fill=fill, edge=theme.PAPER, marker=marker)


def _axis(values: Sequence[float], label: str) -> ChartAxis:
    top = max(values, default=0.0) or 1.0
    low, high = -PAD * top, (1 + PAD) * top
    ticks, labels = nice_ticks(0.0, high, IDENTITY)
    return ChartAxis(low=low, high=high, ticks=ticks, tick_labels=labels, label=label, grid=True)


def _alt(found: Influence, points: Sequence[BaujatPoint]) -> str:
    """Return the figure in one sentence."""
    what = ("cluster", "clusters") if found.by else ("study", "studies")
    told = f"Baujat plot of {counted(len(points), *what)}"
    if not points:
        return f"{told}."
    across = max(points, key=lambda point: point.x).study
    up = max(points, key=lambda point: point.y).study
    same = f"{told}; {across} contributes most to heterogeneity"
    if across == up:
        return f"{same} and moves the result most."
    return f"{same}, {up} moves the result most."
