"""The caterpillar plot: studies sorted by their effect, the pool at the end."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Unpack

import numpy as np
from matplotlib.axes import Axes

from metaan.core.arrays import Booleans
from metaan.core.numbers import compact, counted
from metaan.core.wording import estimate_words, in_sentence, percent
from metaan.plots.charts.bubble_axis import effect_label
from metaan.plots.charts.bubble_colors import Look, check_groups, look_of
from metaan.plots.charts.caterpillar_cast import Cast, CaterpillarFit, cast_of
from metaan.plots.charts.caterpillar_marks import ARROW_STEP, draw_marks
from metaan.plots.charts.caterpillar_record import CaterpillarRow, CaterpillarRows
from metaan.plots.charts.names import ALL, NONE, Names, named
from metaan.plots.charts.subjects import remarks_on
from metaan.plots.forests.axis import effect_axis
from metaan.plots.forests.record import ForestAxis, ForestRow
from metaan.plots.forests.wording import clean, sentence_case
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import ChartAxis, ChartFrame, open_chart
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts, written
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme
from metaan.plots.pages.typesetting import wrap

MOST_NAMES = 70  # studies that are named unless the caller decides
NAME_ROOM = 220.0
NAMED_STEP = 11.5  # points between studies with names
NAME_GAP = 3.0  # more around a name of several lines
# Without names a study takes this, but the panel is neither lower nor higher than these.
BARE_STEP, LEAST_HEIGHT, MOST_HEIGHT = 4.0, 150.0, 440.0
EDGE = 7.0
FEW_NAMES = 3.0  # lines that each of a few names may take
POOL_GAP, POOL_STEP = 10.0, 15.0


def caterpillar(
    fit: CaterpillarFit,
    *,
    names: Names = None,
    descending: bool = False,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[CaterpillarRows]:
    """Return a caterpillar plot: the intervals of all studies, sorted by effect.

    Parameters
    ----------
    fit : PooledFit, SubgroupFit, CountsFit, GlmmFit, RobustFit, Effects or Refits
        Studies, and under them their pool with its prediction interval, where there is one. Of
        subgroups, each has its color, and the pool is that of all studies. A robust fit of a
        pool: the pool with the robust limits. Refits of ``leave_one_out``: the pools without one
        study each, and that of all studies.
    names : {"all", "none"} or sequence of str, optional
        Studies to name at the left; by default all where there are at most 70, else none.
    descending : bool
        Largest effect on top.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of CaterpillarRows
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes``.

    Raises
    ------
    InputError
        If ``fit`` is none of these, or has no studies (ChoiceError: there is no such study).

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
    record = caterpillar_rows(fit, names=names, descending=descending, **texts)
    return draw_caterpillar(record, ax=ax, theme=theme)


def caterpillar_rows(
    fit: CaterpillarFit,
    *,
    names: Names = None,
    descending: bool = False,
    **texts: Unpack[Texts],
) -> CaterpillarRows:
    """Return what a caterpillar plot shows; see `caterpillar`."""
    titles = written(texts, verb="caterpillar", of=caterpillar_rows)
    cast = cast_of(fit)
    default = ALL if cast.k <= MOST_NAMES else NONE
    told = np.array(named(names, cast.study, default=default))
    rows, step, height = _rows(cast, told, descending)
    axis = effect_axis([_forest_row(row) for row in rows], cast.scale)
    frame = ChartFrame(
        x=ChartAxis(
            low=axis.low,
            high=axis.high,
            ticks=axis.ticks,
            tick_labels=axis.tick_labels,
            label=effect_label(cast.effect, cast.scale, f"{percent(cast.level)} CI"),
        ),
        y=_names_axis(rows, cast, bool(told.all()), height),
        title=titles.title,
        subtitle=titles.subtitle,
        notes=titles.footnotes((*cast.notes, *_beyond(rows, axis, step)), remarks_on(fit)),
        legend=_legend(cast),
        height=height,
    )
    return CaterpillarRows(
        rows=rows,
        frame=frame,
        step=step,
        null=axis.null,
        scale=cast.scale,
        level=cast.level,
        alt=_alt(cast),
    )


def _beyond(rows: Sequence[CaterpillarRow], axis: ForestAxis, step: float) -> tuple[str, ...]:
    """Return the footnote about intervals that are cut, where they get no arrow heads."""
    if step >= ARROW_STEP:
        return ()
    cut = sum(
        row.kind == "study" and axis.cuts(_forest_row(row)) != (False, False) for row in rows
    )
    verb = "reaches" if cut == 1 else "reach"
    return (f"{counted(cut, 'interval')} {verb} beyond the axis.",) if cut else ()


def draw_caterpillar(
    record: CaterpillarRows, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[CaterpillarRows]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_chart(record.frame, ax, find_theme(theme))
        draw_marks(opened, record)
    return Plot(figure=opened.figure, axes=opened.panel, record=record)


def _rows(
    cast: Cast, told: Booleans, descending: bool
) -> tuple[tuple[CaterpillarRow, ...], float, float]:
    """Return the rows on their places, the distance of studies, and the height of the panel."""
    check_groups(list(dict.fromkeys(cast.groups)), cast.by)
    order = np.argsort(-cast.value if descending else cast.value, kind="stable")
    step = _step(cast.k, np.flatnonzero(told[order]).tolist())
    levels = list(dict.fromkeys(cast.groups))
    y, rows = EDGE, []
    for i in order.tolist():
        group, has_name = cast.groups[i], bool(told[i]) and step >= NAMED_STEP
        look = look_of(levels.index(group)) if group else Look()
        lines = len(wrap(cast.label[i], themes.TICK, NAME_ROOM)) if has_name else 1
        tall = step + (lines - 1) * themes.TICK.leading + (NAME_GAP if lines > 1 else 0.0)
        rows.append(
            CaterpillarRow(
                kind="study",
                label=cast.label[i],
                group=group,
                value=float(cast.value[i]),
                low=float(cast.low[i]),
                high=float(cast.high[i]),
                y=y + tall / 2,
                color=look.fill,
                marker=look.marker,
                named=bool(told[i]),
            )
        )
        y += tall
    ends = list(_end(cast, y + POOL_GAP))
    bottom = ends[-1].y + POOL_STEP / 2 if ends else y
    return (*rows, *ends), step, bottom + EDGE


def _step(k: int, places: Sequence[int]) -> float:
    """Return the distance of studies: small, unless names would touch each other."""
    bare = min(max(BARE_STEP * k, LEAST_HEIGHT), MOST_HEIGHT) / k
    if not places:
        return bare
    near = min(np.diff([-1, *places, k]).tolist())
    return bare if bare * near >= NAMED_STEP * FEW_NAMES and len(places) < k else NAMED_STEP


def _end(cast: Cast, top: float) -> Iterator[CaterpillarRow]:
    """Return the rows of the pool."""
    if cast.mean is None:
        return
    level, (value, low, high) = percent(cast.level), cast.mean
    yield CaterpillarRow(
        kind="pool",
        label=f"Pooled ({level} CI)",
        group="",
        value=value,
        low=low,
        high=high,
        y=top + POOL_STEP / 2,
        color=themes.OURS,
    )
    if cast.prediction is not None:
        yield CaterpillarRow(
            kind="prediction",
            label=f"Prediction interval ({level})",
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


def _names_axis(
    rows: Sequence[CaterpillarRow], cast: Cast, everyone: bool, height: float
) -> ChartAxis:
    """Return the axis of names: a tick for each of their lines."""
    ticks: list[float] = []
    labels: list[str] = []
    studies = [row.y for row in rows if row.kind == "study"]
    nobody = len(studies) > 1 and not any(row.named for row in rows if row.kind == "study")
    for row in rows:
        if not row.named:
            continue
        lines = wrap(row.label, themes.TICK, NAME_ROOM)
        first = row.y - (len(lines) - 1) * themes.TICK.leading / 2
        ticks += [first + i * themes.TICK.leading for i in range(len(lines))]
        labels += lines
    return ChartAxis(
        low=height,
        high=0.0,
        ticks=tuple(ticks),
        tick_labels=tuple(labels),
        label="" if everyone else f"{counted(cast.k, *cast.noun)}, sorted by effect",
        line=False,
        span=(studies[-1], studies[0]) if nobody else None,
        beside=nobody,
    )


def _legend(cast: Cast) -> tuple[LegendEntry, ...]:
    return tuple(
        LegendEntry(
            label=group,
            fill=look_of(i).fill,
            edge=look_of(i).fill,
            marker=look_of(i).marker,
            head=sentence_case(cast.by) if i == 0 else "",
        )
        for i, group in enumerate(dict.fromkeys(cast.groups))
        if group
    )


def _alt(cast: Cast) -> str:
    read = cast.scale.inverse
    with np.errstate(over="ignore"):
        first, last = (compact(float(read(x))) for x in (cast.value.min(), cast.value.max()))
    told = f"Caterpillar plot of {counted(cast.k, *cast.noun)} sorted by "
    told += f"{in_sentence(clean(cast.effect))}, {first} to {last}"
    if cast.estimate is not None:
        told += f"; pooled {estimate_words(cast.estimate)}"
    return f"{told}."
