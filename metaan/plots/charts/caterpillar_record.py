"""The record of a caterpillar plot: every number and every string that will be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from metaan.core.scale import Scale
from metaan.plots.pages.chart import ChartFrame

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class CaterpillarRow:
    """A row of a caterpillar plot.

    Attributes
    ----------
    kind : str
        "study", "pool" or "prediction".
    label, group : str
        Name, and the subgroup of a study.
    value, low, high : float
        Point and limits, analysis scale; a prediction interval has no point (NaN).
    y : float
        Points from the top of the panel.
    color : str
        Name of a color of the theme.
    marker : str
        Key of ``POLYGONS``, so that groups are told apart without colors.
    named : bool
        Whether the label stands at the left.
    """

    kind: Literal["study", "pool", "prediction"]
    label: str
    group: str
    value: float
    low: float
    high: float
    y: float
    color: str
    marker: str = "circle"
    named: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CaterpillarRows:
    """What a caterpillar plot shows.

    Attributes
    ----------
    rows : tuple of CaterpillarRow
        From top to bottom.
    frame : ChartFrame
        Axes, titles, legend, notes; x is the analysis scale, y points from the top.
    step : float
        Points between neighboring studies; what is drawn of a study is as thin as that asks.
    null : float
        Position of no effect; NaN where it is not shown.
    scale : Scale
        How the effects are read.
    level : float
        Coverage of the intervals.
    alt : str
        The figure in one sentence.
    """

    rows: tuple[CaterpillarRow, ...]
    frame: ChartFrame
    step: float
    null: float
    scale: Scale
    level: float
    alt: str

    @property
    def title(self) -> str:
        """Above the figure."""
        return self.frame.title

    def to_frame(self) -> pd.DataFrame:
        """Return one row per row of the figure, from top to bottom, reading scale."""
        import pandas as pd

        numbers = [(row.value, row.low, row.high) for row in self.rows]
        with np.errstate(over="ignore"):  # a limit beyond all numbers is read as infinite
            read = np.asarray(self.scale.inverse(np.array(numbers)), dtype=np.float64)
        return pd.DataFrame(
            {
                "kind": [row.kind for row in self.rows],
                "group": [row.group for row in self.rows],
                "study": [row.label for row in self.rows],
                "estimate": read[:, 0],
                "low": read[:, 1],
                "high": read[:, 2],
            }
        )
