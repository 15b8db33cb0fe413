"""The caterpillar plot: studies sorted by their effect, the pool at the end."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from matplotlib.axes import Axes

from metaan.core.counts_fit import CountsFit
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate, Interval
from metaan.core.fit import PooledFit
from metaan.core.numbers import compact, counted
from metaan.core.subgroup_fit import SubgroupFit
from metaan.plots.charts.caterpillar_marks import draw_marks
from metaan.plots.charts.caterpillar_record import CaterpillarRow, CaterpillarRows
from metaan.plots.forests.axis import effect_axis
from metaan.plots.forests.record import ForestRow
from metaan.plots.forests.wording import clean
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import ChartAxis, ChartFrame, open_chart
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.swatches import LegendEntry
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme
from metaan.plots.pages.typesetting import wrap

CaterpillarFit: TypeAlias = PooledFit | SubgroupFit | CountsFit | Effects

DEFAULT_LEVEL = 0.95
MOST_NAMES = 70  # studies that are named unless the caller decides
NAME_ROOM = 220.0
NAMED_STEP = 11.5  # points between studies with names
NAME_GAP = 3.0  # more around a name of several lines
# Without names a study takes this, but the panel is neither lower nor higher than these.
BARE_STEP, LEAST_HEIGHT, MOST_HEIGHT = 4.0, 150.0, 440.0
EDGE = 7.0
POOL_GAP, POOL_STEP = 10.0, 15.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cast:
    """Who appears: studies with their groups, and the pool.

    Attributes
    ----------
    effects : Effects
        The studies.
    level : float
        Coverage.
    groups : tuple of str
        One per study; all empty without subgroups.
    estimate : Estimate or None
        The pool.
    prediction : Interval or None
        Its prediction interval.
    """

    effects: Effects
    level: float
    groups: tuple[str, ...]
    estimate: Estimate | None = None
    prediction: Interval | None = None


def caterpillar(
    fit: CaterpillarFit,
    *,
    names: bool | None = None,
    descending: bool = False,
    title: str = "",
    subtitle: str = "",
    notes: Sequence[str] = (),
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
) -> Plot[CaterpillarRows]:
    """Return a caterpillar plot: the intervals of all studies, sorted by effect.

    Parameters
    ----------
    fit : PooledFit, SubgroupFit, CountsFit or Effects
        Studies, and under them their pool with its prediction interval, where there is one. Of
        subgroups, each has its color, and the pool is that of all studies.
    names : bool, optional
        Whether studies are named at the left; by default where there are at most 70.
    descending : bool
        Largest effect on top.
    title, subtitle : str
        Above the figure.
    notes : sequence of str, optional
        Footnotes.
    ax : Axes, optional
        Draw into the area of these axes, scaled down (never up) to fit.
    theme : {"light", "dark", "gray"}
        Colors.

    Returns
    -------
    Plot of CaterpillarRows
        ``.save(path)``, ``.record``, ``.data``.

    Raises
    ------
    InputError
        If ``fit`` is none of these, or has no studies.

    Notes
    -----
    Studies of the same effect stay in their order. Intervals are normal ones, y ± z SE, at the
    level of the fit (95% for effects alone). The shaded band is the pool's interval.

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.Effects.from_arrays([0.55, 0.10], se=[0.18, 0.12], study=["A", "B"])
    >>> [row.label for row in caterpillar(effects).record.rows]
    ['B', 'A']
    """
    record = caterpillar_rows(
        fit, names=names, descending=descending, title=title, subtitle=subtitle, notes=notes
    )
    return draw_caterpillar(record, ax=ax, theme=theme)


def caterpillar_rows(
    fit: CaterpillarFit,
    *,
    names: bool | None = None,
    descending: bool = False,
    title: str = "",
    subtitle: str = "",
    notes: Sequence[str] = (),
) -> CaterpillarRows:
    """Return what a caterpillar plot shows; see `caterpillar`."""
    cast = _cast(fit)
    named = cast.effects.k <= MOST_NAMES if names is None else names
    rows, step, height = _rows(cast, named, descending)
    axis = effect_axis([_forest_row(row) for row in rows], cast.effects.scale)
    cut = sum(
        row.kind == "study" and axis.cuts(_forest_row(row)) != (False, False) for row in rows
    )
    verb = "reaches" if cut == 1 else "reach"
    beyond = [f"{counted(cut, 'interval')} {verb} beyond the axis."] if cut and not named else []
    frame = ChartFrame(
        x=ChartAxis(
            low=axis.low,
            high=axis.high,
            ticks=axis.ticks,
            tick_labels=axis.tick_labels,
            label=f"{clean(cast.effects.label)} ({_percent(cast)} CI)",
        ),
        y=_names_axis(rows, named, height),
        title=clean(title),
        subtitle=clean(subtitle),
        notes=tuple(clean(note) for note in (*beyond, *notes)),
        legend=_legend(cast),
        height=height,
    )
    return CaterpillarRows(
        rows=rows,
        frame=frame,
        step=step,
        null=axis.null,
        scale=cast.effects.scale,
        level=cast.level,
        alt=_alt(cast),
    )


def draw_caterpillar(
    record: CaterpillarRows, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[CaterpillarRows]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_chart(record.frame, ax, find_theme(theme))
        draw_marks(opened, record)
    return Plot(figure=opened.figure, axes=opened.panel, record=record)


def _cast(fit: CaterpillarFit) -> Cast:
    if isinstance(fit, Effects):
        cast = Cast(effects=fit, level=DEFAULT_LEVEL, groups=("",) * fit.k)
    elif isinstance(fit, SubgroupFit):
        groups = _groups(fit)
        cast = replace(_cast(fit.overall), groups=groups)
    elif isinstance(fit, PooledFit | CountsFit):
        cast = Cast(
            effects=fit.effects,
            level=fit.estimate.level,
            groups=("",) * fit.effects.k,
            estimate=fit.estimate,
            prediction=fit.prediction_interval if isinstance(fit, PooledFit) else None,
        )
    else:
        raise InputError(
            "caterpillar draws a PooledFit, SubgroupFit, CountsFit or Effects; got "
            f"{type(fit).__name__}"
        )
    if not cast.effects.k:
        raise InputError("there is no study to draw")
    return cast


def _groups(fit: SubgroupFit) -> tuple[str, ...]:
    """Return the subgroup of each study of the whole, by the column that made them."""
    column = fit.overall.effects.columns.get(fit.by)
    if column is None:
        return ("",) * fit.overall.effects.k
    return tuple(clean(value) for value in column)


def _percent(cast: Cast) -> str:
    return f"{100 * cast.level:g}%"


def _rows(
    cast: Cast, named: bool, descending: bool
) -> tuple[tuple[CaterpillarRow, ...], float, float]:
    """Return the rows on their places, the distance of studies, and the height of the panel."""
    effects = cast.effects
    low, high = effects.limits(cast.level)
    order = np.argsort(-effects.y if descending else effects.y, kind="stable").tolist()
    room = min(max(BARE_STEP * effects.k, LEAST_HEIGHT), MOST_HEIGHT)
    step = NAMED_STEP if named else room / effects.k
    levels = list(dict.fromkeys(cast.groups))
    y, rows = EDGE, []
    for i in order:
        label, group = clean(effects.study[i]), cast.groups[i]
        lines = len(wrap(label, themes.TICK, NAME_ROOM)) if named else 1
        tall = step + (lines - 1) * themes.TICK.leading + (NAME_GAP if lines > 1 else 0.0)
        rows.append(
            CaterpillarRow(
                kind="study",
                label=label,
                group=group,
                value=float(effects.y[i]),
                low=float(low[i]),
                high=float(high[i]),
                y=y + tall / 2,
                color=f"series {levels.index(group)}" if group else themes.STUDY,
            )
        )
        y += tall
    ends = list(_end(cast, y + POOL_GAP))
    bottom = ends[-1].y + POOL_STEP / 2 if ends else y
    return (*rows, *ends), step, bottom + EDGE


def _end(cast: Cast, top: float) -> Iterator[CaterpillarRow]:
    """Return the rows of the pool."""
    if cast.estimate is None:
        return
    estimate, percent = cast.estimate, _percent(cast)
    yield CaterpillarRow(
        kind="pool",
        label=f"Pooled ({percent} CI)",
        group="",
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        y=top + POOL_STEP / 2,
        color=themes.OURS,
    )
    if cast.prediction is not None:
        yield CaterpillarRow(
            kind="prediction",
            label=f"Prediction interval ({percent})",
            group="",
            value=math.nan,
            low=cast.prediction.low,
            high=cast.prediction.high,
            y=top + 1.5 * POOL_STEP,
            color=themes.PREDICTION,
        )


def _forest_row(row: CaterpillarRow) -> ForestRow:
    kind = "total" if row.kind == "pool" else row.kind
    return ForestRow(kind=kind, label="", value=row.value, low=row.low, high=row.high)


def _names_axis(rows: Sequence[CaterpillarRow], named: bool, height: float) -> ChartAxis:
    """Return the axis of names: a tick for each of their lines."""
    ticks: list[float] = []
    labels: list[str] = []
    for row in rows:
        if row.kind == "study" and not named:
            continue
        lines = wrap(row.label, themes.TICK, NAME_ROOM)
        first = row.y - (len(lines) - 1) * themes.TICK.leading / 2
        ticks += [first + i * themes.TICK.leading for i in range(len(lines))]
        labels += lines
    studies = sum(row.kind == "study" for row in rows)
    return ChartAxis(
        low=height,
        high=0.0,
        ticks=tuple(ticks),
        tick_labels=tuple(labels),
        label="" if named else f"{counted(studies, 'study', 'studies')}, sorted by effect",
        line=False,
    )


def _legend(cast: Cast) -> tuple[LegendEntry, ...]:
    return tuple(
        LegendEntry(label=group, fill=f"series {i}", edge=f"series {i}")
        for i, group in enumerate(dict.fromkeys(cast.groups))
        if group
    )


def _alt(cast: Cast) -> str:
    effects = cast.effects
    read = effects.scale.inverse
    with np.errstate(over="ignore"):
        first, last = (compact(float(read(x))) for x in (effects.y.min(), effects.y.max()))
        pool = [] if cast.estimate is None else [cast.estimate.read()]
    told = f"Caterpillar plot of {counted(effects.k, 'study', 'studies')} sorted by "
    told += f"{clean(effects.label)}, {first} to {last}"
    for each in pool:
        value, low, high = (compact(x) for x in (each.value, each.low, each.high))
        told += f"; pooled {value} ({_percent(cast)} CI {low} to {high})"
    return f"{told}."
