"""What surrounds the rows of a forest plot: heads, columns by their names, notes, legend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from metaan.core.arrays import FrozenDict
from metaan.plots.forests.axis import axis_legend, axis_notes, effect_axis, with_room
from metaan.plots.forests.categories import Categories
from metaan.plots.forests.layout import Shown
from metaan.plots.forests.layouts import ARMS, BIAS, EFFECT, PLAIN, WEIGHT, Layout
from metaan.plots.forests.lights import bias_columns, bias_legend, bias_notes, unjudged_notes
from metaan.plots.forests.options import NOTHING_ASKED, Asked
from metaan.plots.forests.own_columns import MADE, SPECIALS, checked_names, name_of, no_column
from metaan.plots.forests.record import ForestColumn, ForestRow, ForestRows, Side
from metaan.plots.forests.wording import Hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the caller wrote around the figure, cleaned, and asked of it."""

    title: str
    subtitle: str
    favors: tuple[str, str]
    notes: tuple[str, ...]
    layout: Layout = PLAIN
    asked: Asked = NOTHING_ASKED

    def columns(self) -> Iterator[tuple[Side, str | Shown]]:
        """Yield the columns that are to be shown with their sides; the layout's by default.

        What the caller names at a side stands there, in place of the layout's columns. The effect
        is not lost by that: where neither side names it, it keeps its side, first or last as the
        layout has it. Both sides empty are an answer: no columns at all.
        """
        own: Mapping[Side, tuple[str | Shown, ...]] = {
            "left": self.layout.left,
            "right": self.layout.right,
        }
        given = {"left": self.asked.left, "right": self.asked.right}
        told = {
            side: checked_names(columns, side)
            for side, columns in given.items()
            if columns is not None
        }
        moved = {name_of(each) for columns in told.values() for each in columns}
        shown = {
            side: told.get(side, tuple(each for each in there if name_of(each) not in moved))
            for side, there in own.items()
        }
        names = {name_of(each) for columns in shown.values() for each in columns}
        for side, there in own.items():
            places = [i for i, each in enumerate(there) if name_of(each) == EFFECT]
            if places and names and EFFECT not in names:
                effect, last = there[places[0]], places[0] == len(there) - 1 > 0
                shown[side] = (*shown[side], effect) if last else (effect, *shown[side])
            for each in shown[side]:
                yield side, each


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a fit pooled its studies, for the heads of layouts that say it.

    Attributes
    ----------
    method : str
        "IV" (inverse variance), "M-H", "Peto" ...; empty where nothing was pooled.
    model : str
        "random" or "common".
    by : str
        Column that made its subgroups; empty without any.
    """

    method: str = ""
    model: str = ""
    by: str = ""


NOT_POOLED = Way()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What surrounds the rows: heads, the name of the axis, and the hand that writes numbers.

    Attributes
    ----------
    hand : Hand
        Writes numbers.
    columns : tuple of ForestColumn
        What "arms" stands for.
    label_head, effect_head, effect_over, axis_label : str
        Heads, and the name of the axis.
    offered : mapping of str to ForestColumn
        Further columns by their names.
    categories : Categories or None
        Colors and markers of the studies.
    """

    hand: Hand
    columns: tuple[ForestColumn, ...]
    label_head: str
    effect_head: str
    axis_label: str
    effect_over: str = ""
    offered: Mapping[str, ForestColumn] = field(default_factory=FrozenDict)
    categories: Categories | None = None

    def record(self, rows: Sequence[ForestRow], words: Words, *, alt: str) -> ForestRows:
        """Return the record of these rows."""
        asked, scale = words.asked, self.hand.scale
        axis = effect_axis(rows, scale, asked)
        if asked.axis is None and asked.ticks is None:
            axis = with_room(axis, words.favors, scale)
        axis = replace(axis, tick_labels=tuple(map(self.hand.lines.styled, axis.tick_labels)))
        legend = (*(self.categories.legend if self.categories else ()), *axis_legend(axis, scale))
        notes = (*words.notes, *axis_notes(axis, rows))
        if asked.bias is not None:
            legend = (*legend, *bias_legend(asked.bias, rows))
            notes = (*notes, *bias_notes(asked.bias), *unjudged_notes(rows))
        columns = tuple(c for c in self._shown(words) if any(row.cell(c) for row in rows))
        return ForestRows(
            rows=tuple(row for row in rows if not _is_empty(row, columns)),
            columns=columns,
            label_head=self.label_head,
            axis=axis,
            axis_label=self.axis_label,
            scale=scale,
            title=words.title,
            subtitle=words.subtitle,
            favors=words.favors,
            notes=notes,
            alt=alt,
            layout=self.hand.layout,
            legend=legend,
        )

    def _shown(self, words: Words) -> tuple[ForestColumn, ...]:
        """Return the columns at both sides, each once; ChoiceError for a strange name."""
        layout = self.hand.layout
        shown: dict[str, ForestColumn] = {}
        made = {
            ARMS: self.columns,
            EFFECT: (ForestColumn(key=EFFECT, head=self.effect_head, over=self.effect_over),),
            WEIGHT: (ForestColumn(key=WEIGHT, head=layout.weight_head),),
        }
        if words.asked.bias is not None:
            made[BIAS] = bias_columns(words.asked.bias)
        asked = [(side, name_of(each)) for side, each in words.columns()]
        if BIAS in made and BIAS not in [name for _, name in asked]:
            asked.append(("right", BIAS))
        for side, name in asked:
            found = (self.offered[name],) if name in self.offered else made.get(name, ())
            if not found and name not in (*MADE, *SPECIALS):
                raise no_column(name, self.offered)
            for column in found:
                shown.setdefault(column.key, replace(column, side=side))
        return tuple(shown.values())


def _is_empty(row: ForestRow, columns: Sequence[ForestColumn]) -> bool:
    """Return whether a row is there for its sums alone, and no column shows them."""
    return row.kind == "note" and bool(row.texts) and not any(row.cell(c) for c in columns)
