"""What all rows of one forest plot share, and the rows that studies and pools become."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.effects import Effects
from metaan.core.fit import PooledFit
from metaan.core.scale import IDENTITY, LOG
from metaan.plots.forests.arms import ArmTable, arm_table
from metaan.plots.forests.axis import effect_axis
from metaan.plots.forests.layouts import EFFECT, PLAIN, WEIGHT, Layout
from metaan.plots.forests.options import NOTHING_ASKED, Asked
from metaan.plots.forests.record import (
    Cell,
    ForestColumn,
    ForestRow,
    ForestRows,
)
from metaan.plots.forests.wording import (
    Hand,
    clean,
    digits_of,
    effect_head,
    heterogeneity_text,
    model_text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the caller wrote around the figure, cleaned, and asked of it."""

    title: str
    subtitle: str
    favors: tuple[str, str]
    notes: tuple[str, ...]
    layout: Layout = PLAIN
    asked: Asked = NOTHING_ASKED


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What surrounds the rows: heads, the name of the axis, and the hand that writes numbers."""

    hand: Hand
    columns: tuple[ForestColumn, ...]
    label_head: str
    effect_head: str
    axis_label: str

    def record(self, rows: Sequence[ForestRow], words: Words, *, alt: str) -> ForestRows:
        """Return the record of these rows."""
        outer = [c for c in self._outer() if any(row.cell(c) for row in rows)]
        shown = (*self.columns, *outer)
        return ForestRows(
            rows=tuple(rows),
            columns=shown,
            label_head=self.label_head,
            axis=effect_axis(rows, self.hand.scale),
            axis_label=self.axis_label,
            scale=self.hand.scale,
            title=words.title,
            subtitle=words.subtitle,
            favors=words.favors,
            notes=words.notes,
            alt=alt,
            layout=words.layout,
        )

    def _outer(self) -> tuple[ForestColumn, ...]:
        return (
            ForestColumn(key=EFFECT, head=self.effect_head, side="right"),
            ForestColumn(key=WEIGHT, head="Weight", side="right"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The frame of a figure of study effects, with the effects and their arm numbers."""

    frame: Frame
    effects: Effects
    arms: ArmTable

    def studies(
        self, where: Iterable[int], weights: Floats, group: str = ""
    ) -> Iterator[ForestRow]:
        """Yield the rows of the studies at these places; ``weights``, shape (k,), is of all."""
        effects, hand = self.effects, self.frame.hand
        below, above = effects.limits(hand.level)
        own = effects.study_scale
        lows, values, highs = (own.carried(x, hand.scale) for x in (below, effects.y, above))
        top = float(np.max(weights))
        for i in where:
            low, value, high = float(lows[i]), float(values[i]), float(highs[i])
            yield ForestRow(
                kind="study",
                label=clean(effects.study[i]),
                group=group,
                texts=self._texts(self.arms.cells[i], float(weights[i])),
                value=value,
                low=low,
                high=high,
                effect=hand.effect(value, low, high),
                weight=float(weights[i]),
                size=float(weights[i]) / top,
                rows=effects.rows[i],
            )

    def pool(
        self, fit: PooledFit, where: Sequence[int], weight: float, group: str = ""
    ) -> ForestRow:
        """Return the row of a pool over the studies at these places."""
        mean, hand = fit.estimate, self.frame.hand
        marks = np.array([mean.value, mean.low, mean.high])
        value, low, high = (float(x) for x in mean.scale.carried(marks, hand.scale))
        return ForestRow(
            kind="pool" if group else "total",
            label=f"{'Subtotal' if group else 'Total'} (k = {fit.k})",
            group=group,
            texts=self._texts(self.arms.totals(where), weight),
            value=value,
            low=low,
            high=high,
            effect=hand.effect(value, low, high),
            weight=weight,
        )

    def _texts(self, cells: Sequence[str], weight: float) -> dict[str, Cell]:
        """Return the cells of a row by the keys of their columns."""
        told: dict[str, Cell] = {}
        for column, text in zip(self.arms.columns, cells, strict=True):
            told[column.key] = (text,)
        if not math.isnan(weight):
            told[WEIGHT] = (f"{weight:.1f}%",)
        return told

    def total(self, fit: PooledFit) -> Iterator[ForestRow]:
        """Yield the total, its prediction interval if it has one, and the notes under it."""
        yield self.pool(fit, range(fit.k), float(fit.weights.sum()))
        limits = fit.prediction_interval
        if limits is not None:
            hand = self.frame.hand
            ends = limits.scale.carried(np.array([limits.low, limits.high]), hand.scale)
            _, low, high = hand.effect(math.nan, float(ends[0]), float(ends[1]))
            yield ForestRow(
                kind="prediction",
                label=f"{100 * limits.level:g}% prediction interval",
                low=float(ends[0]),
                high=float(ends[1]),
                effect=("", low, high),
            )
        for text in (heterogeneity_text(fit), model_text(fit)):
            yield ForestRow(kind="note", label=text)


def sheet_of(
    effects: Effects,
    level: float,
    points: Sequence[float],
    printed: Sequence[float],
    words: Words,
) -> Sheet:
    """Return the sheet of these effects.

    Parameters
    ----------
    effects : Effects
        Studies.
    level : float
        Coverage of the intervals.
    points : sequence of float
        Pooled values, analysis scale; with the studies they decide the decimals.
    printed : sequence of float
        Published numbers that will stand beside them, reading scale.
    words : Words
        What the caller asked for.
    """
    digits = words.asked.digits
    if digits is None:
        digits = digits_of(effects.scale, [*effects.y, *points], printed)
    arms = arm_table(effects)
    frame = Frame(
        hand=Hand(scale=effects.scale, digits=digits, level=level),
        columns=arms.columns,
        label_head="Study",
        effect_head=effect_head(_short_name(effects), effects.label, level),
        axis_label=clean(effects.label),
    )
    return Sheet(frame=frame, effects=effects, arms=arms)


def studies_text(k: int) -> str:
    """Return ``1 study``, ``2 studies``."""
    return f"{k} {'study' if k == 1 else 'studies'}"


def _short_name(effects: Effects) -> str:
    """Return the measure's key where readers know it as an abbreviation; else nothing.

    A level (a prevalence) and a correlation are read back from a scale of their own: the key
    names the scale ("PLO", "ZCOR"), the label what is read.
    """
    plain = effects.scale is IDENTITY or effects.scale is LOG
    return effects.measure if plain else ""
