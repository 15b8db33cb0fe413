"""The record of a forest plot: every number and every string that will be drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from metaan.core.arrays import FrozenDict
from metaan.core.scale import Scale
from metaan.plots.forests.layouts import EFFECT, PLAIN, WEIGHT, Layout
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.theme import Align

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal[
    "header", "study", "refit", "treatment", "component", "slope", "evidence", "pool", "total",
    "model", "prediction", "note", "published",
]  # fmt: skip
# Kinds that are drawn as a marker with whiskers; no diamond sums up others above it.
MARKED: tuple[Kind, ...] = ("study", "refit", "treatment", "component", "slope", "evidence")
# Kinds that stand for one study, or one published result: what it was made from can be told.
TRACED: tuple[Kind, ...] = ("study", "refit", "published")
Side = Literal["left", "right"]
# The text of a cell in pieces that stand under each other ("−9.2", "(−13.8,", "−4.6)"), or one.
Cell: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestRow:
    """One row of a forest plot.

    Attributes
    ----------
    kind : str
        "header" (of a block), "study", "refit" (a pool of fewer studies: leave-one-out,
        cumulative), "treatment" (its effect in a network), "component" (its effect in any
        treatment), "slope" (of a network's effect), "evidence" (direct or indirect, of one
        comparison), "pool" (of a subgroup, or all evidence on a comparison), "total" (all
        studies), "model" (the same studies pooled in another way), "prediction" (interval of a
        new study), "note" (heterogeneity, model, tests) or "published" (a review's pool).
    label : str
        Text at the left; the only content of a header or a note.
    group : str
        Block the row belongs to; empty outside of blocks.
    texts : mapping of str to tuple of str
        Cells by the keys of their columns.
    value, low, high : float
        Point and limits, analysis scale; NaN where there is nothing to draw.
    effect : tuple of str
        Effect as text on the reading scale, in three pieces that stand under each other
        ("−9.2", "(−13.8,", "−4.6)"; the second may be empty: "−9.2", "", "(−13.8 to −4.6)"), or
        in one piece where a number is not reported.
    weight : float
        Percent; NaN where no weight is shown.
    size : float
        Area of the square relative to the largest study, 0 to 1; NaN except for studies.
    series : int
        Which color of the theme's series the mark has; -1 for that of its kind.
    marker : str
        Key of ``marks.POLYGONS``, for studies.
    rows : tuple of str
        Row ids of the data behind the row (the pool's id for a published one).
    fitted : tuple of float
        What a model expects at the study, and its limits, analysis scale; NaN without a model.
    """

    kind: Kind
    label: str
    group: str = ""
    texts: Mapping[str, Cell] = field(default_factory=FrozenDict)
    value: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    effect: Cell = ()
    weight: float = float("nan")
    size: float = float("nan")
    series: int = -1
    marker: str = "square"
    rows: tuple[str, ...] = ()
    fitted: tuple[float, float, float] = (math.nan, math.nan, math.nan)

    @property
    def effect_text(self) -> str:
        """Effect and interval in one string."""
        return " ".join(part for part in self.effect if part)

    def cell(self, column: ForestColumn) -> Cell:
        """Return what stands in a column; nothing where the row has no text for it."""
        return self.effect if column.key == EFFECT else self.texts.get(column.key, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestColumn:
    """A column beside the plot; the labels are not one of them.

    Attributes
    ----------
    key : str
        What `ForestRow.texts` calls it; ``EFFECT`` for the effect.
    head : str
        Its own head ("Mean", "Events/n").
    over : str
        Head of the group it stands in (an arm); neighbors of one arm share it.
    side : str
        Left or right of the panel.
    align : str
        How it is set: words flush left, numbers flush right.
    lights : bool
        Cells are judgments of risk of bias, each on a disc of its color.
    """

    key: str
    head: str
    over: str = ""
    side: Side = "left"
    align: Align = "right"
    lights: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestAxis:
    """The effect axis.

    Attributes
    ----------
    low, high : float
        Ends, analysis scale.
    ticks : tuple of float
        Positions, analysis scale; inside the ends.
    tick_labels : tuple of str
        The same on the reading scale.
    null : float
        Position of no effect, analysis scale; NaN where it lies too far from the data to show.
    band : tuple of float
        Effects too small to matter, analysis scale; NaN where none is drawn.
    """

    low: float
    high: float
    ticks: tuple[float, ...]
    tick_labels: tuple[str, ...]
    null: float
    band: tuple[float, float] = (math.nan, math.nan)

    def cuts(self, row: ForestRow) -> tuple[bool, bool]:
        """Return whether the row's mark runs beyond the left and the right end."""
        marks = (row.low, row.value, row.high)
        return any(x < self.low for x in marks), any(x > self.high for x in marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestRows:
    """What a forest plot shows, as numbers and strings.

    Attributes
    ----------
    rows : tuple of ForestRow
        From top to bottom.
    columns : tuple of ForestColumn
        Columns beside the plot, those at its left first, each side from the left.
    label_head : str
        Head of the labels.
    axis : ForestAxis
        Range and ticks.
    axis_label : str
        Name of the effect on the reading scale.
    scale : Scale
        How the numbers are read.
    title, subtitle : str
        Above the figure; may be empty.
    favors : tuple of str
        Texts left and right of no effect; both empty where not given.
    notes : tuple of str
        Footnotes.
    alt : str
        The figure in one sentence, for readers who cannot see it.
    layout : Layout
        How it is drawn; its words and number formats are in the texts already.
    legend : tuple of LegendEntry
        What colors and markers mean; empty without any.
    lines_below : bool
        Whether notes that belong to no block stand under the axis, as wide as the page, and not
        under the labels: where no pool ends the rows, they would part these from the axis.
    """

    rows: tuple[ForestRow, ...]
    columns: tuple[ForestColumn, ...]
    label_head: str
    axis: ForestAxis
    axis_label: str
    scale: Scale
    title: str
    subtitle: str
    favors: tuple[str, str]
    notes: tuple[str, ...]
    alt: str
    layout: Layout = PLAIN
    legend: tuple[LegendEntry, ...] = ()
    lines_below: bool = False

    def is_below(self, row: ForestRow) -> bool:
        """Return whether a row is a line of text under the axis."""
        return self.lines_below and row.kind == "note" and not (row.group or row.texts)

    def to_frame(self) -> pd.DataFrame:
        """Return one line per row: kind, group, label, arm columns, numbers read, text, ids."""
        import pandas as pd

        return pd.DataFrame([self._line(row) for row in self.rows])

    def _line(self, row: ForestRow) -> Mapping[str, object]:
        own = [column for column in self.columns if column.key not in (EFFECT, WEIGHT)]
        with np.errstate(over="ignore"):  # a limit beyond all numbers is read as infinite
            read = self.scale.inverse
            estimate, low, high = (float(read(x)) for x in (row.value, row.low, row.high))
        return MappingProxyType(
            {
                "kind": row.kind,
                "group": row.group,
                "label": row.label,
                **{f"{c.over} {c.head}".strip(): " ".join(filter(None, row.cell(c))) for c in own},
                "estimate": estimate,
                "low": low,
                "high": high,
                "weight_percent": row.weight,
                "text": row.effect_text,
                "rows": " ".join(row.rows),
            }
        )
