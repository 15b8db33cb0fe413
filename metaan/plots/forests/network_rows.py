"""Estimates of a network as rows of a forest plot: what all its subjects have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from metaan.core.arrays import Column, FrozenDict
from metaan.core.effects import GENERIC, Effects, LeftOut
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate
from metaan.core.scale import Scale
from metaan.plots.forests.decimals import Ends, ends_of
from metaan.plots.forests.footnotes import NAMED, left_out, reasons
from metaan.plots.forests.layouts import WEIGHT
from metaan.plots.forests.lines import Lines
from metaan.plots.forests.own_columns import name_of
from metaan.plots.forests.own_frame import without_names
from metaan.plots.forests.printed import abbreviation_of
from metaan.plots.forests.published import Pools, printed_numbers
from metaan.plots.forests.record import Cell, ForestRow, Kind
from metaan.plots.forests.sheet import Sheet, Words, sheet_of
from metaan.plots.forests.study_order import StudyNumbers, study_order
from metaan.plots.forests.wording import clean

NAME = "name"
UNNAMED = ("", GENERIC)
TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Listed:
    """Estimates that stand under each other, m of them; NaN for one that cannot be known.

    Attributes
    ----------
    names : tuple of str, length m
        Their labels.
    estimates : tuple of Estimate, length m
        Analysis scale.
    scale : Scale
        How they are read.
    label, measure : str
        Name of the effect; key of its measure, if it is known; else the name is abbreviated as
        reviews do.
    numbers : mapping of str to sequence
        Further columns by their keys, one value for each.
    """

    names: tuple[str, ...]
    estimates: tuple[Estimate, ...]
    scale: Scale
    label: str
    measure: str = ""
    numbers: Mapping[str, Sequence[float]] = field(default_factory=FrozenDict)

    @property
    def known(self) -> list[int]:
        """Places of the estimates that are known."""
        return [i for i, each in enumerate(self.estimates) if each.value == each.value]

    @property
    def effects(self) -> Effects:
        """The known ones as the effects of a sheet, with names and numbers as columns."""
        columns: dict[str, Sequence[object]] = {NAME: [self.names[i] for i in self.known]}
        columns |= {key: Column(all_).take(self.known) for key, all_ in self.numbers.items()}
        errors = np.array([self.estimates[i].se for i in self.known])
        return Effects(
            y=np.array([self.estimates[i].value for i in self.known]),
            v=np.maximum(errors**2, TINY),  # two treatments of the same components do not differ
            study=tuple(self.names[i] for i in self.known),
            measure=abbreviation_of(self.label) if self.measure in UNNAMED else self.measure,
            label=self.label,
            scale=self.scale,
            columns=columns,
        )

    def sheet(
        self, published: Pools, words: Words, keys: Sequence[str], more: Sequence[Ends] = ()
    ) -> Sheet:
        """Return the sheet of the figure.

        Parameters
        ----------
        published : sequence of PublishedPool
            That stand under them.
        words : Words
            What was asked for.
        keys : sequence of str
            Keys of columns that are made by the subject.
        more : sequence of (float, float, float)
            Further estimates with their limits that decide the decimals.
        """
        ends = [ends_of(self.estimates[i], self.scale) for i in self.known]
        return sheet_of(
            self.effects,
            self.estimates[0].level,
            [*ends, *more],
            printed_numbers(published),
            without_names(words, keys),
        )

    def places(self, order: str | Sequence[object]) -> list[int]:
        """Return the places from the top; those that cannot be known stand last."""
        effects = self.effects
        found = study_order(effects, StudyNumbers(effect=effects.y), order)
        rest = [i for i in range(len(self.names)) if i not in set(self.known)]
        return [*(self.known[i] for i in found), *rest]

    def row(
        self, sheet: Sheet, kind: Kind, i: int, texts: Mapping[str, Cell], group: str = ""
    ) -> ForestRow:
        """Return the row of one estimate: its own color and columns, if any were asked for."""
        estimate, label = self.estimates[i], clean(self.names[i])
        row = replace(sheet.mark(kind, label, estimate), group=group)
        if i not in self.known:
            return replace(row, texts=texts)
        place, marks = self.known.index(i), sheet.frame.categories
        return replace(
            row,
            texts={**sheet.own.study(place), **texts},
            series=marks.series[place] if marks else row.series,
            marker=marks.markers[place] if marks else row.marker,
        )


def laid_out(words: Words, *, left: Sequence[str] = (), right: Sequence[str] = ()) -> Words:
    """Return the words of a layout without weights, with own columns at the ends of its sides."""
    layout, own = words.layout, (WEIGHT, *left, *right)
    kept = [
        tuple(each for each in side if name_of(each) not in own)
        for side in (layout.left, layout.right)
    ]
    layout = replace(layout, left=(*kept[0], *left), right=(*kept[1], *right))
    return replace(words, layout=layout)


def refuse(words: Words, *, beside: str, rows: str, bias: bool = False) -> None:
    """Raise an InputError for what stands beside studies and their pool, and not in this figure.

    Parameters
    ----------
    words : Words
        What was asked for.
    beside, rows : str
        What the figure is of, and what its rows are.
    bias : bool
        Whether judgments of risk of bias have a place, since the rows are studies.
    """
    if words.asked.models is not None:
        raise InputError(f"models stand beside a pool, not beside {beside}; leave models= out")
    if words.asked.bias is not None and not bias:
        raise InputError(f"bias= is for studies; the rows of {beside} are {rows}; leave bias= out")


def refuse_published(published: Pools, *, beside: str) -> None:
    """Raise an InputError for published pools in a figure whose axis is another."""
    if published:
        raise InputError(
            f"published= stands beside effects of treatments, not beside {beside}; leave "
            "published= out"
        )


def bare_p(lines: Lines, p_value: float, log_p_value: float) -> str:
    """Return a p value as a cell of a column whose head says p already."""
    return lines.p(p_value, log_p_value).lstrip("Pp ").removeprefix("= ").removeprefix("=")


def lost_studies(items: Sequence[LeftOut], studies: Sequence[str]) -> Iterator[str]:
    """Yield which studies did not enter, and of which studies parts did not, as clauses."""
    entered = set(studies)
    whole = {item.study: item for item in reversed(items) if item.study not in entered}
    bare = {item.study: item for item in reversed(items) if item.study in whole and not item.rows}
    told = list(bare.values())[::-1]
    if len(told) == len(whole):
        yield from left_out(told, len(studies))
    else:  # a report lists those of its own tables; what is named here must not count as all
        yield f"{len(whole)} of {len(studies) + len(whole)} studies left out" + _named(told)
    parts = [item for item in items if item.study in entered]
    if parts:
        yield f"left out in part ({reasons(parts)})"


def _named(told: Sequence[LeftOut]) -> str:
    """Return some of the studies that were left out, in brackets."""
    if not told:
        return ""
    return f", among them {reasons(told[:NAMED])}"
