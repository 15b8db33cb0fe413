"""The record of a forest plot: every number and every string that will be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

from metaan.core.scale import Scale

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["header", "study", "pool", "total", "prediction", "note", "published"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestRow:
    """One row of a forest plot.

    Attributes
    ----------
    kind : str
        "header" (of a block), "study", "pool" (of a subgroup), "total" (all studies),
        "prediction" (interval of a new study), "note" (heterogeneity, model, tests) or
        "published" (a review's pool).
    label : str
        Text at the left; the only content of a header or a note.
    group : str
        Block the row belongs to; empty outside of blocks.
    cells : tuple of str
        Arm columns, as many as the record has ``columns``; empty strings where nothing stands.
    value, low, high : float
        Point and limits, analysis scale; NaN where there is nothing to draw.
    effect : tuple of str
        Effect as text on the reading scale, in three pieces that stand under each other
        ("−9.2", "(−13.8,", "−4.6)"), or in one piece where a number is not reported.
    weight : float
        Percent; NaN where no weight is shown.
    size : float
        Area of the square relative to the largest study, 0 to 1; NaN except for studies.
    rows : tuple of str
        Row ids of the data behind the row (the pool's id for a published one).
    """

    kind: Kind
    label: str
    group: str = ""
    cells: tuple[str, ...] = ()
    value: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    effect: tuple[str, ...] = ()
    weight: float = float("nan")
    size: float = float("nan")
    rows: tuple[str, ...] = ()

    @property
    def effect_text(self) -> str:
        """Effect and interval in one string."""
        return " ".join(part for part in self.effect if part)

    @property
    def weight_text(self) -> str:
        """Weight as printed; empty where there is none."""
        return "" if self.weight != self.weight else f"{self.weight:.1f}%"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestColumn:
    """A column at the left of the plot.

    Attributes
    ----------
    head : str
        Its own head ("Mean", "Events/n").
    over : str
        Head of the group it stands in (an arm); neighbors of one arm share it.
    left : bool
        Words are set flush left, numbers flush right.
    """

    head: str
    over: str = ""
    left: bool = False


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
    """

    low: float
    high: float
    ticks: tuple[float, ...]
    tick_labels: tuple[str, ...]
    null: float

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
        Columns between the labels and the plot.
    label_head, effect_head, weight_head : str
        Heads of the outer columns; ``weight_head`` is empty where no weights are shown.
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
    """

    rows: tuple[ForestRow, ...]
    columns: tuple[ForestColumn, ...]
    label_head: str
    effect_head: str
    weight_head: str
    axis: ForestAxis
    axis_label: str
    scale: Scale
    title: str
    subtitle: str
    favors: tuple[str, str]
    notes: tuple[str, ...]
    alt: str

    def to_frame(self) -> pd.DataFrame:
        """Return one line per row: kind, group, label, arm columns, numbers read, text, ids."""
        import pandas as pd

        return pd.DataFrame([self._line(row) for row in self.rows])

    def _line(self, row: ForestRow) -> Mapping[str, object]:
        heads = [f"{c.over} {c.head}".strip() for c in self.columns]
        cells = row.cells or ("",) * len(heads)
        with np.errstate(over="ignore"):  # a limit beyond all numbers is read as infinite
            read = self.scale.inverse
            estimate, low, high = (float(read(x)) for x in (row.value, row.low, row.high))
        return MappingProxyType(
            {
                "kind": row.kind,
                "group": row.group,
                "label": row.label,
                **dict(zip(heads, cells, strict=True)),
                "estimate": estimate,
                "low": low,
                "high": high,
                "weight_percent": row.weight,
                "text": row.effect_text,
                "rows": " ".join(row.rows),
            }
        )
