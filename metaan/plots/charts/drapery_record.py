"""The record of a drapery plot: p-value functions, marked levels and their intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.core.numbers import printed
from metaan.core.scale import Scale
from metaan.core.study_intervals import checked_level
from metaan.core.subgroup_fit import SubgroupFit
from metaan.core.wording import counted_studies, estimate_words, in_sentence, percent
from metaan.plots.charts.bubble_axis import effect_axis, effect_range, shown_null
from metaan.plots.charts.drapery_axes import DEFAULT_AXIS, DRAPERY_AXES, DraperyAxis
from metaan.plots.charts.drapery_curves import Curves, PCurve, curves_of, p_of, p_values
from metaan.plots.charts.drapery_looks import MOST_CURVES, LineLook, named_look, part_look
from metaan.plots.charts.names import NONE, Names
from metaan.plots.charts.names import named as named_of
from metaan.plots.charts.subjects import Pool, Studies, given_levels, remarks_on, studies_of
from metaan.plots.forests.wording import clean, sentence_case
from metaan.plots.pages import theme
from metaan.plots.pages.chart import PANEL_WIDTH, ChartAxis, ChartFrame
from metaan.plots.pages.labels import Dot, PanelText, PointLabel
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.page import widest
from metaan.plots.pages.texts import Texts, written

if TYPE_CHECKING:
    import pandas as pd

HEIGHT = 280.0
NAMED_WITHIN = 0.8  # of the axis, beyond which a name would run into what stands at the right
FEW_LINES = 20  # studies between whose lines there is room for names
LINE_DOT = 1.5  # points around thick curves that names keep clear of
BESIDE = (0.85, 0.6, 0.5, 0.2, 0.15, 0.1)  # further p-values at whose heights names may stand
SHIFT = 4.0  # points between the panel and what stands at its right
APART = theme.TICK.leading  # points between two marked levels
SHOWN = 0.95  # level whose study intervals decide how long the axis is
READING = (
    "A curve gives the p-value of every possible effect; at height p it is as wide as the "
    "interval of level 1 − p."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelLine:
    """A marked level: its p-value, its height on the axis, and what stands beside it."""

    level: float
    p: float
    height: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraperyCurves:
    """What a drapery plot shows; effects on the analysis scale.

    Attributes
    ----------
    axis : str
        Row of ``DRAPERY_AXES``: how heights are drawn.
    studies, pools : tuple of PCurve
        Curves of the studies, and of subgroups and the pool.
    prediction : PCurve or None
        Curve of the true effect of a new study; its inside is shaded.
    named : tuple of str
        Studies with lines of their own.
    lines : tuple of LevelLine
        Marked levels.
    null : float
        Value of no effect; NaN where the axis does not hold it.
    end : float
        Where the curves end at the right; marked levels are written behind it.
    scale : Scale
        How effects are read.
    frame : ChartFrame
        Axes, titles, legend and footnotes.
    alt : str
        The figure in one sentence.
    """

    axis: str
    studies: tuple[PCurve, ...]
    pools: tuple[PCurve, ...]
    prediction: PCurve | None
    named: tuple[str, ...]
    lines: tuple[LevelLine, ...]
    null: float
    end: float
    scale: Scale
    frame: ChartFrame
    alt: str

    @property
    def title(self) -> str:
        """Above the figure; may be empty."""
        return self.frame.title

    @property
    def curves(self) -> tuple[PCurve, ...]:
        """All curves: studies, prediction, pools."""
        between = () if self.prediction is None else (self.prediction,)
        return (*self.studies, *between, *self.pools)

    @property
    def ends(self) -> bool:
        """Whether the axis ends before p is 0."""
        return DRAPERY_AXES[self.axis].ends

    def height(self, p: float) -> float:
        """Return where a p-value is drawn."""
        return DRAPERY_AXES[self.axis].place(p)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per curve and p-value, effects on the reading scale.

        Returns
        -------
        DataFrame
            kind, name, estimate (where p is 1), p, low, high (the two effects with that p-value:
            the interval of level 1 - p).
        """
        import pandas as pd

        return pd.concat([pd.DataFrame(self._part(c)) for c in self.curves], ignore_index=True)

    def _part(self, curve: PCurve) -> dict[str, Any]:
        read = self.scale.inverse
        with np.errstate(over="ignore"):  # a limit beyond all numbers is read as infinite
            return {
                "kind": curve.kind,
                "name": curve.name,
                "estimate": float(read(curve.value)),
                "p": np.array(curve.p),
                "low": read(np.array(curve.low)),
                "high": read(np.array(curve.high)),
            }


def drapery_curves(
    fit: Pool | Effects,
    *,
    axis: str = DEFAULT_AXIS,
    levels: Sequence[float] | None = None,
    names: Names = None,
    **texts: Unpack[Texts],
) -> DraperyCurves:
    """Return the record of a drapery plot; parameters and errors as in `drapery`.

    Parameters
    ----------
    fit : PooledFit, SubgroupFit, CountsFit, GlmmFit, RobustFit or Effects
        What to show.
    axis : str
        Row of ``DRAPERY_AXES``.
    levels : sequence of float, optional
        Levels of confidence to mark.
    names : str or sequence of str, optional
        Studies in colors of their own.
    **texts
        Title, subtitle and footnotes.

    Returns
    -------
    DraperyCurves
        Numbers on the analysis scale, texts on the reading scale.
    """
    titles = written(texts, verb="drapery", of=drapery_curves)
    row = look_up(DRAPERY_AXES, axis, argument="axis", what="an axis of p-values")
    whole = studies_of(fit, verb="drapery")
    own, effects = whole.level, whole.effects
    chosen = row.levels if levels is None else given_levels(levels, "levels")
    asked = [checked_level(level) for level in chosen]
    found = curves_of(fit, whole, p_values([own, SHOWN, *asked], (*row.beside, *BESIDE)))
    y = row.frame([own, *asked] if levels is not None else [own])
    lines = _lines(row, y, [own, *asked], _texts(found, effects.scale))
    low, high = _range(found, effects.scale)
    x, wide = _with_room(effect_axis(low, high, effects.scale, effects.label), lines)
    named = _named(names, effects, len(found.pools))
    frame = ChartFrame(
        x=x,
        y=y,
        title=titles.title,
        subtitle=titles.subtitle,
        notes=titles.footnotes(
            (READING, *_no_region(whole, found), *whole.notes), remarks_on(fit)
        ),
        legend=_legend(fit, whole, found, named),
        labels=_labels(row, found, named, (low, low + NAMED_WITHIN * (high - low))),
        dots=_dots(row, y, found.pools),
        lines=_dots(row, y, found.studies if effects.k <= FEW_LINES else ()),
        texts=tuple(PanelText(x=high, y=each.height, text=each.text, shift=SHIFT)
                    for each in lines),
        width=wide,
        height=HEIGHT,
    )  # fmt: skip
    return DraperyCurves(
        axis=axis,
        studies=found.studies,
        pools=found.pools,
        prediction=found.prediction,
        named=named,
        lines=lines,
        null=shown_null(effects.scale, replace(x, high=high)),
        end=high,
        scale=effects.scale,
        frame=frame,
        alt=_alt(whole),
    )


def _lines(
    row: DraperyAxis, y: ChartAxis, levels: Sequence[float], text: Callable[[float], str]
) -> tuple[LevelLine, ...]:
    """Return the marked levels, the fit's own first; one too near to another is left out."""
    kept: list[LevelLine] = []
    for level in dict.fromkeys(levels):
        height = row.place(p_of(level))
        far = [abs(y.share(each.height) - y.share(height)) * HEIGHT >= APART for each in kept]
        if all(far) and 0 <= y.share(height) <= 1:
            line = LevelLine(level=level, p=p_of(level), height=height, text=text(level))
            kept.append(line)
    return tuple(sorted(kept, key=lambda line: -line.p))


def _texts(found: Curves, scale: Scale) -> Callable[[float], str]:
    """Return what writes ``95% CI 0.34 to 0.71``; without limits unless there is one pool."""

    def text(level: float) -> str:
        told = f"{percent(level)} CI"
        if len(found.pools) != 1:
            return told
        pool = found.pools[0]
        place = pool.p.index(p_of(level))
        with np.errstate(over="ignore"):
            limits = [float(scale.inverse(each[place])) for each in (pool.low, pool.high)]
        low, high = printed(*limits, ratio=scale.is_log)
        return f"{told} {low} to {high}"

    return text


def _range(found: Curves, scale: Scale) -> tuple[float, float]:
    """Return the ends of the axis: all estimates, intervals as far as they do not squash them."""
    between = () if found.prediction is None else (found.prediction,)
    curves = (*found.studies, *found.pools)
    place = curves[0].p.index(p_of(SHOWN))
    bands = [x for curve in (*curves, *between) for x in (curve.low[place], curve.high[place])]
    return effect_range([curve.value for curve in curves], bands, (), scale)


def _with_room(x: ChartAxis, lines: Sequence[LevelLine]) -> tuple[ChartAxis, float]:
    """Return the axis made longer by what is written at its right, and the panel's width."""
    room = SHIFT + widest([line.text for line in lines], theme.TICK)
    longer = replace(x, high=x.high + (x.high - x.low) * room / PANEL_WIDTH, span=(x.low, x.high))
    return longer, PANEL_WIDTH + room


def _named(names: Names, effects: Effects, pools: int) -> tuple[str, ...]:
    """Return the studies with colors of their own, cleaned."""
    told = named_of(names, effects.study, default=NONE)
    chosen = [name for name, yes in zip(effects.study, told, strict=True) if yes]
    if names is not None and not isinstance(names, str | bool):
        chosen.sort(key=[str(name) for name in names].index)
    found = tuple(dict.fromkeys(clean(name) for name in chosen))
    parts = max(pools - 1, 0)
    if parts > MOST_CURVES:
        raise InputError(
            f"there are {parts} subgroups, of which at most {MOST_CURVES} can be told apart in a "
            "drapery plot; draw them with caterpillar or forest, or join some of them"
        )
    if len(found) > MOST_CURVES - parts:
        raise InputError(
            f"names asks for {len(found)} studies with lines of their own, but "
            f"{MOST_CURVES - parts} can be told apart; name fewer of them"
        )
    return found


def _legend(
    fit: Pool | Effects, whole: Studies, found: Curves, named: Sequence[str]
) -> tuple[LegendEntry, ...]:
    entries = [LegendEntry(label="Study", kind="line", edge=theme.STUDY)]
    entries += [_line_entry(name, named_look(i, len(found.pools))) for i, name in enumerate(named)]
    if isinstance(fit, SubgroupFit):
        head = sentence_case(clean(fit.by))
        entries += [
            _line_entry(
                f"{curve.name}: {estimate_words(part.estimate)}",
                part_look(i),
                head if i == 0 else "",
            )
            for i, (curve, part) in enumerate(zip(found.pools[:-1], fit.fits, strict=True))
        ]
    if whole.estimate is not None:
        told = f"{found.pools[-1].name}: {estimate_words(whole.estimate)}"
        entries.append(LegendEntry(label=told, kind="line", edge=theme.OURS))
    if found.prediction is not None:
        told = "Prediction region of the true effect of a new study"
        entries.append(
            LegendEntry(label=told, kind="area", fill=theme.PREDICTION, edge=theme.PREDICTION)
        )
    return tuple(entries)


def _line_entry(label: str, look: LineLook, head: str = "") -> LegendEntry:
    return LegendEntry(label=label, kind="line", edge=look.color, dashes=look.dashes, head=head)


def _labels(
    row: DraperyAxis, found: Curves, named: Sequence[str], ends: tuple[float, float]
) -> tuple[PointLabel, ...]:
    """Return the names beside curves between these ends: of subgroups and of named studies.

    The legend has them too, so that one without a free place is not missed.
    """
    begin, end = ends
    parts = [curve for curve in found.pools if curve.kind == "subgroup"]
    told = [*parts, *(curve for curve in found.studies if curve.name in named)]
    labels = []
    for curve in told:
        heights = [(p, place) for p in (*row.beside, *BESIDE) for place in [curve.p.index(p)]]
        right = [(curve.high[i], row.place(p)) for p, i in heights if curve.high[i] < end]
        left = [(curve.low[i], row.place(p)) for p, i in heights if curve.low[i] > begin]
        spots = [*right[: len(row.beside)], *left, *right[len(row.beside) :]]
        if spots:
            (x, y), *more = spots
            label = PointLabel(
                x=x, y=y, text=curve.name, radius=LINE_DOT, spare=True, also=tuple(more)
            )
            labels.append(label)
    return tuple(labels)


def _dots(row: DraperyAxis, y: ChartAxis, curves: Sequence[PCurve]) -> tuple[Dot, ...]:
    """Return the places along curves, which names leave free."""
    return tuple(
        Dot(x=x, y=row.place(p), radius=LINE_DOT)
        for curve in curves
        for p, low, high in zip(curve.p, curve.low, curve.high, strict=True)
        for x in (low, high)
        if 0 <= y.share(row.place(p)) <= 1
    )


def _no_region(whole: Studies, found: Curves) -> tuple[str, ...]:
    """Return why there is no prediction region though there is a prediction interval."""
    if whole.prediction is None or found.prediction is not None:
        return ()
    return ("No prediction region: only the limits of the prediction interval are known here.",)


def _alt(whole: Studies) -> str:
    label, k = clean(in_sentence(whole.effects.label)), whole.effects.k
    told = f"Drapery plot of {counted_studies(k)}: p-value functions of the {label}"
    return (
        f"{told}."
        if whole.estimate is None
        else (f"{told}; pooled {estimate_words(whole.estimate)}.")
    )
