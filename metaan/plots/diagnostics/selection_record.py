"""The record of a plot of selection functions, and how fits become one; no matplotlib here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Unpack

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.core.numbers import counted, listed
from metaan.core.scale import LOG
from metaan.core.wording import estimate_words, in_sentence, percent, text_of
from metaan.diagnostics.selection.record import SelectionFit
from metaan.diagnostics.selection.selections import CUT, SELECTIONS, STEPPED
from metaan.diagnostics.selection.tables import ALTERNATIVES, PRECISIONS, VEVEA_WOODS
from metaan.plots.charts.drapery_looks import LineLook, part_look
from metaan.plots.diagnostics.selection_axes import DEFAULT_P_AXIS, P_AXES, PAxis, p_axis
from metaan.plots.forests.wording import clean, sentence_case
from metaan.plots.pages import theme
from metaan.plots.pages.chart import ChartAxis, ChartFrame
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.texts import Texts, written
from metaan.plots.pages.ticks import nice_ticks

if TYPE_CHECKING:
    import pandas as pd

PLACES = 201  # of a curve
MOST_FITS = 6
LEAST, LARGEST = 1e-3, 1e3  # weights that an axis can hold
INNER = (5e-4, 0.99)  # p-values whose weights decide how long it is
BAND_ROOM = math.log(8.0)  # that a band may add to the axis on each side
MARGIN = 0.08  # of the axis above and below
RUG_SHARE = 0.045  # of the axis, that ticks of studies are high
BETA_PLACE = 0.025  # where the weight of a function without a constant of its own is 1
SMALLEST = 1e-6  # p-value at which curves begin: some have no value at 0
BAND_COLOR, LINE_COLOR, RUG_COLOR = "shade 1", theme.OURS, theme.STUDY


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionLine:
    """One selection function.

    Attributes
    ----------
    name : str
        In the legend.
    p, weight, low, high : tuple of float
        Its course: p-values, relative chances of publication and limits (NaN where unknown).
    look : LineLook
        Color and dashes.
    """

    name: str
    p: tuple[float, ...]
    weight: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    look: LineLook


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionCurves:
    """What a plot of selection functions shows.

    Attributes
    ----------
    axis : str
        Row of ``P_AXES``.
    lines : tuple of SelectionLine
        The functions.
    bands : bool
        Whether limits are drawn.
    rug : tuple of float
        p-values of the studies.
    frame : ChartFrame
        Axes, titles, legend and footnotes; heights are logarithms of weights.
    alt : str
        The figure in one sentence.
    """

    axis: str
    lines: tuple[SelectionLine, ...]
    bands: bool
    rug: tuple[float, ...]
    frame: ChartFrame
    alt: str

    @property
    def title(self) -> str:
        """Above the figure; may be empty."""
        return self.frame.title

    def to_frame(self) -> pd.DataFrame:
        """Return one row per function and place: name, p, weight, low, high."""
        import pandas as pd

        parts = [
            pd.DataFrame(
                {"name": each.name, "p": each.p, "weight": each.weight, "low": each.low,
                 "high": each.high}
            )
            for each in self.lines
        ]  # fmt: skip
        return pd.concat(parts, ignore_index=True)


def selection_curves(
    *fits: SelectionFit,
    axis: str = DEFAULT_P_AXIS,
    bands: bool | None = None,
    names: Sequence[str] | None = None,
    **texts: Unpack[Texts],
) -> SelectionCurves:
    """Return the record of a plot of selection functions; see `selection_plot`."""
    titles = written(texts, verb="selection_plot", of=selection_curves)
    row = look_up(P_AXES, axis, argument="axis", what="an axis of p-values")
    _check(fits)
    labels = _names(fits, names)
    shown = len(fits) == 1 if bands is None else bool(bands)
    lines = tuple(
        _line(fit, name, row, LineLook(color=LINE_COLOR, dashes=()) if i == 0 else part_look(i))
        for i, (fit, name) in enumerate(zip(fits, labels, strict=True))
    )
    steps = [step for fit in fits for step in fit.steps]
    side = ALTERNATIVES[fits[0].alternative]
    kind = "One-sided" if side.sides == 1 else "Two-sided"
    y = _weights_axis(lines, shown)
    notes = _notes(fits, lines, shown, y)
    frame = ChartFrame(
        x=p_axis(row, steps, f"{kind} p-value, small for {side.words}"),
        y=y,
        title=titles.title,
        subtitle=titles.subtitle,
        notes=titles.footnotes(notes, _remarks(fits)),
        legend=_legend(fits, lines, shown),
    )
    rug = tuple(sorted({float(p) for fit in fits for p in fit.p_values}))
    return SelectionCurves(
        axis=axis, lines=lines, bands=shown, rug=rug, frame=frame, alt=_alt(fits, labels)
    )


def _check(fits: Sequence[SelectionFit]) -> None:
    """Raise ``InputError`` for what cannot be drawn together."""
    wrong = [type(fit).__name__ for fit in fits if not isinstance(fit, SelectionFit)]
    if wrong or not fits:
        raise InputError(
            "selection_plot needs fits as selection_model(fit) gives them; got "
            f"{', '.join(wrong) or 'none'}"
        )
    faults = []
    cut = [fit.selection for fit in fits if SELECTIONS[fit.selection].kind == CUT]
    if cut:
        faults.append(f"{listed(sorted(set(cut)))} weighs effects, not p-values")
    if len({fit.alternative for fit in fits}) > 1:
        faults.append("the fits have different alternatives, so that their p-values differ")
    if len(fits) > MOST_FITS:
        faults.append(f"{len(fits)} functions are more than {MOST_FITS}, which can be told apart")
    if faults:
        raise InputError(f"selection_plot cannot draw these: {'; '.join(faults)}")


def _names(fits: Sequence[SelectionFit], names: Sequence[str] | None) -> tuple[str, ...]:
    if names is None:
        return tuple(_own_name(fit) for fit in fits)
    told = (names,) if isinstance(names, str) else tuple(names)
    if len(told) != len(fits):
        raise InputError(f"names must be one for each of {len(fits)} fits; got {len(told)}")
    return tuple(clean(str(name)) for name in told)


def _own_name(fit: SelectionFit) -> str:
    """Return what tells a model from others."""
    told = sentence_case(SELECTIONS[fit.selection].name)
    if fit.solved.asked.table:
        return f"{told}, {VEVEA_WOODS[fit.solved.asked.table].words} (fixed)"
    if fit.precision:
        told += f" by {PRECISIONS[fit.precision].words} (least precise study)"
    return told


def _line(fit: SelectionFit, name: str, row: PAxis, look: LineLook) -> SelectionLine:
    """Return the course of a function; a step function has two places at each step."""
    kind = SELECTIONS[fit.selection].kind
    even = np.linspace(0.0, 1.0, PLACES)
    p = np.concatenate(([row.back(x) for x in even.tolist()], even**4, 1 - even**4))
    if kind == STEPPED:
        ends = [0.0, *fit.steps, 1.0]
        middles = np.array([(a + b) / 2 for a, b in pairwise(ends)])
        at, p = np.repeat(middles, 2), np.array(ends)[_corners(len(middles))]
    else:
        at = p = np.unique(np.clip(np.append(p, fit.steps), SMALLEST, 1.0))
    has_constant = SELECTIONS[fit.selection].censored == 0 or len(fit.delta) == 1
    curve = fit.weights(at, relative_to=None if has_constant else BETA_PLACE)
    columns = (p, curve.weight, curve.low, curve.high)
    values = [tuple(float(x) for x in column) for column in columns]
    return SelectionLine(
        name=name, p=values[0], weight=values[1], low=values[2], high=values[3], look=look
    )


def _corners(pieces: int) -> list[int]:
    return [i + side for i in range(pieces) for side in (0, 1)]


def _logs(values: Sequence[float]) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    return np.log(np.clip(array, LEAST, LARGEST))


def _inner(line: SelectionLine, values: Sequence[float]) -> list[float]:
    """Return values but for those next to p = 0 and 1, where functions end at 0 or nowhere."""
    places = zip(line.p, values, strict=True)
    steps = len(line.p) < PLACES
    return [value for p, value in places if steps or INNER[0] <= p <= INNER[1]]


def _weights_axis(lines: Sequence[SelectionLine], bands: bool) -> ChartAxis:
    """Return the axis of weights: all curves, and bands as far as they do not squash them."""
    logs = np.concatenate([_logs(_inner(line, line.weight)) for line in lines])
    low, high = min(0.0, float(logs.min())), max(0.0, float(logs.max()))
    if bands:
        limits = np.concatenate(
            [_logs((*_inner(line, line.low), *_inner(line, line.high))) for line in lines]
        )
        limits = limits[np.isfinite(limits)]
        if limits.size:
            low, high = (
                max(float(min(low, limits.min())), low - BAND_ROOM),
                min(float(max(high, limits.max())), high + BAND_ROOM),
            )
    low, high = min(low, -math.log(2)), max(high, math.log(1.5))
    room = MARGIN * (high - low)
    low, high = low - 2 * room, high + room
    ticks, texts = nice_ticks(low, high, LOG)
    return ChartAxis(
        low=low, high=high, ticks=ticks, tick_labels=texts, label="Relative chance of publication"
    )


def _notes(
    fits: Sequence[SelectionFit], lines: Sequence[SelectionLine], bands: bool, y: ChartAxis
) -> tuple[str, ...]:
    k = {fit.k for fit in fits}
    who = counted(k.pop(), "study", "studies") if len(k) == 1 else "studies"
    told = [f"Ticks at the foot: p-values of the {who}."]
    if bands:
        unknown = [line.name for line in lines if np.isnan(line.low).all()]
        told += [f"{name}: no limits, because they are not known." for name in unknown]
        known = np.array([x for line in lines for x in (*line.low, *line.high) if x == x])
        with np.errstate(divide="ignore"):
            beyond = (np.log(known) < y.low) | (np.log(known) > y.high)
        if beyond.any():
            told.append("Limits are cut where the axis ends.")
    if any(len(fit.delta) > 1 and SELECTIONS[fit.selection].censored for fit in fits):
        told.append(f"The beta density is drawn relative to its value at p = {BETA_PLACE:g}.")
    drawn = [w for line in lines for w in line.weight]
    if min(drawn) < math.exp(y.low) or max(drawn) > math.exp(y.high):
        told.append("Chances beyond the axis are not drawn.")
    return tuple(told)


def _remarks(fits: Sequence[SelectionFit]) -> tuple[str, ...]:
    return tuple(text_of([remark]) for remark in fits[0].remarks) if len(fits) == 1 else ()


def _legend(
    fits: Sequence[SelectionFit], lines: Sequence[SelectionLine], bands: bool
) -> tuple[LegendEntry, ...]:
    entries = []
    for fit, line in zip(fits, lines, strict=True):
        told = line.name
        if len(fit.names) == 1:
            told += f": {in_sentence(clean(fit.fit.effects.label))} "
            told += estimate_words(fit.coefficients[0])
        entries.append(
            LegendEntry(label=told, kind="line", edge=line.look.color, dashes=line.look.dashes)
        )
    if bands:
        label = f"{percent(fits[0].level)} limits at each p-value"
        if len(fits) == 1:
            entries.append(LegendEntry(label=label, kind="area", fill=BAND_COLOR, edge=theme.RULE))
        else:
            entries.append(
                LegendEntry(label=f"{label}: thin lines", kind="line", edge=theme.QUIET)
            )
    return tuple(entries)


def _alt(fits: Sequence[SelectionFit], labels: Sequence[str]) -> str:
    told = f"Selection functions of {counted(len(fits), 'model')}" if len(fits) > 1 else (
        "Selection function"
    )  # fmt: skip
    parts = [
        f"{name}, {estimate_words(fit.coefficients[0])}" if len(fit.names) == 1 else name
        for fit, name in zip(fits, labels, strict=True)
    ]
    label = in_sentence(clean(fits[0].fit.effects.label))
    return f"{told}, chance of publication against the p-value; {label}: {listed(parts)}."
