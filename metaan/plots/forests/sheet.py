"""What all rows of one forest plot share, and the rows that studies and pools become."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from metaan.core.arrays import Floats, FrozenDict
from metaan.core.effects import Effects
from metaan.core.estimate import Estimate, Interval
from metaan.core.fit import PooledFit
from metaan.core.lookup import look_up
from metaan.core.scale import IDENTITY, LOG
from metaan.core.subgroup_fit import SubgroupFit
from metaan.plots.forests.arms import ArmTable, arm_table
from metaan.plots.forests.categories import categories
from metaan.plots.forests.decimals import Ends, digits_of, digits_per
from metaan.plots.forests.frame import NOT_POOLED as NOT_POOLED
from metaan.plots.forests.frame import Frame as Frame
from metaan.plots.forests.frame import Way as Way
from metaan.plots.forests.frame import Words as Words
from metaan.plots.forests.layouts import WEIGHT, Layout
from metaan.plots.forests.lights import bias_texts, check_bias
from metaan.plots.forests.lines import Lines, filled
from metaan.plots.forests.options import NOTHING_ASKED, Asked
from metaan.plots.forests.own_columns import NO_COLUMNS, OwnColumns, own_columns
from metaan.plots.forests.predictions import shows_prediction
from metaan.plots.forests.record import Cell, ForestRow, Kind
from metaan.plots.forests.wording import (
    Hand,
    clean,
    heads_of,
    label_per,
    model_words,
    read_per,
)
from metaan.plots.pages.theme import STUDY

ONE_STUDY = "One study: nothing is pooled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The frame of a figure of study effects, with the effects and their columns."""

    frame: Frame
    effects: Effects
    arms: ArmTable
    own: OwnColumns = NO_COLUMNS
    words: Words | None = None

    @property
    def lines(self) -> Lines:
        """The lines of text of the figure, in the words of its layout."""
        return self.frame.hand.lines

    def studies(
        self, where: Iterable[int], weights: Floats, group: str = ""
    ) -> Iterator[ForestRow]:
        """Yield the rows of the studies at these places; ``weights``, shape (k,), is of all."""
        effects, hand = self.effects, self.frame.hand
        lows, values, highs = _carried(effects, hand.level)
        top = float(np.nanmax(weights, initial=0.0))
        marks = self.frame.categories
        for i in where:
            low, value, high = float(lows[i]), float(values[i]), float(highs[i])
            weight = (
                float(weights[i]) if effects.k > 1 else math.nan
            )  # 100% of itself says nothing
            yield ForestRow(
                kind="study",
                label=clean(effects.study[i]),
                group=group,
                texts={**self._study_texts(i), **self._weight(weight)},
                value=value,
                low=low,
                high=high,
                effect=hand.effect(value, low, high),
                weight=weight,
                size=float(weights[i]) / top if top > 0 else 0.0,
                series=marks.series[i] if marks else -1,
                marker=marks.markers[i] if marks else "square",
                rows=effects.rows[i],
            )

    def pool(
        self, fit: PooledFit, where: Sequence[int], weight: float, group: str = ""
    ) -> ForestRow:
        """Return the row of a pool over the studies at these places."""
        label = self.lines.subtotal(fit.k, group) if group else self.lines.total(fit.k)
        kind: Kind = "pool" if group else "total"
        row = self.mark(kind, label, fit.estimate, where, weight)
        return replace(row, group=group)

    def mark(
        self,
        kind: Kind,
        label: str,
        estimate: Estimate,
        where: Sequence[int] = (),
        weight: float = math.nan,
    ) -> ForestRow:
        """Return the row of an estimate of any kind, with the sums over the studies at places."""
        hand = self.frame.hand
        marks = np.array([estimate.value, estimate.low, estimate.high])
        carried = estimate.scale.carried(marks, self.effects.scale)
        value, low, high = (float(x) for x in carried)
        return ForestRow(
            kind=kind,
            label=label,
            texts={**self.arms.pool(where), **self.own.pool(where), **self._weight(weight)},
            value=value,
            low=low,
            high=high,
            effect=hand.effect(value, low, high),
            weight=weight,
        )

    def prediction(
        self, limits: Interval, group: str = "", *, conventions: str = ""
    ) -> Iterator[ForestRow]:
        """Yield the row of a prediction interval, if the layout has one and it is wanted.

        ``conventions`` are those that the fit follows. Of a subgroup it was asked for.
        """
        wanted = bool(group) or shows_prediction(self.asked.prediction, conventions)
        label = self.lines.prediction(limits.level) if wanted else ""
        ends = limits.scale.carried(np.array([limits.low, limits.high]), self.effects.scale)
        low, high = float(ends[0]), float(ends[1])
        row = ForestRow(
            kind="prediction",
            label=label,
            group=group,
            low=low,
            high=high,
            effect=self.frame.hand.limits(low, high),
        )
        return iter([row] if label else [])

    def total(self, fit: PooledFit) -> Iterator[ForestRow]:
        """Yield the total, its prediction interval if it has one, and the notes under it.

        One study is no pool: a diamond would only repeat its square.
        """
        if fit.k == 1:
            yield from self.note(ONE_STUDY)
            return
        places = range(fit.k)
        yield self.pool(fit, places, float(fit.weights.sum()))
        yield from self.events(places)
        if fit.prediction_interval is not None:
            yield from self.prediction(fit.prediction_interval, conventions=fit.conventions)
        yield from self.under(fit)
        yield from self.note(self.lines.model(model_words(fit), fit.estimate))

    def subtotal(
        self, fit: PooledFit, where: Sequence[int], weight: float, group: str
    ) -> Iterator[ForestRow]:
        """Yield the pool of a subgroup and everything under it."""
        yield self.pool(fit, where, weight, group)
        yield from self.events(where, group)
        if fit.prediction_interval is not None and self.asked.subgroup_prediction:
            yield from self.prediction(fit.prediction_interval, group)
        yield from self.under(fit, group)

    def under(self, fit: PooledFit, group: str = "") -> Iterator[ForestRow]:
        """Yield the lines under a pool: heterogeneity, and the test of no effect."""
        yield from self.note(self.lines.of_pool(fit), group)
        yield from self.note(self.lines.test(fit.estimate), group)

    def events(self, where: Sequence[int], group: str = "") -> Iterator[ForestRow]:
        """Yield the row with the events of the arms, if the layout has one and they have any."""
        texts = self.arms.total_events(where)
        if texts:
            label = self.frame.hand.layout.total_events
            yield ForestRow(kind="note", label=label, group=group, texts=texts)

    def between(self, fit: SubgroupFit) -> Iterator[ForestRow]:
        """Yield the line with the test of subgroup differences."""
        yield from self.note(self.lines.between(fit))

    def note(self, text: str, group: str = "") -> Iterator[ForestRow]:
        """Yield a line of text; nothing for an empty one."""
        if text:
            yield ForestRow(kind="note", label=text, group=group)

    def header(self, by: str, name: str) -> ForestRow:
        """Return the head of a block; its ``group`` is that of the rows of the block."""
        label = self.lines.header(self.asked.name(by), clean(name))
        return ForestRow(kind="header", label=label, group=label)

    @property
    def asked(self) -> Asked:
        """What the caller asked of the figure."""
        return self.words.asked if self.words else NOTHING_ASKED

    def _study_texts(self, place: int) -> dict[str, Cell]:
        arms = self.arms.study(place).items()
        told = {key: tuple(map(self.lines.styled, cell)) for key, cell in arms}
        told |= self.own.study(place)
        bias = self.asked.bias
        return told if bias is None else {**told, **bias_texts(bias, self.effects.study[place])}

    def _weight(self, weight: float) -> dict[str, Cell]:
        if math.isnan(weight):
            return {}
        text = self.frame.hand.layout.weight.format(weight=weight)
        return {WEIGHT: (self.lines.styled(text),)}


def sheet_of(
    effects: Effects,
    level: float,
    pools: Sequence[Ends],
    printed: Sequence[float],
    words: Words,
    way: Way = NOT_POOLED,
) -> Sheet:
    """Return the sheet of these effects.

    Parameters
    ----------
    effects : Effects
        Studies.
    level : float
        Coverage of the intervals.
    pools : sequence of (float, float, float)
        Pooled values with their limits, analysis scale; with the studies they decide the decimals.
    printed : sequence of float
        Published numbers that will stand beside them, reading scale.
    words : Words
        What the caller asked for.
    way : Way
        How they were pooled.
    """
    asked, layout = words.asked, words.layout
    scale = read_per(effects.scale, layout.per)
    digits = asked.digits if asked.digits is not None else layout.digits
    if digits is None:
        digits = _digits(effects, level, layout.per, pools=pools, printed=printed)
    arms = arm_table(effects, layout)
    lines = Lines(layout=layout, level=level)
    _check_names(asked, effects, way)
    own = own_columns(effects, [each for _, each in words.columns()], lines, asked.name)
    if asked.bias is not None:
        check_bias(asked.bias, effects)
    hand = Hand(
        scale=scale,
        digits=digits,
        level=level,
        layout=_with_squares(layout, arms.stem),
    )
    model = layout.models.get(way.model, way.model)
    heads = {
        **heads_of(_short_name(effects), label_per(effects.label, layout.per), level),
        "method": way.method,
        "model": model,
    }
    frame = Frame(
        hand=hand,
        columns=arms.columns,
        label_head=layout.label_head,
        effect_head=filled(layout.effect_head, heads),
        effect_over=filled(layout.effect_over, heads),
        axis_label=filled(layout.axis_label, heads),
        offered=own.columns,
        categories=categories(effects, asked, layout.theme),
    )
    return Sheet(frame=frame, effects=effects, arms=arms, own=own, words=words)


def _check_names(asked: Asked, effects: Effects, way: Way) -> None:
    """Raise a ChoiceError for a name given to a column that there is not."""
    known = dict.fromkeys((*effects.columns, *([way.by] if way.by else [])))
    for name in asked.names:
        look_up(known, name, argument="names", what="a column of the effects")


def _digits(
    effects: Effects,
    level: float,
    per: int,
    *,
    pools: Sequence[Ends],
    printed: Sequence[float],
) -> int:
    """Return the decimals of the effects of a figure that reads them per so many."""
    lows, values, highs = _carried(effects, level)
    studies = list(zip(values.tolist(), lows.tolist(), highs.tolist(), strict=True))
    if effects.scale.has_null:
        return digits_of(read_per(effects.scale, per), studies, pools, printed)
    return digits_per(digits_of(effects.scale, studies, pools, printed), per)


def _carried(effects: Effects, level: float) -> tuple[Floats, Floats, Floats]:
    """Return lower limits, effects and upper limits of the studies, where the figure has them."""
    below, above = effects.limits(level)
    own, shown = effects.study_scale, effects.scale
    low, value, high = (own.carried(x, shown) for x in (below, effects.y, above))
    return low, value, high


def studies_text(k: int) -> str:
    """Return ``1 study``, ``2 studies``."""
    return f"{k} {'study' if k == 1 else 'studies'}"


def _with_squares(layout: Layout, stem: str) -> Layout:
    """Return the layout with the color that its studies have for these numbers of the arms."""
    if stem not in layout.squares:
        return layout
    colors = FrozenDict({**layout.colors, STUDY: layout.squares[stem]})
    return replace(layout, colors=colors)


def _short_name(effects: Effects) -> str:
    """Return the measure's key where readers know it as an abbreviation; else nothing.

    A level (a prevalence) and a correlation are read back from a scale of their own: the key
    names the scale ("PLO", "ZCOR"), the label what is read.
    """
    plain = effects.scale is IDENTITY or effects.scale is LOG
    return effects.measure if plain else ""
